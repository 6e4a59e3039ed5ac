"""A seed: the files of a folder of `seed/` as organisations, texts and claims. Writes nothing."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.claims import ANNOUNCED, DEADLINE, DESCRIBED, STATE, Description, Source
from app.domain.ledger import Claim
from app.domain.periods import parse, read_dating, to_json
from app.domain.references import Organization, Programme, Text
from app.domain.values import Title

FOLDERS = Path(__file__).resolve().parent.parent.parent / "seed"
NAMES = ("justice-2021", "api-gouv-fr")
FOLDER = FOLDERS / NAMES[0]
CATALOGUE, CATALOGUER = "https://api.gouv.fr", "dinum"
"""Where the second seed’s promises are kept, and who made them."""
MINISTRY = "ministere-de-la-justice"
ROADMAP = "feuille-de-route-2021"
TYPES = {"Données": "dataset", "API": "api", "Code source": "source_code"}
ANNOUNCEMENTS = {"Nouvelle ouverture": "new", "Poursuite d'une ouverture": "continued"}
TEXT_KINDS = {"arrete": "order", "decret": "decree", "feuille_de_route": "roadmap"}
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
    if folder.name == NAMES[0]:
        claims = [*_openings(folder), *_where_open(folder), *_actions(folder)]
    else:
        claims = list(_interfaces(folder))
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
        values |= {"kind": TEXT_KINDS[row["kind"]], "binding": row["binding"] == "true"}
        yield Text(**values)


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


def _openings(folder: Path) -> Iterator[Claim]:
    """The sourced claims; an announcement carries the identity that the annex gives the row."""
    identities = {row["slug"]: row for row in _rows(folder, "openings.csv")}
    annex = {row[0]: row for row in _annex(folder)}
    titles = {
        (row["commitment"], row["part"]): row["title_fr"] for row in _rows(folder, "parts.csv")
    }
    for row in _rows(folder, "commitment-events.csv"):
        values = _values(row)
        if row["event"] == ANNOUNCED:
            identity = identities[row["commitment"]]
            values |= _identity(identity, annex[identity["title"]], folder.name)
        yield Claim(
            commitment=row["commitment"],
            kind=row["event"],
            part=row["part"] or None,
            part_title=titles.get((row["commitment"], row["part"])),
            values=values,
            decided_on=read_dating(row["decided_on"]),
            published_on=read_dating(row["published_on"]),
            text=row["text"] or None,
            source=_source(row),
            confidence=row["confidence"],
            standing=row["standing"],
            note=row["note"] or None,
        )


def _source(row: Row) -> Source:
    return Source(title=row["source_title"], site=row["source_site"], url=row["source_url"])


def _values(row: Row) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if row["state"]:
        values["state"] = row["state"]
    if row["deadline"] or row["event"] == DEADLINE:
        values["deadline"] = _period(row["deadline"])
    return values


def _period(text: str) -> dict[str, str] | None:
    period = parse(text)
    return to_json(period) if period else None


def _annex(folder: Path) -> list[list[str]]:
    with (folder / "annexe-4-openings.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _identity(row: Row, annexed: list[str], programme: str) -> dict[str, Any]:
    return {
        "programme": programme,
        "type": TYPES[annexed[1]],
        "title": {"fr": row["title"]},
        "short_title": {"fr": row["short_title"]},
        "announcement": ANNOUNCEMENTS[annexed[2]],
        "publisher": row["publisher"],
        "steward": row["steward"],
        "action": f"{programme}/{row['action']}",
        "rank": int(row["rank"]),
        **({"jurisdiction": row["jurisdiction"]} if row["jurisdiction"] else {}),
    }


def _where_open(folder: Path) -> Iterator[Claim]:
    for row in _rows(folder, "where-open.csv"):
        values: dict[str, Any] = {}
        for column, cell in row.items():
            name = column.removesuffix("_from")
            if cell and name in Description.model_fields:
                values[name] = cell if name == column else {"from": cell, "to": None}
        yield Claim(
            commitment=row["commitment"],
            kind=DESCRIBED,
            values=values,
            decided_on=read_dating(row["published_on"]),
            published_on=read_dating(row["published_on"]),
            source=_source(row),
            confidence="medium",
            note=row["note"] or None,
        )


def _actions(folder: Path) -> Iterator[Claim]:
    announced = next(row for row in _rows(folder, "texts.csv") if row["id"] == ROADMAP)
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
            decided_on=read_dating(announced["signed_on"]),
            published_on=read_dating(announced["published_on"]),
            text=ROADMAP,
            note=f"{row['part']}, page {row['page']}",
        )


def _described(row: Row) -> dict[str, Any]:
    """What the columns that bear the name of a field say, in two languages where they end so."""
    values: dict[str, Any] = {}
    for column, cell in row.items():
        name, _, language = column.rpartition("_")
        if cell and column in Description.model_fields:
            values[column] = cell
        elif cell and name in Description.model_fields:
            values.setdefault(name, {})[language] = cell
    return values


def _interfaces(folder: Path) -> Iterator[Claim]:
    """The APIs promised by a month: no text sets it, and a page of the catalogue keeps it."""
    identities = {row["slug"]: row for row in _rows(folder, "openings.csv")}
    for row in _rows(folder, "commitment-events.csv"):
        identity = identities[row["slug"]]
        values: dict[str, Any] = {"state": row["value"]}
        if row["kind"] != STATE:
            values = {"deadline": _period(row["value"])}
        elif identity["landing_path"]:
            values["landing_page"] = CATALOGUE + identity["landing_path"]
        if row["kind"] == ANNOUNCED:
            values |= {name: identity[name] for name in ("type", "publisher")}
            values |= {name: {"fr": identity[name]} for name in ("title", "short_title")}
            values |= {"steward": CATALOGUER, "programme": folder.name}
            values |= {"announcement": "new", "state": "planned"}
            values = {**_described(identity), **values}
        yield Claim(
            commitment=row["slug"],
            kind=row["kind"],
            values=values,
            # The repository says when a page was there, never since when.
            decided_on=read_dating(row["decided_on"] or f"../{row['published_on']}"),
            published_on=read_dating(row["published_on"]),
            source=Source(title=row["source_title"], url=row["source_url"]),
            confidence=row["confidence"],
            note=row["note"] or None,
        )
