"""The refusals: what they say, and what they are."""

from types import SimpleNamespace

import pytest

from app.domain import errors
from app.domain.errors import Invalid, Refusal, Unfit, Word, unknown

SENTENCES: list[tuple[Refusal, type[Refusal], tuple[str, ...]]] = [
    (errors.Missing("opening", "x"), Refusal, ("opening", "“x”")),
    (errors.Gone("opening", "x"), errors.Missing, ("opening", "“x”", "ledger")),
    (errors.Forbidden("change", "x"), Refusal, ("change", "“x”")),
    (errors.Unauthenticated("The key has ended."), Refusal, ("The key has ended.",)),
    (
        Invalid(("page", Unfit("It is {n}.", n=0)), ("", Unfit("No."))),
        Refusal,
        ("page: It is 0.; No.",),
    ),
    (
        errors.NotItsText("correct", "loi"),
        errors.Forbidden,
        ("This key may not correct “loi”", "an operator"),
    ),
    (errors.BadQuery(("page", Unfit("It is 0."))), Invalid, ("page: It is 0.",)),
    (errors.OutOfRange(("days", Unfit("At most 366."))), Invalid, ("days: At most 366.",)),
    (
        errors.FutureDay("decided_on", "2027-01-01", "2026-11-23"),
        Invalid,
        ("decided_on:", "2027-01-01 is after today, 2026-11-23."),
    ),
    (errors.Unimportable(SimpleNamespace(findings=(1, 2))), Invalid, ("2 things were found",)),
    (errors.Unimportable(SimpleNamespace(findings=(1,))), Invalid, ("One thing was found",)),
    (errors.Incomplete("reason", "Why?"), Invalid, ("reason: Why?",)),
    (errors.Contradiction("It cannot be."), Refusal, ("It cannot be.",)),
    (
        errors.MoveRefused(
            current="available", wanted="planned", allowed=("withdrawn", "partially_available")
        ),
        errors.Contradiction,
        ("“available” may not become “planned”", "withdrawn, partially_available."),
    ),
    (
        errors.Restates(what=errors.Word("state"), position=7),
        errors.Contradiction,
        ("position 7", "Correct that claim."),
    ),
    (errors.WholeHasParts(parts=("a", "b")), errors.Contradiction, ("“part”", "a, b.")),
    (errors.Taken("“x” is in use already."), errors.Contradiction, ("“x” is in use already.",)),
    (errors.NotAcceptable(offered=("text/html", "text/csv")), Refusal, ("text/html, text/csv",)),
    (errors.Stale(current_version=57), Refusal, ("version 57",)),
    (errors.Unconditional(), Refusal, ("If-Match", "ETag")),
    (errors.Unavailable(), Refusal, ("database",)),
    (errors.Cut(), errors.Unavailable, ("database",)),
    (errors.Busy(n=5), errors.Unavailable, ("5 seconds",)),
    (errors.Displaced(), errors.Unavailable, ("not where it was",)),
    (errors.Damaged(), errors.Unavailable, ("damaged",)),
    (errors.NotMigrated(), errors.Unavailable, ("migrate it",)),
    (errors.LaterTables(revision="0042", newest="0013"), errors.Unavailable, ("0042", "0013")),
    (errors.NotDerived(), errors.Unavailable, ("rebuild",)),
]


@pytest.mark.parametrize(("refusal", "kind", "facts"), SENTENCES)
def test_a_refusal_says_its_facts_in_a_sentence(
    refusal: Refusal, kind: type[Refusal], facts: tuple[str, ...]
) -> None:
    assert isinstance(refusal, kind)
    assert all(fact in str(refusal) for fact in facts)
    assert str(refusal).endswith((".", "?", ")"))


def test_every_refusal_is_tried_here() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)}
    refusals = {kind for kind in kinds if issubclass(kind, Refusal)} - {Refusal}
    assert refusals == {type(refusal) for refusal, _, _ in SENTENCES}


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
