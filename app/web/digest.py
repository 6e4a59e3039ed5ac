"""What entries amount to at a glance: news, calendar and quick choices of a list; figures."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup

from app.domain import beside
from app.domain.claims import CLAIMS
from app.domain.commitments import TIMELINESS, Commitment
from app.domain.context import Recorded
from app.domain.ledger import paris_day
from app.domain.periods import quarter_of
from app.domain.search import FACETS, Bilingual, Highlights, Passage, marked
from app.domain.statistics import IN_TIME, Row, TextRow, Verdicts
from app.formats import changes
from app.formats.sentences import Sentences
from app.register.reading import Figures, Overview, Page
from app.web import charts
from app.web.rendering import WORDS, Addresses, Pairs, filters, list_path, order, template

_DATA: dict[str, Any] = beside(__file__)
GROUPS: Mapping[str, list[str]] = _DATA["groups"]
NEWS: Mapping[str, tuple[str, str]] = _DATA["news"]
NONE_DONE: Mapping[str, str] = _DATA["none_done"]

MOST_OPTIONS = 50


class Clause(NamedTuple):
    """A figure in words, the list that it counts, and whether it is the one to look at."""

    words: str
    address: str
    hot: bool = False


class Line(NamedTuple):
    """What the calendar says of an entry."""

    drawn: Markup
    icon: str
    verdict: str
    detail: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a list may be narrowed to: its words, its count, and the list it leads to."""

    key: str
    label: str
    count: int
    chosen: bool
    address: str = ""


def headline(
    overview: Overview, say: Sentences, at: Addresses, own: Pairs | None = None
) -> Iterator[Clause]:
    """What came of everything that was promised, each figure with its list of `own`."""
    path = "/actions" if overview.of_actions else "/"
    counts, postponed = overview.facets.get("timeliness", {}), overview.postponed

    def clause(words: str, *pairs: tuple[str, str], hot: bool = False) -> Clause:
        return Clause(words, f"{at.page(path, [*(own or []), *pairs])}#list", hot)

    words = done_of("actions" if overview.of_actions else "openings", overview, say)
    yield clause(words, ("state", "available"))
    if late := counts.get("overdue"):
        longest = overview.longest.timing.on(overview.day)[1] if overview.longest else None
        days = say.counted("{n} day", "{n} days", longest or 0)
        words = say.counted(*NEWS["late"], late, days=days)
        yield clause(words, ("timeliness", "overdue"), hot=True)
    for key, timeliness in (("part", "partly_open"), ("doubt", "unconfirmed")):
        if count := counts.get(timeliness):
            yield clause(say.counted(*NEWS[key], count), ("timeliness", timeliness))
    if postponed.entries:
        days = say.counted("{n} day", "{n} days", round(postponed.days or 0))
        words = say.counted(*NEWS["postponed"], postponed.entries, days=days)
        yield clause(words, ("sort", "-slip"))


def done_of(kind: str, counted: Any, say: Sentences) -> str:
    """How many openings or actions are done, of all."""
    done, every = counted.facets.get("state", {}).get("available", 0), say.number(counted.total)
    if done or not counted.total:
        return say.counted(*NEWS[kind], done, all=every)
    return say.t(NONE_DONE[kind], all=every)


def group_of(entry: Commitment, day: date) -> str:
    """The group that an entry is in on a day."""
    timeliness = entry.timing.on(day)[0]
    return next(key for key, names in GROUPS.items() if timeliness in names)


def grouped(entries: Iterable[Commitment], day: date) -> dict[str, list[Commitment]]:
    """Entries by group, the worst first, each group in the order of the entries."""
    groups: dict[str, list[Commitment]] = {key: [] for key in GROUPS}
    for entry in entries:
        groups[group_of(entry, day)].append(entry)
    return {key: entries for key, entries in groups.items() if entries}


def calendar(page: Page, say: Sentences, at: Addresses) -> dict[str, Any]:
    """What a template draws the entries of a page with: on one scale, by group."""
    day = page.context.day
    axis = charts.scale(page.entries, day)
    frame = charts.frame(axis, day, say, past=at.past)
    return {"groups": grouped(page.entries, day), "axis": axis, "piece": Pieces(at, say), **frame}


