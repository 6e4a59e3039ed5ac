"""How words are compared: told apart, folded, stemmed. Knows no table and no record.

Both engines are handed what is made here: neither splits, folds nor stems by itself.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from app.domain import beside

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
    for run in _RUN.finditer(text):
        if not _word(run[0]).plain:
            continue  # an accent of its own, for one, is no word
        if unit and text[unit[-1].end() : run.start()] not in _JOINTS:
            yield unit
            unit = []
        unit.append(run)
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
    spelt = unicodedata.normalize("NFC", "".join(c for c in run if not _is_format(c))).lower()
    from snowballstemmer import stemmer  # noqa: PLC0415 it loads the stemmers of forty languages

    french = stemmer("french")  # it holds the word it is at: none is shared between threads
    stems = {_folded(french.stemWord(form))[:LONGEST] for form in (plain, spelt[:LONGEST])}
    return Word(plain, frozenset(f"{STEM}{stem}" for stem in stems))


def _folded(text: str) -> str:
    """Letters and digits alone: without case, accents, ligatures or width."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(_digit(c) for c in plain.translate(_LETTERS) if c.isalnum())


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)


def _is_format(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf"


@cache
def _synonyms() -> dict[str, tuple[Term, ...]]:
    texts = beside(__file__, "synonyms.toml")
    return {_folded(name): meant(words) for name, words in texts.items()}
