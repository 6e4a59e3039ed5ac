"""The site itself: proofs of its ledger, its documentation, what crawlers look for, its health."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app import __version__
from app.api import deps, problems
from app.api.deps import Caller, Read
from app.api.openapi import JSON, media_types
from app.domain.access import PUBLIC
from app.domain.commitments import TIMELINESS
from app.domain.errors import Missing, NotAcceptable
from app.domain.ledger import Tree
from app.domain.search import OF_FIGURES, Search
from app.formats import HTML, Format, links
from app.formats import JSON as JSON_FORMAT
from app.formats.document import encode
from app.formats.links import A_PART, Link, Place
from app.formats.notes import Signer, bundle, place_of
from app.register.reading import Outlines

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


router = APIRouter()
_proof, _page, _discovery, _health = (
    partial(deps.reading, router, tags=[tag]) for tag in ("ledger", "pages", "discovery", "health")
)


# What it takes to check that the ledger was only added to (C2SP): checkpoint, tiles, proofs.


Signs = Annotated[Signer, deps.state("signer")]


@_proof("/checkpoint", "Read the signed head", _PLAIN, 503, validated=False)
def read_checkpoint(caller: Read, signer: Signs) -> Response:
    """How many events there are and the root over them, signed (tlog-checkpoint)."""
    return Response(caller.register.read_tree(signer.checkpoint), headers=_GROWING)


@_proof(
    *("/events/{position}.tlog-proof", "Prove that the signed head covers an event", _PLAIN),
    *(404, 503),
    validated=False,
)
def prove_event(
    caller: Read, position: Annotated[int, deps.number("position", "claim")], signer: Signs
) -> Response:
    """The hashes from the digest of an event to the root, and the signed head (tlog-proof)."""

    def proof(tree: Tree) -> str:
        if not 0 < position <= tree.size:
            raise Missing("claim", str(position))
        return signer.proof(tree, position - 1)

    return Response(caller.register.read_tree(proof), headers=_GROWING)


@_proof(*("/tile/{path:path}", "Read a tile of the tree", _BYTES, 404, 503), validated=False)
def read_tile(caller: Read, path: str) -> Response:
    """Hashes of the tree, or with `entries` its leaves: the digests of events (tlog-tiles)."""

    def tile(tree: Tree) -> bytes | None:
        if (place := place_of(path)) is None:
            return None
        level, *where = place
        if level is None:
            return None if (entries := tree.entries(*where)) is None else bundle(entries)
        return None if (hashes := tree.tile(level, *where)) is None else b"".join(hashes)

    content = caller.register.read_tree(tile)
    if content is None:
        raise Missing("tile", path[:60])
    return Response(content, headers=_FOR_EVER, media_type="application/octet-stream")


# Pages.


of_language = deps.sought(("lang",))
InLanguage = Annotated[Search, of_language]


def language_asked(request: Request) -> str:
    """The language of a page that takes `lang` alone."""
    return deps.language(request, of_language(request))


Language = Annotated[str, language_asked]
Logo = Annotated[Any, deps.state("logo")]


@_page("/problems", "List the kinds of problem", _HTML, takes=["lang"], validated=False)
async def list_problems(caller: Read, language: Language) -> Response:
    """Every kind of problem that an answer may be."""
    kinds, base = problems.EVERY.values(), caller.register.site.base
    return _prose(caller.prose.problem_list(kinds, language, base=base), base)


@_page(
    *("/problems/{name}", "Read what a kind of problem means", _HTML, 404),
    takes=["lang"],
    validated=False,
)
async def get_problem(caller: Read, name: str, language: Language) -> Response:
    """What a kind of problem means, and what to do."""
    problem, base = problems.EVERY.get(name), caller.register.site.base
    if problem is None:
        raise Missing("problem", name[:60])
    return _prose(caller.prose.problem_kind(problem, language, base=base), base)


@_page("/docs", "Read this documentation", _HTML, takes=["lang"], validated=False)
async def read_documentation(caller: Read, language: Language) -> Response:
    """The API, for people: how to begin, and its operations by group."""
    return _documentation(caller, language)


@_page(
    *("/docs/{name}", "Read the documentation of a group or a content", _HTML, 404),
    takes=["lang"],
    validated=False,
)
async def read_documented(caller: Read, name: str, language: Language) -> Response:
    """The operations of a group, each with an example to try; or the fields of a content."""
    return _documentation(caller, language, name)


def _documentation(caller: Caller, language: str, *name: str) -> Response:
    described, base = caller.request.app.openapi(), caller.register.site.base
    return _prose(caller.prose.documentation(described, language, *name, base=base), base)


@_page(
    *("/chiffres", "Read the page of figures (fr)", _HTML),
    takes=OF_FIGURES,
    operation_id="readFiguresInFrench",
)
@_page("/figures", "Read the page of figures (en)", _HTML, takes=OF_FIGURES)
def read_figures(caller: Read, search: Annotated[Search, deps.sought(OF_FIGURES)]) -> Response:
    """How well promises are kept: pictures, each with its table and its CSV."""
    counted = caller.register.figures(search)
    page = partial(caller.pages.figures, counted)
    return deps.page(caller.request, search, page, counted.context, negotiated=False)


def about(addresses: Mapping[str, Mapping[str, str]]) -> APIRouter:
    """The routes of the pages of prose, each at an address of each language."""
    router = APIRouter()
    places = {
        path: (name, language)
        for name, paths in addresses.items()
        for language, path in paths.items()
    }

    def read_prose(caller: Read, search: InLanguage) -> Response:
        name, language = places[caller.request.scope["path"]]
        context = caller.register.present()
        page = partial(caller.prose.about, name, context=context)
        return deps.page(caller.request, search, page, context, language, negotiated=False)

    for path in places:
        router.add_api_route(path, deps.served(read_prose), include_in_schema=False)
    return router


def draw_calendar(caller: Read, search: deps.Dated) -> Response:
    """The calendar of promises as one picture."""
    register, language = caller.register, search.lang
    page = register.find(search, PUBLIC)
    overview = register.overview(page.context.snapshot, of_actions=False)
    body, headers = caller.pages.picture(page, overview, language), {"Content-Language": language}
    name = f"calendar-{language}"
    return deps.answer(caller.request, body, PICTURE, page.context, name, headers=headers)


def embed(caller: Read) -> Response:
    """How the page of an entry is shown on other sites (oEmbed). Raises Missing, NotAcceptable."""
    register, asked = caller.register, caller.request.query_params
    if asked.get("format", "json") != "json":
        raise NotAcceptable(offered=(JSON,))
    address, _, query = asked.get("url", "").partition("?")
    name = "[A-Za-z0-9-]+"
    here = f"{re.escape(register.site.base)}/(?:openings/({name})|actions/({name}/{name}))"
    # What is embedded is as of today: a page of another day is not this one.
    if re.search("(^|&)(as_of|at)=", query) or not (match := re.fullmatch(here, address)):
        raise Missing("page", address[:60])
    entry = register.get(match[1] or match[2], PUBLIC)
    language = "en" if "lang=en" in query.split("&") else "fr"
    picture = caller.pages.badge(entry.commitment, entry.context, language)
    body = encode(caller.prose.embedded(entry, address, language, picture))
    return deps.answer(caller.request, body, JSON_FORMAT, entry.context, f"oembed-{language}")


for _path, _route in (("/oembed", embed), ("/calendar.svg", draw_calendar)):
    router.add_api_route(_path, deps.served(_route), include_in_schema=False)


@_page("/static/{name}", "Load a file of the pages", _CSS, 404, validated=False)
async def get_file(caller: Read, name: str, logo: Logo) -> Response:
    """What pages load: the style sheet, and nothing from elsewhere."""
    file = logo if name == "logo" else caller.pages.static(name)
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
def read_rules_for_crawlers(caller: Read) -> Response:
    """Pages are for all, once each; the sitemap names them."""
    return _of_the_day(caller, links.robots(caller.register.site.base), TEXT)


@_discovery("/.well-known/security.txt", "Read whom to warn of a weakness", _PLAIN, stored=False)
def read_security_contact(caller: Read) -> Response:
    """The contact of the register, and until when it surely holds; 404 if it is no address."""
    site, until = caller.register.site, caller.register.clock.surely_until()
    body = links.security(site.base, site.contact, until)
    if body is None:
        raise Missing("file", "security.txt")
    return _of_the_day(caller, body, TEXT)


@_discovery("/.well-known/api-catalog", "Read where the APIs begin", _LINKS, stored=False)
def read_api_catalog(caller: Read) -> Response:
    """Where each API begins, and what describes it (RFC 9727)."""
    base = caller.register.site.base
    itself = Link("api-catalog", f"{base}/.well-known/api-catalog", LINKSET)
    return _of_the_day(caller, encode(links.apis(base)), LINKSET, itself)


def _of_the_day(caller: Caller, body: bytes, media_type: str, *leads: Link) -> Response:
    """What the register does not hold: made anew each day."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "max-age=3600"}
    leads = (*leads, *links.everywhere(caller.register.site.base))
    midnight = caller.register.clock.midnight()
    return deps.validated(caller.request, body, media_type, midnight, headers, leads)


