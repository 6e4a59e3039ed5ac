"""The tables. Events are only added; what entries amount to, and say in words, is derived."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    inspect,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects import postgresql

from app.domain.commitments import AFTER

NO_END = "9999-12-31"
"""The end of a span without one, and an unknown deadline. Never shown outside the store."""

HELD = 2**63 - 1
"""The position that superseded a row which nothing has superseded. Never shown outside either."""

UNKNOWN = 2**31 - 1
"""A rank or a slip that is unknown: sorted after all others."""

TODAY = f"ends_at = {HELD} AND valid_to = '{NO_END}'"
"""What holds now and was not superseded. As literals: else no engine finds the index of it."""
ROW_OF_TODAY = f"s.ends_at = {HELD} AND s.valid_to = '{NO_END}'"
"""The same of a row `s`."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Name = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""A text that is compared and sorted by code point, on both engines."""

Number = BigInteger().with_variant(Integer, "sqlite")
"""A number that SQLite keeps as the row’s own."""


class Moment(TypeDecorator[datetime]):
    """An aware time, in UTC, to the second."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite keeps no offset: what is written is UTC."""
        if value is None:
            return None
        moment = value.astimezone(UTC).replace(microsecond=0)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is read is UTC, whatever the session’s time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def _columns(kind: Any, names: str, *, optional: bool = False) -> Iterator[Column[Any]]:
    return (Column(name, kind, nullable=optional) for name in names.split())


editions = Table("editions", metadata, *_columns(BigInteger, "erasures"))
"""One row: how often claims were erased."""

keys = Table(
    "keys",
    metadata,
    Column("public", Name, primary_key=True),
    *_columns(Name, "digest organization role"),
    *_columns(Moment, "created_at expires_at"),
    Column("revoked_at", Moment),
    Column("last_used_on", Date),
    Column("member", Name),
    Column("label", Text),
)

teams = Table(
    "teams",
    metadata,
    Column("organization", Name, primary_key=True),
    Column("four_eyes", Boolean, nullable=False),
    Column("siret", Name),
)
"""What organisations want of their teams; of one without a row, nothing is wanted.

`siret`: the number, or its first digits, of those whom an issuer of identities may let in.
"""

members = Table(
    "members",
    metadata,
    Column("id", Name, primary_key=True),
    *_columns(Name, "organization role"),
    *_columns(Text, "name"),
    Column("email", Text),
    *_columns(Moment, "added_at"),
    Column("removed_at", Moment),
    Column("subject", Name),
)
"""The people of organisations. `subject`: who they are to the issuer by which they sign in."""

reminders = Table(
    "reminders",
    metadata,
    *(Column(name, Name, primary_key=True) for name in ("entry", "deadline", "member")),
    Column("days", Integer, primary_key=True),
    Column("sent_at", Moment, nullable=False),
)
"""Who was reminded of which deadline, so many days after it, or before it."""

proposals = Table(
    "proposals",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    *_columns(Name, "action kind entry expected proposed_by awaits state"),
    *_columns(Text, "body"),
    *_columns(Moment, "proposed_at"),
    Column("position", BigInteger),
    Column("decided_at", Moment),
    *_columns(Name, "proposed_key decided_by decided_key", optional=True),
    Column("reason", Text),
)

_ADDRESSED = sql("address IS NOT NULL")
audit = Table(
    "audit",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    *_columns(Name, "organization action outcome"),
    Column("target", Text, nullable=False),
    *_columns(Name, "role key address", optional=True),
    Index(None, "organization", "number"),
    Index(None, "at", sqlite_where=_ADDRESSED, postgresql_where=_ADDRESSED),
)
"""Who did and who tried what. `outcome`: `done`, `proposed`, or the problem that refused it."""

_KNOWN = sql("text IS NOT NULL")
_PUBLIC = sql("visibility = 'public' AND content IS NOT NULL")
events = Table(
    "events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("recording", BigInteger, nullable=False),
    *_columns(Name, "commitment subject", optional=True),
    Column("kind", Name, nullable=False),
    Column("target", BigInteger),
    Column("visibility", Name, nullable=False),
    Column("text", Name),
    Column("counts_from", Date, nullable=False),
    Column("content", Text),
    Column("salt", Name),
    *_columns(Name, "digest previous_hash hash"),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_by", Name, nullable=False),
    Column("recorded_key", Name),
    CheckConstraint("position > 0", name="position"),
    CheckConstraint("(content IS NULL) = (salt IS NULL)", name="erased_whole"),
    Index(None, "commitment", "position"),
    Index(None, "text", "commitment", sqlite_where=_KNOWN, postgresql_where=_KNOWN),
    Index(
        "ix_events_public",
        *("commitment", "position", "recorded_at"),
        sqlite_where=_PUBLIC,
        postgresql_where=_PUBLIC,
    ),
)
"""`recording`: the last position of the transaction that an event was recorded in.

A fact has a `subject`, and no commitment.
"""


