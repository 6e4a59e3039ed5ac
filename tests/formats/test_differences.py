"""Two snapshots of one entry side by side: as a document, and a row a column that differs."""

import csv
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest

from app.domain.commitments import Commitment
from app.domain.ledger import Event
from app.formats import columns, document, table
from app.formats.columns import Differing
from tests.formats import records
from tests.formats.records import entry, history

EARLIER, LATER = (records.as_of(date.fromisoformat(day)) for day in ("2025-09-02", "2025-09-03"))
EVENTS = history("moved", *records.MOVED)
BEFORE, AFTER = (entry(EVENTS, context.day) for context in (EARLIER, LATER))


def rows(*differing: Differing) -> list[dict[str, str]]:
    body = b"".join(table.csv(columns.differences(differing, EARLIER, LATER)))
    return list(csv.DictReader(StringIO(body.decode(), newline="")))


def test_a_move_is_told_with_the_values_that_it_changed_and_the_event_that_made_it() -> None:
    made = document.difference(BEFORE, AFTER, EVENTS[-1:], EARLIER, LATER)
    assert (made["id"], made["type"]) == ("moved", "dataset")
    assert made["before"]["deadline"]["end"] == "2025-09-30"
    assert made["after"]["deadline"]["end"] == "2026-09-30"
    assert [(move["part"], move["days"]) for move in made["moves"]] == [(None, 365)]
    assert [event["position"] for event in made["events"]] == [4]
    cells = {
        row["column"]: (row["before"], row["after"]) for row in rows((BEFORE, AFTER, EVENTS[-1:]))
    }
    assert cells["deadline_end"] == ("2025-09-30", "2026-09-30")
    assert {
        (row["from"], row["to"], row["texts"], row["events"])
        for row in rows((BEFORE, AFTER, EVENTS[-1:]))
    } == {("2025-09-02", "2025-09-03", "later", "4")}
    assert not {"id", "version", "as_of"} & cells.keys()


@pytest.mark.parametrize(("before", "after"), [(None, AFTER), (BEFORE, None)])
def test_what_begins_or_ends_between_has_one_side(
    before: Commitment | None, after: Commitment | None
) -> None:
    made = document.difference(before, after, (), EARLIER, LATER)
    assert [made[side] is None for side in ("before", "after")] == [before is None, after is None]
    (title,) = [row for row in rows((before, after, ())) if row["column"] == "title_fr"]
    known = "Décisions n° moved"
    assert (title["before"], title["after"]) == ((before and known) or "", (after and known) or "")


def test_one_more_day_of_lateness_is_no_difference() -> None:
    late = entry(EVENTS, date(2026, 11, 22))
    days = (records.as_of(date(2026, 11, day)) for day in (22, 23))
    made = document.difference(late, late, (), *days)
    assert (made["before"], made["after"], made["moves"]) == ({}, {}, [])


def test_the_days_and_positions_of_a_change_lead_to_the_entry_then() -> None:
    course = document.course(AFTER, [LATER.day], EVENTS[-1:], LATER)
    iri = f"{records.BASE}/openings/moved"
    assert course["days"] == [{"as_of": "2025-09-03", "address": f"{iri}?as_of=2025-09-03"}]
    assert [row["address"] for row in course["positions"]] == [f"{iri}?at=4"]


def test_what_is_not_public_is_no_reason() -> None:
    hidden: Event = replace(EVENTS[-1], claim=None)
    assert document.difference(BEFORE, AFTER, [hidden], EARLIER, LATER)["events"] == []
