"""Texts have a kind, an identifier, an address, and bind or do not."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
BINDING = {
    "arrete-2021-04-28": "order",
    "decret-2021-1276": "decree",
    "arrete-2023": "order",
    "decret-2023-1199": "decree",
    "arrete-2024-12-06": "order",
    "arrete-2025-08-29": "order",
}
"""The texts of the first seed that bind; its roadmap does not."""


def upgrade() -> None:
    """A text that is not known binds nobody."""
    for name in ("kind", "eli", "url"):
        op.add_column("texts", sa.Column(name, Name))
    binding: sa.Column[bool] = sa.Column(
        "binding", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("texts", binding)
    texts = sa.table("texts", sa.column("id"), sa.column("kind"), sa.column("binding"))
    for name, kind in BINDING.items():
        op.execute(texts.update().where(texts.c.id == name).values(kind=kind, binding=True))
    roadmap = texts.update().where(texts.c.id == "feuille-de-route-2021")
    op.execute(roadmap.values(kind="roadmap"))


def downgrade() -> None:
    """Nobody asks for them any more."""
    for name in ("binding", "url", "eli", "kind"):
        op.drop_column("texts", name)
