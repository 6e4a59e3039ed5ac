"""What the cells of a workbook show, and what a reader must know of them: XLSX and ODS alike."""

import io
import json
import resource
import subprocess
import sys
import zipfile
from typing import Any

import pytest

from app.formats import cells
from tests.formats.files import CONTENT, MANIFEST, as_xlsx, repacked

SMALL = as_xlsx([["a", "b"], ["c", "d"]])
OFFICE = "http://schemas.openxmlformats.org/"
STRICT = "http://purl.oclc.org/ooxml/"


def xlsx(
    rows: str,
    *,
    styles: str = "",
    around: tuple[str, str] = ("", ""),
    book: str = "",
    texts: str = "",
    spaces: str = OFFICE,
) -> bytes:
    """A workbook by its XML. `around`: what comes before and after the rows."""
    main, related = f'xmlns="{spaces}spreadsheetml/2006/main"', f"{spaces}officeDocument/2006"
    links = [("worksheet", "/xl/worksheets/Sheet.xml"), ("styles", "styles.xml")]
    links += [("sharedStrings", "sharedStrings.xml")] if texts else []
    parts = {
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{related}/relationships">{book}<sheets>'
        '<sheet name="S" sheetId="1" r:id="worksheet"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        + "".join(f'<Relationship Id="{k}" Type="x/{k}" Target="{to}"/>' for k, to in links)
        + "</Relationships>",
        "xl/styles.xml": f"<styleSheet {main}>{styles}</styleSheet>",
        "xl/SharedStrings.xml": f"<sst {main}>{texts}</sst>",
        "xl/worksheets/sheet.xml": f"<worksheet {main}>{around[0]}<sheetData>{rows}</sheetData>"
        f"{around[1]}</worksheet>",
    }
    return packed(parts)


def ods(table: str, *, styles: str = "", common: str = "", name: str = "S") -> bytes:
    """A document by its XML."""
    names = {
        "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
        "number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
        "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    }
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in names.items())
    body = CONTENT.format(f'<table:table table:name="{name}">{table}</table:table>')
    head = f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
    body = body.replace("<office:document-content", f"<office:document-content{spaces}")
    shared = body[: body.index("<office:body>")] + f"{common}</office:document-content>"
    return packed(
        {
            "content.xml": body.replace("<office:body>", head),
            "styles.xml": shared,
            "META-INF/manifest.xml": MANIFEST,
        }
    )


