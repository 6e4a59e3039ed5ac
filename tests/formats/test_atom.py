"""The log as a feed, read back by two other implementations."""

from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given

from app.domain.claims import DISPUTED, Source
from app.domain.context import Recorded, Snapshot
from app.domain.ledger import Event
from app.domain.references import Head, Organization, Text
from app.domain.values import Title
from app.formats import ATOM
from app.formats.feeds import Feed
from tests.domain.histories import described, due, erased, judged, moment, state
from tests.formats import records
from tests.formats.logs import logged
from tests.formats.records import BASE, CONTEXT, golden, history, plain, texts

SPACE = {"": "http://www.w3.org/2005/Atom"}
FEED = Feed(
    language="fr",
    of_actions=False,
    page=f"{BASE}/openings.atom",
    first=f"{BASE}/openings.atom",
    alternate=f"{BASE}/",
    up=f"{BASE}/",
)
NARROWED = (
    "Cour de cassation, Planifié, En retard, tel que connu le 31 décembre 2023, "
    "jusqu’à l’événement 50, due_after = 2024-Q4"
)


def page(recorded: list[Recorded], given: Feed = FEED, context: Any = CONTEXT) -> bytes:
    assert ATOM.log is not None
    return ATOM.log(recorded, given, context)


def read(body: bytes) -> Any:
    """As feed readers read it, and well-formed."""
    ET.fromstring(body)
    parsed = feedparser.parse(plain(body.decode()).encode())
    assert not parsed.bozo, parsed
    assert parsed.version == "atom10"
    return parsed


def story() -> list[Event]:
    """Two moves, a claim that disagrees, one that was retracted, an opening, a description."""
    first, second, third = records.MOVED
    return history(
        "story",
        first,
        second,
        replace(due("2024-01-01", "2025-12-30", text="order"), standing=DISPUTED, note="une seule"),
        replace(
            third,
            source=Source(
                title="Un report", site="journal.example", url="https://journal.example/"
            ),
        ),
        state("2026-10-01", "available", text="later"),
        judged(6, "retracted", "2026-11-20"),
        described("2026-11-20", keywords=["justice"]),
    )


def test_the_log_has_a_golden_file() -> None:
    made = page(logged(story()))
    assert made == golden("openings.atom", made)


def test_a_claim_is_dated_by_when_the_public_could_know_and_updated_when_it_was_judged() -> None:
    events = history("x", due("2025-09-03", "2026-09-30"), judged(2, "disputed"))
    times = [moment(f"2026-11-2{day}") for day in range(3)]
    dated = [replace(item, recorded_at=at) for item, at in zip(events, times, strict=True)]
    parsed = read(page(logged(dated)))
    assert [entry.published for entry in parsed.entries] == [
        *("2026-11-22T12:00:00Z", "2025-09-02T22:00:00Z", "2021-09-26T22:00:00Z")
    ]
    assert [entry.updated for entry in parsed.entries] == [
        *("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", "2026-11-20T12:00:00Z")
    ]
    assert parsed.feed.updated == "2026-11-22T12:00:00Z"


def test_an_event_of_nothing_that_stands_is_shown_all_the_same() -> None:
    """A claim about what no announcement has named yet, or names any more."""
    (item, *_) = logged(history("x", due("2021-04-29", "2023-06-30")))
    (entry,) = read(page([replace(item, before=None, after=None, entry=None)])).entries
    assert entry.title == "x : échéance fixée au 30 juin 2023"
    assert [tag.term for tag in entry.tags] == ["deadline"]


def test_an_erasure_is_shown_and_what_was_erased_is_not() -> None:
    events = history("x", due("2025-09-03", "2026-09-30"), judged(2, "accepted"))
    erasure = replace(events[2].claim, kind="erased", commitment="x")  # type: ignore[type-var]
    given = [events[0], erased(events[1]), replace(events[2], kind="erased", claim=erasure)]
    parsed = read(page(logged(given)))
    assert [entry.id.rpartition("-")[2] for entry in parsed.entries] == ["3", "1"]
    assert "2026-09-30" not in page(logged(given)).decode()


