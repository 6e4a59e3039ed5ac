"""What a route may ask for: the register, who asks, what is sought, and on which conditions.

And `answer`, the one way in which bytes leave with their validators.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial, wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, TypeVar, get_args
from urllib.parse import urlencode

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Body, Depends, Request, Response, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Scope

from app import formats
from app.api import openapi
from app.api.openapi import JSON, MERGE_PATCH, Takes, reads, writes
from app.api.problems import reads_pages
from app.domain import search as searches
from app.domain.access import PUBLIC, Actor, Origin
from app.domain.context import Context, Site
from app.domain.errors import Missing, NotAcceptable, Unauthenticated, Unavailable, Unconditional
from app.domain.search import Search
from app.formats import Format, document, links
from app.formats.language import preferred
from app.formats.links import Link
from app.register.reading import Reading
from app.register.writing import Writing

_bearer = HTTPBearer(auto_error=False, description="A key of your organisation.")
_header = APIKeyHeader(name="X-API-KEY", auto_error=False, description="The same key.")
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_ADDRESSED = re.compile(r"[A-Za-z0-9-]{1,100}(/[A-Za-z0-9-]{1,40})?")
_APPENDED = re.compile(
    r"(utm|mtm|pk|at|mc|hsa|ns|wt)_\w+|(fb|g|dc|tw|y|tt)?clid|msclkid|[gw]braid|xtor|igshid"
    r"|_ga|_gl|_hsenc|_hsmi|mkt_tok|s_cid|li_fat_id"
)
SEEN_FROM = ("as_of", "at")
WRITERS = 64
"""How many may wait for their turn to write."""
T = TypeVar("T")
Route = TypeVar("Route", bound=Callable[..., Any])


def state(name: str) -> Any:
    """What main has given the application under this name, as a dependency."""

    async def given(request: Request) -> Any:
        return getattr(request.app.state, name)

    return Depends(given)


Reads = Annotated[Reading, state("reading")]
Writes = Annotated[Writing, state("writing")]
Published = Annotated[Site, state("site")]
Pages = Annotated[Any, state("pages")]
Prose = Annotated[Any, state("prose")]
"""The pages for people, a room that this one does not know: `app.web.pages` and `prose`."""


def origin(scope: Scope) -> Origin:
    """What a request asks for, of what, and from which address."""
    route, client = scope.get("route"), scope.get("client") or (None,)
    action = (route.operation_id or openapi.operation_id(route.name)) if route else scope["method"]
    return Origin(action, scope["path"], client[0])


async def anyone(
    request: Request,
    _bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    _header: Annotated[str | None, Security(_header)],
) -> Actor:
    """Who asks, as is known since the request came: the public without a key."""
    actor: Actor = getattr(request.state, "actor", PUBLIC)
    return actor


async def team(request: Request, actor: Annotated[Actor, Depends(anyone)]) -> Actor:
    """Who writes, and what: someone with a key."""
    if actor is PUBLIC:
        raise Unauthenticated("This needs a key: Authorization: Bearer KEY.")
    return replace(actor, origin=origin(request.scope))


async def at_the_desk(request: Request, act: Callable[[], T]) -> T:
    """What comes of an act, in a thread of the writers: those that wait leave readers theirs.

    Raises Unavailable where all of them wait.
    """
    desk: CapacityLimiter = request.app.state.desk
    if desk.available_tokens < 1:
        raise Unavailable("Too many are writing. Nothing was changed.")
    return await run_sync(act, limiter=desk)


def writing(route: Callable[..., Response], media_type: str = JSON) -> Callable[..., Any]:
    """A route that writes, at the desk; its form comes in a media type."""
    takes = dict(signature(route).parameters)
    for name, row in takes.items():
        if form := _form(row.annotation):
            takes[name] = row.replace(annotation=Annotated[form, Body(media_type=media_type)])

    @wraps(route)
    async def at_desk(request: Request, **given: Any) -> Response:
        asked = {"request": request, **given} if "request" in takes else given
        return await at_the_desk(request, partial(route, **asked))

    own = Parameter("request", Parameter.KEYWORD_ONLY, annotation=Request)
    shown = Signature([*takes.values(), *([] if "request" in takes else [own])])
    at_desk.__signature__ = shown  # type: ignore[attr-defined] # what FastAPI gives it
    return at_desk


def reading(
    router: APIRouter,
    path: str,
    summary: str,
    answers: str | Mapping[str, Any],
    *refusals: int,
    takes: Sequence[Takes] = (),
    **described: Any,
) -> Callable[[Route], Route]:
    """A route that reads: JSON of a component, or what each media type holds.

    A parameter of the query that it does not take is refused.
    """
    asks = any(isinstance(row, str | searches.Parameter) for row in takes)
    return router.get(
        path,
        dependencies=[] if asks else [no_parameters],
        **reads(answers, *refusals, takes=takes, summary=summary, **described),
    )


def changing(
    router: APIRouter,
    path: str,
    summary: str,
    model: str,
    *refusals: int,
    method: str = "",
    merges: bool = False,
    operation_id: str = "",
    **described: Any,
) -> Callable[[Route], Route]:
    """A route that writes, at the desk, and takes one form: a merge-patch, if it `merges`."""

    def add(route: Route) -> Route:
        name = operation_id or openapi.operation_id(route.__name__)
        (form,) = filter(None, map(_form, route.__annotations__.values()))
        about = {"summary": summary, "merges": merges, **described}
        router.add_api_route(
            path,
            writing(route, MERGE_PATCH if merges else JSON),
            methods=[method or ("PATCH" if merges else "POST")],
            dependencies=[no_parameters],
            **writes(model, form.__name__, name, *refusals, **about),
        )
        return route

    return add


def _form(annotation: Any) -> type[BaseModel] | None:
    """The form that a parameter is, if it is one."""
    kind = (*get_args(annotation), annotation)[0]
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


Anyone = Annotated[Actor, Depends(anyone)]
Team = Annotated[Actor, Depends(team)]


def pairs(request: Request) -> list[tuple[str, str]]:
    """The parameters of the query, as they were sent.

    Outside the API, without what others append to links; of whoever reads pages, without what a
    form leaves empty.
    """
    given, path = request.query_params.multi_items(), request.scope["path"]
    if not path.startswith("/api/"):
        given = [pair for pair in given if not _APPENDED.fullmatch(pair[0])]
    if reads_pages(request) or path in ("/diff", "/comparer"):
        given = [pair for pair in given if pair[1]]
    return given


def query(read: Callable[..., Any], **known: Any) -> Any:
    """What a function of `domain/search` reads in the query, as a dependency."""

    async def asked(request: Request) -> Any:
        return read(pairs(request), **known)

    return Depends(asked)


def sought(names: Sequence[str], **given: Any) -> Any:
    """The search that an address asks for which takes these parameters, as a dependency."""
    return query(searches.read, names=names, given=given)


SeenFrom = Annotated[Search, sought(SEEN_FROM)]
Dated = Annotated[Search, sought((*SEEN_FROM, "lang"))]
no_parameters = sought(())


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, from where and in which language."""

    request: Request
    asked: Dated
    register: Reads
    actor: Anyone
    pages: Pages


