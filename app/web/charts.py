"""Promises drawn to scale in SVG: days as percentages of a width, records as marks and bars.

Knows records and their sentences, no page. Every place is a percentage, so that bars stretch from
a phone to a desk and marks keep their size: `_marks.html` draws each mark once, round its middle.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle

from markupsafe import Markup, escape

from app.domain import beside
from app.domain.commitments import Commitment, Move, Part
from app.formats.sentences import Sentences

Record = Commitment | Part
FIRST, STEP, HALF, TALL = 24, 26, 5, 12
"""In pixels: the middle of the first line, how far the next is, half a bar, half a late one."""
ROOM, CLOSE = timedelta(days=181), timedelta(days=92)
"""What is shown after the last day, of all promises and of a single one."""
MOST_YEARS, LEAST_GAP = 12, 9
"""How many years are named, and from how many percent on a stretch has room for its days."""

EDGE = 85
"""From how many percent on a phone has no room for a name at its right."""

MISSED = {"overdue": "b-late", "unconfirmed": "b-doubt"}
"""The bar from a deadline that has passed to the day, by timeliness."""

_WORDS = beside(__file__)
_SHAPES: dict[str, str] = _WORDS["shapes"]
_FILLS: dict[str, str] = _WORDS["fills"]
_BADGES: dict[str, str] = _WORDS["badges"]
_GRID = Markup('<use href="#grid"/>')
_NONE = Markup("")


@dataclass(frozen=True, slots=True)
class Scale:
    """Days from one to another as places from 0 to 100 %."""

    start: date
    end: date

    def at(self, day: date) -> float:
        """The place of a day; of one outside, the nearer edge."""
        return max(0.0, min(100.0, (day - self.start) / (self.end - self.start) * 100))

    def __call__(self, day: date) -> str:
        """The same as SVG has it."""
        return f"{self.at(day):.2f}%"

    def years(self) -> list[date]:
        """The first days of its years, or of every second or third where they are many."""
        years = range(self.start.year, self.end.year + 1)
        return [date(year, 1, 1) for year in years[:: -(-len(years) // MOST_YEARS)]]


def scale(records: Iterable[Record], day: date, room: timedelta = ROOM) -> Scale:
    """From the year of the first promise, or of the day, until after the last deadline."""
    days = [day, *(each for record in records for each in _days(record))]
    return Scale(date(min(days).year, 1, 1), max(days) + room)


def frame(axis: Scale, day: date, say: Sentences, *, past: bool = False) -> dict[str, Markup]:
    """What is around the drawings of a scale: lines for the years and the day, and their names.

    The lines are for every drawing to use. Every second year fits a phone.
    """
    years = axis.years()
    lines = [
        _filled("line", kind, axis(at), axis(at), -36, "170%")
        for kind, at in [*(("year", year) for year in years), ("now", day)]
    ]
    names = [
        _filled(
            "text", "odd" if odd or axis.at(year) > EDGE else "even", axis(year), 4, 30, year.year
        )
        for odd, year in zip(cycle((False, True)), years, strict=False)
        if axis.at(year) < 94
    ]
    style, apart = ("now-label to", -4) if axis.at(day) > EDGE else ("now-label", 0)
    name = say.day(day) if past else say.t("today")
    names.append(_filled("text", style, axis(day), apart, 11, name))
    return {"grid": _joined(lines), "labels": _joined(names)}


def drawing(entry: Commitment, axis: Scale, day: date, say: Sentences) -> Markup:
    """The promise of an entry, its moves and what came of it: a line, or one for each part."""
    records, pieces = lines(entry), list[Markup]()
    names = _without_beginning([say.title(part) for part in entry.parts])
    for number, record in enumerate(records):
        y = FIRST + number * STEP
        if names and record.first_deadline:
            x = axis(record.first_deadline.period.end)
            pieces.append(_filled("text", "part", x, -12, y + 4, names[number]))
        pieces += _marks(record, axis, y, day, say)
    return _filled("drawing", height(entry), sentence(entry, day, say), _GRID, _joined(pieces))


def height(entry: Commitment) -> int:
    """How high the drawing of an entry is."""
    return 2 * FIRST + (len(lines(entry)) - 1) * STEP


def _without_beginning(names: list[str]) -> list[str]:
    """Names without the words with which all of them begin."""
    words = [name.split() for name in names]
    columns = zip(*words, strict=False)
    same = next((n for n, column in enumerate(columns) if len(set(column)) > 1), 0)
    return [" ".join(each[same:]) for each in words]


def sentence(entry: Commitment, day: date, say: Sentences) -> str:
    """What a drawing shows, for those who do not see it."""
    phrases = [say.of(entry).timeliness(entry, day)]
    if first := entry.first_deadline:
        phrases.append(say.t("First deadline: {period}", period=say.period(first.period)))
    return ". ".join([*phrases, *map(say.move, entry.moves)]) + "."


def lines(entry: Commitment) -> tuple[Record, ...]:
    """What is drawn of an entry: its parts, or the whole where it has none."""
    return entry.parts or (entry,)


def opening(record: Record, say: Sentences) -> str:
    """Since when a thing is open, all of it or in part, in words; nothing where it is not."""
    whole, part = record.opened_on, record.opened_in_part_on
    phrases = [say.dating(whole)] if whole else []
    if part:
        phrases.append(say.t("in part: {day}", day=say.dating(part)))
    return ", ".join(phrases)


# The marks of a line.


def _marks(record: Record, axis: Scale, y: int, day: date, say: Sentences) -> Iterator[Markup]:
    first, whole, part = record.first_deadline, record.opened_on, record.opened_in_part_on
    until = record.state_since.last if record.state == "withdrawn" else day
    if part:
        title = say.t(
            "open in part {day}" if part.vague else "open in part since {day}", day=say.dating(part)
        )
        yield _bar("b-part", axis, part.last, whole.last if whole else until, y, title)
    if whole:
        title = say.t("open {day}" if whole.vague else "open since {day}", day=say.dating(whole))
        yield _bar("b-open", axis, whole.last, until, y, title)
        if first and whole.vague:
            yield _across("vague", axis, first.period.end, whole.last, y)
    elif record.deadline:
        yield from _missed(record, axis, y, day, say)
    if first:
        yield from _slip(record, axis, y, say)
        # Where nothing moved, the text is named once, beside the drawing.
        name = _titled(say.period(first.period), first.text if record.moves else None, say)
        yield _filled("mark", "ring", axis(first.period.end), y, name)
    if whole:
        title = say.labelled(say.t("Opening"), say.dating(whole))
        yield _filled("mark", "half" if whole.vague else "dot", axis(whole.last), y, title)


def _missed(record: Record, axis: Scale, y: int, day: date, say: Sentences) -> Iterator[Markup]:
    """From the deadline that has passed to the day."""
    key, days = record.timing.on(day)
    passed = record.timing.awaited.get(key)
    if passed is None or key not in MISSED:
        return
    words = say.timeliness(record, day) if days else ""
    yield _bar(MISSED[key], axis, passed, day, y, words, TALL)
    if days:
        note = say.counted("{n} day", "{n} days", days)
        style, apart, below = ("b-note to", 0, 22) if axis.at(day) > EDGE else ("b-note", 9, 4)
        yield _filled("text", style, axis(day), apart, y + below, note)


def _slip(record: Record, axis: Scale, y: int, say: Sentences) -> Iterator[Markup]:
    """The line from the first promise to the last, and a diamond where each text moved it."""
    ends = [move.moved_to for move in record.moves if move.moved_to]
    first = record.first_deadline
    if not ends or first is None:
        return
    reached = [first.period.end, *ends]
    yield _across("slip", axis, min(reached), max(reached), y)
    for move in record.moves:
        if move.moved_to is None or move.days is None:
            continue
        before, after = axis.at(move.moved_from), axis.at(move.moved_to)
        days = say.signed_days(move.days)
        if abs(after - before) >= LEAST_GAP:
            yield _filled("text", "gap", f"{(before + after) / 2:.2f}%", 0, y - 9, days)
        name = f"{say.day(move.moved_to)} ({days})"
        yield _filled("mark", "diamond", axis(move.moved_to), y, _titled(name, move.text, say))


def _bar(
    kind: str, axis: Scale, start: date, end: date, y: int, title: str, half: int = HALF
) -> Markup:
    width = max(0.0, axis.at(end) - axis.at(start))
    named = _filled("title", title) if title else _NONE
    return _filled("bar", kind, axis(start), y - half, f"{width:.2f}", 2 * half, named)


def _across(kind: str, axis: Scale, start: date, end: date, y: int) -> Markup:
    return _filled("line", kind, axis(start), axis(end), y, y)


def _titled(name: str, text: str | None, say: Sentences) -> str:
    return f"{name}, {say.short_text(text)}" if text else name


def _days(record: Record) -> Iterator[date]:
    """The days that a drawing must show."""
    deadlines = record.first_deadline, record.deadline
    opened = record.opened_in_part_on, record.opened_on
    yield from (deadline.period.end for deadline in deadlines if deadline)
    yield from (day for move in record.moves for day in (move.moved_from, move.moved_to) if day)
    yield from (dating.last for dating in opened if dating)
    if isinstance(record, Commitment):
        for part in record.parts:
            yield from _days(part)


def _filled(shape: str, *values: object) -> Markup:
    """A shape with its values, escaped: `Markup.format` takes five times as long."""
    return Markup(_SHAPES[shape].format(*map(escape, values)))  # noqa: S704 shapes are ours


def _joined(pieces: Iterable[Markup]) -> Markup:
    return _NONE.join(pieces)


# How the deadline of one record slipped, a step a text.


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the stairs: the text that set the day and when it was published, or what came."""

    text: str | None
    published_on: str | None
    drawn: Markup
    title: str = ""
    late: bool = False


