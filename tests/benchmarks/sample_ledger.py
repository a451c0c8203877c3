"""A sample ledger for benchmarks: real keys, real signatures, nobody's content."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from exchange import envelope
from exchange.audit.export import write_export
from exchange.audit.export.write_export import Exporter
from exchange.core import ID_SIZE, SUITE, VERSION
from exchange.envelope import Sealed
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.directory_head import directory_head, sign_directory_head
from exchange.ledger.merkle import leaf_hash
from exchange.limits import EXPIRES_AFTER, ISSUER_KEY_LIFE, OFFICER_KEY_LIFE
from exchange.store import NewBatch, NewEntry, Store, StoredHead, raw_rows
from exchange.trust import bundle as bundles
from exchange.trust import entries, names, statements, wire
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.enrol import answers
from exchange.trust.enrol.bundle_editions import new_bundle
from exchange.trust.enrol.check_answer import read_answer
from exchange.trust.enrol.requests import NodeLogKeys, node_request
from exchange.trust.statements import AUTHOR, ISSUER
from exchange.v1 import envelope_pb2 as pb
from keys import tls
from keys.sealing import Opener
from keys.signing import Ed25519Signer, MlDsa44Signer, Signer

BATCH = 256  # entries under a head
RECEIPTS = 4  # every fourth entry is one
ROTATION = 2_000  # entries between two statements of a sealing key
HASH = 32
STEP = 1_000  # ms between two entries


@dataclass
class SampleNation:
    """A nation with one node and one officer, and what is said of them in its log."""

    node: str
    now: int  # ms UTC
    author: Ed25519Signer = field(default_factory=Ed25519Signer.generate)
    keys: NodeLogKeys = field(
        default_factory=lambda: NodeLogKeys(
            Ed25519Signer.generate(), MlDsa44Signer.generate(), MlDsa44Signer.generate()
        )
    )

    def __post_init__(self) -> None:
        """Make roots and issuer, and certify the node."""
        self.desk = f"ops.{self.node}"
        domain = names.domain_of(self.node)
        roots = Ed25519Signer.generate(), MlDsa44Signer.generate()
        ca = tls.make_ca(domain, self.now)
        first = bundles.read(new_bundle(domain, roots, ca.cert, self.now))
        self._issuer = Ed25519Signer.generate()
        issuer = self._key(
            names.issuer_of(domain), ISSUER, self._issuer, ISSUER_KEY_LIFE
        )
        asked = node_request(self.node, ["localhost:7443"], tls.new_key(), self.keys)
        held = answers.Nation(first, ca, issuer)
        fresh = Directory(self.node, first)
        answer = answers.answer_node(asked, held, fresh, roots, self.now)
        given = read_answer(wire.encode(answer), asked, self.now)
        self.bundle: Bundle = given.bundle
        self._beginning = given.envelopes

    def _key(self, subject: str, role: str, key: Signer, life: int) -> pb.Statement:
        return statements.key_statement(subject, role, key, (self.now, self.now + life))

    def beginning(self) -> Iterator[bytes]:
        """Yield the entries by which the officer may sign."""
        for sent in self._beginning:
            yield sent.entry
        officer = self._key(
            f"duty-1@{self.desk}", AUTHOR, self.author, OFFICER_KEY_LIFE
        )
        yield self._state(officer, ISSUER, self._issuer)

    def sealing(self) -> bytes:
        """Return the statement of a new sealing key."""
        life = self.now, self.now + EXPIRES_AFTER
        public = Opener.generate().public
        stated = statements.sealing_statement(self.desk, public, life)
        return self._state(stated, AUTHOR, self.author)

    def _state(self, stated: pb.Statement, role: str, signer: Signer) -> bytes:
        made = entries.directory_envelope(stated, self.node, [(role, signer)], self.now)
        return made.entry


def log_entries(
    nation: SampleNation, partner: SampleNation, count: int
) -> Iterator[bytes]:
    """Yield `count` entries: statements, bulletins to both desks, and receipts."""
    made = _endless(nation, partner)
    return islice(made, count)


def _endless(nation: SampleNation, partner: SampleNation) -> Iterator[bytes]:
    yield from nation.beginning()
    recipients = _recipients(nation, partner)
    place = 0
    while True:
        if place % ROTATION == 0:
            yield nation.sealing()
        at = nation.now + place * STEP
        yield (
            _receipt(nation, at)
            if place % RECEIPTS == 0
            else _bulletin(nation, recipients, at)
        )
        place += 1


def _recipients(nation: SampleNation, partner: SampleNation) -> list[pb.Recipient]:
    classes = pb.RECIPIENT_CLASS_COPY, pb.RECIPIENT_CLASS_ACTION
    found = [
        pb.Recipient(desk=one.desk, recipient_class=class_, kid=os.urandom(HASH))
        for one, class_ in zip((nation, partner), classes, strict=True)
    ]
    return sorted(found, key=lambda one: one.kid)


def _core(nation: SampleNation, at: int, **fields: object) -> pb.Core:
    return pb.Core(
        version=VERSION,
        suite=SUITE,
        id=os.urandom(ID_SIZE),
        origin=nation.node,
        author=nation.author.kid,
        filed=at,
        valid_from=at,
        expires=at + EXPIRES_AFTER,
        precedence=pb.PRECEDENCE_ROUTINE,
        tlp=pb.TLP_AMBER,
        releasable_to=["cn", "pk"],
        mode=pb.MODE_TEST,
        release=pb.RELEASE_NONE,
        **fields,  # type: ignore[arg-type]  # as given below
    )


def _bulletin(
    nation: SampleNation, recipients: Sequence[pb.Recipient], at: int
) -> bytes:
    core = _core(nation, at, kind=pb.KIND_BULLETIN, recipients=recipients)
    return _signed(nation, core, os.urandom(HASH), os.urandom(HASH))


def _receipt(nation: SampleNation, at: int) -> bytes:
    reference = pb.Reference(relation=pb.RELATION_OPENED, name=os.urandom(HASH))
    core = _core(nation, at, kind=pb.KIND_RECEIPT, references=[reference])
    empty = envelope.seal(core, b"", {})
    return _signed(nation, core, empty.dw, empty.db)


def _signed(nation: SampleNation, core: pb.Core, dw: bytes, db: bytes) -> bytes:
    """Sign as a desk does; what the digests are of is not made."""
    data = core.SerializeToString(deterministic=True)
    name = envelope.name_of(data, dw, db)
    sealed = Sealed(data, (), b"", dw, db, name, b"")
    return envelope.sign(sealed, [(AUTHOR, nation.author)]).entry


def export(path: Path, count: int, now: int) -> list[tuple[str, bytes]]:
    """Write an export of one log of `count` entries; return the trust files.

    `now` is ms UTC; the entries lie before it. It is appended to a database, batch by
    batch, each under a head of the log that the partner has cosigned, and exported
    from there.
    """
    begun = now - (count + 1) * STEP
    nation, partner = (
        SampleNation("islamabad.pk", begun),
        SampleNation("beijing.cn", begun),
    )
    with tempfile.TemporaryDirectory(prefix="fusion-bench-") as folder:
        database = Path(folder) / "ledger.db"
        with closing(Store(database)) as store:
            _fill(store, nation, partner, count)
        with raw_rows.open_view(database) as raw:
            held = [one.bundle for one in (nation, partner)]
            by = Exporter.of(nation.node, {one.domain: one for one in held})
            write_export.write(raw, by, lambda: now, path)
    return [(f"{one.domain}.bundle", one.data) for one in held]


def _fill(
    store: Store, nation: SampleNation, partner: SampleNation, count: int
) -> None:
    made = log_entries(nation, partner, count)
    origin = checkpoint.log_origin(nation.node)
    while batch := list(islice(made, BATCH)):
        edge = store.logs.edge(origin)
        grown = edge.extend([leaf_hash(entry) for entry in batch]).edge
        head = Head(origin, grown.size, grown.root())
        time_s = (nation.now + grown.size * STEP) // 1_000
        note = _note(nation, partner, head, time_s)
        expect = Head(origin, edge.size, edge.root()) if edge.size else None
        new = [_new(entry) for entry in batch]
        store.append(origin, expect, [NewBatch(new, head, note)], time_s * 1_000)
        stated = store.directories.edge(origin)
        keys = nation.keys
        shown = sign_directory_head(origin, stated, keys.log, keys.log_pq, time_s)
        kept = StoredHead(directory_head(origin, stated), shown, time_s * 1_000)
        store.directories.put(origin, kept)


def _note(
    nation: SampleNation, partner: SampleNation, head: Head, time_s: int
) -> bytes:
    note = checkpoint.sign_head(head, nation.keys.log, nation.keys.log_pq, time_s)
    name = checkpoint.cosigner_name(partner.node)
    return checkpoint.cosign(note, name, partner.keys.mirror, time_s)


def _new(entry: bytes) -> NewEntry:
    parsed = envelope.split(entry)
    core = parsed.core
    return NewEntry(entry, parsed.name, core.id, core.kind, (), b"", ())
