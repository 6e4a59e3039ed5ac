"""The official table: as the annex has it, and read back however typeset, cut or misspelt."""

from dataclasses import replace
from datetime import date
from typing import Any

import frictionless
import pytest

from app.domain import comparison
from app.domain.comparison import Table
from app.domain.matching import Line
from app.domain.periods import parse
from app.formats import official, table
from app.register import seed
from tests.domain.histories import as_of
from tests.formats.files import FORMATS, HEADINGS, as_csv, as_ods, as_xlsx
from tests.formats.records import CONTEXT, TODAY, history
from tests.formats.test_cells import STRIKES, row, text, xlsx
from tests.seeded import ANNEXED

ANNEX = (seed.FOLDER / "annexe-4-openings.csv").read_bytes()
ROW = ("Décisions de la cour", "Données", "Nouvelle ouverture", "T3 2021", "Planifié")


def read(*rows: Any, headings: Any = HEADINGS, **how: Any) -> Table:
    return official.read(as_csv([headings, *rows], **how))


def line(*cells: Any, headings: Any = HEADINGS) -> Line:
    result = read(cells, headings=headings)
    assert [item.code for item in result.findings if item.severity == "error"] == []
    return result.lines[0]


def codes(result: Table) -> list[tuple[str, int | None, str | None]]:
    return [(item.code, item.row, item.column) for item in result.findings]


# Out


@pytest.mark.parametrize(
    ("deadline", "shown"),
    [
        ("2022-01-01", "T1 2022"),
        ("décembre 2023", "T4 2023"),
        ("T4 2025", "T4 2025"),
        ("S1 2022", "T2 2022"),
        ("2024", "T4 2024"),
        (None, "NA"),
    ],
)
def test_any_deadline_is_told_by_the_quarter_of_its_last_day(deadline, shown):
    assert official.row(as_of(TODAY, history("1", deadline=deadline)))[3] == shown


def test_the_sheet_has_the_headings_to_the_letter_and_ends_lines_as_the_annex_does():
    made = official.sheet([as_of(TODAY, history("1", deadline="2023-06-30"))])
    body = b"".join(table.csv(made))
    assert body.split(b"\n")[0] == ANNEX.split(b"\n")[0]
    assert b"\r" not in body
    assert body.endswith(b"Planifi\xc3\xa9\n")


def test_the_union_has_the_ministry_of_each_row_and_keeps_to_its_schema(tmp_path) -> None:
    made = [as_of(TODAY, history(str(number), deadline="2023-06-30")) for number in range(3)]
    made[1] = replace(made[1], announcement=None, deadline=None)
    body = b"".join(table.csv(official.union(made, CONTEXT)))
    assert body.split(b"\n")[0] == ANNEX.split(b"\n")[0] + ",Ministère".encode()
    (tmp_path / "union.csv").write_bytes(body)
    schema = frictionless.Schema.from_descriptor(official.schema())
    described: Any = {"path": "union.csv", "basepath": str(tmp_path), "schema": schema}
    assert frictionless.Resource(**described).validate().valid
    assert {item.ministry for item in official.read(body).lines} == {"Ministère de la Justice"}
    (tmp_path / "union.csv").write_bytes(body.replace("Planifié".encode(), b"?"))
    assert not frictionless.Resource(**described).validate().valid


# In: as it should be


@pytest.mark.parametrize("kind", FORMATS)
def test_the_annex_is_read_from_every_format(kind):
    rows = list(ANNEXED)
    result = official.read(FORMATS[kind]([HEADINGS, *rows]))
    assert (result.format, result.heading_row, result.rows, result.findings) == (kind, 1, 11, ())
    assert [item.rank for item in result.lines] == list(range(1, 12))
    assert [item.row for item in result.lines] == list(range(2, 13))
    assert result.lines[3] == Line(
        row=5,
        rank=4,
        title="Décisions de justice des Cours d’appel en matière civile, sociale et commerciale "
        "(JuriCA)",
        type="dataset",
        announcement="new",
        deadline=parse("T2 2022"),
        state="planned",
        label="Planifié",
    )


