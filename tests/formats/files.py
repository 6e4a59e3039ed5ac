"""Tables as people send them, CSV, XLSX and ODS, made by others than the code that reads them."""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

Cells = Sequence[Sequence[Any]]
HEADINGS = (
    "Données, API, Codes sources concernés",
    "Données, API ou code source",
    "Type d'annonce (nouvelles ouverture, poursuite d'une ouverture)",
    "Échéance annoncée par les ministères",
    "Etat d'avancement",
)


def as_csv(
    rows: Cells, delimiter: str = ",", newline: str = "\n", encoding: str = "utf-8"
) -> bytes:
    """A CSV in an encoding."""
    text = io.StringIO()
    terms: Any = {"quoting": csv.QUOTE_ALL} if newline == "\r" else {}  # it forgets \n in cells
    csv.writer(text, delimiter=delimiter, lineterminator=newline, **terms).writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(rows: Cells, *others: Cells, hidden: bool = False, merge: Any = ()) -> bytes:
    """A workbook whose last sheet holds the rows, after others. `merge`: (first, last, column)."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for some in (*others, rows):
            sheet = book.add_worksheet()
            if hidden and some is not rows:
                sheet.hide()
            if some is rows:
                sheet.activate()
                sheet.set_first_sheet()
            for number, cells in enumerate(some):
                for place, cell in enumerate(cells):
                    if isinstance(cell, date):
                        sheet.write_datetime(number, place, cell, day)
                    elif cell not in ("", None):
                        sheet.write(number, place, cell)
            if some is rows:
                for first, last, column in merge:
                    sheet.merge_range(first, column, last, column, rows[first][column])
    return file.getvalue()


MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" '
    'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
)
CONTENT = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body>"
    "</office:document-content>"
)


def as_ods(rows: Cells, *others: Cells) -> bytes:
    """A document whose last sheet holds the rows, after others."""
    sheets = "".join(
        f'<table:table table:name="Feuille{number}">{"".join(map(_ods_row, some))}</table:table>'
        for number, some in enumerate((*others, rows), start=1)
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        media = "application/vnd.oasis.opendocument.spreadsheet"
        archive.writestr("mimetype", media, zipfile.ZIP_STORED)
        archive.writestr("content.xml", CONTENT.format(sheets))
        archive.writestr("META-INF/manifest.xml", MANIFEST)
    return file.getvalue()


def _ods_row(cells: Sequence[Any]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, cells))}</table:table-row>"


def _ods_cell(cell: Any) -> str:
    if isinstance(cell, date):
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{cell}">'
            f"<text:p>{cell}</text:p></table:table-cell>"
        )
    if isinstance(cell, int):
        return (
            f'<table:table-cell office:value-type="float" office:value="{cell}">'
            f"<text:p>{cell}</text:p></table:table-cell>"
        )
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(cell).split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


FORMATS: dict[str, Callable[[Cells], bytes]] = {"csv": as_csv, "xlsx": as_xlsx, "ods": as_ods}


def repacked(body: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The workbook with entries changed, or left out where `change` gives None."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(body)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            changed = change(name, old.read(name))
            if changed is not None:
                new.writestr(name, changed)
    return file.getvalue()
