"""Every migration, forward and back, with rows in the tables, on both engines."""

from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from app.domain.errors import Unavailable
from app.register.writing import Writing
from app.store.database import ROOT, Database
from app.store.spans import migrate
from app.store.tables import metadata
from tests.conftest import fill
from tests.seeded import HEAD

ONE_ENGINE = "wordings_index", "ix_wordings_words"
"""The indexes of words, each of one engine: the first is a table to SQLite, with others beside."""


def tables(database: Database) -> set[str]:
    names = inspect(database.engine).get_table_names()
    return {name for name in names if not name.startswith(ONE_ENGINE)}


def on_both(_thing: object, name: str | None, *_: object) -> bool:
    return not (name or "").startswith(ONE_ENGINE)


def test_the_tables_are_those_that_the_code_speaks_of(database_url: str) -> None:
    with closing(Database(database_url, owner=True)) as database:
        with database.engine.connect() as connection:
            options = {"compare_type": True, "include_object": on_both}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, metadata) == []
        database.check()


def test_every_migration_goes_back_and_forward_with_rows(
    seeded_database_url: str, database: Database, writing: Writing
) -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    (first,) = script.get_bases()
    head = writing.head()
    migrate(seeded_database_url, first)
    with pytest.raises(Unavailable, match="migrate it"):
        database.check()
    migrate(seeded_database_url)
    assert writing.head() == head
    assert writing.verify() == []
    migrate(seeded_database_url, "base")
    assert tables(database) <= {"alembic_version"}
    migrate(seeded_database_url)
    assert tables(database) == {*metadata.tables, "alembic_version"}
    fill(seeded_database_url)
    assert writing.head().position == HEAD
    assert writing.verify() == []


def test_migrations_are_numbered_and_linear() -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    revisions = [row.revision for row in reversed(list(script.walk_revisions()))]
    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]
