"""Where what is to be changed goes: made some at a time, and told once it was."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from exchange.audit.result import FAULTS_KEPT, Fault
from exchange.store.repair import Change
from exchange.store.sums import Value

CHANGES_MAX = 500  # rows in one transaction
BYTES_MAX = 4 * 1024 * 1024  # and bytes, about


@dataclass(frozen=True, slots=True)
class Mended:
    """One thing that is right again; places as in a Fault.

    `by` is the partner whose bytes they are, "" where they stood here.
    """

    origin: str | None
    index: int | None
    what: str
    by: str = ""

    @classmethod
    def of(cls, fault: Fault, by: str = "") -> "Mended":
        """Return that a fault is no more."""
        return cls(fault.origin, fault.index, fault.what, by)


class Writer(Protocol):
    """Who makes changes: exchange.store.repair.Repair."""

    def apply(self, changes: Sequence[Change]) -> list[bool]:
        """Make changes in one transaction; return which were made."""
        ...


@dataclass(slots=True)
class Sink:
    """Gathers changes."""

    writer: Writer
    told: list[Mended] = field(default_factory=list)
    count: int = 0
    """How many things were mended; `told` holds the first of them."""
    _changes: list[Change] = field(default_factory=list)
    _mended: list[Mended | None] = field(default_factory=list)
    _bytes: int = 0

    def put(self, change: Change, mended: Mended | None) -> None:
        """Take a change; None where another tells of it."""
        self._changes.append(change)
        self._mended.append(mended)
        self._bytes += sum(map(_size, (change.now or {}).values()))
        if len(self._changes) >= CHANGES_MAX or self._bytes >= BYTES_MAX:
            self.flush()

    def flush(self) -> None:
        """Make what was taken."""
        changes, mended = self._changes, self._mended
        self._changes, self._mended, self._bytes = [], [], 0
        if not changes:
            return
        made = self.writer.apply(changes)
        for one, done in zip(mended, made, strict=True):
            if done and one is not None:
                self.tell(one)

    def tell(self, mended: Mended) -> None:
        """Count what was mended."""
        self.count += 1
        if len(self.told) < FAULTS_KEPT:
            self.told.append(mended)


def _size(value: Value) -> int:
    return len(value) if isinstance(value, bytes | str) else 8
