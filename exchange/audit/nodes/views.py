"""A log as nodes show it: each view of it, and all of them beside each other."""

from dataclasses import dataclass

from exchange.audit.tell.audited import LogAudit
from exchange.audit.tell.report import Fault
from exchange.ledger.checkpoint import Head


@dataclass(frozen=True, slots=True)
class View:
    """A log as one node shows it.

    `head` is its newest head, signed by the log; None where it shows none, and then
    nothing was audited. `faults` are what is wrong beside what the audit found.
    """

    node: str
    head: Head | None
    audit: LogAudit | None
    faults: tuple[Fault, ...] = ()

    @property
    def size(self) -> int:
        """How many entries the newest head covers."""
        return self.head.size if self.head else 0

    @property
    def ok(self) -> bool:
        """Whether all that it shows is as it was signed."""
        return not self.faults and (self.audit is None or self.audit.ok)


@dataclass(frozen=True, slots=True)
class LiveLog:
    """One log in all views. `agree`: that one tree has every head that is shown.

    `fork` is the proof that none can, made here or shown by a node.
    """

    origin: str
    views: tuple[View, ...]
    agree: bool
    fork: bytes | None

    @property
    def size(self) -> int:
        """The size of the largest view."""
        return max(view.size for view in self.views)

    @property
    def ok(self) -> bool:
        """Whether every view is sound, and all of them agree."""
        return self.agree and not self.fork and all(view.ok for view in self.views)


@dataclass(frozen=True, slots=True)
class LiveAudit:
    """What the nodes showed, log by log."""

    nodes: tuple[str, ...]
    logs: tuple[LiveLog, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is as it was signed, and the same at all nodes."""
        return all(log.ok for log in self.logs)
