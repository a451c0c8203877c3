"""Export files written by hand: entries without real signatures, heads likewise."""

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exchange import envelope
from exchange.audit.sources import records
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import Line, Note, parse_note
from exchange.trust import statements, wire
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Ed25519Signer, kid
from tests.trust.nation import NOW, YEAR, revocation, seed

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PK, CN = "islamabad.pk", "beijing.cn"
PK_OPS, CN_OPS = "ops.islamabad.pk", "ops.beijing.cn"
ALI, LI = f"duty-1@{PK_OPS}", f"duty-1@{CN_OPS}"
SECOND = f"duty-2@{PK_OPS}"
ACTION = pb.RECIPIENT_CLASS_ACTION
COPY = pb.RECIPIENT_CLASS_COPY

_serial = itertools.count()


@dataclass
class Log:
    """One log as it grows."""

    node: str
    number: int = 1
    entries: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    pulse: bytes | None = None
    refusals: list[bytes] = field(default_factory=list)
    fork: bytes | None = None
    kids: dict[str, bytes] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return checkpoint.log_origin(self.node, self.number)

    def add(self, core: pb.Core, releaser: bytes | None = None) -> bytes:
        """Append a header; return its name."""
        signers = [("author", core.author), ("releaser", releaser)]
        entry = pb.Entry(
            core=core.SerializeToString(deterministic=True),
            dw=bytes(32),
            db=bytes(32),
            signatures=[
                pb.Signature(role=role, kid=key, signature=bytes(64))
                for role, key in signers
                if key is not None
            ],
        )
        self.entries.append(entry.SerializeToString(deterministic=True))
        return envelope.split(self.entries[-1]).name

    def core(self, officer: str, filed: int, **changes: object) -> pb.Core:
        fields: dict[str, object] = {
            "version": 1,
            "suite": 1,
            "kind": pb.KIND_BULLETIN,
            "id": next(_serial).to_bytes(16),
            "origin": self.node,
            "author": self.kids.get(officer, bytes(32)),
            "filed": filed,
            "valid_from": filed,
            "expires": filed + 30 * DAY,
            "precedence": pb.PRECEDENCE_PRIORITY,
            "tlp": pb.TLP_AMBER,
            "releasable_to": ["cn", "pk"],
            "mode": pb.MODE_ACTUAL,
            "release": pb.RELEASE_NONE,
        }
        return pb.Core(**(fields | changes))  # type: ignore[arg-type]  # field by field

    def enrol(self, officer: str, at: int = NOW) -> None:
        """State an officer's key; what they sign later is known as theirs."""
        signer = Ed25519Signer(seed(officer))
        self.kids[officer] = kid(signer.algorithm, signer.public)
        life = at, at + YEAR
        said = statements.key_statement(officer, "author", signer, life)
        self.state(said, at)

    def revoke(self, officer: str, at: int, since: int) -> None:
        said = revocation(officer, self.kids[officer], since)
        self.state(said, at)

    def state(self, said: pb.Statement, at: int) -> None:
        changes = {"kind": pb.KIND_DIRECTORY, "clear": wire.encode(said)}
        self.add(self.core("", at, **changes))

    def send(
        self, officer: str, filed: int, to: Sequence[str] = (), **changes: object
    ) -> bytes:
        """Append a bulletin to desks that are to act."""
        own = officer.rpartition("@")[2]
        listed = [(own, COPY)] if own else []
        listed.extend((desk, ACTION) for desk in to)
        found = sorted(
            (hashlib.sha256(desk.encode()).digest(), desk, class_)
            for desk, class_ in listed
        )
        changes.setdefault(
            "recipients",
            [
                pb.Recipient(desk=desk, recipient_class=class_, kid=key)
                for key, desk, class_ in found
            ],
        )
        return self.add(self.core(officer, filed, **changes))

    def answer(
        self, officer: str, filed: int, name: bytes, relation: int, **changes: object
    ) -> bytes:
        """Append a receipt."""
        speaks = [pb.Reference(relation=relation, name=name)]  # type: ignore[arg-type]
        given = {"kind": pb.KIND_RECEIPT, "references": speaks} | changes
        return self.add(self.core(officer, filed, **given))

    def sign(self, at: int, *cosigners: tuple[str, int]) -> bytes:
        """Keep a head of all entries, signed at `at` and by each cosigner (ms)."""
        head = Head(self.origin, len(self.entries), bytes(32))
        lines = [_line(self.origin, at), *(_line(by, when) for by, when in cosigners)]
        self.heads.append(Note(head.text(), tuple(lines)).encode())
        return self.heads[-1]

    def line_keys(self) -> set[tuple[str, bytes]]:
        """Return the keys of all lines under its heads."""
        notes = (parse_note(head) for head in self.heads)
        return {line.key for note in notes for line in note.lines}

    def records(self) -> Iterable[tuple[int, list[bytes]]]:
        size = len(self.entries).to_bytes(8)
        yield records.LOG, [self.origin.encode(), size]
        yield records.ENTRIES, self.entries
        yield records.HEADS, self.heads
        yield records.PULSE, [self.pulse] if self.pulse else []
        yield records.REFUSALS, self.refusals
        yield records.FORK, [self.fork] if self.fork else []


def _line(name: str, at: int) -> Line:
    signature = (at // 1_000).to_bytes(8) + bytes(2_420)
    return Line(name, hashlib.sha256(name.encode()).digest()[:4], signature)


def mirror(node: str) -> str:
    return checkpoint.cosigner_name(node)


def refusal(index: int, by: str, reason: str, at: int) -> bytes:
    numbers = index.to_bytes(8) + at.to_bytes(8)
    lengths = bytes([len(by), len(reason)])
    return numbers + lengths + by.encode() + reason.encode()


def write(path: Path, exported: int, logs: Iterable[Log], node: str = PK) -> Path:
    """Write an export of these logs."""
    rows = []
    parts: list[tuple[int, list[bytes]]] = [
        (records.HEADER, [node.encode(), exported.to_bytes(8)])
    ]
    for log in sorted(logs, key=lambda log: log.origin):
        parts.extend(log.records())
    with path.open("wb") as file:
        file.write(records.MAGIC)
        for kind, items in parts:
            for row, data in records.chunks(kind, items):
                rows.append(row)
                file.write(data)
        index = records.index(rows)
        file.write(index + records.trailer(file.tell(), index))
    return path
