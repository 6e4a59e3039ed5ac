"""What entries say in words: kept as rows, sought in SQL, marked in records.

Knows the index of words that each engine has; what a word is, `spelling.py` knows.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

from app.domain.claims import DEADLINE
from app.domain.commitments import Commitment
from app.domain.references import Text
from app.domain.search import Bilingual, Highlights, Passage, Stretch, excerpt, marked
from app.domain.values import JURISDICTIONS, Words
from app.store.database import Connection, add, among, run, scalar
from app.store.spelling import Sought, Term, any_word, meant, sought, spots, tokens
from app.store.tables import wordings as table

_SPELLINGS = {
    "sqlite": (" AND ", " OR ", '"{}"', '"{}"*'),
    "postgresql": (" & ", " | ", "'{}'", "'{}':*"),
    "row": (
        *(" AND ", " OR "),
        *("instr(' ' || words || ' ', ' {} ')", "instr(' ' || words, ' {}')"),
    ),
}
"""How each engine spells all of these, any of these, a token, and the beginning of one."""
Cut = Callable[[str, Iterable[Stretch]], Passage]


# Rows


Phrases = tuple[Words, Words, Words, tuple[str, ...]]


def phrases(entry: Commitment) -> Phrases:
    """What an entry says in words: titles and description, keywords, and whose decisions it has."""
    described = entry.described
    courts: tuple[str, ...] = ()
    if code := described.jurisdiction:
        courts = ("Judilibre", code, JURISDICTIONS.get(code, code))
    others = (*described.keywords, *courts)
    return described.title, described.short_title, described.description, others


@lru_cache(1_000)
def _tokens(phrases: Phrases) -> frozenset[str]:
    """What is found by what is said."""
    *texts, others = phrases
    both = (text for each in texts for text in (each.fr, each.en) if text)
    return tokens((*both, *others))


def words(entry: Commitment) -> frozenset[str]:
    """What an entry is found by."""
    return _tokens(phrases(entry))


Wording = tuple[str, str, frozenset[str]]
"""An entry, what is described of it as JSON, and what it is found by."""


def numbers(connection: Connection, entries: Sequence[tuple[Commitment, str]]) -> list[int]:
    """The row of each entry’s wording, made where there is none. Each with what is described."""
    stored = rows(
        connection, {entry.slug for entry, _ in entries}, {described for _, described in entries}
    )
    known = {wording: number for number, wording in stored.items()}
    # Numbered after the last: there is one writer at a time, and FTS5 likes order.
    last = scalar(connection, "SELECT max(id) FROM wordings") if entries else 0
    new: list[tuple[int, str, str, str]] = []
    mark = "'" if connection.dialect.name == "postgresql" else ""
    numbers: list[int] = []
    for entry, described in entries:
        key = entry.slug, described, words(entry)
        if key not in known:
            known[key] = (last or 0) + len(new) + 1
            spelt = " ".join(f"{mark}{token}{mark}" for token in sorted(key[2]))
            new.append((known[key], entry.slug, spelt, described))
        numbers.append(known[key])
    add(connection, table, ("id", "slug", "words", "described"), new)
    return numbers


def rows(
    connection: Connection, slugs: Collection[str], described: Collection[str] = ()
) -> dict[int, Wording]:
    """The wordings of these entries, or those by which they are described so, by number."""
    narrowed = f" AND {among(connection, 'described', 'described')}" if described else ""
    query = f"""SELECT id, slug, described, words FROM wordings
        WHERE {among(connection, "slug", "slugs")}{narrowed}"""
    bound = {"slugs": sorted(slugs), "described": sorted(described)}
    return {
        number: (slug, described, frozenset(words.replace("'", "").split()))
        for number, slug, described, words in (run(connection, query, bound) if slugs else ())
    }


def forget(connection: Connection, slugs: Sequence[str]) -> None:
    """Drop what no row of these entries says any more."""
    own = among(connection, "slug", "slugs")
    gone = f"{own} AND id NOT IN (SELECT wording FROM spans WHERE {own})"
    run(connection, f"DELETE FROM wordings WHERE {gone}", {"slugs": [*slugs]})


def tend(connection: Connection, order: str) -> None:
    """Run a command of SQLite’s full-text index; that of PostgreSQL needs none.

    `rebuild` makes it anew from the rows, `optimize` drops from the file what is marked as gone.
    """
    if connection.dialect.name == "sqlite":
        values = {"order": order}
        run(
            connection,
            "INSERT INTO wordings_index (wordings_index, rank) VALUES (:order, 1)",
            values,
        )


def is_sound(connection: Connection) -> bool:
    """Whether the index is what the rows say, and every row is an entry’s.

    To be asked first in a transaction: FTS5 takes the question for a writing, though none is.
    """
    try:
        tend(connection, "integrity-check")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return False
    unsaid = "SELECT id FROM wordings WHERE id NOT IN (SELECT wording FROM spans) LIMIT 1"
    return scalar(connection, unsaid) is None


# Search


def holding(engine: str, query: str, *, often: bool) -> tuple[str, str | None]:
    """The rows `s` of entries that say all that a query asks for, in SQL, and what `:q` is in it.

    None of them if it asks for no word. What is said seldom is looked up; what is said `often` is
    met row by row, in the order of the list.
    """
    if not (asked := sought(query)):
        return "1 = 0", None
    spelt = _spelt(asked, *_SPELLINGS[engine])
    if not often:
        return f"s.wording IN ({_FOUND[engine]})", spelt
    # FTS5 would gather all that begins so, again for each row.
    met = (
        _spelt(asked, *_SPELLINGS["row"]) if engine == "sqlite" else "words @@ CAST(:q AS tsquery)"
    )
    says = f"EXISTS (SELECT 1 FROM wordings WHERE id = s.wording AND {met})"
    return says, None if engine == "sqlite" else spelt


_titled = lru_cache(10_000)(lambda title: tokens([title]))


def titled(texts: Iterable[Text], query: str) -> list[str]:
    """The ids of the texts whose title has all the words of a query, each of them whole."""
    wanted = [term.stems for term in meant(query)]
    return [
        each.id for each in texts if wanted and all(map(_titled(each.title).intersection, wanted))
    ]


def moved(connection: Connection) -> str:
    """The rows `s` of entries to which a text of `:titled` gave a deadline, in SQL."""
    return f"""s.slug IN (SELECT commitment FROM events WHERE {among(connection, "text", "titled")}
        AND kind = '{DEADLINE}' AND visibility = 'public'
        AND counts_from <= :known AND position <= :until)"""


_FOUND = {
    "sqlite": "SELECT rowid FROM wordings_index WHERE wordings_index MATCH :q",
    "postgresql": "SELECT id FROM wordings WHERE words @@ CAST(:q AS tsquery)",
}


def _spelt(asked: Sought, every: str, some: str, whole: str, begun: str) -> str:
    """What is asked for, in the language of an engine. No token holds a sign of either."""

    def joined(joint: str, parts: Iterable[str]) -> str:
        return f"({joint.join(parts)})"

    def term(asked: Term) -> str:
        ways = map(whole.format, sorted(asked.stems))
        return joined(some, [*ways, *map(begun.format, asked.beginnings)])

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
    def passage(text: str | None, cut: Cut) -> Passage | None:
        met = [(spot.start, spot.end) for spot in spots(text or "") if asked.met_by(spot.word)]
        return cut(text, met) if text and met else None

    def bilingual(words: Words, cut: Cut) -> Bilingual:
        return Bilingual(passage(words.fr, cut), passage(words.en, cut))

    keywords = (passage(keyword, marked) for keyword in entry.described.keywords)
    return Highlights(
        bilingual(entry.described.title, marked),
        bilingual(entry.described.description, excerpt),
        tuple(keyword for keyword in keywords if keyword),
    )
