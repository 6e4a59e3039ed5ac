"""What a recorded event changed, in words, in French and in English. Knows no syntax."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from app.domain.commitments import Commitment, Deadline, Move, Part
from app.domain.context import Context, Recorded
from app.domain.ledger import (
    ACCEPTED,
    ANNOUNCED,
    CLAIMS,
    DEADLINE,
    DESCRIBED,
    DISPUTED,
    ERASED,
    JUDGED,
    RETRACTED,
    STATE,
    Claim,
    Event,
)
from app.domain.periods import Period, period_of, spell
from app.formats import sentences
from app.formats.document import label
from app.formats.rdf import clean, safe_iri

Held = Commitment | Part


@dataclass(frozen=True, slots=True)
class Row:
    """A value that an event changed; empty where there was none, or is none any more."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What else is known of an event, and where that leads."""

    label: str
    value: str
    address: str | None = None


_WORDS = {
    "fr": {
        "colon": " : ",
        ANNOUNCED: "annonce",
        DEADLINE: "échéance",
        STATE: "état",
        DESCRIBED: "description",
        JUDGED: "jugement",
        ERASED: "effacement",
        "later": "échéance reportée {of} {at} ({days})",
        "earlier": "échéance avancée {of} {at} ({days})",
        "withdrawn": "échéance {of} retirée",
        "set": "échéance fixée {at}",
        "refined": "échéance précisée {at} (auparavant {start})",
        "restated": "échéance {of} réitérée",
        "claimed": "échéance {of}",
        "unset": "échéance retirée",
        "in_force": ", en vigueur : {}",
        "in_state": "état « {} »",
        "from_to": "passe de « {} » à « {} »",
        "changed": "description modifiée ({})",
        "judged_accepted": "affirmation acceptée ({})",
        "judged_disputed": "affirmation contestée ({})",
        "judged_retracted": "affirmation rétractée ({})",
        "erasure": "contenu de l’événement {} effacé, comme la loi peut le demander",
        ACCEPTED: "affirmation acceptée",
        DISPUTED: "affirmation contestée, ne compte pas",
        RETRACTED: "affirmation rétractée, ne compte pas",
        "row_state": "État",
        "row_deadline": "Échéance",
        "row_next": "Prochaine échéance",
        "row_first": "Première échéance",
        "row_slip": "Décalage",
        "row_opened": "Ouverture",
        "fields": "Modifié",
        "text": "Texte",
        "source": "Source",
        "published": "Publié",
        "decided": "Décidé ou survenu",
        "reason": "Motif",
        "note": "Note",
        "standing": "Jugement",
        "event": "Événement",
        "place": "position {}, empreinte {}",
    },
    "en": {
        "colon": ": ",
        ANNOUNCED: "announcement",
        DEADLINE: "deadline",
        STATE: "state",
        DESCRIBED: "description",
        JUDGED: "judgement",
        ERASED: "erasure",
        "later": "deadline postponed from {start} to {end} ({days})",
        "earlier": "deadline brought forward from {start} to {end} ({days})",
        "withdrawn": "deadline of {start} withdrawn",
        "set": "deadline set to {end}",
        "refined": "deadline refined to {end} (before: {start})",
        "restated": "deadline of {start} restated",
        "claimed": "deadline of {start}",
        "unset": "deadline withdrawn",
        "in_force": ", in force: {}",
        "in_state": "state “{}”",
        "from_to": "goes from “{}” to “{}”",
        "changed": "description changed ({})",
        "judged_accepted": "claim accepted ({})",
        "judged_disputed": "claim disputed ({})",
        "judged_retracted": "claim retracted ({})",
        "erasure": "content of event {} erased, as the law may ask",
        ACCEPTED: "claim accepted",
        DISPUTED: "claim disputed, does not count",
        RETRACTED: "claim retracted, does not count",
        "row_state": "State",
        "row_deadline": "Deadline",
        "row_next": "Next deadline",
        "row_first": "First deadline",
        "row_slip": "Slip",
        "row_opened": "Opening",
        "fields": "Changed",
        "text": "Text",
        "source": "Source",
        "published": "Published",
        "decided": "Decided or happened",
        "reason": "Reason",
        "note": "Note",
        "standing": "Judgement",
        "event": "Event",
        "place": "position {}, hash {}",
    },
}

