"""What is open in part when its day has passed, and what is awaited next, have their columns.

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
    """Drop the rows, and add the columns."""
    _drop("awaited")
    for name in ("partly_open_after", "awaited"):
        op.add_column("spans", sa.Column(name, Name))
    _index("awaited", ("partly_open_after", "unconfirmed_after"), ("awaited",))


def downgrade() -> None:
    """Drop the rows: the version before derives its own."""
    _drop("deadline")
    for name in ("partly_open_after", "awaited"):
        op.drop_column("spans", name)
    _index("deadline", ("unconfirmed_after",))


def _drop(order: str) -> None:
    """Drop the rows, and the indexes that change; lists were sorted by the other column."""
    op.execute("DELETE FROM spans")
    other = "deadline" if order == "awaited" else "awaited"
    for name in ("today_tally", "past", f"today_{other}"):
        op.drop_index(f"ix_spans_{name}", "spans")


def _index(order: str, after: tuple[str, ...], sorted_by: tuple[str, ...] = ()) -> None:
    today, ends = sa.text(TODAY), ("valid_from", "valid_to", "begins_at", "ends_at")
    op.create_index(
        "ix_spans_today_tally",
        "spans",
        [*COUNTED, *after, "visibility", "steward", "deadline", "slug"],
        sqlite_where=today,
        postgresql_where=today,
    )
    op.create_index(
        f"ix_spans_today_{order}",
        "spans",
        [order, "slug", "visibility", "type"],
        sqlite_where=today,
        postgresql_where=today,
    )
    found = ("visibility", "deadline", "slug", *sorted_by, "rank", "slip", "title_fr", "title_en")
    op.create_index("ix_spans_past", "spans", [*ends, *COUNTED, *after, *found])
