"""The site itself: proofs of its ledger, its documentation, what crawlers look for, its health."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app import __version__
from app.api import deps, problems
from app.api.deps import Pages, Prose, Published, Reads
from app.api.openapi import JSON, Row, in_path, media_types
from app.api.texts import programmes_in_json
from app.domain.access import PUBLIC
from app.domain.claims import FIRST, TYPES
from app.domain.commitments import TIMELINESS
from app.domain.context import Context
from app.domain.errors import Missing, NotAcceptable
from app.domain.ledger import Tree
from app.domain.search import OF_FIGURES, Search
from app.formats import HTML, Format, document, links
from app.formats import JSON as JSON_FORMAT
from app.formats.document import Document, encode
from app.formats.links import A_PART, Link, Place
from app.formats.notes import Signer, bundle, place_of
from app.register.reading import Outlines, Reading

TEXT = "text/plain; charset=utf-8"
LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
FRESH = {"Cache-Control": "no-store"}
PICTURE = Format("calendar", "image/svg+xml", "svg")
SITEMAP = Format("sitemap", links.XML, "sitemap")
_PLAIN = {"text/plain": {"type": "string"}}
_BYTES = {"application/octet-stream": {"type": "string", "format": "binary"}}
_XML = {"application/xml": {"type": "string"}}
_HTML = media_types([HTML])
_CSS = {"text/css": {"type": "string"}}
_LINKS = {"application/linkset+json": {"type": "object"}}
_GROWING = {"Cache-Control": "no-cache", "Content-Type": TEXT}
"""Of what grows with the ledger."""
_FOR_EVER = {"Cache-Control": "max-age=31536000, immutable"}
_POSITION = in_path("position", "The position of an event.", 72, minimum=1)
_PLACE = in_path("path", "The level, the number and, of a part, `.p/` and the width.", "0/000.p/84")
_NUMBER = in_path("number", "The number of a part.", 1, minimum=1)
_PROBLEM = in_path("name", "The name of a kind of problem.", "stale")
_DOCUMENTED = in_path("name", "A group of operations, or a content.", "openings")
_FILE = in_path("name", "The name of a file.", "style.css", maxLength=100)

MOST_DRAWN = 50
"""How many entries the page of what they refer to has; a list has the others."""
OF_SUBJECT = (*deps.SEEN_FROM, "lang")
_TEXT = in_path("slug", "The id of a text.", "arrete-2025-08-29", "text_id")
_ORGANIZATION = in_path(
    "slug", "The id of an organisation.", "cour-de-cassation", "organization_id"
)
_PROGRAMME = in_path("slug", "The id of a programme.", FIRST, "programme_slug")

router = APIRouter()
_proof, _page, _discovery, _health = (
    partial(deps.reading, router, tags=[tag]) for tag in ("ledger", "pages", "discovery", "health")
)


# What it takes to check that the ledger was only added to (C2SP): checkpoint, tiles, proofs.


Signs = Annotated[Signer, deps.state("signer")]


@_proof("/checkpoint", "Read the signed head", _PLAIN, 503, validated=False)
def read_checkpoint(register: Reads, signer: Signs) -> Response:
    """How many events there are and the root over them, signed (tlog-checkpoint)."""
    return Response(register.read_tree(signer.checkpoint), headers=_GROWING)


@_proof(
    *("/events/{position}.tlog-proof", "Prove that the signed head covers an event", _PLAIN),
    *(404, 503),
    takes=[_POSITION],
    validated=False,
)
def prove_event(
    position: Annotated[int, deps.number("position", "claim")], register: Reads, signer: Signs
) -> Response:
    """The hashes from the digest of an event to the root, and the signed head (tlog-proof)."""

    def proof(tree: Tree) -> str:
        if not 0 < position <= tree.size:
            raise Missing("claim", str(position))
        return signer.proof(tree, position - 1)

    return Response(register.read_tree(proof), headers=_GROWING)


@_proof(
    *("/tile/{path:path}", "Read a tile of the tree", _BYTES, 404, 503),
    takes=[_PLACE],
    validated=False,
)
def read_tile(path: str, register: Reads) -> Response:
    """Hashes of the tree, or with `entries` its leaves: the digests of events (tlog-tiles)."""

    def tile(tree: Tree) -> bytes | None:
        if (place := place_of(path)) is None:
            return None
        level, *where = place
        if level is None:
            return None if (entries := tree.entries(*where)) is None else bundle(entries)
        return None if (hashes := tree.tile(level, *where)) is None else b"".join(hashes)

    content = register.read_tree(tile)
    if content is None:
        raise Missing("tile", path[:60])
    return Response(content, headers=_FOR_EVER, media_type="application/octet-stream")


# Pages.


_lang = deps.sought(("lang",))


def language_asked(request: Request) -> str:
    """The language of a page that takes `lang` alone."""
    return deps.language(request, _lang(request))


Language = Annotated[str, language_asked]
Logo = Annotated[Any, deps.state("logo")]


@_page("/problems", "List the kinds of problem", _HTML, takes=["lang"], validated=False)
async def list_problems(language: Language, site: Published, prose: Prose) -> Response:
    """Every kind of problem that an answer may be."""
    kinds = problems.EVERY.values()
    return _prose(prose.problem_list(kinds, language, base=site.base), site.base)


@_page(
    *("/problems/{name}", "Read what a kind of problem means", _HTML, 404),
    takes=[_PROBLEM, "lang"],
    validated=False,
)
async def get_problem(name: str, language: Language, site: Published, prose: Prose) -> Response:
    """What a kind of problem means, and what to do."""
    problem = problems.EVERY.get(name)
    if problem is None:
        raise Missing("problem", name[:60])
    return _prose(prose.problem_kind(problem, language, base=site.base), site.base)


@_page("/docs", "Read this documentation", _HTML, takes=["lang"], validated=False)
async def read_documentation(
    request: Request, language: Language, site: Published, prose: Prose
) -> Response:
    """The API, for people: how to begin, and its operations by group."""
    described = prose.documentation(request.app.openapi(), language, base=site.base)
    return _prose(described, site.base)


@_page(
    *("/docs/{name}", "Read the documentation of a group or a content", _HTML, 404),
    takes=[_DOCUMENTED, "lang"],
    validated=False,
)
async def read_documented(
    name: str, request: Request, language: Language, site: Published, prose: Prose
) -> Response:
    """The operations of a group, each with an example to try; or the fields of a content."""
    described = prose.documentation(request.app.openapi(), language, name, base=site.base)
    return _prose(described, site.base)


@dataclass(frozen=True, slots=True)
class Subject:
    """What entries refer to: its document, its page, and what both hold for."""

    document: Callable[[], Document]
    page: Callable[..., bytes]
    context: Context


def _text(slug: str, reader: deps.Reader) -> Subject:
    """A legal text, what it moved, and the openings that rest on it."""
    asked, register = reader.asked, reader.register
    texts = register.texts(PUBLIC, asked.as_of, asked.at, slug)
    cited = register.find(_about(asked, text=(slug,)), PUBLIC)
    (text,), moved = texts.texts, texts.moved.get(slug, ())
    page = partial(reader.pages.text, text, moved, cited)
    in_json = partial(document.text, text, moved, texts.context)
    return Subject(in_json, page, cited.context)


def _organization(slug: str, reader: deps.Reader) -> Subject:
    """An organisation, what it opens, and what it promises."""
    asked, register = reader.asked, reader.register
    known = register.present().organizations
    if slug not in known:
        raise Missing("organization", slug)
    published = register.find(_about(asked, publisher=(slug,)), PUBLIC)
    promised = register.find(_about(asked, steward=(slug,), type=TYPES), PUBLIC)
    organizations = {slug: known[slug], **published.context.organizations}
    published = replace(published, context=replace(published.context, organizations=organizations))
    page = partial(reader.pages.organization, slug, published, promised)
    return Subject(partial(document.organization, known[slug]), page, published.context)


def _programme(slug: str, reader: deps.Reader) -> Subject:
    """A plan: what came of it, its calendar, its actions, and its official table."""
    asked, register, only = reader.asked, reader.register, (slug,)
    known = register.programmes(PUBLIC, asked, slug)
    openings = register.find(_about(asked, programme=only), PUBLIC)
    actions = register.find(_about(asked, programme=only, type=("action",)), PUBLIC)
    overview = register.overview(known.context.snapshot, of_actions=False, programme=only)
    openings = replace(openings, context=known.context)
    page = partial(reader.pages.programme, known.rows[0][0], overview, openings, actions)
    return Subject(lambda: programmes_in_json(known)[0], page, known.context)


def _subject(
    name: str, slug: Row, read: Callable[[str, deps.Reader], Subject], suffix: str, *form: Format
) -> None:
    """The route of what entries refer to, in the format of a suffix or that `Accept` names."""
    refusals = (401, 404) if suffix else (401, 404, 406)
    what, takes = ("page", OF_SUBJECT) if HTML in form else ("document", deps.SEEN_FROM)

    @_page(
        *(f"/{name}s/{{slug}}{suffix}", f"Read the {what} of {name}s"),
        *(media_types(form, name.title()), *refusals),
        takes=(slug, *takes),
        operation_id=f"read{name.title()}{suffix[1:].title()}",
    )
    def subject(slug: deps.Slug, reader: deps.Read) -> Response:
        """What is known of it, and what rests on it."""
        made = read(slug, reader)
        if deps.chosen(reader.request, form, JSON_FORMAT) is HTML:
            return deps.page(reader.request, reader.asked, made.page, made.context)
        return deps.in_json(reader.request, made.document(), made.context)


for _name, _slug, _read in (
    ("text", _TEXT, _text),
    ("organization", _ORGANIZATION, _organization),
    ("programme", _PROGRAMME, _programme),
):
    _subject(_name, _slug, _read, ".html", HTML)
    _subject(_name, _slug, _read, ".json", JSON_FORMAT)
    _subject(_name, _slug, _read, "", JSON_FORMAT, HTML)


@_page("/programmes", "Read the page of programmes", _HTML, 401, takes=OF_SUBJECT)
def read_programmes_page(reader: deps.Read) -> Response:
    """The plans whose promises are kept here, and how much of each is open."""
    known = reader.register.programmes(PUBLIC, reader.asked)
    page = partial(reader.pages.programmes, known)
    return deps.page(reader.request, reader.asked, page, known.context)


def _about(asked: Search, **filters: Any) -> Search:
    """The openings of a text or an organisation, as of the day that is asked."""
    return Search(as_of=asked.as_of, at=asked.at, page_size=MOST_DRAWN, **filters)


def _figures(path: str, language: str, name: str) -> None:
    """The route of the figures, at an address of the language."""

    @_page(
        path, f"Read the page of figures ({language})", _HTML, takes=OF_FIGURES, operation_id=name
    )
    def figures(
        request: Request,
        search: Annotated[Search, deps.sought(OF_FIGURES)],
        register: Reads,
        pages: Pages,
    ) -> Response:
        """How well promises are kept: pictures, each with its table and its CSV."""
        counted = register.figures(search)
        page = partial(pages.figures, counted)
        return deps.page(request, search, page, counted.context, language, negotiated=False)


_figures("/figures", "en", "readFigures")
_figures("/chiffres", "fr", "readFiguresInFrench")


def about(prose: Any) -> APIRouter:
    """The routes of the pages of prose, each at an address of each language."""
    router = APIRouter()
    add = partial(router.add_api_route, include_in_schema=False)

    def route(name: str, language: str) -> Callable[..., Response]:
        def read_prose(
            request: Request, search: Annotated[Search, deps.sought(("lang",))], register: Reads
        ) -> Response:
            context = register.present()
            page = partial(prose.about, name, context=context)
            return deps.page(request, search, page, context, language, negotiated=False)

        return read_prose

    for name, paths in prose.PROSE.items():
        for language, path in paths.items():
            add(path, deps.served(route(name, language)))
    add("/oembed", deps.served(embed))
    add("/calendar.svg", deps.served(draw_calendar))
    return router


def draw_calendar(
    request: Request,
    search: Annotated[Search, deps.sought(OF_SUBJECT)],
    register: Reads,
    pages: Pages,
) -> Response:
    """The calendar of promises as one picture."""
    page = register.find(search, PUBLIC)
    overview = register.overview(page.context.snapshot, of_actions=False)
    body, headers = pages.picture(page, overview, search.lang), {"Content-Language": search.lang}
    name = f"calendar-{search.lang}"
    return deps.answer(request, body, PICTURE, page.context, name, headers=headers)


def embed(request: Request, register: Reads, pages: Pages, prose: Prose) -> Response:
    """How the page of an entry is shown on other sites (oEmbed). Raises Missing, NotAcceptable."""
    asked = request.query_params
    if asked.get("format", "json") != "json":
        raise NotAcceptable(offered=(JSON,))
    address, _, query = asked.get("url", "").partition("?")
    here = re.escape(register.site.base) + r"/(opening|action)s/([A-Za-z0-9/-]+)"
    # What is embedded is as of today: a page of another day is not this one.
    if re.search("(^|&)(as_of|at)=", query) or not (match := re.fullmatch(here, address)):
        raise Missing("page", address[:60])
    entry = register.get(match[2], PUBLIC, kind=match[1])
    language = "en" if "lang=en" in query.split("&") else "fr"
    picture = pages.badge(entry.commitment, entry.context, language)
    body = encode(prose.embedded(entry, address, language, picture))
    return deps.answer(request, body, JSON_FORMAT, entry.context, f"oembed-{language}")


@_page("/static/{name}", "Load a file of the pages", _CSS, 404, takes=[_FILE], validated=False)
async def get_file(name: str, pages: Pages, logo: Logo) -> Response:
    """What pages load: the style sheet, and nothing from elsewhere."""
    file = logo if name == "logo" else pages.static(name)
    if file is None:
        raise Missing("file", name)
    body, media_type = file
    return Response(body, headers={"Cache-Control": "max-age=3600", "Content-Type": media_type})


def _prose(body: bytes, base: str) -> Response:
    headers = {
        "Content-Type": HTML.media_type,
        "Vary": "Accept-Language",
        "Link": links.header(links.everywhere(base)),
    }
    return Response(body, headers=headers)


# What programs look for before they know the site.


@_discovery("/robots.txt", "Read what crawlers are asked to leave alone", _PLAIN, stored=False)
def read_rules_for_crawlers(request: Request, register: Reads) -> Response:
    """Pages are for all, once each; the sitemap names them."""
    return _of_the_day(request, register, links.robots(register.site.base), TEXT)


@_discovery("/.well-known/security.txt", "Read whom to warn of a weakness", _PLAIN, stored=False)
def read_security_contact(request: Request, register: Reads) -> Response:
    """The contact of the register, and until when it surely holds; 404 if it is no address."""
    site, until = register.site, register.clock.surely_until()
    body = links.security(site.base, site.contact, until)
    if body is None:
        raise Missing("file", "security.txt")
    return _of_the_day(request, register, body, TEXT)


@_discovery("/.well-known/api-catalog", "Read where the APIs begin", _LINKS, stored=False)
def read_api_catalog(request: Request, register: Reads) -> Response:
    """Where each API begins, and what describes it (RFC 9727)."""
    base = register.site.base
    itself = Link("api-catalog", f"{base}/.well-known/api-catalog", LINKSET)
    return _of_the_day(request, register, encode(links.apis(base)), LINKSET, itself)


def _of_the_day(
    request: Request, register: Reading, body: bytes, media_type: str, *leads: Link
) -> Response:
    """What the register does not hold: made anew each day."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return deps.validated(
        request,
        body,
        media_type,
        register.clock.midnight(),
        {"ETag": tag, "Cache-Control": "max-age=3600"},
        [*leads, *links.everywhere(register.site.base)],
    )


