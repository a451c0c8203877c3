"""Texts past their retention: first hidden, finally erased.

A text is over when `expires` + retention is past, by this node's clock and by signed
time. Then only an addressed node or own desk without it still gets it. It is erased
when all have it, at the latest after LACKING_KEPT more; the log's own node then learns
which desks never took it.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from exchange import envelope
from exchange.errors import STORAGE, Reason, Refusal
from exchange.ledger.merkle import SIZE_MAX
from exchange.limits import (
    ERASED_AT_ONCE,
    LACKED_AT_ONCE,
    LACKING_KEPT,
    UNDELIVERED_TOLD,
    UPKEEP_TIME,
)
from exchange.node.members import Members
from exchange.node.node import Node
from exchange.store import Erasure, Store, StoredEntry, StoredUndelivered
from exchange.trust import names
from exchange.trust.retention import Past
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc

logger = logging.getLogger(__name__)


class _Lacked(Struct, frozen=True):
    start: int
    end: int
    indexes: frozenset[int]


class TextsOfLog:
    """The texts of a log, and the readers that still miss them."""

    def __init__(self, store: Store, members: Members, origin: str) -> None:
        self._store, self._members, self._origin = store, members, origin
        self._period = _retention(members, origin)
        self._sizes: dict[str, int] = {}
        self._lacked: dict[str, _Lacked] = {}
        self._unread: dict[str, int | None] = {}

    def over(self, core: pb.Core, past: Past, kept: int = 0) -> bool:
        """Return whether a text is past its retention; never in an unknown log."""
        period = self._period
        return period is not None and past(core.expires + period + kept)

    def lacking(self, index: int, core: pb.Core) -> tuple[str, ...]:
        desks = {recipient.desk for recipient in core.recipients}
        return tuple(sorted(desk for desk in desks if self._lacks(index, desk)))

    def _lacks(self, index: int, desk: str) -> bool:
        node = names.node_of(desk)
        if node != self._members.me:
            return self.node_lacks(index, node)
        return self.desk_lacks(index, desk)

    def node_lacks(self, index: int, node: str) -> bool:
        """Return whether a text of an own log has not reached a node, by its answers.

        False for others' logs: their own nodes send those texts.
        """
        if self._origin not in self._members.logs(self._members.me):
            return False
        # In this order: an answer that comes in between makes too many texts count
        # as missing, never too few.
        if node not in self._sizes:
            self._sizes[node] = self._store.partners.get_peer(node).cosigned_size
        lacked = index in self._read_lacked(node, index).indexes
        ended = self._origin != self._members.origin(self._members.me)
        return lacked or (not ended and index >= self._sizes[node])

    def _read_lacked(self, node: str, index: int) -> "_Lacked":
        held = self._lacked.get(node)
        if held is None or not held.start <= index < held.end:
            found = self._store.retention.lacked_in(self._origin, node, index)
            whole = len(found) < LACKED_AT_ONCE
            end = SIZE_MAX + 1 if whole else found[-1] + 1
            held = self._lacked[node] = _Lacked(index, end, frozenset(found))
        return held

    def desk_lacks(self, index: int, desk: str) -> bool:
        """Return whether the text came after every point from which it watched."""
        if desk not in self._unread:
            after = self._store.retention.desk_read(desk)
            self._unread[desk] = self._store.retention.unread_from(self._origin, after)
        unread = self._unread[desk]
        return unread is not None and index >= unread


def _retention(members: Members, origin: str) -> int | None:
    """Return the retention in ms; None unless the log is a member's."""
    directory = members.directory(origin.partition(".fusion/")[0])
    return directory.retention if directory else None


Lacks = Callable[[TextsOfLog, StoredEntry], bool]


def shown_entry(
    store: Store, members: Members, past: Past, stored: StoredEntry, lacks: Lacks
) -> StoredEntry:
    """Hide a text that is over, except from a reader that `lacks` it."""
    if not (stored.wraps or stored.body):
        return stored
    texts = TextsOfLog(store, members, stored.origin)
    over = texts.over(envelope.split(stored.entry).core, past)
    if not over or lacks(texts, stored):
        return stored
    return replace(stored, wraps=(), body=b"")


