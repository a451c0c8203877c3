"""Two nations' nodes on disk, and envelopes for them, from fixed seeds."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from exchange import envelope
from exchange.audit.result import Report
from exchange.audit.verify_database import verify_file
from exchange.clock import Clock
from exchange.config.database_url import DatabaseUrl
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.node import outbox, peer_heads, retention, start_up, submissions
from exchange.node.members import Members
from exchange.node.node import Node, NodeKeys
from exchange.node.start_up import EmissionRecord
from exchange.node.submission_check import Submission
from exchange.node.term import Term
from exchange.node.upkeep import catch_up
from exchange.store import Store
from exchange.trust import statements, wire
from exchange.trust.bundle import Bundle
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import ledger_pb2
from keys.signing import Signer
from tests.batches import serialized
from tests.node import receiving
from tests.trust.nation import DAY, NOW, Nation, ed, ml

PK, CN = "islamabad.pk", "beijing.cn"
FILED = NOW + 60_000


def keys_of(node: str) -> NodeKeys:
    origin = checkpoint.log_origin(node)
    mirror = checkpoint.cosigner_name(node)
    return NodeKeys(ed(origin), ml(origin), ml(mirror))


def core(nation: Nation, **changes: object) -> pb.Core:
    """Return a core that passes, before `changes`; the id comes from them."""
    fields: dict[str, object] = {
        "version": 1,
        "suite": 1,
        "kind": pb.KIND_BULLETIN,
        "id": hashlib.sha256(repr(sorted(changes.items())).encode()).digest()[:16],
        "origin": nation.node,
        "author": nation.author.kid,
        "filed": FILED,
        "valid_from": FILED,
        "expires": FILED + 30 * DAY,
        "precedence": pb.PRECEDENCE_PRIORITY,
        "tlp": pb.TLP_AMBER,
        "releasable_to": ["cn", "pk"],
        "mode": pb.MODE_TEST,
        "release": pb.RELEASE_NONE,
    }
    return pb.Core(**(fields | changes))  # type: ignore[arg-type]  # field by field


def directory(
    nation: Nation, statement: pb.Statement, signers: Sequence[tuple[str, Signer]]
) -> pb.Envelope:
    author = next(s for _, s in signers if s.algorithm == "ed25519")
    header = core(
        nation,
        kind=pb.KIND_DIRECTORY,
        author=author.kid,
        clear=wire.encode(statement),
        precedence=pb.PRECEDENCE_ROUTINE,
    )
    return envelope.sign(envelope.seal(header, b"", {}), signers)


def policy(nation: Nation, text: bytes, serial: int = 1) -> pb.Envelope:
    """Return a policy that both roots of a nation state."""
    stated = statements.policy_statement(nation.domain, text, serial)
    return directory(nation, stated, [("root", root) for root in nation.roots])


def beginning(nation: Nation) -> list[pb.Envelope]:
    """Return what every log begins with: issuer, officer, sealing key."""
    return [
        directory(
            nation, nation.state_issuer(), [("root", root) for root in nation.roots]
        ),
        directory(nation, nation.state_author(), [("issuer", nation.issuer)]),
        directory(nation, nation.state_sealing(), [("author", nation.author)]),
    ]


def bulletin(
    sender: Nation, receiver: Nation, text: bytes = b"text", **changes: object
) -> pb.Envelope:
    """Return a bulletin from desk to desk; its id depends on the text."""
    fields = {
        "id": hashlib.sha256(text).digest()[:16],
        "recipients": recipients(sender, receiver),
    }
    header = core(sender, **(fields | changes))
    publics = {n.sealing.kid: n.sealing.public for n in (sender, receiver)}
    kids = {recipient.kid for recipient in header.recipients}
    publics = {kid: public for kid, public in publics.items() if kid in kids}
    sealed = envelope.seal(header, text, publics)
    return envelope.sign(sealed, [("author", sender.author)])


def recipients(sender: Nation, receiver: Nation) -> list[pb.Recipient]:
    classes = pb.RECIPIENT_CLASS_COPY, pb.RECIPIENT_CLASS_ACTION
    found = [
        pb.Recipient(desk=each.desk, recipient_class=class_, kid=each.sealing.kid)
        for each, class_ in zip((sender, receiver), classes, strict=True)
    ]
    return sorted(found, key=lambda recipient: recipient.kid)


def own_copy(sender: Nation) -> list[pb.Recipient]:
    """The author's own desk, and nobody else."""
    copy = pb.RECIPIENT_CLASS_COPY
    both = recipients(sender, sender)
    return [one for one in both if one.recipient_class == copy]


def receipt(
    reader: Nation, name: bytes, relation: int, **changes: object
) -> pb.Envelope:
    header = core(
        reader,
        kind=pb.KIND_RECEIPT,
        references=[pb.Reference(relation=relation, name=name)],  # type: ignore[arg-type]
        **changes,
    )
    return envelope.sign(envelope.seal(header, b"", {}), [("author", reader.author)])


def name_of(sent: pb.Envelope) -> bytes:
    return envelope.split(sent.entry).name


