"""A search as SQL: what holds from a snapshot, what an actor sees, in which order, page by page.

An index of today gives each order both ways, for slugs run backwards with it. What is unknown comes
last either way: of an order that runs backwards, it is a second stretch of the same index.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from app.domain.access import PUBLIC, Actor
from app.domain.claims import OPENING_TYPES
from app.domain.commitments import AFTER, DUE_SOON, PASSED, Commitment, Outline
from app.domain.context import Context, Snapshot
from app.domain.errors import Altered, Unfit
from app.domain.ledger import timestamp
from app.domain.references import Names, Text
from app.domain.rows import EntryRow
from app.domain.search import FACETS, Search
from app.store import records
from app.store.database import UNDECODABLE, Connection, among, moment, run, scalar, scalars, stream
from app.store.events import left_out
from app.store.names import names, unknown
from app.store.tables import HELD, NO_END, ROW_OF_TODAY, UNKNOWN
from app.store.words import holding, moved, titled

_LAST: dict[str, Any] = {"rank": UNKNOWN, "slip": UNKNOWN, "awaited": NO_END}
"""The columns in which what is unknown is sorted by a value of its own: the last there is."""


class Found(NamedTuple):
    """A page of what is sought, without rows that cannot be read.

    `last` is where its last row is sorted: the value and the slug. None where no page comes after.
    `empty`: there is no row, not even one that cannot be read.
    """

    rows: list[EntryRow]
    last: tuple[Any, str] | None
    empty: bool

    @property
    def entries(self) -> Iterator[Commitment]:
        """Its entries, without those that cannot be decoded."""
        return records.all_decoded(self.rows)


@dataclass(frozen=True, slots=True)
class Clauses:
    """Each filter’s clause by its name, what is seen among them, and their values."""

    clauses: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """All of them."""
        return " AND ".join(self.clauses.values())

    def any_of(self, column: str, name: str, some: Collection[str | int]) -> str:
        """The clause that a column is one of these, bound by this name."""
        self.values.update({f"{name}{n}": value for n, value in enumerate(some)})
        return f"{column} IN ({', '.join(f':{name}{n}' for n in range(len(some)))})"


def conditions(
    connection: Connection,
    search: Search,
    snapshot: Snapshot,
    actor: Actor,
    *,
    facets: bool = True,
    often: bool = False,
) -> Clauses:
    """What is sought, as clauses on rows `s`; without those on what facets count, if so asked.

    `often`: words are met in rows that something else finds.
    """
    seen, bound = records.seen(snapshot, actor)
    asked = Clauses({"seen": seen}, bound)
    clauses, values = asked.clauses, asked.values
    if facets:
        clauses["type"] = of_type(search) or asked.any_of("s.type", "type", search.type)
        late = {"timeliness": timeliness(snapshot.day)}
        for name in FACETS[1:]:
            if some := getattr(search, name):
                clauses[name] = asked.any_of(late.get(name, f"s.{name}"), name, some)
    if search.steward:
        clauses["steward"] = asked.any_of("s.steward", "steward", search.steward)
    if search.text:
        values |= {"known": snapshot.day, "until": snapshot.position}
        clauses["text"] = f"""EXISTS (SELECT 1 FROM events e WHERE e.commitment = s.slug
            AND {asked.any_of("e.text", "text", search.text)} AND e.visibility = 'public'
            AND e.counts_from <= :known AND e.position <= :until)"""
    _dated(search, snapshot, clauses, values)
    if search.q:
        clauses["q"], spelt = holding(connection.dialect.name, search.q, often=often)
        values |= {"q": spelt} if spelt else {}
        if ids := titled(names(connection).texts.values(), search.q):
            clauses["q"] = f"({clauses['q']} OR {moved(connection)})"
            values |= {"titled": ids, "known": snapshot.day}
            values["until"] = snapshot.position
    return asked


def _dated(
    search: Search, snapshot: Snapshot, clauses: dict[str, str], values: dict[str, Any]
) -> None:
    """The clauses on deadlines, and on when an entry changed."""
    if search.due_after:
        values["due_after"] = search.due_after.start.isoformat()
        clauses["due_after"] = f"(s.deadline >= :due_after AND s.deadline < '{NO_END}')"
    if search.due_before:
        values["due_before"] = search.due_before.end.isoformat()
        clauses["due_before"] = "s.deadline <= :due_before"
    if search.modified_since:
        values["since"] = _stamp(search.modified_since, snapshot)
        clauses["modified_since"] = f"{_key('modified', snapshot)} >= :since"


def of_type(search: Search) -> str | None:
    """Openings are not found among actions, nor actions among openings; None for some types."""
    if set(search.type) == set(OPENING_TYPES):
        return "s.type <> 'action'"
    return "s.type = 'action'" if search.type == ("action",) else None


def timeliness(day: date) -> str:
    """`Timing.on`, in SQL."""
    passed = " ".join(f"WHEN s.{name}_after < '{day}' THEN '{name}'" for name in PASSED)
    soon = " OR ".join(f"s.{name} <= '{day + DUE_SOON}'" for name in AFTER)
    awaited = " OR ".join(f"s.{name} IS NOT NULL" for name in AFTER)
    return f"""CASE {passed} WHEN {soon} THEN 'due_soon' WHEN {awaited} THEN 'on_track'
        ELSE s.settled END"""


# Order


def _column(search: Search) -> str:
    name = search.order[0]
    return {"title": f"title_{search.lang}", "deadline": "awaited"}.get(name, name)


def _key(column: str, snapshot: Snapshot) -> str:
    """What a list is sorted by: a column, but for times of change, which rows of today hold."""
    if column == "modified" and not snapshot.newest:
        return records.MODIFIED.format(at=":at")
    return f"s.{column}"


def _stamp(at: datetime, snapshot: Snapshot) -> datetime | str:
    """A time as the key is compared with it: to the second, the next one if it is between two."""
    whole = at.astimezone(UTC).replace(microsecond=0)
    whole += timedelta(seconds=1) if at.microsecond else timedelta()
    return timestamp(whole) if snapshot.newest else whole


OFTEN = 5_000
"""Words that so many entries say are not looked up."""


def find(
    connection: Connection,
    search: Search,
    snapshot: Snapshot,
    actor: Actor,
    total: int = OFTEN,
    few: Sequence[str] | None = None,
) -> Found:
    """One page of what is sought, so many in `total`; it is among `few`, where they are known."""
    if not total:
        return Found([], None, empty=True)
    if few is None:
        asked = conditions(connection, search, snapshot, actor, often=total >= OFTEN)
    else:
        clauses = {"few": among(connection, "s.slug", "few"), "seen": ROW_OF_TODAY}
        asked = Clauses(clauses, {"few": [*few]})
    offset = 0 if search.after else (search.page - 1) * search.page_size
    rows = _rows(connection, search, snapshot, asked, offset)
    page, more = rows[: search.page_size], len(rows) > search.page_size
    try:
        last = (_named(page[-1][-2], search), page[-1][-1]) if more else None
    except UNDECODABLE as fault:
        raise Altered(name=page[-1][-1]) from fault
    return Found(list(records.readable(page)), last, empty=not rows)


def in_order(connection: Connection, search: Search, snapshot: Snapshot) -> Iterator[str]:
    """Every entry of today in the order of a search, whoever may see it."""
    column, (_, backwards) = _column(search), search.order
    way, asked = "DESC" if backwards else "ASC", Clauses({"seen": ROW_OF_TODAY})
    source, key = _source(connection, search, snapshot, asked), _key(column, snapshot)
    for stretch, values in _stretches(search, snapshot, key):
        query = f"""SELECT s.slug FROM {source} WHERE {asked.sql} AND {stretch}
            ORDER BY {key} {way}, s.slug {way}"""
        yield from scalars(connection, query, values)


def _rows(
    connection: Connection, search: Search, snapshot: Snapshot, asked: Clauses, offset: int
) -> list[Any]:
    """The rows of a page and one more, the ids first: they are found in an index alone."""
    column, (_, backwards) = _column(search), search.order
    key, way = _key(column, snapshot), "DESC" if backwards else "ASC"
    source = _source(connection, search, snapshot, asked)
    slug = "s.slug"
    if " t " in source:
        key, slug = "t.modified", "t.slug"
    rows: list[Any] = []
    for stretch, values in _stretches(search, snapshot, key):
        need = search.page_size + 1 - len(rows)
        if need <= 0:
            break
        among = f"FROM {source} WHERE {asked.sql} AND {stretch}"
        query = f"""SELECT {records.columns(connection, newest=snapshot.newest)}, p.k, p.slug FROM
            (SELECT s.id AS id, {key} AS k, s.slug AS slug {among}
            ORDER BY {"" if column == "slug" else f"k {way}, "}{slug} {way}
            LIMIT {need} OFFSET {0 if rows else offset}) p
            JOIN spans s ON s.id = p.id ORDER BY p.k {way}, p.slug {way}"""
        bound = {**asked.values, **values}
        some = run(connection, query, bound)
        if not some and offset:
            offset -= scalar(connection, f"SELECT count(*) {among}", bound)
        rows += some
    return rows


def _source(connection: Connection, search: Search, snapshot: Snapshot, asked: Clauses) -> str:
    """Where rows `s` come from. SQLite is told by which index: it is not good at guessing."""
    sqlite, column = connection.dialect.name == "sqlite", _column(search)
    if column == "modified" and not snapshot.newest and (snapshot.at, search.after) == (None, None):
        # Of another day, at the newest position: in the order of today’s rows `t`.
        hints = ("INDEXED BY ix_spans_today_modified", "INDEXED BY ix_spans_of")
        first, then = hints if sqlite else ("", "")
        asked.clauses["today"] = f"""t.ends_at = {HELD} AND t.valid_to = '{NO_END}'
            AND s.slug = t.slug AND s.ends_at = {HELD}"""
        return f"spans t {first} CROSS JOIN spans s {then}"
    if not sqlite or "s.wording IN" in asked.clauses.get("q", ""):
        return "spans s"
    if "few" in asked.clauses or (column == "slug" and not snapshot.newest):
        return "spans s INDEXED BY ix_spans_of"
    if snapshot.newest:
        return f"spans s INDEXED BY ix_spans_today_{column}"
    # Beside ranks, slugs are nearly in order: what changed is found in pages that are read already.
    return f"spans s INDEXED BY ix_spans_past{'_rank' if column in ('rank', 'modified') else ''}"


def _stretches(
    search: Search, snapshot: Snapshot, key: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is known and what is not, each as far as a cursor has not met it."""
    column, (_, backwards) = _column(search), search.order
    unknown, sign = _LAST.get(column), "<" if backwards else ">"
    if search.after is None:
        parted = backwards and unknown is not None
        for known in "<=" if parted else "":
            yield f"{key} {known} :unknown", {"unknown": unknown}
        if not parted:
            yield "1 = 1", {}
        return
    value, slug = search.after
    if column == "slug":
        yield f"s.slug {sign} :last", {"last": slug}
    elif value is None:
        yield f"{key} = :unknown AND s.slug {sign} :last", {"unknown": unknown, "last": slug}
    else:
        place = {"value": _bound(value, snapshot), "last": slug}
        further = f"({key}, s.slug) {sign} (:value, :last)"
        if backwards and unknown is not None:
            yield f"{further} AND {key} < :unknown", {**place, "unknown": unknown}
            yield f"{key} = :unknown", {"unknown": unknown}
        else:
            yield further, place


