"""The pages: records in, HTML out. Knows no request, no clock and no SQL."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.domain.commitments import TIMELINESS
from app.domain.context import Context
from app.domain.search import Search
from app.domain.states import OPEN, STATES
from app.formats import ATOM, CALENDAR, FORMATS, HTML, links, schemaorg
from app.formats.document import Document, correction
from app.formats.language import say
from app.formats.links import Link
from app.register.reading import Entry, Ledger, Page
from app.web import addresses, matches, reference, timeline
from app.web.addresses import Addresses, Pairs
from app.web.sentences import Speech
from app.web.words import WORDS

T = TypeVar("T")
FOLDER = Path(__file__).resolve().parent
LANGUAGES = tuple(WORDS)
SORTS = ("rank", "deadline", "-deadline", "title", "publisher", "state", "-slip", "-modified")

SYNTAXES = {
    **{name: name.upper() for name in ("csv", "json", "ods", "xlsx")},
    "json_ld": "JSON-LD",
    "json_lines": "JSON Lines",
    "rdf": "RDF/XML",
    "ntriples": "N-Triples",
}
"""What people call a voice, where it is not its name with a capital."""

_SUBSCRIBED = (ATOM.media_type, CALENDAR.media_type)
"""What pages offer apart, as it is today whatever day they show."""

_NAMES = {row.media_type: SYNTAXES.get(row.name, row.name.capitalize()) for row in FORMATS}

_MEDIA_TYPES = {".css": "text/css; charset=utf-8"}
_STATIC = {
    file.name: (file.read_bytes(), _MEDIA_TYPES[file.suffix])
    for file in sorted((FOLDER / "static").iterdir())
}


class Problem(Protocol):
    """One kind of problem, as `app.api.problems` draws it up."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def remedy(self) -> str: ...


class Voice(NamedTuple):
    """The same in another form: what people call it, and whether it is the catalogue’s."""

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


