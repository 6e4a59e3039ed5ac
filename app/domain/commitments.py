"""A commitment as readers see it on one span of days: its values, deadlines, parts and timeliness.

Knows nothing of the events behind the values: `fold.py` makes these records.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from app.domain.claims import FIRST, Description, Internal, Source
from app.domain.periods import Dating, Period
from app.domain.values import Words

DUE_SOON = timedelta(days=90)

PASSED = ("overdue", "partly_open", "unconfirmed")
"""What may be true once the day of what is not open has passed, the worst first."""

AFTER = tuple(f"{name}_after" for name in PASSED)
"""The last days on which each is not true yet, as fields of Timing, in their order."""

TIMELINESS = (
    *(*PASSED, "due_soon", "on_track", "delivered_late", "delivered_unknown"),
    *("delivered_on_time", "delivered_early", "no_deadline", "not_applicable"),
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

    `settled` holds unless a day is awaited: each `…_after` is the last day on which that is not
    true yet. `days` goes with `settled`, null unless proven.
    """

    settled: str | None = "no_deadline"
    days: int | None = None
    overdue_after: date | None = None
    partly_open_after: date | None = None
    unconfirmed_after: date | None = None

    @lru_cache(4096)  # noqa: B019 what is kept is small, and the same for all that are equal
    def on(self, day: date) -> tuple[str, int | None]:
        """(timeliness, days late) on that day. A day late is never stated unless proven."""
        for name, last in self.awaited.items():
            if day > last:
                return name, (day - last).days if name == "overdue" else None
        if due := self.due:
            return ("due_soon" if due - day <= DUE_SOON else "on_track"), 0
        return self.settled or "no_deadline", self.days

    @property
    def awaited(self) -> dict[str, date]:
        """The last day on which each of PASSED is not true yet, where there is one."""
        days = {name: getattr(self, f"{name}_after") for name in PASSED}
        return {name: last for name, last in days.items() if last}

    @property
    def due(self) -> date | None:
        """The next day whose passing will turn the answer."""
        return min(self.awaited.values(), default=None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The last that a source says of where a thing stands: when, where, and by which text."""

    on: Dating
    source: Source | None = None
    text: str | None = None


def by_first(now: Timing, first: Timing, day: date) -> Timing:
    """The timeliness by the first deadline, on a day.

    Where nobody knows whether it has opened since the deadline in force, it is not late by the
    first either: that of `now`.
    """
    unsure = now.on(day)[0] == "unconfirmed" and first.on(day)[0] == "overdue"
    return now if unsure else first


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What holds of a commitment, and of a part of one. Days are dated as far as they are known.

    `opened_on` is when all of it was open, `opened_in_part_on` when some of it was before that.
    """

    state: str
    state_since: Dating
    opened_on: Dating | None = None
    opened_in_part_on: Dating | None = None
    evidence: Evidence | None = None
    deadline: Deadline | None = None
    first_deadline: Deadline | None = None
    moves: tuple[Move, ...] = ()
    slip_days: int | None = None
    timing: Timing = Timing()
    timing_first: Timing = Timing()
    uncertain: bool = False

    @property
    def first_opened(self) -> Dating | None:
        """When anything of it was open."""
        return self.opened_in_part_on or self.opened_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Course):
    """A part with its own dates, when a text has split a commitment."""

    key: str
    title: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment(Course):
    """One commitment on one span of days: what is computed, and what is `described`.

    `valid_from` is the first day of the span, `valid_to` the day after its last (None: no end).
    Times are aware and in UTC; days are Paris days.
    """

    slug: str
    valid_from: date
    valid_to: date | None = None
    type: str
    programme: str = FIRST
    rank: int | None = None
    section: str | None = None
    announcement: str | None = None
    steward: str | None = None
    visibility: str = "public"

    described: Description
    internal: Internal = Internal()

    announced_deadline: Deadline | None = None
    next_deadline: Deadline | None = None
    postponements: int = 0
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
