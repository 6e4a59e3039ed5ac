"""What entries amount to, as rows: derived from their events, and ended only where it changes.

At every recording, the rows that hold are the spans of the fold: a row is a function of the ledger.
"""

import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from app.domain.commitments import Commitment
from app.domain.fold import Last, fold, further, resolve
from app.domain.ledger import ERASED, TEXT, Claim, Event, cited, hide, timestamp
from app.domain.references import Facts
from app.store import events as ledger
from app.store import names, records, words
from app.store.database import (
    A_BATCH,
    DERIVED,
    FACTS,
    ROOT,
    UNDECODABLE,
    Connection,
    Database,
    add,
    among,
    kept,
    not_of_this_version,
    revision_of,
    run,
    run_many,
    scalar,
    versions,
    when_done,
)
from app.store.events import Recording
from app.store.tables import HELD, LATE, NO_END, moves, spans

MANY = 100
"""So many claims at once may change how rows are spread."""
MOST_STANDINGS = 1_000
VALUES: dict[str, tuple[str, ...]] = {
    "spans": ("valid_from", "valid_to", *records.CONTENT),
    "moves": ("valid_from", "part", "turn", "content"),
}
"""What makes a row of each table, by its columns."""
_DESCRIBED = VALUES["spans"].index("described")
COLUMNS = {name: ("slug", "begins_at", "ends_at", *VALUES[name]) for name in VALUES}
COLUMNS["spans"] = (*(name for name in COLUMNS["spans"] if name != "described"), "wording")
COLUMNS["spans"] += ("modified",)
Watch = Callable[[int, int], None]
"""Is given how much of how much is done."""
Later = tuple[list[Commitment], Last]
"""An entry from each of some claims on, and where the fold ends then."""


class Row(NamedTuple):
    """A row that is derived, with the entry if it is of spans; or one that is stored, its id."""

    table: str
    values: tuple[Any, ...]
    entry: Commitment | None = None
    id: int = 0
    wording: int = 0

    @property
    def key(self) -> tuple[str, tuple[Any, ...]]:
        """What makes it another row."""
        return self[:2]

    @property
    def described(self) -> str:
        """What is described of an entry, as its wording has it."""
        return str(self.values[_DESCRIBED])

    @property
    def lasts(self) -> bool:
        """Whether it holds on every later day."""
        return self.table == "spans" and self.values[1] == NO_END

    @property
    def until(self) -> str:
        """The day after its last, or that of a move: what comes later leaves the row alone."""
        return str(self.values[1 if self.table == "spans" else 0])

    def stored(self, slug: str, begins: int, ends: int, wording: int) -> tuple[Any, ...]:
        """All its columns, in the order of COLUMNS."""
        row, values = (slug, begins, ends), self.values
        if self.table == "moves":
            return *row, *values
        newest = self.entry if ends == HELD and self.lasts else None
        stamp = timestamp(newest.modified) if newest else None
        return *row, *values[:_DESCRIBED], *values[_DESCRIBED + 1 :], wording, stamp


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

    def keep(self, standing: Standing) -> None:
        """Keep this, without the events that it was made of."""
        self[standing.slug] = replace(standing, events=[])
        self.move_to_end(standing.slug)
        if len(self) > MOST_STANDINGS:
            self.popitem(last=False)


def standing(connection: Connection, slug: str) -> Standing | None:
    """Where an entry stands; None where it has no event. Reads its ledger only the first time."""
    query = "SELECT hash FROM events WHERE commitment = :slug ORDER BY position DESC LIMIT 1"
    hashed = scalar(connection, query, {"slug": slug})
    known = kept(connection, _Standings).get(slug)
    if hashed is None:
        return None
    binding = names.binding(connection)
    if known and known.hash == hashed and (not known.last or known.last.binding == binding):
        return known
    events = ledger.events(connection, slug)
    return _standing(events, fold(events, binding))


def unfolded(events: list[Event]) -> Standing:
    """Where an entry stands whose events are known, and nothing else: it is folded whole."""
    return Standing(events[-1].commitment, events[-1].hash, None, None, hidden=False, events=events)


