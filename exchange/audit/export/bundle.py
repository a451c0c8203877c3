"""The audit export: one file with all that an auditor needs of a node's database.

Entries, kept heads with their cosignatures, what partners refused, policies, proofs
of forks; no wraps and no bodies. How it lies in the file: records.py. Reading trusts
nothing in it and verifies no signature: that is check.py's.
"""

import hashlib
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from exchange import envelope
from exchange.audit.export import out as out_files
from exchange.audit.export import records
from exchange.audit.export.records import Chunk, Row, damaged
from exchange.errors import Reason, Refusal, Tampered, unreadable
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawLog
from exchange.store.sums import Value
from exchange.trust import statements
from exchange.v1 import envelope_pb2 as pb

NUMBER = struct.Struct(">Q")
REFUSAL = struct.Struct(">QQB")

Progress = Callable[[str, int, int], None]
"""Told origin, entries done, entries in all, after each entry."""


def silent(origin: str, done: int, size: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class ExportedRefusal:
    """What partner `by` said of an entry, and when (ms UTC)."""

    index: int
    by: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class ExportedFork:
    """The proof that a log is forked, and when it came (ms UTC)."""

    proof: bytes
    at: int


@dataclass(frozen=True, slots=True)
class ExportedLog:
    """One log of an export: `size` entries, and the records that hold what it has."""

    origin: str
    size: int
    chunks: dict[int, list[Chunk]] = field(repr=False, compare=False)

    def of(self, kind: int) -> list[Chunk]:
        """Return the chunks of a kind (records.ENTRIES, HEADS, ...), in order."""
        return self.chunks.get(kind, [])


class Export:
    """An export that is open to be read, by chunks and from several processes.

    `node` made it at `exported` (ms UTC); `digest`, 32 bytes, stands for all of it.
    Each method raises Refusal(INPUT) naming the byte where the file is none.
    """

    def __init__(self, path: Path, file: int) -> None:
        """Read index, header and logs of an open file; what `open` does."""
        self.path = path
        self._file = file
        self.digest, rows = self._index()
        places = records.Places()
        self.node, self.exported = "", 0
        logs: list[ExportedLog] = []
        for chunk in places.read(rows):
            if chunk.kind == records.HEADER:
                self.node, self.exported = self._pair(chunk)
            elif chunk.kind == records.LOG:
                origin, size = self._pair(chunk)
                if logs and origin <= logs[-1].origin:
                    raise damaged(chunk.offset, "order of logs")
                logs.append(ExportedLog(origin, size, {}))
            else:
                logs[-1].chunks.setdefault(chunk.kind, []).append(chunk)
        self.logs = tuple(logs)
        self._check()

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["Export"]:
        """Open an export for as long as the block lasts."""
        try:
            file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise unreadable(error, str(path)) from None
        try:
            yield cls(path, file)
        finally:
            os.close(file)

    def log(self, origin: str) -> ExportedLog:
        """Return one log; Refusal(MISSING) where the export does not hold it."""
        for log in self.logs:
            if log.origin == origin:
                return log
        raise Refusal(Reason.MISSING, origin)

    def read(self, chunk: Chunk) -> list[bytes]:
        """Return the items of one chunk, as the index commits to them."""
        return records.items(chunk, self.payload(chunk))

    def payload(self, chunk: Chunk) -> bytes:
        """Return what a chunk holds, for `records.items`, by the index's digest."""
        size = records.RECORD.size + chunk.size
        return records.payload(chunk, self._read(chunk.offset, size))

    def items(self, origin: str, kind: int) -> Iterator[bytes]:
        """Yield what a log has of a kind, one by one."""
        for chunk in self.log(origin).of(kind):
            yield from self.read(chunk)

    def entries(self, origin: str, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry) from index `start` on."""
        for chunk in self.log(origin).of(records.ENTRIES):
            if chunk.first + chunk.items > start:
                for index, entry in enumerate(self.read(chunk), chunk.first):
                    if index >= start:
                        yield index, entry

    def heads(self, origin: str) -> Iterator[bytes]:
        """Yield the notes of the kept heads, smallest size first if it is honest."""
        return self.items(origin, records.HEADS)

    def pulse(self, origin: str) -> bytes | None:
        """Return the newest head's note with newer lines than the kept one has."""
        return next(self.items(origin, records.PULSE), None)

    def policies(self, origin: str) -> Iterator[bytes]:
        """Yield the text of each POLICY statement that the log accepted, in order."""
        return self.items(origin, records.POLICIES)

    def refusals(self, origin: str) -> Iterator[ExportedRefusal]:
        """Yield what partners refused of a log, in order of index and partner."""
        for chunk in self.log(origin).of(records.REFUSALS):
            for item in self.read(chunk):
                yield _refusal(item, chunk)

    def fork(self, origin: str) -> ExportedFork | None:
        """Return the proof that a log is forked, None where the node has none."""
        for chunk in self.log(origin).of(records.FORK):
            (item,) = self.read(chunk)
            if len(item) <= NUMBER.size:
                raise damaged(chunk.offset, "fork")
            at = int.from_bytes(item[: NUMBER.size])
            return ExportedFork(item[NUMBER.size :], at)
        return None

    def _read(self, offset: int, size: int) -> bytes:
        try:
            data = os.pread(self._file, size, offset)
        except OSError:  # a folder, a broken disk, an offset past all files
            raise damaged(offset, "cannot be read") from None
        if len(data) != size:
            raise damaged(offset, "too short")
        return data

    def _index(self) -> tuple[bytes, bytes]:
        """Return the file's digest and the rows of its index.

        1. It begins as an export does. 2. The trailer says where the index begins,
        and that ends where the trailer begins. 3. The index has the digest that the
        trailer says. 4. Its records fill the file up to it.
        """
        # 1
        if self._read(0, len(records.MAGIC)) != records.MAGIC:
            raise damaged(0, "not an export")
        # 2
        end = os.fstat(self._file).st_size - records.TRAILER.size
        least = len(records.MAGIC) + records.RECORD.size
        if end < least:
            raise damaged(end, "too short")
        at, digest = records.TRAILER.unpack(self._read(end, records.TRAILER.size))
        if not least - records.RECORD.size <= at <= end - records.RECORD.size:
            raise damaged(end, "place of the index")
        size = end - at - records.RECORD.size
        begin = self._read(at, records.RECORD.size)
        if begin != records.RECORD.pack(records.INDEX, size & 0xFFFF_FFFF):
            raise damaged(at, "index")
        # 3
        rows = self._read(at + records.RECORD.size, size)
        if hashlib.sha256(begin + rows).digest() != digest:
            raise damaged(at, "digest of the index")
        # 4
        if len(rows) % records.ROW.size:
            raise damaged(at, "index")
        if len(records.MAGIC) + records.span(rows) != at:
            raise damaged(at, "length of the records")
        return digest, rows

    def _check(self) -> None:
        """Check that there is a header, and that each log has its entries."""
        if not self.exported:
            raise damaged(0, "header")
        for log in self.logs:
            held = sum(chunk.items for chunk in log.of(records.ENTRIES))
            if held != log.size:
                raise damaged(0, f"{log.origin}: {held} of {log.size} entries")

    def _pair(self, chunk: Chunk) -> tuple[str, int]:
        """Return the name and the number that a HEADER and a LOG consist of."""
        name, number = self.read(chunk)
        try:
            text = name.decode("ascii")
        except UnicodeDecodeError:
            raise damaged(chunk.offset, "name") from None
        if not text.isprintable() or " " in text or len(number) != NUMBER.size:
            raise damaged(chunk.offset, "name")
        return text, int.from_bytes(number)


def _refusal(item: bytes, chunk: Chunk) -> ExportedRefusal:
    try:
        index, at, length = REFUSAL.unpack_from(item)
        text = item[REFUSAL.size :].decode("ascii")
    except (struct.error, UnicodeDecodeError):
        raise damaged(chunk.offset, "refusal") from None
    by, reason = text[:length], text[length:]
    if not (by and reason in set(Reason) and text.isprintable()):
        raise damaged(chunk.offset, "refusal")
    return ExportedRefusal(index, by, reason, at)


# Writing.


def write(
    raw: Raw, node: str, now: int, out: Path, progress: Progress = silent
) -> bytes:
    """Write what `raw` shows of a node's database to `out`; return the digest.

    `now` is ms UTC. The file is there whole or not at all. Raises Tampered(DATABASE)
    naming log and index for a row that cannot be written down as it stands, and
    Refusal(INPUT) where the file cannot be made.
    """
    with out_files.atomic(out) as file:
        return _Writer(file, raw, progress).run(node, now)


class _Writer:
    """Writes record after record, and remembers the index."""

    def __init__(self, file: BinaryIO, raw: Raw, progress: Progress) -> None:
        self._file, self._raw, self._progress = file, raw, progress
        self._rows: list[Row] = []
        self._policies: list[bytes] = []

    def run(self, node: str, now: int) -> bytes:
        self._file.write(records.MAGIC)
        self._add(records.HEADER, [node.encode(), NUMBER.pack(now)])
        logs = {_text(log.origin): log for log in self._raw.logs()}
        for origin in sorted(logs):
            self._log(origin, logs[origin])
        index = records.index(self._rows)
        end = records.trailer(self._file.tell(), index)
        self._file.write(index + end)
        return hashlib.sha256(index).digest()

    def _add(self, kind: int, items: Iterable[bytes]) -> None:
        for row, data in records.chunks(kind, items):
            self._rows.append(row)
            self._file.write(data)

    def _log(self, origin: str, row: RawLog) -> None:
        size = _number(row.size, origin)
        self._add(records.LOG, [origin.encode(), NUMBER.pack(size)])
        self._add(records.POLICIES, _policies(self._raw, row.number))
        self._add(records.ENTRIES, self._entries(origin, row.number, size))
        heads = self._raw.heads(row.number)
        self._add(records.HEADS, (_blob(head.note, origin) for head in heads))
        self._add(records.PULSE, self._pulse(origin, row))
        self._add(records.REFUSALS, self._refusals(origin, row.number))
        self._add(records.FORK, self._fork(origin, row.number))

    def _entries(self, origin: str, log: Value, size: int) -> Iterator[bytes]:
        done = 0
        for index, entry in self._raw.bare(log):
            if index != done:
                break
            yield _blob(entry, f"{origin}#{done}")
            done += 1
            self._progress(origin, done, size)
        if done != size:
            raise Tampered(Reason.DATABASE, f"{origin}#{done}")

    def _pulse(self, origin: str, row: RawLog) -> Iterator[bytes]:
        for pulse in self._raw.pulses():
            if (pulse.log, pulse.size) == (row.number, row.size):
                yield _blob(pulse.note, origin)

    def _refusals(self, origin: str, log: Value) -> Iterator[bytes]:
        for row in self._raw.refusals():
            if row.log == log:
                by, reason = _text(row.by).encode(), _text(row.reason).encode()
                numbers = _number(row.index, origin), _number(row.at, origin)
                yield REFUSAL.pack(*numbers, len(by)) + by + reason

    def _fork(self, origin: str, log: Value) -> Iterator[bytes]:
        for row in self._raw.forks():
            if row.log == log:
                at = NUMBER.pack(_number(row.at, origin))
                yield at + _blob(row.proof, origin)


def _policies(raw: Raw, log: Value) -> Iterator[bytes]:
    """Yield the policies that a log states, as far as its rows can be read."""
    for entry in raw.directory(log):
        try:
            clear = envelope.split(_blob(entry, "")).core.clear
            stated = statements.parse_statement(clear)
        except (Refusal, Tampered):  # damage, which the reader will find
            continue
        if stated.type == pb.STATEMENT_TYPE_POLICY:
            yield stated.policy


def _blob(value: Value, where: str) -> bytes:
    if not isinstance(value, bytes):
        raise Tampered(Reason.DATABASE, where)
    return value


def _number(value: Value, where: str) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise Tampered(Reason.DATABASE, where)
    return value


def _text(value: Value) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise Tampered(Reason.DATABASE, "ledger.db")
    return value
