"""What changes: the log by position for programs that keep a copy, and as feeds for people."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from app.api import deps
from app.api.deps import Kind, Reads, Slug, pairs
from app.api.openapi import JSON, media_types, parameters, reads
from app.domain import search as searches
from app.domain.search import EVENTS_SIZE, OF_FEEDS, PAGING, Search
from app.formats import ATOM, document, links
from app.formats.feed import Feed
from app.register.reading import Log

OF_ENTRY = (*deps.SEEN_FROM, "lang")
Asked = tuple[Search, int | None]

router = APIRouter()


@router.get(
    "/api/v1/changes",
    summary="Follow the ledger",
    tags=["ledger"],
    **reads({JSON: "ChangeList"}, takes=parameters("after", page_size_of_events=EVENTS_SIZE)),
)
def list_changes(
    request: Request,
    asked: Annotated[tuple[int, int], deps.query(searches.read_stretch)],
    register: Reads,
) -> Response:
    """Every event in order, with what it changed; `after` the last position that you hold."""
    after, size = asked
    recorded, context = register.changes(after, size)
    head, last = context.head, recorded[-1].event.position if recorded else after
    address = f"{context.base}/api/v1/changes?after={last}&page_size={size}"
    body = {
        "data": [document.change(row, context) for row in recorded],
        "next": address if last < head.position else None,
        "head": {"position": head.position, "hash": head.hash},
    }
    return deps.in_json(request, body, context, "changes")


# Feeds.


def _followed_list(kind: Kind) -> None:
    asked, given = kind.search
    names = tuple(name for name in asked if name not in (*PAGING, "sort"))

    @router.get(
        f"{kind.path}.atom",
        **kind.called("follow{}s", "Follow what changes among the {}s"),
        **reads(media_types([ATOM]), takes=parameters(*names, *OF_FEEDS)),
    )
    def followed(
        request: Request,
        asked: Annotated[Asked, deps.query(searches.read_feed, names=names, given=given)],
        register: Reads,
    ) -> Response:
        """Every public event about those that are sought, the newest first, 50 a page."""
        return feed(request, register.log(*asked))


def _followed_entry(kind: Kind) -> None:
    @router.get(
        f"{kind.path}/{{slug}}.atom",
        **kind.called("follow{}", "Follow an {}"),
        **reads(media_types([ATOM]), 404, 410, takes=parameters(kind.slug, *OF_ENTRY, *OF_FEEDS)),
    )
    def followed(
        request: Request,
        slug: Slug,
        asked: Annotated[Asked, deps.query(searches.read_feed, names=OF_ENTRY, given={})],
        register: Reads,
    ) -> Response:
        """Every public event about it, the newest first, 50 a page."""
        return feed(request, register.log(*asked, (slug, kind.name)))


for _kind in deps.KINDS:
    _followed_list(_kind)
    _followed_entry(_kind)


def feed(request: Request, page: Log) -> Response:
    """A page of a feed, of the entries that were sought or of one."""
    context, entry, about = page.context, page.entry, _feed(request, page)
    assert ATOM.log is not None  # noqa: S101 it is what Atom is for
    return deps.answer(
        request,
        ATOM.log(page.stretch.recorded, about, context),
        ATOM,
        context,
        of=(entry.version, entry.modified) if entry else None,
        headers={"Content-Language": page.search.lang},
        leads=_leads(request, page, about),
    )


def _leads(request: Request, page: Log, about: Feed) -> list[links.Link]:
    """The pages of the feed around this one, then what its entry, or its list, leads to."""
    near = {"first": about.first, "prev": about.previous, "next": about.next}
    if page.entry:
        others = links.of_entry(page.entry, page.context, ATOM)
    else:
        kept, of_actions = _kept(request), about.of_actions
        others = links.of_list(page.context.base, kept, ATOM, of_actions=of_actions)
    return [*deps.related(near), *others]


def _kept(request: Request) -> list[tuple[str, str]]:
    """What every page of a feed is asked for with."""
    return [pair for pair in pairs(request) if pair[0] not in OF_FEEDS]


def _feed(request: Request, page: Log) -> Feed:
    """What surrounds a page: its neighbours, under the same filters, and the pages for people."""
    search, entry, base = page.search, page.entry, page.context.base
    of_actions = (entry.type if entry else search.type[0]) == "action"
    every = f"{base}/{'actions' if of_actions else 'openings'}"
    kept = _kept(request)
    filters = tuple(pair for pair in kept if pair[0] != "lang")
    here = f"{every}/{quote(entry.slug)}" if entry else every
    for_people = here if entry or of_actions else f"{base}/"

    def before(position: int | None) -> str | None:
        if position is None:
            return None
        # Before position 0 is the page that has the newest.
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


def _address(address: str, query: Any) -> str:
    return f"{address}?{urlencode(query)}" if query else address
