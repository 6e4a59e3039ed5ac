"""Where things are: the addresses that pages link to. Knows no record but the search."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote, urlsplit

from app.domain import beside
from app.domain.claims import OPENING_TYPES
from app.domain.context import Context
from app.domain.ledger import timestamp
from app.domain.search import CHOSEN, PAGE_SIZE, Search
from app.formats.links import queried

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The addresses of one answer.

    Those of pages keep the day and position that were asked, and the language if it was chosen.
    """

    base: str
    language: str
    chosen: bool = False
    as_of: date | None = None
    position: int | None = None

    @property
    def past(self) -> bool:
        """Whether the page shows another day or position than the newest."""
        return self.as_of is not None or self.position is not None

    def rooted(self, path: str, pairs: Pairs | None = None) -> str:
        """A path of this site as a link: it works behind any host name."""
        return urlsplit(self.base).path + queried(path, pairs or [])

    def dated(self, path: str) -> str:
        """A format for programs, of the day that the page shows."""
        return self.rooted(path, self.seen_from())

    def page(self, path: str, pairs: Pairs | None = None) -> str:
        """Another page, of the same day and in the language that was chosen."""
        chosen = [("lang", self.language)] if self.chosen else []
        return self.rooted(path, [*(pairs or []), *self.seen_from(), *chosen])

    def today(self, path: str, pairs: Pairs | None = None) -> str:
        """Another page, of today."""
        today = replace(self, as_of=None, position=None) if self.past else self
        return today.page(path, pairs)

    def translated(self, path: str, language: str, pairs: Pairs | None = None) -> str:
        """The same page in that language."""
        return self.rooted(path, [*(pairs or []), *self.seen_from(), ("lang", language)])

    def absolute(self, path: str) -> str:
        """The permanent address, to be cited."""
        return f"{self.base}{path}"

    def subscribed(self, path: str, pairs: Pairs | None = None) -> str:
        """The address that a calendar subscribes to at a click."""
        here = urlsplit(self.base)._replace(scheme="").geturl()
        return f"webcal:{here}{queried(path, pairs or [])}"

    def lasting(self, path: str, context: Context) -> str:
        """The address that will always answer the same: of the day and position of an answer."""
        return f"{self.base}{path}?as_of={context.day}&at={context.head.position}"

    def canonical(self, path: str) -> str:
        """The one address of a page among those that show it: of its day, in its language."""
        chosen = [("lang", self.language)] if self.chosen else []
        return self.base + queried(path, [*self.seen_from(), *chosen])

    def seen_from(self) -> Pairs:
        """The day and the position that were asked, as query parameters."""
        day = [("as_of", self.as_of.isoformat())] if self.as_of else []
        return day if self.position is None else [*day, ("at", str(self.position))]


def of(context: Context, language: str, *, chosen: bool) -> Addresses:
    """The addresses of an answer."""
    return Addresses(
        base=context.base,
        language=language,
        chosen=chosen,
        as_of=context.snapshot.as_of,
        position=context.snapshot.at,
    )


def entry_path(slug: str, *, of_action: bool) -> str:
    """The permanent path of an entry."""
    return f"/{'actions' if of_action else 'openings'}/{quote(slug)}"


_PATHS: dict[str, dict[str, list[str]]] = beside(__file__)
PAGES, PROSE = (
    {name: dict(zip(("fr", "en"), paths, strict=True)) for name, paths in _PATHS[kind].items()}
    for kind in ("pages", "prose")
)
"""The pages that have an address in each language; those of prose say what the register is."""
FIGURES, DIFF, CHANGES, DESK = (PAGES[name] for name in ("figures", "diff", "changes", "desk"))
OF_DESK = _PATHS["desk"]


def desk(name: str) -> dict[str, str]:
    """The path of a page of the desk, in each language."""
    return {
        language: base + end
        for (language, base), end in zip(DESK.items(), OF_DESK[name], strict=True)
    }


def list_path(search: Search) -> str:
    """The path of the list of openings, or of actions."""
    return "/actions" if search.type == ("action",) else "/"


def filters(search: Search, *, but: str = "") -> Pairs:
    """The filters of a search as query parameters, all but one. The day is not among them."""
    pairs: Pairs = []
    if search.type not in (OPENING_TYPES, ("action",)):
        pairs += [("type", value) for value in search.type]
    for name in CHOSEN:
        pairs += [(name, value) for value in getattr(search, name)]
    pairs += [
        (name, getattr(search, name).label)
        for name in ("due_after", "due_before")
        if getattr(search, name)
    ]
    if search.modified_since:
        pairs.append(("modified_since", timestamp(search.modified_since)))
    if search.q:
        pairs.append(("q", search.q))
    return [pair for pair in pairs if pair[0] != but]


def order(search: Search) -> Pairs:
    """The order and page size of a search as query parameters, where they are not the usual."""
    pairs: Pairs = [] if search.sort == "rank" else [("sort", search.sort)]
    if search.page_size != PAGE_SIZE:
        pairs.append(("page_size", str(search.page_size)))
    return pairs


def neighbours(search: Search, total: int, cursor: str | None) -> Iterator[tuple[str, Pairs]]:
    """What leads to the pages around this one: (rel, parameter)."""
    if search.after is not None:
        if cursor:
            yield "next", [("cursor", cursor)]
        return
    if search.page > 1:
        yield "prev", [("page", str(search.page - 1))] if search.page > 2 else []
    if search.page * search.page_size < total:
        yield "next", [("page", str(search.page + 1))]
