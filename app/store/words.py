"""What entries say in words: compared, kept as rows, sought in SQL, marked in records.

Both engines are handed the words that are made here: neither splits, folds nor stems by itself.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from app.domain import beside
from app.domain.claims import DEADLINE, Description
from app.domain.commitments import Commitment
from app.domain.references import Text
from app.domain.search import Bilingual, Highlights, Passage, Stretch, excerpt, marked
from app.domain.values import JURISDICTIONS, Words
from app.store.database import Connection, add, among, run, scalar
from app.store.tables import wordings as table

LONGEST = 100
"""The letters of a word that count."""
STEM = "="
"""Stands before a stem, so that it is never taken for a word as it is written."""

_LETTERS_LIKE_APOSTROPHES = "\u02b9\u02bb\u02bc"
_APOSTROPHES = "'’\u2018\u2032\uff07\u00b4`" + _LETTERS_LIKE_APOSTROPHES
_JOINTS = frozenset(_APOSTROPHES + "-\u2010\u2011–._\u00b7\u2022\u2027")
"""What ties words to one another: “prud’hommes”, “C.N.I.L.” are one word besides."""
_MARKS = (
    "\u00ad\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d"
    "\u2060\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
)
"""What stands within a word and is not looked at: accents apart from their letter, soft hyphens."""
_RUN = re.compile(rf"(?:[^\W_{_LETTERS_LIKE_APOSTROPHES}][{_MARKS}]*)+")
_ORDINAL = re.compile(r"(\d+)(?:i?emes?|eres?|ers?|res?|es?|ndes?|nds?)", re.ASCII)
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "\u0131": "i"})

ELIDED = frozenset(re.findall(r"\w+", "c d j l m n s t qu jusqu lorsqu puisqu quoiqu"))
"""What an apostrophe ties to the word after it without making one word of the two."""

FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a ai au aux avec ce ces cet cette d dans de des dont du elle elles en et eux il ils j je l
        la le les leur leurs lui m ma mes mon n ne nos notre nous on ont ou par pas pour qu que qui
        s sa sans se ses son sont sur t ta te tes ton tu un une vos votre vous y
        an and are as at by for from in is it its of or that the this to with
        """,
    )
)
"""Words that say nothing of a subject, folded. They are indexed, and not asked for."""

