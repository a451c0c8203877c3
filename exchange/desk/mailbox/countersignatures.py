"""Bulletins sent before a second officer signed that still need his signature."""

from collections.abc import Iterator

from msgspec import Struct

from exchange.core import TIME_MAX
from exchange.desk.mailbox.database import MailboxDatabase, Values
from exchange.limits import COUNTERSIGN_WITHIN, DUE_MAX
from exchange.v1 import envelope_pb2 as pb

COUNTERSIGNED = "COUNTERSIGNED"


class Countersignatures(Struct, frozen=True):
    """Keeps each until a receipt COUNTERSIGNED that counts."""

    _db: MailboxDatabase

    def lacking(self, now: int) -> list[tuple[int, int]]:
        """Return (number, deadline), first due first, at most DUE_MAX.

        Without expired and refused ones; `now` is ms UTC.
        """
        return self._db.select(
            "SELECT c.number, c.by FROM countersign c CROSS JOIN message m"
            " ON m.number = c.number WHERE m.expires > ? AND m.state != 'refused'"
            " AND m.verdict = 'ACCEPTED' ORDER BY c.by, c.number LIMIT ?",
            (now, DUE_MAX),
        )


def rows_of(number: int, core: pb.Core) -> Iterator[Values]:
    if core.release == pb.RELEASE_EMERGENCY:
        yield number, min(core.filed + COUNTERSIGN_WITHIN, TIME_MAX)