@_discovery("/sitemap.xml", "Read the index of the sitemap", _XML)
def read_sitemap(caller: Read) -> Response:
    """The parts of the sitemap, and when the register last changed."""
    outlines = caller.register.stretch(1, A_PART)
    context, modified = outlines.context, outlines.context.head.recorded_at
    numbers = range(1, outlines.last + 1)
    parts = [Place(f"{context.base}/sitemap-{number}.xml", modified) for number in numbers]
    return deps.answer(caller.request, links.sitemap(parts), SITEMAP, context)


@_discovery("/sitemap-{number}.xml", "Read a part of the sitemap", _XML, 404)
def read_sitemap_part(
    caller: Read, number: Annotated[int, deps.number("number", "part")]
) -> Response:
    """The addresses of pages, in each language, with the time of their last change."""
    request, outlines = caller.request, caller.register.stretch(number, A_PART)
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
def is_ready(caller: Read) -> Response:
    """Whether it can do its work: the database answers, with the tables of this version."""
    register = caller.register
    register.database.check()
    head = register.present().head
    document = {"status": "ready", "version": __version__, "engine": register.database.version()}
    return _fresh({**document, "position": head.position, "hash": head.hash})


@_health("/metrics", "Read the gauges", _PLAIN, 503, validated=False)
def get_metrics(caller: Read, gauges: Annotated[Gauges, deps.state("gauges")]) -> Response:
    """Prometheus gauges: requests, and what the register holds today."""
    timeliness, head, silence = caller.register.tally()
    for kind, counts in timeliness.items():
        for name in TIMELINESS:
            gauges.entries.labels(kind, name).set(counts.get(name, 0))
    gauges.position.set(head.position)
    if silence is not None:
        gauges.silence.set(silence.days)
    return Response(generate_latest(gauges.registry), headers={**FRESH, "Content-Type": PROMETHEUS})


def _fresh(body: dict[str, object]) -> Response:
    return Response(encode(body), headers=FRESH, media_type="application/json")
