"""A seed: the files of a folder of `seed/` as organisations, texts and claims. Writes nothing."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.claims import ACCEPTED, ANNOUNCED, DEADLINE, Source, Values
from app.domain.ledger import Claim
from app.domain.periods import parse, read_dating, to_json
from app.domain.references import Organization, Programme, Text
from app.domain.values import Title

FOLDERS = Path(__file__).resolve().parent.parent.parent / "seed"
NAMES = ("justice-2021", "api-gouv-fr")
FOLDER = FOLDERS / NAMES[0]
MINISTRY = "ministere-de-la-justice"
ROADMAP = "feuille-de-route-2021"
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Seed:
    """What the register begins with, claims in the order in which they happened."""

    organizations: tuple[Organization, ...]
    texts: tuple[Text, ...]
    programmes: tuple[Programme, ...]
    claims: tuple[Claim, ...]


def read(folder: Path = FOLDER) -> Seed:
    """The seed as its files tell it."""
    claims = [*_claims(folder), *_actions(folder)]
    return Seed(
        organizations=tuple(_organizations(folder)),
        texts=tuple(_texts(folder)),
        programmes=tuple(_programmes(folder)),
        claims=tuple(
            sorted(claims, key=lambda claim: (claim.published_on.last, claim.decided_on.last))
        ),
    )


def _rows(folder: Path, name: str) -> list[Row]:
    """The rows of a file; none of one that the seed does not have."""
    if not (folder / name).exists():
        return []
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _organizations(folder: Path) -> Iterator[Organization]:
    for row in _rows(folder, "organizations.csv"):
        name = Title.of(row["name_fr"], row.get("name_en") or None)
        yield Organization(row["slug"], name, row.get("part_of") or None)


def _texts(folder: Path) -> Iterator[Text]:
    for row in _rows(folder, "texts.csv"):
        values: dict[str, Any] = {name: value or None for name, value in row.items()}
        yield Text(**{**values, "binding": row["binding"] == "true"})


def _programmes(folder: Path) -> Iterator[Programme]:
    for row in _rows(folder, "programme.csv"):
        yield Programme(
            row["id"],
            Title.of(row["title_fr"], row["title_en"]),
            row["ministry"],
            start=row["start"],
            end=row["end"],
            text=row["text"] or None,
            annexes=tuple(filter(None, row["annexes"].split("; "))),
        )


def _claims(folder: Path) -> Iterator[Claim]:
    """The sourced claims; an announcement carries what identifies its opening."""
    identities = {row["slug"]: row for row in _rows(folder, "openings.csv")}
    titles = {
        (row["commitment"], row["part"]): row["title_fr"] for row in _rows(folder, "parts.csv")
    }
    for row in (*_rows(folder, "commitment-events.csv"), *_rows(folder, "where-open.csv")):
        part, values = row.get("part") or None, _values(row)
        if row["event"] == ANNOUNCED:
            values |= {"programme": folder.name, **_values(identities[row["commitment"]])}
        yield Claim(
            commitment=row["commitment"],
            kind=row["event"],
            part=part,
            part_title=titles.get((row["commitment"], row.get("part", ""))),
            values=values,
            decided_on=read_dating(row["decided_on"]),
            published_on=read_dating(row["published_on"]),
            text=row.get("text") or None,
            source=Source(
                title=row["source_title"], site=row.get("source_site"), url=row["source_url"]
            ),
            confidence=row["confidence"],
            standing=row.get("standing", ACCEPTED),
            note=row["note"] or None,
        )


def _values(row: Row) -> dict[str, Any]:
    """What the columns that bear the name of a field say, part by part where they end so."""
    values: dict[str, Any] = {}
    if row.get("event") == DEADLINE:
        values["deadline"] = None
    for column, cell in row.items():
        name, _, within = column.rpartition("_")
        if cell and column in Values.model_fields:
            values[column] = _READ.get(column, str)(cell)
        elif cell and name in Values.model_fields:
            values.setdefault(name, {"to": None} if within == "from" else {})[within] = cell
    return values


def _period(text: str) -> dict[str, str] | None:
    period = parse(text)
    return to_json(period) if period else None


_READ: dict[str, Callable[[str], Any]] = {"deadline": _period, "rank": int}


def _actions(folder: Path) -> Iterator[Claim]:
    published = {row["id"]: row["published_on"] for row in _rows(folder, "texts.csv")}
    for rank, row in enumerate(_rows(folder, "roadmap-actions.csv"), start=1):
        yield Claim(
            commitment=f"{folder.name}/{row['code']}",
            kind=ANNOUNCED,
            values={
                "type": "action",
                "programme": folder.name,
                "title": {"fr": row["title"]},
                "publisher": MINISTRY,
                "steward": MINISTRY,
                "section": row["section"],
                "rank": rank,
                "state": "planned",
                "deadline": _period(row["deadline"]),
            },
            decided_on=read_dating(published[ROADMAP]),
            published_on=read_dating(published[ROADMAP]),
            text=ROADMAP,
            note=f"{row['part']}, page {row['page']}",
        )
