"""The position axis: rows that a later recording superseded stay, with the position that did it.

A row begins to hold at its `version`, the position of the recording that it was derived from, and
holds until `recorded_to`. Orders get sentinels in the place of nulls, so that an index gives them.
"""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

HELD = 2**63 - 1
NO_RANK = 2**31 - 1
NO_END = date(9999, 12, 31)

OLD = (["valid_to", "type", "slug"], ["publisher", "valid_to"], ["by_deadline", "slug"])
TALLY = [
    *("type", "announcement", "state", "publisher", "action"),
    *("by_settled", "by_overdue_after", "by_unconfirmed_after", "by_due"),
    *("visibility", "steward", "by_deadline"),
]
ORDERS = {
    "slug": ["slug"],
    "rank": ["by_rank", "slug"],
    "deadline": ["by_deadline", "slug"],
    "publisher": ["publisher", "by_rank", "slug"],
    "state": ["state", "by_rank", "slug"],
    "tally": TALLY,
}
SPANS = ["recorded_to", "version", "valid_from", "valid_to"]


def upgrade() -> None:
    """What is held now is copied; what was held before is derived anew after the last migration."""
    for columns in OLD:
        op.drop_index("ix_commitments_" + "_".join(columns), "commitments")
    with op.batch_alter_table("commitments") as table:
        table.add_column(
            sa.Column("recorded_to", sa.BigInteger(), nullable=False, server_default=str(HELD))
        )
        table.add_column(
            sa.Column("by_rank", sa.Integer(), nullable=False, server_default=str(NO_RANK))
        )
    rows = sa.table(
        "commitments", sa.column("rank"), sa.column("by_rank"), sa.column("by_deadline", sa.Date)
    )
    op.execute(rows.update().where(rows.c.rank.is_not(None)).values(by_rank=rows.c.rank))
    op.execute(rows.update().where(rows.c.by_deadline.is_(None)).values(by_deadline=NO_END))
    with op.batch_alter_table("commitments") as table:
        table.alter_column("recorded_to", existing_type=sa.BigInteger(), server_default=None)
        table.alter_column("by_rank", existing_type=sa.Integer(), server_default=None)
        table.alter_column("by_deadline", existing_type=sa.Date(), nullable=False)
        table.drop_constraint("pk_commitments", type_="primary")
        table.create_primary_key("pk_commitments", ["slug", "version", "valid_from"])
    open_ends = sa.text(f"recorded_to = {HELD} AND valid_to = '{NO_END}'")
    for name, columns in ORDERS.items():
        op.create_index(
            f"ix_commitments_today_{name}",
            "commitments",
            columns,
            sqlite_where=open_ends,
            postgresql_where=open_ends,
        )
        op.create_index(f"ix_commitments_history_{name}", "commitments", [*columns, *SPANS])


def downgrade() -> None:
    """What was superseded goes: it can be derived from the ledger at any time."""
    for name in ORDERS:
        op.drop_index(f"ix_commitments_today_{name}", "commitments")
        op.drop_index(f"ix_commitments_history_{name}", "commitments")
    rows = sa.table(
        "commitments", sa.column("recorded_to", sa.BigInteger), sa.column("by_deadline", sa.Date)
    )
    op.execute(rows.delete().where(rows.c.recorded_to < HELD))
    with op.batch_alter_table("commitments") as table:
        table.drop_constraint("pk_commitments", type_="primary")
        table.create_primary_key("pk_commitments", ["slug", "valid_from"])
        table.alter_column("by_deadline", existing_type=sa.Date(), nullable=True)
        table.drop_column("recorded_to")
        table.drop_column("by_rank")
    op.execute(rows.update().where(rows.c.by_deadline == NO_END).values(by_deadline=None))
    for columns in OLD:
        op.create_index("ix_commitments_" + "_".join(columns), "commitments", columns)
