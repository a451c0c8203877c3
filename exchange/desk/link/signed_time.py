"""Signed time at a desk: the newest that another nation, or a witness, has signed.

As at a node (exchange/node/signed_time.py), a time counts only within SKEW_MAX of this
desk's clock, and only data that both clocks are past is destroyed. A desk learns times
from heads only.
"""

from collections.abc import Callable, Iterator

from exchange.desk.link.heads import Believed
from exchange.desk.mailbox import Mailbox
from exchange.desk.pinned_logs import Pinned
from exchange.ledger import checkpoint
from exchange.limits import SECOND, SKEW_MAX
from exchange.trust import names

_KEY = "signed_time"  # of the mailbox's settings


def newest_kept(mailbox: Mailbox) -> int:
    """Return ms UTC; 0 if none was received yet."""
    return int(mailbox.settings.get(_KEY, "0"))


class DeskSignedTime:
    """Learns times within the caller's transaction."""

    def __init__(
        self, mailbox: Mailbox, pinned: Pinned, node: str, clock: Callable[[], int]
    ) -> None:
        self._mailbox = mailbox
        self._pinned = pinned
        self._domain = names.domain_of(node)
        self._clock = clock

    @property
    def newest(self) -> int:
        return newest_kept(self._mailbox)

    @property
    def past(self) -> int:
        """The time (ms UTC) that this clock and signed time are both past."""
        return min(self._clock(), self.newest)

    def heard(self, origin: str, believed: Believed) -> None:
        now, newest = self._clock(), self.newest
        times = [at * SECOND for at in self._times(origin, believed)]
        near = [at for at in times if abs(at - now) <= SKEW_MAX]
        if near and max(near) > newest:
            self._mailbox.settings.set(_KEY, str(max(near)))

    def _times(self, origin: str, believed: Believed) -> Iterator[int]:
        """Yield s: of nodes, a log's own, witnesses."""
        for node, at in believed.lines.items():
            if self._of_another(node):
                yield at
        if self._of_another(self._pinned.origins[origin]):
            yield believed.time_s
        nodes = set(map(checkpoint.cosigner_name, self._pinned))
        for (name, _), at in believed.sizes.items():
            if name not in nodes:
                yield at

    def _of_another(self, node: str) -> bool:
        return names.domain_of(node) != self._domain
