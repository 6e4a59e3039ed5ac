"""Statistics of slippage: what came of many promises, in figures. See `docs/statistics.md`.

Knows records and a day. Nothing counts as late here but what a record calls late on that day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median

from app.domain.claims import TYPES
from app.domain.commitments import TIMELINESS, Move, Part, Timing, by_first

BY = ("publisher", "programme", "type", "year", "text")
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
    programme: str
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
    """Entries as they stand on that day, by publisher, programme, type or year."""
    groups: dict[str | None, _Entries] = defaultdict(_Entries)
    overall = _Entries()
    for figure in figures:
        for sums in (groups[_group(figure, by)], overall):
            sums.add(figure, day)
    order = TYPES.index if by == "type" else str
    ordered = sorted(groups, key=lambda group: (group is None, group and order(group)))
    return Statistics(by, tuple(groups[name].row(name) for name in ordered), overall.row(None))


def of_texts(moved: Iterable[Moved], only: Iterable[str] = ()) -> Statistics:
    """Moves by the text that set each: by all texts, or only by these."""
    wanted = frozenset(only)
    groups: dict[str | None, list[Moved]] = defaultdict(list)
    for row in moved:
        if not wanted or row.move.text in wanted:
            groups[row.move.text].append(row)
    ordered = sorted(groups, key=lambda text: (text is None, text or ""))
    overall = [row for rows in groups.values() for row in rows]
    rows = tuple(_text_row(text, groups[text]) for text in ordered)
    return Statistics("text", rows, _text_row(None, overall))


def moves_of(slug: str, kind: str, moves: Sequence[Move], parts: Sequence[Part]) -> Iterator[Moved]:
    """Every move once: of the whole where all parts share it, else of the part it is about."""
    shared = [move for move in moves if all(move in part.moves for part in parts)]
    yield from (Moved(slug, kind, None, move) for move in shared)
    for part in parts:
        yield from (Moved(slug, kind, part.key, move) for move in part.moves if move not in shared)


def _group(figure: Figure, by: str) -> str | None:
    year = str(figure.first_due.year) if figure.first_due else None
    return year if by == "year" else str(getattr(figure, by))


# What is summed on the way: how often each number of days comes, and not each entry.


@dataclass(slots=True)
class _Days:
    counts: Counter[int] = field(default_factory=Counter)
    most: tuple[int, str, str] | None = None
    """(days below zero, entry, part) of the longest: the least of all."""

    def add(self, days: int, slug: str, part: str | None = None, many: int = 1) -> None:
        self.counts[days] += many
        longest = (-days, slug, part or "")
        self.most = min(self.most or longest, longest)

    def spread(self) -> Spread:
        if self.most is None:
            return Spread()
        below, slug, part = self.most
        count, total = self.counts.total(), sum(days * n for days, n in self.counts.items())
        return Spread(
            count=count,
            sum=total,
            median=_plain(median(self.counts.elements())),
            mean=_plain(total / count),
            longest=-below,
            longest_count=self.counts[-below],
            entry=slug if below < 0 else None,
            part=part or None if below < 0 else None,
        )


_SUMMED = ("entries", "uncertain", "restricted", "postponed", "moves", "postponements")


@dataclass(slots=True)
class _Entries:
    counts: Counter[str] = field(default_factory=Counter)
    timeliness: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    days: dict[str, _Days] = field(default_factory=lambda: defaultdict(_Days))

    def add(self, figure: Figure, day: date) -> None:
        many, slug, postponed = figure.entries, figure.slug, figure.postponements > 0
        first = by_first(figure.timing, figure.timing_first, day)
        for name, timing in (("first", first), ("in_force", figure.timing)):
            verdict, late = timing.on(day)
            self.timeliness[name][verdict] += many
            if late and verdict in LATE:
                self.days[name].add(late, slug, many=many)
        judged = verdict != "not_applicable"
        promised = judged and figure.first_due is not None
        counted = {
            "entries": 1,
            "uncertain": figure.uncertain,
            "restricted": not judged and figure.access != "public",
            "postponed": postponed,
            "promised": promised,
            "promised_and_postponed": promised and postponed,
            "moves": figure.moves,
            "postponements": figure.postponements,
        }
        self.counts.update({name: many * number for name, number in counted.items()})
        if figure.slip_days is not None:
            for name in ("slip", "slip_postponed") if postponed else ("slip",):
                self.days[name].add(figure.slip_days, slug, many=many)

    def row(self, group: str | None) -> Row:
        counts = self.counts
        return Row(
            group=group,
            **{name: counts[name] for name in _SUMMED},
            in_force=self.verdicts("in_force"),
            first=self.verdicts("first"),
            postponed_rate=Share(counts["promised_and_postponed"], counts["promised"]),
            slip=self.days["slip"].spread(),
            slip_postponed=self.days["slip_postponed"].spread(),
        )

    def verdicts(self, against: str) -> Verdicts:
        timeliness = {name: self.timeliness[against][name] for name in TIMELINESS}
        return Verdicts(timeliness, self.days[against].spread())


def _text_row(group: str | None, moved: Sequence[Moved]) -> TextRow:
    spread, ways = _Days(), Counter[str]()
    for row in moved:
        days = row.move.days
        if days is None:
            ways["withdrawn"] += 1
        else:
            ways["later" if days > 0 else "earlier"] += 1
            spread.add(days, row.slug, row.part)
    return TextRow(
        group=group,
        entries=len({row.slug for row in moved}),
        parts=len({(row.slug, row.part) for row in moved if row.part is not None}),
        moves=len(moved),
        days=spread.spread(),
        **{way: ways[way] for way in ("later", "earlier", "withdrawn")},
    )


def _plain(number: float) -> float:
    """A number, without a fraction where it has none."""
    return int(number) if number == int(number) else number
