"""A database that someone wrote in by hand: nobody else’s entry is lost, `verify` says whose."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from rdflib import RDF, URIRef
from rdflib.namespace import DCAT
from sqlalchemy import text

from app.register import Clock
from app.register.findings import Finding
from app.register.writing import Writing
from app.store.database import Database
from tests.conftest import dealt
from tests.formats.records import read
from tests.formats.test_shapes import DECISIVE, results
from tests.journeys.test_rules import MEDIA
from tests.serving import Site, change, serving


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """One of the two for each case; what only one can keep names its own."""
    return dealt(request.node.name)


SLUGS = (
    "decisions-civil-premiere-instance",
    "decisions-conseil-d-etat",
    "decisions-conseils-de-prud-hommes",
    "decisions-cour-de-cassation",
    "decisions-cours-administratives-d-appel",
    "decisions-cours-d-appel-civil",
    "decisions-cours-d-appel-penal",
    "decisions-penal-premiere-instance",
    "decisions-procedures-criminelles",
    "decisions-tribunaux-administratifs",
    "decisions-tribunaux-de-commerce",
)
INTACT = SLUGS[-1]
DEEP = "[" * 2_000 + "]" * 2_000

GARBLED: list[dict[str, Any]] = [
    {"title": "5", "description": "[]", "resources": "{}", "covers": '"1947"', "contact": "[1]"},
    {"keywords": '"x"', "themes": "{}", "hvd_categories": "[5]", "access_conditions": '{"fr": 5}'},
    {"deadline": "{}", "first_deadline": "5", "moves": "[{}]", "timing": "[]", "parts": "[1]"},
    {"resources": '[{"url": 5}]', "title": '{"fr": "\\ud800"}', "announced_deadline": "{}"},
    {"resources": DEEP, "timing_first": '{"days": "x"}', "next_deadline": '{"period": 5}'},
]
"""JSON of another shape, by column; one opening has one of them."""
OF_SQLITE: list[dict[str, Any]] = [
    {"title": "{", "resources": "", "covers": "{'from'", "timing": "\\x00", "parts": "nul"},
    {"state_since": "2023-99-99", "opened_on": "hier", "created": "hier", "uncertain": "x"},
    {"rank": "abc", "licence": b"\xff\x00", "state": b"\xff", "postponements": "x"},
    {"modified": b"\xff", "slip_days": 1.5, "landing_page": b"\xc3"},
]
"""What only SQLite keeps: values of other types, and bytes that are no letters."""
OF_POSTGRESQL: list[dict[str, Any]] = [
    {"state_since": "infinity", "opened_on": "-infinity", "created": "infinity"},
    {"state_since": "20000-01-01", "opened_on": "0044-03-15 BC", "modified": "-infinity"},
]
"""Days that only PostgreSQL has."""
HOSTILE: list[dict[str, Any]] = [
    {"type": "dream", "state": "dreamt", "announcement": "odd", "access_rights": "odd"},
    {"landing_page": "javascript:alert(1)", "licence": "http://a b/<>", "section": "\\x07"},
    {"title": '{"fr": "\\u0001\\u202e<script>"}', "description": '{"fr": " "}', "rank": -5},
    {"resources": '[{"url": "javascript:x", "kind": "odd", "format": "CVS", "bytes": -1}]'},
    {"contact": '{"name": "\\u0000", "email": "a b", "url": "data:x"}', "keywords": '["", ":"]'},
    {"themes": '["LAW"]', "hvd_categories": '["c_0"]', "covers": '{"start": "x", "end": "1"}'},
]
"""What has the right shape, and would break something if it were told as it is."""


def spoil(url: str, changes: Iterable[tuple[str, str, Any]]) -> None:
    """Write in the columns of rows, past every door."""
    database = Database(url)
    with database.engine.begin() as connection:
        for slug, column, value in changes:
            kind = "::json" if not database.sqlite and column in JSONS else ""
            kind = "::date" if not database.sqlite and column in DAYS else kind
            kind = "::timestamptz" if not database.sqlite and column in MOMENTS else kind
            cast = f"CAST(:value AS {kind[2:]})" if kind else ":value"
            if isinstance(value, bytes):
                cast = "CAST(:value AS TEXT)"
            statement = f"UPDATE commitments SET {column} = {cast} WHERE slug = :slug"
            connection.execute(text(statement), {"value": value, "slug": slug})
    database.close()


JSONS = {name for group in GARBLED for name in group}
DAYS, MOMENTS = {"state_since", "opened_on"}, {"created", "modified"}


def tampered(groups: list[dict[str, Any]]) -> list[Any]:
    """Each group, with its columns dealt out among the openings; the last is left alone."""
    return [
        pytest.param(
            [(SLUGS[place], name, group[name]) for place, name in enumerate(group)],
            id=", ".join(group),
        )
        for group in groups
    ]


def findings(url: str) -> list[Finding]:
    database = Database(url)
    try:
        return Writing(database, Clock()).verify()
    finally:
        database.close()


DOORS = (
    *("/", "/?lang=en&sort=title", "/?sort=-deadline", "/actions", "/openings.json"),
    *("/api/v1/openings?page_size=100", "/api/v1/openings?sort=-slip&page_size=3"),
    *("/api/v1/openings?timeliness=overdue", "/api/v1/openings?as_of=2021-10-15"),
    *("/api/v1/texts", "/api/v1/publishers", "/api/v1/changes?limit=1000", "/openings.jsonl"),
    *("/metrics", "/health/ready"),
)


def every_door_answers(site: Site) -> None:
    """Lists, pages and logs, all of them."""
    for door in DOORS:
        answer = site.get(door, headers={"Accept": "text/html"} if door[:2] in ("/", "/?") else {})
        assert answer.status_code == 200, (door, answer.text)
        assert "alert(1)" not in answer.text or door.startswith("/api/") or ".json" in door, door


def listed(site: Site, *, valid: bool = False) -> dict[str, set[str]]:
    """The openings that each syntax of the catalogue lists; if asked, by the shapes."""
    found = {}
    for suffix, (form, _) in MEDIA.items():
        answer = site.get(f"/catalog.{suffix}")
        assert answer.status_code == 200, answer.text
        graph = read(answer.content, form)
        catalog = URIRef(f"{site.base}/catalog")
        datasets = set(graph.objects(catalog, DCAT.dataset))
        assert datasets == set(graph.subjects(RDF.type, DCAT.Dataset))
        found[suffix] = {str(one).rpartition("/")[2] for one in datasets}
        assert not valid or suffix != "ttl" or results(graph, *DECISIVE) == {}
    return found


def told(site: Site) -> list[Any]:
    return list(site.get("/api/v1/openings?page_size=100").json()["data"])


@pytest.mark.parametrize("dealt", tampered(GARBLED))
def test_json_of_another_shape_is_told_as_the_ledger_has_it(
    seeded_database_url: str, dealt: list[tuple[str, str, Any]]
) -> None:
    tells_all(seeded_database_url, dealt)


@pytest.mark.parametrize("dealt", tampered(OF_SQLITE))
def test_what_only_sqlite_keeps_is_told_as_the_ledger_has_it(
    sqlite, dealt: list[tuple[str, str, Any]]
) -> None:
    for url in sqlite.copy("seeded"):
        tells_all(url, dealt)


@pytest.mark.parametrize("dealt", tampered(OF_POSTGRESQL))
def test_days_that_only_postgresql_has_are_told_as_the_ledger_has_them(
    postgresql, dealt: list[tuple[str, str, Any]]
) -> None:
    for url in postgresql.copy("seeded"):
        tells_all(url, dealt)


def tells_all(url: str, dealt: list[tuple[str, str, Any]]) -> None:
    """Every door tells all eleven as before; `verify` names each row, and `rebuild` heals it."""
    with serving(url) as site:
        before = told(site)
        pages = {slug: site.get(f"/openings/{slug}.ttl").text for slug in SLUGS}
        spoil(url, dealt)
        assert told(site) == before
        assert all(slugs == set(SLUGS) for slugs in listed(site).values())
        every_door_answers(site)
        for slug, _, _ in dealt:
            assert site.get(f"/openings/{slug}.ttl").text == pages[slug]
            for suffix in ("html", "json", "jsonld", "rdf", "nt"):
                assert site.get(f"/openings/{slug}.{suffix}").status_code == 200
            assert site.get(f"/api/v1/openings/{slug}/events").status_code == 200
    faults = {one.where: one.what for one in findings(url) if one.fault}
    for slug, column, _ in dealt:
        assert column in faults[slug], (slug, faults)
    database = Database(url)
    Writing(database, Clock()).rebuild()
    database.close()
    assert findings(url) == []


def test_an_entry_whose_row_is_garbled_can_be_changed_and_is_whole_again(
    seeded_database_url: str,
) -> None:
    slug = "decisions-conseils-de-prud-hommes"
    spoil(seeded_database_url, [(slug, "resources", "{}")])
    with serving(seeded_database_url) as site:
        team = site.as_team()
        answer = change(team, f"/api/v1/openings/{slug}", keywords=["justice"])
        assert answer.status_code == 200, answer.text
        assert answer.json()["keywords"] == ["justice"]
        assert site.as_team("conseil-d-etat").patch(
            f"/api/v1/openings/{slug}", json={"keywords": []}, headers={"If-Match": '"v85"'}
        ).status_code in (403, 412)


@pytest.mark.parametrize("dealt", tampered(HOSTILE))
def test_a_hostile_value_costs_nobody_and_is_named(
    seeded_database_url: str, dealt: list[tuple[str, str, Any]]
) -> None:
    with serving(seeded_database_url) as site:
        spoil(seeded_database_url, dealt)
        every_door_answers(site)
        for slugs in listed(site, valid=True).values():
            assert INTACT in slugs
            assert len(slugs) >= len(SLUGS) - 1
        for slug, _, _ in dealt:
            page = site.get(f"/openings/{slug}.html")
            assert page.status_code == 200, page.text
            assert 'href="javascript:' not in page.text
            assert "<script>" not in page.text
            assert 'href="data:' not in page.text
    found = findings(seeded_database_url)
    for slug, column, _ in dealt:
        about = [one.what for one in found if one.where.startswith(slug)]
        assert any(column in what for what in about), (slug, column, about)


# The ledger itself.


def rewrite(url: str, position: int, content: Any) -> None:
    """Write another content in the place of an event's, past its guard."""
    database = Database(url)
    with database.engine.begin() as connection:
        if database.sqlite:
            connection.execute(text("DROP TRIGGER IF EXISTS events_are_not_updated"))
        else:
            connection.execute(text("ALTER TABLE events DISABLE TRIGGER ALL"))
        connection.execute(
            text("UPDATE events SET content = :content WHERE position = :position"),
            {"content": content, "position": position},
        )
    database.close()


