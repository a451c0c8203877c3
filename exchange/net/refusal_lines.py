"""Log lines about refused calls: reason, method, caller.

Each caller has its own budget of lines (LINES_BURST, then LINES_RATE); callers not
admitted share one. Calls beyond it are counted per caller and logged later. NOT_WRITER
is not logged: a standby gives it all day.
"""

import logging
from collections import Counter
from collections.abc import Callable

from exchange.errors import FusionError, Reason, Refusal
from exchange.limits import LINES_BURST, LINES_RATE
from exchange.net.call_budget import Budget

logger = logging.getLogger(__name__)


class RefusalLines:
    """`elapsed` in ms."""

    def __init__(self, elapsed: Callable[[], int]) -> None:
        self._elapsed = elapsed
        self._budget = Budget(LINES_RATE, LINES_BURST)
        self._unlogged: Counter[str] = Counter()

    def add(self, error: FusionError, method: str, caller: str, who: str) -> None:
        """`caller` is empty if not admitted; `who` describes it."""
        if error.reason is Reason.NOT_WRITER:
            return
        if not self._may_log(caller):
            self._unlogged[caller] += 1
            return
        count = self._unlogged.pop(caller, 0)
        more = f", and {count} others before" if count else ""
        text = "refused %s at %.80r, called by %.160s%s"
        logger.warning(text, error.reason, method, who, more)

    def tell(self) -> None:
        """Log the refusals not yet logged of callers that may log again."""
        for caller in list(self._unlogged):
            if self._may_log(caller):
                count = self._unlogged.pop(caller)
                who = caller or "those who were not let in"
                logger.warning("refused %d more, called by %.160s", count, who)

    def _may_log(self, caller: str) -> bool:
        try:
            self._budget.spend(caller, self._elapsed())
        except Refusal:
            return False
        return True
