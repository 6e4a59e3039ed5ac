"""The states of a commitment, their words and the moves allowed. Knows no date and no event.

The words are keys of the catalogue: their French is in `app/locale/fr.po`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """One row of the table of states.

    `needs` is what a claim must carry to enter the state, whatever it comes from;
    `may_become` gives each state that may follow, with what that move asks for besides.
    """

    key: str
    label: str
    meaning: str
    may_become: dict[str, frozenset[str]]
    needs: frozenset[str] = frozenset()


def _moves(states: str) -> dict[str, frozenset[str]]:
    """Reads `planned:reason available`: the states that may follow, with what each asks for."""
    rows = (row.partition(":") for row in states.split())
    return {state: frozenset({need} - {""}) for state, _, need in rows}


_REASON = frozenset({"reason"})
_TABLE = (
    State(
        *("not_available", "Not available", "Known or asked for, nothing is promised."),
        _moves("planned in_progress partially_available available abandoned"),
    ),
    State(
        *("planned", "Planned", "Promised, with a deadline."),
        _moves("in_progress partially_available available suspended abandoned not_available"),
    ),
    State(
        *("in_progress", "In progress", "Work is under way, as evidence shows."),
        _moves("planned:reason partially_available available suspended abandoned"),
    ),
    State(
        *("partially_available", "Partially available", "Open in part."),
        _moves("available suspended withdrawn in_progress:reason"),
    ),
    State(
        *("available", "Available", "All of it is open."),
        _moves("withdrawn partially_available:reason"),
    ),
    State(
        *("suspended", "Suspended", "Stopped, may resume."),
        _moves("planned in_progress partially_available abandoned withdrawn"),
        _REASON,
    ),
    State(
        *("abandoned", "Abandoned", "Will not be opened."),
        _moves("planned:text"),
        _REASON | {"text"},
    ),
    State(
        *("withdrawn", "Withdrawn", "Was open, is no more."),
        _moves("in_progress partially_available available"),
    ),
)

STATES: dict[str, State] = {row.key: row for row in _TABLE}

OPEN = frozenset({"partially_available", "available"})
"""Something can be had."""

STARTED = OPEN | {"in_progress", "suspended", "withdrawn"}
"""Past the promise: a later roadmap never sends such an entry back to planned."""

NOT_JUDGED = frozenset({"abandoned", "not_available"})
"""No opening is awaited, so nothing can be late."""


def allowed(current: str | None, wanted: str) -> bool:
    """Whether a claim may take an entry from `current` (None: unknown until now) to `wanted`."""
    if current is None or current == wanted:
        return wanted in STATES
    return current in STATES and wanted in STATES[current].may_become


def needed(current: str | None, wanted: str) -> frozenset[str]:
    """What the claim of an allowed move must carry: of {"reason", "text"}."""
    if current == wanted:
        return frozenset()
    needs = STATES[wanted].needs
    return needs if current is None else needs | STATES[current].may_become[wanted]
