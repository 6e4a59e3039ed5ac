"""What is open in part when its day has passed is sought by a column of its own.

Rows are derived, and come with the `rebuild` that follows the last migration.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
TODAY = "ends_at = 9223372036854775807 AND valid_to = '9999-12-31'"
COUNTED = ("type", "announcement", "state", "publisher", "action", "settled", "overdue_after")


def upgrade() -> None:
    """Drop the rows, and add the column."""
    _drop()
    op.add_column("spans", sa.Column("partly_open_after", Name))
    _index("partly_open_after", "unconfirmed_after")


def downgrade() -> None:
    """Drop the rows: the version before derives its own."""
    _drop()
    op.drop_column("spans", "partly_open_after")
    _index("unconfirmed_after")


def _drop() -> None:
    op.execute("DELETE FROM spans")
    for name in ("today_tally", "past"):
        op.drop_index(f"ix_spans_{name}", "spans")


def _index(*after: str) -> None:
    today, ends = sa.text(TODAY), ("valid_from", "valid_to", "begins_at", "ends_at")
    op.create_index(
        "ix_spans_today_tally",
        "spans",
        [*COUNTED, *after, "visibility", "steward", "deadline", "slug"],
        sqlite_where=today,
        postgresql_where=today,
    )
    found = ("visibility", "deadline", "slug", "rank", "slip", "title_fr", "title_en")
    op.create_index("ix_spans_past", "spans", [*ends, *COUNTED, *after, *found])
