"""The outcome of a rebuild: what was kept, what is to be fetched, what is lost."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct, field

from exchange.audit.result import FAULTS_KEPT, Report


class KeptLog(Struct, frozen=True):
    """How much of a log was kept; the everyday protocol fetches the rest.

    `size` of at least `of` entries, and all but `texts` of their texts. An `awaited`
    log is the node's own and was cut: it signs nothing until the rest is back.
    """

    origin: str
    size: int
    of: int
    texts: int = 0
    awaited: bool = False


class Account(Struct):
    """Counts what a rebuild loses; names the first rows."""

    lost: list[str] = field(default_factory=list)
    losses: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    """By log, how many texts of kept entries are to be fetched."""

    def lose(self, row: str) -> None:
        """Count a row that nobody else ever had: its table, and its key."""
        self.losses += 1
        if len(self.lost) < FAULTS_KEPT:
            self.lost.append(row)


class Outcome(Struct, frozen=True):
    """A database as it was and as it is now.

    `lost` names the first of `losses` rows. `beyond`: nothing was changed, because the
    new database would not have been right. `kept` is the name of the old file.
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
        """Whether nothing is lost; entries to be fetched hold up no own log."""
        held = any(log.awaited for log in self.logs)
        return self.after.ok and not (held or self.losses or self.after.lost)
