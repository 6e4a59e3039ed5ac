"""The addresses that negotiate: a thing in every voice, lists, pages and their documentation."""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Request, Response

from app.api import feeds, problems, schemas
from app.api.deps import (
    SEEN_FROM,
    Anyone,
    Reads,
    Slug,
    answer,
    changed,
    no_parameters,
    parameters,
    tag,
)
from app.api.openings import (
    OF_ACTIONS,
    AmongActions,
    AmongOpenings,
    one,
    page_of,
)
from app.api.operations import ACTION_SLUG, OPENING_SLUG, in_path, reads, suffix_of, voices
from app.domain import search as searches
from app.domain.access import PUBLIC, Actor
from app.domain.context import Context
from app.domain.errors import Missing, NotAcceptable
from app.domain.search import OF_LISTS, Export, Search
from app.formats import ATOM, BY_SUFFIX, CALENDAR, HTML, JSON, OF_ONE, Format, links
from app.formats.links import Link
from app.formats.negotiation import choose, language
from app.register.reading import ACTION, ENTRY, Entry, Ledger, Page, Reading

router = APIRouter()


class Pages(Protocol):
    """The human face, as `main` hands it over: records in, HTML out."""

    def listing(
        self, page: Page, context: Context, language: str, *, chosen: bool = False
    ) -> bytes:
        """A list."""

    def opening(
        self, entry: Entry, ledger: Ledger, context: Context, language: str, *, chosen: bool = False
    ) -> bytes:
        """An entry with its ledger."""

    def problem_kind(self, problem: Any, language: str, *, base: str = "") -> bytes:
        """What a kind of problem means."""

    def problem_list(self, problems: Any, language: str = "fr", *, base: str = "") -> bytes:
        """Every kind of problem."""

    def documentation(self, openapi: Mapping[str, Any], language: str, *, base: str = "") -> bytes:
        """The API, for people."""

    def static(self, name: str) -> tuple[bytes, str] | None:
        """A file that pages load, and its media type."""


async def dated(request: Request) -> Search:
    """`as_of`, `at` and `lang`, where an address takes nothing else."""
    return searches.read(request.query_params.multi_items(), names=(*SEEN_FROM, "lang"))


async def spoken(request: Request) -> str:
    """The language of a page that takes `lang` alone."""
    asked = searches.read(request.query_params.multi_items(), names=("lang",))
    return _language(request, asked)


async def voice(suffix: str) -> Format:
    """The voice of a suffix. One that is not spoken is simply not here."""
    if (found := BY_SUFFIX.get(suffix)) not in OF_ONE:
        raise Missing("voice", suffix[:20])
    return found


Dated = Annotated[Search, Depends(dated)]
Spoken = Annotated[str, Depends(spoken)]
Voice = Annotated[Format, Depends(voice)]
_OF_ACTIONS = tuple(row for row in OF_ONE if row.of_actions)
_SUBSCRIBED = (CALENDAR, ATOM)
_PROBLEM = in_path("name", "The name of a kind of problem.", "stale")
_FILE = in_path("name", "The name of a file.", "style.css", maxLength=100)


@router.get(
    "/",
    operation_id="readPage",
    summary="Read the page of openings",
    tags=["pages"],
    **reads(voices([HTML]), takes=parameters(*OF_LISTS)),
)
def home(request: Request, search: AmongOpenings, register: Reads) -> Response:
    """The page: what is promised, by when, and what came of it."""
    return _list(request, HTML, register, search, PUBLIC)


@router.get(
    "/openings",
    operation_id="negotiateOpenings",
    summary="List the openings in the voice that Accept names",
    tags=["openings"],
    **reads(voices([JSON, HTML], schemas.OpeningList), 401, 406, takes=parameters(*OF_LISTS)),
)
def openings(request: Request, search: AmongOpenings, register: Reads, actor: Anyone) -> Response:
    """The openings, as JSON or as a page."""
    return _list(request, _chosen(request, (HTML, JSON)), register, search, actor)


@router.get(
    "/actions",
    operation_id="negotiateActions",
    summary="List the actions in the voice that Accept names",
    tags=["actions"],
    **reads(voices([JSON, HTML], schemas.ActionList), 401, 406, takes=parameters(*OF_ACTIONS)),
)
def actions(request: Request, search: AmongActions, register: Reads, actor: Anyone) -> Response:
    """The actions, as JSON or as a page."""
    return _list(request, _chosen(request, (HTML, JSON)), register, search, actor)


