"""A commitment that a text has split: its parts, and the whole computed from them."""

import pytest

from app.domain.ledger import Claim
from app.domain.values import Words
from tests.domain.histories import (
    SPLIT,
    TODAY,
    announced,
    as_of,
    deadlines,
    described,
    due,
    judged,
    part,
    state,
    timely,
    timely_first,
)

MOVED_PARTS = [
    *SPLIT,
    due("2025-09-03", "2027-12-31", part="delictuel"),
    due("2025-09-03", "2028-12-31", part="contraventionnel"),
]


def test_parts_begin_with_the_first_claim_about_a_part():
    assert as_of("2024-12-05", SPLIT).parts == ()
    parts = as_of("2024-12-06", SPLIT).parts
    assert [(each.key, each.title) for each in parts] == [
        ("delictuel", Words(fr="Délits")),
        ("contraventionnel", Words(fr="Contraventions")),
    ]


def test_all_declared_parts_begin_together():
    history = [*SPLIT, state("2026-01-01", "in_progress", part="third", part_title="Tiers")]
    entry = as_of("2024-12-06", history)
    third = part(entry, "third")
    assert (third.state, third.slip_days) == ("planned", 0)
    assert third.deadline == third.first_deadline == as_of("2024-12-05", history).deadline


def test_parts_inherit_the_whole_history_up_to_their_first_own_claim():
    history = [
        announced("2021-09-27", "2022"),
        due("2022-06-01", "2023"),
        state("2022-07-01", "in_progress"),
        due("2024-12-06", "2025", part="a"),
        due("2024-12-06", "2023", part="b"),
    ]
    entry = as_of("2024-12-06", history)
    a, b = part(entry, "a"), part(entry, "b")
    assert [move.days for move in a.moves] == [365, 731]
    assert [move.days for move in b.moves] == [365]
    assert a.first_deadline == b.first_deadline == entry.first_deadline
    assert (a.slip_days, b.slip_days) == (1096, 365)
    assert {f"{each.state} {each.state_since}" for each in (a, b)} == {"in_progress 2022-07-01"}


def test_a_part_has_the_last_title_given_judged_away_or_not_else_its_key():
    history = [announced("2021-09-27", "2022"), due("2024-12-06", "2025", part="a")]
    assert part(as_of(TODAY, history), "a").title == Words(fr="a")
    renamed = [*SPLIT, due("2025-09-03", "2027", part="delictuel", part_title="Délits jugés")]
    assert part(as_of(TODAY, renamed), "delictuel").title == Words(fr="Délits jugés")
    judged_away = [*SPLIT, due("2025-06-01", "2028", part="delictuel"), judged(2, "disputed")]
    assert part(as_of(TODAY, judged_away), "delictuel").title == Words(fr="Délits")


def test_the_whole_has_the_latest_deadline_and_names_the_earliest_still_open():
    entry = as_of("2024-12-06", SPLIT)
    assert deadlines(entry) == ("T4 2024", "2027-12-31", "T4 2024")
    assert entry.next_deadline == part(entry, "delictuel").deadline
    opened = [*SPLIT, state("2026-06-01", "available", part="delictuel")]
    entry = as_of("2026-06-01", opened)
    assert entry.next_deadline == part(entry, "contraventionnel").deadline
    both = [*opened, state("2026-07-01", "available", part="contraventionnel")]
    assert as_of("2026-07-01", both).next_deadline is None
    assert deadlines(as_of("2026-07-01", both))[1] == "2027-12-31"


def test_a_part_abandoned_is_awaited_no_more():
    history = [*SPLIT, state("2026-06-01", "abandoned", part="delictuel")]
    entry = as_of("2026-06-01", history)
    assert entry.next_deadline == part(entry, "contraventionnel").deadline
    assert timely("2027-01-01", history) == ("on_track", 0)


def test_the_counters_of_the_whole_run_on_its_own_history_then_on_its_computed_deadline():
    entry = as_of(TODAY, MOVED_PARTS)
    assert [(move.days, move.published_on) for move in entry.moves] == [
        (1095, "2024-12-06"),
        (366, "2025-09-03"),
    ]
    assert (entry.postponements, entry.slip_days) == (2, 1461)
    assert part(entry, "delictuel").slip_days == 1095
    assert part(entry, "contraventionnel").slip_days == 1461
    assert [move.days for move in part(entry, "delictuel").moves] == [730, 365]


def test_a_move_of_the_whole_has_the_text_that_moved_it():
    history = [announced("2021-01-15", "2023")]
    history += [due("2022-01-01", "2028", part="a"), due("2022-01-01", "2027", part="b")]
    history += [due("2023-01-01", "2026", part="a", text="order-3")]
    assert as_of(TODAY, history).moves[-1].text == "order-3"


