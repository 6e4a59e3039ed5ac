"""A commitment as readers see it on one span of days: its values, deadlines, parts and timeliness.

Knows nothing of the events behind the values: `fold.py` makes these records, every face reads them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.periods import Period

TYPES = ("dataset", "api", "source_code", "action")
OPENING_TYPES = TYPES[:3]
ANNOUNCEMENTS = ("new", "continued")
ACCESS_RIGHTS = ("public", "restricted", "non_public")
RESOURCE_KINDS = ("file", "api", "repository")
DUE_SOON = timedelta(days=90)

TIMELINESS = (
    "overdue",
    "unconfirmed",
    "due_soon",
    "on_track",
    "delivered_late",
    "delivered_unknown",
    "delivered_on_time",
    "delivered_early",
    "no_deadline",
    "not_applicable",
)
"""Worst first: the timeliness of a whole is the worst of its parts."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text in French and, where there is one, in English."""

    fr: str | None = None
    en: str | None = None

    def __bool__(self) -> bool:
        return bool(self.fr or self.en)

    def within(self, language: str) -> str:
        """The text in that language, else in the other, else nothing."""
        first, second = (self.en, self.fr) if language == "en" else (self.fr, self.en)
        return first or second or ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A promised period and the text that set it."""

    period: Period
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A deadline set elsewhere. Days run between last days; `to` is None when withdrawn."""

    moved_from: date
    moved_to: date | None
    days: int | None
    text: str | None
    published_on: str


@dataclass(frozen=True, slots=True)
class Timing:
    """Timeliness as far as it does not depend on the day it is asked.

    `settled` holds unless a day is awaited: `overdue_after` and `unconfirmed_after` are the last
    days on which nothing is late yet. `days` goes with `settled`, null unless proven.
    """

    settled: str | None = "no_deadline"
    days: int | None = None
    overdue_after: date | None = None
    unconfirmed_after: date | None = None

    def on(self, day: date) -> tuple[str, int | None]:
        """(timeliness, days late) on that day. A day late is never stated unless proven."""
        if self.overdue_after and day > self.overdue_after:
            return "overdue", (day - self.overdue_after).days
        if self.unconfirmed_after and day > self.unconfirmed_after:
            return "unconfirmed", None
        if due := self.due:
            return ("due_soon" if due - day <= DUE_SOON else "on_track"), 0
        return self.settled or "no_deadline", self.days

    @property
    def due(self) -> date | None:
        """The next day whose passing will turn the answer."""
        awaited = [day for day in (self.overdue_after, self.unconfirmed_after) if day]
        return min(awaited, default=None)


@dataclass(frozen=True, slots=True)
class Resource:
    """Where a thing that is open can be had."""

    url: str
    kind: str = "file"
    title: Words = Words()
    download_url: str | None = None
    format: str | None = None
    media_type: str | None = None
    bytes: int | None = None
    licence: str | None = None
    documentation: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The period that the data cover, as far as it is known: EDTF, `1947` or `2021-09-30`."""

    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to."""

    name: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part with its own dates, when a text has split a commitment."""

    key: str
    title: Words
    state: str
    state_since: date
    opened_on: date | None
    deadline: Deadline | None
    first_deadline: Deadline | None
    moves: tuple[Move, ...]
    slip_days: int | None
    timing: Timing
    timing_first: Timing
    uncertain: bool


def _described(read: Callable[[Any], Any] | None = None, default: Any = None) -> Any:
    """A field that editors describe. `read` makes its value of the claim's JSON."""
    return field(default=default, metadata={"read": read or (lambda value: value)})


def _words(value: Mapping[str, Any] | None) -> Words:
    return Words(**value) if value else Words()


def _resources(values: list[dict[str, Any]] | None) -> tuple[Resource, ...]:
    return tuple(
        Resource(**{**value, "title": _words(value.get("title"))}) for value in values or ()
    )


def _coverage(value: Mapping[str, Any] | None) -> Coverage:
    return Coverage(value.get("from"), value.get("to")) if value else Coverage()


def _list(values: list[str] | None) -> tuple[str, ...]:
    return tuple(values or ())


def _contact(value: Mapping[str, Any] | None) -> Contact | None:
    return Contact(**value) if value else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """One commitment on one span of days. Field names are the store's column names.

    `valid_from` is the first day of the span, `valid_to` the day after its last (None: no end).
    Times are aware and in UTC; days are Paris days.
    """

    slug: str
    valid_from: date
    valid_to: date | None = None
    type: str
    rank: int | None = None
    section: str | None = None
    announcement: str | None = None
    steward: str | None = None
    visibility: str = "public"

    title: Words = _described(_words, Words())
    description: Words = _described(_words, Words())
    publisher: str = _described(default="")
    action: str | None = _described()
    landing_page: str | None = _described()
    resources: tuple[Resource, ...] = _described(_resources, ())
    covers: Coverage = _described(_coverage, Coverage())
    access_rights: str = _described(lambda value: value or "public", "public")
    access_conditions: Words = _described(_words, Words())
    licence: str | None = _described()
    contact: Contact | None = _described(_contact)
    keywords: tuple[str, ...] = _described(_list, ())
    themes: tuple[str, ...] = _described(_list, ())
    hvd_categories: tuple[str, ...] = _described(_list, ())
    budget_status: str | None = _described()
    steering_unit: str | None = _described()

    state: str
    state_since: date
    opened_on: date | None = None
    announced_deadline: Deadline | None = None
    deadline: Deadline | None = None
    first_deadline: Deadline | None = None
    next_deadline: Deadline | None = None
    moves: tuple[Move, ...] = ()
    postponements: int = 0
    slip_days: int | None = None
    timing: Timing = Timing()
    timing_first: Timing = Timing()
    uncertain: bool = False
    parts: tuple[Part, ...] = ()

    created: datetime
    modified: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Outline:
    """A commitment, for whoever only looks for it: its name, and when it last changed if known."""

    slug: str
    type: str
    modified: datetime | None


DESCRIPTIVE: dict[str, Callable[[Any], Any]] = {
    column.name: column.metadata["read"]
    for column in fields(Commitment)
    if "read" in column.metadata
}
"""The fields that a `described` claim may set, each with the reader of its JSON."""

INTERNAL = frozenset({"budget_status", "steering_unit"})
"""Seen with a key of the organisation only, by no public voice."""

IDENTITY = (
    *("type", "rank", "section", "announcement", "steward", "visibility"),
    *("title", "publisher", "action"),
)
"""What an announcement says of an entry, and what holds whatever the announcement’s date."""


def as_json(value: Any) -> Any:
    """A descriptive value as the JSON that its reader takes."""
    match value:
        case Coverage():
            return {"from": value.start, "to": value.end}
        case Words() | Contact() | Resource():
            return {name.name: as_json(getattr(value, name.name)) for name in fields(value)}
        case tuple():
            return [as_json(item) for item in value]
    return value
