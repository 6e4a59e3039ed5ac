"""Members, what waits for a validator, and who did or tried what; a key may be a member's.

Code of before starts on these tables: new columns may be empty, and nothing is taken away.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.add_column("keys", sa.Column("member", Name))
    op.add_column("keys", sa.Column("label", sa.Text))
    op.create_table(
        "teams",
        sa.Column("organization", Name, primary_key=True),
        sa.Column("four_eyes", sa.Boolean, nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("id", Name, primary_key=True),
        sa.Column("organization", Name, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("role", Name, nullable=False),
        sa.Column("added_at", Moment, nullable=False),
        sa.Column("removed_at", Moment),
    )
    op.create_table(
        "proposals",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        *(sa.Column(name, Name, nullable=False) for name in ("action", "kind", "entry")),
        sa.Column("position", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
        *(sa.Column(name, Name, nullable=False) for name in ("expected", "proposed_by")),
        sa.Column("proposed_key", Name),
        sa.Column("awaits", Name, nullable=False),
        sa.Column("proposed_at", Moment, nullable=False),
        sa.Column("state", Name, nullable=False),
        sa.Column("decided_at", Moment),
        *(sa.Column(name, Name) for name in ("decided_by", "decided_key")),
        sa.Column("reason", sa.Text),
    )
    op.create_table(
        "audit",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        *(sa.Column(name, Name, nullable=False) for name in ("organization", "action", "outcome")),
        sa.Column("target", sa.Text, nullable=False),
        *(sa.Column(name, Name) for name in ("role", "key", "address")),
    )
    op.create_index("ix_audit_organization_number", "audit", ["organization", "number"])
    kept = sa.text("address IS NOT NULL")
    op.create_index("ix_audit_at", "audit", ["at"], sqlite_where=kept, postgresql_where=kept)


def downgrade() -> None:
    """Drop them. The keys of members stay, as those of their organisations."""
    for name in ("audit", "proposals", "members", "teams"):
        op.drop_table(name)
    for name in ("label", "member"):
        op.drop_column("keys", name)
