"""A file as grids of texts: CSV, XLSX or ODS. Bytes in, rows out; knows no heading, no commitment.

A workbook is opened and read in a process of its own with little memory and time, which is this
file, run as a script. Whatever it unpacks to costs that process, and no other.
"""

import csv
import io
import json
import resource
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

from python_calamine import (
    CalamineError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

MOST_BYTES = 5 * 2**20
MOST_ROWS, MOST_COLUMNS = 50_000, 200
LONGEST_CELL = 131_072
"""As the reader of CSV has it, unless another module of the process has told it otherwise."""
MOST_SHEETS = 20
MOST_MEMORY, MOST_TOLD = 512 * 2**20, 64 * 2**20
SECONDS = 20
LIMITS = (
    (resource.RLIMIT_AS, MOST_MEMORY),
    (resource.RLIMIT_CPU, SECONDS),
    (resource.RLIMIT_FSIZE, MOST_TOLD),
    (resource.RLIMIT_CORE, 0),
)
"""Of the process that reads a workbook."""
DELIMITERS = (",", ";", "\t")

CSV, XLSX, ODS = "csv", "xlsx", "ods"
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MANIFEST = "META-INF/manifest.xml"
_TURNS = BoundedSemaphore(2)


@dataclass(eq=False)
class Unfit(Exception):  # noqa: N818 a fact about a file
    """A file that is not read, or not further: the code of a finding, its words, and the row."""

    code: str
    words: str
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a sheet as texts, and how they were read.

    The first row is row 1 of the file. `fault` is what ended the reading before the end.
    """

    format: str
    rows: Sequence[Sequence[str]]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    fault: Unfit | None = None


def grids(data: bytes) -> Iterator[Grid]:
    """What a file may be read as: each delimiter of a CSV, each sheet of a workbook, in order.

    Raises Unfit.
    """
    if not data.strip():
        raise Unfit("empty-file", "The file is empty.")
    if len(data) > MOST_BYTES:
        raise Unfit("too-large", f"The file has more than {MOST_BYTES // 2**20} MiB.")
    if data.startswith(_OLE):
        raise Unfit("encrypted", _LOCKED)
    if data.startswith(_ZIP):
        yield from _sheets(data)
        return
    text, encoding = decoded(data)
    for delimiter in DELIMITERS:
        rows, fault = _limited(_records(text, delimiter))
        yield Grid(CSV, rows, encoding, delimiter, fault=fault)


_LOCKED = (
    "The workbook has a password, or is of an Excel before 2007: save it as XLSX, ODS or CSV, "
    "without a password."
)
_DAMAGED = "The file is damaged, cut short, or no workbook: save it again as XLSX, ODS or CSV."
_ANOTHER = "This archive is neither an XLSX nor an ODS workbook."
_RUN_ON = (
    "A quotation mark is not closed, or one inside a cell is not doubled, or a cell is longer than "
    "131,072 characters: the rest cannot be told apart."
)
_COSTLY = "The workbook could not be read with the memory and time that a table may take."


# CSV


def decoded(data: bytes) -> tuple[str, str]:
    """(text, encoding): by its byte order mark, else UTF-8, else Windows-1252. Raises Unfit."""
    marked = [encoding for mark, encoding in _BOMS if data.startswith(mark)]
    for encoding in marked or ("utf-8", "windows-1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(letter in text for letter in "\0\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x1b"):
            return text, encoding
    words = "This is no table that can be read: send CSV (UTF-8, UTF-16 or Windows-1252), XLSX, ODS"
    raise Unfit("unknown-format", f"{words}.")


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The records of a CSV, to the letter: a quote in a quoted cell is doubled. Raises Unfit."""
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    while True:
        row += 1
        try:
            record = next(found)
        except StopIteration:
            return
        except csv.Error:
            raise Unfit("broken-quotes", _RUN_ON, row) from None
        if any(len(cell) > LONGEST_CELL for cell in record):
            raise Unfit("broken-quotes", _RUN_ON, row)
        yield record


def _limited(records: Iterable[Sequence[Any]]) -> tuple[list[list[str]], Unfit | None]:
    """The rows as texts, without the empty ones at the end, and what ended them too early."""
    rows: list[list[str]] = []
    try:
        for number, row in _filled(records):
            rows.extend([] for _ in range(len(rows) + 1, number))
            rows.append(row)
    except Unfit as fault:
        return rows, fault
    return rows, None


def _filled(records: Iterable[Sequence[Any]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, with their numbers. Raises Unfit beyond the limits."""
    for number, record in enumerate(records, start=1):
        row = [_text(cell) for cell in record]
        while row and not row[-1].strip():
            row.pop()
        if len(row) > MOST_COLUMNS:
            words = f"A table has at most {MOST_COLUMNS} columns; this row has {len(row)}."
            raise Unfit("too-many-columns", words, number)
        if number > (MOST_ROWS if row else 2 * MOST_ROWS):
            raise Unfit("too-many-rows", f"A table has at most {MOST_ROWS} rows.", number)
        if row:
            yield number, row


def _text(cell: Any) -> str:
    """A cell as a person would write it: a year without decimals, a day as ISO 8601 has it."""
    match cell:
        case str():
            return cell
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == datetime.min.time():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
    return str(cell)


# Workbooks


def _sheets(data: bytes) -> Iterator[Grid]:
    """The sheets that a reader sees, in order, each read when it is asked for."""
    number, names, left = 0, [""], float(SECONDS)
    while number < len(names[:MOST_SHEETS]):
        told = _elsewhere(data, number, left)
        left -= told["seconds"]
        names = told["names"]
        if number < len(names):
            fault = Unfit(*told["fault"]) if told["fault"] else None
            yield Grid(told["format"], told["rows"], sheet=names[number], fault=fault)
        number += 1


def _elsewhere(data: bytes, number: int, seconds: float) -> dict[str, Any]:
    """What `told` tells, from a process of its own that may fail in any way, and its `seconds`.

    Raises Unfit, after so many seconds at most: all sheets of a workbook share them.
    """
    command = [sys.executable, "-I", __file__, str(number)]
    with _TURNS, TemporaryFile() as given, TemporaryFile() as answer:
        given.write(data)
        given.seek(0)
        began = monotonic()
        try:
            ended = subprocess.run(  # noqa: S603 our own file, and no word of the reader’s
                command,
                stdin=given,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
                env={},
            )
        except subprocess.TimeoutExpired:
            raise Unfit("unsafe-file", _COSTLY) from None
        if ended.returncode:
            raise Unfit("unsafe-file", _COSTLY)
        answer.seek(0)
        found: dict[str, Any] = {**json.load(answer), "seconds": monotonic() - began}
    if "unfit" in found:
        raise Unfit(*found["unfit"])
    return found


def told(data: bytes, number: int) -> dict[str, Any]:
    """The format, the names of the sheets that are not hidden, and the rows of one, as JSON."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.namelist()
        form = XLSX if "xl/workbook.xml" in entries else ODS
        if form == ODS and "content.xml" not in entries:
            return {"unfit": ["unknown-format", _ANOTHER]}
        locked = any(entry.flag_bits & 1 for entry in archive.infolist())
        if locked or (form == ODS and b"encryption-data" in archive.read(_MANIFEST)):
            return {"unfit": ["encrypted", _LOCKED]}
        workbook = load_workbook(io.BytesIO(data))
        shown = [
            one.name
            for one in workbook.sheets_metadata
            if (one.typ, one.visible) == (SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible)
        ]
        if number >= len(shown):
            return {"format": form, "names": shown, "rows": [], "fault": None}
        sheet = workbook.get_sheet_by_name(shown[number])
        rows, fault = _limited(sheet.to_python(skip_empty_area=False))
        _fill(rows, sheet.merged_cell_ranges or ())
    except (CalamineError, LookupError, ValueError, zipfile.BadZipFile, zlib.error):
        return {"unfit": ["damaged", _DAMAGED]}
    ended = [fault.code, fault.words, fault.row] if fault else None
    return {"format": form, "names": shown, "rows": rows, "fault": ended}


def _fill(rows: list[list[str]], merged: Iterable[Any]) -> None:
    """A cell that runs over several rows says the same of each."""
    for (first, column), (last, _) in merged:
        if first < len(rows) and column < len(rows[first]):
            for row in rows[first + 1 : last + 1]:
                row.extend([""] * (column + 1 - len(row)))
                row[column] = rows[first][column]


def confine(limits: Iterable[tuple[int, int]]) -> None:
    """Put this process within limits, or within those that it is in already, if they are lower."""
    for limit, most in limits:
        _, hard = resource.getrlimit(limit)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (least, least))


def main() -> None:
    """The process that reads: a workbook on its input, `told` on its output, within limits."""
    confine(LIMITS)
    answer = told(sys.stdin.buffer.read(), int(sys.argv[1]))
    sys.stdout.buffer.write(json.dumps(answer).encode())


if __name__ == "__main__":
    main()
