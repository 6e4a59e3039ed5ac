"""Which entry a line of an official table is about."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.commitments import Commitment
from app.domain.matching import Known, Line, Nearest, Pairing, differences, exact, pair, title_key
from app.domain.periods import parse
from app.domain.references import Organization, organization_named
from app.domain.states import STARTED
from app.domain.values import Title, folded, permanent_name
from tests.domain.histories import announced, as_of, due
from tests.domain.histories import folded as spans_of

DAY = "2022-01-01"


def entry(slug: str, title: str = "Décisions", /, **values: Any) -> Commitment:
    """An opening that a table announced for T3 2023."""
    titles = {"fr": title, "en": values.pop("english", None)}
    identity = {"title": titles, "publisher": "cour", "steward": "ministere", "rank": 1}
    claim = announced("2021-09-27", "T3 2023", "planned", commitment=slug, values=identity)
    return replace(as_of(DAY, [claim]), **values)


def known(slug: str, title: str = "Décisions", /, *, there: bool = True, **values: Any) -> Known:
    newest = entry(slug, title, **values)
    return Known(on_that_day=newest if there else None, newest=newest)


def line(row: int, title: str = "Décisions", **values: Any) -> Line:
    usual = {"type": "dataset", "deadline": parse("T3 2023"), "state": "planned", "rank": row}
    return Line(row=row, title=title, **{**usual, **values})


def paired(lines: list[Line], entries: list[Known]) -> Pairing:
    def belongs(line: Line, entry: Known) -> bool:
        return not line.ministry or line.ministry == entry.shown.steward

    return pair(lines, entries, belongs)


# Titles


def test_titles_are_compared_by_their_letters_and_digits_alone():
    assert folded("De\u0301ci-sions du\nConseil d’ État.") == folded("DÉCISIONS du Conseil d'Etat")
    assert folded("1re instance") != folded("2e instance")
    assert folded("???") != folded("!!!")


TWO = [known("a", rank=1), known("b", rank=2)]
DIFFERENT = {"state": "abandoned"}
NAMED = [known("decisions", "Un autre titre"), known("b", "B")]
RENAMED = Known(on_that_day=None, newest=entry("x", "Nouveau nom"), earlier=("Ancien nom",))
LATER = known("later", there=False)


@pytest.mark.parametrize(
    ("register", "lines", "pairs"),
    [
        # By title, in either language.
        ([known("a"), known("b", "Autre", english="Decisions, too")], [line(2)], {2: "a"}),
        ([known("b", "Autre", english="Decisions, too")], [line(2, "decisions too")], {2: "b"}),
        ([known("a")], [line(2, "Ailleurs")], {}),
        # Of several of one title, the one that says the same.
        (
            [known("a", state="available"), known("b"), known("c", type="api")],
            [line(2), line(3, state="available")],
            {2: "b", 3: "a"},
        ),
        # As many lines as entries that say the same, in order.
        (
            [known("c", rank=3), known("a", rank=1), known("b", rank=2), known("z", rank=None)],
            [line(2), line(3), line(4), line(5)],
            {2: "a", 3: "b", 4: "c", 5: "z"},
        ),
        # Spelling tells apart what letters do not.
        (
            [known("a", "Cour d’appel", rank=1), known("b", "Cour-d-appel", rank=2)],
            [line(2, "Cour-d-appel"), line(3, "Cour d’appel")],
            {2: "b", 3: "a"},
        ),
        # Then rank and type.
        (TWO, [line(9, rank=2, **DIFFERENT)], {9: "b"}),
        ([known("a", type="api"), known("b")], [line(9, type="api", **DIFFERENT)], {9: "a"}),
        ([known("a")], [line(2, type="source_code")], {2: "a"}),
        # Ministries tell entries of one title apart.
        (
            [known("a", steward="culture"), known("b", steward="justice")],
            [line(2, ministry="justice"), line(3, ministry="culture"), line(4, ministry="sport")],
            {2: "b", 3: "a"},
        ),
        # An entry that was not there on the day comes second, by whatever title it had since.
        ([LATER, known("then")], [line(2)], {2: "then"}),
        ([LATER], [line(2)], {2: "later"}),
        ([RENAMED], [line(2, "Ancien nom")], {2: "x"}),
        # An entry whose title has changed is found by its permanent name, unless it is taken.
        (NAMED, [line(2)], {2: "decisions"}),
        (NAMED, [line(2, "Un autre titre"), line(3)], {2: "decisions"}),
        (NAMED, [line(2, ministry="sport")], {}),
        ([known("m" * 100, "Un autre titre")], [line(2, "m" * 150)], {}),  # one cut short is none
    ],
)
def test_a_line_finds_its_entry(register: list[Known], lines: list[Line], pairs: dict[int, str]):
    pairing = paired(lines, register)
    assert {row: entry.slug for row, entry in pairing.known.items()} == pairs
    assert (pairing.ambiguous, pairing.repeats) == ({}, {})


def test_what_could_be_about_several_is_ambiguous():
    pairing = paired([line(9, **DIFFERENT)], TWO)
    assert pairing.known == {}
    assert [entry.slug for entry in pairing.ambiguous[9]] == ["a", "b"]
    both = [line(2, **DIFFERENT), line(3, state="available")]
    pairing = paired(both, [known("a", rank=9)])
    assert (pairing.known, sorted(pairing.ambiguous)) == ({}, [2, 3])


@pytest.mark.parametrize(
    ("second", "register", "repeats"),
    [
        ([line(3)], TWO[:1], {3: 2}),
        ([line(3)], [], {3: 2}),
        ([line(3), line(4, state="available")], [], {3: 2, 4: 2}),
        ([line(3, type="api")], [], {}),
        ([line(3, ministry="sport")], [], {}),
        # More than anyone writes.
        ([line(row) for row in range(3, 20_002)], TWO[:1], dict.fromkeys(range(3, 20_002), 2)),
    ],
)
def test_a_line_that_repeats_another_is_given_with_the_row_of_the_first(
    second: list[Line], register: list[Known], repeats: dict[int, int]
):
    assert paired([line(2), *second], register).repeats == repeats


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
):
    due = parse(deadline) if deadline else None
    row = line(2, deadline=due, dated=deadline is not None, state=state)
    assert sorted(differences(row, entry("a", **values))) == names.split()


def test_the_deadline_in_force_and_the_one_announced_are_no_difference_in_any_spelling():
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


# Numbers and signs of titles, and titles that are near


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Données de l’article L. 111-13", "Données de l’article L. 1111-3"),
        ("Données de l’article L. 111-13", "Données de l’article L. 11-113"),
        ("Données de l’article L. 111-13", "Données de l’article L. 11113"),
        ("Décret 2021-1276", "Décret 20211276"),
        ("Bibliothèque en C", "Bibliothèque en C++"),
        ("Bibliothèque en C", "Bibliothèque en C#"),
        ("Barème 1", "Barème 1 2"),
        ("Marchés > 10 %", "Marchés < 10 %"),
        *(("Marchés de 10 €", "Marchés de 10 %"), ("Bibliothèque en C", "Bibliothèque en C♯")),
    ],
)
def test_titles_whose_numbers_or_signs_differ_are_never_paired(title: str, other: str):
    for first, second in ((title, other), (other, title)):
        name = permanent_name(second)  # which has no signs
        assert paired([line(2, second)], [known(name, first)]).known == {}


def test_so_are_those_whose_roman_numbers_differ():
    for title, other in (("Livres I-II", "Livres III"), ("Titre I, V", "Titre IV")):
        assert paired([line(2, title)], [known("x", other)]).known == {}
    assert title_key("Archives ci-\nviles d’Iéna") == title_key("Archives ciViles d’Iéna")


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Données de l’article L. 111-13", "DONNEES DE L'ARTICLE L.111‑13"),
        ("Cours d’appel", "Cours d appel"),
        ("Logiciel en C++", "logiciel en c＋＋"),
    ],
)
def test_titles_are_paired_and_equal_but_for_what_is_typeset_at_will(title, other):
    assert paired([line(2, other)], [known("x", title)]).known[2].slug == "x"
    assert exact(title) == exact(other)


@pytest.mark.parametrize(
    "other", ["Décisions (de cour)", "Décisions, de cour", "Décisions de cour."]
)
def test_other_differences_are_more_than_that(other: str):
    assert title_key(other) == title_key("Décisions de cour")
    assert exact(other) != exact("Décisions de cour")


NEAR = "Décisions de justice de 1re instance en matière civile"


@pytest.mark.parametrize(
    "title",
    [
        "Décisions de justice de 1ère instance en matière civile",
        "Décisions de justice de première instance en matière civile",
        *(f"{NEAR} (1)", f"{NEAR}¹", f"{NEAR} [2]", f"{NEAR} *"),
        "Décision de justice de 1re instance en matière civile",
        "Decisions de justices de 1re instance en matiere civile",
        "Décisions de justice 1re instance civile",
    ],
)
def test_a_title_that_is_near_is_found(title: str):
    register = [entry("a", NEAR), entry("b", "Arrêts"), entry("c", "Décisions du Conseil d’État")]
    near = Nearest(register).to(title)
    assert near
    assert near.slug == "a"


def test_a_title_that_is_not_near_is_not_and_many_cost_little():
    register = [entry(str(n), f"Barème {n} des décisions") for n in range(60)]
    near = Nearest(register)
    assert near.to("Jugements") is None
    assert near.to("") is None
    nearest = near.to("Barèmes 17 des décisions")
    assert nearest
    assert nearest.slug == "17"
    assert Nearest([]).to("Jugements") is None
    arrest = Nearest([entry("b", "Arrêts")]).to("Arrêt")
    assert arrest
    assert arrest.slug == "b"
