"""The refusals: what they say, and what they are."""

from types import SimpleNamespace

import pytest

from app.domain import errors
from app.domain.errors import (
    BadQuery,
    Contradiction,
    Forbidden,
    FutureDay,
    Gone,
    Incomplete,
    Invalid,
    Missing,
    MoveRefused,
    NotAcceptable,
    OutOfRange,
    Refusal,
    Stale,
    Taken,
    Unauthenticated,
    Unavailable,
    Unconditional,
    Unfit,
    Unimportable,
    WholeHasParts,
    Word,
    unknown,
)

SAID: list[tuple[Refusal, type[Refusal], tuple[str, ...]]] = [
    (Missing("opening", "x"), Refusal, ("opening", "“x”")),
    (Gone("opening", "x"), Missing, ("opening", "“x”", "ledger")),
    (Forbidden("change", "x"), Refusal, ("change", "“x”")),
    (Unauthenticated("The key has ended."), Refusal, ("The key has ended.",)),
    (
        Invalid(("page", Unfit("It is {n}.", n=0)), ("", Unfit("None."))),
        Refusal,
        ("page: It is 0.; None.",),
    ),
    (BadQuery(("page", Unfit("It is 0."))), Invalid, ("page: It is 0.",)),
    (OutOfRange(("days", Unfit("At most 366."))), Invalid, ("days: At most 366.",)),
    (
        FutureDay("decided_on", "2027-01-01", "2026-11-23"),
        Invalid,
        ("decided_on:", "2027-01-01 is after today, 2026-11-23."),
    ),
    (
        Unimportable(SimpleNamespace(findings=(1, 2))),
        Invalid,
        ("2 things were found in the table",),
    ),
    (Incomplete("reason", "Why?"), Invalid, ("reason: Why?",)),
    (Contradiction("It cannot be."), Refusal, ("It cannot be.",)),
    (
        MoveRefused("available", "planned", ("withdrawn", "partially_available")),
        Contradiction,
        ("“available” may not become “planned”", "withdrawn, partially_available."),
    ),
    (
        MoveRefused("gone", "planned", ()),
        Contradiction,
        ("“gone” may not become “planned”", "nothing."),
    ),
    (WholeHasParts(("a", "b")), Contradiction, ("“part”", "a, b.")),
    (Taken("“x” is in use already."), Contradiction, ("“x” is in use already.",)),
    (
        NotAcceptable(("text/html", "application/json")),
        Refusal,
        ("text/html, application/json",),
    ),
    (Stale(57), Refusal, ("version 57",)),
    (Unconditional(), Refusal, ("If-Match", "ETag")),
    (Unavailable(), Refusal, ("database",)),
]


@pytest.mark.parametrize(("refusal", "kind", "facts"), SAID)
def test_a_refusal_says_its_facts_in_a_sentence(
    refusal: Refusal, kind: type[Refusal], facts: tuple[str, ...]
) -> None:
    assert isinstance(refusal, kind)
    assert all(fact in str(refusal) for fact in facts)
    assert str(refusal).endswith((".", "?", ")"))


def test_every_refusal_is_tried_here() -> None:
    known = {value for value in vars(errors).values() if isinstance(value, type)}
    assert {one for one in known if issubclass(one, Refusal)} - {Refusal} == {
        type(refusal) for refusal, _, _ in SAID
    }


def test_a_refusal_carries_its_facts() -> None:
    refused = MoveRefused("available", "planned", ("withdrawn",))
    assert (refused.current, refused.wanted, refused.allowed) == (
        "available",
        "planned",
        ("withdrawn",),
    )
    assert WholeHasParts(("a",)).parts == ("a",)
    assert Stale(57).current == 57
    assert Incomplete("reason", "Why?").field == "reason"
    future = FutureDay("decided_on", "2027-01-01", "2026-11-23")
    assert (future.field, future.day, future.today) == ("decided_on", "2027-01-01", "2026-11-23")


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
