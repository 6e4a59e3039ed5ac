"""One opening or action: read in every format, announced, changed, and its ledger."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from app import formats
from app.api import deps, openapi
from app.api.deps import Caller, Dated, OfKind, Read, SeenFrom, Slug, Write
from app.api.lists import Followed, feed
from app.api.members import waiting
from app.api.openapi import Kind, media_types
from app.domain import search as searches
from app.domain.access import PUBLIC
from app.domain.claims import ActionAnnouncement, Announcement, Change, Judgement
from app.domain.errors import Missing
from app.domain.search import EVENTS_A_PAGE, EVENTS_SIZE, MOST_A_PAGE, OF_FEEDS, Export, Search
from app.formats import ATOM, BY_SUFFIX, CALENDAR, HTML, Format, document, feeds, links
from app.formats.links import Link
from app.register import log
from app.register.reading import Entry, Ledger, last_page
from app.register.recording import Written

OF_CALENDAR = (*deps.DATED, *CALENDAR.takes)
BADGE = Format("badge", "image/svg+xml", "svg")
SHOWN = (401, 404, 410)
InLedger = Annotated[Search, deps.query(searches.read_events)]
InCalendar = Annotated[tuple[Search, Export], deps.query(searches.read_export, names=OF_CALENDAR)]
InFeed = Annotated[Followed, deps.query(searches.read_feed, names=deps.DATED)]
Stretch = Annotated[tuple[int, int], deps.query(searches.read_stretch)]
Place = Annotated[int, deps.number("position", "claim")]
router = APIRouter()
_reading, _changing = partial(deps.reading, router), partial(deps.changing, router)
_of_each = partial(deps.of_each_kind, router)


# Reading.


@_of_each(
    *("/api/v1{entry}", "Read an {}", lambda kind: kind.schema, *SHOWN),
    takes=deps.SEEN_FROM,
    name="get{}",
)
def get_entry(caller: Read, slug: Slug, asked: SeenFrom) -> Response:
    """Its deadlines, their moves, its parts, what is open and where."""
    entry = caller.register.get(slug, caller.actor, asked.as_of, at=asked.at)
    return _document(caller.request, entry)


@_of_each(
    *("/api/v1{entry}/events", "Read the ledger of an {}", "EventList", 401, 404),
    takes=["at", "page", EVENTS_SIZE],
    name="list{}Events",
)
def list_events(caller: Read, kind: OfKind, slug: Slug, asked: InLedger) -> Response:
    """Every claim about it in order of position, disputed and retracted ones too."""
    events = caller.register.events(slug, caller.actor, asked.at)
    return _ledger(caller.request, kind, events, asked)


@_of_each(
    *("{entry}.ics", "Put the deadlines of an {} into a calendar"),
    media_types([CALENDAR]),
    *(404, 410),
    takes=OF_CALENDAR,
    name="get{}Calendar",
)
def get_calendar(caller: Read, slug: Slug, asked: InCalendar) -> Response:
    """Its deadline, or that of each of its parts, as events that move with it."""
    search, export = asked
    entry = caller.register.get(slug, PUBLIC, search.as_of, at=search.at)
    return _agenda(caller.request, entry, export)


@_of_each(
    *("{entry}.atom", "Follow an {}", media_types([ATOM]), 404, 410),
    takes=[*deps.DATED, *OF_FEEDS],
    name="follow{}",
)
def follow_entry(caller: Read, slug: Slug, asked: InFeed) -> Response:
    """Every public event about it, the newest first, 50 a page."""
    return feed(caller.request, log.find(caller.register, *asked, slug))


@_of_each(
    *("{entry}/badge.svg", "Show the verdict on an {} on another site"),
    media_types([BADGE]),
    *SHOWN,
    takes=deps.DATED,
    name="get{}Badge",
)
def get_badge(caller: Read, slug: Slug, asked: Dated) -> Response:
    """A small picture with the verdict in words, right after midnight too."""
    entry = caller.register.get(slug, PUBLIC, asked.as_of, at=asked.at)
    body = caller.pages.badge(entry.commitment, entry.context, asked.lang)
    headers = {"Content-Language": asked.lang}
    return _answer(caller.request, entry, BADGE, body, headers, f"badge-{asked.lang}")


@_of_each(
    *("{entry}.{{suffix}}", "Read an {} in the format of the suffix"),
    lambda kind: media_types(kind.formats, kind.schema),
    *SHOWN,
    takes=lambda kind: (openapi.suffix_of(kind.formats, f"format_of_{kind.name}"), *deps.DATED),
    name="get{}In",
)
def get_entry_in(caller: Read, kind: OfKind, slug: Slug, suffix: str, asked: Dated) -> Response:
    """In the format of the suffix."""
    form = BY_SUFFIX.get(suffix)
    if form is None or form not in kind.formats:
        raise Missing("format", suffix[:20])
    return _entry(caller, slug, form, asked)


@_of_each(
    *("{entry}", "Read an {} in the format that Accept names"),
    lambda kind: media_types(kind.offered, kind.schema),
    *(406, *SHOWN),
    takes=deps.DATED,
    name="negotiate{}",
)
def negotiate_entry(caller: Read, kind: OfKind, slug: Slug, asked: Dated) -> Response:
    """Its permanent address: in the format that `Accept` asks for, else JSON."""
    form = deps.chosen(caller.request, kind.offered, formats.JSON)
    return _entry(caller, slug, form, asked)


# Writing, for teams with a key.


@_of_each(
    *("/api/v1{entry}", "Change an {}", lambda kind: kind.schema, 404, 409, 412, 428),
    takes=[openapi.IF_MATCH],
    name="change{}",
    make=deps.changing,
    headers=openapi.RECORDED,
    merges=True,
    waits=True,
)
def change_entry(caller: Write, slug: Slug, expected: deps.Expected, body: Change) -> Response:
    """Change one of one’s own organisation, with the claim that says so."""
    return _written(caller, caller.desk.change(slug, body, expected, caller.actor))


def _announce(kind: Kind, form: Any) -> None:
    @_changing(
        *(f"/api/v1{kind.path}", f"Announce an {kind.name}", kind.schema, 409),
        headers={**openapi.LOCATION, **openapi.RECORDED},
        status=201,
        waits=True,
        operation_id=f"announce{kind.schema}",
        tags=[kind.plural],
    )
    def announce(caller: Write, body: form) -> Response:
        """Announce one that one’s own organisation publishes or stewards."""
        written = caller.desk.announce(body, caller.actor)
        place = f"{caller.register.site.base}{kind.path}/{written.slug}"
        return _written(caller, written, 201, {"Location": place})


for _kind, _form in zip(openapi.KINDS, (Announcement, ActionAnnouncement), strict=True):
    _announce(_kind, _form)


# The ledger of all.


@_reading(
    *("/api/v1/changes", "Follow the ledger", "ChangeList"),
    takes=["after", EVENTS_SIZE],
    tags=["ledger"],
)
def list_changes(caller: Read, asked: Stretch) -> Response:
    """Every event in order, with what it changed; `after` the last position that you hold."""
    after, size = asked
    recorded, context = log.changes(caller.register, after, size)
    head, last = context.head, recorded[-1].event.position if recorded else after
    address = f"{context.base}/api/v1/changes?after={last}&page_size={size}"
    body = {
        "data": [document.change(row, context) for row in recorded],
        "next": address if last < head.position else None,
        "head": {"position": head.position, "hash": head.hash},
    }
    return deps.in_json(caller.request, body, context, "changes")


@_changing(
    *("/api/v1/events/{position}/judgement", "Judge a claim", "EventList", 404, 409),
    headers=openapi.RECORDED,
    waits=True,
    tags=["ledger"],
)
def judge_claim(caller: Write, position: Place, body: Judgement) -> Response:
    """Dispute, retract or accept a claim; the answer is the end of the ledger that it is in."""
    written = caller.desk.judge(position, body, caller.actor)
    if written.proposal:
        return waiting(caller.request, written, caller.actor)
    kind, asked = openapi.KINDS[written.action], Search(page_size=EVENTS_A_PAGE)
    events = caller.register.events(written.slug, caller.actor)
    last = replace(asked, page=asked.last_page(len(events.events)))
    response = _ledger(caller.request, kind, events, last)
    response.headers["Recorded-Events"] = str(written.events)
    return response


@_changing(
    *("/api/v1/events/{position}/correction", "Correct a claim", "Opening", 404, 409),
    headers=openapi.RECORDED,
    method="POST",
    merges=True,
    waits=True,
    tags=["ledger"],
)
def correct_claim(caller: Write, position: Place, body: Change) -> Response:
    """Retract a claim and record it as it should have been, at once; the answer is the entry.

    What is not named is taken over from the claim. `reason` says why it is corrected.
    """
    return _written(caller, caller.desk.correct(position, body, caller.actor))


# The answers.


def _written(
    caller: Caller, written: Written, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The entry after a change, or the proposal that waits.

    With how many events were recorded: none if nothing differs.
    """
    if written.proposal:
        return waiting(caller.request, written, caller.actor)
    entry = caller.register.get(written.slug, caller.actor, written=written.position)
    response = _document(caller.request, entry)
    response.status_code = status
    response.headers.update({"Recorded-Events": str(written.events), **(headers or {})})
    return response