def line(entry: Commitment, axis: charts.Scale, day: date, say: Sentences) -> Line:
    """An entry drawn to scale, with its verdict and what else is to be known of it."""
    timeliness, verdict = entry.timing.on(day)[0], say.of(entry).timeliness(entry, day)
    detail = ", ".join(say.slips(entry)) or charts.opening(entry, say)
    if timeliness == "overdue" and entry.deadline and entry.deadline.text:
        detail = f"{detail} ({say.short_text(entry.deadline.text)})".strip()
    if timeliness in GROUPS["wait"] and entry.deadline:
        verdict = say.due(entry.deadline.period)
    elif timeliness in GROUPS["open"]:
        detail = charts.opening(entry, say)
    elif not detail:
        detail = say.in_force(entry.deadline)
    drawn = charts.drawing(entry, axis, day, say)
    return Line(drawn, WORDS["icons"].get(timeliness, "none"), verdict, detail)


def tabs(page: Page, say: Sentences, at: Addresses) -> Iterator[Choice]:
    """The groups as lists of their own, under the other filters."""
    search, counts = page.search, page.facets.get("timeliness", {})
    path = list_path(search)
    others = [*filters(search, but="timeliness"), *order(search)]
    everything = at.page(path, others)
    yield Choice("all", say.t("All"), sum(counts.values()), not search.timeliness, everything)
    for key, names in GROUPS.items():
        if count := sum(counts.get(name, 0) for name in names):
            pairs = [("timeliness", name) for name in names if counts.get(name)]
            chosen = set(search.timeliness) == {name for _, name in pairs}
            label = say.t(WORDS["group_labels"][key])
            yield Choice(key, label, count, chosen, at.page(path, [*others, *pairs]))


def selects(page: Page, say: Sentences) -> Iterator[tuple[str, list[Choice]]]:
    """The facets that a list can be narrowed by further, each with its commonest values."""
    pairs = filters(page.search)
    for name in FACETS:
        counts = page.facets.get(name, {})
        chosen = [value for facet, value in pairs if facet == name]
        if name == "timeliness" or (len(counts) < 2 and not chosen):
            continue
        most = sorted(counts, key=lambda key: -counts[key])[:MOST_OPTIONS]
        yield (
            name,
            [
                Choice(
                    key,
                    key if name == "action" else say.filter(name, key),
                    counts.get(key, 0),
                    key in chosen,
                )
                for key in dict.fromkeys([*most, *chosen])
            ],
        )


# How well promises are kept: verdicts as shares, slips by text, by publisher and by year.

ORDER = (*reversed(IN_TIME), "delivered_late", "delivered_unknown")
ORDER = (*ORDER, *(name for name in TIMELINESS if name not in ORDER))
"""The kinds of timeliness from what was kept to what is still awaited."""
MOST_GROUPS = 12
"""How many groups are drawn, the largest first where there are more; the CSV has all."""
QUARTERS = 2


def verdicts(counted: Verdicts) -> dict[str, int]:
    """How many entries are of each timeliness that some are of, what was kept first."""
    return {key: counted.timeliness[key] for key in ORDER if counted.timeliness[key]}


def shares(rows: Sequence[Row], say: Sentences) -> Iterator[tuple[Markup, Row]]:
    """Each group as a bar of its verdicts against the deadlines in force, the longest for most."""
    most = max((row.entries for row in rows), default=1)
    if len(rows) > MOST_GROUPS:
        rows = sorted(rows, key=lambda row: -row.entries)[:MOST_GROUPS]
    for row in rows:
        lengths = [
            (key, count / most * 100, f"{say.timeliness_label(key)} ({count})")
            for key, count in verdicts(row.in_force).items()
        ]
        yield charts.stack(lengths), row


