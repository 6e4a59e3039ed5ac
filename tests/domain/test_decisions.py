"""What may be appended: a command and what is known become claims, or a refusal."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest

from app.domain.claims import Source
from app.domain.decisions import announce, change, change_last, oddities
from app.domain.errors import FutureDay, Incomplete, Invalid, MoveRefused, Restates, WholeHasParts
from app.domain.ledger import Claim
from app.domain.periods import read_dating
from tests.domain.histories import (
    SLUG,
    SPLIT,
    TODAY,
    announced,
    as_of,
    beginning,
    described,
    due,
    erased,
    judged,
    period,
    sent,
    state,
    written,
)

PROMISED = [announced("2021-01-15"), due("2021-02-01", "2022-04-30")]
WHY: dict[str, Any] = {"reason": "Retard du marché"}
LAW: dict[str, Any] = {"text": "arrete-2023"}


def changed(history: list[Claim], values: dict[str, Any], **beside: Any) -> list[Claim]:
    """The claims that a change amounts to; a deadline is spelled as in a table."""
    return list(change(written(history), sent(values, **beside), TODAY))


def contents(
    history: list[Claim], values: dict[str, Any], **beside: Any
) -> list[tuple[str, dict[str, Any]]]:
    """Kind and values of each claim that a change amounts to."""
    return [(claim.kind, dict(claim.values)) for claim in changed(history, values, **beside)]


def missing(attempt: Callable[..., Any], *arguments: Any, **beside: Any) -> str:
    """The field that is needed and not there."""
    with pytest.raises(Incomplete) as refused:
        attempt(*arguments, **beside)
    return refused.value.errors[0][0]


def refused_from(history: list[Claim], values: dict[str, Any], **beside: Any) -> str:
    """The state from which the move is refused."""
    with pytest.raises(MoveRefused) as refused:
        changed(history, values, **beside)
    return str(refused.value.facts["current"])


# Announcing.


def announcing(values: dict[str, Any], **beside: Any) -> Claim:
    """The claim that begins a commitment."""
    return announce("new", beginning(values, **beside), TODAY)


def test_an_announcement_is_one_claim_with_its_testimony():
    testimony: dict[str, Any] = {
        "text": "feuille-de-route-2026",
        "source": Source(title="Feuille de route"),
        "confidence": "medium",
        "note": "page 3",
        "reason": "Promesse",
    }
    values = {"type": "api", "title": {"fr": "Registre"}}
    claim = announcing(
        {**values, "deadline": "T1 2027"},
        decided_on="2026-11-20",
        published_on="2026-11",
        **testimony,
    )
    assert claim == Claim(
        commitment="new",
        kind="announced",
        values={**values, "publisher": "cour", "deadline": period("T1 2027")},
        decided_on=read_dating("2026-11-20"),
        published_on=read_dating("2026-11"),
        **testimony,
    )


def test_an_announcement_without_dates_is_made_and_published_today():
    claim = announcing({"deadline": "T1 2027"}, **LAW)
    assert str(claim.decided_on) == str(claim.published_on) == "2026-11-23"
    assert as_of("2026-11-23", [claim]).state == "planned"


@pytest.mark.parametrize(
    ("values", "beside", "field"),
    [
        ({}, {}, "deadline"),
        ({"state": "planned"}, {}, "deadline"),
        ({"deadline": None}, {}, "deadline"),
        ({"deadline": "T1 2027"}, WHY, "text"),
        ({"state": "abandoned"}, LAW, "reason"),
        ({"state": "abandoned"}, WHY, "text"),
    ],
)
def test_an_announcement_asks_for_what_its_state_and_deadline_need(
    values: dict[str, Any], beside: dict[str, Any], field: str
):
    assert missing(announcing, values, **beside) == field
    assert announcing(values, **WHY, **LAW).reason == WHY["reason"]


@pytest.mark.parametrize(
    "state", ["not_available", "in_progress", "partially_available", "available", "withdrawn"]
)
def test_what_is_not_only_promised_may_be_announced_without_a_deadline(state: str):
    assert announcing({"state": state}).values["state"] == state


def test_what_holds_of_the_whole_is_asked_of_what_is_announced_and_changed():
    for attempt in (
        lambda: announcing({"title": {}}, **WHY),
        lambda: changed(PROMISED, {"title": {"fr": None}}),
    ):
        with pytest.raises(Invalid) as refused:
            attempt()
        assert [where for where, _ in refused.value.errors] == ["title"]


# Days.


@pytest.mark.parametrize("name", ["published_on", "decided_on"])
@pytest.mark.parametrize("day", ["2026-11-24", "2027", "2026-12", "../2026-11-24"])
def test_a_future_day_is_refused(name: str, day: str):
    for attempt in (
        lambda: announcing({}, **WHY, **{name: day}),
        lambda: changed(PROMISED, {"state": "available"}, **{name: day}),
    ):
        with pytest.raises(FutureDay) as refused:
            attempt()
        [(where, why)] = refused.value.errors
        assert (where, why.facts["today"]) == (name, date(2026, 11, 23))
        assert str(why.facts["day"]) == day


@pytest.mark.parametrize("day", ["2026-11-23", "2026-11", "2026", "../2026-11-23", "2021-02-01"])
def test_today_and_the_current_month_and_year_are_not_future(day: str):
    [claim] = changed(PROMISED, {"state": "available"}, published_on=day)
    assert str(claim.published_on) == str(claim.decided_on) == day


@pytest.mark.parametrize(
    ("decided", "published"),
    [("2026-11-20", "2026-11-19"), ("2026-11", "2026-10-31"), ("../2026-11-20", "2026-11-19")],
)
def test_nothing_is_decided_after_it_was_published(decided: str, published: str):
    with pytest.raises(Invalid) as refused:
        changed(PROMISED, {"state": "available"}, decided_on=decided, published_on=published)
    assert [where for where, _ in refused.value.errors] == ["decided_on"]
    for taken in ("2026-11", "2026-10"):  # it may have been decided before
        assert changed(PROMISED, {"state": "available"}, decided_on=taken, published_on="2026-11")


# Changing nothing.

DESCRIBED = [
    *PROMISED,
    described(
        "2021-03-01",
        title={"fr": "Décisions", "en": None},
        covers={"from": "1947", "to": None},
        keywords=["justice"],
        resources=[{"url": "https://a.fr/"}],
        contact={"name": "Greffe"},
        licence="https://etalab.fr/",
    ),
]


@pytest.mark.parametrize(
    "values",
    [
        {"state": "planned"},
        {"deadline": "2022-04-30"},
        {"deadline": "30/04/2022"},
        {"state": "planned", "deadline": "2022-04-30", "licence": "https://etalab.fr/"},
        {"title": {"fr": "Décisions"}},
        {"title": {}},
        {"covers": {"from": "1947"}},
        {"resources": [{"url": "https://a.fr/", "kind": "file", "title": {}}]},
        {"access_rights": None},
    ],
)
def test_a_change_that_changes_nothing_appends_nothing(values: dict[str, Any]):
    assert changed(DESCRIBED, values) == []
    assert changed(DESCRIBED, values, text="order", **WHY) == []


@pytest.mark.parametrize("name", ["note", "source", "reason", "text"])
def test_what_goes_beside_something_is_not_taken_by_itself(name: str):
    assert changed(DESCRIBED, {}) == []
    body = {"note": "Vu.", "source": {"title": "Un site"}, "reason": "Ainsi.", "text": "order"}
    with pytest.raises(Incomplete, match="It goes beside") as refused:
        changed(DESCRIBED, {name: body[name]})
    assert [where for where, _ in refused.value.errors] == [name]


def test_a_deadline_said_again_by_another_text_is_a_claim():
    assert changed(PROMISED[:1], {"deadline": None}, **LAW, **WHY) == []
    [claim] = changed(PROMISED, {"deadline": "2022-04-30"}, **LAW)
    assert (claim.kind, claim.text) == ("deadline", "arrete-2023")


def test_a_change_that_comes_last_is_decided_from_the_newest_span_alone():
    body = sent({"state": "available", "licence": "https://etalab.fr/"})
    claims = change(written(PROMISED), body, TODAY)
    entry = as_of(TODAY, PROMISED)
    assert change_last(entry, body, TODAY, hidden=False) == claims
    hidden = change_last(entry, body, TODAY, hidden=True)
    assert {claim.visibility for claim in hidden} == {"internal"}


# Describing: a merge-patch.


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"title": {"en": "Decisions"}}, {"title": {"fr": "Décisions", "en": "Decisions"}}),
        ({"covers": None}, {"covers": {"from": None, "to": None}}),
        ({"resources": []}, {"resources": []}),
        (
            {"licence": "https://etalab.fr/", "action": "justice-2021/A16"},
            {"action": "justice-2021/A16"},
        ),
    ],
)
def test_a_change_says_what_changes_merged_with_what_holds(
    values: dict[str, Any], expected: dict[str, Any]
):
    assert contents(DESCRIBED, values) == [("described", expected)]


def test_internal_fields_make_their_own_internal_claim():
    claims = changed(DESCRIBED, {"budget_status": "acquis", "licence": None, "steering_unit": "SG"})
    assert [(claim.visibility, dict(claim.values)) for claim in claims] == [
        ("public", {"licence": None}),
        ("internal", {"budget_status": "acquis", "steering_unit": "SG"}),
    ]


def test_one_change_may_be_several_claims_each_with_the_testimony():
    testimony = {"text": "arrete-2023", "reason": "why", "note": "so", "confidence": "medium"}
    values = {"state": "in_progress", "deadline": "2023", "licence": "etalab"}
    claims = changed(
        PROMISED,
        {**values, "budget_status": "acquis"},
        source=Source(site="justice.fr"),
        decided_on="2026-11-20",
        **testimony,
    )
    assert [claim.kind for claim in claims] == ["described", "described", "deadline", "state"]
    for claim in claims:
        assert {name: getattr(claim, name) for name in testimony} == testimony
        assert (claim.commitment, claim.source) == (SLUG, Source(site="justice.fr"))
        assert (str(claim.decided_on), str(claim.published_on)) == ("2026-11-20", "2026-11-23")


def test_where_it_is_open_is_claimed_with_the_state_that_opens_it():
    where = {"landing_page": "https://a.fr/", "covers": {"from": "1947"}}
    assert contents(PROMISED, {"state": "available", "licence": "etalab", **where}) == [
        ("described", {"licence": "etalab"}),
        ("state", {"state": "available", **where}),
    ]
    assert contents(PROMISED, {"state": "planned", "landing_page": "https://a.fr/"}) == [
        ("described", {"landing_page": "https://a.fr/"})
    ]


# Deadlines.


def test_a_deadline_names_the_text_that_sets_it_and_is_withdrawn_for_a_reason():
    assert missing(changed, PROMISED, {"deadline": "2023"}, **WHY) == "text"
    assert missing(changed, PROMISED, {"deadline": None}, **WHY) == "text"
    assert missing(changed, PROMISED, {"deadline": None}, **LAW) == "reason"
    withdrawn = contents(PROMISED, {"deadline": None}, **LAW, **WHY)
    assert withdrawn == [("deadline", {"deadline": None})]


# States.


def test_a_move_outside_the_table_is_refused_with_the_moves_allowed():
    with pytest.raises(MoveRefused) as refused:
        changed([*PROMISED, state("2022-01-01", "available")], {"state": "planned"}, **WHY)
    allowed = ("withdrawn", "partially_available")
    assert refused.value.facts == {"current": "available", "wanted": "planned", "allowed": allowed}


@pytest.mark.parametrize(
    ("before", "wanted", "beside", "field"),
    [
        ("in_progress", "planned", LAW, "reason"),
        ("in_progress", "abandoned", WHY, "text"),
        ("abandoned", "planned", WHY, "text"),
    ],
)
def test_a_move_asks_for_its_reason_and_its_text(
    before: str, wanted: str, beside: dict[str, Any], field: str
):
    history = [*PROMISED, state("2022-01-01", before)]
    assert missing(changed, history, {"state": wanted}, **beside) == field
    assert contents(history, {"state": wanted}, **WHY, **LAW) == [("state", {"state": wanted})]


def test_to_plan_takes_a_deadline_or_the_reason_for_none():
    history, planned = [announced("2021-01-15", state="not_available")], {"state": "planned"}
    assert missing(changed, history, planned, **LAW) == "deadline"
    assert contents(history, planned, **WHY) == [("state", planned)]
    assert contents(history, {**planned, "deadline": "2027"}, **LAW) == [
        ("deadline", {"deadline": period("2027")}),
        ("state", planned),
    ]
    suspended = [*PROMISED, state("2022-01-01", "suspended")]
    assert contents(suspended, planned) == [("state", planned)]


# Backdated claims.

COURSE = [
    *PROMISED,
    state("2022-01-01", "in_progress"),
    state("2023-01-01", "available"),
    state("2024-01-01", "withdrawn"),
]


@pytest.mark.parametrize(
    ("day", "current", "outside"),
    [
        ("2021-12-31", "planned", "withdrawn"),
        ("2022-12-31", "in_progress", "not_available"),
        ("2023-12-31", "available", "in_progress"),
        ("2026-11-23", "withdrawn", "planned"),
    ],
)
def test_a_backdated_move_is_checked_against_the_state_just_before_its_place(
    day: str, current: str, outside: str
):
    with suppress(Restates):  # but for what no claim says: that is only implied
        assert changed(COURSE, {"state": current}, published_on=day) == []
    assert refused_from(COURSE, {"state": outside}, published_on=day) == current


def test_a_backdated_move_is_never_refused_for_what_comes_after_it():
    claims = changed(COURSE, {"state": "abandoned"}, published_on="2021-12-31", **WHY, **LAW)
    assert [dict(claim.values) for claim in claims] == [{"state": "abandoned"}]
    assert oddities(written([*COURSE, *claims])) == [
        "position 3: “abandoned” may not become “in_progress”"
    ]


def test_a_claim_of_the_same_day_counts_by_its_day_of_decision():
    history = [*PROMISED, state("2022-01-10", "available", decided="2022-01-08")]
    begun, beside = {"state": "in_progress"}, {"published_on": "2022-01-10"}
    assert contents(history, begun, **beside, decided_on="2022-01-07") == [("state", begun)]
    for decided in ("2022-01-08", "2022-01-09"):
        assert refused_from(history, begun, **beside, decided_on=decided) == "available"


def test_a_claim_of_the_current_month_has_its_place_today():
    history = [*PROMISED, state("2026-11-10", "available")]
    assert refused_from(history, {"state": "planned"}, published_on="2026-11") == "available"
    with pytest.raises(Restates):
        changed(history, {"state": "available"}, published_on="2026-11")


def test_before_everything_any_state_may_have_been_and_asks_for_what_it_needs():
    before: dict[str, Any] = {"published_on": "2020-01-01"}
    withdrawn = {"state": "withdrawn"}
    assert contents(COURSE, withdrawn, **before) == [("state", withdrawn)]
    assert missing(changed, PROMISED, {"state": "abandoned"}, **before, **WHY) == "text"


def test_a_change_before_a_later_announcement_is_checked_though_the_first_was_retracted():
    history = [announced("2021-01-01"), announced("2021-02-01"), due("2020-01-01", "2023")]
    history += [judged(1, "retracted")]
    assert refused_from(history, {"state": "withdrawn"}, published_on="2020-06-01") == "planned"


@pytest.mark.parametrize("day", ["2020-01-01", "2020-06-01", "2020-09-01"])
def test_a_title_patched_before_its_announcement_keeps_its_other_language(day: str):
    history = [due("2020-06-01", "2023"), announced("2021-01-15", values={"title": {"fr": "T"}})]
    [claim] = changed(history, {"title": {"en": "E"}}, published_on=day)
    assert claim.values == {"title": {"fr": "T", "en": "E"}}
    assert changed(history, {"title": {"fr": "T"}}, published_on=day) == []


def test_a_backdated_deadline_is_compared_with_the_one_in_force_then():
    history = [*PROMISED, due("2023-01-01", "2025")]
    with pytest.raises(Restates):
        changed(history, {"deadline": "2022-04-30"}, published_on="2022-01-01")
    [claim] = changed(history, {"deadline": "2025"}, published_on="2022-01-01", **LAW)
    assert claim.values == {"deadline": period("2025")}


def test_a_backdated_claim_stands_on_the_judgements_of_today():
    history = [*PROMISED, state("2022-01-01", "available"), judged(3, "retracted")]
    assert changed(history, {"state": "planned"}, published_on="2022-06-01") == []


def test_an_erased_claim_is_no_obstacle():
    events = written([*PROMISED, state("2022-01-01", "available")])
    command = sent({"state": "available"})
    assert change(events, command, TODAY) == ()
    [claim] = change([*events[:2], erased(events[2])], command, TODAY)
    assert claim.values == {"state": "available"}


# Parts.


@pytest.mark.parametrize("values", [{"state": "available"}, {"deadline": "2030"}])
def test_the_whole_of_an_entry_with_parts_is_refused_with_their_names(values: dict[str, Any]):
    with pytest.raises(WholeHasParts) as refused:
        changed(SPLIT, values, **LAW)
    assert set(refused.value.facts["parts"]) == {"delictuel", "contraventionnel"}


def test_the_whole_may_still_be_described_or_changed_before_its_parts():
    licence = {"licence": "etalab"}
    assert contents(SPLIT, licence) == [("described", licence)]
    [claim] = changed(SPLIT, {"state": "in_progress"}, published_on="2024-12-05")
    assert (claim.values, claim.part) == ({"state": "in_progress"}, None)


def test_a_part_has_its_own_state_and_deadline_and_nothing_else():
    claims = changed(SPLIT, {"state": "in_progress", "deadline": "2028"}, part="delictuel", **LAW)
    assert [(claim.part, claim.kind) for claim in claims] == [
        ("delictuel", "deadline"),
        ("delictuel", "state"),
    ]
    assert changed(SPLIT, {"state": "planned"}, part="delictuel") == []
    assert changed(SPLIT, {"deadline": "2026-12-31"}, part="delictuel") == []
    assert missing(changed, SPLIT, {"licence": "etalab"}, part="delictuel") == "part"


def test_a_move_of_a_part_is_checked_against_the_part():
    history = [*SPLIT, state("2025-01-01", "available", part="delictuel")]
    assert refused_from(history, {"state": "planned"}, part="delictuel") == "available"
    assert changed(history, {"state": "in_progress"}, part="contraventionnel")


def test_a_new_part_needs_a_title_and_one_declared_already_does_not():
    assert missing(changed, PROMISED, {"deadline": "2023"}, part="a", **LAW) == "part"
    for history in (PROMISED, SPLIT):
        [claim] = changed(history, {"deadline": "2030"}, part="a", part_title="A", **LAW)
        assert (claim.part, claim.part_title) == ("a", "A")
    [claim] = changed(SPLIT, {"state": "in_progress"}, part="delictuel", published_on="2024-12-01")
    assert (claim.part, claim.part_title) == ("delictuel", None)


@pytest.mark.parametrize("values", [{"state": "planned"}, {"deadline": "2022-04-30"}])
def test_a_new_part_that_keeps_what_the_whole_had_is_declared(values: dict[str, Any]):
    claims = changed(PROMISED, values, part="a", part_title="A", text="order")
    assert [part.key for part in as_of(TODAY, [*PROMISED, *claims]).parts] == ["a"]


def test_a_new_part_is_checked_against_what_it_inherits_not_against_other_parts():
    new: dict[str, Any] = {"part": "c", "part_title": "C"}
    history = [*PROMISED, state("2022-01-01", "available")]
    assert refused_from(history, {"state": "planned"}, **new) == "available"
    history = [announced("2021-01-15", "2023"), state("2022-01-01", "available", part="a")]
    [claim] = changed(history, {"state": "in_progress"}, **new)
    assert claim.values == {"state": "in_progress"}
