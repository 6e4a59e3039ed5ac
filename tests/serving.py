"""A real server on a real socket, in a thread of the test’s own process."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import uvicorn

from app.domain.access import Key
from app.main import SERVER, create_app
from app.register import Clock
from app.register.teams import NewKey, Teams
from app.register.writing import CLERK, Writing
from app.settings import Settings
from app.store.database import Database

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here asks for a certificate; to load all that are known takes longer than a request."""
BEGINNING = datetime(2024, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Calendar(Clock):
    """A clock that is moved by hand: the last of its moments is now."""

    moments: list[datetime] = field(default_factory=lambda: [BEGINNING])

    def now(self) -> datetime:
        return self.moments[-1]


@contextmanager
def writing(url: str, clock: Clock | None = None) -> Iterator[Writing]:
    """The register of a database, for writing, until the block ends."""
    with closing(Database(url)) as database:
        yield Writing(database, clock or Clock())


def make_key(
    database: Database, organization: str = "cour-de-cassation", role: str = "editor"
) -> tuple[str, Key]:
    """A new key of an organisation, and what is kept of it."""
    body = NewKey(organization=organization, role=role)
    return Teams(database, Clock()).make_key(body, CLERK)


def new_key(url: str, organization: str = "cour-de-cassation", role: str = "editor") -> str:
    """A new key of an organisation in a database that nothing else is done with."""
    with closing(Database(url)) as database:
        return make_key(database, organization, role)[0]


def client(base: str, key: str = "", **headers: str) -> httpx.Client:
    """A client of a register, with a key or as the public."""
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(base_url=base, headers=headers, timeout=60, verify=NO_TLS)


class Site:
    """A running register: `http` reads as the public, `as_team` writes with a key."""

    def __init__(self, url: str, base: str) -> None:
        self.database_url, self.base = url, base
        self.written = False
        self.http = client(base)
        self.clients = [self.http]

    @property
    def url(self) -> str:
        """The address of its database. Whoever asks for it may write."""
        self.written = True
        return self.database_url

    def key(self, organization: str = "cour-de-cassation", role: str = "validator") -> str:
        """A new key of an organisation."""
        return new_key(self.url, organization, role)

    def as_team(self, *key: str) -> httpx.Client:
        """A client that holds a key."""
        self.clients.append(client(self.base, self.key(*key)))
        return self.clients[-1]

    def get(self, address: str, **kwargs: Any) -> httpx.Response:
        """What the public reads."""
        return self.http.get(address, **kwargs)


def change(
    client: httpx.Client, address: str, tag: str | None = None, **values: Any
) -> httpx.Response:
    """PATCH an entry at the version of `tag`, or at the one it has now."""
    tag = tag or client.get(address).headers["ETag"]
    return client.patch(address, json=values, headers={"If-Match": tag})


class Server(uvicorn.Server):
    """Ends as soon as it has answered all, where uvicorn looks again each tenth of a second."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # noqa: ASYNC110 as uvicorn does, which has no event
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                state = self.server_state
                while state.connections or state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
        await self.lifespan.shutdown()


@contextmanager
def serving(
    url: str, today: date | None = None, clock: Clock | None = None, **settings: Any
) -> Iterator[Site]:
    """Serve the register of a database until the block ends, on a day or by a clock."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    made = Settings(database_url=url, today=today, **{"public_url": base, **settings})
    app = create_app(made)
    if clock:
        for name in ("reading", "writing", "teams", "importing"):
            setattr(app.state, name, replace(getattr(app.state, name), clock=clock))
    config = uvicorn.Config(app, log_level="error", **SERVER)
    server = Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("The server did not start.")
        time.sleep(0.002)
    site = Site(url, base)
    try:
        yield site
    finally:
        for client in site.clients:
            client.close()
        server.should_exit = True
        thread.join(20)
        listener.close()
