"""The outcome of a rebuild: what was wrong, what came from whom, what is lost."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from exchange.audit.result import FAULTS_KEPT, Fault, Report
from exchange.errors import Reason
from exchange.rebuild.sources import Rejected

ENTRY, TEXT, HEAD, LINE = "entry", "text", "head", "line"


class Mended(Struct, frozen=True):
    """One thing that was wrong and is right: `what` as in its Fault.

    `by` is the partner of whom it came, "" where it was made of what is here.
    """

    origin: str | None
    index: int | None
    what: str
    by: str = ""


class Lost(Struct, frozen=True):
    """One thing that cannot be had again: neither here nor from those `asked`.

    Of an ENTRY all from `index` on are. Beside the logs, `what` names a row, which
    nobody else ever had.
    """

    origin: str | None
    index: int | None
    what: str
    asked: Sequence[str] = ()


class Account(Struct):
    """Counts things while a database is rebuilt; names the first of each kind."""

    lost: list[Lost] = field(default_factory=list)
    losses: int = 0
    needed: int = 0
    """How many losses a partner that did not answer could make good."""
    broken: bool = False
    """Whether an entry or a text is among them."""
    _came: dict[tuple[str, int, str], str] = field(default_factory=dict)

    def lose(self, lost: Lost) -> None:
        """Count a loss."""
        self.losses += 1
        self.needed += lost.origin is not None
        self.broken |= lost.what in {ENTRY, TEXT}
        if len(self.lost) < FAULTS_KEPT:
            self.lost.append(lost)

    def came(self, origin: str, index: int, kind: str, by: str) -> None:
        """Note of whom something came, as far as it may be named."""
        if by and len(self._came) < 16 * FAULTS_KEPT:
            self._came[origin, index, kind] = by

    def mended(self, before: Report) -> Iterator[Mended]:
        """Yield each fault that a report names, and of whom came what mends it."""
        for fault in before.faults:
            by = ""
            if fault.origin is not None and fault.index is not None:
                by = self._came.get((fault.origin, fault.index, _kind(fault)), "")
            yield Mended(fault.origin, fault.index, fault.what, by)


def _kind(fault: Fault) -> str:
    if fault.what.startswith("head"):
        return HEAD
    return TEXT if fault.what in {"wraps", "body", "payload"} else ENTRY


class Outcome(Struct, frozen=True):
    """A database as it was and as it is now.

    `mended` names the first of `count`, `lost` of `losses`, `rejected` of `refused`
    answers; `silent` are the partners that did not answer. `broken`: an entry or a text
    is lost for good. `ended` are the own logs that sign nothing more; but those of
    `awaited` do when desks have handed over again what is lost. `beyond`: nothing
    was changed, for the new database would not have been right. `kept` is where the old
    one lies.
    """

    before: Report
    after: Report
    mended: tuple[Mended, ...] = ()
    count: int = 0
    lost: tuple[Lost, ...] = ()
    losses: int = 0
    broken: bool = False
    ended: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    refused: int = 0
    silent: Mapping[str, Reason] = field(default_factory=dict)
    beyond: bool = False
    kept: str = ""
