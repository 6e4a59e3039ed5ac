"""One change, one row: spans that end only when what they hold changes, moves beside them.

Recordings become the unit of the position axis; of what was recorded before, nobody knows what came
in one transaction, so each event is a recording of its own and every position answers as it did.
Rows are derived, and come with the `rebuild` that follows the last migration.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HELD, NO_END = 2**63 - 1, "9999-12-31"
TODAY = f"ends_at = {HELD} AND valid_to = '{NO_END}'"
OPEN_ENDS = f"recorded_to = {HELD} AND valid_to = '{NO_END}'"

KEPT = (
    *("position", "commitment", "kind", "target", "visibility", "text", "counts_from", "digest"),
    *("previous_hash", "hash", "recorded_at", "recorded_by", "recorded_key"),
)
TRIGGERS = ("events_are_appended", "events_are_not_updated", "events_are_not_deleted")
SQLITE = (
    """CREATE TRIGGER events_are_appended BEFORE INSERT ON events
    WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
      OR NEW.previous_hash IS NOT coalesce(
        (SELECT hash FROM events ORDER BY position DESC LIMIT 1), '{none}')
    BEGIN SELECT RAISE(ABORT, 'events are only appended, one after the other'); END""",
    """CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
    WHEN NOT ({kept} AND NEW.content IS NULL AND NEW.salt IS NULL AND EXISTS (
      SELECT 1 FROM events WHERE kind = 'erased' AND target = OLD.position))
    BEGIN SELECT RAISE(ABORT, 'events are not updated'); END""",
    """CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are not deleted'); END""",
)
POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION events_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      last record;
    BEGIN
      IF TG_OP = 'INSERT' THEN
        SELECT position, hash INTO last FROM events ORDER BY position DESC LIMIT 1;
        IF NEW.position IS DISTINCT FROM coalesce(last.position, 0) + 1
          OR NEW.previous_hash IS DISTINCT FROM coalesce(last.hash, '{none}') THEN
          RAISE EXCEPTION 'events are only appended, one after the other';
        END IF;
        RETURN NEW;
      ELSIF TG_OP = 'UPDATE' THEN
        IF NOT ({kept} AND NEW.content IS NULL AND NEW.salt IS NULL AND EXISTS (
          SELECT 1 FROM events WHERE kind = 'erased' AND target = OLD.position)) THEN
          RAISE EXCEPTION 'events are not updated';
        END IF;
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'events are not deleted';
    END $$""",
)

SPANS = (
    *(("slug", Name, False), ("valid_from", Name, False), ("valid_to", Name, False)),
    *(("begins_at", sa.BigInteger(), False), ("ends_at", sa.BigInteger(), False)),
    *(("type", Name, False), ("announcement", Name, True), ("action", Name, True)),
    *(("publisher", Name, False), ("steward", Name, True), ("visibility", Name, False)),
    *(("state", Name, False), ("settled", Name, True), ("overdue_after", Name, True)),
    *(("unconfirmed_after", Name, True), ("rank", sa.BigInteger(), False)),
    *(("slip", sa.BigInteger(), False), ("deadline", Name, False), ("title_fr", Name, False)),
    *(("title_en", Name, False), ("record", sa.Text(), False), ("wording", Number, False)),
    ("modified", Name, True),
)
COUNTED = (
    *("type", "announcement", "state", "publisher", "action", "settled", "overdue_after"),
    *("unconfirmed_after", "visibility", "steward", "deadline", "slug"),
)
ENDS = ("valid_from", "valid_to", "begins_at", "ends_at")
ORDERS = ("rank", "deadline", "title_fr", "title_en", "state", "publisher", "slip", "modified")
INDEXES = {
    "of": ("slug", "ends_at", "valid_to"),
    "wording": ("wording",),
    **{f"today_{name}": (name, "slug", "visibility", "type") for name in ORDERS},
    "today_slug": ("slug", "visibility", "type"),
    "today_tally": COUNTED,
    "past_rank": ("rank", "slug", "visibility", "type", *ENDS),
    "past": (
        *(*ENDS, *(name for name in COUNTED if name != "steward")),
        *("rank", "slip", "title_fr", "title_en"),
    ),
}

OLD_SPANS = ["recorded_to", "version", "valid_from", "valid_to"]
OLD_ORDERS = {
    "slug": ["slug"],
    "feed": ["publisher", "slug"],
    "rank": ["by_rank", "slug"],
    "deadline": ["by_deadline", "slug"],
    "publisher": ["publisher", "by_rank", "slug"],
    "state": ["state", "by_rank", "slug"],
    "tally": [
        *("type", "announcement", "state", "publisher", "action", "by_settled"),
        *("by_overdue_after", "by_unconfirmed_after", "by_due", "visibility", "steward"),
        *("by_deadline", "by_wording"),
    ],
}


def upgrade() -> None:
    """Make the new tables; say of each event that it was recorded alone."""
    _guard([*KEPT, "recording"], _number_recordings)
    op.drop_index("ix_events_text_commitment", "events")
    known = sa.text("text IS NOT NULL")
    op.create_index(
        "ix_events_text_commitment",
        "events",
        ["text", "commitment"],
        sqlite_where=known,
        postgresql_where=known,
    )
    op.drop_table("commitments")
    editions = op.create_table(
        "editions",
        sa.Column("names", sa.BigInteger(), nullable=False),
        sa.Column("erasures", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(editions, [{"names": 0, "erasures": 0}])
    op.create_table(
        "spans",
        sa.Column("id", Number, nullable=False),
        *(sa.Column(name, kind, nullable=optional) for name, kind, optional in SPANS),
        sa.PrimaryKeyConstraint("id", name="pk_spans"),
    )
    for name, columns in INDEXES.items():
        where = sa.text(TODAY) if name.startswith("today") else None
        op.create_index(
            f"ix_spans_{name}", "spans", list(columns), sqlite_where=where, postgresql_where=where
        )
    op.create_table(
        "moves",
        sa.Column("id", Number, nullable=False),
        sa.Column("slug", Name, nullable=False),
        sa.Column("part", Name, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("valid_from", Name, nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_moves"),
    )
    op.create_index("ix_moves_of", "moves", ["slug", "ends_at", "valid_from"])


def _number_recordings() -> None:
    op.add_column(
        "events", sa.Column("recording", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute("UPDATE events SET recording = position")


def _guard(kept: Iterable[str], change: Any) -> None:
    """Change the ledger’s table while its guard is away, and guard these columns from then on."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute("ALTER TABLE events DISABLE TRIGGER events_are_kept")
    change()
    same = "IS" if sqlite else "IS NOT DISTINCT FROM"
    told = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in kept)
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(sa.text(statement.format(kept=told, none="0" * 64).replace(":", "\\:")))
    if not sqlite:
        op.execute("ALTER TABLE events ENABLE ALWAYS TRIGGER events_are_kept")