class Site:
    """One nation's node, over a database on disk."""

    def __init__(  # noqa: PLR0913, PLR0917  all that differs between tests
        self,
        nation: Nation,
        folder: Path,
        others: Sequence[Nation],
        now: int = FILED,
        step: int = 0,
        term: Term | None = None,
        record: Path | None = None,
        url: DatabaseUrl | None = None,
    ) -> None:
        """`term` and `record` are of one of several processes of the node.

        `url`: its database, where that is on a server.
        """
        self.nation = nation
        self.record = record or folder / f"{nation.node}.emitted"
        if not (folder / f"{nation.node}.db").exists() and not self.record.exists():
            start_up.write_emissions(
                self.record, start_up.Emissions()
            )  # as `init` does
        standby = term is not None and term.standby
        self.place = url or folder / f"{nation.node}.db"
        self.store = Store(self.place, read_only=standby)
        self.now = now
        """What time it is: set, it went by, as this clock and as elapsed time."""
        self.step = step  # ms by which the wall clock is wrong
        self.clock = Clock(lambda: self.now + self.step, lambda: self.now)
        bundles = {n.domain: n.bundle for n in (nation, *others)}
        members = Members(nation.node, self.store, bundles)
        keys, kept = keys_of(nation.node), EmissionRecord(self.record, self.excused)
        node = Node(members, self.store, keys, self.clock, None, kept, term)
        self.node = catch_up(node)

    @property
    def excused(self) -> Path:
        """Where the operator names members whom nobody can hear."""
        return self.record.with_suffix(".excused")

    def reach(self, now: int) -> "Site":
        """Let it be `now` (ms UTC), by this node's clock and by its partner's alike."""
        self.now = now
        other = CN if self.nation.node == PK else PK
        self.node.signed_time.heard(other, now)
        return self

    def verify(self, bundles: Mapping[str, Bundle], now: int = 0) -> Report:
        """Verify its database, which may be in use, as it would be at `now`."""
        return verify_file(self.place, self.nation.node, bundles, now=now)

    def read_all(self) -> "Site":
        """Let the own desk begin to watch behind all that arrived."""
        last = len(self.store.arrivals.page(0, 100_000))
        retention.record_watch(self.node, self.nation.desk, last)
        return self

    def begin(self) -> "Site":
        assert all(not answer.reason for answer in self.submit(*beginning(self.nation)))
        return self

    def submit(self, *sent: pb.Envelope) -> list[desk_pb.Submitted]:
        return submissions.submit(self.node, [Submission(one, None) for one in sent])

    def from_desk(self, *sent: pb.Envelope) -> list[desk_pb.Submitted]:
        return submissions.submit(
            self.node, [Submission(one, self.nation.desk) for one in sent]
        )


class World:
    """Islamabad and Beijing."""

    url: DatabaseUrl | None = None

    def __init__(
        self, folder: Path, *, begin: bool = True, url: DatabaseUrl | None = None
    ) -> None:
        """Make both, or open them as they are where they do not `begin`.

        `url`: Islamabad's database, where that is on a server.
        """
        self.url = url
        self.nations = {PK: Nation(), CN: Nation("cn", "beijing")}
        self.folder = folder
        self.pk, self.cn = self._site(PK), self._site(CN)
        self.greet()
        if begin:
            self.pk.begin()
            self.cn.begin()

    @property
    def bundles(self) -> dict[str, Bundle]:
        """Return the bundle of each nation, by its domain."""
        return {nation.domain: nation.bundle for nation in self.nations.values()}

    def _site(self, node: str, now: int = FILED, step: int = 0) -> Site:
        nation = self.nations[node]
        others = [other for name, other in self.nations.items() if name != node]
        url = self.url if node == PK else None
        return Site(nation, self.folder, others, now, step, url=url)

    def restart_pk(self, *, step: int) -> None:
        """Start Islamabad's node again with its wall clock off by `step` ms."""
        self.pk.store.close()
        self.pk = self._site(PK, self.pk.now, step)

    def reopen(self, *, greet: bool = True) -> None:
        """Start both nodes again, from what is on disk."""
        self.close()
        self.pk, self.cn = self._site(PK), self._site(CN)
        if greet:
            self.greet()

    def greet(self) -> None:
        """Let each hear what the other holds, as a stream begins with it."""
        peer_heads.hear_partner(
            self.pk.node, CN, outbox.log_positions(self.cn.node.store)
        )
        peer_heads.hear_partner(
            self.cn.node, PK, outbox.log_positions(self.pk.node.store)
        )

    def close(self) -> None:
        self.pk.store.close()
        self.cn.store.close()

    def carry(self, sender: Site, receiver: Site) -> None:
        """Replicate all of one log, and bring the answers back."""
        receiving.carry(sender.node, receiver.node)

    def verify(self, node: str, now: int = 0) -> Report:
        """Verify the database of one of both."""
        return (self.pk if node == PK else self.cn).verify(self.bundles, now)

    def meet(self) -> None:
        self.carry(self.pk, self.cn)
        self.carry(self.cn, self.pk)


@contextmanager
def world(folder: Path) -> Iterator[World]:
    made = World(folder)
    try:
        yield made
    finally:
        made.close()


def forged(
    nation: Nation, edge: Edge, entries: Sequence[bytes], **changes: object
) -> ledger_pb2.Batch:
    """Return a batch under a valid head: what a hostile node could log."""
    origin = checkpoint.log_origin(nation.node)
    grown = edge.extend([leaf_hash(entry) for entry in entries]).edge
    head = Head(origin, grown.size, grown.root())
    keys = keys_of(nation.node)
    note = checkpoint.sign_head(head, keys.log, keys.log_pq, FILED // 1000)
    fields: dict[str, object] = {
        "origin": origin,
        "start": edge.size,
        "envelopes": serialized(pb.Envelope(entry=entry) for entry in entries),
        "head": note,
    }
    return ledger_pb2.Batch(**(fields | changes))  # type: ignore[arg-type]