def _bound(value: Any, snapshot: Snapshot) -> Any:
    """A value of a cursor, as the column holds it."""
    if isinstance(value, datetime):
        return _stamp(value, snapshot)
    return value.isoformat() if isinstance(value, date) else value


def _named(value: Any, search: Search) -> Any:
    """A value of the column that a search is sorted by, for a cursor; None for what is unknown."""
    column = _column(search)
    if value == _LAST.get(column):
        return None
    if column == "modified":
        return moment(value)
    return date.fromisoformat(value) if column == "awaited" else value


def stewards(connection: Connection, organization: str | None) -> bool:
    """Whether an organisation promises an entry that is held now."""
    query = f"SELECT EXISTS (SELECT 1 FROM spans s WHERE {ROW_OF_TODAY} AND s.steward = :own)"
    return bool(scalar(connection, query, {"own": organization}))


def takes_part(connection: Connection, programme: str, organizations: Collection[str]) -> bool:
    """Whether one of these opens or promises an entry of a programme."""
    clauses = Clauses({"seen": ROW_OF_TODAY, "programme": "s.programme = :programme"})
    sides = (clauses.any_of(f"s.{side}", side, organizations) for side in records.SIDES)
    query = f"SELECT EXISTS (SELECT 1 FROM spans s WHERE ({' OR '.join(sides)}) AND {clauses.sql})"
    return bool(scalar(connection, query, {**clauses.values, "programme": programme}))


