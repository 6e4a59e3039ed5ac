"""Which format a reader asks for: `Accept` against what is offered. Knows RFC 9110, no request."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.formats import Format

_NAME = r"[!#$%&'+.^_`|~0-9A-Za-z-]+"
_RANGE = re.compile(rf"(?:\*/\*|({_NAME})/(?:\*|({_NAME})))")
_QUALITY = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)


class Range(NamedTuple):
    """One media range of an `Accept`: `type` and `subtype` are empty for `*`."""

    type: str
    subtype: str
    quality: float

    def specificity(self, type_: str, subtype: str) -> int | None:
        """How closely the range names a media type, from 0 for `*/*`; None when it does not."""
        if self.type not in ("", type_) or self.subtype not in ("", subtype):
            return None
        return bool(self.type) + bool(self.subtype)


def choose(accept: str | None, offered: Sequence[Format], default: Format) -> Format | None:
    """The format to answer in, of those offered; None when none is acceptable (406).

    The highest quality wins; among equals one that is named, then the default, then the first
    offered. Ranges that do not parse are ignored, and an `Accept` without any other is as none.
    """
    ranges = list(_ranges(accept or ""))
    if not ranges:
        return default
    ranked = [
        (*wanted, row == default, -place, row)
        for place, row in enumerate(offered)
        if (wanted := _wanted(row, ranges))
    ]
    return max(ranked, key=lambda row: row[:-1])[-1] if ranked else None


def _values(header: str) -> Iterator[tuple[str, float]]:
    """(value, quality) of each value of a header whose quality is well-formed."""
    for value in header.split(","):
        name, *parameters = (part.strip(" \t") for part in value.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        weight = next((weight for key, _, weight in pairs if key.lower() == "q"), "1")
        if _QUALITY.fullmatch(weight):
            yield name.lower(), float(weight)


def _ranges(accept: str) -> Iterator[Range]:
    for media, quality in _values(accept):
        if match := _RANGE.fullmatch(media):
            yield Range(match[1] or "", match[2] or "", quality)


def _wanted(offer: Format, ranges: Sequence[Range]) -> tuple[float, int] | None:
    """(quality, specificity) of an offer, by the range that names it most closely."""
    type_, _, subtype = offer.media_type.partition(";")[0].partition("/")
    named = [
        (specificity, range_.quality)
        for range_ in ranges
        if (specificity := range_.specificity(type_, subtype)) is not None
    ]
    specificity, quality = max(named, default=(0, 0.0))
    return (quality, specificity) if quality > 0 else None


def language(accept: str | None, usual: str = "fr") -> str:
    """`fr` or `en`, whichever an `Accept-Language` wants more; of equal ones the usual one."""
    wanted = {"fr": 0.0, "en": 0.0}
    for tag, quality in _values(accept or ""):
        name = tag.partition("-")[0]
        if name in wanted:
            wanted[name] = max(wanted[name], quality)
    return max(wanted, key=lambda name: (wanted[name], name == usual))
