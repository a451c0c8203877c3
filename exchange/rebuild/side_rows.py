"""The rows beside the logs, carried over as their tables specify.

A row is kept if it is unaltered and passes its `fsck` check against the replayed logs
(exchange.store.tables). Any other is lost and named: no peer has a copy.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct, field

from exchange import envelope
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import SIZE_MAX
from exchange.ledger.note import Vkey
from exchange.node.members import Members
from exchange.rebuild import notes, texts
from exchange.rebuild.history import History
from exchange.rebuild.old_rows import OldRows
from exchange.rebuild.outcome import Account
from exchange.rebuild.replay import Replay
from exchange.store import LACKING_TEXT, REFUSAL, Sighting, Store, StoredWaiting
from exchange.store.append import Event
from exchange.store.raw_rows import RawRows
from exchange.store.record import Record, Repair
from exchange.store.row_checksums import Row, Value
from exchange.store.tables import RECORDS, ClockRow, WaitingRow, WriterRow
from exchange.v1 import envelope_pb2 as pb

PAGE = 1_000  # heads per query


class ReplayedLogs(Struct, frozen=True):
    raw: RawRows
    store: Store
    members: Members
    replay: Replay
    histories: Mapping[str, History]
    origins: Mapping[Value, str]
    """Origins by the logs' new numbers."""

    @property
    def peers(self) -> Collection[str]:
        return self.members.peers

    def cosigned(self, node: str) -> int:
        keys, below = self.members.cosigner_keys(node), SIZE_MAX
        own = self.members.origin(self.members.me)
        while page := self.store.heads.falling(own, PAGE, below):
            for held in page:
                if checkpoint.cosignatures(held.note, keys):
                    return held.head.size
            below = page[-1].head.size - 1
        return 0

    def log_keys(self, log: Value) -> Sequence[Vkey] | None:
        history = self.histories.get(self.origins.get(log, ""))
        return history.log_keys if history else None

    def verify_note(self, log: Value, note: bytes) -> Head:
        history = self.histories[self.origins[log]]
        head = notes.verify_head(note, history.origin, history.log_keys)
        lines = notes.sound_lines(note, head, self.replay.vkeys(history.origin))
        if not notes.is_whole(note, head, lines):
            raise Refusal(Reason.NOTE, history.origin)
        return head

    def rows(self, table: str, **equal: Value) -> Iterator[Row]:
        return self.raw.rows(table, **equal)


def carry_clock(rows: OldRows, store: Store, account: Account) -> None:
    """Carry the times before any text: they decide its erasure."""
    for row in rows.rows(ClockRow.title()):
        if ClockRow.is_as_written(row):
            store.carry(ClockRow.title(), [tuple(row.values())], {})
        else:
            account.lose(ClockRow.title())


