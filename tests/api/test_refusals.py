"""Refusals: every 4xx is a problem document, and nothing that a client sends gives a 500."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Models
from tests.formats.records import plain
from tests.seeded import ENTRY
from tests.serving import Site, change, serving

JSON_TYPE = "application/json"


@pytest.fixture(scope="module")
def site(sqlite: Models) -> Iterator[Site]:
    """One for all: what refuses is not written to, but for keys."""
    for url in sqlite.copy("seeded"):
        with serving(url) as site:
            yield site


def assert_problem(answer: httpx.Response, status: int, name: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict = answer.json()
    assert problem["status"] == status
    assert problem["type"].endswith(f"/problems/{name}")
    assert problem["detail"]
    return problem


@pytest.mark.parametrize(
    ("query", "field", "hint"),
    [
        ("stat=planned", "stat", "Did you mean “state”?"),
        ("page=1&page=2", "page", "given twice"),
        ("page=2", "page", "The last page is 1"),
        ("as_of=2999-01-01", "as_of", "is after today"),
        ("action=justice-2021/A99", "action", "There is no action “justice-2021/A99”"),
        ("text=arrete-2025-08-2", "text", "Did you mean “arrete-2025-08-29”?"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_by_name(site: Site, query, field, hint):
    problem = assert_problem(site.get(f"/api/v1/openings?{query}"), 400, "bad-query")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert hint in problem["errors"][0]["message"]


@pytest.mark.parametrize(
    ("address", "status", "name"),
    [
        ("/nowhere", 404, "missing"),
        ("/api/v1/openings/%00", 400, "bad-request"),
        ("/api/v1/openings/%ff", 400, "bad-request"),
        ("/api/v1/openings/..%2f..%2fetc", 404, "missing"),
        ("/api/v1/openings/" + "a" * 3000, 404, "missing"),
        ("/api/v1/openings?q=%00", 400, "bad-request"),
        ("/api/v1/openings?" + "state=planned&" * 60, 414, "address-too-long"),
        ("/api/v1/openings?state=" + "x" * 5000, 414, "address-too-long"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_problem(site: Site, address, status, name):
    assert_problem(site.get(address), status, name)


def test_a_field_of_another_form_is_no_field_of_this_one(site: Site):
    body = {
        "title": {"fr": "Un"},
        "publisher": "cour-de-cassation",
        "rank": 0,
        "budget_status": "x",
    }
    errors = site.as_team().post("/api/v1/openings", json=body).json()["errors"]
    messages = {error["field"]: error["message"] for error in errors}
    assert "derived" not in messages["rank"]
    assert "Did you mean" not in messages["budget_status"]


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({"Content-Encoding": "gzip"}, "not compressed"),
        ({"Content-Type": "text/plain"}, "“text/plain” is not one of application/json, "),
        ({"Content-Type": ""}, "needs a type, one of application/json, "),
    ],
)
def test_contents_of_another_type_are_refused(site: Site, headers, detail):
    refused = site.as_team().post("/api/v1/openings", json={}, headers=headers)
    assert detail in assert_problem(refused, 415, "unsupported-media-type")["detail"]


@pytest.mark.parametrize("position", ["0", "01", "+1", "1.0", "-1", "1e0", "١", "9" * 20])
def test_a_position_has_one_spelling(site: Site, position: str):
    body = {"standing": "disputed", "reason": "X"}
    answer = site.as_team().post(f"/api/v1/events/{position}/judgement", json=body)
    assert_problem(answer, 404, "missing")


def test_a_method_that_does_not_work_is_answered_with_those_that_do(site: Site):
    answer = site.http.request("DELETE", ENTRY, content=b"whatever is sent along")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, PATCH"


@pytest.mark.parametrize(
    ("path", "title", "detail"),
    [
        ("/api/v1/nowhere", "Rien à cette adresse", "Il n’y a rien"),
        ("/api/v1/openings?q=%00", "La requête ne peut pas être lue", "caractère de contrôle"),
        ("/api/v1/openings?page=0", "L’adresse ne peut pas être lue", "de 1 à"),
    ],
)
def test_a_problem_is_in_french_for_whoever_asks_for_it(site: Site, path, title, detail):
    for asked, language in (("fr-FR, en;q=0.5", "fr"), ("de", "en"), ("", "en")):
        answer = site.get(path, headers={"Accept-Language": asked})
        assert answer.headers["Content-Language"] == language
        assert "Accept-Language" in answer.headers.get("Vary", "")
        assert (answer.json()["title"] == title) == (language == "fr"), answer.text
    french = site.get(path, headers={"Accept-Language": "fr"}).json()
    assert detail in french["detail"]


def test_the_faults_of_a_body_are_in_french_and_fields_stay(site: Site):
    team = site.as_team()
    headers = {"If-Match": team.get(ENTRY).headers["ETag"], "Accept-Language": "fr"}
    answer = team.patch(ENTRY, json={"stat": "x", "version": 1}, headers=headers)
    messages = {error["field"]: plain(error["message"]) for error in answer.json()["errors"]}
    assert messages == {
        "stat": "Ce champ n’existe pas. Vouliez-vous dire « state » ?",
        "version": "Ceci se déduit des affirmations et ne peut pas être fixé.",
    }


@pytest.mark.parametrize(
    ("header", "status", "name"),
    [
        ({}, 428, "unconditional"),
        ({"If-Match": "*"}, 428, "unconditional"),
        ({"If-Match": '"v1.20261123.json"'}, 412, "stale"),
        ({"If-Match": '"p84.20261123.json"'}, 412, "stale"),
        ({"If-Match": "nonsense"}, 412, "stale"),
    ],
)
def test_a_change_names_the_version_it_was_made_on(site: Site, header, status, name):
    team = site.as_team()
    answer = team.patch(ENTRY, json={"state": "partially_available"}, headers=header)
    assert_problem(answer, status, name)


@pytest.mark.parametrize(
    ("body", "field", "hint"),
    [
        ({"title": {"fr": "a\u0007b"}}, "title.fr", "U+0007"),
        ({"text": "arrete-2025", "deadline": "2027"}, "text", "no text “arrete-2025”"),
        ({"action": "justice-2021/A99"}, "action", "no action “justice-2021/A99”"),
        ({"publisher": "nobody"}, "publisher", "no publisher “nobody”"),
        ({}, "", "name a field"),
    ],
)
def test_a_change_that_is_not_valid_is_refused_field_by_field(site, body, field, hint):
    team = site.as_team()
    tag = team.get(ENTRY).headers["ETag"]
    answer = team.patch(ENTRY, json=body, headers={"If-Match": tag})
    problem = assert_problem(answer, 422, "invalid")
    assert field in [error["field"] for error in problem["errors"]]
    assert hint in problem["detail"]
    assert team.get(ENTRY).headers["ETag"] == tag


def test_a_move_that_is_not_allowed_is_answered_with_those_that_are(site: Site):
    problem = assert_problem(change(site.as_team(), ENTRY, state="withdrawn"), 409, "move-refused")
    assert problem["current"] == "in_progress"
    assert "available" in problem["allowed"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"state": NaN}', 400),
        (b'{"state": 1e999}', 400),
        (b'{"state": "in_progress", "state": "planned"}', 400),
        (b'{"note": "\\ud800"}', 400),
        (b'{"note": "\\u0000"}', 400),
        (b'{"note": 123456789012345678901234567890}', 400),
        (b"[" * 100_000, 400),
        (b'{"note": ' + b"[" * 40 + b"]" * 40 + b"}", 400),
        (b"\xff\xfe", 400),
        (b"not json", 400),
        (b'"a string"', 422),
        (b'{"note": "' + b"x" * 1_100_000 + b'"}', 413),
    ],
)
def test_content_that_two_readers_could_read_otherwise_is_refused(site, content, status):
    team = site.as_team()
    headers = {"If-Match": '"v1"', "Content-Type": "application/merge-patch+json"}
    answer = team.patch(ENTRY, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_content_has_so_many_values_and_an_answer_so_many_faults(site: Site):
    team, address = site.as_team(), "/api/v1/openings"
    many = team.post(address, json={f"name{number}": 0 for number in range(2000)})
    assert len(assert_problem(many, 422, "invalid")["errors"]) == 100
    more = team.post(address, json={f"name{number}": 0 for number in range(60_000)})
    assert "more than 5,000 values" in assert_problem(more, 400, "bad-request")["detail"]
    deep = team.post(address, content="[" * 33 + "]" * 33, headers={"Content-Type": JSON_TYPE})
    assert "nested deeper than 32" in assert_problem(deep, 400, "bad-request")["detail"]
    long = team.post(address, json={"title": {"fr": "x" * 900_000}})
    assert "At most 300 characters." in assert_problem(long, 422, "invalid")["detail"]


def test_a_plus_sign_in_an_address_is_explained(site: Site):
    answer = site.get("/api/v1/openings?modified_since=2026-01-01T00:00:00+01:00")
    assert "+ is %2B" in assert_problem(answer, 400, "bad-query")["detail"]


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /api/v1/openings?q=\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/openings HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /%c0%af HTTP/1.1\r\nHost: x\r\n\r\n",
        b"HEAD /catalog.ttl HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_raw_bytes_never_give_a_500_nor_an_address_from_the_host(site: Site, sent: bytes):
    host, port = site.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent)
        answer = connection.recv(100_000)
    assert not answer.startswith(b"HTTP/1.1 5")
    assert b"evil.example" not in answer
