"""Statistics as JSON and as CSV: the figures of the documents, counted again by other means."""

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
from app.domain.references import Organization, Text
from app.domain.search import Export
from app.domain.statistics import BY, Figure, Statistics, moves_of, of_entries, of_texts
from app.domain.values import Title
from app.formats import document, figures
from tests import recount
from tests.domain.histories import described, due, written
from tests.domain.test_properties import BEGINNING, histories
from tests.entries import redescribed
from tests.formats import records
from tests.formats.records import BASE, CONTEXT, golden

TITLES = {text.id: text.title for text in (records.ORDER, records.ROADMAP, records.LATER)}
PLAIN = BY[:3]


def figure_of(entry: Commitment) -> Figure:
    """What is counted of one entry."""
    first = entry.first_deadline
    return Figure(
        entries=1,
        slug=entry.slug,
        publisher=entry.described.publisher,
        type=entry.type,
        access=entry.described.access_rights,
        first_due=first.period.end if first else None,
        timing=entry.timing,
        timing_first=entry.timing_first,
        uncertain=entry.uncertain,
        postponements=entry.postponements,
        moves=len(entry.moves),
        slip_days=entry.slip_days,
    )


def counted(entries: Sequence[Commitment], by: str, day: date = CONTEXT.day) -> Statistics:
    """The statistics of these entries."""
    if by != "text":
        return of_entries(map(figure_of, entries), by, day)
    return of_texts(m for e in entries for m in moves_of(e.slug, e.type, e.moves, e.parts))


def documents(entries: Sequence[Commitment], day: date = CONTEXT.day) -> list[dict[str, Any]]:
    """The same entries as readers have them, through JSON and back."""
    context = records.as_of(day)
    return [json.loads(document.encode(document.opening(one, context))) for one in entries]


def told(entries: Sequence[Commitment], by: str, day: date = CONTEXT.day) -> dict[str, Any]:
    """The statistics of these entries as JSON, read back."""
    context = records.as_of(day)
    found: dict[str, Any] = json.loads(figures.in_json(counted(entries, by, day), context))
    return found


def lines(entries: Sequence[Commitment], by: str) -> list[dict[str, str]]:
    """The same as CSV, read back."""
    body = figures.in_csv(counted(entries, by), Export(), CONTEXT)
    return list(csv.DictReader(StringIO(body.decode(), newline=""), strict=True))


def every() -> list[Commitment]:
    """An opening of each kind, and an action."""
    return [*(make() for make in records.EVERY), records.action()]


@pytest.mark.parametrize("by", PLAIN)
def test_every_figure_is_what_a_reader_counts_in_the_documents(by: str) -> None:
    found, entries = told(every(), by), documents(every())
    assert found["by"] == by
    assert found["data"] == recount.ROWS[by](entries)
    assert found["overall"] == recount.row(entries)
    assert found["register"] == {"position": 57, "hash": "ab" * 32, "as_of": "2026-11-23"}


def test_what_each_text_moved_is_what_a_reader_counts_in_the_documents() -> None:
    titles = {**TITLES, "unknown-text": "unknown-text"}
    expected = recount.by_text(documents(every()), titles, BASE, "?as_of=2026-11-23")
    found = told(every(), "text")
    assert {name: found[name] for name in expected} == expected
    assert [row["group"] for row in found["data"]] == ["later", "unknown-text"]


days = st.integers(0, 1500).map(lambda number: BEGINNING + timedelta(days=number))
registers = st.lists(histories(), max_size=4)


def folded(told: Sequence[Sequence[Claim]], day: date) -> list[Commitment]:
    """Each history as an entry, if it exists on that day."""
    found = []
    for number, claims in enumerate(told):
        first, *others = [replace(one, commitment=f"entry-{number}") for one in claims]
        spans = resolve(written([first, *others]))
        publisher = "cour" if number % 2 else "other"
        if entry := on(spans, day):
            found.append(
                replace(
                    redescribed(entry, publisher=publisher), type=("dataset", "api")[number % 2]
                )
            )
    return found


@given(registers, days)
def test_whatever_was_claimed_the_figures_are_those_of_the_documents(
    told_: list[list[Claim]], day: date
) -> None:
    entries = folded(told_, day)
    read = documents(entries, day)
    for by in PLAIN:
        found = told(entries, by, day)
        assert found["data"] == recount.ROWS[by](read)
        assert found["overall"] == recount.row(read)
    found, moved = (
        told(entries, "text", day),
        recount.by_text(read, TITLES, BASE, f"?as_of={day}"),
    )
    assert (found["data"], found["overall"]) == (moved["data"], moved["overall"])


@pytest.mark.parametrize("by", BY)
def test_a_line_of_csv_has_the_figures_of_a_row_under_joined_names(by: str) -> None:
    found, read = told(every(), by), lines(every(), by)
    assert [line["by"] for line in read] == [by] * len(found["data"]) + ["all"]
    for row, line in zip([*found["data"], found["overall"]], read, strict=True):
        assert (line.pop("as_of"), line.pop("position")) == ("2026-11-23", "57")
        line.pop("by")
        undated = flat(row).items()
        assert line == {
            name: "" if value is None else str(value).split("?as_of")[0] for name, value in undated
        }


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """Each value by the names on the way to it."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= {f"{name}_{key}": one for key, one in flat(value).items()}
        else:
            found[name] = value
    return found


def test_the_head_of_the_csv_names_every_figure() -> None:
    assert list(lines([], "publisher")[0]) == HEAD.split()
    assert list(lines([], "text")[0]) == HEAD_OF_TEXTS.split()


TIMELINESS = """
    {0}_overdue {0}_unconfirmed {0}_due_soon {0}_on_track {0}_delivered_late {0}_delivered_unknown
    {0}_delivered_on_time {0}_delivered_early {0}_no_deadline {0}_not_applicable
