"""An official table says something else of an entry than was held: which claims that makes."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from app.domain.claims import ANNOUNCED, STATE, Identity, Judgement
from app.domain.commitments import Commitment
from app.domain.decisions import erase, judge, oddities, restate
from app.domain.errors import Contradiction, FutureDay, Incomplete, MoveRefused
from app.domain.ledger import Claim, Event
from tests.domain.histories import (
    TODAY,
    announced,
    as_of,
    deadlines,
    described,
    due,
    period,
    sent,
    state,
    timely,
    written,
)

DAY = "2024-01-15"
IDENTITIES: dict[str, Any] = {
    "title": {"fr": "Décisions"},
    "publisher": "cour",
    "steward": "ministere",
    "announcement": "new",
    "rank": 6,
}


def row(deadline: str | None = "T2 2023", state: str = "planned", **beside: Any) -> Claim:
    return announced("2021-09-27", deadline, state, values=IDENTITIES, **beside)


def restated(
    events: Sequence[Event], published: str = DAY, today: date = TODAY, **values: Any
) -> tuple[Claim, ...]:
    """The claims of a table that says these values."""
    reason = values.pop("reason", None)
    beside = {"published_on": published, "text": "table", "reason": reason, "note": "lu"}
    return restate(events, sent(values, **beside), today)


def after(day: str, history: Sequence[Claim], claims: Sequence[Claim]) -> Commitment:
    return as_of(day, [*history, *claims])


def test_a_deadline_is_announced_anew_and_is_the_one_announced_since():
    history = [due("2021-04-29", "2023-06-30"), row(), due("2023-12-01", "2025-09-30")]
    (claim,) = restated(written(history), deadline="T4 2026")
    assert (claim.kind, claim.text, claim.note) == (ANNOUNCED, "table", "lu")
    assert claim.values == {"deadline": period("T4 2026")}
    assert str(claim.decided_on) == str(claim.published_on) == DAY
    assert deadlines(after("2024-01-14", history, [claim])) == (
        "T2 2023",
        "2025-09-30",
        "2023-06-30",
    )
    now = after(DAY, history, [claim])
    assert deadlines(now) == ("T4 2026", "2025-09-30", "2023-06-30")
    assert (now.postponements, now.slip_days) == (1, 823)


@pytest.mark.parametrize(
    ("history", "deadline", "expected", "moves"),
    [
        # One that contains the deadline in force is no move, and is announced all the same.
        (
            [row(), due("2023-12-01", "2025-09-30")],
            "S2 2025",
            ("S2 2025", "2025-09-30", "T2 2023"),
            1,
        ),
        # One inside it refines it.
        ([row("2025")], "T3 2025", ("T3 2025", "T3 2025", "T3 2025"), 0),
        # None withdraws it.
        ([row()], None, (None, None, "T2 2023"), 1),
    ],
)
def test_a_deadline_is_restated_refined_or_withdrawn(
    history: list[Claim], deadline: str | None, expected: tuple[str | None, ...], moves: int
) -> None:
    claims = restated(written(history), deadline=deadline, reason="NA")
    now = after(DAY, history, claims)
    assert deadlines(now) == expected
    assert (len(now.moves), now.postponements, claims[0].reason) == (moves, moves, "NA")


def test_identity_is_not_repeated_so_that_what_was_described_since_stays():
    history = [row(), described("2022-03-01", title={"fr": "Autre titre"}, publisher="conseil")]
    claims = restated(written(history), deadline="T4 2026", state="in_progress")
    assert {name for claim in claims for name in claim.values} == {"deadline", "state"}
    now = after(DAY, history, claims)
    assert (now.described.title.fr, now.described.publisher) == ("Autre titre", "conseil")


def test_before_the_first_announcement_identity_comes_with_it():
    history = [due("2021-04-29", "2023-06-30"), row()]
    (claim,) = restated(written(history), "2021-06-01", deadline="T4 2023")
    assert set(claim.values) == {*IDENTITIES, "type", "programme", "visibility", "deadline"}
    for day in ("2021-04-29", "2021-06-01", "2021-09-27", DAY):
        entry = after(day, history, [claim])
        before = as_of(day, history)
        for name in (*Identity.model_fields, "described"):
            assert getattr(entry, name) == getattr(before, name)
    assert deadlines(after("2021-06-01", history, [claim])) == (
        "T4 2023",
        "2023-06-30",
        "2023-06-30",
    )


def test_a_state_began_by_that_day_at_the_latest_so_that_nobody_is_called_late():
    history = [row("T2 2023"), due("2022-01-01", "2023-06-30")]
    (claim,) = restated(written(history), state="available")
    assert (claim.kind, claim.values) == (STATE, {"state": "available"})
    assert (str(claim.decided_on), str(claim.published_on)) == (f"../{DAY}", DAY)
    assert after(DAY, history, [claim]).state == "available"
    assert timely(DAY, [*history, claim]) == ("delivered_unknown", None)
    assert timely("2023-08-01", [*history, claim]) == ("unconfirmed", None)
    assert timely("2023-08-01", history)[0] == "overdue"


@pytest.mark.parametrize(
    ("published", "decided"),
    [("2023", "../2023"), ("2023-12", "../2023-12"), ("../2023-12-18", "../2023-12-18")],
)
def test_a_state_of_a_table_that_is_dated_vaguely_is_dated_no_better(published, decided):
    (claim,) = restated(written([row()]), published, state="available")
    assert str(claim.decided_on) == decided


def test_moves_outside_the_table_and_days_to_come_are_refused():
    events = written([row(), state("2022-01-01", "available")])
    with pytest.raises(MoveRefused):
        restated(events, state="not_available")
    with pytest.raises(Incomplete):
        restated(events, state="partially_available")
    (claim,) = restated(events, state="partially_available", reason="lu")
    assert claim.reason == "lu"
    with pytest.raises(FutureDay):
        restated(events, "2026-12", state="withdrawn")


def test_the_state_just_before_the_place_of_the_table_counts():
    history = [row(), state("2022-01-01", "available"), state("2025-01-01", "withdrawn")]
    with pytest.raises(MoveRefused):
        restated(written(history), state="suspended")
    (claim,) = restated(written(history), "2021-12-01", state="suspended", reason="lu")
    assert after("2021-12-15", history, [claim]).state == "suspended"
    assert after(DAY, history, [claim]).state == "available"


def test_an_entry_that_begins_later_is_announced_whole_on_the_day_of_the_table():
    history = [row()]
    (claim,) = restated(written(history), "2021-01-10", deadline="T1 2022", state="in_progress")
    assert claim.kind == ANNOUNCED
    assert {"deadline", "state", "title", "publisher"} <= claim.values.keys()
    then = after("2021-01-10", history, [claim])
    assert (then.state, then.described.title.fr, deadlines(then)[1]) == (
        "in_progress",
        "Décisions",
        "T1 2022",
    )
    only = restated(written(history), "2021-01-10", state="available")
    assert [claim.kind for claim in only] == [ANNOUNCED]


def test_of_a_whole_with_parts_the_table_is_kept_and_does_not_count():
    history = [row(), due("2023-01-01", "2026-12-31", part="a", part_title="A")]
    claims = restated(written(history), deadline="T4 2024", state="not_available")
    now, before = after(DAY, history, claims), as_of(DAY, history)
    assert (now.state, now.deadline, now.moves) == (before.state, before.deadline, before.moves)
    assert now.announced_deadline
    assert now.announced_deadline.period.label == "T4 2024"
    flags = oddities(written([*history, *claims]))
    assert len([flag for flag in flags if "does not count" in flag]) == 2


def test_what_is_said_of_an_internal_entry_is_internal():
    history = [announced("2021-09-27", "T2 2023", values={**IDENTITIES, "visibility": "internal"})]
    claims = restated(written(history), deadline="T4 2026", state="available")
    assert {claim.visibility for claim in claims} == {"internal"}


def test_nothing_said_is_no_claim():
    assert restated(written([row()])) == ()


def test_an_announcement_is_not_taken_away_from_under_a_table_that_says_only_by_when():
    history = [row()]
    history += restated(written(history), deadline="T4 2026")
    events = written(history)
    with pytest.raises(Contradiction):
        judge(events, [1], Judgement(standing="retracted", reason="why"), TODAY)
    with pytest.raises(Contradiction):
        erase(events, 1, "why", TODAY)
    assert judge(events, [2], Judgement(standing="retracted", reason="why"), TODAY)