def _standing(events: list[Event], folded: tuple[Sequence[Commitment], Last | None]) -> Standing:
    entries, last = folded
    entry = entries[-1] if entries else None
    return replace(unfolded(events), entry=entry, last=last, hidden=hide(events))


# Deriving


def _rows(entries: Sequence[Commitment]) -> list[Row]:
    """The rows of all spans of an entry."""
    return [*map(_row, entries), *_moves(entries)]


def _row(entry: Commitment) -> Row:
    return Row("spans", (*records.days(entry), *records.content(entry)), entry)


def _moves(entries: Iterable[Commitment], appeared: int = 0) -> Iterator[Row]:
    """The moves of successive spans; so many appeared before them."""
    return (Row("moves", values) for values in records.dated_moves(entries, appeared))


def _further(standing: Standing | None, new: Sequence[Event]) -> Later | None:
    """The entry from each of new claims on that come last; None where all is folded anew."""
    if not standing or not standing.entry or not standing.last or standing.hidden:
        return None  # of what is internal, only the whole ledger says when it last changed
    return further(standing.entry, standing.last, new)


def _resumed(
    standing: Standing, new: Sequence[Event], later: Later, before: Sequence[Row]
) -> tuple[list[Row], Standing]:
    """The rows since the first new claim, from those there were, and where the entry stands."""
    newest, (entries, last) = standing.entry, later
    assert newest  # noqa: S101 nothing is resumed without it
    rows = [row for row in before if row.table == "spans"]
    appeared = len(newest.moves) - (len(before) - len(rows))
    rows.sort(key=itemgetter(1))
    for row in map(_row, entries):
        begins, _, *content = row.values
        if rows[-1].values[0] < begins:
            rows[-1] = rows[-1]._replace(values=(rows[-1].values[0], begins, *rows[-1].values[2:]))
        else:
            rows.pop()
        if rows and [*rows[-1].values[2:]] == content:
            begins = rows.pop().values[0]
        rows.append(row._replace(values=(begins, *row.values[1:])))
    public = [event for event in new if event.public]
    modified = public[-1].recorded_at if public else newest.modified
    entry = replace(
        entries[-1],
        valid_from=date.fromisoformat(rows[-1].values[0]),
        version=new[-1].position,
        modified=modified,
    )
    rows[-1] = rows[-1]._replace(entry=entry)
    rows += _moves([row.entry for row in rows if row.entry], appeared)
    return rows, Standing(standing.slug, new[-1].hash, entry, last, hide(new))


def _since(later: Later | None) -> str:
    """The day from which rows may change."""
    return later[0][0].valid_from.isoformat() if later else ""


def stretches(
    events: Sequence[Event], recordings: Mapping[int, int], facts: Facts
) -> Iterator[tuple[int, int, Row]]:
    """Every row of an entry and of its moves, with the recordings that begin and end it.

    A recording by which another text binds has no event of the entry, and changes it all the same.
    """
    live: dict[Any, tuple[int, Row]] = {}
    known: list[Event] = []
    standing: Standing | None = None
    first = recordings[events[0].position]
    turns = {at: list[Event]() for at in facts.turns(cited(events)) if at > first}
    for event in events:
        turns.setdefault(recordings[event.position], []).append(event)
    for at, new in sorted(turns.items()):
        known += new
        binding = facts.binding(at)
        before = [row for _, row in live.values()]
        resumes = standing and standing.last and standing.last.binding == binding
        later = _further(standing, new) if resumes else None
        if standing and later:
            before = [row for row in before if row.until >= _since(later)]
            now, standing = _resumed(standing, new, later, before)
        else:
            folded = fold(known, binding)
            now, more = _rows(folded[0]), at < max(turns)
            standing = _standing(known, folded) if more else None
        keys = {row.key for row in now}
        for row in before:
            if row.key not in keys:
                yield live.pop(row.key)[0], at, row
        live |= {row.key: (live[row.key][0] if row.key in live else at, row) for row in now}
    yield from ((begun, HELD, row) for begun, row in live.values())


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
        slugs = {claim.commitment for claim in claims if claim.commitment}
        before = {slug: unfolded(known) for slug, known, _ in ledger.histories(connection, slugs)}
    new: dict[str, list[Event]] = {}
    added = ledger.append(connection, claims, by)
    if not all(claim.commitment for claim in claims):
        connection.info.pop(FACTS, None)
    for event in added:
        if event.commitment:
            new.setdefault(event.commitment, []).append(event)
    rebound = _rebound(claims)
    for slug in ledger.citing(connection, rebound) - new.keys() if rebound else ():
        new[slug] = []
        before = {**before, slug: unfolded(ledger.events(connection, slug))}
    stands = _derive(connection, new, before, added[-1].position, watch)
    if len(claims) >= MANY:
        measure(connection)
    return stands


