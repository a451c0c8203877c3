"""Later editions of a nation's bundle."""

from collections.abc import Callable
from itertools import pairwise

from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.trust import bundle as bundles
from exchange.trust import root_pairs
from exchange.trust.bundle import Bundle
from exchange.trust.root_pairs import RootPair
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from keys.signing import Signer
from tests.trust.nation import NOW, Nation, ed, ml

Roots = tuple[Signer, Signer]
Change = Callable[[trust_pb2.TrustBundle], None]


def roots(number: int, domain: str = "pk") -> Roots:
    """Return a pair of roots; number 0 are those that a nation began with."""
    name = f"root {number}" if number else "root"
    return ed(f"{domain} {name}"), ml(f"{domain} {name}")


def name_successors(by: Roots, to: Roots, change: int) -> trust_pb2.FormerRoots:
    """Let a pair of roots name the pair that follows; `change` counts from 1."""
    pair = RootPair(to[0].public, to[1].public)
    return trust_pb2.FormerRoots(
        root_ed25519=by[0].public,
        root_ml_dsa_44=by[1].public,
        signatures=root_pairs.sign(root_pairs.succession(pair, change), by),
    )


def changed(nation: Nation, serial: int, *changes: Change) -> trust_pb2.TrustBundle:
    """Return what a later edition says."""
    plain = nation.plain(serial)
    for change in changes:
        change(plain)
    return plain


def edition(nation: Nation, serial: int, *changes: Change) -> Bundle:
    """Return a later edition, signed by the roots that the nation began with."""
    return bundles.read(bundles.make(changed(nation, serial, *changes), *nation.roots))


def with_roots(number: int) -> Change:
    """Let a pair of roots speak that followed `number` others."""

    def change(plain: trust_pb2.TrustBundle) -> None:
        line = [roots(place, plain.domain) for place in range(number + 1)]
        now = line[-1]
        plain.root_ed25519, plain.root_ml_dsa_44 = now[0].public, now[1].public
        del plain.earlier[:]
        plain.earlier.extend(
            name_successors(by, to, number_)
            for number_, (by, to) in enumerate(pairwise(line), 1)
        )

    return change


def with_new_roots(nation: Nation, serial: int, number: int = 1) -> Bundle:
    """Return an edition with new roots, signed by them and by those before."""
    plain = changed(nation, serial, with_roots(number))
    signers = *roots(number - 1, nation.domain), *roots(number, nation.domain)
    data = bundles.make(plain, *signers)
    return bundles.read(data)


def with_tls_roots(*certificates: bytes) -> Change:
    """List several TLS roots, DER; the first is the first."""

    def change(plain: trust_pb2.TrustBundle) -> None:
        plain.tls_root = certificates[0]
        plain.tls_roots.extend(certificates)

    return change


def with_revoked(*revoked: tuple[bytes, int]) -> Change:
    """Revoke what has these hashes, each from a time on."""

    def change(plain: trust_pb2.TrustBundle) -> None:
        for what, since in revoked:
            plain.revoked.add(what=what, since=since)

    return change


def last_head(nation: Nation, size: int = 7) -> bytes:
    """Return a head of the nation's log 1, signed by its keys."""
    origin = f"{nation.node}.fusion/log/1"
    head = Head(origin, size, bytes(32))
    return checkpoint.sign_head(head, ed(origin), ml(origin), NOW // 1_000)


def with_retired_log(nation: Nation, size: int = 7) -> Change:
    """Retire both keys of the node's log 1, and list log 2."""
    last = last_head(nation, size)

    def change(plain: trust_pb2.TrustBundle) -> None:
        (node,) = plain.nodes
        for vkey in sorted(node.logs):
            node.retired.add(vkey=vkey, last=last)

    return change


def with_retired_mirror(time_s: int) -> Change:
    """Retire the node's cosigner, whose last line was of this time."""

    def change(plain: trust_pb2.TrustBundle) -> None:
        (node,) = plain.nodes
        node.retired.add(vkey=node.cosigners[0], last=time_s.to_bytes(8))

    return change


def state_roots(domain: str, pair: Roots, serial: int) -> pb.Statement:
    """State new roots."""
    return pb.Statement(
        type=pb.STATEMENT_TYPE_ROOTS,
        subject=domain,
        public_key=pair[0].public + pair[1].public,
        serial=serial,
    )
