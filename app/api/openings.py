"""Reading by program: lists, one entry, its ledger, under `/api/v1`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app import formats
from app.api import schemas
from app.api.deps import (
    SEEN_FROM,
    Anyone,
    At,
    Reads,
    SeenFrom,
    Slug,
    answer,
    changed,
    neighbour,
    parameters,
    tag,
)
from app.api.operations import ACTION_SLUG, OPENING_SLUG, reads
from app.domain import search as searches
from app.domain.search import OF_LISTS, Search
from app.formats import document, links
from app.formats.document import encode
from app.formats.links import Link
from app.register.reading import ACTION, ENTRY, Entry, Ledger, Page

JSON = "application/json"
OF_ACTIONS = tuple(name for name in OF_LISTS if name not in ("type", "announcement", "action"))

router = APIRouter(prefix="/api/v1")


async def of_openings(request: Request) -> Search:
    """What is sought among openings."""
    return searches.read(request.query_params.multi_items(), names=OF_LISTS)


async def of_actions(request: Request) -> Search:
    """What is sought among actions."""
    pairs = request.query_params.multi_items()
    return searches.read(pairs, names=OF_ACTIONS, given={"type": ("action",)})


AmongOpenings = Annotated[Search, Depends(of_openings)]
AmongActions = Annotated[Search, Depends(of_actions)]


@router.get(
    "/openings",
    operation_id="listOpenings",
    summary="List the openings",
    tags=["openings"],
    **reads({JSON: schemas.OpeningList}, 401, takes=parameters(*OF_LISTS)),
)
def list_openings(
    request: Request, search: AmongOpenings, register: Reads, actor: Anyone
) -> Response:
    """The openings announced, a page at a time."""
    return page_of(request, register.find(search, actor))


@router.get(
    "/actions",
    operation_id="listActions",
    summary="List the actions",
    tags=["actions"],
    **reads({JSON: schemas.ActionList}, 401, takes=parameters(*OF_ACTIONS)),
)
def list_actions(
    request: Request, search: AmongActions, register: Reads, actor: Anyone
) -> Response:
    """The actions of the roadmap, a page at a time."""
    return page_of(request, register.find(search, actor))


@router.get(
    "/openings/{slug}",
    operation_id="getOpening",
    summary="Read an opening",
    tags=["openings"],
    **reads({JSON: schemas.Opening}, 401, 404, 410, takes=parameters(OPENING_SLUG, *SEEN_FROM)),
)
def get_opening(
    request: Request, slug: Slug, asked: SeenFrom, register: Reads, actor: Anyone
) -> Response:
    """One opening: its deadlines, their moves, its parts, what is open and where."""
    return one(request, register.get(slug, actor, asked.as_of, ENTRY, at=asked.at))


@router.get(
    "/actions/{slug}",
    operation_id="getAction",
    summary="Read an action",
    tags=["actions"],
    **reads({JSON: schemas.Action}, 401, 404, 410, takes=parameters(ACTION_SLUG, *SEEN_FROM)),
)
def get_action(
    request: Request, slug: Slug, asked: SeenFrom, register: Reads, actor: Anyone
) -> Response:
    """One action of the roadmap."""
    return one(request, register.get(slug, actor, asked.as_of, ACTION, at=asked.at))


@router.get(
    "/openings/{slug}/events",
    operation_id="listOpeningEvents",
    summary="Read the ledger of an opening",
    tags=["openings"],
    **reads({JSON: schemas.EventList}, 401, 404, takes=parameters(OPENING_SLUG, "at")),
)
def get_opening_events(
    request: Request, slug: Slug, at: At, register: Reads, actor: Anyone
) -> Response:
    """The ledger of an opening: every claim, disputed and retracted ones too."""
    return ledger(request, register.events(slug, actor, ENTRY, at))


@router.get(
    "/actions/{slug}/events",
    operation_id="listActionEvents",
    summary="Read the ledger of an action",
    tags=["actions"],
    **reads({JSON: schemas.EventList}, 401, 404, takes=parameters(ACTION_SLUG, "at")),
)
def get_action_events(
    request: Request, slug: Slug, at: At, register: Reads, actor: Anyone
) -> Response:
    """The ledger of an action."""
    return ledger(request, register.events(slug, actor, ACTION, at))


def one(request: Request, entry: Entry) -> Response:
    """One document, with its validators."""
    found, around = entry.commitment, entry.context
    told = around
    return answer(
        request,
        encode(document.opening(found, told, internal=entry.sees_internal)),
        JSON,
        tag(found.version, around, "json-internal" if entry.sees_internal else "json"),
        changed(around, found.modified),
        {"Cache-Control": "private, no-cache"} if entry.sees_internal else None,
        links.of_entry(found, told, formats.JSON),
    )


def page_of(request: Request, page: Page) -> Response:
    """A list in its envelope, with its neighbours in `Link`."""
    around, search = page.context, page.search
    told = around
    neighbours = _neighbours(request, page)
    body = {
        "data": [
            document.opening(entry, told, highlights=page.highlights.get(entry.slug))
            for entry in page.entries
        ],
        "page": search.page if search.after is None else None,
        "page_size": search.page_size,
        "total": page.total,
        "next_page": neighbours.get("next"),
        "previous_page": neighbours.get("prev"),
        "cursor": page.cursor,
        "facets": page.facets,
        "register": document.register(told),
    }
    query, of_actions = request.query_params.multi_items(), search.type == ("action",)
    return answer(
        request,
        encode(body),
        JSON,
        tag(around.head.position, around, "json"),
        changed(around, around.head.recorded_at),
        None,
        [
            *(Link(rel, address) for rel, address in neighbours.items()),
            *links.of_list(told.base, query, formats.JSON, of_actions=of_actions),
        ],
    )


def _neighbours(request: Request, page: Page) -> dict[str, str]:
    """The addresses of the pages around this one: of its filters, order, day and position."""
    search, path = page.search, request.url.path
    if search.after is not None:
        if page.cursor is None:
            return {}
        return {"next": neighbour(request, path, page.context, cursor=page.cursor)}
    last = max(1, -(-page.total // search.page_size))
    numbers = {"first": 1, "last": last}
    if search.page > 1:
        numbers["prev"] = search.page - 1
    if search.page < last:
        numbers["next"] = search.page + 1
    around = page.context if last > 1 else None
    return {rel: neighbour(request, path, around, page=number) for rel, number in numbers.items()}


def ledger(request: Request, found: Ledger) -> Response:
    """Every claim about an entry, in order of position."""
    told = found.context
    last = found.events[-1]
    body = {
        "data": [
            document.event(
                event,
                found.standings.get(event.position),
                internal=found.sees_internal,
            )
            for event in found.events
        ],
        "total": len(found.events),
        "register": document.register(told),
    }
    return answer(
        request,
        encode(body),
        JSON,
        tag(last.position, found.context, "events-internal" if found.sees_internal else "events"),
        last.recorded_at,
        {"Cache-Control": "private, no-cache"} if found.sees_internal else None,
        [Link("up", f"{told.base}{request.url.path.removesuffix('/events')}")],
    )
