"""`Accept` against what is offered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import FORMATS, HTML, JSON, TURTLE, choose
from app.formats.language import preferred

OF_GRAPHS = tuple(row for row in FORMATS if row.page)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("application/*", "json"),
        ("text/*", "html"),
        (BROWSER, "html"),
        ("text/turtle", "turtle"),
        ("TEXT/Turtle ; charset=UTF-8", "turtle"),
        ("text/turtle, */*", "turtle"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "json_ld"),
        ("application/rdf+xml;q=0.5, application/n-triples;q=0.6", "ntriples"),
        ("text/html;q=0.5, application/json;q=0.4", "html"),
        ("text/turtle, application/ld+json", "turtle"),
        ("application/json;q=0.1, application/*;q=0.9", "json_ld"),
        ("*/*;q=0.1, application/json;q=0", "html"),
        ("text/turtle;q=0.5;q=1, application/json;q=0.6", "json"),
        ("text/turtle;Q=0.001", "turtle"),
        ("application/json;q=1.000, text/turtle;q=0.999", "json"),
    ],
)
def test_the_best_of_what_is_offered(accept: str | None, chosen: str) -> None:
    form = choose(accept, FORMATS, JSON)
    assert form is not None
    assert form.name == chosen


@pytest.mark.parametrize(
    "accept", ["image/png", "application/json;q=0", "*/*;q=0", "text/troff, application/pdf;q=0.3"]
)
def test_nothing_acceptable_is_none(accept: str) -> None:
    assert choose(accept, FORMATS, JSON) is None


@pytest.mark.parametrize(
    "malformed",
    [
        "json",
        "text",
        "/",
        "*/turtle",
        "te xt/turtle",
        "text/é",
        ",,;",
        "text/turtle;q=",
        "text/turtle;q=x",
        "text/turtle;q=2",
        "text/turtle;q=-1",
        "text/turtle;q=1.5",
        "text/turtle;q=0.1234",
    ],
)
def test_ranges_that_do_not_parse_are_ignored(malformed: str) -> None:
    assert choose(malformed, FORMATS, JSON) is JSON
    assert choose(f"{malformed}, text/html;q=0.2", FORMATS, JSON) is HTML


def test_a_harvester_that_says_nothing_is_given_turtle() -> None:
    assert choose(None, OF_GRAPHS, TURTLE) is TURTLE
    assert choose("*/*", OF_GRAPHS, TURTLE) is TURTLE
    assert choose("text/html, */*;q=0.1", OF_GRAPHS, TURTLE) is TURTLE


@given(st.text(alphabet=st.sampled_from(list('*/;,=q.01 texurl+json"\\')), max_size=200))
def test_no_accept_stops_an_answer(accept: str) -> None:
    assert choose(accept, FORMATS, JSON) in (*FORMATS, None)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, "fr"),
        ("", "fr"),
        ("en", "en"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("fr-CA, en;q=0.9", "fr"),
        ("de, en;q=0.5", "en"),
        ("en, fr", "fr"),
        ("de", "fr"),
        ("en;q=x", "fr"),
        ("EN;q=0.3, fr;q=0.2", "en"),
    ],
)
def test_english_where_it_is_wanted_more_than_french(accept: str | None, wanted: str) -> None:
    assert preferred(accept) == wanted
