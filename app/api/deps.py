"""What a route may ask for: the register, who asks, what is sought, and on which conditions.

And `answer`, the one way in which bytes leave with their validators.
"""

import json
import re
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from inspect import iscoroutinefunction, signature
from typing import Annotated, Any, TypeVar, get_args
from urllib.parse import urlencode

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ValidationError
from starlette.responses import StreamingResponse
from starlette.types import Scope

from app import formats
from app.api import openapi
from app.api.cache import TAG
from app.api.openapi import ACTIONS, KINDS, OPENINGS, Kind, Takes, places, reads, writes
from app.api.problems import invalid, reads_pages
from app.domain import search as searches
from app.domain.access import PUBLIC, Actor, Origin
from app.domain.context import Context
from app.domain.errors import (
    Invalid,
    Missing,
    NotAcceptable,
    Unauthenticated,
    Unavailable,
    Unconditional,
    Unfit,
)
from app.domain.search import Search
from app.formats import Format, document, links
from app.formats.language import preferred
from app.formats.links import Link
from app.register.reading import Reading
from app.register.writing import Writing

_ADDRESSED = re.compile(r"[A-Za-z0-9-]{1,100}(/[A-Za-z0-9-]{1,40})?")
_APPENDED = re.compile(
    r"(utm|mtm|pk|at|mc|hsa|ns|wt)_\w+|(fb|g|dc|tw|y|tt)?clid|msclkid|[gw]braid|xtor|igshid"
    r"|_ga|_gl|_hsenc|_hsmi|mkt_tok|s_cid|li_fat_id"
)
SEEN_FROM = ("as_of", "at")
DATED = (*SEEN_FROM, "lang")
LANGUAGES = {"/changements": "fr", "/comparer": "fr", "/chiffres": "fr", "/figures": "en"}
"""The language of a page whose address is a word of it."""
WRITERS = 64
"""How many may wait for their turn to write."""
T = TypeVar("T")
Extractor = Callable[[Request], Any]
"""Reads a value in a request: a parameter of a route names its own in its annotation."""
Endpoint = Callable[[Request], Awaitable[Response]]
Route = TypeVar("Route", bound=Callable[..., Any])


def state(name: str) -> Extractor:
    """What main has given the application under this name."""
    return lambda request: getattr(request.app.state, name)


def origin(scope: Scope) -> Origin:
    """What a request asks for, of what, and from which address."""
    route, client = scope.get("route"), scope.get("client") or (None,)
    return Origin(route.operation_id if route else scope["method"], scope["path"], client[0])


def anyone(request: Request) -> Actor:
    """Who asks, as is known since the request came: the public without a key."""
    actor: Actor = request.scope["state"].get("actor", PUBLIC)
    return actor


