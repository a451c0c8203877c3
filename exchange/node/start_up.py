"""Whether this node may sign: the start-up rule (docs/decisions/start_up.md).

A node that was restored from an old copy, or from nothing but its keys, does not
know what it has signed. So before it signs or cosigns anything it hears partners,
whose hello names the newest head that they hold of every log, and each of its desks,
whose Watch begins with the newest heads that the desk verified.

    clean     the record outside of the database says that it is the newest state:
              one partner is heard, the others have ANSWERS_WAIT more
    restored  every partner is heard, or excused by the operator by name, and every own
              desk that has called since; a desk that only submits has ANSWERS_WAIT
    either    heard from nobody, it accepts and keeps, and signs nothing; where a head
              is ahead of the store, it fetches what is below before it goes on; where
              nobody is pinned, there is nobody to ask

What is shown is remembered, in the store too (store/sightings), up to the size at which
it can be compared: nobody signs or cosigns below or beside a head that it has seen.
What only its own node says of a log holds nobody back meanwhile, it is to come; but it
too must turn out to be of the one tree.

The record outside of the database is the file `node/emitted`, which is no part of its
copies:

    epoch   of the writer
    logs    of each log the newest head: size and root (hexadecimal)

It is older than the database by a second at most, so a database that is older than it
was restored. So was one beside which it is missing, or does not read: `init` writes
it, and a node on an older state has none until it has heard everybody.
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

if TYPE_CHECKING:  # who makes a home needs no database
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
        self._desks: dict[str, int | None] = {}  # when each called, None: was heard
        self._shown: dict[str, dict[Head, VerifiedHead]] = {}
        self._ahead: dict[str, Head] = {}
        self._promised: dict[str, int] = {}

    def note_answer(self, partner: str, now: int) -> None:
        """Note that a partner has named the heads it holds; `now` is elapsed ms."""
        self._silent.discard(partner)
        self._new.discard(partner)
        if self._first is None:
            self._first = now

    def expect(self, partner: str) -> None:
        """Note that a partner was imported since the start, and was not heard yet.

        It holds nobody back: what this node has signed, it signed before.
        """
        self._new.add(partner)

    @property
    def awaited(self) -> list[str]:
        """The partners of whom each must be heard still; none where one is enough."""
        return sorted(self._silent - self._excused) if self._restored else []

    def excuse(self, partners: Iterable[str]) -> None:
        """Wait no longer for these partners, by the operator's word."""
        self._excused = frozenset(partners)

    def desk_called(self, desk: str, now: int) -> None:
        """Note that a desk has called, and may yet tell what it has verified."""
        self._desks.setdefault(desk, now)

    def desk_heard(self, desk: str) -> None:
        """Note that the heads which a desk has verified were compared."""
        self._desks[desk] = None

    def remember(self, head: VerifiedHead) -> None:
        """Remember a verified head that someone holds."""
        self._remember(head)
        held = self._ahead.get(head.head.origin)
        if held is None or held.size < head.head.size:
            self._ahead[head.head.origin] = head.head

    def remember_promise(self, head: VerifiedHead) -> None:
        """Remember how long its own node says that a log is: so much is to come."""
        self._remember(head)
        origin, size = head.head.origin, head.head.size
        self._promised[origin] = max(size, self._promised.get(origin, 0))

    def _remember(self, head: VerifiedHead) -> None:
        shown = self._shown.setdefault(head.head.origin, {})
        if len(shown) < SEEN_MAX:
            shown.setdefault(head.head, head)

    def heard(self, partner: str) -> bool:
        """Whether a partner has named the heads that it holds since the start."""
        return partner not in self._silent and partner not in self._new

    def behind(self, origin: str, size: int) -> bool:
        """Whether more of a log was shown than a store of `size` has."""
        return size < self.promised(origin) or self.ahead(origin, size) is not None

    def promised(self, origin: str) -> int:
        """Return how long a log is, by what its own node has signed."""
        return self._promised.get(origin, 0)

    def heads_between(
        self, origin: str, above: int, up_to: int
    ) -> Iterator[VerifiedHead]:
        """Yield what was shown of a log with above < size <= up_to."""
        for head in self._shown.get(origin, {}).values():
            if above < head.head.size <= up_to:
                yield head

    def drop_reached(self, origin: str, size: int) -> bool:
        """Forget what was shown up to `size`, which is reached; whether any was."""
        reached = list(self.heads_between(origin, -1, size))
        for head in reached:
            del self._shown[origin][head.head]
        return bool(reached)

    def head_beside(self, head: Head) -> VerifiedHead | None:
        """Return a head of the same size and another root, if one was shown."""
        same = self.heads_between(head.origin, head.size - 1, head.size)
        return next((other for other in same if other.head != head), None)

    def ahead(self, origin: str, size: int) -> Head | None:
        """Return the head that is ahead of a store of `size`, if one was seen."""
        head = self._ahead.get(origin)
        return head if head is not None and head.size > size else None

    def heard_enough(self, now: int) -> bool:
        """Whether enough were heard; `now` is elapsed ms."""
        if self._restored:
            late = (at for at in self._desks.values() if at is not None)
            return not self.awaited and all(now - at >= ANSWERS_WAIT for at in late)
        if self._first is None:
            return False
        return not self._silent or now - self._first >= ANSWERS_WAIT