def test_a_row_may_have_an_empty_deadline_announcement_and_state():
    item = line("Décisions", "API", "", "", "")
    assert (item.type, item.announcement, item.state) == ("api", None, None)
    assert (item.deadline, item.dated) == (None, False)
    assert line("Décisions", "API", "", "NA", "").dated


# In: as it comes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_any_csv_is_taken_and_what_was_guessed_is_told(delimiter, encoding):
    result = read(ROW, delimiter=delimiter, encoding=encoding, newline="\r\n")
    assert result.lines == (line(*ROW),)
    assert (result.delimiter, result.encoding) == (delimiter, encoding)
    guessed = encoding == "windows-1252"
    assert codes(result) == ([("read-as-windows-1252", None, None)] if guessed else [])


CUT = (
    "Données, API, Codes\nsources concernés",
    "DONNEES, API OU\u00a0CODE SOURCE",
    "Type d’annonce (nouvelles ouver-\nture, poursuite d’une ouverture)",
    "Échéance\r\nannoncée par  les ministères",
    "État d’avan-\ncement",
)


def test_headings_are_known_however_they_are_cut_and_spelt():
    assert line(*ROW, headings=CUT) == line(*ROW)
    short = ("Données, API, Code source concerné", "Donnée, API ou codes sources", "Type d'annonce")
    assert line(*ROW, headings=(*short, "Échéance", "ÉTAT D’AVANCEMENT")) == line(*ROW)


def test_titles_may_stand_above_the_headings_and_headings_again_below():
    above: Any = (["Annexe 4 – Ouvertures"], [], ["Ministère de la Justice", "", "2021"])
    body = as_csv([*above, HEADINGS, ROW, [], CUT, ROW])
    result = official.read(body)
    assert (result.heading_row, result.rows, result.findings) == (4, 2, ())
    assert [(item.row, item.rank) for item in result.lines] == [(5, 1), (8, 2)]


def test_the_first_sheet_that_has_the_headings_is_read():
    for write in (as_xlsx, as_ods):
        result = official.read(write([HEADINGS, ROW], [["Lisez-moi"]], [["x"], ["y"]]))
        assert result.sheet
        assert result.sheet.endswith("3")
        assert result.lines == (line(*ROW),)


def test_another_sheet_that_has_rows_of_a_table_is_named_and_not_read():
    aside = [["Lisez-moi"], ["Planifié", "3"], ["Données", "12"]]
    for write in (as_xlsx, as_ods):
        for sheets, number in (
            (([HEADINGS, ROW], aside, [HEADINGS, ROW, ROW]), "3"),
            (([HEADINGS, ROW, ROW], [["", "", ""], ROW]), "1"),
            (([ROW], [HEADINGS, ROW, ROW]), "2"),
            (([HEADINGS, ROW, ROW], [["Barème", "", "API", "T2 2023", "Planifié"]], aside), "1"),
        ):
            result = official.read(write(*sheets))
            assert codes(result) == [("other-sheet", None, None)]
            assert result.findings[0].why.facts["name"][-1] == number


def test_so_is_a_hidden_one_which_is_never_read() -> None:
    table: Any = [HEADINGS, ROW]
    result = official.read(as_xlsx(table, table, hidden=True))
    assert (codes(result), result.lines) == ([("other-sheet", None, None)], (line(*ROW),))
    alone = official.read(as_xlsx([["Lisez-moi"]], table, hidden=True))
    assert [code for code, _, _ in codes(alone)] == ["no-headings", "other-sheet"]
    assert "hidden" in alone.findings[1].why.english


def test_the_sheet_that_lacks_a_heading_is_not_another_one() -> None:
    result = official.read(as_ods([HEADINGS[:-1], ROW], [["Lisez-moi"]]))
    assert [code for code, _, _ in codes(result)] == ["missing-heading"]


def fill(place: int, inner: str) -> str:
    """A row of the table in XLSX of which one cell is another."""
    cells = [text(cell) for cell in ROW]
    return row(*map(text, HEADINGS)) + row(*cells[:place], inner, *cells[place + 1 :])


