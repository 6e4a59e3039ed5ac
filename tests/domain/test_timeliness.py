"""Early, on time, late, overdue or not known: what sourced days support, and no more."""

from datetime import date

import pytest

from app.domain.ledger import Claim
from tests.domain.histories import (
    PROMISED,
    ROADMAP,
    TODAY,
    announced,
    as_of,
    deadlines,
    described,
    due,
    folded,
    judged,
    moment,
    state,
    timely,
    timely_first,
    written,
)

Timeliness = tuple[str, int | None]


# The opening day and its verdict.

VERDICTS = [
    ("2021-06-30", ("delivered_early", -1)),
    ("2021-07-01", ("delivered_on_time", 0)),
    ("2021-08-15", ("delivered_on_time", 0)),
    ("2021-09-30", ("delivered_on_time", 0)),
    ("2021-10-01", ("delivered_late", 1)),
    ("2022-10-01", ("delivered_late", 366)),
    ("2021-06", ("delivered_early", -1)),
    ("2021-07", ("delivered_on_time", 0)),
    ("2021-09", ("delivered_on_time", 0)),
    ("2021-10", ("delivered_late", 1)),
    ("2022", ("delivered_late", 93)),
    ("2021", ("delivered_unknown", None)),
    ("../2021-06-30", ("delivered_early", -1)),
    ("../2021-07-01", ("delivered_unknown", None)),
    ("../2021-09-30", ("delivered_unknown", None)),
    ("../2022-10-01", ("delivered_unknown", None)),
]


@pytest.mark.parametrize("opened", ["available", "partially_available"])
@pytest.mark.parametrize(("decided", "verdict"), VERDICTS)
def test_an_opening_is_early_on_time_or_late_only_if_all_of_its_days_are(
    decided: str, verdict: Timeliness, opened: str
) -> None:
    history = [*PROMISED, state("2022-12-31", opened, decided=decided)]
    assert timely(TODAY, history) == timely_first(TODAY, history) == verdict


@pytest.mark.parametrize(
    ("decided", "verdict"),
    [("2021-09-29", "delivered_early"), ("2021-09-30", "delivered_on_time")],
)
def test_before_the_last_day_of_a_deadline_of_one_day_is_early(decided: str, verdict: str) -> None:
    history = [ROADMAP, due("2021-02-01", "2021-09-30")]
    assert (
        timely(TODAY, [*history, state("2021-10-05", "available", decided=decided)])[0] == verdict
    )


@pytest.mark.parametrize("deadline", ["S1 2021", "S2 2021"])
def test_an_interval_that_begins_before_the_deadline_or_ends_after_it_says_nothing(
    deadline: str,
) -> None:
    history = [ROADMAP, due("2021-02-01", deadline)]
    history += [state("2022-01-15", "available", decided="2021")]
    assert timely(TODAY, history) == ("delivered_unknown", None)


@pytest.mark.parametrize(
    ("decided", "published", "opened_on"),
    [
        ("2021-08-15", "2021-09-01", "2021-08-15"),
        ("2021-08", "2021-09-01", "2021-08-31"),
        ("2021", "2021-09-01", "2021-09-01"),
        ("../2021-08-15", "2021-09-01", "2021-08-15"),
    ],
)
def test_opened_on_is_the_day_by_which_it_was_open(
    decided: str, published: str, opened_on: str
) -> None:
    entry = as_of(TODAY, [*PROMISED, state(published, "available", decided=decided)])
    assert entry.opened_on == date.fromisoformat(opened_on)


def test_an_opening_is_not_said_before_it_was_published() -> None:
    history = [*PROMISED, state("2021-09-01", "available", decided="2021-08-15")]
    entry = as_of("2021-08-31", history)
    assert (entry.state, entry.opened_on) == ("planned", None)


def test_the_first_day_anything_is_open_judges() -> None:
    history = [
        *PROMISED,
        state("2021-08-15", "partially_available"),
        state("2022-05-01", "available"),
    ]
    entry = as_of(TODAY, history)
    assert (entry.state, entry.opened_on) == ("available", date(2021, 8, 15))
    assert timely(TODAY, history) == ("delivered_on_time", 0)


def test_after_a_withdrawal_the_first_opening_day_judges() -> None:
    history = [*PROMISED, state("2021-08-15", "available"), state("2021-12-01", "withdrawn")]
    assert timely("2021-12-01", history) == ("delivered_on_time", 0)
    reopened = [*history, state("2023-01-01", "available")]
    assert timely(TODAY, reopened) == ("delivered_on_time", 0)
    assert as_of(TODAY, reopened).opened_on == date(2021, 8, 15)


