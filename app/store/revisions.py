"""The tables of each version: brought forward or back, and the rows that are derived anew then."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.store import spans
from app.store.database import DERIVED, ROOT, Database
from app.store.spans import Watch


def migrate(url: str, revision: str = "head", watch: Watch | None = None) -> None:
    """Bring the tables to a revision, forward or back: `head`, `base`, `0001`…"""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    script = ScriptDirectory.from_config(config)
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            current = _revision(connection)
        wanted = script.get_current_head() if revision == "head" else revision
        known = [row.revision for row in reversed(list(script.walk_revisions()))]
        forward = current is None or (
            wanted in known and known.index(wanted) >= known.index(current)
        )
        move = command.upgrade if forward and revision != "base" else command.downgrade
        move(config, revision)
        if wanted == script.get_current_head():
            with database.writing() as connection:
                if current not in (None, wanted) or not connection.scalar(text(DERIVED)):
                    spans.rebuild(connection, watch=watch)
    finally:
        database.close()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
