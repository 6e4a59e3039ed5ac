"""The input gate, and what every answer carries: nothing reaches a route that is not well-formed.

Knows HTTP and JSON, and no address, form or record.
"""

import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.formats.language import say

MOST_BODY = 1024 * 1024
MOST_DEPTH = 32
MOST_NUMBER = 2**53
MOST_QUERY, MOST_PARAMETERS = 4096, 50
MOST_HEADERS, MOST_HEADER_LINES = 32 * 1024, 100
WRITES = ("POST", "PUT", "PATCH", "DELETE")
JSON_TYPES = ("application/json", "application/merge-patch+json")
OF_READS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Link, Last-Modified, Content-Disposition, "
    "Memento-Datetime, Recorded-Events",
}
OF_PREFLIGHT = {
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-allow-headers": "If-None-Match, If-Modified-Since",
    "access-control-max-age": "86400",
}

log = structlog.get_logger("ouvertures")


@dataclass(frozen=True, slots=True)
class Intake:
    """What an address takes: contents of these types, up to so many bytes."""

    most: int
    media_types: tuple[str, ...]


OF_JSON = Intake(MOST_BODY, JSON_TYPES)


class Malformed(Exception):  # noqa: N818 the HTTP word
    """A request that is turned away at the gate."""

    def __init__(self, status: int, sentence: str = "", **facts: Any) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.facts = status, sentence, facts


@dataclass(frozen=True, slots=True)
class Gate:
    """The outermost layer of ours: checks what comes in, completes what goes out.

    `files`: the addresses that take files in the place of JSON.
    """

    app: ASGIApp
    headers: Mapping[str, str]
    count: Callable[[str, int, float], None]
    files: Mapping[str, Intake]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request through the gate, or a problem document."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Reads may be made from any page.
        headers = {**self.headers, **({} if scope["method"] in WRITES else OF_READS)}
        answer = _Answer(scope, send, headers)
        try:
            await self._admit(scope, receive, answer)
        except Malformed as fault:
            await _refuse(scope, answer, fault)
        except Exception:
            log.exception("accident", request_id=answer.request_id)
            if answer.started:
                raise
            await _refuse(scope, answer, Malformed(500), {"request_id": answer.request_id})
        finally:
            answer.log()
            self.count(scope["method"], answer.status, answer.seconds)

    async def _admit(self, scope: Scope, receive: Receive, answer: Send) -> None:
        _check_target(scope)
        _check_headers(scope)
        if scope["method"] == "OPTIONS":
            await _options(scope)(scope, receive, answer)
            return
        intake, body = self.files.get(scope["path"], OF_JSON), b""
        if scope["method"] in WRITES:
            body = await _body(scope, receive, intake)
        head = {"method": "GET", "head": True} if scope["method"] == "HEAD" else {}
        await self.app({**scope, **head}, _replayed(body, receive), answer)


def _options(scope: Scope) -> Response:
    methods = scope["app"].state.methods(scope["path"])
    if not methods:
        raise Malformed(404)
    asked = "access-control-request-method" in Headers(scope=scope)
    return Response(None, 204, {"allow": ", ".join(methods), **(OF_PREFLIGHT if asked else {})})


async def _refuse(
    scope: Scope, answer: Send, fault: Malformed, facts: Mapping[str, Any] | None = None
) -> None:
    request = Request(scope)
    detail = say(problems.language(request), fault.sentence, **fault.facts)
    # What is still to come of such a request is not read.
    headers = {"Connection": "close"} if fault.status in (400, 413, 431) else None
    problem = problems.answer(request, problems.OTHERS[fault.status], detail, facts, headers)
    await problem(scope, request.receive, answer)


class _Answer:
    """The way out: completes headers, leaves out the body of a HEAD, remembers what was sent."""

    def __init__(self, scope: Scope, send: Send, headers: Mapping[str, str]) -> None:
        self.scope, self.send, self.request_id = scope, send, secrets.token_hex(8)
        self.headers = Headers({**headers, "x-request-id": self.request_id}).raw
        self.began = time.perf_counter()
        self.status = self.bytes = 0

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
            message = {**message, "headers": [*message.get("headers", ()), *self.headers]}
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
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MOST_HEADER_LINES or size > MOST_HEADERS:
        raise Malformed(431)


async def _body(scope: Scope, receive: Receive, intake: Intake) -> bytes:
    """The whole content, counted while it comes, of a type that is taken; JSON is well-formed."""
    headers, most = Headers(scope=scope), intake.most
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:19]) > most:
        raise Malformed(413)
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed(400, "The connection ended before the content did.")
        body += message.get("body", b"")
        if len(body) > most:
            raise Malformed(413, "At most {most} MiB are taken here.", most=most // 2**20)
        more = message.get("more_body", False)
    if body:
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        if kind not in intake.media_types:
            sentence = "The content type “{kind}” is not one of {taken}."
            sentence = sentence if kind else "The content needs a type, one of {taken}."
            raise Malformed(415, sentence, kind=kind, taken=intake.media_types)
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise Malformed(415, "The content is taken as it is, not compressed.")
        if intake is OF_JSON:
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
    except UnicodeDecodeError:
        raise Malformed(400, "The content is not UTF-8.") from None
    except RecursionError:
        raise Malformed(400, "The content is nested deeper than {most}.", most=MOST_DEPTH) from None
    except ValueError as fault:
        sentence = "The content is not JSON from character {place} on."
        raise Malformed(400, sentence, place=getattr(fault, "pos", 0)) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
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
