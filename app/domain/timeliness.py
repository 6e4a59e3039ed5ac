"""Timeliness, as far as it does not depend on the day it is asked: verdicts on openings.

Knows openings and deadlines as dates; nothing of claims.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.commitments import PASSED, TIMELINESS, Deadline, Timing
from app.domain.periods import Period

NOT_PROMISED = ("no_deadline", None)
Interval = tuple[date | None, date]
"""First and last day between which something happened; the first is None when only bounded."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A deadline, or none, from a day on; perhaps from `may_begin`, where that is vague."""

    may_begin: date
    begins: date
    deadline: Deadline | None


def verdict(opening: Interval, in_force: Sequence[InForce]) -> Timing:
    """Timeliness of what opened then, by the deadline in force on that day: no later one counts.

    Where several may have been in force on it, only by what they all say.
    """
    first, last = opening
    verdicts: set[tuple[str, int | None]] = set()
    ends = [*(row.begins for row in in_force[1:]), date.max]
    for row, end in zip(in_force, ends, strict=False):
        if row.may_begin <= last and (first is None or first < end):
            period = row.deadline and row.deadline.period
            verdicts.add(_compared(opening, period) if period else NOT_PROMISED)
    if not verdicts or (first and first < in_force[0].may_begin):
        verdicts.add(NOT_PROMISED)
    names = {name for name, _ in verdicts}
    if len(names) > 1:
        return Timing("delivered_unknown")
    return min((Timing(*verdict) for verdict in verdicts), key=lambda each: abs(each.days or 0))


def _compared(opening: Interval, period: Period) -> tuple[str, int | None]:
    """A verdict only if the whole interval of the opening has it, with the days late.

    Of a vague day as few as are proven, below 0 where it lies before the period.
    """
    first, last = opening
    if last < period.start:
        return "delivered_early", (last - period.start).days
    if first and first > period.end:
        return "delivered_late", (first - period.end).days
    if first and first >= period.start and last <= period.end:
        return "delivered_on_time", 0
    return "delivered_unknown", None


def worst(timings: Sequence[Timing]) -> Timing:
    """The timeliness of a whole: the worst of its parts’, on whatever day it is asked."""
    settled = [timing for timing in timings if timing.settled]
    worst = min((t.settled for t in settled if t.settled), key=TIMELINESS.index, default=None)
    days = [timing.days for timing in settled if timing.settled == worst]
    awaited = [timing.awaited for timing in timings]
    after: dict[str, Any] = {
        f"{name}_after": min((days[name] for days in awaited if name in days), default=None)
        for name in PASSED
    }
    return Timing(worst, max((d for d in days if d is not None), default=None), **after)
