"""The upkeep of a desk's sealing ring: a new key each week, old halves destroyed.

Each step is one version of the file, written before its effects: a key is MADE on disk,
then its statement is queued (STATED), then the log has it (LOGGED). After a crash
between, the step is repeated. The mailbox keeps the serial of the ring: an older file
is an alarm, and is not used.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec.structs import replace

from exchange import envelope
from exchange.clock import elapsed_ms
from exchange.desk.link.heads import HeldSize
from exchange.desk.link.log_states import LogStates
from exchange.desk.link.ring_schedule import Surroundings, find_destroyable, is_due
from exchange.desk.link.signed_time import DeskSignedTime
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.outbox import EXPIRED, REFUSED, RESIGN
from exchange.desk.officer import Officer
from exchange.desk.pinned_logs import Pinned
from exchange.desk.sealing_ring import SealingRing
from exchange.errors import Reason, Refusal, Tampered
from exchange.limits import KEY_EARLY, SEALING_KEY_LIFE, STATED_AGAIN
from exchange.trust import entries
from exchange.trust.own_verdict import judge_own, log_of
from exchange.trust.registered_keys import Registered
from exchange.trust.statements import (
    AUTHOR,
    READER,
    SEALING,
    parse_statement,
    sealing_statement,
)
from exchange.v1 import envelope_pb2 as pb
from keys.ring import RingKey, State
from keys.sealing import Opener

_SERIAL, _STATEMENT, _COVERS = "ring:serial", "ring:statement", "ring:covers"
_DEAD = frozenset({REFUSED, RESIGN, EXPIRED})


def kept_serial(mailbox: Mailbox) -> int:
    """Return that of the newest ring that was here; 0 before the first."""
    return int(mailbox.settings.get(_SERIAL, "0"))


def await_statement(
    mailbox: Mailbox, ring: SealingRing, life: tuple[int, int], known: Collection[bytes]
) -> RingKey:
    """Return a reading desk's key that waits for the nation's statement, or make it.

    `known` are the public halves already submitted to the nation; a new key is valid
    for `life` (ms UTC). Raises Refusal(SERIAL) if the ring is older than one that was
    here, KEY_FILE if it cannot be written.
    """
    with mailbox.database.transaction():
        _take_up(mailbox, ring)
        if ring.older:
            raise Refusal(Reason.SERIAL, ring.where)
        for key in ring.held.keys:
            waits = key.state is not State.LOGGED
            if waits and ring[ring.kid_of(key)].public not in known:
                return key
        made = RingKey(Opener.generate().seed, *life)
        _write(mailbox, ring, [*ring.held.keys, made])
    return made


def _take_up(mailbox: Mailbox, ring: SealingRing) -> None:
    with mailbox.database.transaction():
        ring.remove_drafts()
        ring.read()
        kept = kept_serial(mailbox)
        ring.older = ring.held.serial < kept
        if ring.held.serial > kept:
            mailbox.settings.set(_SERIAL, str(ring.held.serial))


def _write(
    mailbox: Mailbox, ring: SealingRing, keys: Sequence[RingKey], after: int = 0
) -> None:
    ring.write(keys, max(ring.held.serial, after) + 1)
    mailbox.settings.set(_SERIAL, str(ring.held.serial))


class RingUpkeep:
    """Keeps the ring of one desk; `clock` is ms UTC, `elapsed` ms of no date."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that surrounds it
        self,
        mailbox: Mailbox,
        pinned: Pinned,
        officer: Officer,
        ring: SealingRing,
        clock: Callable[[], int],
        elapsed: Callable[[], int] = elapsed_ms,
    ) -> None:
        self._mailbox = mailbox
        self._pinned = pinned
        self._officer = officer
        self._ring = ring
        self._clock = clock
        self._elapsed = elapsed
        self._time = DeskSignedTime(mailbox, pinned, officer.node, clock)
        self._stated_again: int | None = None

    def take_up(self) -> None:
        """Take a newer one: the mailbox was restored, or a crash came between."""
        _take_up(self._mailbox, self._ring)

    def run(self, *, now_due: bool = False) -> bool:
        """Take each step that is due; return whether a statement was queued.

        Only for a desk that has read its own node's log. `now_due`: state a new key
        even if none is due, or raise the Refusal that prevents it. Raises
        Refusal(KEY_FILE | DISK | LOCKED).
        """
        with self._mailbox.database.transaction():
            self.take_up()
            if self._ring.older:
                return False
            self._note_states()
            self._note_covers()
            self._destroy()
            queued = self._state(now_due=now_due)
        if queued:
            with self._mailbox.database.transaction():
                self.take_up()
                self._note_states()
        return queued

    def accept_older(self) -> None:
        """Accept the older ring, without the keys that only the newer one has."""
        with self._mailbox.database.transaction():
            self.take_up()
            if self._ring.older:
                serial = kept_serial(self._mailbox)
                self._write(self._ring.held.keys, after=serial)
                self._ring.older = False

    def _write(self, keys: Sequence[RingKey], after: int = 0) -> None:
        _write(self._mailbox, self._ring, keys, after)

    # The state of each key.

    def _note_states(self) -> None:
        before = self._ring.held.keys
        keys = tuple(map(self._placed, before))
        if keys != before:
            self._write(keys)

    def _placed(self, key: RingKey) -> RingKey:
        """Return the key, stated again if its log lost it."""
        key_id, logged = self._ring.kid_of(key), key.state is State.LOGGED
        directory = self._pinned.directory(self._officer.node)
        role = READER if directory.only_reads(self._officer.desk) else SEALING
        stated = directory.signer(role, key_id)
        if stated is not None:
            if logged and key.index == stated.index and key.log in self._logs():
                return key
            life = stated.valid_from, stated.valid_until
            log = self._log_of(stated)
            return RingKey(key.seed, *life, State.LOGGED, log, stated.index)
        if logged or self._statement_of(key_id):
            return replace(key, state=State.STATED, log="", index=0)
        return key

    def _log_of(self, stated: Registered) -> str:
        for log in reversed(self._logs()):
            for index, entry in self._mailbox.logs.statements(log):
                if index == stated.index and _public_of(entry) == stated.public:
                    return log
        raise Tampered(Reason.DATABASE, self._officer.desk)

    # The private halves.

    def _note_covers(self) -> None:
        before = self._covers()
        logs, lines = self._logs(), self._lines()
        covers: dict[str, dict[str, int]] = {}
        for key in self._ring.held.keys:
            if key.state is not State.LOGGED or key.log not in logs:
                continue
            place = logs.index(key.log), key.index
            kid = self._ring.kid_of(key).hex()
            seen = covers[kid] = dict(before.get(kid, {}))
            for node, (log, line) in lines.items():
                if (logs.index(log), line.size - 1) >= place:
                    seen.setdefault(node, line.time_s)
        if covers != before:
            self._mailbox.settings.set(_COVERS, json.dumps(covers))

    def _covers(self) -> dict[str, dict[str, int]]:
        found = json.loads(self._mailbox.settings.get(_COVERS, "{}"))
        return found if isinstance(found, dict) else {}

    def _lines(self) -> Mapping[str, tuple[str, HeldSize]]:
        states = LogStates(self._mailbox)
        lines: dict[str, tuple[str, HeldSize]] = {}
        for log in self._logs():
            lines |= {node: (log, line) for node, line in states.cover(log).items()}
        return lines

    def _logs(self) -> Sequence[str]:
        return self._pinned.logs(self._officer.node)

    def _destroy(self) -> None:
        keys, covers = self._ring.held.keys, self._covers()
        directory, desk = self._pinned.directory(self._officer.node), self._officer.desk
        kids = {key.seed: self._ring.kid_of(key) for key in keys}
        revoked = {
            seed
            for seed, kid in kids.items()
            if directory.revoked_since(kid, desk) is not None
        }
        lines = {node: line.time_s for node, (_, line) in self._lines().items()}
        around = Surroundings(self._logs(), lines, self._time.past)
        seen = {seed: covers.get(kid.hex(), {}) for seed, kid in kids.items()}
        gone = {key.seed for key in find_destroyable(keys, revoked, seen, around)}
        if gone:
            self._write([key for key in keys if key.seed not in gone])

    # The next key.

    def _state(self, *, now_due: bool) -> bool:
        """Make the next key, or state a refused one again.

        1. No statement is on its way.
        2. A key waits to be stated; or the newest one's time is over, or its private
           half is not here.
        3. All will accept its statement: this officer may speak for the desk now. Else
           with `now_due` the Refusal is raised.
        4. The key is on disk before its statement is queued.
        """
        # 1
        keys, now = self._ring.held.keys, self._clock()
        waiting = next((k for k in keys if k.state is not State.LOGGED), None)
        if waiting is not None and self._under_way(waiting):
            return False
        # 2
        newest = self._pinned.sealing_key(self._officer.desk, now)
        due = now_due or waiting is not None or is_due(newest, self._ring, now)
        if not due:
            return False
        # 3
        if not self._in_pace(waiting):
            return False
        life = now - KEY_EARLY, now + SEALING_KEY_LIFE
        opener = Opener.generate() if waiting is None else Opener(waiting.seed)
        made = RingKey(opener.seed, *life)
        try:
            sent = self._signed(opener.public, life, now)
        except Refusal:
            if now_due:
                raise
            return False
        # 4
        self._write([*(key for key in keys if key is not waiting), made])
        self._queue(sent, self._ring.kid_of(made), now)
        return True

    def _signed(self, public: bytes, life: tuple[int, int], now: int) -> pb.Envelope:
        """Raise the Refusal that its readers would."""
        officer = self._officer
        said = sealing_statement(officer.desk, public, life)
        signers = [(AUTHOR, officer.signer)]
        sent = entries.directory_envelope(said, officer.node, signers, now)
        judge_own(sent.entry, log_of(self._pinned.directory(officer.node)))
        return sent

    def _queue(self, sent: pb.Envelope, key_id: bytes, now: int) -> None:
        name = envelope.split(sent.entry).name
        if refused := self._statement_of(key_id):
            self._mailbox.outbox.renew(refused, name)
        self._mailbox.outbox.enqueue(sent, name, now)
        self._mailbox.settings.set(_STATEMENT, f"{key_id.hex()} {name.hex()}")

    def _statement_of(self, key_id: bytes) -> bytes:
        kid, _, name = self._mailbox.settings.get(_STATEMENT).partition(" ")
        return bytes.fromhex(name) if kid == key_id.hex() else b""

    def _under_way(self, waiting: RingKey) -> bool:
        kept = self._mailbox.outbox.find(self._statement_of(self._ring.kid_of(waiting)))
        return kept is not None and kept.hold_reason not in _DEAD

    def _in_pace(self, waiting: RingKey | None) -> bool:
        """Return whether to retry now: a node may keep refusing for long."""
        if waiting is None:
            return True
        now, last = self._elapsed(), self._stated_again
        if last is not None and now - last < STATED_AGAIN:
            return False
        self._stated_again = now
        return True


def _public_of(entry: bytes) -> bytes:
    return parse_statement(envelope.split(entry).core.clear).public_key
