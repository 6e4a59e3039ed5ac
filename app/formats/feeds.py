"""What people subscribe to: the log as Atom, and deadlines and openings as a calendar.

RFC 4287, in pages as RFC 5005 has them, and RFC 5545. Nothing depends on the day: a feed and an
event say the same until something is recorded.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.domain import beside
from app.domain.claims import ACCEPTED, CLAIMS
from app.domain.commitments import Commitment, Part
from app.domain.context import Context, Recorded
from app.domain.ledger import PARIS, Event, paris_day, paris_midnight, timestamp
from app.domain.references import THE_REGISTER
from app.domain.search import Export
from app.domain.states import NOT_JUDGED
from app.formats import changes
from app.formats.changes import Row
from app.formats.sentences import AWAITED, Detail, Sentences, lower

_TEXTS = beside(__file__)
ABOUT: Mapping[str, str] = _TEXTS["about"]


# The log: an entry for each public event, the latest first.

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a register in which nothing was recorded changed last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a feed says besides its events: what it is about, and the addresses around it.

    `first` is the address of its newest page: its name for ever. `filters` are parameters as they
    were given, `entry` the one that the feed is about, if it is about one.
    """

    language: str
    of_actions: bool
    page: str
    first: str
    alternate: str
    up: str
    next: str | None = None
    previous: str | None = None
    filters: tuple[tuple[str, str], ...] = ()
    entry: Commitment | None = None


def atom(recorded: Sequence[Recorded], feed: Feed, context: Context) -> bytes:
    """A page of the feed. It was updated when the last of its events was recorded."""
    say = Sentences(feed.language, context, feed.of_actions)
    root = Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    updated = max(map(_updated, recorded), default=context.head.recorded_at or BEGINNING)
    _add(root, "id", feed.first)
    _add(root, "title", _title(feed, say))
    _add(root, "subtitle", say.t(ABOUT["log"]))
    _add(root, "updated", timestamp(updated))
    _add(SubElement(root, "author"), "name", "Ouvertures")
    _add(root, "generator", "Ouvertures", uri=context.base)
    for rel, address, media_type in (
        ("self", feed.page, MEDIA_TYPE),
        ("first", feed.first, MEDIA_TYPE),
        ("previous", feed.previous, MEDIA_TYPE),
        ("next", feed.next, MEDIA_TYPE),
        ("alternate", feed.alternate, "text/html"),
        ("up", feed.up, MEDIA_TYPE if feed.up.endswith(".atom") else "text/html"),
        ("license", context.licence, "text/html"),
    ):
        if address:
            _link(root, rel, address, media_type)
    root.extend(_entry(logged, feed, say) for logged in recorded)
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = text


def _link(parent: Element, rel: str, address: str, media_type: str) -> None:
    SubElement(parent, "link", {"rel": rel, "href": address, "type": media_type})


def _title(feed: Feed, say: Sentences) -> str:
    if feed.entry:
        title = say.t("{title}: what changes", title=say.title(feed.entry))
    else:
        title = say.t(
            "Actions of the roadmap: what changes" if feed.of_actions else "Openings: what changes"
        )
    filters = (say.filter(*pair) for pair in feed.filters)
    return f"{title} ({', '.join(filters)})" if feed.filters else title


def _known(event: Event) -> datetime:
    """When the public could know: the beginning of the day that a claim of the past counts from."""
    if event.kind in CLAIMS and event.counts_from < paris_day(event.recorded_at):
        return paris_midnight(event.counts_from)
    return event.recorded_at


def _updated(logged: Recorded) -> datetime:
    """When the event was recorded, or judged since."""
    return (logged.judgement or logged.event).recorded_at


