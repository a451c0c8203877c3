"""Apply arrivals from the own node: a whole page, or none of it.

A page and its cursor are written in one transaction, so a kill neither loses nor
doubles anything, and two programs of one desk may watch at once. The node is not
trusted: each root is rebuilt from the leaves, each entry judged again, and *delivered*
and *cosigned* come from partners' lines under those roots.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from exchange import envelope
from exchange.desk.incoming.examine_entry import Preparation
from exchange.desk.incoming.file_entry import Unopened
from exchange.desk.link import heads
from exchange.desk.link.directories import DirectoryReader, Listed
from exchange.desk.link.draft_reader import DraftReader
from exchange.desk.link.entries import EntryFiler, is_bare
from exchange.desk.link.log_states import LogStates, Look
from exchange.desk.link.lost_branch import note_lost
from exchange.desk.link.partner_notices import PartnerNotices
from exchange.desk.link.signed_time import DeskSignedTime
from exchange.desk.link.urgent import UrgentFiler
from exchange.desk.mailbox import BareLeaf, DeskHead, LogTree, Mailbox
from exchange.desk.officer import ReadingDesk
from exchange.desk.pinned_logs import Pinned
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import HASH_SIZE, Edge, leaf_hash
from exchange.trust import rules
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2

Claim = tuple[bytes, Head, frozenset[str]]
Prepared = Sequence[Preparation | None]
"""For each arrival of a page, its early examination, if any."""
NOTHING: Mapping[str, bytes] = {}


class ArrivalReader:
    """One thread at a time."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that surrounds it
        self,
        mailbox: Mailbox,
        pinned: Pinned,
        reader: ReadingDesk,
        node: str,
        clock: Callable[[], int],
        unopened: Unopened,
    ) -> None:
        self._mailbox = mailbox
        self._pinned = pinned
        self._reader, self._node, self._clock = reader, node, clock
        self._states = LogStates(mailbox)
        self._time = DeskSignedTime(mailbox, pinned, node, clock)
        surroundings = mailbox, pinned, reader, node, clock, unopened
        self._entries = EntryFiler(*surroundings)
        self.turns = self._entries.turns
        self.read_newer = self._entries.read_newer
        self._urgent = UrgentFiler(*surroundings)
        self.drafts = DraftReader(mailbox, pinned, reader, node, clock)
        self._notices = PartnerNotices(mailbox, pinned, node, clock)
        self.directories = DirectoryReader(mailbox, pinned, node, clock)
        self._cursor = -1
        self._edges: dict[str, Edge] = {}
        self._roots: dict[str, dict[int, bytes]] = {}
        self._claims: dict[str, list[Claim]] = {}
        self._grown: set[str] = set()
        self._bare: list[BareLeaf] = []

    def load(self) -> int:
        """Refresh memory; return the cursor.

        It goes back, skipping known entries, after a nation was imported. A log
        continued by another is read again: it was forked, and its entries may be of the
        wrong branch.
        """
        with self._mailbox.database.transaction():
            origins = sorted(self._pinned.origins)
            before = self._states.origins()
            if origins != before:
                self._states.set_origins(origins)
                if new := set(origins) - set(before):
                    self._mailbox.logs.set_cursor(self._node, 0)
                    self._forget_ended(new)
            return self._refresh()

    def reload(self) -> int:
        self._cursor = -1
        return self.load()

    def _forget_ended(self, new: Iterable[str]) -> None:
        for origin in new:
            opening = self._pinned.opening(origin)
            if opening is not None:
                self._mailbox.logs.forget(opening.before)
                self._states.forget(opening.before)

    @property
    def mark(self) -> str:
        """The last arrival taken; the node must still have it there."""
        return self._states.mark(self._node)

    def begin_again(self) -> None:
        """Read a node that was restored meanwhile; known entries are skipped."""
        with self._mailbox.database.transaction():
            self._mailbox.logs.set_cursor(self._node, 0)
            self._states.set_mark(self._node, "")
            self._states.set_look(self._node, Look())
            self._states.forget_lacking(self._pinned.logs(self._node))

    def _refresh(self) -> int:
        """Read pages that another program of this desk applied meanwhile."""
        cursor = self._mailbox.logs.cursor(self._node)
        if cursor != self._cursor:
            self._reader.reread_ring()
            for origin in self._pinned.origins:
                tree = self._mailbox.logs.tree(origin)
                self._edges[origin] = Edge(tree.size, tree.hashes)
                self._roots[origin] = self._states.roots(origin)
            for node in self._pinned:
                said = map(self._mailbox.logs.statements, self._pinned.logs(node))
                self._pinned.restore(node, [one for log in said for one in log])
            self.directories.forget_memory()
            self._cursor = cursor
        return cursor

    def size(self, origin: str) -> int:
        edge = self._edges.get(origin)
        return edge.size if edge else 0

    def prepare(self, page: Sequence[pb.Arrival]) -> Prepared:
        """Examine entries that match an accepted form; from any thread."""
        return [
            self._entries.prepare(arrival.entry) if arrival.HasField("entry") else None
            for arrival in page
        ]

    def apply(
        self, page: Sequence[pb.Arrival], prepared: Prepared | None = None
    ) -> None:
        """Raise Refusal(POSITION) if arrivals or leaves are missing."""
        try:
            with self._mailbox.database.transaction():
                cursor, mark = self._refresh(), self.mark
                found = prepared or [None] * len(page)
                self._entries.note_absent([one.name for one in found if one])
                for arrival, one in _after(cursor, zip(page, found, strict=True)):
                    self._arrival(arrival, one)
                    cursor, mark = arrival.number, arrival.mark
                self._entries.write_waiting()
                self._mailbox.bare_leaves.put(self._bare)
                self._urgent.take_waiting(self._entries.take_late)
                self._finish()
                self._mailbox.logs.set_cursor(self._node, cursor)
                self._states.set_mark(self._node, mark)
        except BaseException:
            self._cursor = -1  # memory may be ahead of the disk
            self._entries.drop_waiting()
            raise
        finally:
            self._claims, self._grown, self._bare = {}, set(), []
            self._notices.drop_page()
            self._entries.note_absent(())
        self._cursor = cursor

    def apply_urgent(self, urgent: Sequence[pb.Urgent]) -> None:
        """File urgent entries before they arrive by number; nothing else moves."""
        with self._mailbox.database.transaction():
            self._refresh()
            for one in urgent:
                self._urgent.take(one)

    def apply_again(self, page: Sequence[pb.Arrival]) -> bool:
        """Take entries once shown as bare leaves; return whether one was owed to us."""
        news = False
        with self._mailbox.database.transaction():
            self._refresh()
            for arrival in page:
                if arrival.HasField("entry"):
                    news |= self._entries.take_again(arrival.entry, arrival.number)
            if news:  # statements may have come out of order
                self._cursor = -1
        return news

    def apply_heads(
        self, notes: Sequence[bytes], directories: Mapping[str, bytes] = NOTHING
    ) -> None:
        """Apply heads that were not shown as arrivals.

        `directories` are directory heads, by the origins of their logs.
        """
        try:
            with self._mailbox.database.transaction():
                self._refresh()
                for note in notes:
                    self._head(note)
                for origin, note in directories.items():
                    self.directories.show(origin, note)
                self._finish()
        finally:
            self._claims, self._grown = {}, set()
            self._notices.drop_page()

    def apply_directory(self, origin: str, listed: Listed) -> None:
        """Take a listed directory; proven entries not shown before are filed late."""
        with self._mailbox.database.transaction():
            self._refresh()
            self._cursor = -1  # memory may be ahead of the disk, or out of order
            filed = {index for index, _ in self._mailbox.logs.statements(origin)}
            for index, entry in self.directories.take_listed(origin, listed):
                if index not in filed:
                    self._entries.take_proven(origin, index, entry)
            self._entries.write_waiting()

    def apply_text(self, arrived: pb.EntryArrived) -> None:
        """Complete an entry whose text was missing, if this brings it."""
        with self._mailbox.database.transaction():
            self._refresh()
            self._entries.complete(arrived)

    def _arrival(self, arrival: pb.Arrival, prepared: Preparation | None) -> None:
        if arrival.HasField("entry"):
            self._entry(arrival.entry, arrival.number, prepared)
            return
        if arrival.HasField("head"):
            self._head(arrival.head.head, arrival.head.directory)
            return
        self._entries.write_waiting()
        if arrival.HasField("refusal"):
            self._notices.take_refusal(arrival.refusal)
        elif arrival.HasField("text"):
            self._entries.complete(arrival.text)
        elif arrival.HasField("lacking"):
            known = self.size(arrival.lacking.origin)
            self._notices.take_lacking(arrival.lacking, known)
        elif arrival.HasField("undelivered"):
            self._notices.take_undelivered(arrival.undelivered)

    def _entry(
        self, arrived: pb.EntryArrived, number: int, prepared: Preparation | None
    ) -> None:
        """1. Its leaf is the next of a pinned log. 2. Judged, opened and filed.

        The entry is judged here, whatever the node's verdict; for a bare leaf the hash
        is kept. The first entry of a log that continues another says where the other
        ends: messages missing up to there are lost.
        """
        origin, index, sent = arrived.origin, arrived.index, arrived.envelope
        if origin not in self._pinned.origins:
            return
        # 1
        edge = self._edges[origin]
        if index < edge.size:
            self._entries.take_again(arrived, number)
            return
        leaf = leaf_hash(sent.entry) if sent.entry else arrived.leaf
        if index > edge.size or len(leaf) != HASH_SIZE:
            raise Refusal(Reason.POSITION, f"{origin}#{edge.size}")
        self._edges[origin] = edge.extend([leaf]).edge
        self.directories.take(origin, index, sent.entry, leaf)
        self._grown.add(origin)
        # 2
        opens = None if index else self._pinned.opening(origin)
        if opens is None and is_bare(arrived):
            self._bare.append(BareLeaf(origin, index, number, leaf))
            return
        try:
            if opens is not None:
                self._check_end(opens, sent)
                self._entries.write_waiting()
                desk, now = self._reader.desk, self._clock()
                note_lost(self._mailbox, desk, opens.before, now)
        except Refusal as refusal:
            self._states.set_alarm(origin, refusal.reason, index)
            return
        self._entries.take(arrived, opens, prepared)

    def _check_end(self, opens: rules.Opening, sent: envelope_pb2.Envelope) -> None:
        """Raise HEAD unless a log continues where the one before it ends here."""
        end = opens.end(envelope.split(sent.entry).core.clear).head
        edge = self._edges[opens.before]
        if (end.size, end.root) != (edge.size, edge.root()):
            raise Refusal(Reason.HEAD, f"{end.origin}#{end.size}")

    def _head(self, note: bytes, directory: bytes = b"") -> None:
        """Ignore it unless its root was rebuilt here.

        `directory` is its directory head.
        """
        try:
            head, signers = heads.peek(note)
        except Refusal:
            return
        origin = head.origin
        if origin not in self._pinned.origins:
            return
        edge, roots = self._edges[origin], self._roots[origin]
        if head.size == edge.size and head.size not in roots:
            roots[head.size] = edge.root()
            self.directories.reach(origin, head.size)
            self._grown.add(origin)
        self.directories.show(origin, directory)
        if head.size in roots:
            known = signers & {origin, *self._pinned.cosigners(origin)}
            self._claims.setdefault(origin, []).append((note, head, known))

    def _finish(self) -> None:
        self.directories.finish({log: self._edges[log].size for log in self._grown})
        self._notices.write()
        for origin, claims in self._claims.items():
            self._believe(origin, claims)
        for origin in self._grown:
            edge = self._edges[origin]
            self._mailbox.logs.set_tree(origin, LogTree(edge.size, edge.hashes))
            self._states.set_roots(origin, self._roots[origin])
            self._roots[origin] = self._states.roots(origin)

    def _believe(self, origin: str, claims: list[Claim]) -> None:
        """Verify only the few notes that matter, and any with another root."""
        roots = self._roots[origin]
        other = [claim[0] for claim in claims if claim[1].root != roots[claim[1].size]]
        same = [claim for claim in claims if claim[1].root == roots[claim[1].size]]
        keys = heads.HeadKeys.of(self._pinned, origin)
        before = cover = self._states.cover(origin)
        said = sizes = self._states.cosigner_sizes(origin)
        for note in [*other, *heads.choose(same)]:
            size = heads.peek(note)[0].size
            try:
                believed = heads.believe(note, keys, roots[size])
            except FusionError as error:
                self._states.set_alarm(origin, error.reason, size)
                continue
            if believed is None:
                continue
            self._keep(origin, believed)
            self._time.heard(origin, believed)
            cover = heads.extend(cover, size, believed.lines)
            sizes = heads.extend(sizes, size, believed.sizes)
        if cover != before:
            self._states.set_cover(origin, cover)
        if sizes != said:
            self._states.set_cosigner_sizes(origin, sizes)
        self._notices.delivery_state(origin).settle(before, cover, sizes)

    def _keep(self, origin: str, believed: heads.Believed) -> None:
        size, held = believed.head.size, self._mailbox.logs.head(origin)
        if held is None or (held.size <= size and held.note != believed.note):
            self._mailbox.logs.put_head(
                DeskHead(
                    origin=origin,
                    size=size,
                    root=believed.head.root,
                    note=believed.note,
                    time_s=believed.time_s,
                    cosigned=believed.lines,
                )
            )
        kept = self._states.newest_cosigned(origin)
        newer = kept is None or (kept.size <= size and kept.note != believed.note)
        if believed.lines and newer:
            self._states.set_cosigned(origin, believed)
        met = self._pinned.policy(origin).met(believed.counted)
        if met is not None:
            proven_s = max(met, believed.time_s)
            self._mailbox.logs.note_proven(origin, size, proven_s)


def _after(
    cursor: int, page: Iterable[tuple[pb.Arrival, Preparation | None]]
) -> Iterator[tuple[pb.Arrival, Preparation | None]]:
    """Yield each number once, without a gap."""
    for arrival, prepared in page:
        if arrival.number <= cursor:
            continue
        cursor += 1
        if arrival.number != cursor:
            raise Refusal(Reason.POSITION, "arrivals")
        yield arrival, prepared