def packed(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return file.getvalue()


def sheet(body: bytes) -> cells.Sheet:
    (only,) = cells.opened(body)
    return only


def rows(body: bytes) -> dict[int, list[str]]:
    """The rows that hold anything, by their numbers."""
    return {number: cells for number, cells in enumerate(sheet(body).rows, start=1) if cells}


def shown(body: bytes) -> str:
    """The one cell."""
    (only,) = rows(body).items()
    assert only[0] == 1
    return only[1][0]


def marks(body: bytes) -> list[cells.Mark]:
    return sheet(body).marks


def fault(body: bytes) -> str:
    """The code of what ended the reading, before or within a sheet."""
    try:
        ended = sheet(body).fault
    except cells.Unopened as unopened:
        ended = unopened
    assert ended
    return ended.code


def row(*inner: str, **attributes: Any) -> str:
    """A row of an XLSX."""
    own = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<row{own}>{''.join(inner)}</row>"


def text(value: str = "x", style: int = 0) -> str:
    return f'<c t="inlineStr" s="{style}"><is><t>{value}</t></is></c>'


def line(*inner: str, of: str = "") -> str:
    """A row of an ODS."""
    return f"<table:table-row{of}>{''.join(inner)}</table:table-row>"


def cell(value: str = "x", of: str = "") -> str:
    return f'<table:table-cell{of} office:value-type="string">{p(value)}</table:table-cell>'


def p(value: str) -> str:
    return f"<text:p>{value}</text:p>"


# Days, as far as they are shown: 1 June 2026 is 46174.


def formatted(code: str | int, value: str = "<v>46174</v>", kind: str = "n") -> bytes:
    number = code if isinstance(code, int) else 170
    known = "" if isinstance(code, int) else f'<numFmt numFmtId="170" formatCode="{code}"/>'
    styles = f'<numFmts>{known}</numFmts><cellXfs><xf/><xf numFmtId="{number}"/></cellXfs>'
    return xlsx(row(f'<c s="1" t="{kind}">{value}</c>'), styles=styles)


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        *((number, "2026-06-01") for number in (14, 15, 22)),
        *((17, "2026-06"), (16, "--06-01"), (20, "46174"), (46, "46174"), (0, "46174")),
        *((27, "--06-01"), (57, "--06-01"), (49, "46174"), (9, "46174")),
        *((code, "2026-06-01") for code in ("dd/mm/yyyy", "[$-40C]d mmmm yyyy;@", "d\\.m\\.yy")),
        *((code, "2026-06-01") for code in ("yyyy-mm-dd hh:mm:ss", "dddd d mmm yyyy", "d/m/e")),
        *((code, "2026-06") for code in ("mmm-yy", "mmmm yyyy", "[$-40C]mmm\\-yy;@", "mm/yyyy")),
        *((code, "2026-06") for code in ("&quot;le &quot;mmmm yyyy", "mmmmm-yy", "dddd mmm yy")),
        *((code, "2026-06") for code in ("yyyy.mm", "[Red]mm/yy", "mmm yyyy h:mm", "_-mmm-yy_-")),
        *(("yyyy", "2026"), ("yy", "2026"), ("q yyyy", "T2 2026")),
        ("&quot;fin &quot;yyyy", "2026"),
        *(("mmmm", "--06"), ("d mmmm", "--06-01"), ("jj/mm/aaaa", "--06"), ("h:mm AM/PM", "46174")),
        *(("mm:ss", "46174"), ("[h]:mm:ss", "46174"), ("0.00E+00", "46174"), ("General", "46174")),
        *(("# ##0 &quot;jours dus&quot;", "46174"), ("0%", "46174")),
        # What a format writes itself is seen too.
        *(("&quot;T2 &quot;yyyy", "T2 2026"), ("yyyy&quot;-T2&quot;", "2026-T2")),
        *(("&quot;17 juin &quot;yyyy", "17 juin 2026"), ("&quot;juin &quot;yyyy", "juin 2026")),
        *(("&quot;T2&quot; yyyy", "T2 2026"), ("yyyy &quot;T2&quot;", "2026 T2")),
        *(("&quot;T2 &quot;0", "T2 46174"), ("d&quot; T2 &quot;mmmm yyyy", "2026-06-01")),
    ],
)
def test_a_day_is_read_as_far_as_its_number_format_shows_it(code: Any, seen: str) -> None:
    assert shown(formatted(code)) == seen


@pytest.mark.parametrize(
    ("value", "kind", "seen"),
    [
        ("<v>2026-06-01T00:00:00</v>", "d", "2026-06"),
        ("<v>46174.99999</v>", "n", "2026-06"),
        ("<v>0.5</v>", "n", "0.5"),
        ("<v>99999999</v>", "n", "99999999"),
        ("<v>59</v>", "n", "1900-02"),
        ("<v>61</v>", "n", "1900-03"),
        ("<v>T4 2026</v>", "str", "T4 2026"),
        ("<v>1</v>", "b", "TRUE"),
        ("<v>0</v>", "b", "FALSE"),
    ],
)
def test_other_values_are_spelled_as_they_are(value: str, kind: str, seen: str) -> None:
    assert shown(formatted(17, value, kind)) == seen


def test_a_style_goes_back_to_the_one_that_it_is_made_of() -> None:
    styles = '<cellStyleXfs><xf/><xf numFmtId="17" fontId="1"/></cellStyleXfs>'
    styles += "<fonts><font/><font><strike/></font></fonts>"
    styles += (
        '<cellXfs><xf xfId="1"/><xf numFmtId="14" fontId="0" xfId="1"/><xf xfId="9"/></cellXfs>'
    )
    body = xlsx(
        row('<c s="0"><v>46174</v></c><c s="1"><v>46174</v></c><c s="2"><v>1</v></c><c s="9"/>'),
        styles=styles,
    )
    assert rows(body) == {1: ["2026-06", "2026-06-01", "1"]}
    assert marks(body) == [(cells.STRUCK, 1, 0)]


def test_days_may_be_counted_from_1904_and_names_may_be_of_the_strict_standard() -> None:
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    known: Any = {"styles": styles, "book": '<workbookPr date1904="true"/>', "spaces": STRICT}
    assert shown(xlsx(row("<c><v>44712</v></c>"), **known)) == "2026-06-01"


