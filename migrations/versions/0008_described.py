"""What is described is one JSON: a field that is added needs no column of its own."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

EMPTY, WORDS = "{}", '{"fr": null, "en": null}'
APART = {
    "title": (sa.JSON(), WORDS),
    "description": (sa.JSON(), WORDS),
    "landing_page": (sa.Text(), None),
    "resources": (sa.JSON(), "[]"),
    "covers": (sa.JSON(), EMPTY),
    "access_rights": (sa.Text(), "public"),
    "access_conditions": (sa.JSON(), WORDS),
    "licence": (sa.Text(), None),
    "contact": (sa.JSON(), None),
    "keywords": (sa.JSON(), "[]"),
    "themes": (sa.JSON(), "[]"),
    "hvd_categories": (sa.JSON(), "[]"),
    "budget_status": (sa.Text(), None),
    "steering_unit": (sa.Text(), None),
}
"""The columns that are given up, each with what it holds while nothing is described."""
TOGETHER = {
    "described": (sa.JSON(), EMPTY),
    "internal": (sa.JSON(), EMPTY),
    "by_access": (sa.Text(collation="C").with_variant(sa.Text(), "sqlite"), "public"),
}


def upgrade() -> None:
    """Change the columns. Rows are derived, and made anew after the last migration."""
    _change(gone=APART, added=TOGETHER)


def downgrade() -> None:
    """Change them back; `rebuild` makes the rows anew."""
    _change(gone=TOGETHER, added=APART)


def _change(gone: Mapping[str, Any], added: Mapping[str, Any]) -> None:
    op.execute("DELETE FROM commitments")
    for name in gone:
        op.drop_column("commitments", name)
    for name, (kind, empty) in added.items():
        default = None if empty is None else sa.text(f"'{empty}'".replace(":", "\\:"))
        column = sa.Column(name, kind, nullable=empty is None, server_default=default)
        op.add_column("commitments", column)
