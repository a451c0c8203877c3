"""The turn of a process as the writer of its node, if several share a database.

`WriterTurn` lives as long as the process: it takes the lease (store/lease.py), renews
it, and knows by elapsed time, from before its request, when it must stop. So a process
paused past its lease stops before it signs, whatever other clocks say. A write that
still happens is refused by its epoch.

A `Term` is one period of a turn, under one epoch or as a standby: a node is opened for
one, and reopened for the next.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from exchange.clock import elapsed_ms
from exchange.errors import Reason, Refusal
from exchange.limits import LEASE, LEASE_LOOK, LEASE_MARGIN, LEASE_RENEW, SECOND
from exchange.node.start_up import is_restored, read_emissions
from exchange.node.term import Term
from exchange.store import Store
from exchange.store.lease import Lease, Replica
from exchange.store.writer import Claim
from keys.signing import Signer

logger = logging.getLogger(__name__)


class _Alone:
    """The endless one of a process with a database of its own."""

    claim = None
    holder = b""
    restored = False
    standby = False
    writes = True

    def settle(self) -> None:
        """Do nothing: no other process could take over."""

    def end_as_restored(self) -> None:
        """Do nothing: refusals last until the next start."""

    def replicas(self) -> list[Replica]:
        return []


ALONE = _Alone()


class _Term:
    """A term that is over once the turn has another claim, or none."""

    def __init__(self, turn: "WriterTurn", lease: Lease | None) -> None:
        self._turn = turn
        self.holder = turn.holder
        self.claim = lease.claim if lease else None
        self.restored = bool(lease and lease.restored)
        self.standby = lease is None
        self._settled = not self.restored

    @property
    def writes(self) -> bool:
        return self.claim is not None and self._turn.holds(self.claim)

    def settle(self) -> None:
        if self.claim is not None and not self._settled:
            self._turn.settle(self.claim)
            self._settled = True

    def end_as_restored(self) -> None:
        if self.claim is not None:
            self._turn.end_as_restored(self.claim)

    def replicas(self) -> list[Replica]:
        return self._turn.store.leases.replicas()


class WriterTurn:
    """Takes the lease when it is free, and keeps it; for any thread.

    `store` is for this turn only; `holder` identifies the process, `name` is its
    listening address, `emitted` its record of the node's heads. Only `settle`, `look`
    and `stand_aside` raise the database's Refusal.
    """

    def __init__(
        self,
        store: Store,
        holder: bytes,
        name: str,
        emitted: Path,
        elapsed: Callable[[], int] = elapsed_ms,
    ) -> None:
        self.store = store
        self.holder, self._name, self._emitted = holder, name, emitted
        self._elapsed = elapsed
        self._lease: Lease | None = None
        self._until = 0  # ms elapsed
        self._aside_until = 0  # ms elapsed
        self._put_back = False  # database rolled back since the last lease
        self._lost = 0  # the epoch of the last lease lost
        self._looking = threading.Lock()
        self._announced_at: int | None = None
        self._told = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def holds(self, claim: Claim) -> bool:
        """Return whether the process may write now, under this claim of its own."""
        lease = self._lease
        mine = lease is not None and lease.claim == claim
        return mine and self._elapsed() < self._until

    def term(self) -> Term:
        return _Term(self, self._lease)

    def is_over(self, term: Term) -> bool:
        lease = self._lease
        return term.claim != (lease.claim if lease else None)

    def settle(self, claim: Claim) -> None:
        self.store.leases.settle(claim)
        if self._lease is not None and self._lease.claim == claim:
            self._lease = replace(self._lease, restored=False)

    def end_as_restored(self, claim: Claim) -> None:
        """Stop writing: the database was rolled back."""
        if self.holds(claim):
            self._lease, self._lost, self._put_back = None, claim.epoch, True

    # Renewing the lease, in a thread of its own.

    def look(self) -> None:
        """Raise the database's Refusal.

        A process that has lost it becomes a standby.
        """
        with self._looking:
            if self._lease is not None:
                self._renew(self._lease)
            elif self._elapsed() >= self._aside_until:
                self._take()
            now = self._elapsed()
            if self._announced_at is None or now - self._announced_at >= LEASE_RENEW:
                self.store.leases.announce(self.holder, self._name)
                self._announced_at = now

    def stand_aside(self) -> None:
        """Give up the lease for the time LEASE: others may take it.

        A standby does nothing. Raises the database's Refusal; the lease then ends by
        itself.
        """
        with self._looking:
            lease, self._lease = self._lease, None
            if lease is not None:
                self._aside_until = self._elapsed() + LEASE
                self._announced_at = None
                self.store.leases.give_up(lease.claim)

    def _renew(self, lease: Lease) -> None:
        asked = self._elapsed()
        try:
            self.store.leases.renew(lease.claim)
        except Refusal as refusal:
            if refusal.reason is Reason.NOT_WRITER:
                self._lease, self._lost = None, lease.claim.epoch
                logger.warning("another process writes for this node now")
                return
            raise
        self._until = asked + LEASE - LEASE_MARGIN

    def _take(self) -> None:
        held = self.store.leases.read()
        if held is not None and not held.over and held.claim.holder != self.holder:
            return
        before = read_emissions(self._emitted)
        restored = self._put_back or is_restored(before, self.store)
        asked = self._elapsed()
        try:
            # Never reuse that epoch: the node of that term may still be open.
            above = max(self._lost, before.epoch if before else 0)
            lease = self.store.leases.take(self.holder, above, restored=restored)
        except Refusal as refusal:
            if refusal.reason is Reason.NOT_WRITER:
                return  # another was faster
            if refusal.reason is Reason.LOCKED:
                self.store.leases.end_stopped_writers()
            raise
        self._until = asked + LEASE - LEASE_MARGIN
        self._lease, self._put_back = lease, False
        told = lease.claim.epoch, lease.timeline
        logger.warning("this process writes now: epoch %d, timeline %d", *told)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except Refusal as refusal:
                self._tell(f"the lease: {refusal}")
            except Exception as error:  # noqa: BLE001  logged, and tried again
                self._tell(f"the lease: {type(error).__name__}")
            else:
                self._told = ""
            pause = LEASE_LOOK if self._lease is None else LEASE_RENEW
            self._stop.wait(pause / SECOND)

    def _tell(self, words: str) -> None:
        if words != self._told:
            self._told = words
            logger.warning("%s", words)

    def close(self) -> None:
        """Close the node before; the lease is released at once."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        lease, self._lease = self._lease, None
        try:
            if lease is not None:
                self.store.leases.give_up(lease.claim)
        except Refusal as refusal:  # then it ends by itself
            logger.warning("closing: %s", refusal)
        finally:
            self.store.close()


class TurnSigner:
    def __init__(self, signer: Signer, term: Term) -> None:
        self._signer = signer
        self._term = term
        self.algorithm = signer.algorithm
        self.public = signer.public
        self.kid = signer.kid

    def sign(self, message: bytes) -> bytes:
        """Raise Refusal(NOT_WRITER), or as the key does."""
        if not self._term.writes:
            raise Refusal(Reason.NOT_WRITER, "lease")
        return self._signer.sign(message)
