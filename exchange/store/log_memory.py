"""The state of logs and partners in the memory of a database's one writer.

A writer need not ask the database for its own commits. Values are valid while this
process holds the claim (writer.py): a process that takes it fences this one's next
write. A transaction that changes a value forgets it, and keeps it again after the
commit. Meanwhile, or if the outcome is unknown, readers ask the database.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge
from exchange.limits import HEADS_REMEMBERED
from exchange.store import append, head_rows
from exchange.store.cursor import Cursor
from exchange.store.database import Database
from exchange.store.values import StoredHead

Value = TypeVar("Value")


class WriterMemory(Generic[Value]):
    """Any thread may read, the holder of the write lock writes."""

    def __init__(self) -> None:
        self._used = False
        self._values: dict[str, Value] = {}
        self._changes: dict[str, int] = {}
        self._lock = threading.Lock()

    def use(self) -> None:
        """Begin to keep values: this process is the writer."""
        self._used = True

    def get(self, name: str) -> Value | None:
        """Return None if the caller must ask the database."""
        return self._values.get(name)

    def forget(self, name: str) -> int:
        """Forget a value within the transaction that changes it; return its change."""
        with self._lock:
            self._values.pop(name, None)
            self._changes[name] = self._changes.get(name, 0) + 1
            return self._changes[name]

    def keep(self, name: str, change: int, value: Value) -> None:
        """Keep a value, unless it was changed again since."""
        with self._lock:
            if self._used and self._changes[name] == change:
                self._values[name] = value


class LogState(Struct, frozen=True):
    """A log as committed; `unsigned` are the boundaries above `newest`.

    `roots` are those of newest heads and boundaries, HEADS_REMEMBERED at most.
    """

    edge: Edge
    position: Head
    newest: StoredHead | None
    unsigned: tuple[StoredHead, ...]
    roots: Mapping[int, bytes]


class LogChange:
    """A change of a log; if a step records no result, the state is read again."""

    def __init__(self, cursor: Cursor, before: LogState | None) -> None:
        self.cursor = cursor
        self.before = before
        self.state = before
        self.known = False

    def _leave(self, state: LogState | None) -> None:
        self.state, self.known = state, state is not None

    def append(self, stored: Sequence[StoredHead], complete: int, edge: Edge) -> None:
        if self.state is not None:
            heads, unsigned = stored[:complete], stored[complete:]
            newest = _newest(self.state.newest, *heads)
            roots = _add_roots(self.state.roots, [one.head for one in stored])
            waiting = (*([] if heads else self.state.unsigned), *unsigned)
            self._leave(LogState(edge, stored[-1].head, newest, waiting, roots))

    def publish(self, heads: Sequence[StoredHead]) -> None:
        if heads and self.state is not None:
            left = {one.head: one for one in self.state.unsigned}
            gone = [left.pop(one.head, None) for one in heads]
            newest = _newest(self.state.newest, *heads)
            new = replace(self.state, newest=newest, unsigned=tuple(left.values()))
            self._leave(new if all(gone) else None)

    def add_lines(self) -> None:
        """Record that only lines under heads changed."""
        if self.state is not None and self.state.newest is not None:
            head = self.state.newest.head
            found = head_rows.read_between(
                self.cursor, head.origin, -1, self.state.position.size
            )
            same = bool(found) and found[0].head == head
            self._leave(replace(self.state, newest=found[0]) if same else None)


class LogMemory(WriterMemory[LogState]):
    """The states of the members' logs; others have no logs."""

    @contextmanager
    def changing(self, database: Database, origin: str) -> Iterator[LogChange]:
        """Change a log; the new state is kept after the commit."""
        with database.write_cursor() as cursor:
            log = LogChange(cursor, self.get(origin))
            change = self.forget(origin)
            yield log
            after = log.state
            if self._used and not log.known:
                after = _read(cursor, origin, log.before)
        if after is not None:
            self.keep(origin, change, after)


def _read(cursor: Cursor, origin: str, before: LogState | None) -> LogState | None:
    """Return None if the tree does not match its row."""
    number, position = append.find_position(cursor, origin)
    if before is not None and before.position == position:
        edge = before.edge
    else:
        edge = append.read_edge(cursor, number, position.size)
        if edge.root() != position.root:
            return None
    newest = next(iter(head_rows.read_between(cursor, origin, -1, position.size)), None)
    unsigned = append.boundaries(cursor, origin)
    ends = [held.head for held in (newest, *unsigned) if held is not None]
    roots = _add_roots(before.roots if before else {}, [*ends, position])
    return LogState(edge, position, newest, tuple(unsigned), roots)


def _newest(*heads: StoredHead | None) -> StoredHead | None:
    found = [one for one in heads if one is not None]
    return max(found, key=lambda one: one.head.size, default=None)


def _add_roots(roots: Mapping[int, bytes], ends: Sequence[Head]) -> Mapping[int, bytes]:
    found = dict(roots) | {end.size: end.root for end in ends}
    return dict(islice(found.items(), max(0, len(found) - HEADS_REMEMBERED), None))
