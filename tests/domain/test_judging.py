"""Judging claims, and erasing them."""

from dataclasses import replace

import pytest

from app.domain.claims import Judgement
from app.domain.decisions import erase, judge
from app.domain.errors import (
    Contradiction,
    Missing,
)
from app.domain.ledger import Claim
from tests.domain.histories import (
    SLUG,
    TODAY,
    announced,
    described,
    due,
    erased,
    judged,
    written,
)

PROMISED = [announced("2021-01-15"), due("2021-02-01", "2022-04-30")]


# Judging.

DISPUTED = due("2021-02-01", "2022-12-31", standing="disputed")
HISTORY = [*PROMISED, DISPUTED, judged(2, "disputed")]


def judging(target: int, standing: str, history: list[Claim]) -> Claim | None:
    """The judgement of a claim."""
    return judge(written(history), target, Judgement(standing=standing, reason="because"), TODAY)


@pytest.mark.parametrize(
    ("target", "standing"), [(2, "accepted"), (2, "retracted"), (3, "accepted"), (3, "retracted")]
)
def test_a_judgement_is_a_claim_made_today(target: int, standing: str) -> None:
    claim = judging(target, standing, HISTORY)
    assert claim is not None
    assert (claim.commitment, claim.kind, claim.target, claim.standing, claim.reason) == (
        SLUG,
        "judged",
        target,
        standing,
        "because",
    )
    assert str(claim.decided_on) == str(claim.published_on) == "2026-11-23"
    assert claim.visibility == "public"


@pytest.mark.parametrize(
    ("target", "standing"), [(1, "accepted"), (2, "disputed"), (3, "disputed")]
)
def test_a_claim_that_has_that_standing_already_is_not_judged_again(
    target: int, standing: str
) -> None:
    assert judging(target, standing, HISTORY) is None


def test_a_judgement_may_not_judge_a_judgement() -> None:
    with pytest.raises(Contradiction):
        judging(4, "retracted", HISTORY)


@pytest.mark.parametrize("target", [0, 5, 99])
def test_a_judgement_may_not_judge_what_is_not_a_claim_of_the_entry(target: int) -> None:
    with pytest.raises(Missing) as refused:
        judging(target, "retracted", HISTORY)
    assert (refused.value.kind, refused.value.name) == ("claim", str(target))


def test_a_judgement_may_not_judge_what_was_erased() -> None:
    events = written(HISTORY)
    with pytest.raises(Missing):
        judge(
            [events[0], erased(events[1])],
            2,
            Judgement(standing="accepted", reason="because"),
            TODAY,
        )


def test_the_only_announcement_is_not_retracted_while_other_claims_stand() -> None:
    with pytest.raises(Contradiction):
        judging(1, "retracted", PROMISED)


def test_one_of_two_announcements_may_go() -> None:
    again = announced("2022-01-01")
    assert judging(1, "retracted", [*PROMISED, again]) is not None
    with pytest.raises(Contradiction):
        judging(1, "retracted", [*PROMISED, again, judged(3, "retracted")])
    with pytest.raises(Contradiction):
        judging(1, "retracted", [*PROMISED, announced("2022-01-01", standing="disputed")])


def test_the_only_announcement_may_go_last() -> None:
    assert judging(1, "retracted", PROMISED[:1]) is not None
    assert judging(1, "retracted", [*PROMISED, judged(2, "retracted")]) is not None


def test_an_announcement_retracted_may_be_accepted_again() -> None:
    history = [*PROMISED[:1], judged(1, "retracted")]
    assert judging(1, "accepted", history) is not None


def test_an_announcement_may_be_accepted_whatever_stands_on_it() -> None:
    history = [announced("2021-01-15", standing="disputed"), due("2021-02-01", "2022")]
    assert judging(1, "accepted", history) is not None


def test_what_is_not_an_announcement_may_go_though_no_announcement_stands() -> None:
    history = [announced("2021-01-15", standing="disputed"), due("2021-02-01", "2022")]
    assert judging(2, "retracted", history) is not None


def test_the_judgement_of_an_internal_claim_is_internal() -> None:
    history = [*PROMISED, described("2022-01-01", budget_status="acquis")]
    history[2] = replace(history[2], visibility="internal")
    claim = judging(3, "retracted", history)
    assert claim is not None
    assert claim.visibility == "internal"


# Erasing.


def test_an_erasure_is_a_claim_that_names_what_is_erased() -> None:
    claim = erase(written(HISTORY), 2, "Jugement du tribunal", TODAY)
    assert (claim.commitment, claim.kind, claim.target, claim.reason, claim.visibility) == (
        SLUG,
        "erased",
        2,
        "Jugement du tribunal",
        "public",
    )
    assert str(claim.published_on) == str(claim.decided_on) == "2026-11-23"


@pytest.mark.parametrize("target", [0, 99])
def test_what_is_not_there_is_not_erased(target: int) -> None:
    with pytest.raises(Missing):
        erase(written(HISTORY), target, "because", TODAY)


def test_what_was_erased_is_not_erased_again() -> None:
    events = written(HISTORY)
    with pytest.raises(Missing):
        erase([events[0], erased(events[1])], 2, "because", TODAY)


@pytest.mark.parametrize("target", [4, 5])
def test_what_is_no_claim_is_not_erased(target: int) -> None:
    """What a judgement or an erasure did must stay known, or the claim would count again."""
    erasure = erase(written(HISTORY), 2, "because", TODAY)
    with pytest.raises(Contradiction):
        erase(written([*HISTORY, erasure]), target, "because", TODAY)


def test_the_only_announcement_is_not_erased_while_other_claims_stand() -> None:
    with pytest.raises(Contradiction):
        erase(written(PROMISED), 1, "because", TODAY)
    assert erase(written(PROMISED[:1]), 1, "because", TODAY).target == 1