_FIELDS = {
    "type": ("type", "type"),
    "title": ("titre", "title"),
    "publisher": ("qui ouvre", "who opens"),
    "steward": ("qui promet", "who promises"),
    "action": ("action", "action"),
    "announcement": ("annonce", "announcement"),
    "rank": ("rang", "rank"),
    "section": ("section", "section"),
    "description": ("description", "description"),
    "landing_page": ("page d’accès", "access page"),
    "resources": ("ressources", "resources"),
    "covers": ("période couverte", "period covered"),
    "access_rights": ("accès", "access"),
    "access_conditions": ("conditions d’accès", "conditions of access"),
    "licence": ("licence", "licence"),
    "contact": ("contact", "contact"),
    "keywords": ("mots-clés", "keywords"),
    "themes": ("thèmes", "themes"),
    "hvd_categories": ("données de forte valeur", "high-value data"),
}
"""What is described, in French and in English. No field that is internal."""


def word(name: str, language: str) -> str:
    """A kind of event, or a standing, in words."""
    return _WORDS[language][name]


def standing(one: Recorded) -> str:
    """Whether a claim counts, as last judged; what is no claim is accepted as it is."""
    claim = one.judgement.claim if one.judgement else one.event.claim
    return claim.standing if claim and one.event.kind in CLAIMS else ACCEPTED


def headline(one: Recorded, language: str) -> str:
    """The entry, and what came of it: “Conseils… : échéance reportée du … au … (+823 jours)”."""
    words, claim, entry = _WORDS[language], _claim(one.event), one.after or one.before or one.entry
    name = clean(entry.title.within(language) if entry else None) or one.event.commitment
    if claim.part:
        name += f" ({clean(claim.part_title) or claim.part})"
    told = _TOLD.get(one.event.kind, _described)(one, claim, language)
    judged = standing(one)
    if judged != ACCEPTED:
        told += f" [{words[judged]}]"
    return f"{name}{words['colon']}{told}"


def _claim(event: Event) -> Claim:
    assert event.claim is not None  # noqa: S101 what has no content is not public
    return event.claim


def _announced(one: Recorded, claim: Claim, language: str) -> str:
    told = _WORDS[language][ANNOUNCED]
    if one.before and (move := _move(one, claim)):
        return f"{told}, {_moved(move, language)}"
    state = claim.values.get("state")
    said = [label(state, of_action=_of_action(one)).within(language)] if state else []
    if claim.deadline:
        said.append(_phrase("claimed", language, claim.deadline))
    return f"{told} ({', '.join(said)})" if said else told


def _promised(one: Recorded, claim: Claim, language: str) -> str:
    """What became of the deadline; where the claim is overtaken already, what is in force."""
    before, after = (held.deadline if held else None for held in _held(one, claim))
    if move := _move(one, claim):
        overtaken = after and after.period.end != move.moved_to
        return _moved(move, language) + (_in_force(after, language) if overtaken else "")
    if after and after != before:
        if before is None:
            return _phrase("set", language, after.period)
        return _phrase("refined", language, before.period, after.period)
    if claim.deadline is None:
        return _WORDS[language]["unset"]
    return _without_effect(one, claim.deadline, after, language)


def _without_effect(one: Recorded, period: Period, in_force: Deadline | None, language: str) -> str:
    """A deadline that changed none: there is no entry yet, it holds already, or it is another."""
    if one.after is None and standing(one) == ACCEPTED:
        return _phrase("set", language, period)
    if in_force and period.contains(in_force.period):
        return _phrase("restated", language, period)
    return _phrase("claimed", language, period) + _in_force(in_force, language)


