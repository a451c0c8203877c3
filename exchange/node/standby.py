"""The standby of a node: another process writes for it, into the same database.

A standby follows what the writer commits, so that desks, partners and auditors who ask
it see entries up to the newest head, and a Watch goes on. It writes nothing and signs
nothing. It keeps the record outside of the database too: if this process takes over,
the record tells it whether something is missing.
"""

from exchange.node import upkeep
from exchange.node.node import Node

Mark = tuple[object, ...]


class Follower:
    """Takes what another process has written into memory; for one thread at a time."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._mark: Mark | None = None
        self._sizes: dict[str, int] = {}

    def look(self) -> bool:
        """Take over what changed since the last look; return whether anything did."""
        node = self._node
        mark = node.store.change_mark()
        if mark == self._mark:
            return False
        for origin in node.store.logs.origins():
            size = node.store.logs.size(origin)
            if self._sizes.get(origin) != size:
                self._sizes[origin] = size
                if node.members.knows(origin):
                    node.members.reload(origin)
        node.forks = node.store.forks.all()
        self._mark = mark
        node.on_change()
        return True

    def tick(self) -> None:
        """Do what is due once a second, like upkeep.tick in the process that writes."""
        upkeep.look_at_clock(self._node)
        upkeep.take_posture(self._node)
        self._node.emitted.follow(self._node.store)
