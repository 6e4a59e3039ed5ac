"""What comes of a use case: it is recorded, or waits for a validator; the audit knows of either."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from pydantic import BaseModel

from app.domain.access import ACCEPTED, READ, Actor, Proposal, concerned, may, waits_for
from app.domain.claims import CLAIMS, IDENTITY
from app.domain.commitments import Commitment
from app.domain.errors import Contradiction, Stale, Taken
from app.domain.fold import resolve
from app.domain.ledger import Claim, paris_day, recorded
from app.domain.references import THE_REGISTER
from app.domain.values import SLUG
from app.store import events as ledger
from app.store import keys as rows
from app.store import names, spans
from app.store.database import Connection
from app.store.events import Recording
from app.store.spans import Standing


class Written(NamedTuple):
    """What came of a change: its entry, the head after it, and how many events it recorded.

    `proposal`: the number under which it waits for a validator, if it does.
    """

    slug: str
    action: bool
    position: int
    events: int
    proposal: int | None = None


def recording(connection: Connection, actor: Actor, at: datetime) -> Recording:
    """Who records, and when, which is kept. A key remembers the last day on which it wrote.

    What somebody proposed is accepted by being recorded.
    """
    note(connection, actor, at)
    salts = iter(partial(secrets.token_hex, 16), "")
    return Recording(at=at, by=actor.organization or THE_REGISTER, key=actor.key, salts=salts)


def note(connection: Connection, actor: Actor, at: datetime) -> None:
    """Keep that an actor did something. Raises Contradiction for what a revoked key proposed."""
    rows.note(connection, actor, at)
    if actor.key:
        rows.note_use(connection, actor.key, paris_day(at))
    if actor.carries:
        by = rows.find_key(connection, actor.carries.proposed_key or "")
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


def carrying(actor: Actor, slug: str) -> Actor:
    """An actor who carries out what was proposed, if anything, as an entry of that name."""
    return replace(actor, carries=actor.carries and replace(actor.carries, entry=slug))


@dataclass(frozen=True, slots=True)
class Work:
    """What comes of a change of one entry, in its transaction."""

    connection: Connection
    actor: Actor
    at: datetime
    slug: str
    action: bool

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
        by = recording(self.connection, self.actor, self.at)
        spans.append(self.connection, events, by, before)
        return self._written(len(events))

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
            kind="action" if self.action else "opening",
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
        note(self.connection, actor, self.at)
        return self._written(0)._replace(proposal=number)

    def _written(self, events: int) -> Written:
        return Written(self.slug, self.action, ledger.head(self.connection).position, events)


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
        end = f"-{number}"
        free = f"{name[: SLUG - len(end)].rstrip('-')}{end}"
    return free
