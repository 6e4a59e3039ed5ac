"""The pages: records in, HTML out. Knows no request, no clock and no SQL."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.domain.commitments import TIMELINESS, Commitment
from app.domain.context import Context
from app.domain.search import Bilingual, Highlights, Passage, Search, marked
from app.domain.states import OPEN, STATES
from app.formats import ATOM, CALENDAR, FORMATS, HTML, changes, links, schemaorg
from app.formats import language as catalogue
from app.formats.document import Document, correction
from app.formats.language import TERMS
from app.formats.links import Link
from app.formats.sentences import Sentences
from app.register.reading import Entry, Ledger, Page
from app.web import addresses, reference
from app.web.addresses import Addresses, Pairs

T = TypeVar("T")
FOLDER = Path(__file__).resolve().parent

LANGUAGES = {"fr": "Français", "en": "English"}
"""The languages by their own names; the first is the usual one."""
_OTHER = {"fr": "en", "en": "fr"}

SORTS = {
    "rank": "rank in the official table",
    "deadline": "deadline, nearest first",
    "-deadline": "deadline, furthest first",
    "title": "title",
    "publisher": "who opens",
    "state": "state",
    "-slip": "slip, longest first",
    "-modified": "change, latest first",
}
RESOURCE_KINDS = {"file": "file", "api": "API", "repository": "code repository"}
CONFIDENCE = {"high": "high", "medium": "medium"}

SYNTAXES = {
    **{name: name.upper() for name in ("csv", "json", "ods", "xlsx")},
    "json_ld": "JSON-LD",
    "json_lines": "JSON Lines",
    "rdf": "RDF/XML",
    "ntriples": "N-Triples",
}
"""What people call a format, where it is not its name with a capital."""

_SUBSCRIBED = (ATOM.media_type, CALENDAR.media_type)
"""What pages offer apart, as it is today whatever day they show."""

_NAMES = {row.media_type: SYNTAXES.get(row.name, row.name.capitalize()) for row in FORMATS}

_MEDIA_TYPES = {".css": "text/css; charset=utf-8"}
_STATIC = {
    file.name: (file.read_bytes(), _MEDIA_TYPES[file.suffix])
    for file in sorted((FOLDER / "static").iterdir())
}


class Offer(NamedTuple):
    """The same in another format: what people call it, and whether it is the catalogue’s."""

    name: str
    media_type: str | None
    address: str
    of_catalogue: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a list may be narrowed to: its words, its count, and the list it leads to."""

    key: str
    label: str
    count: int
    chosen: bool
    address: str


class Shown(NamedTuple):
    """A text in pieces; `language` where it is not the page’s."""

    passage: Passage
    language: str | None = None


class Matches(NamedTuple):
    """The title of an entry, and what else of it holds the words sought."""

    title: Shown
    others: tuple[Shown, ...] = ()


