"""The public JSON documents: every key, its name and its shape. Knows no address but its own."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import date
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from pydantic_core import to_json

from app.domain import periods
from app.domain.access import Act, Key, Member, Proposal
from app.domain.claims import Internal
from app.domain.commitments import Commitment, Timing, by_first
from app.domain.comparison import ERROR, OUTCOMES, WARNING, Finding, Outcome, Report
from app.domain.context import Context, Recorded, Snapshot
from app.domain.ledger import Claim, Event, content, paris_day, timestamp
from app.domain.references import Head, Organization, Programme, Text
from app.domain.rows import UNDESCRIBED, EntryRow, own_of, plain, plain_of, row_of, timing
from app.domain.states import STATES
from app.domain.statistics import Moved, Row, Statistics, TextRow, moves_of
from app.domain.values import HVD_CATEGORIES, THEMES, Words
from app.formats.language import TERMS, bilingual, say

Document = dict[str, Any]

FORMAT_LINKS = {
    "html": "html",
    "turtle": "ttl",
    "json_ld": "jsonld",
    "rdf": "rdf",
    "ntriples": "nt",
    "calendar": "ics",
    "atom": "atom",
}
"""The links of a document to its other formats, with the suffix of each."""

OF_ACTIONS = ("html", "calendar", "atom")
UNVERSIONED = ("created", "modified", "version", "links", "openings")
"""What every recording changes, what none does, and what others do: no values of a change."""


def encode(value: Any) -> bytes:
    """Compact JSON in UTF-8. A lone surrogate is escaped, so that nothing stops an answer."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


# Openings and actions.


def opening(entry: Commitment | EntryRow, context: Context, *, internal: bool = False) -> Document:
    """An opening or an action, as on the day of the context; with its internal fields if asked."""
    row = row_of(entry) if isinstance(entry, Commitment) else entry
    hidden = row.internal if internal else {}
    links = _links(row.slug, row.type == "action", *_around(context))
    return {**values(row, context), "links": links, **hidden}


def values(row: EntryRow, context: Context) -> Document:
    """The same without its links."""
    described = {**UNDESCRIBED, **own_of(row.described)}
    return {**_who(row, context), **described, **_what(row.bare, context.day), **_when(row)}


def spelt(row: EntryRow, context: Context, more: Document | None = None) -> bytes:
    """The same with `more`, in UTF-8: stored JSON is spliced in, and what recurs is kept."""
    who, when = to_json(_who(row, context))[:-1], to_json(_when(row))[1:-1]
    described, usual = row.described[1:-1].encode(), _undescribed(*own_of(row.described))
    what = _what_in_json(row.bare, context.day)
    links = row.slug.encode().join(_linked(row.type == "action", *_around(context)))
    known = b",".join(filter(None, (who, described, usual, what, when, links)))
    return b"%b,%b" % (known, to_json(more)[1:]) if more else known + b"}"


def _who(row: EntryRow, context: Context) -> Document:
    """What an entry is, and whose."""
    known = {
        "id": row.slug,
        "iri": context.iri(row),
        "type": row.type,
        "programme": row.programme,
        "rank": row.rank,
        "announcement": row.announcement,
        "steward": _named(row.steward, context),
        "publisher": _named(row.publisher, context),
        "action": row.action,
    }
    if row.type == "action":
        known |= {"section": row.record.get("section"), "openings": openings(row, context)}
    return known


@lru_cache(1_000)
def _what(row: EntryRow, day: date) -> Document:
    """What came of an entry by the day."""
    now, first = row.timings
    return {
        "state": row.state,
        "state_label": label(row.state, of_action=row.type == "action").model_dump(),
        **row.course,
        "slip_days": row.slip,
        "moves": row.moves.get("", []),
        **_timeliness(now, day),
        **_timeliness(by_first(now, first, day), day, "_first"),
        "parts": [_part(part, row, day) for part in row.record.get("parts", ())],
    }


@lru_cache(1_000)
def _what_in_json(row: EntryRow, day: date) -> bytes:
    return to_json(_what(row, day))[1:-1]


