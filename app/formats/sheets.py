"""A file as grids of texts: CSV, XLSX or ODS. Bytes in, rows out; knows no heading, no commitment.

A workbook is weighed before it is opened, entry by entry, as it really unpacks. Then it is read in
a process of its own with little memory and time, which is this file, run as a script.
"""

import csv
import io
import json
import resource
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import TemporaryFile
from threading import BoundedSemaphore
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
MOST_ENTRIES = 1_000
MOST_UNPACKED = 64 * 2**20
MOST_RATIO, LEAST_JUDGED = 300, 2**20
"""What unpacks to more than so many times its size is a bomb, from so many bytes on."""
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
_ENTITIES = tuple("<!ENTITY".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))
_LOCAL = struct.Struct("<4s22xHH")
_STEP = 64 * 1024
_DEFLATED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, EOFError)
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
        yield from _sheets(data, weighed(data))
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
_UNSAFE = "The workbook unpacks to more than a table could be, so it was not opened."
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


def weighed(data: bytes) -> str:
    """XLSX or ODS, once all that it unpacks to has been counted. Raises Unfit."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
        if len(entries) > MOST_ENTRIES or sum(one.file_size for one in entries) > MOST_UNPACKED:
            raise Unfit("unsafe-file", _UNSAFE)
        left, told = MOST_UNPACKED, {}
        for entry in entries:
            size, beginning = _counted(data, entry, left)
            left -= size
            told[entry.filename] = beginning
    except (*_BROKEN, RuntimeError):
        raise Unfit("damaged", _DAMAGED) from None
    if b"encryption-data" in told.get("META-INF/manifest.xml", b""):
        raise Unfit("encrypted", _LOCKED)
    if "xl/workbook.xml" in told:
        return XLSX
    if told.get("mimetype", b"").startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return ODS
    raise Unfit("unknown-format", "This archive is neither an XLSX nor an ODS workbook.")


def _counted(data: bytes, entry: zipfile.ZipInfo, most: int) -> tuple[int, bytes]:
    """(bytes that an entry really unpacks to, its first ones). Raises Unfit for what is no table.

    The size that it declares is believed by whoever reads it with care, not by every reader.
    """
    if entry.flag_bits & 1:
        raise Unfit("encrypted", _LOCKED)
    size, beginning, tail = 0, b"", b""
    for chunk in _unpacked(data, entry):
        size += len(chunk)
        judged = size > LEAST_JUDGED and size > MOST_RATIO * max(entry.compress_size, 1)
        if size > min(most, entry.file_size) or judged:
            raise Unfit("unsafe-file", _UNSAFE)
        seen = tail + chunk
        if any(entity in seen for entity in _ENTITIES):
            raise Unfit("unsafe-file", "The workbook declares entities of XML: no table does.")
        beginning = beginning or chunk
        tail = seen[-32:]
    if size != entry.file_size:
        raise Unfit("damaged", _DAMAGED)
    return size, beginning


def _unpacked(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """What an entry unpacks to, by the bytes themselves and not by what is declared of them."""
    if entry.compress_type not in _DEFLATED:
        raise zipfile.BadZipFile(entry.compress_type)
    at = entry.header_offset
    mark, name, extra = _LOCAL.unpack_from(data, at)
    if mark != b"PK\x03\x04":
        raise zipfile.BadZipFile(mark)
    begin = at + _LOCAL.size + name + extra
    packed = data[begin : begin + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while packed and not inflate.eof:
        yield inflate.decompress(packed, _STEP)
        packed = inflate.unconsumed_tail


def _sheets(data: bytes, form: str) -> Iterator[Grid]:
    """The sheets that a reader sees, in order, each read when it is asked for."""
    number, names = 0, [""]
    while number < len(names[:MOST_SHEETS]):
        told = _elsewhere(data, number)
        names = told["names"]
        if number < len(names):
            fault = Unfit(*told["fault"]) if told["fault"] else None
            yield Grid(form, told["rows"], sheet=names[number], fault=fault)
        number += 1


def _elsewhere(data: bytes, number: int) -> dict[str, Any]:
    """What `told` tells, from a process of its own that may fail in any way. Raises Unfit."""
    command = [sys.executable, "-I", __file__, str(number)]
    with _TURNS, TemporaryFile() as given, TemporaryFile() as answer:
        given.write(data)
        given.seek(0)
        try:
            ended = subprocess.run(  # noqa: S603 our own file, and no word of the reader’s
                command,
                stdin=given,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
                env={},
            )
        except subprocess.TimeoutExpired:
            raise Unfit("unsafe-file", _COSTLY) from None
        if ended.returncode:
            raise Unfit("unsafe-file", _COSTLY)
        answer.seek(0)
        found: dict[str, Any] = json.load(answer)
    if "unfit" in found:
        raise Unfit(*found["unfit"])
    return found


def told(data: bytes, number: int) -> dict[str, Any]:
    """The names of the sheets that are not hidden, and the rows of one, as JSON."""
    try:
        workbook = load_workbook(io.BytesIO(data))
        shown = [
            one.name
            for one in workbook.sheets_metadata
            if (one.typ, one.visible) == (SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible)
        ]
        if number >= len(shown):
            return {"names": shown, "rows": [], "fault": None}
        sheet = workbook.get_sheet_by_name(shown[number])
        rows, fault = _limited(sheet.to_python(skip_empty_area=False))
        _fill(rows, sheet.merged_cell_ranges or ())
    except (CalamineError, ValueError):
        return {"unfit": ["damaged", _DAMAGED]}
    ended = [fault.code, fault.words, fault.row] if fault else None
    return {"names": shown, "rows": rows, "fault": ended}


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
