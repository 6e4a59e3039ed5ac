"""What was tampered with never reaches the fold."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.commitments import DESCRIPTIVE, IDENTITY
from app.domain.fold import resolve
from app.domain.ledger import Claim, Event, broken, content, read_claim
from app.domain.shapes import _VALUES, misshapen
from tests import openings
from tests.domain.histories import NOW, announced, described, due, written

TOLD = content(announced("2021-09-27", "T2 2023", values={"title": {"fr": "x"}}), NOW, "clerk")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
ODD = JSON | st.sampled_from(
    [
        [{"url": 5}],
        [{"kind": "file"}],
        [["a"]],
        {"fr": 5},
        {"fr": "x", "de": "y"},
        {"from": 5},
        {"label": "x", "start": "2021-02-30", "end": "2021-03-01", "precision": "day"},
        {"label": "x", "start": "2021-01-01", "end": "2021-03-01"},
        {"email": "x"},
        True,
        1.5,
        "9999999999",
    ]
)


def test_every_field_of_a_claim_has_a_shape() -> None:
    assert set(_VALUES) == {*DESCRIPTIVE, *IDENTITY, "state", "deadline"}


def test_what_the_register_writes_is_of_its_shape() -> None:
    for claim in openings.claims(60):
        told = json.loads(json.dumps(content(claim, NOW, "clerk")))
        assert read_claim(told) == claim


def test_what_another_version_wrote_is_left_alone() -> None:
    assert misshapen({"frequency": 5, "state": "dreamt", "title": None}) == []
    assert misshapen({"title": "x", "state": None, "rank": True, "deadline": {}}) == [
        "title",
        "state",
        "rank",
        "deadline",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "odd"),
        ("kind", 5),
        ("values", []),
        ("values", {"title": 5}),
        ("values", {"deadline": {"label": "x", "start": "x", "end": "x", "precision": "day"}}),
        ("source", {"title": 5}),
        ("source", "a site"),
        ("standing", "odd"),
        ("confidence", "odd"),
        ("visibility", "odd"),
        ("target", "3"),
        ("reason", 5),
        ("decided_on", "hier"),
        ("published_on", None),
        ("colour", "blue"),
    ],
)
def test_a_content_that_was_tampered_with_is_not_read(name: str, value: Any) -> None:
    assert read_claim(TOLD)
    with pytest.raises(ValueError):  # noqa: PT011 of any kind
        read_claim({**TOLD, name: value})


@pytest.mark.parametrize("name", ["commitment", "kind", "decided_on", "published_on"])
def test_a_content_has_what_a_claim_is_nothing_without(name: str) -> None:
    with pytest.raises(ValueError, match="shape"):
        read_claim({key: value for key, value in TOLD.items() if key != name})


@given(values=st.dictionaries(st.sampled_from([*_VALUES]), ODD, max_size=4), kind=st.booleans())
def test_whatever_can_be_read_can_be_folded(values: dict[str, Any], kind: bool) -> None:
    claim = described("2022-01-01") if kind else due("2022-01-01", "2023")
    told = content(replace(claim, values=values), NOW, "clerk")
    try:
        read = read_claim(json.loads(json.dumps(told)))
    except ValueError:
        return
    resolve(written([announced("2021-01-01", "T2 2023"), read, due("2022-02-01", "2024")]))


def test_an_event_that_cannot_be_read_is_a_break_in_the_chain() -> None:
    (event,) = written([announced("2021-09-27")])
    garbled: Event = replace(event, claim=None, legible=False)
    assert broken(event, None) is None
    assert broken(garbled, None) == "its content cannot be read"
    erased: Claim | None = replace(event, claim=None, salt=None).claim
    assert erased is None
    assert broken(replace(event, claim=None, salt=None), None) is None
