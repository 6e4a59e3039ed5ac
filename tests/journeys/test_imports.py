"""The official table out of a register and into it again: of the seed, and of any register."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from types import FrameType
from typing import Any

import pytest

from app.domain.access import PUBLIC
from app.domain.comparison import Publication
from app.domain.periods import read_dating
from app.domain.search import Search
from app.formats import official, table
from app.register import Clock, seed
from app.register.importing import Importing, Order
from app.register.reading import Reading
from app.register.writing import CLERK, Writing
from app.store.database import Database
from tests.openings import SITE
from tests.seeded import HEAD

ANNEX = seed.FOLDER / "annexe-4-openings.csv"
ROADMAP = "feuille-de-route-2021"
MOST_CALLS = 430
"""What a row that changes may cost: a fold, a claim, and two comparisons with what is held."""


@pytest.fixture
def importing(seeded_database_url: str) -> Iterator[Importing]:
    with closing(Database(seeded_database_url)) as database:
        yield Importing(database, Clock())


def order(body: bytes, day: str, **whose: Any) -> Order:
    """To take in a table that was published on a day."""
    publication = Publication(published_on=read_dating(day), text=ROADMAP, **whose)
    return Order(official.read(body), publication, CLERK)


DAYS = (
    *("2021-04-28", "2021-04-29", "2021-09-27", "2021-10-15", "2022-04-30"),
    *("2023-07-01", "2024-12-06", "2025-09-03", "2026-10-01"),
)


def test_the_seed_of_any_day_goes_out_and_in_and_nothing_changes(importing: Importing):
    reading = Reading(importing.database, Clock(), SITE)
    for day in DAYS:
        sheet = official.sheet(reading.walk(Search(as_of=date.fromisoformat(day)), PUBLIC).entries)
        report, _ = importing.carry_out(order(b"".join(table.csv(sheet)), day))
        assert (report.claims, report.missing) == ((), ())
        assert {row.kind for row in report.outcomes} <= {"unchanged"}, day
    assert Writing(importing.database, Clock()).head().position == HEAD


def calls(work: Callable[[], Any]) -> int:
    """How many functions of Python a piece of work calls: its cost, on whatever machine."""
    count = 0

    def count_call(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(count_call)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_a_row_that_changes_costs_so_much_and_no_more_in_a_longer_table(importing: Importing):
    head, costs = ANNEX.read_bytes().split(b"\n")[0], dict[int, int]()
    for day, due in (("2026-01-15", "T4 2027"), ("2026-03-15", "T1 2029")):
        for number in (100, 200):
            lines = [f"Barème {n},Données,,{due},Planifié".encode() for n in range(number)]
            taken = order(b"\n".join((head, *lines)), day, organization="ministere-de-la-justice")
            costs[number] = calls(lambda taken=taken: importing.rehearse(taken))  # type: ignore[misc]
        importing.carry_out(taken)
    each = (costs[200] - costs[100]) / 100
    assert each < MOST_CALLS
    assert costs[100] < each * 180  # what a table costs besides its rows
