"""An honest node: the real one, watched at each signature and each frame it sends.

What is asserted here holds whatever anyone else does:

    it signs nothing before a partner was heard, nor below or beside a head that it
    was shown
    what leaves it is committed; where it cosigned, it holds all below, texts too
    no two of its heads exclude each other, unless it lost what it had shown, and no
    honest partner still had it; likewise of what it cosigned of another's log
    a head beside its tree, as soon as it can be compared, has frozen the log, with a
    proof, and nothing else has; a frozen log stays as it is
    what is stored stays, word by word, once; what desks are told only moves forward
"""

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlcipher3 import connect  # not the one that tests.faults takes the place of

from exchange import envelope
from exchange.clock import Clock
from exchange.errors import FusionError, Reason
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import leaf_hash
from exchange.ledger.note import Line, parse_note
from exchange.limits import EXPRESS_CLOSED_MAX, EXPRESS_OPEN_MAX
from exchange.node import effects
from exchange.node.members import Members
from exchange.node.node import Node, NodeKeys
from exchange.node.upkeep import catch_up
from exchange.store import HELD, LACKING, Store, StoredArrival, StoredEntry
from exchange.store.express import NOT_LOGGED, OPEN
from exchange.store.express import REFUSED as ROW_REFUSED
from exchange.v1 import exchange_service_pb2 as rpc
from keys.signing import Signer
from tests.expecting import present
from tests.model.desk import REFUSED, Desk
from tests.model.parts import Image, Medium, Party, bundles
from tests.model.past import Leaves, Past, Shown, root_of, verified
from tests.node.texts import bring_back, lose
from tests.node.world import FILED, keys_of

ROW_STATES = {
    OPEN: "row open",
    ROW_REFUSED: "row refused",
    NOT_LOGGED: "row not logged",
}
STORAGE = {Reason.DATABASE, Reason.DISK, Reason.LOCKED}
WORTHLESS = {Reason.NOTE, Reason.HEAD, Reason.NOT_PINNED}  # a hello that is
LABEL = b"subtree/v1\n\0"
ALL = 1_000_000
COMMITTED = (
    'SELECT "index", entry, name, reason FROM entry'
    ' WHERE log = (SELECT number FROM log WHERE origin = ?) ORDER BY "index"'
)
"""The entries of a log, also above its newest head, where readers do not see them."""


DIRECTORY = "/directory"


class Spy:
    """A signer that tells first what it is asked to sign."""

    def __init__(self, signer: Signer, tell: Callable[[Head], None]) -> None:
        self._signer = signer
        self._tell = tell

    @property
    def algorithm(self) -> str:
        return self._signer.algorithm

    @property
    def public(self) -> bytes:
        return self._signer.public

    @property
    def kid(self) -> bytes:
        return self._signer.kid

    def sign(self, message: bytes) -> bytes:
        head = _head_of(message)
        if not head.origin.endswith(DIRECTORY):  # it rests on a head signed before
            self._tell(head)
        return self._signer.sign(message)


def _head_of(message: bytes) -> Head:
    """Return the head that a 0x06 line's message is about."""
    rest = message.removeprefix(LABEL)
    rest = rest[1 + rest[0] + 8 :]
    origin, rest = rest[1 : 1 + rest[0]].decode(), rest[1 + rest[0] :]
    return Head(origin, int.from_bytes(rest[8:16]), rest[16:])


