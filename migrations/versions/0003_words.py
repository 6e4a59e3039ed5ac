"""Search in words: what entries say, as tokens that each engine indexes in its own way.

The tokens are made by the code, so the rows come with the next `rebuild`. The index of SQLite is
FTS5, kept by triggers; that of PostgreSQL is GIN.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OPEN_ENDS = "recorded_to = 9223372036854775807 AND valid_to = '9999-12-31'"
SPANS = ["recorded_to", "version", "valid_from", "valid_to"]
TALLY = [
    *("type", "announcement", "state", "publisher", "action"),
    *("by_settled", "by_overdue_after", "by_unconfirmed_after", "by_due"),
    *("visibility", "steward", "by_deadline"),
]

SQLITE = (
    """CREATE VIRTUAL TABLE wordings_index USING fts5(
      words, content='wordings', content_rowid='id', tokenize="ascii tokenchars '='",
      detail=none, columnsize=0, prefix='1 2')""",
    """CREATE TRIGGER wordings_are_indexed AFTER INSERT ON wordings
    BEGIN INSERT INTO wordings_index (rowid, words) VALUES (NEW.id, NEW.words); END""",
    """CREATE TRIGGER wordings_are_forgotten AFTER DELETE ON wordings
    BEGIN INSERT INTO wordings_index (wordings_index, rowid, words)
      VALUES ('delete', OLD.id, OLD.words); END""",
    """CREATE TRIGGER wordings_are_indexed_anew AFTER UPDATE ON wordings
    BEGIN INSERT INTO wordings_index (wordings_index, rowid, words)
      VALUES ('delete', OLD.id, OLD.words);
    INSERT INTO wordings_index (rowid, words) VALUES (NEW.id, NEW.words); END""",
)


def upgrade() -> None:
    """Make the tables and the index."""
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "wordings",
        sa.Column("id", Number, autoincrement=False, nullable=False),
        sa.Column("slug", Name, nullable=False),
        sa.Column("words", postgresql.TSVECTOR() if postgres else sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wordings"),
    )
    op.create_index("ix_wordings_slug", "wordings", ["slug"])
    op.add_column("commitments", sa.Column("by_wording", Number))
    op.create_index("ix_commitments_by_wording", "commitments", ["by_wording"])
    _count_by([*TALLY, "by_wording"])
    if postgres:
        # Written to at once: it is read much more, and would be read behind a list of what is new.
        op.create_index(
            "ix_wordings_words",
            "wordings",
            ["words"],
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )
        return
    for statement in SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Drop them: nothing is lost, for all of it is derived."""
    op.drop_table("wordings")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE wordings_index")
    op.drop_index("ix_commitments_by_wording", "commitments")
    _count_by(TALLY)
    op.drop_column("commitments", "by_wording")


def _count_by(columns: list[str]) -> None:
    """The indexes from which entries are counted hold all that they are sought by."""
    for name in ("today", "history"):
        op.drop_index(f"ix_commitments_{name}_tally", "commitments")
    held = sa.text(OPEN_ENDS)
    op.create_index(
        "ix_commitments_today_tally",
        "commitments",
        columns,
        sqlite_where=held,
        postgresql_where=held,
    )
    op.create_index("ix_commitments_history_tally", "commitments", [*columns, *SPANS])
