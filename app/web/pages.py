"""The pages: records in, HTML out. Knows no request, no clock and no SQL."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from markupsafe import Markup

from app.domain.commitments import TIMELINESS, Commitment
from app.domain.context import Context
from app.domain.context import path as path_of
from app.domain.references import Programme, Text
from app.domain.search import Highlights
from app.domain.states import OPEN
from app.domain.statistics import Moved
from app.formats import ATOM, CALENDAR, FORMATS, HTML, changes, document, links, schemaorg
from app.formats import language as catalogue
from app.formats.document import Document, correction, is_public
from app.formats.links import Link
from app.formats.sentences import Sentences
from app.register.log import Diff, Difference, Log
from app.register.reading import Entry, Figures, Ledger, Overview, Page, Programmes
from app.web import charts, digest, rendering
from app.web.rendering import FIELDS_OF_FORM, FOLDER, LANGUAGES, SORTS, Addresses, Pairs, render

T = TypeVar("T")


SYNTAXES = {
    **{name: name.upper() for name in ("csv", "json", "ods", "xlsx")},
    "json_ld": "JSON-LD",
    "json_lines": "JSON Lines",
    "rdf": "RDF/XML",
    "ntriples": "N-Triples",
}
"""What people call a format, where it is not its name with a capital."""

_SUBSCRIBED = (ATOM.media_type, CALENDAR.media_type)
"""What pages offer apart, as it is today whatever day they show."""

_FORMS = {row.media_type: row for row in FORMATS}

_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_UNREAD = re.compile(r"/\*.*?\*/|\n\s*|(?<=[{;:,])\s+|\s+(?=[{}])", re.DOTALL)
"""What browsers do not need of a style sheet."""


def _loaded(file: Path) -> tuple[bytes, str]:
    text = file.read_text("utf-8")
    small = _UNREAD.sub("", text) if file.suffix == ".css" else text
    return small.encode(), _MEDIA_TYPES[file.suffix]


_STATIC = {file.name: _loaded(file) for file in sorted((FOLDER / "static").iterdir())}


class Offer(NamedTuple):
    """The same in another format: what people call it, and whether it is the catalogue’s.

    `taken` is the address for people.
    """

    name: str
    media_type: str | None
    address: str
    taken: str
    of_catalogue: bool


def listing(page: Page, overview: Overview, language: str, *, chosen: bool = False) -> bytes:
    """The list: what is promised, by when, and what came of it.

    `chosen`: whether the reader chose the language in the address, so that links keep it.
    """
    search = page.search
    context = replace(page.context, texts={**overview.texts, **page.context.texts})
    at = Addresses.of(context, language, chosen=chosen)
    path, filters = rendering.list_path(search), rendering.filters(search)
    pairs, page_number = [*filters, *rendering.order(search)], rendering.page_number(search)
    of_action = path != "/"
    say = Sentences(language, context, of_action)
    titles = [("lang", search.lang)] if search.order[0] == "title" else []
    query = [*pairs, *page_number, *at.seen_from, *titles]
    offers = links.of_list(context.base, query, HTML, of_actions=of_action)
    return render(
        "listing.html",
        at,
        say=say,
        path=path,
        pairs=pairs,
        page_number=page_number,
        structured=not of_action and _block(schemaorg.catalogue, page.entries, context, language),
        page=page,
        of_action=of_action,
        first=overview.longest,
        headline=list(digest.headline(overview, say, at)),
        formats=list(_offers(offers, context, at)),
        programmes=page.facets.get("programme", {}),
        named=[say.filter(*pair) for pair in filters],
        orders=SORTS if search.sort in SORTS else (*SORTS, search.sort),
        last=max(1, -(-page.total // search.page_size)),
        around_this=[
            (rel, at.page(path, [*pairs, *parameter]))
            for rel, parameter in rendering.neighbours(search, page.total, page.cursor)
        ],
        kept=[pair for pair in [*pairs, *at.kept] if pair[0] not in FIELDS_OF_FORM],
        followed=[*filters, *_worded(language)],
        **_entries(page, say, at),
    )


def _entries(page: Page, say: Sentences, at: Addresses) -> dict[str, Any]:
    """The calendar and the list of a page, what narrows them, and what their words mean."""
    drawn, search = digest.calendar(page, say, at), page.search
    timeliness = {entry.timing.on(say.context.day)[0] for entry in page.entries}
    by_group = search.sort == "rank" and search.after is None
    return {
        **drawn,
        "unmarked": Highlights(),
        "legend": [key for key in TIMELINESS if key in timeliness],
        "entries": list(chain(*drawn["groups"].values())) if by_group else page.entries,
        "tabs": list(digest.tabs(page, say, at)),
        "selects": list(digest.selects(page, say)),
        "vague": any(entry.uncertain for entry in page.entries),
    }


def opening(
    entry: Entry,
    ledger: Ledger,
    language: str,
    *,
    chosen: bool = False,
    openings: Page | None = None,
) -> bytes:
    """One opening or action: the promise, where it stands, and every claim in order.

    `openings` are those that an action is carried out by.
    """
    commitment, context = entry.commitment, entry.context
    at = Addresses.of(context, language, chosen=chosen)
    of_action = commitment.type == "action"
    named = replace(
        context,
        organizations={**ledger.context.organizations, **context.organizations},
        texts={**ledger.context.texts, **context.texts},
    )
    as_of, say = context.snapshot.as_of, Sentences(language, named, of_action)
    group = digest.group_of(commitment, context.day)
    return render(
        "opening.html",
        at,
        say=say,
        path=path_of(commitment),
        entry=commitment,
        structured=not of_action and _block(schemaorg.opening, commitment, context, language),
        of_action=of_action,
        open=commitment.state in OPEN,
        group=group,
        timeline=list(changes.timeline(ledger.events, ledger.standings, commitment, as_of)),
        formats=list(_offers(links.of_entry(commitment, context, HTML), context, at)),
        followed=_worded(language),
        correct=correction(context.contact, commitment.slug),
        badge=charts.badge(commitment, context.day, say, group),
        **(_of_action(openings, language, at) if openings else _slipped(commitment, say, at)),
    )


def _of_action(openings: Page, language: str, at: Addresses) -> dict[str, Any]:
    """The openings of an action, drawn; and how many of them are done."""
    say = Sentences(language, openings.context)
    return {**digest.calendar(openings, say, at), "done": digest.done_of("openings", openings, say)}


def _slipped(entry: Commitment, say: Sentences, at: Addresses) -> dict[str, Any]:
    """How the deadline of an entry, or of each of its parts, has moved, drawn and as rows."""
    day, records = say.context.day, charts.lines(entry)
    axis = charts.scale(records, day, charts.CLOSE)
    rows = [
        (say.title(record) if entry.parts else "", record.moves, steps)
        for record in records
        if (steps := list(charts.stairs(record, axis, day, say)))
    ]
    return {**charts.frame(axis, day, say, past=at.past), "staircases": rows}


MOST_MOVES = 30
"""How many of the deadlines that a text moved its page has."""
Near = tuple[tuple[Commitment, ...], Context] | None


def refusal(
    problem: Any,
    detail: str,
    language: str,
    *,
    base: str,
    asked: str,
    words: Sequence[str] = (),
    near: Near = None,
) -> bytes:
    """What could not be answered, why, and where to go on: what is near, a search, the lists."""
    at = Addresses(base=base, language=language)
    entries, context = near or ((), None)
    return render(
        "refusal.html",
        at,
        path="",
        say=Sentences(language, context) if context else None,
        context=None,
        problem=problem,
        detail=detail or catalogue.say(language, problem.meaning),
        asked=asked[:200],
        words=" ".join(words),
        near=entries,
        day=context and context.day,
    )


def badge(entry: Commitment, context: Context, language: str) -> bytes:
    """The verdict on an entry as a small picture, for other sites."""
    group = digest.group_of(entry, context.day)
    return charts.badge(entry, context.day, Sentences(language, context), group).encode()


def _looks() -> dict[str, dict[str, str]]:
    """How the classes of drawings look on paper, as attributes: a picture alone has no sheet."""
    sheet, looks = (FOLDER / "static" / "style.css").read_text("utf-8"), dict[str, dict[str, str]]()
    tokens = dict(re.findall(r"--([\w-]+): ([^;]+);", sheet.partition("@media")[0]))
    marks = sheet.partition("/* Marks")[2].partition("/* Calendar")[0]
    for selectors, rules in re.findall(r"^(\..+?) \{ (.+?); \}$", marks, re.MULTILINE):
        for selector in selectors.split(", "):
            named = (rule.partition(": ")[::2] for rule in rules.split("; "))
            look = {key: tokens.get(value[6:-1], value) for key, value in named}
            looks.setdefault(selector.rpartition(".")[2], {}).update(look)
    return looks


_LOOKS = _looks()


def _look(match: re.Match[str]) -> str:
    """The classes of an element as the attributes that they stand for."""
    look: dict[str, str] = {}
    for name in match[1].split():
        look |= _LOOKS.get(name, {})
    return " ".join(f'{key}="{value}"' for key, value in look.items())


def picture(page: Page, overview: Overview, language: str) -> bytes:
    """The calendar of promises as one picture, that stands by itself."""
    context, rows, y = page.context, list[dict[str, Any]](), 112
    say, at = Sentences(language, context), Addresses.of(context, language)
    drawn = digest.calendar(page, say, at)
    for key, entries in drawn["groups"].items():
        for entry in entries:
            height, line = charts.height(entry), digest.line(entry, drawn["axis"], context.day, say)
            place = {"late": key == "late", "y": y, "height": height}
            rows.append({"entry": entry, "line": line, **place})
            y += height
    about = " · ".join(clause.words for clause in digest.headline(overview, say, at))
    values = {**drawn, "rows": rows, "height": y + 24, "about": about}
    drawing = render("calendar.svg", at, say=say, cut=charts.cut, **values)
    return re.sub(r'class="([^"]*)"', _look, drawing.decode()).encode()


def figures(counted: Figures, language: str, *, chosen: bool = False) -> bytes:
    """How well promises are kept, in pictures, each with its table."""
    context, search = counted.context, counted.search
    of_action, at = search.type == ("action",), Addresses.of(context, language, chosen=chosen)
    say = Sentences(language, context, of_action)
    by: dict[str, Any] = {name: rows.rows for name, rows in counted.by.items()}
    filters = rendering.filters(search)
    return render(
        "figures.html",
        at,
        say=say,
        paths=rendering.FIGURES,
        pairs=filters,
        of_action=of_action,
        named=[say.filter(*pair) for pair in filters],
        overall=counted.by["publisher"].overall,
        order=digest.ORDER,
        bars={name: list(digest.shares(by[name], say)) for name in ("publisher", "year")},
        groups={name: len(rows) for name, rows in by.items()},
        moves=list(digest.moves(by["text"], say)),
        moved=counted.by["text"].overall,
        counted_by=[*filters, *at.seen_from],
        **digest.soon(counted),
    )


def diff(compared: Diff, language: str, *, chosen: bool = False) -> bytes:
    """Two days or positions side by side: each entry that differs, and the claims that say so."""
    earlier, later, search = compared.earlier, compared.later, compared.search
    say = Sentences(language, later)
    at = Addresses(base=later.base, language=language, chosen=chosen)
    ends = [("from", str(earlier.day)), ("to", str(later.day))]
    for name, context in (("from_at", earlier), ("to_at", later)):
        ends.append((name, str(context.snapshot.position)))
    neighbours = rendering.neighbours(search, compared.total)
    return render(
        "diff.html",
        at,
        say=say,
        paths=rendering.DIFF,
        pairs=ends,
        page_number=rendering.page_number(search),
        ends=ends,
        earlier=earlier,
        total=compared.total,
        differences=[_difference(row, earlier, say) for row in compared.differences],
        around_this=[
            (rel, at.page(rendering.DIFF[language], [*ends, *parameter]))
            for rel, parameter in neighbours
        ],
    )


def _difference(row: Difference, earlier: Context, say: Sentences) -> dict[str, Any]:
    """An entry that differs: the values before and after, and the claims that act in between."""
    entry, later = row.after or row.before, say.context
    rows = list(changes.rows(row.before, row.after, say))
    verdicts = [
        say.of(entry).timeliness(side, context.day) if side else ""
        for side, context in ((row.before, earlier), (row.after, later))
    ]
    if verdicts[0] != verdicts[1]:
        rows.append(changes.Row(say.t("Against the deadline"), *verdicts))
    if described := changes.fields(row.before, row.after, say):
        rows.append(changes.Row(say.t("Description"), "", described))
    claims = [event.claim for event in row.events if event.claim and is_public(event.claim)]
    # Several claims of one text and one source are one line.
    once = {(str(c.published_on), c.text, str(c.source), c.reason): c for c in claims}
    return {"entry": entry, "rows": rows, "claims": list(once.values())}


def log(page: Log, language: str, *, chosen: bool = False) -> bytes:
    """What was recorded about openings, the newest first."""
    search, context = page.search, page.context
    at, say = Addresses.of(context, language, chosen=chosen), Sentences(language, context)
    filters = rendering.filters(search)
    places = [("before", str(place)) for place in (page.newer, page.older) if place]
    return render(
        "log.html",
        at,
        say=say,
        paths=rendering.CHANGES,
        pairs=filters,
        search=search,
        rows=[digest.noted(each, say) for each in page.recorded],
        older=page.older and [*filters, places[-1]],
        newer=page.newer is not None,
        followed=[*filters, *_worded(language)],
    )


def text(text: Text, moved: Sequence[Moved], cited: Page, language: str, **around: Any) -> bytes:
    """A legal text: its numbers and days, what it moved, and the openings that rest on it."""
    say = Sentences(language, cited.context)
    entries = {entry.slug: entry for entry in cited.entries}
    dated = ((say.t("Signed"), text.signed_on), (say.t("Published"), text.published_on))
    facts: list[tuple[str, str, str | None]] = [
        (label, say.dating(day), None) for label, day in dated if day
    ]
    if text.nor:
        facts.append((say.t("Official number"), f"NOR {text.nor}", None))
    if leads := text.eli or text.url:
        facts.append((say.t("Where to read it"), urlsplit(leads).netloc, text.url or leads))
    return _subject(
        cited,
        language,
        path=f"/texts/{quote(text.id)}",
        name=text.title,
        french=True,
        kind=say.t("Text"),
        facts=facts,
        heading=say.t("The openings that rest on it"),
        filter=[("text", text.id)],
        moved=[_named(row, entries.get(row.slug), say) for row in moved[:MOST_MOVES]],
        moves=len(moved),
        api=f"/api/v1/texts/{quote(text.id)}",
        **around,
    )


def _named(row: Moved, entry: Commitment | None, say: Sentences) -> tuple[Any, Moved, str | None]:
    """A move with its entry, if it is among those shown, and the title of its part."""
    parts = {part.key: say.title(part) for part in entry.parts} if entry else {}
    return entry, row, parts.get(row.part or "", row.part)


def organization(slug: str, published: Page, promised: Page, language: str, **around: Any) -> bytes:
    """An organisation: what it opens, and what it promises."""
    say = Sentences(language, published.context)
    return _subject(
        published,
        language,
        path=f"/organizations/{quote(slug)}",
        name=say.name(slug),
        kind=say.t("Organisation"),
        heading=say.t("What it opens"),
        filter=[("publisher", slug)],
        promised=promised,
        **around,
    )


def programme(
    plan: Programme, overview: Overview, openings: Page, actions: Page, language: str, **around: Any
) -> bytes:
    """A programme: what came of it, its openings drawn, its actions with their numbers."""
    say = Sentences(language, openings.context)
    at = Addresses.of(openings.context, language, chosen=around.get("chosen", False))
    own = [("programme", plan.id)]
    return _subject(
        openings,
        language,
        path=f"/programmes/{quote(plan.id)}",
        name=plan.title.within(language),
        french=not plan.title.en,
        kind=say.t("Programme"),
        facts=[fact for fact in _facts(plan, openings.context, say, at) if fact[1]],
        headline=list(digest.headline(overview, say, at, own)),
        heading=say.t("The calendar of promises"),
        filter=own,
        promised=actions,
        promises=say.t("Its actions"),
        api=f"/api/v1/programmes/{quote(plan.id)}",
        **around,
    )


def _facts(
    plan: Programme, context: Context, say: Sentences, at: Addresses
) -> Iterator[tuple[str, str, str | None]]:
    """What a programme is, each with its name and its address: whose, when, by which text."""
    years = [say.dating(day) for day in (plan.start, plan.end) if day]
    yield say.t("Ministry"), say.name(plan.ministry), at.page(f"/organizations/{plan.ministry}")
    yield say.t("Period"), " – ".join(years), None
    if plan.text:
        title = context.title_of(plan.text)
        yield say.t("Text"), title, at.page(f"/texts/{quote(plan.text)}")
    table = at.rooted("/openings.csv", document.annexed(plan, context))
    if plan.annexes:
        yield say.t("As published"), ", ".join(plan.annexes), table
    else:
        yield say.t("Official table"), "CSV", table


def programmes(known: Programmes, language: str, *, chosen: bool = False) -> bytes:
    """All programmes, with how many of their openings are done."""
    context = known.context
    say, at = Sentences(language, context), Addresses.of(context, language, chosen=chosen)
    rows = []
    for plan, openings, actions in known.rows:
        counted = [row for row in (("openings", openings), ("actions", actions)) if row[1].total]
        done = [digest.done_of(name, row, say) for name, row in counted]
        rows.append((plan, done))
    return render("programmes.html", at, say=say, path="/programmes", rows=rows)


def _subject(page: Page, language: str, *, chosen: bool = False, **values: Any) -> bytes:
    """What entries have in common, with these entries drawn."""
    context = page.context
    say, at = Sentences(language, context), Addresses.of(context, language, chosen=chosen)
    return render(
        "subject.html",
        at,
        say=say,
        done=digest.done_of("openings", page, say),
        followed=[*values["filter"], *_worded(language)],
        correct=correction(context.contact, values["name"]),
        **digest.calendar(page, say, at),
        **{"french": False, "facts": (), "moved": (), "promised": None, "api": None, **values},
    )


def static(name: str) -> tuple[bytes, str] | None:
    """A file that pages load, with its media type; None when there is none of that name."""
    return _STATIC.get(name)


def _offers(leads: Iterable[Link], context: Context, at: Addresses) -> Iterator[Offer]:
    """The other formats among what a page leads to.

    Whoever takes a table from a page has the file that a spreadsheet opens, in its language.
    """
    for link in leads:
        if link.rel != "alternate" or link.media_type in _SUBSCRIBED:
            continue
        form = _FORMS[link.media_type or ""]
        address = at.rooted(link.address.removeprefix(context.base))
        asked = {"labels": at.language, "spreadsheet": 1}
        query = urlencode({name: value for name, value in asked.items() if name in form.takes})
        taken = address + ("&" if "?" in address else "?") * bool(query) + query
        name = SYNTAXES.get(form.name, form.name.capitalize())
        yield Offer(name, link.type, address, taken, "/catalog." in address.partition("?")[0])


def _block(
    describe: Callable[[T, Context, str], Document], about: T, context: Context, language: str
) -> Markup | None:
    """What a page says, as data for search engines, which nothing runs. They keep no past pages."""
    if context.seen_from:
        return None
    return Markup(schemaorg.block(describe(about, context, language)))  # noqa: S704 it has no markup


def _worded(language: str) -> Pairs:
    """The language of a subscription, where it is not the usual one."""
    return [] if language == next(iter(LANGUAGES)) else [("lang", language)]
