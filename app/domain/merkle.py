"""The tree over the ledger that proofs are read from (RFC 6962): its root, its tiles, its proofs.

A leaf is the digest of an event, 32 bytes: what the event says may be erased, its leaf stays.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
