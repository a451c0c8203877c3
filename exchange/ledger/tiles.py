"""A log as a set of files for other people's tools (C2SP tlog-tiles).

checkpoint                        the newest head's note
tile/<level>/<index>[.p/<width>]  up to 256 hashes of 32 bytes
tile/entries/<index>[.p/<width>]  up to 256 entries, each after its length (u16)

Hash i of tile n of a level is the root over the 256**level leaves from (n * 256 + i) *
256**level on: in our tree the node (8 * level, n * 256 + i). Only the last tile of a
level can be partial, and an empty one is not written. An index is written in groups of
three digits, all but the last after an x. Pure.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import SIZE_MAX, Get
from exchange.limits import ENTRY_MAX

WIDTH = 256  # hashes or entries of a full tile
LEVEL_BITS = 8
LENGTH_SIZE = 2  # bytes before each entry


class Tile(Struct, frozen=True):
    """`width` (1 to 256) hashes of a level, from `index` * 256 on."""

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{_place(self.index, self.width)}"

    @property
    def entries_path(self) -> str:
        return f"tile/entries/{_place(self.index, self.width)}"

    def encode(self, get: Get) -> bytes:
        """Raise the errors of `get`."""
        first = self.index * WIDTH
        level = self.level * LEVEL_BITS
        return b"".join(get(level, first + n) for n in range(self.width))


def _place(index: int, width: int) -> str:
    """Return `x001/x234/067.p/17` for index 1234067 and a width of 17."""
    groups = [f"{index % 1_000:03}"]
    while index := index // 1_000:
        groups.append(f"x{index % 1_000:03}")
    partial = f".p/{width}" if width < WIDTH else ""
    return "/".join(reversed(groups)) + partial


def tiles(size: int) -> Iterator[Tile]:
    """Yield tiles level by level, level 0 first.

    Entry bundles are those of level 0. Refusal(POSITION) for a bad size.
    """
    if not 0 <= size <= SIZE_MAX:
        raise Refusal(Reason.POSITION, f"size {size}")
    level, hashes = 0, size
    while hashes:
        for index in range(hashes // WIDTH):
            yield Tile(level, index, WIDTH)
        if width := hashes % WIDTH:
            yield Tile(level, hashes // WIDTH, width)
        level, hashes = level + 1, hashes // WIDTH


def decode_bundle(data: bytes, width: int = WIDTH) -> list[bytes]:
    """Raise Refusal(POSITION) if it has not `width` entries."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < width:
        start = at + LENGTH_SIZE
        at = start + int.from_bytes(data[at:start])
        entries.append(data[start:at])
    if at != len(data) or len(entries) != width:
        raise Refusal(Reason.POSITION, "entry bundle")
    return entries


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Raise Refusal(SIZE) if an entry is too large."""
    parts = []
    for entry in entries:
        if len(entry) > ENTRY_MAX:
            raise Refusal(Reason.SIZE, "entry")
        parts += [len(entry).to_bytes(LENGTH_SIZE), entry]
    return b"".join(parts)