def listing(page: Page, context: Context, language: str, *, chosen: bool = False) -> bytes:
    """The list: what is promised, by when, and what came of it.

    `chosen`: whether the reader chose the language in the address, so that links keep it.
    """
    search, say = page.search, Sentences(language, context)
    at = _addresses(context, language, chosen=chosen)
    path, filters = addresses.list_path(search), addresses.filters(search)
    pairs = [*filters, *addresses.order(search)]
    of_action = path != "/"
    offers = links.of_list(context.base, _query(search, at), HTML, of_actions=of_action)
    timeliness = {entry.timing.on(context.day)[0] for entry in page.entries}
    return _render(
        "listing.html",
        at,
        say=say,
        path=path,
        pairs=pairs,
        context=context,
        structured=not of_action and _block(schemaorg.catalogue, page.entries, context, language),
        correct=correction(context.contact, say.t("Register of promised openings")),
        page=page,
        of_action=of_action,
        formats=_offers(offers, context, at),
        states=_choices(page, "state", say, at),
        timings=_choices(page, "timeliness", say, at),
        named=[say.filter(*pair, of_action=of_action) for pair in filters],
        narrowed=bool(addresses.filters(search, but="q")),
        shown={entry.slug: _matches(entry, page.highlights, language) for entry in page.entries},
        orders=SORTS if search.sort in SORTS else (*SORTS, search.sort),
        legend=[key for key in TIMELINESS if key in timeliness],
        vague=any(entry.uncertain for entry in page.entries),
        last=max(1, -(-page.total // search.page_size)),
        around_this=[
            (rel, at.page(path, [*pairs, *turned]))
            for rel, turned in addresses.neighbours(search, page.total, page.cursor)
        ],
        **_kept(search, at),
    )


def opening(
    entry: Entry, ledger: Ledger, context: Context, language: str, *, chosen: bool = False
) -> bytes:
    """One opening or action: the promise, where it stands, and every claim in order."""
    commitment = entry.commitment
    at = _addresses(context, language, chosen=chosen)
    of_action = commitment.type == "action"
    named = replace(
        context,
        organizations={**ledger.context.organizations, **context.organizations},
        texts={**ledger.context.texts, **context.texts},
    )
    as_of = context.snapshot.as_of
    return _render(
        "opening.html",
        at,
        say=Sentences(language, named),
        path=addresses.entry_path(commitment.slug, of_action=of_action),
        context=named,
        entry=commitment,
        structured=not of_action and _block(schemaorg.opening, commitment, context, language),
        of_action=of_action,
        open=commitment.state in OPEN,
        timeline=list(changes.timeline(ledger.events, ledger.standings, commitment, as_of)),
        vague_days=changes.vague_days(ledger.events),
        formats=_offers(links.of_entry(commitment, context, HTML), context, at),
        followed=_worded(language),
        correct=correction(context.contact, commitment.slug),
    )


def problem_kind(problem: Any, language: str, *, base: str = "") -> bytes:
    """What a kind of problem (a row of `app.api.problems`) means, and what to do."""
    path = f"/problems/{quote(problem.name)}"
    at = Addresses(base=base, language=language)
    return _render("problem.html", at, path=path, problem=problem)


def problem_list(problems: Iterable[Any], language: str = "fr", *, base: str = "") -> bytes:
    """Every kind of problem, by status."""
    rows = sorted(problems, key=lambda problem: (problem.status, problem.name))
    at = Addresses(base=base, language=language)
    return _render("problems.html", at, path="/problems", problems=rows)


def documentation(openapi: Mapping[str, Any], language: str, *, base: str = "") -> bytes:
    """The reference of the API, from its OpenAPI document."""
    return _render(
        "documentation.html",
        Addresses(base=base, language=language),
        path="/docs",
        openapi=reference.resolved(openapi),
        api=reference,
    )


def static(name: str) -> tuple[bytes, str] | None:
    """A file that pages load, with its media type; None when there is none of that name."""
    return _STATIC.get(name)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["safe_link"] = lambda address: addresses.safe(address) is not None
    environment.globals |= {
        "confidence": CONFIDENCE,
        "entry_path": addresses.entry_path,
        "languages": LANGUAGES,
        "resource_kinds": RESOURCE_KINDS,
        "sorts": SORTS,
        "terms": TERMS,
        "verdicts": changes.VERDICTS,
    }
    return environment


_TEMPLATES = _environment()
_ABSENT: Mapping[str, Any] = {
    "context": None,
    "pairs": [],
    "turned": [],
    "correct": None,
    "structured": None,
}
"""What not every page has."""


def _render(template: str, at: Addresses, **values: Any) -> bytes:
    words = {
        "language": at.language,
        "t": partial(catalogue.say, at.language),
        "counted": partial(catalogue.count, at.language),
    }
    page = _TEMPLATES.get_template(template)
    return page.render({**_ABSENT, **words, **values, "at": at}).encode()


def _offers(leads: Iterable[Link], context: Context, at: Addresses) -> list[Offer]:
    """The other formats among what a page leads to."""
    return [
        Offer(
            _NAMES[link.media_type or ""],
            link.type,
            at.rooted(link.address.removeprefix(context.base)),
            link.address.startswith(f"{context.base}/catalog."),
        )
        for link in leads
        if link.rel == "alternate" and link.media_type not in _SUBSCRIBED
    ]


def _block(
    describe: Callable[[T, Context, str], Document], about: T, context: Context, language: str
) -> Markup | None:
    """What a page says, as data for search engines, which nothing runs. They keep no past pages."""
    if context.seen_from:
        return None
    return Markup(schemaorg.block(describe(about, context, language)))  # noqa: S704 it has no markup


def _addresses(context: Context, language: str, *, chosen: bool) -> Addresses:
    return Addresses(
        base=context.base,
        language=language,
        chosen=chosen,
        as_of=context.snapshot.as_of,
        position=context.snapshot.at,
    )


def _kept(search: Search, at: Addresses) -> dict[str, Pairs]:
    """What the forms of the list keep unseen."""
    narrowed, order = addresses.filters(search), addresses.order(search)
    language = [("lang", at.language)] if at.chosen else []
    day = at.seen_from()
    turned = [("page", str(search.page))] if search.page > 1 else []
    shown = ("state", "timeliness", "sort")
    return {
        "kept_by_filter": [
            *(pair for pair in (*narrowed, *order) if pair[0] not in shown),
            *day,
            *language,
        ],
        "kept_by_day": [*narrowed, *order, *language],
        "kept_by_words": [*addresses.filters(search, but="q"), *order, *day, *language],
        "followed": [*narrowed, *_worded(at.language)],
        "turned": turned,
    }


def _worded(language: str) -> Pairs:
    """The language of a subscription, where it is not the usual one."""
    return [] if language == next(iter(LANGUAGES)) else [("lang", language)]


def _query(search: Search, at: Addresses) -> Pairs:
    """What the same list by program is asked for."""
    turned = [("page", str(search.page))] if search.page > 1 else []
    titles = [("lang", search.lang)] if search.order[0] == "title" else []
    kept = addresses.filters(search), addresses.order(search), turned, at.seen_from(), titles
    return [pair for pairs in kept for pair in pairs]


def _choices(page: Page, name: str, say: Sentences, at: Addresses) -> list[Choice]:
    """The values of a facet in the order of the domain, each with the list of it alone."""
    search = page.search
    counts, chosen = page.facets.get(name, {}), getattr(search, name)
    path = addresses.list_path(search)
    others = addresses.filters(search, but=name)
    return [
        Choice(
            key,
            say.filter(name, key, of_action=path != "/"),
            counts.get(key, 0),
            key in chosen,
            at.page(path, [*others, (name, key), *addresses.order(search)]),
        )
        for key in (STATES if name == "state" else TIMELINESS)
        if counts.get(key) or key in chosen
    ]


def _matches(entry: Commitment, marks: Mapping[str, Highlights], language: str) -> Matches:
    """An entry as a page in that language shows it."""
    highlights = marks.get(entry.slug, Highlights())
    own = language if getattr(entry.described.title, language) else _OTHER[language]
    plain = marked(getattr(entry.described.title, own) or "", ())
    title = getattr(highlights.title, own) or plain
    others = [
        *(shown for shown in _both(highlights.title, language) if shown.passage != title),
        *_both(highlights.description, language)[:1],
        *map(Shown, highlights.keywords),
    ]
    return Matches(Shown(title, None if own == language else own), tuple(others))


def _both(texts: Bilingual, language: str) -> list[Shown]:
    """The passages there are, that in the page’s language first."""
    both = (
        Shown(getattr(texts, language)),
        Shown(getattr(texts, _OTHER[language]), _OTHER[language]),
    )
    return [shown for shown in both if shown.passage]
