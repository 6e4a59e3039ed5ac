"""Entries have a programme, and actions are named within theirs; the ledger says what it said.

All before was of one programme, so an action’s name in the column of the ledger gets it, and its
content and its place in the chain stay as they are. Rows are derived: they come with `rebuild`.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
FIRST = "justice-2021"
TODAY = "ends_at = 9223372036854775807 AND valid_to = '9999-12-31'"
FOUND = ("visibility", "deadline", "slug", "awaited", "rank", "slip", "title_fr", "title_en")
GUARD = "events_are_not_updated"


def upgrade() -> None:
    """Name the actions of the ledger within the programme, and add the column."""
    query = (
        "SELECT commitment, content FROM events WHERE kind = 'announced' AND content IS NOT NULL"
    )
    announced = op.get_bind().execute(sa.text(query))
    actions = {name for name, content in announced if '"type":"action"' in content}
    _rename({name: f"{FIRST}/{name}" for name in sorted(actions)})
    _drop()
    op.add_column("spans", sa.Column("programme", Name, nullable=False))
    _index("programme")


def downgrade() -> None:
    """Name by code the actions whose content does; others stay as they are, for the chain."""
    query = "SELECT commitment, content FROM events WHERE commitment LIKE :within"
    events = op.get_bind().execute(sa.text(query), {"within": f"{FIRST}/%"})
    codes = [(name, name.removeprefix(f"{FIRST}/"), content or "") for name, content in events]
    _rename({name: code for name, code, content in codes if f'"commitment":"{code}"' in content})
    _drop()
    op.drop_column("spans", "programme")
    _index()


def _rename(names: dict[str, str]) -> None:
    """Give entries of the ledger another name in its column; the guard of its rows steps aside."""
    bind, sqlite = op.get_bind(), op.get_bind().dialect.name == "sqlite"
    guard = sa.text("SELECT sql FROM sqlite_master WHERE name = :name")
    made = bind.scalar(guard.bindparams(name=GUARD)) if sqlite else ""
    op.execute(
        f"DROP TRIGGER {GUARD}" if sqlite else "ALTER TABLE events DISABLE TRIGGER events_are_kept"
    )
    for old, new in names.items():
        for column in ("events SET commitment", "wordings SET slug"):
            renaming = f"UPDATE {column} = :new WHERE {column.rpartition(' ')[2]} = :old"
            bind.execute(sa.text(renaming), {"old": old, "new": new})
    if sqlite:
        bind.exec_driver_sql(str(made))
    else:
        op.execute("ALTER TABLE events ENABLE ALWAYS TRIGGER events_are_kept")


def _drop() -> None:
    op.execute("DELETE FROM spans")
    for name in ("today_tally", "past"):
        op.drop_index(f"ix_spans_{name}", "spans")


def _index(*programme: str) -> None:
    """The indexes of what facets count, with the programme or without."""
    today, ends = sa.text(TODAY), ("valid_from", "valid_to", "begins_at", "ends_at")
    counted = ("type", *programme, "announcement", "state", "publisher", "action", "settled")
    after = ("overdue_after", "partly_open_after", "unconfirmed_after")
    op.create_index(
        "ix_spans_today_tally",
        "spans",
        [*counted, *after, "visibility", "steward", "deadline", "slug"],
        sqlite_where=today,
        postgresql_where=today,
    )
    op.create_index("ix_spans_past", "spans", [*ends, *counted, *after, *FOUND])
