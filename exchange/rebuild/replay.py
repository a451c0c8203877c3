"""The logs, replayed into a new database by the code that takes a partner's batch.

So all derived rows are made again.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from exchange.envelope_parser import ReceivedBatch
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import SIZE_MAX
from exchange.ledger.note import Key, Note, Vkey
from exchange.ledger.policy import Policy
from exchange.node import batch_verdict
from exchange.node.members import Members
from exchange.rebuild import notes, texts
from exchange.rebuild.history import History, Piece
from exchange.store import NewBatch, NewEntry, Store
from exchange.trust import policies
from exchange.trust.directory import Directory
from exchange.trust.entry_facts import EntryFacts
from exchange.trust.retention import Past

Progress = Callable[[str, int, int], None]
"""Called with origin, entries done, entries in all."""


class Replay(Struct):
    """`now` is ms UTC.

    `past` returns whether a time is over by this clock and by signed time.
    """

    store: Store
    members: Members
    now: int
    past: Past
    progress: Progress
    _witnesses: dict[str, dict[Key, Vkey]] = field(default_factory=dict)
    _readers: dict[bytes, tuple[str, ...]] = field(default_factory=dict)

    def run(self, histories: Mapping[str, History]) -> None:
        """Append in the order in which the heads were stored.

        A log's pieces stay in order, and a successor log starts after its predecessor
        ends. So the readers of a receipt, which may refer to an entry in another log,
        come out the same.
        """
        pieces = {origin: one.pieces() for origin, one in histories.items()}
        ready: dict[str, Piece] = {}
        while pieces:
            for origin in list(pieces):
                if origin in ready or self.members.before(origin) in pieces:
                    continue
                if (piece := next(pieces[origin], None)) is None:
                    del pieces[origin]
                else:
                    ready[origin] = piece
            if ready:
                first = min(ready, key=lambda log: _order(ready[log]))
                self._append(histories[first], ready.pop(first))

    def vkeys(self, origin: str) -> list[Vkey]:
        """Return the keys that may sign heads, as far as the log is replayed.

        Its own, those of mirrors, and each witness named in a policy so far.
        """
        owner = self.members.node_of(origin)
        others = [*self.members.peers, self.members.me]
        mirrors = [
            key
            for node in others
            if node != owner
            for key in self.members.cosigner_keys(node)
        ]
        witnesses = self._witnesses.get(owner, {}).values()
        return [*self.members.log_keys(origin), *mirrors, *witnesses]

    def _append(self, history: History, piece: Piece) -> None:
        """Append one piece.

        1. Pair each entry with its stored text, if it matches.
        2. Judge them like a batch from the log's node.
        3. Give a missing text the reason in its row, or mark it as lost.
        4. Put the valid lines under the head.
        """
        origin, start = piece.head.origin, piece.start.size
        # 1
        entry_texts = [
            texts.read(history, index, entry)
            for index, entry in enumerate(piece.entries, start)
        ]
        # 2
        envelopes = tuple(text.sent for text in entry_texts)
        judged = self._judge(ReceivedBatch(origin, start, envelopes), piece)
        # 3
        entries = [
            text.complete(new)
            for text, new in zip(entry_texts, judged.entries, strict=True)
        ]
        lost = map(texts.EntryText.is_lost, entry_texts, entries)
        history.account.texts[origin] += sum(lost)
        # 4
        self._name_witnesses(origin, judged.directory)
        note = self._note(history, piece) if piece.signed else b""
        self._store(piece, entries, note)
        self.members.adopt(origin, judged.directory)
        self.progress(origin, piece.head.size, max(history.end, piece.head.size))

    def _judge(self, batch: ReceivedBatch, piece: Piece) -> batch_verdict.Judged:
        origin = batch.origin
        forms = self.members.forms(origin)
        prepared = batch_verdict.prepare_batch(piece.entries, forms)
        claims = prepared.claims(piece.entries)
        log = self.members.log(origin, self.members.find_known(origin, claims))
        self._readers.clear()
        holder = batch_verdict.Holder(
            self.members.me, "", self._desks, self.now, self.past
        )
        return batch_verdict.judge_batch(batch, piece.head, log, holder, prepared)

    def _store(self, piece: Piece, entries: list[NewEntry], note: bytes) -> None:
        origin, start = piece.head.origin, piece.start
        expect = Head(origin, start.size, start.root()) if start.size else None
        at = piece.at if piece.signed else self.now
        new = NewBatch(entries, piece.head, note, complete=piece.signed)
        self.store.append(origin, expect, [new], at)

    def _desks(self, facts: EntryFacts) -> tuple[str, ...]:
        """Return the desks; the entry may refer to one just before it."""
        found = batch_verdict.find_readers(
            facts, lambda name: self._readers.get(name) or self.members.desks(name)
        )
        self._readers[facts.name] = found
        return found

    def _name_witnesses(self, origin: str, directory: Directory) -> None:
        text = directory.quorum_text
        if text is not None:
            owner = self.members.node_of(origin)
            pinned = [
                key
                for node in (*self.members.peers, self.members.me)
                for key in self.members.cosigner_keys(node)
            ]
            found = policies.genuine(Policy.parse(text), pinned).vkeys
            held = self._witnesses.setdefault(owner, {})
            held.update((vkey.key, vkey) for vkey in found)

    def _note(self, history: History, piece: Piece) -> bytes:
        head, vkeys = piece.head, self.vkeys(piece.head.origin)
        ours = notes.sound_lines(piece.note, head, vkeys)
        newer = notes.sound_lines(piece.newer, head, vkeys)
        if not notes.is_whole(piece.note, head, ours):
            history.account.lose(f"line {head.origin}#{head.size}")
        return Note(head.text(), tuple(notes.join(ours, newer))).encode()


def _order(piece: Piece) -> tuple[bool, int, int]:
    """Order pieces by when their heads were stored, then arrived; unsigned last."""
    return not piece.signed, piece.at, piece.told or SIZE_MAX