def _entered(one: Recorded, claim: Claim, language: str) -> str:
    before, after = (held.state if held else None for held in _held(one, claim))
    state, of_action = str(claim.values.get("state")), _of_action(one)
    now = label(state, of_action=of_action).within(language)
    if before is None or after != state or before == after:
        return _WORDS[language]["in_state"].format(now)
    was = label(before, of_action=of_action).within(language)
    return _WORDS[language]["from_to"].format(was, now)


def _described(one: Recorded, claim: Claim, language: str) -> str:
    if changed := fields(one, language):
        return _WORDS[language]["changed"].format(changed)
    told = ", ".join(_named(name, language) for name in _FIELDS if name in claim.values)
    return f"{_WORDS[language][DESCRIBED]} ({told})"


def _judged(one: Recorded, claim: Claim, language: str) -> str:
    """The judgement, with what the claim says that it is about."""
    phrase = _WORDS[language][f"judged_{claim.standing}"]
    judged = one.target.claim if one.target else None
    if judged is None:
        return phrase.format(claim.target)
    return phrase.format(_said(judged, language, of_action=_of_action(one)))


def _said(claim: Claim, language: str, *, of_action: bool) -> str:
    """What a claim says, whatever came of it."""
    words = _WORDS[language]
    if claim.kind == DEADLINE:
        period = claim.deadline
        return _phrase("claimed", language, period) if period else words["unset"]
    if claim.kind == STATE:
        told = label(str(claim.values.get("state")), of_action=of_action)
        return words["in_state"].format(told.within(language))
    return words.get(claim.kind, claim.kind)


def _erased(_: Recorded, claim: Claim, language: str) -> str:
    return _WORDS[language]["erasure"].format(claim.target)


_TOLD: dict[str, Callable[[Recorded, Claim, str], str]] = {
    ANNOUNCED: _announced,
    DEADLINE: _promised,
    STATE: _entered,
    JUDGED: _judged,
    ERASED: _erased,
}


def _of_action(one: Recorded) -> bool:
    entry = one.after or one.before or one.entry
    return entry is not None and entry.type == "action"


def _held(one: Recorded, claim: Claim) -> Iterator[Held | None]:
    """Before and after: the part that a claim is about, else the whole."""
    for entry in (one.before, one.after):
        parts = entry.parts if entry else ()
        yield next((part for part in parts if part.key == claim.part), entry)


def _move(one: Recorded, claim: Claim) -> Move | None:
    """The move that a claim made, if it made one."""
    before, after = _held(one, claim)
    made = (claim.text, str(claim.published_on), claim.deadline and claim.deadline.end)
    return next(
        (
            move
            for move in reversed(after.moves if after else ())
            if (move.text, move.published_on, move.moved_to) == made
            and move not in (before.moves if before else ())
        ),
        None,
    )


def _moved(move: Move, language: str) -> str:
    start = period_of(move.moved_from)
    if move.moved_to is None or move.days is None:
        return _phrase("withdrawn", language, start)
    key = "earlier" if move.days < 0 else "later"
    return _phrase(
        key, language, start, period_of(move.moved_to), sentences.days(move.days, language)
    )


def _in_force(deadline: Deadline | None, language: str) -> str:
    if deadline is None:
        return ""
    return _WORDS[language]["in_force"].format(spell(deadline.period, language))


def _phrase(
    key: str, language: str, start: Period, end: Period | None = None, count: str = ""
) -> str:
    """A phrase about one period, or about two. French joins a period by its name."""
    told, later = spell(start, language), spell(end or start, language)
    whole = (end or start).precision in ("month", "year")
    of = "du " if start.precision not in ("month", "year") else "d’" if told[0] in "ao" else "de "
    facts = {"start": told, "end": later, "of": of + told, "at": ("à " if whole else "au ") + later}
    return _WORDS[language][key].format(days=count, **facts)


