"""Statistics as JSON and as a table."""

import csv
import json
from collections.abc import Sequence
from datetime import date
from io import StringIO
from typing import Any

import pytest

from app.domain.commitments import Commitment
from app.domain.statistics import BY, Statistics, moves_of, of_entries, of_texts
from app.formats import columns, document, table
from tests.domain.histories import due
from tests.entries import figure_of
from tests.formats import records
from tests.formats.records import BASE, CONTEXT, golden

EVERY = [*(make() for make in records.EVERY), records.action()]


def counted(entries: Sequence[Commitment], by: str, day: date = CONTEXT.day) -> Statistics:
    """The statistics of these entries."""
    if by != "text":
        return of_entries(map(figure_of, entries), by, day)
    return of_texts(m for e in entries for m in moves_of(e.slug, e.type, e.moves, e.parts))


def statistics(entries: Sequence[Commitment], by: str, day: date = CONTEXT.day) -> dict[str, Any]:
    """The statistics of these entries as JSON, read back."""
    made = document.statistics(counted(entries, by, day), records.as_of(day))
    read: dict[str, Any] = json.loads(document.encode(made))
    return read


def as_csv(entries: Sequence[Commitment], by: str) -> bytes:
    return b"".join(table.csv(columns.statistics(counted(entries, by), CONTEXT)))


def lines(entries: Sequence[Commitment], by: str) -> list[dict[str, str]]:
    """The same as CSV, read back."""
    return list(csv.DictReader(StringIO(as_csv(entries, by).decode(), newline=""), strict=True))


@pytest.mark.parametrize("by", BY)
def test_a_line_of_csv_has_the_figures_of_a_row_under_joined_names(by: str) -> None:
    made, read = statistics(EVERY, by), lines(EVERY, by)
    assert [line["by"] for line in read] == [by] * len(made["data"]) + ["all"]
    for row, line in zip([*made["data"], made["overall"]], read, strict=True):
        assert (line.pop("as_of"), line.pop("position")) == ("2026-11-23", "57")
        line.pop("by")
        assert line == {
            name: "" if value is None else str(value).split("?as_of")[0]
            for name, value in flat(row).items()
        }


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """Each value by the names on the way to it."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        inner = flat(value) if isinstance(value, dict) else {"": value}
        values |= {f"{name}_{key}".rstrip("_"): part for key, part in inner.items()}
    return values


def test_where_the_moves_of_a_text_are_is_its_address_on_that_day() -> None:
    today = document.statistics(counted([records.moved()], "text"), CONTEXT)
    assert today["data"][0]["details"] == f"{BASE}/api/v1/texts/later"
    past = statistics([records.moved()], "text", date(2026, 10, 1))
    assert past["data"][0]["details"] == f"{BASE}/api/v1/texts/later?as_of=2026-10-01"
    loose = records.opening("loose", due("2022-01-01", "2024-12-31", text=None))
    (row,) = statistics([loose], "text")["data"]
    assert (row["group"], row["title"], row["details"], row["moves"]) == (None, None, None, 1)


@pytest.mark.parametrize("by", ["publisher", "text"])
def test_statistics_have_golden_files(by: str) -> None:
    made = document.encode(document.statistics(counted(EVERY, by), CONTEXT))
    assert made == golden(f"statistics-{by}.json", made)
    made = as_csv(EVERY, by)
    assert made == golden(f"statistics-{by}.csv", made)
    assert [*lines([], by)[0]] == made.decode().partition("\r\n")[0].split(",")
