"""The public JSON documents: every key, its name and its shape. Knows no address but its own."""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from typing import Any
from urllib.parse import quote

from app.domain import periods
from app.domain.claims import Internal
from app.domain.codes import HVD_CATEGORIES, THEMES
from app.domain.commitments import (
    Commitment,
    Deadline,
    Move,
    Part,
)
from app.domain.context import Context, Recorded, Snapshot, path
from app.domain.ledger import Claim, Event, content, paris_day, timestamp
from app.domain.passages import Highlights
from app.domain.references import Organization, Text
from app.domain.states import STATES
from app.domain.statistics import Moved
from app.domain.values import Words
from app.formats.language import TERMS, bilingual

Document = dict[str, Any]

VOICES = {
    "html": "html",
    "turtle": "ttl",
    "json_ld": "jsonld",
    "rdf": "rdf",
    "ntriples": "nt",
    "calendar": "ics",
    "atom": "atom",
}
"""The links of a document to its other voices, with the suffix of each."""

OF_ACTIONS = ("html", "calendar", "atom")
UNVERSIONED = ("created", "modified", "version", "links")
"""What every recording changes, and what none does: not told among the values of a change."""


def encode(value: Any) -> bytes:
    """Compact JSON in UTF-8. A lone surrogate is escaped, so that nothing stops an answer."""
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return told.encode("utf-8", "backslashreplace")


def opening(
    commitment: Commitment,
    context: Context,
    *,
    internal: bool = False,
    highlights: Highlights | None = None,
) -> Document:
    """An opening or an action, as on the day of the context; with its internal fields if asked.

    `highlights`: where it holds the words that were sought, if any were.
    """
    section = {"section": commitment.section} if commitment.type == "action" else {}
    described = commitment.described.model_dump(mode="json")
    return {
        "id": commitment.slug,
        "iri": context.iri(commitment),
        "type": commitment.type,
        "rank": commitment.rank,
        **section,
        "announcement": commitment.announcement,
        "steward": _named(commitment.steward, context),
        **described,
        "publisher": _named(described["publisher"], context),
        **(commitment.internal.model_dump(mode="json") if internal else {}),
        **_state(commitment),
        **_deadlines(commitment),
        **_timeliness(commitment, context.day),
        "uncertain": commitment.uncertain,
        "parts": [_part(part, context.day) for part in commitment.parts],
        "created": timestamp(commitment.created),
        "modified": timestamp(commitment.modified),
        "version": commitment.version,
        "links": _links(commitment, context),
        **({"highlights": asdict(highlights)} if highlights else {}),
    }


def _named(organization: str | None, context: Context) -> Document | None:
    if not organization:
        return None
    return {"id": organization, "name": context.name_of(organization).model_dump()}


def _state(commitment: Commitment) -> Document:
    of_action = commitment.type == "action"
    return {
        "state": commitment.state,
        "state_label": label(commitment.state, of_action=of_action).model_dump(),
        "state_since": commitment.state_since.isoformat(),
        "opened_on": _day(commitment.opened_on),
    }


def label(state: str, *, of_action: bool = False) -> Words:
    """A state in words: French has its own for an action. An unknown one goes by its key."""
    if state not in STATES:
        return Words.of(state, state)
    return bilingual(STATES[state].label, context="action" if of_action else "")


def category_label(code: str) -> Words:
    """The label of a category of high-value datasets; only the six have French ones."""
    category = HVD_CATEGORIES[code]
    return bilingual(category.label) if category.top == code else Words.of(None, category.label)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _deadlines(commitment: Commitment) -> Document:
    return {
        "announced_deadline": _deadline(commitment.announced_deadline),
        "deadline": _deadline(commitment.deadline),
        "first_deadline": _deadline(commitment.first_deadline),
        "next_deadline": _deadline(commitment.next_deadline),
        "moves": [_move(move) for move in commitment.moves],
        "postponements": commitment.postponements,
        "slip_days": commitment.slip_days,
    }


def _deadline(deadline: Deadline | None) -> Document | None:
    if deadline is None:
        return None
    return {**periods.to_json(deadline.period), "text": deadline.text}


def _move(move: Move) -> Document:
    return {
        "from": move.moved_from.isoformat(),
        "to": _day(move.moved_to),
        "days": move.days,
        "text": move.text,
        "published_on": move.published_on,
    }


def _timeliness(commitment: Commitment, day: date) -> Document:
    timeliness, days_late = commitment.timing.on(day)
    timeliness_first, days_late_first = commitment.timing_first.on(day)
    return {
        "timeliness": timeliness,
        "days_late": days_late,
        "timeliness_first": timeliness_first,
        "days_late_first": days_late_first,
    }


def _part(part: Part, day: date) -> Document:
    timeliness, days_late = part.timing.on(day)
    return {
        "key": part.key,
        "title": part.title.model_dump(),
        "state": part.state,
        "state_since": part.state_since.isoformat(),
        "opened_on": _day(part.opened_on),
        "deadline": _deadline(part.deadline),
        "first_deadline": _deadline(part.first_deadline),
        "moves": [_move(move) for move in part.moves],
        "slip_days": part.slip_days,
        "timeliness": timeliness,
        "days_late": days_late,
        "uncertain": part.uncertain,
    }


