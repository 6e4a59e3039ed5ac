"""Rows as records, and what of a row cannot be read: who tampers with a database writes anything.

Knows neither which rows are sought, nor what becomes of those that cannot be read.
"""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

from sqlalchemy import Row

from app.domain.commitments import Commitment
from app.domain.ledger import Claim, Event, canonical, read_claim
from app.store.tables import ILLEGIBLE, Shaped
from app.store.tables import commitments as table

FIELDS = tuple(column.name for column in fields(Commitment))
RECORD = [table.c[name] for name in FIELDS]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading raises, when what is read is not what was written."""


class Garbled(Exception):  # noqa: N818 it is a fact about a row, not an accident
    """A row with columns that cannot be read."""

    def __init__(self, slug: str, columns: Sequence[str]) -> None:
        self.slug, self.columns = slug, tuple(columns)
        super().__init__(f"what is kept as {', '.join(columns)} cannot be read")


def record(row: Sequence[Any]) -> Commitment:
    """The record of a row that begins with its columns. Raises Garbled."""
    told = dict(zip(FIELDS, row, strict=False))
    if wrong := [name for name, kinds in _KINDS if type(told[name]) not in kinds]:
        raise Garbled(str(told["slug"]), wrong)
    if wrong := [name for name in _TEXTS if not legible(told[name])]:
        raise Garbled(str(told["slug"]), wrong)
    if wrong := [name for name in _SHAPED if told[name] is ILLEGIBLE]:
        raise Garbled(str(told["slug"]), wrong)
    return Commitment(**told)


_HINTS = get_type_hints(Commitment)
_SHAPED = tuple(column.name for column in RECORD if isinstance(column.type, Shaped))
_KINDS = tuple(
    (name, frozenset(get_args(_HINTS[name]) or [_HINTS[name]]))
    for name in FIELDS
    if name not in _SHAPED
)
"""The columns that hold plain values, with the types of each."""
_TEXTS = tuple(name for name, kinds in _KINDS if str in kinds)


def legible(text: str | None) -> bool:
    """Whether a text can be told: SQLite keeps bytes that are no letters."""
    try:
        return not text or text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def event(row: Row[Any]) -> Event:
    """The event of a row. One whose content cannot be read says so, and says nothing else."""
    claim, legible = _claim(row.content)
    recorded_at = row.recorded_at
    if not isinstance(recorded_at, datetime):
        claim, legible, recorded_at = None, False, NEVER
    return Event(
        position=row.position,
        commitment=row.commitment,
        kind=row.kind,
        claim=claim,
        recorded_at=recorded_at,
        recorded_by=row.recorded_by,
        salt=row.salt,
        digest=row.digest,
        previous_hash=row.previous_hash,
        hash=row.hash,
        legible=legible,
    )


def _claim(content: Any) -> tuple[Claim | None, bool]:
    """The claim of a content, and whether it could be read. An erased one has no content."""
    if content is None:
        return None, True
    try:
        told = json.loads(content)
        if "\\u" in content:
            canonical(told).encode()
        return read_claim(told), True
    except UNREADABLE:
        return None, False
