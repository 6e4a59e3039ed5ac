"""One opening or action: in every format at its permanent address, and its ledger."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app import formats
from app.api import schemas
from app.api.deps import (
    KINDS,
    SEEN_FROM,
    Anyone,
    Dated,
    Kind,
    Pages,
    Reads,
    SeenFrom,
    Slug,
    answer,
    chosen,
    language,
    numbered,
    pairs,
)
from app.api.following import feed
from app.api.openapi import media_types, parameters, reads, suffix_of
from app.api.schemas import JSON
from app.domain import search as searches
from app.domain.access import PUBLIC, Actor
from app.domain.errors import Missing
from app.domain.search import EVENTS_SIZE, Export, Search
from app.formats import ATOM, BY_SUFFIX, CALENDAR, HTML, Format, agenda, document, links
from app.formats.document import encode
from app.formats.links import Link
from app.register.reading import ACTION, ENTRY, Entry, Ledger, Reading, last_page

PRIVATE = {"Cache-Control": "private, no-cache"}
OF_ENTRY = (*SEEN_FROM, "lang")
OF_CALENDAR = (*OF_ENTRY, *CALENDAR.takes)

router = APIRouter()


async def with_alarms(request: Request) -> tuple[Search, Export]:
    """As of when the deadlines of one entry are shown, and with which alarms."""
    return searches.read_export(pairs(request), names=OF_CALENDAR)


async def part_of_ledger(request: Request) -> Search:
    """As of which position a ledger is shown, and which page of it."""
    return searches.read_events(pairs(request))


def _read(kind: Kind) -> None:
    @router.get(
        f"/api/v1{kind.path}/{{slug}}",
        operation_id=f"get{kind.name.title()}",
        summary=f"Read an {kind.name}",
        tags=[kind.plural],
        **reads({JSON: kind.schema}, 401, 404, 410, takes=parameters(kind.slug, *SEEN_FROM)),
    )
    def entry(
        request: Request, slug: Slug, asked: SeenFrom, register: Reads, actor: Anyone
    ) -> Response:
        """Its deadlines, their moves, its parts, what is open and where."""
        return in_json(request, register.get(slug, actor, asked.as_of, kind.name, at=asked.at))


def _events(kind: Kind) -> None:
    takes = parameters(kind.slug, "at", "page", page_size_of_events=EVENTS_SIZE)

    @router.get(
        f"/api/v1{kind.path}/{{slug}}/events",
        operation_id=f"list{kind.name.title()}Events",
        summary=f"Read the ledger of an {kind.name}",
        tags=[kind.plural],
        **reads({JSON: schemas.EventList}, 401, 404, takes=takes),
    )
    def events(
        request: Request,
        slug: Slug,
        asked: Annotated[Search, Depends(part_of_ledger)],
        register: Reads,
        actor: Anyone,
    ) -> Response:
        """Every claim about it in order of position, disputed and retracted ones too."""
        return ledger(request, kind, register.events(slug, actor, kind.name, asked.at), asked)


def _calendar(kind: Kind) -> None:
    takes = parameters(kind.slug, *OF_CALENDAR)

    @router.get(
        f"{kind.path}/{{slug}}.ics",
        operation_id=f"get{kind.name.title()}Calendar",
        summary=f"Put the deadlines of an {kind.name} into a calendar",
        tags=[kind.plural],
        **reads(media_types([CALENDAR]), 404, 410, takes=takes),
    )
    def calendar(
        request: Request,
        slug: Slug,
        asked: Annotated[tuple[Search, Export], Depends(with_alarms)],
        register: Reads,
    ) -> Response:
        """Its deadline, or that of each of its parts, as events that move with it."""
        search, export = asked
        entry = register.get(slug, PUBLIC, search.as_of, kind.name, at=search.at)
        return in_calendar(request, entry, export)


def _suffixed(kind: Kind) -> None:
    suffix = suffix_of(kind.formats, f"format_of_{kind.name}")
    takes = parameters(kind.slug, suffix, *OF_ENTRY)

    @router.get(
        f"{kind.path}/{{slug}}.{{suffix}}",
        operation_id=f"get{kind.name.title()}In",
        summary=f"Read an {kind.name} in the format of the suffix",
        tags=[kind.plural],
        **reads(media_types(kind.formats, kind.schema), 401, 404, 410, takes=takes),
    )
    def suffixed(
        request: Request,
        slug: Slug,
        suffix: str,
        asked: Dated,
        register: Reads,
        actor: Anyone,
        pages: Pages,
    ) -> Response:
        """In the format of the suffix."""
        form = BY_SUFFIX.get(suffix)
        if form is None or form not in kind.formats:
            raise Missing("format", suffix[:20])
        return _entry(request, form, register, (slug, kind.name), asked, actor, pages)


def _negotiated(kind: Kind) -> None:
    offered = (*kind.formats, CALENDAR, ATOM)
    takes = parameters(kind.slug, *OF_ENTRY)

    @router.get(
        f"{kind.path}/{{slug}}",
        operation_id=f"negotiate{kind.name.title()}",
        summary=f"Read an {kind.name} in the format that Accept names",
        tags=[kind.plural],
        **reads(media_types(offered, kind.schema), 401, 404, 406, 410, takes=takes),
    )
    def negotiated(
        request: Request, slug: Slug, asked: Dated, register: Reads, actor: Anyone, pages: Pages
    ) -> Response:
        """Its permanent address: in the format that `Accept` asks for, else JSON."""
        form = chosen(request, offered, formats.JSON)
        return _entry(request, form, register, (slug, kind.name), asked, actor, pages)


for _kind in KINDS:
    for _route in (_read, _events, _calendar, _suffixed, _negotiated):
        _route(_kind)


def _entry(
    request: Request,
    form: Format,
    register: Reading,
    name: tuple[str, str],
    asked: Search,
    actor: Actor,
    pages: Any,
) -> Response:
    slug, kind = name
    if form is ATOM:
        return feed(request, register.log(asked, None, name))
    reader = actor if form is formats.JSON else PUBLIC
    entry = register.get(slug, reader, asked.as_of, kind, at=asked.at)
    if form is formats.JSON:
        return in_json(request, entry)
    if form is CALENDAR:
        return in_calendar(request, entry, Export(lang=asked.lang))
    if form is HTML:
        return _page(request, register, entry, language(request, asked), pages)
    assert form.one is not None  # noqa: S101 the pages are the only other format
    headers = {"Vary": "Accept, Accept-Language"}
    return _answer(request, entry, form, form.one(entry.commitment, entry.context), headers)


def in_json(request: Request, entry: Entry) -> Response:
    """The document of an entry; with its internal fields for its own team."""
    internal = entry.sees_internal
    body = encode(document.opening(entry.commitment, entry.context, internal=internal))
    headers = PRIVATE if internal else {}
    name = "json-internal" if internal else "json"
    return _answer(request, entry, formats.JSON, body, headers, name)


def in_calendar(request: Request, entry: Entry, export: Export) -> Response:
    """The deadlines of one entry."""
    body = agenda.of_one(entry.commitment, export, entry.context)
    return _answer(request, entry, CALENDAR, body, {"Content-Language": export.lang})


def _page(request: Request, register: Reading, entry: Entry, language: str, pages: Any) -> Response:
    """The page of an entry, with its ledger up to the same position."""
    context, shown = entry.context, entry.commitment
    kind = ACTION if shown.type == "action" else ENTRY
    events = register.events(shown.slug, PUBLIC, kind, context.head.position)
    chosen = "lang" in request.query_params
    body = pages.opening(entry, events, context, language, chosen=chosen)
    headers = {"Vary": "Accept, Accept-Language", "Content-Language": language}
    return _answer(
        request, entry, HTML, body, headers, f"html-{language}", language if chosen else None
    )


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
    return answer(
        request,
        body,
        form.media_type,
        context,
        name or form.suffix,
        of=(shown.version, shown.modified),
        headers=headers,
        leads=links.of_entry(shown, context, form, lang),
    )


def ledger(request: Request, kind: Kind, history: Ledger, asked: Search) -> Response:
    """A page of the claims about an entry, in order of position."""
    context, last = history.context, history.events[-1]
    here, internal = f"/api/v1{kind.path}/{history.slug}", history.sees_internal
    pages = last_page(asked, len(history.events))
    around = numbered(request, context, asked.page, pages, f"{here}/events", ("at",))
    first = (asked.page - 1) * asked.page_size
    body = {
        "data": [
            document.event(event, history.standings.get(event.position), internal=internal)
            for event in history.events[first : first + asked.page_size]
        ],
        "page": asked.page,
        "page_size": asked.page_size,
        "total": len(history.events),
        "next_page": around.get("next"),
        "previous_page": around.get("prev"),
        "register": document.register(context),
    }
    leads = [Link(rel, address) for rel, address in around.items()]
    return answer(
        request,
        encode(body),
        JSON,
        context,
        "events-internal" if internal else "events",
        of=(last.position, last.recorded_at),
        daily=False,
        headers=PRIVATE if internal else None,
        leads=[*leads, Link("up", context.base + here)],
    )