DATED = (
    '<number:date-style style:name="M"><number:month/><number:text>-</number:text><number:year/>'
    '</number:date-style><number:date-style style:name="Q"><number:quarter/><number:year/>'
    '</number:date-style><number:date-style style:name="D"><number:day/><number:month/>'
    "<number:year/></number:date-style>"
)
FAMILY = 'style:family="table-cell"'
MONTHS = DATED + (
    f'<style:style style:name="own" {FAMILY} style:data-style-name="M"/>'
    f'<style:style style:name="above" {FAMILY} style:parent-style-name="own"/>'
    f'<style:style style:name="quarters" {FAMILY} style:data-style-name="Q"/>'
    f'<style:style style:name="days" {FAMILY} style:data-style-name="D"'
    ' style:parent-style-name="own"/>'
    f'<style:style style:name="round" {FAMILY} style:parent-style-name="round"/>'
)
COLUMN = (
    '<table:table-column table:default-cell-style-name="own" table:number-columns-repeated="3"/>'
)


@pytest.mark.parametrize(
    ("own", "of_row", "before", "seen"),
    [
        (' table:style-name="own"', "", "", "2026-06"),
        (' table:style-name="above"', "", "", "2026-06"),
        (' table:style-name="quarters"', "", "", "T2 2026"),
        (' table:style-name="days"', "", "", "2026-06-01"),
        (' table:style-name="round"', "", "", "2026-06-01"),
        (' table:style-name="unknown"', "", "", "2026-06-01"),
        ("", "", "", "2026-06-01"),
        ("", "", COLUMN, "2026-06"),
        (' table:style-name="days"', "", COLUMN, "2026-06-01"),
        ("", ' table:default-cell-style-name="above"', "", "2026-06"),
        ("", ' table:default-cell-style-name="days"', COLUMN, "2026-06-01"),
    ],
)
@pytest.mark.parametrize("where", ["styles", "common"])
def test_so_in_ods_through_every_style_that_a_cell_has(own, of_row, before, seen, where) -> None:
    day = f'<table:table-cell{own} office:value-type="date" office:date-value="2026-06-01"/>'
    known: Any = {
        where: MONTHS if where == "styles" else f"<office:styles>{MONTHS}</office:styles>"
    }
    assert shown(ods(before + line(day, of=of_row), **known)) == seen


@pytest.mark.parametrize(
    ("day", "seen", "read"),
    [
        ("2026-11-01", "nov.-26", "2026-11"),
        ("2026-06-17", "juin-26", "2026-06"),
        ("2026-06-06", "2026-06", "2026-06"),
        ("2026-06-17", "17 juin 2026", "2026-06-17"),
        ("2026-06-17", "17/06/26", "2026-06-17"),
        ("2026-06-17", "mercredi 17 juin 2026", "2026-06-17"),
        ("2026-06-17", "mercredi", "--06"),
    ],
)
def test_a_day_of_ods_is_read_no_further_than_it_is_seen(day: str, seen: str, read: str) -> None:
    weekday = '<number:date-style style:name="W"><number:day-of-week/></number:date-style>'
    weekday += f'<style:style style:name="w" {FAMILY} style:data-style-name="W"/>'
    own = f'office:value-type="date" office:date-value="{day}"'
    own += ' table:style-name="w"' * (seen == "mercredi")
    body = ods(line(f"<table:table-cell {own}>{p(seen)}</table:table-cell>"), styles=weekday)
    assert shown(body) == read


def test_what_a_format_of_ods_writes_itself_is_read() -> None:
    years = '<number:date-style style:name="Y"><number:text>T2 </number:text><number:year/>'
    years += f'</number:date-style><style:style style:name="own" {FAMILY}'
    years += ' style:data-style-name="Y"/>'
    day = 'office:value-type="date" office:date-value="2028-01-01" table:style-name="own"'
    number = 'office:value-type="float" office:value="2028"'
    for own in (day, number):
        body = ods(line(f"<table:table-cell {own}>{p('T2 2028')}</table:table-cell>"), styles=years)
        assert shown(body) == "T2 2028"
    plain = f"<table:table-cell {number}>{p('2 028')}</table:table-cell>"
    assert shown(ods(line(plain))) == "2028"