def stairs(record: Record, axis: Scale, day: date, say: Sentences) -> Iterator[Step]:
    """The first promise, each move of it, then what came of it."""
    first, moves = record.first_deadline, [move for move in record.moves if move.moved_to]
    if first is None:
        return
    known, start = say.context.texts.get(first.text or ""), first.period.end
    ring = _filled("mark", "ring", axis(start), FIRST, say.period(first.period))
    drawn = [*_falls(axis, None, start), ring, _when(axis, start, say.period(first.period))]
    yield Step(
        first.text, known.published_on if known else None, _step(say.period(first.period), drawn)
    )
    for move in moves:
        yield Step(move.text, move.published_on, _step(say.move(move), _moved(move, axis, say)))
    yield from _outcome(record, axis, day, say)


def _moved(move: Move, axis: Scale, say: Sentences) -> Iterator[Markup]:
    before, after = move.moved_from, move.moved_to
    assert after is not None  # noqa: S101 a deadline that was withdrawn is no step
    yield from _falls(axis, before, after)
    yield _across("jump", axis, min(before, after), max(before, after), FIRST)
    middle = (axis.at(before) + axis.at(after)) / 2
    yield _filled("text", "gap", f"{middle:.2f}%", 0, FIRST - 11, say.signed_days(move.days or 0))
    yield _filled("mark", "diamond", axis(after), FIRST, say.day(after))
    yield _when(axis, after, say.day(after))


