"""The templates: what they look up by key, where they link to, and how a page is made of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from app.domain import beside
from app.domain.claims import OPENING_TYPES
from app.domain.context import Context
from app.domain.context import path as path_of
from app.domain.ledger import timestamp
from app.domain.periods import Period
from app.domain.search import FILTERS, PAGE_SIZE, Search
from app.domain.values import HVD_CATEGORIES, LICENCES, THEMES
from app.formats import changes
from app.formats import language as catalogue
from app.formats.document import correction
from app.formats.language import TERMS
from app.formats.links import queried
from app.web import charts

FOLDER = Path(__file__).resolve().parent
LANGUAGES = {"fr": "Français", "en": "English"}
"""The languages by their own names; the first is the usual one."""
Pairs = list[tuple[str, str]]
Paths = Mapping[str, str]
"""The address of a page in each language."""

_DATA = beside(__file__)
WORDS: dict[str, dict[str, str]] = _DATA["words"]
SORTS, SELECTS = WORDS["sorts"], WORDS["select_labels"]
FIELDS_OF_FORM = ("q", "sort", "as_of", *SELECTS)
PAGES: dict[str, Paths] = _DATA["pages"]
FIGURES, DIFF, CHANGES = (PAGES[name] for name in ("figures", "diff", "changes"))
PROSE: dict[str, Paths] = _DATA["prose"]
"""The pages that say what the register is."""
DESK: dict[str, Paths] = _DATA["desk"]


# Where pages link to.


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The addresses of one answer.

    Those of pages keep the day and position that were asked, and the language if it was chosen.
    """

    base: str
    language: str
    chosen: bool = False
    as_of: date | None = None
    position: int | None = None

    @classmethod
    def of(cls, context: Context, language: str, *, chosen: bool = False) -> "Addresses":
        """The addresses of an answer."""
        as_of, position = context.snapshot.as_of, context.snapshot.at
        return cls(
            base=context.base, language=language, chosen=chosen, as_of=as_of, position=position
        )

    @property
    def past(self) -> bool:
        """Whether the page shows another day or position than the newest."""
        return self.as_of is not None or self.position is not None

    @property
    def seen_from(self) -> Pairs:
        """The day and the position that were asked, as query parameters."""
        day = [("as_of", self.as_of.isoformat())] if self.as_of else []
        return day if self.position is None else [*day, ("at", str(self.position))]

    @property
    def kept(self) -> Pairs:
        """What pages keep: the day, the position, and the language if it was chosen."""
        return [*self.seen_from, *([("lang", self.language)] if self.chosen else [])]

    def rooted(self, path: str, pairs: Pairs | None = None) -> str:
        """A path of this site as a link: it works behind any host name."""
        return urlsplit(self.base).path + queried(path, pairs or [])

    def dated(self, path: str) -> str:
        """A format for programs, of the day that the page shows."""
        return self.rooted(path, self.seen_from)

    def page(self, path: str, pairs: Pairs | None = None) -> str:
        """Another page, of the same day and in the language that was chosen."""
        return self.rooted(path, [*(pairs or []), *self.kept])

    def today(self, path: str, pairs: Pairs | None = None) -> str:
        """Another page, of today."""
        today = replace(self, as_of=None, position=None) if self.past else self
        return today.page(path, pairs)

    def translated(self, path: str, language: str, pairs: Pairs) -> str:
        """The same page in that language."""
        return replace(self, language=language, chosen=True).page(path, pairs)

    def subscribed(self, path: str, pairs: Pairs) -> str:
        """The address that a calendar subscribes to at a click."""
        here = urlsplit(self.base)._replace(scheme="").geturl()
        return f"webcal:{here}{queried(path, pairs)}"

    def canonical(self, path: str) -> str:
        """The one address of a page among those that show it: of its day, in its language."""
        return self.base + queried(path, self.kept)


def list_path(search: Search) -> str:
    """The path of the list of openings, or of actions."""
    return "/actions" if search.type == ("action",) else "/"


