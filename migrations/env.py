"""Runs the migrations on the database whose address `app.store.database.migrate` hands over."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection, text

from app.store.database import Database
from app.store.tables import metadata

LOCK_TIMEOUT = "5s"


@contextmanager
def ready(connection: Connection) -> Iterator[Connection]:
    """A migration waits a little for a table, never for long; SQLite checks keys at the end."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
    else:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
    yield connection


def run() -> None:
    """Upgrade or downgrade, each migration in a transaction of its own."""
    url = context.config.attributes.get("url") or os.environ.get(
        "OUVERTURES_DATABASE_URL", "sqlite:///ouvertures.db"
    )
    database = Database(url, owner=True)
    try:
        with database.engine.connect() as connection, ready(connection):
            context.configure(
                connection=connection,
                target_metadata=metadata,
                transaction_per_migration=True,
                transactional_ddl=True,
                compare_type=False,
            )
            with context.begin_transaction():
                context.run_migrations()
    finally:
        database.close()


run()
