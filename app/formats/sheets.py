"""A file as grids of texts: CSV, XLSX or ODS. Bytes in, rows out; knows no heading, no commitment.

A workbook is opened and read by `cells.py`, in a process of its own.
"""

import codecs
import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import Any

from app.domain.comparison import SENTENCES
from app.domain.errors import Unavailable
from app.formats import cells
from app.formats.cells import MOST_COLUMNS, MOST_ROWS, SECONDS, Mark, is_blank

MOST_BYTES = 5 * 2**20
LONGEST_CELL = 131_072
"""As the reader of CSV has it, unless another module of the process has set it otherwise."""
DELIMITERS = (",", ";", "\t", "|")
_BLANK, _BLANK_END = "\r\n ,;\t|", re.compile("[\r\n]")
_MARKUP = re.compile(r"\s*(<[!?]|<(html|head|meta|body|table)\b|\{\\rtf)", re.IGNORECASE)
"""What a page or a letter begins with, whatever its name ends in."""

CSV = "csv"
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CHARSETS = re.compile(r"utf-(8|16|32)(-[lb]e)?|ascii|iso8859-\d+|cp(125\d|437|85\d)|mac-roman")
"""Those of CSV, as Python names them: others of its codecs are no charsets, or cost too much."""
_GUESSED = "windows-1252"
_TURNS = BoundedSemaphore(2)
PATIENCE = 5  # seconds


class Unopened(Exception):  # noqa: N818 a fact about a file
    """A file that is not read, or not further: the code of a finding, its facts, and the row."""

    def __init__(self, code: str, row: int | None = None, **facts: Any) -> None:
        self.code, self.row, self.facts = code, row, facts
        super().__init__(SENTENCES[code].format(**facts))


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a sheet as texts, and how they were read.

    The first row is row 1 of the file. `fault` is what ended the reading before the end, `guessed`
    whether nothing said the encoding.
    """

    format: str
    rows: Sequence[Sequence[str]]
    encoding: str | None = None
    guessed: bool = False
    delimiter: str | None = None
    sheet: str | None = None
    hidden: bool = False
    fault: Unopened | None = None
    marks: tuple[Mark, ...] = ()


def grids(data: bytes, charset: str | None = None) -> Iterator[Grid]:
    """What a file may be read as: each delimiter of a CSV, each sheet of a workbook, in order.

    `charset`: that of a CSV, where its sender names it. Raises Unopened.
    """
    if not data.strip():
        raise Unopened("empty-file")
    if len(data) > MOST_BYTES:
        raise Unopened("too-large", most=MOST_BYTES // 2**20)
    if data.startswith(_OLE):
        raise Unopened("encrypted")
    if data.startswith(_ZIP):
        yield from _sheets(data)
        return
    text, encoding = decoded(data, charset)
    if _MARKUP.match(text):
        raise Unopened("unknown-format")
    blank = _BLANK_END.search(text, len(text.rstrip(_BLANK)))
    text = text[: blank.start()] if blank else text
    guessed = encoding == _GUESSED and charset is None
    for delimiter in DELIMITERS:
        rows, fault = _limited(_records(text, delimiter))
        yield Grid(CSV, rows, encoding, guessed, delimiter, fault=fault)


# CSV


def decoded(data: bytes, charset: str | None = None) -> tuple[str, str]:
    """(text, encoding): by its byte order mark, else as declared, else UTF-8, else Windows-1252.

    Raises Unopened.
    """
    marked = [encoding for mark, encoding in _BOMS if data.startswith(mark)]
    declared = [_known(charset)] if charset else []
    for encoding in marked or declared or ("utf-8", _GUESSED):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(letter in text for letter in "\0\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x1b"):
            return text, encoding
    raise Unopened("wrong-charset" if declared and not marked else "unknown-format")


def _known(charset: str) -> str:
    """A charset that is read here. Raises Unopened."""
    try:
        name = codecs.lookup(charset).name
    except LookupError:
        name = ""
    if not _CHARSETS.fullmatch(name):
        raise Unopened("wrong-charset")
    # Whoever says Latin 1 means Windows-1252, as browsers know (encoding.spec.whatwg.org).
    return _GUESSED if name in ("iso8859-1", "cp1252") else charset.lower()


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The records of a CSV, to the letter: a quote in a quoted cell is doubled. Raises Unopened."""
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    try:
        for row, record in enumerate(records, start=1):
            if any(len(cell) > LONGEST_CELL for cell in record):
                raise Unopened("broken-quotes", row)
            yield record
    except csv.Error:
        raise Unopened("broken-quotes", row + 1) from None


def _limited(records: Iterable[Sequence[str]]) -> tuple[list[list[str]], Unopened | None]:
    """The rows, without the empty ones at the end, and what ended them too early."""
    rows: list[list[str]] = []
    try:
        for number, row in _filled(records):
            rows.extend([] for _ in range(len(rows) + 1, number))
            rows.append(row)
    except Unopened as fault:
        return rows, fault
    return rows, None


def _filled(records: Iterable[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, with their numbers. Raises Unopened beyond the limits."""
    for number, record in enumerate(records, start=1):
        row = list(record)
        while row and is_blank(row[-1]):
            row.pop()
        if len(row) > MOST_COLUMNS:
            raise Unopened("too-many-columns", number, most=MOST_COLUMNS, n=len(row))
        if number > (MOST_ROWS if row else 2 * MOST_ROWS):
            raise Unopened("too-many-rows", number, most=MOST_ROWS)
        if row:
            yield number, row


# Workbooks


@contextmanager
def turn(turns: BoundedSemaphore) -> Iterator[None]:
    """One’s turn to start a process. Raises Unavailable where others take too long."""
    if not turns.acquire(timeout=PATIENCE):
        raise Unavailable("Too many tables are being read at once. Nothing was changed.")
    try:
        yield
    finally:
        turns.release()


def _sheets(data: bytes) -> Iterator[Grid]:
    """The sheets, in order."""
    answer = _elsewhere(data)
    for sheet in answer["sheets"]:
        rows: list[list[str]] = []
        for number, row in sheet["rows"]:
            rows += ([] for _ in range(len(rows) + 1, number))
            rows.append(row)
        fault = _unopened(sheet["fault"]) if sheet["fault"] else None
        marks = tuple(map(tuple, sheet["marks"]))
        name, hidden = sheet["name"], sheet["hidden"]
        yield Grid(answer["format"], rows, sheet=name, hidden=hidden, fault=fault, marks=marks)


def _unopened(fault: dict[str, Any]) -> Unopened:
    return Unopened(fault["code"], fault.get("row"), **fault.get("facts", {}))


def _elsewhere(data: bytes) -> dict[str, Any]:
    """What `cells.opened` returns, from a process of its own that may fail in any way.

    Raises Unopened, Unavailable.
    """
    with turn(_TURNS), TemporaryFile() as given, TemporaryFile() as answer:
        given.write(data)
        given.seek(0)
        try:
            subprocess.run(  # noqa: S603 our own file, and no word of the reader’s
                [sys.executable, "-I", cells.__file__],
                stdin=given,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=True,
                env={},
            )
        except subprocess.SubprocessError:
            raise Unopened("unsafe-file") from None
        answer.seek(0)
        read: dict[str, Any] = json.load(answer)
    if "sheets" not in read:
        raise _unopened(read)
    return read
