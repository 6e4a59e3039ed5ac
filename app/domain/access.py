"""Who may do what, and the form of the keys by which an actor is known.

A key is `ouv_<8 public>_<43 random>_<6 check>`, in base 62. The check (CRC-32) tells a mistyped key
from an unknown one without a look-up, and lets secret scanners find keys. 43 letters of base 62 are
256 random bits: SHA-256 at rest needs no salt.
"""

import hashlib
import re
import string
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from app.domain.commitments import Commitment
from app.domain.errors import Forbidden
from app.domain.fold import on

ROLES = ("editor", "validator", "manager", "operator")
"""Each may what those before it may, within its organisation; an operator everywhere."""
EDITOR, VALIDATOR, MANAGER, OPERATOR = ROLES

READ, PROPOSE, ANNOUNCE, CHANGE = "read", "propose", "announce", "change"
CORRECT, JUDGE, ADD, AMEND, IMPORT = "correct", "judge", "add", "amend", "import"
DECIDE, WITHDRAW, MANAGE, ROTATE = "decide", "withdraw", "manage", "rotate"
LEAST = {
    **dict.fromkeys((PROPOSE, ANNOUNCE, CHANGE, ADD, IMPORT), EDITOR),
    **dict.fromkeys((CORRECT, JUDGE, AMEND, DECIDE, WITHDRAW), VALIDATOR),
    **dict.fromkeys((MANAGE, ROTATE), MANAGER),
}
"""The least role that may do each thing to what is its organisation's. Any role reads that.

ADD and AMEND are about texts and programmes; MANAGE about keys, members and their audit.
"""
_RECORD = (ANNOUNCE, CHANGE, ADD, IMPORT)
"""What an editor does alone, unless its organisation wants four eyes."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What an actor asked for, of what, and from which address: for the audit."""

    action: str
    target: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. The public has neither organisation nor role. `key` is a key's public part.

    `four_eyes`: its organisation wants a validator to accept what editors do. `carries`: what
    somebody proposed, and this actor carries out.
    """

    organization: str | None = None
    role: str | None = None
    key: str | None = None
    four_eyes: bool = False
    carries: "Proposal | None" = field(default=None, compare=False)
    ends_at: datetime | None = field(default=None, compare=False)
    origin: Origin | None = field(default=None, compare=False)

    @property
    def operates(self) -> bool:
        return self.role == OPERATOR

    @property
    def speaks_for(self) -> frozenset[str]:
        """The organisations whose word this is."""
        proposed_by = self.carries.proposed_by if self.carries else None
        return frozenset(filter(None, (self.organization, proposed_by)))


PUBLIC = Actor()


# What is managed, besides the ledger.


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as the register keeps it: never the key itself. One of a member ends with its role."""

    public: str
    digest: str
    organization: str
    role: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_on: date | None = None
    member: str | None = None
    label: str | None = None

    def ended(self, at: datetime) -> bool:
        return self.revoked_at is not None or self.expires_at <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of an organisation, whose keys may at most what this role may."""

    id: str
    organization: str
    name: str
    email: str | None = None
    role: str
    added_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom an issuer of identities vouches for, until their token ends.

    `subject` is the issuer and its name for them; `via` is what people call the issuer.
    """

    subject: str
    via: str
    email: str | None
    siret: str | None
    until: datetime


WAITING, ACCEPTED, DECLINED, WITHDRAWN = "waiting", "accepted", "declined", "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that waits for a validator of an organisation: another one, or the same.

    `action` is what would be done, to `entry` or to the claim at `position`, with `body` as JSON.
    `expected`: the versions of the entry that the change was made on, with commas.
    """

    number: int
    action: str
    kind: str
    entry: str
    position: int | None = None
    body: str
    expected: str = ""
    proposed_by: str
    proposed_key: str | None
    awaits: str
    proposed_at: datetime
    state: str = WAITING
    decided_at: datetime | None = None
    decided_by: str | None = None
    decided_key: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody did, or tried. `outcome`: `done`, `proposed`, or what refused it."""

    number: int
    at: datetime
    organization: str
    role: str | None
    key: str | None
    action: str
    target: str
    outcome: str
    address: str | None


# Rights.

Thing = Commitment | Key | Member | Proposal | Iterable[str | None]
"""What rights are about; of what is no record here, the organisations whose it is."""


