"""A day ends in Paris: lateness turns, and with it ETags and lists. Nothing else does."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from itertools import zip_longest
from typing import Any

import httpx
import pytest

from app.domain.ledger import paris_midnight
from app.register import Clock, seed
from app.register.writing import Writing
from app.store.database import Database
from tests.journeys.office import Calendar, Office
from tests.serving import make_key

DAY = timedelta(days=1)
SEEDED = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
LONG_AFTER = datetime(2031, 1, 1, tzinfo=UTC)
TIMELY = ("timeliness", "days_late", "timeliness_first", "days_late_first")

PRUDHOMMES = "decisions-conseils-de-prud-hommes"
CRIMINAL = "decisions-penal-premiere-instance"
LISTS = (
    "/api/v1/openings?page_size=100",
    "/api/v1/actions?page_size=100",
    "/openings.json?sort=-deadline&page_size=3",
)
ALIKE = (
    *(f"/catalog.{syntax}" for syntax in ("ttl", "jsonld", "rdf", "nt")),
    *(f"/openings/{PRUDHOMMES}.{syntax}" for syntax in ("ttl", "jsonld", "rdf", "nt")),
    f"/openings/{CRIMINAL}.ttl",
    "/api/v1/changes?page_size=100",
    "/api/v1/vocabularies",
)
"""What says nothing of lateness, and nothing of the day."""
DATED = (
    "/api/v1/texts",
    "/api/v1/publishers",
    f"/api/v1/openings/{PRUDHOMMES}/events",
    "/api/v1/actions/justice-2021/A16/events",
)
"""What says nothing of lateness, and the day in its envelope."""
PAST = (
    "/api/v1/openings?as_of=2025-09-02&page_size=100",
    f"/api/v1/openings/{PRUDHOMMES}?as_of=2025-09-02",
    "/catalog.ttl?as_of=2025-09-02",
)


@pytest.fixture
def register_url(database_url: str) -> str:
    """The seed, recorded on a morning in January 2026."""
    database = Database(database_url)
    found = seed.read()
    writing = Writing(database, Calendar(moments=[SEEDED]))
    known = [claim for claim in found.claims if claim.published_on.last <= SEEDED.date()]
    writing.absorb(known, found.organizations, found.texts)
    database.close()
    return database_url


@contextmanager
def on_day(url: str, day: date) -> Iterator[Office]:
    """The register as OUVERTURES_TODAY shows it; the clock that goes on is long after."""
    with clocked(url, Calendar(day, [LONG_AFTER]), today=day) as office:
        yield office


@contextmanager
def clocked(url: str, clock: Clock, today: date | None = None) -> Iterator[Office]:
    """The register by this clock."""
    office, database = Office(url, today), Database(url)
    office.open(database, clock)
    try:
        yield office
    finally:
        office.close()
        database.close()


def asked(office: Office, *addresses: str) -> dict[str, httpx.Response]:
    """What the public reads at each of these addresses."""
    found = {address: office.get(address) for address in addresses}
    assert {answer.status_code for answer in found.values()} == {200}
    return found


def entries(office: Office) -> list[str]:
    """The address of every document."""
    return [
        one["links"]["self"].removeprefix("https://register.example")
        for address in LISTS[:2]
        for one in office.get(address).json()["data"]
    ]


def turned(before: Any, after: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every value that differs, with where it is; names and their order must be the same."""
    if isinstance(before, dict) and isinstance(after, dict):
        assert where.endswith("timeliness") or [*before] == [*after]
        for name in [*before, *(name for name in after if name not in before)]:
            yield from turned(before.get(name), after.get(name), f"{where}/{name}")
    elif isinstance(before, list) and isinstance(after, list):
        for place, (one, other) in enumerate(zip_longest(before, after)):
            yield from turned(one, other, f"{where}/{place}")
    elif before != after:
        yield where, before, after


def names(before: httpx.Response, after: httpx.Response) -> set[str]:
    """Which fields differ between two JSON answers, places in lists apart."""
    found = turned(before.json(), after.json())
    return {re.sub(r"/\d+", "", where) for where, _, _ in found}


def headers(answer: httpx.Response) -> dict[str, str]:
    """The headers, but those of this very answer or of its bytes."""
    own = ("x-request-id", "content-length")
    return {name: value for name, value in answer.headers.items() if name not in own}


# The last day of a deadline, and a common day.
EVES = [date(2026, 9, 30), date(2026, 11, 23)]


@pytest.mark.parametrize("eve", EVES, ids=str)
def test_lateness_etags_and_lists_turn_and_nothing_else(register_url: str, eve: date) -> None:
    with on_day(register_url, eve) as before, on_day(register_url, eve + DAY) as after:
        documents = entries(before)
        assert len(documents) == 45
        assert documents == entries(after)
        addresses = (*documents, *LISTS, *ALIKE, *DATED, *PAST)
        one, other = asked(before, *addresses), asked(after, *addresses)
    for address in documents:
        assert names(one[address], other[address]) <= of_documents("")
    for address in LISTS:
        check_list(one[address], other[address], eve)
    for address in DATED:
        assert names(one[address], other[address]) <= {"/register/as_of"}
    for address in (*ALIKE, *PAST):
        assert one[address].content == other[address].content
    for address in addresses:
        check_headers(address, headers(one[address]), headers(other[address]), eve)


