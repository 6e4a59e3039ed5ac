"""Whose an answer is, by key and coding, and answers kept as long as the register is as it was.

Routes make tags of what they know of the register; the gate adds the viewer and the coding to
those that leave, and takes them off those that come back. Answers are kept for readers without a
key. Whether the register is as it was is asked at each use of one.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

import structlog
from anyio.to_thread import run_sync
from starlette.datastructures import MutableHeaders
from starlette.types import Scope

from app.domain.access import public_part
from app.formats.language import weighted

Raw = list[tuple[bytes, bytes]]
FREE = ("/health/", "/metrics")
"""What probes ask for, and what answers without the database."""

MOST_OF_ONE = 1024 * 1024
"""A longer answer is not kept."""
SURROUNDINGS = 1024
"""What an answer takes besides its bytes, roughly: its key, and the places of both."""
OF_ONE = (b"x-request-id", b"ratelimit", b"ratelimit-policy")
"""Headers of one answer alone."""
_OF_CONTENT = (b"content-type", b"content-length", b"content-encoding")
_KEYED = {b"host": 1, b"accept": 2, b"accept-language": 3, b"accept-encoding": 4}
_CONDITIONAL = {b"if-none-match": 5, b"if-modified-since": 6, b"x-forwarded-for": 7}
_NOT_KEPT = 0
_PLACES = _KEYED | _CONDITIONAL
_PLACES |= dict.fromkeys(
    (
        *(b"authorization", b"x-api-key", b"cookie", b"range", b"if-match", b"if-unmodified-since"),
        *(b"accept-datetime", b"content-length", b"transfer-encoding", b"expect", b"upgrade"),
    ),
    _NOT_KEPT,
)
_VARYING = _PLACES.keys()
"""What an answer may vary on: what it is kept by, or what the answers that are kept are without."""

log = structlog.get_logger("ouvertures")


# Whose an answer is.

TAG = re.compile(r'(?:W/)?"([^"]*)"')
_GZIP, _VIEWER = b"-gzip", b"~"
_NONE = '"-"'
"""A tag that nothing has."""
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"accept-encoding")


def viewer(scope: Scope) -> str:
    """The public part of the key that is sent, whether it is known or not; without one, ""."""
    fields = dict(reversed(scope["headers"]))
    scheme, _, key = fields.get(b"authorization", b"").strip(b" \t").partition(b" ")
    if scheme.lower() != b"bearer":
        key = fields.get(b"x-api-key", b"")
    return public_part(key.decode("latin-1").strip()) or "" if key else ""


def asked(scope: Scope) -> Raw:
    """The headers for routes: trimmed, conditions on the viewer’s own tags, one coding named."""
    trimmed = _trimmed(scope["headers"])
    if not any(name in _CONDITIONS for name, _ in trimmed):
        return trimmed
    headers = MutableHeaders(raw=trimmed)
    who = viewer(scope)
    given = ",".join(headers.getlist("if-none-match"))
    if given and given.strip() != "*":
        tags = (_bare(tag, who) for tag in TAG.findall(given))
        headers["if-none-match"] = ", ".join(f'"{tag}"' for tag in tags if tag) or _NONE
    if who:
        del headers["if-modified-since"]  # of which viewer’s answer, nobody knows
    if codings := headers.getlist("accept-encoding"):
        headers["accept-encoding"] = "gzip" if takes_gzip(",".join(codings)) else "identity"
    return list(headers.raw)


def sent(scope: Scope, status: int, given: Raw) -> Raw:
    """The headers of an answer, whose tag says its viewer and its coding."""
    fields, who, otherwise = dict(given), viewer(scope).encode(), dict[bytes, bytes]()
    coded = fields.get(b"content-encoding") == b"gzip"
    if b"etag" in fields:
        tag = fields[b"etag"].removesuffix(b'"') + (_VIEWER + who if who else b"")
        if status == 304 and not coded:
            known = b",".join(value for name, value in scope["headers"] if name == b"if-none-match")
            coded = tag + _GZIP + b'"' in known
        otherwise[b"etag"] = tag + (_GZIP if coded else b"") + b'"'
    if who and b"no-store" not in (control := fields.get(b"cache-control", b"")):
        otherwise[b"cache-control"] = b"private, " + control if control else b"private"
    if status in (200, 304) and scope["method"] in ("GET", "HEAD"):
        vary = fields.get(b"vary", b"")
        if b"accept-encoding" not in vary.lower():
            otherwise[b"vary"] = vary + b", Accept-Encoding" if vary else b"Accept-Encoding"
    changed = [(name, otherwise.pop(name, value)) for name, value in given]
    return [*changed, *otherwise.items()]


def takes_gzip(accepted: str) -> bool:
    """Whether gzip is accepted, and not less than no coding (RFC 9110, 12.5.3)."""
    weights = dict(weighted(accepted))
    others = weights.get("*", 0.0)
    gzip = weights.get("gzip", weights.get("x-gzip", others))
    return 0 < gzip >= weights.get("identity", 0.0)


def _bare(tag: str, who: str) -> str:
    """A tag as routes made it; "" for one of another viewer."""
    bare, _, of = tag.removesuffix(_GZIP.decode()).partition(_VIEWER.decode())
    return bare if of == who else ""


def _trimmed(headers: Raw) -> Raw:
    """White space around a field is no part of it (RFC 9110, 5.5)."""
    return [(name, value.strip(b" \t")) for name, value in headers]


# What is kept.


class Question(NamedTuple):
    """What an answer depends on: the target, and the headers that it may vary on.

    `forwarded`: whether a proxy says for whom it asks.
    """

    key: Hashable
    tags: bytes | None
    forwarded: bool


def question(target: bytes, headers: Raw) -> Question | None:
    """The question of a reader without a key; None for one whose answer is not kept."""
    fields: list[bytes | None] = [target, *(None for _ in (*_KEYED, *_CONDITIONAL))]
    for name, value in headers:
        place = _PLACES.get(name)
        if place is not None:
            if fields[place] is not None:
                return None
            fields[place] = value
    _, host, accept, language, coding, tags, since, forwarded = fields
    if since is not None and tags is None:
        return None
    zipped = coding is not None and _gzipped(coding)
    return Question((target, host, accept, language, zipped), tags, forwarded is not None)


def question_of(scope: Scope) -> Question | None:
    """The question that a request is."""
    if scope["method"] not in ("GET", "HEAD") or scope["path"].startswith(FREE):
        return None
    query = scope["query_string"]
    path = scope.get("raw_path") or b""
    return question(path + b"?" + query if query else path, scope["headers"])


@lru_cache(maxsize=256)
def _gzipped(accepted: bytes) -> bool:
    return takes_gzip(accepted.decode("latin-1"))


@dataclass(slots=True)
class Answer:
    """An answer as it leaves, but for the headers of one answer alone.

    `head`: the headers as they are written, without the line of the status.
    """

    status: int
    headers: Raw
    body: bytes = b""
    head: bytes = field(init=False)
    tag: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.head = b"".join(b"%b: %b\r\n" % row for row in self.headers)
        self.tag = dict(self.headers).get(b"etag", b"")

    @classmethod
    def of(cls, status: int, headers: Raw, body: bytes) -> "Answer | None":
        """What is kept of an answer; None, if it is not to be kept."""
        values = dict(headers)
        control, vary = values.get(b"cache-control", b"no-store"), values.get(b"vary", b"").lower()
        varying = {name.strip() for name in vary.split(b",")} - {b""}
        if (
            status not in (200, 304)
            or (status == 200 and b"content-length" not in values)
            or len(body) > MOST_OF_ONE
            or any(word in control.lower() for word in (b"no-store", b"private"))
            or not varying <= _VARYING
            or b"set-cookie" in values
        ):
            return None
        return cls(status, [row for row in headers if row[0] not in OF_ONE], body)

    @property
    def unmodified(self) -> "Answer":
        """What a reader is answered who has it already."""
        return Answer(304, [row for row in self.headers if row[0] not in _OF_CONTENT])

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return len(self.body) + 2 * len(self.head) + SURROUNDINGS


@dataclass(slots=True)
class Cache:
    """What was answered, up to so many bytes, at one state of the register and on one day.

    `state`: what stands for all that is committed, another after each change; None if unknown.
    `at_once`: whether it is known without waiting. `day`: that of readers. `reaches`: whether a
    position is shown in that state, which a replica has not always.
    """

    state: Callable[[], Hashable | None]
    day: Callable[[], Hashable]
    most: int
    at_once: bool
    count: Callable[[str, int, float], None]
    reaches: Callable[[int], bool] = lambda _: True
    size: int = 0
    as_of: Hashable = None
    answers: OrderedDict[Hashable, Answer] = field(default_factory=OrderedDict)
    asked: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def now(self) -> Hashable | None:
        """What the answers hold for from here on: those of before are gone."""
        return self._at(self.state()) if self.most else None

    def _at(self, state: Hashable | None) -> Hashable | None:
        as_of = None if state is None else (state, self.day())
        if as_of != self.as_of:
            self.answers.clear()
            self.as_of, self.size = as_of, 0
        return as_of

    async def present(self) -> Hashable | None:
        """The same where it is waited for; who waits together is answered together."""
        if self.at_once or not self.most:
            return self.now()
        asked = self.asked
        async with self.turn:
            if self.asked == asked:
                self.asked += 1
                before, self.as_of = self.as_of, None  # should it be cut off, nothing is known
                state = await run_sync(self.state)
                self.as_of = before
                self._at(state)
            return self.as_of

    def get(self, question: Question) -> Answer | None:
        """The answer that is kept for a question."""
        if question.tags is not None and (answer := self._get((question.key, question.tags))):
            return answer
        answer = self._get((question.key, None))
        if answer is None or question.tags is None:
            return answer
        if answer.tag == question.tags:
            answer = answer.unmodified
            self._put((question.key, question.tags), answer)
            return answer
        # What may be the same in another coding is left to who compares tags.
        bare = answer.tag.strip(b'"').removesuffix(b"-gzip")
        return None if bare in question.tags or b"*" in question.tags else answer

    async def put(self, question: Question, as_of: Hashable | None, answer: Answer | None) -> None:
        """Keep an answer that was made after `as_of`, if that is so still."""
        if answer is None or as_of is None or await self.present() != as_of:
            return
        self._put((question.key, question.tags if answer.status == 304 else None), answer)

    def report(
        self,
        method: str,
        path: str,
        status: int,
        size: int,
        began: float,
        request_id: str,
        *,
        cached: bool,
    ) -> None:
        """One line an answer, kept or not; and it is counted.

        Without query or headers: they may hold what is nobody’s.
        """
        seconds = time.perf_counter() - began
        self.count(method, status, seconds)
        log.info(
            "request",
            method=method,
            path=path if path.isprintable() else quote(path),  # terminals obey some letters
            status=status,
            bytes=size,
            milliseconds=round(seconds * 1000, 2),
            request_id=request_id,
            cached=cached,
        )

    def _get(self, key: Hashable) -> Answer | None:
        answer = self.answers.get(key)
        if answer:
            self.answers.move_to_end(key)
        return answer

    def _put(self, key: Hashable, answer: Answer) -> None:
        before = self.answers.pop(key, None)
        self.size += answer.size - (before.size if before else 0)
        self.answers[key] = answer
        while self.size > self.most:
            _, oldest = self.answers.popitem(last=False)
            self.size -= oldest.size
