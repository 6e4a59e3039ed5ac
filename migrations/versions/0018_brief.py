"""What is usual is left out of records, and of a day that is exact two of three spellings.

Rows are derived, and come with the `rebuild` that follows the last migration, of
this version or of the one before: neither reads the rows of the other.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the rows."""
    op.execute("DELETE FROM spans")


def downgrade() -> None:
    """Drop them: `migrate` of the version before derives its own."""
    op.execute("DELETE FROM spans")