@pytest.mark.parametrize("place", range(5))
def test_a_cell_in_error_or_never_computed_stops_an_import_in_any_column(place):
    for inner, code in (
        ('<c t="e"><v>#N/A</v></c>', "cell-in-error"),
        ("<c><f>A1</f></c>", "never-computed"),
    ):
        result = official.read(xlsx(fill(place, inner)))
        assert (codes(result), result.lines) == ([(code, 2, HEADINGS[place])], ())
    struck = official.read(xlsx(fill(place, text(ROW[place], 1)), styles=STRIKES))
    assert codes(struck) == [("struck-through", 2, HEADINGS[place])]
    for spelt in ("#N/A", "#REF!", "#CHAMP!", "#NOM ?", "#¿NOMBRE?", "Err:502", "#####"):
        typed = read((*ROW[:place], spelt, *ROW[place + 1 :]))
        assert ("cell-in-error", 2, HEADINGS[place]) in codes(typed)
        assert typed.lines == ()


def test_so_does_one_that_is_not_read_and_one_above_the_headings_does_not():
    fault, fine = '<c t="e"><v>#N/A</v></c>', [text(cell) for cell in ROW]
    headings = [*map(text, HEADINGS), text("Retard")]
    named = official.read(xlsx(row(fault) + row(*headings) + row(*fine, fault)))
    assert codes(named)[-1] == ("cell-in-error", 3, "Retard")
    nameless = official.read(xlsx(row(*headings[:5]) + row(*fine, fault)))
    assert codes(nameless)[-1] == ("cell-in-error", 2, "6")


def test_what_a_workbook_hides_stops_an_import_where_it_is_read():
    rows = row(*map(text, HEADINGS)) + row(*map(text, ROW), hidden=1)
    assert codes(official.read(xlsx(rows))) == [("hidden-row", 2, None)]
    rows = row(*map(text, (*HEADINGS, "Note"))) + row(*map(text, ROW), text("x", style=1))
    for place, expected in ((4, [("hidden-column", 1, HEADINGS[3])]), (6, [])):
        hidden = f'<cols><col min="{place}" max="{place}" hidden="1"/></cols>'
        result = official.read(xlsx(rows, styles=STRIKES, around=(hidden, "")))
        assert [each for each in codes(result) if each[0] != "ignored-column"] == expected


def test_a_month_that_is_shown_as_one_is_a_month():
    styles = '<cellXfs><xf numFmtId="17"/></cellXfs>'
    dated = row(*map(text, HEADINGS)) + row(*map(text, ROW)).replace(
        text("T3 2021"), "<c><v>46174</v></c>"
    )
    (item,) = official.read(xlsx(dated, styles=styles)).lines
    assert item.deadline == parse("juin 2026")
    result = official.read(xlsx(dated, styles=styles.replace("17", "16")))
    assert codes(result) == [("unknown-period", 2, HEADINGS[3])]


@pytest.mark.parametrize(
    ("title", "warned"),
    [
        *(("D?cisions de justice", True), ("Donn?es de l?article", True), ("DÃ©cisions", True)),
        *(("Ã‰tats", True), ("Å“uvres", True), ("DÚcisions", True), ("D‚cisions", True)),
        *(("D&eacute;cisions", True), ("l&#39;article", True), ("D\\u00e9cisions", True)),
        *(("R&D; essais", False), ("Ça, là", False), ("Âge×10", False)),
        *(("Qui ? Quoi ?", False), ("Où ?", False), ("Âge des écoles", False)),
        ("l’enquête «\u00a0Quoi?\u00a0»", False),
    ],
)
def test_letters_that_seem_lost_are_told(title, warned):
    warnings = codes(read((title, *ROW[1:])))
    assert warnings == ([("letters-lost", 2, HEADINGS[0])] if warned else [])


def test_the_ministry_of_a_row_that_cannot_be_read_is_known():
    headings = (*HEADINGS, "Ministère")
    result = read(
        (*ROW[:4], "?", "Intérieur"), (*ROW[:4], "?", ""), (*ROW, "Justice"), headings=headings
    )
    assert (result.unread, len(result.lines)) == ({2: "Intérieur"}, 1)


