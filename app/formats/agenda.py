"""The deadlines as a calendar: all-day events, each on the last day of one. Knows RFC 5545.

What an event says follows from its record alone: the same bytes until something is recorded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.prop import vInline

from app.domain.commitments import Commitment, Deadline, Part
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


def calendar(entries: Iterable[Commitment], export: Export, context: Context) -> Iterator[bytes]:
    """The deadlines of these entries, in their order, an entry at a time."""
    say = Sentences(export.lang, context)
    of_actions = export.of == "actions"
    title = say.t("Actions of the roadmap: deadlines" if of_actions else "Openings: deadlines")
    yield _head(title, say)
    for entry in entries:
        yield _events(entry, export, say)
    yield _END


def of_one(entry: Commitment, export: Export, context: Context) -> bytes:
    """The deadlines of one entry: a calendar of its name."""
    say = Sentences(export.lang, context)
    return _head(say.title(entry), say) + _events(entry, export, say) + _END


def _head(title: str, say: Sentences) -> bytes:
    """A calendar until its events. The time zone of its days makes it whole without any."""
    about = say.t(ABOUT)
    calendar = Calendar()
    for name, value in (
        ("prodid", f"-//Ouvertures//Ouvertures//{say.language.upper()}"),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("name", title),
        ("x-wr-calname", title),
        ("description", about),
        ("x-wr-caldesc", about),
        ("x-wr-timezone", PARIS.key),
        ("x-published-ttl", REFRESH),
    ):
        calendar.add(name, _text(value))
    calendar.add("refresh-interval", vInline(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add_component(_paris())
    lines: bytes = calendar.to_ical()
    return lines.removesuffix(_END)


def _paris() -> Timezone:
    """The time of Paris: an hour more from the last Sunday of March to that of October."""
    zone = Timezone()
    zone.add("tzid", PARIS.key)
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
        zone.add_component(season)
    return zone


def _events(entry: Commitment, export: Export, say: Sentences) -> bytes:
    """The deadline of an entry, or those of its parts."""
    dues = [
        Due(entry, record, record.deadline, say)
        for record in entry.parts or (entry,)
        if record.deadline
    ]
    return b"".join(due.event(export.alarm).to_ical() for due in dues)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline to show: of `record`, which is the entry itself or one of its parts."""

    entry: Commitment
    record: Commitment | Part
    deadline: Deadline
    say: Sentences

    @property
    def of_action(self) -> bool:
        """Whether French has its own words for it."""
        return self.entry.type == "action"

    @property
    def awaited(self) -> bool:
        """Whether the deadline is still to be met."""
        return self.record.state in AWAITED

    def event(self, alarms: Iterable[int]) -> Event:
        """One deadline, with alarms so many days before while it is awaited."""
        entry, last, summary = self.entry, self.deadline.period.end, _text(self.summary())
        event = Event()
        event.add("uid", _text(self.name()))
        # The version is the position of the last event: it only grows, also when a claim is
        # retracted, as a sequence must.
        event.add("sequence", entry.version)
        event.add("created", entry.created)
        event.add("dtstamp", entry.modified)
        event.add("last-modified", entry.modified)
        event.add("dtstart", last)
        event.add("dtend", last + DAY)
        event.add("summary", summary)
        event.add("description", _text("\n".join(self.description())))
        event.add("url", vInline(self.say.context.iri(entry)))
        state = self.say.state_label(self.record.state, of_action=self.of_action)
        categories = (state, self.say.name(entry.described.publisher))
        event.add("categories", vInline(",".join(map(_text, categories))))
        event.add("status", self.status())
        event.add("transp", "TRANSPARENT")
        for days in sorted(alarms, reverse=True) if self.awaited else ():
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("trigger", -timedelta(days=days))
            alarm.add("description", summary)
            event.add_component(alarm)
        return event

    def name(self) -> str:
        """A name for ever. A slug has no full stop: no part has the name of another entry."""
        host = urlsplit(self.say.context.base).hostname or "localhost"
        part = f".{self.record.key}" if isinstance(self.record, Part) else ""
        return f"{self.entry.slug}{part}@{host}"

    def summary(self) -> str:
        """What comes of the promise, then what was promised: “✓ Ouvert : Décisions…”."""
        state, say = self.record.state, self.say
        label = say.state_label(state, of_action=self.of_action)
        if state == "available":
            label = say.t("✓ Done" if self.of_action else "✓ Open")
        elif self.awaited:
            label = say.t("Due") if state == "planned" else say.t("Due ({state})", state=label)
        title = say.title(self.entry)
        if isinstance(self.record, Part):
            title += f" ({say.title(self.record)})"
        return say.labelled(label, title)

    def description(self) -> Iterator[str]:
        """The state, the moves of the deadline with their texts, and where to read more."""
        say, period = self.say, self.deadline.period
        yield f"{say.state(self.record, of_action=self.of_action)}."
        texts = say.history(self.record)
        yield from [texts] if texts else say.set_by(self.record)
        if period.precision != "day":
            sentence = "Promised for a period, {period}: the event is on its last day."
            yield say.t(sentence, period=say.period(period))
        name = say.name(self.entry.described.publisher)
        sentence = "Who is in charge: {name}." if self.of_action else "Who opens: {name}."
        yield say.t(sentence, name=name)
        yield say.context.iri(self.entry)

    def status(self) -> str:
        """Cancelled when nothing is awaited any more, tentative while only a period is promised."""
        if self.record.state in NOT_JUDGED:
            return "CANCELLED"
        precise = self.deadline.period.precision == "day"
        return "CONFIRMED" if precise or not self.awaited else "TENTATIVE"


def _text(value: str) -> vInline:
    r"""A text, escaped here: the library takes a backslash before an N for a line break."""
    text = clean(value).replace("\\", "\\\\").replace("\n", "\\n")
    return vInline(text.replace(";", "\\;").replace(",", "\\,"))
