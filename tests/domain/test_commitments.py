"""What readers see: timeliness on a day, words in a language, values as JSON."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.commitments import Timing

DUE = date(2023, 6, 30)
PART_DUE = date(2023, 3, 31)

AWAITED = [
    (Timing(None, overdue_after=DUE), "2023-04-01", ("due_soon", 0)),
    (Timing(None, overdue_after=DUE), "2023-03-31", ("on_track", 0)),
    (Timing(None, overdue_after=DUE), "2023-06-30", ("due_soon", 0)),
    (Timing(None, overdue_after=DUE), "2023-07-01", ("overdue", 1)),
    (Timing(None, overdue_after=DUE), "2025-07-01", ("overdue", 732)),
    (Timing(None, unconfirmed_after=DUE), "2023-03-31", ("on_track", 0)),
    (Timing(None, unconfirmed_after=DUE), "2023-06-30", ("due_soon", 0)),
    (Timing(None, unconfirmed_after=DUE), "2023-07-01", ("unconfirmed", None)),
    (Timing(None, partly_open_after=DUE), "2023-06-30", ("due_soon", 0)),
    (Timing(None, partly_open_after=DUE), "2023-07-01", ("partly_open", None)),
    (Timing(None, None, None, PART_DUE, DUE), "2023-07-01", ("partly_open", None)),
    # A whole whose parts are each awaited, and one that is open: the worst.
    (Timing("delivered_late", 9, DUE, None, PART_DUE), "2022-12-01", ("on_track", 0)),
    (Timing("delivered_late", 9, DUE, None, PART_DUE), "2023-01-01", ("due_soon", 0)),
    (Timing("delivered_late", 9, DUE, None, PART_DUE), "2023-04-01", ("unconfirmed", None)),
    (Timing("delivered_late", 9, DUE, None, PART_DUE), "2023-07-01", ("overdue", 1)),
]


@pytest.mark.parametrize(("timing", "day", "expected"), AWAITED)
def test_what_is_awaited_is_on_track_then_due_soon_for_ninety_days_then_past(
    timing: Timing, day: str, expected: tuple[str, int | None]
) -> None:
    assert timing.on(date.fromisoformat(day)) == expected


@given(st.dates(), st.sampled_from(["delivered_early", "delivered_unknown", "not_applicable"]))
def test_what_is_settled_is_the_same_on_every_day(day: date, settled: str) -> None:
    assert Timing(settled).on(day) == (settled, None)
    assert Timing("delivered_late", 3).on(day) == ("delivered_late", 3)


def test_without_anything_to_say_there_is_no_deadline() -> None:
    assert Timing().on(DUE) == Timing(None).on(DUE) == ("no_deadline", None)
    assert Timing().due is None


def test_the_next_day_whose_passing_turns_the_answer_is_the_earliest_awaited() -> None:
    assert Timing(None, overdue_after=DUE).due == DUE
    assert Timing(None, unconfirmed_after=PART_DUE, overdue_after=DUE).due == PART_DUE


@given(st.dates(min_value=date(1950, 1, 1)), st.integers(-4000, 4000))
def test_days_late_are_counted_from_the_last_day(due: date, days: int) -> None:
    name, late = Timing(None, overdue_after=due).on(due + timedelta(days=days))
    assert (name == "overdue") is (days > 0)
    assert late == max(days, 0)