def test_an_earlier_opening_that_becomes_known_later_judges_from_then_on() -> None:
    history = [*PROMISED, state("2021-11-01", "available", decided="2021-10-15")]
    history += [state("2022-02-01", "partially_available", decided="2021-08-15")]
    assert timely("2022-01-31", history) == ("delivered_unknown", None)
    assert timely("2022-02-01", history) == ("delivered_on_time", 0)


def test_the_better_known_of_two_openings_with_one_last_day_judges() -> None:
    history = [*PROMISED, state("2021-11-01", "available", decided="../2021-10-31")]
    assert timely("2021-11-01", history) == ("delivered_unknown", None)
    for better, days in [("2021-10", 1), ("2021-10-31", 31)]:
        known = [*history, state("2022-01-01", "available", decided=better)]
        assert timely("2022-01-01", known) == ("delivered_late", days)
    for worse in ("2021-10", "../2021-10-31"):
        history = [*known, state("2022-02-01", "available", decided=worse)]
        assert timely("2022-02-01", history) == ("delivered_late", 31)


def test_an_opening_told_by_a_roadmap_is_known_by_that_day_only() -> None:
    history = [*PROMISED, announced("2021-09-27", "T3 2021", "available", decided="2021-09-20")]
    assert as_of(TODAY, history).opened_on == date(2021, 9, 20)
    assert timely(TODAY, history) == ("delivered_unknown", None)


def test_the_deadline_in_force_on_the_opening_day_judges() -> None:
    history = [*PROMISED, due("2021-09-15", "2021-12-31"), state("2021-10-15", "available")]
    assert timely(TODAY, history) == ("delivered_early", -77)
    assert timely_first(TODAY, history) == ("delivered_late", 15)


def test_a_deadline_of_the_opening_day_itself_is_in_force_on_it() -> None:
    history = [*PROMISED, due("2021-10-15", "2021-12-31"), state("2021-10-15", "available")]
    assert timely(TODAY, history) == ("delivered_early", -77)


@pytest.mark.parametrize("later", ["2022-12-31", None])
def test_a_deadline_claimed_after_the_opening_does_not_change_the_verdict(
    later: str | None,
) -> None:
    history = [*PROMISED, state("2021-10-15", "available"), due("2021-10-16", later)]
    assert timely(TODAY, history) == ("delivered_late", 15)
    assert deadlines(as_of(TODAY, history))[1] == later


def test_a_move_published_before_the_opening_and_recorded_after_it_judges() -> None:
    history = [*PROMISED, state("2021-10-15", "available"), due("2021-10-14", "2021-12-31")]
    assert timely(TODAY, history) == ("delivered_early", -77)


@pytest.mark.parametrize(
    ("moved", "to", "decided", "verdict"),
    [
        # On time by the deadline before, early by the one after.
        ("2021-09-15", "2021-12-31", "2021-09", ("delivered_unknown", None)),
        # Late by both: only the days late by the later are proven.
        ("2021-10-16", "2021-10-20", "2021-12", ("delivered_late", 42)),
        ("2021-11-16", "2021-10-20", "2021-11", ("delivered_late", 12)),
        # Withdrawn in the course of it.
        ("2021-11-16", None, "2021-11", ("delivered_unknown", None)),
        # All of it before the move, all of it after.
        ("2021-11-01", "2021-12-31", "2021-10", ("delivered_late", 1)),
        ("2021-10-01", "2021-12-31", "2021-10", ("delivered_early", -61)),
        # Early by both: only the days early by the earlier are proven.
        ("2021-06-16", "2021-12-31", "2021-06", ("delivered_early", -1)),
    ],
)
def test_an_opening_known_as_an_interval_is_judged_by_every_deadline_in_force_in_it(
    moved: str, to: str | None, decided: str, verdict: Timeliness
) -> None:
    history = [*PROMISED, due(moved, to), state("2022-01-15", "available", decided=decided)]
    assert timely(TODAY, history) == verdict


def test_a_deadline_announced_with_what_opened_before_it_judges_nothing() -> None:
    history = [announced("2021-09-27", "T3 2021", "available", decided="2021-09-20")]
    assert timely(TODAY, history) == timely_first(TODAY, history) == ("no_deadline", None)


@pytest.mark.parametrize(
    "history",
    [
        [ROADMAP, state("2021-03-01", "available")],
        [announced("2021-01-15", state="available")],
        [announced("2021-01-15", None), state("2021-03-01", "partially_available")],
        [ROADMAP, state("2021-01-20", "available"), due("2021-02-01", "2021-01-16")],
    ],
)
def test_what_opens_without_a_deadline_is_not_judged(history: list[Claim]) -> None:
    assert timely(TODAY, history) == timely_first(TODAY, history) == ("no_deadline", None)


