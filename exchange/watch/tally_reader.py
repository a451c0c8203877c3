"""Updates a tally of waiting FLASH from the node; also for a locked screen."""

from dataclasses import dataclass, field

from exchange.limits import WATCHED_MAX
from exchange.net.desk_client import NodeClient
from exchange.trust import names
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.watch import node_reader
from exchange.watch.flash_tally import WaitingFlash
from exchange.watch.memory import WatchMemory
from exchange.watch.node_reader import AheadReader, Senders


@dataclass(slots=True)
class TallyReader:
    """Writes no file."""

    desk: str
    client: NodeClient
    memory: WatchMemory
    _senders: Senders = field(init=False)
    _ahead: list[node_reader.SeenEnvelope] = field(default_factory=list)
    _early: int = 0  # ms by which this clock ends messages too early

    def __post_init__(self) -> None:
        self._senders = Senders(self.client)

    def look(self, ahead: AheadReader, now: int) -> desk_pb.GetStatusResponse:
        """Count new entries, also ahead of their log; return the node's status.

        Raises Unreachable, or the Refusal of a call; the rest is counted the next time.
        `now` is ms UTC.
        """
        status = self.client.status()
        self._early = _too_soon(status, names.node_of(self.desk), now)
        for one in node_reader.new_entries(self.client, status, self.memory.read):
            self._count(one, now)
        self._ahead = [*self._ahead, *ahead.take()][-WATCHED_MAX:]
        while self._ahead:
            self._count(self._ahead[0], now)
            del self._ahead[0]  # after it is counted
        return status

    def waiting(self, now: int) -> list[WaitingFlash]:
        """Return them oldest first; `now` is ms UTC.

        As at a desk, one ends only when this clock and the node's both say so: a clock
        wrong by days hides no FLASH.
        """
        return self.memory.tally.still(now - self._early)

    def _count(self, seen: node_reader.SeenEnvelope, now: int) -> None:
        if seen.refused:
            self.memory.tally.refuse(seen.name)
        else:
            sender = self._senders.desk_of(seen.core, self.memory.read)
            self.memory.tally.take(seen.name, seen.core, sender, self.desk, now)


def _too_soon(status: desk_pb.GetStatusResponse, node: str, now: int) -> int:
    """Return ms by which this clock would end messages too early."""
    # Imported late: a locked terminal's prompt waits for the imports above.
    from exchange.desk.link.clock_check import StatusAnswer, judge  # noqa: PLC0415

    return now - judge(now, node, {}, StatusAnswer(status, now)).expired_at