def _rebound(claims: Iterable[Claim]) -> set[str]:
    """The texts of which something new says whether they bind."""
    facts = (claim for claim in claims if claim.kind == TEXT and "binding" in claim.values)
    return {claim.subject or "" for claim in facts}


def _derive(
    connection: Connection,
    new: Mapping[str, list[Event]],
    before: Mapping[str, Standing],
    at: int,
    watch: Watch | None,
) -> Standing | None:
    """Derive the entries of new events; where the entry stands then, if it is alone."""
    erasing = {slug for slug, events in new.items() if events and events[0].kind == ERASED}
    if erasing:
        rebuild(connection, erasing)
        words.tend(connection, "optimize")
    total, done, stands = sum(map(len, new.values())), 0, None
    binding = names.binding(connection)
    for slugs in ledger.batches(slug for slug in new if slug not in erasing):
        changes, known = _Changes(at), {slug: before[slug] for slug in slugs if slug in before}
        later = _further(before.get(slugs[0]), new[slugs[0]]) if len(new) == 1 else None
        stored = _live(connection, known, _since(later))
        for slug in slugs:
            standing, rows = known.get(slug), stored.get(slug, [])
            if standing and later:
                now, stands = _resumed(standing, new[slug], later, rows)
            else:
                events = _whole(connection, standing, new[slug])
                folded = fold(events, binding)
                now = _rows(folded[0])
                stands = _standing(events, folded) if len(new) == 1 else None
            changes.compare(slug, rows, now)
        changes.write(connection)
        done += sum(len(new[slug]) for slug in slugs)
        if watch:
            watch(done, total)
    if stands:
        when_done(connection, partial(kept(connection, _Standings).keep, stands))
    return stands


def _whole(connection: Connection, standing: Standing | None, new: list[Event]) -> list[Event]:
    """All events of an entry, read only where nobody has."""
    if standing and not standing.events:
        return ledger.events(connection, standing.slug)
    return [*standing.events, *new] if standing else new


@dataclass(slots=True)
class _Changes:
    """The rows that a recording adds, ends, or stamps anew."""

    at: int
    added: list[tuple[str, Row, int, int]] = field(default_factory=list)
    ended: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in VALUES})
    stamped: list[tuple[str, int]] = field(default_factory=list)

    def compare(self, slug: str, before: Iterable[Row], now: Iterable[Row]) -> None:
        """Keep what holds already, end the rest, add what is new."""
        gone = {row.key: row for row in before}
        known_as = {row.described: row.wording for row in before if row.table == "spans"}
        for row in now:
            known = gone.pop(row.key, None)
            if known is None:
                wording = known_as.get(row.described, 0) if row.table == "spans" else 0
                self.added.append((slug, row._replace(wording=wording), self.at, HELD))
            elif row.lasts and row.entry:
                self.stamped.append((timestamp(row.entry.modified), known.id))
        for row in gone.values():
            self.ended[row.table].append(row.id)

    def write(self, connection: Connection) -> None:
        """Write them all, each kind at once."""
        for name, ended in self.ended.items():
            if ended:
                stamp = ", modified = NULL" if name == "spans" else ""
                where = f"id IN ({', '.join(map(str, ended))})"
                run(connection, f"UPDATE {name} SET ends_at = {self.at}{stamp} WHERE {where}")
        run_many(connection, "UPDATE spans SET modified = ? WHERE id = ?", self.stamped)
        missing = [
            (row.entry, row.described) for _, row, *_ in self.added if row.entry and not row.wording
        ]
        numbers = iter(words.numbers(connection, missing))
        for table in (spans, moves):
            add(
                connection,
                table,
                COLUMNS[table.name],
                (
                    row.stored(
                        slug, begins, ends, row.wording or (next(numbers) if row.entry else 0)
                    )
                    for slug, row, begins, ends in self.added
                    if row.table == table.name
                ),
            )