def _entry(logged: Recorded, feed: Feed, say: Sentences) -> Element:
    """One event. It has the address of its place on the entry’s page, for ever."""
    event, base = logged.event, say.context.base
    kind = "actions" if feed.of_actions else "openings"
    page = f"{base}/{kind}/{quote(event.commitment, safe='')}"
    shown = logged.target.position if logged.target else event.position
    author = "Ouvertures" if event.recorded_by == THE_REGISTER else say.name(event.recorded_by)
    rows = list(changes.rows(logged.before, logged.after, say))
    facts = list(changes.facts(logged, say))
    lines = [(row.label, f"{row.before or '–'} → {row.after or '–'}") for row in rows]
    lines += [(fact.label, fact.value) for fact in facts]
    root = Element("entry")
    _add(root, "id", f"{page}#position-{event.position}")
    _add(root, "title", changes.headline(logged, say))
    _add(root, "published", timestamp(_known(event)))
    _add(root, "updated", timestamp(_updated(logged)))
    _add(SubElement(root, "author"), "name", author)
    _link(root, "alternate", f"{page}#position-{shown}", "text/html")
    _link(root, "via", changes.address(event.position, base), "application/json")
    for term, label, scheme in _categories(logged, say):
        about = {"term": term, "scheme": f"{base}/api/v1/{scheme}", "label": label}
        SubElement(root, "category", about)
    _add(root, "summary", "\n".join(say.labelled(*line) for line in lines))
    _add(root, "content", _content(rows, facts, say), type="html")
    return root


def _categories(logged: Recorded, say: Sentences) -> Iterator[tuple[str, str, str]]:
    """(term, label, scheme): the kind of event, who opens, and whether the claim counts."""
    kind, standing = logged.event.kind, changes.standing(logged)
    yield kind, say.t(changes.EVENTS[kind]), "changes#kind"
    if standing != ACCEPTED:
        yield standing, say.t(changes.STANDINGS[standing]), "changes#standing"
    if entry := changes.about(logged):
        publisher = entry.described.publisher
        yield publisher, say.name(publisher), "publishers"


def _content(rows: Sequence[Row], facts: Iterable[Detail], say: Sentences) -> str:
    """The summary as HTML: a table of before and after, and a list."""
    html = []
    if rows:
        html.append(f"<table><tr><th></th><th>{say.t('Before')}</th><th>{say.t('After')}</th></tr>")
        for row in rows:
            label, before, after = map(escape, (row.label, row.before or "–", row.after or "–"))
            html.append(f"<tr><th>{label}</th><td>{before}</td><td>{after}</td></tr>")
        html.append("</table>")
    html.append("<dl>")
    for fact in facts:
        value = escape(fact.value)
        if fact.address:
            value = f'<a href="{escape(fact.address)}">{value}</a>'
        html.append(f"<dt>{escape(fact.label)}</dt><dd>{value}</dd>")
    return "".join([*html, "</dl>"])


# Deadlines and openings: all-day events.

DAY = timedelta(days=1)
_REFRESH: str = _TEXTS["calendar"]["refresh"]
_ZONE: bytes = _TEXTS["calendar"]["zone"].replace("\n", "\r\n").encode()
_END = b"END:VCALENDAR\r\n"


def calendar(entries: Iterable[Commitment], export: Export, context: Context) -> Iterator[bytes]:
    """The events of these entries, in their order, an entry at a time."""
    say = Sentences(export.lang, context, export.of == "actions")
    title = say.t("Actions of the roadmap: deadlines" if say.of_action else "Openings: deadlines")
    yield _head(title, say)
    for entry in entries:
        yield _events(entry, export, say)
    yield _END


def calendar_of(entry: Commitment, export: Export, context: Context) -> bytes:
    """The events of one entry: a calendar of its name."""
    say = Sentences(export.lang, context).of(entry)
    return _head(say.title(entry), say) + _events(entry, export, say) + _END


