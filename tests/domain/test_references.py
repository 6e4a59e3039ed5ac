"""Texts, organisations and programmes as events: stated, corrected, known to days and positions."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.claims import FIRST, NewProgramme, NewText, ProgrammePatch, Source, TextPatch
from app.domain.errors import Invalid
from app.domain.ledger import recorded
from app.domain.periods import read_dating
from app.domain.references import (
    Fact,
    Facts,
    Names,
    Organization,
    Programme,
    Record,
    Text,
    check_dates,
    claim,
    corrected,
    record_of,
    stated,
)
from app.domain.values import Title

TODAY = date(2026, 11, 26)
ORDER = Text("order", "Arrêté", kind="order", binding=True)
COURT = Organization("cour", Title.of("La cour", "The court"))
YEARS: Any = {"start": "2021", "end": "2024"}
PLAN = Programme("plan-2021", Title.of("Plan"), "ministere", text="order", **YEARS)


def fact(position: int, record: Record, known: Record | None = None, day: str = "") -> Fact:
    """A fact as it is recorded at a position, alone."""
    made = claim(record, known, TODAY)
    assert made is not None
    if day:
        made = replace(made, published_on=read_dating(day))
    (event,) = recorded((), [made], datetime(2026, 11, 26, 12, position, tzinfo=UTC))
    return Fact(replace(event, position=position), position)


@pytest.mark.parametrize(
    ("record", "values"),
    [
        (ORDER, {"title": "Arrêté", "kind": "order", "binding": True}),
        (COURT, {"name": {"fr": "La cour", "en": "The court"}}),
        (PLAN, {"title": {"fr": "Plan"}, "ministry": "ministere", "text": "order", **YEARS}),
    ],
)
def test_a_record_is_stated_without_what_is_unknown(record: Record, values: dict[str, Any]) -> None:
    assert stated(record) == values
    made = claim(record, None, TODAY, Source(site="justice.fr"))
    assert made is not None
    assert (made.commitment, made.values, str(made.published_on)) == ("", values, str(TODAY))
    assert claim(record, record, TODAY) is None
    name = made.subject or ""
    known = Facts([fact(1, record)]).newest
    assert known.like(record) == record
    stated_names = {*known.texts, *known.organizations, *known.programmes}
    assert stated_names == {name, FIRST}
    assert Names().like(record) is None


def test_a_correction_names_what_differs_and_takes_away_what_is_no_more() -> None:
    other = replace(ORDER, title="Arrêté modifié", kind=None)
    second = fact(2, other, ORDER)
    assert second.values == {"title": "Arrêté modifié", "kind": None}
    corrected = Facts([fact(1, ORDER), second]).newest.texts["order"]
    assert corrected == replace(
        other, corrected_at=(second.event.recorded_at, second.event.position)
    )


def test_a_name_in_one_language_leaves_the_other() -> None:
    renamed = fact(2, replace(COURT, name=Title.of("La Cour")), COURT)
    claimed = renamed.event.claim
    assert claimed is not None
    partial = replace(renamed.event, claim=replace(claimed, values={"name": {"fr": "La Cour"}}))
    known = Facts([fact(1, COURT), Fact(partial, 2)]).newest
    assert known.organizations["cour"].name == Title.of("La Cour", "The court")


def test_a_position_knows_what_was_recorded_by_then() -> None:
    other = replace(ORDER, title="Autre")
    facts = Facts([fact(1, ORDER), fact(4, COURT), fact(6, other, ORDER)])
    assert facts.known(None, 0) == Names()
    assert [*facts.known(None, 3).organizations] == []
    assert facts.known(None, 5).texts["order"].title == "Arrêté"
    assert facts.known(None, 6) == facts.newest


def test_what_was_known_before_it_was_recorded_holds_from_the_beginning() -> None:
    facts = Facts([fact(7, ORDER, day="../2026-11-26"), fact(8, COURT, day="../2026-11-26")])
    assert facts.known(date(2021, 1, 1), 0) == facts.newest
    assert facts.binding(0) == {"order"}


def test_a_day_knows_organisations_by_the_name_that_they_had() -> None:
    renamed = replace(COURT, name=Title.of("La Cour", "The Court"))
    before = replace(COURT, name=Title.of("Le tribunal", "The tribunal"))
    facts = Facts(
        [
            fact(1, COURT),
            fact(2, renamed, COURT, "2026-11-01"),
            fact(3, before, COURT, "2022-06"),
            fact(4, replace(ORDER, title="Autre"), ORDER, "2026-11-01"),
        ]
    )
    for day, name in (
        (date(2021, 1, 1), "La cour"),
        (date(2022, 6, 30), "Le tribunal"),
        (date(2026, 11, 1), "La Cour"),
    ):
        known = facts.known(day, None)
        assert known.organizations["cour"].name.fr == name
        assert known.texts["order"].title == "Autre"
    assert facts.known(date(2026, 11, 26), 1).organizations["cour"] == COURT


def test_texts_come_oldest_first() -> None:
    texts = [Text("b", "B"), Text("a", "A", signed_on="2023"), Text("c", "C", signed_on="2021")]
    facts = Facts([fact(n, text) for n, text in enumerate(texts, start=1)])
    assert [*facts.newest.texts] == ["b", "c", "a"]


def test_which_texts_bind_is_known_at_each_recording() -> None:
    loose = replace(ORDER, binding=False)
    facts = Facts(
        [
            fact(2, ORDER),
            fact(3, replace(ORDER, title="Autre"), ORDER),
            fact(5, COURT),
            fact(6, loose, ORDER),
            fact(8, Text("law", "Loi", binding=True)),
        ]
    )
    bound = {position: set(facts.binding(position)) for position in (1, 2, 5, 6, 8)}
    assert bound == {1: set(), 2: {"order"}, 5: {"order"}, 6: set(), 8: {"law"}}
    assert facts.binding() == {"law"}
    assert facts.turns(["order", "other"]) == {2, 6}
    assert facts.turns(["law"]) == {8}


def test_an_erased_fact_says_nothing() -> None:
    erased = Fact(replace(fact(2, COURT, replace(COURT, part_of="x")).event, claim=None), 2)
    assert (erased.values, erased.was_known) == ({}, False)


@pytest.mark.parametrize(
    ("signed", "published", "wrong"),
    [
        (None, None, None),
        ("2021-03", "2021", None),
        ("../2021", "2020", None),
        ("2026-11-26", "2026", None),
        ("2026-11-27", None, "text.signed_on"),
        (None, "2027", "text.published_on"),
        ("2021", "2020", "text.published_on"),
    ],
)
def test_a_text_is_signed_then_published_and_not_in_days_to_come(
    signed: str | None, published: str | None, wrong: str | None
) -> None:
    text = replace(ORDER, signed_on=signed, published_on=published)
    fields: list[str] = []
    try:
        check_dates(text, TODAY, "text.")
    except Invalid as refusal:
        fields = [field for field, _ in refusal.errors]
    assert fields == ([wrong] if wrong else [])


def test_a_body_states_a_text_or_a_programme_named_by_its_title() -> None:
    text = record_of(NewText(title="Arrêté du 28 avril 2021", signed_on="2021-04-28"), TODAY)
    assert text == Text(
        "arrete-du-28-avril-2021", "Arrêté du 28 avril 2021", signed_on="2021-04-28"
    )
    plan = record_of(NewProgramme(title=Title(fr="Plan 2025"), ministry="justice"), TODAY)
    assert plan == Programme("plan-2025", Title(fr="Plan 2025"), "justice")
    named = NewProgramme(
        id="plan", title=Title(en="Plan"), ministry="justice", annexes=("Annexe 4",)
    )
    assert record_of(named, TODAY) == Programme(
        "plan", Title(en="Plan"), "justice", annexes=("Annexe 4",)
    )
    with pytest.raises(Invalid, match="title: It needs a letter or a digit"):
        record_of(NewProgramme(title=Title(fr="…"), ministry="justice"), TODAY)


def test_a_patch_corrects_what_it_names_and_has_to_name_something() -> None:
    plan = Programme("plan", Title(fr="Plan"), "justice", start="2021", annexes=("Annexe 4",))
    patch = ProgrammePatch.model_validate({"title": {"en": "A plan"}, "start": None})
    both = Title(fr="Plan", en="A plan")
    assert corrected(plan, patch) == replace(plan, title=both, start=None)
    other = TextPatch.model_validate({"title": "Arrêté modifié"})
    assert corrected(ORDER, other) == replace(ORDER, title="Arrêté modifié")
    with pytest.raises(Invalid, match="Nothing is changed"):
        corrected(plan, ProgrammePatch())


def test_annexes_are_kept_in_their_order() -> None:
    plan = Programme("plan", Title(fr="Plan"), "justice", annexes=("Annexe 5", "Annexe 4"))
    assert Facts([fact(1, plan)]).newest.programmes["plan"] == plan
