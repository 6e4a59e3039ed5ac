"""LibreOffice as a reader: what it makes of a file, cell by cell, with the type of each."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.programs import program

_OASIS = "{urn:oasis:names:tc:opendocument:xmlns"
OFFICE, TABLE, TEXT = (f"{_OASIS}:{name}:1.0}}" for name in ("office", "table", "text"))
PATIENCE = 180
MOST_REPEATED = 2_000
"""Beyond this, LibreOffice repeats an empty cell or row to the end of the sheet."""


@dataclass(frozen=True)
class Cell:
    """A cell as LibreOffice holds it: its type, its value, the text it shows, its formula."""

    kind: str = ""
    value: str = ""
    text: str = ""
    formula: str = ""


def converted(file: Path, suffix: str, how: Sequence[str] = ()) -> Path:
    """The file as LibreOffice saves it in another format."""
    folder = file.parent / suffix
    profile = (file.parent / "profile").as_uri()
    office = program("soffice", "libreoffice", package="libreoffice-calc")
    command = [office, f"-env:UserInstallation={profile}", "--headless", "--norestore"]
    command += ["--convert-to", suffix, "--outdir", str(folder), *how, str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    return folder / f"{file.stem}.{suffix}"


def opened(file: Path, reading: str | None = None) -> dict[str, list[list[Cell]]]:
    """The rows of each sheet of a file. `reading` says how, as LibreOffice’s own dialogue would."""
    tree = ET.parse(converted(file, "fods", [f"--infilter={reading}"] if reading else []))
    return {
        sheet.attrib[f"{TABLE}name"]: _trimmed(list(_rows(sheet)))
        for sheet in tree.iter(f"{TABLE}table")
    }


def _rows(sheet: ET.Element) -> Iterator[list[Cell]]:
    for row in sheet.iter(f"{TABLE}table-row"):
        cells = [cell for element in row for cell in _cells(element)]
        repeated = int(row.attrib.get(f"{TABLE}number-rows-repeated", "1"))
        yield from [cells] * (repeated if repeated < MOST_REPEATED else 1)


def _cells(cell: ET.Element) -> list[Cell]:
    repeated = int(cell.attrib.get(f"{TABLE}number-columns-repeated", "1"))
    kind = cell.attrib.get(f"{OFFICE}value-type", "")
    names = {"date": "date-value", "boolean": "boolean-value", "float": "value"}
    text = "\n".join(map(_shown, cell.findall(f"{TEXT}p")))
    value = cell.attrib.get(f"{OFFICE}{names[kind]}", "") if kind in names else text
    made = Cell(kind, value, text, cell.attrib.get(f"{TABLE}formula", ""))
    return [made] * (repeated if repeated < MOST_REPEATED else 1)


def _shown(element: ET.Element) -> str:
    """The text of a paragraph, with the spaces and tabs that are elements."""
    text = element.text or ""
    for inner in element:
        if inner.tag == f"{TEXT}s":
            text += " " * int(inner.attrib.get(f"{TEXT}c", "1"))
        elif inner.tag == f"{TEXT}tab":
            text += "\t"
        else:
            text += _shown(inner)
        text += inner.tail or ""
    return text


def _trimmed(rows: list[list[Cell]]) -> list[list[Cell]]:
    """The rows without the empty ones at the end, each without its empty cells at the end."""
    for row in rows:
        while row and row[-1] == Cell():
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows
