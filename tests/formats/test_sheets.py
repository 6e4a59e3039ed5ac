"""Files as grids of texts; and every file that is no table, refused before it costs anything."""

import csv
import resource
import struct
from datetime import date

import pytest

from app.domain.errors import Unavailable
from app.formats import cells as workbooks
from app.formats import official, sheets
from app.formats.cells import MOST_ROWS, MOST_SHEETS, Sheet, Unopened
from app.formats.sheets import MOST_BYTES, tables
from tests.formats.files import as_csv, as_ods, as_xlsx, repacked

SMALL = as_xlsx([["a", "b"], ["c", "d"]])


def first(body: bytes) -> Sheet:
    return next(tables(body))


def cells(body: bytes) -> list[list[str]]:
    return [list(row) for row in first(body).rows]


def fault_of(body: bytes) -> str:
    """The code of what is wrong with a file, before or while it is read."""
    try:
        fault = first(body).fault
    except Unopened as raised:
        fault = raised
    assert fault, "nothing was found wrong"
    return fault.code


# What is read


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_a_csv_is_read_in_every_encoding_and_with_any_line_ends(newline, encoding) -> None:
    rows = [["é", "à côté"], ["l’œuvre", "a,b"], ["deux\nlignes", "«»"]]
    grid = first(as_csv(rows, newline=newline, encoding=encoding))
    assert (grid.rows, grid.encoding, grid.delimiter) == (rows, encoding, ",")


LATIN = "¼uvres des greffes, cœur".replace("œ", "½").encode("latin-1")


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("iso-8859-15", LATIN, "Œuvres des greffes, cœur"),
        ("ISO-8859-1", b"\x8cuvre", "Œuvre"),
        ("latin1", b"\x80", "€"),
        ("windows-1252", b"\xe9", "é"),
        ("macintosh", b"\x8e", "é"),
        ("cp850", b"\x82", "é"),
        ("utf-8", "é".encode(), "é"),
        ("utf-16le", "é".encode("utf-16-le"), "é"),
        # A byte order mark is of the file itself.
        ("iso-8859-15", "\ufeffé".encode(), "é"),
    ],
)
def test_a_csv_is_read_in_the_charset_that_its_sender_names(charset, body, text) -> None:
    grid = next(tables(body, charset))
    assert ("".join(",".join(row) for row in grid.rows), grid.guessed) == (text, False)


@pytest.mark.parametrize(
    ("charset", "body"),
    [("utf-8", b"\xe9"), ("us-ascii", "é".encode()), ("utf-16", b"abc"), ("klingon", b"a")]
    + [(name, b"a") for name in ("punycode", "idna", "rot13", "unicode_escape", "base64")],
)
def test_a_charset_that_does_not_fit_is_refused(charset: str, body: bytes) -> None:
    with pytest.raises(Unopened) as refused:
        next(tables(body, charset))
    assert refused.value.code == "wrong-charset"


def test_utf_16_may_come_with_its_greater_byte_first() -> None:
    assert cells(b"\xfe\xff" + "é,a".encode("utf-16-be")) == [["é", "a"]]


def test_each_delimiter_is_offered_in_turn() -> None:
    offered = {grid.delimiter: grid.rows[0] for grid in tables(b"a,b;c\td|e")}
    assert [*offered] == [",", ";", "\t", "|"]
    assert [*offered.values()] == [
        *(["a", "b;c\td|e"], ["a,b", "c\td|e"]),
        *(["a,b;c", "d|e"], ["a,b;c\td", "e"]),
    ]


@pytest.mark.parametrize("write", [as_xlsx, as_ods])
def test_a_workbook_holds_texts_numbers_and_days_as_a_person_would_write_them(write) -> None:
    rows = [["a", 2023, date(2023, 6, 30)], ["deux\nlignes", "", "fin"]]
    assert cells(write(rows)) == [["a", "2023", "2023-06-30"], ["deux\nlignes", "", "fin"]]


