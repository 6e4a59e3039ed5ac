"""Requests that nobody should send, drawn from a seed: the same seed draws the same requests."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

METHODS = ("GET",) * 6 + ("POST", "PATCH") * 2 + ("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")
TEXTS = (
    *("", " ", "0", "-1", "1e999", "9" * 400, "2026-02-30", "9999-12-31", "0000-00-00", "NaN"),
    *("null", "true", "fr", "xx", "'; DROP TABLE events;--", "../../etc/passwd", "%00", "\x00"),
    *("\x1f", "\ud800", "\ufffd", "\u202e", "é" * 300, "\ufdfa" * 300, "a" * 3000, "<script>"),
    *("{{7*7}}", "${x}", "=1+1", "http://127.0.0.1/", "file:///etc/passwd", "a/b:c|d&(e"),
    *("l'appel \"x", "*", "NEAR(a b)", "٣", "planned", "A16", "-rank", "2021"),
    *("decisions-conseils-de-prud-hommes", "arrete-2025-08-29"),
)
FIELDS = (
    *("title", "description", "publisher", "steward", "state", "deadline", "reason", "covers"),
    *("text", "source", "resources", "keywords", "decided_on", "parts", "id", "version"),
    *("standing", "note"),
)
HEADERS = (
    *("Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since"),
    *("Range", "If-Match", "Content-Type", "Content-Encoding", "Accept-Datetime", "Host"),
    *("X-API-KEY", "Authorization", "Expect", "Transfer-Encoding", "X-Forwarded-For"),
    *("Connection", "Upgrade"),
)
VALUES = (
    *("*/*", "text/html", "application/json", "text/turtle;q=2", "gzip;q=0", "fr;q=x", '"v1"'),
    *("W/*", "Thu, 01 Jan 99999999999 00:00:00 GMT", "bytes=0-", "application/merge-patch+json"),
    *("text/csv", "multipart/form-data", "application/json; charset=utf-7", "chunked"),
    *("100-continue", "h2c", "a, b", "Bearer x", "x" * 5000, "\t", "é"),
    "Bearer ouv_aaaaaaaa_" + "b" * 43 + "_cccccc",
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """A request as it is sent."""

    method: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def raw(self, host: str) -> bytes:
        """Its bytes. The connection ends with the answer."""
        names = {name.lower() for name, _ in self.headers}
        headers = [*self.headers, ("Connection", "close")]
        headers += [("Host", host)] if "host" not in names else []
        headers += [("Content-Length", str(len(self.body)))] if self.body else []
        lines = [
            f"{self.method} {self.target} HTTP/1.1",
            *(f"{n}: {v}" for n, v in headers),
            "",
            "",
        ]
        return "\r\n".join(lines).encode("utf-8", "surrogatepass") + self.body


def requests(paths: list[str], names: list[str], key: str, seed: int) -> Iterator[Hostile]:
    """Requests without end, about the addresses of a register; every other with a key."""
    drawn = random.Random(seed)
    while True:
        method = drawn.choice(METHODS)
        path = drawn.choice(paths)
        for piece in {part for part in path.split("/") if "{" in part}:
            path = path.replace(piece, _spelt(drawn, drawn.choice(TEXTS)))
        pairs = [
            f"{_spelt(drawn, drawn.choice((*names, *TEXTS)))}={_spelt(drawn, drawn.choice(TEXTS))}"
            for _ in range(drawn.choice((0, 0, 1, 1, 2, 3, 60)))
        ]
        headers = [
            (name, drawn.choice(VALUES)) for name in drawn.sample(HEADERS, drawn.randrange(4))
        ]
        if drawn.random() < 0.5:
            headers.append(("X-API-KEY", key))
        body = b""
        if method in ("POST", "PATCH", "PUT"):
            body = _body(drawn)
            headers += [("Content-Type", "application/json"), ("If-Match", '"v96"')]
        yield Hostile(method, path + (f"?{'&'.join(pairs)}" if pairs else ""), headers, body)


def _spelt(drawn: random.Random, text: str) -> str:
    """As an address has it; now and then as it should not."""
    if drawn.random() < 0.1:
        return "".join(letter for letter in text if letter > " ") or "x"
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _body(drawn: random.Random) -> bytes:
    chance = drawn.random()
    if chance < 0.1:
        return drawn.randbytes(drawn.randrange(2000))
    if chance < 0.15:
        return b"[" * drawn.randrange(100_000)
    if chance < 0.2:
        return ("{" + ",".join(f'"{n}":0' for n in range(20_000)) + ',"1":1}').encode()
    body = json.dumps({drawn.choice(FIELDS): _value(drawn, 3) for _ in range(drawn.randrange(5))})
    if chance < 0.3:
        place = drawn.randrange(len(body))
        body = body[:place] + drawn.choice('{}[]",:\\x') + body[place + 1 :]
    return body.encode()


def _value(drawn: random.Random, depth: int) -> Any:
    kind = drawn.randrange(8 if depth else 5)
    if kind < 3:
        return drawn.choice(TEXTS)
    if kind < 5:
        return drawn.choice((None, True, 0, -1, 2**63, 1.5, 10**25))
    if kind == 5:
        return [_value(drawn, depth - 1) for _ in range(drawn.randrange(4))]
    names = ("fr", "en", "from", "to", "url", "title", "id", "nor", "kind", "key")
    return {drawn.choice(names): _value(drawn, depth - 1) for _ in range(drawn.randrange(4))}