def _live(connection: Connection, slugs: Collection[str], since: str) -> dict[str, list[Row]]:
    """The rows of these entries that nothing has superseded, and that later days can change."""
    rows: dict[str, list[Row]] = {}
    for name in VALUES if slugs else ():
        wording, until = ("wording", "valid_to") if name == "spans" else ("0", "valid_from")
        values = ", ".join(VALUES[name]).replace("described", records.DESCRIBED.format(""))
        query = f"""SELECT slug, id, {wording}, {values} FROM {name}
            WHERE {among(connection, "slug", "slugs")} AND ends_at = {HELD} AND {until} >= :since"""
        bound = {"slugs": [*slugs], "since": since}
        for slug, number, wording, *values in run(connection, query, bound):
            rows.setdefault(slug, []).append(Row(name, tuple(values), None, number, wording))
    return rows


def rebuild(
    connection: Connection, slugs: Iterable[str] | None = None, watch: Watch | None = None
) -> int:
    """Derive all rows anew, at every recording: of these entries, or of all; how many."""
    total, done = (ledger.slugs(connection) if slugs is None else 0), 0
    some = None if slugs is None else sorted(set(slugs))
    if some is None:
        _index(connection, drop=True)
    where = "" if some is None else f" WHERE {among(connection, 'slug', 'slugs')}"
    for name in VALUES:
        run(connection, f"DELETE FROM {name}{where}", {"slugs": some})
    entries, facts = ledger.histories(connection, some), names.facts(connection)
    while batch := list(islice(entries, A_BATCH)):
        changes = _Changes(HELD)
        for slug, events, recordings in batch:
            changes.added += (
                (slug, row, begins, ends)
                for begins, ends, row in stretches(events, recordings, facts)
            )
        changes.write(connection)
        words.forget(connection, [slug for slug, *_ in batch])
        done += len(batch)
        if watch:
            watch(done, total)
    if some is None:
        _index(connection)
        ledger.count_erasures(connection)
        words.tend(connection, "rebuild")
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
        run(connection, "PRAGMA analysis_limit=400")
        for table in ("spans", "moves", "events"):
            run(connection, f"ANALYZE {table}")


def amounting(connection: Connection, slugs: Iterable[str]) -> set[str]:
    """Those among these entries of which an announcement stands."""
    query = f"SELECT DISTINCT slug FROM spans WHERE ends_at = {HELD} AND"
    return ledger.met(connection, query, "slug", slugs)


def migrate(url: str, revision: str = "head", watch: Watch | None = None) -> None:
    """Bring the tables to a revision, forward or back: `head`, `base`, `0001`…"""
    database = Database(url, owner=True)
    try:
        with database.migrating():
            _migrate(database, url, revision, watch)
    finally:
        database.close()


