"""Members sign in by an issuer of identities, and are reminded of deadlines.

Code of before knows nothing of it: what is new may be empty, and nothing is taken away.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns, and the table."""
    op.add_column("members", sa.Column("subject", Name))
    op.add_column("teams", sa.Column("siret", Name))
    op.create_table(
        "reminders",
        *(sa.Column(name, Name, primary_key=True) for name in ("entry", "deadline", "member")),
        sa.Column("days", sa.Integer, primary_key=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("reminders")
    op.drop_column("teams", "siret")
    op.drop_column("members", "subject")
