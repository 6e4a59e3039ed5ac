"""Subscriptions: what changes as a feed, page by page, and the deadlines of one entry."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response

from app.api.deps import SEEN_FROM, Reads, Slug, answer, changed, parameters, tag
from app.api.openings import OF_ACTIONS
from app.api.operations import ACTION_SLUG, OPENING_SLUG, reads, voices
from app.domain import search as searches
from app.domain.access import PUBLIC
from app.domain.context import Context
from app.domain.search import OF_FEEDS, OF_LISTS, PAGING, Export, Search
from app.formats import ATOM, CALENDAR, agenda, links
from app.formats.feed import Feed
from app.formats.links import Link
from app.register.reading import ACTION, ENTRY, Entry, Log

OF_FEED = tuple(name for name in OF_LISTS if name not in (*PAGING, "sort"))
OF_FEED_OF_ACTIONS = tuple(name for name in OF_ACTIONS if name in OF_FEED)
OF_ENTRY = (*SEEN_FROM, "lang")

router = APIRouter()


async def about_openings(request: Request) -> tuple[Search, int | None]:
    """The openings whose events are sought, and before which position."""
    return searches.read_feed(request.query_params.multi_items(), names=OF_FEED)


async def about_actions(request: Request) -> tuple[Search, int | None]:
    """The actions whose events are sought, and before which position."""
    pairs, given = request.query_params.multi_items(), {"type": ("action",)}
    return searches.read_feed(pairs, names=OF_FEED_OF_ACTIONS, given=given)


async def about_one(request: Request) -> tuple[Search, int | None]:
    """From where the events of one entry are told, and before which position."""
    return searches.read_feed(request.query_params.multi_items(), names=OF_ENTRY)


async def with_alarms(request: Request) -> tuple[Search, Export]:
    """From where the deadlines of one entry are told, and with which alarms."""
    pairs = request.query_params.multi_items()
    return searches.read_export(pairs, names=(*OF_ENTRY, *CALENDAR.takes))


Asked = tuple[Search, int | None]
AboutOpenings = Annotated[Asked, Depends(about_openings)]
AboutActions = Annotated[Asked, Depends(about_actions)]
AboutOne = Annotated[Asked, Depends(about_one)]
WithAlarms = Annotated[tuple[Search, Export], Depends(with_alarms)]


@router.get(
    "/openings.atom",
    operation_id="followOpenings",
    summary="Follow what changes among the openings",
    tags=["openings"],
    **reads(voices([ATOM]), takes=parameters(*OF_FEED, *OF_FEEDS)),
)
def follow_openings(request: Request, asked: AboutOpenings, register: Reads) -> Response:
    """Every public event about the openings sought, the newest first, 50 a page."""
    return feed(request, register.log(*asked))


@router.get(
    "/actions.atom",
    operation_id="followActions",
    summary="Follow what changes among the actions",
    tags=["actions"],
    **reads(voices([ATOM]), takes=parameters(*OF_FEED_OF_ACTIONS, *OF_FEEDS)),
)
def follow_actions(request: Request, asked: AboutActions, register: Reads) -> Response:
    """Every public event about the actions sought, the newest first, 50 a page."""
    return feed(request, register.log(*asked))


@router.get(
    "/openings/{slug}.atom",
    operation_id="followOpening",
    summary="Follow an opening",
    tags=["openings"],
    **reads(voices([ATOM]), 404, 410, takes=parameters(OPENING_SLUG, *OF_ENTRY, *OF_FEEDS)),
)
def follow_opening(request: Request, slug: Slug, asked: AboutOne, register: Reads) -> Response:
    """Every public event about an opening, the newest first, 50 a page."""
    return feed(request, register.log(*asked, (slug, ENTRY)))


@router.get(
    "/actions/{slug}.atom",
    operation_id="followAction",
    summary="Follow an action",
    tags=["actions"],
    **reads(voices([ATOM]), 404, 410, takes=parameters(ACTION_SLUG, *OF_ENTRY, *OF_FEEDS)),
)
def follow_action(request: Request, slug: Slug, asked: AboutOne, register: Reads) -> Response:
    """Every public event about an action, the newest first, 50 a page."""
    return feed(request, register.log(*asked, (slug, ACTION)))


@router.get(
    "/openings/{slug}.ics",
    operation_id="getOpeningCalendar",
    summary="Put the deadlines of an opening into a calendar",
    tags=["openings"],
    **reads(
        voices([CALENDAR]),
        404,
        410,
        takes=parameters(OPENING_SLUG, *OF_ENTRY, *CALENDAR.takes),
    ),
)
def opening_calendar(request: Request, slug: Slug, asked: WithAlarms, register: Reads) -> Response:
    """The deadline of an opening, or of each of its parts, as events that move with it."""
    search, export = asked
    return calendar(request, register.get(slug, PUBLIC, search.as_of, at=search.at), export)


@router.get(
    "/actions/{slug}.ics",
    operation_id="getActionCalendar",
    summary="Put the deadline of an action into a calendar",
    tags=["actions"],
    **reads(
        voices([CALENDAR]),
        404,
        410,
        takes=parameters(ACTION_SLUG, *OF_ENTRY, *CALENDAR.takes),
    ),
)
def action_calendar(request: Request, slug: Slug, asked: WithAlarms, register: Reads) -> Response:
    """The deadline of an action as an event that moves with it."""
    search, export = asked
    return calendar(request, register.get(slug, PUBLIC, search.as_of, ACTION, at=search.at), export)


def feed(request: Request, found: Log) -> Response:
    """A page of a feed, of the entries that were sought or of one."""
    around, entry = found.context, found.entry
    told = around
    version, modified = around.head.position, around.head.recorded_at
    if entry:
        version, modified = entry.version, entry.modified
    about = _feed(request, found, told.base)
    assert ATOM.log is not None  # noqa: S101 it is what Atom is for
    return answer(
        request,
        ATOM.log(found.stretch.recorded, about, told),
        ATOM.media_type,
        tag(version, around, ATOM.suffix),
        changed(around, modified),
        {"Content-Language": found.search.lang},
        _leads(request, found, told, about),
    )


def _leads(request: Request, found: Log, told: Context, about: Feed) -> Iterator[Link]:
    """The pages of the feed around this one, then what its entry, or its list, leads to."""
    near = {"first": about.first, "prev": about.previous, "next": about.next}
    yield from (Link(rel, address) for rel, address in near.items() if address)
    if found.entry:
        yield from links.of_entry(found.entry, told, ATOM)
        return
    sought = [pair for pair in request.query_params.multi_items() if pair[0] not in OF_FEEDS]
    yield from links.of_list(told.base, sought, ATOM, of_actions=about.of_actions)


def _feed(request: Request, found: Log, base: str) -> Feed:
    """What surrounds a page: its neighbours, under the same filters, and the pages for people."""
    search, entry, stretch = found.search, found.entry, found.stretch
    of_actions = (entry.type if entry else search.type[0]) == "action"
    every = f"{base}/{'actions' if of_actions else 'openings'}"
    pairs = request.query_params.multi_items()
    kept = [pair for pair in pairs if pair[0] not in OF_FEEDS]
    filters = tuple(pair for pair in kept if pair[0] != "lang")
    here = f"{every}/{quote(entry.slug)}" if entry else every
    for_people = here if entry or of_actions else f"{base}/"

    def page(before: int | None) -> str | None:
        if before is None:
            return None
        return _address(f"{here}.atom", [*kept, *([("before", str(before))] if before else [])])

    return Feed(
        language=search.lang,
        of_actions=of_actions,
        entry=entry,
        filters=filters,
        page=_address(f"{here}.atom", pairs),
        first=_address(f"{here}.atom", kept),
        previous=page(stretch.newer),
        next=page(stretch.older),
        alternate=_address(for_people, kept),
        up=f"{every}.atom" if entry or filters else f"{base}/",
    )


def _address(address: str, pairs: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(pairs)}" if pairs else address


def calendar(request: Request, found: Entry, export: Export) -> Response:
    """The deadlines of one entry."""
    entry, around = found.commitment, found.context
    told = around
    return answer(
        request,
        agenda.of_one(entry, export, told),
        CALENDAR.media_type,
        tag(entry.version, around, CALENDAR.suffix),
        changed(around, entry.modified),
        {"Content-Language": export.lang},
        links.of_entry(entry, told, CALENDAR),
    )
