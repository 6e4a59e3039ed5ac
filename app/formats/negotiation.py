"""Which voice a reader asks for: `Accept` against what is offered. Knows RFC 9110, no request."""

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
        (*wanted, one == default, -place, one)
        for place, one in enumerate(offered)
        if (wanted := _wanted(one, ranges))
    ]
    return max(ranked, key=lambda row: row[:-1])[-1] if ranked else None


def _ranges(accept: str) -> Iterator[Range]:
    for told in accept.split(","):
        media, *parameters = (part.strip(" \t") for part in told.split(";"))
        found = _RANGE.fullmatch(media)
        quality = _quality(parameters)
        if found and quality is not None:
            yield Range((found[1] or "").lower(), (found[2] or "").lower(), quality)


def _quality(parameters: Sequence[str]) -> float | None:
    """The weight among a range’s parameters; None when it is malformed. Others do not matter."""
    pairs = (one.partition("=") for one in parameters)
    weight = next((value for name, _, value in pairs if name.lower() == "q"), "1")
    return float(weight) if _QUALITY.fullmatch(weight) else None


def _wanted(offer: Format, ranges: Sequence[Range]) -> tuple[float, int] | None:
    """(quality, specificity) of an offer, by the range that names it most closely."""
    media = offer.media_type.partition(";")[0]
    type_, _, subtype = media.partition("/")
    found = [
        (specificity, one.quality)
        for one in ranges
        if (specificity := one.specificity(type_, subtype)) is not None
    ]
    if not found:
        return None
    specificity, quality = max(found)
    return (quality, specificity) if quality > 0 else None


def language(accept: str | None, usual: str = "fr") -> str:
    """`fr` or `en`, whichever an `Accept-Language` wants more; of equal ones the usual one."""
    wanted = {"fr": 0.0, "en": 0.0}
    for told in (accept or "").split(","):
        name, *parameters = (part.strip(" \t") for part in told.split(";"))
        spoken, quality = name.lower().partition("-")[0], _quality(parameters)
        if spoken in wanted and quality is not None:
            wanted[spoken] = max(wanted[spoken], quality)
    return max(wanted, key=lambda name: (wanted[name], name == usual))
