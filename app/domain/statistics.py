"""Statistics of slippage: what came of many promises, in figures. See `docs/statistics.md`.

Knows records and a day. Nothing counts as late here but what a record calls late on that day.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median

from app.domain.claims import TYPES
from app.domain.commitments import TIMELINESS, Move, Part, Timing

BY = ("publisher", "type", "year", "text")
"""What may be counted by. The year is that of the last day first promised."""

IN_TIME = ("delivered_early", "delivered_on_time")
LATE = ("delivered_late", "overdue")
JUDGED = (*IN_TIME, *LATE)
"""The verdicts that the record has reached: what a rate is counted over."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is counted of some entries that are alike in all of it: so many, and the first by name.

    `first_due` is the last day first promised.
    """

    entries: int
    slug: str
    publisher: str
    type: str
    access: str
    first_due: date | None
    timing: Timing
    timing_first: Timing
    uncertain: bool
    postponements: int
    moves: int
    slip_days: int | None


@dataclass(frozen=True, slots=True)
class Moved:
    """One move of the deadline of a commitment, or of one part of it."""

    slug: str
    type: str
    part: str | None
    move: Move


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """The quotient; none of nothing."""
        return _plain(self.numerator / self.denominator) if self.denominator else None


@dataclass(frozen=True, slots=True)
class Spread:
    """How days are spread: over how many, how many of them have the most, and which that is.

    It is named if it is above zero; of several, the first by name.
    """

    count: int = 0
    sum: int = 0
    median: float | None = None
    mean: float | None = None
    longest: int | None = None
    longest_count: int = 0
    entry: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Entries by their timeliness against one deadline, and by how many days they are late."""

    timeliness: Mapping[str, int]
    days_late: Spread

    @property
    def opened_on_time(self) -> int:
        """Opened before or within the period promised."""
        return sum(self.timeliness[name] for name in IN_TIME)

    @property
    def on_time_rate(self) -> Share:
        """Those opened in time, of those opened with a verdict or overdue."""
        return Share(self.opened_on_time, sum(self.timeliness[name] for name in JUDGED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A group of entries in figures. `group` is None for those that have none, and for all."""

    group: str | None
    entries: int
    uncertain: int
    restricted: int
    in_force: Verdicts
    first: Verdicts
    postponed: int
    postponed_rate: Share
    moves: int
    postponements: int
    slip: Spread
    slip_postponed: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """What one text moved. `group` is None for moves that rest on no text, and for all."""

    group: str | None
    entries: int
    parts: int
    moves: int
    later: int
    earlier: int
    withdrawn: int
    days: Spread


@dataclass(frozen=True, slots=True)
class Statistics:
    """A row for each group, and one for all of them together."""

    by: str
    rows: tuple[Row, ...] | tuple[TextRow, ...]
    overall: Row | TextRow


def of_entries(figures: Iterable[Figure], by: str, day: date) -> Statistics:
    """Entries as they stand on that day, by publisher, type or year."""
    group_of = _GROUPS[by]
    groups: dict[str | None, _Entries] = defaultdict(_Entries)
    for figure in figures:
        groups[group_of(figure)].add(figure, day)
    overall = _Entries()
    for sums in groups.values():
        overall.take(sums)
    order = TYPES.index if by == "type" else str
    ordered = sorted(groups, key=lambda group: (group is None, group and order(group)))
    return Statistics(by, tuple(groups[one].row(one) for one in ordered), overall.row(None))


def of_texts(moved: Iterable[Moved], only: Iterable[str] = ()) -> Statistics:
    """Moves by the text that set each: by all texts, or only by these."""
    wanted = frozenset(only)
    groups: dict[str | None, _Moves] = defaultdict(_Moves)
    overall = _Moves()
    for one in moved:
        if not wanted or one.move.text in wanted:
            groups[one.move.text].add(one)
            overall.add(one)
    ordered = sorted(groups, key=lambda text: (text is None, text or ""))
    return Statistics("text", tuple(groups[one].row(one) for one in ordered), overall.row(None))


def moves_of(slug: str, kind: str, moves: Sequence[Move], parts: Sequence[Part]) -> Iterator[Moved]:
    """Every move once: of the whole where all parts share it, else of the part it is about."""
    shared = [move for move in moves if all(move in part.moves for part in parts)]
    yield from (Moved(slug, kind, None, move) for move in shared)
    for part in parts:
        yield from (Moved(slug, kind, part.key, move) for move in part.moves if move not in shared)


def _year(figure: Figure) -> str | None:
    return str(figure.first_due.year) if figure.first_due else None


_GROUPS: Mapping[str, Callable[[Figure], str | None]] = {
    "publisher": lambda figure: figure.publisher,
    "type": lambda figure: figure.type,
    "year": _year,
}


# What is summed on the way: how often each number of days comes, and not each entry.


@dataclass(slots=True)
class _Days:
    counts: Counter[int] = field(default_factory=Counter)
    most: tuple[int, str, str] | None = None
    """(days below zero, entry, part) of the longest: the least of all."""

    def add(self, days: int, slug: str, part: str | None = None, many: int = 1) -> None:
        self.counts[days] += many
        if self.most is None or days >= -self.most[0]:
            self._compare((-days, slug, part or ""))

    def take(self, other: "_Days") -> None:
        self.counts.update(other.counts)
        if other.most:
            self._compare(other.most)

    def _compare(self, one: tuple[int, str, str]) -> None:
        self.most = min(self.most or one, one)

    def spread(self) -> Spread:
        if self.most is None:
            return Spread()
        below, slug, part = self.most
        entry, part = (slug, part) if below < 0 else ("", "")
        count, total = self.counts.total(), sum(days * n for days, n in self.counts.items())
        return Spread(
            count=count,
            sum=total,
            median=_plain(median(self.counts.elements())),
            mean=_plain(total / count),
            longest=-below,
            longest_count=self.counts[-below],
            entry=entry or None,
            part=part or None,
        )


@dataclass(slots=True)
class _Verdicts:
    timeliness: Counter[str] = field(default_factory=Counter)
    late: _Days = field(default_factory=_Days)

    def add(self, timing: Timing, day: date, one: Figure) -> str:
        timeliness, days = timing.on(day)
        self.timeliness[timeliness] += one.entries
        if days and timeliness in LATE:
            self.late.add(days, one.slug, many=one.entries)
        return timeliness

    def take(self, other: "_Verdicts") -> None:
        self.timeliness.update(other.timeliness)
        self.late.take(other.late)

    def verdicts(self) -> Verdicts:
        return Verdicts({name: self.timeliness[name] for name in TIMELINESS}, self.late.spread())


@dataclass(slots=True)
class _Entries:
    counts: Counter[str] = field(default_factory=Counter)
    in_force: _Verdicts = field(default_factory=_Verdicts)
    first: _Verdicts = field(default_factory=_Verdicts)
    slip: _Days = field(default_factory=_Days)
    slip_postponed: _Days = field(default_factory=_Days)

    def add(self, one: Figure, day: date) -> None:
        timeliness = self.in_force.add(one.timing, day, one)
        self.first.add(one.timing_first, day, one)
        judged, postponed = timeliness != "not_applicable", one.postponements > 0
        promised = judged and one.first_due is not None
        counts, many = self.counts, one.entries
        counts["entries"] += many
        counts["uncertain"] += many * one.uncertain
        counts["restricted"] += many * (not judged and one.access != "public")
        counts["postponed"] += many * postponed
        counts["promised"] += many * promised
        counts["promised_and_postponed"] += many * (promised and postponed)
        counts["moves"] += many * one.moves
        counts["postponements"] += many * one.postponements
        if one.slip_days is not None:
            self.slip.add(one.slip_days, one.slug, many=many)
            if postponed:
                self.slip_postponed.add(one.slip_days, one.slug, many=many)

    def take(self, other: "_Entries") -> None:
        self.counts.update(other.counts)
        self.in_force.take(other.in_force)
        self.first.take(other.first)
        self.slip.take(other.slip)
        self.slip_postponed.take(other.slip_postponed)

    def row(self, group: str | None) -> Row:
        counts = self.counts
        return Row(
            group=group,
            entries=counts["entries"],
            uncertain=counts["uncertain"],
            restricted=counts["restricted"],
            in_force=self.in_force.verdicts(),
            first=self.first.verdicts(),
            postponed=counts["postponed"],
            postponed_rate=Share(counts["promised_and_postponed"], counts["promised"]),
            moves=counts["moves"],
            postponements=counts["postponements"],
            slip=self.slip.spread(),
            slip_postponed=self.slip_postponed.spread(),
        )


@dataclass(slots=True)
class _Moves:
    entries: set[str] = field(default_factory=set)
    parts: set[tuple[str, str]] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    days: _Days = field(default_factory=_Days)

    def add(self, one: Moved) -> None:
        days = one.move.days
        self.entries.add(one.slug)
        if one.part is not None:
            self.parts.add((one.slug, one.part))
        if days is None:
            self.counts["withdrawn"] += 1
        else:
            self.counts["later" if days > 0 else "earlier"] += 1
            self.days.add(days, one.slug, one.part)

    def row(self, group: str | None) -> TextRow:
        return TextRow(
            group=group,
            entries=len(self.entries),
            parts=len(self.parts),
            moves=self.counts.total(),
            later=self.counts["later"],
            earlier=self.counts["earlier"],
            withdrawn=self.counts["withdrawn"],
            days=self.days.spread(),
        )


def _plain(number: float) -> float:
    """A number, without a fraction where it has none."""
    return int(number) if number == int(number) else number
