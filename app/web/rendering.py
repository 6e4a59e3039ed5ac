"""The templates, and the words and marks that they look up by key. Knows no record."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from markupsafe import Markup

from app.domain import beside
from app.formats import changes
from app.formats import language as catalogue
from app.formats.document import correction
from app.formats.language import TERMS
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
    _TEMPLATES.globals["brand"] = brand


@pass_context
def _typeset(context: Any, text: str) -> Markup:
    """A passage of a page, with the spaces of its language."""
    french = context["language"] == "fr"
    return Markup(catalogue.typeset(text) if french else text)  # noqa: S704 a template made it


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["typeset"] = _typeset
    environment.globals |= WORDS
    environment.globals |= {f"{name}_path": paths for name, paths in addresses.PAGES.items()}
    environment.globals |= {
        "entry_path": addresses.entry_path,
        "prose_paths": addresses.PROSE,
        "brand": Brand(),
        "icons": digest.ICONS,
        "lines": charts.lines,
        "opening": charts.opening,
        "languages": LANGUAGES,
        "terms": TERMS,
        "verdicts": changes.VERDICTS,
    }
    return environment


_TEMPLATES = _environment()
_ABSENT: Mapping[str, Any] = {
    "context": None,
    "calendar": None,
    "paths": {},
    "pairs": [],
    "turned": [],
    "correct": None,
    "structured": None,
}
"""What not every page has."""


def render(template: str, at: Addresses, **values: Any) -> bytes:
    words: dict[str, Any] = {
        "language": at.language,
        "t": partial(catalogue.say, at.language),
        "counted": partial(catalogue.count, at.language),
    }
    context, page = values.get("context"), _TEMPLATES.get_template(template)
    if context and "correct" not in values:
        words["correct"] = correction(context.contact, str(values.get("path", template)))
    return page.render({**_ABSENT, **words, **values, "at": at}).encode()
