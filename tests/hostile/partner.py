"""A hostile partner with its own keys, and what must become of it.

Beijing is hostile: it signs anything with the keys of its log, its issuer and its
officer. Islamabad's node and desk are honest, and real: stores and mailboxes on disk.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from exchange import envelope
from exchange.errors import Reason
from exchange.limits import MINUTE
from exchange.node import express_inbox
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from keys.pae import pae
from keys.signing import Signer
from tests.batches import put
from tests.desk.bench import Bench
from tests.desk.forging import feed, name_of
from tests.expecting import refusing
from tests.node.receiving import receive_batch
from tests.node.world import CN, PK, forged
from tests.trust.nation import Nation

TABLES = ("entry", "payload", "express", "urgent", "waiting", "directory")
Case = tuple[pb.Envelope, Reason]
ANY = "any"


@dataclass
class Partner:
    """Beijing, and what Islamabad keeps of what it sends."""

    bench: Bench

    @property
    def nation(self) -> Nation:
        return self.bench.world.nations[CN]

    @property
    def victim(self) -> Nation:
        return self.bench.world.nations[PK]

    def rows(self) -> dict[str, int]:
        """Count what Islamabad's node and desk keep."""
        database = self.bench.world.pk.store._database
        with database.read_cursor() as connection:
            counts = {
                table: connection.execute(
                    f"SELECT count(*) FROM {table}"  # noqa: S608  # our words
                ).fetchone()[0]
                for table in TABLES
            }
        mailbox = self.bench.pk.mailbox.database
        tables = ("message", "receipt")
        return counts | {f"desk {one}": mailbox.count_rows(one) for one in tables}

    def batch(self, *sent: pb.Envelope) -> ledger_pb2.Batch:
        """Return what comes next in Beijing's log, under a head of its true keys."""
        site = self.bench.world.pk
        edge = site.store.logs.edge(site.node.members.origin(CN))
        made = forged(self.nation, edge, [one.entry for one in sent])
        for place, one in enumerate(sent):
            put(made, place, one)
        return made

    def log(self, *sent: pb.Envelope) -> rpc.Cosigned:
        """Have Islamabad mirror these as the next entries; return its answer."""
        return receive_batch(self.bench.world.pk.node, CN, self.batch(*sent))

    def send_ahead(self, sent: pb.Envelope) -> str:
        """Send an envelope ahead of the log; return the reason of the answer."""
        site = self.bench.world.pk
        site.now += MINUTE  # else it is too much of the urgent for one minute
        frame = rpc.Express(envelope=sent)
        return express_inbox.receive(site.node, CN, frame).reason

    def assert_refused(self, *cases: Case, ahead: str = "") -> None:
        """Send each by every way that Beijing has; nothing of it is kept or shown.

        Ahead of the log it is answered with its reason (`ahead`, where that differs:
        its place is asked there before its signatures, and so the header is read).
        In the log it is mirrored as refused, and the log goes on: its text is neither
        kept nor passed on. Shown to the desk by a node that lies, it is not shown.
        """
        for sent, reason in cases:
            before = self.rows()
            answer = self.send_ahead(sent)
            assert answer == (ahead or reason) or (answer and ahead == ANY), answer
            assert self.rows() == before
            (refusal,) = self.log(pb.Envelope(entry=sent.entry)).refusals
            assert refusal.reason == reason, refusal
            assert self.rows() == before | {"entry": before["entry"] + 1}
            self._assert_mirrored(refusal.index, reason)
        self.bench.pk.sync()
        before = self.rows()
        for sent, _ in cases:
            feed(self.bench.pk, sent)
        assert self.rows() == before

    def _assert_mirrored(self, index: int, reason: Reason) -> None:
        site = self.bench.world.pk
        (kept,) = site.store.entries.page(site.node.members.origin(CN), index, 1)
        assert (kept.reason, kept.wraps, kept.body, kept.desks) == (reason, (), b"", ())

    def assert_damaged(self, sent: pb.Envelope, reason: Reason) -> None:
        """Send what differs from what was signed: the batch is refused whole."""
        before = self.rows()
        with refusing(reason):
            self.log(sent)
        assert (answer := self.send_ahead(sent)) == reason, answer
        assert self.rows() == before

    def deliver(self, *sent: pb.Envelope) -> None:
        """Log these as an honest partner would; Islamabad's desk reads them."""
        assert not self.log(*sent).refusals
        self.bench.pk.sync()

    def assert_unopened(self, sent: pb.Envelope, reason: Reason) -> None:
        """Deliver what no honest author would sign; the desk shows nothing of it.

        Neither text nor subject is there, nor found, and its author is told why, once.
        """
        self.deliver(sent)
        desk, name = self.bench.pk, name_of(sent)
        message = desk.mailbox.messages.read(name)
        assert (message.row.verdict, message.row.state) == (reason, "refused")
        assert (message.content, message.row.subject) == (None, "")
        assert message.row.number not in desk.mailbox.search.text("convoy")
        desk.sync()
        (told,) = desk.mailbox.receipts.of(name)
        assert (told.relation, told.reason) == ("UNOPENABLE", reason)
        assert envelope.split(told.entry).core.clear == str(reason).encode()


def resigned(
    sent: pb.Envelope, *signers: tuple[str, Signer], **changes: bytes
) -> pb.Envelope:
    """Return an envelope whose entry has `changes`, signed over them."""
    entry = pb.Entry.FromString(sent.entry)
    for field, value in changes.items():
        setattr(entry, field, value)
    signatures = [
        (
            role,
            signer.kid,
            signer.sign(
                envelope.to_sign(role, signer.kid, entry.core, entry.dw, entry.db)
            ),
        )
        for role, signer in signers
    ]
    return with_signatures(sent, *signatures, **changes)


def with_signatures(
    sent: pb.Envelope, *signatures: tuple[str, bytes, bytes], **changes: bytes
) -> pb.Envelope:
    """Return an envelope with any signatures (role, kid, signature), sorted."""
    entry = pb.Entry.FromString(sent.entry)
    for field, value in changes.items():
        setattr(entry, field, value)
    del entry.signatures[:]
    for role, kid, signature in sorted(signatures):
        entry.signatures.add(role=role, kid=kid, signature=signature)
    made = pb.Envelope(wraps=sent.wraps, body=sent.body)
    made.entry = entry.SerializeToString(deterministic=True)
    return made


def with_core(sent: pb.Envelope, **changes: object) -> bytes:
    """Return the header with fields set, as no honest program would seal it."""
    core = pb.Core.FromString(pb.Entry.FromString(sent.entry).core)
    for field, value in changes.items():
        setattr(core, field, value)
    return core.SerializeToString(deterministic=True)


def flipped(data: bytes, place: int) -> bytes:
    """Return the bytes with one bit changed."""
    made = bytearray(data)
    made[place] ^= 1
    return bytes(made)


def digest(label: str, *parts: bytes) -> bytes:
    return hashlib.sha256(pae(label, *parts)).digest()


def signature_of(sent: pb.Envelope) -> pb.Signature:
    """Return the first signature of an envelope."""
    return pb.Entry.FromString(sent.entry).signatures[0]


def all_of(sent: pb.Envelope) -> Sequence[bytes]:
    """Return the three parts that signatures cover: core, dw and db."""
    entry = pb.Entry.FromString(sent.entry)
    return entry.core, entry.dw, entry.db
