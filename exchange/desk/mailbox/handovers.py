"""The hand-overs of a desk's shifts, and the officers' actions in each."""

from collections.abc import Collection

from msgspec import Struct

from exchange.desk.mailbox.answers import HELD
from exchange.desk.mailbox.database import MailboxDatabase, placeholders
from exchange.errors import Reason, Refusal, Why
from exchange.limits import HANDOVER_MATTERS_MAX
from exchange.trust.shift_handover import (
    DoneMatter,
    HandoverSignature,
    SignedHandover,
)
from exchange.v1 import envelope_pb2 as pb

WROTE = "WROTE"
_UNKNOWN = Why("no such hand-over; fusion desk handover list names them")


class Handovers(Struct, frozen=True):
    """The signed hand-overs of a mailbox, numbered from 1 in the order of signing."""

    _db: MailboxDatabase

    def add(self, signed: SignedHandover) -> int:
        with self._db.transaction():
            number = len(self) + 1
            one, two = signed.leaves, signed.comes
            kept = (one.kid, one.signature, two.kid, two.signature)
            self._db.insert("handover", (number, signed.record, *kept))
        return number

    def __len__(self) -> int:
        row = self._db.select_one("SELECT max(number) FROM handover")
        return int(row[0] or 0) if row else 0

    def get(self, number: int) -> SignedHandover:
        """Raise Refusal(NOT_FOUND)."""
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

    def done_since(
        self, desk: str, began: int, waited: Collection[bytes] = ()
    ) -> list[DoneMatter]:
        """Return what the own desk's officers filed since `began` (ms UTC).

        Messages they wrote, and logged receipts except OPENED; for messages in `waited`
        earlier receipts too. A recall counts as a receipt of its bulletin. Of a message
        that replaces another only the newer one counts. Returns the newest half of
        HANDOVER_MATTERS_MAX, in order of filing.
        """
        own, most = f"@{desk}", HANDOVER_MATTERS_MAX // 2
        marks = placeholders(waited)
        rows = self._db.select(
            "SELECT about, author, relation, filed FROM receipt r"  # noqa: S608  # marks, constant
            f" WHERE (filed >= ? OR about IN ({marks}) OR name IN ({marks}))"
            " AND relation != 'OPENED' AND substr(author, -length(?)) = ?"
            f" AND {HELD} IS NULL"
            " UNION ALL SELECT name, author, ?, filed FROM message"
            " WHERE direction = 'out' AND filed >= ? AND envelope != ?"
            " AND name NOT IN (SELECT old FROM renewed) ORDER BY 4 DESC LIMIT ?",
            (began, *waited, *waited, own, own, WROTE, began, pb.KIND_RECALL, most),
        )
        return [
            DoneMatter(bytes(name).hex(), officer, did, at)
            for name, officer, did, at in reversed(rows)
        ]

    def list_unlogged(self) -> list[bytes]:
        """Return messages with a receipt of this desk in no log.

        Oldest first, at most HANDOVER_MATTERS_MAX; without recalls and OPENED.
        """
        rows = self._db.select(
            "SELECT r.about FROM outbox w CROSS JOIN receipt r ON r.name = w.name"  # noqa: S608  # constant
            " WHERE r.relation NOT IN ('OPENED', 'RECALLS')"
            f" AND {HELD} IS NOT NULL ORDER BY w.id LIMIT ?",
            (HANDOVER_MATTERS_MAX,),
        )
        return [about for (about,) in rows]
