"""Which entry of the register each line of an official table is about, and what it says of it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any

from app.domain.commitments import Commitment
from app.domain.periods import Period, quarter_of
from app.domain.states import STARTED
from app.domain.values import SLUG, permanent_name, unaccented

UNMET = frozenset({"planned", "in_progress", "suspended"})
"""The states in which a deadline is awaited, so that its absence says something."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of an official table, as read.

    `row` is where it is in the file, `rank` its place in the table. An empty cell says nothing:
    then `dated` is false, or `state` None. `ministry` is the name of one, where there is a column.
    `label` is the state as written.
    """

    row: int
    rank: int
    title: str
    type: str
    announcement: str | None = None
    deadline: Period | None = None
    dated: bool = True
    state: str | None = None
    label: str = ""
    ministry: str | None = None


@dataclass(frozen=True, kw_only=True)
class Known:
    """An entry that the register holds: as it was on the table's day, if it was, and as it is."""

    on_that_day: Commitment | None
    newest: Commitment
    earlier: tuple[str, ...] = ()
    """Other titles that it bears, for one that was not there on the day."""

    @property
    def slug(self) -> str:
        return self.newest.slug

    @property
    def shown(self) -> Commitment:
        """As it was on the day, else as it is."""
        return self.on_that_day or self.newest

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset(map(title_key, self.titles))

    @property
    def titles(self) -> tuple[str, ...]:
        title = self.shown.described.title
        return tuple(each for each in (title.fr, title.en, *self.earlier) if each)


# Titles.

_SIGNS = "+#♯<>=≤≥%‰€$£"
"""The signs that tell one thing from another, as “C++” from “C” and “> 10 %” from “< 10 %”."""
_SEPARATORS = re.compile(rf"[^\w{_SIGNS}|]+|_")
_BETWEEN_NUMBERS = re.compile(rf"(?<=\d)(?:[^\w{_SIGNS}]+|_)(?=\d)")
_BETWEEN_ROMANS = re.compile(rf"\b([ivxlcdm]+)(?:[^\w{_SIGNS}]+|_)(?=[ivxlcdm]+\b)")
_TYPESET = re.compile(r"[\s'`\u00b4\u02bc\u2018\u2019\-\u2010-\u2015\u2212]+")


def title_key(title: str) -> str:
    """What a title is sought by: its letters, its numbers one by one, and its signs.

    “L. 111-13” is not “L. 1111-3”, “I-II” is not “III”, and “C” is not “C++”.
    """
    plain = _BETWEEN_ROMANS.sub(r"\1|", _BETWEEN_NUMBERS.sub("|", unaccented(title)))
    return _SEPARATORS.sub("", plain) or plain.strip()


def exact(title: str) -> str:
    """A title without what people typeset at will: case, accents, apostrophes, dashes, spaces."""
    return _TYPESET.sub("", unaccented(title))


def _counted(title: str) -> list[str]:
    """The numbers of a title in order, and its signs."""
    return re.findall(rf"\d+|[{_SIGNS}]", unaccented(title))


class Nearest:
    """The title that is most like another, by the letters that stand together in both."""

    MOST_SHARED = 50
    LEAST_ALIKE = 0.75

    def __init__(self, entries: Iterable[Commitment]) -> None:
        self.entries = list(entries)
        self.letters = [_threes(entry.described.title.within("fr")) for entry in self.entries]
        self.places: dict[str, list[int]] = {}
        for place, letters in enumerate(self.letters):
            for three in letters:
                self.places.setdefault(three, []).append(place)

    def to(self, title: str) -> Commitment | None:
        """The entry with the nearest title, if one is near."""
        letters = _threes(title)
        holders = (self.places.get(three, ()) for three in letters)
        telling = (place for some in holders if len(some) <= self.MOST_SHARED for place in some)
        likely = [place for place, _ in Counter(telling).most_common(3)]
        alike = [(_alike(letters, self.letters[place]), -place) for place in likely]
        most, place = max(alike, default=(0.0, 0))
        return self.entries[-place] if most >= self.LEAST_ALIKE else None


def _threes(title: str) -> frozenset[str]:
    letters = title_key(title)
    return frozenset(letters[place : place + 3] for place in range(max(len(letters) - 2, 0)))


def _alike(first: frozenset[str], second: frozenset[str]) -> float:
    return 2 * len(first & second) / (len(first) + len(second) or 1)


# Pairs.


@dataclass
class Pairing:
    """Which line is about which entry, by row; and the lines of which that cannot be decided.

    `repeats` are the lines that have a title once more, with the row of the first that has it.
    """

    known: dict[int, Known] = field(default_factory=dict)
    ambiguous: dict[int, tuple[Known, ...]] = field(default_factory=dict)
    repeats: dict[int, int] = field(default_factory=dict)


