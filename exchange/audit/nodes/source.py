"""One node's view of one log, read like an export of it."""

from collections.abc import Iterable, Iterator

from exchange.audit.export.source import Source
from exchange.audit.judge.heads import claimed_size
from exchange.audit.nodes.reader import Reader, ShownLog
from exchange.audit.nodes.walked import Walked
from exchange.audit.tell.report import Fault
from exchange.errors import FusionError, Unreachable
from exchange.ledger.checkpoint import Head


class LiveSource(Source):
    """One node's view of one log, up to the head that it showed first."""

    def __init__(
        self, reader: Reader, shown: ShownLog, head: Head, marks: Iterable[int]
    ) -> None:
        self.origin, self.size = head.origin, head.size
        self.walked = Walked(head.size, marks)
        self.faults: list[Fault] = []
        self._reader, self._shown = reader, shown
        self._begun = False

    def _told(self, answers: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what a node answers up to the first nonsense, and keep what it is.

        What lacks behind that is found missing; other logs are not the worse for it.
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
        """Yield (index, entry) from `start` on; the first time, they are walked."""
        found = self._told(self._reader.entries(self.origin, start, self.size))
        if not self._begun:
            self._begun = True
            found = self.walked.follow(found)
        return enumerate(found, start)

    def heads(self) -> Iterator[bytes]:
        """Yield the notes of the kept heads, and of the newest.

        The newest may have been forgotten since it was shown: another covers it.
        """
        last = 0
        for note in self._told(self._reader.heads(self.origin, self.size)):
            last = claimed_size(note)
            yield note
        if last < self.size:
            yield self._shown.note

    def pulse(self) -> bytes | None:
        """Return the newest note."""
        return self._shown.note

    def fork(self) -> bytes | None:
        """Return the proof of a fork."""
        return self._shown.fork or None
