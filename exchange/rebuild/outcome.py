"""The outcome of a rebuild: rows kept, to be fetched, and lost."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct, field

from exchange.audit.result import FAULTS_KEPT, Report


class KeptLog(Struct, frozen=True):
    """A log kept with `size` of at least `of` entries; `texts` texts are missing.

    An `awaited` log is the node's own and was cut: it signs no head until the rest is
    back.
    """

    origin: str
    size: int
    of: int
    texts: int = 0
    awaited: bool = False


class Account(Struct):
    lost: list[str] = field(default_factory=list)
    losses: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    """By log, the number of texts of kept entries to be fetched."""

    def lose(self, row: str) -> None:
        self.losses += 1
        if len(self.lost) < FAULTS_KEPT:
            self.lost.append(row)


class Outcome(Struct, frozen=True):
    """`lost` names the first of `losses` rows.

    `beyond`: unchanged, as the new database would have been faulty. `kept` is the name
    of the old file.
    """

    before: Report
    after: Report
    logs: Sequence[KeptLog] = ()
    lost: Sequence[str] = ()
    losses: int = 0
    beyond: bool = False
    kept: str = ""

    @property
    def sound(self) -> bool:
        """Whether no row is lost and nothing is awaited before the log goes on."""
        held = any(log.awaited for log in self.logs)
        return self.after.ok and not (held or self.losses or self.after.lost)
