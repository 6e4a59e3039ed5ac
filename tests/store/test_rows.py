"""The one guard: a row that somebody altered is left out, logged once, and `verify` names it."""

import logging
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.access import PUBLIC
from app.domain.errors import Unavailable
from app.domain.search import Search, read
from app.register import Clock, log
from app.register.reading import Reading
from app.register.writing import Writing
from app.store import events
from app.store.database import Database
from tests.store.conftest import ENGINES

SLUG = "decisions-conseils-de-prud-hommes"
BY_NAME = Search(sort="slug")
DEEP = "[" * 100_000 + "]" * 100_000


def alter(database: Database, column: str, value: Any) -> None:
    """Write in a column of every row of an opening, past every door."""
    table = "wordings" if column == "described" else "spans"
    cast = "CAST(:value AS TEXT)" if isinstance(value, bytes) else ":value"
    statement = f"UPDATE {table} SET {column} = {cast} WHERE slug = :slug"
    with database.engine.begin() as connection:
        connection.execute(text(statement), {"value": value, "slug": SLUG})


def rewrite(database: Database, content: str, about: str = "commitment = :slug") -> int:
    """Write another content in the place of the last event about something; its position."""
    with database.engine.begin() as connection:
        if database.sqlite:
            connection.execute(text("DROP TRIGGER IF EXISTS events_are_not_updated"))
        else:
            connection.execute(text("ALTER TABLE events DISABLE TRIGGER ALL"))
        last = text(f"SELECT max(position) FROM events WHERE {about}")
        position = int(connection.scalar(last.bindparams(slug=SLUG) if ":" in about else last) or 0)
        change = text("UPDATE events SET content = :content WHERE position = :position")
        connection.execute(change, {"content": content, "position": position})
    return position


def faults(database: Database) -> dict[str, str]:
    findings = reversed(Writing(database, Clock()).verify())
    return {row.where: row.what for row in findings if row.fault}


ALTERED: dict[str, list[tuple[str, Any]]] = {
    "both": [
        ("described", '{"title": {"fr": 5}}'),
        ("record", "{"),
        ("record", "{}"),
        ("record", '{"state_since": {"label": "2021", "earliest": null}, "deadline": 5}'),
        ("record", DEEP),
        ("described", DEEP),
        ("valid_from", "2023-99-99"),
        ("overdue_after", "2023-99-99"),
    ],
    "sqlite": [
        ("record", b"\xff"),
        ("modified", b"\xff"),
        ("valid_from", b"\xff"),
        ("slip", "x"),
        ("slip", b"\xff"),
    ],
    "postgresql": [("valid_from", "infinity")],
}


@pytest.mark.parametrize(
    ("engine_name", "column", "value"),
    [
        (engine, column, value)
        for engine in ENGINES
        for column, value in ALTERED["both"] + ALTERED[engine]
    ],
    indirect=["engine_name"],
)
def test_a_row_that_cannot_be_decoded_is_left_out_of_lists_and_named(
    database: Database, reading: Reading, caplog: pytest.LogCaptureFixture, column: str, value: Any
) -> None:
    before = [entry.slug for entry in reading.find(BY_NAME, PUBLIC).entries]
    events._logged.cache_clear()
    alter(database, column, value)
    database.kept.clear()  # as a process that starts sees it
    with caplog.at_level(logging.ERROR):
        page = reading.find(BY_NAME, PUBLIC)
        walked = [entry.slug for entry in reading.walk(BY_NAME, PUBLIC).entries]
    left = [slug for slug in before if slug != SLUG]
    assert walked == [entry.slug for entry in page.entries] == left
    assert len([line for line in caplog.messages if line.startswith(SLUG)]) == 1
    with pytest.raises(Unavailable, match=SLUG):
        reading.get(SLUG, PUBLIC)
    assert SLUG in faults(database)
    Writing(database, Clock()).rebuild()
    assert Writing(database, Clock()).verify() == []
    assert reading.get(SLUG, PUBLIC).commitment.slug == SLUG


def test_moves_that_cannot_be_read_are_a_refusal_where_they_are_counted(
    database: Database, reading: Reading
) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            text("UPDATE moves SET content = '[5]' WHERE slug = :slug"), {"slug": SLUG}
        )
    with pytest.raises(Unavailable, match=SLUG):
        reading.texts(PUBLIC)


@pytest.mark.parametrize("name", ["state", "type", "announcement"])
def test_a_code_that_this_version_does_not_know_leaves_a_row_out(
    database: Database, reading: Reading, name: str
) -> None:
    alter(database, name, "zzz")
    page = reading.find(BY_NAME, PUBLIC)
    assert SLUG not in [entry.slug for entry in page.entries]
    assert "zzz" not in page.facets[name]
    assert SLUG in faults(database)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_bytes_that_are_no_letters_can_be_written_all_the_same(
    database: Database, reading: Reading
) -> None:
    alter(database, "publisher", b"cour\xff")
    page = reading.find(BY_NAME, PUBLIC)
    assert "".join(page.facets["publisher"]).encode()
    assert SLUG in faults(database)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_entry_whose_time_is_bytes_is_left_out(database: Database, reading: Reading) -> None:
    alter(database, "modified", b"\xff")
    assert SLUG not in [entry.slug for entry in reading.stretch(1, 100).entries]
    assert SLUG not in [entry.slug for entry in reading.find(BY_NAME, PUBLIC).entries]


def test_names_that_cannot_be_read_are_a_refusal_and_a_fault(
    database: Database, reading: Reading
) -> None:
    dated = '"decided_on": "2021", "published_on": "2021"'
    content = f'{{"kind": "organization", "subject": "x", {dated}, "values": {{"name": 5}}}}'
    rewrite(database, content, "kind = 'organization'")
    with pytest.raises(Unavailable, match="names"):
        reading.find(BY_NAME, PUBLIC)
    assert "the register" in faults(database)


@pytest.mark.parametrize(
    "content", ["{", "null", DEEP, "{}", '{"decided_on": "hier", "published_on": "2021"}']
)
def test_an_event_that_cannot_be_decoded_is_left_out_and_named(
    database: Database, reading: Reading, content: str
) -> None:
    total = len(reading.events(SLUG, PUBLIC).events)
    position = rewrite(database, content)
    assert len(reading.events(SLUG, PUBLIC).events) == total - 1
    assert position not in {row.event.position for row in log.changes(reading, 0, 1000)[0]}
    page = log.find(reading, read([]), None)
    assert position not in {row.event.position for row in page.recorded}
    assert reading.get(SLUG, PUBLIC).commitment.slug == SLUG
    assert "cannot be decoded" in faults(database)[f"position {position}"]


def test_verify_goes_on_past_a_content_that_decodes_and_says_nothing_true(
    database: Database,
) -> None:
    claim = '"commitment": "x", "kind": "deadline", "decided_on": "2021", "published_on": "2021"'
    content = f'{{{claim}, "values": {{"title": 5, "deadline": {{"start": 5}}}}}}'
    position = rewrite(database, content, "commitment = :slug AND kind = 'deadline'")
    named = faults(database)
    assert named[f"position {position}"] == "its content does not have its digest"
    assert "cannot be folded" in named[SLUG]


def test_statistics_refuse_what_they_would_count_wrong(
    database: Database, reading: Reading
) -> None:
    alter(database, "record", "[]")
    with pytest.raises(Unavailable):
        reading.statistics(read([]), "publisher", PUBLIC)
