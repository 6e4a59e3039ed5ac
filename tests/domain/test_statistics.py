"""Statistics of slippage: what is counted, over what, and what is not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.claims import TYPES
from app.domain.commitments import TIMELINESS, Move, Timing
from app.domain.statistics import (
    BY,
    Figure,
    Moved,
    Row,
    Share,
    Spread,
    TextRow,
    moves_of,
    of_entries,
    of_texts,
)
from tests.domain.histories import announced, as_of, due, part, state

DAY = date(2026, 10, 1)
PAST, AHEAD = date(2026, 9, 30), date(2028, 12, 31)
OVERDUE = Timing(None, overdue_after=PAST)
AWAITED = Timing(None, overdue_after=AHEAD)
UNCONFIRMED = Timing(None, unconfirmed_after=PAST)
ON_TIME = Timing("delivered_on_time", 0)
EARLY = Timing("delivered_early", 0)
UNKNOWN = Timing("delivered_unknown")
NOT_APPLICABLE = Timing("not_applicable")
NOTHING = Spread()


def late(days: int) -> Timing:
    """Opened so many days after the last one promised."""
    return Timing("delivered_late", days)


def figure(slug: str = "a", timing: Timing = AWAITED, **other: Any) -> Figure:
    """An opening promised for 30 June 2023 that never moved, but for what is `other`."""
    values = {"publisher": "court", "type": "dataset", "access": "public", "entries": 1}
    values["programme"] = "plan"
    counts = {"uncertain": False, "postponements": 0, "moves": 0, "slip_days": 0}
    timings = {"timing": timing, "timing_first": timing, "first_due": date(2023, 6, 30)}
    return Figure(**{"slug": slug, **values, **counts, **timings, **other})


def put_off(slug: str, slip: int | None, times: int = 1, **other: Any) -> Figure:
    """An opening that was put off."""
    return figure(slug, postponements=times, moves=times, slip_days=slip, **other)


def overall(*figures: Figure, day: date = DAY) -> Row:
    """All of these in figures."""
    row = of_entries(figures, "publisher", day).overall
    assert isinstance(row, Row)
    return row


# Verdicts and rates.


def test_the_on_time_rate_is_of_those_that_the_record_has_judged() -> None:
    judged = [figure("a", EARLY), figure("b", ON_TIME), figure("c", late(3)), figure("d", OVERDUE)]
    others = [UNKNOWN, UNCONFIRMED, AWAITED, Timing("no_deadline"), NOT_APPLICABLE]
    row = overall(*judged, *(figure(f"x{n}", timing) for n, timing in enumerate(others)))
    assert (row.entries, row.in_force.opened_on_time) == (9, 2)
    assert row.in_force.on_time_rate == Share(2, 4)
    assert row.in_force.days_late == Spread(2, 4, 2, 2, 3, 1, "c")


def test_a_rate_of_nothing_is_none() -> None:
    assert overall(figure("a", UNKNOWN)).in_force.on_time_rate == Share(0, 0)
    values = [share.value for share in (Share(0, 0), Share(2, 4), Share(2, 3), Share(3, 3))]
    assert values == [None, 0.5, 2 / 3, 1]


def test_nothing_is_overdue_on_the_last_day_promised() -> None:
    on_the_day, day_after = (overall(figure("a", OVERDUE), day=day).in_force for day in (PAST, DAY))
    assert list(on_the_day.timeliness) == list(TIMELINESS)
    assert +Counter(on_the_day.timeliness) == {"due_soon": 1}
    assert +Counter(day_after.timeliness) == {"overdue": 1}
    assert (on_the_day.days_late, day_after.days_late) == (NOTHING, Spread(1, 1, 1, 1, 1, 1, "a"))


def test_what_is_not_established_is_late_in_no_figure() -> None:
    row = overall(figure("a", UNCONFIRMED, uncertain=True), figure("b", UNKNOWN, uncertain=True))
    assert (row.uncertain, row.in_force.on_time_rate) == (2, Share(0, 0))
    assert (row.in_force.days_late, row.first.days_late) == (NOTHING, NOTHING)


def test_the_first_deadline_and_the_one_in_force_are_counted_apart() -> None:
    row = overall(put_off("a", 1188, timing=ON_TIME, timing_first=late(1100)))
    assert (row.in_force.opened_on_time, row.first.opened_on_time) == (1, 0)
    assert row.first.days_late == Spread(1, 1100, 1100, 1100, 1100, 1, "a")


def test_what_is_restricted_or_given_up_is_in_no_rate() -> None:
    row = overall(
        figure("open", ON_TIME),
        put_off("abandoned", 365, timing=NOT_APPLICABLE),
        put_off("restricted", 400, timing=NOT_APPLICABLE, access="restricted"),
        figure("closed", NOT_APPLICABLE, access="non_public"),
    )
    assert (row.in_force.timeliness["not_applicable"], row.restricted) == (3, 2)
    assert (row.in_force.on_time_rate, row.postponed_rate) == (Share(1, 1), Share(0, 1))
    # What was given up has slipped all the same.
    assert (row.postponed, row.moves, row.slip_postponed.longest) == (2, 2, 400)


# Slip and moves.


def test_slip_is_over_all_whose_slip_is_known_and_over_those_put_off() -> None:
    row = overall(figure("a"), put_off("b", 365), put_off("c", 1096, 2), put_off("d", None))
    assert (row.postponed, row.moves, row.postponements) == (3, 4, 4)
    assert row.slip == Spread(3, 1461, 365, 487, 1096, 1, "c")
    assert row.slip_postponed == Spread(2, 1461, 730.5, 730.5, 1096, 1, "c")
    assert row.postponed_rate == Share(3, 4)
    # A promise without a deadline is not one that was not put off.
    undated = figure("b", first_due=None, slip_days=None)
    assert overall(figure("a"), undated).postponed_rate == Share(0, 1)


def test_of_several_that_slipped_the_most_the_first_by_name_is_named_if_any_slipped() -> None:
    slip = overall(put_off("c", 9), put_off("b", 9, publisher="other"), put_off("d", 9)).slip
    assert (slip.longest_count, slip.entry) == (3, "b")
    row = overall(figure("a"), figure("b", slip_days=-30, moves=1))
    assert (row.slip.longest, row.slip.entry, row.slip_postponed) == (0, None, NOTHING)
    assert (row.moves, row.postponements, row.postponed) == (1, 0, 0)


@pytest.mark.parametrize(
    ("slips", "median", "mean"),
    [
        ([5], 5, 5),
        ([1, 2], 1.5, 1.5),
        ([3, 1, 2], 2, 2),
        ([0, 0, 1, 1], 0.5, 0.5),
        ([0, 0, 1], 0, 1 / 3),
        ([-31, -30], -30.5, -30.5),
        ([10**15, 10**15 + 2], 10**15 + 1, 10**15 + 1),
    ],
)
def test_medians_and_means_are_whole_where_they_can_be(
    slips: list[int], median: float, mean: float
) -> None:
    slip = overall(*(figure(str(n), slip_days=slip) for n, slip in enumerate(slips))).slip
    assert (slip.median, slip.mean) == (median, mean)
    assert type(slip.median) is type(median)


# Groups.


def groups(by: str, *figures: Figure) -> list[str | None]:
    """The groups of these, in order."""
    return [row.group for row in of_entries(figures, by, DAY).rows]


def test_groups_are_in_order_and_those_without_come_last() -> None:
    publishers = [figure(slug, publisher=name) for slug, name in zip("abc", "zaz", strict=True)]
    assert groups("publisher", *publishers) == ["a", "z"]
    assert groups("type", *(figure(name, type=name) for name in reversed(TYPES))) == [*TYPES]
    years = [figure("a", first_due=None), figure("b"), figure("c", first_due=date(2021, 12, 31))]
    assert groups("year", *years) == ["2021", "2023", None]


def test_of_nothing_there_are_no_groups_and_all_is_zero() -> None:
    for by in BY[:3]:
        empty = of_entries([], by, DAY)
        assert (empty.rows, empty.overall, empty.by) == ((), overall(), by)
    assert overall().slip == NOTHING
    assert of_texts([]).rows == ()


# Texts.


def moves(*rows: tuple[str, str | None, int | None, str | None]) -> list[Moved]:
    """(entry, part, days, text) as moves."""
    until = date(2025, 1, 1)
    return [
        Moved(slug, "dataset", part, Move(until, until if days else None, days, text, "2024"))
        for slug, part, days, text in rows
    ]


def test_a_text_is_shown_with_all_that_it_moved() -> None:
    moved = moves(
        *(("a", None, 365, "later"), ("b", "minor", 730, "later"), ("b", "major", 1096, "later")),
        *(("c", None, None, "later"), ("d", None, -30, "later"), ("a", None, 823, "earlier")),
        ("e", None, 1, None),
    )
    counted = of_texts(moved)
    assert [row.group for row in counted.rows] == ["earlier", "later", None]
    days = Spread(4, 2161, 547.5, 540.25, 1096, 1, "b", "major")
    assert counted.rows[1] == TextRow(
        group="later", entries=4, parts=2, moves=5, later=3, earlier=1, withdrawn=1, days=days
    )
    assert (counted.overall.entries, counted.overall.moves) == (5, 7)
    (withdrawn,) = of_texts(moves(("a", None, None, "order"))).rows
    assert isinstance(withdrawn, TextRow)
    assert (withdrawn.withdrawn, withdrawn.later, withdrawn.days) == (1, 0, NOTHING)
    alone = of_texts(moved, only=["earlier"])
    assert alone.rows == counted.rows[:1]
    assert replace(alone.rows[0], group=None) == alone.overall


def test_a_move_from_before_the_parts_is_counted_once_and_theirs_each() -> None:
    history = [announced("2021-09-27", "T4 2022"), due("2022-06-01", "2024-12-31")]
    history += [due("2024-12-06", "2026-12-31", part="minor")]
    history += [due("2024-12-06", "2027-12-31", part="major")]
    split = as_of("2025-01-01", history)
    moved = list(moves_of("x", "dataset", split.moves, split.parts))
    assert [(row.part, row.move.days) for row in moved] == [
        (None, 731),
        ("minor", 730),
        ("major", 1095),
    ]
    assert len(split.moves) == 2
    assert part(split, "major").moves == (moved[0].move, moved[2].move)


def test_a_whole_of_parts_is_counted_once_and_is_as_late_as_its_worst() -> None:
    history = [announced("2021-01-15", "2022-12-31"), due("2022-01-01", "2023-06-30", part="a")]
    history += [due("2022-01-01", "2023-12-31", part="b")]
    divided = as_of("2024-01-01", [*history, state("2022-06-01", "available", part="b")])
    same = {"postponements": divided.postponements, "slip_days": divided.slip_days}
    timings = {"timing": divided.timing, "timing_first": divided.timing_first}
    whole = figure("x", moves=len(divided.moves), **same, **timings)  # type: ignore[arg-type]
    row = overall(whole, day=date(2024, 1, 1))
    assert (row.entries, row.moves, row.slip.longest) == (1, 1, 365)
    assert row.in_force.timeliness["overdue"] == 1
    assert row.in_force.days_late == Spread(1, 185, 185, 185, 185, 1, "x")


# Whatever the entries are.

dates = st.dates(date(2020, 1, 1), date(2029, 12, 31))
timings = st.one_of(
    st.sampled_from([EARLY, ON_TIME, UNKNOWN, NOT_APPLICABLE, Timing("no_deadline")]),
    st.integers(1, 999).map(late),
    dates.map(lambda day: Timing(None, overdue_after=day)),
    dates.map(lambda day: Timing(None, unconfirmed_after=day)),
)
any_figure = st.builds(
    Figure,
    entries=st.integers(1, 3),
    slug=st.text("abc", min_size=1, max_size=3),
    publisher=st.sampled_from("xyz"),
    type=st.sampled_from(TYPES),
    access=st.sampled_from(["public", "restricted", "non_public"]),
    first_due=st.none() | dates,
    timing=timings,
    timing_first=timings,
    uncertain=st.booleans(),
    postponements=st.integers(0, 3),
    moves=st.integers(0, 3),
    slip_days=st.none() | st.integers(-400, 2000),
)
figures_ = st.lists(any_figure, max_size=12)


def summed(rows: Sequence[Any], name: str) -> int:
    """A number over all rows."""
    return sum(getattr(row, name) for row in rows)


COUNTED = ("entries", "uncertain", "restricted", "postponed", "moves", "postponements")


@given(figures_, st.sampled_from(BY[:3]), dates)
def test_all_together_is_the_sum_of_the_groups_and_no_rate_exceeds_what_is_counted(
    figures: list[Figure], by: str, day: date
) -> None:
    counted = of_entries(figures, by, day)
    whole = counted.overall
    assert isinstance(whole, Row)
    for name in COUNTED:
        assert summed(counted.rows, name) == getattr(whole, name), name
    for name in ("in_force", "first"):
        groups, verdicts = [getattr(row, name) for row in counted.rows], getattr(whole, name)
        timeliness, lateness = verdicts.timeliness, verdicts.days_late.count
        assert sum((Counter(each.timeliness) for each in groups), Counter()) == +Counter(timeliness)
        assert sum(timeliness.values()) == whole.entries
        assert summed([each.days_late for each in groups], "count") == lateness
        assert lateness == timeliness["overdue"] + timeliness["delivered_late"]
        rate = verdicts.on_time_rate
        assert rate.numerator <= rate.denominator <= whole.entries
    for name in ("slip", "slip_postponed"):
        spreads, spread = [getattr(row, name) for row in counted.rows], getattr(whole, name)
        assert (summed(spreads, "count"), summed(spreads, "sum")) == (spread.count, spread.sum)
        assert max((each.longest for each in spreads if each.count), default=None) == spread.longest
    assert whole.restricted <= whole.in_force.timeliness["not_applicable"]
    assert whole.slip_postponed.count <= whole.postponed <= whole.entries


@given(figures_, st.sampled_from(BY[:3]), dates)
def test_neither_grouping_nor_order_nor_what_is_alike_changes_the_figures(
    figures: list[Figure], by: str, day: date
) -> None:
    apart = [replace(figure, entries=1) for figure in figures for _ in range(figure.entries)]
    assert of_entries(figures, by, day) == of_entries(apart, by, day)
    assert of_entries(figures, by, day).overall == overall(*figures[::-1], day=day)
