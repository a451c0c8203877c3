"""A partner that lies: it has its keys, all that it was ever sent, and no scruples."""

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from exchange.errors import Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.node import session
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from tests.batches import changing, envelopes_in, serialized
from tests.expecting import present
from tests.model.express_lies import ExpressLies, name_in
from tests.model.parts import BATCH, Party
from tests.model.past import Leaves, root_of, verified
from tests.node.world import FILED, keys_of

HUGE = 2**63
"""No column holds it, though the wire does."""
WORD = "X" * 300


def flipped(data: bytes) -> bytes:
    """Return the bytes with one bit changed, in their middle."""
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if data else b"\0"


def leaves_of(sent: Sequence[pb.Envelope]) -> Leaves:
    return tuple(leaf_hash(one.entry) for one in sent)


@dataclass
class Liar:
    """Beijing, as it might be."""

    party: Party
    now: int = FILED
    inbox: deque[rpc.Frame] = field(default_factory=deque)
    branches: list[list[pb.Envelope]] = field(default_factory=list)
    """Its own log, as often as it has written one."""
    views: list[list[pb.Envelope]] = field(default_factory=lambda: [[]])
    """What it was sent of its victim's log: one, unless the victim forks."""
    heads: dict[Head, bytes] = field(default_factory=dict)
    """Each head of either log that it ever saw signed, with the lines under it."""
    heard: list[rpc.Frame] = field(default_factory=list)
    unanswered: deque[rpc.Frame] = field(default_factory=deque)
    wanted: int = 0

    def __post_init__(self) -> None:
        self.origin = checkpoint.log_origin(self.party.name)
        self.theirs = checkpoint.log_origin(self.party.peer.node)
        self.keys = keys_of(self.party.name)
        self.mirror = checkpoint.cosigner_name(self.party.name)
        self.branches.append(list(self.party.orders[:3]))
        self.lies = ExpressLies(self.party)
        self.round = 0  # of the batches of its log, on this stream

    # What it writes.

    def write(self, branch: int, sent: pb.Envelope) -> None:
        self.branch(branch).append(sent)

    def branch_off(self, branch: int, at: int) -> None:
        """Begin another history of its log, that has up to `at` entries in common."""
        taken = self.branch(branch)
        taken = taken[: at % len(taken)]
        other = pb.Envelope(entry=b"another history %d" % len(self.branches))
        self.branches.append([*taken, other])

    def branch(self, branch: int) -> list[pb.Envelope]:
        return self.branches[branch % len(self.branches)]

    def sign(self, sent: Sequence[pb.Envelope]) -> bytes:
        """Return the head of its log over these entries, with the lines it has."""
        leaves = leaves_of(sent)
        head = Head(self.origin, len(leaves), root_of(leaves))
        if head not in self.heads:
            self.heads[head] = checkpoint.sign_head(
                head, self.keys.log, self.keys.log_pq, self.now // 1000
            )
        return self.heads[head]

    def shown(self) -> list[bytes]:
        """Return the notes of all heads of its victim's log, in order of coming."""
        return [note for head, note in self.heads.items() if head.origin == self.theirs]

    @staticmethod
    def size(note: bytes) -> int:
        found = verified(note)
        return found.head.size if found else 0

    # What it takes.

    def read(self) -> None:
        """Take whatever the victim sent."""
        while self.inbox:
            frame = self.inbox.popleft()
            self.heard.append(frame)
            self.unanswered.append(frame)
            what = frame.WhichOneof("frame")
            if what == "hello":
                for log in frame.hello.logs:
                    self._note(log.head)
            elif what == "cosigned":
                self._note(frame.cosigned.head)
            elif what == "refused":
                self.round = frame.refused.round + 1
            elif what == "want":
                self.wanted = frame.want.start
            elif what == "batch" and frame.batch.origin == self.theirs:
                self._take(frame.batch)

    def _note(self, note: bytes) -> None:
        found = verified(note)
        if found is not None:
            held = self.heads.get(found.head, note)
            self.heads[found.head] = checkpoint.merge(held, note)

    def _take(self, batch: ledger_pb2.Batch) -> None:
        found = verified(batch.head)
        if found is None:
            return
        self._note(batch.head)
        for view in list(self.views):
            grown = [*view[: batch.start], *envelopes_in(batch)]
            if root_of(leaves_of(grown)) != found.head.root:
                continue
            if leaves_of(view) == leaves_of(grown)[: len(view)]:
                view[:] = grown
            elif leaves_of(grown) != leaves_of(view)[: len(grown)]:
                self.views.append(grown)
            return

    # What it says. `pick` chooses among what there is.

    def hello(self, own: str, theirs: str, pick: int) -> rpc.Frame:
        logs = []
        notes = self.shown()
        if theirs == "any" and notes:
            logs.append(self._position(notes[pick % len(notes)]))
        elif theirs == "newest" and notes:
            logs.append(self._position(max(notes, key=self.size)))
        elif theirs == "bare":
            logs.append(ledger_pb2.LogPosition(origin=self.theirs, size=HUGE + pick))
        elif theirs == "both" and notes:
            logs += [self._position(notes[pick % len(notes)]), self._position(notes[0])]
        branch = self.branch(pick)
        if own == "any":
            logs.append(self._position(self.sign(branch[: 1 + pick % len(branch)])))
        elif own == "newest":
            logs.append(self._position(self.sign(branch)))
        elif own == "promised":
            head = Head(self.origin, len(branch) + 1 + pick % 2, b"\7" * 32)
            keys = self.keys
            note = checkpoint.sign_head(head, keys.log, keys.log_pq, self.now // 1000)
            logs.append(self._position(note))
        self.round = 0
        said = rpc.Hello(node=self.party.name, logs=logs, version=session.VERSION)
        if pick % 2:
            said.expressed.extend([b"x", b"y" * 32][: pick % 3])
        return rpc.Frame(hello=said)

    def _position(self, note: bytes) -> ledger_pb2.LogPosition:
        found = present(verified(note))
        refusals = [ledger_pb2.Refusal(index=HUGE, reason=WORD)]
        return ledger_pb2.LogPosition(
            origin=found.head.origin,
            size=found.head.size,
            head=note,
            refusals=refusals if found.head.origin == self.theirs else (),
        )

    def batch(self, start: int, pick: int, how: str = "") -> rpc.Frame:
        """Send of its own log, from `start` on."""
        branch = self.branch(pick)
        end = min(start + BATCH, len(branch))
        made = ledger_pb2.Batch(
            origin=self.origin,
            start=start,
            envelopes=serialized(branch[start:end]),
            head=self.sign(branch[:end]),
            round=self.round,
        )
        other = self.sign(self.branch(pick + 1)[:end])
        return rpc.Frame(batch=_spoilt(made, how, other))

    def express(self, how: str, pick: int, size: int) -> rpc.Express:
        """Send something ahead of its log, of which `size` entries are there."""
        return self.lies.make(how, pick, self.branch(pick), size)

    def expressed(self, pick: int) -> rpc.Frame:
        """Answer what came ahead, or never did, with a word that may be none."""
        came = [f.express for f in self.heard if f.WhichOneof("frame") == "express"]
        name = name_in(came[pick % len(came)]) if came and pick % 3 else b"z" * 32
        words = "", "RATE", "NOT_LOGGED", "STALLED", "DUPLICATE_ID", WORD
        said = rpc.Expressed(name=name, reason=words[pick % len(words)])
        return rpc.Frame(expressed=said)

    def lend(self, pick: int, how: str = "") -> rpc.Frame:
        """Give back of its victim's log what was wanted last."""
        view = self.views[pick % len(self.views)]
        ends = [
            head.size
            for head in self.heads
            if head.origin == self.theirs
            and self.wanted < head.size <= min(len(view), self.wanted + BATCH)
            and head.root == root_of(leaves_of(view[: head.size]))
        ]
        end = max(ends, default=self.wanted)
        head = Head(self.theirs, end, root_of(leaves_of(view[:end])))
        made = ledger_pb2.Batch(
            origin=self.theirs,
            start=self.wanted,
            envelopes=serialized(view[self.wanted : end]),
            head=self.heads.get(head, b""),
        )
        notes = [b"", *self.shown()]
        return rpc.Frame(batch=_spoilt(made, how, notes[pick % len(notes)]))

    def cosigned(self, pick: int, how: str = "") -> rpc.Frame:
        """Say that it holds its victim's log, up to any head."""
        notes = self.shown()
        if not notes:
            return rpc.Frame(cosigned=rpc.Cosigned(origin=self.theirs))
        return self.cosign(notes[pick % len(notes)], how)

    def cosign(self, note: bytes, how: str = "") -> rpc.Frame:
        size = self.size(note)
        if how != "none":
            note = checkpoint.cosign(
                note, self.mirror, self.keys.mirror, self.now // 1000
            )
            self._note(note)
        if how == "entry":
            note = note[:-60] + b"A" * 20 + note[-40:]
        refusals = []
        if how == "start":
            places = (0, HUGE - 1, HUGE, 2 * HUGE - 1)
            refusals = [ledger_pb2.Refusal(index=at, reason=WORD) for at in places]
        return rpc.Frame(
            cosigned=rpc.Cosigned(
                origin=self.theirs, size=size, head=note, refusals=refusals
            )
        )

    def forked(self, pick: int, how: str = "") -> rpc.Frame:
        """Send a proof, real where there is any, or what looks like one."""
        proofs = [*self._proofs(self.origin, self.branches)]
        proofs += self._proofs(self.theirs, self.views)
        origin, proof = proofs[pick % len(proofs)] if proofs else (self.origin, b"")
        notes = self.shown()
        if how == "entry":
            proof = flipped(proof)
        elif how == "head":
            origin = self.theirs if origin == self.origin else self.origin
        elif how == "short" and len(notes) > 1:
            origin, steps = self.theirs, (b"\7" * 32,) * (1 + pick % 3)
            proof = fork.ForkProof(notes[0], notes[1], steps).encode()
        return rpc.Frame(forked=rpc.Forked(origin=origin, proof=proof))

    def _proofs(
        self, origin: str, histories: Sequence[Sequence[pb.Envelope]]
    ) -> list[tuple[str, bytes]]:
        """Return what proves that a log has two of these histories."""
        found = []
        for head, note in list(self.heads.items()):
            for history in histories:
                leaves = leaves_of(history)
                if head.origin != origin or not 0 < head.size <= len(leaves):
                    continue
                if root_of(leaves[: head.size]) != head.root:
                    whole = self.heads.get(Head(origin, len(leaves), root_of(leaves)))
                    if whole is not None:
                        proof = fork.between(note, whole, _tree(leaves))
                        found.append((origin, proof.encode()))
        return found


def _tree(leaves: Leaves) -> Callable[[int, int], bytes]:
    nodes = Edge.empty().extend(leaves).nodes
    held = {(level, at): hashed for level, at, hashed in nodes}
    return lambda level, at: held[level, at]


def _spoilt(batch: ledger_pb2.Batch, how: str, other: bytes) -> ledger_pb2.Batch:
    """Change a batch in one of the ways that its receiver must see through."""
    if batch.envelopes:
        with changing(batch) as first:
            if how == "entry":
                first.entry = flipped(first.entry)
            elif how == "body":
                first.body = flipped(first.body)
            elif how == "bare":
                first.ClearField("wraps")
                first.ClearField("body")
    if how == "start":
        batch.start = HUGE + batch.start
    elif how == "head":
        batch.head = other
    elif how == "short":
        del batch.envelopes[-1:]
    elif how == "none":
        del batch.envelopes[:]
    return batch


SPOILS = ("", "", "", "entry", "body", "bare", "start", "head", "short", "none")
"""Of a batch; those that other frames do not know leave them as they are."""


def hostile(number: int) -> pb.Envelope:
    """Return an entry that no rule accepts."""
    entries = (
        b"",
        b"\xff" * 40,
        hashlib.sha256(b"%d" % number).digest(),
        pb.Entry(core=b"", dw=b"\1" * 32, db=b"\2" * 32).SerializeToString(),
        b"\0" * 65_535,
    )
    return pb.Envelope(entry=entries[number % len(entries)])


__all__ = ["SPOILS", "Liar", "Refusal", "flipped", "hostile", "leaves_of"]