@pytest.mark.parametrize("write", [as_csv, as_xlsx, as_ods])
def test_rows_keep_their_numbers_and_empty_ends_go(write) -> None:
    rows = [["", ""], [], ["", "x", ""], [" ", ""], []]
    assert cells(write(rows)) == [[], [], ["", "x"]]


def test_every_sheet_is_offered_in_order() -> None:
    body = as_xlsx([["last"]], [["first"]], [["second"]])
    assert [(grid.name, grid.rows) for grid in tables(body)] == [
        ("Sheet1", [["first"]]),
        ("Sheet2", [["second"]]),
        ("Sheet3", [["last"]]),
    ]
    hidden = tables(as_xlsx([["x"]], [["y"]], hidden=True))
    assert [(grid.name, grid.hidden) for grid in hidden] == [("Sheet1", True), ("Sheet2", False)]
    assert [grid.name for grid in tables(as_ods([["x"]], [["y"]]))] == ["Feuille1", "Feuille2"]


def test_a_workbook_may_show_no_sheet_at_all() -> None:
    seen, unseen = b'sheetId="1"', b'sheetId="1" state="hidden"'
    hidden = changed(seen, unseen)
    assert [finding.code for finding in official.read(hidden).findings] == ["no-headings"]


def test_a_cell_over_several_rows_says_the_same_of_each() -> None:
    rows = [["Justice", "a"], ["", "b"], ["", ""], ["x", "d"]]
    body = as_xlsx(rows, merge=[(0, 2, 0)])
    assert cells(body) == [["Justice", "a"], ["Justice", "b"], [], ["x", "d"]]


# What is refused


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("empty-file", b""),
        ("empty-file", b" \r\n\t "),
        ("too-large", b"a" * (MOST_BYTES + 1)),
        ("unknown-format", bytes(range(256))),
        ("unknown-format", "a,b".encode("utf-16-le")),
        ("unknown-format", b"%PDF-1.7 \x00\x01"),
        ("unknown-format", b"caf\xe9 \x81"),
        ("unknown-format", b" <HTML>a,b"),
        ("unknown-format", b"<?xml version='1.0'?><Workbook/>"),
        ("unknown-format", b"{\\rtf1 a,b}"),
        ("encrypted", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("damaged", b"PK\x03\x04 and no more"),
        ("broken-quotes", b'"a"b"c"\n'),
        ("broken-quotes", b'a,"b\n' * 7),
        ("broken-quotes", b'"' * 100_001),
        ("broken-quotes", b'"' + b"x" * 200_000 + b'"'),
        ("too-many-columns", b",".join([b"x"] * 100_000)),
        ("too-many-rows", b"x\n" * (MOST_ROWS + 1)),
        ("too-many-rows", b"x" + b"\n" * 1_000_000 + b"x"),
    ],
)
def test_a_file_that_is_no_table_is_refused_for_what_it_is(code: str, body: bytes) -> None:
    assert fault_of(body) == code


def test_the_limits_are_taken_to_the_letter() -> None:
    assert len(first(b"x\n" * MOST_ROWS).rows) == MOST_ROWS
    assert first(b"x\n" * MOST_ROWS).fault is None
    assert first(b",".join([b"x"] * 200)).fault is None
    assert first(b",".join([b"x"] * 200) + b",,,").fault is None
    for end in (b"\n", b";;;\r\n", b" ,\r"):
        blank = first(b"a;b;\n" + end * 200_000)
        assert (blank.rows, blank.fault) == ([["a;b;"]], None)


def test_what_was_read_before_a_fault_is_kept_and_the_fault_has_its_row() -> None:
    grid = first(b'a,b\nc,d\ne,"f"g\nh,i\n')
    assert grid.rows == [["a", "b"], ["c", "d"]]
    assert grid.fault
    assert (grid.fault.code, grid.fault.row) == ("broken-quotes", 3)


# Bombs


def entry(body: bytes, name: str) -> int:
    """Where the central directory has an entry."""
    return body.rfind(b"PK\x01\x02", 0, body.rfind(name.encode()))