def of_documents(where: str) -> set[str]:
    """Where documents tell lateness, and the day: in the address to cite."""
    parts = {f"{where}/parts/{name}" for name in ("timeliness", "days_late")}
    return {f"{where}/{name}" for name in (*TIMELY, "links/cite")} | parts


def check_list(one: httpx.Response, other: httpx.Response, eve: date) -> None:
    """A list turns in the lateness of its entries, in the facet of that, and in its day.

    What leads to further pages holds the day.
    """
    found = names(one, other)
    facets = {name for name in found if name.startswith("/facets/timeliness/")}
    assert found - facets <= of_documents("/data") | {"/register/as_of", "/cursor", "/next_page"}
    days = tuple(answer.json()["register"]["as_of"] for answer in (one, other))
    assert days == (f"{eve}", f"{eve + DAY}")


def check_headers(address: str, one: dict[str, str], other: dict[str, str], eve: date) -> None:
    """An ETag turns in its day, Last-Modified is the last midnight; on a past day neither turns."""
    frozen = one.pop("ouvertures-today"), other.pop("ouvertures-today")
    assert frozen == (f"{eve}", f"{eve + DAY}")
    if "link" in one:
        links = one.pop("link"), other.pop("link")
        assert links[1] == links[0].replace(f"as_of={eve}", f"as_of={eve + DAY}")
    if address not in PAST:
        tags = one.pop("etag"), other.pop("etag")
        assert f".{eve:%Y%m%d}." in tags[0]
        assert tags[1] == tags[0].replace(f".{eve:%Y%m%d}.", f".{eve + DAY:%Y%m%d}.")
        modified = one.pop("last-modified"), other.pop("last-modified")
        of_ledger = address.endswith("/events")
        turns = (SEEDED, SEEDED) if of_ledger else map(paris_midnight, (eve, eve + DAY))
        assert modified == tuple(map(http, turns))
    assert one == other


def http(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


# A clock that goes on.


def test_the_last_second_before_midnight_in_paris(register_url: str) -> None:
    """By a clock that goes, as by a day that is frozen; UTC is then two hours behind."""
    midnight = paris_midnight(date(2026, 10, 1)).astimezone(UTC)
    assert midnight.hour == 22
    clock = Calendar(moments=[midnight - timedelta(seconds=1)])
    address = f"/api/v1/openings/{PRUDHOMMES}"
    with clocked(register_url, clock) as office:
        before = office.get(address)
        assert "ouvertures-today" not in before.headers
        assert before.headers["last-modified"] == http(midnight - DAY)
        assert (before.json()["timeliness"], before.json()["days_late"]) == ("due_soon", 0)
        held = {name: before.headers[name] for name in ("etag", "last-modified")}
        assert conditional(office, address, held) == [304, 304]
        clock.moments.append(midnight)
        after = office.get(address)
        assert after.headers["last-modified"] == http(midnight)
        assert (after.json()["timeliness"], after.json()["days_late"]) == ("overdue", 1)
        assert conditional(office, address, held) == [200, 200]
    with on_day(register_url, date(2026, 10, 1)) as frozen:
        assert frozen.get(address).content == after.content
        assert frozen.get(address).headers["etag"] == after.headers["etag"]


def conditional(office: Office, address: str, held: dict[str, str]) -> list[int]:
    """Whether a reader who holds an answer is told to keep it, by its ETag and by its date."""
    return [
        answer.status_code
        for answer in office.answered(
            office.client.get(address, headers={"If-None-Match": held["etag"]}),
            office.client.get(address, headers={"If-Modified-Since": held["last-modified"]}),
        )
    ]


def test_a_version_read_before_midnight_may_be_written_on_after_it(register_url: str) -> None:
    """If-Match is about the version: a day that ends takes no colleague’s work away."""
    database = Database(register_url)
    midnight = paris_midnight(date(2026, 10, 1)).astimezone(UTC)
    clock = Calendar(moments=[midnight - timedelta(seconds=1)])
    writing = Writing(database, clock)
    key, _ = make_key(database)
    head = writing.head().position
    database.close()
    address = f"/api/v1/openings/{PRUDHOMMES}"
    with clocked(register_url, clock) as office:
        before = office.get(address)
        clock.moments.append(midnight)
        (answer,) = office.answered(
            office.sent("PATCH", address, key, before.headers["etag"], state="partially_available")
        )
        assert answer.status_code == 200, answer.text
        told = json.loads(answer.content)
        assert (told["state"], told["state_since"]["latest"]) == (
            "partially_available",
            "2026-10-01",
        )
        assert told["version"] == head + 1
