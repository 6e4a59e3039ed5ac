"""What claims amount to on every day: existence, identity, days, states, judgements.

Histories are in the order of their recording, all of it on 23 November 2026 unless said.
"""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.claims import Identity, Resource
from app.domain.fold import on, resolve
from app.domain.ledger import Claim
from app.domain.values import Title, Words
from tests.domain.histories import (
    PROMISED,
    ROADMAP,
    TODAY,
    UNSAID,
    announced,
    as_of,
    course,
    deadlines,
    described,
    due,
    erased,
    folded,
    judged,
    moment,
    state,
    table,
    written,
)
from tests.entries import covering

# Existence and identity.


def test_a_commitment_exists_from_its_first_accepted_claim():
    history = [due("2021-04-29", "2021-09-30"), announced("2021-09-27", "T3 2021")]
    spans = folded(*history)
    assert spans[0].valid_from == date(2021, 4, 29)
    assert on(spans, date(2021, 4, 28)) is None
    assert on(spans, date(2021, 4, 29)) is spans[0]


def test_without_an_accepted_announcement_there_is_nothing():
    assert folded() == folded(due("2021-04-29", "2021-09-30")) == []
    assert folded(announced("2021-09-27", standing="disputed"), due("2021-10-01", "2022")) == []
    assert folded(ROADMAP, due("2021-10-01", "2022"), judged(1, "retracted")) == []
    first, second = written([ROADMAP, due("2021-04-29", "2021-09-30")])
    assert resolve([erased(first), second]) == ()


@pytest.mark.parametrize(
    "history",
    [
        [due("2021-04-29", "2021-09-30"), announced("2021-09-27", "T3 2021")],
        [announced("2021-04-29", "T3 2021")],
        [announced("2021-04-29", "T3 2021", "planned")],
        [announced("2021-04-29")],
        [described("2021-04-29", licence="etalab"), announced("2021-09-27")],
    ],
)
def test_what_is_promised_without_a_state_is_planned(history: list[Claim]):
    entry = as_of("2021-04-29", history)
    assert (entry.state, str(entry.state_since)) == ("planned", "2021-04-29")
    assert (entry.opened_on, entry.opened_in_part_on) == (None, None)


def test_what_names_no_programme_is_of_the_first_and_so_is_its_action():
    entry = as_of("2021-10-01", [announced("2021-09-27", values={"action": "A16"})])
    assert (entry.programme, entry.described.action) == ("justice-2021", "justice-2021/A16")
    named = {"programme": "culture-2021", "action": "culture-2021/A16"}
    entry = as_of("2021-10-01", [announced("2021-09-27", values=named)])
    assert (entry.programme, entry.described.action) == ("culture-2021", "culture-2021/A16")


def test_identity_holds_whatever_its_date():
    identity = {
        "type": "api",
        "title": {"fr": "Décisions"},
        "announcement": "continued",
        "publisher": "cour-de-cassation",
        "steward": "ministere-de-la-justice",
        "action": "justice-2021/A16",
        "rank": 6,
        "section": "2.2.1",
        "visibility": "internal",
    }
    history = [due("2021-04-29", "2021-09-30"), announced("2021-09-27", values=identity)]
    for day in ("2021-04-29", TODAY):
        entry = as_of(day, history)
        assert entry.described.title == Title(fr="Décisions")
        assert (entry.described.publisher, entry.described.action) == (
            "cour-de-cassation",
            "justice-2021/A16",
        )
        own = identity.keys() & Identity.model_fields.keys()
        assert {name: getattr(entry, name) for name in own} == {n: identity[n] for n in own}


def test_a_later_announcement_gives_its_identity_from_its_own_day_on():
    history = [
        announced("2021-09-27", values={"rank": 6, "action": "justice-2021/A16"}),
        announced("2025-01-31", values={"rank": 2}),
    ]
    assert [as_of(day, history).rank for day in ("2025-01-30", "2025-01-31")] == [6, 2]
    assert as_of("2025-01-31", history).described.action == "justice-2021/A16"