def _links(commitment: Commitment, context: Context) -> dict[str, str | None]:
    """Every voice of an entry, of the same day where one was asked."""
    iri, here = context.iri(commitment), f"{context.base}/api/v1{path(commitment)}"
    dated = context.seen_from
    names = OF_ACTIONS if commitment.type == "action" else VOICES
    return {
        "self": here + dated,
        "events": here + "/events",
        **{name: f"{iri}.{VOICES[name]}{dated}" for name in names},
        "correct": correction(context.contact, commitment.slug),
    }


def correction(contact: str, subject: str) -> str | None:
    """Where to report an error about something: a mail that names it, or a page."""
    if contact.startswith(("https://", "http://")):
        return contact
    address = contact.removeprefix("mailto:")
    if "@" not in address or "?" in address:
        return contact if "@" in address else None
    return f"mailto:{address}?subject={quote(f'Ouvertures : {subject}')}"


# The ledger.


def event(
    event: Event,
    standing: str | None,
    *,
    internal: bool = False,
) -> Document:
    """One event of the ledger. `standing` is the present one of its claim.

    Of an event that is erased or not public, only its place in the chain. `content` is exactly
    what the digest covers, so that a stranger can check the chain.
    """
    claim = event.claim
    told = claim if claim and (internal or is_public(claim)) else None
    return _event(event, told, standing)


def is_public(claim: Claim) -> bool:
    """Whether everyone may read what a claim says."""
    return claim.visibility == "public" and not Internal.model_fields.keys() & claim.values.keys()


def _event(event: Event, claim: Claim | None, standing: str | None) -> Document:
    chain = {
        "position": event.position,
        "hash": event.hash,
        "previous_hash": event.previous_hash,
        "digest": event.digest,
    }
    told = _claim(event, claim, standing) if claim else dict.fromkeys(_TOLD)
    return {**chain, **told}


_TOLD = (
    "salt",
    "commitment",
    "kind",
    "part",
    "values",
    "reason",
    "decided_on",
    "published_on",
    "text",
    "source",
    "confidence",
    "standing",
    "note",
    "target",
    "recorded_at",
    "recorded_by",
    "content",
)
"""The keys of an event that say more than its place in the chain."""


def _claim(event: Event, claim: Claim, standing: str | None) -> Document:
    source = claim.source
    values = (
        event.salt,
        event.commitment,
        event.kind,
        claim.part,
        dict(claim.values),
        claim.reason,
        str(claim.decided_on),
        str(claim.published_on),
        claim.text,
        source and source.model_dump(),
        claim.confidence,
        standing or claim.standing,
        claim.note,
        claim.target,
        timestamp(event.recorded_at),
        event.recorded_by,
        content(claim, event.recorded_at, event.recorded_by),
    )
    return dict(zip(_TOLD, values, strict=True))


def change(recorded: Recorded, context: Context) -> Document:
    """One event of the log, with the title of its entry and the values that it changed.

    Values are those of the day on which it was recorded.

    `before` is null when it began the entry, `after` when it took it away.
    """
    claim = recorded.event.claim
    told = claim if claim and recorded.public and is_public(claim) else None
    day = paris_day(recorded.event.recorded_at)
    context = replace(context, snapshot=Snapshot(day, context.snapshot.position))
    before, after = (
        opening(entry, context) if entry and told else None
        for entry in (recorded.before, recorded.after)
    )
    shown = after or before
    return {
        **_event(recorded.event, told, None),
        "title": shown and shown["title"],
        "before": before and _differing(before, after),
        "after": after and _differing(after, before),
    }


def _differing(values: Document, others: Document | None) -> Document:
    return {
        name: value
        for name, value in values.items()
        if name not in UNVERSIONED and (others is None or value != others[name])
    }


# What entries refer to.


def register(context: Context) -> Document:
    """What the answer holds for: the head of the ledger, and the day."""
    return {
        "position": context.head.position,
        "hash": context.head.hash,
        "as_of": context.day.isoformat(),
    }


def organization(organization: Organization) -> Document:
    """Who promises, or opens."""
    return {
        "id": organization.slug,
        "name": organization.name.model_dump(),
        "part_of": organization.part_of,
    }


def text(text: Text, moved: Iterable[Moved], context: Context) -> Document:
    """A legal or official text, and what it moved."""
    return {
        "id": text.id,
        "title": text.title,
        "nor": text.nor,
        "signed_on": text.signed_on,
        "published_on": text.published_on,
        "moved": [
            {
                "commitment": one.slug,
                "iri": context.iri(one),
                "part": one.part,
                **_move(one.move),
            }
            for one in moved
        ],
    }


def vocabularies() -> Document:
    """The words that documents use: keys, labels and meanings."""
    words: dict[str, list[Document]] = {
        name: [
            {
                "key": key,
                "label": bilingual(term.label).model_dump(),
                "meaning": bilingual(term.meaning).model_dump(),
            }
            for key, term in terms.items()
        ]
        for name, terms in TERMS.items()
    }
    for row in words["states"]:
        row["label_action"] = label(row["key"], of_action=True).model_dump()
    return {
        **words,
        "themes": [
            {"key": key, "label": bilingual(name).model_dump()} for key, name in THEMES.items()
        ],
        "hvd_categories": [
            {"key": key, "label": category_label(key).model_dump(), "top": category.top}
            for key, category in HVD_CATEGORIES.items()
        ],
    }
