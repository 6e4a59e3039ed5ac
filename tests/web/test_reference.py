"""The reference of the API: every operation, parameter and content of the OpenAPI document."""

import pytest

from app.api.problems import OTHERS, every_problem
from app.web import pages, reference
from tests.web.examples import OPENAPI
from tests.web.markup import Markup


@pytest.fixture
def read() -> Markup:
    return Markup(pages.documentation(OPENAPI, "fr", base="https://example.org"))


def test_every_operation_is_under_its_address(read: Markup):
    paths = [one.text for one in read.all("h2") if one.text.startswith("/")]
    assert paths == sorted(OPENAPI["paths"])
    told = [one.text for one in read.all("h3") if one.inside("section")]
    assert "PATCH Change Opening" in told
    assert "GET Get Opening" in told
    assert "HEAD Not shown" not in told


def test_examples_can_be_typed(read: Markup):
    examples = [one.text for one in read.all("pre")]
    assert 'curl "$BASE/api/v1/openings/decisions-conseils-de-prud-hommes"' in examples
    assert 'curl "$BASE/actions/A16"' in examples
    (change,) = [one for one in examples if "PATCH" in one]
    assert '-H "Authorization: Bearer $KEY"' in change
    assert "-H 'If-Match: \"v57\"'" in change
    assert "-H 'Content-Type: application/merge-patch+json'" in change
    assert """--data '{"state": "available", "text": {"title": "…"}, "rank": 1}'""" in change
    assert any("""--data '{"title": "L’ouverture"}'""" in one for one in examples)
    assert any("""/events/57/judgement" \\ -H""" in one for one in examples)


def test_parameters_and_fields_say_their_type(read: Markup):
    rows = [row.text for row in read.all("tr")]
    assert "as_of A day. query, string (date)" in rows
    assert "state The state. query, list of planned, available" in rows
    assert "page query, integer from 1 to 9 (usually 1)" in rows
    assert "slug path, string" in rows
    assert "state obligatoire It. string" in rows
    assert "text obligatoire TextForm or null" in rows
    assert "keywords list of string of at most 200 characters" in rows
    assert "kind file" in rows
    assert "anything any" in rows


def test_what_the_framework_adds_is_left_out(read: Markup):
    assert "ValidationError" not in read.text
    assert "Validation Error" not in read.text


def test_contents_link_to_each_other(read: Markup):
    links = {one.get("href") for one in read.all("a")}
    assert {"#content-changeform", "#content-textform", "#content-judgement"} <= links
    assert "Empty" in [one.text for one in read.all("h3")]


def test_descriptions_are_english_and_say_so(read: Markup):
    told = [one for one in read.all("code") if one.text == "moves"]
    assert told[0].inside("div")
    assert "Les descriptions sont en anglais" in read.text
    assert "Descriptions are" not in Markup(pages.documentation(OPENAPI, "en")).text


def test_an_empty_document_is_a_page_too():
    read = Markup(pages.documentation({}, "en"))
    assert read.one("h1").text == "API documentation"
    assert reference.read({}).groups == ()


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({"default": 3}, 3),
        ({"type": "boolean"}, True),
        ({"type": "array"}, []),
        ({"enum": ["a", "b"]}, "a"),
        ({"$ref": "#/components/schemas/Gone"}, "…"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
    ],
)
def test_a_sample_is_as_small_as_may_be(schema: dict[str, object], made: object):
    assert reference._made(schema, {}, 3) == made


def test_a_content_that_holds_itself_ends():
    held = {"properties": {"a": {"$ref": "#/components/schemas/Held"}}, "required": ["a"]}
    assert reference._made(held, {"Held": held}, 3) == {"a": {"a": {"a": {}}}}


def test_a_problem_says_what_it_means_and_what_to_do():
    stale = every_problem()["stale"]
    read = Markup(pages.problem_kind(stale, "fr", base="https://example.org"))
    assert read.one("h1").text == "L’entrée a changé depuis"
    assert "Code HTTP 412 · stale" in read.text
    assert "envoyez son nouvel ETag" in read.text
    english = Markup(pages.problem_kind(stale, "en"))
    assert english.one("h1").text == stale.title
    assert "send its new ETag" in english.text


def test_every_problem_is_listed_by_status():
    read = Markup(pages.problem_list(every_problem().values(), "en"))
    rows = [one for one in read.all("tr") if one.within and one.within.tag == "tbody"]
    assert len(rows) == len(every_problem())
    links = [one.get("href") for one in read.all("a") if one.inside("tbody")]
    assert links[0] == "/problems/bad-query"
    assert links[-1] == "/problems/unavailable"
    assert f"/problems/{OTHERS[500].name}" in links