def test_a_feed_has_its_addresses_and_those_of_its_neighbours() -> None:
    given = replace(
        FEED,
        page=f"{BASE}/openings.atom?publisher=cour&before=90",
        first=f"{BASE}/openings.atom?publisher=cour",
        previous=f"{BASE}/openings.atom?publisher=cour&before=140",
        next=f"{BASE}/openings.atom?publisher=cour&before=40",
        up=f"{BASE}/openings.atom",
    )
    parsed = read(page(logged(story()), given))
    assert parsed.feed.id == given.first
    assert {link.rel: link.href for link in parsed.feed.links} == {
        "self": given.page,
        "first": given.first,
        "previous": given.previous,
        "next": given.next,
        "alternate": given.alternate,
        "up": given.up,
        "license": CONTEXT.licence,
    }
    assert parsed.feed.author == parsed.feed.generator == "Ouvertures"


@pytest.mark.parametrize(
    ("given", "title"),
    [
        (FEED, "Ouvertures : ce qui change"),
        (replace(FEED, language="en"), "Openings: what changes"),
        (replace(FEED, of_actions=True), "Actions de la feuille de route : ce qui change"),
        (replace(FEED, entry=records.planned()), "Décisions n° planned : ce qui change"),
        (
            replace(
                FEED,
                filters=(
                    *(("publisher", "cour"), ("state", "planned"), ("timeliness", "overdue")),
                    *(("as_of", "2023-12-31"), ("at", "50"), ("due_after", "2024-Q4")),
                ),
            ),
            f"Ouvertures : ce qui change ({NARROWED})",
        ),
    ],
)
def test_a_feed_says_what_it_is_about(given: Feed, title: str) -> None:
    assert read(page([], given)).feed.title == title


def test_a_feed_without_events_changed_when_the_register_did() -> None:
    assert read(page([])).feed.updated == "2026-11-20T09:00:00Z"
    empty = replace(CONTEXT, head=Head(0, "0" * 64))
    assert read(page([], context=empty)).feed.updated == "1970-01-01T00:00:00Z"


def test_the_bytes_do_not_depend_on_the_day() -> None:
    later = replace(CONTEXT, snapshot=Snapshot(date(2030, 1, 1), 57))
    assert page(logged(story())) == page(logged(story()), context=later)


@given(texts())
def test_no_text_breaks_a_feed(text: str) -> None:
    hostile = f"{text}<script>alert(1)</script>]]>&amp;"
    context = replace(
        CONTEXT,
        organizations={"cour": Organization("cour", Title.of(fr=hostile))},
        texts={"later": Text("later", hostile, hostile)},
    )
    events = history("x", due("2025-09-03", "2026-09-30", part="a", text="later"))
    events[0] = saying(events[0], values=records.identity("x", title={"fr": hostile}))
    source = Source.model_construct(title=hostile, site=hostile, url=None)
    events[1] = saying(events[1], part_title=hostile, source=source, note=hostile)
    given = replace(FEED, entry=logged(events)[0].entry, filters=(("q", hostile),))
    body = page(logged(events), given, context)
    assert len(read(body).entries) == 2
    assert b"<script" not in body
    for entry in ET.fromstring(body).findall("entry", SPACE):
        assert "<script" not in entry.findtext("content", "", SPACE)
        assert hostile in entry.findtext("title", "", SPACE)
    unfit = page([], replace(FEED, filters=(("q", "a\x01\ufffeb"),)))
    assert read(unfit).feed.title.endswith("(« ab »)")


def saying(event: Event, **given: Any) -> Event:
    """The event as if it had been let in with that."""
    assert event.claim
    return replace(event, claim=replace(event.claim, **given))
