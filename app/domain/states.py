"""The states of a commitment, their words and the moves allowed. Knows no date and no event."""

from dataclasses import dataclass

from app.domain import beside


@dataclass(frozen=True, slots=True)
class State:
    """One state, as `states.toml` has it.

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


_ROWS = beside(__file__)
STATES = {
    key: State(
        *(key, row["label"], row["meaning"], _moves(row["may_become"])),
        frozenset(row.get("needs", "").split()),
    )
    for key, row in _ROWS.items()
}

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
