"""Where one entry stands in a log, by whom it is signed, and who vouches for it.

Not a verification of the whole log (check.py), but all that bears on this one entry:
the tree above it, the head over that, and each verdict on which its own depends.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from exchange.audit.disclosed import Shown
from exchange.audit.export.source import Source
from exchange.audit.judge.heads import Heads
from exchange.audit.judge.log import Keys, keys_of
from exchange.errors import FusionError, Reason, Refusal, Tampered
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.ledger.note import parse_note
from exchange.ledger.proof import Proof
from exchange.trust import rules
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory, Registered, Revocation
from exchange.v1 import envelope_pb2 as pb


@dataclass(frozen=True, slots=True)
class Place:
    """Entry `index` of the log that `head` covers; its times (s) by who signed it.

    `time_s` is the log's own; `cosigned` names each mirror whose line verified.
    """

    head: Head
    index: int
    time_s: int
    cosigned: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry that is ACCEPTED at its place, by the keys that signed it.

    `revoked` has those of them that the log revokes, further up.
    """

    place: Place
    signers: tuple[Registered, ...]
    revoked: Mapping[bytes, Revocation]


@dataclass(slots=True)
class _Known:
    """What was ACCEPTED below, of the ids that matter."""

    ids: set[bytes] = field(default_factory=set)
    names: set[bytes] = field(default_factory=set)

    def knows_id(self, id_: bytes) -> bool:
        return id_ in self.ids

    def knows_name(self, name: bytes) -> bool:
        return name in self.names


def proved(shown: Shown, proof: bytes, pinned: Mapping[str, Bundle]) -> Place:
    """Return where a tlog-proof says that an entry stands.

    Raises Refusal(PROOF | NOTE) for what is no proof, Tampered with the reason where
    it does not lead from this entry to a head that its log has signed.
    """
    found = Proof.parse(proof)
    try:
        origin = checkpoint.parse_head(parse_note(found.note).text).origin
        keys = _keys(shown, origin, pinned)
        verified = found.verify(shown.parsed.entry, list(keys.log))
        lines = checkpoint.cosignatures(found.note, keys.mirrors)
    except FusionError as error:
        raise Tampered(error.reason, f"proof: {error.where}") from None
    return Place(verified.head, found.index, verified.time_s, lines)


def _keys(shown: Shown, origin: str, pinned: Mapping[str, Bundle]) -> Keys:
    keys = keys_of(origin, pinned)
    if keys.node != shown.core.origin:
        raise Refusal(Reason.ORIGIN, origin)
    return keys


def standing(
    shown: Shown, sources: Iterable[Source], pinned: Mapping[str, Bundle]
) -> Standing:
    """Return where an entry stands in one of the logs of its node.

    `sources` are those logs, oldest first: keys carry over from one to the next.

    1. Each statement of a log is judged, and the entry itself, by the rules that every
       member shares.
    2. The leaves of its log rebuild the root of a head over it, which the log signed.

    Raises Refusal(NOT_PINNED), and what reading a source raises; Tampered: MISSING
    where no log has it, HEAD, ROOT, or the reason for which it is REFUSED.
    """
    refused: Tampered | None = None
    reading: _Reading | None = None
    for source in sources:
        keys = _keys(shown, source.origin, pinned)
        # 1
        reading = _Reading(source, keys, shown.parsed.entry, reading)
        directory = reading.directory
        found = reading.run()
        refused = refused or reading.refused
        if found is None:
            continue
        # 2
        place = reading.place()
        revoked = {s.kid: directory.revoked(s.kid) for s in found.signers}
        later = {kid: one for kid, one in revoked.items() if one is not None}
        return Standing(place, found.signers, later)
    where = f"{shown.core.origin}: {shown.name.hex()[:16]}"
    raise refused or Tampered(Reason.MISSING, where)


