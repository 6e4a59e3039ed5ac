"""Organisations and legal texts: kept in the process as long as nobody changes them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial

from sqlalchemy import Connection, insert, select, text, update

from app.domain import errors
from app.domain.errors import Unavailable, Unfit
from app.domain.ledger import NO_HASH
from app.domain.references import Head, Organization, Text
from app.domain.values import Title, near
from app.store.database import kept, when_done
from app.store.events import UNDECODABLE, left_out
from app.store.tables import HELD, editions, events, organizations, texts


@dataclass(slots=True)
class Names:
    """All organisations and texts of one edition, by slug and by id; texts are oldest first."""

    edition: int = -1
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)


@dataclass(slots=True)
class _Kept:
    names: Names = field(default_factory=Names)


_OPENED = """SELECT e.position, e.hash, e.recorded_at, n.names FROM editions n LEFT JOIN events e ON
 e.position = (SELECT recording FROM events WHERE position <= :at ORDER BY position DESC LIMIT 1)"""


def opened(connection: Connection, at: int = HELD) -> tuple[Head, Names]:
    """The last event, or the last of the recording that a position is in; the names of today."""
    query = text(_OPENED).columns(
        events.c.position, events.c.hash, events.c.recorded_at, editions.c.names
    )
    position, hashed, recorded_at, edition = connection.execute(query, {"at": at}).one()
    head = Head(position, hashed, recorded_at) if position else Head(0, NO_HASH)
    return head, names(connection, edition)


def names(connection: Connection, edition: int | None = None) -> Names:
    """All of them, read anew if some were added or changed since they were read last."""
    if edition is None:
        edition = connection.scalar(select(editions.c.names)) or 0
    known = kept(connection, _Kept)
    if known.names.edition == edition and known.names.edition >= 0:
        return known.names
    found = _read(connection, edition)
    if "done" in connection.info:  # what is being written may yet be undone
        when_done(connection, partial(setattr, known, "names", found))
    else:
        known.names = found
    return found


def binding(connection: Connection) -> frozenset[str]:
    """The ids of the texts that bind."""
    return frozenset(name for name, each in names(connection).texts.items() if each.binding)


def _read(connection: Connection, edition: int) -> Names:
    bodies = connection.execute(select(organizations).order_by(organizations.c.slug))
    sources = connection.execute(select(texts).order_by(texts.c.signed_on, texts.c.id))
    try:
        return Names(
            edition,
            {
                slug: Organization(slug, Title.of(**name), part_of, renamed_at)
                for slug, name, part_of, renamed_at in bodies
            },
            {row.id: Text(*row) for row in sources},
        )
    except UNDECODABLE as fault:
        left_out("organizations and texts", fault)
        raise Unavailable("The names of organisations or texts cannot be read.") from fault


def add_organizations(connection: Connection, found: Iterable[Organization]) -> None:
    """Add organisations that are not there yet; a parent comes before its children."""
    rows = [
        {"slug": one.slug, "name": one.name.model_dump(), "part_of": one.part_of} for one in found
    ]
    if rows:
        connection.execute(insert(organizations), rows)
        _changed(connection)


def rename_organization(connection: Connection, one: Organization) -> None:
    """Give an organisation its new names. Its slug never changes: keys and addresses hold it."""
    renamed = update(organizations).where(organizations.c.slug == one.slug)
    connection.execute(renamed.values(name=one.name.model_dump(), renamed_at=one.renamed_at))
    _changed(connection)


def add_text(connection: Connection, one: Text) -> None:
    """Add a legal text."""
    connection.execute(insert(texts), asdict(one))
    _changed(connection)


def _changed(connection: Connection) -> None:
    connection.execute(update(editions).values(names=editions.c.names + 1))


def unknown(kind: str, wanted: Iterable[str], known: Iterable[str]) -> list[tuple[str, Unfit]]:
    """The kind and a refusal for each name that no organisation, or no text, has."""
    if not (asked := set(wanted)):
        return []
    every = tuple(known)
    absent = sorted(asked.difference(every))
    return [(kind, errors.unknown(kind, name, every, near(name, every))) for name in absent]
