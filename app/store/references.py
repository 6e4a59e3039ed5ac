"""Organisations and legal texts, as rows."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select, update

from app.domain.errors import Unfit
from app.domain.errors import unknown as unknown_name
from app.domain.references import Organization, Text
from app.domain.values import near
from app.store.tables import organizations, texts


def find_organizations(
    connection: Connection, slugs: Iterable[str] | None = None
) -> dict[str, Organization]:
    """The organisations by slug: all, or those named that exist."""
    query = select(organizations).order_by(organizations.c.slug)
    if slugs is not None:
        query = query.where(organizations.c.slug.in_(sorted(set(slugs))))
    return {row.slug: Organization(*row) for row in connection.execute(query)}


def find_texts(connection: Connection, ids: Iterable[str] | None = None) -> dict[str, Text]:
    """The legal texts by id, oldest first: all, or those named that exist."""
    query = select(texts).order_by(texts.c.signed_on, texts.c.id)
    if ids is not None:
        query = query.where(texts.c.id.in_(sorted(set(ids))))
    return {row.id: Text(*row) for row in connection.execute(query)}


def add_organizations(connection: Connection, found: Iterable[Organization]) -> None:
    """Add organisations that are not there yet; a parent comes before its children."""
    for one in found:
        connection.execute(
            insert(organizations).values(slug=one.slug, name=one.name, part_of=one.part_of)
        )


def rename_organization(connection: Connection, one: Organization) -> None:
    """Give an organisation its new names. Its slug never changes: keys and addresses hold it."""
    connection.execute(
        update(organizations)
        .where(organizations.c.slug == one.slug)
        .values(name=one.name, renamed_at=one.renamed_at)
    )


def add_text(connection: Connection, text: Text) -> None:
    """Add a legal text."""
    connection.execute(
        insert(texts).values(
            id=text.id,
            title=text.title,
            nor=text.nor,
            signed_on=text.signed_on,
            published_on=text.published_on,
        )
    )


def unknown(connection: Connection, kind: str, names: Iterable[str]) -> list[tuple[str, Unfit]]:
    """The kind and a refusal for each name that no organisation, or no text, has."""
    wanted = set(names)
    find = find_texts if kind == "text" else find_organizations
    absent = wanted - find(connection, wanted).keys() if wanted else set()
    every = tuple(find(connection)) if absent else ()
    return [(kind, unknown_name(kind, name, every, near(name, every))) for name in sorted(absent)]
