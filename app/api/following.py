"""What changes: the log by position for programs that keep a copy, and as feeds for people."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response

from app.api import schemas
from app.api.deps import KINDS, SEEN_FROM, Kind, Reads, Slug, answer, pairs
from app.api.openapi import media_types, parameters, reads
from app.api.schemas import JSON
from app.domain import search as searches
from app.domain.context import Context
from app.domain.search import EVENTS_SIZE, OF_FEEDS, PAGING, Search
from app.formats import ATOM, document, links
from app.formats.document import encode
from app.formats.feed import Feed
from app.formats.links import Link
from app.register.reading import Log

OF_ENTRY = (*SEEN_FROM, "lang")
Asked = tuple[Search, int | None]

router = APIRouter()


async def stretch(request: Request) -> tuple[int, int]:
    """(after which position, how many events) of a stretch of the log."""
    return searches.read_stretch(pairs(request))


@router.get(
    "/api/v1/changes",
    operation_id="listChanges",
    summary="Follow the ledger",
    tags=["ledger"],
    **reads({JSON: schemas.ChangeList}, takes=parameters("after", page_size_of_events=EVENTS_SIZE)),
)
def changes(
    request: Request, asked: Annotated[tuple[int, int], Depends(stretch)], register: Reads
) -> Response:
    """Every event in order, with what it changed; `after` the last position that you hold."""
    after, size = asked
    recorded, context = register.changes(after, size)
    head = context.head
    last = recorded[-1].event.position if recorded else after
    address = f"{context.base}/api/v1/changes?after={last}&page_size={size}"
    body = {
        "data": [document.change(row, context) for row in recorded],
        "next": address if last < head.position else None,
        "head": {"position": head.position, "hash": head.hash},
    }
    return answer(request, encode(body), JSON, context, "changes")


# Feeds.


def _events(names: Sequence[str], **given: object) -> Any:
    """The entries whose events are sought, and before which position, as a dependency."""

    async def asked(request: Request) -> Asked:
        return searches.read_feed(pairs(request), names=names, given=given)

    return Depends(asked)


def _followed_list(kind: Kind) -> None:
    names = tuple(name for name in kind.takes if name not in (*PAGING, "sort"))

    @router.get(
        f"{kind.path}.atom",
        operation_id=f"follow{kind.plural.title()}",
        summary=f"Follow what changes among the {kind.plural}",
        tags=[kind.plural],
        **reads(media_types([ATOM]), takes=parameters(*names, *OF_FEEDS)),
    )
    def followed(
        request: Request, asked: Annotated[Asked, _events(names, **kind.given)], register: Reads
    ) -> Response:
        """Every public event about those that are sought, the newest first, 50 a page."""
        return feed(request, register.log(*asked))


def _followed_entry(kind: Kind) -> None:
    @router.get(
        f"{kind.path}/{{slug}}.atom",
        operation_id=f"follow{kind.name.title()}",
        summary=f"Follow an {kind.name}",
        tags=[kind.plural],
        **reads(media_types([ATOM]), 404, 410, takes=parameters(kind.slug, *OF_ENTRY, *OF_FEEDS)),
    )
    def followed(
        request: Request, slug: Slug, asked: Annotated[Asked, _events(OF_ENTRY)], register: Reads
    ) -> Response:
        """Every public event about it, the newest first, 50 a page."""
        return feed(request, register.log(*asked, (slug, kind.name)))


for _kind in KINDS:
    _followed_list(_kind)
    _followed_entry(_kind)


def feed(request: Request, page: Log) -> Response:
    """A page of a feed, of the entries that were sought or of one."""
    context, entry = page.context, page.entry
    about = _feed(request, page)
    assert ATOM.log is not None  # noqa: S101 it is what Atom is for
    return answer(
        request,
        ATOM.log(page.stretch.recorded, about, context),
        ATOM.media_type,
        context,
        ATOM.suffix,
        of=(entry.version, entry.modified) if entry else None,
        headers={"Content-Language": page.search.lang},
        leads=_leads(request, page, context, about),
    )


def _leads(request: Request, page: Log, context: Context, about: Feed) -> Iterator[Link]:
    """The pages of the feed around this one, then what its entry, or its list, leads to."""
    near = {"first": about.first, "prev": about.previous, "next": about.next}
    yield from (Link(rel, address) for rel, address in near.items() if address)
    if page.entry:
        yield from links.of_entry(page.entry, context, ATOM)
        return
    sought = [pair for pair in pairs(request) if pair[0] not in OF_FEEDS]
    yield from links.of_list(context.base, sought, ATOM, of_actions=about.of_actions)


def _feed(request: Request, page: Log) -> Feed:
    """What surrounds a page: its neighbours, under the same filters, and the pages for people."""
    search, entry, base = page.search, page.entry, page.context.base
    of_actions = (entry.type if entry else search.type[0]) == "action"
    every = f"{base}/{'actions' if of_actions else 'openings'}"
    kept = [pair for pair in pairs(request) if pair[0] not in OF_FEEDS]
    filters = tuple(pair for pair in kept if pair[0] != "lang")
    here = f"{every}/{quote(entry.slug)}" if entry else every
    for_people = here if entry or of_actions else f"{base}/"

    def before(position: int | None) -> str | None:
        if position is None:
            return None
        place = [("before", str(position))] if position else []
        return _address(f"{here}.atom", [*kept, *place])

    return Feed(
        language=search.lang,
        of_actions=of_actions,
        entry=entry,
        filters=filters,
        page=_address(f"{here}.atom", pairs(request)),
        first=_address(f"{here}.atom", kept),
        previous=before(page.stretch.newer),
        next=before(page.stretch.older),
        alternate=_address(for_people, kept),
        up=f"{every}.atom" if entry or filters else f"{base}/",
    )


def _address(address: str, query: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(query)}" if query else address