class _Reading:
    """One log, read for one entry; `before` is the log that it goes on from."""

    def __init__(
        self, source: Source, keys: Keys, wanted: bytes, before: "_Reading | None"
    ) -> None:
        fresh = Directory(keys.node, keys.bundle)
        self.directory: Directory = before.directory if before else fresh
        self.origin, self.keys, self.edge = source.origin, keys, Edge.empty()
        self.refused: Tampered | None = None
        self._source, self._wanted, self._before = source, wanted, before
        self._known = _Known()
        self._heads = Heads(source.heads())
        self._index: int | None = None
        self._over: tuple[int, bytes, Head] | None = None  # lines, note, and its claim

    def run(self) -> rules.Accepted | None:
        """Read to the end; return the verdict on the entry where it is ACCEPTED.

        An entry with the same name has the same header, and so the same id: what has
        another id than any statement, and than the entry, bears on none of them.
        """
        found = None
        ids = self._ids()
        for index, entry in self._source.entries():
            if index != self.edge.size:
                raise Tampered(Reason.MISSING, f"{self.origin}#{self.edge.size}")
            self.edge = self.edge.extend([leaf_hash(entry)]).edge
            if self._before is not None and not index:
                self._open(entry, self._before)
            elif claim(entry)[1] in ids:
                found = self._judge(index, entry) or found
            if self._index is not None:
                self._note(self.edge)
        return found

    def _open(self, entry: bytes, before: "_Reading") -> None:
        """Check that the first entry names where the log before it ended."""
        opens = rules.Opening(before.origin, before.keys.log, self.keys.mirrors)
        log = rules.Log(self.keys.node, self.directory, self._known, opens)
        try:
            verdict = rules.check(entry, log)
            end = opens.end(verdict.core.clear).head
        except FusionError as error:
            raise Tampered(error.reason, f"{self.origin}#0") from None
        if (end.size, end.root) != (before.edge.size, before.edge.root()):
            raise Tampered(Reason.HEAD, f"{self.origin}#0")
        self._known.ids.add(verdict.core.id)

    def _ids(self) -> set[bytes]:
        found = {claim(self._wanted)[1]}
        for _, entry in self._source.entries():
            kind, id_ = claim(entry)
            if kind == pb.KIND_DIRECTORY:
                found.add(id_)
        return found

    def _judge(self, index: int, entry: bytes) -> rules.Accepted | None:
        """Judge an entry; return the verdict if it is the one that is asked for."""
        log = rules.Log(self.directory.node, self.directory, self._known)
        verdict = rules.judge(entry, log)
        if isinstance(verdict, rules.Refused):
            if entry == self._wanted and self.refused is None:
                where = f"{self.origin}#{index}"
                self.refused = Tampered(verdict.reason, where)
            return None
        self._known.ids.add(verdict.core.id)
        self._known.names.add(verdict.parsed.name)
        if verdict.statement is not None:
            self.directory.apply(index, verdict.core, verdict.statement)
        if entry != self._wanted:
            return None
        self._index = index
        return verdict

    def _note(self, edge: Edge) -> None:
        """Keep, of the heads over the entry, the newest that most have cosigned."""
        for size, note in self._heads.upto(edge.size):
            lines = self._lines(note)
            if size == edge.size and (self._over is None or lines >= self._over[0]):
                head = Head(self.origin, size, edge.root())
                self._over = lines, note, head

    def _lines(self, note: bytes) -> int:
        """Count the lines of mirrors under a note; nothing is verified."""
        mirrors = {key.key for key in self.keys.mirrors}
        try:
            return sum(line.key in mirrors for line in parse_note(note).lines)
        except Refusal:
            return 0

    def place(self) -> Place:
        """Return the place under the head that was kept, verified."""
        origin = self.origin
        if self._index is None or self._over is None:
            raise Tampered(Reason.HEAD, origin)
        _, note, head = self._over
        try:
            verified = checkpoint.verify_head(note, self.keys.log)
            lines = checkpoint.cosignatures(note, self.keys.mirrors)
        except FusionError as error:
            raise Tampered(error.reason, origin) from None
        if verified.head != head:
            raise Tampered(Reason.ROOT, f"{origin}#{head.size - 1}")
        return Place(head, self._index, verified.time_s, lines)


def claim(entry: bytes) -> tuple[int, bytes]:
    """Return the kind and id that an entry claims; 0 and empty where it claims none."""
    try:
        core = pb.Core.FromString(pb.Entry.FromString(entry).core)
    except DecodeError:
        return pb.KIND_UNSPECIFIED, b""
    return core.kind, core.id