def give_up_texts(store: Store, past: Past, now: int) -> int:
    """Stop requesting old texts; return how many.

    Each expired before it came, which was not certain when its entry came.
    """
    count = 0
    for origin in store.logs.origins():
        start = 0
        while page := store.texts.withdrawn(origin, start, ERASED_AT_ONCE):
            over = [
                at for at, entry in page if past(envelope.split(entry).core.expires)
            ]
            count += store.texts.give_up(origin, over, now) if over else 0
            start = page[-1][0] + 1
    return count


class Times(Struct, frozen=True):
    """`reason` is CLOCK if an operator decides by `now` (ms UTC) alone."""

    past: Past
    now: int
    reason: str = ""


def wall_clock_times(now: int) -> Times:
    """Return times by this node's clock alone."""
    return Times(lambda at: now > at, now, Reason.CLOCK)


def stored_times(store: Store, now: int) -> Times:
    """Return times as for a stopped node at `now`."""
    signed = store.retention.times().signed
    return Times(lambda at: now > at and signed > at, now)


def due_erasures(
    store: Store,
    members: Members,
    times: Times,
    seen: dict[str, int] | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Iterator[Erasure]:
    """Yield at most ERASED_AT_ONCE texts of one log at a time.

    `seen`, updated, holds the entry up to which each log was checked: once `enough` is
    true this returns early, and the next call continues there. It is empty at the end.
    """
    own = members.logs(members.me)
    seen = {} if seen is None else seen
    for origin in store.logs.origins():
        texts, start = TextsOfLog(store, members, origin), seen.get(origin, 0)
        while page := store.retention.held_texts(origin, start, ERASED_AT_ONCE):
            gone: list[int] = []
            unread: list[StoredUndelivered] = []
            for index, entry in page:
                core = envelope.split(entry).core
                if not texts.over(core, times.past):
                    continue
                lacking = texts.lacking(index, core)
                if lacking and not texts.over(core, times.past, LACKING_KEPT):
                    continue
                gone.append(index)
                if missed := tuple(sorted(set(lacking) - _authors(core))):
                    unread.append(
                        StoredUndelivered(origin, index, members.me, missed, times.now)
                    )
            if gone:
                mine = origin in own
                yield Erasure(origin, gone, times.now, times.reason, unread, mine)
            start = seen[origin] = page[-1][0] + 1
            if enough():
                return
    seen.clear()


def _authors(core: pb.Core) -> set[str]:
    """Return those with their own copy: the author's and the releaser's."""
    return {
        recipient.desk
        for recipient in core.recipients
        if recipient.recipient_class
        in {pb.RECIPIENT_CLASS_COPY, pb.RECIPIENT_CLASS_REVIEW}
    }


def count_due(store: Store, members: Members, times: Times) -> Counter[str]:
    found: Counter[str] = Counter()
    for some in due_erasures(store, members, times):
        found[some.origin] += len(some.indexes)
    return found


def erase(
    store: Store,
    members: Members,
    times: Times,
    seen: dict[str, int] | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Return how many were erased of each log.

    In short transactions, between which others read and append; it may be stopped
    anywhere and called again. `seen` and `enough` as there.
    """
    erased: Counter[str] = Counter()
    for some in due_erasures(store, members, times, seen, enough):
        erased[some.origin] += store.retention.erase(some)
    return erased


def erase_due(store: Store, members: Members, times: Times) -> Counter[str]:
    """Erase texts, with all traces in the files.

    Refusal(LOCKED) if another process reads an older state for long: then the texts are
    deleted, but still in the WAL.
    """
    erased = erase(store, members, times)
    store.retention.empty_wal()
    return erased


# Showing and erasing texts at a node.


def shown_to_desk(node: Node, stored: StoredEntry, desk: str) -> StoredEntry:
    return _kept(node, stored, lambda texts, one: texts.desk_lacks(one.index, desk))


def shown_to_peer(node: Node, stored: StoredEntry, peer: str) -> StoredEntry:
    return _kept(node, stored, lambda texts, one: texts.node_lacks(one.index, peer))


def _kept(node: Node, stored: StoredEntry, lacks: Lacks) -> StoredEntry:
    return shown_entry(node.store, node.members, node.signed_time.past, stored, lacks)


def record_watch(node: Node, desk: str, after: int) -> None:
    """Record that a desk begins to watch after arrival `after`, so it has the rest."""
    try:
        node.store.retention.note_read(desk, after, node.clock.now())
    except Refusal as refusal:
        if refusal.reason not in STORAGE:
            raise
        logger.warning("a desk's cursor was not kept: %s", refusal.reason)


def erase_expired(node: Node) -> int:
    """Return how many were erased.

    For UPKEEP_TIME, or a page of a log: the next call continues at
    `schedule.erased_to`, empty at the end of a round. The deciding times are stored
    first, for `fsck`. Refusal(LOCKED) if another process reads the file for long.
    """
    node.signed_time.save(now=True)
    times = Times(node.signed_time.past, node.clock.now())
    until = node.clock.elapsed() + UPKEEP_TIME
    seen = node.schedule.erased_to
    try:
        erased = erase(
            *(node.store, node.members, times, seen),
            lambda: node.clock.elapsed() >= until,
        )
        if not seen:
            node.store.retention.empty_wal()
    finally:
        node.recent.clear()  # it may have texts that are erased now
    return erased.total()


# Notices to a log's node: texts erased before their desks took them.


def next_undelivered(
    node: Node, peer: str, reported: Sequence[rpc.Undelivered]
) -> list[rpc.Undelivered]:
    """Forget the `reported` notices; return the next ones.

    They name texts of its logs, for desks here, erased before these took them.
    """
    if reported:
        _forget(node, reported)
    return _owed(node, peer)


def _owed(node: Node, peer: str) -> list[rpc.Undelivered]:
    owed: list[StoredUndelivered] = []
    for origin in node.members.logs(peer):
        left = UNDELIVERED_TOLD - len(owed)
        owed += node.store.retention.undelivered(origin, left, by=node.name)
    return [
        rpc.Undelivered(origin=one.origin, index=one.index, desks=one.desks)
        for one in owed
    ]


def _forget(node: Node, reported: Sequence[rpc.Undelivered]) -> None:
    node.store.retention.forget_undelivered(
        StoredUndelivered(one.origin, one.index, node.name, tuple(one.desks), 0)
        for one in reported
    )


def record_undelivered(node: Node, peer: str, notice: rpc.Undelivered) -> None:
    """Refuse a notice that no partner may send.

    1. It names a log of this node and an entry in it (ORIGIN, POSITION).
    2. Its desks are addressed there, and are that partner's (RECIPIENTS).
    3. Before the entry has expired it is not kept: no node may have erased the text.
    """
    # 1
    origin, index = notice.origin, notice.index
    if origin not in node.members.logs(node.name):
        raise Refusal(Reason.ORIGIN, origin)
    found = node.store.entries.page(origin, index, 1)
    if [(one.index, one.reason) for one in found] != [(index, "")]:
        raise Refusal(Reason.POSITION, f"{origin}#{index}")
    # 2
    core = envelope.split(found[0].entry).core
    theirs = {
        recipient.desk
        for recipient in core.recipients
        if names.node_of(recipient.desk) == peer
    }
    desks = set(notice.desks)
    if not desks or not desks <= theirs:
        raise Refusal(Reason.RECIPIENTS, f"{origin}#{index}")
    # 3
    now = node.clock.now()
    if now <= core.expires:
        logger.warning("%s says that it erased %s#%d too early", peer, origin, index)
        return
    new = StoredUndelivered(origin, index, peer, tuple(sorted(desks)), now)
    if node.store.retention.note_undelivered(new):
        node.on_change()
