"""Subscriptions over HTTP: the feed of what changes, and the calendar of deadlines."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import feedparser
import httpx
import pytest
import vobject

from app.domain.values import Title
from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from tests.formats.records import plain
from tests.serving import Site, change, serving

SLUG = "decisions-conseils-de-prud-hommes"
PRUDHOMMES = f"/api/v1/openings/{SLUG}"
CRIMINAL = "decisions-penal-premiere-instance"
STEWARD = "ministere-de-la-justice"
JUDGEMENT = {"standing": "retracted", "reason": "Une méprise."}
FEEDS = ("/openings.atom", "/actions.atom", f"/openings/{SLUG}.atom", "/actions/A16.atom")
CALENDARS = ("/openings.ics", "/actions.ics", f"/openings/{SLUG}.ics", "/actions/A16.ics")


def feed(site: Site, address: str) -> Any:
    """A page of a feed as feed readers read it."""
    answer = site.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml"
    found = feedparser.parse(plain(answer.text).encode())
    assert not found.bozo
    return found


def positions(found: Any) -> list[int]:
    return [int(entry.id.rpartition("#position-")[2]) for entry in found.entries]


def link(found: Any, rel: str) -> str:
    return next((one.href for one in found.feed.links if one.rel == rel), "")


def pages(site: Site, address: str, rel: str = "next") -> Iterator[Any]:
    """A page, and those that it leads to."""
    while address:
        found = feed(site, address)
        yield found
        address = link(found, rel)


def events(site: Site, address: str) -> list[Any]:
    """The events of a calendar as calendar programs read them."""
    answer = site.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(
        getattr(vobject.readOne(plain(answer.text.replace("\r\n ", ""))), "vevent_list", [])
    )


def log(site: Site) -> list[dict[str, Any]]:
    """Every public event, in order."""
    told = site.get("/api/v1/changes?page_size=1000").json()["data"]
    return [event for event in told if event["content"]]


# The feed


def test_a_feed_of_all_holds_every_public_event_once_the_newest_first(site: Site) -> None:
    team = site.as_team(STEWARD)
    for turn in range(60):
        assert change(team, PRUDHOMMES, description={"fr": f"tour {turn}"}).is_success
    of = {kind: set() for kind in ("openings", "actions")}  # type: ignore[var-annotated]
    for kind, slugs in of.items():
        told = site.get(f"/api/v1/{kind}?page_size=100").json()["data"]
        slugs.update(entry["id"] for entry in told)
    for kind, slugs in of.items():
        walked = list(pages(site, f"/{kind}.atom"))
        found = [position for page in walked for position in positions(page)]
        public = [event["position"] for event in log(site) if event["commitment"] in slugs]
        assert found == public[::-1]
        assert [len(page.entries) for page in walked] == ([50, 50, 10] if len(found) > 50 else [34])
        back = list(pages(site, link(walked[-1], "self"), "previous"))
        assert [positions(page) for page in back[::-1]] == [positions(page) for page in walked]
        assert link(back[-1], "self") == f"{site.base}/{kind}.atom"


def test_a_page_that_begins_anywhere_leads_to_the_newest(site: Site) -> None:
    found = feed(site, f"/openings/{SLUG}.atom?before=76&lang=en")
    first = f"{site.base}/openings/{SLUG}.atom?lang=en"
    assert positions(found) == [71, 16, 3]
    assert (link(found, "previous"), link(found, "first"), found.feed.id) == (first, first, first)
    assert link(found, "next") == ""
    newest = feed(site, f"/openings/{SLUG}.atom?before=9999")
    assert link(newest, "previous") == ""
    assert positions(newest)[0] == 76


@pytest.mark.parametrize(
    "query",
    [
        "publisher=conseil-d-etat",
        "state=available&publisher=cour-de-cassation",
        "timeliness=overdue",
        "text=arrete-2023",
        "action=A16",
        "due_after=2027",
        "type=api",
        "announcement=new",
    ],
)
def test_a_feed_tells_the_entries_that_its_filters_leave(site: Site, query: str) -> None:
    listed = site.get(f"/api/v1/openings?page_size=100&{query}").json()["data"]
    slugs = {entry["id"] for entry in listed}
    found = feed(site, f"/openings.atom?{query}")
    expected = [event["position"] for event in log(site) if event["commitment"] in slugs]
    assert positions(found) == expected[::-1]
    assert urlsplit(link(found, "alternate")).query == query
    assert link(found, "up") == f"{site.base}/openings.atom"


@pytest.mark.parametrize("day", ["2021-04-29", "2021-10-15", "2022-06-30", "2023-12-31"])
def test_a_feed_of_a_day_tells_what_the_public_could_know(site: Site, day: str) -> None:
    known = {
        event["position"]
        for event in log(site)
        if last_day(event["published_on"]) <= day and event["commitment"].startswith("decisions-")
    }
    assert known
    assert set(positions(feed(site, f"/openings.atom?as_of={day}"))) == known


def last_day(edtf: str) -> str:
    bare = edtf.removeprefix("../")
    return {4: f"{bare}-12-31", 7: f"{bare}-31", 10: bare}[len(bare)]


def test_before_and_after_are_as_of_the_day_asked(site: Site) -> None:
    """On 31 December 2023 one move was known; whatever was recorded, the other was not."""
    found = feed(site, f"/openings/{SLUG}.atom?as_of=2023-12-31")
    assert positions(found) == [71, 16, 3]
    assert "Échéance : 30 juin 2023 → 30 septembre 2025" in found.entries[0].summary
    assert "2026" not in found.entries[0].summary.split("Événement")[0]
    assert "tel que connu le 31 décembre 2023" in found.feed.title
    assert "as_of=2023-12-31" in link(found, "self")


def test_a_feed_at_a_position_stops_there(site: Site) -> None:
    team = site.as_team(STEWARD)
    assert team.post("/api/v1/events/76/judgement", json=JUDGEMENT).is_success
    judged, then = (feed(site, f"/openings/{SLUG}.atom{query}") for query in ("", "?at=84"))
    assert positions(judged) == [85, 76, 71, 16, 3]
    assert positions(then) == [76, 71, 16, 3]
    assert judged.entries[1].title.endswith("[affirmation rétractée, ne compte pas]")
    assert "rétractée" not in then.entries[0].title
    assert (judged.entries[0].updated, judged.entries[1].updated) == (judged.feed.updated,) * 2
    assert then.entries[0].updated == then.entries[0].published
    before = positions(feed(site, "/openings.atom?before=45"))
    assert positions(feed(site, "/openings.atom?at=44")) == before != []
    assert positions(feed(site, "/openings.atom?at=0")) == []


def test_nothing_internal_is_told(seeded_database_url: str) -> None:
    secret = "à ne pas dire"
    with serving(seeded_database_url) as site:
        team = site.as_team(STEWARD)
        assert change(team, PRUDHOMMES, budget_status=secret).is_success
        hidden = {"title": {"fr": secret}, "publisher": STEWARD, "visibility": "internal"}
        made = team.post("/api/v1/openings", json={**hidden, "reason": secret})
        assert made.status_code == 201
        assert change(team, PRUDHOMMES, note=secret, state="in_progress").is_success
        database = Database(seeded_database_url)
        Writing(database, Clock()).erase(87, "Demande légale.")
        database.close()
        for address in ("/openings.atom", f"/openings/{SLUG}.atom"):
            assert secret not in site.get(address).text
            told = positions(feed(site, address))
            assert told[0] == 88
            assert {85, 86, 87}.isdisjoint(told)
        erasure = feed(site, "/openings.atom").entries[0]
        assert "contenu de l’événement 87 effacé" in erasure.title
        slug = made.json()["id"]
        for client in (site.http, team):
            for suffix in ("atom", "ics"):
                assert client.get(f"/openings/{slug}.{suffix}").status_code == 404
        assert secret not in site.get("/openings.ics").text


def test_what_was_retracted_whole_is_gone_from_feed_and_calendar(site: Site) -> None:
    team = site.as_team(STEWARD)
    body = {"title": {"fr": "Une erreur"}, "publisher": STEWARD, "deadline": "2027"}
    made = team.post("/api/v1/openings", json={**body, "text": "decret-2023-1199"}).json()
    assert len(feed(site, f"/openings/{made['id']}.atom").entries) == 1
    team.post(f"/api/v1/events/{made['version']}/judgement", json=JUDGEMENT)
    for suffix in ("atom", "ics"):
        assert site.get(f"/openings/{made['id']}.{suffix}").status_code == 410
        assert made["id"] not in site.get(f"/openings.{suffix}").text


# The calendar


def test_an_event_moves_when_a_text_moves_the_deadline(site: Site) -> None:
    (before,) = events(site, f"/openings/{SLUG}.ics")
    assert before.dtstart.value == date(2026, 9, 30)
    team = site.as_team()
    moved = change(team, PRUDHOMMES, deadline="T3 2027", text="decret-2023-1199")
    (after,) = events(site, f"/openings/{SLUG}.ics")
    team.post(f"/api/v1/events/{moved.json()['version']}/judgement", json=JUDGEMENT)
    (back,) = events(site, f"/openings/{SLUG}.ics")
    told = (before, after, back)
    days = [one.dtstart.value.isoformat() for one in told]
    assert days == ["2026-09-30", "2027-09-30", "2026-09-30"]
    assert [one.sequence.value for one in told] == ["76", "85", "86"]
    assert len({one.uid.value for one in told}) == 1
    assert [one.status.value for one in told] == ["CONFIRMED", "TENTATIVE", "CONFIRMED"]
    assert "Décret n° 2023-1199 du 18 décembre 2023" in after.description.value


def test_a_calendar_of_a_list_holds_its_deadlines_and_no_other(site: Site) -> None:
    assert len(events(site, "/openings.ics")) == 12
    assert len(events(site, "/actions.ics")) == 33
    overdue = events(site, "/openings.ics?timeliness=overdue&lang=en")
    (only,) = overdue
    assert only.summary.value == "Due: Décisions de justice des Conseils de prud’hommes"
    assert len(events(site, "/openings.ics?publisher=conseil-d-etat")) == 3
    assert events(site, "/openings.ics?type=api") == []


@pytest.mark.parametrize(("day", "due"), [("2023-12-30", 2023), ("2023-12-31", 2025)])
def test_a_calendar_of_a_day_has_the_deadlines_of_that_day(site: Site, day: str, due: int) -> None:
    for address in (f"/openings/{SLUG}.ics", "/openings.ics"):
        found = events(site, f"{address}?as_of={day}")
        (one,) = [one for one in found if one.uid.value.startswith(SLUG)]
        assert one.dtstart.value.year == due


def test_a_calendar_at_a_position_has_the_deadlines_held_then(site: Site) -> None:
    (one,) = events(site, f"/openings/{SLUG}.ics?at=71")
    assert (one.dtstart.value, one.sequence.value) == (date(2025, 9, 30), "71")


# Both


@pytest.mark.parametrize("address", [*FEEDS, *CALENDARS])
def test_what_a_reader_holds_is_not_sent_again_until_something_is_recorded(
    site: Site, address: str
) -> None:
    team = site.as_team(STEWARD)
    first = site.get(address)
    tag, modified = (first.headers[name] for name in ("ETag", "Last-Modified"))
    for held in ({"If-None-Match": tag}, {"If-Modified-Since": modified}):
        again = site.get(address, headers=held)
        assert (again.status_code, again.content) == (304, b"")
    path = "/api/v1/actions/A16" if "actions" in address else PRUDHOMMES
    assert change(team, path, state="in_progress", note="en cours").is_success
    second = site.get(address, headers={"If-None-Match": tag})
    assert second.status_code == 200
    assert second.content != first.content
    assert site.http.head(address).headers["ETag"] == second.headers["ETag"] != tag


@pytest.mark.parametrize("address", [*FEEDS, *CALENDARS])
def test_the_bytes_are_the_same_from_day_to_day(seeded_database_url: str, address: str) -> None:
    """Lateness turns at midnight: nothing of it is told."""
    base, told = "https://register.example", set()
    for day in (date(2026, 11, 23), date(2027, 11, 23)):
        with serving(seeded_database_url, today=day, public_url=base) as site:
            told.add(site.get(address).content)
    assert len(told) == 1


@pytest.mark.parametrize(
    ("media", "path"),
    [
        ("application/atom+xml", f"/openings/{SLUG}"),
        ("text/calendar", f"/openings/{SLUG}"),
        ("application/atom+xml", "/actions/A16"),
        ("text/calendar", "/actions/A16"),
    ],
)
def test_the_permanent_address_speaks_both(site: Site, media: str, path: str) -> None:
    answer = site.get(f"{path}?lang=en", headers={"Accept": media})
    suffix = {"application/atom+xml": "atom", "text/calendar": "ics"}[media]
    assert answer.content == site.get(f"{path}.{suffix}?lang=en").content
    assert answer.headers["content-type"].partition(";")[0] == media
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("kind", ["openings/" + SLUG, "actions/A16"])
def test_the_document_links_to_both(site: Site, kind: str) -> None:
    links = site.get(f"/{kind}.json").json()["links"]
    assert links["atom"] == f"{site.base}/{kind}.atom"
    assert links["calendar"] == f"{site.base}/{kind}.ics"
    dated = site.get(f"/{kind}.json?as_of=2021-10-15").json()["links"]
    for name in ("atom", "calendar"):
        assert site.get(links[name]).status_code == 200
        assert dict(parse_qsl(urlsplit(dated[name]).query)) == {"as_of": "2021-10-15"}


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/openings.atom?before=0", 400, "A whole number from 1"),
        ("/openings.atom?before=5&before=6", 400, "given twice"),
        ("/openings.atom?page=2", 400, "There is no parameter “page”"),
        ("/openings.atom?sort=title", 400, "There is no parameter “sort”"),
        ("/openings.atom?publisher=nobody", 400, "There is no publisher “nobody”"),
        ("/openings.atom?as_of=2999-01-01", 400, "is after today"),
        ("/openings.atom?at=999", 400, "The last position is 84"),
        ("/actions.atom?type=api", 400, "There is no parameter “type”"),
        (f"/openings/{SLUG}.atom?state=planned", 400, "There is no parameter “state”"),
        (f"/openings/{SLUG}.atom?lang=de", 400, "There is no language “de”"),
        ("/openings/nobody.atom", 404, "There is no opening “nobody” here."),
        ("/openings/A16.atom", 404, "There is no opening “A16” here."),
        (f"/actions/{SLUG}.atom", 404, "There is no action"),
        (f"/openings/{SLUG}.ics?alarm=367", 400, "A whole number from 0 to 366"),
        (f"/openings/{SLUG}.ics?before=5", 400, "There is no parameter “before”"),
        ("/openings.ics?alarm=-1", 400, "A whole number from 0 to 366"),
        ("/openings.ics?page=2", 400, "There is no parameter “page”"),
        ("/actions/nobody.ics", 404, "There is no action “nobody” here."),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(
    site: Site, address: str, status: int, says: str
) -> None:
    answer = site.get(address)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_a_feed_of_another_name_of_an_organisation_is_another(seeded_database_url: str) -> None:
    with serving(seeded_database_url) as site:
        before = site.get("/openings.atom").headers["ETag"]
        database = Database(seeded_database_url)
        Writing(database, Clock()).rename_organization("cour-de-cassation", Title.of(fr="La Cour"))
        database.close()
        answer: httpx.Response = site.get("/openings.atom", headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert "La Cour" in answer.text
