"""Cosigners' lines under heads of a log, which only its owner passes on.

A cosigner sends its line to the log's owner only. The owner sends each member, in a
Cosigned of its own log, the lines showing that the log's policy is met, and that a
bulletin for the member's desks has reached the other nodes addressed
(docs/spec/frames.md, "Lines shown on"). So lines never circulate.
"""

from collections.abc import Mapping

from exchange.ledger import checkpoint
from exchange.ledger.note import Key, Vkey, parse_note
from exchange.limits import (
    ADDRESSED_SOUGHT,
    LINES_SHOWN_EVERY,
    LINES_SHOWN_SHARE,
    LINES_SOUGHT,
    SECOND,
)
from exchange.node import peer_heads
from exchange.node.node import LinesShown, Node
from exchange.v1 import exchange_service_pb2 as rpc

# By the owner.


class LinesForPeer:
    """The others' lines that a stream has shown its peer under own heads.

    The time and size of the last showing outlive the stream: `Node.lines_shown`.
    """

    def __init__(self, node: Node, peer: str) -> None:
        self._node = node
        self._peer = peer
        self._size = 0  # of the head shown last
        self._keys: frozenset[Key] = frozenset()  # of the lines shown under it
        self._delivered = 0  # below it the lines of all addressed nodes were shown
        self._looked = (-1, 0)  # number of lines, and entries at the peer

    def next(self, held: int, rate: float) -> rpc.Cosigned | None:
        """Return None if there is nothing new or it is too early.

        `held`: entries of the log that the peer holds; `rate`: bytes/s of its line, 0
        if not measured.

        1. Some node has lines that the peer could not know.
        2. Enough time passed since the last head, by the clock and by the rate.
        3. A new line came since.
        4. A head has lines to show.
        """
        node = self._node
        # 1
        others = _vkeys(node, node.name, without=(node.name, self._peer))
        if not others:
            return None
        # 2
        now = node.clock.elapsed()
        if (last := node.lines_shown.get(self._peer)) is not None:
            share = last.size * LINES_SHOWN_SHARE * SECOND / rate if rate else 0
            if now - last.at < max(LINES_SHOWN_EVERY, share):
                return None
        # 3
        looked = node.cosigned_sizes.changes, held
        if looked == self._looked:
            return None
        self._looked = looked
        # 4
        note = self._find(held, others)
        if note is None:
            return None
        node.lines_shown[self._peer] = LinesShown(now, len(note))
        return rpc.Cosigned(origin=node.origin, size=self._size, head=note)

    def _find(self, held: int, others: Mapping[Key, Vkey]) -> bytes | None:
        """Return the newest head that meets the policy.

        The peer has each head that has its own line. None if it was shown these lines.
        """
        node = self._node
        policy = node.members.policy(node.name)
        theirs = {vkey.key for vkey in node.members.cosigner_keys(self._peer)}
        below = min(held, node.cosigned_sizes.agreed(policy))
        for stored in node.store.heads.falling(node.origin, LINES_SOUGHT, below):
            size = stored.head.size
            signed = {line.key for line in parse_note(stored.note).lines}
            lines = signed - node.members.ends.revoked
            needed = policy.fewest(lines, theirs)
            if needed is None or not lines & theirs:
                continue
            keys = (needed | self._delivering(size, lines)) & others.keys()
            if size < self._size or (size == self._size and keys <= self._keys):
                return None
            self._size, self._keys = size, keys
            shown = [others[key] for key in keys]
            log = node.members.log_keys(node.origin)
            return checkpoint.only(stored.note, [*log, *shown]) if shown else None
        return None

    def _delivering(self, size: int, lines: set[Key]) -> set[Key]:
        """Return lines that show bulletins as delivered to other nodes.

        By the newest such entries below `size`, above the entries already covered.
        """
        node = self._node
        start = max(self._delivered, size - ADDRESSED_SOUGHT)
        groups = (
            {desk.partition(".")[2] for desk in desks}
            for desks in node.store.entries.readers(node.origin, start, size)
        )
        named = {name for nodes in groups if self._peer in nodes for name in nodes}
        peers = named & set(node.members.peers) - {self._peer}
        keys = {
            name: {vkey.key for vkey in node.members.cosigner_keys(name)} & lines
            for name in peers
        }
        if all(keys.values()):
            self._delivered = size
        return {key for some in keys.values() for key in some}


def _vkeys(node: Node, owner: str, without: tuple[str, ...]) -> dict[Key, Vkey]:
    """Return those of its policy and of members, except `without`."""
    members = node.members
    left_out = {vkey.key for name in without for vkey in members.cosigner_keys(name)}
    mirrors = [
        vkey
        for name in (node.name, *members.peers)
        if name != owner
        for vkey in members.cosigner_keys(name)
    ]
    # A policy cannot replace a pinned key.
    known = {vkey.key: vkey for vkey in (*members.policy(owner).vkeys, *mirrors)}
    left_out |= members.ends.revoked
    return {key: vkey for key, vkey in known.items() if key not in left_out}


# By the other members.


def keep(node: Node, peer: str, shown: rpc.Cosigned) -> None:
    """Keep the lines under a head of its own log.

    1. The head is of one of that partner's logs, and of the stored tree.
    2. Each line by a relevant key verifies; others are ignored.
    3. They are added to that head, if it is kept here.

    Raises Refusal(ORIGIN | HEAD | NOTE | FORK | COSIGNATURE) and keeps nothing then.
    """
    # 1
    origin, store = shown.origin, node.store
    verified = peer_heads.head_of(node, peer, shown)
    size = verified.head.size
    if size > store.logs.size(origin) or origin in node.forks:
        peer_heads.take_head(node, shown.head, promise=True)
        return
    peer_heads.compare_head(node, verified)
    # 2
    if (note := _verified_lines(node, peer, origin, shown.head)) is None:
        return
    # 3
    with node.lock:
        if store.heads.note(origin, size) is None:
            return
        store.heads.add_lines(origin, size, note, node.clock())
    node.on_change()


def with_shown_lines(node: Node, owner: str, origin: str, note: bytes) -> bytes:
    """Add others' lines, so that a node that catches up gets them at once.

    Refusal(COSIGNATURE) if one does not verify.
    """
    lines = _verified_lines(node, owner, origin, note)
    return lines or checkpoint.only(note, node.members.log_keys(origin))


def _verified_lines(node: Node, owner: str, origin: str, note: bytes) -> bytes | None:
    """Return the log's and others' valid lines; None without others'.

    The own line is left out: this node adds it itself once it has the entries.
    """
    log = node.members.log_keys(origin)
    of_log = {vkey.key for vkey in log}
    if all(line.key in of_log for line in parse_note(note).lines):
        return None
    known = _vkeys(node, owner, without=(node.name,))
    times = node.members.ends.line_times(note, known.values())
    if not times:
        return None
    nodes = {checkpoint.cosigner_name(name): name for name in node.members.peers}
    for (name, _), time_s in times.items():
        node.signed_time.heard(nodes.get(name, name), time_s * SECOND)
    counted = checkpoint.only(note, [known[key] for key in times])
    return checkpoint.completed(checkpoint.only(note, log), counted)