def content_of(url: str, position: int) -> dict[str, Any]:
    database = Database(url)
    with database.reading() as connection:
        query = text("SELECT content FROM events WHERE position = :position")
        found: dict[str, Any] = json.loads(connection.scalar(query, {"position": position}) or "{}")
    database.close()
    return found


@pytest.mark.parametrize(
    "spoiled",
    [
        "{",
        "null",
        DEEP,
        {"kind": "odd"},
        {"decided_on": "hier"},
        {"values": {"title": 5}},
        {"values": {"resources": [{"url": 5}]}},
        {"note": "\ud800"},
        {"standing": ["accepted"]},
    ],
    ids=["no JSON", "null", "deep", "kind", "date", "title", "resources", "surrogate", "standing"],
)
def test_an_event_that_cannot_be_read_is_its_place_in_the_chain(
    seeded_database_url: str, spoiled: Any
) -> None:
    url = seeded_database_url
    with serving(url) as site:
        ledger = site.get("/api/v1/openings/decisions-conseils-de-prud-hommes/events").json()
        position = ledger["data"][-1]["position"]
        content = content_of(url, position)
        odd = spoiled if isinstance(spoiled, str) else json.dumps({**content, **spoiled})
        rewrite(url, position, odd)
        every_door_answers(site)
        (event,) = (
            one
            for one in site.get("/api/v1/changes?limit=1000").json()["data"]
            if one["position"] == position
        )
        assert (event["content"], event["commitment"]) == (None, None)
        assert event["hash"] == ledger["data"][-1]["hash"]
        told = site.get("/api/v1/openings/decisions-conseils-de-prud-hommes/events").json()
        assert told["total"] == ledger["total"]
        assert site.get("/openings/decisions-conseils-de-prud-hommes.html").status_code == 200
    faults = [one for one in findings(url) if one.fault]
    assert (f"position {position}", "its content cannot be read") in [
        (one.where, one.what) for one in faults
    ]


