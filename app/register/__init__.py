"""The desk clerk: every use case opens its transaction, asks the clock once and checks rights."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.domain.ledger import paris_day


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
