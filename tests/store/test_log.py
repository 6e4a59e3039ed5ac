"""Where the newest events of a search are, against a second reading in plain Python."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from app.domain.access import PUBLIC
from app.domain.context import Snapshot
from app.domain.search import Search
from app.register.writing import Writing
from app.store import events as ledger
from app.store import lookup
from app.store.database import Connection
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


def plainly(connection: Connection, of: Search | str, snapshot: Snapshot) -> list[int]:
    """The positions of public events that could be known, of the entries that a list has."""
    slugs = {of}
    if isinstance(of, Search):
        page = lookup.find(connection, replace(of, page_size=100), snapshot, PUBLIC)
        slugs = {entry.slug for entry in page.entries}
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
    writing: Writing, of: Search | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing.erase(40, "an example")
    monkeypatch.setattr(lookup, "A_PAGE", 3)
    with writing.database.reading() as connection:
        for day, head in ((TODAY, HEAD + 1), (date(2021, 10, 15), 60), (TODAY, 0)):
            snapshot = Snapshot(day, head)
            every = plainly(connection, of, snapshot)
            for place, near, most in product((30, 61, 900), NEAR, (3, 200)):
                monkeypatch.setattr(lookup, "NEAR", near)
                older = [at for at in every[::-1] if at < place]
                newer = [at for at in every if at >= place]
                asked = (connection, of, snapshot, place, most)
                for turned, expected in ((False, older), (True, newer)):
                    places = lookup.positions(*asked, newer=turned)
                    assert places == expected[: len(places)]
                    assert min(most, 3, len(expected)) <= len(places) <= most
