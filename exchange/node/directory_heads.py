"""Directory heads: signed for the own log, compared and cosigned for partners' logs.

They commit to a log's DIRECTORY entries, so that no node can hide one from its desk as
a bare leaf (docs/spec/ledger.md, "Directory heads"). Nothing else depends on them: a
mismatch is kept as evidence and raises an alarm, and the log goes on.
"""

import logging
from collections.abc import Iterator, Sequence

from exchange.errors import STORAGE, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import VerifiedHead
from exchange.ledger.directory_head import (
    directory_head,
    sign_directory_head,
)
from exchange.ledger.note import parse_note
from exchange.limits import HEARTBEAT, LIST_MAX, SECOND
from exchange.node import outbox
from exchange.node.node import Node
from exchange.store import DirectoryFault, StoredHead
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import exchange_service_pb2 as rpc

logger = logging.getLogger(__name__)


# The own log.


def sign_with(node: Node, heads: Sequence[StoredHead]) -> bytes:
    """Sign and keep a directory head at the end of the own log.

    Its note is empty if none is due: no new DIRECTORY entry, and the last is less than
    a minute old. The caller holds the node's lock.
    """
    if not heads or not _is_due(node):
        return b""
    return _sign(node, heads[-1])


def renew(node: Node) -> None:
    """Sign a new directory head once the last is a minute old."""
    if not _is_due(node):
        return
    with node.lock:
        newest = node.store.heads.newest(node.origin)
        if newest is None or not node.may_sign:
            return
        if newest.head.size == node.store.logs.size(node.origin):
            _sign(node, newest)


def _is_due(node: Node) -> bool:
    state = node.directory
    if state.stated or state.signed_at is None:
        return True
    return node.clock.elapsed() - state.signed_at >= HEARTBEAT


def _sign(node: Node, newest: StoredHead) -> bytes:
    """Sign nothing if another root was signed at this size.

    Then the database was replaced. Times of lines never fall, even if the clock does.
    """
    origin, keys, state = node.origin, node.keys, node.directory
    state.stated, state.signed_at = False, node.clock.elapsed()
    edge = node.store.directories.edge(origin)
    before = node.store.directories.newest(origin)
    same_size = before is not None and before.head.size == edge.size
    if before is not None and same_size and before.head.root != edge.root():
        fault = DirectoryFault(node.name, edge.size, before.note, node.clock())
        _doubt(node, origin, fault)
        return b""
    earlier_s = checkpoint.signed_at(before.note, origin) if before else 0
    time_s = max(node.clock() // SECOND, earlier_s)
    note = sign_directory_head(origin, edge, keys.log, keys.log_pq, time_s)
    new = StoredHead(directory_head(origin, edge), note, node.clock())
    node.store.directories.put(origin, new)
    state.shown = rpc.Cosigned(
        origin=origin,
        size=newest.head.size,
        head=checkpoint.only(newest.note, node.members.log_keys(origin)),
        directory=note,
    )
    return note


def hear_mirror(node: Node, peer: str, note: bytes, *, answers: bool = True) -> None:
    """Take an answer without the partner's line as a mismatch."""
    origin, ends = node.origin, node.members.ends
    mirror = ends.unrevoked(node.members.cosigner_keys(peer))
    if ends.line_times(note, mirror):
        if node.store.directories.add_line(origin, checkpoint.only(note, mirror)):
            node.on_change()
        return
    head = checkpoint.head_of(note)
    kept = node.store.directories.note(origin, head.size)
    if answers and kept and parse_note(kept).text == parse_note(note).text:
        _doubt(node, origin, DirectoryFault(peer, head.size, kept, node.clock()))


# Partners' logs.


def hear_owner(node: Node, origin: str, note: bytes) -> None:
    """Compare a directory head of a partner's log with the root computed here.

    1. The log's two keys signed it, before they ended.
    2. The replica has reached it, and it is newer than the kept one.
    3. If the roots are equal it is kept with the own line, which the next answer
       carries. Otherwise it is evidence, and the answer returns it without a line.
    """
    # 1
    keys = node.members.log_keys(origin)
    verified = node.members.ends.verify_directory_head(note, origin, keys)
    head, store = verified.head, node.store
    # 2
    if head.size > store.logs.signed_size(origin) or not _is_newer(
        node, origin, verified
    ):
        return
    # 3
    note = checkpoint.only(note, keys)
    if store.directories.root_at(origin, head.size) != head.root:
        owner = node.members.node_of(origin)
        _doubt(node, origin, DirectoryFault(owner, head.size, note, node.clock()))
        node.directory.answers[origin] = note
        return
    if _may_cosign(node, origin, head.size):
        name = checkpoint.cosigner_name(node.name)
        note = checkpoint.cosign(note, name, node.keys.mirror, node.clock() // SECOND)
        mine = node.members.cosigner_keys(node.name)
        node.directory.answers[origin] = checkpoint.only(note, mine)
    store.directories.put(origin, StoredHead(head, note, node.clock()))
    node.on_change()


def _is_newer(node: Node, origin: str, verified: VerifiedHead) -> bool:
    held = node.store.directories.newest(origin)
    if held is None:
        return True
    kept = held.head.size, checkpoint.signed_at(held.note, origin)
    return kept < (verified.head.size, verified.time_s)


def _may_cosign(node: Node, origin: str, size: int) -> bool:
    head = node.store.heads.newest(origin)
    if head is None or origin in node.forks or size > head.head.size:
        return False
    return node.may_cosign(head.head)


def take_answer(node: Node, origin: str) -> bytes:
    """Return the answer once; b"" if there is none."""
    return node.directory.answers.pop(origin, b"")


def hear(node: Node, peer: str, origin: str, note: bytes, *, answers: bool) -> None:
    """Compare a head; a wrong one is logged and ignored.

    `answers`: it answers a head that was sent. Raises the store's refusals.
    """
    if not note:
        return
    try:
        if origin == node.origin:
            hear_mirror(node, peer, note, answers=answers)
        elif origin in node.members.logs(peer) and node.store.logs.size(origin):
            hear_owner(node, origin, note)
    except Refusal as refusal:
        if refusal.reason in STORAGE:
            raise
        logger.warning("directory head of %s from %s: %s", origin, peer, refusal.reason)


def _doubt(node: Node, origin: str, fault: DirectoryFault) -> None:
    if node.store.directories.note_fault(origin, fault):
        logger.error("directory of %s: not the one of %s", origin, fault.by)
        node.on_change()


def alarms(node: Node) -> Iterator[desk_pb.Alarm]:
    for origin, fault in node.store.directories.faults():
        where = f"{origin} {fault.by}"
        yield desk_pb.Alarm(reason=Reason.DIRECTORY, where=where, at=fault.at)


# To desks.


def list_entries(
    node: Node, request: desk_pb.ListDirectoryRequest
) -> desk_pb.ListDirectoryResponse:
    if not node.store.logs.size(request.origin):
        return desk_pb.ListDirectoryResponse()
    found = node.store.directories.entries(request.origin, request.start, LIST_MAX)
    listed = (desk_pb.ListedEntry(index=at, entry=entry) for at, entry in found)
    fitting = outbox.fitting(listed, desk_pb.ListedEntry.ByteSize)
    return desk_pb.ListDirectoryResponse(entries=fitting)
