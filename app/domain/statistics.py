"""Statistics of slippage: what came of many promises, in figures. See `docs/statistics.md`.

Knows records and a day. Nothing counts as late here but what a record calls late on that day.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any, TypeVar

from app.domain.claims import TYPES
from app.domain.commitments import TIMELINESS, Move, Part, Timing, by_first

T = TypeVar("T")
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

    def group(figure: Figure) -> str | None:
        if by == "year":
            return str(figure.first_due.year) if figure.first_due else None
        return str(getattr(figure, by))

    return _grouped(by, figures, group, lambda name, figures: _row(name, figures, day))


def of_texts(moved: Iterable[Moved], only: Iterable[str] = ()) -> Statistics:
    """Moves by the text that set each: by all texts, or only by these."""
    wanted = frozenset(only)
    moves = (row for row in moved if not wanted or row.move.text in wanted)
    return _grouped("text", moves, lambda row: row.move.text, _text_row)


def _grouped(
    by: str,
    counted: Iterable[T],
    group: Callable[[T], str | None],
    row: Callable[[str | None, list[T]], Any],
) -> Statistics:
    """A row for each group in order, what is in none last; and one for all."""
    groups: dict[str | None, list[T]] = defaultdict(list)
    for each in counted:
        groups[group(each)].append(each)
    order: Callable[[str], Any] = TYPES.index if by == "type" else str
    ordered = sorted(groups, key=lambda name: (name is None, name and order(name)))
    every = [each for name in ordered for each in groups[name]]
    return Statistics(by, tuple(row(name, groups[name]) for name in ordered), row(None, every))


def moves_of(slug: str, kind: str, moves: Sequence[Move], parts: Sequence[Part]) -> Iterator[Moved]:
    """Every move once: of the whole where all parts share it, else of the part it is about."""
    shared = [move for move in moves if all(move in part.moves for part in parts)]
    yield from (Moved(slug, kind, None, move) for move in shared)
    for part in parts:
        yield from (Moved(slug, kind, part.key, move) for move in part.moves if move not in shared)


def _row(group: str | None, figures: Sequence[Figure], day: date) -> Row:
    timings = [figure.timing for figure in figures]
    first = [by_first(figure.timing, figure.timing_first, day) for figure in figures]
    unjudged, judged = list[Figure](), list[Figure]()
    for each in figures:
        (unjudged if each.timing.on(day)[0] == "not_applicable" else judged).append(each)
    promised = [each for each in judged if each.first_due]
    postponed = [each for each in figures if each.postponements > 0]
    of_promised = _many(each for each in promised if each.postponements > 0)
    return Row(
        group=group,
        entries=_many(figures),
        uncertain=_many(each for each in figures if each.uncertain),
        restricted=_many(each for each in unjudged if each.access != "public"),
        in_force=_verdicts(figures, timings, day),
        first=_verdicts(figures, first, day),
        postponed=_many(postponed),
        postponed_rate=Share(of_promised, _many(promised)),
        moves=sum(each.entries * each.moves for each in figures),
        postponements=sum(each.entries * each.postponements for each in figures),
        slip=_slip(figures),
        slip_postponed=_slip(postponed),
    )


def _many(figures: Iterable[Figure]) -> int:
    return sum(figure.entries for figure in figures)


def _verdicts(figures: Sequence[Figure], timings: Iterable[Timing], day: date) -> Verdicts:
    timeliness, late = dict.fromkeys(TIMELINESS, 0), list[Days]()
    for figure, timing in zip(figures, timings, strict=True):
        verdict, days = timing.on(day)
        timeliness[verdict] += figure.entries
        if days and verdict in LATE:
            late.append((days, figure.slug, None, figure.entries))
    return Verdicts(timeliness, _spread(late))


def _slip(figures: Iterable[Figure]) -> Spread:
    return _spread((each.slip_days, each.slug, None, each.entries) for each in figures)


def _text_row(group: str | None, moved: Sequence[Moved]) -> TextRow:
    withdrawn = sum(1 for row in moved if row.move.days is None)
    later = sum(1 for row in moved if row.move.days and row.move.days > 0)
    return TextRow(
        group=group,
        entries=len({row.slug for row in moved}),
        parts=len({(row.slug, row.part) for row in moved if row.part is not None}),
        moves=len(moved),
        later=later,
        earlier=len(moved) - withdrawn - later,
        withdrawn=withdrawn,
        days=_spread((row.move.days, row.slug, row.part, 1) for row in moved),
    )


Days = tuple[int | None, str, str | None, int]
"""A number of days if it is known, whose it is (an entry, a part), and how many are alike."""


def _spread(numbers: Iterable[Days]) -> Spread:
    known = [
        (days, slug, part or "", many) for days, slug, part, many in numbers if days is not None
    ]
    if not known:
        return Spread()
    counts = Counter[int]()
    for days, *_, many in known:
        counts[days] += many
    below, slug, part = min((-days, slug, part) for days, slug, part, _ in known)
    count, total = counts.total(), sum(days * many for days, many in counts.items())
    return Spread(
        count=count,
        sum=total,
        median=_plain(median(counts.elements())),
        mean=_plain(total / count),
        longest=-below,
        longest_count=counts[-below],
        entry=slug if below < 0 else None,
        part=part or None if below < 0 else None,
    )


def _plain(number: float) -> float:
    """A number, without a fraction where it has none."""
    return int(number) if number == int(number) else number
