"""Subscriptions over HTTP: the feed of what changes, and the calendar of deadlines."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest

from tests.formats.records import plain
from tests.seeded import ENTRY, HEAD, PRUD_HOMMES, places
from tests.serving import Site, change

PLACES = places(PRUD_HOMMES)
STEWARD = "ministere-de-la-justice"
JUDGEMENT = {"standing": "retracted", "reason": "Une méprise."}


def feed(site: Site, address: str) -> Any:
    """A page of a feed as feed readers read it."""
    answer = site.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml"
    parsed = feedparser.parse(plain(answer.text).encode())
    assert not parsed.bozo
    return parsed


def positions(page: Any) -> list[int]:
    return [int(entry.id.rpartition("#position-")[2]) for entry in page.entries]


def link(page: Any, rel: str) -> str:
    return next((row.href for row in page.feed.links if row.rel == rel), "")


def pages(site: Site, address: str, rel: str = "next") -> Iterator[Any]:
    """A page, and those that it leads to."""
    while address:
        page = feed(site, address)
        yield page
        address = link(page, rel)


def log(site: Site) -> list[dict[str, Any]]:
    """Every public event, in order."""
    events = site.get("/api/v1/changes?page_size=1000").json()["data"]
    return [event for event in events if event["content"]]


# The feed


def test_a_feed_of_all_holds_every_public_event_once_the_newest_first(site: Site, monkeypatch):
    monkeypatch.setattr("app.register.log.A_PAGE", 10)
    team = site.as_team(STEWARD)
    for turn in range(12):
        assert change(team, ENTRY, description={"fr": f"tour {turn}"}).is_success
    for kind, sizes in (("openings", [*[10] * 6, 4]), ("actions", [34])):
        entries = site.get(f"/api/v1/{kind}?page_size=100").json()["data"]
        slugs = {entry["id"] for entry in entries}
        walked = list(pages(site, f"/{kind}.atom"))
        public = [event["position"] for event in log(site) if event["commitment"] in slugs]
        assert [position for page in walked for position in positions(page)] == public[::-1]
        assert [len(page.entries) for page in walked] == sizes
        back = list(pages(site, link(walked[-1], "self"), "previous"))
        assert [positions(page) for page in back[::-1]] == [positions(page) for page in walked]
        assert link(back[-1], "self") == f"{site.base}/{kind}.atom"


def test_a_page_that_begins_anywhere_leads_to_the_newest(site: Site):
    page = feed(site, f"/openings/{PRUD_HOMMES}.atom?before={PLACES[0]}&lang=en")
    first = f"{site.base}/openings/{PRUD_HOMMES}.atom?lang=en"
    assert positions(page) == PLACES[1:]
    assert (link(page, "previous"), link(page, "first"), page.feed.id) == (first, first, first)
    assert link(page, "next") == ""
    newest = feed(site, f"/openings/{PRUD_HOMMES}.atom?before=9999")
    assert link(newest, "previous") == ""
    assert positions(newest)[0] == PLACES[0]


def test_a_feed_is_of_the_entries_that_its_filters_leave(site: Site):
    for query in ("state=available&publisher=cour-de-cassation", "due_after=2027", "type=api"):
        listed = site.get(f"/api/v1/openings?page_size=100&{query}").json()["data"]
        slugs = {entry["id"] for entry in listed}
        page = feed(site, f"/openings.atom?{query}")
        expected = [event["position"] for event in log(site) if event["commitment"] in slugs]
        assert positions(page) == expected[::-1]
        assert urlsplit(link(page, "alternate")).query == query
        assert link(page, "up") == f"{site.base}/openings.atom"


def test_a_feed_at_a_position_stops_there(site: Site):
    team = site.as_team(STEWARD)
    assert team.post(f"/api/v1/events/{PLACES[0]}/judgement", json=JUDGEMENT).is_success
    judged, then = (
        feed(site, f"/openings/{PRUD_HOMMES}.atom{query}") for query in ("", f"?at={HEAD}")
    )
    assert positions(judged) == [HEAD + 1, *PLACES]
    assert positions(then) == PLACES
    assert judged.entries[1].title.endswith("[affirmation rétractée, ne compte pas]")
    assert "rétractée" not in then.entries[0].title
    assert (judged.entries[0].updated, judged.entries[1].updated) == (judged.feed.updated,) * 2
    assert then.entries[0].updated == then.feed.updated
    # what was recorded together is there together
    seed = positions(feed(site, f"/openings.atom?at={HEAD}"))
    assert positions(feed(site, "/openings.atom?at=44")) == seed != []
    assert positions(feed(site, "/openings.atom?at=0")) == []


def test_the_first_page_holds_the_whole_of_a_recording(site: Site, monkeypatch):
    seed = positions(feed(site, "/openings.atom"))
    monkeypatch.setattr("app.register.log.A_PAGE", 5)
    assert change(site.as_team(STEWARD), ENTRY, description={"fr": "x"}).is_success
    first, *others = pages(site, "/openings.atom")
    assert (positions(first)[1:], others) == (seed, [])
    older = feed(site, f"/openings.atom?before={seed[2]}")
    assert positions(older) == seed[3:8]
    monkeypatch.setattr("app.register.log.MOST_OF_ONE_RECORDING", 7)
    assert len(positions(feed(site, "/openings.atom?lang=fr"))) == 7  # not the one that is kept


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/openings.atom?at=999", 400, f"The last position is {HEAD}"),
        ("/actions.atom?type=api", 400, "There is no parameter “type”"),
        (f"/openings/{PRUD_HOMMES}.atom?state=planned", 400, "There is no parameter “state”"),
        (f"/openings/{PRUD_HOMMES}.ics?alarm=367", 400, "A whole number from 0 to 366"),
        (f"/openings/{PRUD_HOMMES}.ics?before=5", 400, "There is no parameter “before”"),
        ("/actions/plan/A0.ics", 404, "There is no action “plan/A0” here."),
    ],
)
def test_what_cannot_be_shown_is_refused_by_name(site: Site, address: str, status: int, says: str):
    answer = site.get(address)
    assert answer.status_code == status
    assert says in answer.json()["detail"]