def _when(row: EntryRow) -> Document:
    """When an entry was recorded."""
    times = {"created": timestamp(row.created), "modified": timestamp(row.modified)}
    return {**times, "version": row.version}


@lru_cache(1_000)
def _undescribed(*own: str) -> bytes:
    """The described fields that an entry without others than these lacks, as JSON."""
    return to_json({name: value for name, value in UNDESCRIBED.items() if name not in own})[1:-1]


def openings(action: EntryRow, context: Context) -> dict[str, int]:
    """How many openings carry out an action, and how many of them are open."""
    return _carried(context.openings.get(action.slug, {}))


def _carried(counts: Mapping[str, int]) -> dict[str, int]:
    """How many there are of these states, and how many of them are open."""
    in_part, whole = counts.get("partially_available", 0), counts.get("available", 0)
    return {"total": sum(counts.values()), "open": whole, "open_in_part": in_part}


def _named(organization: str | None, context: Context) -> Document | None:
    return _with_name(organization, context.name_of(organization)) if organization else None


@lru_cache(1_000)
def _with_name(organization: str, name: Words) -> Document:
    return {"id": organization, "name": name.model_dump()}


@cache
def label(state: str, *, of_action: bool = False) -> Words:
    """A state in words: French has its own for an action."""
    return bilingual(STATES[state].label, context="action" if of_action else "")


def category_label(code: str) -> Words:
    """The label of a category of high-value datasets; only the six have French ones."""
    category = HVD_CATEGORIES[code]
    return bilingual(category.label) if category.top == code else Words.of(None, category.label)


def _timeliness(timing: Timing, day: date, suffix: str = "") -> Document:
    timeliness, days_late = timing.on(day)
    return {f"timeliness{suffix}": timeliness, f"days_late{suffix}": days_late}


def _part(part: Document, row: EntryRow, day: date) -> Document:
    known = {name: value for name, value in part.items() if name != "timings"}
    verdict = _timeliness(timing(*part["timings"][0]), day)
    return {**known, "moves": row.moves.get(part["key"], []), **verdict}


def _around(context: Context) -> tuple[str, str, str, str]:
    """What the links of every entry have in common."""
    return context.base, context.contact, context.seen_from, context.permanent_query


def _links(
    slug: str, of_action: bool, base: str, contact: str, dated: str, kept: str
) -> dict[str, str | None]:
    """Every format of an entry, of the same day where one was asked."""
    path = f"/{'actions' if of_action else 'openings'}/{slug}"
    here, iri = f"{base}/api/v1{path}", base + path
    names = OF_ACTIONS if of_action else FORMAT_LINKS
    return {
        "self": here + dated,
        "events": here + "/events",
        **{name: f"{iri}.{FORMAT_LINKS[name]}{dated}" for name in names},
        "cite": iri + kept,
        "correct": correction(contact, slug),
    }


_SLUG = "0-slug-0"
"""Stands for a slug where links are made ready: of letters that no address spells otherwise."""


@lru_cache(256)
def _linked(of_action: bool, *around: str) -> list[bytes]:
    """The links of an entry in JSON: what is before, between and behind its slug."""
    links = {"links": _links(_SLUG, of_action, *around)}
    return to_json(links)[1:-1].split(_SLUG.encode())


def correction(contact: str, subject: str) -> str | None:
    """Where to report an error about something: a mail that names it, or a page."""
    if contact.startswith(("https://", "http://")):
        return contact
    address = contact.removeprefix("mailto:")
    if "@" not in address or "?" in address:
        return contact if "@" in address else None
    return f"mailto:{address}?subject={_SUBJECT}{quote(subject)}"


_SUBJECT = quote("Ouvertures : ")


# The ledger.

_CHAIN = ("position", "hash", "previous_hash", "digest")
_EVENT = (
    *("salt", "commitment", "subject", "kind", "part", "values", "reason", "decided_on"),
    *("published_on", "text", "source", "confidence", "standing", "note", "target"),
    *("recorded_at", "recorded_by", "content"),
)
"""The keys of an event that say more than its place in the chain."""


