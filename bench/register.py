"""What the register costs: `make bench-memory`; OPENINGS=1000 for fewer.

A deterministic register is built by the bulk path and kept under `bench/.cache`. Figures are CPU
time, the least of several rounds, for machines are shared; ratios say more than milliseconds.
"""

import argparse
import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby, islice, product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.domain.access import PUBLIC
from app.domain.periods import parse
from app.domain.search import ORDERS, Search
from app.register import Clock, seed
from app.register.reading import Reading
from app.register.writing import Writing
from app.store.database import Database
from app.store.spans import migrate
from tests import openings
from tests.serving import serving

CACHE = Path(__file__).resolve().parent / ".cache"
A_LOAD = 5_000
START = datetime(2026, 12, 1, 9, tzinfo=UTC)
FIGURES = {
    "rows": "rows of one entry after 200 dated moves",
    "patch_3": "one PATCH over HTTP at 3 events, ms",
    "patch_1000": "one PATCH over HTTP at 1,000 events, ms",
    "patch_moves": "one PATCH over HTTP at 1,000 moves, ms",
    "bulk": "bulk with words, claims a CPU second",
    "bytes": "bytes an opening",
    "today": "today: a first page, ms",
    "today_worst": "today: any order, filter and depth, worst, ms",
    "past": "past days and positions, worst order, ms",
    "recounted": "first count after a recording, worst filter, ms",
    "midnight": "first count at midnight, ms",
    "statistics": "statistics after a recording, worst, ms",
    "entry": "statements for an entry",
    "list": "statements for a list",
    "verify": "verify, entries a CPU second",
    "rebuild": "rebuild, entries a CPU second",
}
PAST = date(2023, 6, 1)
SORTS = (*ORDERS, *(f"-{name}" for name in ORDERS))
FILTERS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "state": {"state": ("available",)},
    "publisher": {"publisher": ("conseil-d-etat",)},
    "two": {"publisher": ("conseil-d-etat",), "state": ("suspended",)},
    "text": {"text": ("arrete-2025-08-29",)},
    "lateness": {"timeliness": ("overdue",)},
    "words": {"q": "décisions"},
    "none": {"timeliness": ("delivered_early",), "state": ("planned",)},
    "since": {"modified_since": START},
    # What stands together in some order, before or behind all others.
    "undated": {"timeliness": ("no_deadline",)},
    "due": {"due_after": parse("2028")},
    "said by few": {"q": "essai autres"},
}


def least(act: Callable[[], Any], rounds: int = 5) -> float:
    """Milliseconds of CPU time, the least of some rounds."""
    spent = []
    for _ in range(rounds):
        begun = time.process_time()
        act()
        spent.append((time.process_time() - begun) * 1000)
    return min(spent)


@dataclass(frozen=True, slots=True)
class At(Clock):
    """A clock that is set."""

    moment: datetime = START

    def now(self) -> datetime:
        """The moment that it was set to."""
        return self.moment


def claims(count: int) -> Iterator[list[Any]]:
    """The claims of each of so many openings, three at most."""
    for _, some in groupby(openings.claims(count), key=lambda claim: claim.commitment):
        yield list(islice(some, 3))


def desk(path: Path, now: datetime = START) -> Writing:
    """The register in a file, for writing."""
    return Writing(Database(f"sqlite:///{path}"), At(moment=now))


def reading(path: Path, now: datetime = START) -> Reading:
    """The register in a file, for reading."""
    return Reading(Database(f"sqlite:///{path}"), At(moment=now), openings.SITE)


