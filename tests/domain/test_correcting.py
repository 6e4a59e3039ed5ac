"""A claim that was entered wrongly is corrected in one step; one said again otherwise is named."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.claims import STATE, Source
from app.domain.decisions import change, correct
from app.domain.errors import Contradiction, Incomplete, Invalid, Missing, MoveRefused, Restates
from app.domain.ledger import JUDGED, Claim
from tests.domain.histories import (
    BINDING,
    SPLIT,
    TODAY,
    announced,
    as_of,
    deadlines,
    due,
    judged,
    part,
    period,
    sent,
    state,
    written,
)

PAGE = "https://data.example/decisions"
OPENED = state(
    "2022-05-01",
    "available",
    decided="2022-04-21",
    text="order",
    note="lu",
    source=Source(title="Lettre"),
    values={"landing_page": PAGE},
)
IDENTITY = {"title": {"fr": "Titre"}, "publisher": "cour", "rank": 6}
HISTORY = [announced("2021-01-15", values=IDENTITY), due("2021-02-01", "2022-04-30"), OPENED]
WHY = {"reason": "Mal lu."}


def corrected(
    position: int, values: dict[str, Any], history: list[Claim] = HISTORY, **beside: Any
) -> tuple[Claim, ...]:
    """What a correction amounts to; because, unless `beside` gives no reason."""
    body = sent(values, **{**WHY, **beside})
    return correct(written(history), position, body, TODAY, BINDING)


def test_a_correction_retracts_the_claim_and_takes_over_what_it_does_not_name():
    retraction, claim = corrected(3, {}, decided_on="2022-04-30")
    assert (retraction.kind, retraction.target, retraction.standing) == (JUDGED, 3, "retracted")
    assert (retraction.reason, claim.reason) == ("Mal lu.", None)
    assert replace(claim, decided_on=OPENED.decided_on) == OPENED
    entry = as_of(TODAY, [*HISTORY, retraction, claim])
    assert (str(entry.opened_on), entry.described.landing_page) == ("2022-04-30", PAGE)


@pytest.mark.parametrize(
    ("values", "beside", "name", "value"),
    [
        ({"landing_page": None}, {}, "values", {"state": "available", "landing_page": None}),
        ({"state": "in_progress"}, {}, "values", {"state": "in_progress", "landing_page": PAGE}),
        ({}, {"source": {"title": "Autre"}}, "source", Source(title="Autre")),
        ({}, {"text": None}, "text", None),
        ({}, {"confidence": "medium"}, "confidence", "medium"),
        ({}, {"note": "relu"}, "note", "relu"),
    ],
)
def test_what_a_correction_names_is_put_in_its_place(
    values: dict[str, Any], beside: dict[str, Any], name: str, value: Any
):
    _, claim = corrected(3, values, **beside)
    assert getattr(claim, name) == value


def test_a_deadline_is_corrected_and_its_move_with_it():
    made = corrected(2, {"deadline": "2022-06-30"})
    assert made[1].values == {"deadline": period("2022-06-30")}
    assert deadlines(as_of(TODAY, [*HISTORY, *made]))[1:] == ("2022-06-30", "2022-06-30")
    _, withdrawn = corrected(2, {"deadline": None})
    assert (withdrawn.values, withdrawn.reason) == ({"deadline": None}, "Mal lu.")


def test_the_only_announcement_may_be_corrected_under_what_stands_on_it():
    made = corrected(1, {"title": {"fr": "Décisions"}})
    entry = as_of(TODAY, [*HISTORY, *made])
    assert (entry.described.title.fr, entry.rank) == ("Décisions", 6)


def test_the_claim_of_a_part_is_corrected_for_that_part():
    opened = [*SPLIT, state("2026-06-01", "available", part="delictuel")]
    made = corrected(4, {}, opened, decided_on="2026-05-31")
    assert str(part(as_of(TODAY, [*opened, *made]), "delictuel").opened_on) == "2026-05-31"
    with pytest.raises(Incomplete) as refused:
        corrected(4, {}, opened, part="contraventionnel")
    assert refused.value.errors[0][0] == "part"


def test_a_correction_that_corrects_nothing_is_none_and_another_has_a_reason():
    assert corrected(3, {"state": "available"}, decided_on="2022-04-21", reason=None) == ()
    assert corrected(2, {"deadline": "2022-04-30"}) == ()
    with pytest.raises(Incomplete) as refused:
        corrected(3, {}, decided_on="2022-04-30", reason=None)
    assert refused.value.errors[0][0] == "reason"


@pytest.mark.parametrize(
    ("position", "values", "beside", "where"),
    [
        (2, {"landing_page": PAGE}, {}, "landing_page"),
        (3, {}, {"decided_on": "2026-12-01"}, "decided_on"),
        (3, {}, {"published_on": "2022-04-01"}, "decided_on"),
    ],
)
def test_a_correction_is_refused_by_the_field_that_was_sent(
    position: int, values: dict[str, Any], beside: dict[str, Any], where: str
):
    with pytest.raises(Invalid) as refused:
        corrected(position, values, **beside)
    assert [field for field, _ in refused.value.errors] == [where]


def test_what_was_retracted_is_not_corrected_nor_what_is_no_claim():
    history = [*HISTORY, judged(3, "retracted")]
    for position in (3, 4):
        with pytest.raises(Contradiction):
            corrected(position, {}, history, decided_on="2022-04-30")
    with pytest.raises(Missing):
        corrected(9, {}, decided_on="2022-04-30")


def test_a_corrected_state_is_one_that_may_follow():
    history = [*HISTORY[:2], state("2022-01-01", "abandoned"), OPENED]
    with pytest.raises(MoveRefused):
        corrected(4, {"state": "in_progress"}, history)
    assert corrected(4, {"note": "Sans changer d’état."}, history)
    alone = [state("2021-01-01", "available"), announced("2021-09-27")]
    assert corrected(1, {}, alone, decided_on="2020-12-31")


def test_a_corrected_announcement_says_a_state_that_it_may():
    history = [announced("2021-01-15", "2022", values=IDENTITY)]
    with pytest.raises(Incomplete) as refused:
        corrected(1, {"state": "abandoned"}, history, text=None)
    assert refused.value.errors[0][0] == "text"
    _, claim = corrected(1, {"state": "available"}, history)
    assert claim.values["state"] == "available"
    later = [*HISTORY[:2], state("2022-01-01", "abandoned")]
    later.append(announced("2022-02-01", "2023", values=IDENTITY))
    with pytest.raises(MoveRefused):
        corrected(4, {"state": "in_progress"}, later)


def test_what_was_disputed_is_so_corrected():
    _, claim = corrected(3, {"note": "relu"}, [*HISTORY, judged(3, "disputed")])
    assert claim.standing == "disputed"


# Said again.


@pytest.mark.parametrize(
    ("values", "beside", "position"),
    [
        ({"state": "available"}, {"decided_on": "2022-04-30"}, 3),
        ({"state": "available"}, {"published_on": "2022-06-01"}, 3),
        ({"state": "available"}, {"text": "order-2"}, 3),
        ({"state": "available", "keywords": ["a"]}, {"decided_on": "2022-04-30"}, 3),
        ({"deadline": "2022-04-30"}, {"text": "order", "decided_on": "2021-01-31"}, 2),
    ],
)
def test_a_state_or_deadline_said_again_otherwise_names_its_claim(
    values: dict[str, Any], beside: dict[str, Any], position: int
):
    if "published_on" not in beside:
        beside = {**beside, "published_on": "2026-11-01"}
    with pytest.raises(Restates) as refused:
        change(written(HISTORY), sent(values, **beside), TODAY, BINDING)
    assert refused.value.facts["position"] == position


@pytest.mark.parametrize(
    ("values", "beside"),
    [
        ({"state": "available"}, {}),
        ({"state": "available"}, {"text": "order", "decided_on": "2022-04-21"}),
        ({"deadline": "2022-04-30"}, {"text": "order"}),
        ({"deadline": "2022-04-30"}, {"decided_on": "2021-02-01", "published_on": "2026-11-01"}),
    ],
)
def test_what_says_nothing_else_changes_nothing(values: dict[str, Any], beside: dict[str, Any]):
    assert change(written(HISTORY), sent(values, **beside), TODAY, BINDING) == ()


def test_a_state_that_was_only_implied_is_recorded_once():
    history = [announced("2021-01-15", "2022", values=IDENTITY)]
    again = sent({"state": "planned"}, published_on="2024-02-01", source={"title": "Lettre"})
    (claim,) = change(written(history), again, TODAY, BINDING)
    assert (claim.kind, claim.values) == (STATE, {"state": "planned"})
    assert str(as_of(TODAY, [*history, claim]).state_since) == "2021-01-15"
    assert change(written([*history, claim]), again, TODAY, BINDING) == ()


@pytest.mark.parametrize("wanted", ["in_progress", "available"])
def test_a_state_that_a_new_source_says_again_is_evidence_and_moves_nothing_else(wanted: str):
    history = [*HISTORY[:2], state("2022-03-01", wanted)]
    seen = {"source": {"title": "Point d’étape"}, "published_on": "2026-08-14"}
    (claim,) = change(written(history), sent({"state": wanted}, **seen), TODAY)
    before, after = as_of(TODAY, history), as_of(TODAY, [*history, claim])
    assert after.evidence
    assert after.evidence.source
    assert (str(after.evidence.on), after.evidence.source.title) == ("2026-08-14", "Point d’étape")
    assert (after.state_since, after.opened_on) == (before.state_since, before.opened_on)
    assert change(written([*history, claim]), sent({"state": wanted}, **seen), TODAY) == ()
    with pytest.raises(Restates):  # without a source, or with another day, it contradicts
        change(written(history), sent({"state": wanted}, published_on="2026-08-14"), TODAY)
    with pytest.raises(Restates):
        change(written(history), sent({"state": wanted}, **seen, decided_on="2022-02-01"), TODAY)
