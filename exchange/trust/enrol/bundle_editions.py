"""The editions of a nation's trust bundle: the first, with a node, with a next log."""

from exchange.ledger import checkpoint
from exchange.ledger.note import Vkey
from exchange.trust import bundle as bundles
from exchange.trust.bundle import Bundle
from exchange.trust.bundle_succession import accept
from exchange.v1 import trust_pb2
from keys.signing import Signer


def new_bundle(
    domain: str, roots: tuple[Signer, Signer], tls_root: bytes, now: int
) -> bytes:
    """Return a nation's first bundle, without nodes."""
    plain = trust_pb2.TrustBundle(
        version=bundles.FIRST_VERSION,
        domain=domain,
        serial=1,
        root_ed25519=roots[0].public,
        root_ml_dsa_44=roots[1].public,
        tls_root=tls_root,
        issued=now,
    )
    return bundles.make(plain, *roots)


def next_log(
    bundle: Bundle, node: str, roots: tuple[Signer, Signer], now: int
) -> Bundle:
    """Return the edition that lists log n + 1 of a node: its keys under a new name.

    Raise Refusal(NOT_PINNED | BUNDLE).
    """
    listed = bundle.node(node)
    last = listed.origins[-1]
    number = int(last.rpartition("/")[2]) + 1
    origin = checkpoint.log_origin(node, number)
    keys = [key for key in listed.logs if key.name == last]
    entry = trust_pb2.TrustedNode(
        name=node,
        addresses=listed.addresses,
        tls_keys=listed.tls_keys,
        logs=[Vkey(origin, key.type, key.public).encode() for key in keys],
        cosigners=[key.encode() for key in listed.cosigners],
    )
    new = bundles.read(bundles.make(with_node(bundle, entry, now), *roots))
    return accept(new, bundle)


def with_node(
    bundle: Bundle, entry: trust_pb2.TrustedNode, now: int
) -> trust_pb2.TrustBundle:
    """Return the next edition; what a node had before stays listed, first."""
    signed = trust_pb2.SignedTrustBundle.FromString(bundle.data)
    plain = trust_pb2.TrustBundle.FromString(signed.bundle)
    nodes = {node.name: node for node in plain.nodes}
    before = nodes.get(entry.name)
    if before is not None:
        for field in ("tls_keys", "logs", "cosigners", "retired"):
            old, new = getattr(before, field), getattr(entry, field)
            kept = [*old, *(one for one in new if one not in old)]
            del new[:]
            new.extend(kept)
    nodes[entry.name] = entry
    plain.serial = bundle.serial + 1
    plain.issued = now
    del plain.nodes[:]
    plain.nodes.extend(nodes[name] for name in sorted(nodes))
    return plain
