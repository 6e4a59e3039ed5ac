"""What entries amount to, as rows: derived from their events, and ended only where it changes.

At every recording, the rows that hold are the spans of the fold: a row is a function of the ledger.
"""

import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby, islice
from operator import eq
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, func, select, text

from app.domain.commitments import Commitment
from app.domain.fold import resolve
from app.domain.ledger import ERASED, Claim, Event
from app.domain.resuming import Last, Step, begin, further
from app.store import events as ledger
from app.store import records, wordings
from app.store.database import add, kept, when_done
from app.store.events import Recording
from app.store.records import Chain
from app.store.tables import HELD, LATE, NO_END, moves, spans

MANY = 100
"""So many claims at once may change how rows are spread."""
LARGE = 10_000
"""So many claims at once, and more than there were, are loaded without the indexes of orders."""
MOST_STANDINGS = 1_000
COLUMNS = (
    *("slug", "valid_from", "valid_to", "begins_at", "ends_at"),
    *(*records.CONTENT, "wording", "modified"),
)
CHAINED = ("slug", "part", "turn", "valid_from", "begins_at", "ends_at", "content")
Watch = Callable[[int, int], None]
"""Told how much of how much is done."""


class Span(NamedTuple):
    """A row’s days and content; the entry where it is known, and its row where there is one."""

    valid_from: str
    valid_to: str
    content: tuple[Any, ...]
    entry: Commitment | None = None
    id: int = 0
    wording: int = 0

    @property
    def key(self) -> tuple[str, str, tuple[Any, ...]]:
        """What makes it another row."""
        return self[:3]


@dataclass(slots=True)
class Standing:
    """Where an entry stands after its last event, whose hash tells whether that is still so.

    `entry` is None where no announcement stands; `last` where it has to be folded whole, from
    `events` if they have been read. `hidden`: something of it was internal from the beginning.
    """

    slug: str
    hash: str
    entry: Commitment | None
    last: Last | None
    hidden: bool
    events: list[Event] = field(default_factory=list)


class _Standings(OrderedDict[str, Standing]):
    """The last standings of this process, kept once what they rest on is committed."""

    def keep(self, some: Iterable[Standing]) -> None:
        """Keep these, without the events that they were made of."""
        for standing in some:
            self[standing.slug] = replace(standing, events=[])
            self.move_to_end(standing.slug)
        while len(self) > MOST_STANDINGS:
            self.popitem(last=False)


def standing(connection: Connection, slug: str) -> Standing | None:
    """Where an entry stands; None where it has no event. Reads its ledger only the first time."""
    query = "SELECT hash FROM events WHERE commitment = :slug ORDER BY position DESC LIMIT 1"
    hashed = connection.scalar(text(query), {"slug": slug})
    known = kept(connection, _Standings).get(slug)
    if hashed is None or (known and known.hash == hashed):
        return known if hashed else None
    events = ledger.events(connection, slug)
    folded = resolve(events)
    return _standing(events, folded[-1] if folded else None)


def _standing(events: list[Event], newest: Commitment | None) -> Standing:
    hidden = any(_hides(event) for event in events)
    slug = events[-1].commitment
    return Standing(slug, events[-1].hash, newest, begin(events), hidden, events)


def _hides(event: Event) -> bool:
    return bool(event.claim and event.claim.values.get("visibility") == "internal")


# Deriving


def _spans(folded: Iterable[Commitment]) -> list[Span]:
    return [Span(*records.days(one), records.content(one), one) for one in folded]


def _since(standing: Standing, new: Sequence[Event]) -> tuple[str, list[Step]]:
    """From which day on new claims that come last change an entry; '' where it is folded whole."""
    if standing.last is None or standing.entry is None:
        return "", []
    steps = further(standing.last, new)
    return (min(step.day for step in steps).isoformat(), steps) if steps else ("", [])


