"""The ledger: what a claim carries, the order in which claims count, chain and tree over it.

Knows nothing of what the claims amount to: that is `fold.py`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.claims import ACCEPTED, CLAIMS, FIRST, Source
from app.domain.periods import Dating, Period, from_json, read_dating
from app.domain.values import TRUSTED

JUDGED, ERASED = "judged", "erased"
TEXT, ORGANIZATION, PROGRAMME = "text", "organization", "programme"
FACTS = (TEXT, ORGANIZATION, PROGRAMME)
"""What is said of a `subject` that claims refer to, and of no commitment."""
KINDS = (*CLAIMS, *FACTS, JUDGED, ERASED)

NO_HASH = "0" * 64
"""The hash before the first event."""

PARIS = ZoneInfo("Europe/Paris")


@lru_cache(4096)
def paris_day(moment: datetime) -> date:
    """The day in Paris of an aware moment."""
    return moment.astimezone(PARIS).date()


def paris_midnight(day: date) -> datetime:
    """The moment at which a day begins in Paris."""
    return datetime.combine(day, time(), PARIS)


@lru_cache(4_096)
def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One event, before the register numbers it.

    `values` is JSON by field name; `deadline` in it is a period as JSON, or None when withdrawn.
    `part` (a key) and `part_title` are set when the claim is about a part. `target` is the
    position that a judgement or an erasure is about, and `standing` then the new one. A fact is
    about a `subject`, and its `commitment` is empty.
    """

    commitment: str = ""
    subject: str | None = None
    kind: str
    part: str | None = None
    part_title: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    reason: str | None = None
    decided_on: Dating
    published_on: Dating
    text: str | None = None
    source: Source | None = None
    confidence: str = "high"
    standing: str = ACCEPTED
    note: str | None = None
    target: int | None = None
    visibility: str = "public"

    @property
    def deadline(self) -> Period | None:
        """The period that the claim sets, if it sets one."""
        value = self.values.get("deadline")
        return from_json(value) if value else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A claim in the ledger. `claim` is None once its content has been erased by law."""

    position: int
    commitment: str = ""
    subject: str | None = None
    kind: str
    claim: Claim | None
    recorded_at: datetime
    recorded_by: str
    salt: str | None
    digest: str
    previous_hash: str
    hash: str

    @property
    def counts_from(self) -> date:
        """The day from which the claim counts. Not to be asked of an erased one."""
        assert self.claim is not None  # noqa: S101 the fold leaves erased events out
        return min(self.claim.published_on.last, paris_day(self.recorded_at))

    @property
    def public(self) -> bool:
        """Whether everyone may read what it says."""
        return self.claim is not None and self.claim.visibility == "public"


def cited(events: Iterable[Event]) -> set[str]:
    """The texts that claims name."""
    return {event.claim.text for event in events if event.claim and event.claim.text}


def hide(events: Iterable[Event]) -> bool:
    """Whether one of these says that its entry is internal."""
    contents = (event.claim.values for event in events if event.claim)
    return any(values.get("visibility") == "internal" for values in contents)


def stated(claim: Claim) -> dict[str, Any]:
    """A claim as JSON: every field that has a value, and nothing else."""
    source = claim.source and claim.source.model_dump(exclude_none=True)
    values = dict(zip(_FIELDS, _fields_of(claim), strict=True))
    values |= {"values": dict(claim.values), "source": source}
    values |= {"decided_on": str(claim.decided_on), "published_on": str(claim.published_on)}
    values["commitment"] = claim.commitment or None
    return {name: value for name, value in values.items() if value is not None and value != {}}


_FIELDS = tuple(field.name for field in fields(Claim))
_fields_of = attrgetter(*_FIELDS)


def content(claim: Claim, recorded_at: datetime, recorded_by: str) -> dict[str, Any]:
    """What the digest covers, as JSON: the claim, and its recording."""
    recording = {"recorded_at": timestamp(recorded_at), "recorded_by": recorded_by}
    return stated(claim) | recording


def read_claim(content: Mapping[str, Any]) -> Claim:
    """The claim of a recorded content, trusted: the inverse of `content`.

    Raises KeyError, TypeError or ValueError if it is not one.
    """
    values = {name: value for name, value in content.items() if name not in _OF_EVENT}
    for name in ("decided_on", "published_on"):
        values[name] = read_dating(values[name])
    if "source" in values:
        values["source"] = Source.model_validate(values["source"], context=TRUSTED)
    return Claim(**values)


_OF_EVENT = ("recorded_at", "recorded_by")
"""What a content says of its recording, and not of its claim."""


def same(claim: Claim) -> Claim:
    """Equal for claims all of whose fields are: what makes loading idempotent.

    What names the first programme is equal to what was recorded before there were programmes, and
    a source that says nothing to none.
    """
    before = f"{FIRST}/"
    values = {name: value for name, value in claim.values.items() if (name, value) != _OF_FIRST}
    if action := values.get("action"):
        values["action"] = action.removeprefix(before)
    commitment, source = claim.commitment.removeprefix(before), claim.source
    source = None if source == _NO_SOURCE else source
    return replace(claim, commitment=commitment, values=values, source=source)


_OF_FIRST, _NO_SOURCE = ("programme", FIRST), Source()


def canonical(value: Any) -> str:
    """Canonical JSON (RFC 8785). Holds strings, integers, booleans, null and no other number."""
    return _CANONICAL.encode(value)


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sealed(salt: str, canonical: str) -> str:
    """SHA-256, in hexadecimal, of the salt's letters followed by the content's canonical JSON."""
    return hashlib.sha256((salt + canonical).encode()).hexdigest()


def link(previous_hash: str, position: int, digest: str) -> str:
    """SHA-256, in hexadecimal, of previous hash, position in decimal and digest, as letters."""
    return hashlib.sha256(f"{previous_hash}{position}{digest}".encode()).hexdigest()


def broken(event: Event, previous: Event | None, written: str) -> str | None:
    """What is wrong with an event's place in the chain, in words; None when nothing is.

    `written`: its content as canonical JSON, unless it was erased.
    """
    position, previous_hash = (previous.position, previous.hash) if previous else (0, NO_HASH)
    if event.position != position + 1:
        return f"position {position + 1} is missing"
    if event.previous_hash != previous_hash:
        return "its previous hash is not the hash of the event before it"
    if event.hash != link(event.previous_hash, event.position, event.digest):
        return "its hash does not follow from its digest"
    if event.claim and (not event.salt or event.digest != sealed(event.salt, written)):
        return "its content does not have its digest"
    return None


def standings(events: Iterable[Event]) -> dict[int, str]:
    """The standing of each claim by position: as it came, or as last judged."""
    last: dict[int, str] = {}
    for event in events:
        if event.claim and event.kind == JUDGED and event.claim.target is not None:
            last[event.claim.target] = event.claim.standing
        elif event.claim and event.kind in CLAIMS:
            last[event.position] = event.claim.standing
    return last


def counted(events: Sequence[Event]) -> list[Event]:
    """The accepted claims in the order in which they count, whatever their order of arrival.

    By the day they count from, then the last day of their decision, then position.
    """
    standing = standings(events)
    accepted = (
        event
        for event in events
        # A claim may have been judged before its content was erased.
        if event.claim and event.kind in CLAIMS and standing[event.position] == ACCEPTED
    )
    return sorted(accepted, key=place)


def place(event: Event) -> tuple[date, date, int]:
    """Where an event stands among the claims that count."""
    assert event.claim is not None  # noqa: S101 only claims with content have a place
    return event.counts_from, event.claim.decided_on.last, event.position


def recorded(events: Sequence[Event], claims: Sequence[Claim], at: datetime) -> list[Event]:
    """The events as they will be once the claims are among them, but for the chain."""
    chain: dict[str, Any] = dict.fromkeys(("recorded_by", "digest", "previous_hash", "hash"), "")
    made = list(events)
    for position, claim in enumerate(claims, start=events[-1].position + 1 if events else 1):
        about: Any = {name: getattr(claim, name) for name in ("commitment", "subject", "kind")}
        made.append(
            Event(position=position, recorded_at=at, salt=None, claim=claim, **about, **chain)
        )
    return made


# The tree over it, from which proofs are read (RFC 6962). A leaf is the digest of an event, 32
# bytes: what the event says may be erased, its leaf stays.

A_TILE = 256
"""Hashes of a full tile."""


def leaf(digest: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + digest).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes of one level; what has no neighbour rises as it is."""
    if not hashes:
        return hashlib.sha256().digest()
    while len(hashes) > 1:
        pairs = [node(*hashes[i : i + 2]) for i in range(0, len(hashes) - 1, 2)]
        hashes = [*pairs, *(hashes[-1:] if len(hashes) % 2 else ())]
    return hashes[0]


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree over the first `size` events.

    `roots` are those of its full tiles, in order; `digests` gives those of a tile, by its number.
    """

    size: int
    roots: Sequence[bytes]
    digests: Callable[[int], Sequence[bytes]]

    def root(self) -> bytes:
        """The hash that stands for all of it."""
        return self._between(0, self.size) if self.size else root_of(())

    def tile(self, level: int, number: int, width: int) -> list[bytes] | None:
        """The hashes of a tile, of which each stands for 256^level leaves; None beyond the tree."""
        span, first = A_TILE**level, number * A_TILE
        if (first + width) * span > self.size:
            return None
        places = range(first * span, (first + width) * span, span)
        return [self._between(start, start + span) for start in places]

    def entries(self, number: int, width: int) -> Sequence[bytes] | None:
        """The digests that a tile is made of; None beyond the tree."""
        beyond = number * A_TILE + width > self.size
        return None if beyond else self.digests(number)[:width]

    def inclusion(self, index: int) -> list[bytes]:
        """The hashes that lead from a leaf to the root, the nearest first."""
        hashes, start, stop = list[bytes](), 0, self.size
        while stop - start > 1:
            middle = start + _left(stop - start)
            if index < middle:
                hashes.append(self._between(middle, stop))
                stop = middle
            else:
                hashes.append(self._between(start, middle))
                start = middle
        return hashes[::-1]

    def _between(self, start: int, stop: int) -> bytes:
        """The root over the leaves from one to another, which lie as the tree divides them."""
        width, number = stop - start, start // A_TILE
        if width > A_TILE:
            middle = start + _left(width)
            return node(self._between(start, middle), self._between(middle, stop))
        if width == A_TILE:
            return self.roots[number]
        first = start % A_TILE
        return root_of([*map(leaf, self.digests(number)[first : first + width])])


def _left(width: int) -> int:
    """The largest power of two below a width."""
    return 1 << (width - 1).bit_length() - 1
