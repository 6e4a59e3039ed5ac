"""The lists as tables: what the JSON documents say, in cells."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import frictionless
import pytest
from frictionless.resources import TableResource

from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.errors import BadQuery
from app.domain.rows import row_of
from app.domain.search import Export
from app.formats import BY_SUFFIX, columns, table
from app.formats.columns import ACTIONS, MOVES, OPENINGS, TABLES, Table, documents
from tests.domain.histories import due, state
from tests.entries import redescribed
from tests.formats import records
from tests.formats.records import CONTEXT, opening

LATER = records.LATER.title
EVERY = [make() for make in records.EVERY]
LISTS = {
    "openings": (OPENINGS, EVERY),
    "actions": (ACTIONS, [records.action()]),
    "moves": (MOVES, EVERY),
}


def written(of: Table, entries: list[Commitment], context: Context = CONTEXT) -> bytes:
    """The entries as CSV."""
    made = documents(map(row_of, entries), of.name, context)
    return b"".join(table.csv(of.sheet(made, "keys", typed=False)))


def rows(body: bytes) -> list[dict[str, str]]:
    """A CSV with a header, as a second implementation reads it."""
    return list(csv.DictReader(io.StringIO(body.decode(), newline=""), strict=True))


def row(entry: Commitment, context: Context = CONTEXT) -> dict[str, str]:
    """An entry as a row."""
    of = ACTIONS if entry.type == "action" else OPENINGS
    (only,) = rows(written(of, [entry], context))
    return only


@pytest.mark.parametrize(
    ("entry", "cells"),
    [
        (records.undated(), {"moves": "2023-06-30/none later"}),
        (
            opening("earlier", due("2022-01-01", "2023-03-31", text=None)),
            {"moves": "2023-06-30/2023-03-31 -91", "slip_days": "-91"},
        ),
        (
            opening(
                "taken",
                due("2024-12-10", "2027-12-31", part="minor", part_title="Contraventions"),
                due("2025-12-10", None, part="minor", reason="no date yet"),
                state("2025-12-11", "available", part="minor"),
            ),
            {"parts": "minor available none no_deadline"},
        ),
        (
            replace(redescribed(records.planned(), publisher="nobody"), steward=None),
            {
                "publisher": "nobody",
                "publisher_name_fr": "nobody",
                "steward": "",
                "steward_name_fr": "",
                "steward_name_en": "",
            },
        ),
    ],
    ids=["withdrawn", "earlier", "part without deadline", "unknown names"],
)
def test_a_cell_is_spelt(entry: Commitment, cells: dict[str, str]) -> None:
    assert cells.items() <= row(entry).items()


def test_parts_are_in_words_where_labels_are_asked_for() -> None:
    entry = opening(
        "taken", due("2024-12-10", "2027-12-31", part="minor", part_title="Contraventions")
    )
    sheet = OPENINGS.sheet(documents([row_of(entry)], "openings", CONTEXT), "fr")
    cell = dict(zip(sheet.header, next(iter(sheet.rows)), strict=True))["Parties"]
    assert cell == "Contraventions, Planifié, 2027-12-31, Échéance à venir"


@pytest.mark.parametrize("of", [OPENINGS, ACTIONS], ids=lambda of: of.name)
def test_the_header_is_of_keys_or_of_labels(of: Table) -> None:
    sheets = {labels: of.sheet([], labels) for labels in ("keys", "fr", "en")}
    assert sheets["keys"].header[:3] == ("id", "short_title_fr", "title_fr")
    assert sheets["fr"].header[:3] == (
        "Nom permanent",
        "Titre court, en français",
        "Titre, en français",
    )
    assert sheets["en"].header[:3] == (
        "Permanent name",
        "Short title, in French",
        "Title, in French",
    )
    for sheet in sheets.values():
        assert len(set(sheet.header)) == len(sheet.header) == len(sheet.widths)
        assert all(name.strip() == name != "" for name in sheet.header)
        assert all(10 <= width <= 62 for width in sheet.widths)
    names = {"openings": ["Ouvertures", "Openings"], "actions": ["Actions", "Actions"]}
    assert [sheet.name for sheet in sheets.values()] == [of.name, *names[of.name]]


@pytest.mark.parametrize(
    ("labels", "cells"),
    [
        ("keys", ("action", "available", "cph", "quarter", False)),
        ("fr", ("Action", "Réalisé", "conseils de prud’hommes", "Trimestre", "Non")),
        ("en", ("Action", "Available", "conseils de prud’hommes", "Quarter", "No")),
    ],
)
def test_with_labels_the_words_of_cells_are_in_that_language_too(
    labels: str, cells: tuple[str, ...]
) -> None:
    entry = redescribed(replace(records.action(), state="available"), jurisdiction="cph")
    chosen = ("type", "state", "jurisdiction", "deadline_precision", "uncertain")
    export = Export(of="actions", columns=chosen, labels=labels)
    assert [*columns.sheet([row_of(entry)], export, CONTEXT).rows] == [cells]


def test_columns_are_left_out_and_put_in_order_and_no_other_is_taken() -> None:
    asked = Export(columns=("state", "id", "state"))
    chosen = columns.sheet(map(row_of, EVERY[:1]), asked, CONTEXT)
    assert (chosen.header, [*chosen.rows]) == (("state", "id"), [("planned", "planned")])
    with pytest.raises(BadQuery) as refusal:
        columns.sheet([], Export(columns=("id", "titel_fr")), CONTEXT)
    ((field, why),) = refusal.value.errors
    assert (field, why.facts["near"]) == ("columns", "title_fr")


def test_a_move_is_a_row_with_its_text_and_the_part_that_it_is_about() -> None:
    entries = [records.moved(), records.divided(), records.undated(), records.planned()]
    lines_read = rows(written(MOVES, entries))
    names = ("commitment", "part", "from", "to", "days", "text_title", "published_on")
    assert [tuple(row[name] for name in names) for row in lines_read] == [
        ("moved", "", "2023-06-30", "2025-09-30", "823", "unknown-text", "2023"),
        ("moved", "", "2025-09-30", "2026-09-30", "365", LATER, "2025-09-03"),
        ("divided", "minor", "2023-06-30", "2027-12-31", "1645", LATER, "2024-12-10"),
        ("divided", "major", "2023-06-30", "2028-12-31", "2011", LATER, "2024-12-10"),
        ("undated", "", "2023-06-30", "", "", LATER, "2022-07-01"),
    ]
    whole = Export(of="moves")
    assert BY_SUFFIX["jsonl"].whole is not None
    lines = b"".join(BY_SUFFIX["jsonl"].whole(map(row_of, entries), whole, CONTEXT)).splitlines()
    assert [json.loads(line)["days"] for line in lines] == [823, 365, 1645, 2011, None]


# Table Schema.


def valid(body: bytes, schema: dict[str, Any], folder: Path) -> list[Any]:
    """What frictionless finds wrong in a CSV that has this schema."""
    (folder / "list.csv").write_bytes(body)
    resource = frictionless.Resource(
        path="list.csv", basepath=str(folder), schema=frictionless.Schema.from_descriptor(schema)
    )
    report = resource.validate()
    return [*report.flatten(["rowNumber", "fieldName", "type", "note"]), *report.errors]


@pytest.mark.parametrize("name", LISTS)
def test_the_schema_is_one_and_the_list_keeps_to_it(name: str, tmp_path: Path) -> None:
    of, entries = LISTS[name]
    schema = json.loads(json.dumps(of.schema()))
    assert valid(written(of, entries), schema, tmp_path) == []
    assert valid(written(of, []), schema, tmp_path) == []
    read = frictionless.Schema.from_descriptor(schema)
    assert read.field_names == [column.key for column in of.columns]
    assert read.primary_key == ([] if of is MOVES else ["id"])
    assert read.missing_values == [""]


def test_a_schema_reads_every_cell_back_with_its_type(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(written(OPENINGS, EVERY))
    schema = frictionless.Schema.from_descriptor(OPENINGS.schema())
    resource = TableResource(path="list.csv", basepath=str(tmp_path), schema=schema)
    cells = [tuple(row.values()) for row in resource.read_rows()]
    given = list(OPENINGS.sheet(documents(map(row_of, EVERY), "openings", CONTEXT), "keys").rows)
    assert len(cells) == len(given) == len(EVERY)
    for read, made in zip(cells, given, strict=True):
        assert list(read) == [cell if cell != "" else None for cell in made]


@pytest.mark.parametrize("of", TABLES.values(), ids=lambda of: of.name)
def test_every_column_is_explained(of: Table) -> None:
    for column in of.schema()["fields"]:
        assert column["description"].endswith("."), column["name"]
        assert column["title"] == column["titles"]["en"]
