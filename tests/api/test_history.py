"""What changed over HTTP: two days side by side, moves of deadlines, and the days of the past."""

import csv
import io
import json
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from tests.formats.test_links import read
from tests.seeded import PRUD_HOMMES
from tests.serving import Site, change
from tests.store.conftest import engine_name  # noqa: F401 each runs on both engines
from tests.web.markup import Markup

DIFF = "/api/v1/diff"
COMMERCE = "decisions-tribunaux-de-commerce"
ORDER = "arrete-2025-08-29"
Row = dict[str, Any]


def compared(site: Site, **asked: Any) -> dict[str, Row]:
    """The rows of a comparison, by permanent name."""
    answer = site.get(DIFF, params={name.strip("_"): value for name, value in asked.items()})
    assert answer.status_code == 200, answer.text
    rows = answer.json()["data"]
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})
    return {row["id"]: row for row in rows}


def test_two_days_have_an_address_in_french(site: Site):
    page = site.get("/comparer?from=2025-09-02&to=2025-09-03", headers={"Accept-Language": "en"})
    assert page.headers["Content-Language"] == "fr"
    assert 'action="/comparer"' in page.text
    english = Markup(page.content)
    links = [node.get("href") for node in english.all("a") if node.get("hreflang") == "en"]
    assert links == ["/diff?from=2025-09-02&to=2025-09-03&from_at=97&to_at=97&lang=en"]


def test_what_changed_is_a_page_with_the_filters_of_the_feed(site: Site):
    page = Markup(site.get("/changements", headers={"Accept-Language": "en"}).content)
    rows = [node for node in page.all("a") if "#position-" in node.get("href")]
    assert len(rows) == 50, "as many as a page has, however many were recorded at once"
    (next_page,) = [node.get("href") for node in page.all("a") if node.get("rel") == "next"]
    older = Markup(site.get(next_page).content)
    links = {node.get("href") for node in older.all("a") if "#position-" in node.get("href")}
    assert links
    assert links.isdisjoint(row.get("href") for row in rows)
    latest = [node.get("href") for node in older.all("a") if node.get("rel") == "first"]
    assert latest == ["/changements"]
    some = Markup(site.get("/changes?q=prud’hommes&lang=fr").content)
    names = {
        node.text.split(" : ")[0] for node in some.all("a") if "#position-" in node.get("href")
    }
    assert names == {"Décisions de justice des Conseils de prud’hommes"}
    assert "/openings.atom?q=prud%E2%80%99hommes" in some.source
    assert "Rien n’a été enregistré." in site.get("/changements?q=introuvable").text


def test_the_day_of_the_order_is_five_entries_and_five_moves(site: Site):
    rows = compared(site, from_="2025-09-02", to="2025-09-03")
    moves = {slug: [(m["part"], m["days"]) for m in row["moves"]] for slug, row in rows.items()}
    assert moves == {
        PRUD_HOMMES: [(None, 365)],
        "decisions-cours-d-appel-penal": [(None, 1096)],
        "decisions-penal-premiere-instance": [("delictuel", 365), ("contraventionnel", 366)],
        "decisions-procedures-criminelles": [(None, 1096)],
        COMMERCE: [],
    }
    moved = {event["text"] for slug in moves if moves[slug] for event in rows[slug]["events"]}
    assert moved == {ORDER}
    opened = rows[COMMERCE]
    assert (opened["before"]["state"], opened["after"]["state"]) == ("planned", "available")
    assert "state" in [event["kind"] for event in opened["events"]]
    assert opened["before"].keys() == opened["after"].keys()
    assert "title" not in opened["after"]


def test_a_verdict_that_a_day_turns_is_a_difference_without_events(site: Site):
    (row,) = compared(site, from_="2026-09-30", to="2026-10-01").values()
    assert (row["id"], row["events"], row["moves"]) == (PRUD_HOMMES, [], [])
    assert row["before"] == {"timeliness": "due_soon", "days_late": 0}
    assert row["after"] == {"timeliness": "overdue", "days_late": 1}
    assert compared(site, from_="2026-10-01", to="2026-10-02") == {}


def test_two_positions_differ_by_what_was_recorded_between(site: Site):
    team, address = site.as_team(), f"/api/v1/openings/{PRUD_HOMMES}"
    head = site.get("/health/ready").json()["position"]
    made = change(team, address, description={"fr": "Autre."}, note="Une note.").json()
    (row,) = compared(site, from_at=head).values()
    assert row["before"] == {"description": {"fr": None, "en": None}}
    assert row["after"] == {"description": {"fr": "Autre.", "en": None}}
    assert [event["position"] for event in row["events"]] == [made["version"]]
    assert compared(site, from_at=made["version"]) == {}
    body = {"standing": "retracted", "reason": "Une méprise."}
    judged = team.post(f"/api/v1/events/{made['version']}/judgement", json=body)
    assert judged.is_success
    assert compared(site, from_at=head) == {}
    (row,) = compared(site, from_at=made["version"]).values()
    assert [event["kind"] for event in row["events"]] == ["judged"]


