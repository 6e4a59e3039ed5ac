"""The deadlines as a calendar: all-day events, each on the last day of one. Knows RFC 5545.

What an event says follows from its record alone: the same bytes until something is recorded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.prop import vInline

from app.domain.commitments import Commitment, Part
from app.domain.context import Context
from app.domain.ledger import PARIS
from app.domain.search import Export
from app.domain.states import NOT_JUDGED
from app.formats.rdf import clean
from app.formats.sentences import AWAITED, Sentences

REFRESH = "PT12H"
"""After how long a calendar program should ask again."""

DAY = timedelta(days=1)
_END = b"END:VCALENDAR\r\n"


ABOUT = (
    "What the administration has promised, and by when. An event moves when a text moves the "
    "deadline."
)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline to show: the entry’s own, or that of one of its parts."""

    entry: Commitment
    held: Commitment | Part

    @property
    def of_action(self) -> bool:
        """Whether French has its own words for it."""
        return self.entry.type == "action"

    @property
    def awaited(self) -> bool:
        """Whether the deadline is still to be met."""
        return self.held.state in AWAITED


def calendar(entries: Iterable[Commitment], export: Export, context: Context) -> Iterator[bytes]:
    """The deadlines of these entries, in their order, an entry at a time."""
    say = Sentences(export.lang, context)
    of_actions = export.of == "actions"
    yield _opened(
        say.t("Actions of the roadmap: deadlines" if of_actions else "Openings: deadlines"), say
    )
    for entry in entries:
        yield _events(entry, export, say)
    yield _END


def of_one(entry: Commitment, export: Export, context: Context) -> bytes:
    """The deadlines of one entry: a calendar of its name."""
    say = Sentences(export.lang, context)
    name = clean(entry.described.title.within(export.lang)) or entry.slug
    return _opened(name, say) + _events(entry, export, say) + _END


def _events(entry: Commitment, export: Export, say: Sentences) -> bytes:
    dues = [Due(entry, held) for held in entry.parts or (entry,) if held.deadline]
    return b"".join(_event(due, export, say).to_ical() for due in dues)


def _opened(called: str, say: Sentences) -> bytes:
    """A calendar until its events. The time zone of its days makes it whole without any."""
    about = say.t(ABOUT)
    made = Calendar()
    for name, value in (
        ("prodid", f"-//Ouvertures//Ouvertures//{say.language.upper()}"),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("name", called),
        ("x-wr-calname", called),
        ("description", about),
        ("x-wr-caldesc", about),
        ("x-wr-timezone", PARIS.key),
        ("x-published-ttl", REFRESH),
    ):
        made.add(name, _text(value))
    made.add("refresh-interval", vInline(REFRESH), parameters={"VALUE": "DURATION"})
    made.add_component(_paris())
    lines: bytes = made.to_ical()
    return lines.removesuffix(_END)


def _paris() -> Timezone:
    """The time of Paris: an hour more from the last Sunday of March to that of October."""
    made = Timezone()
    made.add("tzid", PARIS.key)
    winter, summer = timedelta(hours=1), timedelta(hours=2)
    for season, name, began, before, after in (
        (TimezoneDaylight(), "CEST", datetime(1996, 3, 31, 2), winter, summer),  # noqa: DTZ001
        (TimezoneStandard(), "CET", datetime(1996, 10, 27, 3), summer, winter),  # noqa: DTZ001
    ):
        season.add("tzname", name)
        season.add("dtstart", began)
        season.add("rrule", {"freq": "yearly", "bymonth": began.month, "byday": "-1su"})
        season.add("tzoffsetfrom", before)
        season.add("tzoffsetto", after)
        made.add_component(season)
    return made


def _event(due: Due, export: Export, say: Sentences) -> Event:
    """One deadline, with alarms while it is awaited.

    Its sequence is the entry’s version: the position of its last event, which only grows, also
    when a claim is retracted.
    """
    entry, held, context = due.entry, due.held, say.context
    assert held.deadline is not None  # noqa: S101 only deadlines have events
    last, summary = held.deadline.period.end, _text(_summary(due, say))
    made = Event()
    made.add("uid", _text(_name(due, context)))
    made.add("sequence", entry.version)
    made.add("created", entry.created)
    made.add("dtstamp", entry.modified)
    made.add("last-modified", entry.modified)
    made.add("dtstart", last)
    made.add("dtend", last + DAY)
    made.add("summary", summary)
    made.add("description", _text(_description(due, say)))
    made.add("url", vInline(context.iri(entry)))
    made.add("categories", _texts(_categories(due, say)))
    made.add("status", _status(due))
    made.add("transp", "TRANSPARENT")
    for days in sorted(export.alarm, reverse=True) if due.awaited else ():
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", -timedelta(days=days))
        alarm.add("description", summary)
        made.add_component(alarm)
    return made


def _name(due: Due, context: Context) -> str:
    """A name for ever. A slug has no full stop: no part has the name of another entry."""
    host = urlsplit(context.base).hostname or "localhost"
    part = f".{due.held.key}" if isinstance(due.held, Part) else ""
    return f"{due.entry.slug}{part}@{host}"


def _summary(due: Due, say: Sentences) -> str:
    """What comes of the promise, then what was promised: “✓ Ouvert : Décisions…”."""
    state = due.held.state
    label = say.state_label(state, of_action=due.of_action)
    if state == "available":
        label = say.t("✓ Done" if due.of_action else "✓ Open")
    elif due.awaited:
        label = say.t("Due") if state == "planned" else say.t("Due ({state})", state=label)
    title = clean(due.entry.described.title.within(say.language)) or due.entry.slug
    if isinstance(due.held, Part):
        title += f" ({clean(due.held.title.within(say.language)) or due.held.key})"
    return say.labelled(label, title)


def _description(due: Due, say: Sentences) -> str:
    """The state, the moves of the deadline with their texts, and where to read more."""
    held, period = due.held, due.held.deadline and due.held.deadline.period
    lines = [
        f"{say.state(held, of_action=due.of_action)}.",
        say.history(held) or " ".join(say.set_by(held)),
    ]
    if period and period.precision != "day":
        lines.append(
            say.t(
                "Promised for a period, {period}: the event is on its last day.",
                period=say.period(period),
            )
        )
    name = say.name(due.entry.described.publisher)
    lines.append(
        say.t("Who is in charge: {name}." if due.of_action else "Who opens: {name}.", name=name)
    )
    return "\n".join([line for line in lines if line] + [say.context.iri(due.entry)])


def _categories(due: Due, say: Sentences) -> list[str]:
    return [
        say.state_label(due.held.state, of_action=due.of_action),
        say.name(due.entry.described.publisher),
    ]


def _status(due: Due) -> str:
    """Cancelled when nothing is awaited any more, tentative while only a period is promised."""
    if due.held.state in NOT_JUDGED:
        return "CANCELLED"
    precise = due.held.deadline and due.held.deadline.period.precision == "day"
    return "CONFIRMED" if precise or not due.awaited else "TENTATIVE"


def _text(value: str) -> vInline:
    r"""A text, escaped here: the library takes a backslash before an N for a line break."""
    told = clean(value).replace("\\", "\\\\").replace("\n", "\\n")
    return vInline(told.replace(";", "\\;").replace(",", "\\,"))


def _texts(values: Iterable[str]) -> vInline:
    """Several texts in one property."""
    return vInline(",".join(_text(value) for value in values))
