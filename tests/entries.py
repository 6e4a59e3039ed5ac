"""Records of entries as tests alter them."""

from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from app.domain.claims import Coverage, Internal
from app.domain.commitments import Commitment
from app.domain.statistics import Figure


def redescribed(entry: Commitment, **fields: Any) -> Commitment:
    """The entry, described otherwise; nothing is checked."""
    internal = {name: fields.pop(name) for name in fields.keys() & Internal.model_fields.keys()}
    return replace(
        entry,
        described=entry.described.model_copy(update=fields),
        internal=entry.internal.model_copy(update=internal),
    )


def covering(start: str | None = None, end: str | None = None) -> Coverage:
    """The period that data cover."""
    return Coverage.model_construct(start=start, end=end)


def altered(entry: Commitment, **fields: Any) -> Commitment:
    """The entry with other values, described or not."""
    own = {name: fields.pop(name) for name in fields.keys() & vars_of(entry)}
    return replace(redescribed(entry, **fields), **own)


def vars_of(entry: Commitment) -> set[str]:
    return {field.name for field in dataclass_fields(entry)}


def figure_of(entry: Commitment) -> Figure:
    """What statistics count of an entry."""
    first = entry.first_deadline
    names = (
        "slug",
        "programme",
        "type",
        "timing",
        "timing_first",
        "uncertain",
        "postponements",
        "slip_days",
    )
    return Figure(
        entries=1,
        publisher=entry.described.publisher,
        access=entry.described.access_rights,
        first_due=first.period.end if first else None,
        moves=len(entry.moves),
        **{name: getattr(entry, name) for name in names},
    )
