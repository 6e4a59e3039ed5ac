"""The official table out of a register and into it again: of the seed, and of any register."""

import sys
from collections.abc import Callable, Iterator
from datetime import date
from types import FrameType
from typing import Any

import pytest

from app.domain.access import PUBLIC, Actor
from app.domain.comparison import Publication, Report
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


class Desk:
    """A register with all its doors."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.reading = Reading(self.database, Clock(), SITE)
        self.writing = Writing(self.database, Clock())
        self.importing = Importing(self.database, Clock())

    def exported(self, day: date) -> table.Sheet:
        """The official table as the public takes it away."""
        return official.sheet(self.reading.walk(Search(as_of=day), PUBLIC).entries)

    def taken_in(
        self, body: bytes, day: date, text: str = "table", actor: Actor = CLERK, **whose: Any
    ) -> Report:
        """The report of an import, which says the same as its rehearsal."""
        seen: list[tuple[int, int]] = []

        def watch(done: int, total: int) -> None:
            seen.append((done, total))

        publication = Publication(published_on=read_dating(day.isoformat()), text=text, **whose)
        order = Order(official.read(body), publication, actor)
        rehearsed = self.importing.rehearse(order, watch)[0]
        done = self.importing.carry_out(order, watch)[0]
        assert all(one <= other for one, other in seen)
        if rehearsed.claims:
            assert seen[-1] == (len(done.claims), len(done.claims))
        assert [one.kind for one in rehearsed.outcomes] == [one.kind for one in done.outcomes]
        assert rehearsed.claims == done.claims
        return done

    def faults(self) -> list[str]:
        return [one.what for one in self.writing.verify() if one.fault]


def as_plain_csv(sheet: table.Sheet) -> bytes:
    return b"".join(table.csv(sheet))


@pytest.fixture
def desk(seeded_database_url: str) -> Iterator[Desk]:
    made = Desk(seeded_database_url)
    yield made
    made.database.close()


def test_the_seed_of_any_day_goes_out_and_in_and_nothing_changes(desk: Desk) -> None:
    for year, month, number in (
        *((2021, 4, 28), (2021, 4, 29), (2021, 9, 27), (2021, 10, 15), (2022, 4, 30)),
        *((2023, 7, 1), (2024, 12, 6), (2025, 9, 3), (2026, 10, 1)),
    ):
        day = date(year, month, number)
        report = desk.taken_in(as_plain_csv(desk.exported(day)), day, ROADMAP)
        assert (report.claims, report.findings, report.missing) == ((), report.findings, ())
        assert {one.kind for one in report.outcomes} <= {"unchanged"}, day
    assert desk.writing.head().position == HEAD


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


def test_a_row_that_changes_costs_so_much_and_no_more_in_a_longer_table(desk: Desk) -> None:
    head, costs = ANNEX.read_bytes().split(b"\n")[0], dict[int, int]()
    for day, due in ((date(2026, 1, 15), "T4 2027"), (date(2026, 3, 15), "T1 2029")):
        for number in (100, 200):
            lines = [f"Barème {n},Données,,{due},Planifié".encode() for n in range(number)]
            publication = Publication(
                published_on=read_dating(day.isoformat()),
                text=ROADMAP,
                organization="ministere-de-la-justice",
            )
            order = Order(official.read(b"\n".join((head, *lines))), publication, CLERK)
            costs[number] = calls(lambda order=order: desk.importing.rehearse(order))  # type: ignore[misc]
        desk.importing.carry_out(order)
    each = (costs[200] - costs[100]) / 100
    assert each < MOST_CALLS
    assert costs[100] < each * 180  # what a table costs besides its rows