def test_a_disputed_announcement_gives_no_identity():
    other = announced("2021-01-01", values={"rank": 1}, standing="disputed")
    assert as_of("2021-09-27", [other, announced("2021-09-27", values={"rank": 6})]).rank == 6


def test_what_is_described_holds_from_its_own_day_on():
    history = [
        announced("2021-01-15", values={"title": {"fr": "Avant"}}),
        described("2022-03-01", title={"fr": "Après", "en": "After"}, keywords=["justice"]),
        described("2023-03-01", covers={"from": "1947", "to": None}, keywords=None),
        described("2024-03-01", resources=[{"url": "https://a.fr/"}], budget_status="acquis"),
    ]
    assert as_of("2022-02-28", history).described.title == Title(fr="Avant")
    assert as_of("2022-03-01", history).described.title == Title(fr="Après", en="After")
    assert as_of("2023-02-28", history).described.keywords == ("justice",)
    assert as_of("2023-03-01", history).described.keywords == ()
    assert as_of("2023-03-01", history).described.covers == covering("1947")
    assert as_of("2024-02-29", history).described.resources == ()
    entry = as_of("2024-03-01", history)
    assert (entry.described.resources, entry.internal.budget_status) == (
        (Resource(url="https://a.fr/"),),
        "acquis",
    )
    assert entry.described.title == Title(fr="Après", en="After")


def test_what_an_announcement_describes_beside_identity_holds_from_its_day_on():
    values = {"description": {"fr": "Texte"}, "keywords": ["justice"], "action": "justice-2021/A16"}
    history = [due("2020-06-01", "2022"), announced("2021-01-15", values=values)]
    before, after = (as_of(day, history).described for day in ("2020-06-01", "2021-01-15"))
    assert (before.action, before.description, before.keywords) == ("justice-2021/A16", Words(), ())
    assert (after.description, after.keywords) == (Words(fr="Texte"), ("justice",))


def test_a_state_says_where_the_thing_is_and_no_claim_what_is_not_a_field():
    values = {"landing_page": "https://a.fr/", "colour": "blue"}
    history = [*PROMISED, state("2022-03-01", "available", values=values)]
    assert as_of("2022-02-28", history).described.landing_page is None
    entry = as_of("2022-03-01", history)
    assert entry.described.landing_page == "https://a.fr/"
    assert not hasattr(entry, "colour")


def test_an_entry_says_when_it_was_recorded_and_its_version():
    recorded = [moment("2026-11-20"), moment("2026-11-21"), moment("2026-11-22")]
    public = [ROADMAP, due("2022-01-01", "2023"), judged(2, "disputed")]
    for entry in folded(*public, recorded=recorded):
        assert (entry.created, entry.modified, entry.version) == (recorded[0], recorded[2], 3)


def test_an_internal_claim_gives_a_version_and_no_public_date():
    recorded = [moment("2026-11-20"), moment("2026-11-22")]
    internal = described("2022-01-01", budget_status="acquis")
    events = written([ROADMAP, internal], recorded)
    [*_, entry] = resolve(events)
    assert (entry.modified, entry.version) == (recorded[1], 2)
    hidden = written([ROADMAP, replace(internal, visibility="internal")], recorded)
    [*_, entry] = resolve(hidden)
    assert (entry.modified, entry.version) == (recorded[0], 2)


# Days.


def test_a_day_has_one_span_with_its_last_value():
    spans = folded(
        ROADMAP,
        state("2022-03-01", "suspended", decided="2022-02-28"),
        state("2022-03-01", "in_progress", decided="2022-02-27"),
    )
    assert [(span.valid_from.isoformat(), span.state) for span in spans] == [
        ("2021-01-15", "planned"),
        ("2022-03-01", "suspended"),
    ]


def test_spans_follow_each_other_and_the_last_has_no_end():
    spans = folded(ROADMAP, *course("2022-03-01 due 2023; 2022-05-01 available"))
    days = [str(span.valid_from) for span in spans]
    assert days == ["2021-01-15", "2022-03-01", "2022-05-01"]
    assert [str(span.valid_to) for span in spans] == [*days[1:], "None"]


