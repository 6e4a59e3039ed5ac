"""Entries as rows hold them: JSON, without what is read from the ledger, and what is sought.

The one place where rows are decoded. One that cannot be is left out and logged; `verify` names it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json
from sqlalchemy import Connection, text

from app.domain.access import Actor
from app.domain.claims import ANNOUNCEMENTS, TYPES
from app.domain.commitments import Commitment, Move
from app.domain.errors import Unavailable
from app.domain.ledger import timestamp
from app.domain.states import STATES
from app.domain.values import TRUSTED, sort_key
from app.store.events import UNDECODABLE, left_out
from app.store.tables import HELD, NO_END, ROW_OF_TODAY, UNKNOWN

ENTRY = TypeAdapter(Commitment)
_MOVE = TypeAdapter(Move)
_NOT_CONTENT: dict[str, Any] = {
    **dict.fromkeys(("slug", "valid_from", "valid_to", "moves"), True),
    **dict.fromkeys(("created", "modified", "version"), True),
    "parts": {"__all__": {"moves"}},
}
SOUGHT = (
    *("type", "announcement", "action", "publisher", "steward", "visibility", "state", "settled"),
    *("overdue_after", "unconfirmed_after", "rank", "slip", "deadline", "title_fr", "title_en"),
)
Chain = tuple[str, int, str, str]
"""A move as its row holds it: of which part, its place, from which day on, and its JSON."""


def encoded(entry: Commitment) -> str:
    """What an entry is for a stretch of days, as JSON: without moves, days, version and times."""
    return ENTRY.dump_json(entry, exclude=_NOT_CONTENT, exclude_defaults=True).decode()


def days(entry: Commitment) -> tuple[str, str]:
    """The first day of a span, and the day after its last."""
    end = entry.valid_to.isoformat() if entry.valid_to else NO_END
    return entry.valid_from.isoformat(), end


def sought(entry: Commitment) -> tuple[Any, ...]:
    """What an entry is sought by, in the order of SOUGHT."""
    timing = entry.timing
    return (
        *(
            entry.type,
            entry.announcement,
            entry.described.action,
            entry.described.publisher,
            entry.steward,
        ),
        *(entry.visibility, entry.state, timing.settled),
        *(_day(timing.overdue_after), _day(timing.unconfirmed_after)),
        UNKNOWN if entry.rank is None else entry.rank,
        UNKNOWN if entry.slip_days is None else entry.slip_days,
        entry.deadline.period.end.isoformat() if entry.deadline else NO_END,
        _sort_key(entry.described.title.within("fr")),
        _sort_key(entry.described.title.within("en")),
    )


_sort_key = lru_cache(4096)(sort_key)


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def chains(spans: Iterable[Commitment], known: int = 0) -> list[Chain]:
    """Each move of the spans of one fold from the day on which it appears: none is taken back.

    `known`: so many of the first moves appeared before these spans.
    """
    seen = {"": known}
    found: list[Chain] = []
    for span in spans:
        for part, moves in (("", span.moves), *((one.key, one.moves) for one in span.parts)):
            for turn in range(seen.get(part, 0), len(moves)):
                content = json.dumps(part), str(turn), _MOVE.dump_json(moves[turn]).decode()
                day = span.valid_from.isoformat()
                found.append((part, turn, day, f"[{','.join(content)}]"))
            seen[part] = max(seen.get(part, 0), len(moves))
    return found


# Decoding

_MODIFIED = """coalesce((SELECT recorded_at FROM events WHERE commitment = s.slug
 AND position <= {at} AND visibility = 'public' AND content IS NOT NULL
 ORDER BY position DESC LIMIT 1), (SELECT recorded_at FROM events WHERE commitment = s.slug
 AND position <= {at} ORDER BY position DESC LIMIT 1))"""
_MOVES = "(SELECT {aggregate}(m.content, ',') FROM moves m WHERE m.slug = s.slug AND {held})"


def columns(connection: Connection, *, newest: bool, day: str = ":day", at: str = ":at") -> str:
    """What a record takes of a row `s` of spans, of its moves and of the ledger."""
    at = str(HELD - 1) if newest else at
    sqlite = connection.dialect.name == "sqlite"
    held = f"m.ends_at = {HELD}" if newest else chained(day, at)
    moves = _MOVES.format(aggregate="group_concat" if sqlite else "string_agg", held=held)
    version = "(SELECT max(position) FROM events WHERE commitment = s.slug AND position <= {at})"
    created = """(SELECT recorded_at FROM events WHERE commitment = s.slug
        ORDER BY position LIMIT 1)"""
    return f"""s.slug, s.valid_from, s.valid_to, s.record, {version.format(at=at)}, {created},
        {"s.modified" if newest else _MODIFIED.format(at=at)}, {moves}"""


def chained(day: str, at: str) -> str:
    """The rows `m` of moves that hold on a day, at a position."""
    return f"m.begins_at <= {at} AND m.ends_at > {at} AND m.valid_from <= {day}"


def modified(at: str) -> str:
    """When an entry last changed in the eyes of the public, by that position, in SQL."""
    return _MODIFIED.format(at=at)


def decoded(row: Sequence[Any]) -> Commitment | None:
    """The entry of a row that begins with `columns`; None, and a line in the log, if it is none."""
    slug, valid_from, valid_to, record, version, created, changed, moves = row[:8]
    try:
        values = from_json(record)
        chain = sorted(from_json(f"[{moves}]")) if moves else []
        values |= {
            "slug": slug,
            "valid_from": valid_from,
            "valid_to": None if valid_to == NO_END else valid_to,
            "version": version,
            "created": moment(created),
            "modified": moment(changed),
            "moves": [move for part, _, move in chain if part == ""],
        }
        for part in values.get("parts", ()):
            part["moves"] = [move for key, _, move in chain if key == part["key"]]
        return _in_words(ENTRY.validate_python(values, context=TRUSTED, extra="ignore"))
    except UNDECODABLE as fault:
        left_out(str(slug), fault)
        return None


def _in_words(entry: Commitment) -> Commitment:
    """The entry. Raises LookupError for a code that this version does not know: nothing says it."""
    words = {entry.state, *(part.state for part in entry.parts)} - STATES.keys()
    words |= {entry.type, entry.announcement or "new"}.difference(TYPES, ANNOUNCEMENTS)
    if words:
        raise LookupError(f"{sorted(words)} is not known")
    return entry


def all_decoded(rows: Iterable[Sequence[Any]]) -> Iterator[Commitment]:
    """The records of rows, without those that cannot be read."""
    return (entry for row in rows if (entry := decoded(row)))


def moment(value: Any) -> datetime:
    """A time as the ledger or a row keeps it, in UTC."""
    return _read_moment(value) if isinstance(value, str) else value.astimezone(UTC)


@lru_cache(4096)
def _read_moment(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def stamp(entry: Commitment) -> str:
    """When it was last changed, as the row of today keeps it."""
    return _timestamp(entry.modified)


_timestamp = lru_cache(256)(timestamp)


# Reading by name


def visible(actor: Actor) -> str:
    """Rights in the query: what the actor may not see is not there. `:own` is its organisation."""
    if actor.operates:
        return "1 = 1"
    own = " OR s.publisher = :own OR s.steward = :own" if actor.organization else ""
    return f"(s.visibility = 'public'{own})"


def vantage(day: str = ":day", at: str = ":at") -> str:
    """The rows `s` that hold on a day, at a position."""
    return f"""s.begins_at <= {at} AND s.ends_at > {at}
        AND s.valid_from <= {day} AND s.valid_to > {day}"""


def one(
    connection: Connection, slug: str, day: date | None, at: int, actor: Actor
) -> Commitment | None:
    """One entry on a day (None: now) at a position, if the actor may see it. Raises Unavailable."""
    newest = day is None
    query = text(
        f"""SELECT {columns(connection, newest=newest)} FROM spans s WHERE s.slug = :slug
        AND {ROW_OF_TODAY if newest else vantage()} AND {visible(actor)}"""
    )
    bound = {"slug": slug, "day": _day(day), "at": at, "own": actor.organization}
    return _only(connection.execute(query, bound).first())


def _only(row: Any) -> Commitment | None:
    """The entry of a row that is asked for by name. Raises Unavailable if it cannot be decoded."""
    entry = decoded(row) if row else None
    if row and not entry:
        raise unreadable(row[0])
    return entry


def unreadable(slug: object) -> Unavailable:
    """The refusal to answer for a row that cannot be decoded."""
    sentence = "What is kept of “{name}” cannot be read. The operator can derive it anew."
    return Unavailable(sentence, name=str(slug))


def newest(connection: Connection, slug: str, at: int) -> Commitment | None:
    """An entry on its last days, as held at a position; None where no announcement stood."""
    query = f"""SELECT {columns(connection, newest=False, day=f"'{NO_END}'")} FROM spans s
        WHERE s.slug = :slug AND s.begins_at <= :at AND s.ends_at > :at
        AND s.valid_to = '{NO_END}'"""
    return _only(connection.execute(text(query), {"slug": slug, "at": at}).first())


Wanted = tuple[str, date, int]
"""An entry by its slug, the day on which and the position at which it is wanted."""


def several(
    connection: Connection, wanted: Sequence[Wanted], actor: Actor | None = None
) -> dict[Wanted, Commitment]:
    """Entries, each on a day and at a position of its own, as far as the actor may see them."""
    found: dict[Wanted, Commitment] = {}
    rights = visible(actor) if actor else "1 = 1"
    for begin in range(0, len(wanted), 250):
        some = wanted[begin : begin + 250]
        rows = ", ".join(
            f"(CAST(:n{n} AS INTEGER), :s{n}, :d{n}, CAST(:a{n} AS BIGINT))"
            for n in range(len(some))
        )
        bound: dict[str, Any] = {"own": actor.organization} if ":own" in rights and actor else {}
        for number, (slug, day, at) in enumerate(some):
            bound |= {f"n{number}": number, f"s{number}": slug}
            bound |= {f"d{number}": day.isoformat(), f"a{number}": at}
        what = columns(connection, newest=False, day="w.day", at="w.at")
        query = f"""WITH w (turn, slug, day, at) AS (VALUES {rows})
            SELECT {what}, w.turn FROM w JOIN spans s ON s.slug = w.slug
            AND {vantage("w.day", "w.at")} AND {rights}"""
        for row in connection.execute(text(query), bound):
            if entry := decoded(row):
                found[some[row[-1]]] = entry
    return found
