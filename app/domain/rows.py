"""Entries as rows hold them: columns, and JSON of the shape that documents have. Values as JSON.

Knows no SQL, no day and no address. What the register wrote is read as it is.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from pydantic_core import from_json, to_json

from app.domain import periods
from app.domain.claims import Description, Internal, Source
from app.domain.commitments import AFTER, Commitment, Deadline, Evidence, Move, Part, Timing
from app.domain.ledger import timestamp
from app.domain.statistics import Share, Spread
from app.domain.values import TRUSTED, Title, Words

Plain = dict[str, Any]
MovesOfParts = dict[str, list[Plain]]
T = TypeVar("T")
NEVER = date.max.isoformat()
"""The end of a span without one."""
COLUMN = {
    **{name: name for name in ("type", "programme", "announcement", "steward", "visibility")},
    **{name: name for name in ("state", "rank")},
    "action": "described.action",
    "publisher": "described.publisher",
    "slip": "slip_days",
    **{name: f"timing.{name}" for name in ("settled", *AFTER)},
}
"""The columns that hold a field of an entry, and which: its record does not say it again."""
_columns_of = attrgetter(*COLUMN.values())

# Values as JSON


def plain(value: Any) -> Any:
    """A value of a record as JSON, by its type."""
    spell = _SPELT.get(type(value))
    return spell(value) if spell else value


def plain_of(record: Any, *names: str) -> Plain:
    """Fields of a record, under their own names."""
    return {name: plain(getattr(record, name)) for name in names}


def _move(move: Move) -> Plain:
    start, end = move.moved_from.isoformat(), plain(move.moved_to)
    return {"from": start, "to": end, **plain_of(move, "days", "text", "published_on")}


def _spread(spread: Spread) -> Plain:
    """Days, and the entry that has the most of them; its part only where texts are counted."""
    return {name: value for name, value in asdict(spread).items() if name != "part"}


_SPELT: Mapping[type, Callable[[Any], Any]] = {
    datetime: timestamp,
    date: date.isoformat,
    Words: Words.model_dump,
    Title: Title.model_dump,
    Deadline: lambda deadline: {
        **periods.to_json(deadline.period),
        "text": deadline.text,
        "binding": deadline.binding,
    },
    periods.Dating: lambda dating: {
        "label": dating.text,
        "earliest": dating.first and dating.first.isoformat(),
        "latest": dating.last.isoformat(),
    },
    Evidence: lambda evidence: {
        "on": evidence.on.text,
        "source": evidence.source and evidence.source.model_dump(),
        "text": evidence.text,
    },
    Move: _move,
    Share: lambda share: plain_of(share, "numerator", "denominator", "value"),
    Spread: _spread,
    tuple: lambda values: [plain(value) for value in values],
}
"""What is no JSON of itself."""


# Entries as JSON

_COURSE: Plain = {
    **dict.fromkeys(("state_since", "opened_on", "opened_in_part_on", "evidence")),
    **dict.fromkeys(("announced_deadline", "deadline", "first_deadline", "next_deadline")),
    "postponements": 0,
    "uncertain": False,
}
"""What came of an entry, and what it is where its record leaves it out, unless it is ALIKE."""
_ALIKE = {"first_deadline": "deadline", "announced_deadline": "first_deadline"}
"""What a record leaves out where it is like another of its fields, and which."""
_OF_PART = (
    *("key", "title", "state", "state_since", "opened_on", "opened_in_part_on", "evidence"),
    *("deadline", "first_deadline", "slip_days"),
)
_IN_COLUMNS = {"publisher", "action"}
UNDESCRIBED: Plain = Description().model_dump(mode="json", exclude=_IN_COLUMNS)
"""What is described of an entry of which nothing is."""


_DAYS: Plain = dict.fromkeys(("label", "earliest", "latest"))
_DUE: Plain = {**dict.fromkeys(("label", "start", "end", "precision", "text")), "binding": False}
_USUAL: Mapping[str, Plain] = {
    **dict.fromkeys(("state_since", "opened_on", "opened_in_part_on"), _DAYS),
    "evidence": dict.fromkeys(("on", "source", "text")),
    "source": dict.fromkeys(Source.model_fields),
    **dict.fromkeys(("deadline", "first_deadline", "announced_deadline", "next_deadline"), _DUE),
}
"""What is not kept of a field of a record; of a day that is exact, one of three spellings is."""


def _brief(record: Plain) -> Plain:
    """A record, or what is within one, as it is kept. `_whole` reads it back."""
    kept = dict(record)
    for name in record.keys() & _USUAL.keys():
        value, usual = record[name], _USUAL[name]
        if value and usual is _DAYS and len({*value.values()}) == 1:
            kept[name] = value["label"]
        elif value:
            kept[name] = dict(each for each in _brief(value).items() if each not in usual.items())
    if parts := record.get("parts"):
        kept["parts"] = [_brief(part) for part in parts]
    return kept


def _whole(kept: Plain) -> Plain:
    """A record, or what is within one, of what `_brief` made of it."""
    record = dict(kept)
    for name in kept.keys() & _USUAL.keys():
        value, usual = kept[name], _USUAL[name]
        if isinstance(value, str):
            record[name] = dict.fromkeys(usual, value)
        elif value:
            record[name] = _whole({**usual, **value})
    if parts := kept.get("parts"):
        record["parts"] = list(map(_whole, parts))
    return record


# What is read is kept by its text, for the same is read again and again: by each page that an entry
# is on, and of entries that one text announced for one day. Nobody alters it.

_SHORT = 4_000


def recurring(read: Callable[[str], T]) -> Callable[[str], T]:
    """The same function, which keeps what it has read of short texts."""
    kept = lru_cache(1_000)(read)
    return lambda text: kept(text) if len(text) < _SHORT else read(text)


@recurring
def _record_of(text: str) -> Plain:
    return _whole(from_json(text))


@recurring
def own_of(described: str) -> Plain:
    """What is described of an entry and is not as in UNDESCRIBED."""
    return dict(from_json(described))


@recurring
def moves_of_parts(moved: str) -> MovesOfParts:
    """The moves of the whole (its key is empty) and of each part, in their order."""
    by_part: MovesOfParts = {}
    for part, _, move in sorted(from_json(f"[{moved}]")):
        by_part.setdefault(part, []).append(move)
    return by_part


def moved_of(part: str, place: int, move: Move) -> str:
    """A move of a part as it is kept: `moves_of_parts` reads several, with commas between."""
    return to_json((part, place, plain(move))).decode()


_NOBODY = "", "", "", 0, None, None
_TIMED = "settled", *AFTER


class EntryRow(NamedTuple):
    """An entry as it is read. `described` is JSON as text: what is not as in UNDESCRIBED.

    So is `recorded`, the rest that no column says, and `moved`, the moves if there are any.
    """

    slug: str
    valid_from: str
    valid_to: str
    version: int
    created: datetime
    modified: datetime
    moved: str | None
    recorded: str
    described: str
    type: str
    programme: str
    announcement: str | None
    steward: str | None
    visibility: str
    state: str
    rank: int | None
    action: str | None
    publisher: str
    slip: int | None
    settled: str | None
    overdue_after: str | None
    partly_open_after: str | None
    unconfirmed_after: str | None

    @property
    def bare(self) -> "EntryRow":
        """Its state, deadlines and moves alone: equal for all entries that have the same."""
        of_action = "action" if self.type == "action" else ""
        texts, whose = (self.moved, self.recorded, ""), (of_action, "", None, None, "")
        came = (*texts, *whose, self.state, None, None, "", self.slip, *self[-len(_TIMED) :])
        return EntryRow._make(_NOBODY + came)

    @property
    def record(self) -> Plain:
        """What no column says of it."""
        return _record_of(self.recorded)

    @property
    def moves(self) -> MovesOfParts:
        """The moves of the whole (its key is empty), and of each part that has any."""
        return moves_of_parts(self.moved or "")

    @property
    def course(self) -> Plain:
        """What came of it, as far as it does not depend on the day."""
        record = self.record
        known = {name: record.get(name, usual) for name, usual in _COURSE.items()}
        for name, other in _ALIKE.items():
            if name not in record:
                known[name] = known[other]
        return known

    @property
    def timings(self) -> tuple[Timing, Timing]:
        """Its timeliness by the deadline in force, and by the first."""
        after = (self.overdue_after, self.partly_open_after, self.unconfirmed_after)
        now = timing(self.settled, self.record.get("days"), *after)
        first = self.record.get("first")
        return now, timing(*first) if first else now

    @property
    def internal(self) -> Plain:
        """What editors describe for those alone who hold a key."""
        return {**_UNSAID, **self.record.get("internal", {})}

    @property
    def cited(self) -> set[str]:
        """The texts that a document names."""
        holders = [self.record, *self.record.get("parts", ())]
        due = (holder.get(name) for holder in holders for name in _DEADLINES)
        moves = (move for own in self.moves.values() for move in own)
        return {row["text"] for row in (*due, *moves) if row and row["text"]}


_DEADLINES = ("deadline", *_ALIKE)
_UNSAID: Plain = Internal().model_dump(mode="json")


def row_of(entry: Commitment) -> EntryRow:
    """An entry as it is read."""
    described, internal = _as_described(entry.described, entry.internal)
    by_part = {"": entry.moves, **{part.key: part.moves for part in entry.parts}}
    moves = (moved_of(key, *each) for key, own in by_part.items() for each in enumerate(own))
    first = entry.timing_first if entry.timing_first != entry.timing else None
    course = plain_of(entry, *_COURSE)
    usual = {**_COURSE, **{name: course[other] for name, other in _ALIKE.items()}}
    record = {
        **{name: value for name, value in course.items() if value != usual[name]},
        **({} if entry.section is None else {"section": entry.section}),
        **({} if entry.timing.days is None else {"days": entry.timing.days}),
        **({"first": _listed(first)} if first else {}),
        **({"internal": internal} if internal else {}),
        **({"parts": [_of_part(part) for part in entry.parts]} if entry.parts else {}),
    }
    return EntryRow(
        entry.slug,
        entry.valid_from.isoformat(),
        entry.valid_to.isoformat() if entry.valid_to else NEVER,
        *(entry.version, entry.created, entry.modified),
        ",".join(moves) or None,
        to_json(_brief(record)).decode(),
        described,
        *map(plain, _columns_of(entry)),
    )


@lru_cache(1_000)  # an entry has many rows in which it is described alike
def _as_described(described: Description, internal: Internal) -> tuple[str, Plain]:
    """What is described of an entry as JSON, and what is internal."""
    values = described.model_dump(mode="json", exclude=_IN_COLUMNS)
    own = {name: value for name, value in values.items() if value != UNDESCRIBED[name]}
    hidden = internal.model_dump(mode="json", exclude_defaults=True)
    return to_json(own).decode(), hidden


def _of_part(part: Part) -> Plain:
    timings = _listed(part.timing), _listed(part.timing_first)
    return {**plain_of(part, *_OF_PART), "timings": timings, "uncertain": part.uncertain}


def _listed(timing: Timing) -> list[Any]:
    return [plain(value) for value in _timed(timing)]


_timed = attrgetter("settled", "days", *AFTER)


@lru_cache(4096)
def timing(settled: str | None, days: int | None, *after: str | None) -> Timing:
    """The timeliness that these values are of."""
    return Timing(settled, days, *map(_day, after))


# Entries of JSON


def entry_of(row: EntryRow) -> Commitment:
    """The entry of a row."""
    same = ("slug", "type", "programme", "rank", "announcement", "steward", "visibility")
    return Commitment(
        **{name: getattr(row, name) for name in (*same, "created", "modified", "version")},
        valid_from=date.fromisoformat(row.valid_from),
        valid_to=None if row.valid_to == NEVER else date.fromisoformat(row.valid_to),
        described=_described(row.described, row.publisher, row.action),
        **came_of(row.bare),
    )


@lru_cache(1_000)
def came_of(row: EntryRow) -> Plain:
    """The state, deadlines and moves of a bare row, as fields of Commitment."""
    course, record, moves = row.course, row.record, row.moves
    parts = (_part(part, moves.get(part["key"], ())) for part in record.get("parts", ()))
    known = {**course, "state": row.state, "slip_days": row.slip}
    return {
        "section": record.get("section"),
        "internal": _internal(row.internal) if "internal" in record else _NOT_INTERNAL,
        "announced_deadline": _deadline(course["announced_deadline"]),
        "next_deadline": _deadline(course["next_deadline"]),
        "postponements": course["postponements"],
        "parts": tuple(parts),
        **_course(known, moves.get("", ()), *row.timings),
    }


def _part(part: Plain, moves: Iterable[Plain]) -> Part:
    timings = (timing(*each) for each in part["timings"])
    return Part(key=part["key"], title=Words.of(**part["title"]), **_course(part, moves, *timings))


def _course(known: Plain, moves: Iterable[Plain], now: Timing, first: Timing) -> Plain:
    """What holds of the whole, and of a part of it, as the fields of Course."""
    evidence = known["evidence"]
    return {
        **{name: known[name] for name in ("state", "slip_days", "uncertain")},
        "state_since": _dating(known["state_since"]),
        **{name: known[name] and _dating(known[name]) for name in _OPENED},
        **{name: _deadline(known[name]) for name in ("deadline", "first_deadline")},
        "evidence": evidence and _evidence(**evidence),
        "moves": tuple(map(move_of, moves)),
        "timing": now,
        "timing_first": first,
    }


_OPENED = ("opened_on", "opened_in_part_on")
_NOT_INTERNAL = Internal()
_internal = partial(Internal.model_validate, context=TRUSTED, extra="ignore")


@lru_cache(1_000)
def _described(text: str, publisher: str, action: str | None) -> Description:
    own = {**own_of(text), "publisher": publisher, "action": action}
    return Description.model_validate(own, context=TRUSTED, extra="ignore")


def _dating(known: Plain) -> periods.Dating:
    first, last = _day(known["earliest"]), date.fromisoformat(known["latest"])
    return periods.Dating(known["label"], first, last)


def _deadline(known: Plain | None) -> Deadline | None:
    return Deadline(periods.from_json(known), known["text"], known["binding"]) if known else None


def _evidence(on: str, source: Plain | None, text: str | None) -> Evidence:
    read = Source.model_validate(source, context=TRUSTED, extra="ignore") if source else None
    return Evidence(periods.read_dating(on), read, text)


def move_of(known: Plain) -> Move:
    """The move of a deadline that JSON is."""
    days, text, published_on = known["days"], known["text"], known["published_on"]
    return Move(_day(known["from"]), _day(known["to"]), days, text, published_on)


def _day(known: str | None) -> Any:
    return known and date.fromisoformat(known)