async def slug(request: Request) -> str:
    """A name in an address. What cannot be one is simply not here."""
    parts = (request.path_params.get(name) for name in ("programme", "code", "slug"))
    slug = "/".join(part for part in parts if part is not None)
    if not _ADDRESSED.fullmatch(slug):
        raise Missing("entry", slug[:100])
    return slug


Slug = Annotated[str, Depends(slug)]


def number(name: str, kind: str) -> Any:
    """A part of an address that is a number, as a dependency. Spelled otherwise, it is not here."""

    async def given(request: Request) -> int:
        text = request.path_params[name]
        if not re.fullmatch(r"[1-9]\d{0,15}", text, re.ASCII):
            raise Missing(kind, text[:20])
        return int(text)

    return Depends(given)


Read = Annotated[Reader, Depends()]


async def expected(request: Request) -> frozenset[int]:
    """The versions that `If-Match` names. Raises Unconditional."""
    return versions(request)


def versions(request: Request) -> frozenset[int]:
    """The versions that `If-Match` names; none for a tag that is no version's."""
    given = ",".join(request.headers.getlist("if-match")).strip()
    if not given or given == "*":
        raise Unconditional
    versions = (re.fullmatch(r"v(\d{1,18})(\..*)?", tag) for tag in _TAG.findall(given))
    return frozenset(int(version[1]) for version in versions if version)