def downgrade() -> None:
    """Make the old table; `rebuild` of the older version derives its rows from the ledger."""
    for name in ("spans", "moves", "editions"):
        op.drop_table(name)
    op.drop_index("ix_events_text_commitment", "events")
    op.create_index("ix_events_text_commitment", "events", ["text", "commitment"])
    _guard(KEPT, lambda: op.drop_column("events", "recording"))
    op.create_table(
        "commitments",
        *(
            sa.Column(
                name,
                kind,
                nullable=name in OPTIONAL,
                server_default=WRITTEN.get(name),
                primary_key=name in ("slug", "version", "valid_from"),
                autoincrement=False,
            )
            for kind, names in OLD.items()
            for name in names
        ),
        *(
            sa.ForeignKeyConstraint([name], ["organizations.slug"], name=f"fk_commitments_{name}")
            for name in ("steward", "publisher")
        ),
    )
    op.create_index("ix_commitments_by_wording", "commitments", ["by_wording"])
    held = sa.text(OPEN_ENDS)
    for name, columns in OLD_ORDERS.items():
        op.create_index(
            f"ix_commitments_today_{name}",
            "commitments",
            columns,
            sqlite_where=held,
            postgresql_where=held,
        )
        op.create_index(f"ix_commitments_history_{name}", "commitments", [*columns, *OLD_SPANS])


OLD: dict[Any, tuple[str, ...]] = {
    Name: (
        *("slug", "type", "section", "announcement", "steward", "visibility", "publisher"),
        *("action", "state", "by_access", "by_title_fr", "by_title_en", "by_settled"),
    ),
    sa.BigInteger(): ("version", "recorded_to"),
    sa.Integer(): ("rank", "postponements", "slip_days", "by_rank"),
    Number: ("by_wording",),
    sa.Date(): (
        *("valid_from", "valid_to", "state_since", "opened_on", "by_deadline"),
        *("by_overdue_after", "by_unconfirmed_after", "by_due"),
    ),
    sa.JSON(): (
        *("described", "internal", "announced_deadline", "deadline", "first_deadline"),
        *("next_deadline", "moves", "timing", "timing_first", "parts"),
    ),
    sa.Boolean(create_constraint=False): ("uncertain",),
    sa.DateTime(timezone=True): ("created", "modified"),
}
"""The columns of the table before, by their type."""
OPTIONAL = (
    *("rank", "section", "announcement", "steward", "action", "opened_on", "announced_deadline"),
    *("deadline", "first_deadline", "next_deadline", "slip_days", "by_settled"),
    *("by_overdue_after", "by_unconfirmed_after", "by_due", "by_wording"),
)
WRITTEN = {"described": "{}", "internal": "{}", "by_access": "public"}
