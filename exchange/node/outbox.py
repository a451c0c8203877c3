"""A partner's outbox: each log's position, the next batch, when to dial.

There is no queue to lose: the outbox is the log itself, from the position that the
partner holds. A batch ends at a head that was signed when its entries were appended, so
catching up only reads heads and signs nothing.
"""

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from exchange import envelope
from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger import checkpoint
from exchange.limits import (
    BACKOFF_FIRST,
    BACKOFF_MAX,
    BATCH_BYTES_MAX,
    BATCH_ENTRIES_MAX,
    LACKING_MAX,
    TEXTS_AT_ONCE,
)
from exchange.node import retention, told_refusals
from exchange.node.node import Node
from exchange.node.recent_batches import frame_batch
from exchange.store import ERASED, HELD, NEVER, Span, Store, StoredEntry, StoredHead
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2

logger = logging.getLogger(__name__)

SPANS_FIRST = 4  # spans read at first
T = TypeVar("T")


def next_batch(
    node: Node, peer: str, start: int, origin: str = "", *, check: bool = False
) -> rpc.Frame:
    """Return entries from `start` to the furthest head that fits a frame.

    `origin` defaults to the log that this node writes to. A missing text that the peer
    should get is marked absent, and delays nothing; so is a damaged one, with `check`,
    and one for a suspended nation. Raises Tampered if there are entries from `start` on
    but no head that fits.
    """
    store, origin = node.store, origin or node.origin
    recent = None if check else recent_batch(node, peer, origin, start)
    if recent is not None:
        return recent
    end = _end_of_batch(store, origin, start)
    entries = store.entries.page(origin, start, end - start)
    note = store.heads.note(origin, end)
    if len(entries) != end - start or note is None:
        raise Tampered(Reason.MISSING, f"{origin}#{start}")
    sent = [
        _envelope(
            entry, peer, check=check, withheld=_is_withheld(node, entry, peer)
        ).SerializeToString()
        for entry in entries
    ]
    directory = store.directories.note(origin, end)
    return frame_batch(origin, start, sent, note, directory)


def recent_batch(node: Node, peer: str, origin: str, start: int) -> rpc.Frame | None:
    """Return None if part of it is not in memory.

    Also None for a suspended nation: each entry is then chosen from the store.
    """
    suspended = node.posture.suspended
    if suspended and names.domain_of(peer) in suspended:
        return None
    return node.recent.batch(origin, start, peer)


def _is_withheld(node: Node, entry: StoredEntry, peer: str) -> bool:
    """Return whether to withhold the text; never in the partner's own log."""
    if not node.posture.withholds(peer, entry.kind):
        return False
    return entry.origin not in node.members.logs(peer)


def _end_of_batch(store: Store, origin: str, start: int) -> int:
    """Find the furthest head that fits a frame, by lengths only."""
    end, weight = start, 0
    for span in _spans(store, origin, start):
        weight += span.weight
        fits = weight <= BATCH_BYTES_MAX and span.size - start <= BATCH_ENTRIES_MAX
        if not (fits or span.size - start == 1):
            break
        end = span.size
    if end == start:
        raise Tampered(Reason.MISSING, f"{origin}#{start}")
    return end


def _spans(store: Store, origin: str, start: int) -> Iterator[Span]:
    limit = SPANS_FIRST
    while found := store.heads.spans(origin, start, limit):
        yield from found
        start, limit = found[-1].size, 4 * limit


def fitting(items: Iterable[T], weigh: Callable[[T], int]) -> Iterator[T]:
    total = 0
    for item in items:
        before, total = total, total + weigh(item)
        if before and total > BATCH_BYTES_MAX:
            return
        yield item


def weight(entry: bytes, wraps: Sequence[bytes], body: bytes) -> int:
    return len(entry) + sum(map(len, wraps)) + len(body)


def _envelope(
    entry: StoredEntry, peer: str, *, check: bool, withheld: bool
) -> pb.Envelope:
    """Return the envelope; only nodes of readers get wraps and body."""
    if not _concerns(entry, peer):
        return pb.Envelope(entry=entry.entry)
    if withheld and entry.wraps:
        return pb.Envelope(entry=entry.entry, absent=pb.ABSENT_LOST)
    if entry.wraps or entry.body:
        if not check or _sound(entry):
            return pb.Envelope(entry=entry.entry, wraps=entry.wraps, body=entry.body)
        logger.error("damaged, not sent: the text of %s#%d", entry.origin, entry.index)
    named = envelope.split(entry.entry).core.recipients
    if not named:
        return pb.Envelope(entry=entry.entry)
    return pb.Envelope(entry=entry.entry, absent=absence(entry))


def _concerns(entry: StoredEntry, peer: str) -> bool:
    return any(desk.partition(".")[2] == peer for desk in entry.desks)


def _sound(entry: StoredEntry) -> bool:
    try:
        parsed = envelope.split(entry.entry)
        envelope.check_payload(parsed, entry.wraps, entry.body)
    except Refusal:
        return False
    return True


