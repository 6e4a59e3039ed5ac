"""Records of entries as tests alter them."""

from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from app.domain.claims import Coverage, Internal
from app.domain.commitments import Commitment


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
