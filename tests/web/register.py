"""A register in memory: the real seed, folded, as the pages are handed it."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from app.domain import statistics
from app.domain.commitments import Commitment
from app.domain.context import Context, Snapshot
from app.domain.fold import on, resolve
from app.domain.ledger import Claim, Event, paris_midnight, standings
from app.domain.references import Head
from app.domain.rows import row_of
from app.domain.search import FACETS, Search
from app.register import seed
from app.register.log import Diff, Difference
from app.register.reading import Entry, Ledger, Overview, Page
from app.store.totals import Postponed
from app.web import pages
from tests.domain.histories import written
from tests.entries import altered, figure_of

BASE = "https://ouvertures.example"
TODAY = date(2026, 11, 23)
RECORDED = datetime(2026, 11, 23, 12, tzinfo=UTC)
PRUD_HOMMES = "decisions-conseils-de-prud-hommes"


@cache
def seeded() -> seed.Seed:
    return seed.read()


def chained(claims: Iterable[Claim]) -> tuple[Event, ...]:
    """Claims as the register itself records them."""
    return tuple(written(claims, RECORDED, "ouvertures"))


@cache
def recorded() -> tuple[Event, ...]:
    return chained(seeded().claims)


def events_of(slug: str) -> tuple[Event, ...]:
    return tuple(event for event in recorded() if event.commitment == slug)


def head() -> Head:
    return Head(recorded()[-1].position, recorded()[-1].hash, RECORDED)


def context(
    as_of: date | None = None, contact: str = "mailto:registre@example.org", *, frozen: bool = False
) -> Context:
    day, last = as_of or TODAY, head()
    return Context(
        base=BASE,
        contact=contact,
        snapshot=Snapshot(day, last.position, as_of=as_of),
        head=last,
        midnight=paris_midnight(day),
        frozen=frozen,
        organizations={known.slug: known for known in seeded().organizations},
        texts={text.id: text for text in seeded().texts},
        programmes={known.id: known for known in seeded().programmes},
    )


@cache
def binding() -> frozenset[str]:
    """The ids of the texts that bind."""
    return frozenset(text.id for text in seeded().texts if text.binding)


@cache
def entries(day: date = TODAY, *, actions: bool = False) -> tuple[Commitment, ...]:
    """Every opening, or every action, on that day, by rank."""
    slugs = dict.fromkeys(event.commitment for event in recorded())
    folded = [on(resolve(events_of(slug), binding()), day) for slug in slugs]
    wanted = [entry for entry in folded if entry and (entry.type == "action") == actions]
    return tuple(sorted(wanted, key=lambda entry: entry.rank or 0))


def facets(listed: Iterable[Commitment], day: date) -> dict[str, dict[str, int]]:
    rows: list[dict[str, Any]] = [
        {
            **{name: entry.value(name) for name in FACETS if name != "timeliness"},
            "timeliness": entry.timing.on(day)[0],
        }
        for entry in listed
    ]
    return {
        name: dict(Counter(row[name] for row in rows if row[name] is not None)) for name in FACETS
    }


def page(
    search: Search | None = None,
    listed: tuple[Commitment, ...] | None = None,
    *,
    frozen: bool = False,
) -> Page:
    """A page of the list. Of the search, only the day, the order and the paging are obeyed."""
    search = search or Search()
    day = search.as_of or TODAY
    listed = entries(day) if listed is None else listed
    first = (search.page - 1) * search.page_size
    shown = listed[first : first + search.page_size]
    return Page(
        rows=tuple(map(row_of, shown)),
        total=len(listed),
        facets=facets(listed, day),
        search=search,
        more=len(listed) > first + search.page_size,
        cursor=None,
        context=context(search.as_of, frozen=frozen),
    )


def overview(shown: Page) -> Overview:
    """All of what a page is of, in figures."""
    of_actions, day = shown.search.type == ("action",), shown.context.day
    every = entries(day, actions=of_actions)
    figures = statistics.of_entries(map(figure_of, every), "type", day).overall
    assert isinstance(figures, statistics.Row)
    postponed = Postponed(figures.postponed, figures.slip_postponed.mean)
    late = [entry for entry in every if entry.timing.on(day)[0] == "overdue"]
    first = late[0] if late else None
    return Overview(
        len(every), facets(every, day), postponed, first, of_actions, day, context().texts
    )


def listing(shown: Page, language: str = "fr", *, chosen: bool = False) -> bytes:
    """The page of a list."""
    return pages.listing(shown, overview(shown), language, chosen=chosen)


def compared(first: date, second: date) -> Diff:
    """Two days side by side."""
    before, after = ({entry.slug: entry for entry in entries(day)} for day in (first, second))
    differences = [
        Difference(
            before.get(slug),
            entry,
            tuple(event for event in events_of(slug) if first < event.counts_from <= second),
        )
        for slug, entry in after.items()
        if before.get(slug) != entry
    ]
    ends = context(first), context(second)
    return Diff(iter(differences), len(differences), Search(), *ends)


def ledger_of(events: tuple[Event, ...]) -> Ledger:
    return Ledger(events[0].commitment, events, standings(events), False, context())


def entry(slug: str, as_of: date | None = None, **changes: Any) -> tuple[Entry, Ledger]:
    """One entry with its ledger, as on a day, with some of its values changed."""
    return of_events(events_of(slug), as_of, **changes)


def of_events(
    events: tuple[Event, ...], as_of: date | None = None, **changes: Any
) -> tuple[Entry, Ledger]:
    commitment = on(resolve(events, binding()), as_of or TODAY)
    assert commitment
    shown = altered(commitment, **changes)
    return Entry(row_of(shown), shown, False, context(as_of)), ledger_of(events)