def absence(entry: StoredEntry) -> "pb.Absent.ValueType":
    """Return the reason why a text is not shown.

    A HELD entry without its text is past its retention.
    """
    withheld = entry.state == HELD and not (entry.wraps or entry.body)
    if withheld or entry.state in {ERASED, NEVER}:
        return pb.ABSENT_ERASED
    return pb.ABSENT_LOST


def load_texts(
    node: Node, peer: str, origin: str, indexes: Sequence[int]
) -> list[rpc.Bodies]:
    bodies: list[rpc.Bodies] = []
    left = sorted(indexes)
    while len(bodies) < TEXTS_AT_ONCE and (
        page := node.store.entries.with_text(origin, left, TEXTS_AT_ONCE)
    ):
        bodies += [
            rpc.Bodies(origin=origin, index=one.index, wraps=one.wraps, body=one.body)
            for one in page
            if _concerns(one, peer)
            and (one.wraps or one.body)
            and not _is_withheld(node, one, peer)
        ]
        left = [index for index in left if index > page[-1].index]
    return bodies[:TEXTS_AT_ONCE]


def backoff(failures: int, draw: Callable[[], float] = random.random) -> int:
    """Return the ms to wait: exponential, full jitter."""
    ceiling = min(BACKOFF_MAX, BACKOFF_FIRST * 2 ** min(failures, 16))
    return max(BACKOFF_FIRST // 4, int(ceiling * draw()))


# The contents of a hello.

PAGE = 256  # entries looked at in one go


def lacking_texts(store: Store, origin: str) -> list[int]:
    """Return at most LACKING_MAX, cut off: later entries are unknown."""
    return store.texts.lacking(origin, LACKING_MAX)


def log_positions(store: Store) -> list[ledger_pb2.LogPosition]:
    """Return the newest heads with their newest lines."""
    named = []
    for origin in store.logs.origins():
        head = store.heads.newest_with_lines(origin)
        if head is not None:
            directory = store.directories.newest(origin)
            named.append(
                ledger_pb2.LogPosition(
                    origin=origin,
                    size=head.head.size,
                    head=head.note,
                    lacking=lacking_texts(store, origin),
                    directory=directory.note if directory else b"",
                )
            )
    return named


def hello_positions(node: Node, peer: str) -> list[ledger_pb2.LogPosition]:
    """Return positions, with the own head that the partner signed last.

    It tells a restored partner how far it has cosigned, if newer heads have no line of
    it. Heads have only the lines of their log and of the two nodes that greet: no node
    passes on a third one's line. Logs that no bundle names any more are left out.
    """
    members, store = node.members, node.store
    pinned = {log for name in (node.name, *members.peers) for log in members.logs(name)}
    named = [one for one in log_positions(store) if one.origin in pinned]
    size = store.partners.get_peer(peer).cosigned_size
    for held in store.heads.falling(node.origin, 1, size) if size else ():
        if all(held.note != other.head for other in named):
            named.append(
                ledger_pb2.LogPosition(
                    origin=node.origin, size=held.head.size, head=held.note
                )
            )
    lines = [*members.cosigner_keys(node.name), *members.cosigner_keys(peer)]
    for one in named:
        if one.origin in members.logs(peer):
            head = checkpoint.head_of(one.head)
            refused = told_refusals.newest_refused(node, one.origin)
            told_refusals.tell(node, one, head, refused)
        one.head = checkpoint.only(one.head, [*members.log_keys(one.origin), *lines])
        if one.origin in members.logs(node.name):
            del one.lacking[:]  # asked for in turn: lost_texts
    return named


# Requests of a partner.


def head(node: Node, request: rpc.GetHeadRequest) -> rpc.GetHeadResponse:
    """Return the newest head; empty if there is none."""
    held = node.store.heads.newest(request.origin)
    return rpc.GetHeadResponse(head=held.note if held else b"")


def entries(
    node: Node, peer: str, request: rpc.ListEntriesRequest
) -> rpc.ListEntriesResponse:
    limit = min(request.limit, PAGE)
    found = node.store.entries.page(request.origin, request.start, limit)
    envelopes = (
        shown_envelope(
            retention.shown_to_peer(node, entry, peer),
            readable=_concerns(entry, peer) and not _is_withheld(node, entry, peer),
        )
        for entry in found
    )
    sent = list(fitting(envelopes, pb.Envelope.ByteSize))
    if not sent:
        return rpc.ListEntriesResponse()
    head = _last_head(node, request.origin, request.start, len(sent))
    if head is None:
        return rpc.ListEntriesResponse(envelopes=sent)
    count = head.head.size - request.start
    return rpc.ListEntriesResponse(envelopes=sent[:count], head=head.note)


def _last_head(node: Node, origin: str, start: int, count: int) -> StoredHead | None:
    return node.store.heads.newest_within(origin, start, start + count)


def shown_envelope(stored: StoredEntry, *, readable: bool) -> pb.Envelope:
    sent = pb.Envelope(entry=stored.entry)
    if not readable:
        return sent
    sent.wraps.extend(stored.wraps)
    sent.body = stored.body
    if stored.state is not None and not (stored.wraps or stored.body):
        sent.absent = absence(stored)
    return sent