def _entry(caller: Caller, slug: str, form: Format, asked: Search) -> Response:
    """An entry in a format. Only its JSON document shows a team more than the public."""
    if form is ATOM:
        return feed(caller.request, log.find(caller.register, asked, None, slug))
    actor = caller.actor if form is formats.JSON else PUBLIC
    entry = caller.register.get(slug, actor, asked.as_of, at=asked.at)
    if form is formats.JSON:
        return _document(caller.request, entry)
    if form is CALENDAR:
        return _agenda(caller.request, entry, Export(lang=asked.lang))
    if form is HTML:
        return _page(caller, entry, asked)
    assert form.entry is not None  # noqa: S101 the pages are the only other format
    body = form.entry(entry.commitment, entry.context)
    return _answer(caller.request, entry, form, body, {"Vary": "Accept, Accept-Language"})


def _document(request: Request, entry: Entry) -> Response:
    """The document of an entry; with its internal fields for its own team."""
    internal = entry.sees_internal
    body = document.spelt(entry.row, entry.context, entry.row.internal if internal else {})
    name = "json-internal" if internal else "json"
    return _answer(request, entry, formats.JSON, body, {}, name)


def _agenda(request: Request, entry: Entry, export: Export) -> Response:
    """The deadlines of one entry."""
    body = feeds.calendar_of(entry.commitment, export, entry.context)
    return _answer(request, entry, CALENDAR, body, {"Content-Language": export.lang})


def _page(caller: Caller, entry: Entry, asked: Search) -> Response:
    """The page of an entry, with its ledger up to the same position."""
    request, slug, at = caller.request, entry.commitment.slug, entry.context.head.position
    events = caller.register.events(slug, PUBLIC, at)
    language, chosen = deps.language(request, asked), "lang" in request.query_params
    openings = None
    if entry.commitment.type == "action":
        by = Search(action=(slug,), page_size=MOST_A_PAGE, as_of=asked.as_of, at=at)
        openings = caller.register.find(by, PUBLIC)
    body = caller.pages.opening(entry, events, language, chosen=chosen, openings=openings)
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
    # What answers a POST is at another address, which `links.of_entry` has.
    past = deps.past(request, context.base) if request.method != "POST" else ()
    leads = [*past, *links.of_entry(shown, context, form, lang)]
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
        leads=[*deps.related(around), Link("up", context.base + here)],
    )