def texts(connection: Connection, names: Names | Context, actor: Actor) -> Mapping[str, Text]:
    """The texts that an actor may see: what is internal, if it is about an entry of its own."""
    if not names.hidden or actor.operates:
        return names.texts
    asked = Clauses({"seen": ROW_OF_TODAY})
    cited = asked.any_of("e.text", "text", names.hidden)
    sides = [asked.any_of(f"s.{name}", name, actor.speaks_for) for name in records.SIDES]
    query = f"""SELECT DISTINCT e.text FROM events e JOIN spans s ON s.slug = e.commitment
        WHERE {cited} AND ({" OR ".join(sides)}) AND {asked.sql}"""
    open_to = scalars(connection, query, asked.values) if actor.speaks_for else ()
    hidden = names.hidden.difference(open_to)
    return {name: known for name, known in names.texts.items() if name not in hidden}


def rests_on(connection: Connection, name: str, organization: str | None) -> bool:
    """Whether entries that others than this organisation promise cite a text."""
    query = f"""SELECT EXISTS (SELECT 1 FROM events e JOIN spans s ON s.slug = e.commitment
        WHERE e.text = :name AND {ROW_OF_TODAY} AND (s.steward IS NULL OR s.steward <> :own))"""
    return bool(scalar(connection, query, {"name": name, "own": organization}))


