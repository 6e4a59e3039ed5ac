"""The OpenAPI document: it is what is committed, what it promises works, and nothing else answers.

Its examples are all sent, and every answer is held to the schema that it gives.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from zipfile import ZipFile

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from app.api.middleware import Routing
from app.domain import access
from app.main import create_app
from app.settings import Settings
from docs import generate
from tests.documented import resolved
from tests.seeded import FACTS
from tests.serving import Site, serving

COMMITTED = (Path(generate.FOLDER) / "openapi.json").read_text()
DOCUMENT: dict[str, Any] = resolved(json.loads(COMMITTED))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
REFERENCE = re.compile(r'"\$ref": ?"#/components/schemas/(\w+)"')
PROBLEM = "application/problem+json"
NOWHERE = "sqlite:////nowhere/at/all.db"
LIST = "listOpenings"
STEWARD = "ministere-de-la-justice"
"""It may write all that the examples are about."""


def is_a_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def is_an_address(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and value.isascii())


formats = FormatChecker(["date"])
formats.checks("date-time", ValueError)(is_a_moment)
formats.checks("uri", ValueError)(is_an_address)


@dataclass(frozen=True)
class Operation:
    """One method at one address, as the document describes it."""

    method: str
    path: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return str(self.described["operationId"])

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.described["responses"] if status != "default"}

    @property
    def success(self) -> int:
        return min(self.statuses)

    @property
    def media_types(self) -> set[str]:
        return set(self.described["responses"][str(self.success)]["content"])

    def parameters(self, where: str) -> list[dict[str, Any]]:
        return [row for row in self.described.get("parameters", []) if row["in"] == where]

    def address(self, **places: object) -> str:
        examples = {row["name"]: row["example"] for row in self.parameters("path")}
        needed = {
            row["name"]: row["example"] for row in self.parameters("query") if row.get("required")
        }
        query = f"?{urlencode(needed)}" if needed else ""
        return self.path.format(**{**examples, **places}) + query

    def addresses(self) -> Iterator[str]:
        """With each value that the parts of the address may have."""
        rows = self.parameters("path")
        known = [row["schema"].get("enum", [row["example"]]) for row in rows]
        for values in product(*known):
            names = (row["name"] for row in rows)
            yield self.path.format(**dict(zip(names, values, strict=True)))

    def queries(self) -> Iterator[str]:
        """Each parameter with every value that the document gives, at the address of the lists.

        Wherever else, the first value of all of them in one query.
        """
        rows = [row for row in self.parameters("query") if row["name"] != "cursor"]
        several = {row["name"] for row in rows if row["schema"]["type"] == "array"}
        first = {row["name"]: values_of(row)[0] for row in rows}
        queries = [first]
        if str(self) == LIST:
            queries = [
                {row["name"]: value}
                for row in rows
                for value in ([values_of(row)] if row["name"] in several else values_of(row))
            ]
        for query in queries:
            yield f"{self.address().partition('?')[0]}?{urlencode(query, doseq=True)}"

    @property
    def takes_files(self) -> bool:
        """Whether a file is sent to it, not JSON."""
        return "text/csv" in self.described.get("requestBody", {}).get("content", {})

    def bodies(self) -> dict[str, Any]:
        contents = self.described.get("requestBody", {}).get("content", {}).values()
        return {
            name: row["value"]
            for content in contents
            for name, row in content.get("examples", {}).items()
        }


OPERATIONS = [
    Operation(method, path, described)
    for path, item in DOCUMENT["paths"].items()
    for method, described in item.items()
]
READS = [each for each in OPERATIONS if each.method == "get" and {} in each.described["security"]]
"""What needs no key."""
WRITES = [each for each in OPERATIONS if each.method != "get"]


def values_of(parameter: dict[str, Any]) -> list[Any]:
    schema = parameter["schema"]
    schema = schema.get("items", schema)
    values = [parameter["example"]] if "example" in parameter else []
    values += schema.get("examples", schema.get("enum", []))
    return [*values, schema["default"]] if "default" in schema else values


def check(schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    Draft202012Validator(whole, format_checker=formats).validate(value)


def component(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def check_answer(operation: Operation, answer: httpx.Response) -> None:
    """The status, media type, headers and content are as documented."""
    where = f"{operation} {answer.request.url} gives {answer.status_code}: {answer.text[:300]}"
    response = operation.described["responses"].get(str(answer.status_code))
    assert response, where
    assert {name.lower() for name in response.get("headers", ())} - {"link"} <= set(answer.headers)
    if "content" not in response:
        assert answer.content == b"", where
        return
    media = answer.headers["content-type"].partition(";")[0]
    assert media in response["content"], where
    if media.endswith("json"):
        check(response["content"][media]["schema"], answer.json())


def test_the_document_is_its_committed_copy_wherever_it_is_served():
    with serving(NOWHERE) as site:
        served = site.get("/openapi.json").json()
        assert served.pop("servers") == [{"url": site.base}]
    assert list(served) == list(json.loads(COMMITTED))
    assert served == json.loads(COMMITTED)
    assert generate.stale() == []
    assert "servers" not in DOCUMENT
    assert "127.0.0.1" not in COMMITTED


def test_a_stale_page_is_named_and_written_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"settings.md": generate.settings})
    assert generate.main(["--check"]) == 1
    assert "docs/settings.md is stale" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert generate.main(["--chek"]) == 2


def test_every_schema_is_one_and_every_reference_leads_somewhere():
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)
    named = set(REFERENCE.findall(COMMITTED))
    assert named - set(SCHEMAS) == set()
    assert set(SCHEMAS) - named == set(), "components that nothing refers to"


BODIES = (
    *("Change", "Announcement", "ActionAnnouncement", "Judgement"),
    *("NewText", "TextPatch", "NewPart", "NewProgramme", "ProgrammePatch"),
    *("NewKey", "Rotation", "Revocation", "NewMember", "MemberPatch", "TeamPatch"),
    *("Acceptance", "Refusal"),
)
"""What is sent, besides the names that end with Form."""


def test_documents_have_every_key_and_no_other():
    optional = {
        "Opening": {"budget_status", "steering_unit", "highlights"},
        "Action": {"budget_status", "steering_unit", "highlights"},
        "Problem": {"allowed", "current", "current_version", "errors", "findings", "offered"}
        | {"parts", "request_id", "wanted"},
        "Values": set(SCHEMAS["Values"]["properties"]),
    }
    for name, schema in SCHEMAS.items():
        assert schema["additionalProperties"] is False, name
        if not (name in BODIES or name.endswith("Form")):
            free = set(schema["properties"]) - set(schema.get("required", ()))
            assert free == optional.get(name, set()), name


def test_few_routes_are_tried_for_an_address():
    app = create_app(Settings.model_construct())
    by_beginning = Routing(app, app.routes).by_beginning
    assert len(by_beginning) > 100
    assert max(map(len, by_beginning.values())) < 6


def test_every_operation_is_described_whole():
    names = [str(each) for each in OPERATIONS]
    assert len(set(names)) == len(names)
    for each in OPERATIONS:
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", str(each)), each
        assert each.described["summary"], each
        assert each.described["description"], each
        assert len(each.described["tags"]) == 1, each
        places = [row["name"] for row in each.parameters("path")]
        assert places == re.findall(r"{(\w+)}", each.path), each
        for row in each.described.get("parameters", []):
            assert row["description"], (each, row)
            assert row["name"] == "cursor" or values_of(row), (
                f"{each}: {row['name']} has no example"
            )
        for status, response in each.described["responses"].items():
            if status == "default" or status >= "4":
                assert response["content"] == {PROBLEM: {"schema": component("Problem")}}, each


def test_every_field_that_editors_may_send_says_what_it_is():
    silent = [
        (name, key)
        for name, schema in SCHEMAS.items()
        if (name in BODIES or name.endswith("Form"))
        for key, row in schema["properties"].items()
        if not row.get("description") and name not in ("TitleForm", "WordsForm")
    ]
    assert silent == []
    for each in WRITES:
        assert each.bodies(), each


def test_every_reading_operation_answers_as_documented(site: Site):
    for each in READS:
        answered = set()
        for address in each.addresses():
            for media in each.media_types:
                answer = site.get(address, headers={"Accept": media})
                assert answer.status_code == 200, (address, answer.text)
                check_answer(each, answer)
                answered.add(answer.headers["content-type"].partition(";")[0])
                if "{suffix}" not in each.path:
                    assert answer.headers["content-type"].startswith(media), address
        assert answered == each.media_types, each


def test_every_example_of_a_query_is_read(site: Site):
    for each in READS:
        for address in each.queries():
            answer = site.get(address)
            assert answer.status_code == 200, (address, answer.text)
            check_answer(each, answer)


def test_what_a_reader_has_is_not_sent_again_and_head_is_get_without_the_body(site: Site):
    for each in READS:
        answer, head = site.get(each.address()), site.http.head(each.address())
        assert (head.status_code, head.content) == (200, b""), each
        for name in {"content-type", "content-disposition", "etag", "link"} & {*answer.headers}:
            assert head.headers[name] == answer.headers[name], each
        assert ("ETag" in answer.headers) == (304 in each.statuses), each
        if 304 in each.statuses:
            conditions = {"ETag": "If-None-Match"}
            if str(each) == LIST:
                conditions["Last-Modified"] = "If-Modified-Since"
            for name, condition in conditions.items():
                again = site.get(each.address(), headers={condition: answer.headers[name]})
                assert (again.status_code, again.content) == (304, b""), each
                check_answer(each, again)


SECRET = "tenu secret"
WORDS = {"fr": SECRET, "en": SECRET}
ANYWHERE = re.compile(rb"tenu(?:[ +_-]|%20)?secret", re.IGNORECASE)
HIDDEN: dict[str, Any] = {
    **dict.fromkeys(("title", "short_title", "description", "access_conditions"), WORDS),
    **dict.fromkeys(("reason", "note"), SECRET),
    "keywords": [SECRET],
    "landing_page": "https://tenu-secret.example/",
    "contact": {"name": SECRET, "email": "tenu.secret@tenu-secret.example"},
    "resources": [{"title": WORDS, "url": "https://tenu-secret.example/data.csv"}],
    "source": {"title": SECRET, "site": SECRET, "url": "https://tenu-secret.example/"},
    "text": {"title": f"Arrêté {SECRET}", "url": "https://tenu-secret.example/arrete"},
    "publisher": "cour-de-cassation",
    "deadline": "T4 2027",
    "visibility": "internal",
}


def discloses(answer: httpx.Response) -> bool:
    """Whether an answer holds the word, in its content or its headers."""
    content = answer.content
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    elif content.startswith(b"PK"):
        content = unpacked(content)
    return bool(ANYWHERE.search(content) or ANYWHERE.search(str(answer.headers).encode()))


def test_nothing_internal_is_in_what_anyone_reads_but_its_own_team(site: Site):
    team, stranger = site.as_team(), site.as_team("conseil-d-etat")
    address = "/api/v1/openings/decisions-conseils-de-prud-hommes"

    def counted() -> list[Any]:
        lists = [site.get(f"/api/v1/{name}").json() for name in ("openings", "actions", "texts")]
        figures = site.get("/api/v1/statistics").json()["overall"]
        return [[row["total"] for row in lists], lists[0]["facets"], figures]

    before = counted()
    tag = {"If-Match": team.get(address).headers["ETag"]}
    fields = dict.fromkeys(("budget_status", "steering_unit"), SECRET)
    patched = team.patch(address, json={**fields, "text": HIDDEN["text"]}, headers=tag)
    made = team.post("/api/v1/openings", json=HIDDEN)
    entry, text = made.json()["id"], made.json()["deadline"]["text"]
    action = {**HIDDEN, "code": "A99"}
    for name in {*HIDDEN} - {*ACTION_FIELDS}:
        del action[name]
    action = team.post("/api/v1/actions", json=action).json()
    own = (f"/api/v1/openings/{entry}", f"/api/v1/actions/{action['id']}", f"/api/v1/texts/{text}")
    assert all(map(discloses, (patched, made, team.get("/api/v1/texts"), *map(team.get, own))))
    assert counted() == before
    for reader in (site.http, stranger):
        for place in own:
            assert reader.get(place).status_code == reader.get(f"{place}0").status_code == 404
        for place in (place for each in READS for place in each.addresses()):
            # A key matters to documents alone.
            if reader is site.http or "/api/" in place or place.endswith(".json"):
                assert not discloses(reader.get(place)), place
    check_errors(site, stranger, made.json()["version"])
    # A public claim that cites the text makes it public, from then on.
    tag = {"If-Match": team.get(address).headers["ETag"]}
    public = {"deadline": "T1 2028", "text": text, "published_on": "2026-11-20"}
    assert team.patch(address, json=public, headers=tag).status_code == 200
    assert discloses(site.get(f"/api/v1/texts/{text}"))
    stated = site.get("/api/v1/changes?page_size=1000").json()["data"]
    assert [row["subject"] for row in stated[-2:]] == [text, None]


ACTION_FIELDS = (
    *("title", "publisher", "deadline", "visibility", "reason", "note", "source", "text"),
)


def check_errors(site: Site, stranger: httpx.Client, position: int) -> None:
    """What is hidden is refused as what is not there, and is no near miss."""
    mine = "/api/v1/openings/decisions-conseil-d-etat"
    body = {"title": {"fr": "X"}, "publisher": "conseil-d-etat", "reason": "X"}
    near = {"text": "arrete-tenu-secre", "action": "justice-2021/A98", "publisher": "tenu"}
    tag = {"If-Match": stranger.get(mine).headers["ETag"]}
    hidden = stranger.patch(mine, json={"action": "A99"}, headers=tag)
    absent = stranger.patch(mine, json={"action": "A98"}, headers=tag)
    assert (hidden.status_code, hidden.text) == (422, absent.text.replace("A98", "A99"))
    refused = [site.get("/api/v1/openings", params={name: near[name]}) for name in near]
    refused.append(stranger.post("/api/v1/openings", json={**body, "text": near["text"]}))
    for kind, extra in (("judgement", {"standing": "disputed"}), ("correction", {"note": "X"})):
        for place in (position, 10**9):
            asked = {**extra, "reason": "X"}
            refused.append(stranger.post(f"/api/v1/events/{place}/{kind}", json=asked))
    assert [answer.status_code for answer in refused] == [400, 400, 400, 422, 404, 404, 404, 404]
    assert not any(map(discloses, refused))
    assert not any("A99" in answer.text for answer in refused)
    text = stranger.patch("/api/v1/texts/arrete-tenu-secret", json={"title": "X"})
    assert text.status_code == 404
    taken = stranger.post("/api/v1/openings", json={**body, "id": "tenu-secret"})
    assert (taken.status_code, taken.json()["id"]) == (201, "tenu-secret-2")


def unpacked(book: bytes) -> bytes:
    """All that a workbook holds."""
    with ZipFile(BytesIO(book)) as files:
        return b"".join(map(files.read, files.namelist()))


@pytest.mark.parametrize(
    ("operation", "name"), [(each, name) for each in WRITES for name in each.bodies()], ids=str
)
def test_every_example_of_a_content_is_taken(site: Site, operation: Operation, name: str):
    team = site.as_team(STEWARD, "operator")
    address = placed(operation, team)
    body = operation.bodies()[name]
    (content, *_) = operation.described["requestBody"]["content"].values()
    check(content["schema"], body)
    headers = conditions(operation, team)
    answer = team.request(operation.method, address, **carried(operation, body, headers))
    assert answer.status_code == operation.success, answer.text
    check_answer(operation, answer)
    if "Location" in answer.headers:
        assert team.get(answer.headers["Location"]).json() == answer.json()


def placed(each: Operation, manager: httpx.Client) -> str:
    """The address of an operation; what it is about of a team is made by a manager of it."""
    places: dict[str, object] = {}
    if "{member}" in each.path:
        places["member"] = manager.post("/api/v1/members", json={"name": "X"}).json()["id"]
    if "{key}" in each.path:
        places["key"] = manager.post("/api/v1/keys", json={}).json()["public"]
    if "{number}" in each.path:
        manager.patch("/api/v1/team", json={"four_eyes": True})
        editor = {"X-API-KEY": manager.post("/api/v1/keys", json={}).json()["key"]}
        entry = manager.base_url.join("/api/v1/openings/decisions-conseil-d-etat")
        tag = {"If-Match": httpx.get(entry).headers["ETag"]}
        body = {"keywords": [editor["X-API-KEY"][4:12]]}
        waits = httpx.patch(entry, json=body, headers={**editor, **tag})
        assert waits.status_code == 202, waits.text
        check(component("Proposal"), waits.json())
        places["number"] = waits.json()["number"]
    return each.address(**places)


def carried(operation: Operation, body: Any, headers: dict[str, str]) -> dict[str, Any]:
    """How a content is sent: as JSON, or as the file that it is."""
    if not operation.takes_files:
        return {"json": body, "headers": headers}
    media = {"Content-Type": next(iter(operation.described["requestBody"]["content"]))}
    return {"content": body.encode(), "headers": {**media, **headers}}


def conditions(operation: Operation, team: httpx.Client) -> dict[str, str]:
    if "If-Match" not in {row["name"] for row in operation.parameters("header")}:
        return {}
    return {"If-Match": team.get(operation.address()).headers["ETag"]}


def test_every_media_type_that_a_change_may_have_is_taken(site: Site):
    team = site.as_team(STEWARD, "operator")
    for each in WRITES:
        for media in each.described["requestBody"]["content"]:
            headers = {**conditions(each, team), "Content-Type": media}
            body = next(iter(each.bodies().values()))
            content = body if each.takes_files else json.dumps(body)
            answer = team.request(each.method, placed(each, team), content=content, headers=headers)
            assert answer.status_code in (each.success, 409), answer.text
            check_answer(each, answer)


def test_the_documents_of_the_seed_are_as_documented(site: Site):
    for kind, many in (("openings", 11), ("actions", 34)):
        page = site.get(f"/api/v1/{kind}?page_size=100").json()
        assert (page["total"], len(page["data"])) == (many, many)
        for entry in page["data"]:
            assert list(entry) == list(site.get(f"/{kind}/{entry['id']}").json())
            check(component("Action" if kind == "actions" else "Opening"), entry)
            ledger = site.get(f"/api/v1/{kind}/{entry['id']}/events").json()
            assert ledger["total"] == len(ledger["data"]) > 0
            check(component("EventList"), ledger)
    changes = site.get("/api/v1/changes?page_size=1000").json()
    assert changes["head"]["position"] == len(changes["data"])
    check(component("ChangeList"), changes)
    for by in ("publisher", "type", "year", "text"):
        for kind in ("dataset", "action"):
            figures = site.get("/api/v1/statistics", params={"by": by, "type": kind}).json()
            check(component("TextStatistics" if by == "text" else "Statistics"), figures)


# Refusals: each is provoked wherever it is documented, and comes nowhere else.

Ask = Callable[[Operation], httpx.Response]


def provoke(status: int, ask: Ask, among: Iterable[Operation]) -> None:
    for each in among:
        answer = ask(each)
        where = f"{each} {answer.request.url} gives {answer.status_code}: {answer.text[:300]}"
        if status in each.statuses:
            assert answer.status_code == status, where
            assert answer.headers["content-type"] == PROBLEM, where
            check_answer(each, answer)
        else:
            assert answer.status_code != status, f"{where}, which is not documented"


def sent(each: Operation, client: httpx.Client, address: str = "", **given: Any) -> httpx.Response:
    """The operation’s first example, but for what is given of it."""
    given["headers"] = {"If-Match": '"v1"', **given.get("headers", {})}
    if each in WRITES and not {"content", "json"} & given.keys():
        given |= carried(each, next(iter(each.bodies().values())), given["headers"])
    return client.request(each.method, address or each.address(), **given)


def nowhere(each: Operation) -> str:
    """An address of the operation where nothing is."""
    if each.path == "/catalog.{suffix}":
        return "/catalog.docx"
    names = {
        "slug": "nobody",
        "programme": "nobody",
        "code": "A0",
        "suffix": "json",
        "name": "nobody.css",
        "key": "nobody00",
        "member": "nobody00",
        "path": "0/999",
    }
    return each.path.format(**names, position=999_999, number=999_999)


def test_every_refusal_of_any_operation_is_documented_and_no_other_comes(site: Site):
    own, other = site.as_team(STEWARD), site.as_team("conseil-d-etat", "editor")
    boss, public = site.as_team("conseil-d-etat", "manager"), site.http
    asked: list[tuple[int, Ask]] = [
        (400, lambda each: sent(each, own, f"{each.address().partition('?')[0]}?nope=1")),
        (401, lambda each: sent(each, public, headers={"X-API-KEY": "ouv_none"})),
        (403, lambda each: sent(each, other, placed(each, boss), headers=conditions(each, other))),
        (404, lambda each: sent(each, own, nowhere(each))),
        (406, lambda each: sent(each, public, headers={"Accept": "image/png"})),
    ]
    for status, ask in asked:
        provoke(status, ask, OPERATIONS)


def carried_as_json_or_file(each: Operation, word: str) -> dict[str, Any]:
    """A content that has the right type and nothing else right."""
    return carried(each, word if each.takes_files else {word: 1}, {})


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "changeOpening": {"state": "withdrawn"},
    "changeAction": {"state": "withdrawn"},
    "announceOpening": {"id": "decisions-conseil-d-etat", "reason": "X"},
    "announceAction": {"code": "A16", "reason": "X", "programme": "justice-2021"},
    "judgeClaim": {"standing": "retracted", "reason": "X"},
    "correctClaim": {"note": "X", "reason": "X"},
    "stateText": {"title": "Arrêté 2021-04-28"},
    "correctText": {},
    "declineProposal": {},
    "acceptProposal": {},
    "stateProgramme": {"id": "justice-2021", "title": {"fr": "X"}, "ministry": STEWARD},
    "correctProgramme": {},
}


def contradicting(each: Operation, team: httpx.Client) -> httpx.Response:
    """What the register does not allow: a move, a name in use, an announcement taken away.

    Or to correct what has been corrected.
    """
    address = each.path.format(position=FACTS + 16) if "{position}" in each.path else ""
    if each.takes_files:
        return sent(each, team)
    body = CONTRADICTIONS.get(str(each), {})
    if each.path.endswith(("/acceptance", "/refusal")):
        address = placed(each, team)
        team.post(f"{address.rpartition('/')[0]}/refusal", json={})
    if str(each).startswith("announce"):
        body = {**body, "title": {"fr": "X"}, "publisher": STEWARD}
    if str(each) == "correctClaim":
        sent(each, team, address, json=body)
    return sent(each, team, address, json=body, headers=conditions(each, team))


def test_every_refusal_of_a_change_is_documented_and_no_other_comes(site: Site):
    own, plain = site.as_team(STEWARD, "manager"), {"Content-Type": "application/pdf"}
    asked: list[tuple[int, Ask]] = [
        (409, lambda each: contradicting(each, own)),
        (412, lambda each: sent(each, own, placed(each, own))),
        (413, lambda each: sent(each, own, **carried_as_json_or_file(each, "x" * 6_000_000))),
        (415, lambda each: sent(each, own, content=b"state=planned", headers=plain)),
        (422, lambda each: sent(each, own, **carried_as_json_or_file(each, "nope"))),
        (428, lambda each: sent(each, own, headers={"If-Match": ""})),
    ]
    for status, ask in asked:
        provoke(status, ask, WRITES)


@pytest.mark.parametrize("kind", ["Opening", "Action"])
def test_what_was_retracted_whole_is_a_410(site: Site, kind: str):
    team = site.as_team(STEWARD, "operator")
    announce = next(each for each in WRITES if str(each) == f"announce{kind}")
    made = sent(announce, team).json()
    judgement = {"standing": "retracted", "reason": "X"}
    answer = team.post(f"/api/v1/events/{made['version']}/judgement", json=judgement)
    assert answer.status_code == 200
    about = [each for each in OPERATIONS if f"/{kind.lower()}s/{{slug}}" in each.path]
    provoke(410, lambda each: sent(each, team, each.address(slug=made["id"])), about)


def test_a_database_that_cannot_answer_is_a_503():
    key = {"X-API-KEY": access.spell_key("a" * access.PUBLIC_LENGTH, "b" * access.SECRET_LENGTH)}
    with serving(NOWHERE) as site:
        provoke(503, lambda each: sent(each, site.http), READS)
        provoke(503, lambda each: sent(each, site.http, headers=key), WRITES)