def _tail(
    until: Sequence[Span], standing: Standing, steps: Sequence[Step]
) -> tuple[list[Span], Standing]:
    """The last spans of an entry after claims that come last, and where it stands then.

    `until`: the spans that held from the day before on; of the newest, the standing is the entry.
    """
    entry = standing.entry
    assert entry is not None  # noqa: S101 nothing is resumed without one
    found = [*until[:-1], until[-1]._replace(entry=entry)]
    for step in steps:
        entry, day = step.applied(entry), step.day
        if found[-1].valid_from < day.isoformat():
            closed = replace(found[-1].entry or entry, valid_to=day)
            found[-1] = found[-1]._replace(valid_to=day.isoformat(), entry=closed)
        else:
            found.pop()
        if found and (eve := _eve(found[-1], entry, step)) and _alike(eve, entry):
            entry = replace(entry, valid_from=eve.valid_from)
            found.pop()
        found.append(Span(*records.days(entry), records.content(entry), entry))
    last = max((step.event for step in steps), key=lambda event: event.position)
    seen = [e for e in (step.event for step in steps) if e.claim and e.claim.visibility == "public"]
    modified = seen[-1].recorded_at if seen else (standing.entry or entry).modified
    entry = replace(entry, version=last.position, modified=modified)
    found[-1] = found[-1]._replace(entry=entry)
    hidden = standing.hidden or any(_hides(step.event) for step in steps)
    return found, Standing(standing.slug, last.hash, entry, steps[-1].last, hidden)


def _eve(span: Span, entry: Commitment, step: Step) -> Commitment | None:
    """The entry of the span before the newest: where only its row is known, with its moves."""
    if span.entry is not None:
        return span.entry
    at = entry.created
    row = (entry.slug, span.valid_from, span.valid_to, 0, at, at, "", *span.content)
    found = records.decoded(row)
    return found and replace(found, moves=step.last.before.moves)


def _alike(one: Commitment, other: Commitment) -> bool:
    """Whether two spans are one: all is the same but their days, version and times."""
    return one == replace(
        other,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        version=one.version,
        modified=one.modified,
    )


def stretches(
    events: Sequence[Event], recordings: Mapping[int, int]
) -> Iterator[tuple[int, int, Span | Chain]]:
    """Every row of an entry and of its moves, with the recordings that begin and end it."""
    live: dict[Any, tuple[int, Span | Chain]] = {}
    now: list[Span] = []
    chains: list[Chain] = []
    known: list[Event] = []
    standing: Standing | None = None
    turns = [list(some) for _, some in groupby(events, lambda event: recordings[event.position])]
    for turn, new in enumerate(turns):
        known += new
        since, steps = _since(standing, new) if standing else ("", [])
        if standing and steps:
            before = [span for span in now if span.valid_to < since]
            tail, standing = _tail(now[len(before) :], standing, steps)
            now = [*before, *tail]
            chains = [chain for chain in chains if chain[2] < since]
            chains += records.chains(_entries(tail), len(chains))
        else:
            folded = resolve(known)
            now, chains = _spans(folded), records.chains(folded)
            more = turn + 1 < len(turns)
            standing = _standing(known, folded[-1] if folded else None) if more else None
        at = recordings[new[0].position]
        rows: dict[Any, Span | Chain] = {span.key: span for span in now}
        rows |= {chain: chain for chain in chains}
        for key in [key for key in live if key not in rows]:
            begun, row = live.pop(key)
            yield begun, at, row
        for key, row in rows.items():
            live[key] = live[key][0] if key in live else at, row
    yield from ((begun, HELD, row) for begun, row in live.values())


def _entries(some: Iterable[Span]) -> Iterator[Commitment]:
    return (span.entry for span in some if span.entry)


# Writing


def append(
    connection: Connection,
    claims: Collection[Claim],
    by: Recording,
    before: Mapping[str, Standing] | None = None,
    watch: Watch | None = None,
) -> Standing | None:
    """Add claims to the ledger as one recording, and derive what entries amount to from then on.

    Returns where the entry stands, if they are about one. `before`: where entries stood, as far as
    they have events; None if nobody has asked.
    """
    if not claims:
        return None
    if before is None:
        slugs = {claim.commitment for claim in claims}
        before = {slug: unfolded(known) for slug, known, _ in ledger.histories(connection, slugs)}
    most = max(LARGE, ledger.head(connection).position)
    large = len(claims) >= most and connection.dialect.name == "sqlite"
    if large:
        _index(connection, drop=True)
    added = ledger.append(connection, claims, by)
    alone = _derive(connection, added, before, watch)
    if large:
        _index(connection)
    if len(added) >= MANY:
        measure(connection)
    return alone[0] if alone else None


def _derive(
    connection: Connection,
    added: Sequence[Event],
    before: Mapping[str, Standing],
    watch: Watch | None,
) -> list[Standing]:
    """Derive the entries of new events; where the entry stands then, if it is alone."""
    new: dict[str, list[Event]] = {}
    for event in added:
        new.setdefault(event.commitment, []).append(event)
    erasing = {event.commitment for event in added if event.kind == ERASED}
    if erasing:
        rebuild(connection, erasing)
        wordings.purge(connection)
    alone, done = list[Standing](), 0
    for slugs in ledger.batches(slug for slug in new if slug not in erasing):
        some = {slug: new[slug] for slug in slugs}
        alone = _superseded(connection, some, before, added[-1].position)
        done += sum(map(len, some.values()))
        if watch:
            watch(done, len(added))
    when_done(connection, partial(kept(connection, _Standings).keep, alone))
    return alone if len(new) == 1 else []