# All of them


def openings_from(
    connection: Connection, day: date, actor: Actor, programme: str
) -> Iterator[Commitment]:
    """The spans of each opening of a programme that the actor may see, from that day on."""
    what = records.columns(connection, newest=False, day="s.valid_from", at=str(HELD - 1))
    query = f"""SELECT {what} FROM spans s WHERE s.type <> 'action' AND s.valid_to > :day
        AND s.programme = :programme AND s.ends_at = {HELD} AND {records.visible(actor)}
        ORDER BY s.slug, s.valid_from"""
    values = {"day": day.isoformat(), "own": actor.organization, "programme": programme}
    return records.entries(stream(connection, query, values))


def days(connection: Connection, types: Sequence[str], snapshot: Snapshot) -> list[date]:
    """The days, up to that of the snapshot, on which an entry of these types changed for all."""
    known = ", ".join(f"'{name}'" for name in types)
    query = f"""SELECT DISTINCT s.valid_from FROM spans s WHERE s.begins_at <= :at
        AND s.ends_at > :at AND s.valid_from <= :day AND s.type IN ({known})
        AND {records.visible(PUBLIC)} ORDER BY s.valid_from"""
    bound = {"at": snapshot.position, "day": snapshot.day.isoformat()}
    return [date.fromisoformat(day) for day in scalars(connection, query, bound)]


def outlines(
    connection: Connection, snapshot: Snapshot, actor: Actor, first: int, most: int
) -> list[Outline]:
    """A stretch of all entries, actions too, by permanent name."""
    seen, values = records.seen(snapshot, actor)
    query = f"""SELECT s.slug, s.type, {_key("modified", snapshot)} FROM spans s
        WHERE {seen} ORDER BY s.slug LIMIT :most OFFSET :first"""
    rows = run(connection, query, {**values, "most": most, "first": first})
    known = list[Outline]()
    for slug, kind, changed in rows:
        try:
            known.append(Outline(slug, kind, moment(changed)))
        except UNDECODABLE as fault:
            left_out(slug, fault)
    return known


