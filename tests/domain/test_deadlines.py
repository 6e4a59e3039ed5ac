"""The three deadlines of a commitment, their moves and their withdrawal, day by day."""

import pytest

from tests.domain.histories import (
    ROADMAP,
    TODAY,
    announced,
    as_of,
    course,
    deadlines,
    due,
    table,
    timely,
    timely_first,
)

# Three deadlines.


def test_three_deadlines_are_kept_apart() -> None:
    history = [
        due("2021-04-29", "2023-06-30", text="arrete-2021"),
        announced("2021-09-27", "T2 2023", text="feuille-de-route"),
        due("2023-12-19", "2025-09-30", text="arrete-2023"),
    ]
    assert deadlines(as_of("2021-04-29", history)) == (None, "2023-06-30", "2023-06-30")
    assert deadlines(as_of("2021-09-27", history)) == ("T2 2023", "2023-06-30", "2023-06-30")
    entry = as_of("2023-12-19", history)
    assert deadlines(entry) == ("T2 2023", "2025-09-30", "2023-06-30")
    three = (entry.announced_deadline, entry.deadline, entry.first_deadline)
    texts = [each and each.text for each in three]
    assert texts == ["feuille-de-route", "arrete-2023", "arrete-2021"]
    assert entry.next_deadline is None


def test_the_announced_deadline_is_the_last_in_the_official_table() -> None:
    history = [
        announced("2021-09-27", "T3 2021"),
        announced("2022-09-27", "T4 2021"),
        announced("2023-09-27"),
        announced("2024-09-27", None),
    ]
    days = ("2021-09-27", "2022-09-27", "2023-09-27", "2024-09-27")
    labels = [deadlines(as_of(day, history))[0] for day in days]
    assert labels == ["T3 2021", "T4 2021", "T4 2021", None]


@pytest.mark.parametrize("wider", ["T2 2022", "S1 2022", "2022", "2022-04", "2022-04-30"])
def test_a_statement_that_contains_the_deadline_in_force_restates_it(wider: str) -> None:
    history = [due("2021-04-29", "2022-04-30"), announced("2021-09-27", wider)]
    entry = as_of(TODAY, history)
    assert deadlines(entry) == (wider, "2022-04-30", "2022-04-30")
    assert entry.deadline == entry.first_deadline == as_of("2021-04-29", history).deadline
    assert entry.deadline is not None
    assert entry.deadline.text == "order"
    assert (entry.moves, entry.postponements, entry.slip_days) == ((), 0, 0)
    assert timely("2022-04-30", history) == ("due_soon", 0)
    assert timely("2022-05-01", history) == ("overdue", 1)


