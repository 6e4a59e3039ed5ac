"""Early, on time, late, overdue or not known: what sourced days support, and no more."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.claims import Source
from app.domain.commitments import Evidence
from app.domain.fold import on
from app.domain.ledger import Claim
from app.domain.periods import on_day
from tests.domain.histories import (
    PROMISED,
    ROADMAP,
    TODAY,
    announced,
    as_of,
    course,
    deadlines,
    described,
    due,
    folded,
    judged,
    moment,
    state,
    table,
    timely,
    timely_first,
)

Timeliness = tuple[str, int | None]
UNKNOWN: Timeliness = ("delivered_unknown", None)
UNCONFIRMED: Timeliness = ("unconfirmed", None)
EARLY: Timeliness = ("delivered_early", -9)
LATE: Timeliness = ("delivered_late", 1)
MOVED_IN_2023 = [ROADMAP, *course("2021-02-01 due 2023-06-30; 2023 due 2025-09-30")]
OPENED_BY = [ROADMAP, *course("2021-02-01 due 2024-12-31; 2025-09-03 available ../2025-09-03")]

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
    ("2021", UNKNOWN),
    ("../2021-06-30", ("delivered_early", -1)),
    ("../2021-07-01", UNKNOWN),
    ("../2021-09-30", UNKNOWN),
    ("../2022-10-01", UNKNOWN),
]


@pytest.mark.parametrize(("decided", "verdict"), VERDICTS)
def test_an_opening_is_early_on_time_or_late_only_if_all_of_its_days_are(
    decided: str, verdict: Timeliness
):
    history = [*PROMISED, state("2022-12-31", "available", decided=decided)]
    assert timely(TODAY, history) == timely_first(TODAY, history) == verdict


@pytest.mark.parametrize(
    ("decided", "published", "opened_on"),
    [
        ("2021-08-15", "2021-09-01", "2021-08-15"),
        ("2021-08", "2021-09-01", "2021-08"),
        ("2020", "2021-09-01", "2020"),
        ("2021", "2021-09-01", "2021-01-01/2021-09-01"),
        ("../2021-08-15", "2021-09-01", "../2021-08-15"),
        ("../2021-08", "2021-09-01", "../2021-08-31"),
    ],
)
def test_opened_on_is_no_better_known_than_sources_know_it(
    decided: str, published: str, opened_on: str
):
    entry = as_of(TODAY, [*PROMISED, state(published, "available", decided=decided)])
    assert str(entry.opened_on) == opened_on


def test_the_first_opening_judges_whatever_follows():
    history = [*PROMISED, state("2021-08-15", "available")]
    history += course("2021-11-01 partially_available; 2021-12-01 withdrawn; 2023-01-01 available")
    for day in ("2021-11-01", "2021-12-01", TODAY):
        entry = as_of(day, history)
        assert timely(day, history) == ("delivered_on_time", 0)
        assert (str(entry.opened_on), entry.opened_in_part_on) == ("2021-08-15", None)


IN_PART = """
# What is open in part is awaited as before, and past its day neither late nor kept.
2021-08-15 partially_available | 2021-09-30 | due_soon | 2021-08-15
2021-08-15 partially_available | 2021-10-01 | partly_open | 2021-08-15
2021-11-15 partially_available | 2021-11-14 | overdue | None
2021-11-15 partially_available | 2021-11-15 | partly_open | 2021-11-15
2021-08-15 partially_available; 2021-09-01 suspended | 2021-10-01 | partly_open | 2021-08-15
# No more once it lasts no more; of what is withdrawn nobody says that it was not open wholly.
2021-08-15 partially_available; 2021-09-01 in_progress | 2021-10-01 | overdue | 2021-08-15
2021-08-15 partially_available; 2021-09-01 withdrawn | 2021-10-01 | unconfirmed | 2021-08-15
# What opens wholly is judged by that day.
2021-08-15 partially_available; 2021-09-30 available | 2021-10-01 | delivered_on_time | 2021-08-15
2021-08-15 partially_available; 2021-10-01 available | 2021-10-01 | delivered_late | 2021-08-15
# What may have been open in part was not overdue.
2021-12-15 partially_available 2021-11-15 | 2021-11-14 | overdue | None
2021-12-15 partially_available 2021-11-15 | 2021-11-15 | unconfirmed | None
2021-12-15 partially_available 2021-11 | 2021-11-01 | unconfirmed | None
"""
"""Histories of what was due by T3 2021, a day, its timeliness and the opening in part."""


@pytest.mark.parametrize("row", table(IN_PART))
def test_an_opening_in_part_settles_nothing(row: str):
    claims, day, expected, in_part = (cell.strip() for cell in row.split("|"))
    history = [ROADMAP, due("2020-02-01", "T3 2021"), *course(claims)]
    name, late = timely(day, history)
    assert (name, str(as_of(day, history).opened_in_part_on)) == (expected, in_part)
    assert late is None or name not in ("partly_open", "unconfirmed")


def test_an_earlier_opening_that_becomes_known_later_judges_from_then_on():
    history = [*PROMISED, state("2021-11-01", "available", decided="2021-10-15")]
    history += [state("2022-02-01", "available", decided="2021-08-15")]
    assert timely("2022-01-31", history) == UNKNOWN
    assert timely("2022-02-01", history) == ("delivered_on_time", 0)


def test_the_better_known_of_two_openings_with_one_last_day_judges():
    history = [*PROMISED, state("2021-11-01", "available", decided="../2021-10-31")]
    assert timely("2021-11-01", history) == UNKNOWN
    for better, days in [("2021-10", 1), ("2021-10-31", 31)]:
        known = [*history, state("2022-01-01", "available", decided=better)]
        assert timely("2022-01-01", known) == ("delivered_late", days)
    for worse in ("2021-10", "../2021-10-31"):
        history = [*known, state("2022-02-01", "available", decided=worse)]
        assert timely("2022-02-01", history) == ("delivered_late", 31)


NONE: Timeliness = ("no_deadline", None)
ON_ITS_DAY = """
# Before the last day of a deadline of one day is early.
2021-02-01 due 2021-09-30; 2021-10-05 available 2021-09-29 = delivered_early -1
2021-02-01 due 2021-09-30; 2021-10-05 available 2021-09-30 = delivered_on_time 0
# An interval that begins before the deadline, or ends after it, says nothing.
2021-02-01 due S1 2021; 2022-01-15 available 2021 = delivered_unknown
2021-02-01 due S2 2021; 2022-01-15 available 2021 = delivered_unknown
# The deadline in force on the opening day judges, that of the day itself too.
2021-02-01 due T3 2021; 2021-09-15 due 2021-12-31; 2021-10-15 available = delivered_early -77
2021-02-01 due T3 2021; 2021-10-15 due 2021-12-31; 2021-10-15 available = delivered_early -77
# So does one that was published before it and recorded after it, and not one that came after it.
2021-02-01 due T3 2021; 2021-10-15 available; 2021-10-14 due 2021-12-31 = delivered_early -77
2021-02-01 due T3 2021; 2021-10-15 available; 2021-10-16 due 2022-12-31 = delivered_late 15
2021-02-01 due T3 2021; 2021-10-15 available; 2021-10-16 due none = delivered_late 15
# A deadline that was withdrawn, or promised again later, was not in force.
2021-02-01 due T3 2021; 2021-06-01 due none; 2021-10-15 available = no_deadline
2021-02-01 due 2022-04-30; 2022-01-01 due none; 2023-03-01 due T2 2022;
2023-04-01 available 2022-06-01 = no_deadline
# What may have opened before its deadline was set, or opens without one, is not judged.
2021-06-15 due 2021-05-31; 2021-07-01 available 2021-06 = delivered_unknown
2021-01-20 available; 2021-02-01 due 2021-01-16 = no_deadline
2021-03-01 available = no_deadline
2021-03-01 partially_available = no_deadline
# The first of two openings may have been in time.
2021-02-01 due 2023-05-31; 2023-06-20 available 2023-06-15;
2024-02-01 available 2023-05 = delivered_unknown
2021-02-01 due 2023-05-31; 2023-06-20 available 2023-06-15; 2023-07-01 withdrawn;
2024-02-01 available 2023 = delivered_late 15
# What was open by an earlier day is not late by a later one.
2021-02-01 due 2022-12-31; 2023-01-02 withdrawn 2023-01-01;
2023-06-20 available 2023-06-15 = delivered_unknown
2021-02-01 due 2022-12-31; 2023-01-02 partially_available ../2023-01-01;
2023-06-20 available 2023-06-15 = delivered_late 166
# An interval is judged by every deadline that may have been in force in it.
2021-02-01 due 2023-06-30; 2023 due 2023-08-10; 2023-09-01 available 2023-08-15 = delivered_late 5
2021-02-01 due 2023-06-30; 2023 due 2025-09-30; 2023-09-01 available 2023-08 = delivered_unknown
2021-02-01 due T3 2021; 2021-09-15 due 2021-12-31; 2022-01-15 available 2021-09 = delivered_unknown
2021-02-01 due T3 2021; 2021-10-16 due 2021-10-20; 2022-01-15 available 2021-12 = delivered_late 42
2021-02-01 due T3 2021; 2021-11-16 due 2021-10-20; 2022-01-15 available 2021-11 = delivered_late 12
2021-02-01 due T3 2021; 2021-11-16 due none; 2022-01-15 available 2021-11 = delivered_unknown
2021-02-01 due T3 2021; 2021-11-01 due 2021-12-31; 2022-01-15 available 2021-10 = delivered_late 1
2021-02-01 due T3 2021; 2021-10-01 due 2021-12-31;
2022-01-15 available 2021-10 = delivered_early -61
2021-02-01 due T3 2021; 2021-06-16 due 2021-12-31; 2022-01-15 available 2021-06 = delivered_early -1
"""
"""Deadlines and openings, and the verdict."""


@pytest.mark.parametrize("row", table(ON_ITS_DAY))
def test_an_opening_is_judged_by_what_was_in_force_on_its_day(row: str):
    claims, _, verdict = row.partition(" = ")
    name, _, days = verdict.partition(" ")
    assert timely(TODAY, [ROADMAP, *course(claims)]) == (name, int(days) if days else None)


@pytest.mark.parametrize(
    ("roadmap", "verdict"),
    [
        (announced("2021-01-15", state="available"), NONE),
        # With what opened before it, a deadline judges nothing.
        (announced("2021-09-27", "T3 2021", "available", decided="2021-09-20"), NONE),
        # What was open and is withdrawn is not overdue.
        (announced("2021-01-15", "2020", "withdrawn"), UNKNOWN),
    ],
)
def test_what_is_announced_open_is_not_called_late(roadmap: Claim, verdict: Timeliness):
    assert timely(TODAY, [roadmap]) == timely_first(TODAY, [roadmap]) == verdict


@pytest.mark.parametrize(
    "claims",
    [
        "2021-09-15 due 2021-12-31; 2021-10-15 available",
        "2021-06-01 due none; 2021-10-15 available",
        "2021-03-01 due 2021-07-31; 2021-08-15 available",  # as refined before it opened
    ],
)
def test_the_first_deadline_judges_apart(claims: str):
    assert timely_first(TODAY, [*PROMISED, *course(claims)]) == ("delivered_late", 15)


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
def test_what_is_promised_is_on_track_then_due_soon_then_overdue(day: str, expected: Timeliness):
    assert timely(day, PROMISED) == timely_first(day, PROMISED) == expected


@pytest.mark.parametrize("waiting", ["planned", "in_progress", "suspended"])
def test_whatever_is_not_open_is_awaited(waiting: str):
    assert timely("2021-10-01", [*PROMISED, state("2021-03-01", waiting)]) == ("overdue", 1)


@pytest.mark.parametrize("out_of_it", ["abandoned", "not_available"])
def test_what_is_not_awaited_is_not_judged(out_of_it: str):
    history = [*PROMISED, state("2021-03-01", out_of_it)]
    assert timely(TODAY, history) == timely_first(TODAY, history) == ("not_applicable", None)
    assert timely("2021-02-28", history) == ("on_track", 0)


@pytest.mark.parametrize("rights", ["restricted", "non_public"])
@pytest.mark.parametrize("opened", [True, False])
def test_what_is_restricted_is_not_judged(rights: str, opened: bool):
    history = [*PROMISED, described("2021-11-01", access_rights=rights)]
    history += [state("2021-10-15", "available")] if opened else []
    assert timely(TODAY, history) == timely_first(TODAY, history) == ("not_applicable", None)
    assert timely("2021-10-31", history)[0] == ("delivered_late" if opened else "overdue")
    again = [*history, described("2022-01-01", access_rights=None)]
    assert timely("2022-01-01", again)[0] == ("delivered_late" if opened else "overdue")


PROVEN = """
# By a binding text, whatever the roadmap repeats.
2021-02-01 due T3 2021 = overdue overdue
2021-02-01 due T3 2021; 2021-02-02 roadmap planned T3 2021 = overdue overdue
2021-02-01 roadmap planned T3 2021; 2021-02-02 due 2021-09-30 = overdue overdue
# By a source published after the day that says that it is not open, and by no other.
2021-02-01 roadmap planned T3 2021 = unconfirmed unconfirmed
2021-02-01 statement T3 2021; 2021-09-30 in_progress = unconfirmed unconfirmed
2021-02-01 statement T3 2021; 2021-10-01 in_progress = overdue overdue
2021-02-01 statement T3 2021; 2021-10-01 roadmap planned = overdue overdue
2021-02-01 statement T3 2021; 2021 in_progress = unconfirmed unconfirmed
2021-02-01 statement T3 2021; 2021-10-01 statement T3 2021 = unconfirmed unconfirmed
2021-02-01 statement T3 2021; 2021-10-01 roadmap = unconfirmed unconfirmed
# An old plan that is announced, or repeated, once its day has passed says nothing of it.
2021-10-02 roadmap planned T3 2021 = unconfirmed unconfirmed
2021-02-01 statement T3 2021; 2021-10-01 roadmap planned T3 2021 = unconfirmed unconfirmed
2021-02-01 statement T3 2021; 2021-10-01 statement 2022-01-31 = on_track overdue
2021-02-01 statement T3 2021; 2021-09-30 statement 2021-10-31 = unconfirmed unconfirmed
2021-02-01 statement T3 2021; 2021-10-01 statement none = no_deadline overdue
2021-02-01 due T3 2021; 2021-09-01 due 2021-10-31; 2021-09-02 statement none = overdue overdue
"""
"""Histories, and their timeliness by the deadline in force and by the first, on 1 November 2021."""


@pytest.mark.parametrize("kind", ["dataset", "action"])
@pytest.mark.parametrize("row", table(PROVEN))
def test_a_day_that_has_passed_is_missed_only_if_a_source_proves_it(row: str, kind: str):
    claims, _, expected = row.partition(" = ")
    read = [replace(claim, source=Source(title="Lettre")) for claim in course(claims)]
    history = [announced("2021-01-15", values={"type": kind}), *read]
    day = "2021-11-01"
    assert [timely(day, history)[0], timely_first(day, history)[0]] == expected.split()


def test_a_state_that_nobody_can_read_anywhere_accuses_nobody():
    history = course("2021-02-01 statement T3 2021; 2021-10-01 in_progress")
    assert timely("2021-11-01", [announced("2021-01-15"), *history])[0] == "unconfirmed"


# Evidence.

EVIDENT = """
# What says where the thing stands: a state, or a promise of what is not open.
2021-01-15 roadmap = 2021-01-15
2021-01-15 roadmap; 2021-02-01 due T3 2021 = 2021-02-01
2021-01-15 roadmap; 2021-02 due T3 2021 = 2021-02
2021-01-15 roadmap; 2021-03-01 in_progress 2021-02-01 = 2021-03-01
2021-01-15 roadmap; 2021-03-01 in_progress; 2021-04-01 roadmap = 2021-04-01
2021-01-15 roadmap; 2021-03-01 in_progress; 2021-04-01 roadmap planned = 2021-04-01
2021-01-15 roadmap; 2021-03-01 available; 2021-04-01 available = 2021-04-01
# Of what is open, no promise; nor what the fold does not heed.
2021-01-15 roadmap; 2021-03-01 available; 2021-04-01 due T3 2021 = 2021-03-01
2021-01-15 roadmap; 2021-03-01 available; 2021-04-01 roadmap planned = 2021-03-01
2021-01-15 roadmap; 2021-02-01 due T3 2021; 2021-04-01 statement T4 2021 = 2021-02-01
2021-01-15 roadmap; 2021-02-01 due T3 2021; 2021-04-01 roadmap - T4 2021 = 2021-02-01
2021-01-15 roadmap; 2021-02-01 due T3 2021; 2021-04-01 roadmap planned T4 2021 = 2021-04-01
"""


@pytest.mark.parametrize("row", table(EVIDENT))
def test_the_evidence_is_the_last_that_says_where_it_stands(row: str):
    claims, _, on_day = row.partition(" = ")
    evidence = as_of(TODAY, [*course(claims), described("2022-01-01", licence="etalab")]).evidence
    assert evidence
    assert str(evidence.on) == on_day


def test_evidence_has_its_source_and_its_text_but_for_what_is_internal():
    source = Source(title="Lettre", url="https://lettre.example/1")
    attested = state("2021-03-01", "in_progress", source=source, text="order")
    assert as_of(TODAY, [ROADMAP, attested]).evidence == Evidence(
        on_day(date(2021, 3, 1)), source, "order"
    )
    hidden = replace(attested, visibility="internal")
    assert as_of(TODAY, [ROADMAP, hidden]).evidence is None
    internal = replace(ROADMAP, values={**ROADMAP.values, "visibility": "internal"})
    assert as_of(TODAY, [internal, hidden]).evidence is not None


# Vague dates.

DOUBT = """
# Inside a vague date of publication.
2021-02-01 due 2023-06-30; 2023 due 2025-09-30 = 2023-01-01 2023-12-31
# From the day on which it may have been open already.
2021-02-01 due 2024-12-31; 2025-09-03 available ../2025-09-03 = 2021-01-15 2025-09-03
2021-02-01 due 2023-11-30; 2024-01-01 available 2023-12 = 2023-12-01 2023-12-31
# From the day of an opening to the eve of its publication.
2021-02-01 due 2022-04-30; 2022-06-01 available 2022-04-21 = 2022-04-21 2022-05-31
# Any vague claim that bears on lateness.
2021-02-01 due 2023-06-30; 2023 roadmap - 2025 = 2023-01-01 2023-12-31
2021-02-01 due 2023-06-30; ../2023-12-31 due 2025 = 2021-01-15 2023-12-31
2021-02-01 due 2023-06-30; 2023 in_progress 2023-02-01 = 2023-01-01 2023-12-31
2021-02-01 due 2023-06-30; 2023 available = 2023-01-01 2023-12-31
"""
"""Histories of an entry of 15 January 2021, and the first and last of their days in doubt."""


@pytest.mark.parametrize("row", table(DOUBT))
def test_days_in_doubt_are_uncertain_and_never_overdue(row: str):
    claims, _, expected = row.partition(" = ")
    spans = folded(ROADMAP, *course(claims))
    days = [date(2021, 1, 15) + timedelta(n) for n in range(2000)]
    uncertain = {day: entry for day in days if (entry := on(spans, day)) and entry.uncertain}
    first, last = map(date.fromisoformat, expected.split())
    assert [*uncertain] == [day for day in days if first <= day <= last]
    for day, entry in uncertain.items():
        assert "overdue" not in (entry.timing.on(day)[0], entry.timing_first.on(day)[0])


def test_to_know_the_opening_better_never_brings_lateness_back():
    history = [*OPENED_BY, state("2026-01-10", "available", decided="2024-12-15")]
    assert timely("2025-01-15", history) == ("unconfirmed", None)
    assert timely("2026-01-10", history) == ("delivered_early", -16)


@pytest.mark.parametrize(
    ("claims", "day"),
    [("2021-10-02 available 2021-10-01", "2021-10-01"), ("2023-06-01 withdrawn", "2023-05-01")],
)
def test_a_day_on_which_it_was_or_may_have_been_open_is_not_called_late(claims: str, day: str):
    assert timely(day, [*PROMISED, *course(claims)]) == ("unconfirmed", None)


@pytest.mark.parametrize(
    "again",
    [
        announced("2025-01-31", "T3 2021", "available"),
        state("2025-12-31", "available", decided="2024"),
    ],
)
def test_what_is_open_still_leaves_no_doubt_about_days_that_are_known(again: Claim):
    history = [*PROMISED, state("2021-08-15", "available"), again]
    days = ("2021-05-01", "2021-08-15", "2023-01-01", "2024-06-01")
    assert [as_of(day, history).uncertain for day in days] == [False] * 4


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
def test_a_vague_date_that_bears_on_nothing_makes_nothing_uncertain(harmless: Claim):
    history = [ROADMAP, due("2021-02-01", "2023-06-30"), harmless]
    assert not any(span.uncertain for span in folded(*history))
    assert timely("2023-07-01", history) == ("overdue", 1)


def test_a_judgement_takes_the_doubt_away_from_all_days():
    assert not any(span.uncertain for span in folded(*MOVED_IN_2023, judged(3, "disputed")))
    assert timely("2023-07-01", [*MOVED_IN_2023, judged(3, "disputed")]) == ("overdue", 1)


@pytest.mark.parametrize(
    "claim", [due("2026-11", "2027"), state("2026-11-23", "available", decided="2026-11")]
)
def test_doubt_ends_before_the_day_the_claim_was_recorded(claim: Claim):
    """On that day the public could know."""
    history = [announced("2026-01-15"), due("2026-02-01", "2026-10-31"), claim]
    days = ("2026-10-31", "2026-11-01", "2026-11-22", "2026-11-23", "2026-11-24")
    assert [as_of(day, history).uncertain for day in days] == [False, True, True, False, False]
    assert timely("2026-11-22", history) == ("unconfirmed", None)
    assert timely("2026-11-23", history)[0] in ("on_track", "delivered_unknown", "delivered_late")


def test_a_claim_imported_before_its_day_counts_from_its_recording_and_leaves_no_doubt():
    history = [announced("2026-01-15", "2026"), due("2026-12", "2027")]
    assert deadlines(as_of("2026-11-22", history))[1] == "2026"
    assert deadlines(as_of("2026-11-23", history))[1] == "2027"
    assert not any(span.uncertain for span in folded(*history))
    at_once = moment("2026-11-01")
    assert not any(
        span.uncertain for span in folded(*history[:1], due("2026-11", "2027"), recorded=at_once)
    )
