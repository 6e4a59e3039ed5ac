"""A real server on a real socket, in a thread of the test’s own process."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

import httpx
import uvicorn

from app.domain.access import Key
from app.main import SERVER, create_app
from app.register import Clock
from app.register.teams import NewKey, Teams
from app.register.writing import CLERK
from app.settings import Settings
from app.store.database import Database

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here asks for a certificate; to load all that are known takes longer than a request."""


def make_key(
    database: Database, organization: str = "cour-de-cassation", role: str = "editor"
) -> tuple[str, Key]:
    """A new key of an organisation, and what is kept of it."""
    body = NewKey(organization=organization, role=role)
    return Teams(database, Clock()).make_key(body, CLERK)


class Site:
    """A running register: `http` reads as the public, `as_team` writes with a key."""

    def __init__(self, url: str, base: str) -> None:
        self.database_url, self.base = url, base
        self.written = False
        self.clients: list[httpx.Client] = []
        self.http = self._client({})

    def _client(self, headers: dict[str, str]) -> httpx.Client:
        client = httpx.Client(base_url=self.base, headers=headers, timeout=60, verify=NO_TLS)
        self.clients.append(client)
        return client

    @property
    def url(self) -> str:
        """The address of its database. Whoever asks for it may write."""
        self.written = True
        return self.database_url

    def key(self, organization: str = "cour-de-cassation", role: str = "validator") -> str:
        """A new key of an organisation."""
        database = Database(self.url)
        try:
            return make_key(database, organization, role)[0]
        finally:
            database.close()

    def as_team(
        self, organization: str = "cour-de-cassation", role: str = "validator"
    ) -> httpx.Client:
        """A client that holds a key."""
        headers = {"Authorization": f"Bearer {self.key(organization, role)}"}
        return self._client(headers)

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
def serving(url: str, today: date | None = None, **settings: Any) -> Iterator[Site]:
    """Serve the register of a database until the block ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    made = Settings(database_url=url, today=today, **{"public_url": base, **settings})
    config = uvicorn.Config(create_app(made), log_level="error", **SERVER)
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
