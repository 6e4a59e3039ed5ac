"""Keys as rows: looked up by their public part."""

from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from app.domain.access import Key
from app.store.tables import keys


def find_key(connection: Connection, public: str) -> Key | None:
    """The key with that public part, revoked and ended ones too."""
    row = connection.execute(select(keys).where(keys.c.public == public)).first()
    return Key(**row._mapping) if row else None  # noqa: SLF001 the documented way to a mapping


def find_keys(connection: Connection) -> list[Key]:
    """All keys, oldest first."""
    query = select(keys).order_by(keys.c.created_at, keys.c.public)
    return [Key(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001


def add_key(connection: Connection, key: Key) -> None:
    """Keep a new key."""
    connection.execute(insert(keys).values(**asdict(key)))


def revoke_key(connection: Connection, public: str, at: datetime) -> None:
    """End a key at once."""
    query = update(keys).where(keys.c.public == public, keys.c.revoked_at.is_(None))
    connection.execute(query.values(revoked_at=at))


def note_use(connection: Connection, public: str, day: date) -> None:
    """Remember the last day of use."""
    connection.execute(update(keys).where(keys.c.public == public).values(last_used_on=day))
