"""What a server has: connections that do not wait for ever, and a replica that answers readers.

No reader is shown less than they have seen. A replica that is behind is waited for, up to a bound;
one that fails is left alone for a while. Then the primary answers, as it answers whoever writes.
"""

import logging
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from time import perf_counter, sleep
from typing import Any

import psycopg
from psycopg import errors

from app.domain.context import SEEN, Seen
from app.domain.errors import Altered, Cut, Unavailable
from app.store.database import SILENCE, WRITE, Connection, Database, run

BOUND, PAUSE, REST = 0.5, 0.01, 5
"""Seconds that a reader waits, between two looks, and that a replica which failed is left alone."""
MOST_WAITING = 8
"""So many wait at a time: a position that nobody has reached holds no thread of the others."""
POSITION = "(SELECT coalesce(max(position), 0) FROM events)"
STANDING = f"SELECT pg_is_in_recovery(), {POSITION}"
REPLAYED = f"""SELECT CASE WHEN pg_is_in_recovery()
 THEN concat_ws(' ', pg_last_wal_replay_lsn(), {POSITION}) END"""
"""What a standby has of its primary. It shows a commit before it counts it: hence the position."""

log = logging.getLogger("ouvertures")


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


class Replicated(Database):
    """A primary, and a replica of it for readers who have not written."""

    def __init__(self, url: str, read_url: str, patience: float | None = None) -> None:
        super().__init__(url, patience)
        self.replica = Database(read_url, patience)
        self.replica.probe = REPLAYED
        self.waiting = BoundedSemaphore(MOST_WAITING)
        self.failures, self.rests_until = 0, 0.0
        self.position: int | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent state, of the replica if that is enough for who asks."""
        seen, end = SEEN.get(None) or Seen(), perf_counter() + BOUND
        while seen.least is not None and perf_counter() >= self.rests_until:
            seen.replica = False
            with self._trusting(seen), self.replica.reading() as connection:
                if self._suffices(connection, seen):
                    yield connection
                    return
            if perf_counter() > end or not self.waiting.acquire(blocking=False):
                break
            sleep(PAUSE)
            self.waiting.release()
        seen.least, seen.replica = None, False  # what is read on is of the primary too
        with super().reading() as connection:
            yield connection

    @contextmanager
    def _trusting(self, seen: Seen) -> Iterator[None]:
        """Leaves a replica that fails; a reading that it had begun is to be tried again."""
        try:
            yield
        except Altered:
            raise  # it answers, and says what the primary would
        except Unavailable as fault:
            self._leave(fault)
            if seen.replica:
                raise Cut from fault

    def _suffices(self, connection: Connection, seen: Seen) -> bool:
        """Whether the replica shows all that was seen; once promoted, it follows nobody."""
        ((standby, position),) = run(connection, STANDING)
        if not standby:
            self._leave("it was promoted")
        elif seen.least is not None and position >= seen.least:
            seen.least, seen.replica = position, True
        return seen.replica

    def _leave(self, why: object) -> None:
        log.warning("the replica is left alone: %s", why)
        self.failures += 1
        self.rests_until = perf_counter() + REST

    def state(self) -> Hashable | None:
        """That of the replica; while it is left alone that of the primary, another each time."""
        if perf_counter() >= self.rests_until:
            if replayed := self.replica.state():
                self.position = int(str(replayed).split()[1])
                return replayed
            self._leave("it does not say how far it is")
        self.position, state = None, super().state()
        return None if state is None else (self.failures, state)

    def reaches(self, position: int) -> bool:
        """Whether what answered when its state was asked last shows that position."""
        return self.position is None or position <= self.position

    def close(self) -> None:
        """Let go of every connection."""
        self.replica.close()
        super().close()
