"""Tables as CSV, read back by the standard library’s reader."""

import csv
import io
from collections.abc import Sequence

import pytest

from app.formats import table
from app.formats.table import LONGEST, Row, Sheet

HEADER = ("name", "days")


def sheet(*rows: Row, header: tuple[str, ...] = HEADER, newline: str = "\r\n") -> Sheet:
    """A small table."""
    return Sheet("Table", header, iter(rows), newline=newline)


def written(*rows: Row, spreadsheet: bool = False, newline: str = "\r\n") -> bytes:
    """A small table as CSV."""
    return b"".join(table.csv(sheet(*rows, newline=newline), spreadsheet=spreadsheet))


def read(body: bytes, delimiter: str = ",", encoding: str = "utf-8") -> list[list[str]]:
    """The cells of a CSV, its header left out."""
    lines = io.StringIO(body.decode(encoding), newline="")
    header, *rows = csv.reader(lines, delimiter=delimiter, strict=True)
    assert header == list(HEADER)
    return rows


def through(text: str, *, spreadsheet: bool = False) -> str:
    """A text, put into a CSV and read back."""
    body = written((text, 1), spreadsheet=spreadsheet)
    mode = (";", "utf-8-sig") if spreadsheet else (",", "utf-8")
    [[cell, _]] = read(body, *mode)
    return cell


def test_a_table_is_lines_of_cells_that_commas_part() -> None:
    assert written(("été", 5), ("b", None)) == "name,days\r\nété,5\r\nb,\r\n".encode()


def test_a_table_without_rows_is_its_header() -> None:
    assert written() == b"name,days\r\n"
    assert written(spreadsheet=True) == b"\xef\xbb\xbfname;days\r\n"


@pytest.mark.parametrize(("cell", "text"), [(None, ""), ("", ""), (-365, "-365")])
def test_a_cell_is_spelled_by_its_type(cell: table.Cell, text: str) -> None:
    for spreadsheet, mode in ((False, (",", "utf-8")), (True, (";", "utf-8-sig"))):
        assert read(written(("x", cell), spreadsheet=spreadsheet), *mode) == [["x", text]]


AWKWARD: Sequence[str] = (
    'a "quoted" word',
    "a, b; c\td",
    "two\nlines",
    "two\r\nlines",
    "a lone\rreturn",
    " spaces around ",
    "\x00\x01\x1f\x7f\x85",
    "\u2028\ufffe\uffff",
    "\u202eright to left \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "👩\u200d⚖️ emoji",
    "x" * 100_000,
)


@pytest.mark.parametrize("text", AWKWARD, ids=ascii)
def test_a_text_comes_back_to_the_letter(text: str) -> None:
    assert through(text) == text
    assert read(written((text, 1), newline="\n")) == [[text, "1"]]


def test_a_line_may_end_otherwise() -> None:
    assert written(("a\r\nb", 1), newline="\n") == b'name,days\n"a\r\nb",1\n'


def test_a_fraction_has_a_comma_where_semicolons_part_cells() -> None:
    body = written(("x", 1599.5), spreadsheet=True)
    assert read(body, ";", "utf-8-sig") == [["x", "1599,5"]]


def test_a_lone_surrogate_is_replaced_and_stops_nothing() -> None:
    assert through("a\ud800b\udfff") == "a\ufffdb\ufffd"


RISKY = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\tx",
    "\rx",
    "\nx",
    "  =1",
    "\u00a0=1",
    "\u3000-1",
    "\ufeff=1",
    "\u200b@x",
    "\x01=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "﹣1",
    "⁼1",
    '=HYPERLINK("https://x.example/";"y")',
    "=cmd|' /C calc'!A0",
)


@pytest.mark.parametrize("text", RISKY, ids=ascii)
def test_a_text_that_excel_might_run_is_defused_for_excel_alone(text: str) -> None:
    assert through(text) == text
    assert through(text, spreadsheet=True) == f"'{text}"


@pytest.mark.parametrize("text", ["a=1", "1-2", "'=1", "", "é", "…", "‑1", "  ", "2023/2025 +823"])
def test_a_text_that_excel_would_not_run_is_left_as_it_is(text: str) -> None:
    assert through(text, spreadsheet=True) == text


@pytest.mark.parametrize("longer", ["x" * (LONGEST + 1), "=" + "x" * LONGEST, "😀" * 20_000])
def test_for_excel_no_text_is_longer_than_a_cell(longer: str) -> None:
    cell = through(longer, spreadsheet=True)
    assert len(cell.encode("utf-16-le")) // 2 in (LONGEST, LONGEST - 1)
    assert longer.startswith(cell.removeprefix("'")[:-1])
    assert cell.endswith("…")


@pytest.mark.parametrize("text", ["x" * LONGEST, "😀" * (LONGEST // 2)])
def test_a_text_that_fills_a_cell_is_whole(text: str) -> None:
    assert through(text, spreadsheet=True) == text


def test_a_long_table_leaves_in_pieces_while_its_rows_are_made() -> None:
    asked: list[int] = []

    def rows():
        for number in range(20_000):
            asked.append(number)
            yield (f"name {number}", number)

    pieces = table.csv(Sheet("Table", HEADER, rows()))
    first = next(pieces)
    assert len(asked) < table.A_PIECE
    assert read(first + b"".join(pieces)) == [[f"name {n}", str(n)] for n in asked]