def test_an_opening_that_may_be_older_than_its_deadline_is_not_judged_by_it() -> None:
    history = [ROADMAP, due("2021-06-15", "2021-05-31")]
    history += [state("2021-07-01", "available", decided="2021-06")]
    assert timely(TODAY, history) == ("delivered_unknown", None)


def test_an_opening_in_two_steps_is_not_late_if_the_first_may_have_been_in_time() -> None:
    history = [ROADMAP, due("2021-02-01", "2023-05-31")]
    history += [state("2023-06-20", "available", decided="2023-06-15")]
    history += [state("2024-02-01", "partially_available", decided="2023")]
    assert timely(TODAY, history) == ("delivered_unknown", None)


def test_what_was_open_and_is_withdrawn_is_not_overdue() -> None:
    history = [announced("2021-01-15", "2020", "withdrawn")]
    assert timely(TODAY, history) == ("delivered_unknown", None)


def test_what_opened_without_a_deadline_in_force_is_not_judged() -> None:
    history = [*PROMISED, due("2021-06-01", None), state("2021-10-15", "available")]
    assert timely(TODAY, history) == ("no_deadline", None)
    assert timely_first(TODAY, history) == ("delivered_late", 15)


def test_a_first_deadline_refined_before_the_opening_judges_as_refined() -> None:
    history = [*PROMISED, due("2021-03-01", "2021-07-31"), state("2021-08-15", "available")]
    assert timely_first(TODAY, history) == ("delivered_late", 15)


# Timeliness of what is awaited.


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2021-02-01", ("on_track", 0)),
        ("2021-07-01", ("on_track", 0)),
        ("2021-07-02", ("due_soon", 0)),
        ("2021-09-30", ("due_soon", 0)),
        ("2021-10-01", ("overdue", 1)),
        ("2026-11-23", ("overdue", 1880)),
    ],
)
def test_what_is_promised_is_on_track_then_due_soon_then_overdue(
    day: str, expected: Timeliness
) -> None:
    assert timely(day, PROMISED) == timely_first(day, PROMISED) == expected


@pytest.mark.parametrize("waiting", ["planned", "in_progress", "suspended"])
def test_whatever_is_not_open_is_awaited(waiting: str) -> None:
    history = [*PROMISED, state("2021-03-01", waiting)]
    assert timely("2021-10-01", history) == ("overdue", 1)


def test_lateness_is_told_against_the_deadline_in_force_and_against_the_first() -> None:
    history = [*PROMISED, due("2021-09-15", "2022-09-30")]
    assert timely("2021-12-31", history) == ("on_track", 0)
    assert timely_first("2021-12-31", history) == ("overdue", 92)


@pytest.mark.parametrize("out_of_it", ["abandoned", "not_available"])
def test_what_is_not_awaited_is_not_judged(out_of_it: str) -> None:
    history = [*PROMISED, state("2021-03-01", out_of_it)]
    assert timely(TODAY, history) == timely_first(TODAY, history) == ("not_applicable", None)
    assert timely("2021-02-28", history) == ("on_track", 0)


@pytest.mark.parametrize("rights", ["restricted", "non_public"])
@pytest.mark.parametrize("opened", [True, False])
def test_what_is_restricted_is_not_judged(rights: str, opened: bool) -> None:
    history = [*PROMISED, described("2021-11-01", access_rights=rights)]
    history += [state("2021-10-15", "available")] if opened else []
    assert timely(TODAY, history) == timely_first(TODAY, history) == ("not_applicable", None)
    assert timely("2021-10-31", history)[0] == ("delivered_late" if opened else "overdue")
    again = [*history, described("2022-01-01", access_rights=None)]
    assert timely("2022-01-01", again)[0] == ("delivered_late" if opened else "overdue")


ACTION = announced("2021-09-27", "22S1", values={"type": "action"})


@pytest.mark.parametrize(
    "more",
    [
        [],
        [described("2021-10-01", licence="etalab")],
        [announced("2021-12-01", "S1 2022", values={"type": "action"})],
        [state("2021-10-01", "in_progress", standing="disputed")],
        [due("2021-10-01", "2022-06-30", standing="retracted")],
    ],
)
def test_an_action_of_which_nothing_is_known_but_its_announcement_is_unconfirmed_past_its_day(
    more: list[Claim],
) -> None:
    history = [ACTION, *more]
    assert timely("2022-06-30", history) == ("due_soon", 0)
    assert timely("2022-07-01", history) == ("unconfirmed", None)
    assert timely_first("2022-07-01", history) == ("unconfirmed", None)
    assert not as_of("2022-07-01", history).uncertain