Expected = Annotated[frozenset[int], Depends(expected)]


def chosen(request: Request, offered: Sequence[Format], usual: Format) -> Format:
    """The format that `Accept` asks for; the usual one for whoever takes anything.

    A single one is given whatever is asked for: the address has named it.
    """
    if len(offered) == 1:
        return offered[0]
    accept = ",".join(request.headers.getlist("accept")) or None
    form = formats.choose(accept, offered, usual)
    if form is None:
        raise NotAcceptable(offered=tuple(row.media_type for row in offered))
    return form


def language(request: Request, search: Search) -> str:
    """The language of a page: as asked in the address, else as the browser prefers."""
    if "lang" in request.query_params:
        return search.lang
    return preferred(request.headers.get("accept-language"))


def page(
    request: Request,
    search: Search,
    shown: Callable[..., bytes],
    context: Context,
    usual: str = "",
    *,
    negotiated: bool = True,
    leads: Iterable[Link] = (),
) -> Response:
    """A page for people, in the language that is asked for; else in the usual one of its address.

    `negotiated`: the browser has a say in the language or the format.
    """
    chosen = "lang" in request.query_params
    lang = usual if usual and not chosen else language(request, search)
    headers = {"Content-Language": lang}
    if negotiated:
        headers["Vary"] = "Accept, Accept-Language"
    body, name = shown(lang, chosen=chosen), f"html-{lang}"
    return answer(request, body, formats.HTML, context, name, headers=headers, leads=leads)


def tag(version: int, context: Context, name: str) -> str:
    """The ETag of an answer. One of the past begins with p, so that nothing is changed by it.

    A correction of what is named comes without a claim, so it shows in the tag, as a position does.
    """
    as_of, at = context.snapshot.as_of, context.snapshot.at
    kind = "v" if as_of is None and at is None else "p"
    if at is not None:
        name = f"{name}-at{at}" + ("" if as_of is None else "-dated")
    if context.corrected_at:
        name = f"{name}-c{context.corrected_at[1]}"
    return f'"{kind}{version}.{context.day:%Y%m%d}.{name}"'


def changed(context: Context, *recorded: datetime | None) -> datetime:
    """When an answer last changed: with what is recorded, and at midnight, when lateness turns."""
    corrected = context.corrected_at and context.corrected_at[0]
    return max(moment for moment in (*recorded, context.midnight, corrected) if moment)


def answer(
    request: Request,
    body: bytes,
    form: Format,
    context: Context,
    name: str = "",
    *,
    of: tuple[int, datetime | None] | None = None,
    daily: bool = True,
    headers: Mapping[str, str] | None = None,
    leads: Iterable[Link] = (),
) -> Response:
    """Bytes with their validators and links, or 304 when the reader has them already.

    `of` is the version and the last change of what it shows, unless that is the whole register.
    `daily`: it changes at midnight too, as lateness does.
    `name` distinguishes it in its ETag from others of the same, where the suffix does not.
    """
    version, recorded = of or (context.head.position, context.head.recorded_at)
    modified = recorded if recorded and not daily else changed(context, recorded)
    headers = {"ETag": tag(version, context, name or form.suffix), **(headers or {})}
    leads = [*leads, *links.everywhere(context.base)]
    if context.snapshot.as_of and any(lead.rel == "original" for lead in leads):
        headers["Memento-Datetime"] = links.http_day(context.day)
    return validated(request, body, form.media_type, modified, headers, leads)


