"""The desk clerk: every use case opens its transaction, asks the clock once and checks rights."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.domain.ledger import paris_day, paris_midnight

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
