"""Which entry a line of an official table is about: by title, ministry and rank. No claims."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

from app.domain.commitments import Commitment
from app.domain.periods import Period, quarter_of
from app.domain.references import Organization
from app.domain.states import STARTED
from app.domain.values import sort_key

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

    @cached_property
    def key(self) -> str:
        """What its title is sought by."""
        return folded(self.title)


@dataclass(frozen=True, kw_only=True)
class Known:
    """An entry that the register holds: as it was on the table's day, if it was, and as it is."""

    here: Commitment | None
    newest: Commitment
    earlier: tuple[str, ...] = ()
    """Other titles that it bears, for one that was not there on the day."""

    @property
    def slug(self) -> str:
        """Its permanent name."""
        return self.newest.slug

    @property
    def shown(self) -> Commitment:
        """As it was on the day, else as it is."""
        return self.here or self.newest

    @cached_property
    def keys(self) -> frozenset[str]:
        """What it is sought by: its titles without apostrophes, spaces, accents or case."""
        title = self.shown.described.title
        titles = (title.fr, title.en, *self.earlier)
        return frozenset(folded(each) for each in titles if each)


@dataclass
class Pairing:
    """Which line is about which entry, by row; and the lines of which that cannot be decided.

    `repeats` are the lines that have a title once more, with the row of the first that has it.
    """

    known: dict[int, Known] = field(default_factory=dict)
    ambiguous: dict[int, tuple[Known, ...]] = field(default_factory=dict)
    repeats: dict[int, int] = field(default_factory=dict)

    @property
    def slugs(self) -> set[str]:
        """The entries that some line is about, or may be."""
        paired = (*self.known.values(), *chain.from_iterable(self.ambiguous.values()))
        return {entry.slug for entry in paired}

    def __contains__(self, row: int) -> bool:
        return row in self.known or row in self.ambiguous or row in self.repeats


Belongs = Callable[[Line, Known], bool]
"""Whether an entry may be what a line is about."""


def folded(text: str) -> str:
    """A text by its letters and digits alone: how it is typeset and cut does not matter."""
    return sort_key(text).replace(" ", "") or text.strip()


def organization_named(name: str, known: Mapping[str, Organization]) -> str | None:
    """The organisation of that name, in French or English, by its slug, or short: “Justice”."""
    wanted, bare = folded(name), _short(name)
    rows = known.values()
    exact = [
        row.slug
        for row in rows
        if wanted in {folded(text) for text in (row.slug, row.name.fr, row.name.en) if text}
    ]
    short = [row.slug for row in rows if bare and bare == _short(row.name.fr or "")]
    slugs = exact or short
    return slugs[0] if len(slugs) == 1 else None


def _short(name: str) -> str:
    """The name of a ministry without that word: “la Justice” and “Justice” are one."""
    words = [word for word in sort_key(name).split() if word not in _ARTICLES]
    return "".join(words[1:] if words[:1] in (["ministere"], ["ministeres"]) else words)


_ARTICLES = {"de", "du", "des", "d", "la", "le", "les", "l"}


def pair(
    lines: Sequence[Line], known: Iterable[Known], belongs: Belongs, named: Callable[[str], str]
) -> Pairing:
    """Find the entry of each line by its title; where several bear it, by all that the line says.

    `belongs`: whether an entry is of the ministry that the line names. `named`: the permanent name
    that a title would be given, by which an entry is found whose title has changed since.
    """
    by_title: dict[str, list[Known]] = {}
    by_slug = {entry.slug: entry for entry in known}
    for entry in sorted(by_slug.values(), key=_order):
        for key in entry.keys:
            by_title.setdefault(key, []).append(entry)
    groups: dict[tuple[str, str | None], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.key, line.ministry), []).append(line)
    pairing, taken = Pairing(), set[str]()
    for (key, _), group in groups.items():
        free = (entry for entry in by_title.get(key, ()) if entry.slug not in taken)
        _pair_group(group, [entry for entry in free if belongs(group[0], entry)], pairing)
        taken |= {pairing.known[line.row].slug for line in group if line.row in pairing.known}
    for line in lines:
        same = None if line.row in pairing else by_slug.get(named(line.title))
        if same and same.slug not in taken and belongs(line, same):
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
        entries = {entry.slug: entry for entry in candidates if (entry.here is not None) == there}
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
    for agree in (_same_rank, _same_type, lambda _line, _entry: True):
        for row, entry in _certain(lines, entries, agree):
            pairing.known[row] = entry
            del lines[row], entries[entry.slug]


def _repeated(group: Sequence[Line]) -> list[tuple[int, int]]:
    """The rows that say nothing but what a row before them says, each with that row."""
    firsts: dict[Any, int] = {}
    rows = []
    for line in group:
        content = (line.type, line.announcement, line.deadline, line.dated, line.state)
        first = firsts.setdefault(content, line.row)
        if first != line.row:
            rows.append((line.row, first))
    return rows


def _certain(
    lines: Mapping[int, Line], entries: Mapping[str, Known], agree: Belongs
) -> list[tuple[int, Known]]:
    """The pairs that agree, where neither of the two agrees with another."""
    fitting = {
        row: [entry for entry in entries.values() if agree(line, entry)]
        for row, line in lines.items()
    }
    wanted = Counter(entry.slug for fits in fitting.values() for entry in fits)
    return [
        (row, fits[0])
        for row, fits in fitting.items()
        if len(fits) == 1 and wanted[fits[0].slug] == 1
    ]


def _word_for_word(line: Line, entry: Known) -> bool:
    title = entry.shown.described.title
    spelt = {" ".join(text.split()) for text in (title.fr, title.en) if text}
    return line.title in spelt and _same(line, entry)


def _same(line: Line, entry: Known) -> bool:
    """Whether the line says what the register held on that day, no more and no less."""
    here = entry.here
    if here is None or (line.type, line.announcement) != (here.type, here.announcement):
        return False
    stated = line.state in (None, here.state)
    dated = not line.dated or (line.deadline is None) == (here.deadline is None)
    return stated and dated and not differences(line, here)


def _same_rank(line: Line, entry: Known) -> bool:
    return _same_type(line, entry) and line.rank == entry.shown.rank


def _same_type(line: Line, entry: Known) -> bool:
    return line.type == entry.shown.type


def differences(line: Line, here: Commitment) -> dict[str, Any]:
    """The deadline and the state of the line, where they differ from the register’s."""
    values: dict[str, Any] = {}
    if line.dated and not _restates(line, here):
        values["deadline"] = line.deadline
    late = line.state == "planned" and here.state in STARTED
    if line.state and line.state != here.state and not late:
        values["state"] = line.state
    return values


def _restates(line: Line, here: Commitment) -> bool:
    """Whether the deadline is the one announced before or in force, in any of its spellings.

    None says nothing of what is open, or given up.
    """
    if line.deadline is None:
        awaited = line.state is None or line.state in UNMET
        return here.deadline is None or here.opened_on is not None or not awaited
    known = [due.period for due in (here.announced_deadline, here.deadline) if due]
    quarter = quarter_of(here.deadline.period.end) if here.deadline else None
    return line.deadline == quarter or line.deadline in known
