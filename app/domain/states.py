"""The states of a commitment, their words and the moves allowed. Knows no date and no event."""

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
    fr: str
    fr_action: str
    en: str
    meaning_fr: str
    meaning_en: str
    needs: frozenset[str]
    may_become: dict[str, frozenset[str]]

    def label(self, language: str, of_action: bool = False) -> str:
        """The state in words: French has its own for an action."""
        if language == "en":
            return self.en
        return self.fr_action if of_action else self.fr


_FREELY: frozenset[str] = frozenset()
_BY_REASON = frozenset({REASON})
_BY_TEXT = frozenset({TEXT})


def _row(
    key: str,
    words: tuple[str, str],
    meanings: tuple[str, str],
    may_become: dict[str, frozenset[str]],
    needs: frozenset[str] = _FREELY,
    fr_action: str | None = None,
) -> State:
    fr, en = words
    return State(key, fr, fr_action or fr, en, *meanings, needs, may_become)


_TABLE = (
    _row(
        "not_available",
        ("Non disponible", "Not available"),
        ("Connu ou demandé, rien n’est promis.", "Known or asked for, nothing is promised."),
        dict.fromkeys(
            ("planned", "in_progress", "partially_available", "available", "abandoned"), _FREELY
        ),
    ),
    _row(
        "planned",
        ("Planifié", "Planned"),
        ("Promis pour une échéance.", "Promised, with a deadline."),
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
    _row(
        "in_progress",
        ("En cours", "In progress"),
        ("Des travaux sont établis.", "Work is under way, as evidence shows."),
        {
            "planned": _BY_REASON,
            "partially_available": _FREELY,
            "available": _FREELY,
            "suspended": _FREELY,
            "abandoned": _FREELY,
        },
    ),
    _row(
        "partially_available",
        ("Partiellement disponible", "Partially available"),
        ("Ouvert en partie.", "Open in part."),
        {
            "available": _FREELY,
            "suspended": _FREELY,
            "withdrawn": _FREELY,
            "in_progress": _BY_REASON,
        },
    ),
    _row(
        "available",
        ("Disponible", "Available"),
        ("Entièrement ouvert.", "All of it is open."),
        {"withdrawn": _FREELY, "partially_available": _BY_REASON},
        fr_action="Réalisé",
    ),
    _row(
        "suspended",
        ("À l’arrêt", "Suspended"),
        ("Arrêté, peut reprendre.", "Stopped, may resume."),
        dict.fromkeys(
            ("planned", "in_progress", "partially_available", "abandoned", "withdrawn"), _FREELY
        ),
        needs=_BY_REASON,
    ),
    _row(
        "abandoned",
        ("Abandonné", "Abandoned"),
        ("Ne sera pas ouvert.", "Will not be opened."),
        {"planned": _BY_TEXT},
        needs=_BY_REASON | _BY_TEXT,
    ),
    _row(
        "withdrawn",
        ("Retiré", "Withdrawn"),
        ("A été ouvert, ne l’est plus.", "Was open, is no more."),
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