def unfolded(events: list[Event]) -> Standing:
    """Where an entry stands whose events are known, and nothing else: it is folded whole."""
    return Standing(events[-1].commitment, events[-1].hash, None, None, hidden=False, events=events)


@dataclass(slots=True)
class _Rows:
    """The rows that a recording adds, ends, or stamps anew: those of spans, and those of moves."""

    at: int
    added: list[tuple[str, Span, int, int]] = field(default_factory=list)
    chained: list[tuple[str, Chain, int, int]] = field(default_factory=list)
    ended: dict[str, list[int]] = field(default_factory=lambda: {"spans": [], "moves": []})
    stamped: list[tuple[str, int]] = field(default_factory=list)

    def compare(
        self,
        slug: str,
        now: Iterable[Span],
        held: Sequence[Span],
        chains: Iterable[Chain],
        chained: Mapping[Chain, int],
    ) -> None:
        """Keep what holds already, end the rest, add what is new."""
        spans_, rows = {span.key: span for span in now}, {span.key: span for span in held}
        said, moved = {span.content: span.wording for span in held}, dict.fromkeys(chains)
        for key, span in spans_.items():
            if key not in rows:
                own = span._replace(wording=span.wording or said.get(span.content, 0))
                self.added.append((slug, own, self.at, HELD))
            elif span.valid_to == NO_END and span.entry:
                self.stamped.append((records.stamp(span.entry), rows[key].id))
        self.chained += [(slug, chain, self.at, HELD) for chain in moved if chain not in chained]
        self.ended["spans"] += [span.id for key, span in rows.items() if key not in spans_]
        self.ended["moves"] += [row for chain, row in chained.items() if chain not in moved]

    def write(self, connection: Connection) -> None:
        """Write them all, each kind at once."""
        for name, ended in self.ended.items():
            if ended:
                stamp = ", modified = NULL" if name == "spans" else ""
                where = f"id IN ({', '.join(map(str, ended))})"
                connection.exec_driver_sql(
                    f"UPDATE {name} SET ends_at = {self.at}{stamp} WHERE {where}"
                )
        if self.stamped:
            mark = "?" if connection.dialect.name == "sqlite" else "%s"
            stamping = f"UPDATE spans SET modified = {mark} WHERE id = {mark}"
            connection.exec_driver_sql(stamping, self.stamped)
        missing = [span.entry for _, span, *_ in self.added if not span.wording and span.entry]
        numbers = iter(wordings.numbers(connection, missing))
        add(
            connection,
            spans,
            COLUMNS,
            (
                span_row(slug, span, begins, ends, span.wording or next(numbers))
                for slug, span, begins, ends in self.added
            ),
        )
        chained = (
            (slug, *one[:3], begins, ends, one[3]) for slug, one, begins, ends in self.chained
        )
        add(connection, moves, CHAINED, chained)


def span_row(slug: str, span: Span, begins: int, ends: int, wording: int) -> tuple[Any, ...]:
    """A row in the order of COLUMNS."""
    entry = span.entry
    assert entry is not None  # noqa: S101 what is added has been folded
    today = ends == HELD and span.valid_to == NO_END
    return (
        *(slug, span.valid_from, span.valid_to, begins, ends),
        *(*span.content, wording, records.stamp(entry) if today else None),
    )


def _superseded(
    connection: Connection,
    new: Mapping[str, list[Event]],
    before: Mapping[str, Standing],
    at: int,
) -> list[Standing]:
    """Derive entries after their new events; where the entry stands then, if it is alone."""
    rows, stands = _Rows(at), list[Standing]()
    if len(new) == 1 and (standing := before.get(slug := next(iter(new)))):
        since, steps = _since(standing, new[slug])
        if steps:
            stands.append(_resumed(connection, standing, steps, since, rows))
            rows.write(connection)
            return stands
    held, chained = _held(connection, [slug for slug in new if slug in before])
    for slug, added in new.items():
        known = before[slug].events if slug in before else []
        events = (
            [*known, *added] if known or slug not in before else ledger.events(connection, slug)
        )
        folded = resolve(events)
        moved = records.chains(folded), chained.get(slug, {})
        rows.compare(slug, _spans(folded), held.get(slug, []), *moved)
        if len(new) == 1:
            stands.append(_standing(events, folded[-1] if folded else None))
    rows.write(connection)
    return stands


