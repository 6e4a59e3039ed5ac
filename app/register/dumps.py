"""Dumps: the whole catalogue as files, made when they are first asked for and kept while new.

A file has no name, lies where the system keeps temporary files, and goes with its last reader.
"""

import hashlib
import os
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedRandom
from threading import BoundedSemaphore, Lock
from typing import IO

from app.domain.access import PUBLIC
from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.errors import Unavailable
from app.domain.search import Search
from app.register.reading import Reading
from app.store import commitments

MOST_KEPT = 16
A_PIECE = 256 * 1024
MOST_WAITING = 4
PATIENCE = 20.0
"""Seconds for which so many readers wait while another dump is made. The next is turned away."""

Write = Callable[[Iterable[Commitment], Context, IO[bytes]], tuple[str, ...]]
"""Writes entries to a file; gives the slugs of the records that were set apart."""


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Dump:
    """One file, ready to be read by many at once."""

    file: BufferedRandom
    size: int
    sha256: bytes
    set_apart: tuple[str, ...]

    def read(self) -> Iterator[bytes]:
        """All its bytes, piece by piece."""
        for offset in range(0, self.size, A_PIECE):
            yield os.pread(self.file.fileno(), A_PIECE, offset)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a dump would hold, and the last position of the register just before it was asked."""

    last: int
    search: Search
    context: Context

    @property
    def fixed(self) -> "Sought":
        """The same, asked for by its day and its position."""
        search = replace(self.search, as_of=self.context.day, at=self.context.snapshot.position)
        fixed = replace(self.context.snapshot, as_of=search.as_of, at=search.at)
        context = replace(self.context, snapshot=fixed)
        return Sought(self.last, search, context)


class Dumps:
    """The dumps of this process. One is made at a time; of other positions none is kept.

    Not even one that was asked for at a past position: what is erased since must not be told.
    """

    def __init__(self, reading: Reading, patience: float = PATIENCE) -> None:
        self.reading = reading
        self.patience = patience
        self.last = 0
        self.kept: OrderedDict[Hashable, Dump] = OrderedDict()
        self.lock, self.making = Lock(), Lock()
        self.waiting = BoundedSemaphore(MOST_WAITING)

    def seek(self, search: Search) -> Sought:
        """What the public is told. Raises BadQuery, before anything is made."""
        with self.reading.database.reading() as connection:
            last = commitments.head(connection).position
        return Sought(last, search, self.reading.survey(search, PUBLIC))

    def get(self, sought: Sought, name: str, write: Write) -> Dump:
        """The dump of that name, made now unless it is there.

        Raises Unavailable when others keep it waiting, or when there is no room.
        """
        key = (name, sought.search, sought.context.snapshot, sought.context.renamed_at)
        if found := self._found(sought.last, key):
            return found
        with self._turn():
            return self._found(sought.last, key) or self._made(sought, key, write)

    def _found(self, last: int, key: Hashable) -> Dump | None:
        with self.lock:
            if last > self.last:
                self.kept.clear()
                self.last = last
            if found := self.kept.get(key):
                self.kept.move_to_end(key)
            return found

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One dump is made at a time, and few readers wait: the others of the site need threads."""
        busy = Unavailable("Other dumps are being made. Try again in a while.")
        if not self.waiting.acquire(blocking=False):
            raise busy
        try:
            if not self.making.acquire(timeout=self.patience):
                raise busy
            try:
                yield
            except OSError as fault:
                raise Unavailable("There is no room to make a dump.") from fault
            finally:
                self.making.release()
        finally:
            self.waiting.release()

    def _made(self, sought: Sought, key: Hashable, write: Write) -> Dump:
        dump = self._written(sought, write)
        weakref.finalize(dump, dump.file.close).atexit = False
        with self.lock:
            if sought.last == self.last:
                self.kept[key] = dump
                while len(self.kept) > MOST_KEPT:
                    self.kept.popitem(last=False)
        return dump

    def _written(self, sought: Sought, write: Write) -> Dump:
        walk = self.reading.walk(sought.fixed.search, PUBLIC)
        file = tempfile.TemporaryFile()  # noqa: SIM115 it is closed with the last reader of the dump
        try:
            set_apart = write(walk.entries, sought.context, file)
            size = file.tell()
            file.seek(0)
            return Dump(file, size, hashlib.file_digest(file, "sha256").digest(), set_apart)
        except BaseException:
            file.close()
            raise
