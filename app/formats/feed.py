"""The log as a feed: an entry for each public event, newest first. Knows Atom, and no library.

RFC 4287, in pages as RFC 5005 has them. Nothing in it depends on the day: no lateness is said.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.domain.claims import ACCEPTED
from app.domain.commitments import Commitment
from app.domain.context import Context, Recorded
from app.domain.ledger import timestamp
from app.domain.references import THE_REGISTER
from app.formats import changes
from app.formats.changes import Row
from app.formats.rdf import clean
from app.formats.sentences import Detail, Sentences

ATOM = "http://www.w3.org/2005/Atom"
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
    say = Sentences(feed.language, context)
    root = Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    updated = max((_updated(logged) for logged in recorded), default=None)
    _add(root, "id", feed.first)
    _add(root, "title", _title(feed, say))
    _add(root, "subtitle", say.t(ABOUT))
    _add(root, "updated", timestamp(updated or context.head.recorded_at or BEGINNING))
    _add(SubElement(root, "author"), "name", "Ouvertures")
    _add(root, "generator", "Ouvertures", uri=context.base)
    _links(root, feed, context)
    for logged in recorded:
        root.append(_entry(logged, feed, say))
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = clean(text)


def _link(parent: Element, rel: str, address: str, media_type: str) -> None:
    SubElement(parent, "link", {"rel": rel, "href": address, "type": media_type})


def _title(feed: Feed, say: Sentences) -> str:
    if feed.entry:
        name = clean(feed.entry.described.title.within(feed.language)) or feed.entry.slug
        title = say.t("{title}: what changes", title=name)
    else:
        title = say.t(
            "Actions of the roadmap: what changes" if feed.of_actions else "Openings: what changes"
        )
    filters = (say.filter(*pair, of_action=feed.of_actions) for pair in feed.filters)
    return f"{title} ({', '.join(filters)})" if feed.filters else title


def _links(root: Element, feed: Feed, context: Context) -> None:
    kind = "application/atom+xml"
    around = (("self", feed.page), ("first", feed.first))
    for rel, address in (*around, ("previous", feed.previous), ("next", feed.next)):
        if address:
            _link(root, rel, address, kind)
    _link(root, "alternate", feed.alternate, "text/html")
    _link(root, "up", feed.up, "text/html" if feed.entry is None else kind)
    _link(root, "license", context.licence, "text/html")


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
    rows, facts = list(changes.rows(logged, say)), list(changes.facts(logged, say))
    root = Element("entry")
    _add(root, "id", f"{page}#position-{event.position}")
    _add(root, "title", changes.headline(logged, say))
    _add(root, "published", timestamp(event.recorded_at))
    _add(root, "updated", timestamp(_updated(logged)))
    _add(SubElement(root, "author"), "name", author)
    _link(root, "alternate", f"{page}#position-{shown}", "text/html")
    _link(root, "via", changes.address(event.position, base), "application/json")
    for term, label, scheme in _categories(logged, say):
        SubElement(root, "category", {"term": term, "scheme": scheme, "label": label})
    _add(root, "summary", "\n".join(_lines(rows, facts, say)))
    _add(root, "content", _content(rows, facts, say), type="html")
    return root


def _categories(logged: Recorded, say: Sentences) -> Iterator[tuple[str, str, str]]:
    """(term, label, scheme): the kind of event, who opens, and whether the claim counts."""
    log, kind = f"{say.context.base}/api/v1/changes", logged.event.kind
    yield kind, say.t(changes.EVENTS[kind]), f"{log}#kind"
    if (judged := changes.standing(logged)) != ACCEPTED:
        yield judged, say.t(changes.STANDINGS[judged]), f"{log}#standing"
    if entry := changes.about(logged):
        publishers = f"{say.context.base}/api/v1/publishers"
        yield (
            clean(entry.described.publisher),
            clean(say.name(entry.described.publisher)),
            publishers,
        )


def _lines(rows: Iterable[Row], facts: Iterable[Detail], say: Sentences) -> Iterator[str]:
    """In plain text: what changed, then what else is known."""
    for row in rows:
        yield say.labelled(row.label, f"{row.before or '–'} → {row.after or '–'}")
    for fact in facts:
        yield say.labelled(fact.label, fact.value)


def _content(rows: Sequence[Row], facts: Iterable[Detail], say: Sentences) -> str:
    """The same as HTML: a table of before and after, and a list."""
    html = [_table(rows, say)] if rows else []
    html.append("<dl>")
    for fact in facts:
        value = escape(fact.value)
        if fact.address:
            value = f'<a href="{escape(fact.address)}">{value}</a>'
        html.append(f"<dt>{escape(fact.label)}</dt><dd>{value}</dd>")
    return "".join([*html, "</dl>"])


def _table(rows: Iterable[Row], say: Sentences) -> str:
    head = f"<tr><th></th><th>{say.t('Before')}</th><th>{say.t('After')}</th></tr>"
    body = (
        f"<tr><th>{escape(row.label)}</th>"
        f"<td>{escape(row.before or '–')}</td><td>{escape(row.after or '–')}</td></tr>"
        for row in rows
    )
    return f"<table>{head}{''.join(body)}</table>"
