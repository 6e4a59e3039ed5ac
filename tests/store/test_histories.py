"""Whatever is recorded, every day and position answers what the ledger amounts to by then.

Wild histories: backdated, vague, with parts, disputed, internal, judged, erased, several claims a
recording, by two processes in turn, so that what one keeps is stale for the other.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy import text

from app.domain import fold
from app.domain.access import PUBLIC, Actor
from app.domain.claims import CLAIMS, DESCRIBED
from app.domain.commitments import Commitment
from app.domain.context import Snapshot
from app.domain.ledger import ERASED, Claim, paris_day
from app.domain.periods import on_day
from app.domain.search import ORDERS, Search
from app.domain.values import sort_key
from app.store import events as ledger
from app.store import lookup, records, spans, totals
from app.store.database import Connection, Database
from app.store.events import Recording
from tests.domain.histories import announced, claim, due, judged
from tests.domain.test_properties import any_claim

DAY, BEGINNING = timedelta(days=1), date(2021, 1, 1)
EVERYONE = Actor("ouvertures", "operator")
SEARCHES = (
    Search(),
    Search(state=("available",)),
    Search(publisher=("x", "y"), state=("planned",)),
    Search(text=("order",), type=("dataset",)),
    Search(timeliness=("overdue", "unconfirmed")),
    Search(modified_since=datetime(2022, 3, 1, tzinfo=UTC)),
)
RANKS: Any = (1, 2, None)
POOL: list[Claim] = []


@settings(max_examples=700)
@given(any_claim)
def fill(new: Claim) -> None:
    POOL.append(new)


class Histories:
    """One register, to which one history after the other is added."""

    def __init__(self, url: str) -> None:
        self.processes = Database(url), Database(url)
        self.now = datetime(2022, 1, 3, 12, tzinfo=UTC)
        self.recording: dict[int, int] = {0: 0}
        self.salts = (f"{number:032x}" for number in count())

    @property
    def position(self) -> int:
        return max(self.recording)

    def close(self) -> None:
        for database in self.processes:
            database.close()

    def add(self, by: random.Random, slugs: tuple[str, ...], claims: int) -> None:
        """Recordings of one to four claims, and what is counted after each."""
        parts, dated, first = by.random() < 0.5, by.choice((0.2, 0.6, 0.9, 1.0)), self.position
        known: dict[str, list[int]] = defaultdict(list)
        while self.position < first + claims:
            self.now += timedelta(days=by.choice((0, 0, 1, 3, 20)), seconds=by.choice((0, 1, 60)))
            some = list(self.some(by, slugs, known, parts, dated))
            database = by.choice(self.processes)
            with database.writing() as connection:
                recording = Recording(at=self.now, by="clerk", key=None, salts=self.salts)
                slug = some[0].commitment
                standing = spans.standing(connection, slug) if len(some) == 1 else None
                before = {slug: standing} if standing else None
                spans.append(connection, some, recording, before)
            last, at = self.position, self.position + len(some)
            self.recording |= dict.fromkeys(range(last + 1, at + 1), at)
            with database.reading() as connection:
                self.counts_agree(connection, by.choice(SEARCHES), by.random() < 0.7)

    def some(
        self,
        by: random.Random,
        slugs: tuple[str, ...],
        known: dict[str, list[int]],
        parts: bool,
        dated: float,
    ) -> Iterator[Claim]:
        today = paris_day(self.now).isoformat()
        for place in range(self.position + 1, self.position + 1 + by.choice((1, 1, 1, 2, 4))):
            slug = by.choice(slugs)
            if not known[slug]:
                values = {"title": {"fr": by.choice("ABC")}, "publisher": by.choice("xyz")}
                values |= {"rank": by.choice(RANKS), "steward": by.choice("xyz")}
                values["visibility"] = by.choice(("public", "public", "internal"))
                first = by.choice((None, "2022", "2023-06-30", "T3 2023"))
                new = announced(today, first, commitment=slug, values=values)
            elif by.random() < 0.1:
                standing = by.choice(("accepted", "disputed", "retracted", "retracted"))
                new = replace(judged(by.choice(known[slug]), standing, today), commitment=slug)
            elif by.random() < 0.02 and len(known[slug]) > 1 and place == self.position + 1:
                target = known[slug].pop(by.randrange(len(known[slug])))
                yield claim(ERASED, today, {}, commitment=slug, target=target)
                return
            else:
                new = changed(by, slug, paris_day(self.now), parts, dated)
            known[slug] += [place] if new.kind in CLAIMS else []
            yield new

    def counts_agree(self, connection: Connection, search: Search, newest: bool) -> None:
        """What is kept and moved is what is counted anew."""
        day = paris_day(self.now) if newest else BEGINNING + 400 * DAY
        snapshot = Snapshot(day, self.position, newest)
        kept = totals.tally(connection, search, snapshot, PUBLIC)
        for sort in ("-slip", "deadline"):
            sought = replace(search, sort=sort, page_size=3)
            few = totals.first(connection, sought, snapshot, PUBLIC)
            among = lookup.find(connection, sought, snapshot, PUBLIC, kept.total, few)
            assert among == lookup.find(connection, sought, snapshot, PUBLIC)
        fresh = connection.info["kept"].copy()
        connection.info["kept"].clear()
        try:
            assert totals.tally(connection, search, snapshot, PUBLIC) == kept, search
            anew = replace(snapshot, newest=False)
            assert totals.tally(connection, search, anew, PUBLIC) == kept, search
            every: Any = totals.statistics(connection, search, "type", snapshot, PUBLIC).overall
            postponed = totals.postponed(connection, search, snapshot, PUBLIC)
            assert postponed.entries == every.postponed
            assert postponed.days == pytest.approx(every.slip_postponed.mean)
        finally:
            connection.info["kept"].update(fresh)


def changed(by: random.Random, slug: str, now: date, parts: bool, dated: float) -> Claim:
    """One of the claims there are about this entry; of the day it is recorded, or as it came."""
    when = by.choice(POOL).published_on if by.random() > dated else on_day(now)
    values: Any = by.choice(
        ({"keywords": by.choice((None, ["droit"]))}, {"publisher": by.choice("xyz")})
    )
    new = by.choice(POOL) if by.random() < 0.7 else claim(DESCRIBED, str(when), values)
    if by.random() < dated:
        new = replace(new, published_on=when, decided_on=when)
    new = new if parts else replace(new, part=None)
    titled = by.choice((None, "Un", "Deux")) if new.part else None
    standing = by.choice(("disputed", *["accepted"] * 20))
    seen = by.choice(("internal", *["public"] * 9))
    return replace(new, commitment=slug, part_title=titled, standing=standing, visibility=seen)


def agree(connection: Connection, by: random.Random, histories: Histories, slug: str) -> int:
    """Every field on sampled days at sampled positions; and how many were compared."""
    events = ledger.events(connection, slug)
    ends = sorted({histories.recording[event.position] for event in events})
    done = 0
    for at in sorted({*by.sample(ends, min(6, len(ends))), ends[-1], histories.position}):
        known = [event for event in events if event.position <= at]
        folded = fold.resolve(known)
        turns = {span.valid_from + step * DAY for span in folded for step in (-1, 0)}
        days = [BEGINNING + by.randrange(-100, 1500) * DAY for _ in range(4)]
        for day in (*by.sample(sorted(turns), min(12, len(turns))), *days, date(9999, 12, 30)):
            wanted = fold.on(folded, day)
            row = records.named(connection, slug, Snapshot(day, at), EVERYONE)
            assert (row and records.decoded(row)) == wanted, (slug, day, at)
            done += 1
        assert records.newest(connection, slug, at) == (folded[-1] if folded else None)
    today = Snapshot(paris_day(histories.now), histories.position, newest=True)
    row = records.named(connection, slug, today, EVERYONE)
    assert (row and records.decoded(row)) == (folded[-1] if folded else None)
    inside = by.choice([event.position for event in events])
    assert ledger.head(connection, inside).position == histories.recording[inside]
    return done


def place(entry: Commitment, order: str) -> tuple[Any, ...]:
    """Where an entry is sorted: what is unknown after all others."""
    awaited = entry.next_deadline or entry.deadline
    value: Any = {
        "rank": entry.rank,
        "slip": entry.slip_days,
        "deadline": awaited and awaited.period.end,
        "publisher": entry.described.publisher,
        "title": sort_key(entry.described.title.within("fr")),
    }.get(order, getattr(entry, order, None))
    return (value is None, value), entry.slug


def pages_agree(connection: Connection, slugs: list[str], snapshot: Snapshot) -> None:
    """The order asked, either way, ties too; page after page, by number and by cursor."""
    wanted = [(slug, snapshot.day, snapshot.position) for slug in slugs]
    seen = list(records.several(connection, wanted, PUBLIC).values())
    seen = [entry for entry in seen if entry.type != "action"]
    for order in (*ORDERS, "slug"):
        for sign in ("", "-"):
            known = [entry for entry in seen if not place(entry, order)[0][0]]
            unknown = [entry for entry in seen if place(entry, order)[0][0]]
            ordered = [
                entry.slug
                for some in (known, unknown)
                for entry in sorted(some, key=lambda entry: place(entry, order), reverse=bool(sign))
            ]
            search = Search(sort=sign + order, page_size=9)
            walked: list[str] = []
            for number in count(1):
                page = lookup.find(connection, search, snapshot, PUBLIC)
                numbered = replace(search, after=None, page=number)
                if number < 4:
                    assert lookup.find(connection, numbered, snapshot, PUBLIC) == page
                walked += [entry.slug for entry in page.entries]
                if page.last is None:
                    break
                search = replace(search, after=page.last)
            assert walked == ordered, (order, sign, snapshot)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
def test_every_day_and_position_answers_as_the_whole_fold(
    database_url: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "FEW", 1)
    monkeypatch.setattr(totals, "MOST_MOVED", 4)
    if not POOL:
        fill()
    histories, done = Histories(database_url), 0
    every: list[str] = []
    for number in range(seed * 4, seed * 4 + 4):
        by = random.Random(number)
        size = 3 if number % 3 else 12
        slugs = tuple(f"h{number}-{letter}" for letter in "abcdefghijkl"[:size])
        histories.add(by, slugs, by.randint(5, 60))
        with histories.processes[1].reading() as connection:
            taken = sorted(ledger.taken(connection, slugs))
            done += sum(agree(connection, by, histories, slug) for slug in taken)
            every += taken
    with histories.processes[0].reading() as connection:
        assert [row for row in spans.checked(connection) if row.fault] == []
        today, middle = paris_day(histories.now), histories.recording[histories.position // 2]
        head, before = histories.position, BEGINNING + 400 * DAY
        pages_agree(connection, every, Snapshot(today, head, newest=True))
        pages_agree(connection, every, Snapshot(before, head, as_of=before))
        pages_agree(connection, every, Snapshot(today, middle, at=middle))
    assert done > 200
    histories.close()


def test_rows_grow_with_the_changes_of_an_entry_and_not_with_their_square(database_url) -> None:
    database = Database(database_url)
    salts = (f"{number:032x}" for number in count())
    at = datetime(2022, 1, 3, 12, tzinfo=UTC)
    for number in range(201):
        day, deadline = (at + number * DAY).date().isoformat(), date(2024, 1, 1) + number * DAY
        kind = due if number else announced
        new = replace(kind(day, deadline.isoformat(), commitment="x"), text=None)
        with database.writing() as connection:
            standing = spans.standing(connection, "x")
            by = Recording(at=at + number * DAY, by="clerk", key=None, salts=salts)
            spans.append(connection, [new], by, {"x": standing} if standing else {})
    with database.reading() as connection:
        rows = {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in ("spans", "moves", "wordings")
        }
    database.close()
    assert rows == {"spans": 401, "moves": 200, "wordings": 1}
