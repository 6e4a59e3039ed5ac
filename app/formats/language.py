"""What a person reads, in a language: sentences, numbers, terms. Knows no record.

English sentences are the keys of a gettext catalogue; `app/locale/fr.po` holds their French, read
once at start. `tests/formats/test_language.py` holds the sentences of the code equal to its keys.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from app.domain import beside
from app.domain.errors import Word
from app.domain.periods import period_of, spell
from app.domain.search import LANGUAGES
from app.domain.states import STATES
from app.domain.values import Words

FOLDER = Path(__file__).resolve().parent.parent / "locale"
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}
_NARROW = re.compile(r" (?=[;?!%](?:\W|$))|(?<=\d) (?=\d{3}(?!\d))")
_WIDE = re.compile(r"(?<=«) | (?=»|:(?:\s|$))")


def typeset(text: str) -> str:
    """French with spaces that do not break a line: before « : ; ? ! % », in numbers, inside « »."""
    return _WIDE.sub("\u00a0", _NARROW.sub("\u202f", text))


def _catalogue(language: str) -> NullTranslations:
    """The sentences of a language, in its typography. English has none: it is the key."""
    file = FOLDER / f"{language}.po"
    if not file.exists():
        return NullTranslations()
    sentences, compiled = read_po(BytesIO(file.read_bytes()), locale=language), BytesIO()
    for message in sentences:
        if isinstance(message.string, tuple):  # singular and plural
            message.string = tuple(typeset(str(form)) for form in message.string)
        else:
            message.string = typeset(str(message.string))
    write_mo(compiled, sentences)
    compiled.seek(0)
    return GNUTranslations(compiled)


_CATALOGUES = {language: _catalogue(language) for language in LANGUAGES}


def say(language: str, sentence: str, /, *, context: str = "", **facts: Any) -> str:
    """A sentence in a language, with its facts.

    `context` is where the same English has another French: “Available” is “Réalisé” of an action.
    A sentence that has no French for the context has that of everywhere else.
    """
    return _filled(language, _words(language, sentence, context), facts)


@lru_cache(maxsize=4096)
def _words(language: str, sentence: str, context: str) -> str:
    if not sentence:  # gettext keeps the head of the file under the empty key
        return ""
    catalogue = _CATALOGUES[language]
    words = catalogue.pgettext(context, sentence) if context else sentence
    return catalogue.gettext(sentence) if words == sentence else words


def count(language: str, singular: str, plural: str, n: int, /, **facts: Any) -> str:
    """A sentence about that many: French says “0 jour”, English “0 days”. `{n}` is the number."""
    words = _CATALOGUES[language].ngettext(singular, plural, abs(n))
    return _filled(language, words, {"n": number(language, n), **facts})


@cache
def bilingual(sentence: str, /, *, context: str = "") -> Words:
    """A sentence in both languages, for documents that carry both."""
    return Words.of(*(say(language, sentence, context=context) for language in LANGUAGES))


AMOUNTS = ("n", "least", "most")
"""The facts that are so many of something: years, rows and positions are not."""


def _filled(language: str, words: str, facts: dict[str, Any]) -> str:
    """The facts in their places; several are listed with commas, and words are translated."""

    def spelt(name: str, fact: Any) -> Any:
        if type(fact) is str:
            return fact
        if isinstance(fact, Word):
            return say(language, fact)
        if name in AMOUNTS and isinstance(fact, int):
            return number(language, fact)
        if isinstance(fact, date) and language == "fr":  # English has it as it is sent
            return spell(period_of(fact), language)
        return ", ".join(map(str, fact)) if isinstance(fact, list | tuple | set) else fact

    return words.format_map({name: spelt(name, facts[name]) for name in facts}) if facts else words


@lru_cache(maxsize=4096)
def number(language: str, value: int) -> str:
    """A whole number with the separators of the language: “1 188”, “1,188”."""
    return format_decimal(value, locale=_LOCALES[language])


# The language that a reader asks for.

_QUALITY = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)


def weighted(header: str) -> Iterator[tuple[str, float]]:
    """(value, quality) of each value of a header whose quality is well-formed (RFC 9110, 12.4)."""
    for value in header.split(","):
        name, *parameters = (part.strip(" \t") for part in value.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        weight = next((weight for key, _, weight in pairs if key.lower() == "q"), "1")
        if _QUALITY.fullmatch(weight):
            yield name.lower(), float(weight)


def preferred(accept: str | None, usual: str = "fr") -> str:
    """The language that an `Accept-Language` wants more; of equal ones the usual one."""
    weights = dict.fromkeys(LANGUAGES, 0.0)
    for tag, quality in weighted(accept or ""):
        name = tag.partition("-")[0]
        if name in weights:
            weights[name] = max(weights[name], quality)
    return max(weights, key=lambda name: (weights[name], name == usual))


# The terms of the public vocabularies.


class Term(NamedTuple):
    """A word that records use as a key, and what it means."""

    label: str
    meaning: str


_TEXTS = beside(__file__)
TERMS: Mapping[str, Mapping[str, Term]] = {
    "states": {key: Term(row.label, row.meaning) for key, row in STATES.items()},
    **{name: {key: Term(*row) for key, row in terms.items()} for name, terms in _TEXTS.items()},
}
"""The public vocabularies, by name and key."""
