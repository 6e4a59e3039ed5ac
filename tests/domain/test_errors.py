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
    Unimportable,
    UnknownName,
    WholeHasParts,
)

SAID: list[tuple[Refusal, type[Refusal], tuple[str, ...]]] = [
    (Missing("opening", "x"), Refusal, ("opening", "“x”")),
    (Gone("opening", "x"), Missing, ("opening", "“x”", "ledger")),
    (Forbidden("change", "x"), Refusal, ("change", "“x”")),
    (Unauthenticated("The key has ended."), Refusal, ("The key has ended.",)),
    (Invalid((("page", "It is 0."), ("", "None."))), Refusal, ("page: It is 0.; None.",)),
    (
        UnknownName("state", "late", ("planned", "available")),
        Invalid,
        ("state: There is no state “late”.", "Known: planned, available."),
    ),
    (
        UnknownName("state", "aviable", ("planned", "available"), "available"),
        Invalid,
        ("state: There is no state “aviable”.", "Did you mean “available”?"),
    ),
    (UnknownName("text", "x"), Invalid, ("text: There is no text “x”.",)),
    (BadQuery((("page", "It is 0."),)), Invalid, ("page: It is 0.",)),
    (OutOfRange((("days", "At most 366."),)), Invalid, ("days: At most 366.",)),
    (
        FutureDay("decided_on", "2027-01-01", "2026-11-23"),
        Invalid,
        ("decided_on:", "2027-01-01 is after today, 2026-11-23."),
    ),
    (
        Unimportable(SimpleNamespace(findings=(1,))),
        Invalid,
        ("One thing was found in the table, and nothing was imported.",),
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
    assert refusal.detail == str(refusal)
    assert all(fact in refusal.detail for fact in facts)
    assert refusal.detail.endswith((".", "?", ")"))


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
    unknown = UnknownName("state", "aviable", ("available",), "available")
    assert (unknown.kind, unknown.name, unknown.known, unknown.near) == (
        "state",
        "aviable",
        ("available",),
        "available",
    )
