"""A running node as an auditor reads it, and its view of one log."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from msgspec import Struct

from exchange.audit.result import Fault
from exchange.audit.sources.log_source import LogSource, claimed_size
from exchange.errors import FusionError, Unreachable
from exchange.ledger.checkpoint import Head
from exchange.ledger.tree_tracker import TreeTracker
from exchange.store import StoredFork


class ShownLog(Struct, frozen=True):
    """A log as a node shows it: the note of its newest head, a fork proof, or b"".

    `directory` is the note of its newest directory head, or b"".
    """

    origin: str
    note: bytes
    fork: bytes = b""
    directory: bytes = b""


class AuditedNode(ABC):
    """A running node that an auditor reads; its answers are not trusted.

    Reading raises Unreachable, or the fault of an answer, naming the node.
    """

    node: str

    @abstractmethod
    def logs(self) -> Iterator[ShownLog]:
        """Yield the logs that it holds, each origin once."""

    @abstractmethod
    def entries(self, origin: str, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries of a log in [start, end), as many as it has."""

    @abstractmethod
    def heads(self, origin: str, up_to: int) -> Iterator[bytes]:
        """Yield the notes of kept heads of at most that size, smallest first."""

    @abstractmethod
    def directory_heads(self, origin: str, up_to: int) -> Iterator[bytes]:
        """Yield the notes of kept directory heads, as `heads` does."""


class NodeSource(LogSource):
    """Ends at the head that the node showed first."""

    def __init__(
        self, reader: AuditedNode, shown: ShownLog, head: Head, marks: Iterable[int]
    ) -> None:
        self.origin, self.size = head.origin, head.size
        self.walked = TreeTracker(head.size, marks)
        self.faults: list[Fault] = []
        self._reader, self._shown = reader, shown
        self._begun = False

    def _told(self, answers: Iterator[bytes]) -> Iterator[bytes]:
        """Yield notes until one is malformed; keep its fault.

        Entries missing after that are reported; other logs are unaffected.
        """
        try:
            yield from answers
        except Unreachable:
            raise
        except FusionError as error:
            fault = Fault(self.origin, None, error.reason, error.where)
            if fault not in self.faults:
                self.faults.append(fault)

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield the entries; the first call also walks the tree."""
        found = self._told(self._reader.entries(self.origin, start, self.size))
        if not self._begun:
            self._begun = True
            found = self.walked.follow(found)
        return enumerate(found, start)

    def head_notes(self) -> Iterator[bytes]:
        """Yield all notes, the newest too.

        The node may have dropped the newest since it was shown, if another covers it.
        """
        last = 0
        for note in self._told(self._reader.heads(self.origin, self.size)):
            last = claimed_size(note)
            yield note
        if last < self.size:
            yield self._shown.note

    def directory_notes(self) -> Iterator[bytes]:
        """Yield all notes, the newest too.

        The newest may have been replaced since it was shown.
        """
        last = 0
        for note in self._told(self._reader.directory_heads(self.origin, self.size)):
            last = claimed_size(note)
            yield note
        if last < claimed_size(self._shown.directory):
            yield self._shown.directory

    def newest_note(self) -> bytes | None:
        return self._shown.note

    def fork(self) -> StoredFork | None:
        return StoredFork(self._shown.fork, 0) if self._shown.fork else None
