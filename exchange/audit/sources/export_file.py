"""The audit export: one file for an auditor, made from a node's database.

Entries, kept heads with cosignatures, partners' refusals, policies, fork proofs,
directory heads; no wraps, no bodies. Format: records.py; signer: export_signature.py.
Reading trusts nothing in it; verify_log verifies the signatures.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.audit.sources import export_signature, records
from exchange.audit.sources.export_signature import ExportSignature
from exchange.audit.sources.log_source import LogSource, PartnerRefusal, Run
from exchange.audit.sources.records import Chunk, damaged
from exchange.errors import Reason, Refusal, unreadable
from exchange.limits import CHUNK_BYTES
from exchange.store import StoredFork
from exchange.trust.signed_refusals import PROOF_MAX

NUMBER = struct.Struct(">Q")
REFUSAL = struct.Struct(">QQBB")


class ExportedLog(LogSource):
    """`chunks` are its records."""

    def __init__(self, export: "Export", origin: str, size: int) -> None:
        self._export = export
        self.origin, self.size = origin, size
        self.chunks: dict[int, list[Chunk]] = {}

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        for chunk in self._of(records.ENTRIES):
            if chunk.first + chunk.items > start:
                for index, entry in enumerate(self._export.read(chunk), chunk.first):
                    if index >= start:
                        yield index, entry

    def runs(self) -> Iterator[Run]:
        for chunk in self._of(records.ENTRIES):
            yield Run(chunk.first, chunk.items, self._export.payload(chunk), chunk)

    def head_notes(self) -> Iterator[bytes]:
        """Yield the notes, in an honest export the smallest first."""
        return self._items(records.HEADS)

    def newest_note(self) -> bytes | None:
        return next(self._items(records.PULSE), None)

    def directory_notes(self) -> Iterator[bytes]:
        return self._items(records.DIRECTORY)

    def policies(self) -> Iterator[bytes]:
        return self._items(records.POLICIES)

    def refusals(self) -> Iterator[PartnerRefusal]:
        for chunk in self._of(records.REFUSALS):
            for item in self._export.read(chunk):
                yield _refusal(item, chunk)

    def fork(self) -> StoredFork | None:
        for chunk in self._of(records.FORK):
            (item,) = self._export.read(chunk)
            if len(item) <= NUMBER.size:
                raise damaged(chunk.offset, "fork")
            at = int.from_bytes(item[: NUMBER.size])
            return StoredFork(item[NUMBER.size :], at)
        return None

    def check_count(self) -> None:
        held = sum(chunk.items for chunk in self._of(records.ENTRIES))
        if held != self.size:
            raise damaged(0, f"{self.origin}: {held} of {self.size} entries")

    def _of(self, kind: int) -> list[Chunk]:
        return self.chunks.get(kind, [])

    def _items(self, kind: int) -> Iterator[bytes]:
        for chunk in self._of(kind):
            yield from self._export.read(chunk)


class Export:
    """An export that several processes may read by chunks.

    `node` made it at `exported` (ms UTC); `digest`, 32 bytes, covers all but the
    trailer, which `signature` has, or None. Each method raises Refusal(INPUT) with the
    byte offset if the file is malformed.
    """

    def __init__(self, path: Path, file: int) -> None:
        self.path = path
        self._file = file
        self.signature: ExportSignature | None = None
        self._end = os.fstat(file).st_size
        self.digest, rows = self._index()
        places = records.RecordPlaces()
        self.node, self.exported = "", 0
        logs: list[ExportedLog] = []
        for chunk in places.read(rows):
            if chunk.kind == records.HEADER:
                self.node, self.exported = self._pair(chunk)
            elif chunk.kind == records.LOG:
                origin, size = self._pair(chunk)
                if logs and origin <= logs[-1].origin:
                    raise damaged(chunk.offset, "order of logs")
                logs.append(ExportedLog(self, origin, size))
            else:
                logs[-1].chunks.setdefault(chunk.kind, []).append(chunk)
        self.logs = tuple(logs)
        if not self.exported:
            raise damaged(0, "header")
        for log in logs:
            log.check_count()

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["Export"]:
        try:
            file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise unreadable(error, str(path)) from None
        try:
            yield cls(path, file)
        finally:
            os.close(file)

    def log(self, origin: str) -> ExportedLog:
        """Raise Refusal(MISSING) if the export does not hold it."""
        for log in self.logs:
            if log.origin == origin:
                return log
        raise Refusal(Reason.MISSING, origin)

    def read(self, chunk: Chunk) -> list[bytes]:
        return records.items(chunk, self.payload(chunk))

    def payload(self, chunk: Chunk) -> bytes:
        """Return the payload for `records.items`, checked against the index."""
        size = records.RECORD.size + chunk.size
        return records.payload(chunk, self._read(chunk.offset, size))

    def sha256(self) -> bytes:
        digest = hashlib.sha256()
        for offset in range(0, self._end, CHUNK_BYTES):
            size = min(CHUNK_BYTES, self._end - offset)
            digest.update(self._read(offset, size))
        return digest.digest()

    def _read(self, offset: int, size: int) -> bytes:
        try:
            data = os.pread(self._file, size, offset)
        except OSError:  # a folder, a broken disk, an offset past all files
            raise damaged(offset, "cannot be read") from None
        if len(data) != size:
            raise damaged(offset, "too short")
        return data

    def _index(self) -> tuple[bytes, bytes]:
        """Return the digest, and the rows.

        1. It begins as an export does; a trailer may end it.
        2. The last bytes before the trailer give the offset of the index, which ends
           where they begin.
        3. The index has the digest in those bytes.
        4. Its records fill the file up to it.
        """
        # 1
        records.check_magic(self._read(0, len(records.MAGIC)))
        size = min(self._end, export_signature.TAIL_MAX)
        tail = self._read(self._end - size, size)
        self.signature = export_signature.read(tail, self._end)
        if self.signature is not None:
            self._end -= self.signature.size
        # 2
        end = self._end - records.TRAILER.size
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

    def _pair(self, chunk: Chunk) -> tuple[str, int]:
        name, number = self.read(chunk)
        try:
            text = name.decode("ascii")
        except UnicodeDecodeError:
            raise damaged(chunk.offset, "name") from None
        if not text.isprintable() or " " in text or len(number) != NUMBER.size:
            raise damaged(chunk.offset, "name")
        return text, int.from_bytes(number)


def _refusal(item: bytes, chunk: Chunk) -> PartnerRefusal:
    try:
        index, at, *lengths = REFUSAL.unpack_from(item)
        end = REFUSAL.size + sum(lengths)
        text = item[REFUSAL.size : end].decode("ascii")
    except (struct.error, UnicodeDecodeError):
        raise damaged(chunk.offset, "refusal") from None
    by, reason, proof = text[: lengths[0]], text[lengths[0] :], item[end:]
    fits = len(text) == sum(lengths) and len(proof) <= PROOF_MAX
    if not (fits and by and reason in set(Reason) and text.isprintable()):
        raise damaged(chunk.offset, "refusal")
    return PartnerRefusal(index, by, reason, at, proof)