def test_a_default_style_holds_where_no_other_does() -> None:
    common = f'<style:default-style {FAMILY} style:data-style-name="M"/>{DATED}'
    day = '<table:table-cell office:value-type="date" office:date-value="2026-06-01T10:00:00"/>'
    assert shown(ods(line(day), common=f"<office:styles>{common}</office:styles>")) == "2026-06"


# Errors, and formulas never computed.


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ('<c t="e"><v>#N/A</v></c>', cells.ERROR),
        ('<c t="e"><f>A9</f><v>#SPILL!</v></c>', cells.ERROR),
        ("<c><f>A9</f></c>", cells.UNCOMPUTED),
        ("<c><f>A9</f><v></v></c>", cells.UNCOMPUTED),
        ('<c t="str"><f>A9</f></c>', cells.UNCOMPUTED),
        ('<c><f t="shared" si="0"/></c>', cells.UNCOMPUTED),
    ],
)
def test_a_cell_that_says_nothing_for_a_fault_is_marked(inner: str, code: str) -> None:
    assert marks(xlsx(row(text(), inner))) == [(code, 1, 1)]


def test_a_formula_is_what_it_came_to_unless_nobody_computed_it() -> None:
    computed = row('<c t="str"><f>A9</f><v></v></c><c><f>A9</f><v>0</v></c>' + text())
    assert rows(xlsx(computed)) == {1: ["", "0", "x"]}
    assert marks(xlsx(computed)) == []
    asked = xlsx(computed, book='<calcPr fullCalcOnLoad="1"/>')
    assert marks(asked) == [(cells.UNCOMPUTED, 1, 1)]


@pytest.mark.parametrize(
    ("own", "inner", "code"),
    [
        (' office:value-type="string" calcext:value-type="error"', p("#N/A"), cells.ERROR),
        (' table:formula="x" office:value-type="float" office:value="0"', p("#REF!"), cells.ERROR),
        (' table:formula="x" office:value-type="string"', p("Err:502"), cells.ERROR),
        (' table:formula="x"', "", cells.UNCOMPUTED),
        (' table:formula="x" office:value-type="string"', "", cells.UNCOMPUTED),
        (' table:formula="x" office:value-type="float"', "", cells.UNCOMPUTED),
    ],
)
def test_so_in_ods(own: str, inner: str, code: str) -> None:
    body = ods(line(cell(), f"<table:table-cell{own}>{inner}</table:table-cell>"))
    assert marks(body) == [(code, 1, 1)]


def test_a_formula_of_ods_may_come_to_nothing() -> None:
    for own, inner in ((' office:value-type="string" office:string-value=""', ""), ("", p(""))):
        empty = f'<table:table-cell table:formula="x"{own}>{inner}</table:table-cell>'
        assert marks(ods(line(cell(), empty))) == []


# What is hidden, and struck through.


@pytest.mark.parametrize(
    ("rows", "around"),
    [
        (row(text(), hidden=1), ""),
        (row(text(), hidden="true", outlineLevel=1), ""),
        (row(text(), ht="0", customHeight=1), ""),
        (row(text(), ht="0.75", customHeight=1), ""),
        (row(text()), '<sheetFormatPr zeroHeight="1"/>'),
        (row(text()), '<sheetFormatPr defaultRowHeight="0"/>'),
    ],
)
def test_a_row_that_nobody_sees_is_marked(rows: str, around: str) -> None:
    assert marks(xlsx(rows, around=(around, ""))) == [(cells.HIDDEN_ROW, 1, None)]
    assert marks(xlsx(rows.replace(text(), text(" ")) + row(text(), ht="15"))) == []


@pytest.mark.parametrize("how", ["collapse", "filter"])
def test_so_is_one_of_ods_that_is_folded_or_filtered(how: str) -> None:
    unseen = line(cell(), of=f' table:visibility="{how}"')
    assert marks(ods(line(cell()) + unseen)) == [(cells.HIDDEN_ROW, 2, None)]
    group = '<table:table-row-group table:display="false">{}</table:table-row-group>'
    body = ods(group.format(line(cell()) + line(cell("y"))) + line(cell("z")))
    assert marks(body) == [(cells.HIDDEN_ROW, 1, None), (cells.HIDDEN_ROW, 2, None)]


