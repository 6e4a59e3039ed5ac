"""The refusals: what they say, and what they are."""

import pytest

from app.domain import errors
from app.domain.errors import Invalid, Refusal, Unfit, Word, unknown

REFUSALS: list[tuple[Refusal, str]] = [
    (errors.Missing("opening", "x"), "There is no opening “x” here."),
    (errors.Forbidden("change", "x"), "This key may not change “x”."),
    (errors.Taken(name="x"), "“x” is in use already."),
    (errors.WholeHasParts(parts=("a", "b")), "Name one with “part”: a, b."),
    (Invalid(("page", Unfit("It is {n}.", n=0)), ("", Unfit("No."))), "page: It is 0.; No."),
    (errors.Unimportable((1, 2)), "2 things were found in the table"),
    (errors.Unimportable((1,)), "One thing was found in the table"),
]


@pytest.mark.parametrize(("refusal", "sentence"), REFUSALS)
def test_a_refusal_says_its_facts_in_a_sentence(refusal: Refusal, sentence: str) -> None:
    assert sentence in str(refusal)


@pytest.mark.parametrize(
    ("known", "near", "english"),
    [
        (("planned", "available"), "", "There is no state “late”. Known: planned, available."),
        (("planned",), "planned", "There is no state “late”. Did you mean “planned”?"),
        ((), "", "There is no state “late”."),
    ],
)
def test_an_unknown_name_is_refused_with_what_is_known(known, near, english) -> None:
    refusal = unknown("state", "late", known, near)
    assert refusal.english == english
    assert isinstance(refusal.facts["kind"], Word), "the kind is translated with the sentence"
    assert len(unknown("state", "x" * 90).facts["name"]) == 60


def test_a_fact_that_cannot_be_encoded_stops_no_refusal() -> None:
    assert str(Unfit("There is no “{word}”.", word="\ud800")) == "There is no “{word}”."
