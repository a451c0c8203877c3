"""The standby of a node: another process writes for it, into the same database.

A standby follows the writer's commits: it shows desks, partners and auditors entries up
to the newest head, and a Watch goes on. It neither writes nor signs. It keeps the
record outside of the database: if this process takes over, the record shows whether
entries are missing.
"""

from exchange.node import upkeep
from exchange.node.node import Node

Mark = tuple[object, ...]


class Follower:
    """Follows the writer's changes; one thread at a time may use it."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._mark: Mark | None = None
        self._sizes: dict[str, int] = {}

    def look(self) -> bool:
        """Return whether there were changes since the last look."""
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
        upkeep.look_at_clock(self._node)
        upkeep.take_posture(self._node)
        self._node.emitted.follow(self._node.store)
