"""Whom a node knows, by its bundles and by what the logs say since."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.net.identity import Caller, identify
from exchange.net.pins import MemberPins
from exchange.node.members import Members
from exchange.trust.bundle import Bundle
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from keys import tls
from keys.tls import Peer
from tests.expecting import present
from tests.net.test_gate import auth
from tests.node import world as worlds
from tests.node.world import CN, PK, World
from tests.tls_keys import public_of
from tests.trust.editions import edition, with_revoked, with_tls_roots
from tests.trust.nation import NOW, revocation, seed

SPKI = {node: seed(f"{node} tls") for node in (PK, CN)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with worlds.world(tmp_path) as made:
        yield made


def pinned(world: World, peer: Peer, spki: bytes) -> str:
    return MemberPins(world.pk.node.members).peer_name(peer, spki)


def refused(world: World, peer: Peer, spki: bytes) -> Reason:
    with pytest.raises(Refusal) as found:
        pinned(world, peer, spki)
    return found.value.reason


def test_a_partner_is_known_by_its_key_and_a_desk_by_its_officer(
    world: World,
) -> None:
    desk = Peer("pk", "desk", "ops.islamabad.pk")

    assert pinned(world, Peer("cn", "node", CN), SPKI[CN]) == CN
    assert pinned(world, desk, seed("any key")) == "ops.islamabad.pk"


@pytest.mark.parametrize(
    ("peer", "spki"),
    [
        (Peer("cn", "node", CN), SPKI[PK]),
        (Peer("cn", "node", "lhasa.cn"), SPKI[CN]),
        (Peer("pk", "node", PK), SPKI[PK]),
        (Peer("cn", "desk", "ops.beijing.cn"), seed("any key")),
        (Peer("pk", "desk", "port.islamabad.pk"), seed("any key")),
        (Peer("xx", "auditor", "court.xx"), seed("any key")),
    ],
    ids=["other key", "unknown", "itself", "partner's desk", "no officer", "auditor"],
)
def test_nobody_else_is(world: World, peer: Peer, spki: bytes) -> None:
    assert refused(world, peer, spki) == Reason.NOT_PINNED


@pytest.mark.parametrize(
    ("node", "peer"),
    [(CN, Peer("cn", "node", CN)), (PK, Peer("pk", "desk", "ops.islamabad.pk"))],
)
def test_a_certificate_revoked_in_its_own_nodes_log_is_turned_away(
    world: World, node: str, peer: Peer
) -> None:
    directory = present(world.pk.node.members.directory(node))
    revoked = revocation(peer.name, SPKI[node], NOW)
    directory.apply(9, pb.Core(), revoked)

    assert refused(world, peer, SPKI[node]) == Reason.NOT_PINNED


@pytest.mark.parametrize(
    "peer",
    [
        Peer("cn", "node", CN),
        Peer("pk", "desk", "ops.islamabad.pk"),
        Peer("cn", "auditor", "court.cn"),
    ],
)
def test_what_its_nations_bundle_revokes_is_turned_away(
    world: World, peer: Peer
) -> None:
    """Whatever the logs say: a hostile node would not log its own revocation."""
    spki = SPKI[CN] if peer.kind == "node" else seed("any key")
    before = {nation.domain: nation.bundle for nation in world.nations.values()}
    (nation,) = (one for one in world.nations.values() if one.domain == peer.domain)
    revoking = before | {peer.domain: edition(nation, 2, with_revoked((spki, NOW)))}
    held, known = (Members(PK, world.pk.store, one) for one in (revoking, before))

    with pytest.raises(Refusal, match=Reason.NOT_PINNED):
        MemberPins(held).peer_name(peer, spki)
    assert MemberPins(known).peer_name(peer, spki) == peer.name


def test_a_node_whose_key_is_revoked_is_known_by_the_next(world: World) -> None:
    def with_next(plain: trust_pb2.TrustBundle) -> None:
        plain.nodes[0].tls_keys.append(seed("next"))

    revoked = with_revoked((SPKI[CN], NOW))
    world.pk.node.members.renew(edition(world.cn.nation, 2, with_next, revoked))

    node = Peer("cn", "node", CN)
    assert pinned(world, node, seed("next")) == CN
    assert refused(world, node, SPKI[CN]) == Reason.NOT_PINNED


def test_a_certificate_of_a_revoked_tls_authority_is_turned_away_at_the_gate(
    world: World,
) -> None:
    """Its nation lists another beside it, whose certificates count."""
    key = tls.new_key()
    stolen, other = (tls.make_ca("cn", NOW) for _ in range(2))
    by_stolen, by_other = (
        tls.issue(ca, tls.spiffe_of("node", CN), public_of(key), NOW)
        for ca in (stolen, other)
    )
    revoked = with_revoked((tls.spki_hash(stolen.cert), NOW))

    def with_key(plain: trust_pb2.TrustBundle) -> None:
        plain.nodes[0].tls_keys.append(tls.spki_hash(by_other))

    def alone(plain: trust_pb2.TrustBundle) -> None:
        plain.tls_root = stolen.cert

    both = with_tls_roots(stolen.cert, other.cert), with_key
    before = edition(world.cn.nation, 2, *both)
    revoking = edition(world.cn.nation, 3, *both, revoked)
    without = edition(world.cn.nation, 4, alone, with_key, revoked)

    def caller(bundle: Bundle, certificate: bytes) -> Caller:
        world.pk.node.members.renew(bundle)
        return identify(auth(certificate), MemberPins(world.pk.node.members), NOW)

    for certificate in (by_stolen, by_other):
        assert caller(before, certificate) == Caller("node", CN)
    assert caller(revoking, by_other) == Caller("node", CN)
    for bundle, reason in ((revoking, Reason.DOMAIN_CA), (without, Reason.NOT_PINNED)):
        with pytest.raises(Refusal, match=reason):
            caller(bundle, by_stolen)


COURTS = [Peer(domain, "auditor", f"court.{domain}") for domain in ("pk", "cn")]


@pytest.mark.parametrize("peer", COURTS)
def test_an_auditor_of_either_nation_is_known_by_its_certificate_alone(
    world: World, peer: Peer
) -> None:
    assert pinned(world, peer, seed("any key")) == peer.name


def test_where_auditors_are_listed_no_other_calls(world: World) -> None:
    own, partners = COURTS
    listed = MemberPins(world.pk.node.members, ("court.cn",))

    assert listed.peer_name(partners, seed("any key")) == "court.cn"
    for pins in (listed, MemberPins(world.pk.node.members, ())):
        with pytest.raises(Refusal, match=Reason.NOT_PINNED):
            pins.peer_name(own, seed("any key"))


@pytest.mark.parametrize("node", [CN, PK])
def test_an_auditor_is_revoked_in_the_log_of_a_node_of_its_nation(
    world: World, node: str
) -> None:
    """It is no subject of its own: the statement is about one of the nodes."""
    directory = present(world.pk.node.members.directory(node))
    revoked = revocation(node, seed("any key"), NOW)
    directory.apply(9, pb.Core(), revoked)
    own = Peer(node.partition(".")[2], "auditor", f"court.{node.partition('.')[2]}")
    other = next(peer for peer in COURTS if peer != own)

    assert refused(world, own, seed("any key")) == Reason.NOT_PINNED
    assert pinned(world, own, seed("its next key")) == own.name
    assert pinned(world, other, seed("any key")) == other.name
