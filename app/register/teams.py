"""Use cases of teams: keys, members, what an organisation wants of its editors, and the audit."""

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.domain import access, errors
from app.domain.access import Act, Actor, Key, Member, Origin, Person, Proposal, may
from app.domain.claims import ActionAnnouncement, Announcement, Change, Judgement
from app.domain.values import Closed, Email, Line, Prose, Slug, word
from app.register import Clock
from app.register.recording import Written, check_version, decided
from app.register.writing import Writing
from app.store import keys as rows
from app.store import names
from app.store.database import Connection, Database

KEY_DAYS, MOST_KEY_DAYS = 180, 366
OVERLAP_DAYS, MOST_OVERLAP_DAYS = 7, 30
"""How long a key that is rotated goes on."""
LONGEST_SESSION = timedelta(hours=12)
"""How long somebody stays signed in whose token lasts longer."""
Role = Annotated[str, word(*access.ROLES)]
Days = Annotated[int, Field(ge=1, le=MOST_KEY_DAYS)]


class NewKey(Closed):
    """A key to make."""

    role: Role = Field("editor", description="What it may do.")
    days: Days = Field(KEY_DAYS, description="How many days it lasts.")
    label: Line | None = Field(None, description="What it is for.")
    member: str | None = Field(
        None, max_length=8, description="The id of the member whose it is; it ends with them."
    )
    organization: Slug | None = Field(
        None, description="Whose it is; your own organisation’s if absent."
    )


class Rotation(Closed):
    """How a key is followed by another."""

    days: Days = Field(KEY_DAYS, description="How many days the new key lasts.")
    overlap_days: int = Field(
        OVERLAP_DAYS, ge=0, le=MOST_OVERLAP_DAYS, description="How many days the old key goes on."
    )


class Revocation(Closed):
    """The end of a key."""


class NewMember(Closed):
    """Somebody who joins an organisation."""

    name: Line = Field(description="How colleagues call them.")
    email: Email | None = Field(None, description="Their e-mail address at work.")
    role: Role = Field("editor", description="The most that their keys may do.")
    organization: Slug | None = Field(
        None, description="Where they join; your own organisation if absent."
    )


class MemberPatch(Closed):
    """A merge-patch (RFC 7396) of a member."""

    name: Line = Field("", description="How colleagues call them.")
    email: Email | None = Field(None, description="Their e-mail address at work.")
    role: Role = Field("editor", description="The most that their keys may do.")
    removed: bool = Field(False, description="True: they leave, and their keys end at once.")


class TeamPatch(Closed):
    """A merge-patch (RFC 7396) of what an organisation wants of its team."""

    four_eyes: bool = Field(description="Whether a validator has to accept what editors do.")


class Acceptance(Closed):
    """That what is proposed is carried out."""


class Refusal(Closed):
    """That what is proposed is not carried out."""

    reason: Prose | None = Field(None, description="Why, for whoever proposed it.")


_BODIES: dict[str, type[BaseModel]] = {
    **dict.fromkeys((access.CHANGE, access.CORRECT), Change),
    access.JUDGE: Judgement,
}
"""What proposals hold, but for the announcements of openings and of actions."""