@pytest.mark.parametrize("known", [state("2021-10-01", "in_progress"), due("2021-10-01", "22S1")])
def test_an_action_of_which_more_is_known_is_overdue_past_its_day(known: Claim) -> None:
    assert timely("2022-07-01", [ACTION, known]) == ("overdue", 1)


def test_an_opening_is_overdue_by_its_announcement_alone() -> None:
    assert timely("2022-07-01", [announced("2021-09-27", "22S1")]) == ("overdue", 1)


def test_an_action_carried_out_is_judged_like_an_opening() -> None:
    history = [ACTION, state("2022-07-15", "available")]
    assert timely(TODAY, history) == ("delivered_late", 15)


# Vague dates.

MOVED_IN_2023 = [*PROMISED[:1], due("2021-02-01", "2023-06-30"), due("2023", "2025-09-30")]


@pytest.mark.parametrize(
    ("day", "uncertain", "expected"),
    [
        ("2022-12-31", False, ("on_track", 0)),
        ("2023-01-01", True, ("on_track", 0)),
        ("2023-06-30", True, ("due_soon", 0)),
        ("2023-07-01", True, ("unconfirmed", None)),
        ("2023-12-30", True, ("unconfirmed", None)),
        ("2023-12-31", True, ("on_track", 0)),
        ("2024-01-01", False, ("on_track", 0)),
        ("2025-10-01", False, ("overdue", 1)),
    ],
)
def test_every_day_inside_a_vague_date_of_publication_is_uncertain_and_never_overdue(
    day: str, uncertain: bool, expected: Timeliness
) -> None:
    assert as_of(day, MOVED_IN_2023).uncertain is uncertain
    assert timely(day, MOVED_IN_2023) == expected


def test_nor_is_it_overdue_against_the_first_deadline_on_such_a_day() -> None:
    assert timely_first("2023-08-01", MOVED_IN_2023) == ("unconfirmed", None)
    assert timely_first("2024-01-01", MOVED_IN_2023) == ("overdue", 185)


OPENED_BY = [
    ROADMAP,
    due("2021-02-01", "2024-12-31"),
    state("2025-09-03", "available", decided="../2025-09-03"),
]


@pytest.mark.parametrize(
    ("day", "uncertain", "expected"),
    [
        ("2021-02-01", True, ("on_track", 0)),
        ("2024-12-31", True, ("due_soon", 0)),
        ("2025-01-15", True, ("unconfirmed", None)),
        ("2025-09-02", True, ("unconfirmed", None)),
        ("2025-09-03", True, ("delivered_unknown", None)),
        ("2025-09-04", False, ("delivered_unknown", None)),
    ],
)
def test_every_day_on_which_it_may_have_been_open_already_is_uncertain_and_never_overdue(
    day: str, uncertain: bool, expected: Timeliness
) -> None:
    assert as_of(day, OPENED_BY).uncertain is uncertain
    assert timely(day, OPENED_BY) == expected


@pytest.mark.parametrize("decided", ["2023-08-15", "2023-08", "../2023-08-15"])
def test_an_opening_inside_a_vague_date_of_publication_is_judged_by_both_deadlines(
    decided: str,
) -> None:
    history = [*MOVED_IN_2023, state("2023-09-01", "available", decided=decided)]
    assert timely(TODAY, history) == ("delivered_unknown", None)


def test_an_opening_late_by_every_deadline_that_may_have_been_in_force_is_late() -> None:
    history = [ROADMAP, due("2021-02-01", "2023-06-30"), due("2023", "2023-08-10")]
    history += [state("2023-09-01", "available", decided="2023-08-15")]
    assert timely(TODAY, history) == ("delivered_late", 5)


def test_to_know_the_opening_better_never_brings_lateness_back() -> None:
    history = [*OPENED_BY, state("2026-01-10", "available", decided="2024-12-15")]
    assert timely("2025-01-15", history) == ("unconfirmed", None)
    assert timely("2026-01-10", history) == ("delivered_early", -16)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2022-04-20", ("due_soon", 0)),
        ("2022-04-30", ("due_soon", 0)),
        ("2022-05-15", ("unconfirmed", None)),
        ("2022-05-31", ("unconfirmed", None)),
        ("2022-06-01", ("delivered_early", -9)),
    ],
)
def test_no_day_after_an_opening_is_called_late_though_it_was_published_later(
    day: str, expected: Timeliness
) -> None:
    history = [ROADMAP, due("2021-02-01", "2022-04-30")]
    history += [state("2022-06-01", "available", decided="2022-04-21")]
    assert timely(day, history) == expected
    assert as_of(day, history).uncertain is ("2022-04-21" <= day < "2022-06-01")


