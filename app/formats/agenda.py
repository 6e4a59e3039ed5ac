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
from app.domain.periods import spell
from app.domain.search import Export
from app.domain.states import NOT_JUDGED
from app.formats import sentences
from app.formats.document import label
from app.formats.rdf import clean
from app.formats.sentences import AWAITED

REFRESH = "PT12H"
"""After how long a calendar program should ask again."""

DAY = timedelta(days=1)
_END = b"END:VCALENDAR\r\n"


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of a calendar in a language; braces are filled in."""

    name: str
    name_actions: str
    about: str
    due: str
    done: str
    done_action: str
    period: str
    opens: str
    acts: str
    colon: str


_PHRASES = {
    "fr": Phrases(
        name="Ouvertures : échéances",
        name_actions="Actions de la feuille de route : échéances",
        about="Ce que l’administration a promis, et pour quand. Un événement se déplace quand un "
        "texte déplace l’échéance.",
        due="Échéance",
        done="✓ Ouvert",
        done_action="✓ Réalisé",
        period="Promis pour une période, {} : l’événement est à son dernier jour.",
        opens="Qui ouvre : {}.",
        acts="Qui en a la charge : {}.",
        colon=" : ",
    ),
    "en": Phrases(
        name="Openings: deadlines",
        name_actions="Actions of the roadmap: deadlines",
        about="What the administration has promised, and by when. An event moves when a text "
        "moves the deadline.",
        due="Due",
        done="✓ Open",
        done_action="✓ Done",
        period="Promised for a period, {}: the event is on its last day.",
        opens="Who opens: {}.",
        acts="Who is in charge: {}.",
        colon=": ",
    ),
}


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline to tell: the entry’s own, or that of one of its parts."""

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
    phrases = _PHRASES[export.lang]
    yield _opened(phrases.name_actions if export.of == "actions" else phrases.name, export)
    for entry in entries:
        yield _events(entry, export, context)
    yield _END


def of_one(entry: Commitment, export: Export, context: Context) -> bytes:
    """The deadlines of one entry: a calendar of its name."""
    name = clean(entry.title.within(export.lang)) or entry.slug
    return _opened(name, export) + _events(entry, export, context) + _END


def _events(entry: Commitment, export: Export, context: Context) -> bytes:
    dues = [Due(entry, one) for one in entry.parts or (entry,) if one.deadline]
    return b"".join(_event(due, export, context).to_ical() for due in dues)


def _opened(called: str, export: Export) -> bytes:
    """A calendar until its events. The time zone of its days makes it whole without any."""
    phrases = _PHRASES[export.lang]
    made = Calendar()
    for name, value in (
        ("prodid", f"-//Ouvertures//Ouvertures//{export.lang.upper()}"),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("name", called),
        ("x-wr-calname", called),
        ("description", phrases.about),
        ("x-wr-caldesc", phrases.about),
        ("x-wr-timezone", PARIS.key),
        ("x-published-ttl", REFRESH),
    ):
        made.add(name, _text(value))
    made.add("refresh-interval", vInline(REFRESH), parameters={"VALUE": "DURATION"})
    made.add_component(_paris())
    told: bytes = made.to_ical()
    return told.removesuffix(_END)


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


def _event(due: Due, export: Export, context: Context) -> Event:
    """One deadline, with alarms while it is awaited.

    Its sequence is the entry’s version: the position of its last event, which only grows, also
    when a claim is retracted.
    """
    entry, held, language = due.entry, due.held, export.lang
    assert held.deadline is not None  # noqa: S101 only deadlines are told
    last, summary = held.deadline.period.end, _text(_summary(due, language))
    made = Event()
    made.add("uid", _text(_name(due, context)))
    made.add("sequence", entry.version)
    made.add("created", entry.created)
    made.add("dtstamp", entry.modified)
    made.add("last-modified", entry.modified)
    made.add("dtstart", last)
    made.add("dtend", last + DAY)
    made.add("summary", summary)
    made.add("description", _text(_description(due, context, language)))
    made.add("url", vInline(context.iri(entry)))
    made.add("categories", _texts(_categories(due, context, language)))
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


def _summary(due: Due, language: str) -> str:
    """What comes of the promise, then what was promised: “✓ Ouvert : Décisions…”."""
    phrases, state = _PHRASES[language], due.held.state
    if state == "available":
        told = phrases.done_action if due.of_action else phrases.done
    else:
        told = label(state, of_action=due.of_action).within(language)
        if due.awaited:
            told = phrases.due if state == "planned" else f"{phrases.due} ({told})"
    title = clean(due.entry.title.within(language)) or due.entry.slug
    if isinstance(due.held, Part):
        title += f" ({clean(due.held.title.within(language)) or due.held.key})"
    return f"{told}{phrases.colon}{title}"


def _description(due: Due, context: Context, language: str) -> str:
    """The state, the moves of the deadline with their texts, and where to read more."""
    phrases, period = _PHRASES[language], due.held.deadline and due.held.deadline.period
    told = [
        f"{sentences.state(due.held, language, of_action=due.of_action)}.",
        sentences.history(due.held, context, language)
        or " ".join(sentences.set_by(due.held, context, language)),
    ]
    if period and period.precision != "day":
        told.append(phrases.period.format(spell(period, language)))
    who = phrases.acts if due.of_action else phrases.opens
    told.append(who.format(context.name_of(due.entry.publisher).within(language)))
    return "\n".join([line for line in told if line] + [context.iri(due.entry)])


def _categories(due: Due, context: Context, language: str) -> list[str]:
    state = label(due.held.state, of_action=due.of_action)
    return [one.within(language) for one in (state, context.name_of(due.entry.publisher))]


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
