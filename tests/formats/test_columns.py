"""The lists as tables: what the JSON documents say, in cells."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import frictionless
import pytest
from frictionless.resources import TableResource

from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.values import Words
from app.formats import document, table
from app.formats.columns import ACTIONS, OPENINGS, Table
from tests.domain.histories import due, state
from tests.entries import redescribed
from tests.formats import records
from tests.formats.records import CONTEXT, TODAY, opening

EVERY = [make() for make in records.EVERY]
LISTS = {"openings": (OPENINGS, EVERY), "actions": (ACTIONS, [records.action()])}


def told(of: Table, entries: list[Commitment], context: Context = CONTEXT) -> bytes:
    """The entries as CSV."""
    return b"".join(table.csv(of.sheet(entries, context, "keys")))


def rows(body: bytes) -> list[dict[str, str]]:
    """A CSV with a header, as a second implementation reads it."""
    return list(csv.DictReader(io.StringIO(body.decode(), newline=""), strict=True))


def row(entry: Commitment, context: Context = CONTEXT) -> dict[str, str]:
    """An opening as a row."""
    [found] = rows(told(OPENINGS, [entry], context))
    return found


def words(key: str, told: dict[str, Any]) -> dict[str, Any]:
    return {f"{key}_{language}": text for language, text in told.items()}


def organization(key: str, told: dict[str, Any] | None) -> dict[str, Any]:
    who = told or {"id": None, "name": {"fr": None, "en": None}}
    return {key: who["id"], **words(f"{key}_name", who["name"])}


def several(key: str, told: dict[str, Any] | None, *names: str) -> dict[str, Any]:
    """An object whose first key gives its name to its cell, and the others theirs after it."""
    first, *others = names
    held = told or dict.fromkeys(names)
    return {key: held[first], **{f"{key}_{name}": held[name] for name in others}}


def deadline(key: str, told: dict[str, Any] | None) -> dict[str, Any]:
    return several(key, told, "label", "start", "end", "precision", "text")


SHAPES: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    **dict.fromkeys(("title", "description", "state_label", "access_conditions"), words),
    **dict.fromkeys(("publisher", "steward"), organization),
    **dict.fromkeys(
        ("announced_deadline", "deadline", "first_deadline", "next_deadline"), deadline
    ),
    "moves": lambda key, told: {key: "; ".join(map(moved, told))},
    "parts": lambda key, told: {key: "; ".join(map(part, told))},
    "resources": lambda key, told: {
        key: "; ".join(one["download_url"] or one["url"] for one in told)
    },
    "covers": lambda key, told: {f"{key}_{bound}": day for bound, day in told.items()},
    "contact": lambda key, told: several(key, told, "name", "email", "url"),
    **dict.fromkeys(
        ("keywords", "themes", "hvd_categories"), lambda key, told: {key: "; ".join(told)}
    ),
    "links": lambda _, told: {"correct": told["correct"]},
}
"""The keys of a JSON document that are not one cell: a second way to the same cells."""


def moved(move: dict[str, Any]) -> str:
    days = [] if move["days"] is None else [f"{move['days']:+d}"]
    return " ".join([f"{move['from']}/{move['to'] or 'none'}", *days, move["text"]])


def part(part: dict[str, Any]) -> str:
    end = part["deadline"]["end"] if part["deadline"] else "none"
    return f"{part['key']} {part['state']} {end} {part['timeliness']}"


def spelled(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def expected(entry: Commitment, context: Context) -> dict[str, str]:
    """The row of an entry, made of its JSON document."""
    cells: dict[str, Any] = {}
    for key, value in document.opening(entry, context).items():
        cells.update(SHAPES[key](key, value) if key in SHAPES else {key: value})
    last = {"as_of": context.day, "position": context.head.position}
    return {key: spelled(value) for key, value in {**cells, **last}.items()}


@pytest.mark.parametrize("make", [*records.EVERY, records.action])
@pytest.mark.parametrize("day", [None, "2023-06-30", "2028-01-01"])
def test_a_row_says_what_the_json_document_says(make, day: str | None) -> None:
    context = CONTEXT if day is None else records.as_of(TODAY.fromisoformat(day))
    entry = make()
    of = ACTIONS if entry.type == "action" else OPENINGS
    [found] = rows(told(of, [entry], context))
    assert found == expected(entry, context)


def test_the_columns_of_openings_are_in_the_order_of_the_document() -> None:
    entry = records.moved()
    assert list(row(entry)) == list(expected(entry, CONTEXT))


def test_an_action_has_its_section_besides() -> None:
    openings, actions = ([column.key for column in of.columns] for of in (OPENINGS, ACTIONS))
    assert [key for key in actions if key != "section"] == openings
    [found] = rows(told(ACTIONS, [records.action()]))
    assert (found["id"], found["section"]) == ("A16", "2.2.1")


def test_moves_are_told_with_their_days_and_texts() -> None:
    assert row(records.moved())["moves"] == (
        "2023-06-30/2025-09-30 +823 unknown-text; 2025-09-30/2026-09-30 +365 later"
    )
    assert row(records.undated())["moves"] == "2023-06-30/none later"
    earlier = opening("earlier", due("2022-01-01", "2023-03-31", text=None))
    assert row(earlier)["moves"] == "2023-06-30/2023-03-31 -91"
    assert row(earlier)["slip_days"] == "-91"


def test_parts_are_told_with_their_days() -> None:
    found = row(records.divided())
    assert found["parts"] == (
        "minor planned 2027-12-31 on_track; major planned 2028-12-31 on_track"
    )
    taken = opening(
        "taken",
        due("2024-12-10", "2027-12-31", part="minor", part_title="Contraventions"),
        due("2025-12-10", None, part="minor", reason="no date yet"),
        state("2025-12-11", "available", part="minor"),
    )
    assert row(taken)["parts"].startswith("minor available none ")


def test_several_values_stand_in_one_cell() -> None:
    found = row(records.with_file())
    assert found["keywords"] == "justice; décisions"
    assert found["resources"] == "https://data.example/decisions.csv"
    assert (found["contact"], found["contact_email"]) == ("Service", "service@data.example")
    assert (found["covers_from"], found["covers_to"]) == ("1947", "2021-09-30")


def test_every_row_ends_with_the_day_and_the_position_that_it_holds_for() -> None:
    found = row(records.moved(), records.as_of(TODAY.fromisoformat("2025-09-02")))
    assert list(found.items())[-2:] == [("as_of", "2025-09-02"), ("position", "57")]


def test_what_the_register_does_not_know_by_name_goes_by_its_id() -> None:
    stray = replace(
        redescribed(records.planned(), publisher="nobody"), steward=None, state="dreamt"
    )
    found = row(stray)
    assert (found["publisher"], found["publisher_name_fr"]) == ("nobody", "nobody")
    assert (found["steward"], found["steward_name_fr"], found["steward_name_en"]) == ("", "", "")
    assert (found["state_label_fr"], found["state_label_en"]) == ("dreamt", "dreamt")


@pytest.mark.parametrize("of", [OPENINGS, ACTIONS], ids=lambda of: of.name)
def test_the_header_is_of_keys_or_of_labels(of: Table) -> None:
    headers = {labels: of.sheet([], CONTEXT, labels).header for labels in ("keys", "fr", "en")}
    assert headers["keys"][:3] == ("id", "iri", "type")
    assert headers["fr"][:3] == ("Nom permanent", "Adresse permanente", "Type")
    assert headers["en"][:3] == ("Permanent name", "Permanent address", "Type")
    for header in headers.values():
        assert len(set(header)) == len(header)
        assert all(name.strip() == name != "" for name in header)


def test_a_sheet_is_called_what_the_list_is_called() -> None:
    names = [OPENINGS.sheet([], CONTEXT, labels).name for labels in ("keys", "fr", "en")]
    assert names == ["openings", "Ouvertures", "Openings"]


@pytest.mark.parametrize("of", [OPENINGS, ACTIONS], ids=lambda of: of.name)
def test_a_column_is_as_wide_as_its_labels_and_not_much_wider(of: Table) -> None:
    widths = of.sheet([], CONTEXT, "fr").widths
    assert len(widths) == len(of.columns)
    assert all(10 <= width <= 60 for width in widths)


# Table Schema.


def valid(body: bytes, schema: dict[str, Any], folder: Path) -> list[Any]:
    """What frictionless finds wrong in a CSV that has this schema."""
    (folder / "list.csv").write_bytes(body)
    resource = frictionless.Resource(
        path="list.csv",
        basepath=str(folder),
        schema=frictionless.Schema.from_descriptor(schema),
    )
    report = resource.validate()
    return [*report.flatten(["rowNumber", "fieldName", "type", "note"]), *report.errors]


@pytest.mark.parametrize("name", LISTS)
def test_the_schema_is_one_and_the_list_keeps_to_it(name: str, tmp_path: Path) -> None:
    of, entries = LISTS[name]
    schema = json.loads(json.dumps(of.schema()))
    assert valid(told(of, entries), schema, tmp_path) == []
    assert valid(told(of, []), schema, tmp_path) == []
    read = frictionless.Schema.from_descriptor(schema)
    assert read.field_names == [column.key for column in of.columns]
    assert read.primary_key == ["id"]
    assert read.missing_values == [""]


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("id", "", "primary-key"),
        ("type", "dreamt", "constraint-error"),
        ("state", "", "constraint-error"),
        ("deadline_end", "soon", "type-error"),
        ("slip_days", "1.5", "type-error"),
        ("uncertain", "perhaps", "type-error"),
        ("created", "2026-11-20", "type-error"),
        ("announced_deadline_precision", "week", "constraint-error"),
    ],
)
def test_a_row_that_breaks_the_schema_is_found(
    field: str, value: str, fault: str, tmp_path: Path
) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [column.key for column in OPENINGS.columns])
    writer.writeheader()
    writer.writerow({**row(records.moved()), field: value})
    found = valid(text.getvalue().encode(), OPENINGS.schema(), tmp_path)
    assert fault in {one[2] for one in found}


def test_two_rows_of_one_name_break_the_schema(tmp_path: Path) -> None:
    found = valid(told(OPENINGS, [EVERY[0], EVERY[0]]), OPENINGS.schema(), tmp_path)
    assert {one[2] for one in found} & {"primary-key", "unique-error"}


def test_a_schema_reads_every_cell_back_with_its_type(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(told(OPENINGS, EVERY))
    schema = frictionless.Schema.from_descriptor(OPENINGS.schema())
    resource = TableResource(path="list.csv", basepath=str(tmp_path), schema=schema)
    cells = [tuple(one.values()) for one in resource.read_rows()]
    given = list(OPENINGS.sheet(EVERY, CONTEXT, "keys").rows)
    assert len(cells) == len(given) == len(EVERY)
    for read, made in zip(cells, given, strict=True):
        assert list(read) == [one if one != "" else None for one in made]


@pytest.mark.parametrize("of", [OPENINGS, ACTIONS], ids=lambda of: of.name)
def test_every_column_is_explained(of: Table) -> None:
    for told in of.schema()["fields"]:
        assert told["description"].endswith("."), told["name"]
        assert told["title"] == told["titles"]["en"]


# Hostile content.


HOSTILE = (
    "=1+1",
    'a "b", c; d\te',
    "a\r\nb\nc\rd",
    "\x00\x1f\ufffe",
    "\u202e\u0627\u0644\u0639",
    "👩\u200d⚖️",
    "x" * 100_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_whatever_editors_wrote_comes_back(text: str) -> None:
    entry = redescribed(
        records.with_file(), title=Words.of(fr=text, en=text), keywords=(text,), landing_page=text
    )
    found = row(entry)
    assert (found["title_fr"], found["title_en"]) == (text, text)
    assert (found["keywords"], found["landing_page"]) == (text, text)
    assert (found["id"], found["position"]) == ("with-file", "57")


def test_nothing_internal_is_in_a_table() -> None:
    secret = redescribed(
        records.planned(), budget_status="tenu secret", steering_unit="tenu secret"
    )
    assert b"tenu secret" not in told(OPENINGS, [secret])
    keys = {column.key for of in (OPENINGS, ACTIONS) for column in of.columns}
    assert not keys & {"budget_status", "steering_unit", "visibility"}