def test_a_whole_ledger_that_cannot_be_read_sets_one_entry_apart(
    seeded_database_url: str,
) -> None:
    """Row and ledger of one opening are both gone: the ten others are told, in every syntax."""
    url, slug = seeded_database_url, "decisions-conseils-de-prud-hommes"
    with serving(url) as site:
        for event in site.get(f"/api/v1/openings/{slug}/events").json()["data"]:
            rewrite(url, event["position"], "{}")
        spoil(url, [(slug, "timing", "[]")])
        every_door_answers(site)
        assert len(told(site)) == 10
        assert site.get("/api/v1/openings").json()["total"] == 11
        assert all(slugs == {*SLUGS} - {slug} for slugs in listed(site).values())
        answer = site.get(f"/api/v1/openings/{slug}")
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (
            503,
            "unavailable",
        )
    assert {one.where for one in findings(url) if one.fault} >= {slug}


def test_an_organisation_whose_name_cannot_be_read_is_told_by_its_slug(
    seeded_database_url: str,
) -> None:
    database = Database(seeded_database_url)
    with database.engine.begin() as connection:
        odd = "'5'" if database.sqlite else "'5'::json"
        statement = f"UPDATE organizations SET name = {odd} WHERE slug = 'cour-de-cassation'"
        connection.execute(text(statement.replace(":", "\\:")))
    database.close()
    with serving(seeded_database_url) as site:
        every_door_answers(site)
        told = site.get("/api/v1/openings/decisions-cour-de-cassation").json()
        assert told["publisher"]["name"] == {"fr": "cour-de-cassation", "en": None}
        assert all(slugs == set(SLUGS) for slugs in listed(site).values())
