"""Rows of entries: written from what is derived, read by name, by day and by position.

The one place where rows are decoded. One that cannot be is left out and logged; `verify` names it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

from app.domain.access import Actor
from app.domain.claims import ANNOUNCEMENTS, TYPES
from app.domain.commitments import Commitment
from app.domain.context import Snapshot
from app.domain.errors import Altered
from app.domain.fold import on, resolve
from app.domain.ledger import Event, paris_day
from app.domain.rows import COLUMN, NEVER, EntryRow, came_of, entry_of, moved_of, own_of, row_of
from app.domain.states import STATES
from app.domain.values import sort_key
from app.store import events as ledger
from app.store import names
from app.store.database import UNDECODABLE, Connection, moment, run
from app.store.events import left_out
from app.store.tables import HELD, ROW_OF_TODAY, UNKNOWN

CONTENT = ("record", "described", *COLUMN, "deadline", "awaited", "title_fr", "title_en")
"""What makes a row: the entry as JSON and by columns, and what else it is sought by."""

_MAY_BE_UNKNOWN = ("rank", "slip")


def content(entry: Commitment) -> tuple[Any, ...]:
    """What an entry is for a stretch of days, in the order of CONTENT."""
    title = entry.described.title
    ends = (entry.deadline, entry.next_deadline or entry.deadline)
    row = row_of(entry)
    rank, slip = (UNKNOWN if each is None else each for each in (row.rank, row.slip))
    row = row._replace(rank=rank, slip=slip)
    return (
        row.recorded,
        row.described,
        *row[-len(COLUMN) :],
        *(deadline.period.end.isoformat() if deadline else NEVER for deadline in ends),
        *(_sort_key(title.within("fr")), _sort_key(title.within("en"))),
    )


def days(entry: Commitment) -> tuple[str, str]:
    """The first day of a span, and the day after its last."""
    end = entry.valid_to.isoformat() if entry.valid_to else NEVER
    return entry.valid_from.isoformat(), end


_sort_key = lru_cache(4096)(sort_key)


def dated_moves(
    entries: Iterable[Commitment], appeared: int
) -> Iterator[tuple[str, str, int, str]]:
    """Each move of successive spans from the day on which it appears: none is taken back.

    That day, its part, its place and its JSON. `appeared`: so many did so before these spans.
    """
    seen = {"": appeared}
    for entry in entries:
        day = entry.valid_from.isoformat()
        for part, moves in (("", entry.moves), *((part.key, part.moves) for part in entry.parts)):
            for turn in range(seen.get(part, 0), len(moves)):
                yield day, part, turn, moved_of(part, turn, moves[turn])
            seen[part] = max(seen.get(part, 0), len(moves))


# Decoding

DESCRIBED = "(SELECT w.described FROM wordings w WHERE w.id = {}wording)"
"""What is described of a row of spans, in SQL."""
_COLUMNS = (
    f"nullif(s.{name}, {UNKNOWN})" if name in _MAY_BE_UNKNOWN else f"s.{name}" for name in COLUMN
)
STORED = ", ".join(["s.record", DESCRIBED.format("s."), *_COLUMNS])
"""The columns of a row `s` that an entry is made of."""
MODIFIED = """coalesce((SELECT recorded_at FROM events WHERE commitment = s.slug
 AND position <= {at} AND visibility = 'public' AND content IS NOT NULL
 ORDER BY position DESC LIMIT 1), (SELECT recorded_at FROM events WHERE commitment = s.slug
 AND position <= {at} ORDER BY position DESC LIMIT 1))"""
"""When an entry last changed in the eyes of the public, by a position."""


def columns(connection: Connection, *, newest: bool, day: str = ":day", at: str = ":at") -> str:
    """What a record takes of a row `s` of spans, of its moves and of the ledger."""
    moved = moves(connection, newest=newest, day=day, at=at)
    at = str(HELD - 1) if newest else at
    version = "(SELECT max(position) FROM events WHERE commitment = s.slug AND position <= {at})"
    created = """(SELECT recorded_at FROM events WHERE commitment = s.slug
        ORDER BY position LIMIT 1)"""
    return f"""s.slug, s.valid_from, s.valid_to, {version.format(at=at)}, {created},
        {"s.modified" if newest else MODIFIED.format(at=at)}, {moved}, {STORED}"""


def moves(connection: Connection, *, newest: bool, day: str = ":day", at: str = ":at") -> str:
    """The moves of a row `s` that hold, as JSON without its brackets, in SQL; null without any."""
    aggregate = "group_concat" if connection.dialect.name == "sqlite" else "string_agg"
    return of_moves(f"{aggregate}(m.content, ',')", newest=newest, day=day, at=at)


def of_moves(what: str, *, newest: bool, day: str = ":day", at: str = ":at") -> str:
    """What is asked of the moves `m` of a row `s` that hold, in SQL."""
    past = f"m.begins_at <= {at} AND m.ends_at > {at} AND m.valid_from <= {day}"
    return f"""(SELECT {what} FROM moves m WHERE m.slug = s.slug
        AND {f"m.ends_at = {HELD}" if newest else past})"""


def readable(rows: Iterable[Sequence[Any]]) -> Iterator[EntryRow]:
    """Rows that begin with `columns`, without those that cannot be read."""
    for row in rows:
        try:
            times = moment(row[4]), moment(row[5])
            known = EntryRow._make((*row[:4], *times, *row[6 : 9 + len(COLUMN)]))
            _check(known.bare, known.type, known.announcement)
            own_of(known.described), date.fromisoformat(known.valid_from)
        except UNDECODABLE as fault:
            left_out(str(row[0]), fault)
        else:
            yield known


@lru_cache(1_000)
def _check(came: EntryRow, kind: str, announcement: str | None) -> None:
    """Raises one of UNDECODABLE; also for a code that this version does not know."""
    known, _ = came_of(came), abs(came.slip or 0)
    words = {came.state, *(part.state for part in known["parts"])} - STATES.keys()
    words |= {kind, announcement or "new"}.difference(TYPES, ANNOUNCEMENTS)
    if words:
        raise LookupError(f"{sorted(words)} is not known")


def all_decoded(rows: Iterable[EntryRow]) -> Iterator[Commitment]:
    """The entries of rows, without those that cannot be decoded."""
    for row in rows:
        try:
            yield entry_of(row)
        except UNDECODABLE as fault:
            left_out(row.slug, fault)


def entries(rows: Iterable[Sequence[Any]]) -> Iterator[Commitment]:
    """The entries of rows that begin with `columns`, without those that cannot be decoded."""
    return all_decoded(readable(rows))


# Reading by name

SIDES = ("publisher", "steward")
"""The columns that say whose an entry is."""


def visible(actor: Actor | None) -> str:
    """Rights in the query: what the actor may not see is not there. `:own` is its organisation."""
    if actor is None or actor.operates:
        return "1 = 1"
    own = " OR s.publisher = :own OR s.steward = :own" if actor.organization else ""
    return f"(s.visibility = 'public'{own})"


def vantage(day: str = ":day", at: str = ":at") -> str:
    """The rows `s` that hold on a day, at a position."""
    return f"""s.begins_at <= {at} AND s.ends_at > {at}
        AND s.valid_from <= {day} AND s.valid_to > {day}"""


def seen(snapshot: Snapshot, actor: Actor | None) -> tuple[str, dict[str, Any]]:
    """The rows `s` that the actor may see of a snapshot, in SQL, and the values of that."""
    rows = ROW_OF_TODAY if snapshot.newest else vantage()
    bound = {"day": snapshot.day.isoformat(), "at": snapshot.position}
    return f"{rows} AND {visible(actor)}", {**bound, "own": actor and actor.organization}


def named(
    connection: Connection, slug: str, snapshot: Snapshot, actor: Actor | None
) -> EntryRow | None:
    """The row of an entry of a snapshot, if the actor may see it. Raises Altered."""
    rights, bound = seen(snapshot, actor)
    query = f"""SELECT {columns(connection, newest=snapshot.newest)} FROM spans s
        WHERE s.slug = :slug AND {rights}"""
    rows = run(connection, query, {**bound, "slug": slug})
    known = next(readable(rows), None)
    if rows and not known:
        raise Altered(name=slug)
    return known


def decoded(row: EntryRow) -> Commitment:
    """The entry of a row. Raises Altered."""
    for entry in all_decoded([row]):
        return entry
    raise Altered(name=row.slug)


def spans_of(
    connection: Connection, slug: str, at: int, actor: Actor | None = None
) -> tuple[Commitment, ...]:
    """An entry on all its days, in their order, as held at a position, if the actor may see it."""
    query = f"""SELECT {columns(connection, newest=False, day="s.valid_from")} FROM spans s
        WHERE s.slug = :slug AND s.begins_at <= :at AND s.ends_at > :at AND {visible(actor)}
        ORDER BY s.valid_from"""
    bound = {"slug": slug, "at": at, "own": actor and actor.organization}
    return tuple(entries(run(connection, query, bound)))


def newest(connection: Connection, slug: str, at: int) -> Commitment | None:
    """An entry on its last days, as held at a position; None where no announcement stood."""
    last = Snapshot(date.max - timedelta(days=1), at)
    row = named(connection, slug, last, None)
    return decoded(row) if row else None


Wanted = tuple[str, date, int]
"""An entry by its slug, the day on which and the position at which it is wanted."""


def several(
    connection: Connection, wanted: Sequence[Wanted], actor: Actor | None = None
) -> dict[Wanted, Commitment]:
    """Entries, each on a day and at a position of its own, as far as the actor may see them."""
    known: dict[Wanted, Commitment] = {}
    for begin in range(0, len(wanted), 250):
        some = wanted[begin : begin + 250]
        rows = ", ".join(f"(:s{n}, :d{n}, CAST(:a{n} AS BIGINT))" for n in range(len(some)))
        bound: dict[str, Any] = {"own": actor and actor.organization}
        for n, (slug, day, at) in enumerate(some):
            bound |= {f"s{n}": slug, f"d{n}": day.isoformat(), f"a{n}": at}
        what = columns(connection, newest=False, day="w.day", at="w.at")
        query = f"""WITH w (slug, day, at) AS (VALUES {rows})
            SELECT {what}, w.day, w.at FROM w JOIN spans s ON s.slug = w.slug
            AND {vantage("w.day", "w.at")} AND {visible(actor)}"""
        for row in run(connection, query, bound):
            for entry in entries([row]):
                known[entry.slug, date.fromisoformat(row[-2]), row[-1]] = entry
    return known


def before_and_after(
    connection: Connection, shown: Sequence[Event], day: date | None = None
) -> dict[int, tuple[Commitment | None, Commitment | None]]:
    """By position, the entry before and after each event: on a day, or on that it was recorded.

    Where a recording has several events of an entry, rows know only what came of them together.
    """
    together = ledger.recordings(connection, shown)
    days = {event.position: day or paris_day(event.recorded_at) for event in shown}
    alone = [event for event in shown if together[event.position][1] == 1]
    eves = {e.position: (e.commitment, days[e.position], e.position - 1) for e in alone}
    then = {e.position: (e.commitment, days[e.position], together[e.position][0]) for e in alone}
    rows = several(connection, [*eves.values(), *then.values()])
    sides = {place: (rows.get(eves[place]), rows.get(then[place])) for place in eves}
    facts = names.facts(connection)
    for _, events, _ in ledger.histories(
        connection, {event.commitment for event in shown if event.position not in sides}
    ):
        # What comes after one event is what was before the next: a fold is the cost of all this.
        until = cache(lambda end, binding, own=events: resolve(own[:end], binding) if end else ())
        for turn, event in enumerate(events):
            if event.position in days and event.position not in sides:
                binding = facts.binding(together[event.position][0])
                before, after = until(turn, binding), until(turn + 1, binding)
                here = days[event.position]
                sides[event.position] = on(before, here), on(after, here)
    return sides
