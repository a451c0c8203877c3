"""The directory trees of logs as a desk computes them, checked against signed heads.

The own node shows a desk few entries of a log whole, but all of kind DIRECTORY: only
these have leaves in a second tree beside the log's. If a signed directory head has
another root, the desk asks for all of them once (docs/spec/ledger.md, "Directory
heads").
"""

from collections.abc import Callable, Mapping, Sequence

from exchange.desk.link.directory_signers import known_time, verify_directory
from exchange.desk.link.directory_states import (
    DirectoryStates,
    DoubtedHead,
    KnownDirectory,
)
from exchange.desk.mailbox import Mailbox
from exchange.desk.pinned_logs import Pinned
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint, directory_tree
from exchange.ledger.checkpoint import VerifiedHead
from exchange.ledger.directory_tree import Leaf
from exchange.ledger.merkle import Edge, leaf_hash

Listed = Sequence[tuple[int, bytes]]
"""(index, entry) of DIRECTORY entries, in order."""


class DirectoryReader:
    """Follows all logs; one thread, within a transaction."""

    def __init__(
        self, mailbox: Mailbox, pinned: Pinned, node: str, clock: Callable[[], int]
    ) -> None:
        self._mailbox = mailbox
        self._pinned = pinned
        self._node = node
        self._clock = clock
        self._followed: set[str] = set()
        self._states = DirectoryStates(mailbox)
        self._edges: dict[str, Edge] = {}
        self._roots: dict[str, dict[int, bytes]] = {}
        self._leaves: dict[str, list[Leaf]] = {}
        self._shown: dict[str, list[bytes]] = {}

    def forget_memory(self) -> None:
        self._edges.clear()
        self._roots.clear()
        self.drop_page()

    def drop_page(self) -> None:
        self._leaves.clear()
        self._shown.clear()

    def take(self, origin: str, index: int, entry: bytes, leaf: bytes) -> None:
        if directory_tree.is_directory(entry):
            self._leaves.setdefault(origin, []).append((index, leaf))

    def reach(self, origin: str, size: int) -> None:
        self._roots_of(origin)[size] = self._extend(origin, size).root()

    def show(self, origin: str, note: bytes) -> None:
        if note:
            self._shown.setdefault(origin, []).append(note)

    def finish(self, grown: Mapping[str, int]) -> None:
        """Write the edges of logs grown to these sizes, then check the shown heads."""
        for origin, size in grown.items():
            self._write(origin, self._extend(origin, size))
            self._follow(origin)
        for origin, notes in self._shown.items():
            if origin in self._pinned.origins:
                for note in notes:
                    self._compare(origin, note)
        self.drop_page()

    def _follow(self, origin: str) -> None:
        if origin not in self._followed:
            self._states.set_since(origin, self._clock())
            self._followed.add(origin)

    def _extend(self, origin: str, size: int) -> Edge:
        before, leaves = self._edge_of(origin), self._leaves.pop(origin, ())
        self._edges[origin] = directory_tree.extend(before, leaves, size)
        return self._edges[origin]

    def _write(self, origin: str, edge: Edge) -> None:
        self._states.set_edge(origin, edge)
        self._states.set_roots(origin, self._roots_of(origin))
        self._roots[origin] = self._states.roots(origin)

    def _edge_of(self, origin: str) -> Edge:
        """Rebuild the edge from the filed entries if an earlier program kept none.

        If some are missing, the next directory head shows it.
        """
        if origin not in self._edges:
            edge = self._states.edge(origin)
            if edge is None:
                size = self._mailbox.logs.tree(origin).size
                filed = self._mailbox.logs.statements(origin)
                leaves = [(at, leaf_hash(entry)) for at, entry in filed]
                edge = directory_tree.extend(Edge.empty(), leaves, size)
                self._roots_of(origin)[size] = edge.root()
            self._edges[origin] = edge
        return self._edges[origin]

    def _roots_of(self, origin: str) -> dict[int, bytes]:
        if origin not in self._roots:
            self._roots[origin] = self._states.roots(origin)
        return self._roots[origin]

    def _compare(self, origin: str, note: bytes) -> None:
        """Compare a directory head with the root computed here.

        1. It is newer than the known one, and was signed by the log's keys.
        2. Equal: the directory is known up to it. A doubt is over.
        3. Else it is doubted, until the node was asked.
        """
        # 1
        try:
            size = checkpoint.head_of(note).size
            edge = self._edge_of(origin)
            root = self._roots_of(origin).get(size)
            known = self._states.known(origin)
            if root is None or (known is not None and size < known.size):
                return
            verified = verify_directory(note, origin, self._pinned)
        except FusionError:
            return  # worthless: as if it had not been shown
        # 2
        if verified.head.root == root:
            self._agree(origin, verified, edge)
            return
        # 3
        doubt = self._states.doubt(origin)
        if doubt is None or doubt.size < size:
            asked = doubt.asked if doubt else 0
            self._states.set_doubt(origin, DoubtedHead(size, note, asked))

    def _agree(self, origin: str, verified: VerifiedHead, edge: Edge) -> None:
        size = verified.head.size
        time_s = known_time(verified, origin, self._pinned, self._node)
        if not time_s:
            return
        if edge.size == size:
            self._states.set_base(origin, edge)
        known = self._states.known(origin)
        if known is None or (known.size, known.time_s) < (size, time_s):
            new = KnownDirectory(size, time_s, verified.note)
            self._states.set_known(origin, new)
        doubt = self._states.doubt(origin)
        if doubt is not None and doubt.size <= size:
            self._states.set_doubt(origin, None)

    # Entries that the node left out.

    def start(self, origin: str) -> int | None:
        """Return None if there is no need to ask for DIRECTORY entries."""
        doubt = self._states.doubt(origin)
        if doubt is None or doubt.asked == doubt.size:
            return None
        return self._states.base(origin).size

    def take_listed(self, origin: str, listed: Listed) -> Listed:
        """Return those listed entries that the root of the doubted head proves.

        Entries above it count if they were filed.
        """
        doubt = self._states.doubt(origin)
        if doubt is None:
            return ()
        found = [one for one in listed if directory_tree.is_directory(one[1])]
        below = [one for one in found if one[0] < doubt.size]
        try:
            edge = self._settle(origin, doubt, below)
        except FusionError:  # out of order, or another root
            asked = DoubtedHead(doubt.size, doubt.note, asked=doubt.size)
            self._states.set_doubt(origin, asked)
            return ()
        filed = self._mailbox.logs.statements(origin)
        leaves = [(at, leaf_hash(one)) for at, one in filed if at >= edge.size]
        size = self._mailbox.logs.tree(origin).size
        edge = self._edges[origin] = directory_tree.extend(edge, leaves, size)
        self._roots[origin] = {size: edge.root()}
        self._write(origin, edge)
        return below

    def _settle(self, origin: str, doubt: DoubtedHead, listed: Listed) -> Edge:
        """Settle a doubted head; Refusal(ROOT) if the entries differ."""
        leaves = [(at, leaf_hash(entry)) for at, entry in listed]
        base = self._states.base(origin)
        edge = directory_tree.extend(base, leaves, doubt.size)
        verified = verify_directory(doubt.note, origin, self._pinned)
        if verified.head.root != edge.root():
            raise Refusal(Reason.ROOT, origin)
        self._states.set_doubt(origin, None)
        self._agree(origin, verified, edge)
        return edge


def is_doubted(mailbox: Mailbox, origin: str, index: int) -> bool:
    states = DirectoryStates(mailbox)
    doubt = states.doubt(origin)
    return bool(doubt and doubt.asked) and index >= states.base(origin).size