def _row() -> Iterator[Column[Any]]:
    """What rows of a stretch of days and recordings begin with."""
    yield Column("id", Number, primary_key=True)
    yield from _columns(Name, "slug valid_from")
    yield from _columns(BigInteger, "begins_at ends_at")


spans = Table(
    "spans",
    metadata,
    *_row(),
    *_columns(
        Name, "valid_to type programme publisher visibility state deadline title_fr title_en"
    ),
    *_columns(Name, "announcement action steward settled", optional=True),
    *_columns(Name, f"{' '.join(AFTER)} awaited modified", optional=True),
    *_columns(BigInteger, "rank slip"),
    Column("record", Text, nullable=False),
    Column("wording", Number, nullable=False),
)
"""What an entry is from a day to another, as held from a recording to another.

Days are texts. `record` is what no column, wording or move says, as JSON of the shape of documents;
`modified` is kept up to date in the row that holds today, and is in no other. `awaited` is the end
of the deadline that is awaited next: of parts, the earliest still open.
"""

moves = Table(
    "moves",
    metadata,
    *_row(),
    Column("part", Name, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Index("ix_moves_of", "slug", "ends_at", "valid_from"),
)
"""The moves of deadlines, from a day on, as held from a recording to another.

`turn` is its place among those of the whole, or of a part. A row would otherwise repeat all that
came before: a thousand moves would take a hundred megabytes.
"""

wordings = Table(
    "wordings",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("slug", Name, nullable=False),
    Column("words", Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
    Column("described", Text, nullable=False),
    Index(None, "slug"),
)
"""What is described of entries, once for all the rows in which it is the same.

`described` is JSON of the shape of documents; `words` are what it is found by.
"""

COUNTED = (
    *("type", "programme", "announcement", "state", "publisher", "action"),
    *("settled", *AFTER),
)
"""What facets are counted by."""
ORDERED = ("rank", "awaited", "title_fr", "title_en", "state", "publisher", "slip", "modified")
"""What lists are sorted by, and then by slug: each has an index of today, read either way."""
_ENDS = ("valid_from", "valid_to", "begins_at", "ends_at")
LATE = {
    **{f"today_{name}": (name, "slug", "visibility", "type") for name in ORDERED},
    "today_slug": ("slug", "visibility", "type"),
    "today_tally": (*COUNTED, "visibility", "steward", "deadline", "slug"),
    "past_rank": ("rank", "slug", "visibility", "type", *_ENDS),
    "past": (
        *(*_ENDS, *COUNTED, "visibility", "deadline", "slug"),
        *("awaited", "rank", "slip", "title_fr", "title_en"),
    ),
}
"""The indexes that are made anew after a large load. The past is sorted by what its one holds."""

for _name, _named in {
    "of": ("slug", "ends_at", "valid_to"),
    "wording": ("wording",),
    **LATE,
}.items():
    _open = sql(TODAY) if _name.startswith("today") else None
    _indexed = [spans.c[name] for name in _named]
    Index(f"ix_spans_{_name}", *_indexed, sqlite_where=_open, postgresql_where=_open)


# What a database has


def fits(connection: Connection) -> bool:
    """Whether the tables have every column of this code, and none besides that must be given."""
    stored = inspect(connection).get_multi_columns(filter_names=[*metadata.tables])
    for name, table in metadata.tables.items():
        rows = stored.get((None, name), [])
        others = [row for row in rows if row["name"] not in table.columns]
        needed = any(not row["nullable"] and row["default"] is None for row in others)
        if needed or not {row["name"] for row in rows} >= {*table.columns.keys()}:
            return False
    return True


# Who may do what

ERASABLE = "content", "salt"
"""The columns of an event that are emptied when it is erased. All others stay as they are."""


def grants(role: str) -> Iterator[str]:
    """The statements by which a role of PostgreSQL may serve: append to the ledger, derive rows."""
    name = '"' + role.replace('"', '""') + '"'
    others = ", ".join(table.name for table in metadata.sorted_tables if table is not events)
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield (
        "DO $$ BEGIN EXECUTE 'REVOKE TEMPORARY ON DATABASE '"
        " || quote_ident(current_database()) || ' FROM PUBLIC'; END $$"
    )
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}"
    yield f"GRANT USAGE ON SCHEMA public TO {name}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}"
    yield f"GRANT SELECT ON events, alembic_version TO {name}"
    yield f"GRANT INSERT ({', '.join(events.c.keys())}) ON events TO {name}"
    yield f"GRANT UPDATE ({', '.join(ERASABLE)}) ON events TO {name}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {others} TO {name}"