def test_what_only_a_team_sees_is_in_no_comparison(site: Site):
    team = site.as_team()
    head = site.get("/health/ready").json()["position"]
    assert change(team, f"/api/v1/openings/{PRUD_HOMMES}", budget_status="secret").is_success
    hidden = {"title": {"fr": "Secret"}, "publisher": "cour-de-cassation", "reason": "x"}
    made = team.post("/api/v1/openings", json={**hidden, "visibility": "internal"})
    assert made.status_code == 201
    answer = team.get(f"{DIFF}?from_at={head}")
    assert answer.json()["data"] == []


def test_pages_keep_both_ends(site: Site):
    first = site.get(f"{DIFF}?from=2021-04-28&page_size=20").json()
    slugs = [row["id"] for row in first["data"]]
    assert change(
        site.as_team(), f"/api/v1/openings/{PRUD_HOMMES}", description={"fr": "Autre."}
    ).is_success
    page = first
    while page["next_page"]:
        page = site.get(page["next_page"]).json()
        slugs += [row["id"] for row in page["data"]]
        assert (page["from"], page["to"]) == (first["from"], first["to"])
    assert (len(slugs), slugs) == (45, sorted(slugs))


def test_people_read_it_as_a_page(site: Site):
    address = "/diff?from=2025-09-02&to=2025-09-03&lang=fr"
    read = Markup(site.get(address).content)
    assert (
        read.only("h1").text == "Ce qui a changé entre le 2 septembre 2025 et le 3 septembre 2025"
    )
    rows = compared(site, from_="2025-09-02", to="2025-09-03")
    headings = [node.get("id") for node in read.all("h2") if node.get("id")]
    assert headings == [*rows]
    assert "+823 jours +1 188 jours" in read.text
    assert "au plus tard le 3 septembre 2025" in read.text
    assert "Rien ne diffère." in site.get("/diff?from=2025-09-03&to=2025-09-03&lang=fr").text
    turned = Markup(site.get("/diff?from=2026-09-30&to=2026-10-01&lang=en").content)
    assert "A day has passed; no claim says more." in turned.text


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("from=2099-01-01", "from", "2099-01-01 is after today"),
        ("from=2025-09-03&to=2025-09-02", "from", "It is after to."),
        ("from_at=9&to_at=8", "from_at", "It is after to_at."),
        ("from_at=0&to_at=999", "to_at", "The last position is "),
        ("as_of=2025-09-02", "as_of", "There is no parameter “as_of”."),
        ("from=hier", "from", "A day, such as"),
        ("from=2021-01-01&page=9", "page", "The last page is 3."),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(site: Site, query, field, message):
    answer = site.get(f"{DIFF}?{query}")
    assert answer.status_code == 400
    assert [row["field"] for row in answer.json()["errors"]] == [field]
    assert answer.json()["errors"][0]["message"].startswith(message)


MOVES = "/api/v1/moves"


def test_every_move_is_a_row_with_its_text_in_pages_and_in_tables(site: Site):
    pages = [site.get(f"{MOVES}?page_size=3").json()]
    while address := pages[-1]["next_page"]:
        pages.append(site.get(address).json())
    rows = [row for page in pages for row in page["data"]]
    assert len(rows) == pages[0]["total"] == 8
    for row in rows:
        text = site.get(f"/api/v1/texts/{row['text']}").json()
        assert row["text_title"] == text["title"]
        names = ("commitment", "iri", "part", "from", "to", "days", "text", "published_on")
        assert {name: row[name] for name in names} in text["moved"]
    key = ("commitment", "part", "from", "to", "days", "text")
    moved = sorted(tuple(str(row[name] or "") for name in key) for row in rows)
    table = csv.DictReader(io.StringIO(site.get("/moves.csv").text, newline=""))
    assert sorted(tuple(row[name] for name in key) for row in table) == moved
    lines = list(map(json.loads, site.get("/moves.jsonl").text.splitlines()))
    assert sorted(tuple(str(row[name] or "") for name in key) for row in lines) == moved


def test_moves_are_narrowed_as_lists_are(site: Site):
    for query, total in (
        ("as_of=2025-09-02", 3),
        ("at=0", 0),
        ("publisher=conseil-d-etat", 0),
        ("type=action", 0),
        ("q=prud%27hommes", 2),
        (f"text={ORDER}", 5),
    ):
        assert site.get(f"{MOVES}?{query}").json()["total"] == total, query
        assert len(site.get(f"/moves.jsonl?{query}").text.splitlines()) == total, query
    assert site.get(f"{MOVES}?sort=title").status_code == 400
    header = site.get("/moves.csv?columns=days&columns=text&labels=fr").text.splitlines()[0]
    assert header == "Écart,Texte"


# The days of the past.


