"""The application within the test’s own process: over any database, on any day, at any moment."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx

from app.main import create_app
from app.register import Clock
from app.register.reading import Reading
from app.register.teams import Teams
from app.register.writing import Writing
from app.settings import Settings
from app.store.database import Database

BASE = "https://register.example"
BEGINNING = datetime(2024, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Calendar(Clock):
    """A clock that is moved by hand: the last of its moments is now."""

    moments: list[datetime] = field(default_factory=lambda: [BEGINNING])

    def now(self) -> datetime:
        return self.moments[-1]


class Office:
    """The application. Which database is its register, and which clock it asks, may change."""

    def __init__(self, url: str, today: date | None = None) -> None:
        settings = Settings(database_url=url, public_url=BASE, today=today, cache_mib=0)
        self.app = create_app(settings)  # what it keeps is of its own database and clock
        self.loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE)

    def open(self, database: Database, clock: Clock) -> None:
        """From now on this database is the register, and this its clock."""
        self.app.state.reading = Reading(database, clock, self.app.state.site)
        self.app.state.writing = Writing(database, clock)
        self.app.state.teams = Teams(database, clock)

    def sent(
        self, method: str, path: str, key: str | None = None, tag: str | None = None, **body: Any
    ) -> Awaitable[httpx.Response]:
        """A request on its way."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= {"If-Match": tag} if tag else {}
        return self.client.request(method, path, headers=headers, json=body or None)

    def answered(self, *sent: Awaitable[httpx.Response]) -> list[httpx.Response]:
        """The answers to requests that are sent at once."""

        async def gathered() -> list[httpx.Response]:
            return await asyncio.gather(*sent)

        return self.loop.run_until_complete(gathered())

    def get(self, address: str) -> httpx.Response:
        """What the public reads."""
        return self.answered(self.sent("GET", address))[0]

    def close(self) -> None:
        self.loop.run_until_complete(self.client.aclose())
        self.loop.close()
