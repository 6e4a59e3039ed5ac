"""No receipts: an import that is sent twice changes nothing the second time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """They served for a week."""
    op.drop_table("receipts")


def downgrade() -> None:
    """An empty table, as 0004 makes it."""
    op.create_table(
        "receipts",
        sa.Column("key", Name, nullable=False),
        sa.Column("name", Name, nullable=False),
        sa.Column("request", Name, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["keys.public"], name="fk_receipts_key"),
        sa.PrimaryKeyConstraint("key", "name", name="pk_receipts"),
    )
    op.create_index("ix_receipts_recorded_at", "receipts", ["recorded_at"])