@router.get(
    "/openings.json",
    operation_id="listOpeningsInJson",
    summary="List the openings in JSON",
    tags=["openings"],
    **reads(voices([JSON], schemas.OpeningList), 401, takes=parameters(*OF_LISTS)),
)
def openings_json(
    request: Request, search: AmongOpenings, register: Reads, actor: Anyone
) -> Response:
    """The openings as JSON, paged like the API."""
    return page_of(request, register.find(search, actor))


@router.get(
    "/actions.json",
    operation_id="listActionsInJson",
    summary="List the actions in JSON",
    tags=["actions"],
    **reads(voices([JSON], schemas.ActionList), 401, takes=parameters(*OF_ACTIONS)),
)
def actions_json(
    request: Request, search: AmongActions, register: Reads, actor: Anyone
) -> Response:
    """The actions as JSON, paged like the API."""
    return page_of(request, register.find(search, actor))


@router.get(
    "/openings/{slug}.{suffix}",  # noqa: FAST003 `voice` takes it
    operation_id="getOpeningIn",
    summary="Read an opening in the voice of the suffix",
    tags=["openings"],
    **reads(
        voices(OF_ONE, schemas.Opening),
        401,
        404,
        410,
        takes=parameters(OPENING_SLUG, suffix_of(OF_ONE), *SEEN_FROM, "lang"),
    ),
)
def opening_voice(
    request: Request, slug: Slug, form: Voice, asked: Dated, register: Reads, actor: Anyone
) -> Response:
    """An opening in the voice of the suffix: html, json, ttl, jsonld, rdf or nt."""
    return _one(request, form, register, (slug, ENTRY), asked, actor)


@router.get(
    "/openings/{slug}",
    operation_id="negotiateOpening",
    summary="Read an opening in the voice that Accept names",
    tags=["openings"],
    **reads(
        voices((*OF_ONE, *_SUBSCRIBED), schemas.Opening),
        401,
        404,
        406,
        410,
        takes=parameters(OPENING_SLUG, *SEEN_FROM, "lang"),
    ),
)
def opening(request: Request, slug: Slug, asked: Dated, register: Reads, actor: Anyone) -> Response:
    """The permanent address of an opening: in the voice that `Accept` asks for, else JSON."""
    form = _chosen(request, (*OF_ONE, *_SUBSCRIBED))
    return _one(request, form, register, (slug, ENTRY), asked, actor)


@router.get(
    "/actions/{slug}.{suffix}",  # noqa: FAST003 `voice` takes it
    operation_id="getActionIn",
    summary="Read an action in the voice of the suffix",
    tags=["actions"],
    **reads(
        voices(_OF_ACTIONS, schemas.Action),
        401,
        404,
        410,
        takes=parameters(ACTION_SLUG, suffix_of(_OF_ACTIONS), *SEEN_FROM, "lang"),
    ),
)
def action_voice(
    request: Request, slug: Slug, form: Voice, asked: Dated, register: Reads, actor: Anyone
) -> Response:
    """An action in the voice of the suffix: html or json."""
    if not form.of_actions:
        raise Missing("voice", form.suffix)
    return _one(request, form, register, (slug, ACTION), asked, actor)


@router.get(
    "/actions/{slug}",
    operation_id="negotiateAction",
    summary="Read an action in the voice that Accept names",
    tags=["actions"],
    **reads(
        voices((*_OF_ACTIONS, *_SUBSCRIBED), schemas.Action),
        401,
        404,
        406,
        410,
        takes=parameters(ACTION_SLUG, *SEEN_FROM, "lang"),
    ),
)
def action(request: Request, slug: Slug, asked: Dated, register: Reads, actor: Anyone) -> Response:
    """The permanent address of an action, as JSON or as a page."""
    form = _chosen(request, (*_OF_ACTIONS, *_SUBSCRIBED))
    return _one(request, form, register, (slug, ACTION), asked, actor)


@router.get(
    "/problems",
    operation_id="listProblems",
    summary="List the kinds of problem",
    tags=["pages"],
    **reads(voices([HTML]), takes=parameters("lang"), validated=False),
)
async def problem_list(request: Request, spoken: Spoken) -> Response:
    """Every kind of problem that an answer may be."""
    pages: Pages = request.app.state.pages
    kinds = problems.every_problem().values()
    base = request.app.state.site.base
    return _page(pages.problem_list(kinds, spoken, base=base), base)


