"""What who checks the ledger reads (C2SP): signed checkpoints, tiles, proofs of inclusion."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.domain.ledger import A_TILE, Tree

ED25519 = b"\1"
_KEY = re.compile(r"PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")
_PATH = re.compile(r"(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who states the head: a name, and the key that signs it, as Go's note package spells both."""

    name: str
    key: Ed25519PrivateKey | None = None

    @classmethod
    def made(cls, name: str) -> "Signer":
        """One with a new key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, text: str) -> "Signer":
        """The one that a setting holds. Raises ValueError if it holds none."""
        match = _KEY.fullmatch(text)
        content = base64.b64decode(match[3], validate=True) if match else b""
        if not match or len(content) != 33 or content[:1] != ED25519:
            raise ValueError("a key as `python -m app checkpoint-key` makes it")
        signer = cls(match[1], Ed25519PrivateKey.from_private_bytes(content[1:]))
        if signer.id.hex() != match[2]:
            raise ValueError("a key whose name is the one that it was made for")
        return signer

    @property
    def public(self) -> bytes:
        """The public half of its key, after the kind of key that it is."""
        assert self.key is not None  # noqa: S101 who has no key signs nothing
        return ED25519 + self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(f"{self.name}\n".encode() + self.public).digest()[:4]

    @property
    def verifier(self) -> str:
        """What readers check signatures by."""
        return f"{self.name}+{self.id.hex()}+{_letters(self.public)}"

    @property
    def secret(self) -> str:
        """What the operator keeps."""
        assert self.key is not None  # noqa: S101 as above
        content = _letters(ED25519 + self.key.private_bytes_raw())
        return f"PRIVATE+KEY+{self.name}+{self.id.hex()}+{content}"

    def checkpoint(self, tree: Tree) -> str:
        """The head: whose it is, how many events, the root over them; signed if there is a key."""
        text = f"{self.name}\n{tree.size}\n{_letters(tree.root())}\n"
        if self.key is None:
            return text
        return f"{text}\n— {self.name} {_letters(self.id + self.key.sign(text.encode()))}\n"

    def proof(self, tree: Tree, index: int) -> str:
        """That the head covers the event with this index, with the head."""
        hashes = [_letters(each) for each in tree.inclusion(index)]
        lines = ["c2sp.org/tlog-proof@v1", f"index {index}", *hashes, "", self.checkpoint(tree)]
        return "\n".join(lines)


def place_of(path: str) -> tuple[int | None, int, int] | None:
    """(level, number, width) of the tile at an address, level None for entries; else None."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    kind, groups, partial = match.groups()
    width = int(partial) if partial else A_TILE
    digits = groups.replace("x", "").split("/")
    spelled_so = len(digits) == 1 or digits[0] != "000"
    level = None if kind == "entries" else int(kind)
    known = level is None or (str(level) == kind and level < 64 // 8)
    if not known or not spelled_so or width > A_TILE or (partial and width == A_TILE):
        return None
    return level, int("".join(digits)), width


def bundle(digests: Sequence[bytes]) -> bytes:
    """The leaves of a tile themselves, each after its length."""
    return b"".join(len(each).to_bytes(2, "big") + each for each in digests)


def _letters(content: bytes) -> str:
    return base64.b64encode(content).decode()
