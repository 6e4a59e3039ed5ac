"""What a list shows of an entry: its title, and where it holds the words sought. No markup."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.commitments import Commitment
from app.domain.passages import Bilingual, Highlights, Passage, marked

OTHER = {"fr": "en", "en": "fr"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A text in pieces; `language` where it is not the page’s."""

    passage: Passage
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """The title of an entry, and what else of it was met."""

    title: Shown
    others: tuple[Shown, ...] = ()


def shown(entry: Commitment, found: Mapping[str, Highlights], language: str) -> Matches:
    """An entry as a page in that language shows it."""
    highlights = found.get(entry.slug, Highlights())
    own = language if getattr(entry.title, language) else OTHER[language]
    plain = marked(getattr(entry.title, own) or "", ())
    title = getattr(highlights.title, own) or plain
    others = [
        *(one for one in _both(highlights.title, language) if one.passage != title),
        *_both(highlights.description, language)[:1],
        *map(Shown, highlights.keywords),
    ]
    return Matches(_shown(title, own, language), tuple(others))


def _both(texts: Bilingual, language: str) -> list[Shown]:
    """The passages there are, that in the page’s language first."""
    held = [(one, getattr(texts, one)) for one in (language, OTHER[language])]
    return [_shown(passage, one, language) for one, passage in held if passage]


def _shown(passage: Passage, own: str, language: str) -> Shown:
    return Shown(passage, None if own == language else own)
