"""Where the newest events of a search are, against a second reading in plain Python."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from app.domain.access import PUBLIC
from app.domain.context import Snapshot
from app.domain.search import Search
from app.register import Clock
from app.register.reading import Reading
from app.register.writing import Writing
from app.store import events as ledger
from app.store import lookup
from app.store.database import Connection, Database
from tests.openings import SITE
from tests.seeded import HEAD

TODAY = date(2026, 11, 23)
SEARCHES = (
    Search(),
    Search(type=("action",)),
    Search(publisher=("conseil-d-etat",)),
    Search(state=("available",), text=("arrete-2021-04-28",)),
    Search(timeliness=("overdue",)),
    Search(type=("api",)),
)
NEAR = (lookup.NEAR, 0, 5)
"""However far events are looked through before entries are: what is found is the same."""


@pytest.fixture
def register(seeded_database_url: str):
    database = Database(seeded_database_url)
    Writing(database, Clock()).erase(40, "an example")
    yield Reading(database, Clock(), SITE)
    database.close()


def plainly(connection: Connection, of: Search | str, snapshot: Snapshot) -> list[int]:
    """The positions of public events that could be known, of the entries that a list has."""
    slugs = {of}
    if isinstance(of, Search):
        found = lookup.find(connection, replace(of, page_size=100), snapshot, PUBLIC)
        slugs = {entry.slug for entry in found.entries}
    return [
        event.position
        for event in ledger.events_after(connection, 0, 1000)
        if event.commitment in slugs
        and event.claim
        and event.claim.visibility == "public"
        and event.counts_from <= snapshot.day
        and event.position <= snapshot.position
    ]


@pytest.mark.parametrize("of", [*SEARCHES, "decisions-conseils-de-prud-hommes"])
def test_events_are_found_wherever_they_are(
    register: Reading, of: Search | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "A_PAGE", 3)
    with register.database.reading() as connection:
        for day, head in ((TODAY, HEAD + 1), (date(2021, 10, 15), 60), (TODAY, 0)):
            snapshot = Snapshot(day, head)
            every = plainly(connection, of, snapshot)
            for place, near, most in product((30, 61, 900), NEAR, (3, 200)):
                monkeypatch.setattr(lookup, "NEAR", near)
                older = [one for one in every[::-1] if one < place]
                newer = [one for one in every if one >= place]
                told = (connection, of, snapshot, place, most)
                for turned, expected in ((False, older), (True, newer)):
                    places = lookup.positions(*told, newer=turned)
                    assert places == expected[: len(places)]
                    assert min(most, 3, len(expected)) <= len(places) <= most