def test_the_deadline_of_the_whole_is_none_when_all_parts_have_lost_theirs():
    history = [*SPLIT, due("2025-01-01", None, part="delictuel")]
    assert deadlines(as_of(TODAY, history))[1] == "2027-12-31"
    history += [due("2025-02-01", None, part="contraventionnel")]
    entry = as_of(TODAY, history)
    assert (entry.deadline, entry.slip_days, entry.next_deadline) == (None, None, None)
    assert [move.days for move in entry.moves] == [1095, None]
    assert timely(TODAY, history) == ("no_deadline", None)


WHOLES = [
    *((state, state, state) for state in ("planned", "available", "partially_available")),
    *((state, state, state) for state in ("abandoned", "withdrawn", "suspended")),
    ("available", "planned", "partially_available"),
    ("available", "partially_available", "partially_available"),
    ("partially_available", "planned", "partially_available"),
    ("available", "abandoned", "partially_available"),
    ("partially_available", "withdrawn", "partially_available"),
    *(("in_progress", other, "in_progress") for other in ("planned", "abandoned", "withdrawn")),
    ("in_progress", "suspended", "in_progress"),
    *(("planned", other, "planned") for other in ("abandoned", "withdrawn", "suspended")),
    ("planned", "not_available", "planned"),
    ("not_available", "suspended", "planned"),
    ("suspended", "abandoned", "planned"),
    ("abandoned", "withdrawn", "withdrawn"),  # the design leaves nothing to take: ours
]


@pytest.mark.parametrize(("first", "second", "whole"), WHOLES)
def test_the_state_of_the_whole_is_computed_from_its_parts(first: str, second: str, whole: str):
    for states in ((first, second), (second, first)):
        keyed = zip(states, ("delictuel", "contraventionnel"), strict=True)
        history = [*SPLIT, *(state("2025-02-01", name, part=key) for name, key in keyed)]
        assert as_of("2025-02-01", history).state == whole


def test_the_whole_opens_in_part_with_its_first_part_and_its_state_holds_since_then():
    history = [*SPLIT, state("2025-06-01", "available", part="delictuel")]
    history += [state("2026-06-01", "in_progress", part="contraventionnel")]
    entry = as_of(TODAY, history)
    assert (entry.state, str(entry.state_since)) == ("partially_available", "2025-06-01")
    assert (entry.opened_on, str(entry.opened_in_part_on)) == (None, "2025-06-01")
    assert str(part(entry, "delictuel").opened_on) == "2025-06-01"
    assert part(entry, "contraventionnel").opened_on is None


@pytest.mark.parametrize(
    ("first", "second", "opened_on", "in_part"),
    [
        ("2025-06-01", "2025-07-01", "2025-07-01", "2025-06-01"),
        ("2025-07-01", "2025-06-01", "2025-07-01", "2025-06-01"),
        ("../2025-06-01", "2025-07", "2025-07", "../2025-06-01"),
        ("../2025-06-01", "../2025-07-01", "../2025-07-01", "../2025-06-01"),
        ("2025-06-01", "2025-06-01", "2025-06-01", None),
    ],
)
def test_the_whole_has_opened_once_all_of_its_parts_have(
    first: str, second: str, opened_on: str, in_part: str | None
):
    history = [*SPLIT, state("2025-08-01", "available", part="delictuel", decided=first)]
    history += [state("2025-09-01", "available", part="contraventionnel", decided=second)]
    assert as_of("2025-08-31", history).opened_on is None
    entry = as_of("2025-09-01", history)
    assert (str(entry.opened_on), entry.opened_in_part_on and str(entry.opened_in_part_on)) == (
        opened_on,
        in_part,
    )


def test_the_evidence_of_the_whole_is_the_last_of_its_parts():
    history = [*MOVED_PARTS, state("2025-10-01", "in_progress", part="delictuel")]
    history += [announced("2026-01-01", "T4 2040", "planned")]
    entry = as_of(TODAY, history)
    evident = [each.evidence and str(each.evidence.on) for each in (entry, *entry.parts)]
    assert evident == ["2025-10-01", "2025-10-01", "2025-09-03"]


def test_the_whole_is_in_its_state_since_the_part_that_put_it_there():
    history = [announced("2021-01-15", "2023")]
    history += [state("2021-02-01", "in_progress", part="a"), due("2021-02-01", "2023", part="b")]
    history += [state("2022-02-01", "in_progress", part="b")]
    history += [state("2022-09-01", "available", decided="2022-01-01", part="a")]
    entry = as_of("2022-10-01", history)
    assert str(entry.state_since) == str(entry.opened_in_part_on) == "2022-01-01"


