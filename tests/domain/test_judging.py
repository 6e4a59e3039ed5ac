"""Judging claims, and erasing them."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.claims import Judgement
from app.domain.decisions import erase, judge
from app.domain.errors import Contradiction, Missing
from app.domain.ledger import Claim
from tests.domain.histories import SLUG, TODAY, announced, described, due, erased, judged, written

PROMISED = [announced("2021-01-15"), due("2021-02-01", "2022-04-30")]
HISTORY = [*PROMISED, due("2021-02-01", "2022-12-31", standing="disputed"), judged(2, "disputed")]
DOUBTED = [announced("2021-01-15", standing="disputed"), due("2021-02-01", "2022")]
AGAIN = [*PROMISED, announced("2022-01-01")]


def judging(target: int, standing: str, history: list[Claim]) -> Claim | None:
    """The judgement of a claim."""
    made = judging_all([target], standing, history)
    return made[0] if made else None


def judging_all(targets: list[int], standing: str, history: list[Claim]) -> list[Claim]:
    """The judgements of some claims."""
    return judge(written(history), targets, Judgement(standing=standing, reason="because"), TODAY)


def test_claims_are_retracted_together_the_announcement_that_they_rest_on_too():
    made = judging_all([1, 2, 3, 4], "retracted", [*AGAIN, described("2022-02-01", licence="a")])
    assert [claim.target for claim in made] == [1, 2, 3, 4]
    with pytest.raises(Contradiction):
        judging_all([1, 3], "retracted", AGAIN)
    assert [claim.target for claim in judging_all([2, 3], "disputed", HISTORY)] == []


def erasing(target: int, history: list[Claim]) -> Claim:
    """The erasure of a claim."""
    return erase(written(history), target, "because", TODAY)


def facts(claim: Claim | None) -> tuple[Any, ...]:
    assert claim
    assert (claim.commitment, claim.reason) == (SLUG, "because")
    assert str(claim.decided_on) == str(claim.published_on) == "2026-11-23"
    return claim.kind, claim.target, claim.standing, claim.visibility


@pytest.mark.parametrize("standing", ["accepted", "retracted"])
@pytest.mark.parametrize("target", [2, 3])
def test_a_judgement_is_a_claim_made_today(target: int, standing: str):
    claim = judging(target, standing, HISTORY)
    assert facts(claim) == ("judged", target, standing, "public")


def test_an_erasure_is_a_claim_that_names_what_is_erased():
    assert facts(erasing(2, HISTORY)) == ("erased", 2, "accepted", "public")


def test_the_judgement_of_an_internal_claim_is_internal():
    internal = replace(described("2022-01-01", budget_status="acquis"), visibility="internal")
    claim = judging(3, "retracted", [*PROMISED, internal])
    assert facts(claim) == ("judged", 3, "retracted", "internal")


@pytest.mark.parametrize(
    ("target", "standing"), [(1, "accepted"), (2, "disputed"), (3, "disputed")]
)
def test_a_claim_that_has_that_standing_already_is_not_judged_again(target: int, standing: str):
    assert judging(target, standing, HISTORY) is None


@pytest.mark.parametrize("target", [0, 6, 99])
def test_what_is_not_there_is_neither_judged_nor_erased(target: int):
    with pytest.raises(Missing) as refused:
        judging(target, "retracted", HISTORY)
    assert refused.value.facts == {"kind": "claim", "name": str(target)}
    with pytest.raises(Missing):
        erasing(target, HISTORY)


def test_what_was_erased_is_neither_judged_nor_erased_again():
    events = written(HISTORY)
    left = [events[0], erased(events[1])]
    with pytest.raises(Missing):
        judge(left, [2], Judgement(standing="accepted", reason="because"), TODAY)
    with pytest.raises(Missing):
        erase(left, 2, "because", TODAY)


@pytest.mark.parametrize("target", [4, 5])
def test_what_is_no_claim_is_neither_judged_nor_erased(target: int):
    """What a judgement or an erasure did must stay known, or the claim would count again."""
    history = [*HISTORY, erasing(2, HISTORY)]
    with pytest.raises(Contradiction):
        judging(target, "retracted", history)
    with pytest.raises(Contradiction):
        erasing(target, history)


@pytest.mark.parametrize(
    "history",
    [
        PROMISED,
        [*AGAIN, judged(3, "retracted")],
        [*PROMISED, announced("2022-01-01", standing="disputed")],
    ],
)
def test_the_only_announcement_does_not_go_while_other_claims_stand(history: list[Claim]):
    with pytest.raises(Contradiction):
        judging(1, "retracted", history)
    with pytest.raises(Contradiction):
        erasing(1, history)


@pytest.mark.parametrize("history", [PROMISED[:1], AGAIN, [*PROMISED, judged(2, "retracted")]])
def test_an_announcement_may_go_last_or_where_another_stands(history: list[Claim]):
    assert judging(1, "retracted", history)
    assert erasing(1, history)


@pytest.mark.parametrize(
    ("target", "standing", "history"),
    [
        (1, "accepted", [*PROMISED[:1], judged(1, "retracted")]),
        (1, "accepted", DOUBTED),
        (2, "retracted", DOUBTED),
    ],
)
def test_whatever_stands_an_announcement_may_be_accepted_and_any_other_claim_may_go(
    target: int, standing: str, history: list[Claim]
):
    assert judging(target, standing, history)
