"""Keys: `ouv_<8 public>_<43 random>_<6 check>`, in base 62. Knows their form, not their owners.

The check (CRC-32) tells a mistyped key from an unknown one without a look-up, and lets secret
scanners find keys. 43 letters of base 62 are 256 random bits: SHA-256 at rest needs no salt.
"""

import hashlib
import re
import string
import zlib
from dataclasses import dataclass
from datetime import date, datetime

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


def spell(public: str, secret: str) -> str:
    """The key that its owner keeps."""
    stem = f"ouv_{public}_{secret}"
    return f"{stem}_{_check(stem)}"


def public_part(key: str) -> str | None:
    """The part by which a key is looked up; None when it is no key, or mistyped."""
    found = _FORM.fullmatch(key)
    if not found or _check(key[: -CHECK_LENGTH - 1]) != key[-CHECK_LENGTH:]:
        return None
    return found[1]


def digest(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _check(stem: str) -> str:
    rest, letters = zlib.crc32(stem.encode()), ""
    for _ in range(CHECK_LENGTH):
        rest, place = divmod(rest, len(LETTERS))
        letters = LETTERS[place] + letters
    return letters
