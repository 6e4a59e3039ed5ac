"""The input gate, and what every answer carries: nothing reaches a route that is not well-formed.

Knows HTTP and JSON, and no address, form or record.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import MEDIA_TYPE, OTHERS, Problem, document, language_of
from app.formats.language import say

MOST_BODY = 1024 * 1024
MOST_DEPTH = 32
MOST_NUMBER = 2**53
MOST_QUERY, MOST_PARAMETERS = 4096, 50
MOST_HEADERS, MOST_HEADER_LINES = 32 * 1024, 100
WRITES = ("POST", "PUT", "PATCH", "DELETE")
JSON_TYPES = ("application/json", "application/merge-patch+json")

log = structlog.get_logger("ouvertures")


@dataclass(frozen=True, slots=True)
class Intake:
    """What an address takes in the place of JSON: files of these types, up to so many bytes."""

    most: int
    media_types: tuple[str, ...]


class Malformed(Exception):  # noqa: N818 the HTTP word
    """A request that is turned away at the gate."""

    def __init__(self, status: int, sentence: str = "", **facts: Any) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.facts = status, sentence, facts


class Gate:
    """The outermost layer of ours: checks what comes in, completes what goes out."""

    def __init__(
        self,
        app: ASGIApp,
        base: str,
        methods: Callable[[str], tuple[str, ...]],
        headers: dict[str, str],
        count: Callable[[str, int, float], None],
        files: Mapping[str, Intake] | None = None,
    ) -> None:
        self.app = app
        self.files = files or {}
        self.base = base
        self.methods = methods
        self.count = count
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request through the gate, or a problem document."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope, send, self._completed(scope))
        try:
            _check_target(scope)
            _check_headers(scope)
            if scope["method"] == "OPTIONS":
                await self._options(scope, answer)
                return
            files = self.files.get(scope["path"])
            body = await _body(scope, receive, files) if scope["method"] in WRITES else b""
            head = {"method": "GET", "head": True} if scope["method"] == "HEAD" else {}
            await self.app({**scope, **head}, _replayed(body, receive), answer)
        except Malformed as fault:
            await self._problem(scope, answer, OTHERS[fault.status], fault)
        except Exception:
            log.exception("accident", request_id=answer.request_id)
            if answer.started:
                raise
            await self._problem(scope, answer, OTHERS[500])
        finally:
            answer.log()
            self.count(scope["method"], answer.status, answer.seconds)

    def _completed(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """What every answer carries; reads may be made from any page."""
        if scope["method"] in WRITES:
            return self.headers
        exposed = b"ETag, Link, Last-Modified, Content-Disposition, Repr-Digest"
        return [
            *self.headers,
            (b"access-control-allow-origin", b"*"),
            (b"access-control-expose-headers", exposed),
        ]

    async def _options(self, scope: Scope, answer: "_Answer") -> None:
        methods = self.methods(scope["path"])
        if not methods:
            await self._problem(scope, answer, OTHERS[404])
            return
        allowed = ", ".join(methods).encode()
        headers = [(b"allow", allowed)]
        if _header(scope, b"access-control-request-method"):
            headers += [
                (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
                (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since"),
                (b"access-control-max-age", b"86400"),
            ]
        await answer({"type": "http.response.start", "status": 204, "headers": headers})
        await answer({"type": "http.response.body", "body": b""})

    async def _problem(
        self, scope: Scope, answer: "_Answer", problem: Problem, fault: Malformed | None = None
    ) -> None:
        facts = {"request_id": answer.request_id} if problem.status == 500 else None
        query = scope.get("query_string", b"").decode("latin-1")
        language = language_of(query, _header(scope, b"accept-language").decode("latin-1"))
        detail = say(language, fault.sentence, **fault.facts) if fault else ""
        body = document(problem, detail, self.base, scope["path"], language, facts)
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-language", language.encode()),
            (b"vary", b"Accept-Language"),
            (b"content-length", str(len(body)).encode()),
        ]
        if problem.status in (400, 413, 431):
            headers.append((b"connection", b"close"))
        await answer({"type": "http.response.start", "status": problem.status, "headers": headers})
        await answer({"type": "http.response.body", "body": body})


class _Answer:
    """The way out: completes headers, leaves out the body of a HEAD, remembers what was said."""

    def __init__(self, scope: Scope, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self.scope, self.send, self.headers = scope, send, headers
        self.request_id = secrets.token_hex(8)
        self.began = time.perf_counter()
        self.status = 0
        self.bytes = 0

    @property
    def started(self) -> bool:
        """Whether the reader has been sent a status."""
        return bool(self.status)

    @property
    def seconds(self) -> float:
        """Since the request came."""
        return time.perf_counter() - self.began

    async def __call__(self, message: Message) -> None:
        """One ASGI message to the reader."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = [*self.headers, (b"x-request-id", self.request_id.encode())]
            message = {**message, "headers": [*message.get("headers", ()), *own]}
        elif message["type"] == "http.response.body":
            if self.scope["method"] == "HEAD":
                message = {**message, "body": b""}
            self.bytes += len(message.get("body", b""))
        await self.send(message)

    def log(self) -> None:
        """One line an answer, without query or headers: they may hold what is nobody’s."""
        log.info(
            "request",
            method=self.scope["method"],
            path=self.scope["path"],
            status=self.status,
            bytes=self.bytes,
            milliseconds=round(self.seconds * 1000, 2),
            request_id=self.request_id,
        )


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")


