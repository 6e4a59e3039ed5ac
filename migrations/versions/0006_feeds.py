"""An index for what harvesters read: the entries of one publisher, by permanent name."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN_ENDS = "recorded_to = 9223372036854775807 AND valid_to = '9999-12-31'"
FEED = ["publisher", "slug"]
SPANS = ["recorded_to", "version", "valid_from", "valid_to"]


def upgrade() -> None:
    """One of what holds today, and one of all that was."""
    op.create_index(
        "ix_commitments_today_feed",
        "commitments",
        FEED,
        sqlite_where=sa.text(OPEN_ENDS),
        postgresql_where=sa.text(OPEN_ENDS),
    )
    op.create_index("ix_commitments_history_feed", "commitments", [*FEED, *SPANS])


def downgrade() -> None:
    """Drop both."""
    for name in ("today", "history"):
        op.drop_index(f"ix_commitments_{name}_feed", "commitments")
