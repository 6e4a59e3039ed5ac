"""The table of states, copied from the design, against the code’s."""

import pytest

from app.domain.states import NOT_JUDGED, OPEN, STARTED, STATES, allowed, needed

ROWS = """
not_available        planned in_progress partially_available available abandoned
planned              in_progress partially_available available suspended abandoned not_available
in_progress          planned+reason partially_available available suspended abandoned
partially_available  available suspended withdrawn in_progress+reason
available            withdrawn partially_available+reason
suspended            planned in_progress partially_available abandoned withdrawn
abandoned            planned+text
withdrawn            in_progress partially_available available
"""
"""Each state, what it may become in order, and what the claim of that move must carry."""
NEEDS = {"abandoned": {"reason", "text"}, "suspended": {"reason"}}
"""What a claim must carry to enter a state, from whatever state."""


def _moves(row: str) -> tuple[str, dict[str, set[str]]]:
    current, *moves = row.split()
    steps = (move.split("+") for move in moves)
    return current, {wanted: {*needs} | NEEDS.get(wanted, set()) for wanted, *needs in steps}


TABLE = dict(map(_moves, ROWS.strip().splitlines()))


def test_there_are_the_eight_states_of_the_design_and_lateness_is_none() -> None:
    assert list(STATES) == [row.key for row in STATES.values()] == list(TABLE)


@pytest.mark.parametrize("current", TABLE)
def test_a_state_becomes_what_the_table_says_asking_for_what_it_says(current: str) -> None:
    assert list(STATES[current].may_become) == list(TABLE[current])
    for wanted in TABLE:
        assert allowed(current, wanted) is (wanted in TABLE[current] or wanted == current)
        if wanted in TABLE[current]:
            assert needed(current, wanted) == TABLE[current][wanted]


@pytest.mark.parametrize("state", TABLE)
def test_any_state_may_begin_and_stay_and_none_becomes_one_that_does_not_exist(state: str) -> None:
    assert allowed(None, state)
    assert needed(state, state) == set()
    assert not allowed(state, "postponed")
    assert not allowed("postponed", state)
    assert not allowed(None, "postponed")


def test_states_are_open_started_or_not_judged_as_the_design_says() -> None:
    assert set(OPEN) == {"partially_available", "available"}
    assert set(STARTED) == {*OPEN, "in_progress", "suspended", "withdrawn"}
    assert set(NOT_JUDGED) == {"abandoned", "not_available"}
