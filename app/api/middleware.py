"""The input gate, and what every answer carries: nothing reaches a route that is not well-formed.

Knows HTTP and JSON, and no address, form or record.
"""

import asyncio
import json
import re
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import structlog
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import cache, problems, protocol
from app.api.cache import Answer, Cache, Raw, viewer
from app.api.protocol import MOST_HEADER_LINES, MOST_HEADERS, Quotas
from app.domain import errors
from app.domain.context import SEEN, Seen
from app.formats.language import say

MOST_BODY = 1024 * 1024
MOST_DEPTH = 32
MOST_NUMBER = 2**53
MOST_VALUES = 5000
"""How many names and values a content holds: each costs more to check than to send."""
MOST_QUERY, MOST_PARAMETERS = 4096, 50
MOST_UNFINISHED = 64 * 1024 * 1024
"""What all contents together may hold, until they are answered."""
MOST_OF_NOBODY = 64 * 1024
"""What is taken of a content before a key of the right form is there."""
SECONDS, GRACE, FLOOR = 30, 5, 1024
"""How long a content may take; and how many bytes a second must come after the first seconds."""
ON_THE_LOOP = 16 * 1024
"""What is checked at once; a larger content is checked in a thread."""
WRITES = ("POST", "PUT", "PATCH", "DELETE")
JSON_TYPES = ("application/json", "application/merge-patch+json")
OF_READS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Link, Last-Modified, Content-Disposition, "
    "Memento-Datetime, Recorded-Events",
}
OF_PREFLIGHT = {
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-allow-headers": "If-None-Match, If-Modified-Since, Ouvertures-Position",
    "access-control-max-age": "86400",
}

OF_WRITERS = (b"authorization", b"x-api-key", b"cookie")
_SEEN = {
    b"ouvertures-position": re.compile(rb"^ *(\d{1,15}) *$"),
    b"if-none-match": re.compile(rb'"[vp](\d{1,15})\.'),
}
"""Where readers say which positions they have seen."""
_WHOLE = re.compile("[^\x00\ud800-\udfff]*")
_USUAL = re.compile(rb"[!-$&-~]*")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")

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


