"""What harvesters ask for besides: conditions of access, themes, high-value categories."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ADDED = {"access_conditions": '{"fr": null, "en": null}', "themes": "[]", "hvd_categories": "[]"}
"""Each with what it holds while nothing is described: the version before this one writes none."""


def upgrade() -> None:
    """Add the columns: nothing is said of the rows that are there or that older code adds."""
    for name, nothing in ADDED.items():
        default = sa.text(f"'{nothing}'".replace(":", "\\:"))
        op.add_column(
            "commitments", sa.Column(name, sa.JSON(), nullable=False, server_default=default)
        )


def downgrade() -> None:
    """Drop them: rows are derived, and `rebuild` makes them anew."""
    for name in reversed(ADDED):
        op.drop_column("commitments", name)