def team(request: Request) -> Actor:
    """Who writes, and what: someone with a key."""
    if (actor := anyone(request)) is PUBLIC:
        raise Unauthenticated("This needs a key: Authorization: Bearer KEY.")
    return replace(actor, origin=origin(request.scope))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: their request, who they are, and what answers it.

    `pages` and `prose` are of a room that this one does not know: `app.web`.
    """

    request: Request
    actor: Actor
    register: Reading
    desk: Writing
    pages: Any
    prose: Any


def reader(request: Request) -> Caller:
    """Whoever reads, with or without a key."""
    given = request.app.state
    return Caller(request, anyone(request), given.reading, given.writing, given.pages, given.prose)


def writer(request: Request) -> Caller:
    """Who writes. Raises Unauthenticated."""
    return replace(reader(request), actor=team(request))


def kind(request: Request) -> Kind:
    """The kind of entry that an address is about: openings, unless it names actions."""
    return ACTIONS if ACTIONS.path in request.scope["route"].path else OPENINGS


Team = Annotated[Actor, team]
Read = Annotated[Caller, reader]
Write = Annotated[Caller, writer]
OfKind = Annotated[Kind, kind]


async def at_the_desk(request: Request, act: Callable[[], T]) -> T:
    """What comes of an act, in a thread of the writers: those that wait leave readers theirs.

    Raises Unavailable where all of them wait.
    """
    desk: CapacityLimiter = request.app.state.desk
    if desk.available_tokens < 1:
        raise Unavailable("Too many are writing. Nothing was changed.")
    return await run_sync(act, limiter=desk)


def served(route: Callable[..., Any], *checks: Extractor, writes: bool = False) -> Endpoint:
    """The endpoint that calls a route with its parameters, in a thread unless it is a coroutine.

    `checks` come before, and may refuse. `writes`: it is called in a thread of the writers.
    """
    rows = signature(route).parameters.items()
    takes = {name: _extractor(name, row.annotation) for name, row in rows}
    is_coroutine = iscoroutinefunction(route)

    async def endpoint(request: Request) -> Response:
        for check in checks:
            check(request)
        call = partial(route, **{name: extract(request) for name, extract in takes.items()})
        if writes:
            return await at_the_desk(request, call)
        response: Response = await (call() if is_coroutine else to_thread(call))
        return response

    endpoint.__name__, endpoint.__doc__ = route.__name__, route.__doc__
    return endpoint


def _extractor(name: str, annotation: Any) -> Extractor:
    """Reads a parameter: the request, a form, what its annotation says, a part of the path."""
    if annotation is Request:
        return lambda request: request
    if form := _form(annotation):
        return partial(_sent, form)
    extract: Extractor
    _, extract = get_args(annotation) or (str, lambda request: request.path_params[name])
    return extract


def _form(annotation: Any) -> type[BaseModel] | None:
    """The form that a parameter is, if it is one."""
    is_form = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_form else None


def _sent(form: type[BaseModel], request: Request) -> BaseModel:
    """The content as a form. Raises Invalid."""
    content: bytes = request.scope["content"]
    if not content:
        raise Invalid(("", Unfit("It is needed.")))
    try:
        return form.model_validate(json.loads(content))
    except ValidationError as fault:
        raise invalid(fault) from None


def reading(
    router: APIRouter,
    path: str,
    summary: str,
    answers: str | Mapping[str, Any],
    *refusals: int,
    takes: Sequence[Takes] = (),
    operation_id: str = "",
    **described: Any,
) -> Callable[[Route], Route]:
    """A route that reads: JSON of a component, or what each media type holds.

    What it `takes` besides the parts of its address. Another parameter of the query is refused.
    """
    takes = [*places(path), *takes]
    asks = any(isinstance(row, str | searches.Parameter) for row in takes)

    def add(route: Route) -> Route:
        router.add_api_route(
            path,
            served(route, *(() if asks else (no_parameters,))),
            operation_id=operation_id or openapi.operation_id(route.__name__),
            **reads(answers, *refusals, takes=takes, summary=summary, **described),
        )
        return route

    return add


def of_each_kind(
    router: APIRouter,
    path: str,
    summary: str,
    answers: Any,
    *refusals: int,
    takes: Sequence[Takes] | Callable[[Kind], Sequence[Takes]],
    name: str,
    make: Callable[..., Any] = reading,
    **described: Any,
) -> Callable[[Route], Route]:
    """One route for openings and one for actions, of the same function, as each kind says.

    `path` has `{entry}` or `{list}`, `summary` and `name` have `{}` where the kind is named;
    what it answers and takes may be functions of the kind.
    """

    def add(route: Route) -> Route:
        for kind in KINDS:
            make(
                *(router, path.format(entry=kind.entry, list=kind.path), summary.format(kind.name)),
                *(answers(kind) if callable(answers) else answers, *refusals),
                takes=takes(kind) if callable(takes) else takes,
                operation_id=name.format(kind.schema),
                tags=[kind.plural],
                **described,
            )(route)
        return route

    return add


def changing(
    router: APIRouter,
    path: str,
    summary: str,
    model: str,
    *refusals: int,
    method: str = "",
    takes: Sequence[Takes] = (),
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
            served(route, no_parameters, writes=True),
            methods=[method or ("PATCH" if merges else "POST")],
            **writes(model, form, name, *refusals, takes=[*places(path), *takes], **about),
        )
        return route

    return add


def pairs(request: Request) -> list[tuple[str, str]]:
    """The parameters of the query, as they were sent.

    Outside the API, without what others append to links; of whoever reads pages, without what a
    form leaves empty.
    """
    if not request.scope["query_string"]:
        return []
    given, path = request.query_params.multi_items(), request.scope["path"]
    if not path.startswith("/api/"):
        given = [pair for pair in given if not _APPENDED.fullmatch(pair[0])]
    if reads_pages(request) or path in ("/diff", "/comparer"):
        given = [pair for pair in given if pair[1]]
    return given


def query(read: Callable[..., Any], **known: Any) -> Extractor:
    """What a function of `domain/search` reads in the query."""
    return lambda request: read(pairs(request), **known)


def sought(names: Sequence[str], **given: Any) -> Extractor:
    """The search that an address asks for which takes these parameters."""
    return query(searches.read, names=names, given=given)


SeenFrom = Annotated[Search, sought(SEEN_FROM)]
Dated = Annotated[Search, sought(DATED)]
no_parameters = sought(())


def slug(request: Request) -> str:
    """A name in an address. What cannot be one is simply not here."""
    parts = (request.path_params.get(name) for name in ("programme", "code", "slug"))
    slug = "/".join(part for part in parts if part is not None)
    if not _ADDRESSED.fullmatch(slug):
        raise Missing("entry", slug[:100])
    return slug


def number(name: str, kind: str) -> Extractor:
    """A part of an address that is a number. Spelled otherwise, it is not here."""

    def given(request: Request) -> int:
        text = request.path_params[name]
        if not re.fullmatch(r"[1-9]\d{0,15}", text, re.ASCII):
            raise Missing(kind, text[:20])
        return int(text)

    return given


def expected(request: Request) -> frozenset[int]:
    """The versions that `If-Match` names, none for other tags. Raises Unconditional."""
    given = ",".join(request.headers.getlist("if-match")).strip()
    if not given or given == "*":
        raise Unconditional
    versions = (re.fullmatch(r"v(\d{1,18})(\..*)?", tag) for tag in TAG.findall(given))
    return frozenset(int(version[1]) for version in versions if version)


Slug = Annotated[str, slug]
Expected = Annotated[frozenset[int], expected]


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
    usual: str | None = None,
    *,
    negotiated: bool = True,
    leads: Iterable[Link] = (),
) -> Response:
    """A page for people, in the language that is asked for; else in the usual one of its address.

    `negotiated`: the browser has a say in the language or the format.
    """
    chosen, usual = "lang" in request.query_params, usual or LANGUAGES.get(request.scope["path"])
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
    return links.of_past(base + request.scope["path"], base, pairs(request))


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
        return given.strip() == "*" or etag.strip('"') in TAG.findall(given)
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
    return f"{context.base}{path or request.scope['path']}?{query}"


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