@pytest.mark.parametrize("path", [f"openings/{PRUD_HOMMES}", "actions/justice-2021/A16"])
def test_an_entry_differs_on_each_of_its_days_from_the_day_before(site: Site, path: str):
    course = site.get(f"/api/v1/{path}/days").json()
    days = [date.fromisoformat(row["as_of"]) for row in course["days"]]
    assert (days, course["iri"]) == (sorted(set(days)), f"{site.base}/{path}")
    for row, day in zip(course["days"], days, strict=True):
        entry = site.get(row["address"])
        eve = site.get(f"/api/v1/{path}?as_of={day - timedelta(1)}")
        names = ("state", "deadline", "announced_deadline", "timeliness", "uncertain", "title")
        assert eve.status_code == 404 or any(
            entry.json()[name] != eve.json()[name] for name in names
        ), day
    events = site.get(f"/api/v1/{path}/events").json()["data"]
    assert [row["at"] for row in course["positions"]] == [event["position"] for event in events]
    assert site.get(course["positions"][0]["address"]).status_code == 200


WHEN = "Tue, 02 Sep 2025 23:30:00 GMT"
"""Past midnight in Paris."""


def related(answer: httpx.Response) -> dict[str, str]:
    return {row["rel"]: address for address, row in read(answer.headers["Link"])}


@pytest.mark.parametrize(
    "address",
    [
        f"/openings/{PRUD_HOMMES}.ttl",
        "/api/v1/actions/justice-2021/A16",
        "/openings.csv?state=planned",
        "/",
    ],
)
def test_a_client_of_memento_finds_the_day_that_it_wants(site: Site, address: str):
    original = site.get(address)
    assert "Memento-Datetime" not in original.headers
    gate = site.get(related(original)["timegate"], headers={"Accept-Datetime": WHEN})
    assert (gate.status_code, gate.headers["Vary"]) == (302, "Accept-Datetime")
    memento = site.get(gate.headers["Location"])
    assert memento.status_code == 200
    assert memento.headers["Memento-Datetime"] == "Wed, 03 Sep 2025 00:00:00 GMT"
    assert "as_of=2025-09-03" in gate.headers["Location"]
    for answer in (gate, memento):
        assert related(answer)["original"] == f"{site.base}{address}"
        assert related(answer)["timegate"] == related(original)["timegate"]
    timemap = site.get(related(memento)["timemap"])
    assert timemap.headers["Content-Type"] == "application/link-format"
    first, gates, itself, *mementos = timemap.text.rstrip().split(",\n")
    assert first == f'<{site.base}{address.partition("?")[0]}>; rel="original"'
    assert (gates.endswith('rel="timegate"'), 'rel="self"' in itself) == (True, True)
    assert mementos[0].partition("; ")[2].startswith('rel="first ')
    assert site.get(mementos[-1].partition(">")[0].removeprefix("<")).status_code == 200


@pytest.mark.parametrize(
    ("asked", "day"),
    [
        ("Sat, 01 Jan 2000 00:00:00 GMT", "2021-04-29"),
        ("Sat, 01 Jan 0001 00:00:00 GMT", "2021-04-29"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:30:00 GMT", None),
        (None, None),
    ],
)
def test_out_of_range_is_the_nearest_day(site: Site, asked: str | None, day: str | None):
    headers = {"Accept-Datetime": asked} if asked else {}
    for path in (f"openings/{PRUD_HOMMES}", "openings"):
        gate = site.get(f"/timegate/{path}", headers=headers)
        today = site.get("/api/v1/openings").json()["register"]["as_of"]
        assert gate.headers["Location"] == f"{site.base}/{path}?as_of={day or today}"


@pytest.mark.parametrize(
    ("address", "asked", "status"),
    [
        ("/timegate/openings", "yesterday", 400),
        ("/timegate/openings", "2025-09-03", 400),
        ("/timegate/openings", "Tue, 31 Feb 2025 23:00:00 GMT", 400),
        ("/timegate/openings?state=nonsense", WHEN, 400),
        ("/timegate/api/v1/openings?nonsense=1", WHEN, 400),
        ("/timegate/openings/decisions-conseils-de-prud-hommes?state=planned", WHEN, 400),
        ("/timegate/openings/nobody", WHEN, 404),
        ("/timegate/openings.docx", WHEN, 404),
        ("/timegate/openings.ttl", WHEN, 404),
        ("/timegate/openings/decisions-tribunaux-de-commerce.csv", WHEN, 404),
        ("/timegate/actions/justice-2021/A16.ttl", WHEN, 404),
        ("/timegate/api/v1/openings.csv", WHEN, 404),
        ("/timegate/health/live", WHEN, 404),
        ("/timemap/catalog", WHEN, 404),
        ("/timemap/openings?as_of=2025-09-03", WHEN, 400),
    ],
)
def test_what_has_no_such_past_is_refused(site: Site, address, asked, status):
    answer = site.get(address, headers={"Accept-Datetime": asked})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
