"""The records of an export file: how they are written, and read one by one.

    fusion-audit@v2 LF            16 bytes
    record...                     u8 kind, u32 size, then items: u32 length, bytes
    record INDEX                  u8 kind, u32 size, then a row for each record
    u64 offset of INDEX, SHA-256 of INDEX
    trailer                       may be added (export_signature.py)

All numbers are big-endian. A row is u8 kind, u16 items, u32 size, SHA-256 of the bytes
after the size; so the SHA-256 of INDEX covers the file, and each record can be checked
alone. The kinds, in order:

    HEADER    node; u64 time of the export, ms UTC            once
    LOG       origin; u64 size                                each log, by origin
    POLICIES  the text of each POLICY statement, in order
    ENTRIES   the entries, in order
    HEADS     the note of each kept head, smallest first
    PULSE     the newest head's note with lines newer than those kept    at most one
    REFUSALS  u64 index, u64 ms UTC, u8 length of by, u8 length of reason,
              by, reason, proof that it is signed or nothing  by index and by
    FORK      u64 ms UTC, proof that the log is forked        at most one
    DIRECTORY the note of each kept directory head, smallest first

A record of a repeated kind ends with its 1,024th item, or the one that reaches 512 KiB:
there is one encoding. Items are not parsed here.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from typing import NoReturn

from msgspec import Struct
from msgspec.structs import replace

from exchange.errors import FILE_MADE_BEFORE, Reason, Refusal
from exchange.limits import CHUNK_BYTES, CHUNK_ITEMS, EXPORT_ITEM_MAX, EXPORT_LOGS_MAX

OLDER_MAGIC, MAGIC = b"fusion-audit@v1\n", b"fusion-audit@v2\n"
HEADER, LOG, POLICIES, ENTRIES, HEADS, PULSE, REFUSALS, FORK, INDEX = range(1, 10)
DIRECTORY = 10
OF_A_LOG = {*range(POLICIES, INDEX), DIRECTORY}
ITEMS = {HEADER: 2, LOG: 2, PULSE: 1, FORK: 1}  # of kinds with a fixed number

RECORD = struct.Struct(">BI")
LENGTH = struct.Struct(">I")
ROW = struct.Struct(">BHI32s")
TRAILER = struct.Struct(">Q32s")
PAYLOAD_MAX = CHUNK_BYTES + EXPORT_ITEM_MAX + CHUNK_ITEMS * LENGTH.size


def damaged(place: int, what: str) -> Refusal:
    """`place` is in bytes."""
    return Refusal(Reason.INPUT, f"export, byte {place}: {what}")


def check_magic(first: bytes) -> None:
    """Raise Refusal(INPUT) if it begins as no export does."""
    if first == OLDER_MAGIC:
        raise Refusal(Reason.INPUT, "export", FILE_MADE_BEFORE)
    if first != MAGIC:
        raise damaged(0, "not an export")


class Chunk(Struct, frozen=True):
    """One record of a log: its place in the file, and its hash.

    `first` counts the earlier items of that kind in its log, `offset` is the record's
    in the file, `size` the payload's; `last`: the last record of its kind in its log.
    """

    kind: int
    first: int
    items: int
    offset: int
    size: int
    digest: bytes
    last: bool


class IndexRow(Struct, frozen=True):
    kind: int
    items: int
    size: int
    digest: bytes


def pack(items: Iterable[bytes]) -> bytes:
    return b"".join(LENGTH.pack(len(item)) + item for item in items)


def chunks(kind: int, items: Iterable[bytes]) -> Iterator[tuple[IndexRow, bytes]]:
    waiting: list[bytes] = []
    size = 0
    for item in items:
        if len(item) > EXPORT_ITEM_MAX:
            raise Refusal(Reason.SIZE, "export")
        waiting.append(item)
        size += LENGTH.size + len(item)
        if len(waiting) == CHUNK_ITEMS or size >= CHUNK_BYTES:
            yield _record(kind, waiting)
            waiting, size = [], 0
    if waiting:
        yield _record(kind, waiting)


def _record(kind: int, items: list[bytes]) -> tuple[IndexRow, bytes]:
    payload = pack(items)
    row = IndexRow(kind, len(items), len(payload), hashlib.sha256(payload).digest())
    return row, RECORD.pack(kind, len(payload)) + payload


def index(rows: Iterable[IndexRow]) -> bytes:
    packed = b"".join(ROW.pack(r.kind, r.items, r.size, r.digest) for r in rows)
    return RECORD.pack(INDEX, len(packed)) + packed


def span(rows: bytes) -> int:
    return sum(RECORD.size + size for _, _, size, _ in ROW.iter_unpack(rows))


def trailer(offset: int, index_record: bytes) -> bytes:
    return TRAILER.pack(offset, hashlib.sha256(index_record).digest())


def payload(chunk: Chunk, data: bytes) -> bytes:
    """Raise Refusal(INPUT).

    Its length, kind and digest must match the index.
    """
    _check(data[: RECORD.size] == RECORD.pack(chunk.kind, chunk.size), chunk, "kind")
    held = data[RECORD.size :]
    _check(len(held) == chunk.size, chunk, "too short")
    _check(hashlib.sha256(held).digest() == chunk.digest, chunk, "digest")
    return held


def items(chunk: Chunk, packed: bytes) -> list[bytes]:
    """Raise Refusal(INPUT).

    1. They fill it, and their number matches the index.
    2. The record ends where the encoding requires.
    """
    # 1
    try:
        unpacked = split(packed)
    except ValueError:
        raise damaged(chunk.offset, "item") from None
    _check(len(unpacked) == chunk.items, chunk, "number of items")
    # 2
    if chunk.kind in ITEMS:
        return unpacked
    before = len(packed) - LENGTH.size - len(unpacked[-1])
    full = len(unpacked) == CHUNK_ITEMS or len(packed) >= CHUNK_BYTES
    _check(before < CHUNK_BYTES and (full or chunk.last), chunk, "cut elsewhere")
    return unpacked


def split(packed: bytes) -> list[bytes]:
    """Raise ValueError if malformed."""
    unpacked = []
    at, end = 0, len(packed)
    while at < end:
        start = at + 4
        at = start + int.from_bytes(packed[at:start])
        unpacked.append(packed[start:at])
    if at != end:
        raise ValueError(end)
    return unpacked


def _check(right: bool, chunk: Chunk, what: str) -> None:  # noqa: FBT001 - it is what it says
    if not right:
        raise damaged(chunk.offset, what)


class RecordPlaces:
    """Raises Refusal(INPUT) for an order, number or size that an export cannot have."""

    def __init__(self) -> None:
        self.offset = len(MAGIC)
        self.logs = 0
        self._kind = 0
        self._first = 0

    def read(self, data: bytes) -> Iterator[Chunk]:
        before: Chunk | None = None
        for kind, items, size, digest in ROW.iter_unpack(data):
            self._follow(kind)
            chunk = self._chunk(IndexRow(kind, items, size, digest))
            if before is not None:
                yield self._before(before, kind)
            before = chunk
        if before is not None:
            yield replace(before, last=True)

    def _before(self, chunk: Chunk, kind: int) -> Chunk:
        """Return the record before `kind`; raise unless it is full or the last."""
        if chunk.kind != kind or kind in ITEMS:
            return replace(chunk, last=True)
        if chunk.items < CHUNK_ITEMS and chunk.size < CHUNK_BYTES:
            raise damaged(chunk.offset, "cut elsewhere")
        return chunk

    def _follow(self, kind: int) -> None:
        """Raise unless one record may follow the other."""
        before = self._kind
        again = before == kind and kind not in ITEMS
        if before < LOG:  # at the start, or after the header
            right = kind == before + 1
        else:
            right = again or kind == LOG or (before < kind and kind in OF_A_LOG)
        if not right:
            self._refuse(f"kind {kind}")
        self.logs += kind == LOG
        if self.logs > EXPORT_LOGS_MAX:
            self._refuse("number of logs")
        self._first = self._first if again else 0
        self._kind = kind

    def _chunk(self, row: IndexRow) -> Chunk:
        fixed = ITEMS.get(row.kind)
        right = row.items == fixed if fixed else 1 <= row.items <= CHUNK_ITEMS
        least = row.items * LENGTH.size
        if not right or not least <= row.size <= PAYLOAD_MAX:
            self._refuse("size")
        where = self._first, row.items, self.offset, row.size, row.digest
        self._first += row.items
        self.offset += RECORD.size + row.size
        return Chunk(row.kind, *where, last=False)

    def _refuse(self, what: str) -> NoReturn:
        raise damaged(self.offset, what)
