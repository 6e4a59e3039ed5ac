"""What an answer holds for: the day and the position, the names it needs, and where it is given."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from urllib.parse import urlencode

from app.domain.commitments import Commitment, Outline
from app.domain.ledger import Event, paris_day, paris_midnight
from app.domain.references import Head, Organization, Programme, Text
from app.domain.rows import EntryRow
from app.domain.statistics import Moved
from app.domain.values import Words

OPEN_LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the register is published, and whom readers write to.

    `base` is the public address without a trailing slash; `contact` an e-mail address, `mailto:…`
    or a page.
    """

    base: str
    contact: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The register as it was published on a day and recorded up to a position.

    `as_of` and `at` are the day and the position that the reader asked for, if any. `newest`:
    nothing recorded can be newer, so the memory may look at the newest rows alone.
    """

    day: date
    position: int
    newest: bool = False
    as_of: date | None = None
    at: int | None = None


@dataclass(slots=True)
class Seen:
    """What a request is not shown less than: the last position that its reader has seen.

    `least`: None for who may have written, whom a replica does not answer, for it may be behind.
    `replica`: whether one has answered.
    """

    least: int | None = None
    replica: bool = False


SEEN = ContextVar[Seen]("SEEN")
"""Of the request that is being answered."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """All that an answer holds for, made once by the register and used down to the bytes.

    `head` is the last event of the snapshot; `midnight` is when its day began in Paris: lateness
    changes then. `frozen`: the day was fixed by the operator. `licence` is that of the register,
    and of what is open unless it names its own. `openings`: how many carry out each action that
    the answer is about, by state. `hidden`: the ids of texts that only teams see. `cited`: the last
    position that an answer about one entry rests on; without it, `head`.
    """

    base: str
    contact: str
    snapshot: Snapshot
    head: Head
    midnight: datetime
    frozen: bool = False
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)
    openings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    programmes: Mapping[str, Programme] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    licence: str = OPEN_LICENCE
    cited: int | None = None

    @property
    def day(self) -> date:
        return self.snapshot.day

    @cached_property
    def seen_from(self) -> str:
        """The query that asks another answer for the same day and position, if any was asked."""
        as_of, at = self.snapshot.as_of, self.snapshot.at
        asked = {"as_of": as_of and as_of.isoformat(), "at": at}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return f"?{query}" if query else ""

    @cached_property
    def permanent_query(self) -> str:
        """The query with which an address answers the same for ever."""
        at = self.head.position if self.cited is None else self.cited
        return f"?as_of={self.day}&at={at}"

    @cached_property
    def corrected_at(self) -> tuple[datetime, int] | None:
        """When one of the organisations or texts that it names was last corrected; the position."""
        named: list[Organization | Text] = [*self.organizations.values(), *self.texts.values()]
        moments = (known.corrected_at for known in named)
        return max((moment for moment in moments if moment), default=None)

    def by_then(self, moment: datetime) -> datetime:
        """A moment, or the beginning of the day where the moment is after that day."""
        return moment if paris_day(moment) <= self.day else paris_midnight(self.day)

    def shared(self, name: str) -> str:
        """The address of what the entries of the catalogue have in common."""
        return f"{self.base}/catalog#{name}"

    def name_of(self, organization: str) -> Words:
        """The name of an organisation, or its slug when the register does not know it."""
        known = self.organizations.get(organization)
        return known.name if known and known.name else Words.of(organization)

    def programme_of(self, programme: str) -> Words:
        """The title of a programme, or its id when the register does not know it."""
        known = self.programmes.get(programme)
        return known.title if known else Words.of(programme)

    def title_of(self, text: str) -> str:
        """The title of a legal text, or its id when the register does not know it."""
        known = self.texts.get(text)
        return known.title if known else text

    def iri(self, entry: Commitment | EntryRow | Moved | Outline) -> str:
        """The permanent address of an opening or an action."""
        return self.base + path(entry)


def path(entry: Commitment | EntryRow | Moved | Outline) -> str:
    """The permanent address of an opening or an action, behind the public address."""
    kind = "actions" if entry.type == "action" else "openings"
    return f"/{kind}/{entry.slug}"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event of the log, and its entry just before and just after it was recorded.

    `public`: whether readers see more of it than its place in the chain. For feeds also the entry
    as it is now (None once it was taken away), the last `judgement` of the claim, and the claim
    that a judgement or an erasure is about, its `target`.
    """

    event: Event
    before: Commitment | None
    after: Commitment | None
    public: bool
    entry: Commitment | None = None
    judgement: Event | None = None
    target: Event | None = None
