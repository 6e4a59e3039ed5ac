"""What a record amounts to in a sentence, in French and in English. Knows no syntax."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.commitments import Commitment, Deadline, Move, Part
from app.domain.context import Context
from app.domain.periods import Unreadable, parse, period_of, spell
from app.domain.states import OPEN
from app.formats.document import label

LANGUAGES = ("fr", "en")
AWAITED = frozenset({"planned", "in_progress", "partially_available", "suspended"})
"""The states in which a deadline is still to be met."""
ENDED = frozenset({"abandoned", "withdrawn"})
"""The states that began on a day and last."""
ACCESS = {
    "fr": {"restricted": "Accès restreint", "non_public": "Accès non public"},
    "en": {"restricted": "Restricted access", "non_public": "No public access"},
}


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of a language; braces are filled in."""

    due: str
    undated: str
    since: str
    on: str
    access: str
    set_by: str
    taken_by: str
    parts: str
    first: str
    later: str
    earlier: str
    withdrawn: str
    slip: str
    by_day: str
    by_period: str
    day: str
    days: str
    colon: str
    semicolon: str


_PHRASES = {
    "fr": Phrases(
        due=", échéance {}",
        undated=", sans échéance",
        since=" depuis le {}",
        on=" le {}",
        access="Accès",
        set_by="Échéance fixée par : {}.",
        taken_by="Échéance retirée par : {}.",
        parts="Parties : {}.",
        first="Première échéance : {}{}.",
        later="Reportée du {} au {} ({}){}.",
        earlier="Avancée du {} au {} ({}){}.",
        withdrawn="Échéance du {} retirée{}.",
        slip="Décalage total : {}.",
        by_day="au plus tard le {}",
        by_period="au plus tard en {}",
        day="{:+d} jour",
        days="{:+d} jours",
        colon=" : ",
        semicolon=" ; ",
    ),
    "en": Phrases(
        due=", due {}",
        undated=", no deadline",
        since=" since {}",
        on=" on {}",
        access="Access",
        set_by="Deadline set by: {}.",
        taken_by="Deadline withdrawn by: {}.",
        parts="Parts: {}.",
        first="First deadline: {}{}.",
        later="Postponed from {} to {} ({}){}.",
        earlier="Brought forward from {} to {} ({}){}.",
        withdrawn="Deadline of {} withdrawn{}.",
        slip="Slip in all: {}.",
        by_day="by {} at the latest",
        by_period="by {} at the latest",
        day="{:+d} day",
        days="{:+d} days",
        colon=": ",
        semicolon="; ",
    ),
}


def state(entry: Commitment | Part, language: str, *, of_action: bool = False) -> str:
    """The state with its date: “Planifié, échéance T2 2023”, “Available since 1 July 2022”."""
    phrases = _PHRASES[language]
    told = label(entry.state, of_action=of_action).within(language)
    if entry.state in OPEN or entry.state == "suspended":
        told += phrases.since.format(day(entry.state_since, language))
    elif entry.state in ENDED:
        told += phrases.on.format(day(entry.state_since, language))
    if entry.state not in AWAITED:
        return told
    if entry.deadline:
        return told + phrases.due.format(spell(entry.deadline.period, language))
    return told + phrases.undated


def description(commitment: Commitment, context: Context, language: str) -> str:
    """The state, what the thing is, its parts, who may have it: for who sees one text only."""
    told = [f"[{state(commitment, language)}]", _about(commitment, context, language)]
    if commitment.parts:
        told.append(_parts(commitment.parts, language))
    return " ".join([*told, *_access(commitment, language)])


def _access(commitment: Commitment, language: str) -> Iterator[str]:
    """Who may have it, where not everyone may, and what restricts it: harvesters drop the rest."""
    phrases, conditions = _PHRASES[language], commitment.access_conditions.within(language)
    known = ACCESS[language].get(commitment.access_rights)
    if conditions:
        yield _sentence(f"{known or phrases.access}{phrases.colon}{conditions}")
    elif known:
        yield _sentence(known)


def _about(commitment: Commitment, context: Context, language: str) -> str:
    if described := commitment.description.within(language):
        return described
    title = commitment.title.within(language) or commitment.slug
    return " ".join([_sentence(title), *set_by(commitment, context, language)])


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def set_by(commitment: Commitment | Part, context: Context, language: str) -> Iterator[str]:
    """The text that set the deadline in force, or that took it away."""
    phrases, deadline = _PHRASES[language], commitment.deadline
    if deadline and deadline.text:
        yield phrases.set_by.format(context.title_of(deadline.text))
    elif commitment.moves and not deadline and (text := commitment.moves[-1].text):
        yield phrases.taken_by.format(context.title_of(text))


def _parts(parts: Sequence[Part], language: str) -> str:
    phrases = _PHRASES[language]
    told = (
        f"{part.title.within(language) or part.key}{phrases.colon}{state(part, language)}"
        for part in parts
    )
    return phrases.parts.format(phrases.semicolon.join(told))


def history(entry: Commitment | Part, context: Context, language: str) -> str:
    """How the deadline has moved, by which texts; nothing when it has not."""
    if not entry.moves:
        return ""
    told = [_first(entry.first_deadline, context, language)]
    told += [_move(move, context, language) for move in entry.moves]
    if entry.slip_days is not None:
        told.append(_PHRASES[language].slip.format(days(entry.slip_days, language)))
    return " ".join(told).strip()


def _first(deadline: Deadline | None, context: Context, language: str) -> str:
    if deadline is None:
        return ""
    spelled = spell(deadline.period, language)
    return _PHRASES[language].first.format(spelled, _by(deadline.text, context))


def _move(move: Move, context: Context, language: str) -> str:
    phrases, by = _PHRASES[language], _by(move.text, context)
    start = day(move.moved_from, language)
    if move.moved_to is None or move.days is None:
        return phrases.withdrawn.format(start, by)
    phrase = phrases.earlier if move.days < 0 else phrases.later
    return phrase.format(start, day(move.moved_to, language), days(move.days, language), by)


def _by(text: str | None, context: Context) -> str:
    return f" ({context.title_of(text)})" if text else ""


def day(value: date, language: str) -> str:
    """A day in words: “30 septembre 2026”."""
    return spell(period_of(value), language)


def days(count: int, language: str) -> str:
    """A number of days with its sign: “+365 jours”."""
    phrases = _PHRASES[language]
    return (phrases.day if abs(count) == 1 else phrases.days).format(count)


def dating(text: str, language: str) -> str:
    """A date as far as sources go, in words: “2023”, “au plus tard le 3 septembre 2025”."""
    try:
        period = parse(text.removeprefix("../"))
    except Unreadable:
        period = None
    if period is None:
        return text
    told, phrases = spell(period, language), _PHRASES[language]
    if not text.startswith("../"):
        return told
    return (phrases.by_day if period.precision == "day" else phrases.by_period).format(told)
