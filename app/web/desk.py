"""The desk, where a team works without a program: it signs in, reports, corrects and imports.

Every page is a form that works by itself; what it does is done by the use cases of the API.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import APIRouter, Response

from app.domain.access import (
    ANNOUNCE,
    CHANGE,
    CORRECT,
    DECIDE,
    Actor,
    Proposal,
    may,
    opener,
    waits_for,
)
from app.domain.claims import CLAIMS, OPENING_TYPES, RETRACTED, TYPES, WHERE, Change
from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.errors import Contradiction, Forbidden, Invalid, Missing, Stale, Unfit, Unimportable
from app.domain.ledger import Claim, Event
from app.domain.search import Search
from app.formats import changes
from app.formats.document import finding
from app.formats.sentences import Sentences
from app.register.importing import Importing, Submission
from app.register.reading import Entry
from app.register.recording import Written
from app.register.writing import Writing, rehearse
from app.web import charts, digest, forms
from app.web.forms import Sent
from app.web.rendering import DESK
from app.web.visits import Act, Visit, answer, arrive, depart, enter, lead, leave, page, signed_in

B = TypeVar("B")
MOST_ENTRIES = 100
MOST_ROWS = 500
"""How many rows of a report are shown."""
MOST_TEXTS = 200
"""How many texts are offered in a list, the latest first; others are named by their title."""
TO_DO = ("late", "part", "doubt", "wait")
"""The groups of entries of which something is awaited, the most pressing first."""

# My entries.


def _home(visit: Visit) -> Response:
    """The entries of an organisation: what is late or due first."""
    actor, names = visit.actor, visit.register.present(texts=True)
    entries, more = _own(visit)
    groups = digest.grouped(sorted(entries, key=digest.due), names.day)
    by_name = {entry.slug: entry for entry in entries}
    published, proposed = (visit.sent.get(name, "") for name in ("published", "proposed"))
    return answer(
        visit,
        "home",
        names,
        awaited=[(key, entry) for key in TO_DO for entry in groups.get(key, ())],
        others=[(key, groups[key]) for key in ("open", "none") if key in groups],
        late=len(groups.get("late", ())),
        soon=sum(entry.timing.on(names.day)[0] == "due_soon" for entry in entries),
        more=more,
        imported=number_in(visit.sent.get("imported")),
        published=by_name.get(published),
        proposed=by_name.get(proposed),
        waits=bool(proposed),
        waiting=sum(decides(actor, each) for each in visit.teams.proposals(actor)),
    )


def decides(actor: Actor, proposal: Proposal) -> bool:
    """Whether somebody may accept what was proposed: not whoever proposed it."""
    return may(actor, DECIDE, proposal) and actor.key != proposal.proposed_key


def _own(visit: Visit) -> tuple[list[Commitment], bool]:
    """The entries that an organisation publishes or answers for, and whether there are more.

    An operator who searches is shown those of everyone.
    """
    asked = Search(
        type=TYPES, q=visit.sent.get("q", "")[:200], page_size=MOST_ENTRIES, sort="deadline"
    )
    own = (visit.actor.organization or "",)
    roles: list[dict[str, Any]] = [{"publisher": own}, {"steward": own}]
    if visit.actor.operates and asked.q:
        roles = [{}]
    pages = [visit.register.find(replace(asked, **role), visit.actor) for role in roles]
    entries = {entry.slug: entry for page in pages for entry in page.entries}
    return list(entries.values()), any(page.more for page in pages)


# What is changed: a form, then before and after, then it is published.


def _entry(visit: Visit) -> Entry:
    """The entry that a form is about. Raises Missing, or Forbidden for one of others."""
    slug = visit.sent.get("entry", "")
    entry = visit.register.get(slug, visit.actor)
    if not entry.sees_internal:
        raise Forbidden("change", slug)
    return entry


def _named(entry: Entry, visit: Visit) -> Context:
    """The context of an entry, with every name that a form may ask for."""
    names = visit.register.present(texts=True)
    texts = {**names.texts, **entry.context.texts}
    return replace(entry.context, texts=texts, organizations=names.organizations)


def _texts(context: Context, entry: Commitment) -> list[str]:
    """The texts to choose from: those by which the entry is judged, then the latest."""
    own = [entry.deadline, entry.first_deadline, *entry.moves]
    cited = [row.text for row in own if row and row.text]
    return [*dict.fromkeys([*cited, *_latest(context)])][:MOST_TEXTS]


def _latest(names: Context) -> list[str]:
    """The texts that were published last, the latest first."""
    latest = sorted(names.texts.values(), key=lambda text: text.published_on or "", reverse=True)
    return [text.id for text in latest][:MOST_TEXTS]


def _programmes(visit: Visit, names: Context) -> dict[str, str]:
    """The programmes that something may belong to, by their titles."""
    plans = names.programmes.items()
    return {key: plan.title.within(visit.language) for key, plan in plans if plan.ministry}


def _form(visit: Visit, entry: Entry, first: Sent, **values: Any) -> Response:
    """The form of a page about an entry, as it was typed so far."""
    context, commitment = _named(entry, visit), entry.commitment
    visit = replace(visit, sent={**first, **visit.sent})
    return answer(
        visit,
        visit.name,
        context,
        say=Sentences(visit.language, context, commitment.type == "action"),
        entry=commitment,
        texts=_texts(context, commitment),
        **values,
    )


def _decide(
    visit: Visit,
    entry: Entry | None,
    show: Act,
    first: Sent,
    read: Callable[[], B],
    act: Callable[[Writing, B, int], Written],
) -> Response:
    """Show what a change would make of an entry, or carry it out, or say what is wrong with it.

    One that was made on another version is shown beside what came meanwhile. Without an entry, it
    is the one that the change begins. `read` gives the body of the change, `act` carries it out.
    """
    version, doing = number_in(visit.sent.get("version")), visit.sent.get("do")
    current = entry.commitment.version if entry else 0
    since: Sequence[Event] = ()
    if doing == "edit":
        return show(visit)
    try:
        body = read()
        if doing == "publish" and version == current:
            written = act(visit.writing, body, version)
            came = "proposed" if written.proposal else "published"
            return lead(visit, "home", **{came: written.slug})
        if entry and version != current:
            since = _since(visit, entry, version)
            visit = visit.saying({"version": str(current)})
        slug = entry.commitment.slug if entry else None
        after = rehearse(
            visit.register, slug, visit.actor, lambda writing: act(writing, body, current)
        )
    except (Invalid, Contradiction, Forbidden) as refusal:
        visit.faults.of(refusal, {**first, **visit.sent})
    else:
        return preview(visit, entry, after, since, waits=_waits(visit, entry, after))
    return show(visit)


def _waits(visit: Visit, entry: Entry | None, after: Entry) -> bool:
    """Whether somebody has to accept it first: of its organisation, or of one that it brings in."""
    before, now = (
        {opener(each.commitment), each.commitment.steward} if each else set()
        for each in (entry, after)
    )
    action = CORRECT if visit.name == "correct" else CHANGE if entry else ANNOUNCE
    thing, slug = after.commitment, after.commitment.slug
    return waits_for(visit.actor, action, thing, slug, *(before ^ now)) is not None


def number_in(text: str | None) -> int:
    """A version; none, where it is no number."""
    return int(text) if text and text.isdecimal() and len(text) < 17 else 0


def _since(visit: Visit, entry: Entry, version: int) -> list[Event]:
    """What was recorded about an entry since a version."""
    events = visit.register.events(entry.commitment.slug, visit.actor).events
    return [event for event in events if event.position > version and event.claim]


def preview(
    visit: Visit, entry: Entry | None, after: Entry, since: Sequence[Event] = (), **values: Any
) -> Response:
    """Before and after: what the public reads, and would read."""
    sides, day = [each.commitment for each in (entry, after) if each], after.context.day
    context = replace(_named(after, visit), head=visit.register.present().head)
    say = Sentences(visit.language, context, sides[0].type == "action")
    kept = {name: value for name, value in visit.sent.items() if name not in ("seal", "do")}
    axis = charts.scale(
        [record for side in sides for record in charts.lines(side)], day, charts.CLOSE
    )
    return answer(
        visit,
        "preview",
        context,
        say=say,
        entry=sides[0],
        sides=[(side, charts.drawing(side, axis, day, say)) for side in sides],
        rows=list(_rows(entry.commitment if entry else None, after.commitment, say)),
        recorded=entry is None or entry.commitment.version != after.commitment.version,
        since=since,
        action=DESK[visit.name][visit.language],
        status=412 if since else 200,
        **charts.frame(axis, day, say),
        **{"kept": kept, "proposal": None, "waits": False, **values},
    )


def _rows(before: Commitment | None, after: Commitment, say: Sentences) -> Iterator[changes.Row]:
    """Every value that differs, in the words of the forms."""
    yield from changes.rows(before, after, say)
    first, second = (forms.described(side.described if side else None) for side in (before, after))
    for row in {**first, **second}:
        was, now = (say.word(fields.get(row, "")) for fields in (first, second))
        if was != now and row.kind != "hidden":
            yield changes.Row(row.labelled(say), was, now)


# Announce an opening.


def _first_announcement(visit: Visit) -> dict[str, str]:
    """What the form of a new opening says at first."""
    fields = (row.name for row in forms.described(None))
    first = {"type": TYPES[0], "publisher": visit.actor.organization or "", "state": "planned"}
    return {**forms.blank("deadline", "steward", "programme", *fields), **first}


def _announce(visit: Visit) -> Response:
    """The form that announces an opening."""
    names, fields = visit.register.present(texts=True), [*forms.described(None)]
    number = [row.name for row in fields].index("publisher") + 1
    visit = replace(visit, sent={**_first_announcement(visit), **visit.sent})
    return answer(
        visit,
        "announce",
        names,
        inputs=fields[:number],
        others=fields[number:],
        types=OPENING_TYPES,
        texts=_latest(names),
        programmes=_programmes(visit, names),
        opened=any(visit.sent[row.name] for row in fields[number:]),
    )


def _announced(visit: Visit) -> Response:
    """What a new opening comes to."""
    first = _first_announcement(visit)
    return _decide(
        visit,
        None,
        _announce,
        first,
        lambda: forms.announcement(visit.sent, first),
        lambda writing, body, _: writing.announce(body, visit.actor),
    )


# Change an entry: report an opening, move a deadline, describe.


def _moved(visit: Visit, first: Sent) -> Change:
    """The deadline that a form moves."""
    return forms.move(visit.sent, first, visit.register.present(texts=True).texts)


CHANGES: dict[str, tuple[Callable[[Commitment], Sent], Callable[[Visit, Sent], Change]]] = {
    "report": (
        # Where people find it, a part does not say.
        lambda entry: {
            "state": "available",
            **({} if entry.parts else {WHERE: entry.value(WHERE) or ""}),
        },
        lambda visit, first: forms.report(visit.sent, first),
    ),
    "move": (lambda _: {"deadline": "", "withdrawn": ""}, _moved),
    "describe": (
        lambda entry: forms.texts(forms.described(entry.described)),
        lambda visit, first: forms.change(visit.sent, first),
    ),
}
"""The pages that change an entry: what each form says at first, and what it asks for."""


def _first(visit: Visit, entry: Commitment) -> Sent:
    """What a form says at first: it is about the first part that is still awaited."""
    parts = [part.key for part in entry.parts if part.state != "available"]
    about = {"part": next(iter(parts), ""), "version": str(entry.version)}
    return {**forms.blank(), **about, **CHANGES[visit.name][0](entry)}


def _change(visit: Visit) -> Response:
    """A form that changes an entry."""
    entry = _entry(visit)
    first, known = _first(visit, entry.commitment), forms.described(entry.commitment.described)
    return _form(visit, entry, first, where=WHERE, inputs=known)


def _changed(visit: Visit) -> Response:
    """What a form that changes an entry comes to."""
    entry = _entry(visit)
    first = _first(visit, entry.commitment)
    visit = visit.saying(_meanwhile(visit, entry))
    slug = entry.commitment.slug
    try:
        return _decide(
            visit,
            entry,
            _change,
            first,
            lambda: CHANGES[visit.name][1](visit, first),
            lambda writing, body, version: writing.change(
                slug, body, frozenset({version}), visit.actor
            ),
        )
    except Stale:
        return _changed(visit)


def _meanwhile(visit: Visit, entry: Entry) -> Sent:
    """What stands now of what a form says as it did at first, where colleagues changed it since."""
    version, slug = number_in(visit.sent.get("version")), entry.commitment.slug
    if not 0 < version < entry.commitment.version:
        return {}
    try:
        known = visit.register.get(slug, visit.actor, at=version)
    except Missing:
        return {}
    before, now = (CHANGES[visit.name][0](each.commitment) for each in (known, entry))
    return forms.untyped(visit.sent, before, now)


# Correct a claim.


def _claims(visit: Visit) -> Response:
    """The claims about an entry that stand, the latest first, each with what corrects it."""
    entry = _entry(visit)
    standing = [event for event in _standing(visit, entry) if event.claim]
    return _form(replace(visit, name="claims"), entry, {}, events=standing[::-1])


def _standing(visit: Visit, entry: Entry) -> list[Event]:
    """The claims about an entry that are not retracted, in order of position."""
    ledger = visit.register.events(entry.commitment.slug, visit.actor)
    judged = ledger.standings
    return [
        event
        for event in ledger.events
        if event.kind in CLAIMS and judged.get(event.position) != RETRACTED
    ]


def _claim(visit: Visit, entry: Entry) -> Claim:
    """The claim that a form corrects. Raises Missing."""
    position = visit.sent.get("claim", "")
    events = [each for each in _standing(visit, entry) if str(each.position) == position]
    if not events or events[0].claim is None:
        raise Missing("claim", position[:20])
    return events[0].claim


def _correct(visit: Visit) -> Response:
    """The form that corrects a claim."""
    entry = _entry(visit)
    claim = _claim(visit, entry)
    first = {**forms.of_claim(claim), "version": str(entry.commitment.version)}
    return _form(visit, entry, first, claim=claim, inputs=forms.correctable(claim))


_UNTYPED = ("seal", "do", "entry", "claim", "version", forms.KNOWN)


def _corrected(visit: Visit) -> Response:
    """What a correction comes to."""
    entry, position = _entry(visit), number_in(visit.sent.get("claim"))
    try:
        first = forms.of_claim(_claim(visit, entry))
    except Missing:
        if all(event.position != position for event in _since(visit, entry, 0)):
            raise
        seen = (name for name in visit.sent if not name.endswith(_UNTYPED))
        why = Unfit(
            "A colleague has corrected or retracted this claim meanwhile: below is what stands "
            "now. You had typed: {typed}.",
            typed=list(filter(None, map(visit.sent.get, seen))),
        )
        visit.faults.note("", why)
        return _claims(visit)
    return _decide(
        visit,
        entry,
        _correct,
        first,
        lambda: forms.change(visit.sent, first),
        lambda writing, body, _: writing.correct(position, body, visit.actor),
    )


# Hand in a table.


def _table(visit: Visit, status: int | None = None, **report: Any) -> Response:
    """The form that hands in an official table, and what came of it so far."""
    names = visit.register.present(texts=True)
    visit = replace(visit, sent={**forms.blank("programme"), **visit.sent})
    values: dict[str, Any] = {"report": None, "kept": {}, "most": MOST_ROWS, **report}
    values |= {"texts": _latest(names), "programmes": _programmes(visit, names)}
    return answer(visit, "import", names, status=status, **values)


def _handed_in(visit: Visit) -> Response:
    """What a table comes to: rehearsed first, then the same one carried out."""
    sent = visit.sent
    rehearsed = sent.get("do") != "publish"
    if sent.get("do") == "edit":
        return _table(visit)
    importing: Importing = visit.request.app.state.importing
    try:
        form = forms.table(sent, rehearsed=rehearsed)
        file = forms.unpacked(sent.get("file", ""))
        submission = Submission(
            form, file, visit.actor, visit.actor.organization, language=visit.language
        )
        body, recorded = importing.hand_in(submission)
    except Unimportable as refusal:
        findings = [finding(row, visit.language) for row in refusal.findings]
        return _table(visit, 422, report={"findings": findings, "rows": [], "counts": {}})
    except Invalid as refusal:
        named = {inner: outer for outer, inner in forms.OF_TABLE.items()}
        rows = [(named.get(where, where), why) for where, why in refusal.errors]
        visit.faults.of(Invalid(*rows), {**sent, "upload": ""})
        return _table(visit)
    if not rehearsed:
        return lead(visit, "home", imported=str(recorded))
    kept = {name: value for name, value in sent.items() if name not in ("seal", "do")}
    return _table(visit, report=json.loads(body), kept=kept)


router = APIRouter()
page(router, "home", signed_in(_home))
page(router, "enter", signed_in(_home), enter)
page(router, "leave", signed_in(_home), leave)
page(router, "depart", depart)
page(router, "arrive", arrive)
page(router, "announce", signed_in(_announce), signed_in(_announced))
for _name in CHANGES:
    page(router, _name, signed_in(_change), signed_in(_changed))
page(router, "claims", signed_in(_claims))
page(router, "import", signed_in(_table), signed_in(_handed_in))
page(router, "correct", signed_in(_correct), signed_in(_corrected))