def _head(title: str, say: Sentences) -> bytes:
    """A calendar until its events. The time zone of its days makes it whole without any."""
    about = say.t(ABOUT["calendar"])
    calendar = _component(
        "Calendar",
        {
            "prodid": f"-//Ouvertures//Ouvertures//{say.language.upper()}",
            "version": "2.0",
            "calscale": "GREGORIAN",
            "name": title,
            "x-wr-calname": title,
            "description": about,
            "x-wr-caldesc": about,
            "x-wr-timezone": PARIS.key,
            "x-published-ttl": _REFRESH,
            "refresh-interval": _REFRESH,
        },
    )
    calendar["refresh-interval"].params["VALUE"] = "DURATION"
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

    def events(self, alarms: Iterable[int]) -> Iterator[Any]:
        """The deadline, with alarms so many days before while it is awaited, and each opening."""
        record, say = self.record, self.say
        if record.deadline:
            before = sorted(alarms, reverse=True) if record.state in AWAITED else ()
            last = record.deadline.period.end
            yield self._event("", last, self._outcome(), self._status(), before)
        done = say.t("✓ done" if say.of_action else "✓ open")
        for name, phrase, opened in (
            ("opened-in-part", say.t("✓ open in part"), record.opened_in_part_on),
            ("opened", done, record.opened_on),
        ):
            if opened:
                dated = f"{phrase}, {say.dating(opened)}" if opened.vague else phrase
                status = "TENTATIVE" if opened.vague else "CONFIRMED"
                yield self._event(name, opened.last, dated, status)

    def _event(
        self, name: str, day: date, phrase: str, status: str, alarms: Iterable[int] = ()
    ) -> Any:
        """What happens on a day, with alarms so many days before. Its name is for ever.

        A slug has no full stop: no part has the name of another entry.
        """
        entry, record, say = self.entry, self.record, self.say
        host = urlsplit(say.context.base).hostname or "localhost"
        part = f".{record.key}" if isinstance(record, Part) else ""
        title = say.short_title(entry)
        if entry.parts:
            title = f"{title} ({say.title(record)})"
        summary, publisher = say.labelled(title, phrase), say.name(entry.described.publisher)
        event = _component(
            "Event",
            {
                "uid": f"{entry.slug}{part}{f':{name}' if name else ''}@{host}",
                # The version is the position of the last event: it only grows, also when a claim
                # is retracted, as a sequence must.
                "sequence": entry.version,
                "created": entry.created,
                "dtstamp": entry.modified,
                "last-modified": entry.modified,
                "dtstart": day,
                "dtend": day + DAY,
                "summary": summary,
                "description": "\n".join(self._description(of_deadline=not name)),
                "url": say.context.iri(entry),
                "categories": [say.state_label(record.state), publisher],
                "status": status,
                "transp": "TRANSPARENT",
            },
        )
        for days in alarms:
            alarm = {"action": "DISPLAY", "trigger": -timedelta(days), "description": summary}
            event.add_component(_component("Alarm", alarm))
        return event

    def _outcome(self) -> str:
        """What came of a deadline: “échéance”, “échéance, ouverte avec 3 jours de retard”."""
        state, say, timing = self.record.state, self.say, self.record.timing
        if state == "planned":
            return say.t("deadline")
        outcome = say.state_label(state)
        if state == "available" and timing.settled:  # then it is the same on every day
            outcome = say.timeliness(self.record, say.context.day)
        return say.t("deadline, {outcome}", outcome=lower(outcome))

    def _description(self, *, of_deadline: bool) -> Iterator[str]:
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

    def _status(self) -> str:
        """Cancelled when nothing is awaited any more, tentative while only a period is promised."""
        state, due = self.record.state, self.record.deadline
        if state in NOT_JUDGED:
            return "CANCELLED"
        precise = due is not None and due.period.precision == "day"
        return "CONFIRMED" if precise or state not in AWAITED else "TENTATIVE"


def _component(kind: str, values: Mapping[str, Any]) -> Any:
    r"""A component of a calendar.

    Texts are escaped here: the library takes a backslash before an N for a line break.
    """
    import icalendar  # noqa: PLC0415 slow to load

    component = getattr(icalendar, kind)()
    for name, value in values.items():
        of_text = isinstance(value, str | list)
        component.add(name, icalendar.prop.vInline(_escaped(value)) if of_text else value)
    return component


def _escaped(value: str | list[str]) -> str:
    """A text, or several in a row."""
    if isinstance(value, list):
        return ",".join(map(_escaped, value))
    text = value.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace(";", "\\;").replace(",", "\\,")
