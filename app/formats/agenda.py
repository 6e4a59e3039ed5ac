"""Deadlines and openings as a calendar of all-day events. Knows RFC 5545.

What an event says follows from its record alone: the same bytes until something is recorded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from icalendar import Alarm, Calendar, Event
from icalendar.prop import vInline

from app.domain import beside
from app.domain.commitments import Commitment, Part
from app.domain.context import Context
from app.domain.ledger import PARIS
from app.domain.search import Export
from app.domain.states import NOT_JUDGED
from app.formats.sentences import AWAITED, Sentences, lower

REFRESH = "PT12H"
"""After how long a calendar program should ask again."""

DAY = timedelta(days=1)
_END = b"END:VCALENDAR\r\n"
_TEXTS = beside(__file__)
ABOUT: str = _TEXTS["about"]
_ZONE: bytes = _TEXTS["zone"].replace("\n", "\r\n").encode()


def calendar(entries: Iterable[Commitment], export: Export, context: Context) -> Iterator[bytes]:
    """The events of these entries, in their order, an entry at a time."""
    say = Sentences(export.lang, context, export.of == "actions")
    title = say.t("Actions of the roadmap: deadlines" if say.of_action else "Openings: deadlines")
    yield _head(title, say)
    for entry in entries:
        yield _events(entry, export, say)
    yield _END


def of_one(entry: Commitment, export: Export, context: Context) -> bytes:
    """The events of one entry: a calendar of its name."""
    say = Sentences(export.lang, context).of(entry)
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
    lines: bytes = calendar.to_ical()
    return lines.removesuffix(_END) + _ZONE


def _events(entry: Commitment, export: Export, say: Sentences) -> bytes:
    """The deadline and the openings of an entry, or those of its parts."""
    events = (
        event
        for record in entry.parts or (entry,)
        for event in _Record(entry, record, say).events(export.alarm)
    )
    return b"".join(event.to_ical() for event in events)


@dataclass(frozen=True, slots=True)
class _Record:
    """An entry, or one of its parts, as events."""

    entry: Commitment
    record: Commitment | Part
    say: Sentences

    def events(self, alarms: Iterable[int]) -> Iterator[Event]:
        """The deadline, with alarms so many days before while it is awaited, and each opening."""
        record, say = self.record, self.say
        if record.deadline:
            event = self._event("", record.deadline.period.end, self._deadline(), self.status())
            for days in sorted(alarms, reverse=True) if record.state in AWAITED else ():
                alarm = Alarm()
                alarm.add("action", "DISPLAY")
                alarm.add("trigger", -timedelta(days=days))
                alarm.add("description", event["summary"])
                event.add_component(alarm)
            yield event
        done = say.t("✓ done" if say.of_action else "✓ open")
        for name, phrase, opened in (
            ("opened-in-part", say.t("✓ open in part"), record.opened_in_part_on),
            ("opened", done, record.opened_on),
        ):
            if opened:
                dated = f"{phrase}, {say.dating(opened)}" if opened.vague else phrase
                status = "TENTATIVE" if opened.vague else "CONFIRMED"
                yield self._event(name, opened.last, dated, status)

    def _event(self, name: str, day: date, phrase: str, status: str) -> Event:
        """What happens on a day."""
        entry, say = self.entry, self.say
        event = Event()
        event.add("uid", _text(self._name(name)))
        # The version is the position of the last event: it only grows, also when a claim is
        # retracted, as a sequence must.
        event.add("sequence", entry.version)
        event.add("created", entry.created)
        event.add("dtstamp", entry.modified)
        event.add("last-modified", entry.modified)
        event.add("dtstart", day)
        event.add("dtend", day + DAY)
        event.add("summary", _text(say.labelled(self._title(), phrase)))
        event.add("description", _text("\n".join(self.description(of_deadline=not name))))
        event.add("url", vInline(say.context.iri(entry)))
        state = say.state_label(self.record.state)
        categories = (state, say.name(entry.described.publisher))
        event.add("categories", vInline(",".join(map(_text, categories))))
        event.add("status", status)
        event.add("transp", "TRANSPARENT")
        return event

    def _name(self, name: str) -> str:
        """A name for ever. A slug has no full stop: no part has the name of another entry."""
        host = urlsplit(self.say.context.base).hostname or "localhost"
        part = f".{self.record.key}" if isinstance(self.record, Part) else ""
        return f"{self.entry.slug}{part}{f':{name}' if name else ''}@{host}"

    def _title(self) -> str:
        title = self.say.short_title(self.entry)
        return f"{title} ({self.say.title(self.record)})" if self.entry.parts else title

    def _deadline(self) -> str:
        """What came of a deadline: “échéance”, “échéance, ouverte avec 3 jours de retard”."""
        state, say, timing = self.record.state, self.say, self.record.timing
        if state == "planned":
            return say.t("deadline")
        outcome = say.state_label(state)
        if state == "available" and timing.settled:  # then it is the same on every day
            outcome = say.timeliness(self.record, say.context.day)
        return say.t("deadline, {outcome}", outcome=lower(outcome))

    def description(self, *, of_deadline: bool) -> Iterator[str]:
        """The state, the moves of the deadline with their texts, and where to read more."""
        say, record, due = self.say, self.record, self.record.deadline
        yield f"{say.state(record)}."
        texts = say.history(record)
        yield from [texts] if texts else say.set_by(record)
        yield from say.addresses(record)
        if of_deadline and due and due.period.precision != "day":
            sentence = "Promised for a period, {period}: the event is on its last day."
            yield say.t(sentence, period=say.period(due.period))
        if attested := say.evidence(record):
            yield f"{say.labelled(attested.label, attested.value)}."
            yield from filter(None, [attested.address])
        name = say.name(self.entry.described.publisher)
        sentence = "Who is in charge: {name}." if say.of_action else "Who opens: {name}."
        yield say.t(sentence, name=name)
        yield say.context.iri(self.entry)

    def status(self) -> str:
        """Cancelled when nothing is awaited any more, tentative while only a period is promised."""
        state, due = self.record.state, self.record.deadline
        if state in NOT_JUDGED:
            return "CANCELLED"
        precise = due is not None and due.period.precision == "day"
        return "CONFIRMED" if precise or state not in AWAITED else "TENTATIVE"


def _text(value: str) -> vInline:
    r"""A text, escaped here: the library takes a backslash before an N for a line break."""
    text = value.replace("\\", "\\\\").replace("\n", "\\n")
    return vInline(text.replace(";", "\\;").replace(",", "\\,"))
