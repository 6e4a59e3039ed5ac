"""What is described of an entry is kept beside its words, as documents say it.

Rows are derived, and come with the `rebuild` that follows the last migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the rows, and add the column."""
    _drop()
    op.add_column("wordings", sa.Column("described", sa.Text(), nullable=False))


def downgrade() -> None:
    """Drop the rows: the version before derives its own."""
    _drop()
    op.drop_column("wordings", "described")


def _drop() -> None:
    op.execute("DELETE FROM spans")
    op.execute("DELETE FROM moves")
    op.execute("DELETE FROM wordings")
