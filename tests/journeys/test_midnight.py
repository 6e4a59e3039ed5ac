"""A day ends in Paris: lateness turns, and with it ETags and lists. Nothing else does."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from itertools import zip_longest
from typing import Any

import httpx
import pytest

from app.domain.ledger import paris_midnight
from app.register import Clock, seed
from tests.seeded import ENTRY, PRUD_HOMMES
from tests.serving import Calendar, Site, change, serving, writing

BASE = "https://register.example"
DAY = timedelta(days=1)
SEEDED = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
LONG_AFTER = datetime(2031, 1, 1, tzinfo=UTC)
TIMELY = ("timeliness", "days_late", "timeliness_first", "days_late_first")

LISTS = (
    "/api/v1/openings?page_size=100",
    "/api/v1/actions?page_size=100",
    "/openings.json?sort=-deadline&page_size=3",
)
ALIKE = (
    *(f"/catalog.{syntax}" for syntax in ("ttl", "jsonld", "rdf", "nt")),
    *(f"/openings/{PRUD_HOMMES}.{syntax}" for syntax in ("ttl", "jsonld", "rdf", "nt")),
    "/openings/decisions-penal-premiere-instance.ttl",
    "/api/v1/changes?page_size=100",
    "/api/v1/vocabularies",
)
"""What says nothing of lateness, and nothing of the day."""
DATED = (
    "/api/v1/texts",
    "/api/v1/publishers",
    f"{ENTRY}/events",
    "/api/v1/actions/justice-2021/A16/events",
)
"""What says nothing of lateness, and the day in its envelope."""
PAST = (
    "/api/v1/openings?as_of=2025-09-02&page_size=100",
    f"{ENTRY}?as_of=2025-09-02",
    "/catalog.ttl?as_of=2025-09-02",
)


@pytest.fixture
def register_url(database_url: str) -> str:
    """The seed, recorded on a morning in January 2026."""
    seeded = seed.read()
    known = [claim for claim in seeded.claims if claim.published_on.last <= SEEDED.date()]
    with writing(database_url, Calendar(moments=[SEEDED])) as register:
        register.absorb(known, seeded.organizations, seeded.texts)
    return database_url


def clocked(url: str, clock: Clock, today: date | None = None) -> AbstractContextManager[Site]:
    """The register by this clock, at an address that is always the same."""
    return serving(url, today, clock, public_url=BASE, cache_mib=0)


def on_day(url: str, day: date) -> AbstractContextManager[Site]:
    """The register as OUVERTURES_TODAY shows it; the clock that goes on is long after."""
    return clocked(url, Calendar(day, [LONG_AFTER]), day)


def answers(site: Site, *addresses: str) -> dict[str, httpx.Response]:
    """What the public reads at each of these addresses."""
    read = {address: site.get(address) for address in addresses}
    assert {answer.status_code for answer in read.values()} == {200}
    return read


def entries(site: Site) -> list[str]:
    """The address of every document."""
    return [
        entry["links"]["self"].removeprefix(BASE)
        for address in LISTS[:2]
        for entry in site.get(address).json()["data"]
    ]


def turned(before: Any, after: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every value that differs, with where it is; names and their order must be the same."""
    if isinstance(before, dict) and isinstance(after, dict):
        assert where.endswith("timeliness") or [*before] == [*after]
        for name in [*before, *(name for name in after if name not in before)]:
            yield from turned(before.get(name), after.get(name), f"{where}/{name}")
    elif isinstance(before, list) and isinstance(after, list):
        for place, pair in enumerate(zip_longest(before, after)):
            yield from turned(*pair, f"{where}/{place}")
    elif before != after:
        yield where, before, after


def names(before: httpx.Response, after: httpx.Response) -> set[str]:
    """Which fields differ between two JSON answers, places in lists apart."""
    return {re.sub(r"/\d+", "", row[0]) for row in turned(before.json(), after.json())}


def headers(answer: httpx.Response) -> dict[str, str]:
    """The headers, but those of this very answer or of its bytes."""
    own = ("x-request-id", "content-length", "date")
    return {name: value for name, value in answer.headers.items() if name not in own}


# The last day of a deadline, and a common day.
EVES = [date(2026, 9, 30), date(2026, 11, 23)]