def empty(path: Path) -> Path:
    """A register that holds the seed."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    migrate(f"sqlite:///{path}")
    seeded = seed.read()
    desk(path).absorb(seeded.claims, seeded.organizations, seeded.texts)
    return path


def build(path: Path, count: int) -> dict[str, float]:
    """So many openings, loaded some thousands at a time; what it cost, kept beside the file."""
    costs = path.with_suffix(".json")
    if not costs.exists():
        empty(path)
        writing, every, spent, added = desk(path), claims(count), 0.0, 0
        while some := [claim for about in islice(every, A_LOAD) for claim in about]:
            begun = time.process_time()
            added += writing.absorb(some)
            spent += time.process_time() - begun
        writing.database.close()
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size
        costs.write_text(json.dumps({"bulk": added / spent, "bytes": size / count}))
    measured: dict[str, float] = json.loads(costs.read_text())
    return measured


def of_lists(path: Path, count: int) -> dict[str, float]:
    """Pages and counts, each as the first reader after a recording has them."""
    register = reading(path)
    for filters in FILTERS.values():
        register.find(Search(**filters), PUBLIC)
    today: dict[str, float] = {}
    for sort, (name, filters) in product(SORTS, FILTERS.items()):
        for page in (1, count // 25) if name == "nothing" else (1,):
            search = Search(sort=sort, page=page, **filters)
            today[f"{sort} {name} {page}"] = least(partial(register.find, search, PUBLIC), 3)
    half = desk(path).head().position // 2
    past: dict[str, float] = {}
    for sort, (day, at) in product(SORTS, ((PAST, None), (None, half), (PAST, half))):
        search = Search(sort=sort, as_of=day, at=at)
        register.find(replace(search, page=2), PUBLIC)  # what is counted of a past is kept
        past[f"{sort} {day} {at}"] = least(partial(register.find, search, PUBLIC), 2)
    counted, figures = {}, {}
    for number, (name, filters) in enumerate(FILTERS.items()):
        search = Search(**filters)
        find = partial(register.find, search, PUBLIC)
        counted[name] = first_after_a_change(path, find, 100 * number, count)
        if name in ("nothing", "state", "publisher"):
            count_by = partial(register.statistics, search, "publisher", PUBLIC)
            figures[name] = first_after_a_change(path, count_by, 100 * number + 50, count)
    register = replace(register, clock=At(moment=START + timedelta(days=1)))
    midnight = least(lambda: register.find(Search(), PUBLIC), 1)
    register.database.close()
    for spent in (today, past, counted, figures):
        worst = sorted(spent.items(), key=lambda each: -each[1])[:5]
        print("  worst:", *(f"{name}: {ms:.1f};" for name, ms in worst), file=sys.stderr)
    return {
        "today": today["rank nothing 1"],
        "today_worst": max(today.values()),
        "past": max(past.values()),
        "recounted": max(counted.values()),
        "statistics": max(figures.values()),
        "midnight": midnight,
    }


def first_after_a_change(path: Path, act: Callable[[], Any], number: int, count: int) -> float:
    """Milliseconds of a reading just after somebody changed an entry, the least of some."""
    act()
    spent = []
    for turn in range(3):
        writing = desk(path, START + timedelta(seconds=number + turn))
        state = ("available", "in_progress")[turn % 2]
        entry = (number + turn) * 7 % count
        writing.absorb([openings._claim(entry, "state", "2026-01-02", state=state)])  # noqa: SLF001
        writing.database.close()
        spent.append(least(act, 1))
    return min(spent)


def of_statements(path: Path) -> dict[str, float]:
    """How many statements an entry and a list take, once a connection has been made."""
    register = reading(path)
    measured: dict[str, float] = {}
    statements: list[str] = []
    for name, act in (
        ("entry", lambda: register.get(openings.slug(7), PUBLIC)),
        ("list", lambda: register.find(Search(), PUBLIC)),
    ):
        act()
        with register.database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.set_trace_callback(statements.append)
        statements.clear()
        act()
        measured[name] = len([each for each in statements if each.startswith(("SELECT", "WITH"))])
    register.database.close()
    return measured


def of_writing(folder: Path) -> dict[str, float]:
    """One entry that is changed again and again, over HTTP."""
    path = folder / "one.db"
    measured: dict[str, float] = {}
    slug = "decisions-conseils-de-prud-hommes"
    address = f"/api/v1/openings/{slug}"

    def grown(kind: str, count: int, *, together: bool) -> None:
        """Claims a day apart, each a recording of its own, or all in one."""
        first = {"type": "dataset", "title": {"fr": "Un"}, "publisher": "cour-de-cassation"}
        steward = {"steward": "ministere-de-la-justice", "rank": 1}
        some = [openings._claim(7, "announced", "2019-12-01", **first, **steward)]  # noqa: SLF001
        for number in range(count - 1):
            day = (date(2020, 1, 1) + timedelta(days=number)).isoformat()
            until = (date(2027, 1, 1) + timedelta(days=number)).isoformat()
            values = {"deadline": openings._period(until)}  # noqa: SLF001
            if kind == "described":
                values = {"licence": f"https://data.example/{number}"}  # type: ignore[dict-item]
            some.append(openings._claim(7, kind, day, **values))  # noqa: SLF001
        writing = desk(path)
        for batch in [some] if together else [[claim] for claim in some]:
            writing.absorb(batch)
        writing.database.close()

    def patched(many: int) -> float:
        spent: list[float] = []
        with serving(f"sqlite:///{path}") as site:
            team = site.as_team()
            place = f"/api/v1/openings/{openings.slug(7)}" if many else address
            tag = team.get(place).headers["ETag"]
            for turn in range(12):
                body = {"licence": f"https://data.example/patched/{turn}"}
                begun, own = time.process_time(), time.thread_time()
                answer = team.patch(place, json=body, headers={"If-Match": tag})
                used = time.process_time() - begun - (time.thread_time() - own)
                assert answer.status_code == 200, answer.text
                tag = answer.headers["ETag"]
                spent.append(used * 1000)
        return min(spent[2:])

    limit = int(os.environ.get("MOVES", "1000"))
    empty(path)
    grown("deadline", 201, together=False)
    with sqlite3.connect(path) as connection:
        query = "SELECT count(*) FROM spans WHERE slug = ?"
        (measured["rows"],) = connection.execute(query, (openings.slug(7),)).fetchone()
    empty(path)
    measured["patch_3"] = patched(0)
    for name, kind in (("patch_1000", "described"), ("patch_moves", "deadline")):
        empty(path)
        grown(kind, limit, together=True)
        measured[name] = patched(limit)
    return measured


def of_care(path: Path, count: int) -> dict[str, float]:
    """Verifying, and deriving anew: entries a CPU second."""
    writing = desk(path, START + timedelta(days=2))
    begun = time.process_time()
    assert not [check for check in writing.verify() if check.fault]
    verified = time.process_time()
    writing.rebuild()
    rebuilt = time.process_time()
    writing.database.close()
    return {"verify": count / (verified - begun), "rebuild": count / (rebuilt - verified)}


def figures(folder: Path, count: int) -> dict[str, float]:
    """All of them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{count}.db"
    measured = build(path, count)
    copy = folder / "copy.db"
    for file in folder.glob("copy.db*"):
        file.unlink()
    shutil.copyfile(path, copy)
    measured |= of_statements(copy) | of_lists(copy, count) | of_care(copy, count)
    return measured | of_writing(folder)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--openings", type=int, default=100_000)
    count = parser.parse_args().openings
    measured = figures(CACHE / "register", count)
    for name, meaning in FIGURES.items():
        print(f"{meaning:<52} {measured[name]:>12,.1f}")


if __name__ == "__main__":
    main()