@router.get(
    "/problems/{name}",
    operation_id="getProblem",
    summary="Read what a kind of problem means",
    tags=["pages"],
    **reads(voices([HTML]), 404, takes=parameters(_PROBLEM, "lang"), validated=False),
)
async def problem_kind(request: Request, name: str, spoken: Spoken) -> Response:
    """What a kind of problem means, and what to do."""
    pages: Pages = request.app.state.pages
    found = problems.every_problem().get(name)
    if found is None:
        raise Missing("problem", name[:60])
    base = request.app.state.site.base
    return _page(pages.problem_kind(found, spoken, base=base), base)


@router.get(
    "/docs",
    operation_id="readDocumentation",
    summary="Read this documentation",
    tags=["pages"],
    response_model=schemas.COMPONENTS,
    **reads(voices([HTML]), takes=parameters("lang"), validated=False),
)
async def documentation(request: Request, spoken: Spoken) -> Response:
    """The API, for people."""
    pages: Pages = request.app.state.pages
    base = request.app.state.site.base
    return _page(pages.documentation(request.app.openapi(), spoken, base=base), base)


@router.get(
    "/static/{name}",
    dependencies=[Depends(no_parameters)],
    operation_id="getFile",
    summary="Load a file of the pages",
    tags=["pages"],
    **reads({"text/css": {"type": "string"}}, 404, 422, takes=parameters(_FILE), validated=False),
)
async def static(request: Request, name: Annotated[str, Path(max_length=100)]) -> Response:
    """What pages load: the style sheet, and nothing from elsewhere."""
    found = request.app.state.pages.static(name)
    if found is None:
        raise Missing("file", name)
    body, media_type = found
    return Response(body, headers={"Cache-Control": "max-age=3600", "Content-Type": media_type})


def _chosen(request: Request, offered: tuple[Format, ...]) -> Format:
    """The voice that `Accept` asks for: JSON for whoever takes anything."""
    form = choose(",".join(request.headers.getlist("accept")) or None, offered, JSON)
    if form is None:
        raise NotAcceptable(tuple(row.media_type for row in offered))
    return form


def _language(request: Request, asked: Search) -> str:
    if "lang" in request.query_params:
        return asked.lang
    return language(request.headers.get("accept-language"))


def _list(
    request: Request, form: Format, register: Reading, search: Search, actor: Actor
) -> Response:
    """A list as JSON, to whoever asks; as a page, what everyone may see."""
    if form is JSON:
        return page_of(request, register.find(search, actor))
    page = register.find(search, PUBLIC)
    pages: Pages = request.app.state.pages
    around, spoken = page.context, _language(request, page.search)
    told = around
    chosen, query = "lang" in request.query_params, request.query_params.multi_items()
    return answer(
        request,
        pages.listing(page, told, spoken, chosen=chosen),
        HTML.media_type,
        tag(around.head.position, around, f"html-{spoken}"),
        changed(around, around.head.recorded_at),
        {"Vary": "Accept, Accept-Language", "Content-Language": spoken},
        [
            *links.of_list(told.base, query, HTML, of_actions=search.type == ("action",)),
            Link("api-catalog", f"{told.base}/.well-known/api-catalog"),
        ],
    )


def _one(
    request: Request,
    form: Format,
    register: Reading,
    name: tuple[str, str],
    asked: Search,
    actor: Actor,
) -> Response:
    slug, kind = name
    if form is JSON:
        return one(request, register.get(slug, actor, asked.as_of, kind, at=asked.at))
    if form is ATOM:
        return feeds.feed(request, register.log(asked, None, name))
    entry = register.get(slug, PUBLIC, asked.as_of, kind, at=asked.at)
    if form is CALENDAR:
        return feeds.calendar(request, entry, Export(lang=asked.lang))
    found, around = entry.commitment, entry.context
    told, spoken = around, _language(request, asked)
    headers = {"Vary": "Accept, Accept-Language"}
    chosen = form is HTML and "lang" in request.query_params
    if form.one is not None:
        body, named = form.one(found, told), form.suffix
    else:
        pages: Pages = request.app.state.pages
        ledger = register.events(slug, PUBLIC, kind, around.head.position)
        body = pages.opening(entry, ledger, told, spoken, chosen=chosen)
        named, headers["Content-Language"] = f"html-{spoken}", spoken
    etag, modified = tag(found.version, around, named), changed(around, found.modified)
    leads = links.of_entry(found, told, form, spoken if chosen else None)
    return answer(request, body, form.media_type, etag, modified, headers, leads)


def _page(body: bytes, base: str) -> Response:
    told = {
        "Content-Type": HTML.media_type,
        "Vary": "Accept-Language",
        "Link": links.header(links.everywhere(base)),
    }
    return Response(body, headers=told)