def test_a_column_that_nobody_sees_is_marked() -> None:
    some = '<cols><col min="2" max="3" hidden="1"/><col min="4" max="4" width="0.1"/></cols>'
    columns = [(cells.HIDDEN_COLUMN, None, place) for place in (1, 2, 3)]
    assert marks(xlsx(row(text()), around=(some, ""))) == columns
    visible, unseen = "<table:table-column/>", '<table:table-column table:visibility="collapse"/>'
    group = f'<table:table-column-group table:display="false">{visible * 2}'
    group += "</table:table-column-group>"
    assert marks(ods(visible + unseen + group + line(cell()))) == columns


def test_so_is_a_row_or_a_column_of_ods_that_is_too_thin_to_be_seen() -> None:
    for size, thin in (("0cm", True), ("0.02in", True), ("0.5cm", False), ("", False)):
        styles = "".join(
            f'<style:style style:name="{of}" style:family="table-{of}"><style:p '
            f'style:{of}-{way}="{size}"/></style:style>'
            for of, way in (("row", "height"), ("column", "width"))
        )
        column = '<table:table-column table:style-name="column"/>'
        body = ods(column + line(cell(), of=' table:style-name="row"'), styles=styles)
        unseen = [(cells.HIDDEN_COLUMN, None, 0), (cells.HIDDEN_ROW, 1, None)]
        assert marks(body) == (unseen if thin else [])


STRIKES = "<fonts><font/><font><strike/></font><font><strike val='0'/></font></fonts>"
STRIKES += '<cellXfs><xf/><xf fontId="1"/><xf fontId="2"/></cellXfs>'


def test_what_is_struck_through_is_marked_whole_or_in_part() -> None:
    body = xlsx(row(text(style=1), text(style=2), text(" ", style=1)), styles=STRIKES)
    assert marks(body) == [(cells.STRUCK, 1, 0)]
    runs = "<r><rPr><strike/></rPr><t>T2 2023</t></r><r><t> T4 2023</t></r>"
    texts = f"<si>{runs}</si><si><t>x</t><rPh><t>y</t></rPh></si><si><t>a_x000D_b</t></si>"
    shared = row(*(f'<c t="s"><v>{n}</v></c>' for n in range(3)), '<c t="s"/><c t="inlineStr"/>')
    body = xlsx(shared, texts=texts)
    assert rows(body) == {1: ["T2 2023 T4 2023", "x", "a\rb"]}
    assert marks(body) == [(cells.STRUCK, 1, 0)]


def test_so_in_ods_by_a_cell_its_style_or_a_part_of_its_text() -> None:
    struck = '<style:text-properties style:text-line-through-style="{}"/></style:style>'
    styles = f'<style:style style:name="out" {FAMILY}>{struck.format("solid")}'
    styles += f'<style:style style:name="in" {FAMILY} style:parent-style-name="out">'
    styles += struck.format("none")
    styles += f'<style:style style:name="t" style:family="text">{struck.format("solid")}'
    named = [cell("x", f' table:style-name="{name}"') for name in ("out", "in")]
    part = cell('T4 <text:span text:style-name="t">2023</text:span>')
    body = ods(line(*named, part), styles=styles)
    assert rows(body) == {1: ["x", "x", "T4 2023"]}
    assert marks(body) == [(cells.STRUCK, 1, 0), (cells.STRUCK, 1, 2)]


# Where cells are, and what they hold.


@pytest.mark.parametrize(
    ("code", "above", "below", "zero", "words"),
    [
        *((code, True, True, True, True) for code in (";;;", "&quot;&quot;;[Red];_-; ")),
        *((code, True, True, True, False) for code in (";", ";;", ";;;@")),
        *(("0;0;;", False, False, True, True), ("0;;", False, True, True, False)),
        ("0;", False, True, False, False),
        *((code, *[False] * 4) for code in ("", "0", "&quot;T&quot;0;-0;&quot;–&quot;")),
    ],
)
def test_what_a_number_format_does_not_show_is_marked(code, above, below, zero, words) -> None:
    for hidden, value, kind in (
        *((above, "<v>46174</v>", "n"), (below, "<v>-5</v>", "n"), (zero, "<v>0</v>", "n")),
        *((words, "<is><t>x</t></is>", "inlineStr"), (words, "<v>x</v>", "str")),
        (False, "<v></v>", "str"),
    ):
        expected = [(cells.HIDDEN_CELL, 1, 0)] if hidden else []
        assert marks(formatted(code, value, kind)) == expected, (value, kind)


