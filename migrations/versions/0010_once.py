"""What a column of a row says, its record does not say again; when entries changed has an index.

Rows are derived, and come with the `rebuild` that follows the last migration, of
this version or of the one before: neither reads the rows of the other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


PUBLIC = sa.text("visibility = 'public' AND content IS NOT NULL")


def upgrade() -> None:
    """Make the index; drop the rows."""
    op.create_index(
        "ix_events_public",
        "events",
        ["commitment", "position", "recorded_at"],
        sqlite_where=PUBLIC,
        postgresql_where=PUBLIC,
    )
    op.execute("DELETE FROM spans")


def downgrade() -> None:
    """Drop both: `migrate` of the version before derives rows of its own."""
    op.drop_index("ix_events_public", "events")
    op.execute("DELETE FROM spans")
