"""A commitment as readers see it on one span of days: its values, deadlines, parts and timeliness.

Knows nothing of the events behind the values: `fold.py` makes these records.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.claims import Description, Internal
from app.domain.periods import Period
from app.domain.values import Words

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
class Deadline:
    """A promised period and the text that set it; whether that binds."""

    period: Period
    text: str | None = None
    binding: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """One commitment on one span of days: what is computed, and what is `described`.

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

    described: Description
    internal: Internal = Internal()

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

    def value(self, name: str) -> Any:
        """A field, described or not, by its name."""
        return getattr(self.described if name in Description.model_fields else self, name)


@dataclass(frozen=True, slots=True)
class Outline:
    """A commitment, for whoever only looks for it: its name, and when it last changed if known."""

    slug: str
    type: str
    modified: datetime | None
