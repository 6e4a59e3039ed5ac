"""A table beside the register: what each line amounts to, and everything that is found."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.domain import comparison
from app.domain.access import Actor
from app.domain.claims import Source
from app.domain.comparison import DUE, MINISTRY, STATE, TITLE, TYPE, Case, Finding
from app.domain.errors import Unfit
from app.domain.ledger import Claim, Event, recorded
from app.domain.matching import Known, Line
from app.domain.periods import parse, read_dating, to_json
from app.domain.references import Organization
from app.domain.values import Title
from tests.domain.histories import (
    BINDING,
    NOW,
    SLUG,
    TODAY,
    announced,
    as_of,
    described,
    due,
    judged,
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
PUBLISHED = comparison.Publication(
    published_on=read_dating(DAY),
    text="table",
    source=Source(title="T"),
    organization="justice",
    binding=BINDING,
)
THEIRS = {"publisher": "culture", "steward": "culture"}


def row(slug: str = SLUG, **other: Any) -> Claim:
    values = {"title": {"fr": "Décisions"}, "publisher": "cour", "steward": "justice", "rank": 1}
    values |= {"announcement": "new", **other}
    return announced("2021-09-27", "T2 2024", "planned", commitment=slug, values=values)


def known(*claims: Claim) -> Known:
    events = written(claims)
    return Known(on_that_day=as_of(DAY, events), newest=as_of(TODAY, events))


def entries(*titles: str) -> list[Known]:
    """Entries of these titles, the second of another ministry."""
    return [
        known(row(title.lower(), title={"fr": title}, **(THEIRS if place else {})))
        for place, title in enumerate(titles)
    ]


def line(number: int = 2, **other: Any) -> Line:
    values: dict[str, Any] = {"title": "Décisions", "type": "dataset", "announcement": "new"}
    values |= {"deadline": parse("T2 2024"), "state": "planned", "label": "Planifié"}
    return Line(row=number, rank=number - 1, **{**values, **other})


def compared(
    lines: Sequence[Line],
    register: Sequence[Known],
    actor: Actor = OPERATOR,
    organization: str | None = "justice",
) -> comparison.Comparison:
    table = comparison.Table(format="csv", lines=tuple(lines))
    publication = replace(PUBLISHED, organization=organization)
    return comparison.compare(table, register, ORGANIZATIONS, publication, actor)


COLUMNS = {
    **dict.fromkeys(("no-deadline", "deadline-withdrawn", "brought-forward", "moves-nothing"), DUE),
    **dict.fromkeys(("empty-cell", "unknown-organization", "left-to-others"), MINISTRY),
    "state-kept": STATE,
    "unlikely-deadline": DUE,
}
"""Where each finding is, if not at the title."""


def codes(result: comparison.Comparison) -> str:
    for finding in result.findings:
        expected = (
            {TITLE, TYPE, comparison.ANNOUNCED_AS} if finding.code == "identity-kept" else {TITLE}
        )
        assert finding.column in {COLUMNS.get(finding.code)} | expected
    return " ".join(finding.code for finding in result.findings)


def only(result: comparison.Comparison) -> Case:
    (case,) = result.cases
    return case


# A line and its entry


OPEN = state("2023-01-01", "available")
LATER = due("2023-12-01", "2026-09-30", text="statement")
BOUND = due("2023-12-01", "2026-09-30")
PART = due("2023-12-01", "2026-09-30", part="a", part_title="A")
T4, PAST, FAR = parse("T4 2024"), parse("T4 2023"), parse("2045")
DONE = {"state": "available"}


@pytest.mark.parametrize(
    ("other", "history", "values", "expected"),
    [
        ({}, [], {}, ""),
        ({"deadline": T4, "state": "available"}, [], {"deadline": T4, "state": "available"}, ""),
        # Type, announcement and what has begun are kept, and the difference is named.
        ({"type": "api", "announcement": "continued"}, [], {}, "identity-kept identity-kept"),
        ({}, [OPEN], {}, "state-kept"),
        # A deadline that goes or comes nearer is looked at twice.
        ({"deadline": None}, [LATER], {"deadline": None}, "deadline-withdrawn"),
        ({"deadline": T4}, [LATER], {"deadline": T4}, "brought-forward"),
        ({"deadline": parse("T4 2026")}, [LATER], {"deadline": parse("T4 2026")}, ""),
        ({"deadline": parse("2026")}, [LATER], {"deadline": parse("2026")}, ""),
        # One that was over already, or is far away, is perhaps misspelt.
        ({"deadline": PAST}, [], {"deadline": PAST}, "brought-forward unlikely-deadline"),
        ({"deadline": PAST, **DONE}, [], {"deadline": PAST, **DONE}, "brought-forward"),
        ({"deadline": FAR}, [], {"deadline": FAR}, "unlikely-deadline"),
        # What a binding text has set does not move.
        ({"deadline": None}, [BOUND], {"deadline": None}, "moves-nothing"),
        ({"deadline": T4}, [BOUND], {"deadline": T4}, "moves-nothing"),
        ({"deadline": parse("T3 2026")}, [BOUND], {}, ""),
        # Of a whole with parts nothing will count.
        ({"deadline": T4}, [PART], {"deadline": T4}, "moves-nothing whole-has-parts"),
        ({}, [PART], {}, ""),
    ],
)
def test_what_a_line_says_beside_its_entry(
    other: dict[str, Any], history: list[Claim], values: dict[str, Any], expected: str
) -> None:
    result = compared([line(**other)], [known(row(), *history)])
    case = only(result)
    assert (case.known and case.known.slug, case.values, case.left) == (SLUG, values, False)
    assert (codes(result), result.missing) == (expected, ())


def test_an_announcement_that_is_not_known_is_shown_by_a_dash():
    bare = row()
    bare = replace(bare, values={k: v for k, v in bare.values.items() if k != "announcement"})
    (finding,) = compared([line()], [known(bare)]).findings
    assert "“–”" in finding.why.english


def test_an_entry_that_was_not_there_on_the_day_differs_in_all_that_a_line_says():
    later = Known(on_that_day=None, newest=as_of(TODAY, written([row()])))
    case = only(compared([line(dated=False, deadline=None)], [later]))
    assert (case.known, case.values) == (later, {"state": "planned"})


def test_ambiguous_and_repeated_rows_are_named():
    twins = [known(row("a")), known(row("b", rank=2))]
    result = compared([line(9, state="abandoned")], twins)
    assert codes(result) == "ambiguous"
    assert "a, b" in result.findings[0].why.english
    assert ([case.left for case in result.cases], result.missing) == ([True], ())
    result = compared([line(2), line(3, label="Planifiée"), line(4, state="available")], twins[:1])
    assert codes(result) == "repeated-row contradicting-rows"
    assert [case.left for case in result.cases] == [False, True, True]


@pytest.mark.parametrize(
    ("lines", "organization", "missing"),
    [
        ([line(title="B")], "justice", "a"),
        ([], None, "a b"),
        ([], "culture", "b"),
        # Of a table of ministries only theirs can be missing.
        ([line(title="C", ministry="Culture")], "justice", "b"),
        ([line(title="C", ministry="Sports")], "justice", ""),
    ],
)
def test_what_the_table_no_longer_has_is_missing(
    lines: list[Line], organization: str | None, missing: str
):
    result = compared(lines, entries("A", "B"), organization=organization)
    assert " ".join(entry.slug for entry in result.missing) == missing


def test_a_new_line_that_is_near_to_what_is_missing_names_it():
    result = compared([line(title="Décision")], [known(row())])
    assert (codes(result), len(result.missing)) == ("near-title", 1)
    assert result.findings[0].why.facts == {"title": "Décisions", "slug": SLUG}
    assert codes(compared([line(title="Décision"), line(3)], [known(row())])) == ""


def test_what_is_paired_by_a_title_that_differs_says_so():
    for title in ("Décisions.", "(Décisions)"):
        result = compared([line(title=title)], [known(row())])
        assert (codes(result), only(result).values) == ("identity-kept", {})
        assert result.findings[0].why.facts == {"title": "Décisions"}
    assert codes(compared([line(title="DECISIONS")], [known(row())])) == ""


def test_what_is_internal_or_came_later_is_not_missing_from_a_public_table():
    later = Known(on_that_day=None, newest=as_of(TODAY, written([row("later")])))
    assert compared([], [known(row(visibility="internal")), later]).missing == ()


# New lines, and rights


@pytest.mark.parametrize(
    ("other", "actor", "organization", "owner", "expected"),
    [
        ({"ministry": "Culture"}, OPERATOR, "justice", "culture", ""),
        ({}, OPERATOR, "justice", "justice", ""),
        ({}, OPERATOR, None, None, "no-organization"),
        ({"ministry": ""}, OPERATOR, "justice", None, "empty-cell"),
        # A row of a ministry that nobody knows is left out: an operator may have misspelt it.
        ({"ministry": "Sports"}, OPERATOR, "justice", None, "unknown-organization"),
        ({"ministry": "Sports"}, EDITOR, "justice", None, "left-to-others"),
        # A promise for no day is named.
        ({"deadline": None}, OPERATOR, "justice", "justice", "no-deadline"),
        ({"deadline": None, "state": None}, OPERATOR, "justice", "justice", "no-deadline"),
        ({"deadline": None, "state": "available"}, OPERATOR, "justice", "justice", ""),
    ],
)
def test_a_new_line_belongs_to_its_ministry_else_to_the_organisation_of_the_table(
    other: dict[str, Any], actor: Actor, organization: str | None, owner: str | None, expected: str
):
    result = compared([line(**other)], [], actor, organization)
    assert (only(result).owner, only(result).left) == (owner, owner is None)
    assert codes(result) == expected


def test_a_new_line_of_another_programme_is_left_to_its_ministry():
    table = comparison.Table(format="csv", lines=(line(ministry="Ministère de la Culture"),))
    publication = replace(PUBLISHED, ministry="justice")
    result = comparison.compare(table, [], ORGANIZATIONS, publication, OPERATOR)
    assert (codes(result), only(result).left) == ("left-to-others", True)


def test_a_table_of_ones_own_holds_no_row_of_others():
    entry = known(row(**THEIRS))
    result = compared([line(state="available")], [entry], EDITOR)
    assert (codes(result), only(result).left) == ("not-yours", True)
    assert codes(compared([line()], [entry], EDITOR)) == ""


def test_of_the_table_of_all_ministries_each_team_takes_its_own():
    lines = [
        line(2, title="A", ministry="Justice", state="available"),
        line(3, title="B", ministry="Culture", state="available"),
    ]
    result = compared(lines, entries("A", "B"), EDITOR)
    assert codes(result) == "left-to-others"
    assert [case.left for case in result.cases] == [False, True]


@pytest.mark.parametrize(
    ("ministry", "actor", "foreign"),
    [
        ("Culture", EDITOR, True),
        ("Sports", EDITOR, True),
        ("Justice", EDITOR, False),
        ("", EDITOR, False),
        ("Culture", OPERATOR, False),
        ("Sports", OPERATOR, True),
    ],
)
def test_a_fault_in_a_row_of_another_ministry_is_a_warning(
    ministry: str, actor: Actor, foreign: bool
):
    twice = [line(2, ministry=ministry), line(3, ministry=ministry, state="available")]
    table = comparison.Table(lines=tuple(twice), unread={9: ministry})
    result = comparison.compare(table, [], ORGANIZATIONS, PUBLISHED, actor)
    for row in (2, 9):
        fault = Finding("unknown-state", Unfit("x"), row, STATE)
        judged = result.judged(fault)
        assert (judged.code, judged.row, judged.column) == (
            "left-to-others" if foreign else fault.code,
            row,
            STATE,
        )
    warning = Finding("first-of-month", Unfit("x"), 2, DUE)
    assert result.judged(warning) is warning


# Claims


def announce(
    row: Line, actor: Actor = OPERATOR, owner: str = "justice"
) -> tuple[comparison.Outcome, Any]:
    case = replace(only(compared([row], [])), owner=owner)
    like = replace(case, line=replace(row, title="Autre", rank=99, row=9))
    alike: comparison.Alike = {}
    comparison.announced(like, "autre", PUBLISHED, NOW, TODAY, actor, alike)
    first = comparison.announced(case, "nom", PUBLISHED, NOW, TODAY, actor, {})
    assert comparison.announced(case, "nom", PUBLISHED, NOW, TODAY, actor, alike)[0] == first[0]
    return first


def restate(row: Line, *history: Claim) -> tuple[comparison.Outcome, Any]:
    case = only(compared([row], [known(*history)]))
    return comparison.restated(case, written(history), PUBLISHED, NOW, TODAY)


def test_a_new_line_is_an_announcement_with_all_that_it_says():
    outcome, findings = announce(line(5, announcement=None))
    (claim,) = outcome.claims
    assert findings == ()
    assert (outcome.kind, outcome.slug, outcome.before) == (comparison.NEW, "nom", None)
    due_by = parse("T2 2024")
    assert due_by
    assert claim.values == {
        "type": "dataset",
        "title": {"fr": "Décisions"},
        "publisher": "justice",
        "steward": "justice",
        "rank": 4,
        "deadline": to_json(due_by),
        "state": "planned",
    }
    beside = (str(claim.published_on), claim.text, claim.source, claim.note)
    assert beside == (DAY, "table", Source(title="T"), "État lu : « Planifié ».")
    assert outcome.after
    assert (outcome.after.state, outcome.after.version) == ("planned", 1)


def test_a_line_without_a_state_says_none():
    outcome, _ = announce(line(state=None, label=""))
    (claim,) = outcome.claims
    assert ("state" in claim.values, claim.note) == (False, None)
    assert outcome.after
    assert outcome.after.state == "planned"


NO_DEADLINE = "Le tableau officiel ne donne pas d’échéance."
NO_MORE = "Le tableau officiel porte « Abandonné », sans autre motif."


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({}, None),
        ({"state": "available"}, None),
        ({"deadline": None}, NO_DEADLINE),
        ({"deadline": None, "dated": False}, NO_DEADLINE),
        ({"state": "suspended", "label": "Abandonné"}, NO_MORE),
        ({"state": "abandoned", "label": "Abandonné"}, NO_MORE),
    ],
)
def test_where_a_reason_is_asked_for_what_the_table_says_stands_in(
    other: dict[str, Any], reason: str | None
):
    for outcome, _ in (announce(line(**other)), restate(line(**other), row())):
        assert {claim.reason for claim in outcome.claims} <= {reason}
    assert announce(line(**other))[0].claims


@pytest.mark.parametrize(
    ("row", "actor", "owner", "code"),
    [
        (line(), EDITOR, "culture", "not-yours"),
        (line(ministry="Culture"), EDITOR, "culture", "left-to-others"),
    ],
)
def test_what_is_for_others_is_not_announced(row: Line, actor: Actor, owner: str, code: str):
    outcome, (finding,) = announce(row, actor, owner)
    assert (outcome.kind, outcome.claims, finding.code) == (comparison.LEFT, (), code)


def test_a_changed_line_shows_before_and_after_on_the_day_of_the_table():
    outcome, findings = restate(line(deadline=T4, state="in_progress", label="En cours"), row())
    assert (outcome.kind, findings) == (comparison.CHANGED, ())
    assert [claim.kind for claim in outcome.claims] == ["announced", "state"]
    assert outcome.before
    assert outcome.after
    assert (outcome.before.state, outcome.after.state) == ("planned", "in_progress")
    assert (outcome.before.postponements, outcome.after.postponements) == (0, 1)
    assert {claim.note for claim in outcome.claims} == {"État lu : « En cours »."}


def test_what_the_rules_refuse_is_named():
    refused = line(state="not_available", label="Ouverture demandée")
    outcome, (finding,) = restate(refused, row(), OPEN)
    assert (outcome.kind, outcome.claims) == (comparison.LEFT, ())
    assert (finding.code, finding.column) == ("refused", STATE)
    assert "may not become" in finding.why.english


def test_a_claim_that_is_recorded_is_not_made_again_whatever_became_of_it():
    later = line(deadline=T4)
    (claim,) = restate(later, row())[0].claims
    retracted = written([row(), claim, judged(2, "retracted")])
    case = only(compared([later], [known(row())]))
    outcome, findings = comparison.restated(case, retracted, PUBLISHED, NOW, TODAY)
    assert (outcome.kind, outcome.claims, findings) == (comparison.UNCHANGED, (), ())


def imported(published_on: str, text: str, state: str = "in_progress") -> list[Event]:
    """The ledger of an entry after a table said its state."""
    before = written([row()])
    case = Case(
        line=line(state=state, label="En cours"), known=known(row()), values={"state": state}
    )
    day = replace(PUBLISHED, published_on=read_dating(published_on), text=text)
    outcome, _ = comparison.restated(case, before, day, NOW, TODAY)
    return written([row(), *outcome.claims])


@pytest.mark.parametrize(
    ("published_on", "text", "again"),
    [
        # By the same text of another day, or by another text of the same day.
        ("2024-01-10", "table", True),
        (DAY, "roadmap", True),
        # Another source of another day says the same; and so does this very table.
        ("2024-01-10", "roadmap", False),
        (DAY, "table", False),
    ],
)
def test_what_a_line_says_again_by_another_day_or_text_is_named_then_corrected(
    published_on: str, text: str, again: bool
):
    events = imported(published_on, text)
    entry = Known(on_that_day=as_of(DAY, events), newest=as_of(TODAY, events))
    case = only(compared([line(state="in_progress", label="En cours")], [entry]))
    assert case.values == {}
    outcome, findings = comparison.restated(case, events, PUBLISHED, NOW, TODAY)
    places = [event.position for event in events[1:]]
    assert (outcome.kind, outcome.claims) == (comparison.UNCHANGED, ())
    assert [each.why.facts["position"] for each in findings] == (places if again else [])
    assert {each.code for each in findings} <= {"restates"}
    corrects = replace(PUBLISHED, corrects=True)
    outcome, findings = comparison.restated(case, events, corrects, NOW, TODAY)
    if not again:
        assert (outcome.kind, findings) == (comparison.UNCHANGED, ())
        return
    kinds = [claim.kind for claim in outcome.claims]
    assert (outcome.kind, kinds) == (comparison.CHANGED, ["judged", "state"])
    assert [claim.target for claim in outcome.claims][::2] == places
    for claim in outcome.claims[1::2]:
        assert (str(claim.published_on), claim.text) == (DAY, "table")
    assert str(outcome.claims[-1].decided_on) == f"../{DAY}"
    assert {each.why.facts["position"] for each in findings} == set(places)
    assert outcome.after
    assert outcome.after.state == "in_progress"
    done = recorded(events, outcome.claims, NOW)
    assert comparison.restated(case, done, corrects, NOW, TODAY)[0].kind == comparison.UNCHANGED


def test_a_day_that_a_source_gives_is_kept_when_its_claim_is_corrected():
    begun = state("2024-01-10", "in_progress", text="table", decided="2023-12-01")
    events = written([row(), described("2024-01-11", licence="x"), begun])
    case = only(compared([line(state="in_progress")], [known(row(), begun)]))
    corrects = replace(PUBLISHED, corrects=True, source=None)
    outcome, _ = comparison.restated(case, events, corrects, NOW, TODAY)
    _, claim = outcome.claims
    assert (str(claim.published_on), str(claim.decided_on)) == (DAY, "2023-12-01")


def test_a_report_counts_and_is_refused_for_an_error_alone():
    outcome, _ = announce(line())
    warning, error = Finding("no-rows", Unfit("x")), Finding("empty-cell", Unfit("x"), 2)
    report = comparison.Report(
        table=comparison.Table(),
        publication=PUBLISHED,
        day=TODAY,
        outcomes=(outcome, comparison.Outcome(line=line(), kind=comparison.UNCHANGED)),
        missing=(),
        findings=(warning,),
    )
    kinds = (comparison.NEW, comparison.UNCHANGED, comparison.LEFT)
    assert [report.count(kind) for kind in kinds] == [1, 1, 0]
    assert (report.claims, report.refused) == (outcome.claims, False)
    assert replace(report, findings=(warning, error)).refused


def test_of_very_many_findings_the_first_faults_are_listed(monkeypatch):
    monkeypatch.setattr(comparison, "MOST_FAULTS", 3)
    warnings = [Finding.of("first-of-month", row, DUE, day=DAY) for row in range(9, 5, -1)]
    assert [each.row for each in comparison.listed(warnings)] == [6, 7, 8, 9]
    findings = [*warnings, *(Finding.of("hidden-row", row) for row in range(14, 9, -1))]
    more, *faults = comparison.listed(findings)
    assert (more.code, more.row, more.severity) == ("too-many-faults", None, "error")
    assert [each.row for each in faults] == [10, 11, 12]
    assert [each.row for each in comparison.listed([more, *findings])] == [None, 10, 11, 12]