def past(request: Request, base: str) -> Iterator[Link]:
    """From an entry or a list to its other days."""
    return links.of_past(f"{base}{request.url.path}", base, pairs(request))


def in_json(
    request: Request, content: Any, context: Context, name: str = "", **around: Any
) -> Response:
    """A JSON document, as `answer` carries it."""
    return answer(request, document.encode(content), formats.JSON, context, name, **around)


def envelope(
    rows: list[Any],
    total: int,
    context: Context,
    asked: Search,
    around: Mapping[str, str],
    **more: Any,
) -> dict[str, Any]:
    """A page of a list, with where it stands and the pages around it."""
    return {
        "data": rows,
        "page": asked.page,
        "page_size": asked.page_size,
        "total": total,
        "next_page": around.get("next"),
        "previous_page": around.get("prev"),
        **more,
        "register": document.register(context),
    }


def named(file: str) -> dict[str, str]:
    """The header that says by what name an answer is kept."""
    return {"Content-Disposition": f'attachment; filename="{file}"'}


def related(around: Mapping[str, str | None]) -> list[Link]:
    """The addresses around an answer as links, by how they are related to it."""
    return [Link(rel, address) for rel, address in around.items() if address]


def validated(
    request: Request,
    body: bytes,
    media_type: str,
    modified: datetime,
    headers: Mapping[str, str],
    leads: Iterable[Link],
) -> Response:
    """Bytes that a reader may keep, or 304 when the reader has them already."""
    headers = {
        "Last-Modified": format_datetime(modified.astimezone(UTC), usegmt=True),
        "Cache-Control": "no-cache",
        "Vary": "Accept, Authorization, X-API-KEY",
        "Link": links.header(leads),
        **headers,
    }
    if _is_known(request, headers["ETag"], modified):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={"Content-Type": media_type, **headers})


def streamed(request: Request, head: Response, pieces: Iterator[bytes]) -> Response:
    """An answer whose bytes come piece by piece; none where only the headers were asked for."""
    del head.headers["Content-Length"]
    if head.status_code == 304:
        return head
    pieces = iter((b"",)) if "head" in request.scope else pieces
    return StreamingResponse(pieces, headers=head.headers)


def _is_known(request: Request, etag: str, modified: datetime) -> bool:
    """RFC 9110, 13: If-None-Match decides alone where it is given."""
    if "if-none-match" in request.headers:
        given = ",".join(request.headers.getlist("if-none-match"))
        return given.strip() == "*" or etag.strip('"') in _TAG.findall(given)
    since = request.headers.get("if-modified-since")
    try:
        return since is not None and modified <= parsedate_to_datetime(since)
    except (OverflowError, TypeError, ValueError):
        return False


def neighbour(
    request: Request,
    context: Context,
    path: str | None = None,
    fixed: Sequence[str] = SEEN_FROM,
    **place: object,
) -> str:
    """Another page of the same list: of the day and position of this answer, so nothing moves."""
    seen = {"as_of": context.day.isoformat(), "at": context.snapshot.position}
    place = {**{name: seen[name] for name in fixed}, **place}
    kept = [pair for pair in pairs(request) if pair[0] not in (*place, "page", "cursor")]
    query = urlencode([*kept, *((name, str(value)) for name, value in place.items())])
    return f"{context.base}{path or request.url.path}?{query}"


def numbered(
    request: Request,
    context: Context,
    page: int,
    last: int,
    path: str | None = None,
    fixed: Sequence[str] = SEEN_FROM,
    **ends: object,
) -> dict[str, str]:
    """The addresses of the pages around one of so many, by how they are related to it."""
    numbers = {"first": 1, "last": last, "prev": page - 1, "next": page + 1}
    return {
        rel: neighbour(request, context, path, fixed if last > 1 else (), page=number, **ends)
        for rel, number in numbers.items()
        if 1 <= number <= last
    }