# The record outside of the database.


class Emissions(Struct, frozen=True):
    """The record of what a node has shown: its epoch, and each log's newest head."""

    epoch: int = 0
    heads: Mapping[str, Head] = field(default_factory=dict)


def read_emissions(path: Path) -> Emissions | None:
    """Return the record; None where there is none that can be read."""
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
    """Put a record in the place of the one before; a crash leaves one of the two.

    Raises Refusal(DISK) where the file cannot be written.
    """
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
    """Return the record of a database as it stands."""
    claim = store.writer()
    heads = {
        origin: held.head
        for origin in store.logs.origins()
        if (held := store.heads.newest(origin)) is not None
    }
    return Emissions(claim.epoch if claim else 0, heads)


def is_restored(emitted: Emissions | None, store: "Store") -> bool:
    """Whether a database is an older state of itself, or beside another's record.

    1. Without a record it is.
    2. Its epoch is behind the record.
    3. One of its logs is, or has another root at the size that is recorded.
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
    """Whether a database holds a log at least up to a head, and with its root."""
    if store.logs.size(head.origin) < head.size:
        return False
    try:
        return store.logs.root_at(head.origin, head.size) == head.root
    except Refusal:  # a hash is missing: whatever this is, it is not what was written
        return False


class EmissionRecord:
    """Keeps the record of one database up to date; for one thread at a time.

    Without a path nothing is written, and no database is taken for a restored one: for
    a node that has no home. `excused` is where the operator leaves names of members
    whom nobody can hear, one a line; it is gone once the record is kept again.
    """

    def __init__(self, path: Path | None = None, excused: Path | None = None) -> None:
        self._path, self._excused = path, excused
        self._written: Emissions | None = None
        self._shared = False
        self._before = Emissions()

    def held_before(self, origin: str) -> int:
        """Return how long a log was in this node's database before it was restored."""
        head = self._before.heads.get(origin)
        return head.size if head else 0

    def open(self, store: "Store", holder: bytes) -> bool:
        """Become the writer of a database; return whether it was restored.

        Then the record goes, before anything else: a start that comes to nothing must
        not make the next one look clean. Else it is written first.
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
        """Start as `open` does, for a term in a shared database (writer_turn.py).

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
        """Keep the record at a standby, as long as the database is the newest state.

        A record that names more than the database holds stays as it is.
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
        """Return the members that the operator excuses from being heard."""
        if self._excused is None or not self._excused.exists():
            return []
        try:
            return files.read(self._excused).decode().split()
        except (KeyFileError, UnicodeDecodeError):
            return []

    def save(self, store: "Store") -> None:
        """Write what has changed since; to be called once a second, and at the end.

        A server may go on from an older state at any moment, before the lease tells:
        then what is recorded stays, for whoever takes it next.
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