def moves(rows: Sequence[TextRow], say: Sentences) -> Iterator[tuple[Markup, TextRow]]:
    """Each text as a bar of the days by which it moved deadlines, all together."""
    most = max((abs(row.days.sum) for row in rows), default=1) or 1
    for row in rows:
        length = abs(row.days.sum) / most * 100
        yield charts.stack([("moved", length, say.signed_days(row.days.sum))]), row


def soon(counted: Figures) -> dict[str, Any]:
    """What is due by the end of the next two quarters, and what comes first after that."""
    until = quarter_of(counted.context.day).end
    for _ in range(QUARTERS):
        until = quarter_of(until + timedelta(days=1)).end
    awaited = sorted(counted.awaited, key=due)
    later = (entry for entry in awaited if due(entry) > until)
    return {
        "until": until,
        "soon": [entry for entry in awaited if due(entry) <= until],
        "next": next(later, None),
    }


def due(entry: Commitment) -> date:
    """When an entry, or the first of its parts, is due next."""
    deadline = entry.next_deadline or entry.deadline
    return deadline.period.end if deadline else date.max


# What changed.


def noted(logged: Recorded, say: Sentences) -> dict[str, Any]:
    """An event as the page of the log has it; a judgement leads to the claim that it is about."""
    event = logged.event
    known = event.counts_from if event.kind in CLAIMS else paris_day(event.recorded_at)
    return {
        "day": say.day(known),
        "headline": changes.headline(logged, say),
        "entry": changes.about(logged),
        "claim": event.claim,
        "position": (logged.target or event).position,
    }


# What was sought, in an entry.

_OTHER = {"fr": "en", "en": "fr"}


class Shown(NamedTuple):
    """A text in pieces; `language` where it is not the page’s."""

    passage: Passage
    language: str | None = None


class Matches(NamedTuple):
    """The title of an entry, and what else of it holds the words sought."""

    title: Shown
    others: tuple[Shown, ...] = ()


def matches(entry: Commitment, highlights: Highlights, language: str) -> Matches:
    """An entry with the words sought in it, as a page in that language shows it."""
    own = language if getattr(entry.described.title, language) else _OTHER[language]
    plain = marked(getattr(entry.described.title, own) or "", ())
    title = getattr(highlights.title, own) or plain
    others = [
        *(shown for shown in _both(highlights.title, language) if shown.passage != title),
        *_both(highlights.description, language)[:1],
        *map(Shown, highlights.keywords),
    ]
    return Matches(Shown(title, None if own == language else own), tuple(others))


def _both(texts: Bilingual, language: str) -> list[Shown]:
    """The passages there are, that in the page’s language first."""
    both = (
        Shown(getattr(texts, language)),
        Shown(getattr(texts, _OTHER[language]), _OTHER[language]),
    )
    return [shown for shown in both if shown.passage]


# What pages show of an entry, made once.


@lru_cache(256)
def _kept(*_: Hashable) -> dict[str, tuple[Any, Markup]]:
    """The pieces made of an entry, by macro, for the same names, day and addresses."""
    return {}


class Pieces:
    """What pages show of an entry, each piece by its macro: what is equal is made once."""

    def __init__(self, at: Addresses, say: Sentences) -> None:
        self.at, self.say = at, say
        self._known: dict[str, dict[str, tuple[Any, Markup]]] = {}

    @cached_property
    def _macros(self) -> Any:
        context = {"at": self.at, "say": self.say, "context": self.say.context}
        looked_up = {"line_of": line, "matches_of": matches}
        return template("_entry.html", self.at.language).make_module(context | looked_up)

    def __call__(self, name: str, entry: Commitment, *of: Hashable) -> Markup:
        say, kept = self.say, self._known.get(entry.slug)
        if kept is None:
            texts = [text for record in (entry, *entry.parts) for text in say.texts(record)]
            names = say.context.name_of(entry.described.publisher), *texts
            kept = _kept(entry, self.at, say.context.day, say.of_action, names)
            self._known[entry.slug] = kept
        made = kept.get(name)
        if made is None or made[0] != of:
            made = kept[name] = of, getattr(self._macros, name)(entry, *of)
        return made[1]
