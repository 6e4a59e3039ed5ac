"""The three deadlines of a commitment, their moves and their withdrawal, day by day."""

import pytest

from tests.domain.histories import (
    ROADMAP,
    TODAY,
    announced,
    as_of,
    deadlines,
    due,
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
    held = (entry.announced_deadline, entry.deadline, entry.first_deadline)
    assert [one and one.text for one in held] == ["feuille-de-route", "arrete-2023", "arrete-2021"]
    assert entry.next_deadline is None


def test_the_announced_deadline_is_the_last_in_the_official_table() -> None:
    history = [
        announced("2021-09-27", "T3 2021"),
        announced("2022-09-27", "T4 2021"),
        announced("2023-09-27"),
        announced("2024-09-27", None),
    ]
    days = ("2021-09-27", "2022-09-27", "2023-09-27", "2024-09-27")
    found = [deadlines(as_of(day, history))[0] for day in days]
    assert found == ["T3 2021", "T4 2021", "T4 2021", None]


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


def test_a_statement_made_before_that_contains_the_deadline_leaves_it_to_be_refined() -> None:
    history = [announced("2021-01-15", "T2 2022"), due("2021-04-29", "2022-04-30")]
    assert deadlines(as_of("2021-04-28", history))[1:] == ("T2 2022", "T2 2022")
    entry = as_of("2021-04-29", history)
    assert deadlines(entry) == ("T2 2022", "2022-04-30", "2022-04-30")
    assert (entry.moves, entry.postponements, entry.slip_days) == ((), 0, 0)
    assert entry.first_deadline is not None
    assert entry.first_deadline.text == "order"
    assert timely_first("2022-05-01", history) == ("overdue", 1)


def test_before_any_move_the_first_deadline_is_refined_again_and_again() -> None:
    history = [ROADMAP, due("2021-02-01", "2022"), due("2021-03-01", "S1 2022")]
    history += [due("2021-04-01", "T2 2022"), due("2021-05-01", "2022-04-15")]
    found = [
        deadlines(as_of(day, history))[1:]
        for day in ("2021-02-01", "2021-03-01", "2021-04-01", "2021-05-01")
    ]
    assert found == [(label, label) for label in ("2022", "S1 2022", "T2 2022", "2022-04-15")]
    assert as_of(TODAY, history).moves == ()


def test_a_deadline_refined_is_restated_by_what_it_was_before() -> None:
    history = [ROADMAP, due("2021-02-01", "2022"), due("2021-03-01", "T2 2022")]
    again = [*history, due("2021-04-01", "2022")]
    assert as_of(TODAY, again).deadline == as_of(TODAY, history).deadline


def test_after_a_move_a_refinement_leaves_the_first_deadline_and_slip_is_recomputed() -> None:
    history = [ROADMAP, due("2021-02-01", "T3 2021"), due("2021-08-01", "2022")]
    assert as_of("2021-08-01", history).slip_days == 457
    entry = as_of(TODAY, [*history, due("2021-10-01", "2022-06-30")])
    assert deadlines(entry)[1:] == ("2022-06-30", "T3 2021")
    assert (len(entry.moves), entry.postponements, entry.slip_days) == (1, 1, 273)


def test_the_next_move_runs_from_the_refined_deadline() -> None:
    history = [ROADMAP, due("2021-02-01", "T3 2021"), due("2021-08-01", "2022")]
    history += [due("2021-10-01", "2022-06-30"), due("2022-07-01", "2022-09-30")]
    entry = as_of(TODAY, history)
    assert [(str(move.moved_from), move.days) for move in entry.moves] == [
        ("2021-09-30", 457),
        ("2022-06-30", 92),
    ]
    assert entry.slip_days == 365


def test_anything_else_is_a_move() -> None:
    history = [
        ROADMAP,
        due("2021-02-01", "2023-06-30"),
        due("2023-05-01", "2025-09-30", text="arrete-2023", decided="2023-04"),
        due("2024-12", "2025-06-30", text="arrete-2024", decided="2024-12-06"),
    ]
    entry = as_of(TODAY, history)
    assert [
        (str(move.moved_from), str(move.moved_to), move.days, move.text, move.published_on)
        for move in entry.moves
    ] == [
        ("2023-06-30", "2025-09-30", 823, "arrete-2023", "2023-05-01"),
        ("2025-09-30", "2025-06-30", -92, "arrete-2024", "2024-12"),
    ]
    assert (entry.postponements, entry.slip_days) == (1, 731)


@pytest.mark.parametrize(("later", "days"), [("T4 2021", 92), ("2022", 457), ("2021-10-01", 1)])
def test_a_roadmap_moves_a_deadline_like_any_other_statement(later: str, days: int) -> None:
    entry = as_of(TODAY, [announced("2021-02-01", "T3 2021"), announced("2021-09-27", later)])
    assert [move.days for move in entry.moves] == [days]
    assert deadlines(entry) == (later, later, "T3 2021")


def test_a_deadline_set_back_to_the_first_is_a_move_and_slip_is_zero() -> None:
    history = [ROADMAP, due("2021-02-01", "2022"), due("2021-03-01", "2023")]
    entry = as_of(TODAY, [*history, due("2021-04-01", "2022")])
    assert [move.days for move in entry.moves] == [365, -365]
    assert (entry.postponements, entry.slip_days) == (1, 0)


def test_without_a_deadline_there_is_no_slip() -> None:
    entry = as_of(TODAY, [ROADMAP])
    assert (deadlines(entry), entry.moves) == ((None, None, None), ())
    assert (entry.postponements, entry.slip_days) == (0, None)
    assert timely(TODAY, [ROADMAP]) == timely_first(TODAY, [ROADMAP]) == ("no_deadline", None)


# Moves are counted at day's end.


def test_a_move_taken_back_within_its_day_is_no_move() -> None:
    history = [ROADMAP, due("2021-02-01", "2022")]
    history += [due("2021-03-01", "2023", decided="2021-02-27"), due("2021-03-01", "2022")]
    entry = as_of(TODAY, history)
    assert (entry.moves, entry.deadline) == ((), as_of("2021-02-01", history).deadline)


def test_two_moves_of_one_day_are_one_from_the_last_deadline_to_the_days_last() -> None:
    history = [ROADMAP, due("2021-02-01", "2022")]
    history += [due("2021-03-01", "2023", decided="2021-02-27"), due("2021-03-01", "2024")]
    assert [move.days for move in as_of(TODAY, history).moves] == [731]


def test_the_first_deadline_is_that_of_its_first_days_end() -> None:
    history = [ROADMAP, due("2021-02-01", "2022", decided="2021-01-31"), due("2021-02-01", "2023")]
    entry = as_of(TODAY, history)
    assert (deadlines(entry)[1:], entry.moves) == (("2023", "2023"), ())


def test_on_one_day_the_narrower_statement_holds_in_any_order() -> None:
    narrow, wide = due("2021-02-01", "2022-04-30"), announced("2021-02-01", "T2 2022")
    for history in ([narrow, wide], [wide, narrow]):
        entry = as_of(TODAY, history)
        assert (deadlines(entry), entry.moves) == (("T2 2022", "2022-04-30", "2022-04-30"), ())


def test_a_restatement_after_a_move_of_the_same_day_keeps_the_move() -> None:
    history = [ROADMAP, due("2021-02-01", "2022")]
    history += [
        due("2021-03-01", "2023-06-30", decided="2021-02-27", text="order-2"),
        announced("2021-03-01", "T2 2023"),
    ]
    entry = as_of(TODAY, history)
    assert deadlines(entry)[1] == "2023-06-30"
    assert [(move.days, move.text) for move in entry.moves] == [(181, "order-2")]


def test_a_deadline_withdrawn_and_set_again_on_one_day_has_not_moved() -> None:
    history = [ROADMAP, due("2021-02-01", "2022-04-30")]
    history += [due("2021-03-01", None, decided="2021-02-27"), due("2021-03-01", "T2 2022")]
    assert as_of(TODAY, history) == as_of("2021-02-01", history)


# Withdrawal of a deadline.

WITHDRAWN = [ROADMAP, due("2021-02-01", "2022-04-30"), due("2022-01-01", None, text="order-2")]


def test_a_deadline_withdrawn_counts_as_a_postponement_without_a_slip() -> None:
    entry = as_of("2022-01-01", WITHDRAWN)
    assert deadlines(entry)[1:] == (None, "2022-04-30")
    assert (entry.postponements, entry.slip_days) == (1, None)
    [move] = entry.moves
    assert (str(move.moved_from), move.moved_to, move.days, move.text) == (
        "2022-04-30",
        None,
        None,
        "order-2",
    )
    assert timely("2022-05-01", WITHDRAWN) == ("no_deadline", None)
    assert timely_first("2022-05-01", WITHDRAWN) == ("overdue", 1)


def test_a_deadline_withdrawn_twice_is_withdrawn_once() -> None:
    assert len(as_of(TODAY, [*WITHDRAWN, due("2022-02-01", None)]).moves) == 1


def test_a_withdrawal_where_there_was_no_deadline_is_no_move() -> None:
    entry = as_of(TODAY, [ROADMAP, due("2021-02-01", None), due("2021-03-01", "2022")])
    assert (deadlines(entry)[1:], entry.moves) == (("2022", "2022"), ())


@pytest.mark.parametrize(
    ("again", "held", "days", "postponements", "slip"),
    [
        ("2023-04-30", "2023-04-30", [None, 365], 2, 365),
        ("2021-12-31", "2021-12-31", [None, -120], 1, -120),
        ("2022-04-30", "2022-04-30", [None], 1, 0),
        ("T2 2022", "2022-04-30", [None], 1, 0),
    ],
)
def test_the_date_after_a_withdrawal_is_compared_with_the_last_one_known(
    again: str, held: str, days: list[int | None], postponements: int, slip: int
) -> None:
    entry = as_of(TODAY, [*WITHDRAWN, due("2022-06-01", again)])
    assert [move.days for move in entry.moves] == days
    assert deadlines(entry)[1:] == (held, "2022-04-30")
    assert (entry.postponements, entry.slip_days) == (postponements, slip)


def test_after_a_withdrawal_a_narrower_date_refines_and_leaves_the_first() -> None:
    history = [ROADMAP, due("2021-02-01", "2022"), due("2021-06-01", None)]
    entry = as_of(TODAY, [*history, due("2021-09-01", "2022-06-30")])
    assert deadlines(entry)[1:] == ("2022-06-30", "2022")
    assert [move.days for move in entry.moves] == [None]
    assert entry.slip_days == -184


def test_an_official_table_with_na_where_nothing_was_promised_has_no_deadline() -> None:
    history = [announced("2021-09-27", None, "planned")]
    assert timely(TODAY, history) == ("no_deadline", None)
    assert as_of(TODAY, history).postponements == 0
