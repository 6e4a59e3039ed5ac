"""The desk clerk: every use case opens its transaction, asks the clock once and checks rights."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from app.domain.ledger import paris_day, paris_midnight

T = TypeVar("T")
HALF_A_YEAR = timedelta(days=182)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time. `frozen` fixes the day for reading, for rehearsals; it never dates a recording."""

    frozen: date | None = None

    def now(self) -> datetime:
        """The present moment, in UTC, to the second."""
        return datetime.now(UTC).replace(microsecond=0)

    def today(self) -> date:
        """The day in Paris for readers."""
        return self.frozen or paris_day(self.now())

    def midnight(self) -> datetime:
        """When that day began."""
        return min(paris_midnight(self.today()), self.now())

    def surely_until(self) -> datetime:
        """The end of what is told to hold for now: half a year of real days from today."""
        return paris_midnight(paris_day(self.now()) + HALF_A_YEAR)


class Kept(Generic[T]):
    """The last answers to questions whose answer can never change, by day and position.

    Only `rebuild` under another version of the rules would change one, and that is another process.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.held: OrderedDict[Hashable, T] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Hashable, find: Callable[[], T]) -> T:
        """The answer that is held, or the one that is found now."""
        with self.lock:
            if key in self.held:
                self.held.move_to_end(key)
                return self.held[key]
        found = find()
        with self.lock:
            self.held[key] = found
            if len(self.held) > self.most:
                self.held.popitem(last=False)
        return found
