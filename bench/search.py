"""Search in words: what does a page cost with `q`, beside the same page without?

`python bench/search.py --openings 100000` runs on SQLite and on PostgreSQL. Each line is a page of
20 with its total and facets, none of it kept from before, in milliseconds and as a ratio to the
page of all openings; then the same page once its total is known. On SQLite it is the time of the
processor, since all is done in this process. The register is one opening of the seed, copied under
other titles; that a query finds what it should is checked.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import insert, select, text

from app.cli import seed
from app.domain.access import PUBLIC
from app.domain.search import Search, sort_key
from app.domain.values import Words
from app.register import Clock
from app.register.reading import Reading
from app.store.database import Database, migrate
from app.store.spelling import tokens
from app.store.tables import commitments, open_ends, wordings
from tests import postgres
from tests.openings import SITE

SLUG = "decisions-conseils-de-prud-hommes"
A_BATCH = 2_000
SYLLABLES = ("ba", "cor", "dé", "fla", "gri", "jus", "la", "mé", "nou", "pro", "qua", "ri", "so")
ENDINGS = ("tion", "ment", "elle", "eux")
SUBJECTS = [f"{a}{b}{c}" for a in SYLLABLES for b in SYLLABLES for c in ENDINGS]
QUERIES = {
    "one word, of few": "banoution ",
    "one word, of a tenth": "dixième ",
    "one word, of all": "publiées ",
    "two words, of all": "publiées registre ",
    "two words, one of few": "publiées banoution ",
    "a beginning, of few": "banou",
    "a beginning, of all": "p",
    "twelve words": "les décisions de justice publiées au registre par la cour en open data ",
}


def titles(number: int) -> Iterator[str]:
    """As many titles: words that all have, one that a tenth has, and six by lot."""
    lot = random.Random(1)  # noqa: S311 the same titles on both engines
    for place in range(number):
        tenth = "dixième " if place % 10 == 0 else ""
        yield f"Publiées au registre : {tenth}{' '.join(lot.choices(SUBJECTS, k=6))}"


def fill(database: Database, number: int) -> None:
    """Copies of one opening as it stands, each with a title and a place of its own."""
    with database.writing() as connection:
        found = connection.execute(
            select(commitments).where(commitments.c.slug == SLUG, open_ends())
        ).one()
        said: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        for place, title in enumerate(titles(number), 1_000):
            slug = f"opening-{place}"
            said.append({"id": place, "slug": slug, "words": tokens([title])})
            names = {"slug": slug, "title": Words(fr=title), "rank": place, "by_rank": place}
            keys = {"by_title_fr": sort_key(title), "by_wording": place}
            rows.append({**found._asdict(), **names, **keys})
            if len(rows) == A_BATCH or place == number + 999:
                connection.execute(insert(wordings), said)
                connection.execute(insert(commitments), rows)
                said, rows = [], []
    if not database.sqlite:  # which does so by itself, in time
        engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


@dataclass(frozen=True)
class Cost:
    """What a page takes in the middle of some turns, in milliseconds: counted anew, and not."""

    anew: float
    known: float
    total: int


def cost(database: Database, search: Search, turns: int = 7) -> Cost:
    """Ask for a page, each time of a register that keeps no totals, and then again."""
    clock = time.process_time if database.sqlite else time.perf_counter
    anew, known = [], []
    total = 0
    for _ in range(turns):
        register = Reading(database, Clock(), SITE)
        began = clock()
        total = register.find(search, PUBLIC).total
        counted = clock()
        register.find(search, PUBLIC)
        anew.append(counted - began)
        known.append(clock() - counted)
    return Cost(statistics.median(anew) * 1000, statistics.median(known) * 1000, total)


def run(url: str, number: int) -> None:
    """Fill a register and print a line for each query."""
    migrate(url)
    seed(url)
    database = Database(url)
    before = {query: cost(database, Search(q=query), 1).total for query in QUERIES.values()}
    fill(database, number)
    plain = cost(database, Search())
    print(f"{database.version()}, {plain.total} openings")
    print(f"  {'all of them':24}{plain.anew:9.1f} ms{plain.known:17.1f} ms")
    for name, query in QUERIES.items():
        found = cost(database, Search(q=query))
        expected = before[query] + sum(finds(query, title) for title in titles(number))
        assert found.total == expected, (name, found, expected)
        anew, known = found.anew / plain.anew, found.known / plain.known
        print(
            f"  {name:24}{found.anew:9.1f} ms {anew:5.2f} {found.known:10.1f} ms {known:6.2f}"
            f"   {found.total} found"
        )
    database.close()


def finds(query: str, title: str) -> bool:
    """Whether a title of these holds the words of a query of these, by reading it."""
    held = title.lower().split()
    asked = [word for word in query.split() if len(word) > 2 or query == word]
    last = query[-1] != " "
    return all(
        word in held or (last and any(one.startswith(word) for one in held)) for word in asked
    )


def main() -> None:
    """Both engines, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--openings", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(f"sqlite:///{folder}/register.db", asked.openings)
    postgres.SETTINGS["shared_buffers"] = (
        "128MB"  # as it is unless set; the tests make do with less
    )
    with postgres.running() as server:
        run(server.create(), asked.openings)


if __name__ == "__main__":
    main()