@dataclass(frozen=True, slots=True)
class Teams:
    """What is managed of organisations. An operator manages every one of them."""

    database: Database
    clock: Clock

    @contextmanager
    def _noted(
        self, actor: Actor, organization: str | None = None
    ) -> Iterator[tuple[Connection, datetime]]:
        """A transaction and its time, noted in the audit. Raises Invalid for no organisation."""
        at = self.clock.now()
        with self.database.writing() as connection:
            if organization is not None:
                known = names.names(connection).organizations
                if refusals := names.unknown("organization", [organization], known):
                    raise errors.Invalid(*refusals)
            yield connection, at
            rows.note(connection, actor, at)

    def every_key(self, actor: Actor) -> list[Key]:
        """The keys of one’s own organisation; an operator’s, of all. Raises Forbidden."""
        with self.database.reading() as connection:
            return rows.find_keys(connection, _managed(actor))

    def make_key(self, body: NewKey, actor: Actor) -> tuple[str, Key]:
        """A new key, shown once, and what is kept of it. Raises Forbidden, Missing."""
        organization = body.organization or actor.organization or ""
        _check_manages(actor, organization, body.role)
        with self._noted(actor, organization) as (connection, at):
            if body.member:
                member = rows.find(connection, Member, body.member)
                if member is None or member.organization != organization or member.removed_at:
                    raise errors.Invalid(*names.unknown("member", [body.member], ()))
            spelt, key = _made(organization, body.role, at, at + timedelta(days=body.days))
            key = replace(key, member=body.member, label=body.label)
            rows.add(connection, key)
        return spelt, key

    def rotate_key(self, public: str, body: Rotation, actor: Actor) -> tuple[str, Key]:
        """A key that follows another, which goes on for a while. Raises Forbidden, Incomplete.

        Whoever holds a key may rotate it; what it proposed is of the new key from then on.
        """
        with self._noted(actor) as (connection, at):
            key = _key(connection, public, actor, access.ROTATE)
            if key.ended(at):
                raise errors.Incomplete("key", "This key has ended; ask your manager for another.")
            spelt, new = _made(key.organization, key.role, at, at + timedelta(days=body.days))
            new = replace(new, member=key.member, label=key.label)
            rows.add(connection, new)
            ends = min(key.expires_at, at + timedelta(days=body.overlap_days))
            rows.replace(connection, replace(key, expires_at=ends))
            rows.hand_over(connection, key.public, new.public)
        return spelt, new

    def revoke_key(self, public: str, actor: Actor) -> Key:
        """End a key at once. Raises Forbidden, Missing."""
        with self._noted(actor) as (connection, at):
            key = _key(connection, public, actor, access.MANAGE)
            key = replace(key, revoked_at=key.revoked_at or at)
            rows.replace(connection, key)
        return key

    def every_member(self, actor: Actor) -> list[Member]:
        """The members of one’s own organisation; an operator’s, of all. Raises Forbidden."""
        with self.database.reading() as connection:
            return rows.find_members(connection, _managed(actor))

    def add_member(self, body: NewMember, actor: Actor) -> Member:
        """Somebody joins an organisation. Raises Forbidden, Missing."""
        name, organization = _letters(access.PUBLIC_LENGTH), body.organization or actor.organization
        values = {**body.model_dump(), "organization": organization or ""}
        _check_manages(actor, values["organization"], body.role)
        with self._noted(actor, values["organization"]) as (connection, at):
            member = Member(id=name, added_at=at, **values)
            rows.add(connection, member)
        return member

    def change_member(self, name: str, body: MemberPatch, actor: Actor) -> Member:
        """A member has another name or role, or leaves. Raises Forbidden, Missing."""
        values = {field: getattr(body, field) for field in body.model_fields_set - {"removed"}}
        if not body.model_fields_set:
            raise errors.Incomplete("", "Nothing is changed: name a field.")
        with self._noted(actor) as (connection, at):
            member = rows.find(connection, Member, name)
            if member is None or member.removed_at or not may(actor, access.READ, member):
                raise errors.Missing("member", name)
            _check_manages(
                actor, member.organization, member.role, values.get("role", access.EDITOR)
            )
            if values.get("email") not in (None, member.email):
                rows.bind(connection, name, None)  # the one of the new address signs in from now on
            member = replace(member, **values, removed_at=at if body.removed else None)
            rows.replace(connection, member)
            if body.removed:
                rows.revoke_keys_of(connection, name, at)
        return member

    def admit(self, person: Person, origin: Origin) -> str:
        """The key of a session of a member, which ends with their token. Raises Unauthenticated.

        Nobody is shown it: what members do is known by it, as by any other of theirs.
        """
        at = self.clock.now()
        with self.database.writing() as connection:
            member = _member(rows.find_people(connection, person), person)
            rows.bind(connection, member.id, person.subject)
            ends = min(person.until, at + LONGEST_SESSION)
            spelt, key = _made(member.organization, member.role, at, ends)
            key = replace(key, member=member.id, label=person.via)
            rows.add(connection, key)
            actor = Actor(key.organization, key.role, key.public, origin=origin)
            rows.note(connection, actor, at)
        return spelt

    def end_session(self, actor: Actor) -> None:
        """The key of a session ends now; what was proposed with it still waits."""
        at = self.clock.now()
        with self.database.writing() as connection:
            key = rows.find(connection, Key, actor.key or "")
            if key and key.expires_at > at:
                rows.replace(connection, replace(key, expires_at=at))
                rows.note(connection, actor, at)

    def set_siret(self, organization: str, siret: str | None, actor: Actor) -> None:
        """Keep of which SIRET members have to be who sign in by an issuer. Raises Invalid."""
        with self._noted(actor, organization) as (connection, _):
            rows.set_team(connection, organization, siret=siret)

    def change_team(self, body: TeamPatch, actor: Actor, organization: str | None = None) -> Actor:
        """An organisation wants four eyes from now on, or no more. Raises Forbidden, Missing."""
        organization = organization or actor.organization or ""
        _check_manages(actor, organization)
        with self._noted(actor, organization) as (connection, _):
            rows.set_team(connection, organization, four_eyes=body.four_eyes)
        return replace(actor, four_eyes=body.four_eyes)

    def proposals(self, actor: Actor) -> list[Proposal]:
        """What one’s own organisation has proposed and what awaits it, oldest first."""
        whose = None if actor.operates else actor.organization or ""
        with self.database.reading() as connection:
            return rows.find_proposals(connection, whose)

    def proposal(self, number: int, actor: Actor) -> Proposal:
        """A proposal, for the two organisations that it is between. Raises Missing."""
        with self.database.reading() as connection:
            return _proposal(connection, number, actor)

    def accept(self, number: int, actor: Actor, expected: frozenset[int] | None = None) -> Written:
        """Carry out what was proposed, as if it was one’s own. Raises Missing, Forbidden, Stale.

        `expected`: the versions on which it is accepted, if not those on which it was proposed.
        """
        with self.database.reading() as connection:
            proposal = _proposal(connection, number, actor)
            own = _is_same_person(connection, actor, proposal)
        if not may(actor, access.DECIDE, proposal) or own:
            raise errors.Forbidden("decide", str(number))
        if proposal.state != access.WAITING:
            raise errors.Contradiction("This proposal waits no more.")
        writing, by = Writing(self.database, self.clock), replace(actor, carries=proposal)
        of_action, position = proposal.kind == "action", proposal.position or 0
        begun = ActionAnnouncement if of_action else Announcement
        body: Any = _BODIES.get(proposal.action, begun).model_validate_json(proposal.body)
        if proposal.action == access.ANNOUNCE:
            check_version(0, expected)
            return writing.announce(body, by)
        known = frozenset(map(int, filter(None, proposal.expected.split(","))))
        known = known if expected is None else expected
        if proposal.action == access.JUDGE:
            return writing.judge(position, body, by, known)
        if proposal.action == access.CORRECT:
            return writing.correct(position, body, by, known)
        return writing.change(proposal.entry, body, known, by)

    def decline(self, number: int, body: Refusal, actor: Actor) -> Proposal:
        """Let a proposal wait no more; who made it withdraws it. Raises Missing, Forbidden."""
        with self._noted(actor) as (connection, at):
            proposal = _proposal(connection, number, actor)
            state = access.DECLINED if may(actor, access.DECIDE, proposal) else access.WITHDRAWN
            own = _is_same_person(connection, actor, proposal)
            if state == access.WITHDRAWN and not (own or may(actor, access.WITHDRAW, proposal)):
                raise errors.Forbidden("decide", str(number))
            proposal = decided(proposal, state, actor, at, body.reason)
            rows.decide(connection, proposal)
        return proposal

    def refused(self, key: str, origin: Origin, outcome: str) -> None:
        """Keep what somebody tried with a key, be it ended; of one that is unknown, nothing."""
        at = self.clock.now()
        with self.database.reading() as connection:
            holder = rows.find_holder(connection, access.public_part(key) or "")
        if holder and compare_digest(holder.key.digest, access.digest_of(key)):
            with self.database.writing() as connection:
                rows.note(connection, replace(holder.actor, origin=origin), at, outcome)

    def acts(self, actor: Actor, before: int | None = None, most: int = 100) -> list[Act]:
        """What was done and tried with the keys of one’s own organisation, the newest first.

        An operator’s: by all. Raises Forbidden.
        """
        with self.database.reading() as connection:
            return rows.find_acts(connection, _managed(actor), before, most)