@dataclass(slots=True)
class Gate:
    """The outermost layer of ours: checks what comes in, completes what goes out.

    `intakes`: the addresses that take something else than JSON. `hosts`: the names under which it
    may be asked, if not any. `viewer`: the key of whoever sends a request. `unanswered`: the bytes
    of contents that are not answered yet.
    """

    app: ASGIApp
    headers: Mapping[str, str]
    cache: Cache
    intakes: Mapping[str, Intake]
    hosts: Collection[str] = ()
    quotas: Quotas = field(default_factory=lambda: Quotas("", ""))
    viewer: Callable[[Scope], str] = viewer
    unanswered: int = 0
    of_reads: Raw = field(init=False)
    of_writes: Raw = field(init=False)

    def __post_init__(self) -> None:
        self.of_writes = Headers(self.headers).raw
        self.of_reads = Headers({**self.headers, **OF_READS}).raw  # from any page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request through the gate, or a problem document."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = self.of_writes if scope["method"] in WRITES else self.of_reads
        answer, body = _Answer(scope, send, headers), bytearray()
        try:
            await self._admit(scope, receive, answer, body)
        except Malformed as fault:
            await _refuse(scope, answer, fault)
        except errors.Refusal as refusal:
            if answer.started:  # a piece of a whole list
                raise
            # What is still to come of such a request is not read.
            response = problems.answer_refusal(Request(scope), refusal)
            response.headers["Connection"] = "close"
            await response(scope, receive, answer)
        except asyncio.CancelledError:
            log.warning("cancelled", request_id=answer.request_id)  # the server ends: no accident
            if not answer.started:
                ends = errors.Unavailable("The server is ending: ask again in a moment.")
                await problems.answer_refusal(Request(scope), ends)(scope, receive, answer)
        except Exception:
            log.exception("accident", request_id=answer.request_id)
            if answer.started:
                raise
            await _refuse(scope, answer, Malformed(500), {"request_id": answer.request_id})
        finally:
            self.unanswered -= len(body)
            sent = (answer.status, answer.bytes, answer.began, answer.request_id)
            self.cache.report(scope["method"], scope["path"], *sent, cached=answer.cached)

    async def _admit(
        self, scope: Scope, receive: Receive, answer: "_Answer", body: bytearray
    ) -> None:
        _check_taken(scope)
        _check_target(scope)
        _check_headers(scope)
        _check_host(scope, self.hosts)
        within, fields = self.quotas.take(scope, "writes" if scope["method"] in WRITES else "reads")
        if fields:
            answer.headers += Headers(fields).raw
        if not within:
            raise Malformed(429)
        if scope["method"] in WRITES:
            await self._read(scope, receive, body)
            scope["content"] = bytes(body)
            await self._pass_on(scope, receive, answer)
            return
        question, least = cache.question_of(scope), _least(scope)
        SEEN.set(Seen(least))
        as_of = await self.cache.present() if question else None
        if not self.cache.reaches(least or 0):
            as_of = None
        if question and as_of and (ready := self.cache.get(question)):
            await answer.again(ready)
            return
        await self._pass_on(scope, receive, answer)
        if question and as_of and answer.whole:
            await self.cache.put(question, as_of, Answer.of(*answer.whole))

    async def _pass_on(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        head = {"method": "GET", "head": True} if scope["method"] == "HEAD" else {}
        headers = cache.asked(scope)
        await self.app({**scope, **head, "headers": headers}, receive, answer)

    async def _read(self, scope: Scope, receive: Receive, body: bytearray) -> None:
        """The whole content, counted while it comes, of a type that is taken."""
        headers, intake = Headers(scope=scope), self.intakes.get(scope["path"], OF_JSON)
        declared = headers.get("content-length", "")
        size = int(declared[:19]) if declared.isdecimal() else 0
        if size > intake.most:
            raise Malformed(413)
        clock, more = asyncio.get_running_loop().time, True
        began = clock()
        while more:
            if max(size, len(body)) > MOST_OF_NOBODY and not self.viewer(scope):
                raise errors.Unauthenticated("This needs a key: Authorization: Bearer KEY.")
            try:
                async with asyncio.timeout_at(began + min(SECONDS, GRACE + len(body) / FLOOR)):
                    message = await receive()
            except TimeoutError:
                raise Malformed(408) from None
            _check_taken(scope)
            if message["type"] == "http.disconnect":
                raise Malformed(400, "The connection ended before the content did.")
            self.unanswered += len(message.get("body", b""))
            body += message.get("body", b"")
            if len(body) > intake.most:
                raise Malformed(
                    413, "At most {most} MiB are taken here.", most=intake.most // 2**20
                )
            if self.unanswered > MOST_UNFINISHED:
                raise errors.Unavailable("Too much is being sent at once. Nothing was changed.")
            more = message.get("more_body", False)
        if body and scope["method"] in ("POST", "PATCH"):  # no other has a content here
            _check_type(headers, intake)
            if intake is OF_JSON:
                content = bytes(body)
                large = len(content) > ON_THE_LOOP
                await run_sync(_check_json, content) if large else _check_json(content)


class Routing:
    """The innermost layer: the route of a request answers, or a problem document does.

    Routes are kept by how their paths begin, so that as few as can be are tried.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[Any]) -> None:
        self.app, self.by_beginning = app, defaultdict[str, list[Any]](list)
        for route in routes:
            fixed, variable, _ = route.path.partition("{")
            self.by_beginning[fixed[: fixed.rfind("/") + 1] if variable else fixed].append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request to its route; whatever else it is, to the application."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, methods = Request(scope, receive), set[str]()
        for route, parts in self._at(scope["path"]):
            if scope["method"] in route.methods:
                scope["route"], scope["path_params"] = route, parts
                response = await self._answer(request, route.endpoint)
                break
            methods |= route.methods
        else:
            response = await run_sync(_unrouted, request, methods)
        await response(scope, receive, send)

    def _at(self, path: str) -> Iterator[tuple[Any, dict[str, str]]]:
        """The routes of a path, each with its path parameters."""
        beginning = path
        while beginning:
            for route in self.by_beginning.get(beginning, ()):
                if match := route.path_regex.match(path):
                    yield route, match.groupdict()
            beginning = beginning[: beginning.rfind("/", 0, -1) + 1]

    async def _answer(self, request: Request, endpoint: Any, *, again: bool = False) -> Response:
        """The answer of a route; one that reads is tried once more if its database was cut off."""
        try:
            response: Response = await endpoint(request)
        except errors.Refusal as refusal:
            seen = SEEN.get(None) or Seen()
            lacking = isinstance(refusal, errors.Cut) or seen.replica
            if again or request.method != "GET" or not lacking:
                return await run_sync(problems.answer_refusal, request, refusal)
            seen.least = None
        else:
            return response
        return await self._answer(request, endpoint, again=True)


def _unrouted(request: Request, methods: Collection[str]) -> Response:
    """What is answered where no route is, or none of this method: which there are."""
    if not methods:
        return problems.answer(request, problems.OTHERS[404], "")
    allowed = {*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())}
    headers = {"Allow": ", ".join(sorted(allowed))}
    if request.method != "OPTIONS":
        return problems.answer(request, problems.OTHERS[405], "", None, headers)
    asked = "access-control-request-method" in request.headers
    return Response(None, 204, headers | (OF_PREFLIGHT if asked else {}))


def _least(scope: Scope) -> int | None:
    """The last position that a reader names, or names a tag of; None for who may have written."""
    if any(name in OF_WRITERS for name, _ in scope["headers"]):
        return None
    named = (_SEEN[name].findall(value) for name, value in scope["headers"] if name in _SEEN)
    return max((int(position) for some in named for position in some), default=0)


async def _refuse(
    scope: Scope, answer: Send, fault: Malformed, facts: Mapping[str, Any] | None = None
) -> None:
    request = Request(scope)
    detail = say(problems.language(request), fault.sentence, **fault.facts)
    # What is still to come of such a request is not read.
    headers = {"Connection": "close"} if fault.status in (400, 408, 413, 429, 431) else None
    problem = problems.answer(request, problems.OTHERS[fault.status], detail, facts, headers)
    await problem(scope, request.receive, answer)


class _Answer:
    """The way out: completes headers, leaves out the body of a HEAD, remembers what was sent."""

    def __init__(self, scope: Scope, send: Send, headers: Raw) -> None:
        self.scope, self.send, self.request_id = scope, send, secrets.token_hex(8)
        self.headers = [*headers, (b"x-request-id", self.request_id.encode())]
        self.began = time.perf_counter()
        self.status = self.bytes = 0
        self.cached = False
        self.whole: tuple[int, Raw, bytes] | None = None
        self.sent: Raw = []

    @property
    def started(self) -> bool:
        """Whether the reader has been sent a status."""
        return bool(self.status)

    async def __call__(self, message: Message) -> None:
        """One ASGI message to the reader."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = [*message.get("headers", ()), *self.headers]
            self.sent = cache.sent(self.scope, self.status, given)
            message = {**message, "headers": self.sent}
        elif message["type"] == "http.response.body":
            if self.scope["method"] == "HEAD":
                message = {**message, "body": b""}
            elif not (self.bytes or message.get("more_body")):
                self.whole = self.status, self.sent, message.get("body", b"")
            self.bytes += len(message.get("body", b""))
        await self.send(message)

    async def again(self, ready: Answer) -> None:
        """An answer that is kept, with the headers of this one."""
        headers = [*ready.headers, *((n, v) for n, v in self.headers if n in cache.OF_ONE)]
        body = b"" if self.scope["method"] == "HEAD" else ready.body
        self.status, self.bytes, self.cached = ready.status, len(body), True
        await self.send({"type": "http.response.start", "status": ready.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def _check_target(scope: Scope) -> None:
    """Path and query are UTF-8 without control characters, and of a decent length."""
    query = scope["query_string"]
    if len(query) > MOST_QUERY or query.count(b"&") >= MOST_PARAMETERS:
        raise Malformed(414)
    for part in (scope.get("raw_path") or b"", query):
        if _USUAL.fullmatch(part):
            continue
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


def _check_taken(scope: Scope) -> None:
    """What the protocol did not take is refused here."""
    if refused := scope.get("extensions", {}).get(protocol.REFUSED):
        raise Malformed(refused["status"])


def _check_host(scope: Scope, hosts: Collection[str]) -> None:
    """One host is named, as it is written; HTTP/1.0 knew none. Probes name any."""
    given = [value for name, value in scope["headers"] if name == b"host"]
    if len(given) > 1 or not (given or scope["http_version"] == "1.0"):
        raise Malformed(400, "The request names no host, or more than one.")
    name = _HOST.fullmatch(given[0].decode("latin-1")) if given else None
    if given and not name:
        raise Malformed(400, "This is not the name of a host.")
    known = not hosts or scope["path"].startswith("/health/")
    if not known and (name[1].lower() if name else "") not in hosts:
        raise Malformed(400, "This register is not asked under this host.")


def _check_type(headers: Headers, intake: Intake) -> None:
    if len(headers.getlist("content-type")) > 1:
        raise Malformed(400, "The content has more than one type.")
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in intake.media_types:
        sentence = "The content type “{kind}” is not one of {taken}."
        sentence = sentence if kind else "The content needs a type, one of {taken}."
        raise Malformed(415, sentence, kind=kind, taken=intake.media_types)
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Malformed(415, "The content is taken as it is, not compressed.")


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
        _check_value(value)
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


def _check_value(value: Any) -> None:
    """Neither deep nor long, and of whole characters."""
    level, count = [value], 0
    for _ in range(MOST_DEPTH):
        count += len(level)
        if count > MOST_VALUES:
            raise Malformed(400, "The content has more than {most} values.", most=MOST_VALUES)
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                if not _WHOLE.fullmatch(item):
                    raise Malformed(400, "A text holds a NUL or half a character.")
            elif isinstance(item, dict):
                below += [*item, *item.values()]
            elif isinstance(item, list):
                below += item
        level = below
    if level:
        raise Malformed(400, "The content is nested deeper than {most}.", most=MOST_DEPTH)
