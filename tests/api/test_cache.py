"""Answers that are kept: the same bytes, made by nothing, never of before, and never another's."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs
from uvicorn.server import ServerState

from app.api.cache import MOST_OF_ONE, Answer, Cache, Question, question
from app.api.protocol import SHORTCUT, Protocol, Quotas, Shortcut
from app.main import create_app
from app.settings import Settings
from tests.api.test_protocol import all_of, connected
from tests.api.test_representations import addresses
from tests.serving import Site, change, serving
from tests.statements import asked

LIST = "/api/v1/openings"
HEADERS = [(b"content-length", b"4"), (b"etag", b'"v1.json"'), (b"cache-control", b"no-cache")]
KEPT = Answer.of(200, [*HEADERS, (b"x-request-id", b"1")], b"body")
assert KEPT
GET = b"GET /a HTTP/1.1\r\nHost: x\r\n"


def once(message: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """An answer without what no other answer has."""
    own = ("date", "x-request-id")
    fields = {name: value for name, value in message.headers.items() if name not in own}
    return message.status_code, fields, message.content


def test_an_answer_that_is_kept_is_the_answer(seeded_database_url: str):
    base, today = "https://ouvertures.example", date(2026, 11, 23)
    url, different = seeded_database_url, set[str]()
    with (
        serving(url, today, public_url=base) as keeping,
        serving(url, today, public_url=base, cache_mib=0) as other,
    ):
        for number, address in enumerate(addresses(other)):
            if address in ("/metrics", "/health/ready"):
                continue
            coding = ("gzip", "identity")[number % 2]
            headers = {"Accept-Encoding": coding}
            want = once(other.get(address, headers=headers))
            tag = want[1].get("etag")
            known = tag if coding == "gzip" else f'"x", {tag}'
            if any(once(keeping.get(address, headers=headers)) != want for _ in range(2)):
                different.add(address)
            heads = [once(each.http.head(address, headers=headers)) for each in (keeping, other)]
            if heads[0] != heads[1]:
                different.add(f"HEAD {address}")
            headers["If-None-Match"] = known or "*"
            if once(keeping.get(address, headers=headers)) != once(
                other.get(address, headers=headers)
            ):
                different.add(f"known {address}")
    assert not different


class Transport(asyncio.Transport):
    """A connection that remembers what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: Any) -> None:
        self.written.append(data)

    def writelines(self, list_of_data: Any) -> None:
        self.written += list_of_data

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """All is written."""

    def can_write_eof(self) -> bool:
        return False

    def resume_reading(self) -> None:
        """Nothing was paused."""

    def pause_reading(self) -> None:
        """Nothing more comes."""


def cache(most: int = 10**6, **changed: Any) -> Cache:
    given: dict[str, Any] = {"state": lambda: 1, "day": lambda: 2, "at_once": True}
    return Cache(**{**given, "count": lambda *_: None, "most": most, **changed})


async def keeping(target: bytes = b"/a", **changed: Any) -> Cache:
    """A cache that has the answer to one question."""
    made = cache(**changed)
    asked = question(target, [(b"host", b"x")])
    assert asked
    await made.put(asked, await made.present(), KEPT)
    return made


def answered(sent: bytes, quotas: Quotas | None = None) -> tuple[list[bytes], list[str]]:
    """What is written for bytes that come, and for which paths the application was asked."""
    asked: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS[:1]})
        await send({"type": "http.response.body", "body": b"made"})

    async def connection() -> list[bytes]:
        config = uvicorn.Config(app, log_config=None, http=Protocol)
        shortcut = Shortcut(await keeping(), quotas or Quotas("", ""))
        server, transport = ServerState(), Transport()
        server.default_headers = [(b"date", b"today")]
        protocol = Protocol(config=config, server_state=server, app_state={SHORTCUT: shortcut})
        protocol.connection_made(transport)
        protocol.data_received(sent)
        while server.tasks:
            await asyncio.gather(*server.tasks)
        protocol.connection_lost(None)
        return transport.written

    return asyncio.run(connection()), asked


