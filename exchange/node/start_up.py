"""Whether this node may sign: the start-up rule (docs/decisions/start_up.md).

A node restored from an old copy, or from its keys only, does not know which heads it
has signed. So before it signs or cosigns it hears partners, whose hello names their
newest head of every log, and its desks, whose Watch begins with their newest verified
heads.

    clean     the record outside of the database says that it is the newest state:
              one partner is heard, the others have ANSWERS_WAIT more
    restored  every partner is heard, or excused by the operator by name, and every own
              desk that has called since; a desk that only submits has ANSWERS_WAIT
    either    until then it accepts and keeps, and signs nothing; if a head is ahead of
              the store, it fetches the entries below before it goes on; without pinned
              partners it need not wait

Seen heads are remembered, also in the store (store/sightings), until the store reaches
their size and they can be compared: no node signs or cosigns below or beside a head
that it has seen. A head that only the log's own node vouches for delays no signature:
its entries are to come. But it too must turn out to be of the one tree.

The record outside of the database is the file `node/emitted`, never part of a copy:

    epoch   of the writer
    logs    of each log the newest head: size and root (hexadecimal)

It is at most a second older than the database, so a database older than it was
restored. So was one whose record is missing or unreadable: `init` writes it, and a node
on an older state has none until it has heard all.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from exchange.errors import Reason, Refusal
from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.limits import ANSWERS_WAIT, SEEN_MAX
from keys import files
from keys.errors import KeyFileError

if TYPE_CHECKING:  # making a home needs no database
    from exchange.node.term import Term
    from exchange.store import Store


class StartUp:
    """The heads, partners and desks heard of since this process started; pure."""

    def __init__(self, partners: Iterable[str], *, restored: bool = False) -> None:
        self._restored = restored
        self._silent = set(partners)
        self._new: set[str] = set()
        self._excused: frozenset[str] = frozenset()
        self._first: int | None = None if self._silent else 0
        self._desks: dict[str, int | None] = {}  # call time; None: heard
        self._shown: dict[str, dict[Head, VerifiedHead]] = {}
        self._ahead: dict[str, Head] = {}
        self._promised: dict[str, int] = {}

    def note_answer(self, partner: str, now: int) -> None:
        """Note that a partner answered; `now` is elapsed ms."""
        self._silent.discard(partner)
        self._new.discard(partner)
        if self._first is None:
            self._first = now

    def expect(self, partner: str) -> None:
        """Note that it was imported since the start.

        It delays no signature: this node's earlier signatures predate it.
        """
        self._new.add(partner)

    @property
    def awaited(self) -> list[str]:
        """The members that must each still be heard; empty if one is enough."""
        return sorted(self._silent - self._excused) if self._restored else []

    def excuse(self, partners: Iterable[str]) -> None:
        self._excused = frozenset(partners)

    def desk_called(self, desk: str, now: int) -> None:
        """Note that a desk called, whose verified heads are to come."""
        self._desks.setdefault(desk, now)

    def desk_heard(self, desk: str) -> None:
        self._desks[desk] = None

    def remember(self, head: VerifiedHead) -> None:
        self._remember(head)
        held = self._ahead.get(head.head.origin)
        if held is None or held.size < head.head.size:
            self._ahead[head.head.origin] = head.head

    def remember_promise(self, head: VerifiedHead) -> None:
        """Take its own node's word: those entries are to come."""
        self._remember(head)
        origin, size = head.head.origin, head.head.size
        self._promised[origin] = max(size, self._promised.get(origin, 0))

    def _remember(self, head: VerifiedHead) -> None:
        shown = self._shown.setdefault(head.head.origin, {})
        if len(shown) < SEEN_MAX:
            shown.setdefault(head.head, head)

    def heard(self, partner: str) -> bool:
        return partner not in self._silent and partner not in self._new

    def behind(self, origin: str, size: int) -> bool:
        return size < self.promised(origin) or self.ahead(origin, size) is not None

    def promised(self, origin: str) -> int:
        return self._promised.get(origin, 0)

    def heads_between(
        self, origin: str, above: int, up_to: int
    ) -> Iterator[VerifiedHead]:
        for head in self._shown.get(origin, {}).values():
            if above < head.head.size <= up_to:
                yield head

    def drop_reached(self, origin: str, size: int) -> bool:
        reached = list(self.heads_between(origin, -1, size))
        for head in reached:
            del self._shown[origin][head.head]
        return bool(reached)

    def head_beside(self, head: Head) -> VerifiedHead | None:
        same = self.heads_between(head.origin, head.size - 1, head.size)
        return next((other for other in same if other.head != head), None)

    def ahead(self, origin: str, size: int) -> Head | None:
        head = self._ahead.get(origin)
        return head if head is not None and head.size > size else None

    def heard_enough(self, now: int) -> bool:
        """Return whether signing may begin; `now` is elapsed ms."""
        if self._restored:
            late = (at for at in self._desks.values() if at is not None)
            return not self.awaited and all(now - at >= ANSWERS_WAIT for at in late)
        if self._first is None:
            return False
        return not self._silent or now - self._first >= ANSWERS_WAIT