def _check_target(scope: Scope) -> None:
    """Path and query are UTF-8 without control characters, and of a decent length."""
    query = scope["query_string"]
    if len(query) > MOST_QUERY or query.count(b"&") >= MOST_PARAMETERS:
        raise Malformed(414)
    for part in (scope.get("raw_path") or b"", query):
        try:
            text = unquote_to_bytes(part.replace(b"+", b" ")).decode()
        except UnicodeDecodeError:
            raise Malformed(400, "The address is not UTF-8.") from None
        if any(letter < " " or letter == "\x7f" for letter in text):
            raise Malformed(400, "The address holds a control character.")


def _check_headers(scope: Scope) -> None:
    headers = scope["headers"]
    if len(headers) > MOST_HEADER_LINES:
        raise Malformed(431)
    if sum(len(name) + len(value) for name, value in headers) > MOST_HEADERS:
        raise Malformed(431)


async def _body(scope: Scope, receive: Receive, files: Intake | None) -> bytes:
    """The whole content, counted while it comes: well-formed JSON, or a file where one is taken."""
    most = files.most if files else MOST_BODY
    declared = _header(scope, b"content-length")
    if declared.isdigit() and int(declared[:19]) > most:
        raise Malformed(413)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed(400, "The connection ended before the content did.")
        body += message.get("body", b"")
        if len(body) > most:
            raise Malformed(413, "At most {most} MiB are taken here.", most=most // 2**20)
        if not message.get("more_body", False):
            break
    if body:
        kind = _header(scope, b"content-type").split(b";")[0].strip().lower().decode("latin-1")
        taken = files.media_types if files else JSON_TYPES
        if kind not in taken:
            raise Malformed(
                415, "The content type “{kind}” is not one of {taken}.", kind=kind, taken=taken
            )
        if not files:
            _check_json(bytes(body))
    return bytes(body)


def _check_json(body: bytes) -> None:
    """RFC 8259 to the letter, and nothing that another reader would read otherwise."""
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_number,
            parse_int=_number,
        )
        _check_value(value, 1)
    except Malformed:
        raise
    except UnicodeDecodeError:
        raise Malformed(400, "The content is not UTF-8.") from None
    except RecursionError:
        raise Malformed(400, "The content is nested deeper than {most}.", most=MOST_DEPTH) from None
    except ValueError as fault:
        raise Malformed(
            400,
            "The content is not JSON from character {place} on.",
            place=getattr(fault, "pos", 0),
        ) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(400, "The field “{name}” is given twice.", name=twice[:60])
    return made


def _no_constant(name: str) -> float:
    raise Malformed(400, "{name} is not JSON.", name=name)


def _number(text: str) -> float:
    if len(text) > 30 or not -MOST_NUMBER <= float(text) <= MOST_NUMBER:
        raise Malformed(400, "The number {number} is out of bounds.", number=text[:30])
    return float(text)


def _check_value(value: Any, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise Malformed(400, "The content is nested deeper than {most}.", most=MOST_DEPTH)
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise Malformed(400, "A text holds a NUL or half a character.")
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_value(name, depth)
            _check_value(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_value(item, depth + 1)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The content once more, for the route; then whatever the connection says."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
