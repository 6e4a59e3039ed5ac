"""What a column of a row says, its record does not say again.

No table changes. Rows are derived, and come with the `rebuild` that follows the last migration, of
this version or of the one before: neither reads the rows of the other.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the rows."""
    op.execute("DELETE FROM spans")


def downgrade() -> None:
    """Drop the rows: `migrate` of the version before derives its own."""
    upgrade()