def pair(
    lines: Sequence[Line], known: Iterable[Known], belongs: Callable[[Line, Known], bool]
) -> Pairing:
    """Find the entry of each line by its title; where several bear it, by all that the line says.

    One whose title has changed since is found by the permanent name that the line’s would be given.
    `belongs`: whether an entry is of the ministry that the line names.
    """
    by_title: dict[str, list[Known]] = {}
    by_slug = {entry.slug: entry for entry in known}
    for entry in sorted(by_slug.values(), key=_order):
        for key in entry.keys:
            by_title.setdefault(key, []).append(entry)
    groups: dict[tuple[str, str | None], list[Line]] = {}
    for line in lines:
        groups.setdefault((title_key(line.title), line.ministry), []).append(line)
    pairing, taken = Pairing(), set[str]()
    for (key, _), group in groups.items():
        free = (entry for entry in by_title.get(key, ()) if entry.slug not in taken)
        _pair_group(group, [entry for entry in free if belongs(group[0], entry)], pairing)
        taken |= {pairing.known[line.row].slug for line in group if line.row in pairing.known}
    settled = {**pairing.known, **pairing.ambiguous, **pairing.repeats}
    for line in lines:
        name = "" if line.row in settled else permanent_name(line.title)
        same = by_slug.get(name) if len(name) < SLUG else None  # a name cut short names nothing
        counted = _counted(line.title)
        if (
            same
            and same.slug not in taken
            and belongs(line, same)
            and any(_counted(title) == counted for title in same.titles)
        ):
            pairing.known[line.row] = same
            taken.add(same.slug)
    return pairing


def _order(entry: Known) -> tuple[bool, int, str]:
    """What is public first, by rank, as lists have it; names break ties."""
    shown = entry.shown
    return shown.visibility != "public", 10**9 if shown.rank is None else shown.rank, entry.slug


def _pair_group(group: Sequence[Line], candidates: Sequence[Known], pairing: Pairing) -> None:
    """Pair the lines of one title with the entries of that title, the surest first."""
    lines = {line.row: line for line in group}
    for row, first in _repeated(group)[: max(len(group) - len(candidates), 0)]:
        pairing.repeats[row] = first
        del lines[row]
    if len(lines) == len(candidates) == 1:
        pairing.known[next(iter(lines))] = candidates[0]
        return
    for there in (True, False):  # an entry that was not there on the day comes second
        entries = {entry.slug: entry for entry in candidates if bool(entry.on_that_day) == there}
        _pair_surely(lines, entries, pairing)
        if lines and entries:
            pairing.ambiguous |= dict.fromkeys(lines, tuple(entries.values()))
            return
    seen: dict[str, int] = {}
    for line in group:
        first = seen.setdefault(line.type, line.row)
        if line.row in lines and first != line.row:
            pairing.repeats[line.row] = first


def _pair_surely(lines: dict[int, Line], entries: dict[str, Known], pairing: Pairing) -> None:
    """Take away the lines and entries that go together: alike, else alone of a rank or a type."""
    for agree in (_word_for_word, _same):
        for line in list(lines.values()):
            alike = next((entry for entry in entries.values() if agree(line, entry)), None)
            if alike:
                pairing.known[line.row] = alike
                del lines[line.row], entries[alike.slug]
    for names in (("type", "rank"), ("type",), ()):
        for row, entry in _certain(lines, entries, names):
            pairing.known[row] = entry
            del lines[row], entries[entry.slug]


def _repeated(group: Sequence[Line]) -> list[tuple[int, int]]:
    """The rows that say nothing but what a row before them says, each with that row."""
    firsts: dict[Any, int] = {}
    content = attrgetter("type", "announcement", "deadline", "dated", "state")
    rows = [(line.row, firsts.setdefault(content(line), line.row)) for line in group]
    return [(row, first) for row, first in rows if row != first]


def _certain(
    lines: Mapping[int, Line], entries: Mapping[str, Known], names: Sequence[str]
) -> list[tuple[int, Known]]:
    """The pairs that are alike in these, where neither of the two is like another."""
    fitting = {
        row: [
            entry
            for entry in entries.values()
            if all(getattr(line, name) == getattr(entry.shown, name) for name in names)
        ]
        for row, line in lines.items()
    }
    wanted = Counter(entry.slug for fits in fitting.values() for entry in fits)
    sure = ((row, fits[0]) for row, fits in fitting.items() if len(fits) == 1)
    return [(row, entry) for row, entry in sure if wanted[entry.slug] == 1]


def _word_for_word(line: Line, entry: Known) -> bool:
    title = entry.shown.described.title
    spelt = {" ".join(text.split()) for text in (title.fr, title.en) if text}
    return line.title in spelt and _same(line, entry)


def _same(line: Line, known: Known) -> bool:
    """Whether the line says what the register held on that day, no more and no less."""
    entry = known.on_that_day
    if entry is None or (line.type, line.announcement) != (entry.type, entry.announcement):
        return False
    stated = line.state in (None, entry.state)
    dated = not line.dated or (line.deadline is None) == (entry.deadline is None)
    return stated and dated and not differences(line, entry)


def differences(line: Line, entry: Commitment | None) -> dict[str, Any]:
    """The deadline and the state of the line, where they differ from what the register had."""
    values: dict[str, Any] = {}
    if line.dated and not (entry and _restates(line, entry)):
        values["deadline"] = line.deadline
    late = entry and line.state == "planned" and entry.state in STARTED
    if line.state and line.state != (entry and entry.state) and not late:
        values["state"] = line.state
    return values


def _restates(line: Line, entry: Commitment) -> bool:
    """Whether the deadline is the one announced before or in force, in any of its spellings.

    None says nothing of what is open, or given up.
    """
    if line.deadline is None:
        awaited = line.state is None or line.state in UNMET
        return entry.deadline is None or entry.first_opened is not None or not awaited
    periods = [due.period for due in (entry.announced_deadline, entry.deadline) if due]
    quarter = quarter_of(entry.deadline.period.end) if entry.deadline else None
    return line.deadline == quarter or line.deadline in periods