def test_so_in_ods_by_the_text_of_a_cell_that_has_a_value() -> None:
    for value in (
        'value-type="float" office:value="0"',
        'value-type="string" office:string-value="x"',
        'value-type="date" office:date-value="2026-06-01"',
    ):
        for inside, expected in (("<text:p/>", [(cells.HIDDEN_CELL, 1, 0)]), ("", [])):
            body = ods(line(f"<table:table-cell office:{value}>{inside}</table:table-cell>"))
            assert marks(body) == expected, value


@pytest.mark.parametrize(
    ("colour", "ground", "hidden"),
    [
        *(("#FFFFFF", "none", True), ("#ffffff", "solid", False), ("#000000", "none", False)),
        ("", "none", False),
    ],
)
def test_what_is_white_on_white_is_marked_in_both(colour: str, ground: str, hidden: bool) -> None:
    fonts = f'<fonts><font/><font><color rgb="FF{colour[1:]}"/></font></fonts>'
    fills = f'<fills><fill><patternFill patternType="{ground}"/></fill></fills>'
    styles = f'{fonts}{fills}<cellXfs><xf/><xf fontId="1"/></cellXfs>'
    beneath = "#004400" if ground == "solid" else "transparent"
    white = f'<style:style style:name="w" {FAMILY}><style:p style:color="{colour}"'
    white += f' style:background-color="{beneath}"/></style:style>'
    document = ods(line(cell("x", ' table:style-name="w"'), cell("", "")), styles=white)
    for body in (xlsx(row(text(style=1), text(" ", 1)), styles=styles), document):
        assert marks(body) == ([(cells.HIDDEN_CELL, 1, 0)] if hidden else [])
    theme = styles.replace(f'rgb="FF{colour[1:]}"', 'theme="0"')
    assert bool(marks(xlsx(row(text(style=1)), styles=theme))) == (ground == "none")


def test_merged_cells_say_one_thing_in_both_formats() -> None:
    table = row(text("a"), text("b"), text("unseen")) + row('<c r="C2" t="inlineStr"/>', text("d"))
    body = xlsx(table, around=("", '<mergeCells><mergeCell ref="B1:C2"/></mergeCells>'))
    spans = ' table:number-rows-spanned="2" table:number-columns-spanned="2"'
    covered = "<table:covered-table-cell/>"
    under = f"<table:covered-table-cell>{p('unseen')}</table:covered-table-cell>"
    document = ods(
        line(cell("a"), cell("b", spans), under)
        + line("<table:table-cell/>", covered * 2, cell("d"))
    )
    for each, blank in ((body, [""]), (document, [])):
        assert rows(each) == {1: ["a", "b", *blank], 2: ["", "b", "", "d"]}
    alone = xlsx(row(text("a")) + row(), around=("", '<mergeCell ref="C1"/>'))
    beside = xlsx(
        row(text("a"), "<extLst/>"), around=("<cols><col/></cols>", '<mergeCell ref="A1:A9"/>')
    )
    assert rows(beside) == {1: ["a"]}
    assert rows(alone) == {1: ["a", "", ""]}


def test_a_table_within_a_cell_is_no_sheet() -> None:
    within = f"<table:table-cell><table:table>{line(cell())}</table:table></table:table-cell>"
    assert rows(ods(line(within) + line(cell("y")))) == {2: ["y"]}


def test_rows_and_cells_of_ods_are_repeated_and_blank_ones_are_counted() -> None:
    blank = '<table:table-cell table:number-columns-repeated="16380"/>'
    again = ' table:number-columns-repeated="2"'
    table = line(blank, of=' table:number-rows-repeated="3"') + line(cell("x", again), blank)
    table += line(cell("y"), of=' table:number-rows-repeated="2"')
    table += line(cell(" "), of=' table:number-rows-repeated="1048570"')
    assert rows(ods(table)) == {4: ["x", "x"], 5: ["y"], 6: ["y"]}
    assert shown(ods(line(cell(), of=' table:number-rows-repeated="-2"'))) == "x"
    gap = line(blank, of=' table:number-rows-repeated="60000"')
    for code, far in (
        ("too-many-rows", ods(line(cell(), of=' table:number-rows-repeated="1000000"'))),
        ("too-many-rows", ods(line(cell()) + gap + line(cell("y")))),
        ("too-many-rows", xlsx(row(text(), r=50_001))),
        ("too-many-columns", ods(line(cell("x", ' table:number-columns-repeated="500"')))),
        ("too-many-columns", xlsx(row('<c r="GS1"><v>1</v></c>'))),
    ):
        assert fault(far) == code


