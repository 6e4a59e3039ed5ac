"""The log as a feed: an entry for each public event, newest first. Knows Atom, and no library.

RFC 4287, in pages as RFC 5005 has them. Nothing in it depends on the day: no lateness is told.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.domain.commitments import Commitment
from app.domain.context import Context, Recorded
from app.domain.ledger import ACCEPTED, timestamp
from app.domain.references import THE_REGISTER
from app.formats import changes, sentences
from app.formats.document import label, vocabularies
from app.formats.rdf import clean

ATOM = "http://www.w3.org/2005/Atom"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a register in which nothing was recorded changed last."""

_WORDS = {
    "fr": {
        "openings": "Ouvertures : ce qui change",
        "actions": "Actions de la feuille de route : ce qui change",
        "entry": "{} : ce qui change",
        "about": "Chaque affirmation et chaque jugement du registre, avec ce qui en a changé, le "
        "texte qui le dit et sa source. Les plus récents d’abord.",
        "before": "Avant",
        "after": "Après",
        "as_of": "tel que connu le {}",
        "at": "jusqu’à l’événement {}",
        "colon": " : ",
    },
    "en": {
        "openings": "Openings: what changes",
        "actions": "Actions of the roadmap: what changes",
        "entry": "{}: what changes",
        "about": "Every claim and every judgement of the register, with what it changed, the text "
        "that says so and its source. The latest first.",
        "before": "Before",
        "after": "After",
        "as_of": "as known on {}",
        "at": "up to event {}",
        "colon": ": ",
    },
}

_VOCABULARIES = {"type": "types", "announcement": "announcements", "timeliness": "timeliness"}
_LABELS = {
    (name, row["key"]): row["label"]
    for name, vocabulary in _VOCABULARIES.items()
    for row in vocabularies()[vocabulary]
}
"""The words of a filter’s values, by filter and value."""


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
    words = _WORDS[feed.language]
    root = Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    updated = max((_updated(one) for one in recorded), default=None)
    _add(root, "id", feed.first)
    _add(root, "title", _title(feed, context))
    _add(root, "subtitle", words["about"])
    _add(root, "updated", timestamp(updated or context.head.recorded_at or BEGINNING))
    _add(SubElement(root, "author"), "name", "Ouvertures")
    _add(root, "generator", "Ouvertures", uri=context.base)
    _links(root, feed, context)
    for one in recorded:
        root.append(_entry(one, feed, context))
    indent(root)
    told: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return told


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = clean(text)


def _link(parent: Element, rel: str, address: str, media_type: str) -> None:
    SubElement(parent, "link", {"rel": rel, "href": address, "type": media_type})


def _title(feed: Feed, context: Context) -> str:
    words = _WORDS[feed.language]
    if feed.entry:
        told = words["entry"].format(
            clean(feed.entry.title.within(feed.language)) or feed.entry.slug
        )
    else:
        told = words["actions" if feed.of_actions else "openings"]
    narrowed = ", ".join(_filter(name, value, feed, context) for name, value in feed.filters)
    return f"{told} ({narrowed})" if narrowed else told


def _filter(name: str, value: str, feed: Feed, context: Context) -> str:
    """A filter in words, where there are words for it."""
    words = _WORDS[feed.language]
    match name:
        case "publisher":
            return context.name_of(value).within(feed.language)
        case "state":
            return label(value, of_action=feed.of_actions).within(feed.language)
        case "as_of":
            return words[name].format(sentences.dating(value, feed.language))
        case "at":
            return words[name].format(value)
    known = _LABELS.get((name, value))
    return known[feed.language] if known else f"{name} = {value}"


def _links(root: Element, feed: Feed, context: Context) -> None:
    kind = "application/atom+xml"
    around = (("self", feed.page), ("first", feed.first))
    for rel, address in (*around, ("previous", feed.previous), ("next", feed.next)):
        if address:
            _link(root, rel, address, kind)
    _link(root, "alternate", feed.alternate, "text/html")
    _link(root, "up", feed.up, "text/html" if feed.entry is None else kind)
    _link(root, "license", context.licence, "text/html")


def _updated(one: Recorded) -> datetime:
    """When the event was recorded, or judged since."""
    return (one.judgement or one.event).recorded_at


def _entry(one: Recorded, feed: Feed, context: Context) -> Element:
    """One event. It has the address of its place on the entry’s page, for ever."""
    event, language = one.event, feed.language
    kind = "actions" if feed.of_actions else "openings"
    page = f"{context.base}/{kind}/{quote(event.commitment, safe='')}"
    shown = one.target.position if one.target else event.position
    root = Element("entry")
    _add(root, "id", f"{page}#position-{event.position}")
    _add(root, "title", changes.headline(one, language))
    _add(root, "published", timestamp(event.recorded_at))
    _add(root, "updated", timestamp(_updated(one)))
    _add(SubElement(root, "author"), "name", _recorder(event.recorded_by, context, language))
    _link(root, "alternate", f"{page}#position-{shown}", "text/html")
    _link(root, "via", changes.address(event.position, context), "application/json")
    for name, told, scheme in _categories(one, context, language):
        SubElement(root, "category", {"term": name, "scheme": scheme, "label": told})
    _add(root, "summary", "\n".join(_lines(one, context, language)))
    _add(root, "content", _content(one, context, language), type="html")
    return root


def _recorder(slug: str, context: Context, language: str) -> str:
    if slug == THE_REGISTER:
        return "Ouvertures"
    return context.name_of(slug).within(language)


def _categories(one: Recorded, context: Context, language: str) -> Iterator[tuple[str, str, str]]:
    """(term, label, scheme): the kind of event, who opens, and whether the claim counts."""
    kinds, standings = (
        f"{context.base}/api/v1/changes#kind",
        f"{context.base}/api/v1/changes#standing",
    )
    yield one.event.kind, changes.word(one.event.kind, language), kinds
    if (judged := changes.standing(one)) != ACCEPTED:
        yield judged, changes.word(judged, language), standings
    if entry := one.after or one.before or one.entry:
        name = clean(context.name_of(entry.publisher).within(language))
        yield clean(entry.publisher), name, f"{context.base}/api/v1/publishers"


def _lines(one: Recorded, context: Context, language: str) -> Iterator[str]:
    """In plain text: what changed, then what else is known."""
    colon = _WORDS[language]["colon"]
    for row in changes.rows(one, language):
        yield f"{row.label}{colon}{row.before or '–'} → {row.after or '–'}"
    for fact in changes.facts(one, context, language):
        yield f"{fact.label}{colon}{fact.value}"


def _content(one: Recorded, context: Context, language: str) -> str:
    """The same as HTML: a table of before and after, and a list."""
    rows = list(changes.rows(one, language))
    told = [_table(rows, language)] if rows else []
    told.append("<dl>")
    for fact in changes.facts(one, context, language):
        value = escape(fact.value)
        if fact.address:
            value = f'<a href="{escape(fact.address)}">{value}</a>'
        told.append(f"<dt>{escape(fact.label)}</dt><dd>{value}</dd>")
    return "".join([*told, "</dl>"])


def _table(rows: Iterable[changes.Row], language: str) -> str:
    words = _WORDS[language]
    head = f"<tr><th></th><th>{words['before']}</th><th>{words['after']}</th></tr>"
    body = (
        f"<tr><th>{escape(row.label)}</th>"
        f"<td>{escape(row.before or '–')}</td><td>{escape(row.after or '–')}</td></tr>"
        for row in rows
    )
    return f"<table>{head}{''.join(body)}</table>"