def test_columns_may_come_in_any_order_and_others_are_told():
    headings = ("N°", *reversed(HEADINGS), "Commentaire", "", "Ministère")
    row = ("1", *reversed(ROW), "bientôt", "?", "Justice")
    result = read(row, headings=headings)
    assert result.lines[0].ministry == "Justice"
    assert codes(result) == [
        ("ignored-column", 1, "N°"),
        ("ignored-column", 1, "Commentaire"),
        ("ignored-column", 2, None),
    ]
    assert read(("", *ROW), headings=("", *HEADINGS)).findings == ()
    assert line(*ROW).ministry is None
    assert line(*ROW, "", headings=(*HEADINGS, "Ministère de tutelle")).ministry == ""


WORDS: dict[str, tuple[str, ...]] = {
    "planned": (
        *("Planifié", "PLANIFIE", "Planifi\u00e9e", "Planifie\u0301", "Ouverture à enclencher"),
    ),
    "not_available": ("Ouverture demandée", "Non\u202fdisponible", "À l’étude", "Indisponible"),
    "in_progress": ("En cours", "En cours d'ouver-\nture", "En cours d’ouverture"),
    "partially_available": (
        *("Partiellement disponible", "Disponibilité partielle"),
        *("Mise à jour demandée", "MISE À JOUR\nDEMANDEE", "Mise à jour en cours"),
    ),
    "available": (
        *("Disponible", "Disponible sur\ndata.gouv.fr", "Ouverture réalisée", "Déjà réalisé"),
        *("Réalisé", "Déjà disponible", "Publiée", "En ligne"),
    ),
    "suspended": ("A l'arret", "À l’arrêt"),
    "abandoned": ("Abandonné",),
    "withdrawn": ("Retiré",),
}


@pytest.mark.parametrize(("key", "text"), [(key, text) for key in WORDS for text in WORDS[key]])
def test_each_word_of_a_state_is_known_and_kept_as_it_was_read(key, text):
    item = line(*ROW[:4], text)
    assert (item.state, item.label) == (key, official._cell([text], 0))


@pytest.mark.parametrize(
    ("name", "place", "text", "key"),
    [
        ("type", 1, "données", "dataset"),
        ("type", 1, "API", "api"),
        ("type", 1, "Codes sources", "source_code"),
        ("announcement", 2, "Nouvelles ouvertures", "new"),
        ("announcement", 2, "Poursuite d’une\nouverture", "continued"),
    ],
)
def test_each_word_of_a_type_and_an_announcement_is_known(name, place, text, key):
    assert getattr(line(*ROW[:place], text, *ROW[place + 1 :]), name) == key


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("3e trimestre\n2021", "3e trimestre 2021"),
        ("T3\u00a02021", "T3 2021"),
        ("30/06/2023", "30/06/2023"),
        (2023, "2023"),
        (date(2023, 6, 30), "2023-06-30"),
    ],
)
@pytest.mark.parametrize("kind", FORMATS)
def test_a_deadline_is_read_in_any_spelling_and_its_label_kept(kind, written, label):
    result = official.read(FORMATS[kind]([HEADINGS, (*ROW[:3], written, ROW[4])]))
    assert result.findings == ()
    (item,) = result.lines
    assert item.deadline == parse(label)
    assert item.deadline is not None
    assert item.deadline.label == label


def test_a_title_is_put_in_one_line():
    assert line("Décisions de 1re ins-\ntance  en\nmatière civile", *ROW[1:]).title == (
        "Décisions de 1re ins-tance en matière civile"
    )
    assert line("Coopération sous\u00adpréfectures\u200b", *ROW[1:]).title == (
        "Coopération souspréfectures"
    )


def test_the_apostrophe_that_defuses_a_cell_is_taken_away_again():
    assert line("'=somme(A1)", *ROW[1:]).title == "=somme(A1)"
    assert line("'Décisions'", *ROW[1:]).title == "'Décisions'"
    result = official.read(as_xlsx([HEADINGS, ("'=somme(A1)", *ROW[1:])]))
    assert result.lines[0].title == "'=somme(A1)"