def _resumed(
    connection: Connection, standing: Standing, steps: Sequence[Step], since: str, rows: _Rows
) -> Standing:
    """Derive the last rows of an entry after claims that come last, and where it stands then."""
    slug, entry = standing.slug, standing.entry
    assert entry is not None  # noqa: S101 nothing is resumed without one
    held, chained = _held(connection, [slug], since)
    now, after = _tail(held[slug], standing, steps)
    said, wording = wordings.said(entry), held[slug][-1].wording
    alike = {span.key for span in now if span.entry and wordings.said(span.entry) == said}
    now = [span._replace(wording=wording) if span.key in alike else span for span in now]
    later = chained.get(slug, {})
    chains = records.chains(_entries(now), len(entry.moves) - len(later))
    rows.compare(slug, now, held[slug], chains, later)
    return after


def _held(
    connection: Connection, slugs: Sequence[str], since: str = ""
) -> tuple[dict[str, list[Span]], dict[str, dict[Chain, int]]]:
    """The rows of these entries that nothing has superseded, and those of their moves."""
    held: dict[str, list[Span]] = {}
    chained: dict[str, dict[Any, int]] = {}
    if slugs:
        bound = {"slugs": slugs, "since": since}
        for slug, *row in connection.execute(_HELD_SPANS, bound):
            valid_from, valid_to, number, wording, *content = row
            span = Span(valid_from, valid_to, tuple(content), None, number, wording)
            held.setdefault(slug, []).append(span)
        for slug, number, *chain in connection.execute(_HELD_MOVES, bound):
            chained.setdefault(slug, {})[tuple(chain)] = number
    return held, chained


_HELD_SPANS = text(
    f"""SELECT slug, valid_from, valid_to, id, wording, {", ".join(records.CONTENT)} FROM spans
    WHERE slug IN :slugs AND ends_at = {HELD} AND valid_to >= :since ORDER BY slug, valid_from"""
).bindparams(bindparam("slugs", expanding=True))
_HELD_MOVES = text(
    f"""SELECT slug, id, part, turn, valid_from, content FROM moves
    WHERE slug IN :slugs AND ends_at = {HELD} AND valid_from >= :since"""
).bindparams(bindparam("slugs", expanding=True))


def rebuild(
    connection: Connection, slugs: Iterable[str] | None = None, watch: Watch | None = None
) -> int:
    """Derive all rows anew, at every recording: of these entries, or of all; how many."""
    total, done = (ledger.slugs(connection) if slugs is None else 0), 0
    if slugs is None:
        connection.exec_driver_sql("DELETE FROM spans")
        connection.exec_driver_sql("DELETE FROM moves")
        _index(connection, drop=True)
    else:
        slugs = sorted(set(slugs))
        for table in (spans, moves):
            connection.execute(table.delete().where(table.c.slug.in_(slugs)))
    entries = ledger.histories(connection, slugs)
    while some := list(islice(entries, ledger.A_BATCH)):
        rows = _Rows(HELD)
        for slug, events, recordings in some:
            for begins, ends, row in stretches(events, recordings):
                if isinstance(row, Span):
                    rows.added.append((slug, row, begins, ends))
                else:
                    rows.chained.append((slug, row, begins, ends))
        rows.write(connection)
        wordings.forget(connection, [slug for slug, *_ in some])
        done += len(some)
        if watch:
            watch(done, total)
    if slugs is None:
        _index(connection)
        wordings.reindex(connection)
        measure(connection)
    return done


def _index(connection: Connection, *, drop: bool = False) -> None:
    """Make the indexes of orders again, or drop them: after a load they are made in one go."""
    for index in spans.indexes:
        if str(index.name).removeprefix("ix_spans_") in LATE:
            (index.drop if drop else index.create)(connection)


