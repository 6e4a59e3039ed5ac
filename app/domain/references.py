"""Organisations and legal texts, to which commitments refer; the head."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.commitments import Words

THE_REGISTER = "ouvertures"
"""Who records what comes with the register itself, or from its operator’s command line."""


@dataclass(frozen=True, slots=True)
class Organization:
    """Who promises, and who opens. `part_of` is the slug of the one it belongs to.

    `renamed_at` is when it was last given another name: answers that tell it changed then.
    """

    slug: str
    name: Words
    part_of: str | None = None
    renamed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A legal or official text. Dates are EDTF, as far as sources go."""

    id: str
    title: str
    nor: str | None = None
    signed_on: str | None = None
    published_on: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of the register: its position, its hash, and when it was recorded."""

    position: int
    hash: str
    recorded_at: datetime | None = None