def unknown_actions(
    connection: Connection, codes: Collection[str], actor: Actor
) -> list[tuple[str, Unfit]]:
    """A refusal for each code that no action has which the actor may see."""
    if not codes:
        return []
    query = f"""SELECT DISTINCT s.slug FROM spans s WHERE s.type = 'action'
        AND s.ends_at = {HELD} AND {records.visible(actor)} ORDER BY s.slug"""
    return unknown("action", codes, scalars(connection, query, {"own": actor.organization}))


# Where events of what is sought are, and what differs

_PUBLIC = """e.visibility = 'public' AND e.content IS NOT NULL AND e.counts_from <= :known
 AND e.position <= :until"""
"""What everyone may read, and could know from a snapshot."""
A_PAGE, NEAR = 50, 5_000
"""So many positions are looked through for a page of events, before entries are looked for."""


def positions(
    connection: Connection,
    of: Search | str,
    snapshot: Snapshot,
    place: int,
    most: int,
    *,
    newer: bool = False,
) -> list[int]:
    """Where the events of the entries sought are, from a place on: older than it, or not.

    The closest first, a page at least if there is one, and at most so many. `of`: a search, or the
    slug of one entry. What is sought has its events near, as a rule; what is rare is found by its
    entries.
    """
    asked = conditions(connection, of, snapshot, PUBLIC) if isinstance(of, Search) else None
    bound = {"known": snapshot.day, "until": snapshot.position}
    values = {**bound, "place": place, **(asked.values if asked else {"slug": of})}
    side, other, way = (">=", "<", "ASC") if newer else ("<", ">=", "DESC")
    places: list[int] = []
    if asked:
        values["end"] = place + NEAR if newer else place - NEAR
        # Each entry is asked by name, whatever else an index would find.
        query = f"""SELECT e.position FROM events e CROSS JOIN spans s
            WHERE e.position {side} :place AND e.position {other} :end AND {_PUBLIC}
            AND s.slug = e.commitment AND {asked.sql} ORDER BY e.position {way} LIMIT {most}"""
        places += scalars(connection, query, values)
        beyond = values["end"] > snapshot.position if newer else values["end"] <= 1
        if len(places) > A_PAGE or beyond:
            return places
        values["place"] = values["end"]
    about = f"IN (SELECT s.slug FROM spans s WHERE {asked.sql})" if asked else "= :slug"
    query = f"""SELECT e.position FROM events e WHERE e.position {side} :place AND {_PUBLIC}
        AND e.commitment {about} ORDER BY e.position {way} LIMIT {most - len(places)}"""
    return [*places, *scalars(connection, query, values)]


def differing(
    connection: Connection, earlier: Snapshot, later: Snapshot, types: Sequence[str]
) -> list[str]:
    """The entries that everyone may see and that differ between two snapshots, by name."""
    known = ", ".join(f"'{name}'" for name in types)
    sqlite = connection.dialect.name == "sqlite"
    record = (
        "json_remove(s.record, '$.internal')" if sqlite else "CAST(s.record AS jsonb) - 'internal'"
    )
    public = {"record": record, "described": "s.wording"}
    names = ", ".join(public.get(name, f"s.{name}") for name in records.CONTENT)
    verdicts = [timeliness(snapshot.day) for snapshot in (earlier, later)]
    ends = [records.vantage(f":day_{side}", f":at_{side}") for side in "ab"]
    # Most rows hold at both and say the same: they are not even read.
    alike = (
        f"""{" AND ".join(ends)} AND coalesce({verdicts[0]}, '') = coalesce({verdicts[1]}, '')"""
    )
    first, second = (
        f"""SELECT s.slug, {names}, {verdict} FROM spans s WHERE {end} AND NOT ({alike})
            AND s.type IN ({known}) AND {records.visible(PUBLIC)}"""
        for end, verdict in zip(ends, verdicts, strict=True)
    )
    values: dict[str, Any] = {}
    for side, snapshot in (("a", earlier), ("b", later)):
        values |= {f"day_{side}": snapshot.day.isoformat(), f"at_{side}": snapshot.position}
    query = f"""SELECT slug FROM ({first} EXCEPT {second}) AS gone
        UNION SELECT slug FROM ({second} EXCEPT {first}) AS come ORDER BY slug"""
    return scalars(connection, query, values)