def _migrate(database: Database, url: str, revision: str, watch: Watch | None) -> None:
    """Move the tables, and derive rows anew where their tables or the code are others."""
    from alembic import command  # noqa: PLC0415 who serves does without it
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with database.engine.connect() as connection:
        current = revision_of(connection)
    newest, known = versions()[0], versions()[::-1]
    wanted = newest if revision == "head" else revision
    for each in (current, wanted):
        if each not in (None, "base", *known):
            raise not_of_this_version(each)
    forward = current is None or (wanted in known and known.index(wanted) >= known.index(current))
    move = command.upgrade if forward and revision != "base" else command.downgrade
    move(config, revision)
    if wanted == newest:
        database.grant()
        with database.writing() as connection:
            if current not in (None, wanted) or not scalar(connection, DERIVED):
                rebuild(connection, watch=watch)


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
    facts = names.facts(connection)
    while batch := list(islice(entries, A_BATCH)):
        slugs = [slug for slug, *_ in batch]
        numbers = {key: number for number, key in words.rows(connection, slugs).items()}
        stored = {name: _stored(connection, name, slugs) for name in VALUES}
        for slug, events, recordings in batch:
            rows = {name: of.get(slug, []) for name, of in stored.items()}
            seen += Counter({name: len(some) for name, some in rows.items()})
            try:
                yield _checked(slug, events, recordings, facts, rows, numbers)
            except UNDECODABLE as fault:
                yield Checked(slug, events, None, f"its ledger cannot be folded: {fault!r}")
    for name in VALUES:
        if scalar(connection, f"SELECT count(*) FROM {name}") != seen[name]:
            yield Checked(name, [], None, "it has rows of entries that no event is about")


def _stored(connection: Connection, name: str, slugs: Sequence[str]) -> dict[str, list[Any]]:
    where, columns = among(connection, "slug", "slugs"), ", ".join(COLUMNS[name])
    rows: dict[str, list[Any]] = {}
    query = f"SELECT {columns} FROM {name} WHERE {where}"
    for row in run(connection, query, {"slugs": [*slugs]}):
        rows.setdefault(row[0], []).append(row)
    return rows


def _checked(
    slug: str,
    events: list[Event],
    recordings: Mapping[int, int],
    facts: Facts,
    stored: Mapping[str, list[Any]],
    numbers: Mapping[words.Wording, int],
) -> Checked:
    derived: dict[str, list[Any]] = {name: [] for name in VALUES}
    now: list[Row] = []
    for begins, ends, row in stretches(events, recordings, facts):
        wording = 0
        if row.entry:
            tokens = words.words(row.entry.described)
            wording = numbers.get((slug, row.described, tokens), 0)
        derived[row.table].append(row.stored(slug, begins, ends, wording))
        now += [row] if row.entry and ends == HELD else []
    now.sort(key=lambda row: row.values[0])
    faults = (_difference(COLUMNS[name], derived[name], stored[name]) for name in VALUES)
    fault = next((fault for fault in faults if fault), None)
    if not fault and len({*recordings.values()}) > 1:
        together = (row.key for row in _rows(resolve(events, facts.binding())) if row.entry)
        if [row.key for row in now] != [*together]:
            fault = "folded one after the other, its claims amount to something else than together"
    return Checked(slug, events, now[-1].entry if now else None, fault)


def _difference(names: Sequence[str], derived: list[Any], stored: list[Any]) -> str | None:
    """The first difference between the rows of an entry as they should be and as they are."""
    if len(derived) != len(stored):
        return f"its ledger amounts to {len(derived)} rows, and {len(stored)} are stored"
    ours, theirs = Counter(derived) - Counter(stored), Counter(stored) - Counter(derived)
    if not ours:
        return None
    row, near = min(ours, key=repr), min(theirs, key=repr)
    values = zip(names, row, near, strict=True)
    return f"from {row[3]}, {next(_named(*each) for each in values if each[1] != each[2])}"


def _named(name: str, expected: Any, actual: Any) -> str:
    """Which value differs; in a record, which of its fields."""
    if name == "wording":
        return "what is described of it, or what it is found by, is something else"
    if name == "record":
        try:
            ours, theirs = json.loads(expected), json.loads(actual)
            name = min(f for f in {*ours, *theirs} if ours.get(f) != theirs.get(f))
            expected, actual = ours.get(name), theirs.get(name)
        except UNDECODABLE:
            return "its record cannot be decoded"
    return f"{name} is {actual!r} where the ledger says {expected!r}"
