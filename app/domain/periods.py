"""The stretches of days that promises and sources name, and their spellings. Knows no today."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from babel.dates import get_month_names

from app.domain import beside
from app.domain.errors import Unfit, Word

PRECISIONS = ("day", "month", "quarter", "half", "year")
LONGEST_LABEL = 100
PROMISED = range(1900, 2200)
"""The years in which something may be promised."""

_MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_LETTERS = {"fr": {"quarter": "T", "half": "S"}, "en": {"quarter": "Q", "half": "H"}}
_MONTHS = {language: get_month_names(locale=language) for language in _LETTERS}


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of calendar days promised: one whole day, month, quarter, half-year or year.

    Only the functions below make one, so its bounds are those of its precision.
    `label` is what was read, verbatim; two spellings of one period are equal.
    """

    start: date
    end: date
    precision: str
    label: str = field(compare=False)

    def contains(self, other: "Period") -> bool:
        """Whether the other lies wholly inside this one, or is this one."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Dating:
    """A date as far as sources go: the EDTF text, its first day (None: open) and its last."""

    text: str
    first: date | None
    last: date

    def __str__(self) -> str:
        return self.text

    @property
    def vague(self) -> bool:
        """Whether it leaves more than one day open."""
        return self.first != self.last

    @property
    def day(self) -> date | None:
        """The day, where it is known to the day."""
        return None if self.vague else self.last


class Unreadable(Unfit):
    """A text that names no period or date, and why. `text` is as given."""

    def __init__(self, text: str, why: str) -> None:
        self.text = text
        words = " ".join(text.split())
        shown = words if len(words) <= LONGEST_LABEL else f"{words[:LONGEST_LABEL]}…"
        super().__init__("“{text}” cannot be read: {why}.", text=shown, why=Word(why))

    def __str__(self) -> str:
        return self.english


WHY: dict[str, str] = beside(__file__)
"""Why a text cannot be read."""
NO_SUCH_DAY = WHY["no_such_day"]


@lru_cache(1_000)
def spelled(text: str) -> Period | None:
    """The period of any year that a text spells in French or in English; None if it says none."""
    label = text.strip()
    if len(label) > LONGEST_LABEL:
        raise Unreadable(text, WHY["too_long"])
    plain = _plain(label)
    if plain in _NONE:
        return None
    for pattern, place in _SPELLINGS:
        if match := pattern.fullmatch(plain):
            try:
                precision, day = place(match)
            except ValueError:
                raise Unreadable(text, NO_SUCH_DAY) from None
            return Period(*_bounds(precision, day), precision, label)
    raise Unreadable(text, WHY["not_a_period"])


def parse(text: str) -> Period | None:
    """The same, of a year in which something may be promised. Raises Unreadable."""
    period = spelled(text)
    if period and period.end.year not in PROMISED:
        raise Unreadable(text, WHY["not_a_period"])
    return period


@lru_cache(4096)
def spell(period: Period | None, language: str = "fr") -> str:
    """The period in the canonical words of a language. Read back, if its year has four digits."""
    if period is None:
        return "NA"
    day, precision = period.end, period.precision
    if precision == "year":
        return f"{day.year}"
    if letter := _LETTERS[language].get(precision):
        return f"{letter}{day.month // _MONTHS_IN[precision]} {day.year}"
    month = f"{_MONTHS[language][day.month]} {day.year}"
    if precision == "month":
        return month
    return f"1er {month}" if (language, day.day) == ("fr", 1) else f"{day.day} {month}"


def quarter_of(day: date) -> Period:
    """The quarter that holds a day, labelled as in the official table: "T3 2021"."""
    return Period(*_bounds("quarter", day), "quarter", f"T{(day.month + 2) // 3} {day.year}")


def period_of(day: date) -> Period:
    """One day as a period, labelled in ISO 8601."""
    return Period(day, day, "day", day.isoformat())


def to_json(period: Period) -> dict[str, str]:
    """The period as documents and the ledger carry it."""
    return {
        "label": period.label,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "precision": period.precision,
    }


def from_json(document: Mapping[str, str]) -> Period:
    """The period that `to_json` wrote, trusted."""
    return _written(*map(document.__getitem__, ("start", "end", "precision", "label")))


@lru_cache(1_000)
def _written(start: str, end: str, precision: str, label: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end), precision, label)


@lru_cache(1_000)
def read_dating(text: str) -> Dating:
    """The date that an EDTF text gives: 2023, 2023-12, 2023-12-18, any of them after "../"."""
    if not (match := _DATING.fullmatch(text)):
        raise Unreadable(text, WHY["not_a_date"])
    by, year, month, day = match.groups()
    precision = "day" if day else "month" if month else "year"
    try:
        first, last = _bounds(precision, date(int(year), int(month or 1), int(day or 1)))
    except ValueError:
        raise Unreadable(text, NO_SUCH_DAY) from None
    return Dating(text, None if by else first, last)


def on_day(day: date) -> Dating:
    return Dating(day.isoformat(), day, day)


def between(first: date | None, last: date) -> Dating:
    """The date of what happened within these days."""
    if first is None:
        return Dating(f"../{last}", None, last)
    for precision, text in (("day", f"{last}"), ("month", f"{last}"[:7]), ("year", f"{last}"[:4])):
        if (first, last) == _bounds(precision, last):
            return Dating(text, first, last)
    return Dating(f"{first}/{last}", first, last)


def by(dating: Dating) -> Dating:
    return dating if dating.first is None else read_dating(f"../{dating}")


def _bounds(precision: str, day: date) -> tuple[date, date]:
    """The first and last day of the stretch of that precision which holds the day."""
    if precision == "day":
        return day, day
    months = _MONTHS_IN[precision]
    last = day.month + -day.month % months
    start = date(day.year, last - months + 1, 1)
    return start, date(day.year, last, monthrange(day.year, last)[1])


# Below, how texts are read. Each spelling is a pattern over plain text (small letters without
# accents, single spaces, none around hyphens and slashes) and the place in the calendar it names:
# a precision and any day of the stretch. No text fits two patterns with two meanings.

_SPACES = re.compile(r"[^\S\x0b\x0c\x1c-\x1f\x85]+")  # XML cannot carry a label with those
_ACCENTS = re.compile("(?<=[a-z])[\u0300\u0301\u0302]")
_TYPOGRAPHY = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212\u2019ᵉʳ", "------'er")


def _plain(label: str) -> str:
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", label).lower())
    return re.sub(" ?([/-]) ?", r"\1", _SPACES.sub(" ", bare.translate(_TYPOGRAPHY)))


_MONTH_NAMED = {
    name[:length]: number
    for names in _MONTHS.values()
    for number, name in ((number, _plain(name)) for number, name in names.items())
    for length in range(3, len(name) + 1)
    if name[:length] != "jui"  # juin or juillet: the only shortening with two meanings
}
_RANKED = {"premier": 1, "deuxieme": 2, "second": 2, "troisieme": 3, "quatrieme": 4}
_RANKED |= {"first": 1, "third": 3, "fourth": 4}

_PRECISION = {"t": "quarter", "q": "quarter", "s": "half", "h": "half"}  # by initial
_NONE = frozenset({"na", "n/a", "n.a.", "n.a", "sans objet", "non applicable", "not applicable"})


def _in_full(year: str) -> int:
    """A year of two or four digits: “21” is 2021."""
    return int(f"20{year}"[-4:])


def _part(match: re.Match[str]) -> tuple[str, date]:
    precision = _PRECISION[match["kind"][0]]
    rank = _RANKED.get(match["rank"]) or int(match["rank"][0])
    return precision, date(_in_full(match["year"]), rank * _MONTHS_IN[precision], 1)


def _year(match: re.Match[str]) -> tuple[str, date]:
    return "year", date(int(match["year"]), 1, 1)


def _month(match: re.Match[str]) -> tuple[str, date]:
    month = _MONTH_NAMED.get(match["month"]) or int(match["month"])
    return "month", date(_in_full(match["year"]), month, 1)


def _day(match: re.Match[str]) -> tuple[str, date]:
    return "day", _month(match)[1].replace(day=int(match["day"]))


_Y = r"(?P<year>\d{4})"
_M = r"(?P<month>\d\d)"
_D = r"(?P<day>\d\d?)"
_NTH = r"(?: ?(?:er|st|nd|rd|th))?"
_NAMED = rf"(?P<month>{'|'.join(_MONTH_NAMED)})\.?"
_LETTER = r"(?P<kind>[tqsh])(?P<rank>[1-4])"
_RANK = rf"(?P<rank>[1-4](?: ?(?:er|e|eme|st|nd|rd|th))?|{'|'.join(_RANKED)})"
_KIND = r"(?P<kind>[tqsh]|trim(?:estre|\.)?|quarter|semestre|half(?:[ -]year)?)"

_SPELLINGS = tuple(
    (re.compile(pattern, re.ASCII), place)
    for pattern, place in (
        (_Y, _year),
        (rf"{_LETTER}[ /-]{_Y}", _part),  # T3 2021
        (rf"{_Y}[ /-]?{_LETTER}", _part),  # 2021-T3
        (r"(?P<year>\d\d)(?P<kind>[ts])(?P<rank>[1-4])", _part),  # 21S2, as the roadmap writes
        (rf"{_RANK}[ -]?{_KIND}(?: of| de| de l'annee)? ?{_Y}", _part),  # 3e trimestre 2021
        (rf"{_Y}-{_M}", _month),
        (rf"{_M}[/.-]{_Y}", _month),
        (rf"{_NAMED}[ -]?{_Y}", _month),  # déc. 2023
        (rf"{_NAMED}-(?P<year>[1-9]\d)", _month),  # juin-28, as spreadsheets show it; 00 is no year
        (rf"{_Y}-{_M}-(?P<day>\d\d)", _day),
        (rf"{_D}(?P<sign>[/.-])(?P<month>\d\d?)(?P=sign){_Y}", _day),  # 30/06/2023: day first
        (rf"(?:le )?{_D}{_NTH}[ -]{_NAMED}[ -]?{_Y}", _day),  # 1er juillet 2024
        (rf"{_NAMED} {_D}{_NTH},? {_Y}", _day),  # July 1st, 2024
    )
)
_DATING = re.compile(r"(\.\./)?(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
