"""The statements that reach databases, whoever sends them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.pool import Pool

OTHERS = ("BEGIN", "COMMIT", "ROLLBACK", "SHOW", "--")
"""How what begins and ends transactions begins, and what SQLite says of triggers."""


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Each with its values, but for SQLite, which has them in it. Not those within its indexes."""
    statements: list[tuple[str, Any]] = []

    def note(statement: str, values: Any = None) -> None:
        if not statement.startswith(OTHERS) and "'main'.'wordings_index" not in statement:
            statements.append((statement, values))

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **others: Any) -> Any:
            note(query, params)
            return super().execute(query, params, **others)

    def watch(driver: Any, *_: Any) -> None:
        if isinstance(driver, sqlite3.Connection):
            driver.set_trace_callback(note)
        else:
            driver.cursor_factory = Noting

    def leave(driver: Any, *_: Any) -> None:
        if isinstance(driver, sqlite3.Connection):
            driver.set_trace_callback(None)
        elif driver:
            driver.cursor_factory = psycopg.Cursor

    event.listen(Pool, "checkout", watch)
    event.listen(Pool, "checkin", leave)
    try:
        yield statements
    finally:
        event.remove(Pool, "checkout", watch)
        event.remove(Pool, "checkin", leave)
