"""What a person should look at in an accepted history."""

import pytest

from app.domain.decisions import (
    oddities,
)
from app.domain.ledger import Claim
from tests.domain.histories import (
    NOW,
    SPLIT,
    announced,
    described,
    due,
    judged,
    moment,
    state,
    written,
)

PROMISED = [announced("2021-01-15"), due("2021-02-01", "2022-04-30")]
COURSE = [
    *PROMISED,
    state("2022-01-01", "in_progress"),
    state("2023-01-01", "available"),
    state("2024-01-01", "withdrawn"),
]


def found(*history: Claim) -> list[str]:
    """What a person should look at."""
    return oddities(written(history))


def test_an_ordinary_history_has_no_oddity() -> None:
    assert found(*COURSE) == found(*SPLIT) == []


def test_claims_that_differ_and_that_only_position_separates_are_flagged() -> None:
    [flag] = found(*PROMISED, due("2021-02-01", "2022-12-31"))
    assert flag.startswith("positions 2 and 3 differ on the deadline")
    [flag] = found(*PROMISED, state("2022", "available"), state("2022", "in_progress"))[:1]
    assert flag.startswith("positions 3 and 4 differ on the state")


@pytest.mark.parametrize(
    "other",
    [
        due("2021-02-01", "2022-04-30"),
        due("2021-02-01", "2022-12-31", decided="2021-01-31"),
        due("2021-02-02", "2022-12-31"),
        due("2021-02-01", "2022-12-31", standing="disputed"),
        state("2021-02-01", "in_progress"),
        described("2021-02-01", licence="etalab"),
    ],
)
def test_claims_that_agree_or_that_a_day_separates_are_not_flagged(other: Claim) -> None:
    assert found(*PROMISED, other) == []


def test_parts_that_differ_do_not_contradict_each_other() -> None:
    assert found(*SPLIT) == []
    flags = found(*SPLIT, due("2024-12-06", "2029", part="delictuel"))
    assert [flag[:18] for flag in flags] == ["positions 2 and 4 "]


def test_ties_are_told_by_the_day_a_claim_counts_from() -> None:
    """Two claims of "November", recorded on two days, count from two days."""
    told = [*PROMISED, due("2026-11", "2027"), due("2026-11", "2028")]
    recorded = [NOW, NOW, moment("2026-11-10"), moment("2026-11-12")]
    assert oddities(written(told, recorded)) == []
    assert len(oddities(written(told))) == 1


def test_a_move_outside_the_table_is_flagged_where_it_was_not_refused() -> None:
    told = [*PROMISED, state("2022-01-01", "available"), state("2023-01-01", "suspended")]
    assert found(*told) == ["position 4: “available” may not become “suspended”"]


def test_a_state_that_does_not_exist_is_flagged() -> None:
    told = [*PROMISED, state("2022-01-01", "late")]
    assert found(*told) == ["position 3: there is no state “late”"]


def test_a_roadmap_that_plans_again_what_has_started_is_not_flagged() -> None:
    told = [*PROMISED, state("2022-01-01", "available"), announced("2023-01-01", state="planned")]
    assert found(*told) == []
    assert found(*told, state("2024-01-01", "withdrawn")) == []


def test_a_part_is_flagged_against_the_state_it_inherits() -> None:
    told = [*PROMISED, state("2022-01-01", "available"), state("2023-01-01", "planned", part="a")]
    assert found(*told) == ["position 4: “available” may not become “planned”"]
    told = [*SPLIT, state("2025-01-01", "available", part="delictuel")]
    assert found(*told, state("2025-02-01", "in_progress", part="contraventionnel")) == []


@pytest.mark.parametrize(
    ("late", "fields"),
    [
        (state("2025-01-01", "in_progress"), ["state"]),
        (due("2025-01-01", "2030"), ["deadline"]),
        (announced("2025-01-01", "T4 2030"), ["deadline"]),
        (announced("2025-01-01", "T4 2030", "planned"), ["state", "deadline"]),
        (announced("2025-01-01"), []),
    ],
)
def test_a_claim_on_the_whole_after_its_parts_is_flagged_as_not_counted(
    late: Claim, fields: list[str]
) -> None:
    flags = found(*SPLIT, late)
    assert len(flags) == bool(fields)
    assert all("position 4" in flag and "does not count" in flag for flag in flags)
    assert all(field in flag for field in fields for flag in flags)


@pytest.mark.parametrize(
    "harmless", [described("2025-01-01", licence="etalab"), state("2022-01-01", "in_progress")]
)
def test_what_is_described_or_comes_before_the_parts_is_counted(harmless: Claim) -> None:
    assert found(*SPLIT, harmless) == []


def test_a_withdrawal_of_the_wholes_deadline_after_its_parts_is_flagged() -> None:
    [flag] = found(*SPLIT, due("2025-01-01", None))
    assert "position 4" in flag


@pytest.mark.parametrize(
    "promise", [announced("2021-01-15"), announced("2021-01-15", "2022"), *PROMISED[1:]]
)
def test_an_odd_move_from_a_state_that_goes_without_saying_is_flagged(promise: Claim) -> None:
    told = [promise, state("2022-01-01", "withdrawn"), announced("2023-01-01")]
    assert found(*told) == ["position 2: “planned” may not become “withdrawn”"]


def test_what_is_described_says_nothing_of_the_state() -> None:
    told = [described("2021-01-01", licence="etalab"), state("2021-02-01", "withdrawn")]
    assert found(*told, announced("2021-03-01")) == []


def test_a_state_of_the_whole_that_does_not_count_is_not_what_its_parts_come_from() -> None:
    told = [*SPLIT, state("2025-01-01", "available")]
    [flag] = found(*told, state("2025-02-01", "in_progress", part="delictuel"))
    assert "does not count" in flag


def test_two_spellings_of_one_deadline_do_not_differ() -> None:
    assert found(PROMISED[0], due("2021-02-01", "T3 2021"), due("2021-02-01", "2021-Q3")) == []


def test_a_withdrawal_and_a_deadline_of_one_day_differ() -> None:
    [flag] = found(*PROMISED, due("2021-02-01", None))
    assert flag.startswith("positions 2 and 3 differ on the deadline")


@pytest.mark.parametrize(
    ("told", "flags"),
    [
        ([state("2022-01-01", "available"), announced("2023-01-01", state="in_progress")], 1),
        ([state("2022-01-01", "not_available"), announced("2023-01-01", state="planned")], 0),
        (
            [
                state("2022-01-01", "not_available"),
                announced("2023-01-01", state="planned"),
                state("2024-01-01", "suspended"),
            ],
            0,
        ),
    ],
)
def test_a_roadmap_is_held_to_the_table_but_for_what_it_plans_again(
    told: list[Claim], flags: int
) -> None:
    assert len(found(*PROMISED, *told)) == flags


def test_what_is_judged_away_is_not_odd() -> None:
    told = [*PROMISED, due("2021-02-01", "2022-12-31"), judged(3, "disputed")]
    assert found(*told) == []