ORDER_OF_WORSE = [
    ("overdue", {"deadline": "2025-06-30"}),
    ("partly_open", {"deadline": "2025-06-30", "in part": "2025-06-01"}),
    ("unconfirmed", {"deadline": "2025-06-30", "stated again": "2025-12"}),
    ("due_soon", {"deadline": "2026-02-28"}),
    ("on_track", {"deadline": "2027-12-31"}),
    ("delivered_late", {"deadline": "2025-01-31", "opened": "2025-02-10"}),
    ("delivered_unknown", {"deadline": "2025-02-10", "opened": "2025-02"}),
    ("delivered_on_time", {"deadline": "2025-02-10", "opened": "2025-02-10"}),
    ("not_applicable", {"deadline": "2025-02-10", "abandoned": "2025-12-01"}),
]
"""Timeliness on 15 December 2025, worst first, and the part that has it."""


def course(key: str, dates: dict[str, str]) -> list[Claim]:
    """The claims of a part with such a course, of which the split is the first."""
    claims = [due("2024-12-06", dates["deadline"], part=key)]
    if "opened" in dates:
        claims.append(state("2025-12-01", "available", decided=dates["opened"], part=key))
    if "in part" in dates:
        claims.append(state(dates["in part"], "partially_available", part=key))
    if "abandoned" in dates:
        claims.append(state(dates["abandoned"], "abandoned", part=key))
    if "stated again" in dates:
        claims.append(due(dates["stated again"], dates["deadline"], part=key))
    return claims


@pytest.mark.parametrize("worse", range(7))
@pytest.mark.parametrize("better", range(len(ORDER_OF_WORSE)))
def test_the_timeliness_of_the_whole_is_the_worst_of_its_parts(worse: int, better: int):
    name = ORDER_OF_WORSE[min(worse, better)][0]
    a, b = course("a", ORDER_OF_WORSE[worse][1]), course("b", ORDER_OF_WORSE[better][1])
    history = [announced("2021-09-27", "T4 2024"), *a, *b]
    assert timely("2025-12-15", history)[0] == name


def test_of_two_parts_late_the_later_counts():
    history = [announced("2021-09-27", "T4 2024")]
    history += [
        due("2024-12-06", "2025-06-30", part="a"),
        due("2024-12-06", "2025-07-31", part="b"),
    ]
    assert timely("2025-08-01", history) == ("overdue", 32)
    opened = [*history, state("2025-07-10", "available", part="a")]
    opened += [state("2025-10-31", "available", part="b")]
    assert timely("2025-11-01", opened) == ("delivered_late", 92)


def test_the_whole_is_judged_against_the_first_deadline_by_the_worst_of_its_parts():
    assert timely_first(TODAY, MOVED_PARTS) == ("overdue", 692)
    assert timely(TODAY, MOVED_PARTS) == ("on_track", 0)


def test_parts_of_what_is_restricted_are_not_judged():
    history = [*SPLIT, described("2025-01-01", access_rights="restricted")]
    entry = as_of("2027-01-01", history)
    assert {each.timing.settled for each in entry.parts} == {"not_applicable"}
    assert timely("2027-01-01", history) == ("not_applicable", None)
    assert entry.next_deadline is None


def test_a_vague_date_of_one_part_makes_that_part_and_the_whole_uncertain():
    history = [*SPLIT, due("2025", "2026-06-30", part="delictuel")]
    entry = as_of("2025-06-01", history)
    assert entry.uncertain
    assert part(entry, "delictuel").uncertain
    assert not part(entry, "contraventionnel").uncertain
    assert not as_of("2026-01-01", history).uncertain


@pytest.mark.parametrize(
    "late",
    [state("2025-03-01", "available"), due("2025-03-01", "2040-12-31"), due("2025-03-01", None)],
)
def test_a_later_claim_on_the_wholes_own_state_or_deadline_does_not_count(late: Claim):
    without, entry = as_of(TODAY, MOVED_PARTS), as_of(TODAY, [*MOVED_PARTS, late])
    for name in ("state", "deadline", "moves", "parts"):
        assert getattr(entry, name) == getattr(without, name)


def test_the_next_roadmap_announces_a_deadline_of_the_whole_that_is_not_in_force():
    entry = as_of(TODAY, [*MOVED_PARTS, announced("2025-10-01", "T4 2040", "planned")])
    assert deadlines(entry)[:2] == ("T4 2040", "2028-12-31")


def test_a_commitment_may_begin_with_its_parts():
    history = [due("2021-04-29", "2022", part="a"), announced("2021-09-27", "2023")]
    entry = as_of("2021-04-29", history)
    assert (entry.state, deadlines(entry)[1], part(entry, "a").state) == (
        "planned",
        "2022",
        "planned",
    )
    assert deadlines(as_of("2021-09-27", history))[:2] == ("2023", "2022")


def test_a_disputed_claim_about_a_part_makes_no_part():
    history = [announced("2021-09-27", "2022"), due("2022", "2023", part="a", standing="disputed")]
    assert as_of(TODAY, history).parts == ()
