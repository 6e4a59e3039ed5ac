"""The states of a commitment, their words and the moves allowed. Knows no date and no event.

The words are keys of the catalogue: their French is in `app/locale/fr.po`.
"""

from dataclasses import dataclass

REASON = "reason"
TEXT = "text"


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


_FREELY: frozenset[str] = frozenset()
_BY_REASON = frozenset({REASON})
_BY_TEXT = frozenset({TEXT})


_TABLE = (
    State(
        "not_available",
        "Not available",
        "Known or asked for, nothing is promised.",
        dict.fromkeys(
            ("planned", "in_progress", "partially_available", "available", "abandoned"), _FREELY
        ),
    ),
    State(
        "planned",
        "Planned",
        "Promised, with a deadline.",
        dict.fromkeys(
            (
                "in_progress",
                "partially_available",
                "available",
                "suspended",
                "abandoned",
                "not_available",
            ),
            _FREELY,
        ),
    ),
    State(
        "in_progress",
        "In progress",
        "Work is under way, as evidence shows.",
        {
            "planned": _BY_REASON,
            "partially_available": _FREELY,
            "available": _FREELY,
            "suspended": _FREELY,
            "abandoned": _FREELY,
        },
    ),
    State(
        "partially_available",
        "Partially available",
        "Open in part.",
        {
            "available": _FREELY,
            "suspended": _FREELY,
            "withdrawn": _FREELY,
            "in_progress": _BY_REASON,
        },
    ),
    State(
        "available",
        "Available",
        "All of it is open.",
        {"withdrawn": _FREELY, "partially_available": _BY_REASON},
    ),
    State(
        "suspended",
        "Suspended",
        "Stopped, may resume.",
        dict.fromkeys(
            ("planned", "in_progress", "partially_available", "abandoned", "withdrawn"), _FREELY
        ),
        needs=_BY_REASON,
    ),
    State(
        "abandoned",
        "Abandoned",
        "Will not be opened.",
        {"planned": _BY_TEXT},
        needs=_BY_REASON | _BY_TEXT,
    ),
    State(
        "withdrawn",
        "Withdrawn",
        "Was open, is no more.",
        dict.fromkeys(("in_progress", "partially_available", "available"), _FREELY),
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
        return _FREELY
    needs = STATES[wanted].needs
    return needs if current is None else needs | STATES[current].may_become[wanted]
