"""What a change would make of an entry: the use case itself, carried out and taken back."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from app.domain.access import Actor
from app.register.reading import Entry, Reading
from app.register.recording import Written
from app.register.writing import Writing
from app.store import events as ledger
from app.store.database import Connection, Database


class _TakenBack(Exception):  # noqa: N818 it is how a rehearsal ends
    """Undoes the transaction of a rehearsal."""


@dataclass(slots=True)
class _Stage:
    """A database on which a use case is carried out, seen by whoever rehearses it, and undone."""

    database: Database
    see: Callable[["_Stage"], Entry]
    connection: Connection | None = None
    seen: Entry | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The one transaction of the use case."""
        with self.database.writing() as connection:
            yield connection
            self.connection = connection
            self.seen = self.see(self)
            raise _TakenBack

    def reading(self) -> AbstractContextManager[Connection]:
        """The same, for reading what it has written; before that, as anyone reads."""
        return nullcontext(self.connection) if self.connection else self.database.reading()


def rehearse(
    register: Reading, slug: str, kind: str, actor: Actor, act: Callable[[Writing], Written]
) -> Entry:
    """The entry as an act of writing would leave it. Raises what the act would raise."""

    def see(stage: _Stage) -> Entry:
        assert stage.connection is not None  # noqa: S101 it is seen within its transaction
        staged: Any = stage
        position = ledger.head(stage.connection).position
        reading = Reading(staged, register.clock, register.site)
        return reading.get(slug, actor, kind=kind, written=position)

    stage = _Stage(register.database, see)
    staged: Any = stage
    with suppress(_TakenBack):
        act(Writing(staged, register.clock, rehearses=True))
    assert stage.seen is not None  # noqa: S101 every act of writing has its transaction
    return stage.seen
