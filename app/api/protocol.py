"""HTTP before it is parsed: uvicorn’s protocol, which here ends what is too long or too slow.

Knows bytes and time. What is refused goes to the gate as any request does, which says it. Beside
it, how often an address and a key may ask.
"""

import secrets
import time
from asyncio import Event, TimerHandle, Transport
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from threading import Timer
from typing import Any
from urllib.parse import unquote

import structlog
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from app.api.cache import FREE, Answer, Cache, question, viewer

MOST_HEADERS, MOST_HEADER_LINES = 32 * 1024, 100
MOST_BYTES = 8 * 1024 * 1024
"""What a content takes on its way, with the sizes of its pieces and what follows the last."""
HEADERS_SECONDS = 10
"""How long a client has for its headers, from the connection or the last answer on."""
READER_SECONDS = 30
"""How long a reader may take until what waits for it (64 KiB) is mostly read."""
LINGER_SECONDS = 2
"""How long what a refused client still sends is thrown away, so that it reads the answer."""
LEAVING_SECONDS = 1
"""How long a client that is silent may still ask, when the server ends."""
SWEEP_SECONDS = 60
"""How long counters that count nothing any more are left lying."""
SHORTCUT = "shortcut"
"""Where the state of the application has what is answered before anything else."""
REFUSED = "refused"
"""The extension of a scope that says with which status the gate refuses what was not taken."""


log = structlog.get_logger("ouvertures")


class Quotas:
    """How many reads and writes an address, and a key, may ask for; without a text, as they like.

    They are counted in memory, and said in `RateLimit` fields. Too many are 429: the client’s
    doing. Whoever asks from this machine is not counted.
    """

    def __init__(self, reads: str, writes: str) -> None:
        texts = {"reads": reads, "writes": writes}
        self.items = {name: parse(text) for name, text in texts.items() if text}
        self.storage = MemoryStorage()
        self.pause: Timer | None = None

    def take(self, scope: Scope, name: str) -> tuple[bool, dict[str, str]]:
        """Whether one more of `reads` or `writes` is within the quota, and fields that say so."""
        item, client = self.items.get(name), (scope.get("client") or ("",))[0]
        if item is None or not _counts(client) or scope["path"].startswith(FREE):
            return True, {}
        try:
            within, left = self._hit(item, name, client, viewer(scope))
        except Exception:  # a counter is no reason to refuse anybody
            log.exception("quotas")
            return True, {}
        window = item.get_expiry()
        fields = {
            "ratelimit-policy": f'"{name}";q={item.amount};w={window}',
            "ratelimit": f'"{name}";r={left};t={window}',
        }
        return within, fields if within else {**fields, "retry-after": str(window)}

    def counts(self, name: str, client: str) -> bool:
        return name in self.items and _counts(client)

    def _hit(self, item: RateLimitItem, name: str, client: str, key: str) -> tuple[bool, int]:
        """Every counter takes part, also when another is at its end."""
        limiter = SlidingWindowCounterRateLimiter(self.storage)
        counters = [(name, who) for who in _names(client, key)]
        within = [limiter.hit(item, *counter) for counter in counters]
        left = [limiter.get_window_stats(item, *counter).remaining for counter in counters]
        if self.storage.timer is not self.pause:
            # The library looks through all counters after a hit, unless its timer runs still.
            self.pause = self.storage.timer = Timer(SWEEP_SECONDS, lambda: None)
            self.pause.daemon = True
            self.pause.start()
        return all(within), min(left)


@lru_cache(4096)
def _counts(client: str) -> bool:
    try:
        return not ip_address(client).is_loopback
    except ValueError:
        return False  # a socket of this machine


