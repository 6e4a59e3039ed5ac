"""The templates, and the words and marks that they look up by key. Knows no record."""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from app.domain import beside
from app.domain.commitments import Commitment
from app.domain.values import HVD_CATEGORIES, THEMES
from app.formats import changes
from app.formats import language as catalogue
from app.formats.document import correction
from app.formats.language import TERMS
from app.formats.sentences import Sentences
from app.web import addresses, charts, digest
from app.web.addresses import Addresses

FOLDER = Path(__file__).resolve().parent

LANGUAGES = {"fr": "Français", "en": "English"}
"""The languages by their own names; the first is the usual one."""
WORDS: dict[str, dict[str, str]] = beside(__file__)
SORTS, SELECTS = WORDS["sorts"], WORDS["select_labels"]
FIELDS_OF_FORM = ("q", "sort", *SELECTS)


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


_SENTENCE = re.compile(r"""\{\{ t\((?:'([^'\\]*)'|"([^"\\]*)")\) }}""")


class _Worded(FileSystemLoader):
    """Templates whose sentences without facts are in the language of the pages before all else."""

    def get_source(self, environment: Environment, template: str) -> Any:
        source, *where = super().get_source(environment, template)
        say: Any = environment.globals["t"]
        return _SENTENCE.sub(lambda match: escape(say(match[1] or match[2])), source), *where


def _environment(language: str) -> Environment:
    environment = Environment(
        loader=_Worded(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    spaced = catalogue.typeset if language == "fr" else str
    environment.filters["typeset"] = lambda text: Markup(spaced(text))  # noqa: S704 a template's
    environment.globals |= WORDS
    environment.globals |= {f"{name}_path": paths for name, paths in addresses.PAGES.items()}
    environment.globals |= {
        "language": language,
        "t": partial(catalogue.say, language),
        "counted": partial(catalogue.count, language),
        "codes": {"themes": THEMES, "hvd_categories": HVD_CATEGORIES},
        "entry_path": addresses.entry_path,
        "prose_paths": addresses.PROSE,
        "brand": Brand(),
        "icons": digest.ICONS,
        "drawn_line": digest.line,
        "matches_of": digest.matches,
        "lines": charts.lines,
        "opening": charts.opening,
        "languages": LANGUAGES,
        "terms": TERMS,
        "verdicts": changes.VERDICTS,
    }
    return environment


_TEMPLATES = {language: _environment(language) for language in LANGUAGES}
_ABSENT: Mapping[str, Any] = {
    "calendar": None,
    "paths": {},
    "pairs": [],
    "turned": [],
    "correct": None,
    "structured": None,
}
"""What not every page has."""


def render(template: str, at: Addresses, **values: Any) -> bytes:
    """A page. `say` has its context, `paths` the path of its language, unless they are given."""
    say, paths = values.get("say"), values.get("paths")
    values = {"context": say and say.context, "path": paths and paths[at.language], **values}
    context, page = values["context"], _TEMPLATES[at.language].get_template(template)
    if context and "correct" not in values:
        values["correct"] = correction(context.contact, values["path"] or template)
    return page.render({**_ABSENT, **values, "at": at}).encode()


@lru_cache(256)
def _kept(*_: Hashable) -> dict[str, tuple[Any, Markup]]:
    """The pieces made of an entry, by macro, for the same names, day and addresses."""
    return {}


class Pieces:
    """What pages show of an entry, each piece by its macro: what is equal is made once."""

    def __init__(self, at: Addresses, say: Sentences) -> None:
        self.at, self.say = at, say
        self._known: dict[str, dict[str, tuple[Any, Markup]]] = {}

    @cached_property
    def _macros(self) -> Any:
        template = _TEMPLATES[self.at.language].get_template("_entry.html")
        return template.make_module({"at": self.at, "say": self.say, "context": self.say.context})

    def __call__(self, name: str, entry: Commitment, *of: Hashable) -> Markup:
        say, kept = self.say, self._known.get(entry.slug)
        if kept is None:
            texts = [text for record in (entry, *entry.parts) for text in say.texts(record)]
            names = say.context.name_of(entry.described.publisher), *texts
            kept = _kept(entry, self.at, say.context.day, say.of_action, names)
            self._known[entry.slug] = kept
        made = kept.get(name)
        if made is None or made[0] != of:
            made = kept[name] = of, getattr(self._macros, name)(entry, *of)
        return made[1]