MOVED = """
# Before any move the first deadline is refined, again and again.
2021-02-01 due T2 2022; 2021-04-29 due 2022-04-30 = 2022-04-30 | 2022-04-30 | | 0
2021-02-01 due 2022; 2021-03-01 due S1 2022; 2021-04-01 due T2 2022 = T2 2022 | T2 2022 | | 0
# One that was refined is restated by what it was before.
2021-02-01 due 2022; 2021-03-01 due T2 2022; 2021-04-01 due 2022 = T2 2022 | T2 2022 | | 0
# After a move a refinement leaves the first, and the next move runs from the refined one.
2021-02-01 due T3 2021; 2021-08-01 due 2022 = 2022 | T3 2021 | 457 | 457
2021-02-01 due T3 2021; 2021-08-01 due 2022; 2021-10-01 due 2022-06-30;
2021-10-02 in_progress = 2022-06-30 | T3 2021 | 457 | 273
2021-02-01 due T3 2021; 2021-08-01 due 2022; 2021-10-01 due 2022-06-30;
2022-07-01 due 2022-09-30 = 2022-09-30 | T3 2021 | 457 92 | 365
# Set back to the first it has moved twice, and has not slipped.
2021-02-01 due 2022; 2021-03-01 due 2023; 2021-04-01 due 2022 = 2022 | 2022 | 365 -365 | 0
# A roadmap moves a deadline like any other statement.
2021-02-01 roadmap - T3 2021; 2021-09-27 roadmap - T4 2021 = T4 2021 | T3 2021 | 92 | 92
2021-02-01 roadmap - T3 2021; 2021-09-27 roadmap - 2021-10-01 = 2021-10-01 | T3 2021 | 1 | 1
# Without a deadline there is no slip; a withdrawal where there was none is no move.
2021-02-01 due none = none | none | | none
2021-02-01 due none; 2021-03-01 due 2022 = 2022 | 2022 | | 0
# The date after a withdrawal is compared with the last one known; a narrower one refines.
2021-02-01 due 2022; 2021-06-01 due none;
2021-09-01 due 2022-06-30 = 2022-06-30 | 2022 | none | -184
2021-02-01 due 2022-04-30; 2022-01-01 due none;
2022-06-01 due 2023-04-30 = 2023-04-30 | 2022-04-30 | none 365 | 365
2021-02-01 due 2022-04-30; 2022-01-01 due none;
2022-06-01 due 2021-12-31 = 2021-12-31 | 2022-04-30 | none -120 | -120
2021-02-01 due 2022-04-30; 2022-01-01 due none;
2022-06-01 due T2 2022 = 2022-04-30 | 2022-04-30 | none | 0
2021-02-01 due 2022-04-30; 2022-01-01 due none;
2022-02-01 due none = none | 2022-04-30 | none | none
# Moves are counted at day’s end: one taken back within its day is none, two of one day are one.
2021-02-01 due 2022; 2021-03-01 due 2023; 2021-03-01 due 2022 = 2022 | 2022 | | 0
2021-02-01 due 2022; 2021-03-01 due 2023; 2021-03-01 due 2024 = 2024 | 2022 | 731 | 731
2021-02-01 due 2022; 2021-02-01 due 2023 = 2023 | 2023 | | 0
2021-02-01 due 2022-04-30; 2021-03-01 due none;
2021-03-01 due T2 2022 = 2022-04-30 | 2022-04-30 | | 0
# On one day the narrower statement holds in any order.
2021-02-01 due 2022-04-30; 2021-02-01 roadmap - T2 2022 = 2022-04-30 | 2022-04-30 | | 0
2021-02-01 roadmap - T2 2022; 2021-02-01 due 2022-04-30 = 2022-04-30 | 2022-04-30 | | 0
"""
"""Deadlines; those in force and first promised at last, the days of each move, the slip."""

BOUND = """
# What binds is moved, refined and withdrawn by what binds alone.
2021-02-01 due 2022; 2021-03-01 roadmap - T3 2023 = T3 2023 | 2022 | 2022 |
2021-02-01 due 2022; 2021-03-01 statement T3 2023 = T3 2023 | 2022 | 2022 |
2021-02-01 due 2022; 2021-03-01 roadmap - T3 2022 = T3 2022 | 2022 | 2022 |
2021-02-01 due 2022; 2021-02-01 statement T3 2022 = T3 2022 | 2022 | 2022 |
2021-02-01 due 2022; 2021-03-01 statement none = none | 2022 | 2022 |
2021-02-01 due 2022; 2021-03-01 statement 2023; 2021-04-01 due 2024 = 2023 | 2024 | 2022 | 731
2021-02-01 due none; 2021-03-01 roadmap - T3 2023 = T3 2023 | none | none |
# What does not is moved by both.
2021-02-01 statement 2022; 2021-03-01 statement 2023 = none | 2023 | 2022 | 365
2021-02-01 roadmap - 2022; 2021-03-01 due 2023 = 2022 | 2023 | 2022 | 365
2021-02-01 statement 2023; 2021-02-01 due 2022 = none | 2022 | 2022 |
# Of a wider period a text binds no more than its last day: sooner nothing binds.
2021-02-01 statement 2022-11-30; 2021-03-01 due 2022 = none | 2022-11-30 (statement) | 2022-11-30 |
2021-02-01 statement 2022-12-31; 2021-03-01 due 2022 = none | 2022-12-31 | 2022-12-31 |
2021-02-01 statement 2022-12-31; 2021-03-01 due none; 2021-04-01 due 2022 =
none | 2022-12-31 | 2022-12-31 | none
2021-02-01 statement 2022; 2021-03-01 due 2022 = none | 2022 | 2022 |
"""
"""Deadlines; those announced, in force and first promised at last, the days of each move."""


