"""Every spreadsheet of the register, opened with LibreOffice as its users open it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.domain.commitments import Commitment
from app.domain.rows import row_of
from app.domain.search import Export
from app.domain.values import Words
from app.formats import BY_SUFFIX, LAYOUTS, table
from app.formats.table import Row, Sheet
from tests.entries import redescribed
from tests.formats import records
from tests.formats.records import CONTEXT
from tests.formats.test_table import RISKY
from tests.formats.test_workbook import TEXTS
from tests.office.libreoffice import Cell, opened

WORKBOOKS = ("xlsx", "ods")
AS_EXCEL = "CSV:59,34,76,1,,0,false,true,false,false,false,-1,true"
"""Semicolons and UTF-8; numbers are looked for, and what looks like a formula is run."""

WITH_COMMAS = AS_EXCEL.replace(":59,", ":44,")
EVERY = [make() for make in records.EVERY]


def taken(folder: Path, suffix: str, export: Export, entries: Iterable[Commitment]) -> Path:
    """A whole list, as a file that someone downloaded."""
    whole = BY_SUFFIX[suffix].whole
    assert whole
    file = folder / f"list.{suffix}"
    file.write_bytes(b"".join(whole(map(row_of, entries), export, CONTEXT)))
    return file


def seen(cell: object) -> tuple[str, str]:
    """The type and the value of a cell, as LibreOffice must see it."""
    match cell:
        case None | "":
            return "", ""
        case bool():
            return "boolean", str(cell).lower()
        case datetime():
            return "date", cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        case date():
            return "date", cell.isoformat()
        case int():
            return "float", str(cell)
    return "string", str(cell)


def rows_of(sheet: Sheet) -> list[Row]:
    """The header and the rows that a layout makes."""
    return [sheet.header, *sheet.rows]


def shown(cells: list[Cell], count: int) -> list[tuple[str, str]]:
    """The type and the value of each cell of a row. A boolean of XLSX is one with a formula."""
    pairs = [
        ("boolean", str(cell.formula == "of:=TRUE()").lower())
        if cell.formula in ("of:=TRUE()", "of:=FALSE()")
        else (cell.kind, cell.value)
        for cell in cells
    ]
    return pairs + [("", "")] * (count - len(pairs))


@pytest.mark.parametrize("suffix", WORKBOOKS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_libreoffice_sees_every_cell_of_a_workbook_with_its_type(
    tmp_path: Path, suffix: str, layout: str
):
    export = Export(labels="fr", layout=layout)
    made = rows_of(LAYOUTS[layout](map(row_of, EVERY), export, CONTEXT))
    sheets = opened(taken(tmp_path, suffix, export, EVERY))
    first, second = sheets.values()
    assert [shown(row, len(made[0])) for row in first] == [list(map(seen, row)) for row in made]
    values = {row[0].text: row[1] for row in second[1:]}
    day = values["Jour de la réponse"]
    assert (day.kind, day.value) == ("date", "2026-11-23")
    assert {cell.formula for row in (*first, *second) for cell in row} <= {
        "",
        "of:=TRUE()",
        "of:=FALSE()",
    }


@pytest.mark.parametrize("layout", LAYOUTS)
def test_libreoffice_sees_every_cell_of_a_csv_for_spreadsheets(tmp_path: Path, layout: str):
    export = Export(labels="fr", layout=layout, spreadsheet=True)
    made = rows_of(LAYOUTS[layout](map(row_of, EVERY), export, CONTEXT))
    [sheet] = opened(taken(tmp_path, "csv", export, EVERY), AS_EXCEL).values()
    assert [cell.text for cell in sheet[0]] == list(made[0])
    assert len(sheet) == len(made)
    for row, given in zip(sheet[1:], made[1:], strict=True):
        assert [cell for cell in row if cell.formula] == []
        for cell, content in zip(row, given, strict=False):
            kind, value = seen(content)
            if kind == "float":
                assert (cell.kind, cell.value) == (kind, value)
            elif kind == "string":
                assert cell.text == content


def hostile(texts: Iterable[str]) -> list[Commitment]:
    """Openings whose titles are these texts."""
    return [
        replace(
            redescribed(records.moved(), title=Words.of(fr=text, en=text)),
            slug=f"hostile-{number}",
            slip_days=-30,
        )
        for number, text in enumerate(texts)
    ]


def titles(rows: list[list[Cell]]) -> list[tuple[Cell, Cell]]:
    """The French title and the slip of each row."""
    header = [cell.text for cell in rows[0]]
    title, slip = header.index("title_fr"), header.index("slip_days")
    return [(row[title], row[slip]) for row in rows[1:]]


@pytest.mark.parametrize("suffix", WORKBOOKS)
def test_a_text_of_a_workbook_is_the_text_whatever_it_looks_like(tmp_path: Path, suffix: str):
    texts = [*TEXTS, *(text for text in RISKY if text.isprintable())]
    rows = titles(opened(taken(tmp_path, suffix, Export(), hostile(texts)))["openings"])
    assert [(title.kind, title.text, title.formula) for title, _ in rows] == [
        ("string", text, "") for text in texts
    ]
    assert {(slip.kind, slip.value) for _, slip in rows} == {("float", "-30")}


def test_a_text_of_a_csv_for_spreadsheets_is_never_run(tmp_path: Path):
    export = Export(spreadsheet=True)
    [sheet] = opened(taken(tmp_path, "csv", export, hostile(RISKY)), AS_EXCEL).values()
    shown = [(title.text.lstrip("'").strip(), title.formula) for title, _ in titles(sheet)]
    assert [formula for _, formula in shown] == [""] * len(RISKY)
    assert {(slip.kind, slip.value) for _, slip in titles(sheet)} == {("float", "-30")}


def test_the_faithful_csv_would_be_run(tmp_path: Path):
    """That the tests above can fail: LibreOffice runs what was not defused."""
    file = tmp_path / "list.csv"
    rows: list[Row] = [("=1+1", 1)]
    file.write_bytes(b"".join(table.csv(Sheet("Table", ("name", "value"), iter(rows)))))
    [sheet] = opened(file, WITH_COMMAS).values()
    assert (sheet[1][0].formula, sheet[1][0].value) == ("of:=1+1", "2")
