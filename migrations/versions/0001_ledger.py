"""The ledger, the spans derived from it, and what both refer to.

Events are append-only in the database itself, on both engines: no update but the erasure of a
content whose erasure is an event, no delete, no truncation, no gap, no second of a position.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
Moment = sa.DateTime(timezone=True)

KEPT = (
    "position",
    "commitment",
    "kind",
    "target",
    "visibility",
    "text",
    "counts_from",
    "digest",
    "previous_hash",
    "hash",
    "recorded_at",
    "recorded_by",
    "recorded_key",
)

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
    """CREATE FUNCTION events_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
    """CREATE TRIGGER events_are_kept BEFORE INSERT OR UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION events_guard()""",
    """CREATE TRIGGER events_are_not_truncated BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_guard()""",
    "ALTER TABLE events ENABLE ALWAYS TRIGGER events_are_kept",
    "ALTER TABLE events ENABLE ALWAYS TRIGGER events_are_not_truncated",
)


def upgrade() -> None:
    """Make the tables, then guard the ledger."""
    _references()
    _events()
    _commitments()
    _guard()


def downgrade() -> None:
    """Drop them all: this is the first migration, and nothing was before it."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in ("commitments", "events", "keys", "texts", "organizations"):
        op.drop_table(table)
    if postgres:
        op.execute("DROP FUNCTION events_guard()")


def _guard() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    same = "IS" if sqlite else "IS NOT DISTINCT FROM"
    kept = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in KEPT)
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(sa.text(statement.format(kept=kept, none="0" * 64).replace(":", "\\:")))


def _references() -> None:
    op.create_table(
        "organizations",
        sa.Column("slug", Name, nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("part_of", Name),
        sa.Column("renamed_at", Moment),
        sa.PrimaryKeyConstraint("slug", name="pk_organizations"),
        sa.ForeignKeyConstraint(
            ["part_of"], ["organizations.slug"], name="fk_organizations_part_of"
        ),
    )
    op.create_table(
        "texts",
        sa.Column("id", Name, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("nor", Name),
        sa.Column("signed_on", Name),
        sa.Column("published_on", Name),
        sa.PrimaryKeyConstraint("id", name="pk_texts"),
    )
    op.create_table(
        "keys",
        sa.Column("public", Name, nullable=False),
        sa.Column("digest", Name, nullable=False),
        sa.Column("organization", Name, nullable=False),
        sa.Column("role", Name, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("revoked_at", Moment),
        sa.Column("last_used_on", sa.Date()),
        sa.PrimaryKeyConstraint("public", name="pk_keys"),
        sa.ForeignKeyConstraint(
            ["organization"], ["organizations.slug"], name="fk_keys_organization"
        ),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("commitment", Name, nullable=False),
        sa.Column("kind", Name, nullable=False),
        sa.Column("target", sa.BigInteger()),
        sa.Column("visibility", Name, nullable=False),
        sa.Column("text", Name),
        sa.Column("counts_from", sa.Date(), nullable=False),
        sa.Column("content", sa.Text()),
        sa.Column("salt", Name),
        sa.Column("digest", Name, nullable=False),
        sa.Column("previous_hash", Name, nullable=False),
        sa.Column("hash", Name, nullable=False),
        sa.Column("recorded_at", Moment, nullable=False),
        sa.Column("recorded_by", Name, nullable=False),
        sa.Column("recorded_key", Name),
        sa.PrimaryKeyConstraint("position", name="pk_events"),
        sa.ForeignKeyConstraint(["text"], ["texts.id"], name="fk_events_text"),
        sa.CheckConstraint("position > 0", name=op.f("ck_events_position")),
        sa.CheckConstraint(
            "(content IS NULL) = (salt IS NULL)", name=op.f("ck_events_erased_whole")
        ),
    )
    op.create_index("ix_events_commitment_position", "events", ["commitment", "position"])
    op.create_index("ix_events_text_commitment", "events", ["text", "commitment"])


def _commitments() -> None:
    op.create_table(
        "commitments",
        sa.Column("slug", Name, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("type", Name, nullable=False),
        sa.Column("rank", sa.Integer()),
        sa.Column("section", Name),
        sa.Column("announcement", Name),
        sa.Column("steward", Name),
        sa.Column("visibility", Name, nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("publisher", Name, nullable=False),
        sa.Column("action", Name),
        sa.Column("landing_page", sa.Text()),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("covers", sa.JSON(), nullable=False),
        sa.Column("access_rights", Name, nullable=False),
        sa.Column("licence", sa.Text()),
        sa.Column("contact", sa.JSON()),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("budget_status", sa.Text()),
        sa.Column("steering_unit", sa.Text()),
        sa.Column("state", Name, nullable=False),
        sa.Column("state_since", sa.Date(), nullable=False),
        sa.Column("opened_on", sa.Date()),
        sa.Column("announced_deadline", sa.JSON()),
        sa.Column("deadline", sa.JSON()),
        sa.Column("first_deadline", sa.JSON()),
        sa.Column("next_deadline", sa.JSON()),
        sa.Column("moves", sa.JSON(), nullable=False),
        sa.Column("postponements", sa.Integer(), nullable=False),
        sa.Column("slip_days", sa.Integer()),
        sa.Column("timing", sa.JSON(), nullable=False),
        sa.Column("timing_first", sa.JSON(), nullable=False),
        sa.Column("uncertain", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("modified", Moment, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("by_title_fr", Name, nullable=False),
        sa.Column("by_title_en", Name, nullable=False),
        sa.Column("by_deadline", sa.Date()),
        sa.Column("by_settled", Name),
        sa.Column("by_overdue_after", sa.Date()),
        sa.Column("by_unconfirmed_after", sa.Date()),
        sa.Column("by_due", sa.Date()),
        sa.PrimaryKeyConstraint("slug", "valid_from", name="pk_commitments"),
        sa.ForeignKeyConstraint(["steward"], ["organizations.slug"], name="fk_commitments_steward"),
        sa.ForeignKeyConstraint(
            ["publisher"], ["organizations.slug"], name="fk_commitments_publisher"
        ),
    )
    for columns in (
        ["valid_to", "type", "slug"],
        ["publisher", "valid_to"],
        ["by_deadline", "slug"],
    ):
        op.create_index("ix_commitments_" + "_".join(columns), "commitments", columns)
