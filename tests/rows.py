"""The rows of an entry, read for a test."""

from sqlalchemy import Connection, text

from app.domain.commitments import Commitment
from app.store import records
from app.store.tables import HELD


def spans(connection: Connection, slug: str, at: int = HELD - 1) -> tuple[Commitment, ...]:
    """The stored spans of an entry at a position, in order of day."""
    return records.course(connection, slug, at)


def slugs(connection: Connection) -> list[str]:
    """Every entry that has an event."""
    query = "SELECT DISTINCT commitment FROM events ORDER BY commitment"
    return list(connection.scalars(text(query)))
