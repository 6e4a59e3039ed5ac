"""The log as a feed: an entry for each public event, newest first. Knows Atom, and no library.

RFC 4287, in pages as RFC 5005 has them. Nothing in it depends on the day: no lateness is said.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.domain.claims import ACCEPTED, CLAIMS
from app.domain.commitments import Commitment
from app.domain.context import Context, Recorded
from app.domain.ledger import Event, paris_day, paris_midnight, timestamp
from app.domain.references import THE_REGISTER
from app.formats import changes
from app.formats.changes import Row
from app.formats.sentences import Detail, Sentences

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a register in which nothing was recorded changed last."""
ABOUT = (
    "Every claim and every judgement of the register, with what it changed, the text that says so "
    "and its source. The latest first."
)


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
    _add(root, "subtitle", say.t(ABOUT))
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
    lines = [(row.label, f"{row.before or '–'} → {row.after or '–'}") for row in rows]
    lines += [(fact.label, fact.value) for fact in facts]
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
            before, after = (escape(text or "–") for text in (row.before, row.after))
            label = escape(row.label)
            html.append(f"<tr><th>{label}</th><td>{before}</td><td>{after}</td></tr>")
        html.append("</table>")
    html.append("<dl>")
    for fact in facts:
        value = escape(fact.value)
        if fact.address:
            value = f'<a href="{escape(fact.address)}">{value}</a>'
        html.append(f"<dt>{escape(fact.label)}</dt><dd>{value}</dd>")
    return "".join([*html, "</dl>"])
