"""What entries say in words: kept as rows, sought in SQL, marked in records.

Knows the index of words that each engine has; what a word is, `spelling.py` knows.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    cast,
    column,
    delete,
    false,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy import table as outside
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.exc import DatabaseError, OperationalError

from app.domain.commitments import Commitment
from app.domain.passages import Bilingual, Highlights, Passage, Stretch, excerpt, marked
from app.domain.values import Words
from app.store.rows import A_BATCH, decoded
from app.store.spelling import Sought, Term, any_word, sought, spots, tokens
from app.store.tables import commitments
from app.store.tables import wordings as table

FTS5 = outside("wordings_index", column("rowid"), column("wordings_index"))
"""The index of SQLite: a table, with a column of its own name to be matched, or told a command."""
_SPELLINGS = {
    "sqlite": (" AND ", " OR ", '"{}"', '"{}"*'),
    "postgresql": (" & ", " | ", "'{}'", "'{}':*"),
}
"""How each engine spells all of these, any of these, a token, and the beginning of one."""
MANY = 5_000
"""So many wordings are not worth being looked up one by one."""
Cut = Callable[[str, Iterable[Stretch]], Passage]


# Rows


def keep(connection: Connection, spans: Sequence[Commitment]) -> list[int]:
    """The row of each span’s wording, for spans of one entry; made where there is none."""
    slug, wanted = spans[0].slug, [_tokens(span) for span in spans]
    rows = connection.execute(select(table.c.words, table.c.id).where(table.c.slug == slug))
    held: dict[frozenset[str], int] = {row.words: row.id for row in rows}
    for words in dict.fromkeys(wanted):
        if words not in held:
            held[words] = _added(connection, slug, words)
    return [held[words] for words in wanted]


def _added(connection: Connection, slug: str, words: frozenset[str]) -> int:
    """A new row, numbered after the last: there is one writer at a time, and FTS5 likes order."""
    number = func.coalesce(func.max(table.c.id), 0) + 1
    row = select(number, literal(slug), cast(words, table.c.words.type)).select_from(table)
    adding = insert(table).from_select(["id", "slug", "words"], row).returning(table.c.id)
    return int(connection.scalars(adding).one())


def forget(connection: Connection, slug: str) -> None:
    """Drop what no row of an entry says any more."""
    used = select(commitments.c.by_wording).where(
        commitments.c.slug == slug, commitments.c.by_wording.is_not(None)
    )
    connection.execute(delete(table).where(table.c.slug == slug, table.c.id.not_in(used)))


def reindex(connection: Connection) -> None:
    """Make the index of SQLite anew from the rows; that of PostgreSQL is one of its own."""
    _command(connection, "rebuild")


def purge(connection: Connection) -> None:
    """Drop from the file what SQLite only marked as gone from its index."""
    _command(connection, "optimize")


def unlike_their_rows(connection: Connection) -> Iterator[str]:
    """Entries that are found by other words than they say, each once."""
    said = commitments.c.slug, commitments.c.described
    query = select(*said, table.c.words).join_from(
        commitments, table, commitments.c.by_wording == table.c.id, isouter=True
    )
    named = ""
    query = query.order_by("slug").execution_options(yield_per=A_BATCH)
    for slug, same in decoded(connection, query, lambda row: (row.slug, row.words == _tokens(row))):
        if slug != named and not same:
            yield (named := slug)


def is_sound(connection: Connection) -> bool:
    """Whether the index is what the rows say, and every row is an entry’s.

    To be asked first in a transaction: FTS5 takes the question for a writing, though none is.
    """
    try:
        _command(connection, "integrity-check")
    except OperationalError:
        raise
    except DatabaseError:
        return False
    used = select(commitments.c.by_wording).where(commitments.c.by_wording.is_not(None))
    unsaid = select(table.c.id).where(table.c.id.not_in(used)).limit(1)
    return connection.scalar(unsaid) is None


def _command(connection: Connection, name: str) -> None:
    if connection.dialect.name == "sqlite":
        told = text("INSERT INTO wordings_index (wordings_index, rank) VALUES (:name, 1)")
        connection.execute(told, {"name": name})


def _tokens(entry: Any) -> frozenset[str]:
    """What an entry is found by: its title, its description and its keywords."""
    texts = (
        entry.described.title.fr,
        entry.described.title.en,
        entry.described.description.fr,
        entry.described.description.en,
    )
    return tokens(told for told in (*texts, *entry.described.keywords) if told)


# Search


def holding(connection: Connection, query: str) -> ColumnElement[bool]:
    """The entries that say all that a query asks for; none if it asks for no word.

    What is said seldom is looked up; what is said often, met in the order of the list.
    """
    asked = sought(query)
    if not asked:
        return false()
    found = _found(asked, connection.dialect.name)
    some = select(func.count()).select_from(found.limit(MANY).subquery())
    if (connection.scalar(some) or 0) < MANY:
        return commitments.c.by_wording.in_(found)
    return (commitments.c.by_wording + 0).in_(found)  # a sum has no index: that of the list leads


def _found(asked: Sought, engine: str) -> Select[Any]:
    spelt = _spelt(asked, *_SPELLINGS[engine])
    if engine == "sqlite":
        return select(FTS5.c.rowid).where(FTS5.c.wordings_index.op("MATCH")(spelt))
    return select(table.c.id).where(table.c.words.op("@@")(cast(spelt, TSQUERY)))


def _spelt(asked: Sought, every: str, some: str, whole: str, begun: str) -> str:
    """What is asked for, in the language of an engine. No token holds a sign of either."""

    def joined(joint: str, parts: Iterable[str]) -> str:
        return f"({joint.join(parts)})"

    def term(one: Term) -> str:
        ways = map(whole.format, sorted(one.stems))
        return joined(some, [*ways, *map(begun.format, one.beginnings)])

    def each(way: Iterable[Term]) -> str:
        return joined(every, map(term, way))

    return joined(every, (joined(some, map(each, ways)) for ways in asked))


# Highlights


def highlights(entries: Iterable[Commitment], query: str) -> dict[str, Highlights]:
    """Where each of these entries says what a query asks for, by slug; nothing without one."""
    asked = sought(query)
    wanted = any_word(asked)
    return {entry.slug: _highlights(entry, wanted) for entry in entries if asked}


def _highlights(entry: Commitment, asked: Term) -> Highlights:
    def passage(told: str | None, cut: Cut) -> Passage | None:
        found = [(spot.start, spot.end) for spot in spots(told or "") if asked.met_by(spot.word)]
        return cut(told, found) if told and found else None

    def bilingual(words: Words, cut: Cut) -> Bilingual:
        return Bilingual(passage(words.fr, cut), passage(words.en, cut))

    keywords = (passage(keyword, marked) for keyword in entry.described.keywords)
    return Highlights(
        bilingual(entry.described.title, marked),
        bilingual(entry.described.description, excerpt),
        tuple(keyword for keyword in keywords if keyword),
    )