def listing(page: Page, context: Context, language: str, *, chosen: bool = False) -> bytes:
    """The list: what is promised, by when, and what came of it.

    `chosen`: whether the reader chose the language in the address, so that links keep it.
    """
    search = page.search
    at = _addresses(context, language, chosen=chosen)
    say = Speech(language, context.organizations, context.texts)
    path, kept = addresses.list_path(search), addresses.order(search)
    query, of_action = _query(search, at), path != "/"
    leads = links.of_list(context.base, query, HTML, of_actions=of_action)
    timings = {entry.timing.on(context.day)[0] for entry in page.entries}
    return _render(
        "listing.html",
        say,
        at,
        path=path,
        pairs=[*addresses.filters(search), *kept],
        context=context,
        structured=not of_action and _block(schemaorg.catalogue, page.entries, context, language),
        correct=correction(context.contact, say.words("list_title")),
        page=page,
        of_action=of_action,
        voices=_voices(leads, context, at),
        states=_choices(page, "state", say, at),
        timings=_choices(page, "timeliness", say, at),
        named=_named_filters(page, say),
        narrowed=bool(addresses.filters(search, but="q")),
        shown={one.slug: matches.shown(one, page.highlights, language) for one in page.entries},
        sorts=SORTS if search.sort in SORTS else (*SORTS, search.sort),
        legend=[key for key in TIMELINESS if key in timings],
        vague=any(entry.uncertain for entry in page.entries),
        last=max(1, -(-page.total // search.page_size)),
        around_this=[
            (rel, at.page(path, [*addresses.filters(search), *kept, *pairs]))
            for rel, pairs in addresses.neighbours(search, page.total, page.cursor)
        ],
        **_kept(search, at),
    )


def opening(
    entry: Entry, ledger: Ledger, context: Context, language: str, *, chosen: bool = False
) -> bytes:
    """One opening or action: the promise, where it stands, and every claim in order."""
    found = entry.commitment
    at = _addresses(context, language, chosen=chosen)
    say = Speech(
        language,
        {**ledger.context.organizations, **context.organizations},
        {**ledger.context.texts, **context.texts},
    )
    of_action = found.type == "action"
    path = addresses.entry_path(found.slug, of_action=of_action)
    return _render(
        "opening.html",
        say,
        at,
        path=path,
        pairs=[],
        context=context,
        entry=found,
        structured=not of_action and _block(schemaorg.opening, found, context, language),
        of_action=of_action,
        open=found.state in OPEN,
        timeline=list(timeline.timeline(ledger, found, context.snapshot.as_of)),
        vague_days=timeline.vague_days(ledger),
        voices=_voices(links.of_entry(found, context, HTML), context, at),
        followed=_worded(language),
        correct=correction(context.contact, found.slug),
    )


def problem_kind(problem: Problem, language: str, *, base: str = "") -> bytes:
    """What a kind of problem means, and what to do."""
    return _render(
        "problem.html",
        Speech(language),
        Addresses(base=base, language=language),
        path=f"/problems/{quote(problem.name)}",
        problem=problem,
        told=_told(problem, language),
    )


def problem_list(problems: Iterable[Problem], language: str = "fr", *, base: str = "") -> bytes:
    """Every kind of problem, by status."""
    rows = sorted(problems, key=lambda problem: (problem.status, problem.name))
    return _render(
        "problems.html",
        Speech(language),
        Addresses(base=base, language=language),
        path="/problems",
        problems=[(problem, _told(problem, language)) for problem in rows],
    )


def documentation(openapi: Mapping[str, Any], language: str, *, base: str = "") -> bytes:
    """The reference of the API, from its OpenAPI document."""
    return _render(
        "documentation.html",
        Speech(language),
        Addresses(base=base, language=language),
        path="/docs",
        api=reference.read(openapi),
        anchor=reference.anchor,
    )


def static(name: str) -> tuple[bytes, str] | None:
    """A file that pages load, with its media type; None when there is none of that name."""
    return _STATIC.get(name)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.tests["safe_link"] = lambda address: addresses.safe(address) is not None
    made.globals["entry_path"] = addresses.entry_path
    return made


_TEMPLATES = _environment()


def _render(template: str, say: Speech, at: Addresses, **facts: Any) -> bytes:
    usual: dict[str, Any] = {
        "context": None,
        "pairs": [],
        "turned": [],
        "correct": None,
        "structured": None,
    }
    told = {**usual, **facts, "say": say, "at": at, "t": say.words, "languages": LANGUAGES}
    return _TEMPLATES.get_template(template).render(told, words=WORDS).encode()


def _voices(leads: Iterable[Link], context: Context, at: Addresses) -> list[Voice]:
    """The other voices among what a page leads to."""
    return [
        Voice(
            _NAMES[link.media_type or ""],
            link.type,
            at.rooted(link.address.removeprefix(context.base)),
            link.address.startswith(f"{context.base}/catalog."),
        )
        for link in leads
        if link.rel == "alternate" and link.media_type not in _SUBSCRIBED
    ]


def _block(
    tell: Callable[[T, Context, str], Document], about: T, context: Context, language: str
) -> Markup | None:
    """What a page says, as data for search engines, which nothing runs. They keep no past pages."""
    if context.seen_from:
        return None
    return Markup(schemaorg.block(tell(about, context, language)))  # noqa: S704 it has no markup


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
    """In which language a subscription is told, where it is not the usual one."""
    return [] if language == LANGUAGES[0] else [("lang", language)]


def _query(search: Search, at: Addresses) -> Pairs:
    """What the same list by program is asked for."""
    turned = [("page", str(search.page))] if search.page > 1 else []
    titles = [("lang", search.lang)] if search.order[0] == "title" else []
    kept = addresses.filters(search), addresses.order(search), turned, at.seen_from(), titles
    return [pair for pairs in kept for pair in pairs]


def _choices(page: Page, name: str, say: Speech, at: Addresses) -> list[Choice]:
    """The values of a facet in the order of the domain, each with the list of it alone."""
    search = page.search
    counts, chosen = page.facets.get(name, {}), getattr(search, name)
    path = addresses.list_path(search)
    others = addresses.filters(search, but=name)
    label = say.state if name == "state" else say.timeliness_label
    return [
        Choice(
            key,
            label(key, of_action=path != "/"),
            counts.get(key, 0),
            key in chosen,
            at.page(path, [*others, (name, key), *addresses.order(search)]),
        )
        for key in (STATES if name == "state" else TIMELINESS)
        if counts.get(key) or key in chosen
    ]


def _named_filters(page: Page, say: Speech) -> list[str]:
    """The filters in words."""
    told = []
    for name, value in addresses.filters(page.search):
        match name:
            case "state":
                told.append(say.state(value))
            case "timeliness":
                told.append(say.timeliness_label(value))
            case "publisher":
                told.append(say.organization(value).within(say.language))
            case "type" | "announcement":
                told.append(say.term(f"{name}s", value))
            case "q":
                told.append(say.words("q_named", words=" ".join(value.split())))
            case _:
                told.append(f"{name} = {value}")
    return told


def _told(problem: Problem, language: str) -> tuple[str, str, str]:
    """Title, meaning and remedy, in the language."""
    title, meaning, remedy = (
        say(language, words) for words in (problem.title, problem.meaning, problem.remedy)
    )
    return title, meaning, remedy