def _managed(actor: Actor) -> str | None:
    """The organisation that the actor manages; None is every one. Raises Forbidden."""
    if not may(actor, access.MANAGE, {actor.organization}):
        raise errors.Forbidden("manage", actor.organization or "")
    return None if actor.operates else actor.organization


def _check_manages(actor: Actor, organization: str, *roles: str) -> None:
    """A manager gives roles of the own organisation. Raises Forbidden."""
    if not may(actor, access.MANAGE, {organization}) or (
        access.OPERATOR in roles and not actor.operates
    ):
        raise errors.Forbidden("manage", organization)


def _key(connection: Connection, public: str, actor: Actor, action: str) -> Key:
    """A key that the actor may do this to. Of one of another organisation, it is not even here."""
    key = rows.find(connection, Key, public)
    if key is None or not may(actor, access.READ, key):
        raise errors.Missing("key", public)
    if not may(actor, action, key):
        raise errors.Forbidden("manage", public)
    return key


def _proposal(connection: Connection, number: int, actor: Actor) -> Proposal:
    proposal = rows.find(connection, Proposal, number)
    if proposal is None or not may(actor, access.READ, proposal):
        raise errors.Missing("proposal", str(number))
    return proposal


def _is_same_person(connection: Connection, actor: Actor, proposal: Proposal) -> bool:
    """Whether the actor has proposed it: with this key, or another one of the same member."""
    if actor.key == proposal.proposed_key:
        return True
    pair = [rows.find(connection, Key, key or "") for key in (actor.key, proposal.proposed_key)]
    members = {key.member if key else None for key in pair}
    return len(members) == 1 and None not in members


