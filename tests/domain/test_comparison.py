"""A table beside the register: what each line amounts to, and everything that is found."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.domain import comparison
from app.domain.access import Actor
from app.domain.claims import Source
from app.domain.comparison import (
    DUE,
    MINISTRY,
    STATE,
    TITLE,
    TYPE,
    Case,
    Comparison,
    Finding,
    Known,
    Line,
    Outcome,
    Publication,
    Report,
    Table,
)
from app.domain.errors import Unfit
from app.domain.ledger import Claim, Event
from app.domain.periods import parse, read_dating
from app.domain.references import Organization
from app.domain.values import Title
from tests.domain.histories import (
    BINDING,
    NOW,
    SLUG,
    TODAY,
    announced,
    as_of,
    due,
    judged,
    period,
    state,
    written,
)

DAY = "2024-01-15"
OPERATOR = Actor("register", "operator")
EDITOR = Actor("cour", "editor")
ORGANIZATIONS = {
    row.slug: row
    for row in (
        Organization("justice", Title(fr="Ministère de la Justice")),
        Organization("culture", Title(fr="Ministère de la Culture")),
        Organization("cour", Title(fr="Cour de cassation"), "justice"),
    )
}
PUBLISHED = Publication(
    published_on=read_dating(DAY),
    text="table",
    source=Source(title="T"),
    organization="justice",
    binding=BINDING,
)


def row(slug: str = SLUG, **other: Any) -> Claim:
    values = {"title": {"fr": "Décisions"}, "publisher": "cour", "steward": "justice", "rank": 1}
    values |= {"announcement": "new", **other}
    return announced("2021-09-27", "T2 2024", "planned", commitment=slug, values=values)


def known(*claims: Claim) -> Known:
    events = written(claims)
    return Known(here=as_of(DAY, events), newest=as_of(TODAY, events))


def line(number: int = 2, **other: Any) -> Line:
    values: dict[str, Any] = {"title": "Décisions", "type": "dataset", "announcement": "new"}
    values |= {"deadline": parse("T2 2024"), "state": "planned", "label": "Planifié"}
    return Line(row=number, rank=number - 1, **{**values, **other})


def compared(
    lines: Sequence[Line],
    entries: Sequence[Known],
    actor: Actor = OPERATOR,
    publication: Publication = PUBLISHED,
) -> Comparison:
    table = Table(format="csv", lines=tuple(lines))
    return comparison.compare(
        table, entries, ORGANIZATIONS, publication, actor, lambda title: title.lower()
    )


COLUMNS = {
    **dict.fromkeys(("no-deadline", "deadline-withdrawn", "brought-forward", "moves-nothing"), DUE),
    **dict.fromkeys(("empty-cell", "unknown-organization", "left-to-others"), MINISTRY),
    "state-kept": STATE,
}
"""Where each finding is, if not at the title."""


def codes(found: Comparison) -> str:
    for finding in found.findings:
        expected = {TYPE, comparison.ANNOUNCED_AS} if finding.code == "identity-kept" else {TITLE}
        assert finding.column in {COLUMNS.get(finding.code)} | expected
    return " ".join(finding.code for finding in found.findings)


def only(found: Comparison) -> Case:
    (case,) = found.cases
    return case


# A line and its entry


OPEN = state("2023-01-01", "available")
LATER = due("2023-12-01", "2026-09-30", text="statement")
BOUND = due("2023-12-01", "2026-09-30")
PART = due("2023-12-01", "2026-09-30", part="a", part_title="A")
BEARING = {"deadline": parse("T4 2027")}


@pytest.mark.parametrize(
    ("other", "history", "values", "found"),
    [
        ({}, [], {}, ""),
        (
            {"deadline": parse("T4 2024"), "state": "available"},
            [],
            {"deadline": parse("T4 2024"), "state": "available"},
            "",
        ),
        # Type, announcement and what has begun are kept, and the difference is named.
        ({"type": "api", "announcement": "continued"}, [], {}, "identity-kept identity-kept"),
        ({}, [OPEN], {}, "state-kept"),
        # A deadline that goes or comes nearer is looked at twice.
        ({"deadline": None}, [LATER], {"deadline": None}, "deadline-withdrawn"),
        (
            {"deadline": parse("T1 2025")},
            [LATER],
            {"deadline": parse("T1 2025")},
            "brought-forward",
        ),
        ({"deadline": parse("T4 2026")}, [LATER], {"deadline": parse("T4 2026")}, ""),
        ({"deadline": parse("2026")}, [LATER], {"deadline": parse("2026")}, ""),
        # What a binding text has set does not move.
        ({"deadline": None}, [BOUND], {"deadline": None}, "moves-nothing"),
        ({"deadline": parse("T1 2025")}, [BOUND], {"deadline": parse("T1 2025")}, "moves-nothing"),
        ({"deadline": parse("T3 2026")}, [BOUND], {}, ""),
        # Of a whole with parts nothing will count.
        (BEARING, [PART], BEARING, "moves-nothing whole-has-parts"),
        ({}, [PART], {}, ""),
    ],
)
def test_what_a_line_says_beside_its_entry(
    other: dict[str, Any], history: list[Claim], values: dict[str, Any], found: str
) -> None:
    result = compared([line(**other)], [known(row(), *history)])
    case = only(result)
    assert (case.known and case.known.slug, case.values, case.left) == (SLUG, values, False)
    assert (codes(result), result.missing) == (found, ())


def test_an_announcement_that_is_not_known_is_shown_by_a_dash():
    bare = row()
    bare = replace(bare, values={k: v for k, v in bare.values.items() if k != "announcement"})
    (finding,) = compared([line()], [known(bare)]).findings
    assert "“–”" in finding.why.english


def test_an_entry_that_was_not_there_on_the_day_is_told_all():
    claims = [row()]
    later = Known(here=None, newest=as_of(TODAY, written(claims)))
    case = only(compared([line(dated=False, deadline=None)], [later]))
    assert (case.known, case.values) == (later, {"state": "planned"})


def test_ambiguous_and_repeated_rows_are_named():
    twins = [known(row("a")), known(row("b", rank=2))]
    found = compared([line(9, state="abandoned")], twins)
    assert codes(found) == "ambiguous"
    assert "a, b" in found.findings[0].why.english
    assert (found.cases, found.missing) == ((), ())
    found = compared([line(2), line(3, label="Planifiée"), line(4, state="available")], twins[:1])
    assert codes(found) == "repeated-row contradicting-rows"
    assert [case.left for case in found.cases] == [False, True, True]


def test_what_the_table_no_longer_has_is_missing():
    entries = [known(row("a", title={"fr": "A"})), known(row("b", title={"fr": "B"}))]
    found = compared([line(title="B")], entries)
    assert [entry.slug for entry in found.missing] == ["a"]
    nobody = replace(PUBLISHED, organization=None)
    assert len(compared([], entries, publication=nobody).missing) == 2
    culture = replace(PUBLISHED, organization="culture")
    assert compared([], entries, publication=culture).missing == ()
    later = Known(here=None, newest=entries[0].newest)
    assert compared([], [later]).missing == ()


def test_what_is_internal_is_not_missing_from_a_public_table():
    assert compared([], [known(row(visibility="internal"))]).missing == ()


def test_of_a_table_of_ministries_only_theirs_can_be_missing():
    entries = [
        known(row("a", title={"fr": "A"})),
        known(row("b", title={"fr": "B"}, publisher="culture", steward="culture")),
    ]
    lines = [line(title="C", ministry="Culture")]
    assert [entry.slug for entry in compared(lines, entries).missing] == ["b"]
    unknown = [line(title="C", ministry="Sports")]
    assert compared(unknown, entries).missing == ()


# New lines


@pytest.mark.parametrize(
    ("other", "actor", "organization", "owner", "found"),
    [
        ({"ministry": "Culture"}, OPERATOR, "justice", "culture", ""),
        ({}, OPERATOR, "justice", "justice", ""),
        ({}, OPERATOR, None, None, "no-organization"),
        ({"ministry": ""}, OPERATOR, "justice", None, "empty-cell"),
        # A ministry that nobody knows stops an operator, and is left to others by a team.
        ({"ministry": "Sports"}, OPERATOR, "justice", None, "unknown-organization"),
        ({"ministry": "Sports"}, EDITOR, "justice", None, "left-to-others"),
        # A promise for no day is named.
        ({"deadline": None}, OPERATOR, "justice", "justice", "no-deadline"),
        ({"deadline": None, "state": None}, OPERATOR, "justice", "justice", "no-deadline"),
        ({"deadline": None, "state": "available"}, OPERATOR, "justice", "justice", ""),
    ],
)
def test_a_new_line_belongs_to_its_ministry_else_to_the_organisation_of_the_table(
    other: dict[str, Any], actor: Actor, organization: str | None, owner: str | None, found: str
):
    publication = replace(PUBLISHED, organization=organization)
    result = compared([line(**other)], [], actor, publication)
    assert (only(result).owner, only(result).left) == (owner, owner is None)
    assert codes(result) == found


# Rights


def test_a_table_of_ones_own_holds_no_row_of_others():
    entry = known(row(publisher="culture", steward="culture"))
    found = compared([line(state="available")], [entry], EDITOR)
    assert (codes(found), only(found).left) == ("not-yours", True)
    assert codes(compared([line()], [entry], EDITOR)) == ""


def test_of_the_table_of_all_ministries_each_team_takes_its_own():
    entries = [
        known(row("a", title={"fr": "A"})),
        known(row("b", title={"fr": "B"}, publisher="culture", steward="culture")),
    ]
    lines = [
        line(2, title="A", ministry="Justice", state="available"),
        line(3, title="B", ministry="Culture", state="available"),
    ]
    found = compared(lines, entries, EDITOR)
    assert codes(found) == "left-to-others"
    assert [case.left for case in found.cases] == [False, True]


# Claims


def announce(told: Line, actor: Actor = OPERATOR, owner: str = "justice") -> tuple[Outcome, Any]:
    case = only(compared([told], []))
    case = replace(case, owner=owner)
    return comparison.announced(case, "nom", PUBLISHED, NOW, TODAY, actor)


def test_a_new_line_is_an_announcement_with_all_that_it_says():
    outcome, finding = announce(line(5, announcement=None))
    (claim,) = outcome.claims
    assert finding is None
    assert (outcome.kind, outcome.slug, outcome.before) == (comparison.NEW, "nom", None)
    assert claim.values == {
        "type": "dataset",
        "title": {"fr": "Décisions"},
        "publisher": "justice",
        "steward": "justice",
        "rank": 4,
        "deadline": period("T2 2024"),
        "state": "planned",
    }
    assert (claim.text, claim.source, claim.note) == (
        "table",
        Source(title="T"),
        "État lu : « Planifié ».",
    )
    assert str(claim.published_on) == DAY
    assert outcome.after
    assert (outcome.after.state, outcome.after.version) == ("planned", 1)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, None),
        ({"deadline": None}, "Le tableau officiel ne donne pas d’échéance."),
        ({"deadline": None, "dated": False}, "Le tableau officiel ne donne pas d’échéance."),
        (
            {"state": "suspended", "label": "À l’arrêt"},
            "Le tableau officiel porte « À l’arrêt », sans autre motif.",
        ),
        (
            {"state": "abandoned", "label": "Abandonné"},
            "Le tableau officiel porte « Abandonné », sans autre motif.",
        ),
    ],
)
def test_where_a_reason_is_asked_for_what_the_table_says_stands_in(told, reason):
    outcome, _ = announce(line(**told))
    assert outcome.claims[0].reason == reason


def test_a_line_without_a_state_says_none():
    outcome, _ = announce(line(state=None, label=""))
    (claim,) = outcome.claims
    assert ("state" in claim.values, claim.note) == (False, None)
    assert outcome.after
    assert outcome.after.state == "planned"


def test_a_line_that_no_door_takes_is_found_before_anything_is_written():
    outcome, finding = announce(line(title="\u202eDécisions"))
    assert (outcome.kind, outcome.claims) == (comparison.LEFT, ())
    assert (finding.code, finding.column) == ("refused", TITLE)


def test_an_entry_is_not_announced_for_others():
    outcome, finding = announce(line(), EDITOR, "culture")
    assert (outcome.kind, outcome.claims) == (comparison.LEFT, ())
    assert finding
    assert finding.code == "not-yours"
    outcome, finding = announce(line(ministry="Culture"), EDITOR, "culture")
    assert finding
    assert finding.code == "left-to-others"


def restate(told: Line, *history: Claim) -> tuple[Outcome, Any]:
    case = only(compared([told], [known(*history)]))
    return comparison.restated(case, written(history), PUBLISHED, NOW, TODAY)


def test_a_changed_line_tells_before_and_after_on_the_day_of_the_table():
    outcome, finding = restate(
        line(deadline=parse("T4 2024"), state="in_progress", label="En cours"), row()
    )
    assert (outcome.kind, finding) == (comparison.CHANGED, None)
    assert [claim.kind for claim in outcome.claims] == ["announced", "state"]
    assert outcome.before
    assert outcome.after
    assert (outcome.before.state, outcome.after.state) == ("planned", "in_progress")
    assert (outcome.before.postponements, outcome.after.postponements) == (0, 1)
    assert {claim.note for claim in outcome.claims} == {"État lu : « En cours »."}


def test_what_the_rules_refuse_is_found():
    outcome, finding = restate(
        line(state="not_available", label="Ouverture demandée"),
        row(),
        state("2023-01-01", "available"),
    )
    assert (outcome.kind, outcome.claims) == (comparison.LEFT, ())
    assert (finding.code, finding.column) == ("refused", STATE)
    assert "may not become" in finding.why.english


def test_a_claim_that_is_held_is_not_made_again_whatever_became_of_it():
    told = line(deadline=parse("T4 2024"))
    (claim,) = restate(told, row())[0].claims
    retracted: list[Event] = written([row(), claim, judged(2, "retracted")])
    case = only(compared([told], [known(row())]))
    outcome, finding = comparison.restated(case, retracted, PUBLISHED, NOW, TODAY)
    assert (outcome.kind, outcome.claims, finding) == (comparison.UNCHANGED, (), None)


def test_a_reason_stands_in_for_a_move_that_asks_for_one():
    outcome, _ = restate(line(state="suspended", label="À l’arrêt"), row())
    assert outcome.claims[0].reason == "Le tableau officiel porte « À l’arrêt », sans autre motif."
    outcome, _ = restate(line(deadline=None), row())
    assert outcome.claims[0].reason == "Le tableau officiel ne donne pas d’échéance."
    outcome, _ = restate(line(state="available"), row())
    assert outcome.claims[0].reason is None


def test_a_report_counts_and_is_refused_for_an_error_alone():
    outcome, _ = announce(line())
    warning, error = Finding("no-rows", Unfit("x")), Finding("empty-cell", Unfit("x"), 2)
    report = Report(
        table=Table(),
        publication=PUBLISHED,
        day=TODAY,
        outcomes=(outcome, Outcome(line=line(), kind=comparison.UNCHANGED)),
        missing=(),
        findings=(warning,),
    )
    assert (
        report.count(comparison.NEW),
        report.count(comparison.UNCHANGED),
        report.count(comparison.LEFT),
    ) == (1, 1, 0)
    assert report.claims == outcome.claims
    assert not report.refused
    assert replace(report, findings=(warning, error)).refused
