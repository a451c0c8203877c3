"""Two real nodes that an auditor reads: all that was signed, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from exchange.audit.result import LiveAudit
from exchange.audit.sources.node import ShownLog
from exchange.audit.verify_nodes import verify_live
from exchange.cli import options
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, merkle
from exchange.ledger.checkpoint import Head
from exchange.limits import CALLS_AT_WORK, LIST_MAX
from exchange.net.auditor_client import NodeReader, connect
from exchange.net.desk_client import Tls
from exchange.net.grpc_status import from_rpc_error
from exchange.v1 import audit_service_pb2 as pb
from exchange.v1 import audit_service_pb2_grpc as audit_rpc
from keys import tls
from tests.net.conftest import authority
from tests.net.test_link import CN, PK, Site, held, until
from tests.tls_keys import public_of

TEXT = b"the text that only two desks may read"


@dataclass
class Sites:
    """Both nodes, running, and an auditor of Islamabad's nation."""

    pk: Site
    cn: Site
    key: bytes
    certificate: bytes

    def tls(self, site: Site) -> Tls:
        name = site.node.name
        root = tls.certificate_pem(site.node.members.bundle(name).tls_root)
        return Tls(root, self.key, self.certificate, tls.dns_of_node(name))

    def reader(self, site: Site) -> NodeReader:
        return connect(site.node.name, [site.endpoint.listen], self.tls(site))

    def live(self) -> LiveAudit:
        with closing(self.reader(self.pk)) as ours, closing(self.reader(self.cn)) as cn:
            pinned = {one.domain: one for one in self.pk.node.members.nations}
            return verify_live([ours, cn], pinned)


@pytest.fixture
async def sites(homes: tuple[Path, Path]) -> AsyncIterator[Sites]:
    pk, cn = Site(homes[0]), Site(homes[1])
    key = tls.new_key()
    made = tls.issue(
        authority(pk.home),
        tls.spiffe_of("auditor", "court.pk"),
        public_of(key),
        options.now(),
    )
    await pk.start()
    await cn.start()
    try:
        await until(lambda: held((pk, cn)))
        await pk.submit(pk.bulletin(TEXT, cn))
        await cn.submit(cn.bulletin(TEXT, pk))
        await until(lambda: held((pk, cn)))
        yield Sites(pk, cn, key, made)
    finally:
        await cn.stop()
        await pk.stop()


async def test_both_nodes_show_one_history_of_both_logs(sites: Sites) -> None:
    """The partner's node too: the auditor is of one nation, and reads both."""
    found = await asyncio.to_thread(sites.live)

    assert found.ok
    assert found.nodes == (PK, CN)
    assert [log.origin for log in found.logs] == sorted(
        site.node.origin for site in (sites.pk, sites.cn)
    )
    for log in found.logs:
        assert log.agree
        for view in log.views:
            assert view.size == log.size == 4
            assert view.audit is not None
            assert view.audit.accepted == 4
            assert [one.size for one in view.audit.cosigners] == [4]


async def test_what_is_read_is_entries_and_heads_without_wraps_and_bodies(
    sites: Sites,
) -> None:
    store, origin = sites.pk.node.store, sites.pk.node.origin

    def read() -> tuple[list[ShownLog], list[bytes], list[bytes]]:
        with closing(sites.reader(sites.cn)) as reader:
            return (
                list(reader.logs()),
                list(reader.entries(origin, 0, 4)),
                list(reader.heads(origin, 4)),
            )

    logs, entries, heads = await asyncio.to_thread(read)

    stored = store.entries.page(origin, 0, 4)
    assert entries == [one.entry for one in stored]
    assert stored[-1].wraps
    assert stored[-1].body
    (shown,) = [log for log in logs if log.origin == origin]
    keys = sites.pk.node.members.log_keys(origin)
    newest = checkpoint.verify_head(shown.note, keys).head
    assert newest == Head(origin, 4, store.logs.root_at(origin, 4))
    sizes = [checkpoint.verify_head(note, keys).head.size for note in heads]
    assert sizes == sorted(sizes)
    assert sizes[-1] == 4


def proof_at(
    reader: NodeReader, origin: str, index: int
) -> pb.AuditServiceGetProofResponse:
    """Ask by place, as other programs may: ours asks by name."""
    request = pb.AuditServiceGetProofRequest(origin=origin, index=index)
    return reader._ask(reader._stub.GetProof, request)