def test_an_opening_known_by_its_month_makes_the_days_of_that_month_uncertain() -> None:
    history = [ROADMAP, due("2021-02-01", "2023-11-30")]
    history += [state("2024-01-01", "available", decided="2023-12")]
    days = ("2023-11-30", "2023-12-01", "2023-12-31", "2024-01-01")
    assert [as_of(day, history).uncertain for day in days] == [False, True, True, False]
    assert timely("2023-12-31", history) == ("unconfirmed", None)
    assert timely(TODAY, history) == ("delivered_late", 1)


@pytest.mark.parametrize(
    "vague",
    [
        announced("2023", "2025"),
        due("2023", "2025"),
        due("../2023-12-31", "2025"),
        state("2023", "in_progress", decided="2023-02-01"),
        state("2023", "available"),
    ],
)
def test_any_vague_claim_that_bears_on_lateness_makes_its_days_uncertain(vague: Claim) -> None:
    history = [ROADMAP, due("2021-02-01", "2023-06-30"), vague]
    assert as_of("2023-12-30", history).uncertain
    assert timely("2023-12-30", history) == ("unconfirmed", None)
    assert not as_of("2024-01-01", history).uncertain


@pytest.mark.parametrize(
    "harmless",
    [
        described("2023", licence="etalab"),
        due("2024-01-15", "2023-06-30", decided="2023"),
        state("2024-01-15", "in_progress", decided="2023"),
        due("2023", "2025", standing="disputed"),
        state("2023", "available", standing="retracted"),
    ],
)
def test_a_vague_date_that_bears_on_nothing_makes_nothing_uncertain(harmless: Claim) -> None:
    history = [ROADMAP, due("2021-02-01", "2023-06-30"), harmless]
    assert not any(span.uncertain for span in folded(*history))
    assert timely("2023-07-01", history) == ("overdue", 1)


def test_a_judgement_takes_the_doubt_away_from_all_days() -> None:
    assert not any(span.uncertain for span in folded(*MOVED_IN_2023, judged(3, "disputed")))
    assert timely("2023-07-01", [*MOVED_IN_2023, judged(3, "disputed")]) == ("overdue", 1)


def test_doubt_ends_before_the_day_the_claim_was_recorded() -> None:
    """On that day the public could know."""
    history = [announced("2026-01-15"), due("2026-02-01", "2026-10-31"), due("2026-11", "2027")]
    days = ("2026-10-31", "2026-11-01", "2026-11-22", "2026-11-23", "2026-11-24")
    assert [as_of(day, history).uncertain for day in days] == [False, True, True, False, False]
    assert timely("2026-11-22", history) == ("unconfirmed", None)
    assert timely("2026-11-23", history) == ("on_track", 0)


def test_doubt_about_an_opening_ends_before_the_day_it_was_recorded() -> None:
    history = [announced("2026-01-15"), due("2026-02-01", "2026-10-31")]
    history += [state("2026-11-23", "available", decided="2026-11")]
    days = ("2026-10-31", "2026-11-01", "2026-11-22", "2026-11-23", "2026-11-24")
    assert [as_of(day, history).uncertain for day in days] == [False, True, True, False, False]


def test_of_two_openings_recorded_on_two_days_each_ends_its_own_doubt() -> None:
    told = [announced("2026-01-15", "2030"), state("2026-11", "available")]
    told += [due("2026-11-20", "2031", decided="2026-11")]
    recorded = [moment("2026-11-20"), moment("2026-11-20"), moment("2026-11-25")]
    events = written(told, recorded)
    assert as_of("2026-11-19", events).uncertain
    assert not as_of("2026-11-20", events).uncertain


def test_a_vague_claim_recorded_on_its_first_day_leaves_no_doubt() -> None:
    told = [announced("2026-01-15", "2026"), due("2026-11", "2027")]
    assert not any(span.uncertain for span in folded(*told, recorded=moment("2026-11-01")))


def test_a_claim_imported_before_its_day_counts_from_its_recording_and_leaves_no_doubt() -> None:
    history = [announced("2026-01-15", "2026"), due("2026-12", "2027")]
    assert deadlines(as_of("2026-11-22", history))[1] == "2026"
    assert deadlines(as_of("2026-11-23", history))[1] == "2027"
    assert not any(span.uncertain for span in folded(*history))
