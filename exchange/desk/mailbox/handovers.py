"""The hand-overs of a desk's shifts, and what its officers did in one."""

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase
from exchange.errors import Reason, Refusal, Why
from exchange.limits import HANDOVER_MATTERS_MAX
from exchange.trust.shift_handover import (
    DoneMatter,
    HandoverSignature,
    SignedHandover,
)

WROTE = "WROTE"
_UNKNOWN = Why("no such hand-over; fusion desk handover list names them")


class Handovers(Struct, frozen=True):
    """In the order in which they were signed here, from 1 on."""

    _db: MailboxDatabase

    def add(self, signed: SignedHandover) -> int:
        """Keep one behind all others; return its number."""
        with self._db.transaction():
            number = len(self) + 1
            one, two = signed.leaves, signed.comes
            kept = (one.kid, one.signature, two.kid, two.signature)
            self._db.insert("handover", (number, signed.record, *kept))
        return number

    def __len__(self) -> int:
        """Return how many there are."""
        row = self._db.select_one("SELECT max(number) FROM handover")
        return int(row[0] or 0) if row else 0

    def get(self, number: int) -> SignedHandover:
        """Return one by its number; Refusal(NOT_FOUND)."""
        row = self._db.select_one(
            "SELECT record, leaves_kid, leaves_signature, comes_kid, comes_signature"
            " FROM handover WHERE number = ?",
            (number,),
        )
        if not row:
            raise Refusal(Reason.NOT_FOUND, "handover", _UNKNOWN)
        record, *rest = map(bytes, row)
        return SignedHandover(
            record, HandoverSignature(*rest[:2]), HandoverSignature(*rest[2:])
        )

    def done_since(self, desk: str, began: int) -> list[DoneMatter]:
        """Return what officers of the own desk filed from `began` (ms UTC) on.

        Receipts but OPENED, and messages that they wrote; the newest
        HANDOVER_MATTERS_MAX // 2, in order of filing.
        """
        rows = self._db.select(
            "SELECT about, author, relation, filed FROM receipt WHERE filed >= ?"
            " AND relation != 'OPENED' AND substr(author, -length(?)) = ?"
            " UNION ALL SELECT name, author, ?, filed FROM message"
            " WHERE direction = 'out' AND filed >= ? ORDER BY 4 DESC LIMIT ?",
            (began, f"@{desk}", f"@{desk}", WROTE, began, HANDOVER_MATTERS_MAX // 2),
        )
        return [
            DoneMatter(bytes(name).hex(), officer, did, at)
            for name, officer, did, at in reversed(rows)
        ]
