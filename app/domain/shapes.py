"""The shape of what is kept: types alone, so that the fold never meets what it cannot read.

What a value may *be* is in `values.py`, and is asked at the door. This is asked of what was kept:
an older version may have let in what a newer one refuses, but nobody let in a number for a title.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from app.domain.periods import PRECISIONS

Shape = Callable[[Any], bool]
"""Whether a value has it."""


def text(value: Any) -> bool:
    """A text, or nothing."""
    return value is None or type(value) is str


def word(value: Any) -> bool:
    """A text."""
    return type(value) is str


def number(value: Any) -> bool:
    """A whole number, or nothing."""
    return value is None or type(value) is int


def one_of(words: Collection[str]) -> Shape:
    """One of these words."""
    return lambda value: type(value) is str and value in words


def table(keys: Mapping[str, Shape], needed: Collection[str] = ()) -> Shape:
    """An object with some of these keys, and all that are needed."""
    wanted = frozenset(needed)

    def shape(value: Any) -> bool:
        if not isinstance(value, dict) or not wanted.issubset(value):
            return False
        for name, inside in value.items():
            known = keys.get(name)
            if known is None or not known(inside):
                return False
        return True

    return shape


def _maybe(shape: Shape) -> Shape:
    return lambda value: value is None or shape(value)


def _several(shape: Shape) -> Shape:
    return lambda value: isinstance(value, (list, tuple)) and all(map(shape, value))


def _day(value: Any) -> bool:
    try:
        return type(value) is str and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_WORDS = _maybe(table({"fr": text, "en": text}))
_PERIOD = {"label": word, "start": _day, "end": _day, "precision": one_of(PRECISIONS)}
_RESOURCE = table(
    {
        "url": word,
        "kind": word,
        "title": _WORDS,
        "download_url": text,
        "format": text,
        "media_type": text,
        "bytes": number,
        "licence": text,
        "documentation": text,
    },
    needed=("url",),
)
_VALUES: dict[str, Shape] = {
    "type": word,
    "rank": number,
    "section": text,
    "announcement": text,
    "steward": text,
    "visibility": word,
    "title": _WORDS,
    "description": _WORDS,
    "publisher": word,
    "action": text,
    "landing_page": text,
    "resources": _maybe(_several(_RESOURCE)),
    "covers": _maybe(table({"from": text, "to": text})),
    "access_rights": text,
    "access_conditions": _WORDS,
    "licence": text,
    "contact": _maybe(table({"name": word, "email": text, "url": text}, needed=("name",))),
    "keywords": _maybe(_several(word)),
    "themes": _maybe(_several(word)),
    "hvd_categories": _maybe(_several(word)),
    "budget_status": text,
    "steering_unit": text,
    "state": word,
    "deadline": _maybe(table(_PERIOD, needed=_PERIOD)),
}
"""What a claim may say, by field."""


def misshapen(values: Mapping[str, Any]) -> list[str]:
    """The fields whose value is of another shape. What this version does not know is left alone."""
    return [name for name in values if name in _VALUES and not _VALUES[name](values[name])]
