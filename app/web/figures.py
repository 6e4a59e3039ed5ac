"""How well promises are kept: verdicts as shares, slips by text, by publisher and by year."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from app.domain.commitments import TIMELINESS, Commitment
from app.domain.periods import quarter_of
from app.domain.statistics import IN_TIME, Row, Share, TextRow, Verdicts
from app.formats.sentences import Sentences
from app.register.glances import Figures
from app.web import charts

ORDER = (*reversed(IN_TIME), "delivered_late", "delivered_unknown")
ORDER = (*ORDER, *(name for name in TIMELINESS if name not in ORDER))
"""The kinds of timeliness from what was kept to what is still awaited."""
MOST_UNITS = 60
"""How many entries are drawn one by one."""
MOST_GROUPS = 12
"""How many groups are drawn, the largest first where there are more; the CSV has all."""
QUARTERS = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries are of a timeliness, with its words."""

    key: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Panel:
    """Entries against one of their deadlines: what was kept, of what could be judged."""

    kept: Share
    verdicts: tuple[Verdict, ...]
    drawn_singly: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A group of entries, or what a text moved: drawn, with the figures of its row."""

    key: str | None
    drawn: Markup
    row: Row | TextRow


@dataclass(frozen=True, slots=True)
class Soon:
    """What is due by the end of the next quarters, and what comes first after that."""

    until: date
    due: tuple[Commitment, ...]
    next: Commitment | None


def panel(verdicts: Verdicts, say: Sentences) -> Panel:
    """Each kind of timeliness that some entry is of, what was kept first."""
    shown = tuple(
        Verdict(key, say.timeliness_label(key), count)
        for key in ORDER
        if (count := verdicts.timeliness[key])
    )
    return Panel(verdicts.on_time_rate, shown, sum(row.count for row in shown) <= MOST_UNITS)


def shares(rows: Sequence[Row], say: Sentences) -> Iterator[Bar]:
    """Each group as a bar of its verdicts against the deadlines in force, the longest for most."""
    most = max((row.entries for row in rows), default=1)
    if len(rows) > MOST_GROUPS:
        rows = sorted(rows, key=lambda row: -row.entries)[:MOST_GROUPS]
    for row in rows:
        parts = panel(row.in_force, say).verdicts
        yield Bar(row.group, charts.stack(_lengths(parts, most)), row)


def _lengths(parts: Sequence[Verdict], most: int) -> Iterator[tuple[str, float, str]]:
    for part in parts:
        yield part.key, part.count / most * 100, f"{part.label} ({part.count})"


def moves(rows: Sequence[TextRow], say: Sentences) -> Iterator[Bar]:
    """Each text as a bar of the days by which it moved deadlines, all together."""
    most = max((abs(row.days.sum) for row in rows), default=1) or 1
    for row in rows:
        length = abs(row.days.sum) / most * 100
        words = say.signed_days(row.days.sum)
        yield Bar(row.group, charts.stack([("moved", length, words)]), row)


def soon(counted: Figures) -> Soon:
    """What is due in the next two quarters."""
    day = counted.context.day
    until = quarter_of(day).end
    for _ in range(QUARTERS):
        until = quarter_of(until + timedelta(days=1)).end
    awaited = sorted(counted.awaited, key=_next)
    due = tuple(entry for entry in awaited if _next(entry) <= until)
    return Soon(until, due, next((entry for entry in awaited if _next(entry) > until), None))


def _next(entry: Commitment) -> date:
    """When an entry, or the first of its parts, is due next."""
    deadline = entry.next_deadline or entry.deadline
    return deadline.period.end if deadline else date.max


def difference(before: Panel, after: Panel) -> Mapping[str, tuple[int, int]]:
    """How many entries are of each timeliness against the first deadline, and the one in force."""
    first, now = ({row.key: row.count for row in each.verdicts} for each in (before, after))
    return {key: (first.get(key, 0), now.get(key, 0)) for key in ORDER if key in first | now}
