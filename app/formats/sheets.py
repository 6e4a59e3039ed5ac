"""A file as tables of texts: CSV, XLSX or ODS. Bytes in, rows out; knows no heading, no commitment.

A workbook is opened and read by `cells.py`, in a process of its own.
"""

import codecs
import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from threading import BoundedSemaphore

from app.domain.errors import Unavailable
from app.formats import cells
from app.formats.cells import CSV, MOST_ROWS, SECONDS, Sheet, Unopened

MOST_BYTES = 5 * 2**20
LONGEST_CELL = 131_072
DELIMITERS = (",", ";", "\t", "|")
_BLANK, _BLANK_END = "\r\n ,;\t|", re.compile("[\r\n]")
_MARKUP = re.compile(r"\s*(<[!?]|<(html|head|meta|body|table)\b|\{\\rtf)", re.IGNORECASE)
"""What a page or a letter begins with, whatever its name ends in."""

_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CHARSETS = re.compile(r"utf-(8|16|32)(-[lb]e)?|ascii|iso8859-\d+|cp(125\d|437|85\d)|mac-roman")
"""Those of CSV, as Python names them: others of its codecs are no charsets, or cost too much."""
_GUESSED = "windows-1252"
_TURNS = BoundedSemaphore(2)
PATIENCE = 5  # seconds


def tables(data: bytes, charset: str | None = None) -> Iterator[Sheet]:
    """What a file may be read as: each delimiter of a CSV, each sheet of a workbook, in order.

    `charset`: that of a CSV, where its sender names it. Raises Unopened.
    """
    if not data.strip():
        raise Unopened("empty-file")
    if len(data) > MOST_BYTES:
        raise Unopened("too-large", facts={"most": MOST_BYTES // 2**20})
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
        sheet = Sheet(CSV, encoding=encoding, guessed=guessed, delimiter=delimiter)
        _fill(sheet, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        yield sheet


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


def _fill(sheet: Sheet, records: Iterator[list[str]]) -> None:
    """Read the rows of a CSV, to the letter: a quote in a quoted cell is doubled."""
    csv.field_size_limit(LONGEST_CELL)  # another module of the process may have set it otherwise
    number = 0
    try:
        for number, record in enumerate(records, start=1):
            sheet.put(number, [(cell, "") for cell in record])
            if number > 2 * MOST_ROWS:  # blank ones, of which a file may hold five million
                sheet.fault = Unopened("too-many-rows", number, {"most": MOST_ROWS})
            if sheet.fault:
                break
    except csv.Error:
        sheet.fault = Unopened("broken-quotes", number + 1)


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


def _sheets(data: bytes) -> Iterator[Sheet]:
    """The sheets, in order, opened in a process of its own that may fail in any way.

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
        read = json.load(answer)
    if isinstance(read, dict):
        raise Unopened(**read)
    for sheet in read:
        fault = sheet["fault"] and Unopened(**sheet["fault"])
        yield Sheet(**{**sheet, "fault": fault, "marks": [*map(tuple, sheet["marks"])]})
