"""What a person should look at in an accepted history."""

import pytest

from app.domain.decisions import oddities
from app.domain.ledger import Claim
from tests.domain.histories import (
    NOW,
    SPLIT,
    announced,
    course,
    described,
    due,
    judged,
    moment,
    state,
    written,
)

PROMISED = [announced("2021-01-15"), due("2021-02-01", "2022-04-30")]
COURSE = [*PROMISED, *course("2022 in_progress; 2023-01-01 available; 2024-01-01 withdrawn")]
OPEN = [*PROMISED, *course("2022-01-01 available")]
ASKED = [*PROMISED, *course("2022-01-01 not_available")]
PLANNED = announced("2023-01-01", state="planned")
DESCRIBED = described("2021-01-01", licence="etalab")
DIFFER = "positions 2 and 3 differ on the deadline, and only"


def move(position: int, before: str, after: str) -> str:
    return f"position {position}: “{before}” may not become “{after}”"


def flags(history: list[Claim]) -> list[str]:
    return oddities(written(history))


@pytest.mark.parametrize(
    "history",
    [
        COURSE,
        SPLIT,
        # Claims that agree, or that a day or a decision separates.
        [*PROMISED, due("2021-02-01", "2022-04-30")],
        [*PROMISED, due("2021-02-01", "2022-12-31", decided="2021-01-31")],
        [*PROMISED, due("2021-02-02", "2022-12-31")],
        [*PROMISED, due("2021-02-01", "2022-12-31", standing="disputed")],
        [*PROMISED, due("2021-02-01", "2022-12-31"), judged(3, "disputed")],
        [*PROMISED, *course("2021-02-01 in_progress")],
        [*PROMISED, described("2021-02-01", licence="etalab")],
        [PROMISED[0], *course("2021-02-01 due T3 2021; 2021-02-01 due 2021-Q3")],
        # A roadmap plans again what has started, and what was not promised.
        [*OPEN, PLANNED, *course("2024-01-01 withdrawn")],
        [*ASKED, PLANNED, *course("2024-01-01 suspended")],
        # What is described or comes before the parts counts; a part comes from what it inherits.
        [*SPLIT, described("2025-01-01", licence="etalab")],
        [*SPLIT, *course("2022-01-01 in_progress")],
        [*SPLIT, announced("2025-01-01")],
        [
            *(*SPLIT, state("2025-01-01", "available", part="delictuel")),
            state("2025-02-01", "in_progress", part="contraventionnel"),
        ],
        # What is described says nothing of the state.
        [DESCRIBED, *course("2021-02-01 withdrawn"), announced("2021-03-01")],
    ],
)
def test_an_ordinary_history_has_no_oddity(history: list[Claim]) -> None:
    assert flags(history) == []


@pytest.mark.parametrize(
    ("history", "flag"),
    [
        ([*PROMISED, due("2021-02-01", "2022-12-31")], DIFFER),
        ([*PROMISED, due("2021-02-01", None)], DIFFER),
        (
            [*PROMISED, *course("2022 available; 2022 in_progress")],
            "positions 3 and 4 differ on the state",
        ),
        ([*SPLIT, due("2024-12-06", "2029", part="delictuel")], "positions 2 and 4 "),
        # Moves outside the table, from a state that goes without saying too.
        ([*OPEN, *course("2023-01-01 suspended")], move(4, "available", "suspended")),
        ([*PROMISED, *course("2022-01-01 late")], "position 3: there is no state “late”"),
        ([*OPEN, state("2023-01-01", "planned", part="a")], move(4, "available", "planned")),
        (
            [*OPEN, announced("2023-01-01", state="in_progress")],
            move(4, "available", "in_progress"),
        ),
        *(
            (
                [promise, *course("2022-01-01 withdrawn"), announced("2023-01-01")],
                move(2, "planned", "withdrawn"),
            )
            for promise in (*PROMISED, announced("2021-01-15", "2022"))
        ),
        # A state of the whole that does not count is not what its parts come from.
        (
            [
                *(*SPLIT, *course("2025-01-01 available")),
                state("2025-02-01", "in_progress", part="delictuel"),
            ],
            "position 4 says the whole’s state; parts carry it",
        ),
        # Nor does anything else of the whole after its parts.
        *(
            ([*SPLIT, late], f"position 4 says the whole’s {names}; parts carry it")
            for late, names in (
                (due("2025-01-01", "2030"), "deadline"),
                (due("2025-01-01", None), "deadline"),
                (announced("2025-01-01", "T4 2030"), "deadline"),
                (announced("2025-01-01", "T4 2030", "planned"), "deadline and state"),
            )
        ),
    ],
)
def test_what_is_odd_is_flagged(history: list[Claim], flag: str) -> None:
    assert flags(history)[0].startswith(flag)
    assert len(flags(history)) == 1 + ("differ on the state" in flag)


def test_ties_are_judged_by_the_day_a_claim_counts_from() -> None:
    """Two claims of "November", recorded on two days, count from two days."""
    claims = [*PROMISED, *course("2026-11 due 2027; 2026-11 due 2028")]
    recorded = [NOW, NOW, moment("2026-11-10"), moment("2026-11-12")]
    assert oddities(written(claims, recorded)) == []
    assert len(oddities(written(claims))) == 1
