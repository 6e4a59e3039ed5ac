"""Which entry a line of an official table is about."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.commitments import Commitment
from app.domain.comparison import Known, Line, Pairing, differences, pair
from app.domain.periods import parse
from app.domain.references import Organization, organization_named
from app.domain.states import STARTED
from app.domain.values import Title, folded
from tests.domain.histories import announced, as_of, due
from tests.domain.histories import folded as spans_of

DAY = "2022-01-01"


def entry(slug: str, title: str = "Décisions", /, **values: Any) -> Commitment:
    """An opening that a table announced for T3 2023."""
    titles = {"fr": title, "en": values.pop("english", None)}
    told = {"title": titles, "publisher": "cour", "steward": "ministere", "rank": 1}
    said = announced("2021-09-27", "T3 2023", "planned", commitment=slug, values=told)
    return replace(as_of(DAY, [said]), **values)


def known(slug: str, title: str = "Décisions", /, *, there: bool = True, **values: Any) -> Known:
    found = entry(slug, title, **values)
    return Known(here=found if there else None, newest=found)


def line(row: int, title: str = "Décisions", **values: Any) -> Line:
    told = {"type": "dataset", "deadline": parse("T3 2023"), "state": "planned", "rank": row}
    return Line(row=row, title=title, **{**told, **values})


def paired(lines: list[Line], entries: list[Known], names: dict[str, str] | None = None) -> Pairing:
    def belongs(line: Line, entry: Known) -> bool:
        return not line.ministry or line.ministry == entry.shown.steward

    return pair(lines, entries, belongs, lambda title: (names or {}).get(title, ""))


def slugs(pairing: Pairing) -> dict[int, str]:
    return {row: entry.slug for row, entry in pairing.known.items()}


# Titles


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Décisions du Conseil d'Etat", "DÉCISIONS DU CONSEIL D’ÉTAT"),
        ("Décisions du Conseil d’État", "Décisions  du\nConseil d’ État"),
        ("Décisions du Conseil d’État", "Décisions – du Conseil d’État"),
        ("Décisions du Conseil d’État", "De\u0301ci-sions du Conseil d’État."),
        *(
            ("1re instance", "1ʳᵉ instance"),
            ("1re instance", "1RE instance"),
            ("Œuvres", "oeuvres"),
        ),
    ],
)
def test_titles_are_the_same_however_they_are_typeset(title: str, other: str) -> None:
    assert folded(title) == folded(other)


def test_titles_that_differ_by_a_letter_or_a_digit_are_others() -> None:
    assert folded("1re instance") != folded("2e instance")
    assert folded("???") != folded("!!!")


def test_a_line_finds_its_entry_by_title_in_either_language():
    entries = [known("a", "Décisions"), known("b", "Autre", english="Decisions, too")]
    assert slugs(paired([line(2), line(3, "decisions too")], entries)) == {2: "a", 3: "b"}
    assert paired([line(2, "Ailleurs")], entries).known == {}


# Several entries of one title


def test_of_two_entries_the_one_that_says_the_same_is_meant():
    entries = [known("a", state="available"), known("b"), known("c", type="api")]
    assert slugs(paired([line(2)], entries)) == {2: "b"}
    assert slugs(paired([line(2), line(3, state="available")], entries)) == {2: "b", 3: "a"}


def test_as_many_lines_as_entries_that_say_the_same_go_together_in_order():
    entries = [known("c", rank=3), known("a", rank=1), known("b", rank=2), known("z", rank=None)]
    lines = [line(2), line(3), line(4), line(5)]
    assert slugs(paired(lines, entries)) == {2: "a", 3: "b", 4: "c", 5: "z"}


def test_spelling_tells_apart_what_letters_do_not():
    entries = [known("a", "Cour d’appel", rank=1), known("b", "Cour-d-appel", rank=2)]
    lines = [line(2, "Cour-d-appel"), line(3, "Cour d’appel")]
    assert slugs(paired(lines, entries)) == {2: "b", 3: "a"}


def test_rank_and_type_help_where_titles_do_not():
    entries = [known("a", rank=1), known("b", rank=2)]
    assert slugs(paired([line(9, rank=2, state="abandoned")], entries)) == {9: "b"}
    entries = [known("a", rank=8, type="api"), known("b", rank=9)]
    assert slugs(paired([line(2, type="api", state="abandoned")], entries)) == {2: "a"}
    assert slugs(paired([line(2, type="source_code")], [known("a")])) == {2: "a"}


def test_a_line_that_could_be_about_two_entries_is_ambiguous():
    found = paired([line(9, state="abandoned")], [known("a", rank=1), known("b", rank=2)])
    assert found.known == {}
    assert [entry.slug for entry in found.ambiguous[9]] == ["a", "b"]


def test_ministries_tell_entries_of_one_title_apart():
    entries = [known("a", steward="culture"), known("b", steward="justice")]
    ministries = ((2, "justice"), (3, "culture"), (4, "sport"))
    pairing = paired([line(row, ministry=name) for row, name in ministries], entries)
    assert slugs(pairing) == {2: "b", 3: "a"}
    assert (pairing.ambiguous, pairing.repeats) == ({}, {})


def test_an_entry_that_was_not_there_on_the_day_comes_second():
    entries = [known("later", there=False), known("then")]
    assert slugs(paired([line(2)], entries)) == {2: "then"}
    assert slugs(paired([line(2)], entries[:1])) == {2: "later"}
    renamed = Known(here=None, newest=entry("x", "Nouveau nom"), earlier=("Ancien nom",))
    assert slugs(paired([line(2, "Ancien nom")], [renamed])) == {2: "x"}


def test_an_entry_whose_title_has_changed_is_found_by_its_permanent_name():
    entries = [known("decisions", "Un autre titre"), known("b", "B")]
    assert slugs(paired([line(2)], entries, {"Décisions": "decisions"})) == {2: "decisions"}
    taken = paired([line(2, "Un autre titre"), line(3)], entries, {"Décisions": "decisions"})
    assert slugs(taken) == {2: "decisions"}
    foreign = paired([line(2, ministry="sport")], entries, {"Décisions": "decisions"})
    assert foreign.known == {}


# Several lines of one title


def test_a_line_that_repeats_another_is_told_with_the_row_of_the_first():
    assert paired([line(2), line(3)], [known("a")]).repeats == {3: 2}
    assert paired([line(2), line(3)], []).repeats == {3: 2}
    found = paired([line(2), line(3), line(4, state="available")], [])
    assert found.repeats == {3: 2, 4: 2}
    assert paired([line(2), line(3, type="api")], []).repeats == {}
    assert paired([line(2), line(3, ministry="sport")], []).repeats == {}


def test_two_lines_that_both_change_one_entry_are_ambiguous():
    found = paired([line(2, state="abandoned"), line(3, state="available")], [known("a", rank=9)])
    assert (found.known, sorted(found.ambiguous)) == ({}, [2, 3])


def test_more_lines_than_anyone_writes_are_soon_told():
    lines = [line(row) for row in range(2, 20_002)]
    found = paired(lines, [known("a")])
    assert (len(found.known), len(found.repeats)) == (1, 19_999)


# What a line says besides


@pytest.mark.parametrize(
    ("deadline", "state", "values", "names"),
    [
        ("T3 2023", "planned", {}, ""),
        ("2023-Q3", None, {}, ""),
        (None, None, {}, ""),
        ("T4 2023", "planned", {}, "deadline"),
        ("T3 2023", "available", {}, "state"),
        ("T4 2023", "abandoned", {}, "deadline state"),
        # No deadline says something only where one is awaited.
        ("NA", "planned", {}, "deadline"),
        ("NA", None, {}, "deadline"),
        ("NA", "planned", {"deadline": None}, ""),
        ("NA", "available", {}, "state"),
        ("NA", "abandoned", {}, "state"),
        ("NA", None, {"opened_on": date(2021, 10, 1)}, ""),
        # A plan does not undo what has begun.
        *(("T3 2023", "planned", {"state": begun}, "") for begun in sorted(STARTED)),
        ("T3 2023", "planned", {"state": "not_available"}, "state"),
        ("T3 2023", "planned", {"state": "abandoned"}, "state"),
    ],
)
def test_a_line_differs_by_its_deadline_and_its_state(
    deadline: str | None, state: str | None, values: dict[str, Any], names: str
) -> None:
    due = parse(deadline) if deadline else None
    row = line(2, deadline=due, dated=deadline is not None, state=state)
    assert sorted(differences(row, entry("a", **values))) == names.split()


def test_the_deadline_in_force_and_the_one_announced_are_no_difference_in_any_spelling() -> None:
    values = {"title": {"fr": "x"}}
    history = [announced("2021-09-27", "T2 2023", "planned", values=values)]
    moved = spans_of(*history, due("2021-10-01", "2025-09-30"))[-1]
    for text in ("T2 2023", "T3 2025", "2025-09-30", "30/09/2025"):
        assert differences(line(2, deadline=parse(text)), moved) == {}, text
    for text in ("2025", "T4 2025", "S2 2025", "septembre 2025"):
        assert set(differences(line(2, deadline=parse(text)), moved)) == {"deadline"}, text


# Ministries

JUSTICE = Organization(
    "ministere-de-la-justice", Title(fr="Ministère de la Justice", en="Justice dept")
)
SPORT = Organization("sports", Title(fr="Ministère des Sports"))
COURT = Organization("cour", Title(fr="Cour de cassation"))
KNOWN = {row.slug: row for row in (JUSTICE, SPORT, COURT)}


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Ministère de la Justice", "ministere-de-la-justice"),
        ("MINISTERE DE\u00a0LA JUSTICE", "ministere-de-la-justice"),
        ("ministere-de-la-justice", "ministere-de-la-justice"),
        ("Justice dept", "ministere-de-la-justice"),
        ("Justice", "ministere-de-la-justice"),
        ("la Justice", "ministere-de-la-justice"),
        ("Sports", "sports"),
        ("Cour de cassation", "cour"),
        ("Culture", None),
        ("", None),
        ("Ministère", None),
    ],
)
def test_an_organisation_is_known_by_its_names_and_a_ministry_without_that_word(name, slug):
    assert organization_named(name, KNOWN) == slug


def test_a_name_that_two_organisations_have_names_neither():
    twin = Organization("autre", Title(fr="Ministère de la Justice"))
    assert organization_named("Ministère de la Justice", {**KNOWN, "autre": twin}) is None
    nameless = Organization("sans-nom", Title())
    assert organization_named("Ministère", {"sans-nom": nameless}) is None