def _member(people: Collection[tuple[Member, str | None]], person: Person) -> Member:
    """The member that somebody is. Raises Unauthenticated.

    An organisation with a SIRET lets in nobody of another; without, it lets in whom it has added.
    """
    asking = [member for member, siret in people if siret]
    fit = [member for member, siret in people if siret and (person.siret or "").startswith(siret)]
    fit = fit or [member for member, siret in people if not siret]
    if len(fit) == 1:
        return fit[0]
    if fit:
        raise errors.Unauthenticated(
            "You are a member of several organisations, and {via} does not say for which one you "
            "act. Sign in with the key of one of them.",
            via=person.via,
        )
    if asking:
        raise errors.Unauthenticated(
            "{via} says that you act for SIRET {siret}, which is not that of your organisation "
            "here. Choose your organisation at {via}, or ask whoever runs the register.",
            via=person.via,
            siret=person.siret or "–",
        )
    raise errors.Unauthenticated(
        "{via} knows you as {email}, which is the address of no member of an organisation here. "
        "Ask whoever manages the keys of your organisation to add you with this address.",
        via=person.via,
        email=person.email or "–",
    )


def _made(organization: str, role: str, at: datetime, ends: datetime) -> tuple[str, Key]:
    public, secret = _letters(access.PUBLIC_LENGTH), _letters(access.SECRET_LENGTH)
    spelt = access.spell_key(public, secret)
    return spelt, Key(
        public=public,
        digest=access.digest_of(spelt),
        organization=organization,
        role=role,
        created_at=at,
        expires_at=ends,
    )


def _letters(count: int) -> str:
    return "".join(secrets.choice(access.LETTERS) for _ in range(count))
