"""A ZIP archive written as its files come, as OpenDocument wants it. Knows no format of a file."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import pack

MOST = 2**32 - 1
"""The largest size or place that a ZIP tells in 32 bits; what is beyond is told in ZIP64."""

_DEFLATED, _SIZES_FOLLOW, _UTF8 = 8, 0x08, 0x800
_VERSION, _VERSION_64 = 20, 45
_FIRST_DAY = (0, 33)  # that a ZIP can tell, at midnight: the same content makes the same bytes


@dataclass(slots=True)
class _File:
    """One file, as far as it is written. `size` is before packing, `place` in the archive."""

    name: bytes
    place: int
    method: int = _DEFLATED
    crc: int = 0
    packed: int = 0
    size: int = 0

    def told(self, version: int, packed: int, size: int) -> bytes:
        """What both of its headers say."""
        flags = _UTF8 | (_SIZES_FOLLOW if self.method else 0)
        sizes = (self.crc, packed, size, len(self.name))
        return pack("<5H3LH", version, flags, self.method, *_FIRST_DAY, *sizes)

    def header(self) -> bytes:
        """What stands before it."""
        known = self.told(_VERSION, self.packed, self.size)
        return b"PK\3\4" + known + pack("<H", 0) + self.name

    def sizes(self, most: int) -> bytes:
        """What stands after it: what was not known before it."""
        large = max(self.packed, self.size) > most
        return b"PK\7\10" + pack("<L2Q" if large else "<3L", self.crc, self.packed, self.size)

    def entry(self, most: int) -> bytes:
        """What the directory says of it."""
        if max(self.packed, self.size, self.place) > most:
            more = pack("<2H3Q", 1, 24, self.size, self.packed, self.place)
            version, packed, size, place = _VERSION_64, MOST, MOST, MOST
        else:
            version, packed, size, place, more = _VERSION, self.packed, self.size, self.place, b""
        known = pack("<H", version) + self.told(version, packed, size)
        return b"PK\1\2" + known + pack("<4H2L", len(more), 0, 0, 0, 0, place) + self.name + more


def zipped(
    kind: str, files: Iterable[tuple[str, Iterable[str]]], *, most: int = MOST
) -> Iterator[bytes]:
    """The archive of these files, each a text in pieces.

    `kind`, its media type, stands first and unpacked, where readers look for it.
    """
    first = kind.encode()
    index = [_File(b"mimetype", 0, 0, zlib.crc32(first), len(first), len(first))]
    written = index[0].header() + first
    place = len(written)
    yield written
    for name, pieces in files:
        index.append(_File(name.encode(), place))
        for written in _written(index[-1], pieces, most):
            place += len(written)
            yield written
    yield _directory(index, place, most)


def _written(file: _File, pieces: Iterable[str], most: int) -> Iterator[bytes]:
    """A file between its header and its sizes, packed."""
    yield file.header()
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    for piece in pieces:
        told = piece.encode()
        file.crc, file.size = zlib.crc32(told, file.crc), file.size + len(told)
        if packed := packer.compress(told):
            file.packed += len(packed)
            yield packed
    packed = packer.flush()
    file.packed += len(packed)
    yield packed + file.sizes(most)


def _directory(index: Sequence[_File], place: int, most: int) -> bytes:
    """What stands at the end of the archive: where each file is, and where this is said."""
    told = b"".join(file.entry(most) for file in index)
    count, length, beyond = len(index), len(told), b""
    if place > most:
        where = pack("<4Q", count, count, length, place)
        beyond = b"PK\6\6" + pack("<Q2H2L", 44, _VERSION_64, _VERSION_64, 0, 0) + where
        beyond += b"PK\6\7" + pack("<LQL", 0, place + length, 1)
        place = MOST
    return told + beyond + b"PK\5\6" + pack("<4H2LH", 0, 0, count, count, length, place, 0)