@_discovery("/sitemap.xml", "Read the index of the sitemap", _XML)
def read_sitemap(request: Request, register: Reads) -> Response:
    """The parts of the sitemap, and when the register last changed."""
    outlines = register.stretch(1, A_PART)
    context, modified = outlines.context, outlines.context.head.recorded_at
    numbers = range(1, outlines.last + 1)
    parts = [Place(f"{context.base}/sitemap-{number}.xml", modified) for number in numbers]
    return deps.answer(request, links.sitemap(parts), SITEMAP, context)


@_discovery("/sitemap-{number}.xml", "Read a part of the sitemap", _XML, 404, takes=[_NUMBER])
def read_sitemap_part(
    request: Request, number: Annotated[int, deps.number("number", "part")], register: Reads
) -> Response:
    """The addresses of pages, in each language, with the time of their last change."""
    outlines = register.stretch(number, A_PART)
    head = deps.answer(request, b"", SITEMAP, outlines.context, f"sitemap-{number}")
    return deps.streamed(request, head, links.sitemap_part(_places(outlines)))


def _places(outlines: Outlines) -> Iterator[Place]:
    """The pages of a stretch: those of the site itself come first."""
    context = outlines.context
    if outlines.number == 1:
        for path in ("/", "/actions", "/programmes", "/chiffres"):
            yield Place(f"{context.base}{path}", context.head.recorded_at)
        for path in ("/docs", "/problems"):
            yield Place(f"{context.base}{path}")
    for entry in outlines.entries:
        yield Place(context.iri(entry), entry.modified)