"""
SHARE = "{0}_numerator {0}_denominator {0}_value "
SPREAD = "{0}_count {0}_sum {0}_median {0}_mean {0}_longest {0}_longest_count {0}_entry "
HEAD = (
    "as_of position by group name_fr name_en entries uncertain restricted "
    + TIMELINESS.format("timeliness")
    + "opened_on_time "
    + SHARE.format("on_time_rate")
    + SPREAD.format("days_late")
    + TIMELINESS.format("timeliness_first")
    + "opened_on_time_first "
    + SHARE.format("on_time_rate_first")
    + SPREAD.format("days_late_first")
    + "postponed "
    + SHARE.format("postponed_rate")
    + "moves postponements "
    + SPREAD.format("slip_days")
    + SPREAD.format("slip_days_postponed")
)
HEAD_OF_TEXTS = (
    "as_of position by group title entries parts moves later earlier withdrawn "
    + SPREAD.format("days")
    + "days_part details"
)


def test_lines_of_csv_end_as_the_standard_has_it() -> None:
    body = figures.in_csv(counted([], "type"), Export(), CONTEXT)
    assert body.count(b"\r\n") == body.count(b"\n") == 2
    assert body.startswith(b"as_of,position,by,group,name_fr,")


def test_what_a_group_is_called_passes_whole_through_csv() -> None:
    name = 'Cour, "dite" =1+1\nde\r\ncassation \ud800'
    court = Organization("cour", Title.of(fr=name, en=None))
    context = replace(CONTEXT, organizations={"cour": court})
    found = figures.in_csv(counted([records.planned()], "publisher"), Export(), context)
    (line, _) = csv.DictReader(StringIO(found.decode(), newline=""), strict=True)
    assert line["name_fr"] == name.replace("\ud800", "\ufffd")


def test_a_spreadsheet_opens_the_figures_as_numbers_and_no_name_as_a_formula() -> None:
    court = Organization("cour", Title.of(fr="=1+1", en=None))
    context = replace(CONTEXT, organizations={"cour": court})
    entries = [records.moved(), replace(records.divided(), slug="other"), records.in_part()]
    body = figures.in_csv(counted(entries, "publisher"), Export(spreadsheet=True), context)
    assert body.startswith(b"\xef\xbb\xbfas_of;position;by;group;")
    (line, _) = csv.DictReader(StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";")
    assert line["name_fr"] == "'=1+1"
    assert (line["slip_days_median"], line["slip_days_postponed_median"]) == ("1188", "1599,5")


def test_a_publisher_or_text_that_is_not_known_is_called_by_its_name() -> None:
    unknown = redescribed(records.moved(), publisher="nobody")
    assert told([unknown], "publisher")["data"][0]["name"] == {"fr": "nobody", "en": None}
    assert told([unknown], "text")["data"][1]["title"] == "unknown-text"


def test_years_and_the_row_of_all_have_no_name() -> None:
    found = told([records.planned()], "year")
    assert [row["name"] for row in found["data"]] == [{"fr": None, "en": None}]
    assert found["overall"]["name"] == {"fr": None, "en": None}
    assert told([records.planned()], "type")["data"][0]["name"] == {"fr": "Données", "en": "Data"}


def test_where_the_moves_of_a_text_are_told_is_its_address_on_that_day() -> None:
    today = json.loads(figures.in_json(counted([records.moved()], "text"), CONTEXT))
    assert today["data"][0]["details"] == f"{BASE}/api/v1/texts/later"
    past = told([records.moved()], "text", date(2026, 10, 1))
    assert past["data"][0]["details"] == f"{BASE}/api/v1/texts/later?as_of=2026-10-01"


def test_a_move_without_a_text_has_no_title() -> None:
    moved = records.opening("loose", due("2022-01-01", "2024-12-31", text=None))
    (row,) = told([moved], "text")["data"]
    assert (row["group"], row["title"], row["details"], row["moves"]) == (None, None, None, 1)


def test_what_is_restricted_is_told_apart() -> None:
    hidden = records.opening("hidden", described("2022-07-01", access_rights="non_public"))
    whole = told([hidden, records.restricted(), records.abandoned()], "type")["overall"]
    assert (whole["timeliness"]["not_applicable"], whole["restricted"]) == (3, 2)
    assert whole["on_time_rate"] == {"numerator": 0, "denominator": 0, "value": None}


@pytest.mark.parametrize("by", ["publisher", "text"])
def test_statistics_have_golden_files(by: str) -> None:
    entries = every()
    made = figures.in_json(counted(entries, by), CONTEXT)
    assert made == golden(f"statistics-{by}.json", made)
    made = figures.in_csv(counted(entries, by), Export(), CONTEXT)
    assert made == golden(f"statistics-{by}.csv", made)


def test_titles_of_texts_are_theirs() -> None:
    texts = {"later": Text("later", "Arrêté d’août")}
    found = figures.in_json(counted([records.moved()], "text"), replace(CONTEXT, texts=texts))
    assert json.loads(found)["data"][0]["title"] == "Arrêté d’août"
