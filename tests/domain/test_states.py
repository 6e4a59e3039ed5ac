"""The table of states, copied from the design, against the code’s."""

import pytest

from app.domain.states import NOT_JUDGED, OPEN, STARTED, STATES, allowed, needed
from app.formats.language import say

TABLE = {
    "not_available": {
        "planned": "",
        "in_progress": "",
        "partially_available": "",
        "available": "",
        "abandoned": "reason text",
    },
    "planned": {
        "in_progress": "",
        "partially_available": "",
        "available": "",
        "suspended": "reason",
        "abandoned": "reason text",
        "not_available": "",
    },
    "in_progress": {
        "planned": "reason",
        "partially_available": "",
        "available": "",
        "suspended": "reason",
        "abandoned": "reason text",
    },
    "partially_available": {
        "available": "",
        "suspended": "reason",
        "withdrawn": "",
        "in_progress": "reason",
    },
    "available": {"withdrawn": "", "partially_available": "reason"},
    "suspended": {
        "planned": "",
        "in_progress": "",
        "partially_available": "",
        "abandoned": "reason text",
        "withdrawn": "",
    },
    "abandoned": {"planned": "text"},
    "withdrawn": {"in_progress": "", "partially_available": "", "available": ""},
}
"""Each state, what it may become, and what the claim of that move must carry."""

LABELS = {
    "not_available": ("Non disponible", "Non disponible", "Not available"),
    "planned": ("Planifié", "Planifié", "Planned"),
    "in_progress": ("En cours", "En cours", "In progress"),
    "partially_available": (
        "Partiellement disponible",
        "Partiellement disponible",
        "Partially available",
    ),
    "available": ("Disponible", "Réalisé", "Available"),
    "suspended": ("À l’arrêt", "À l’arrêt", "Suspended"),
    "abandoned": ("Abandonné", "Abandonné", "Abandoned"),
    "withdrawn": ("Retiré", "Retiré", "Withdrawn"),
}
"""Each state in French, of an opening and of an action, and in English."""

MOVES = [(current, wanted) for current in TABLE for wanted in TABLE]


def test_there_are_the_eight_states_of_the_design() -> None:
    assert list(STATES) == list(TABLE)
    assert [row.key for row in STATES.values()] == list(TABLE)


def test_postponed_and_late_are_not_states() -> None:
    assert not {"postponed", "late", "overdue", "delayed"} & STATES.keys()


@pytest.mark.parametrize(("current", "wanted"), MOVES)
def test_a_state_becomes_what_the_table_says_and_nothing_else(current: str, wanted: str) -> None:
    assert allowed(current, wanted) is (wanted in TABLE[current] or wanted == current)


@pytest.mark.parametrize(("current", "wanted"), MOVES)
def test_a_move_asks_for_what_the_table_says(current: str, wanted: str) -> None:
    if wanted in TABLE[current]:
        assert needed(current, wanted) == set(TABLE[current][wanted].split())


@pytest.mark.parametrize("state", TABLE)
def test_to_stay_in_a_state_asks_for_nothing(state: str) -> None:
    assert needed(state, state) == set()


@pytest.mark.parametrize("state", TABLE)
def test_where_nothing_was_known_any_state_may_begin(state: str) -> None:
    assert allowed(None, state)


@pytest.mark.parametrize("state", TABLE)
def test_no_state_becomes_one_that_does_not_exist(state: str) -> None:
    assert not allowed(state, "postponed")
    assert not allowed("postponed", state)
    assert not allowed(None, "postponed")


@pytest.mark.parametrize("state", TABLE)
def test_the_moves_to_offer_are_those_of_the_table_in_its_order(state: str) -> None:
    assert list(STATES[state].may_become) == list(TABLE[state])


@pytest.mark.parametrize(("state", "labels"), LABELS.items())
def test_each_state_has_its_words(state: str, labels: tuple[str, str, str]) -> None:
    row = STATES[state]
    of_an_opening, of_an_action, english = labels
    assert row.label == english
    assert say("fr", row.label) == of_an_opening
    assert say("fr", row.label, context="action") == of_an_action


def test_states_are_open_started_or_not_judged_as_the_design_says() -> None:
    assert set(OPEN) == {"partially_available", "available"}
    assert set(STARTED) == {*OPEN, "in_progress", "suspended", "withdrawn"}
    assert set(NOT_JUDGED) == {"abandoned", "not_available"}