def test_what_changes_nothing_makes_no_span():
    again = [described("2022-03-01", licence="etalab"), described("2022-08-01", licence="etalab")]
    assert len(folded(ROADMAP, *again, due("2022-09-01", None, standing="disputed"))) == 2


# States.


@pytest.mark.parametrize(
    "started", ["in_progress", "partially_available", "available", "suspended", "withdrawn"]
)
@pytest.mark.parametrize("stated", ["planned", UNSAID])
def test_a_later_roadmap_never_sends_a_started_entry_back_to_planned(started: str, stated: str):
    history = [ROADMAP, *course(f"2021-02-01 due 2030; 2021-03-01 {started}")]
    entry = as_of(TODAY, [*history, announced("2022-09-27", "T4 2031", stated)])
    assert (entry.state, str(entry.state_since)) == (started, "2021-03-01")
    assert deadlines(entry)[:2] == ("T4 2031", "2030")


STATES_OF_TODAY = """
# A later roadmap plans what was not promised, and leaves a state that it does not name.
2021-01-15 roadmap not_available; 2022-09-27 roadmap planned 2023 = planned 2022-09-27
2021-01-15 roadmap abandoned; 2022-09-27 roadmap planned 2023 = planned 2022-09-27
2021-01-15 roadmap not_available; 2022-09-27 roadmap - 2023 = not_available 2021-01-15
# It may say that work has begun, or is done.
2021-01-15 roadmap; 2022-09-27 roadmap in_progress = in_progress ../2022-09-27
2021-01-15 roadmap; 2021-03-01 in_progress; 2021-09-27 roadmap available = available ../2021-09-27
# A team may plan again; a state said again, or left and entered again on one day, was not left.
2021-01-15 roadmap; 2022-01-01 in_progress; 2023-01-01 planned = planned 2023-01-01
2021-01-15 roadmap; 2022-01-01 in_progress; 2023-01-01 in_progress = in_progress 2022-01-01
2021-01-15 roadmap; 2022-01-01 in_progress; 2023-01-02 suspended 2023-01-01;
2023-01-02 in_progress = in_progress 2022-01-01
# An odd sequence is folded as it comes.
2021-01-15 roadmap; 2022-01-01 available; 2023-01-01 not_available = not_available 2023-01-01
# A state holds since the day on which it was entered, as far as that is known.
2021-01-15 roadmap; 2022-03-05 in_progress 2022-03-01 = in_progress 2022-03-01
2021-01-15 roadmap; 2022-04-05 in_progress 2022-03 = in_progress 2022-03
2021-01-15 roadmap; 2022-06-30 in_progress 2022 = in_progress 2022-01-01/2022-06-30
2021-01-15 roadmap; 2022-03-05 in_progress ../2022-03-01 = in_progress ../2022-03-01
# What is promised is so since its publication.
2021 roadmap = planned 2021
2021-01-15 roadmap in_progress; 2022-06 roadmap - 2023; 2022-07-01 planned 2022-06 = planned 2022-06
"""


@pytest.mark.parametrize("row", table(STATES_OF_TODAY))
def test_the_state_of_today_and_since_when(row: str):
    claims, _, expected = row.partition(" = ")
    entry = as_of(TODAY, course(claims))
    assert f"{entry.state} {entry.state_since}" == expected


def test_what_an_announcement_says_to_have_begun_had_by_then():
    history = [announced("2021-09-27", "2022", "in_progress", decided="2021-09-01")]
    assert str(as_of(TODAY, history).state_since) == "../2021-09-01"


# Judgements.


def test_the_announcement_judged_away_another_gives_the_identity():
    history = [
        announced("2021-01-15", values={"rank": 1}),
        announced("2021-09-27", values={"rank": 6}),
        judged(1, "retracted"),
    ]
    spans = folded(*history)
    assert (spans[0].valid_from, spans[0].rank) == (date(2021, 9, 27), 6)