class SideRows(Struct):
    rows: OldRows
    logs: ReplayedLogs
    account: Account
    now: int
    heads_lost: bool = False
    """Whether a sighting is lost: then the next start must hear from all peers."""
    _numbers: dict[Value, Value] = field(default_factory=dict)

    def carry(self, proofs: Sequence[bytes]) -> None:
        """Carry each table, then add the forks of `proofs` and the heads ahead.

        The row of the writer is left out if a sighting is lost: without it the node
        acts as one restored from a backup.
        """
        new = {origin: number for number, origin in self.logs.origins.items()}
        for origin, history in self.logs.histories.items():
            self._numbers |= dict.fromkeys(history.numbers, new.get(origin))
        for record in RECORDS:
            if record.repair is Repair.CARRIED and record is not ClockRow:
                self._carry(record)
            if record.title() in self.rows.unread and record.repair is Repair.CARRIED:
                self.account.lose(f"{record.title()} rows")
        self._forks(proofs)
        self._heads_ahead()

    def _carry(self, record: type[Record]) -> None:
        title = record.title()
        if record is WriterRow and self.heads_lost:
            self.account.lose(title)
            return
        kept, news = list[Row](), defaultdict[int, list[Event]](list)
        for row in self.rows.rows(title):
            try:
                if (sound := self._sound(record, row)) is not None:
                    kept.append(sound)
                    self._announce(record, sound, news)
            except FusionError:
                key = row.get("index", next(iter(row.values())))
                self.account.lose(f"{title} {_shown(key)}")
                self.heads_lost |= title == "sighting"
        self.heads_lost |= title == "sighting" and title in self.rows.unread
        if record is WaitingRow:
            self._enqueue(kept)
        else:
            rows = [tuple(record.typed(row)) for row in kept]
            self.logs.store.carry(title, rows, news)

    def _enqueue(self, kept: Sequence[dict[str, Any]]) -> None:
        """Queue the entries without a place any more, then those already waiting."""
        waiting = [
            StoredWaiting(row["name"], row["envelope"], row["desk"], row["at"])
            for row in kept
        ]
        queue = self.logs.store.desk_queue
        queue.enqueue_pending([*self._displaced(), *waiting])

    def _sound(self, record: type[Record], old: Row) -> Row | None:
        """Return None if the row is not needed."""
        row: Row | None = old
        if not record.is_as_written(old) and (row := record.rescued(old, self.now)):
            row |= {"sum": record.sum_of(row)}
            if record is WaitingRow:
                self._check_signatures(row["envelope"])
        if row is None:
            raise Refusal(Reason.DATABASE)
        if "log" in row:
            number = self._numbers.get(row["log"])
            if number is None:
                raise Refusal(Reason.DATABASE)
            row = row | {"log": number}
        row = record.carried(row, self.logs)
        if row is None:
            return None
        row |= {"sum": record.sum_of(row)}
        record.check(row, self.logs)
        return row

    def _check_signatures(self, sent: Value) -> None:
        data = sent if isinstance(sent, bytes) else b""
        parsed = envelope.split(pb.Envelope.FromString(data).entry)
        directory = self.logs.members.directory(self.logs.members.me)
        for signed in parsed.signatures:
            key = directory and directory.signer(signed.role, signed.kid)
            if not key:
                raise Refusal(Reason.SIGNER_UNKNOWN)
            envelope.verify_signature(parsed, signed, key.algorithm, key.public)

    def _announce(
        self,
        record: type[Record],
        row: dict[str, Any],
        news: dict[int, list[Event]],
    ) -> None:
        history = self.logs.histories.get(self.logs.origins.get(row.get("log"), ""))
        if record.news and history and history.own:
            why = {REFUSAL: row.get("reason", ""), LACKING_TEXT: str(Reason.MISSING)}
            event = record.news, row["index"], row["by"], why.get(record.news, "")
            news[row["log"]].append(event)

    def _displaced(self) -> Iterator[StoredWaiting]:
        """Yield entries behind the end of our log, which wait for a place."""
        me = self.logs.members.me
        own, directory = self.logs.members.origin(me), self.logs.members.directory(me)
        history = self.logs.histories.get(own)
        if history is None:
            return
        for index, entry in sorted(history.tail().items()):
            sent = texts.read(history, index, entry).sent
            with suppress(FusionError):
                parsed = envelope.split(entry)
                known = self.logs.store.entries.known_names(own, [parsed.name])
                if not sent.absent and not known:
                    key = directory and directory.signer("author", parsed.core.author)
                    desk = key.subject.rpartition("@")[2] if key else ""
                    held = sent.SerializeToString()
                    yield StoredWaiting(parsed.name, held, desk, self.now)

    def _forks(self, proofs: Sequence[bytes]) -> None:
        for proof in proofs:
            for origin, history in self.logs.histories.items():
                try:
                    if fork.verify(proof, history.log_keys).origin == origin:
                        self.logs.store.forks.add(origin, proof, self.now)
                except FusionError:
                    continue

    def _heads_ahead(self) -> None:
        """Make each unreached head of our log, or that we cosigned, a sighting.

        The start-up rule then keeps the node from signing a conflicting head.
        """
        members = self.logs.members
        mine = {key.key for key in members.cosigner_keys(members.me)}
        for origin, history in self.logs.histories.items():
            for seen in history.ahead:
                vkeys = self.logs.replay.vkeys(origin)
                lines = notes.sound_lines(seen.note, seen.head, vkeys)
                if history.own or any(line.key in mine for line in lines):
                    new = Sighting(seen.head, seen.note, promised=False, at=seen.at)
                    self.logs.store.sightings.keep(new)


def _shown(key: Value) -> str:
    return key.hex()[:16] if isinstance(key, bytes) else ascii(key).strip("'")
