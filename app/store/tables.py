"""The tables and their column types. Spans of commitments are derived; events are only added."""

from datetime import UTC, date, datetime
from typing import Any, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    and_,
    literal,
)
from sqlalchemy.dialects import postgresql

from app.domain.commitments import Commitment
from app.domain.values import TRUSTED, Title

NO_END = date(9999, 12, 31)
"""The end of a span that has none. Never shown outside the store."""

HELD = 2**63 - 1
"""The position that superseded a row which nothing has superseded. Never shown outside either."""

NO_RANK = 2**31 - 1
"""Where an entry without a rank is sorted."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
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


class End(TypeDecorator[date]):
    """The day after a span’s last; no end is kept as NO_END, so that it can be compared."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date:
        """No end as the last day there is."""
        return value or NO_END

    def process_result_value(self, value: date | None, dialect: Dialect) -> date | None:
        """The last day there is as no end."""
        return None if value == NO_END else value


class Shaped(TypeDecorator[Any]):
    """JSON of a record’s shape: what is written and what is read is the record."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape
        self.adapter: TypeAdapter[Any] = TypeAdapter(shape)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The record as JSON."""
        return None if value is None else self.adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """JSON as the record."""
        if value is None:
            return None
        return self.adapter.validate_python(value, context=TRUSTED, extra="ignore")


class Tokens(TypeDecorator[frozenset[str]]):
    """What an entry is found by: letters, digits and signs that neither engine reads otherwise."""

    impl = Text().with_variant(postgresql.TSVECTOR(), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str | None:
        """Words for FTS5; for PostgreSQL lexemes, ready made."""
        mark = "'" if dialect.name == "postgresql" else ""
        return None if value is None else " ".join(f"{mark}{one}{mark}" for one in sorted(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str] | None:
        """The tokens again."""
        return None if value is None else frozenset(value.replace("'", "").split())


_SHAPES = get_type_hints(Commitment)


def _shaped(name: str, *, optional: bool = False) -> Column[Any]:
    """A column that holds the field of that name whole, as JSON."""
    return Column(name, Shaped(_SHAPES[name]), nullable=optional)


organizations = Table(
    "organizations",
    metadata,
    Column("slug", Name, primary_key=True),
    Column("name", Shaped(Title), nullable=False),
    Column("part_of", Name, ForeignKey("organizations.slug")),
    Column("renamed_at", Moment),
)

texts = Table(
    "texts",
    metadata,
    Column("id", Name, primary_key=True),
    Column("title", Text, nullable=False),
    Column("nor", Name),
    Column("signed_on", Name),
    Column("published_on", Name),
)

keys = Table(
    "keys",
    metadata,
    Column("public", Name, primary_key=True),
    Column("digest", Name, nullable=False),
    Column("organization", Name, ForeignKey("organizations.slug"), nullable=False),
    Column("role", Name, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("last_used_on", Date),
)

events = Table(
    "events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("commitment", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("target", BigInteger),
    Column("visibility", Name, nullable=False),
    Column("text", Name, ForeignKey("texts.id")),
    Column("counts_from", Date, nullable=False),
    Column("content", Text),
    Column("salt", Name),
    Column("digest", Name, nullable=False),
    Column("previous_hash", Name, nullable=False),
    Column("hash", Name, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_by", Name, nullable=False),
    Column("recorded_key", Name),
    CheckConstraint("position > 0", name="position"),
    CheckConstraint("(content IS NULL) = (salt IS NULL)", name="erased_whole"),
    Index(None, "commitment", "position"),
    Index(None, "text", "commitment"),
)

commitments = Table(
    "commitments",
    metadata,
    Column("slug", Name, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", End, nullable=False),
    Column("recorded_to", BigInteger, nullable=False),
    Column("type", Name, nullable=False),
    Column("rank", Integer),
    Column("section", Name),
    Column("announcement", Name),
    Column("steward", Name, ForeignKey("organizations.slug")),
    Column("visibility", Name, nullable=False),
    Column("publisher", Name, ForeignKey("organizations.slug"), nullable=False),
    Column("action", Name),
    Column("by_access", Name, nullable=False),
    _shaped("described"),
    _shaped("internal"),
    Column("state", Name, nullable=False),
    Column("state_since", Date, nullable=False),
    Column("opened_on", Date),
    _shaped("announced_deadline", optional=True),
    _shaped("deadline", optional=True),
    _shaped("first_deadline", optional=True),
    _shaped("next_deadline", optional=True),
    _shaped("moves"),
    Column("postponements", Integer, nullable=False),
    Column("slip_days", Integer),
    _shaped("timing"),
    _shaped("timing_first"),
    Column("uncertain", Boolean, nullable=False),
    _shaped("parts"),
    Column("created", Moment, nullable=False),
    Column("modified", Moment, nullable=False),
    # Sought by, and derived from the record: see `_row` in `commitments.py`.
    Column("by_title_fr", Name, nullable=False),
    Column("by_title_en", Name, nullable=False),
    Column("by_rank", Integer, nullable=False),
    Column("by_deadline", End, nullable=False),
    Column("by_settled", Name),
    Column("by_overdue_after", Date),
    Column("by_unconfirmed_after", Date),
    Column("by_due", Date),
    Column("by_wording", Number),
    Index(None, "by_wording"),
)

wordings = Table(
    "wordings",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("slug", Name, nullable=False),
    Column("words", Tokens, nullable=False),
    Index(None, "slug"),
)
"""What entries say in words, once for all the rows in which they say the same."""


def open_ends() -> ColumnElement[bool]:
    """What holds now and was not superseded. As literals: else no engine finds the index of it."""
    row = commitments.c
    return and_(
        row.recorded_to == literal(HELD, BigInteger, literal_execute=True),
        row.valid_to == literal(NO_END, Date, literal_execute=True),
    )


_SPANS = ("recorded_to", "version", "valid_from", "valid_to")
_ORDERS = {
    "slug": ("slug",),
    "feed": ("publisher", "slug"),
    "rank": ("by_rank", "slug"),
    "deadline": ("by_deadline", "slug"),
    "publisher": ("publisher", "by_rank", "slug"),
    "state": ("state", "by_rank", "slug"),
    "tally": (
        *("type", "announcement", "state", "publisher", "action"),
        *("by_settled", "by_overdue_after", "by_unconfirmed_after", "by_due"),
        *("visibility", "steward", "by_deadline", "by_wording"),
    ),
}
"""What lists are sought and counted by: each has an index of today, and one of all that was."""

for _name, _columns in _ORDERS.items():
    Index(
        f"ix_commitments_today_{_name}",
        *(commitments.c[column] for column in _columns),
        sqlite_where=open_ends(),
        postgresql_where=open_ends(),
    )
    Index(
        f"ix_commitments_history_{_name}",
        *(commitments.c[column] for column in (*_columns, *_SPANS)),
    )