def flagged(body: bytes, name: str, flags: int, method: int) -> bytes:
    changed = bytearray(body)
    struct.pack_into("<HH", changed, entry(body, name) + 8, flags, method)
    return bytes(changed)


SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
MAIN = b' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
CELL = b'<row r="1"><c t="inlineStr"><is><t>x</t></is></c></row>'
ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><sst><si><t>&b;'


def holding(name: str, content: bytes) -> bytes:
    """The small workbook, in which an entry holds something else."""
    return repacked(SMALL, lambda entry, body: content if entry == name else body)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "start", "repeated", "times"),
    [
        (SHEET, b"<worksheet" + MAIN, b" ", 300_000_000),
        (SHEET, b"<worksheet" + MAIN + b"<sheetData>", CELL, 1_000_000),
        (TEXTS, b"<sst" + MAIN, b"<si><t>x</t></si>", 9_000_000),
    ],
    ids=["spaces", "rows", "texts"],
)
def test_a_bomb_ends_with_the_process_that_opens_it(
    name: str, start: bytes, repeated: bytes, times: int
) -> None:
    body = holding(name, start + repeated * times)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert fault_of(body) in ("unsafe-file", "damaged")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


LOCKED = b"><manifest:encryption-data/></manifest:file-entry></"


def changed(old: bytes, new: bytes, body: bytes = SMALL) -> bytes:
    """The small workbook, or another, in whose entries something stands for something else."""
    return repacked(body, lambda _, part: part.replace(old, new))


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("damaged", SMALL[:-60]),
        ("damaged", SMALL[:300]),
        ("damaged", repacked(SMALL, lambda n, b: None if n == SHEET else b)),
        ("damaged", holding("xl/workbook.xml", b"<no")),
        ("damaged", holding(TEXTS, ENTITY)),
        ("damaged", flagged(SMALL, SHEET, 0, 14)),  # packed in another way
        ("damaged", flagged(SMALL, SHEET, 0, 0)),  # not packed as it says
        ("encrypted", flagged(SMALL, SHEET, 1, 8)),
        ("encrypted", changed(b"/></manifest:manifest", LOCKED, as_ods([["x"]]))),
        ("unknown-format", repacked(SMALL, lambda n, b: None if n == "xl/workbook.xml" else b)),
        ("too-many-sheets", as_xlsx(*[[["x"]]] * (MOST_SHEETS + 1))),
    ],
)
def test_a_workbook_that_is_not_what_it_says_is_not_opened(code: str, body: bytes) -> None:
    with pytest.raises(Unopened) as refused:
        workbooks.opened(body)
    assert refused.value.code == code


def test_a_cell_far_away_takes_the_memory_of_a_child_and_not_ours() -> None:
    near, far_away = b'r="A1"', b'r="XFD1048576"'
    far = changed(near, far_away, as_xlsx([["x"]]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert fault_of(far) in ("unsafe-file", "too-many-rows", "too-many-columns")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


# The process that reads


def test_a_reader_that_does_not_come_to_an_end_is_ended(monkeypatch, tmp_path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(workbooks, "__file__", str(slow))
    monkeypatch.setattr(sheets, "SECONDS", 0.3)
    assert fault_of(SMALL) == "unsafe-file"


def test_a_turn_is_waited_for_so_long_and_no_longer(monkeypatch) -> None:
    monkeypatch.setattr(sheets, "PATIENCE", 0.01)
    turn, refused = sheets._TURNS, pytest.raises(Unavailable, match="Too many tables")
    with sheets.turn(turn), sheets.turn(turn), refused:
        first(SMALL)
    assert first(SMALL).rows


def test_a_cell_longer_than_any_sheet_holds_is_a_quote_left_open() -> None:
    before = csv.field_size_limit(2 * sheets.LONGEST_CELL)  # another library may have raised it
    try:
        assert fault_of(f"a,{'b' * (sheets.LONGEST_CELL + 1)}\n".encode()) == "broken-quotes"
    finally:
        csv.field_size_limit(before)
