"""Who may do what, and the form of the keys by which an actor is known.

A key is `ouv_<8 public>_<43 random>_<6 check>`, in base 62. The check (CRC-32) tells a mistyped key
from an unknown one without a look-up, and lets secret scanners find keys. 43 letters of base 62 are
256 random bits: SHA-256 at rest needs no salt.
"""

import hashlib
import re
import string
import zlib
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.commitments import Commitment

ROLES = ("editor", "validator", "manager", "operator")
"""Each may what those before it may, within its organisation; an operator everywhere."""

READ, CHANGE, JUDGE, ANNOUNCE = "read", "change", "judge", "announce"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. The public has neither organisation nor role. `key` is a key's public part."""

    organization: str | None = None
    role: str | None = None
    key: str | None = None

    @property
    def operates(self) -> bool:
        """Whether the actor is an operator of the register."""
        return self.role == "operator"


PUBLIC = Actor()


def may(actor: Actor, action: str, commitment: Commitment | None = None) -> bool:
    """Whether the actor may do this, to that entry if there is one. No by default.

    Publisher and steward may both write an entry. `announce` is asked of the entry to be.
    """
    if actor.operates:
        return True
    if action == READ:
        return commitment is None or commitment.visibility == "public" or _own(actor, commitment)
    return actor.role in ROLES and commitment is not None and _own(actor, commitment)


def may_state(actor: Actor, *, stewards: bool) -> bool:
    """Whether the actor may state a text; `stewards`: its organisation promises."""
    return actor.operates or (actor.role in ROLES and stewards)


def may_correct(actor: Actor, stated_by: str, *, binds_others: bool) -> bool:
    """Whether the actor may correct a text; `binds_others`: it changes what holds for others."""
    return actor.operates or (
        actor.role in ROLES and actor.organization == stated_by and not binds_others
    )


def _own(actor: Actor, commitment: Commitment) -> bool:
    return actor.organization is not None and actor.organization in (
        commitment.described.publisher,
        commitment.steward,
    )


# Keys.

LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
PUBLIC_LENGTH, SECRET_LENGTH, CHECK_LENGTH = 8, 43, 6
_FORM = re.compile(r"ouv_([0-9A-Za-z]{8})_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as the register keeps it: never the key itself."""

    public: str
    digest: str
    organization: str
    role: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_on: date | None = None


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
