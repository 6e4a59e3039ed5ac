"""What readers see: timeliness on a day, words in a language, values as JSON."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.commitments import (
    DESCRIPTIVE,
    IDENTITY,
    INTERNAL,
    Contact,
    Coverage,
    Resource,
    Timing,
    Words,
    as_json,
)

DUE = date(2023, 6, 30)
PART_DUE = date(2023, 3, 31)

AWAITED = [
    (Timing(None, overdue_after=DUE), "2023-04-01", ("due_soon", 0)),
    (Timing(None, overdue_after=DUE), "2023-03-31", ("on_track", 0)),
    (Timing(None, overdue_after=DUE), "2023-06-30", ("due_soon", 0)),
    (Timing(None, overdue_after=DUE), "2023-07-01", ("overdue", 1)),
    (Timing(None, overdue_after=DUE), "2025-07-01", ("overdue", 732)),
    (Timing(None, unconfirmed_after=DUE), "2023-03-31", ("on_track", 0)),
    (Timing(None, unconfirmed_after=DUE), "2023-06-30", ("due_soon", 0)),
    (Timing(None, unconfirmed_after=DUE), "2023-07-01", ("unconfirmed", None)),
    # A whole whose parts are each awaited, and one that is open: the worst.
    (Timing("delivered_late", 9, DUE, PART_DUE), "2022-12-01", ("on_track", 0)),
    (Timing("delivered_late", 9, DUE, PART_DUE), "2023-01-01", ("due_soon", 0)),
    (Timing("delivered_late", 9, DUE, PART_DUE), "2023-04-01", ("unconfirmed", None)),
    (Timing("delivered_late", 9, DUE, PART_DUE), "2023-07-01", ("overdue", 1)),
]


@pytest.mark.parametrize(("timing", "day", "expected"), AWAITED)
def test_what_is_awaited_is_on_track_then_due_soon_for_ninety_days_then_past(
    timing: Timing, day: str, expected: tuple[str, int | None]
) -> None:
    assert timing.on(date.fromisoformat(day)) == expected


@given(st.dates(), st.sampled_from(["delivered_early", "delivered_unknown", "not_applicable"]))
def test_what_is_settled_is_the_same_on_every_day(day: date, settled: str) -> None:
    assert Timing(settled).on(day) == (settled, None)
    assert Timing("delivered_late", 3).on(day) == ("delivered_late", 3)


def test_without_anything_to_say_there_is_no_deadline() -> None:
    assert Timing().on(DUE) == Timing(None).on(DUE) == ("no_deadline", None)
    assert Timing().due is None


def test_the_next_day_whose_passing_turns_the_answer_is_the_earliest_awaited() -> None:
    assert Timing(None, overdue_after=DUE).due == DUE
    assert Timing(None, unconfirmed_after=PART_DUE, overdue_after=DUE).due == PART_DUE


@given(st.dates(min_value=date(1950, 1, 1)), st.integers(-4000, 4000))
def test_days_late_are_counted_from_the_last_day(due: date, days: int) -> None:
    name, late = Timing(None, overdue_after=due).on(due + timedelta(days=days))
    assert (name == "overdue") is (days > 0)
    assert late == max(days, 0)


@pytest.mark.parametrize(
    ("words", "language", "expected"),
    [
        (Words("décisions", "decisions"), "fr", "décisions"),
        (Words("décisions", "decisions"), "en", "decisions"),
        (Words("décisions"), "en", "décisions"),
        (Words(en="decisions"), "fr", "decisions"),
        (Words("décisions", ""), "en", "décisions"),
        (Words(), "fr", ""),
        (Words(), "en", ""),
    ],
)
def test_words_are_given_in_the_language_asked_else_in_the_other(
    words: Words, language: str, expected: str
) -> None:
    assert words.within(language) == expected
    assert bool(words) is bool(expected)


line = st.text(min_size=1, max_size=20)
maybe = st.none() | line
words = st.builds(Words, maybe, maybe)
resources = st.builds(
    Resource,
    url=line,
    kind=st.sampled_from(["file", "api", "repository"]),
    title=words,
    download_url=maybe,
    format=maybe,
    media_type=maybe,
    bytes=st.none() | st.integers(0, 2**53),
    licence=maybe,
    documentation=maybe,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "title": words,
    "description": words,
    "publisher": line,
    "action": maybe,
    "landing_page": maybe,
    "resources": st.lists(resources, max_size=3).map(tuple),
    "covers": st.builds(Coverage, maybe, maybe),
    "access_rights": st.sampled_from(["public", "restricted", "non_public"]),
    "access_conditions": words,
    "licence": maybe,
    "contact": st.none() | st.builds(Contact, line, maybe, maybe),
    "keywords": st.lists(line, max_size=3).map(tuple),
    "themes": st.lists(line, max_size=3).map(tuple),
    "hvd_categories": st.lists(line, max_size=3).map(tuple),
    "budget_status": maybe,
    "steering_unit": maybe,
}


def test_every_field_that_editors_describe_is_known_here() -> None:
    assert VALUES.keys() == DESCRIPTIVE.keys()
    assert DESCRIPTIVE.keys() > INTERNAL
    assert DESCRIPTIVE.keys() & set(IDENTITY) == {"title", "publisher", "action"}


@pytest.mark.parametrize("name", VALUES)
@given(data=st.data())
def test_a_value_is_read_back_from_its_json(name: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[name])
    told = json.loads(json.dumps(as_json(value)))
    assert DESCRIPTIVE[name](told) == value


@pytest.mark.parametrize(
    ("name", "nothing"),
    [
        ("title", Words()),
        ("description", Words()),
        ("action", None),
        ("landing_page", None),
        ("resources", ()),
        ("covers", Coverage()),
        ("access_rights", "public"),
        ("contact", None),
        ("keywords", ()),
        ("themes", ()),
        ("hvd_categories", ()),
        ("access_conditions", Words()),
    ],
)
def test_null_takes_a_value_back_to_what_holds_when_nothing_is_said(
    name: str, nothing: object
) -> None:
    assert DESCRIPTIVE[name](None) == nothing


def test_a_resource_may_say_its_address_only() -> None:
    assert DESCRIPTIVE["resources"]([{"url": "https://a.fr/"}]) == (Resource("https://a.fr/"),)


def test_what_is_covered_is_told_from_and_to() -> None:
    assert as_json(Coverage("1947", "2021-09-30")) == {"from": "1947", "to": "2021-09-30"}
