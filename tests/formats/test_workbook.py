"""Workbooks, XLSX and ODS, read back by a second implementation."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import python_calamine

from app.domain.rows import row_of
from app.domain.search import Export
from app.formats import columns
from app.formats.table import A_PIECE, LONGEST, Cell, Row, Sheet
from app.formats.workbook import About, about, ods, xlsx
from tests.formats import records
from tests.formats.records import CONTEXT

WRITERS = {"xlsx": xlsx, "ods": ods}
HEADER = ("name", "value")
ABOUT = About("keys", date(2026, 11, 23), {"title": "A table"})
SECOND = ("about", "À propos", "About")


def written(kind: str, *rows: Row, most_rows: int = 100, name: str = "Table") -> bytes:
    """A small workbook."""
    sheet = Sheet(name, HEADER, iter(rows), (20, 10))
    return b"".join(WRITERS[kind](sheet, ABOUT, most_rows=most_rows))


def read(body: bytes) -> dict[str, list[list[Any]]]:
    """The cells of each sheet."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }


def back(kind: str, cell: Cell) -> object:
    """A cell, put into a workbook and read back."""
    header, row = read(written(kind, ("x", cell)))["Table"]
    assert header == list(HEADER)
    return row[1]


@pytest.fixture(params=WRITERS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each test runs once for each kind of workbook."""
    return str(request.param)


@pytest.mark.parametrize(
    "cell",
    [
        -365,
        0,
        2**53,
        True,
        False,
        date(1900, 1, 1),
        date(2000, 2, 29),
        date(2026, 9, 30),
        datetime(2026, 11, 20, 9, 5, 7, tzinfo=UTC),
        "1.0",
        "2026-09-30",
        "true",
    ],
)
def test_a_cell_has_the_type_of_what_it_holds(kind: str, cell: Cell) -> None:
    value = back(kind, cell)
    assert value == plain(cell)
    assert type(value) is (float if type(cell) is int else type(cell))


def test_a_number_that_a_spreadsheet_would_round_is_a_text(kind: str) -> None:
    assert back(kind, 2**53 + 1) == "9007199254740993"
    assert back(kind, -(10**30)) == f"-1{'0' * 30}"


def test_a_day_before_those_of_excel_is_a_text_there() -> None:
    assert back("xlsx", date(1804, 3, 21)) == "1804-03-21"
    assert back("ods", date(1804, 3, 21)) == date(1804, 3, 21)


@pytest.mark.parametrize("cell", [None, ""])
def test_nothing_is_an_empty_cell(kind: str, cell: Cell) -> None:
    rows = read(written(kind, (cell, 1), (cell, cell), ("x", cell)))["Table"]
    assert rows[1:] == [["", 1], ["", ""], ["x", ""]]


TEXTS = (
    "=1+1",
    '=HYPERLINK("https://x.example/","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",
    "{=1+1}",
    "https://x.example/",
    "mailto:a@x.example",
    "internal:Sheet2!A1",
    "00123",
    "a <b> & \"c\" 'd' ]]>",
    "<r><t>a</t></r>",
    "<r></broken></r>",
    "two\nlines",
    "\nfirst and last\n",
    "a\tb",
    " spaces  around   and within ",
    "  \n  ",
    "_x0041_ _x000D_ _x005F_",
    "\u2028\u00a0\u200b\ufeff",
    "\u202eright to left \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "👩\u200d⚖️ emoji",
    "\x7f\x85\x9f",
    "é" * LONGEST,
)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_text_comes_back_to_the_letter(kind: str, text: str) -> None:
    assert back(kind, text) == text


@pytest.mark.parametrize(
    ("text", "carried"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x00b\x01\x0b\x1f", "a\ufffdb\ufffd\ufffd\ufffd"),
        ("\ufffe\uffff", "\ufffd\ufffd"),
        ("a\ud800b\udfff", "a\ufffdb\ufffd"),
    ],
)
def test_what_xml_cannot_carry_is_replaced(kind: str, text: str, carried: str) -> None:
    assert back(kind, text) == carried


@pytest.mark.parametrize("text", ["x" * 100_000, "😀" * 50_000, "x" + "😀" * 50_000])
def test_a_text_longer_than_a_cell_is_cut_with_an_ellipsis(kind: str, text: str) -> None:
    cut = back(kind, text)
    assert isinstance(cut, str)
    assert text.startswith(cut[:-1])
    assert cut.endswith("…")
    assert len(cut.encode("utf-16-le")) // 2 in (LONGEST - 1, LONGEST)


def lines(body: bytes) -> dict[object, object]:
    """What a workbook says of itself."""
    sheets = read(body)
    [name] = [name for name in sheets if name in SECOND]
    assert list(sheets)[-1] == name
    return {row[0]: row[1] for row in sheets[name][1:]}


def test_a_workbook_says_what_it_could_not_carry(kind: str) -> None:
    rows = [("x" * 40_000, 1), ("\0" * 40_000, 2), ("a\r\nb", 3), ("\x01", 4)]
    second = lines(written(kind, *rows))
    assert (second["rows"], second["texts_cut"], second["texts_mended"]) == (4, 2, 2)


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, [0]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])]
)
def test_rows_beyond_a_sheet_go_on_to_further_ones(kind: str, count: int, sizes: list[int]) -> None:
    rows = [(f"name {number}", number) for number in range(count)]
    body = written(kind, *rows, most_rows=3)
    sheets = read(body)
    assert list(sheets) == [*["Table", "Table 2", "Table 3"][: len(sizes)], "about"]
    pieces = list(sheets.values())[:-1]
    assert [piece[0] for piece in pieces] == [list(HEADER)] * len(sizes)
    assert [len(piece) - 1 for piece in pieces] == sizes
    assert [tuple(row) for piece in pieces for row in piece[1:]] == rows
    assert lines(body)["rows"] == count


def test_rows_that_are_too_large_for_a_sheet_go_on_to_further_ones(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.formats.workbook.MOST_LETTERS", 1)
    sheets = read(written(kind, *((f"name {n}", n) for n in range(2 * A_PIECE + 10))))
    assert [len(rows) for rows in sheets.values()][:-1] == [1 + A_PIECE, 1 + A_PIECE, 11]


def test_days_look_as_french_readers_write_them(kind: str) -> None:
    table = Sheet("Table", HEADER, iter(()))
    made = files(b"".join(WRITERS[kind](table, about(Export(labels="fr"), CONTEXT))))
    text = re.sub(r"<number:(\w)\w+ [^>]+>|<number:text>|</number:text>", r"\1", str(made))
    assert {"xlsx": '"dd/mm/yyyy hh:mm:ss"', "ods": "d/m/y h:m:s"}[kind] in text


@pytest.mark.parametrize("labels", ["keys", "fr", "en"])
def test_the_second_sheet_says_what_the_workbook_is(kind: str, labels: str) -> None:
    rows = [row_of(make()) for make in records.EVERY]
    sheet = columns.OPENINGS.sheet(columns.documents(rows, "openings", CONTEXT), labels)
    body = b"".join(WRITERS[kind](sheet, about(Export(labels=labels), CONTEXT)))
    values = list(lines(body).values())
    assert values == [
        "Public register of promised openings"
        if labels == "en"
        else "Registre public des ouvertures promises",
        CONTEXT.day,
        57,
        "ab" * 32,
        f"https://ouvertures.example/openings{CONTEXT.permanent_query}",
        "https://ouvertures.example/schemas/openings.json",
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
        "mailto:registre@ouvertures.example",
        15,
        0,
        0,
    ]
    assert (
        list(read(body))
        == {
            "keys": ["openings", "about"],
            "fr": ["Ouvertures", "À propos"],
            "en": ["Openings", "About"],
        }[labels]
    )
    asked = {"keys": "as_of", "fr": "Jour de la réponse", "en": "Day of the answer"}
    assert list(lines(body))[1] == asked[labels]


def test_a_layout_that_has_no_schema_leads_to_none_and_actions_are_called_so() -> None:
    exports = (Export(layout="plain"), Export(of="actions", labels="en", layout="official"))
    plain, official = (about(export, CONTEXT).values for export in exports)
    assert set(plain) - set(official) == {"schema"}
    assert official["title"] == "Public register of promised actions"
    assert official["address"] == f"https://ouvertures.example/actions{CONTEXT.permanent_query}"


def plain(cell: Cell) -> Cell:
    """A cell as the reader gives it: no time zone, and a text for nothing."""
    return cell.replace(tzinfo=None) if isinstance(cell, datetime) else "" if cell is None else cell


def files(body: bytes) -> dict[str, str]:
    """The texts in an archive."""
    with zipfile.ZipFile(io.BytesIO(body)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name).decode() for name in opened.namelist()}


def test_nothing_in_a_workbook_is_a_formula_or_a_link() -> None:
    rows = [(text, 1) for text in TEXTS]
    texts = files(written("xlsx", *rows))
    assert [name for name in texts if "xl/worksheets/_rels" in name] == []
    for name, text in texts.items():
        tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()}
        assert not tags & {"f", "hyperlink", "hyperlinks"}, name
    content = files(written("ods", *rows))["content.xml"]
    for element in ET.fromstring(content).iter():
        assert not element.tag.endswith("}a")
        assert not [name for name in element.attrib if name.endswith(("}formula", "}href"))]


def test_the_header_stays_in_sight_and_filters() -> None:
    body = written("xlsx", ("x", 1), ("y", 2))
    page = files(body)["xl/worksheets/sheet1.xml"]
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in page
    assert '<autoFilter ref="A1:B3"/>' in page
    texts = files(written("ods", ("x", 1), ("y", 2), name="L’« été » d'A & B"))
    items = {
        value: element.text
        for element in ET.fromstring(texts["settings.xml"]).iter()
        for name, value in element.attrib.items()
        if name.endswith("}name")
    }
    assert (items["VerticalSplitMode"], items["VerticalSplitPosition"]) == ("2", "1")
    assert "L’« été » d'A & B" in items
    places = [
        value
        for element in ET.fromstring(texts["content.xml"]).iter()
        for name, value in element.attrib.items()
        if name.endswith("}target-range-address")
    ]
    assert places == ["'L’« été » d''A & B'.A1:'L’« été » d''A & B'.B3"]


def test_a_wide_sheet_filters_to_its_last_column() -> None:
    names = tuple(f"column {number}" for number in range(703))
    body = b"".join(ods(Sheet("Wide", names, iter([names]), (10,) * 703), ABOUT))
    assert ":'Wide'.AAA2\"" in files(body)["content.xml"]
    assert read(body)["Wide"] == [list(names)] * 2


def test_an_ods_is_known_by_its_first_bytes() -> None:
    body = written("ods", ("x", 1))
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    assert body[30:38] == b"mimetype"
    assert body[38 : 38 + len(kind)] == kind
    with zipfile.ZipFile(io.BytesIO(body)) as opened:
        first = opened.infolist()[0]
        manifest = ET.fromstring(opened.read("META-INF/manifest.xml"))
        listed = {value for entry in manifest for value in entry.attrib.values()}
        assert {*opened.namelist()} - {"mimetype", "META-INF/manifest.xml"} < listed
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", 0, b"")
    assert not first.flag_bits & 0x08


def counting(asked: list[int]) -> Iterator[Row]:
    """Many rows, each noted when it is asked for."""
    for number in range(50_000):
        asked.append(number)
        yield (f"name {number * 7919 % 50_000}", number)


def test_a_workbook_leaves_while_its_rows_are_read(kind: str) -> None:
    asked: list[int] = []
    pieces = iter(WRITERS[kind](Sheet("Table", HEADER, counting(asked), (10, 10)), ABOUT))
    left = []
    while len(asked) < 25_000:
        left.append(len(next(pieces)))
    rest = sum(map(len, pieces))
    assert max(left) < 200_000
    assert sum(left) > rest / 2
