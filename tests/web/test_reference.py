"""The reference of the API: every operation, parameter and content of the OpenAPI document."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.api.problems import EVERY, OTHERS
from app.domain.errors import Missing
from app.web import prose
from tests.web.markup import Markup

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"
OPENAPI: dict[str, Any] = json.loads(FILE.read_text())


@pytest.fixture(scope="module")
def every() -> dict[str, Markup]:
    """The page of each group of operations and of each content."""
    names = [*prose.GROUPS, *OPENAPI["components"]["schemas"]]
    return {name: Markup(prose.documentation(OPENAPI, "fr", name)) for name in names}


def test_every_operation_is_on_the_page_of_its_group_and_among_the_contents(
    every: dict[str, Markup],
):
    read = Markup(prose.documentation(OPENAPI, "fr", base="https://example.org"))
    links = {node.text: node.get("href") for node in read.all("a")}
    for path, item in OPENAPI["paths"].items():
        for method, operation in item.items():
            (group,) = operation["tags"]
            place = prose.anchor(method, path)
            assert links[f"{method.upper()} {path}"] == f"/docs/{group}#{place}"
            titles = {node.get("id"): node.text for node in every[group].all("h2")}
            assert titles[place] == operation["summary"]
    with pytest.raises(Missing):
        prose.documentation(OPENAPI, "en", "nowhere")


def test_examples_can_be_typed(every: dict[str, Markup]):
    examples = [node.text for read in every.values() for node in read.all("pre")]
    assert 'curl "$BASE/api/v1/openings/decisions-conseils-de-prud-hommes"' in examples
    assert 'curl "$BASE/actions/justice-2021/A16"' in examples
    change = next(node for node in examples if "PATCH" in node)
    assert '-H "Authorization: Bearer $KEY"' in change
    assert "-H 'If-Match: \"v57\"'" in change
    assert "-H 'Content-Type: application/merge-patch+json'" in change
    assert """--data '{"state": "available",""" in change
    assert [node for node in examples if "X POST" in node and "--data '" not in node] == []


def test_parameters_and_fields_say_their_type(every: dict[str, Markup]):
    rows = [row.text for read in every.values() for row in read.all("tr")]
    for ending in (
        "query, string (date)",
        "query, integer from 1 to 100 (usually 20)",
        "path, string",
    ):
        assert [row for row in rows if row.endswith(ending)]
    assert [row for row in rows if row.startswith("standing obligatoire")]


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        ({"const": "file"}, "file"),
        ({}, "any"),
        ({"anyOf": [{"$ref": "#/components/schemas/Text"}, {"type": "null"}]}, "Text or null"),
        (
            {"type": "array", "items": {"type": "string", "maxLength": 9}},
            "list of string of at most 9 characters",
        ),
    ],
)
def test_a_type_is_one_line(schema: dict[str, Any], type_: str):
    assert prose.type_of(schema) == type_


def test_contents_link_to_each_other(every: dict[str, Markup]):
    links = {node.get("href") for read in every.values() for node in read.all("a")}
    names = {link[len("/docs/") :].partition("?")[0] for link in links if "/docs/" in link}
    assert len(names) > 9
    assert names <= every.keys()


def test_a_problem_says_what_it_means_and_what_to_do():
    stale = EVERY["stale"]
    read = Markup(prose.problem_kind(stale, "fr", base="https://example.org"))
    assert read.only("h1").text == "L’entrée a changé depuis"
    assert "Code HTTP 412 · stale" in read.text
    assert "envoyez son nouvel ETag" in read.text
    english = Markup(prose.problem_kind(stale, "en"))
    assert english.only("h1").text == stale.title
    assert "send its new ETag" in english.text


def test_every_problem_is_listed_by_status():
    read = Markup(prose.problem_list(EVERY.values(), "en"))
    rows = [node for node in read.all("tr") if node.within and node.within.tag == "tbody"]
    assert len(rows) == len(EVERY)
    links = [node.get("href") for node in read.all("a") if node.inside("tbody")]
    assert links[0] == "/problems/bad-query"
    assert links[-1] == "/problems/unavailable"
    assert f"/problems/{OTHERS[500].name}" in links