# For operators: is it alive, is it ready, and what do its gauges say.


class Gauges:
    """What is counted while it runs, and what the register holds when it is asked."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        of: Any = {"namespace": "ouvertures", "registry": self.registry}
        labels = ("method", "status")
        self.requests = Counter("requests", "Answers by method and status.", labels, **of)
        self.seconds = Histogram("request_seconds", "How long answers took.", **of)
        labels, meaning = ("kind", "timeliness"), "Entries by kind and timeliness, on the day."
        self.entries = Gauge("entries", meaning, labels, **of)
        self.position = Gauge("position", "The last position of the ledger.", **of)
        meaning = "Days since anything was recorded."
        self.silence = Gauge("days_since_last_claim", meaning, **of)
        self._of = cache(lambda method, status: self.requests.labels(method, str(status)))

    def count(self, method: str, status: int, seconds: float) -> None:
        self._of(method, status).inc()
        self.seconds.observe(seconds)


@_health("/health/live", "Ask whether it is alive", "Live", validated=False)
async def is_live() -> Response:
    """Whether the process answers at all; asks nothing of the database."""
    return _fresh({"status": "live", "version": __version__})


@_health("/health/ready", "Ask whether it is ready", "Ready", 503, validated=False)
def is_ready(register: Reads) -> Response:
    """Whether it can do its work: the database answers, with the tables of this version."""
    register.database.check()
    head = register.present().head
    document = {"status": "ready", "version": __version__, "engine": register.database.version()}
    return _fresh({**document, "position": head.position, "hash": head.hash})


@_health("/metrics", "Read the gauges", _PLAIN, 503, validated=False)
def get_metrics(request: Request, register: Reads) -> Response:
    """Prometheus gauges: requests, and what the register holds today."""
    gauges: Gauges = request.app.state.gauges
    tally = register.tally()
    for kind, counts in tally.timeliness.items():
        for name in TIMELINESS:
            gauges.entries.labels(kind, name).set(counts.get(name, 0))
    gauges.position.set(tally.context.head.position)
    if tally.silence is not None:
        gauges.silence.set(tally.silence.days)
    return Response(generate_latest(gauges.registry), headers={**FRESH, "Content-Type": PROMETHEUS})


def _fresh(body: dict[str, object]) -> Response:
    return Response(encode(body), headers=FRESH, media_type="application/json")
