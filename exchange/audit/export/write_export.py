"""Write the logs of a node's database to an audit export."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Self

from msgspec import Struct

from exchange.atomic_file import atomic
from exchange.audit.sources import records
from exchange.audit.sources.database import DatabaseSource
from exchange.audit.sources.export_file import NUMBER, REFUSAL
from exchange.audit.sources.log_source import LogSource, Progress, silent
from exchange.audit.sources.records import IndexRow
from exchange.errors import Reason, Tampered
from exchange.store.raw_rows import RawRows
from exchange.trust.bundle import Bundle


class NothingHeld(LogSource):
    def __init__(self, origin: str) -> None:
        self.origin, self.size = origin, 0

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:  # noqa: ARG002 - as others have it
        return iter(())

    def head_notes(self) -> Iterator[bytes]:
        return iter(())


class Exporter(Struct, frozen=True):
    node: str
    listed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, node: str, bundles: Mapping[str, Bundle]) -> Self:
        nodes = (one for bundle in bundles.values() for one in bundle.nodes.values())
        return cls(node, frozenset(log for one in nodes for log in one.origins))


def write(
    raw: RawRows,
    by: Exporter,
    now: Callable[[], int],
    out: Path,
    progress: Progress = silent,
) -> bytes:
    """Write all of it or nothing; return the digest.

    A listed log that is not held is written as empty. `now` gives ms UTC and is called
    once the view is open: nothing in it is later. Tampered(DATABASE) with log and index
    if a row cannot be encoded, and Refusal(INPUT) if the file cannot be made.
    """
    sources: list[LogSource] = [DatabaseSource(raw, row) for row in raw.logs()]
    held = {source.origin for source in sources}
    sources += [NothingHeld(origin) for origin in by.listed - held]
    with atomic(out) as file:
        writer = _Writer(file)
        writer.add(records.HEADER, [by.node.encode(), NUMBER.pack(now())])
        for source in sorted(sources, key=lambda one: one.origin):
            writer.log(source, progress)
        return writer.end()


class _Writer:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rows: list[IndexRow] = []
        file.write(records.MAGIC)

    def add(self, kind: int, items: Iterable[bytes]) -> None:
        for row, data in records.chunks(kind, items):
            self._rows.append(row)
            self._file.write(data)

    def log(self, source: LogSource, progress: Progress) -> None:
        note, fork = source.newest_note(), source.fork()
        self.add(records.LOG, [source.origin.encode(), NUMBER.pack(source.size)])
        self.add(records.POLICIES, source.policies() or ())
        self.add(records.ENTRIES, _entries(source, progress))
        self.add(records.HEADS, source.head_notes())
        self.add(records.PULSE, [] if note is None else [note])
        self.add(records.REFUSALS, _refusals(source))
        if fork is not None:
            self.add(records.FORK, [NUMBER.pack(fork.at) + fork.proof])
        self.add(records.DIRECTORY, source.directory_notes())

    def end(self) -> bytes:
        index = records.index(self._rows)
        self._file.write(index + records.trailer(self._file.tell(), index))
        return hashlib.sha256(index).digest()


def _entries(source: LogSource, progress: Progress) -> Iterator[bytes]:
    done = 0
    for index, entry in source.entries():
        if index != done:
            break
        yield entry
        done += 1
        progress(source.origin, done, source.size)
    if done != source.size:
        raise Tampered(Reason.DATABASE, f"{source.origin}#{done}")


def _refusals(source: LogSource) -> Iterator[bytes]:
    for one in source.refusals():
        by, reason = one.by.encode(), one.reason.encode()
        fixed = REFUSAL.pack(one.index, one.at, len(by), len(reason))
        yield fixed + by + reason + one.proof