_ENDINGS = ("e", "x", "n", "on", "ion", "r", "ur", "ce", "ice", "rice")
"""How a word may go on to another form of the same: “municipau”, “régulatio”, “régulatr”."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared: folded, and its stems, each behind STEM."""

    plain: str
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a word stands in a text."""

    start: int
    end: int
    word: Word


@dataclass(frozen=True, slots=True)
class Term:
    """A word asked for: one with any of these stems will do, or one that begins so."""

    stems: frozenset[str]
    beginnings: tuple[str, ...] = ()

    def met_by(self, word: Word) -> bool:
        """Whether a word is one that is asked for."""
        return word.plain.startswith(self.beginnings) or not self.stems.isdisjoint(word.stems)


Sought = tuple[tuple[tuple[Term, ...], ...], ...]
"""All of these, each in one of several ways, each way all of its terms."""


def spots(text: str) -> Iterator[Spot]:
    """Every word of a text where it stands; of words tied to one another, the whole besides."""
    for unit in _units(text):
        yield from (Spot(run.start(), run.end(), _word(run[0])) for run in unit)
        tied = _bare(unit)
        if len(tied) > 1:
            yield Spot(tied[0].start(), tied[-1].end(), _whole(tied))


def tokens(texts: Iterable[str]) -> frozenset[str]:
    """All that these texts are found by."""
    words = {spot.word for text in texts for spot in spots(text)}
    return frozenset(token for word in words for token in (word.plain, *word.stems))


def sought(query: str) -> Sought:
    """What a query asks for; nothing if it holds no word.

    Its last word may be unfinished, unless a space follows. Function words are not asked for,
    unless there is nothing else: then the last one is.
    """
    units = [_bare(unit) for unit in _units(query)]
    unfinished = units[-1] if units and not query[-1].isspace() else None
    asked = [unit for unit in units if not _is_function_word(unit)] or units[-1:]
    return tuple(dict.fromkeys(_ways(unit, whole=unit is not unfinished) for unit in asked))


def meant(text: str) -> tuple[Term, ...]:
    """The whole words of a text, but for function words."""
    units = [_bare(unit) for unit in _units(text)]
    return tuple(Term(_whole(unit).stems) for unit in units if not _is_function_word(unit))


def any_word(asked: Sought) -> Term:
    """Any word that is asked for, in whichever way."""
    terms = [term for ways in asked for way in ways for term in way]
    stems = frozenset[str]().union(*(term.stems for term in terms))
    return Term(stems, tuple(begun for term in terms for begun in term.beginnings))


def _units(text: str) -> Iterator[list[re.Match[str]]]:
    """The runs of letters and digits, those that are tied to one another together."""
    unit: list[re.Match[str]] = []
    for match in _RUN.finditer(text):
        if not _word(match[0]).plain:
            continue  # an accent of its own, for one, is no word
        if unit and text[unit[-1].end() : match.start()] not in _JOINTS:
            yield unit
            unit = []
        unit.append(match)
    if unit:
        yield unit


def _bare(unit: list[re.Match[str]]) -> list[re.Match[str]]:
    """Without the elided words before it: “l’appel” is “appel”."""
    first, *others = unit
    joint = first.string[first.end() : first.end() + 1]
    elided = others and joint in _APOSTROPHES and _word(first[0]).plain in ELIDED
    return _bare(others) if elided else unit


def _is_function_word(unit: list[re.Match[str]]) -> bool:
    return len(unit) == 1 and _word(unit[0][0]).plain in FUNCTION_WORDS


def _ways(unit: list[re.Match[str]], *, whole: bool) -> tuple[tuple[Term, ...], ...]:
    """Each word of the unit, or all of them written as one."""
    *others, last = (_word(run[0]) for run in unit)
    each = (*(Term(word.stems) for word in others), _term(last, whole=whole))
    ways = (each, (_term(_whole(unit), whole=whole),)) if others else (each,)
    synonyms = _synonyms().get(_whole(unit).plain)
    return (*ways, synonyms) if synonyms else ways


def _term(word: Word, *, whole: bool) -> Term:
    if whole:
        return Term(word.stems)
    further = {stem for ending in _ENDINGS for stem in _word(word.plain + ending).stems}
    others = {stem for stem in further if not stem.startswith(STEM + word.plain)}
    return Term(word.stems | others, (word.plain,))


def _whole(unit: list[re.Match[str]]) -> Word:
    return _word("".join(run[0] for run in unit))


@lru_cache(maxsize=50_000)
def _word(run: str) -> Word:
    """A run of letters and digits as it is compared. Accents help to stem, and are not needed."""
    plain = _folded(run)[:LONGEST]
    if ordinal := _ORDINAL.fullmatch(plain):
        return Word(plain, frozenset({f"{STEM}{ordinal[1]}e"}))
    letters = "".join(c for c in run if unicodedata.category(c) != "Cf")
    spelt = unicodedata.normalize("NFC", letters).lower()
    from snowballstemmer import stemmer  # noqa: PLC0415 it loads the stemmers of forty languages

    french = stemmer("french")  # it holds the word it is at: none is shared between threads
    stems = {_folded(french.stemWord(form))[:LONGEST] for form in (plain, spelt[:LONGEST])}
    return Word(plain, frozenset(f"{STEM}{stem}" for stem in stems))


def _folded(text: str) -> str:
    """Letters and digits alone: without case, accents, ligatures or width."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(str(unicodedata.decimal(c, c)) for c in plain.translate(_LETTERS) if c.isalnum())


@cache
def _synonyms() -> dict[str, tuple[Term, ...]]:
    texts = beside(__file__, "synonyms.toml")
    return {_folded(name): meant(words) for name, words in texts.items()}


# Rows, and how each engine seeks them

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


def phrases(described: Description) -> list[str]:
    """What is said in words: titles and description, keywords, and whose decisions they are."""
    bilingual = (described.title, described.short_title, described.description)
    texts = [text for words in bilingual for text in (words.fr, words.en) if text]
    courts: tuple[str, ...] = ()
    if code := described.jurisdiction:
        courts = ("Judilibre", code, JURISDICTIONS.get(code, code))
    return [*texts, *described.keywords, *courts]


@lru_cache(1_000)
def words(described: Description) -> frozenset[str]:
    """What an entry is found by that is described so."""
    return tokens(phrases(described))


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
        key = entry.slug, described, words(entry.described)
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