def _outcome(record: Record, axis: Scale, day: date, say: Sentences) -> Iterator[Step]:
    """The opening, or the days since the deadline passed; nothing while it is awaited."""
    whole, key = record.opened_on, record.timing.on(day)[0]
    words = say.timeliness(record, day)
    if whole:
        title, part = say.dating(whole), record.opened_in_part_on
        drawn = [
            *([_bar("b-part", axis, part.last, whole.last, FIRST, title)] if part else []),
            _bar("b-open", axis, whole.last, day, FIRST, title),
            _filled("mark", "half" if whole.vague else "dot", axis(whole.last), FIRST, title),
            _when(axis, whole.last, title),
        ]
        yield Step(None, None, _step(words, drawn), words)
    elif key in MISSED and record.deadline:
        due = record.deadline.period.end
        drawn = [
            _filled("line", "riser", axis(due), axis(due), 0, FIRST),
            _bar(MISSED[key], axis, due, day, FIRST, words, TALL),
            _when(axis, day, words, "b-note"),
        ]
        yield Step(None, None, _step(words, drawn), words, late=key == "overdue")
    elif part := record.opened_in_part_on:
        title = say.t("in part: {day}", day=say.dating(part))
        drawn = [_bar("b-part", axis, part.last, day, FIRST, title), _when(axis, part.last, title)]
        yield Step(None, None, _step(words, drawn), words)


def _falls(axis: Scale, before: date | None, after: date) -> Iterator[Markup]:
    """The dotted lines that lead from the step above, and to the one below."""
    if before:
        yield _filled("line", "riser", axis(before), axis(before), 0, FIRST)
    yield _filled("line", "riser", axis(after), axis(after), FIRST, "100%")


def _when(axis: Scale, day: date, name: str, kind: str = "") -> Markup:
    """The name of a day under its mark, on the side that has room."""
    left = axis.at(day) < 50
    words = f"when {'from' if left else 'to'} {kind}".strip()
    apart = 7 if left is bool(kind) else -7  # what is noted beside a line does not cross it
    return _filled("text", words, axis(day), apart, FIRST + 27, name)


def _step(title: str, drawn: Iterable[Markup]) -> Markup:
    return _filled("drawing", FIRST + 40, title, _GRID, _joined(drawn))


# Shares of a whole.


def stack(shares: Iterable[tuple[str, float, str]]) -> Markup:
    """Shares side by side: the kind of each, its length in percent, and its words."""
    place, pieces, names = 0.0, list[Markup](), list[str]()
    for kind, length, words in shares:
        fill, start, width = _FILLS.get(kind, "b-wait"), f"{place:.2f}", f"{length:.2f}"
        pieces.append(_filled("share", fill, start, width, words))
        names.append(words)
        place += length
    return _filled("stack", ", ".join(names), _joined(pieces))


# The verdict for other sites.

LETTER, MOST_LETTERS = 7, 34
"""How wide a letter is drawn, in pixels, and how many of a title fit."""


def cut(text: str, most: int) -> str:
    """As much of a text as there is room for."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def badge(entry: Commitment, day: date, say: Sentences, group: str) -> Markup:
    """The short title of an entry and its verdict, in a picture of its own."""
    name, verdict = say.short_title(entry), say.of(entry).timeliness(entry, day)
    title = cut(name, MOST_LETTERS)
    left, right = LETTER * len(title), LETTER * len(verdict)
    middle = 31 + left + 8
    return Markup(_SHAPES["badge"]).format(  # noqa: S704 as above
        w=middle + right + 16,
        x=middle,
        rest=right + 11,
        y=middle + 8,
        left=left,
        right=right,
        fill=_BADGES.get(group, "#4d565b"),
        name=say.labelled(name, verdict),
        title=title,
        verdict=verdict,
    )