def measure(connection: Connection) -> None:
    """Tell SQLite how rows are spread, or it reads all that was for what holds today.

    PostgreSQL finds out by itself.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA analysis_limit=400")
        connection.exec_driver_sql("ANALYZE spans")
        connection.exec_driver_sql("ANALYZE moves")
        connection.exec_driver_sql("ANALYZE events")


def amounting(connection: Connection, slugs: Iterable[str]) -> set[str]:
    """Those among these entries of which an announcement stands."""
    found: set[str] = set()
    for some in ledger.batches(slugs):
        query = select(spans.c.slug).where(spans.c.slug.in_(some), spans.c.ends_at == HELD)
        found |= set(connection.scalars(query.distinct()))
    return found


# Verifying


class Checked(NamedTuple):
    """An entry, its events, what they amount to now if they can be folded, and what is wrong."""

    slug: str
    events: list[Event]
    newest: Commitment | None
    fault: str | None


def checked(connection: Connection) -> Iterator[Checked]:
    """Every entry, its rows compared with those derived anew: every column, moves and words too.

    That claims are folded one after the other as they are all together is seen here too.
    """
    entries, seen = ledger.histories(connection), Counter[str]()
    while some := list(islice(entries, ledger.A_BATCH)):
        slugs = [slug for slug, *_ in some]
        said: dict[str, dict[frozenset[str], int]] = {}
        for number, (slug, words) in wordings.rows(connection, slugs).items():
            said.setdefault(slug, {})[words] = number
        stored = {table.name: _stored(connection, table, slugs) for table in (spans, moves)}
        for slug, events, recordings in some:
            rows = stored["spans"].get(slug, []), stored["moves"].get(slug, [])
            seen += Counter(spans=len(rows[0]), moves=len(rows[1]))
            try:
                yield _checked(slug, events, recordings, rows, said.get(slug, {}))
            except ledger.UNDECODABLE as fault:
                yield Checked(slug, events, None, f"its ledger cannot be folded: {fault!r}")
    for table in (spans, moves):
        if connection.scalar(select(func.count()).select_from(table)) != seen[table.name]:
            yield Checked(table.name, [], None, "it has rows of entries that no event is about")


def _stored(connection: Connection, table: Table, slugs: Sequence[str]) -> dict[str, list[Any]]:
    names = COLUMNS if table is spans else CHAINED
    query = select(*(table.c[name] for name in names)).where(table.c.slug.in_(slugs))
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row[0], []).append(tuple(row))
    return found


def _checked(
    slug: str,
    events: list[Event],
    recordings: Mapping[int, int],
    stored: tuple[list[Any], list[Any]],
    said: Mapping[frozenset[str], int],
) -> Checked:
    rows: list[Any] = []
    chained: list[Any] = []
    now: list[Commitment] = []
    for begins, ends, row in stretches(events, recordings):
        if isinstance(row, Span) and row.entry:
            number = said.get(wordings.words(row.entry), 0)
            rows.append(span_row(slug, row, begins, ends, number))
            now += [row.entry] if ends == HELD else []
        elif not isinstance(row, Span):
            chained.append((slug, *row[:3], begins, ends, row[3]))
    now.sort(key=lambda entry: entry.valid_from)
    fault = _difference(COLUMNS, rows, stored[0]) or _difference(CHAINED, chained, stored[1])
    whole = resolve(events) if len(set(recordings.values())) > 1 else now
    if not fault and [records.content(one) for one in whole] != [records.content(o) for o in now]:
        fault = "folded one after the other, its claims amount to something else than together"
    return Checked(slug, events, now[-1] if now else None, fault)


def _difference(names: Sequence[str], derived: list[Any], stored: list[Any]) -> str | None:
    """The first difference between the rows of an entry as they should be and as they are."""
    if len(derived) != len(stored):
        return f"its ledger amounts to {len(derived)} rows, and {len(stored)} are stored"
    missing = Counter(derived)
    missing.subtract(stored)
    ours = sorted((row for row, n in missing.items() if n > 0), key=repr)
    theirs = sorted((row for row, n in missing.items() if n < 0), key=repr)
    for row in ours:
        # The stored row that is most like it is the one that was altered.
        near = max(theirs, key=lambda other: sum(map(eq, row, other)))
        for name, expected, found in zip(names, row, near, strict=True):
            if expected != found:
                return f"from {row[1]}, {_named(name, expected, found)}"
    return None


def _named(name: str, expected: Any, found: Any) -> str:
    """Which value differs; in a record, which of its fields."""
    if name == "wording":
        return "it is found by other words than it says"
    if name == "record":
        try:
            ours, theirs = json.loads(expected), json.loads(found)
            for field_ in sorted({*ours, *theirs}):
                if ours.get(field_) != theirs.get(field_):
                    name, expected, found = field_, ours.get(field_), theirs.get(field_)
                    break
        except ledger.UNDECODABLE:
            return "its record cannot be decoded"
    return f"{name} is {found!r} where the ledger says {expected!r}"