@pytest.mark.parametrize("eve", EVES, ids=str)
def test_lateness_etags_and_lists_turn_and_nothing_else(register_url: str, eve: date) -> None:
    with on_day(register_url, eve) as evening, on_day(register_url, eve + DAY) as morning:
        documents = entries(evening)
        assert len(documents) == 45
        assert documents == entries(morning)
        addresses = (*documents, *LISTS, *ALIKE, *DATED, *PAST)
        before, after = answers(evening, *addresses), answers(morning, *addresses)
    for address in documents:
        assert names(before[address], after[address]) <= of_documents("")
    for address in LISTS:
        check_list(before[address], after[address], eve)
    for address in DATED:
        assert names(before[address], after[address]) <= {"/register/as_of"}
    for address in (*ALIKE, *PAST):
        assert before[address].content == after[address].content
    for address in addresses:
        check_headers(address, headers(before[address]), headers(after[address]), eve)


def of_documents(where: str) -> set[str]:
    """Where documents tell lateness, and the day: in the address to cite."""
    parts = {f"{where}/parts/{name}" for name in ("timeliness", "days_late")}
    return {f"{where}/{name}" for name in (*TIMELY, "links/cite")} | parts


def check_list(before: httpx.Response, after: httpx.Response, eve: date) -> None:
    """A list turns in the lateness of its entries, in the facet of that, and in its day.

    What leads to further pages holds the day.
    """
    differing = names(before, after)
    facets = {name for name in differing if name.startswith("/facets/timeliness/")}
    dated = {"/register/as_of", "/cursor", "/next_page"}
    assert differing - facets <= of_documents("/data") | dated
    days = tuple(answer.json()["register"]["as_of"] for answer in (before, after))
    assert days == (f"{eve}", f"{eve + DAY}")


def check_headers(address: str, before: dict[str, str], after: dict[str, str], eve: date) -> None:
    """An ETag turns in its day, Last-Modified is the last midnight; on a past day neither turns."""
    frozen = before.pop("ouvertures-today"), after.pop("ouvertures-today")
    assert frozen == (f"{eve}", f"{eve + DAY}")
    if "link" in before:
        links = before.pop("link"), after.pop("link")
        assert links[1] == links[0].replace(f"as_of={eve}", f"as_of={eve + DAY}")
    if address not in PAST:
        tags = before.pop("etag"), after.pop("etag")
        assert f".{eve:%Y%m%d}." in tags[0]
        assert tags[1] == tags[0].replace(f".{eve:%Y%m%d}.", f".{eve + DAY:%Y%m%d}.")
        modified = before.pop("last-modified"), after.pop("last-modified")
        of_ledger = address.endswith("/events")
        turns = (SEEDED, SEEDED) if of_ledger else map(paris_midnight, (eve, eve + DAY))
        assert modified == tuple(map(http, turns))
    assert before == after


def http(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


# A clock that goes on.

MIDNIGHT = paris_midnight(date(2026, 10, 1)).astimezone(UTC)


@pytest.fixture
def clock() -> Calendar:
    """The last second of September 2026."""
    return Calendar(moments=[MIDNIGHT - timedelta(seconds=1)])


def test_the_last_second_before_midnight_in_paris(register_url: str, clock: Calendar) -> None:
    """By a clock that goes, as by a day that is frozen; UTC is then two hours behind."""
    assert MIDNIGHT.hour == 22
    with clocked(register_url, clock) as site:
        before = site.get(ENTRY)
        assert "ouvertures-today" not in before.headers
        assert before.headers["last-modified"] == http(MIDNIGHT - DAY)
        assert (before.json()["timeliness"], before.json()["days_late"]) == ("due_soon", 0)
        assert conditional(site, before) == [304, 304]
        clock.moments.append(MIDNIGHT)
        after = site.get(ENTRY)
        assert after.headers["last-modified"] == http(MIDNIGHT)
        assert (after.json()["timeliness"], after.json()["days_late"]) == ("overdue", 1)
        assert conditional(site, before) == [200, 200]
    with on_day(register_url, date(2026, 10, 1)) as frozen:
        assert frozen.get(ENTRY).content == after.content
        assert frozen.get(ENTRY).headers["etag"] == after.headers["etag"]


def conditional(site: Site, answer: httpx.Response) -> list[int]:
    """Whether a reader who has an answer is told to keep it, by its ETag and by its date."""
    pairs = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
    asked = ({name: answer.headers[validator]} for name, validator in pairs)
    return [site.get(ENTRY, headers=condition).status_code for condition in asked]


def test_a_version_read_before_midnight_may_be_written_on_after_it(
    register_url: str, clock: Calendar
) -> None:
    """If-Match is about the version: a day that ends takes no colleague’s work away."""
    with clocked(register_url, clock) as site:
        tag, version = site.get(ENTRY).headers["etag"], site.get("/health/ready").json()["position"]
        clock.moments.append(MIDNIGHT)
        answer = change(site.as_team(), ENTRY, tag, state="partially_available")
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["state"] == "partially_available"
    assert document["state_since"]["latest"] == "2026-10-01"
    assert document["version"] == version + 1