def test_what_is_kept_is_written_as_it_is_and_asks_nobody():
    written, asked = answered(GET + b"\r\n")
    head, body = written
    assert asked == []
    assert KEPT
    assert body is KEPT.body
    assert head.startswith(b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 4\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert head.count(b"x-request-id: ") == 1


def test_a_hit_asks_the_database_for_nothing_but_its_state(site: Site):
    for _ in range(2):
        site.get(LIST)
    with asked() as statements:
        site.get(LIST)
    assert statements == []


@pytest.mark.parametrize(
    ("sent", "lines"),
    [
        (GET.replace(b"GET", b"HEAD") + b"\r\n", [b"200 OK"]),
        (GET + b'If-None-Match: "v1.json"\r\n\r\n', [b"304 Not Modified"]),
        (GET + b'If-None-Match: "v2.json"\r\n\r\n', [b"200 OK", b"body"]),
    ],
)
def test_a_hit_is_what_was_asked_for(sent: bytes, lines: list[bytes]):
    written, asked = answered(sent)
    assert asked == []
    assert [line.partition(b"\r\n")[0].removeprefix(b"HTTP/1.1 ") for line in written] == lines


@pytest.mark.parametrize(
    "sent",
    [
        GET + b"Connection: close\r\n\r\n",
        GET.replace(b"1.1", b"1.0") + b"\r\n",
        GET.replace(b"/a", b"/b") + b"\r\n",
        GET.replace(b"GET", b"OPTIONS") + b"\r\n",
        GET + b"X: y\r\n" * 100 + b"\r\n",
        GET + b'If-None-Match: "v2.json", "v1.json-gzip"\r\n\r\n',
        GET + b"If-None-Match: *\r\n\r\n",
        GET + b"Content-Length: 1\r\n\r\nx",
        *(
            GET + name + b": x\r\n\r\n"
            for name in (
                *(b"Authorization", b"X-API-KEY", b"Cookie", b"Range", b"If-Modified-Since"),
                *(b"Host", b"Accept", b"Accept-Language", b"Upgrade", b"Accept-Datetime"),
            )
        ),
    ],
)
def test_other_requests_go_their_way(sent: bytes):
    written, asked = answered(sent)
    assert len(asked) == 1
    assert b"made" in b"".join(written)


def test_who_is_counted_is_answered_by_who_counts():
    quotas = Quotas("9/minute", "")
    assert answered(GET + b"\r\n", quotas)[1] == []
    assert answered(GET + b"X-Forwarded-For: 203.0.113.7\r\n\r\n", quotas)[1] == ["/a"]
    assert answered(GET + b"X-Forwarded-For: 203.0.113.7\r\n\r\n")[1] == []


def test_pipelined_requests_are_answered_in_their_order():
    other = GET.replace(b"/a", b"/b") + b"\r\n"
    written, asked = answered(GET + b"\r\n" + other + GET + b"\r\n" + GET + b"\r\n")
    bodies = [line for line in written if line in (b"body", b"made")]
    assert (bodies, asked) == ([b"body", b"made", b"made", b"made"], ["/b", "/a", "/a"])


@pytest.mark.parametrize(
    ("status", "changed", "body"),
    [
        (404, {}, b""),
        (206, {}, b""),
        (200, {b"cache-control": None}, b""),
        (200, {b"cache-control": b"no-store"}, b""),
        (200, {b"cache-control": b"private, no-cache"}, b""),
        (200, {b"vary": b"Accept, Origin"}, b""),
        (200, {b"vary": b"*"}, b""),
        (200, {b"set-cookie": b"a=b"}, b""),
        (200, {b"content-length": None}, b""),
        (200, {}, b"x" * (MOST_OF_ONE + 1)),
    ],
)
def test_what_may_not_be_kept_is_not(status: int, changed: dict[bytes, Any], body: bytes):
    headers = {**dict(HEADERS), **changed}
    given = [(name, value) for name, value in headers.items() if value is not None]
    assert Answer.of(status, given, body) is None


def test_as_much_is_kept_as_there_is_room_for_and_the_oldest_goes():
    assert KEPT
    large = replace(KEPT, body=b"x" * 10_000)

    async def filled() -> Cache:
        made = cache(most=50_000)
        for number in range(20):
            for _ in range(2):
                await made.put(Question(number, None, forwarded=False), await made.present(), large)
            made.get(Question(0, None, forwarded=False))
        return made

    made = asyncio.run(filled())
    assert 40_000 < made.size <= 50_000
    assert made.size == sum(answer.size for answer in made.answers.values())
    assert [key[0] for key in made.answers] == [17, 18, 19, 0]  # type: ignore[index]


@pytest.mark.parametrize("at_once", [True, False])
def test_nothing_of_before_is_answered_and_nothing_made_across_a_change_is_kept(*, at_once: bool):
    states: dict[str, Any] = {"state": 1, "day": 1}

    async def changing() -> None:
        made = await keeping(
            state=lambda: states["state"], day=lambda: states["day"], at_once=at_once
        )
        asked = question(b"/a", [(b"host", b"x")])
        assert asked
        for name in states:
            before = await made.present()
            await made.put(asked, before, KEPT)
            assert made.get(asked)
            states[name] += 1
            await made.put(asked, before, KEPT)
            await made.present()
            assert made.get(asked) is None
        states["state"] = None
        assert await made.present() is None
        await made.put(asked, None, KEPT)
        assert (made.answers, made.size) == ({}, 0)

    asyncio.run(changing())


def test_who_waits_while_it_is_asked_is_answered_by_the_next_question():
    asked: list[int] = []

    async def together() -> None:
        made = cache(state=lambda: asked.append(1), at_once=False)
        await asyncio.gather(*(made.present() for _ in range(10)))

    asyncio.run(together())
    assert len(asked) == 2


def test_a_question_that_is_cut_off_answers_nobody():
    def cut() -> None:
        raise InterruptedError

    async def asked() -> None:
        made = await keeping(at_once=False)
        made.state = cut
        first, second = await asyncio.gather(made.present(), made.present(), return_exceptions=True)
        assert isinstance(first, InterruptedError)
        assert second is None or isinstance(second, InterruptedError)
        assert made.as_of is None

    asyncio.run(asked())


def test_a_change_by_another_process_is_seen_at_once(site: Site):
    place = f"{LIST}/decisions-conseils-de-prud-hommes"
    before = [site.get(place).headers["etag"] for _ in range(2)]
    assert change(site.as_team(), place, description={"fr": "Autre"}).status_code == 200
    assert site.get(place).headers["etag"] not in before
    with closing(sqlite3.connect(site.url.removeprefix("sqlite:///"))) as other:
        kept = site.get(LIST)
        other.execute("CREATE TABLE elsewhere (n)")
        assert site.get(LIST).content == kept.content


def test_a_file_that_was_taken_away_answers_nothing_more(seeded_database_url: str):
    with serving(seeded_database_url) as site:
        assert [site.get(LIST).status_code for _ in range(2)] == [200, 200]
        file = Path(seeded_database_url.removeprefix("sqlite:///"))
        away = file.rename(file.with_name("away"))
        assert site.get(LIST).status_code == 503
        away.rename(file)
        assert site.get(LIST).status_code == 200


def test_plain_asgi_answers_what_is_kept_too(seeded_database_url: str):
    settings = Settings(database_url=seeded_database_url, public_url="http://x")

    async def asked() -> list[tuple[int, dict[str, str], bytes]]:
        transport = httpx.ASGITransport(create_app(settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return [once(await client.get(LIST)) for _ in range(3)]

    first, *others = asyncio.run(asked())
    assert others == [first, first]


def test_what_is_kept_ends_with_its_connection_where_that_is_asked(site: Site):
    ask = f"GET {LIST} HTTP/1.1\r\nHost: {site.base.removeprefix('http://')}\r\n".encode()
    with connected(site) as client:
        client.sendall((ask + b"\r\n") * 3 + ask + b"Connection: close\r\n\r\n")
        answers = all_of(client)
    assert answers.count(b"HTTP/1.1 200 OK") == 4
    assert answers.count(b"connection: close") == 1


def test_a_path_that_terminals_would_obey_is_logged_as_it_was_asked():
    with capture_logs() as lines:
        cache(1).report("GET", "/é\x1bc", 404, 0, 0.0, "1", cached=False)
        cache(1).report("GET", "/é", 404, 0, 0.0, "1", cached=False)
    assert [line["path"] for line in lines] == ["/%C3%A9%1Bc", "/é"]