# Findings


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("", *ROW[1:]), [("empty-cell", 2, HEADINGS[0])]),
        (("x" * 301, *ROW[1:]), [("too-long", 2, HEADINGS[0])]),
        (("a\u0085\x16b", *ROW[1:]), [("unprintable", 2, HEADINGS[0])]),
        (("a\u202eb", *ROW[1:]), [("unprintable", 2, HEADINGS[0])]),
        ((ROW[0], "", *ROW[2:]), [("empty-cell", 2, HEADINGS[1])]),
        ((ROW[0], "Donées", *ROW[2:]), [("unknown-type", 2, HEADINGS[1])]),
        ((*ROW[:2], "Bientôt", *ROW[3:]), [("unknown-announcement", 2, HEADINGS[2])]),
        ((*ROW[:3], "bientôt", ROW[4]), [("unknown-period", 2, HEADINGS[3])]),
        ((*ROW[:3], "31/02/2023", ROW[4]), [("unknown-period", 2, HEADINGS[3])]),
        ((*ROW[:3], "44926", ROW[4]), [("unknown-period", 2, HEADINGS[3])]),
        ((*ROW[:3], "01/06/2023", ROW[4]), [("first-of-month", 2, HEADINGS[3])]),
        ((*ROW[:4], "Planfié"), [("unknown-state", 2, HEADINGS[4])]),
        (("D\ufffdcisions", *ROW[1:]), [("unprintable", 2, HEADINGS[0])]),
        (
            ("", "x", "y", "z", "w"),
            [
                ("empty-cell", 2, HEADINGS[0]),
                ("unknown-type", 2, HEADINGS[1]),
                ("unknown-announcement", 2, HEADINGS[2]),
                ("unknown-state", 2, HEADINGS[4]),
                ("unknown-period", 2, HEADINGS[3]),
            ],
        ),
    ],
)
def test_every_fault_of_a_row_is_found_at_once_with_its_column(row, expected):
    result = read(row)
    assert codes(result) == expected
    assert all(item.why.english for item in result.findings)
    stopped = any(item.severity == "error" for item in result.findings)
    assert len(result.lines) == (0 if stopped else 1)
    assert result.rows == 1


def test_a_table_of_faults_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(comparison, "MOST_FAULTS", 2)
    result = read(*[(*ROW[:4], "?")] * 2, ROW, *[(*ROW[:4], "?")] * 9)
    assert codes(result)[-1] == ("too-many-faults", None, None)
    assert (len(result.findings), result.rows) == (4, 4)


def test_a_word_that_is_nearly_known_is_told():
    (item,) = read((*ROW[:4], "Planfié")).findings
    assert item.why.english == "There is no “Planfié”. Did you mean “Planifié”?"
    (other,) = read((*ROW[:2], "\u200eVrai", *ROW[3:])).findings
    known = ["Nouvelle ouverture", "Poursuite d'une ouverture"]
    assert other.why.facts == {"word": "\ufffdVrai", "near": "", "known": known}


def test_headings_that_are_not_there_or_there_twice_are_named():
    missing = read(ROW[:4], headings=HEADINGS[:4])
    assert codes(missing) == [("missing-heading", 1, HEADINGS[4])]
    twice = read((*ROW, "x"), headings=(*HEADINGS, "État d’avancement"))
    assert codes(twice) == [("repeated-heading", 1, HEADINGS[4])]
    item = official.read(as_csv([["Ministère"], ["Justice"]]))
    assert codes(item) == [("no-headings", None, None)]
    assert codes(official.read(b"nothing of the kind")) == [("no-headings", None, None)]
    assert codes(official.read(as_xlsx([["x"]]))) == [("no-headings", None, None)]


def test_headings_alone_are_a_table_without_rows():
    result = read()
    assert codes(result) == [("no-rows", None, None)]
    assert (result.rows, result.lines) == (0, ())


def test_what_is_wrong_with_a_file_is_a_finding_too():
    assert codes(official.read(b"")) == [("empty-file", None, None)]
    assert codes(official.read(b",".join([b"x"] * 300))) == [("too-many-columns", 1, None)]
    broken = read(ROW) and official.read(as_csv([HEADINGS, ROW]) + b'"a"b\n')
    assert codes(broken) == [("broken-quotes", 3, None)]
    assert len(broken.lines) == 1
