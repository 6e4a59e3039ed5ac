"""Organisations and legal texts, to which commitments refer, and the head of the ledger."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.domain.errors import Invalid
from app.domain.values import Edtf, Line, Nor, Slug, Title, refusals

THE_REGISTER = "ouvertures"
"""Who records what comes with the register itself, or from its operator’s command line."""


@dataclass(frozen=True, slots=True)
class Organization:
    """Who promises, and who opens. `part_of` is the slug of the one it belongs to.

    `renamed_at` is when it was last given another name: answers that show it changed then.
    """

    slug: Slug
    name: Title
    part_of: Slug | None = None
    renamed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A legal or official text. Dates are EDTF, as far as sources go."""

    id: Slug
    title: Line
    nor: Nor | None = None
    signed_on: Edtf | None = None
    published_on: Edtf | None = None


R = TypeVar("R", Organization, Text)


def checked(record: R) -> R:
    """The record in the form in which it is kept. Raises Invalid with all that is wrong in it."""
    fields = asdict(record)
    try:
        kept: R = _ADAPTERS[type(record)].validate_python(fields)
    except ValidationError as fault:
        name = str(next(iter(fields.values())))[:60]
        wrong = refusals(fault.errors(), fields)
        raise Invalid(*((f"{name}.{where}", why) for where, why in wrong)) from None
    return kept


_ADAPTERS: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in (Organization, Text)}


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of the register: its position, its hash, and when it was recorded."""

    position: int
    hash: str
    recorded_at: datetime | None = None