def event(event: Event, standing: str | None, *, internal: bool = False) -> Document:
    """One event of the ledger. `standing` is the present one of its claim.

    Of an event that is erased or not public, only its place in the chain. `content` is exactly
    what the digest covers, so that a stranger can check the chain.
    """
    chain, claim = plain_of(event, *_CHAIN), event.claim
    if claim is None or not (internal or is_public(claim)):
        return {**chain, **dict.fromkeys(_EVENT)}
    covered = content(claim, event.recorded_at, event.recorded_by)
    values = {
        **covered,
        "commitment": event.commitment or None,
        "salt": event.salt,
        "values": dict(claim.values),
        "source": claim.source and claim.source.model_dump(),
        "standing": standing or claim.standing,
        "content": covered,
    }
    return {**chain, **{name: values.get(name) for name in _EVENT}}


def is_public(claim: Claim) -> bool:
    """Whether everyone may read what a claim says."""
    return claim.visibility == "public" and not Internal.model_fields.keys() & claim.values.keys()


def change(recorded: Recorded, context: Context) -> Document:
    """One event of the log, with the title of its entry and the values that it changed.

    Values are those of the day on which it was recorded. `before` is null when it began the
    entry, `after` when it took it away.
    """
    claim = recorded.event.claim
    public = recorded.public and claim is not None and is_public(claim)
    day = paris_day(recorded.event.recorded_at)
    context = replace(context, snapshot=Snapshot(day, context.snapshot.position))
    before, after = (
        opening(entry, context) if entry and public else None
        for entry in (recorded.before, recorded.after)
    )
    shown = after or before
    return {
        **event(recorded.event if public else replace(recorded.event, claim=None), None),
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


def compared(
    before: Commitment | None, after: Commitment | None, earlier: Context, later: Context
) -> tuple[Document | None, Document | None]:
    """One entry at two snapshots; None where it was not there yet, or is no more."""
    first = opening(before, earlier) if before else None
    second = opening(after, later) if after else None
    if first and second:
        for name in ("", "_first"):
            # That one more day has passed is no news.
            if first[f"timeliness{name}"] == second[f"timeliness{name}"] == "overdue":
                first[f"days_late{name}"] = second[f"days_late{name}"]
    return first, second


def difference(
    before: Commitment | None,
    after: Commitment | None,
    events: Iterable[Event],
    earlier: Context,
    later: Context,
) -> Document:
    """What differs of one entry, how its deadlines moved between, and which events say so."""
    first, second = compared(before, after, earlier, later)
    old, new = (
        list(moves_of(entry.slug, entry.type, entry.moves, entry.parts)) if entry else []
        for entry in (before, after)
    )
    return {
        **{name: (second or first or {}).get(name) for name in ("id", "iri", "type", "title")},
        "before": first and _differing(first, second),
        "after": second and _differing(second, first),
        "moves": [{"part": by.part, **plain(by.move)} for by in new if by not in old],
        "events": [event(row, None) for row in events if row.claim and is_public(row.claim)],
    }


def course(
    entry: Commitment, days: Iterable[date], events: Iterable[Event], context: Context
) -> Document:
    """When an entry changed: the days, and the positions of its events, each with its address."""
    iri = context.iri(entry)
    return {
        "id": entry.slug,
        "iri": iri,
        "days": [{"as_of": str(day), "address": f"{iri}?as_of={day}"} for day in days],
        "positions": [
            {
                "at": row.position,
                "recorded_at": timestamp(row.recorded_at),
                "address": f"{iri}?at={row.position}",
            }
            for row in events
        ],
        "register": register(context),
    }


# What entries refer to.


def register(context: Context) -> Document:
    """What the answer holds for: the head of the ledger, and the day."""
    return {**_head(context.head), "as_of": context.day.isoformat()}


def _head(head: Head) -> Document:
    return {"position": head.position, "hash": head.hash}


def organization(organization: Organization) -> Document:
    """Who promises, or opens."""
    return {"id": organization.slug, **plain_of(organization, "name", "part_of")}


def text(text: Text, moved: Iterable[Moved], context: Context) -> Document:
    """A legal or official text, and what it moved."""
    moves = [_moved(by, context) for by in moved]
    values = asdict(text)
    del values["corrected_at"]
    return {**values, "moved": moves}


def annexed(programme: Programme, context: Context) -> list[tuple[str, str]]:
    """What asks for its official table: as its text published it, where that is known."""
    asked = [("programme", programme.id), ("layout", "official")]
    text = context.texts.get(programme.text or "")
    if text and text.published_on:
        published = min(periods.read_dating(text.published_on).last, context.day)
        return [*asked, ("as_of", published.isoformat())]
    return asked + parse_qsl(context.seen_from.removeprefix("?"))


def programme(
    programme: Programme, openings: Mapping[str, int], actions: Mapping[str, int], context: Context
) -> Document:
    """A programme, with how many openings and actions it has of each state."""
    values = plain_of(programme, "id", "title", "start", "end", "text", "annexes")
    asked = f"?programme={programme.id}{context.seen_from.replace('?', '&')}"
    here = f"programmes/{programme.id}{context.seen_from}"
    return {
        **values,
        "iri": f"{context.base}/programmes/{programme.id}",
        "ministry": _named(programme.ministry, context),
        "openings": _carried(openings),
        "actions": _carried(actions),
        "links": {
            "self": f"{context.base}/api/v1/{here}",
            "html": f"{context.base}/{here}",
            "annex": f"{context.base}/openings.csv?{urlencode(annexed(programme, context))}",
            **{name: f"{context.base}/{path}{asked}" for name, path in OF_PROGRAMME.items()},
        },
    }


OF_PROGRAMME = {
    "openings": "api/v1/openings",
    "actions": "api/v1/actions",
    "statistics": "api/v1/statistics",
    "calendar": "openings.ics",
    "atom": "openings.atom",
    "catalogue": "catalog.ttl",
}
"""Where the entries of a programme are, by the name of the link."""


def moves(entry: Commitment, context: Context, texts: Collection[str] = ()) -> Iterator[Document]:
    """Each move of the deadlines of an entry, once: of the whole, or of the part it is about.

    `texts`: those that moved them, if not all.
    """
    for by in moves_of(entry.slug, entry.type, entry.moves, entry.parts):
        if not texts or by.move.text in texts:
            yield move(by, entry, context)


def move(by: Moved, entry: Commitment, context: Context) -> Document:
    """A move of a deadline of an entry."""
    return {
        **_moved(by, context),
        "text_title": by.move.text and context.title_of(by.move.text),
        "type": entry.type,
        "title": plain(entry.described.title),
        "publisher": _named(entry.described.publisher, context),
    }


def _moved(by: Moved, context: Context) -> Document:
    return {"commitment": by.slug, "iri": context.iri(by), "part": by.part, **plain(by.move)}


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


# Statistics.


def statistics(counted: Statistics, context: Context) -> Document:
    """A row for each group, and one for all of them together."""
    return {
        "by": counted.by,
        "data": [figures(row, counted.by, context) for row in counted.rows],
        "overall": figures(counted.overall, counted.by, context),
        "register": register(context),
    }


def figures(row: Row | TextRow, by: str, context: Context) -> Document:
    """One row of statistics."""
    group = row.group
    if isinstance(row, TextRow):
        counts = ("entries", "parts", "moves", "later", "earlier", "withdrawn")
        address = f"{context.base}/api/v1/texts/{quote(group or '', safe='')}{context.seen_from}"
        return {
            "group": group,
            "title": group and context.title_of(group),
            **plain_of(row, *counts),
            "days": asdict(row.days),
            "details": group and address,
        }
    verdicts = {}
    for suffix, against in (("", row.in_force), ("_first", row.first)):
        for name in ("timeliness", "opened_on_time", "on_time_rate", "days_late"):
            verdicts[name + suffix] = plain(getattr(against, name))
    return {
        "group": group,
        "name": _group_name(group, by, context).model_dump(),
        **plain_of(row, "entries", "uncertain", "restricted"),
        **verdicts,
        **plain_of(row, "postponed", "postponed_rate", "moves", "postponements"),
        "slip_days": plain(row.slip),
        "slip_days_postponed": plain(row.slip_postponed),
    }


def _group_name(group: str | None, by: str, context: Context) -> Words:
    """What a group is called: an organisation by its name, a programme, a type by its label."""
    if group is not None and by in ("publisher", "programme"):
        return context.name_of(group) if by == "publisher" else context.programme_of(group)
    term = TERMS["types"].get(group or "")
    return bilingual(term.label) if term else Words()


# Teams.


def managed(record: Key | Member | Act) -> Document:
    """What is kept of a key, a member or an act, but what opens."""
    return plain_of(record, *(row.name for row in fields(record) if row.name != "digest"))


def proposal(proposal: Proposal) -> Document:
    """What waits for a validator: between which organisations, and what would be done."""
    hidden = ("body", "expected", "proposed_key", "decided_key")
    names = [row.name for row in fields(proposal) if row.name not in hidden]
    return {**plain_of(proposal, *names), "body": json.loads(proposal.body)}


# Imports.


def import_report(report: Report, head: Head, language: str, *, rehearsed: bool) -> Document:
    """What an import does, or would do. `head` is the last event of the register after it."""
    publication = report.publication
    table = ("format", "encoding", "delimiter", "sheet", "heading_row", "rows")
    return {
        "dry_run": rehearsed,
        "file": plain_of(report.table, *table),
        "published_on": str(publication.published_on),
        "compared_on": report.day.isoformat(),
        "text": publication.text,
        "source": publication.source and publication.source.model_dump(),
        "counts": counts(report),
        "findings": [finding(row, language) for row in report.findings],
        "rows": [_outcome(outcome) for outcome in report.outcomes],
        "missing": [
            {"id": entry.slug, "title": entry.described.title.within("fr"), "state": entry.state}
            for entry in report.missing
        ],
        "register": _head(head),
    }


def counts(report: Report) -> dict[str, int]:
    """How many rows have each outcome, and what comes of them."""
    severities = [finding.severity for finding in report.findings]
    return {
        **{kind: report.count(kind) for kind in OUTCOMES},
        "missing": len(report.missing),
        "claims": len(report.claims),
        "errors": severities.count(ERROR),
        "warnings": severities.count(WARNING),
    }


def finding(finding: Finding, language: str) -> Document:
    """What is wrong with a table, and where, in the language of the reader."""
    facts = {name: _term(name, fact, language) for name, fact in finding.why.facts.items()}
    message = say(language, finding.why.sentence, **facts)
    return {**plain_of(finding, "severity", "code", "row", "column"), "message": message}


_TERMED = dict.fromkeys(("state", "current", "wanted", "allowed"), "states")
_TERMED |= {"type": "types", "announcement": "announcements"}
"""The facts of findings that are terms, by the vocabulary that has them."""


def _term(name: str, fact: Any, language: str) -> Any:
    """A fact as readers know it: a term by its label, a period as it is spelt."""
    if name == "label" and isinstance(fact, str):
        return periods.spell(periods.parse(fact), language) or fact
    if name in _TERMED and isinstance(fact, list | tuple):
        return [_term(name, each, language) for each in fact]
    term = TERMS[_TERMED[name]].get(fact) if name in _TERMED else None
    return say(language, term.label) if term else fact


def _outcome(outcome: Outcome) -> Document:
    """What becomes of a row: what a table can change of its entry, before and after."""
    names = ("state", "announced_deadline", "deadline", "postponements", "slip_days")
    before, after = (entry and plain_of(entry, *names) for entry in (outcome.before, outcome.after))
    return {
        "row": outcome.line.row,
        "title": outcome.line.title,
        "outcome": outcome.kind,
        "id": outcome.slug,
        "before": before,
        "after": after,
    }