def filters(search: Search, *, but: str = "") -> Pairs:
    """The filters of a search as query parameters, all but one. The day is not among them."""
    of_list = search.type in (OPENING_TYPES, ("action",))
    pairs: Pairs = [] if of_list else [("type", value) for value in search.type]
    for name in FILTERS:
        if (asked := getattr(search, name)) != getattr(_UNASKED, name):
            values = asked if isinstance(asked, tuple) else (asked,)
            pairs += [(name, _asked(value)) for value in values]
    return [pair for pair in pairs if pair[0] != but]


_UNASKED = Search()


def _asked(value: Any) -> str:
    """A value of a filter as an address says it."""
    match value:
        case Period():
            return value.label
        case datetime():
            return timestamp(value)
        case bool():
            return str(int(value))
    return str(value)


def order(search: Search) -> Pairs:
    """The order and page size of a search as query parameters, where they are not the usual."""
    pairs: Pairs = [] if search.sort == "rank" else [("sort", search.sort)]
    if search.page_size != PAGE_SIZE:
        pairs.append(("page_size", str(search.page_size)))
    return pairs


def page_number(search: Search) -> Pairs:
    """The page of a list as a query parameter, where it is not the first."""
    return [("page", str(search.page))] if search.page > 1 else []


def neighbours(
    search: Search, total: int, cursor: str | None = None
) -> Iterator[tuple[str, Pairs]]:
    """What leads to the pages around this one: (rel, parameter)."""
    if search.after is not None:
        if cursor:
            yield "next", [("cursor", cursor)]
        return
    if search.page > 1:
        yield "prev", page_number(replace(search, page=search.page - 1))
    if search.page * search.page_size < total:
        yield "next", page_number(replace(search, page=search.page + 1))


# The templates.


@dataclass(frozen=True, slots=True)
class Brand:
    """Whose register the pages are: what it is called, its mark, and its legal notice in French."""

    name: str = "Ouvertures"
    logo: bool = False
    legal: str = ""


def brand(brand: Brand) -> None:
    """From now on, pages are of this brand: a process serves one register."""
    for templates in _TEMPLATES.values():
        templates.globals["brand"] = brand


def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    spaced = catalogue.typeset if language == "fr" else str
    environment.filters["typeset"] = lambda text: Markup(spaced(text))  # noqa: S704 a template's
    environment.globals |= WORDS
    environment.globals |= {f"{name}_path": paths[language] for name, paths in PAGES.items()}
    environment.globals |= {
        "language": language,
        "t": partial(catalogue.say, language),
        "counted": partial(catalogue.count, language),
        "codes": {"themes": THEMES, "hvd_categories": HVD_CATEGORIES, "licence": sorted(LICENCES)},
        "path_of": path_of,
        "desk_path": DESK["home"][language],
        "prose_paths": {name: paths[language] for name, paths in PROSE.items()},
        "brand": Brand(),
        "lines": charts.lines,
        "opening": charts.opening,
        "languages": LANGUAGES,
        "terms": TERMS,
        "verdicts": changes.VERDICTS,
    }
    return environment


_TEMPLATES = {language: _environment(language) for language in LANGUAGES}
_ABSENT: Mapping[str, Any] = {
    "groups": {},
    "paths": {},
    "pairs": [],
    "page_number": [],
    "correct": None,
    "structured": None,
    "staircases": [],
}
"""What not every page has."""


def template(name: str, language: str) -> Template:
    """A template in a language."""
    return _TEMPLATES[language].get_template(name)


def render(name: str, at: Addresses, /, **values: Any) -> bytes:
    """A page. `say` has its context, `paths` the path of its language, unless they are given."""
    say, paths = values.get("say"), values.get("paths")
    values = {"context": say and say.context, "path": paths and paths[at.language], **values}
    if values["context"] and "correct" not in values:
        values["correct"] = correction(values["context"].contact, values["path"] or name)
    return template(name, at.language).render({**_ABSENT, **values, "at": at}).encode()
