"""One opening or action: read in every format, announced, changed, and its ledger."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from app import formats
from app.api import deps, openapi
from app.api.deps import Anyone, Reads, Slug, Team, Writes
from app.api.lists import Followed, feed
from app.api.members import waiting
from app.api.openapi import Kind, Takes, media_types
from app.domain import search as searches
from app.domain.access import PUBLIC, Actor
from app.domain.claims import ActionAnnouncement, Announcement, Change, Judgement
from app.domain.errors import Missing
from app.domain.search import EVENTS_A_PAGE, EVENTS_SIZE, MOST_A_PAGE, OF_FEEDS, Export, Search
from app.formats import ATOM, BY_SUFFIX, CALENDAR, HTML, Format, document, feeds, links
from app.formats.links import Link
from app.register import log
from app.register.reading import ACTION, Entry, Ledger, last_page
from app.register.recording import Written

PRIVATE = {"Cache-Control": "private, no-cache"}
OF_ENTRY = (*deps.SEEN_FROM, "lang")
OF_CALENDAR = (*OF_ENTRY, *CALENDAR.takes)
BADGE = Format("badge", "image/svg+xml", "svg")
SHOWN, REFUSALS = (401, 404, 410), (404, 409, 412, 428)
MOST_POSITION = 2**53
_POSITION = openapi.in_path(
    "position", "The position of a claim in the ledger.", 14, minimum=1, maximum=MOST_POSITION
)
InLedger = Annotated[Search, deps.query(searches.read_events)]
InCalendar = Annotated[tuple[Search, Export], deps.query(searches.read_export, names=OF_CALENDAR)]
InFeed = Annotated[Followed, deps.query(searches.read_feed, names=OF_ENTRY, given={})]
Stretch = Annotated[tuple[int, int], deps.query(searches.read_stretch)]
Place = Annotated[int, deps.number("position", "claim")]
router = APIRouter()
_reading, _changing = partial(deps.reading, router), partial(deps.changing, router)


# Reading.


def _read(kind: Kind) -> None:
    @_reading(
        *(f"/api/v1{kind.entry}", f"Read an {kind.name}", kind.schema, *SHOWN),
        takes=[*kind.slug, *deps.SEEN_FROM],
        **kind.named("get{}"),
    )
    def entry(
        request: Request, slug: Slug, asked: deps.SeenFrom, register: Reads, actor: Anyone
    ) -> Response:
        """Its deadlines, their moves, its parts, what is open and where."""
        return _document(request, register.get(slug, actor, asked.as_of, kind.name, at=asked.at))


def _events(kind: Kind) -> None:
    @_reading(
        *(f"/api/v1{kind.entry}/events", f"Read the ledger of an {kind.name}", "EventList"),
        *(401, 404),
        takes=[*kind.slug, "at", "page", EVENTS_SIZE],
        **kind.named("list{}Events"),
    )
    def events(
        request: Request, slug: Slug, asked: InLedger, register: Reads, actor: Anyone
    ) -> Response:
        """Every claim about it in order of position, disputed and retracted ones too."""
        return _ledger(request, kind, register.events(slug, actor, kind.name, asked.at), asked)


def _calendar(kind: Kind) -> None:
    @_reading(
        f"{kind.entry}.ics",
        f"Put the deadlines of an {kind.name} into a calendar",
        media_types([CALENDAR]),
        404,
        410,
        takes=[*kind.slug, *OF_CALENDAR],
        **kind.named("get{}Calendar"),
    )
    def calendar(request: Request, slug: Slug, asked: InCalendar, register: Reads) -> Response:
        """Its deadline, or that of each of its parts, as events that move with it."""
        search, export = asked
        entry = register.get(slug, PUBLIC, search.as_of, kind.name, at=search.at)
        return _agenda(request, entry, export)


def _followed(kind: Kind) -> None:
    @_reading(
        *(f"{kind.entry}.atom", f"Follow an {kind.name}", media_types([ATOM]), 404, 410),
        takes=[*kind.slug, *OF_ENTRY, *OF_FEEDS],
        **kind.named("follow{}"),
    )
    def followed(request: Request, slug: Slug, asked: InFeed, register: Reads) -> Response:
        """Every public event about it, the newest first, 50 a page."""
        return feed(request, log.find(register, *asked, (slug, kind.name)))


def _badge(kind: Kind) -> None:
    @_reading(
        f"{kind.entry}/badge.svg",
        *(f"Show the verdict on an {kind.name} on another site", media_types([BADGE]), *SHOWN),
        takes=[*kind.slug, *OF_ENTRY],
        **kind.named("get{}Badge"),
    )
    def badge(slug: Slug, reader: deps.Read) -> Response:
        """A small picture with the verdict in words, right after midnight too."""
        request, asked = reader.request, reader.asked
        entry = reader.register.get(slug, PUBLIC, asked.as_of, kind.name, at=asked.at)
        body = reader.pages.badge(entry.commitment, entry.context, asked.lang)
        headers = {"Content-Language": asked.lang}
        return _answer(request, entry, BADGE, body, headers, f"badge-{asked.lang}")


def _suffixed(kind: Kind) -> None:
    suffix = openapi.suffix_of(kind.formats, f"format_of_{kind.name}")
    takes: Sequence[Takes] = (*kind.slug, suffix, *OF_ENTRY)

    @_reading(
        f"{kind.entry}.{{suffix}}",
        f"Read an {kind.name} in the format of the suffix",
        media_types(kind.formats, kind.schema),
        *SHOWN,
        takes=takes,
        **kind.named("get{}In"),
    )
    def suffixed(slug: Slug, suffix: str, reader: deps.Read) -> Response:
        """In the format of the suffix."""
        form = BY_SUFFIX.get(suffix)
        if form is None or form not in kind.formats:
            raise Missing("format", suffix[:20])
        return _entry(slug, kind.name, form, reader)


def _negotiated(kind: Kind) -> None:
    offered = (*kind.formats, CALENDAR, ATOM)
    takes: Sequence[Takes] = (*kind.slug, *OF_ENTRY)

    @_reading(
        kind.entry,
        f"Read an {kind.name} in the format that Accept names",
        media_types(offered, kind.schema),
        406,
        *SHOWN,
        takes=takes,
        **kind.named("negotiate{}"),
    )
    def negotiated(slug: Slug, reader: deps.Read) -> Response:
        """Its permanent address: in the format that `Accept` asks for, else JSON."""
        form = deps.chosen(reader.request, offered, formats.JSON)
        return _entry(slug, kind.name, form, reader)


# Writing, for teams with a key.


def _change(kind: Kind) -> None:
    @_changing(
        *(f"/api/v1{kind.entry}", f"Change an {kind.name}", kind.schema, *REFUSALS),
        takes=(*kind.slug, openapi.IF_MATCH),
        headers=openapi.RECORDED,
        merges=True,
        waits=True,
        **kind.named("change{}"),
    )
    def change(
        request: Request,
        actor: Team,
        slug: Slug,
        expected: deps.Expected,
        body: Change,
        desk: Writes,
        register: Reads,
    ) -> Response:
        """Change one of one’s own organisation, with the claim that says so."""
        written = desk.change(slug, body, expected, actor)
        if written.proposal:
            return waiting(request, written, actor)
        return _changed(request, register, actor, written)


def _announce(kind: Kind, form: Any) -> None:
    @_changing(
        *(f"/api/v1{kind.path}", f"Announce an {kind.name}", kind.schema, 409),
        headers={**openapi.LOCATION, **openapi.RECORDED},
        status=201,
        waits=True,
        **kind.named("announce{}"),
    )
    def announce(
        request: Request, actor: Team, body: form, desk: Writes, register: Reads
    ) -> Response:
        """Announce one that one’s own organisation publishes or stewards."""
        written = desk.announce(body, actor)
        if written.proposal:
            return waiting(request, written, actor)
        response = _changed(request, register, actor, written)
        response.status_code = 201
        response.headers["Location"] = f"{register.site.base}{kind.path}/{written.slug}"
        return response


for _kind, _form in zip(openapi.KINDS, (Announcement, ActionAnnouncement), strict=True):
    for _route in (_read, _events, _calendar, _followed, _badge, _suffixed, _negotiated, _change):
        _route(_kind)
    _announce(_kind, _form)


# The ledger of all.


@_reading(
    *("/api/v1/changes", "Follow the ledger", "ChangeList"),
    takes=["after", EVENTS_SIZE],
    tags=["ledger"],
)
def list_changes(request: Request, asked: Stretch, register: Reads) -> Response:
    """Every event in order, with what it changed; `after` the last position that you hold."""
    after, size = asked
    recorded, context = log.changes(register, after, size)
    head, last = context.head, recorded[-1].event.position if recorded else after
    address = f"{context.base}/api/v1/changes?after={last}&page_size={size}"
    body = {
        "data": [document.change(row, context) for row in recorded],
        "next": address if last < head.position else None,
        "head": {"position": head.position, "hash": head.hash},
    }
    return deps.in_json(request, body, context, "changes")


@_changing(
    *("/api/v1/events/{position}/judgement", "Judge a claim", "EventList", 404, 409),
    takes=[_POSITION],
    headers=openapi.RECORDED,
    waits=True,
    tags=["ledger"],
)
def judge_claim(
    request: Request, actor: Team, position: Place, body: Judgement, desk: Writes, register: Reads
) -> Response:
    """Dispute, retract or accept a claim; the answer is the end of the ledger that it is in."""
    written = desk.judge(position, body, actor)
    if written.proposal:
        return waiting(request, written, actor)
    kind, asked = openapi.KINDS[written.action], Search(page_size=EVENTS_A_PAGE)
    events = register.events(written.slug, actor, kind.name)
    last = replace(asked, page=asked.last_page(len(events.events)))
    response = _ledger(request, kind, events, last)
    response.headers["Recorded-Events"] = str(written.events)
    return response


@_changing(
    *("/api/v1/events/{position}/correction", "Correct a claim", "Opening", 404, 409),
    takes=[_POSITION],
    headers=openapi.RECORDED,
    method="POST",
    merges=True,
    waits=True,
    tags=["ledger"],
)
def correct_claim(
    request: Request, actor: Team, position: Place, body: Change, desk: Writes, register: Reads
) -> Response:
    """Retract a claim and record it as it should have been, at once; the answer is the entry.

    What is not named is taken over from the claim. `reason` says why it is corrected.
    """
    written = desk.correct(position, body, actor)
    if written.proposal:
        return waiting(request, written, actor)
    return _changed(request, register, actor, written)


# The answers.


def _changed(request: Request, register: Reads, actor: Actor, written: Written) -> Response:
    """The entry after a change, with how many events that recorded: none if nothing differs."""
    kind = openapi.KINDS[written.action]
    entry = register.get(written.slug, actor, kind=kind.name, written=written.position)
    response = _document(request, entry)
    response.headers["Recorded-Events"] = str(written.events)
    return response


def _entry(slug: str, kind: str, form: Format, reader: deps.Reader) -> Response:
    """An entry in a format. Only its JSON document shows a team more than the public."""
    request, asked, register = reader.request, reader.asked, reader.register
    if form is ATOM:
        return feed(request, log.find(register, asked, None, (slug, kind)))
    actor = reader.actor if form is formats.JSON else PUBLIC
    entry = register.get(slug, actor, asked.as_of, kind, at=asked.at)
    if form is formats.JSON:
        return _document(request, entry)
    if form is CALENDAR:
        return _agenda(request, entry, Export(lang=asked.lang))
    if form is HTML:
        return _page(reader, entry, kind)
    assert form.entry is not None  # noqa: S101 the pages are the only other format
    headers = {"Vary": "Accept, Accept-Language"}
    return _answer(request, entry, form, form.entry(entry.commitment, entry.context), headers)


def _document(request: Request, entry: Entry) -> Response:
    """The document of an entry; with its internal fields for its own team."""
    internal = entry.sees_internal
    body = document.spelt(entry.row, entry.context, entry.row.internal if internal else {})
    headers, name = (PRIVATE, "json-internal") if internal else ({}, "json")
    return _answer(request, entry, formats.JSON, body, headers, name)


def _agenda(request: Request, entry: Entry, export: Export) -> Response:
    """The deadlines of one entry."""
    body = feeds.calendar_of(entry.commitment, export, entry.context)
    return _answer(request, entry, CALENDAR, body, {"Content-Language": export.lang})


def _page(reader: deps.Reader, entry: Entry, kind: str) -> Response:
    """The page of an entry, with its ledger up to the same position."""
    request, context = reader.request, entry.context
    events = reader.register.events(entry.commitment.slug, PUBLIC, kind, context.head.position)
    language, chosen = deps.language(request, reader.asked), "lang" in request.query_params
    openings = None
    if kind == ACTION:
        by = Search(
            action=(entry.commitment.slug,), page_size=MOST_A_PAGE, at=context.head.position
        )
        openings = reader.register.find(replace(by, as_of=reader.asked.as_of), PUBLIC)
    body = reader.pages.opening(entry, events, language, chosen=chosen, openings=openings)
    headers = {"Vary": "Accept, Accept-Language", "Content-Language": language}
    in_address = language if chosen else None
    return _answer(request, entry, HTML, body, headers, f"html-{language}", in_address)


def _answer(
    request: Request,
    entry: Entry,
    form: Format,
    body: bytes,
    headers: dict[str, str],
    name: str = "",
    lang: str | None = None,
) -> Response:
    shown, context = entry.commitment, entry.context
    version, modified = shown.version, shown.modified
    if context.openings and context.head.recorded_at:  # they change without it
        name = f"{name or form.suffix}-o{context.head.position}"
        modified = context.head.recorded_at
    leads = [*deps.past(request, context.base), *links.of_entry(shown, context, form, lang)]
    return deps.answer(
        request, body, form, context, name, of=(version, modified), headers=headers, leads=leads
    )


def _ledger(request: Request, kind: Kind, history: Ledger, asked: Search) -> Response:
    """A page of the claims about an entry, in order of position."""
    context, last, internal = history.context, history.events[-1], history.sees_internal
    here, total = f"/api/v1{kind.path}/{history.slug}", len(history.events)
    pages = last_page(asked, total)
    around = deps.numbered(request, context, asked.page, pages, f"{here}/events", ("at",))
    first = (asked.page - 1) * asked.page_size
    rows = [
        document.event(event, history.standings.get(event.position), internal=internal)
        for event in history.events[first : first + asked.page_size]
    ]
    return deps.in_json(
        request,
        deps.envelope(rows, total, context, asked, around),
        context,
        "events-internal" if internal else "events",
        of=(last.position, last.recorded_at),
        daily=False,
        headers=PRIVATE if internal else None,
        leads=[*deps.related(around), Link("up", context.base + here)],
    )