# What stands beside the headline.


def fields(one: Recorded, language: str) -> str:
    """What was described otherwise than before, by name; nothing where nothing was before."""
    before, after = one.before, one.after
    if before is None or after is None:
        return ""
    changed = (name for name in _FIELDS if getattr(before, name) != getattr(after, name))
    return ", ".join(_named(name, language) for name in changed)


def _named(field: str, language: str) -> str:
    return _FIELDS[field][language == "en"]


def rows(one: Recorded, language: str) -> Iterator[Row]:
    """The values that changed: state, deadlines, slip, opening, and where the parts stand."""
    before, after = _values(one.before, language), _values(one.after, language)
    for name, (told, _) in {**before, **after}.items():
        was, now = before.get(name, ("", ""))[1], after.get(name, ("", ""))[1]
        if was != now:
            yield Row(told, was, now)


def _values(entry: Commitment | None, language: str) -> dict[str, tuple[str, str]]:
    """What an entry amounts to, each value with its label; of what it has not, nothing."""
    if entry is None:
        return {}
    words, of_action, slip = _WORDS[language], entry.type == "action", entry.slip_days

    def spelled(held: Deadline | None) -> str:
        return spell(held.period, language) if held else ""

    told = {
        "row_state": label(entry.state, of_action=of_action).within(language),
        "row_deadline": spelled(entry.deadline),
        "row_next": spelled(entry.next_deadline),
        "row_first": spelled(entry.first_deadline),
        "row_slip": "" if slip is None else sentences.days(slip, language),
        "row_opened": sentences.day(entry.opened_on, language) if entry.opened_on else "",
    }
    parts = {
        f"part {part.key}": (
            part.title.within(language) or part.key,
            sentences.state(part, language, of_action=of_action),
        )
        for part in entry.parts
    }
    return {**{name: (words[name], value) for name, value in told.items()}, **parts}


def facts(one: Recorded, context: Context, language: str) -> Iterator[Fact]:
    """What else is known: the judgement, the text, the source, the dates, the place."""
    words, event, claim = _WORDS[language], one.event, _claim(one.event)
    if changed := fields(one, language):
        yield Fact(words["fields"], changed)
    judged, why = standing(one), one.judgement.claim if one.judgement else None
    if judged != ACCEPTED or why:
        reason = f"{words['colon']}{why.reason}" if why and why.reason else ""
        yield Fact(words["standing"], words[judged] + reason)
    about = one.target.claim if one.target else None
    if text := claim.text or (about.text if about else None):
        known = context.texts.get(text)
        nor = f" (NOR {known.nor})" if known and known.nor else ""
        leads = f"{context.base}/api/v1/texts/{quote(text, safe='')}" if known else None
        yield Fact(words["text"], context.title_of(text) + nor, leads)
    yield from _testimony(claim, language)
    place = words["place"].format(event.position, event.hash)
    yield Fact(words["event"], place, address(event.position, context))


def _testimony(claim: Claim, language: str) -> Iterator[Fact]:
    words, source = _WORDS[language], claim.source
    if source and (named := source.title or source.site or source.url):
        site = f" ({source.site})" if source.site and source.site != named else ""
        yield Fact(words["source"], named + site, safe_iri(source.url))
    for key, told in (("published", claim.published_on), ("decided", claim.decided_on)):
        if key == "published" or str(told) != str(claim.published_on):
            yield Fact(words[key], sentences.dating(str(told), language))
    for key, said in (("reason", claim.reason), ("note", claim.note)):
        if said:
            yield Fact(words[key], said)


def address(position: int, context: Context) -> str:
    """Where the log tells an event, with its place in the chain."""
    return f"{context.base}/api/v1/changes?after={position - 1}&limit=1"