def test_a_blank_cell_far_away_does_not_count() -> None:
    for blank in (" ", "\u00a0", "\u200b\ufeff", ""):
        table = row(text()) + row(text(blank), r=1_048_576)
        assert rows(xlsx(table)) == {1: ["x"]}


@pytest.mark.parametrize(
    ("own", "inner", "seen"),
    [
        (' office:value-type="float" office:value="2023"', p("2 023,00"), "2023"),
        (' office:value-type="float" office:value="1.5"', "", "1.5"),
        (' office:value-type="boolean" office:boolean-value="true"', p("VRAI"), "VRAI"),
        (' office:value-type="boolean" office:boolean-value="true"', "", "true"),
        (' office:value-type="string" office:string-value="a"', p("b"), "a"),
        (' office:value-type="string"', p("a<text:s text:c='2'/>b") + p("c"), "a  b\nc"),
        ("", p("a<text:tab/>b<text:line-break/>c<text:a>d</text:a>e"), "a\tb\ncde"),
        ("", f"<office:annotation>{p('note')}</office:annotation>{p('a')}", "a"),
        ("", p("a<draw:frame>x</draw:frame>b"), "ab"),
        ("", f"<table:table>{line(cell('y'))}</table:table>{p('a')}", "a"),
    ],
)
def test_a_cell_of_ods_is_read_as_it_is_seen(own: str, inner: str, seen: str) -> None:
    assert shown(ods(line(f"<table:table-cell{own}>{inner}</table:table-cell>"))) == seen


def test_hidden_sheets_are_marked() -> None:
    body = as_xlsx([["x"]], [["y"]], hidden=True)
    assert [each.hidden for each in cells.opened(body)] == [True, False]
    chart = repacked(body, lambda _, part: part.replace(b'/worksheet"', b'/chartsheet"'))
    assert cells.opened(chart) == []
    unseen = '<style:style style:name="h" style:family="table">'
    unseen += '<style:table-properties table:display="false"/></style:style>'
    body = ods(line(cell()), styles=unseen, name='S" table:style-name="h')
    assert sheet(body).hidden
    assert shown(ods("<table:named-expressions/>" + line("<office:x/>", cell()))) == "x"


# The process that reads


def child(body: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-I", cells.__file__]
    return subprocess.run(command, input=body, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize(
    "rows",
    [
        *("<", row('<c r="1A"/>'), row('<c t="s"><v>5</v></c>'), row("<c><v>x</v></c>")),
        *(row(text(), r=2) * 2, row(text(), r=2) + row(text(), r=1)),
        row('<c r="B1"/><c r="A1"/>'),
    ],
)
def test_rows_that_no_program_writes_so_are_damaged(rows: str) -> None:
    assert fault(xlsx(rows)) == "damaged"


def test_the_process_answers_sheets_or_the_fault(monkeypatch) -> None:
    assert json.loads(child(b"PK no").stdout) == {"code": "damaged", "row": None, "facts": {}}
    (answer,) = json.loads(child(SMALL).stdout)
    assert answer == vars(cells.Sheet("xlsx", "Sheet1", rows=[["a", "b"], ["c", "d"]]))
    confined = {resource.RLIMIT_CORE: resource.getrlimit(resource.RLIMIT_CORE)[0]}
    monkeypatch.setattr(cells, "LIMITS", confined)
    for body in (SMALL, b"PK no"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO()))
        cells.main()


def test_the_process_that_reads_keeps_to_limits_and_takes_lower_ones() -> None:
    limits = [*map(int, cells.LIMITS)]
    script = (
        "import resource, runpy\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (7, 7))\n"
        f"runpy.run_path({cells.__file__!r})['main']()\n"
        f"print([resource.getrlimit(limit)[1] for limit in {limits}])\n"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, input=SMALL, capture_output=True, check=True)
    most = f"[{cells.MOST_MEMORY}, 7, {cells.MOST_ANSWERED}, 0]\n"
    assert ended.stdout.endswith(most.encode())
