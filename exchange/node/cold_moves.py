"""The moves of old entries into files beside the database, some at each tick.

Entries move in log order, once they are old enough by this node's clock and by signed
time. A bundle stays until the next round if one of its texts is held or still to come,
or if it is damaged; `fusion fsck` names a damaged one.
"""

import logging
from collections.abc import Callable

from msgspec import Struct, field

from exchange.errors import Reason, Refusal, Tampered
from exchange.limits import COLD_SOUGHT, DAY, MINUTE, UPKEEP_TIME
from exchange.store import Store
from exchange.trust.retention import Past

logger = logging.getLogger(__name__)


class ColdMoves(Struct):
    """`after` is in ms, 0: nothing is moved.

    `room` says whether the floor of the files' disk is free: moves do not shrink the
    database.
    """

    store: Store
    elapsed: Callable[[], int]
    after: int = 0
    room: Callable[[], bool] = lambda: True
    _next: int = 0  # elapsed ms
    _left: list[str] = field(default_factory=list)  # logs of this round
    _tile: int = 0  # of the first of them

    def run(self, past: Past, now: int) -> int:
        """Move entries for UPKEEP_TIME or one bundle; return how many moved.

        One round a day. `now` is ms UTC. Refusal(DISK, ...), also at the disk's floor.
        """
        began = self.elapsed()
        if not self.after or (not self._left and began < self._next):
            return 0
        if not self.room():
            raise Refusal(Reason.DISK, "cold_after_days")
        if not self._left:
            self._left, self._tile = self.store.logs.origins(), 0
        count = 0
        self._next = began + MINUTE  # if this fails, the next try comes soon
        while self._left:
            count += self._look(past, now, began)
            if self.elapsed() - began >= UPKEEP_TIME:
                return count
        self._next = self.elapsed() + DAY
        return count

    def _look(self, past: Past, now: int, began: int) -> int:
        origin, start, count = self._left[0], self._tile, 0
        moved = self.store.cold.moved(origin, start, COLD_SOUGHT)
        for tile in range(start, start + COLD_SOUGHT):
            self._tile = tile
            if tile not in moved:
                at = self.store.cold.stored_at(origin, tile)
                if at is None or not past(at + self.after):
                    del self._left[0]
                    self._tile = 0
                    return count
                count += self._move(origin, tile, now)
            self._tile = tile + 1
            if self.elapsed() - began >= UPKEEP_TIME:
                break
        return count

    def _move(self, origin: str, tile: int, now: int) -> bool:
        if self.store.cold.has_texts(origin, tile):
            return False
        try:
            self.store.cold.move(origin, tile, now)
        except Tampered as error:
            logger.warning("%s stays in the database: %s", error.where, error.reason)
            return False
        except Refusal as refusal:
            if refusal.reason not in {Reason.SIZE, Reason.CONFLICT}:
                raise
            return False
        return True
