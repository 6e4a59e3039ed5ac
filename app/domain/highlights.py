"""Texts in pieces: what was sought, apart from the rest. Knows no word, language or markup."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

Stretch = tuple[int, int]
"""Where something begins in a text, and where it has ended."""

WHOLE = 240
"""Up to so many letters a text is shown whole; of a longer one, what is around some matches."""
AROUND = 60
SOME = 4
CUT = "…"
_FIRST_SPACE = re.compile(r"\s")
_LAST_SPACE = re.compile(r"\s\S*\Z")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: something sought, or what stands between."""

    text: str
    match: bool


Passage = tuple[Piece, ...]
"""Pieces that follow each other, matches and the rest by turns."""


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The passage of a text in French and that in English; None where nothing was met."""

    fr: Passage | None = None
    en: Passage | None = None


@dataclass(frozen=True, slots=True)
class Highlights:
    """Where an entry holds what was sought; of its keywords, each that does."""

    title: Bilingual = Bilingual()
    description: Bilingual = Bilingual()
    keywords: tuple[Passage, ...] = ()


def marked(text: str, matches: Iterable[Stretch]) -> Passage:
    """A text in pieces, the matches apart; nothing of it is lost."""
    return _pieces(text, _joined(matches), (0, len(text)))


def excerpt(text: str, matches: Iterable[Stretch]) -> Passage:
    """What stands around the first matches, with CUT where something is left out."""
    joined = _joined(matches)
    if len(text) <= WHOLE:
        return _pieces(text, joined, (0, len(text)))
    pieces: list[Piece] = []
    end = 0
    for start, stop in _joined(_around(text, match) for match in joined[:SOME]):
        if start:
            pieces.append(Piece(f" {CUT} " if end else f"{CUT} ", match=False))
        pieces += _pieces(text, joined, (start, stop))
        end = stop
    if end < len(text):
        pieces.append(Piece(f" {CUT}", match=False))
    return tuple(
        Piece("".join(piece.text for piece in beside), match)
        for match, beside in groupby(pieces, lambda piece: piece.match)
    )


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """In order; those that overlap or touch as one."""
    joined: list[Stretch] = []
    for start, stop in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(stop, joined[-1][1])
        else:
            joined.append((start, stop))
    return joined


def _around(text: str, match: Stretch) -> Stretch:
    """A match and what stands beside it, in whole words where they end soon enough."""
    start, stop = max(0, match[0] - AROUND), min(len(text), match[1] + AROUND)
    if start and (space := _FIRST_SPACE.search(text, start, match[0])):
        start = space.end()
    if stop < len(text) and (space := _LAST_SPACE.search(text[:stop], match[1])):
        stop = space.start()
    return start, stop


def _pieces(text: str, matches: Iterable[Stretch], within: Stretch) -> Passage:
    at, end = within
    pieces: list[Piece] = []
    for start, stop in matches:
        if at <= start and stop <= end:
            pieces += [Piece(text[at:start], match=False), Piece(text[start:stop], match=True)]
            at = stop
    pieces.append(Piece(text[at:end], match=False))
    return tuple(piece for piece in pieces if piece.text)
