"""A register of the version b7148d3 is brought forward: same head, same public answers; and back.

`data/b7148d3.db.xz` was made by that version, and `.json.xz` is what it answered: the seed with
changes, backdated and vague ones, judgements, a part, an internal entry, an erasure, a renaming.
"""

import json
import lzma
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, create_engine, insert, select

from app.domain.claims import FIRST
from app.store import events as ledger
from app.store.database import Database, scalar
from app.store.spans import migrate
from tests.serving import Site, serving, writing

DATA = Path(__file__).parent / "data"
BEFORE = "0006"
LATER = {"days_late", "days_late_first", "register", "links", "iri", "url"}
LATER |= {"timeliness", "timeliness_first", "opened_on", "state_since"}
"""What is otherwise since: verdicts and days by decision 0021, and addresses, a site's."""


@pytest.fixture
def old_url(empty_database_url: str, tmp_path: Path) -> str:
    """The register as that version left it, on either engine."""
    file = tmp_path / "b7148d3.db"
    file.write_bytes(lzma.decompress((DATA / "b7148d3.db.xz").read_bytes()))
    if empty_database_url.startswith("sqlite"):
        Path(empty_database_url.removeprefix("sqlite:///")).write_bytes(file.read_bytes())
        return empty_database_url
    migrate(empty_database_url, BEFORE)
    database = Database(empty_database_url)
    source = create_engine(f"sqlite:///{file}")
    kept = MetaData()
    kept.reflect(database.engine)
    with source.connect() as old, database.engine.begin() as new:
        for table in kept.sorted_tables:
            if table.name not in ("alembic_version", "wordings"):
                for row in old.execute(select(table)).mappings():
                    new.execute(insert(table).values({k: aware(v) for k, v in row.items()}))
    source.dispose()
    database.close()
    return empty_database_url


def aware(value: Any) -> Any:
    """SQLite keeps no offset: it is UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


@pytest.fixture(scope="module")
def answers() -> Any:
    return json.loads(lzma.decompress((DATA / "b7148d3.json.xz").read_bytes()))


def asked(site: Site, key: str) -> dict[str, Any]:
    kind, day, at, sort = json.loads(key)
    params = {"as_of": day, "at": at, "sort": sort, "page_size": 100}
    params = {name: value for name, value in params.items() if value is not None}
    answer = site.get(f"/api/v1/{kind}", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def alike(before: Any, after: Any) -> bool:
    """Whether an answer says the same; it may say more. Actions are in their programme since."""
    if isinstance(after, str):
        after = after.removeprefix(f"{FIRST}/")
    if isinstance(before, dict) and isinstance(after, dict):
        return all(
            name in LATER or alike(value, after.get(name, value)) for name, value in before.items()
        )
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(alike, before, after))
    return bool(before == after)


def differences(site: Site, answers: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key, before in answers["lists"].items():
        after = asked(site, key)
        for name in ("total", "facets"):
            if not alike(before[name], after[name]):
                yield f"{key} {name}", before[name], after[name]
        ids = [entry["id"].removeprefix(f"{FIRST}/") for entry in after["data"]]
        # What is sorted by deadline is now by the one that is awaited next.
        order = sorted if str(json.loads(key)[3]).endswith("deadline") else list
        if order(ids) != order(before["ids"]):
            yield f"{key} ids", before["ids"], ids
        for old, new in zip(before.get("data", ()), after["data"], strict=False):
            for name, value in old.items():
                if name not in LATER and not alike(value, new.get(name, value)):
                    yield f"{key} {old['id']} {name}", value, new.get(name)


def test_a_register_of_before_answers_the_same(old_url: str, answers: Any) -> None:
    seen: list[tuple[int, int]] = []
    migrate(old_url, watch=lambda *done: seen.append(done))
    assert seen[-1] == (47, 47)
    last, hashed = answers["head"]
    with writing(old_url) as register:
        assert [row for row in register.verify() if row.fault] == []
        head = register.head()
        with register.database.reading() as connection:
            before = ledger.head(connection, last)
            alone = scalar(connection, "SELECT count(*) FROM events WHERE recording = position")
            facts = ledger.facts(connection)
    assert (before.position, before.hash) == (last, hashed)
    # What the tables said is recorded together at the end, and was known before.
    assert [fact.event.position for fact in facts] == list(range(last + 1, head.position + 1))
    assert (alone, {fact.was_known for fact in facts}) == (last + 1, {True})
    with serving(old_url, today=date(2026, 11, 23)) as site:
        assert list(differences(site, answers)) == []
