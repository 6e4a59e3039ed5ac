"""Tables as people make them: what they see is read alike of XLSX and ODS, as LibreOffice saves."""

from datetime import date
from pathlib import Path

import xlsxwriter

from app.formats import cells
from tests.office.libreoffice import converted

DAY = date(2026, 6, 1)
FORMATS = {"mmm-yy": "2026-06", "yyyy": "2026", "d mmmm": "--06-01", "dd/mm/yyyy": "2026-06-01"}
MARKS = [
    (cells.HIDDEN_COLUMN, None, 2),
    (cells.HIDDEN_ROW, 6, None),
    (cells.STRUCK, 7, 0),
    (cells.ERROR, 8, 0),
    (cells.HIDDEN_ROW, 12, None),
    (cells.STRUCK, 13, 0),
]


def table(file: Path) -> None:
    """A table with a day in each format, and one of each thing that is not seen as it is."""
    with xlsxwriter.Workbook(file) as book:
        sheet, struck = book.add_worksheet("T"), book.add_format({"font_strikeout": True})
        for number, code in enumerate(FORMATS):
            sheet.write_datetime(number, 0, DAY, book.add_format({"num_format": code}))
        sheet.write(4, 0, "seen", None)
        sheet.write_comment(4, 0, "not a part of it")
        sheet.write(5, 0, "filtered out")
        sheet.set_row(5, None, None, {"hidden": True})
        sheet.write(6, 0, "struck", struck)
        sheet.write_formula(7, 0, "=NA()", None, "#N/A")
        sheet.write_formula(8, 0, '="T"&"4 2026"', None, "T4 2026")
        sheet.merge_range(9, 0, 10, 0, "T1 2027")
        sheet.write(10, 1, "beside")
        sheet.write(11, 0, "folded")
        sheet.set_row(11, None, None, {"level": 1, "hidden": True})
        sheet.write_rich_string(12, 0, "T2 ", struck, "2027", " 2028")
        sheet.set_row(12, None, None, {"collapsed": True})
        sheet.set_column(2, 2, None, None, {"hidden": True})


def test_what_is_seen_is_read_alike_of_every_workbook(tmp_path: Path) -> None:
    file = tmp_path / "table.xlsx"
    table(file)
    document = converted(file, "ods")
    again = converted(document, "xlsx")
    rows = [*FORMATS.values(), "seen", "filtered out", "struck", "", "T4 2026", *["T1 2027"] * 2]
    rows += ["folded", "T2 2027 2028"]
    for each in (file, document, again):
        (sheet,) = cells.opened(each.read_bytes())
        assert sheet.marks == MARKS, each
        assert [row[0] for row in sheet.rows] == rows, each