def may(actor: Actor, action: str, thing: Thing | None = None) -> bool:
    """Whether the actor may do this to that thing. No by default.

    Publisher and steward may both write an entry. ANNOUNCE is asked of the entry to be. What is an
    operator's, operators alone manage, also in their own organisation.
    """
    if actor.operates:
        return action == READ or action in LEAST
    if action == READ and (thing is None or getattr(thing, "visibility", None) == "public"):
        return True
    if isinstance(thing, Key | Member) and thing.role == OPERATOR and action != READ:
        return False
    whose, holder = _whose(action, thing)
    if actor.speaks_for.isdisjoint(whose):
        return False
    if action == READ or (actor.key and actor.key == holder):
        return True
    waits = actor.four_eyes and actor.role == EDITOR and action in _RECORD
    reaches = action in LEAST and actor.role in ROLES[ROLES.index(LEAST[action]) :]
    return reaches and not waits


def _whose(action: str, thing: Thing | None) -> tuple[set[str | None], str | None]:
    """The organisations whose it is, and the key whose holder may do this, whatever the role."""
    match thing:
        case None:
            return set(), None
        case Commitment():
            return {thing.described.publisher, thing.steward}, None
        case Key():
            return {thing.organization}, thing.public if action == ROTATE else None
        case Member():
            return {thing.organization}, None
        case Proposal():
            sides = {DECIDE: {thing.awaits}, WITHDRAW: {thing.proposed_by}}
            holder = thing.proposed_key if action == WITHDRAW else None
            return {*sides.get(action, {thing.awaits, thing.proposed_by})}, holder
    return {*thing}, None


def waits_for(actor: Actor, action: str, thing: Thing, name: str, *named: str | None) -> str | None:
    """The organisation whose validator has to accept this first; None where nobody has to.

    Its own, of whoever may only propose; else another one that is `named`. Raises Forbidden, also
    where two others would have to: a proposal is between two.
    """
    if not may(actor, action, thing):
        if not may(actor, PROPOSE, thing):
            raise Forbidden(action, name)
        return actor.organization
    others = {each for each in named if each} - actor.speaks_for
    if actor.operates or not others:
        return None
    other, *more = others
    if more:
        raise Forbidden(action, name)
    return other


def concerned(before: Sequence[Commitment], after: Sequence[Commitment]) -> set[str | None]:
    """Who opens or stewards an entry on some day, before or after, where that is not the same.

    Before its first day it is as on that. Where nothing is left of it, nobody gets anything.
    """
    days = {span.valid_from for span in (*before, *after)} if after else set[date]()
    beside = (pair for day in days for pair in zip(_on(before, day), _on(after, day), strict=True))
    return {each for was, now in beside if was != now for each in (was, now)}


def _on(spans: Sequence[Commitment], day: date) -> tuple[str | None, str | None]:
    entry = on(spans, day) or next(iter(spans), None)
    return (opener(entry), entry.steward) if entry else (None, None)


def opener(entry: Commitment) -> str:
    return entry.described.publisher


def weaker(role: str, other: str) -> str:
    """Of two roles, the one that may less."""
    return min(role, other, key=ROLES.index)


# Keys.

LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
PUBLIC_LENGTH, SECRET_LENGTH, CHECK_LENGTH = 8, 43, 6
_FORM = re.compile(r"ouv_([0-9A-Za-z]{8})_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}")


def spell_key(public: str, secret: str) -> str:
    """The key that its owner keeps."""
    stem = f"ouv_{public}_{secret}"
    return f"{stem}_{_check(stem)}"


def public_part(key: str) -> str | None:
    """The part by which a key is looked up; None when it is no key, or mistyped."""
    form = _FORM.fullmatch(key)
    known = form and _check(key[: -CHECK_LENGTH - 1]) == key[-CHECK_LENGTH:]
    return form[1] if form and known else None


def digest_of(key: str) -> str:
    """Its SHA-256, which is all that is kept of its secret."""
    return hashlib.sha256(key.encode()).hexdigest()


def _check(stem: str) -> str:
    rest, letters = zlib.crc32(stem.encode()), ""
    for _ in range(CHECK_LENGTH):
        rest, place = divmod(rest, len(LETTERS))
        letters = LETTERS[place] + letters
    return letters