# The record outside of the database.


class Emissions(Struct, frozen=True):
    epoch: int = 0
    heads: Mapping[str, Head] = field(default_factory=dict)


def read_emissions(path: Path) -> Emissions | None:
    try:
        record = json.loads(files.read(path))
        heads = {
            str(origin): Head(str(origin), int(log["size"]), bytes.fromhex(log["root"]))
            for origin, log in record["logs"].items()
        }
        return Emissions(int(record["epoch"]), heads)
    except (KeyFileError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write_emissions(path: Path, emitted: Emissions) -> None:
    """Raise Refusal(DISK); a crash leaves the old or the new record."""
    logs = {
        origin: {"size": head.size, "root": head.root.hex()}
        for origin, head in sorted(emitted.heads.items())
    }
    data = json.dumps({"epoch": emitted.epoch, "logs": logs}).encode()
    try:
        files.replace(path, data)
    except (OSError, KeyFileError) as error:
        raise Refusal(Reason.DISK, path.name) from error


def emissions_of(store: "Store") -> Emissions:
    claim = store.writer()
    heads = {
        origin: held.head
        for origin in store.logs.origins()
        if (held := store.heads.newest(origin)) is not None
    }
    return Emissions(claim.epoch if claim else 0, heads)


def is_restored(emitted: Emissions | None, store: "Store") -> bool:
    """Return whether the store is older than its record, or has another's record.

    1. There is no record.
    2. The database's epoch is below the record's.
    3. One of its logs is shorter, or has another root at the recorded size.
    """
    # 1
    if emitted is None:
        return True
    # 2
    claim = store.writer()
    if (claim.epoch if claim else 0) < emitted.epoch:
        return True
    # 3
    return not all(_holds(store, head) for head in emitted.heads.values())


def _holds(store: "Store", head: Head) -> bool:
    if store.logs.size(head.origin) < head.size:
        return False
    try:
        return store.logs.root_at(head.origin, head.size) == head.root
    except Refusal:  # a hash is missing, so it is not the recorded tree
        return False


class EmissionRecord:
    """The record of emitted heads; one thread at a time may use it.

    Without a path, for a node without a home, it writes no record, and no database
    counts as restored. `excused` is the operator's file of members that cannot be
    heard, one name a line; it is deleted once the record is kept again.
    """

    def __init__(self, path: Path | None = None, excused: Path | None = None) -> None:
        self._path, self._excused = path, excused
        self._written: Emissions | None = None
        self._shared = False
        self._before = Emissions()

    def held_before(self, origin: str) -> int:
        head = self._before.heads.get(origin)
        return head.size if head else 0

    def open(self, store: "Store", holder: bytes) -> bool:
        """Return whether the database was restored.

        If so, the record is deleted first: a failed start must not make the next one
        look clean. Otherwise a missing one is written first.
        """
        if self._path is None:
            store.claim(holder)
            return False
        before = read_emissions(self._path)
        restored = is_restored(before, store)
        if restored:
            self._before = before or Emissions()
            self._remove()
        elif before is None:
            write_emissions(self._path, emissions_of(store))
        store.claim(holder, above=before.epoch if before else 0)
        return restored

    def begin(self, store: "Store", term: "Term") -> bool:
        """Start like `open`, for a term in a shared database (writer_turn.py).

        The record was compared when the lease was taken.
        """
        if term.claim is None:
            return False
        self._shared = True
        store.write_as(term.claim)
        if term.restored:
            self._before = (self._path and read_emissions(self._path)) or Emissions()
            self._remove()
        return term.restored

    def follow(self, store: "Store") -> None:
        """Keep it while the database is the newest state.

        A record of more than the database holds stays unchanged.
        """
        lease = store.leases.read()
        if self._path is None or lease is None or lease.restored:
            return
        emitted = emissions_of(store)
        if emitted == self._written:
            return
        before = read_emissions(self._path)
        if before is None or not is_restored(before, store):
            write_emissions(self._path, emitted)
            self._written = emitted

    def excused(self) -> list[str]:
        if self._excused is None or not self._excused.exists():
            return []
        try:
            return files.read(self._excused).decode().split()
        except (KeyFileError, UnicodeDecodeError):
            return []

    def save(self, store: "Store") -> None:
        """Write changes; called once a second, and at the end.

        A server may fall back to an older state before the lease shows it: then the
        record stays, for the next process that takes the lease.
        """
        if self._path is None:
            return
        if self._excused is not None:
            self._excused.unlink(missing_ok=True)
        emitted = emissions_of(store)
        if emitted == self._written:
            return
        if self._shared:
            before = self._written or read_emissions(self._path)
            if before is not None and is_restored(before, store):
                return
        write_emissions(self._path, emitted)
        self._written = emitted

    def _remove(self) -> None:
        if self._path is not None:
            try:
                files.remove(self._path)
            except KeyFileError as error:
                raise Refusal(Reason.DISK, self._path.name) from error
