"""The templates, and the words and marks that they look up by key. Knows no record."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.domain.claims import ANNOUNCED, DEADLINE, DESCRIBED, STATE
from app.formats import changes
from app.formats import language as catalogue
from app.formats.document import correction
from app.formats.language import TERMS
from app.web import addresses, charts, digest
from app.web.addresses import Addresses

FOLDER = Path(__file__).resolve().parent

LANGUAGES = {"fr": "Français", "en": "English"}
"""The languages by their own names; the first is the usual one."""
SORTS = {
    "rank": "official table",
    "deadline": "deadline, nearest first",
    "-deadline": "deadline, furthest first",
    "title": "title",
    "publisher": "who opens",
    "state": "state",
    "-slip": "slip, longest first",
    "-modified": "change, latest first",
}
SELECTS = {
    "type": "Type",
    "programme": "Programme",
    "announcement": "Announcement",
    "state": "State",
    "publisher": "Who opens",
    "action": "Roadmap action",
}
"""What a list is narrowed by, with its label."""
FIELDS_OF_FORM = ("q", "sort", *SELECTS)
TABS = {
    "late": "late",
    "part": "part",
    "doubt": "doubt",
    "wait": "diamond",
    "open": "in-time",
    "none": "none",
}
"""The mark of each quick choice."""
CLAIM_ICONS = {ANNOUNCED: "word", DEADLINE: "diamond", STATE: "in-time", DESCRIBED: "none"}
"""The mark of a claim, by its kind."""
RESOURCE_KINDS = {"file": "file", "api": "API", "repository": "code repository"}
CONFIDENCE = {"high": "high", "medium": "medium"}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "claim_icons": CLAIM_ICONS,
        "confidence": CONFIDENCE,
        "entry_path": addresses.entry_path,
        "figures_path": addresses.FIGURES,
        "desk_path": addresses.DESK,
        "diff_path": addresses.DIFF,
        "changes_path": addresses.CHANGES,
        "icons": digest.ICONS,
        "lines": charts.lines,
        "opening": charts.opening,
        "select_labels": SELECTS,
        "tab_icons": TABS,
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