async def test_proofs_lead_from_an_entry_and_a_size_to_the_signed_root(
    sites: Sites,
) -> None:
    origin, store = sites.cn.node.origin, sites.cn.node.store
    name = store.entries.page(origin, 3, 1)[0].name

    def ask() -> tuple[
        pb.AuditServiceGetProofResponse, pb.AuditServiceGetProofResponse, list[bytes]
    ]:
        with closing(sites.reader(sites.pk)) as reader:
            proofs = reader.proof(name), proof_at(reader, origin, 3)
            return *proofs, reader.consistency(origin, 3, 4)

    by_name, by_place, hashes = await asyncio.to_thread(ask)

    assert by_name == by_place
    keys = sites.cn.node.members.log_keys(origin)
    head = checkpoint.verify_head(by_name.proof.head, keys).head
    leaf = merkle.leaf_hash(by_name.entry)
    merkle.verify_inclusion(3, head.size, leaf, by_name.proof.hashes, head.root)
    roots = [store.logs.root_at(origin, size) for size in (3, 4)]
    merkle.verify_consistency(3, 4, hashes, roots[0], roots[1])


Ask = Callable[[NodeReader, str], object]

NOT_THERE: list[tuple[Ask, Reason]] = [
    (lambda reader, _: reader.proof(bytes(32)), Reason.NOT_FOUND),
    (lambda reader, origin: proof_at(reader, origin, 4), Reason.NOT_FOUND),
    (lambda reader, origin: proof_at(reader, origin, 2**63), Reason.POSITION),
    (lambda reader, _: proof_at(reader, "nobody", 0), Reason.NOT_FOUND),
    (lambda reader, origin: reader.consistency(origin, 3, 5), Reason.POSITION),
    (lambda reader, origin: reader.consistency(origin, 4, 3), Reason.POSITION),
    (lambda reader, _: reader.consistency("nobody", 0, 1), Reason.POSITION),
    (
        lambda reader, origin: next(reader.entries(origin, 2**63, 2**64 - 1)),
        Reason.POSITION,
    ),
    (lambda reader, origin: next(reader.heads(origin, 2**63)), Reason.POSITION),
]


async def test_what_is_not_there_is_refused(sites: Sites) -> None:
    def call() -> list[tuple[Reason, str]]:
        found = []
        with closing(sites.reader(sites.pk)) as reader:
            for ask, _ in NOT_THERE:
                with pytest.raises(Refusal) as refused:
                    ask(reader, sites.pk.node.origin)
                found.append((refused.value.reason, refused.value.where[: len(PK)]))
            assert not [*reader.entries("nobody", 0, 9), *reader.heads("nobody", 9)]
        return found

    found = await asyncio.to_thread(call)

    assert found == [(reason, PK) for _, reason in NOT_THERE]


async def test_pages_lead_to_the_end_of_a_long_log(sites: Sites) -> None:
    """More entries than a page, and than a message of the largest ones."""
    new = [sites.pk.bulletin(b"%d" % n, sites.cn) for n in range(LIST_MAX + 10)]
    await sites.pk.submit(*new)
    origin = sites.pk.node.origin
    size = sites.pk.node.store.logs.size(origin)

    def read() -> list[bytes]:
        with closing(sites.reader(sites.pk)) as reader:
            return list(reader.entries(origin, 0, size))

    found = await asyncio.to_thread(read)

    assert found == sites.pk.node.store.entries.bare(origin, 0, size)
    assert len(found) == LIST_MAX + 14


# Who may not.


async def test_a_node_that_lists_its_auditors_reads_to_no_other(
    sites: Sites,
) -> None:
    await sites.pk.stop()
    await sites.pk.start(auditors=("bench.pk",))

    with pytest.raises(Refusal) as refused:
        await asyncio.to_thread(sites.reader, sites.pk)

    assert refused.value.reason == Reason.NOT_PINNED
    assert refused.value.where == f"{PK}: court.pk"


async def test_so_many_questions_of_an_auditor_wait_for_their_turn_and_no_more(
    sites: Sites,
) -> None:
    count = 3 * CALLS_AT_WORK
    given = sites.tls(sites.pk)
    root = grpc.ssl_channel_credentials(given.authority, given.key, given.certificate)
    name = [("grpc.ssl_target_name_override", given.node)]
    async with grpc.aio.secure_channel(
        sites.pk.endpoint.listen, root, options=name
    ) as open_:
        stub = audit_rpc.AuditServiceStub(open_)
        asked = [stub.ListLogs(pb.ListLogsRequest(), timeout=60) for _ in range(count)]
        found = await asyncio.gather(*asked, return_exceptions=True)

    answers = [one for one in found if isinstance(one, pb.ListLogsResponse)]
    others = [one for one in found if isinstance(one, grpc.aio.AioRpcError)]
    assert {one.node for one in answers} == {PK}
    assert len(answers) >= CALLS_AT_WORK
    assert len(answers) + len(others) == count
    assert {from_rpc_error(one, "").reason for one in others} <= {Reason.RATE}
