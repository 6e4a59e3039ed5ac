"""Statistics as JSON and as a table: the figures of the documents, counted again by other means."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.commitments import Commitment
from app.domain.fold import on, resolve
from app.domain.ledger import Claim
from app.domain.statistics import BY, Figure, Statistics, moves_of, of_entries, of_texts
from app.formats import columns, document, table
from tests import recount
from tests.domain.histories import due, written
from tests.domain.test_properties import BEGINNING, histories
from tests.entries import redescribed
from tests.formats import records
from tests.formats.records import BASE, CONTEXT, golden

TITLES = {text.id: text.title for text in (records.ORDER, records.ROADMAP, records.LATER)}
PLAIN = BY[:3]
EVERY = [*(make() for make in records.EVERY), records.action()]


def figure_of(entry: Commitment) -> Figure:
    """What is counted of one entry."""
    first = entry.first_deadline
    names = ("slug", "type", "timing", "timing_first", "uncertain", "postponements", "slip_days")
    return Figure(
        entries=1,
        publisher=entry.described.publisher,
        access=entry.described.access_rights,
        first_due=first.period.end if first else None,
        moves=len(entry.moves),
        **{name: getattr(entry, name) for name in names},
    )


def counted(entries: Sequence[Commitment], by: str, day: date = CONTEXT.day) -> Statistics:
    """The statistics of these entries."""
    if by != "text":
        return of_entries(map(figure_of, entries), by, day)
    return of_texts(m for e in entries for m in moves_of(e.slug, e.type, e.moves, e.parts))


def documents(entries: Sequence[Commitment], day: date = CONTEXT.day) -> list[dict[str, Any]]:
    """The same entries as readers have them, through JSON and back."""
    context = records.as_of(day)
    return [json.loads(document.encode(document.opening(entry, context))) for entry in entries]


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


days = st.integers(0, 1500).map(lambda number: BEGINNING + timedelta(days=number))
registers = st.lists(histories(), max_size=4)


def folded(register: Sequence[Sequence[Claim]], day: date) -> list[Commitment]:
    """Each history as an entry, if it exists on that day."""
    entries = []
    for number, claims in enumerate(register):
        spans = resolve(written([replace(c, commitment=f"entry-{number}") for c in claims]))
        publisher, kind = ("cour", "api") if number % 2 else ("other", "dataset")
        if entry := on(spans, day):
            entries.append(replace(redescribed(entry, publisher=publisher), type=kind))
    return entries


@given(registers, days)
def test_whatever_was_claimed_the_figures_are_those_of_the_documents(
    register: list[list[Claim]], day: date
) -> None:
    entries = folded(register, day)
    read = documents(entries, day)
    for by in PLAIN:
        made = statistics(entries, by, day)
        assert (made["data"], made["overall"]) == (recount.ROWS[by](read), recount.row(read))
    made, moved = (
        statistics(entries, "text", day),
        recount.by_text(read, TITLES, BASE, f"?as_of={day}"),
    )
    assert (made["data"], made["overall"]) == (moved["data"], moved["overall"])


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
