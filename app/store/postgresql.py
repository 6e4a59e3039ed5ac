"""Connections to PostgreSQL: a server that is silent is given up."""

from typing import Any

import psycopg
from psycopg import errors

from app.store.database import SILENCE, WRITE


class Patient(psycopg.Connection[Any]):
    """A connection whose server may be silent for so many seconds, then it is given up."""

    patience: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """What the server answers. Raises OperationalError when it is silent for too long."""
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except errors._WaitTimeout:  # noqa: SLF001 what `wait` documents
            self.close()
            raise psycopg.OperationalError("the server does not answer") from None


def connect(patience: float | None, *given: Any, **named: Any) -> Patient:
    """A connection; where readers wait for it, all its waits have a bound."""
    connection = Patient.connect(*given, **named)
    if patience:
        connection.autocommit, connection.patience = True, patience + SILENCE
        try:
            for name, seconds in (
                ("statement_timeout", patience),
                ("lock_timeout", patience / 2),
                ("idle_in_transaction_session_timeout", WRITE),
            ):
                connection.execute(f"SET {name} = {round(seconds * 1000)}".encode())
        except psycopg.Error:
            connection.close()
            raise
        connection.autocommit = False
    return connection
