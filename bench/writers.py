"""Many writers on one entry: is every change kept, and what does one cost?

`python bench/writers.py --writers 64 --changes 50` runs on SQLite and on PostgreSQL. Each writer
is a thread that calls the register as a route does; one that is refused as stale tries again at
the version it was told. At the end every change must be in the ledger, once, and `verify` clean.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.cli import seed
from app.domain.access import Actor
from app.domain.claims import Change
from app.domain.errors import Stale
from app.register import Clock
from app.register.writing import Writing
from app.store import events as ledger
from app.store.database import Database
from app.store.spans import migrate
from tests import postgres

SLUG = "decisions-conseils-de-prud-hommes"
TEAM = Actor("cour-de-cassation", "editor")


@dataclass
class Score:
    """What the writers did together."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0


def write(register: Writing, number: int, changes: int, score: Score) -> None:
    """One writer’s changes, each tried until it is taken."""
    version = register.head().position
    for turn in range(changes):
        command = Change({"description": {"fr": f"writer {number}, change {turn}"}})
        began = time.perf_counter()
        while True:
            try:
                register.change(SLUG, command, None, frozenset({version}), TEAM)
                break
            except Stale as stale:
                version = stale.current
                score.refused += 1
        score.seconds.append(time.perf_counter() - began)


def run(url: str, writers: int, changes: int) -> None:
    """Let them write, then prove that nothing was lost, and print a line."""
    migrate(url)
    seed(url)
    database = Database(url)
    register, score = Writing(database, Clock()), Score()
    threads = [
        threading.Thread(target=write, args=(register, number, changes, score))
        for number in range(writers)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    with database.reading() as connection:
        events = ledger.events_after(connection, 84, writers * changes + 1)
    told = {event.claim.values["description"]["fr"] for event in events if event.claim}
    wanted = {f"writer {n}, change {t}" for n in range(writers) for t in range(changes)}
    assert told == wanted, f"{len(wanted - told)} changes are lost"
    assert register.head().position == 84 + len(wanted), "positions have gaps"
    faults = [one for one in register.verify() if one.fault]
    assert not faults, faults
    middle = statistics.median(score.seconds) * 1000
    print(
        f"{database.version():22}  {len(wanted)} changes kept, none lost, chain intact  "
        f"{elapsed:6.1f} s  {elapsed / len(wanted) * 1000:5.1f} ms a change  "
        f"a writer waits {middle:7.0f} ms (median), {max(score.seconds) * 1000:7.0f} (worst)  "
        f"{score.refused} refused as stale"
    )
    database.close()


def main() -> None:
    """Both engines, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=64)
    parser.add_argument("--changes", type=int, default=50)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    if asked.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            run(f"sqlite:///{folder}/register.db", asked.writers, asked.changes)
    if asked.only != "sqlite":
        with postgres.running() as server:
            run(server.create(), asked.writers, asked.changes)


if __name__ == "__main__":
    main()
