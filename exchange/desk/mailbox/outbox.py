"""The outbox of a desk: sealed envelopes on their way to the own node and on."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase, Values, placeholders
from exchange.desk.mailbox.receipts import Receipts
from exchange.desk.mailbox.records import Held, Kept, Queued
from exchange.trust import names as names_
from exchange.v1 import envelope_pb2 as pb

LANES = (pb.PRECEDENCE_FLASH, pb.PRECEDENCE_IMMEDIATE)
"""The precedences that overtake the rest of the outbox."""
LATER, RESIGN, EXPIRED, REFUSED = "LATER", "RESIGN", "EXPIRED", "REFUSED"
RELEASE = "RELEASE"
"""Held by the own node, outside its log, for a second officer's signature."""
_QUEUED = (
    "name, envelope, queued, sent, origin, idx, lane, id, held, reason, not_before,"
    " expires"
)
_WAITS = f"sent = 0 AND held IN ('', '{LATER}', '{RESIGN}', '{RELEASE}')"
_MAY_GO = f"sent = 0 AND held IN ('', '{LATER}')"


class Outbox(Struct, frozen=True):
    """Sealed envelopes, until each addressed node holds them.

    Per envelope: `enqueue` before the first Submit, `note_sent` once the own node has
    it on disk, `drop` once the addressed nodes hold it. `hold` if the node refuses it,
    for now or for good. `note_lost` if the node lost it (a restore from an old copy),
    or never had it at the place it stated: it is pending again. A receipt counts once
    the node has given it a place.
    """

    _db: MailboxDatabase
    _receipts: Receipts

    def enqueue(self, envelope: pb.Envelope, name: bytes, at: int) -> None:
        core = pb.Core.FromString(pb.Entry.FromString(envelope.entry).core)
        lane = LANES.index(core.precedence) if core.precedence in LANES else len(LANES)
        desks = (recipient.desk for recipient in core.recipients)
        nodes = {names_.node_of(desk) for desk in desks} - {core.origin}
        with self._db.transaction():
            self._db.write(
                "INSERT OR IGNORE INTO outbox"
                " (name, lane, envelope, queued, sent, origin, idx, expires, nodes)"
                " VALUES (?, ?, ?, ?, 0, '', NULL, ?, ?)",
                (
                    name,
                    lane,
                    envelope.SerializeToString(deterministic=True),
                    at,
                    core.expires,
                    " ".join(sorted(nodes)),
                ),
            )
            self._receipts.count(name)

    def sign(self, envelope: pb.Envelope, name: bytes, at: int) -> None:
        """Replace an envelope; it is pending, even if the node has the old one."""
        with self._db.transaction():
            self.drop(name)
            self.enqueue(envelope, name, at)

    def pending(
        self, limit: int = 256, after: tuple[int, int] = (-1, 0)
    ) -> list[Queued]:
        """Return those behind a place: FLASH, IMMEDIATE, the rest.

        A place is (lane, id) of the last one. Without expired envelopes and those to be
        signed again.
        """
        where = f"{_MAY_GO} AND (lane, id) > (?, ?) ORDER BY lane, id LIMIT ?"
        return self._queued(where, (*after, limit))

    def waits(self, names: Collection[bytes]) -> set[bytes]:
        marks = placeholders(names)
        asked = f"SELECT name FROM outbox WHERE {_WAITS} AND name IN ({marks})"  # noqa: S608  marks
        return {name for (name,) in self._db.select(asked, tuple(names))}

    def list_unconfirmed(self, origin: str, size: int) -> list[Kept]:
        return self._kept(
            "sent != 0 AND origin = ? AND idx < ? ORDER BY idx", (origin, size)
        )

    def list_misplaced(self, origin: str, size: int) -> list[bytes]:
        """Return those not at their stated place, in a log read up to `size`."""
        return [
            name
            for (name,) in self._db.select(
                "SELECT o.name FROM outbox o"
                " WHERE o.sent != 0 AND o.origin = ? AND o.idx < ? AND NOT EXISTS ("
                "SELECT 1 FROM message m"
                " WHERE m.name = o.name AND m.origin = o.origin AND m.idx = o.idx"
                ") AND NOT EXISTS ("
                "SELECT 1 FROM answer_log a"
                " WHERE a.name = o.name AND a.origin = o.origin AND a.met"
                ") AND NOT EXISTS ("  # a key stated by this desk has no other row
                "SELECT 1 FROM statement s WHERE s.origin = o.origin"
                " AND s.idx = o.idx AND instr(o.envelope, s.entry))",
                (origin, size),
            )
        ]

    def placeless(self, origin: str) -> list[Kept]:
        return self._kept(
            "sent != 0 AND origin = ? AND idx IS NULL ORDER BY id", (origin,)
        )

    def find(self, name: bytes) -> Queued | None:
        return next(iter(self._queued("name = ?", (name,))), None)

    def waiting(self) -> list[Queued]:
        """Return the oldest first."""
        return self._queued(f"{_WAITS} ORDER BY id", ())

    def list_unsent(self, limit: int) -> list[bytes]:
        """Return pending and refused envelopes, oldest first."""
        asked = "SELECT name FROM outbox WHERE sent = 0 ORDER BY id LIMIT ?"
        return [name for (name,) in self._db.select(asked, (limit,))]

    def count_queued(self) -> int:
        asked = f"SELECT count(*) FROM outbox WHERE {_MAY_GO}"  # noqa: S608  constants
        return int(self._db.select_one(asked)[0])

    def fresh(self) -> int:
        return int(
            self._db.select_one(
                "SELECT count(*) FROM outbox WHERE sent = 0 AND held = ''"
            )[0]
        )

    def note_sent(self, name: bytes, at: int, origin: str, index: int | None) -> None:
        with self._db.transaction():
            self._db.write(
                "UPDATE outbox SET sent = ?, origin = ?, idx = ?, held = '',"
                " reason = '', place = '', not_before = 0, asked = 0 WHERE name = ?",
                (at, origin, index, name),
            )
            self._receipts.count(name)

    def note_place(self, name: bytes, origin: str, index: int) -> None:
        with self._db.transaction():
            if self._db.write(
                "UPDATE outbox SET origin = ?, idx = ?"
                " WHERE name = ? AND sent != 0 AND idx IS NULL",
                (origin, index, name),
            ):
                self._receipts.count(name)

    def note_lost(self, name: bytes) -> None:
        with self._db.transaction():
            self._db.write(
                "UPDATE outbox SET sent = 0, origin = '', idx = NULL WHERE name = ?",
                (name,),
            )
            self._receipts.count(name)

    def hold(self, name: bytes, reason: Held) -> None:
        """Hold it; REFUSED and EXPIRED are shown only."""
        with self._db.transaction():
            self._db.write(
                "UPDATE outbox SET sent = 0, idx = NULL, held = ?, reason = ?,"
                " place = ?, not_before = ?, asked = ? WHERE name = ?",
                (*reason, name),
            )
            self._receipts.count(name)

    def expiring(self, now: int) -> list[bytes]:
        asked = f"SELECT name FROM outbox WHERE {_WAITS} AND expires <= ?"  # noqa: S608  constants
        return [name for (name,) in self._db.select(asked, (now,))]

    def reviving(self, now: int) -> list[bytes]:
        """Return those that a wrong clock held back."""
        asked = "SELECT name FROM outbox WHERE held = ? AND expires > ?"
        return [name for (name,) in self._db.select(asked, (EXPIRED, now))]

    def forget_refused(self, before: int) -> None:
        """Forget their receipts, too: they would pass for logged ones."""
        where = "(held = ? AND asked < ?) OR (held = ? AND expires < ?)"
        values = (REFUSED, before, EXPIRED, before)
        with self._db.transaction():
            found = f"SELECT name FROM outbox WHERE {where}"  # noqa: S608  # constant
            for (name,) in self._db.select(found, values):
                self.drop(name)
                kept = self._receipts.get(name)
                if kept is not None and kept.relation != "RECALLS":
                    self._receipts.drop(name)

    def drop(self, name: bytes) -> None:
        with self._db.transaction():
            self._db.write("DELETE FROM outbox WHERE name = ?", (name,))

    def renew(self, old: bytes, new: bytes) -> None:
        with self._db.transaction():
            self.drop(old)
            self._db.insert("renewed", (old, new), "REPLACE")

    def latest_name(self, name: bytes) -> bytes:
        """Return its own name if signed once."""
        while row := self._db.select_one(
            "SELECT new FROM renewed WHERE old = ?", (name,)
        ):
            name = row[0]
        return name

    def renewed(self, names: Collection[bytes]) -> set[bytes]:
        asked = f"SELECT old FROM renewed WHERE old IN ({placeholders(names)})"  # noqa: S608  marks
        return {old for (old,) in self._db.select(asked, tuple(names))}

    def resigning(self, prefix: str) -> list[bytes]:
        """Return those with a prefix of the name in hex."""
        asked = "SELECT name FROM outbox WHERE held = ? AND sent = 0"
        names = (name for (name,) in self._db.select(asked, (RESIGN,)))
        return [name for name in names if name.hex().startswith(prefix)]

    def list_held(self, limit: int) -> list[tuple[Queued, Held]]:
        """Return the most pressing first."""
        rows = self._db.select(
            f"SELECT held, reason, place, not_before, asked, {_QUEUED} FROM outbox"  # noqa: S608  constants
            " WHERE held != '' ORDER BY CASE held WHEN 'RESIGN' THEN 0"
            " WHEN 'REFUSED' THEN 1 WHEN 'EXPIRED' THEN 2 ELSE 3 END, id LIMIT ?",
            (limit,),
        )
        return [(_read(row[5:]), Held(*row[:5])) for row in rows]

    def tally(self) -> list[tuple[str, str, int, int]]:
        """Return (held, reason, count, since when) of what the node lacks."""
        return self._db.select(
            "SELECT held, reason, count(*), min(queued) FROM outbox WHERE sent = 0"
            " GROUP BY held, reason ORDER BY held, reason",
            (),
        )

    def _queued(self, condition: str, values: Values) -> list[Queued]:
        rows = self._db.select(
            f"SELECT {_QUEUED} FROM outbox WHERE {condition}",  # noqa: S608  # constants
            values,
        )
        return [_read(row) for row in rows]

    def _kept(self, condition: str, values: Values) -> list[Kept]:
        asked = f"SELECT name, idx, nodes FROM outbox WHERE {condition}"  # noqa: S608  # constants
        rows = self._db.select(asked, values)
        return [Kept(name, index, nodes.split()) for name, index, nodes in rows]


def _read(row: Sequence[object]) -> Queued:
    name, envelope, *rest = row
    return Queued(name, pb.Envelope.FromString(envelope), *rest)  # type: ignore[arg-type]  # columns