@dataclass
class Life:
    """What a process was shown, and what its disk keeps of those before it."""

    heard: bool = False
    shown: dict[str, set[Head]] = field(default_factory=lambda: defaultdict(set))
    ahead: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Origin -> the greatest size that another than its owner was shown to hold."""


@dataclass
class Copy:
    """A log as it stood at the last look, what is committed and not signed included."""

    position: Head | None = None
    leaves: Leaves = ()
    refused: dict[int, str] = field(default_factory=dict)
    names: dict[int, bytes] = field(default_factory=dict)
    """Index -> name of what is ACCEPTED."""


@dataclass
class Told:
    """What its desk was told at the last look, which nothing takes back."""

    arrivals: list[StoredArrival] = field(default_factory=list)
    cosigned: int = 0
    lines: dict[int, set[Line]] = field(default_factory=dict)
    """Size of a kept head of its log -> what was signed under it."""


class Site:
    """One node on its disk, with its desk and its operator."""

    def __init__(self, party: Party, folder: Path, begin: Image) -> None:
        self.party = party
        self.name, self.peer = party.nation.node, party.peer.node
        self.origin = checkpoint.log_origin(self.name)
        self.theirs = checkpoint.log_origin(self.peer)
        self.mirror = checkpoint.cosigner_name(self.name)
        self.path = folder / f"{self.name}.db"
        self.now = FILED
        self.medium = Medium()
        self.desk, self.operator = Desk(party.nation.desk), Desk(None)
        self.own, self.lines, self.stood = Past(), Past(), Past()
        """The heads of its log that left it; those it cosigned; those of its log."""
        self.frozen: dict[str, int] = {}
        """Origin -> the size at which a log was frozen."""
        self.told = Told()
        self.gone: dict[bytes, tuple[bytes, bytes]] = {}
        """Name -> a text of its own log that it lost."""
        self.lost = False
        """Whether it was ever put back to an older state of its disk."""
        self.on_change: Callable[[], None] = lambda: None
        self.partner: Site | None = None  # where the partner is honest
        begin.put(self.path)

    def start(self) -> None:
        """Begin a process, from what is on the disk."""
        self.store = Store(self.path)
        members = Members(self.name, self.store, bundles())
        keys = keys_of(self.name)
        spied = NodeKeys(
            keys.log, Spy(keys.log_pq, self._signs), Spy(keys.mirror, self._cosigns)
        )
        self._beside = connect(self.path)  # past the medium
        self._version = -1
        self.life = Life()
        self.copies: dict[str, Copy] = defaultdict(Copy)
        clock = Clock(lambda: self.now, lambda: self.now)
        self.node = catch_up(Node(members, self.store, spied, clock))
        self.node.on_change = self._changed
        self._remembers()
        self.look()

    def _remembers(self) -> None:
        """Take up what earlier processes were shown, as the disk keeps it."""
        for seen in self.store.sightings.all():
            shown = verified(seen.note)
            assert shown is not None, "it keeps a head that is none"
            self._was_shown(shown, promised=seen.promised)

    def _changed(self) -> None:
        self.on_change()

    def stop(self) -> Image:
        """End the process as a kill does; return what its disk then holds."""
        self.medium.heal()
        image = Image.of(self.path)
        self._beside.close()
        self.store.close()
        return image

    def restart(self) -> None:
        self.stop().put(self.path)
        self.start()

    def put_back(self, image: Image) -> None:
        """Restore an older state of the disk."""
        self.stop()
        image.put(self.path)
        self.lost, self.frozen, self.told = True, {}, Told()
        self.start()
        for desk in (self.desk, self.operator):
            desk.forgotten(self)

    # What it knows.

    def size(self, origin: str) -> int:
        return len(self.copies[origin].leaves)

    def leaves(self, origin: str) -> Leaves:
        return self.copies[origin].leaves

    @property
    def names(self) -> dict[int, bytes]:
        """Index -> name of what is ACCEPTED in its own log."""
        return self.copies[self.origin].names

    def has(self, name: bytes) -> bool:
        """Whether its own log, or what waits for it, has an envelope."""
        return name in self.all_names()

    def all_names(self) -> set[bytes]:
        """Return the names of all that its own log has, or that waits for it."""
        with self.medium.aside():
            waiting = {one.name for one in self.store.desk_queue.pending(ALL)}
        return waiting.union(self.names.values())

    def cosigned_by_partner(self) -> int:
        """Return the greatest head that it keeps with its partner's line."""
        with self.medium.aside():
            size = self.store.partners.get_peer(self.peer).cosigned_size
            for held in self.store.heads.falling(self.origin, 1, size) if size else ():
                lines = parse_note(held.note).lines
                if any(
                    line.name == checkpoint.cosigner_name(self.peer) for line in lines
                ):
                    return held.head.size
        return 0

    def taken(self) -> set[bytes]:
        """Return the names of all that it ever acknowledged."""
        return self.desk.acknowledged | self.operator.acknowledged

    def kept(self, name: bytes) -> str:
        """Return how it stands with an envelope in an outbox, "" if it is in none."""
        found = self.desk.outbox.get(name) or self.operator.outbox.get(name)
        return found.state if found else ""

    def lost_names(self) -> set[bytes]:
        """Return the names of what it acknowledged and nobody can bring back: neither
        it, nor its desk, nor its partner.
        """
        here = self.all_names()
        if self.partner is not None:
            here.update(self.partner.copies[self.origin].names.values())
        return {
            name for name in self.taken() - here if self.kept(name) in {"", REFUSED}
        }

    def look(self) -> None:
        """Look at what is stored: what stood stands, once each, under its root."""
        (version,) = self._beside.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._version = version
            with self.medium.aside():
                self._look()

    def _look(self) -> None:
        for origin in (self.origin, self.theirs):
            before = self.copies[origin]
            position = self.store.logs.position(origin)
            if position == before.position:
                continue
            rows = self._beside.execute(COMMITTED, (origin,)).fetchall()
            now = Copy(
                position,
                tuple(leaf_hash(entry) for _, entry, _, _ in rows),
                {index: reason for index, _, _, reason in rows if reason},
                {index: name for index, _, name, reason in rows if not reason},
            )
            assert [index for index, *_ in rows] == list(range(len(rows)))
            assert now.leaves[: len(before.leaves)] == before.leaves
            assert before.refused.items() <= now.refused.items()
            assert len(set(now.names.values())) == len(now.names), "twice"
            assert position is not None
            assert (position.size, position.root) == (
                len(now.leaves),
                root_of(now.leaves),
            )
            self.copies[origin] = now
            if origin == self.origin:
                self.stood.add(position, now.leaves)
        self._look_as_reader()

    def _look_as_reader(self) -> None:
        """Assert that readers see what is signed, and nothing above it."""
        for origin in (self.origin, self.theirs):
            newest = self.store.heads.newest(origin)
            signed = newest.head.size if newest else 0
            seen = self.store.entries.page(origin, 0, ALL)
            leaves = tuple(leaf_hash(one.entry) for one in seen)
            assert leaves == self.leaves(origin)[:signed]

    def move_on(self) -> None:
        """Assert that what it tells its desk only moves forward."""
        with self.medium.aside():
            arrivals = self.store.arrivals.page(0, ALL)
            cosigned = self.store.partners.get_peer(self.peer).cosigned_size
            heads = self.store.heads.falling(self.origin, ALL)
        before = self.told
        assert arrivals[: len(before.arrivals)] == before.arrivals
        assert [one.number for one in arrivals] == list(range(1, len(arrivals) + 1))
        assert cosigned >= before.cosigned
        lines = {held.head.size: set(parse_note(held.note).lines) for held in heads}
        for size, under in lines.items():
            assert before.lines.get(size, set()) <= under
        self.told = Told(arrivals, cosigned, lines)

    # What it signs.

    def _signs(self, head: Head) -> None:
        with self.medium.aside():
            held, forks = self.store.logs.size(self.origin), self.store.forks.all()
            newest = self.store.heads.newest(self.origin)
        signed = newest.head.size if newest else 0
        assert self.life.heard, "signed before anyone was heard"
        assert self.life.ahead[self.origin] <= signed, (
            "signed below a head it was shown"
        )
        assert self.origin not in forks, "signed in a frozen log"
        assert signed < head.size <= held, "signed what is not committed, or again"

    def _cosigns(self, head: Head) -> None:
        with self.medium.aside():
            forks = self.store.forks.all()
        assert self.life.heard, "cosigned before anyone was heard"
        assert self.life.ahead[head.origin] <= head.size, "cosigned below a head"
        assert head.origin not in forks, "cosigned in a frozen log"

    # What leaves it.

    def sends(self, frame: rpc.Frame) -> None:
        """Take a frame that leaves it for good."""
        for note in _notes(frame):
            self.shows(note)

    def shows(self, note: bytes) -> None:
        """Take a head that leaves it, also to its desk."""
        self.look()
        found = verified(note)
        assert found is not None, "an honest node shows a head that is none"
        head, signers = found.head, found.signers
        leaves = self.leaves(head.origin)[: head.size]
        assert (head.size, head.root) == (len(leaves), root_of(leaves)), "uncommitted"
        if head.origin == self.origin:
            self._departs(self.own, head, leaves)
        elif self.mirror in signers:
            if head not in self.lines.heads:
                self._holds(head)
            self._departs(self.lines, head, leaves)

    def _departs(self, past: Past, head: Head, leaves: Leaves) -> None:
        """Assert that a head continues all others, or that there is an excuse."""
        if head in past.heads:
            return
        at = past.add(head, leaves)
        if at is None:
            return
        assert self.lost, f"{head.origin} departs at {at}, and nothing was lost"
        if past is self.own and self.partner is not None:
            held = self.partner.leaves(self.origin)[at : at + 1]
            assert held in ((), leaves[at : at + 1]), "an honest partner still had it"

    def _holds(self, head: Head) -> None:
        """Assert that all below a head is here, with wraps and bodies for us."""
        with self.medium.aside():
            below = self.store.entries.page(head.origin, 0, head.size)
        for stored in below:
            if not stored.reason and not self._complete(stored, self.name):
                raise AssertionError(f"cosigned, not held: {stored.index}")

    def has_texts(self) -> None:
        """Assert that what was lent of its own log came with its partner's texts."""
        with self.medium.aside():
            stored = self.store.entries.page(self.origin, 0, ALL)
        for one in stored:
            self._complete(one, self.peer)

    def lose_text(self, which: int) -> None:
        """Lose one of the texts of its own log that are for its partner."""
        with self.medium.aside():
            texts = [
                one
                for one in self.store.entries.page(self.origin, 0, ALL)
                if one.state == HELD and any(d.endswith(self.peer) for d in one.desks)
            ]
            if texts:
                one = texts[which % len(texts)]
                self.gone[one.name] = lose(self, self.origin, one.index)

    def find_texts(self) -> None:
        """Have the texts again that it lost."""
        with self.medium.aside():
            for one in self.store.entries.page(self.origin, 0, ALL):
                if one.name in self.gone and one.state in {None, LACKING}:
                    bring_back(self, self.origin, one.index, self.gone[one.name])

    def _lacks(self, stored: StoredEntry) -> bool:
        """Whether a text is named as lacking, and an honest partner had it not."""
        if stored.state != LACKING or self.partner is None:
            return stored.state == LACKING
        lost = {**self.gone, **self.partner.gone}
        known = stored.name in lost or self.lost or self.partner.lost
        assert known or stored.why == "ERASED", "lacking, and the partner has it"
        return True

    def _complete(self, stored: StoredEntry, node: str) -> bool:
        """Check the text of what is for a desk of `node`, and has not expired.

        What is named as lacking is not here.
        """
        parsed = envelope.split(stored.entry)
        core = envelope.parse_core(parsed.core_bytes)
        concerned = any(each.desk.endswith(f".{node}") for each in core.recipients)
        if not concerned or self.now >= core.expires or self._lacks(stored):
            return True
        envelope.check_payload(parsed, stored.wraps, stored.body)
        return True

    # What it is told.

    def is_told(self, effect: effects.Disk, cosigned: int) -> Life:
        """Take what the partner's frame is about to show; return what was before.

        An honest partner has this node's line up to `cosigned`, and says so.
        """
        before = copy.deepcopy(self.life)
        for note, origins in self._shown_by(effect):
            found = verified(note)
            if found is not None and found.head.origin in origins:
                self._was_shown(found, promised=found.head.origin == self.theirs)
        if isinstance(effect, effects.CompareHeads):
            self.life.heard = True
            ahead = self.life.ahead
            ahead[self.theirs] = max(cosigned, ahead[self.theirs])
        return before

    def was_told(self, before: Life, error: FusionError | None) -> None:
        """Compare, now that the node has dealt with it."""
        if error is not None and error.reason in STORAGE:
            # It did not come to that, or to what follows once all was compared.
            before.heard, self.life = self.life.heard, before
        if error is not None and error.reason in WORTHLESS:
            self.life.heard = before.heard
        self.compare()

    def _shown_by(self, effect: effects.Disk) -> Iterator[tuple[bytes, set[str]]]:
        """Yield notes, and of which logs the node takes each."""
        match effect:
            case effects.CompareHeads(logs):
                for log in logs:
                    yield log.head, {self.origin, self.theirs}
            case effects.RecordCosigned(cosigned):
                yield cosigned.head, {self.origin}
            case effects.JudgeBatch(batch):
                yield batch.head, {self.theirs} & {batch.origin}
            case effects.RestoreBatch(batch):
                yield batch.head, {self.origin} & {batch.origin}
            case effects.RecordShownLines(lines):
                yield lines.head, {self.theirs}

    def was_told_by_desk(self, notes: Iterable[bytes]) -> None:
        """Take what a desk has told the node, that now has dealt with it."""
        for note in notes:
            found = present(verified(note))
            self._was_shown(found, promised=False)
        self.compare()

    def _was_shown(self, found: Shown, *, promised: bool) -> None:
        head = found.head
        self.life.shown[head.origin].add(head)
        if not promised or self.mirror in found.signers:
            ahead = self.life.ahead
            ahead[head.origin] = max(head.size, ahead[head.origin])

    def compare(self) -> None:
        """Assert that all heads shown so far are of one tree each, or it is frozen."""
        self.look()
        for origin, heads in self.life.shown.items():
            if origin in self.node.forks:
                continue
            leaves = self.leaves(origin)
            for head in heads:
                if head.size <= len(leaves):
                    assert root_of(leaves[: head.size]) == head.root, "unseen fork"
            sizes = [head.size for head in heads]
            assert len(set(sizes)) == len(sizes), "two heads of one size, unseen"

    def check_forks(self) -> None:
        """Assert that a log is frozen by a proof of its fork, and by nothing else."""
        for origin, stored in self.node.forks.items():
            proof = fork.verify(stored.proof, self.node.members.log_keys(origin))
            assert proof.origin == origin
            writer = self if origin == self.origin else self.partner
            assert writer is None or writer.stood.forked, "frozen, and never forked"
            size = self.size(origin)
            assert self.frozen.setdefault(origin, size) == size, "it grew while frozen"

    def holds_name(self, name: bytes) -> bool:
        """Whether the partner's log, or what came ahead of it, has an envelope here."""
        with self.medium.aside():
            placed = self.store.entries.known_names(self.theirs, [name])
            return bool(placed) or self.store.express.by_name(name) is not None

    def check_rows(self) -> list[str]:
        """Check what came ahead of the partner's log; return how each stands.

        Nothing stands open that the log has brought, or that it has passed.
        """
        with self.medium.aside():
            rows = self.store.express.brief()
            self.check_ahead()
        still_open = [one for one in rows if one.state == OPEN]
        assert len(still_open) <= EXPRESS_OPEN_MAX
        assert len(rows) <= EXPRESS_OPEN_MAX + EXPRESS_CLOSED_MAX
        size = self.size(self.theirs)
        assert all(size < one.below for one in still_open if one.below)
        return [ROW_STATES[one.state] for one in rows]

    def check_ahead(self) -> int:
        """Assert that what came ahead is gone once its log has come; count it."""
        names = [one.name for one in self.store.express.brief() if one.state == OPEN]
        placed = self.store.entries.known_names(self.theirs, names)
        assert not placed, "an entry, and still a row of what came ahead"
        return len(names)


def _notes(frame: rpc.Frame) -> Iterable[bytes]:
    match frame.WhichOneof("frame"):
        case "hello":
            return [log.head for log in frame.hello.logs]
        case "batch":
            return [frame.batch.head] if frame.batch.head else []
        case "cosigned":
            return [frame.cosigned.head] if frame.cosigned.head else []  # lost texts
    return []