@pytest.mark.parametrize("row", table(BOUND.replace(" =\n", " = ")))
def test_only_a_binding_text_moves_what_one_has_set(row: str) -> None:
    claims, _, expected = row.partition(" = ")
    cells = [cell.strip() for cell in expected.split("|")]
    entry = as_of(TODAY, [ROADMAP, *course(claims)])
    assert deadlines(entry) == tuple(
        None if cell == "none" else cell.removesuffix(" (statement)") for cell in cells[:3]
    )
    days = [None if day == "none" else int(day) for day in cells[3].split()]
    assert [move.days for move in entry.moves] == days
    if entry.deadline and "due" in claims:
        assert entry.deadline.binding is ("(statement)" not in cells[1])
        assert entry.deadline.text == ("order" if entry.deadline.binding else "statement")


@pytest.mark.parametrize("row", table(MOVED))
def test_a_deadline_is_refined_moved_or_restated(row: str) -> None:
    claims, _, expected = row.partition(" = ")
    in_force, first, moves, slip = (
        [None if word == "none" else word for word in cell.split()] for cell in expected.split("|")
    )
    days = [None if day is None else int(day) for day in moves]
    entry = as_of(TODAY, [ROADMAP, *course(claims)])
    labels = [label and label.split() for label in deadlines(entry)[1:]]
    assert labels == [in_force if any(in_force) else None, first if any(first) else None]
    assert [move.days for move in entry.moves] == days
    assert entry.postponements == sum(1 for day in days if day is None or day > 0)
    assert [entry.slip_days] == [days and int(days) for days in slip]


def test_each_move_has_its_days_its_text_and_its_date() -> None:
    history = [
        ROADMAP,
        due("2021-02-01", "2023-06-30"),
        due("2023-05-01", "2025-09-30", text="arrete-2023", decided="2023-04"),
        due("2024-12", "2025-06-30", text="arrete-2024", decided="2024-12-06"),
    ]
    assert [
        (str(move.moved_from), str(move.moved_to), move.days, move.text, move.published_on)
        for move in as_of(TODAY, history).moves
    ] == [
        ("2023-06-30", "2025-09-30", 823, "arrete-2023", "2023-05-01"),
        ("2025-09-30", "2025-06-30", -92, "arrete-2024", "2024-12"),
    ]


def test_a_statement_that_refines_the_deadline_sets_the_first() -> None:
    history = [announced("2021-01-15", "T2 2022"), due("2021-04-29", "2022-04-30")]
    assert deadlines(as_of("2021-04-28", history))[1:] == ("T2 2022", "T2 2022")
    first = as_of("2021-04-29", history).first_deadline
    assert first
    assert first.text == "order"
    assert timely_first("2021-04-29", history) == ("on_track", 0)
    assert timely_first("2022-05-01", history) == ("overdue", 1)


def test_without_a_deadline_nothing_is_late() -> None:
    for history in ([ROADMAP], [announced("2021-09-27", None, "planned")]):
        entry = as_of(TODAY, history)
        assert (entry.postponements, entry.slip_days, entry.moves) == (0, None, ())
        assert timely(TODAY, history) == timely_first(TODAY, history) == ("no_deadline", None)


# Moves are counted at day's end.


def test_a_restatement_after_a_move_of_the_same_day_keeps_the_move() -> None:
    history = [ROADMAP, due("2021-02-01", "2022")]
    history += [
        due("2021-03-01", "2023-06-30", decided="2021-02-27", text="order-2"),
        announced("2021-03-01", "T2 2023"),
    ]
    entry = as_of(TODAY, history)
    assert deadlines(entry)[1] == "2023-06-30"
    assert [(move.days, move.text) for move in entry.moves] == [(181, "order-2")]
