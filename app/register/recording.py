"""What comes of a use case: it is recorded, or waits for a validator; the audit knows of either.

Also what is asked of every claim before: that all it names exists, and that others consent.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from pydantic import BaseModel

from app.domain.access import ACCEPTED, READ, Actor, Key, Proposal, concerned, may, waits_for
from app.domain.claims import CLAIMS, FIRST, IDENTITY
from app.domain.commitments import Commitment
from app.domain.errors import Contradiction, Incomplete, Invalid, Stale, Taken, Unfit
from app.domain.fold import resolve
from app.domain.ledger import Claim, paris_day, recorded
from app.domain.periods import read_dating
from app.domain.references import BEFORE, THE_REGISTER, Text
from app.domain.values import SLUG
from app.store import events as ledger
from app.store import keys as rows
from app.store import lookup, names, spans
from app.store.database import Connection
from app.store.events import Recording
from app.store.spans import Standing


class Written(NamedTuple):
    """What came of a change: its entry, the head after it, and how many events it recorded.

    `proposal`: the number under which it waits for a validator, if it does.
    """

    slug: str
    position: int
    events: int
    proposal: int | None = None

    @property
    def action(self) -> bool:
        """Whether its entry is an action: only these are named within a programme."""
        return "/" in self.slug


def begin_recording(connection: Connection, actor: Actor, at: datetime) -> Recording:
    """Who records, and when, which is kept. A key remembers the last day on which it wrote.

    What somebody proposed is accepted by being recorded.
    """
    _note(connection, actor, at)
    salts = iter(partial(secrets.token_hex, 16), "")
    return Recording(at=at, by=actor.organization or THE_REGISTER, key=actor.key, salts=salts)


def _note(connection: Connection, actor: Actor, at: datetime, outcome: str = "done") -> None:
    """Keep what an actor did. Raises Contradiction for what a revoked key proposed."""
    rows.note(connection, actor, at, outcome)
    if actor.key:
        rows.note_use(connection, actor.key, paris_day(at))
    if actor.carries:
        by = rows.find(connection, Key, actor.carries.proposed_key or "")
        if by and by.revoked_at:
            sentence = "The key that proposed this was revoked: refuse it, or propose it yourself."
            raise Contradiction(sentence)
        rows.decide(connection, decided(actor.carries, ACCEPTED, actor, at))


def decided(
    proposal: Proposal, state: str, actor: Actor, at: datetime, reason: str | None = None
) -> Proposal:
    """A proposal as it is once somebody has decided."""
    by, key = actor.organization, actor.key
    return replace(
        proposal, state=state, decided_at=at, decided_by=by, decided_key=key, reason=reason
    )


@dataclass(frozen=True, slots=True)
class Work:
    """A change of one entry, in its transaction."""

    connection: Connection
    actor: Actor
    at: datetime
    slug: str

    def append(
        self,
        claims: Sequence[Claim],
        before: Mapping[str, Standing] | None = None,
        facts: Iterable[Claim] = (),
    ) -> Written:
        """It is recorded, with the facts that came with it: if it is internal, so are they."""
        public = {claim.text for claim in claims if claim.visibility == "public"}
        own = (
            fact if fact.subject in public else replace(fact, visibility="internal")
            for fact in facts
        )
        again = names.published(self.connection, public, self.at)
        events = [*own, *again, *claims] if claims else []
        by = begin_recording(self.connection, self.actor, self.at)
        spans.append(self.connection, events, by, before)
        return Written(self.slug, ledger.head(self.connection).position, len(events))

    def propose(
        self,
        doing: str,
        awaits: str,
        body: BaseModel,
        *,
        position: int | None = None,
        expected: Iterable[int] = (),
    ) -> Written:
        """It waits for a validator; whoever carries out a proposal hands it on."""
        number, actor = rows.next_number(self.connection), self.actor
        proposal = Proposal(
            number=number,
            action=doing,
            kind="action" if "/" in self.slug else "opening",
            entry=self.slug,
            position=position,
            body=body.model_dump_json(exclude_unset=True),
            expected=",".join(map(str, sorted(expected))),
            proposed_by=actor.carries.proposed_by if actor.carries else actor.organization or "",
            proposed_key=actor.key,
            awaits=awaits,
            proposed_at=self.at,
        )
        rows.add(self.connection, proposal)
        _note(self.connection, actor, self.at, "proposed")
        return Written(self.slug, ledger.head(self.connection).position, 0, number)


def check_version(version: int, expected: frozenset[int] | None) -> frozenset[int]:
    """What is made on that version expects it. Raises Stale where another one is expected."""
    if expected is not None and version not in expected:
        raise Stale(current_version=version)
    return frozenset({version})


def awaited(
    connection: Connection,
    actor: Actor,
    action: str,
    entry: Commitment,
    claims: Sequence[Claim],
    at: datetime,
) -> str | None:
    """The organisation that has to accept these claims first, if any. Raises Forbidden.

    Who opens or stewards the entry is compared on every day: a claim also reaches into the past,
    and a judgement gives back what another one took.
    """
    named = set[str | None]()
    if any(claim.kind not in CLAIMS or claim.values.keys() & IDENTITY for claim in claims):
        events = ledger.events(connection, entry.slug)
        named = concerned(resolve(events), resolve(recorded(events, claims, at)))
    return waits_for(actor, action, entry, entry.slug, *named)


def other_ministry(connection: Connection, programme: str, own: Iterable[str | None]) -> str | None:
    """Whose a plan is in which none of these organisations takes part; None where one does."""
    plan = names.names(connection).programmes.get(programme, BEFORE)
    known = {each for each in own if each}
    takes_part = plan is BEFORE or plan.ministry in known
    return None if takes_part or lookup.takes_part(connection, programme, known) else plan.ministry


def only_programme(connection: Connection) -> str:
    """The programme of an entry that names none. Raises Incomplete where there are several."""
    known = names.names(connection).programmes.values()
    first, *others = [row.id for row in known if row is not BEFORE] or [FIRST]
    if others:
        raise Incomplete("programme", "There are several programmes: name one.")
    return first


def free_name(connection: Connection, name: str, actor: Actor) -> str:
    """That name; with a number where something has it that the actor may not see. Raises Taken.

    A name that was promised and is taken since gets a number too: it was free for who proposed it.
    """
    free, number = (actor.carries.entry if actor.carries else name), 1
    while standing := spans.standing(connection, free):
        events = standing.events or ledger.events(connection, free)
        seen = may(actor, READ, standing.entry) if standing.entry else any(e.public for e in events)
        if seen and not actor.carries:
            raise Taken(name=name)
        number += 1
        free = numbered(name, number)
    return free


def numbered(name: str, number: int) -> str:
    """Another name, as long as names may be at most."""
    end = f"-{number}"
    return f"{name[: SLUG - len(end)].rstrip('-')}{end}"


def check_references(connection: Connection, claims: Sequence[Claim], actor: Actor) -> None:
    """What claims name must exist: organisations, texts, and actions that are not among them.

    What the actor may not see is not there.
    """
    known = names.names(connection)
    texts = {claim.text for claim in claims if claim.text}
    actions = _values(claims, "action") - {claim.commitment for claim in claims}
    refusals = [
        *names.unknown("text", texts, lookup.texts(connection, known, actor)),
        *names.unknown("programme", _values(claims, "programme"), known.programmes),
        *names.unknown("publisher", _values(claims, "publisher"), known.organizations),
        *names.unknown("steward", _values(claims, "steward"), known.organizations),
        *lookup.unknown_actions(connection, actions, actor),
        *_too_early(claims, known.texts),
    ]
    if refusals:
        raise Invalid(refusals[0])


def _values(claims: Sequence[Claim], name: str) -> set[str]:
    return {str(claim.values[name]) for claim in claims if claim.values.get(name)}


def _too_early(claims: Iterable[Claim], texts: Mapping[str, Text]) -> Iterator[tuple[str, Unfit]]:
    """The claims that would be known before the text that says so."""
    for claim in claims:
        text = texts.get(claim.text or "")
        first = read_dating(text.published_on).first if text and text.published_on else None
        if first and claim.published_on.last < first and not claim.source:
            yield "published_on", Unfit("Its text was published later, on {day}.", day=first)