def _names(client: str, key: str) -> Iterator[str]:
    """By what a client is counted: its network, if it has as many addresses as it likes; its key.

    A key may be made up: it never takes the place of the address.
    """
    address = ip_address(client)
    yield str(ip_network(f"{client}/64", strict=False)) if address.version == 6 else client
    if key:
        yield f"key {key}"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What is needed to answer before anything else: what is kept, and who is counted."""

    cache: Cache
    quotas: Quotas


class Lingering:
    """A transport whose end is said first, and which is closed when the client has heard it."""

    def __init__(self, transport: Transport, protocol: "Protocol") -> None:
        self.transport, self.protocol, self.lingers = transport, protocol, False
        self.write, self.is_closing = transport.write, transport.is_closing
        self.writelines = transport.writelines

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def close(self) -> None:
        """At once, unless the client is still sending: it would lose what it was answered."""
        if not self.protocol.unread or not self.transport.can_write_eof():
            self.transport.close()
        elif not (self.lingers or self.transport.is_closing()):
            self.lingers = self.protocol.refused = True
            self.transport.write_eof()
            self.protocol.flow.resume_reading()
            self.protocol.loop.call_later(LINGER_SECONDS, self.transport.close)


class Protocol(HttpToolsProtocol):
    """One connection, whose client has so many bytes and seconds for headers and for reading."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.in_headers = True
        self.unread = self.refused = self.leaving = False
        self.header_bytes = self.content_bytes = 0
        self.deadline: TimerHandle | None = None
        self.reader_deadline: TimerHandle | None = None
        self.answering: RequestResponseCycle | None = None
        self.shortcut: Shortcut | None = self.app_state.get(SHORTCUT)
        self.ready: Answer | None = None
        self.counted = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """A client has come, and has to say what it wants."""
        super().connection_made(Lingering(transport, self))  # type: ignore[arg-type]
        if self.shortcut:
            self.counted = self.shortcut.quotas.counts("reads", (self.client or ("",))[0])
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop(self.deadline)
        self._stop(self.reader_deadline)
        # uvicorn tells the last request that came; the one being answered may be another.
        if self.answering and not self.answering.response_complete:
            self.answering.disconnected = True
            self.answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of the client: of headers, never more at a time than may still come."""
        while data and not self.refused:
            if not self.in_headers:
                self.content_bytes += len(data)
                super().data_received(data)
                if self.unread and self.content_bytes > MOST_BYTES:
                    self._refuse(413)
                return
            room = MOST_HEADERS + 1 - self.header_bytes
            self.header_bytes += len(data[:room])
            super().data_received(data[:room])
            if self.in_headers and self.header_bytes:
                self._await_headers()
            data = data[room:]
            if self.in_headers and self.header_bytes > MOST_HEADERS:
                self._refuse(431)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.in_headers = self.unread = True

    def on_headers_complete(self) -> None:
        """Its headers are there."""
        self.in_headers, self.header_bytes, self.content_bytes = False, 0, 0
        self._stop(self.deadline)
        self.deadline = None
        self.began = time.perf_counter()
        self.ready = self._ready()
        if self.ready is None:
            super().on_headers_complete()
        if self.leaving:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """It is there whole; the next may begin."""
        ready, self.ready = self.ready, None
        if ready is None:
            super().on_message_complete()
        self.scope = None  # type: ignore[assignment]
        self.in_headers, self.unread = True, False
        if ready is not None:
            self._write(ready)

    def on_response_complete(self) -> None:
        """It is answered; of one that is not there whole, the rest is not waited for."""
        last = not self.pipeline
        super().on_response_complete()
        if last and self.unread and not self.in_headers:
            self.transport.close()

    def shutdown(self) -> None:
        """The server ends: what a silent client has sent by now, or is sending, is answered yet."""
        silent = self.cycle is None or self.cycle.response_complete
        if silent and not self.leaving:
            self.leaving = True
            self.loop.call_later(LEAVING_SECONDS, self.shutdown)
        else:
            super().shutdown()

    def pause_writing(self) -> None:
        """The client does not read as fast as it is answered: it has so long to catch up."""
        super().pause_writing()
        self._stop(self.reader_deadline)
        self.reader_deadline = self.loop.call_later(READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self._stop(self.reader_deadline)

    def send_400_response(self, msg: str) -> None:
        """What cannot be parsed is refused as anything else is."""
        self.logger.debug(msg)
        self._refuse(400)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.answering = cycle
        super()._start_asgi_task(cycle, app)

    def _ready(self) -> Answer | None:
        """The answer to a request, where it is kept and nobody else has to look at the request."""
        parser = self.parser
        if (
            self.shortcut is None
            or self.counted
            or self.leaving
            or self.flow.write_paused
            or (self.cycle is not None and not self.cycle.response_complete)
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
            or parser.get_method() not in (b"GET", b"HEAD")
            or len(self.headers) > MOST_HEADER_LINES
        ):
            return None
        asked, cache = question(self.url, self.headers), self.shortcut.cache
        if asked is None or (asked.forwarded and self.shortcut.quotas.items) or not cache.now():
            return None
        return cache.get(asked)

    def _write(self, answer: Answer) -> None:
        """Bytes as they are kept, with the headers of this one answer."""
        if self.transport.is_closing() or self.shortcut is None:
            return
        request_id, method = secrets.token_hex(8), self.parser.get_method().decode()
        path = self.url.partition(b"?")[0].decode("latin-1")
        usual = b"".join(b"%b: %b\r\n" % row for row in self.server_state.default_headers)
        own = b"x-request-id: %b\r\n\r\n" % request_id.encode()
        head = b"".join((STATUS_LINE[answer.status], usual, answer.head, own))
        body = b"" if method == "HEAD" else answer.body
        self.transport.writelines((head, body) if body else (head,))
        super().on_response_complete()
        self.shortcut.cache.report(
            method, unquote(path), answer.status, len(body), self.began, request_id, cached=True
        )

    def _await_headers(self) -> None:
        if self.deadline is None:
            self.deadline = self.loop.call_later(HEADERS_SECONDS, self._refuse, 408)

    @staticmethod
    def _stop(timer: TimerHandle | None) -> None:
        if timer:
            timer.cancel()

    def _refuse(self, status: int) -> None:
        """Nothing more is read. An answer that is on its way goes on; else, this is refused."""
        self._stop(self.deadline)
        if self.refused or self.transport.is_closing():
            return
        self.refused, silent = True, self.scope is None and not self.header_bytes
        if self.cycle and not self.cycle.response_complete:
            self.cycle.keep_alive = False
            if self.cycle.more_body:
                self.cycle.scope["extensions"] = {REFUSED: {"status": status}}
                self.cycle.more_body = False
                self.cycle.message_event.set()
        elif silent:
            self.transport.close()
        else:
            self._answer_refused(status)

    def _answer_refused(self, status: int) -> None:
        """A request of which so much is known as there is, for the gate to refuse."""
        if self.scope is None:
            self.on_message_begin()
        path = self.url.partition(b"?")[0].decode("latin-1")
        self.scope["method"], self.scope["query_string"] = "GET", b""
        self.scope["path"] = path if path.startswith("/") else "/"
        self.scope["raw_path"], self.scope["extensions"] = b"/", {REFUSED: {"status": status}}
        self.cycle = RequestResponseCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        self._start_asgi_task(self.cycle, self.app)
