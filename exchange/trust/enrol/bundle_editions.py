"""The editions of a nation's trust bundle: the first, and later ones."""

from collections.abc import Callable, Sequence

from exchange.errors import Reason, Refusal, Why
from exchange.ledger import checkpoint
from exchange.ledger.note import Vkey
from exchange.trust import bundle as bundles
from exchange.trust import root_pairs
from exchange.trust.bundle import Bundle
from exchange.trust.bundle_succession import accept
from exchange.trust.root_pairs import RootPair
from exchange.v1 import trust_pb2
from keys.signing import Signer
from keys.tls import spki_hash

_KEYS = ("tls_keys", "logs", "cosigners")


def new_bundle(
    domain: str, roots: tuple[Signer, Signer], tls_root: bytes, now: int
) -> bytes:
    plain = trust_pb2.TrustBundle(
        version=bundles.VERSION,
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
    """Return the edition with log n + 1: its keys under a new name.

    Raises Refusal(NOT_PINNED | BUNDLE).
    """
    listed = bundle.node(node)
    last = listed.origins[-1]
    number = int(last.rpartition("/")[2]) + 1
    origin = checkpoint.log_origin(node, number)
    keys = [
        key for key in listed.logs if key.name == last and key not in listed.retired
    ]
    entry = trust_pb2.TrustedNode(
        name=node,
        addresses=listed.addresses,
        tls_keys=listed.tls_keys,
        logs=[Vkey(origin, key.type, key.public).encode() for key in keys],
        cosigners=[key.encode() for key in listed.cosigners],
    )
    new = bundles.read(bundles.make(with_node(bundle, entry, now), *roots))
    return accept(new, bundle)


def is_listed(entry: trust_pb2.TrustedNode, bundle: Bundle) -> bool:
    before = _plain(bundle)
    listed = {node.name: node for node in before.nodes}.get(entry.name)
    if listed is None:
        return False
    retired = {one.vkey for one in listed.retired}
    return (
        list(listed.addresses) == list(entry.addresses)
        and all(
            set(getattr(entry, field)) <= set(getattr(listed, field)) for field in _KEYS
        )
        and {one.vkey for one in entry.retired} <= retired
    )


def next_edition(
    bundle: Bundle,
    change: Callable[[trust_pb2.TrustBundle], None],
    roots: tuple[Signer, Signer],
    now: int,
) -> Bundle:
    """Return the edition edited by `change`; raises Refusal(BUNDLE)."""
    plain = _plain(bundle)
    change(plain)
    plain.serial, plain.issued = bundle.serial + 1, now
    return accept(bundles.read(bundles.make(plain, *roots)), bundle)


def with_authorities(
    bundle: Bundle,
    certificates: Sequence[bytes],
    roots: tuple[Signer, Signer],
    now: int,
) -> Bundle:
    """`certificates` are DER; the first becomes `tls_root`."""

    def change(plain: trust_pb2.TrustBundle) -> None:
        _list_authorities(plain, certificates)

    return next_edition(bundle, change, roots, now)


def with_new_roots(
    bundle: Bundle, roots: tuple[Signer, Signer], new: tuple[Signer, Signer], now: int
) -> Bundle:
    """Return the edition signed by both pairs."""
    pair = RootPair(new[0].public, new[1].public)
    message = root_pairs.succession(pair, len(bundle.earlier) + 1)
    plain = _plain(bundle)
    plain.earlier.add(
        root_ed25519=bundle.pair.ed25519,
        root_ml_dsa_44=bundle.pair.ml_dsa_44,
        signatures=root_pairs.sign(message, roots),
    )
    plain.root_ed25519, plain.root_ml_dsa_44 = pair.ed25519, pair.ml_dsa_44
    plain.serial, plain.issued = bundle.serial + 1, now
    edition = bundles.read(bundles.make(plain, *roots, *new))
    return accept(edition, bundle, compared=True)


def with_online(
    bundle: Bundle, certificate: bytes, roots: tuple[Signer, Signer], now: int
) -> Bundle:
    def change(plain: trust_pb2.TrustBundle) -> None:
        _list_authorities(plain, [*bundle.tls_roots, certificate])
        plain.online = bundles.spki_of(certificate)

    return next_edition(bundle, change, roots, now)


def with_revoked(
    bundle: Bundle,
    keys: Sequence[bytes],
    since: int,
    roots: tuple[Signer, Signer],
    now: int,
) -> Bundle:
    """`keys` are hashes, `since` is ms UTC.

    A revocation may be moved to an earlier time, never a later one. A revoked TLS
    authority is removed; raises Refusal(BUNDLE) if none would be left.
    """
    revoked = {**bundle.revoked}
    for what in keys:
        revoked[what] = min(since, revoked.get(what, since))
    left = [root for root in bundle.tls_roots if spki_hash(root) not in revoked]
    if not left:
        why = Why("no TLS authority would be left; list another one first")
        raise Refusal(Reason.BUNDLE, "tls_root", why)

    def change(plain: trust_pb2.TrustBundle) -> None:
        _list_authorities(plain, left)
        del plain.revoked[:]
        for what in sorted(revoked):
            plain.revoked.add(what=what, since=revoked[what])

    return next_edition(bundle, change, roots, now)


def _list_authorities(
    plain: trust_pb2.TrustBundle, certificates: Sequence[bytes]
) -> None:
    """List TLS authorities; clears `online` if it is not among them."""
    plain.tls_root = certificates[0]
    plain.tls_roots[:] = certificates if len(certificates) > 1 else []
    if plain.online not in {bundles.spki_of(one) for one in certificates}:
        plain.ClearField("online")


def _plain(bundle: Bundle) -> trust_pb2.TrustBundle:
    signed = trust_pb2.SignedTrustBundle.FromString(bundle.data)
    return trust_pb2.TrustBundle.FromString(signed.bundle)


def with_node(
    bundle: Bundle, entry: trust_pb2.TrustedNode, now: int
) -> trust_pb2.TrustBundle:
    """Keep a node's former entries listed, first."""
    plain = _plain(bundle)
    nodes = {node.name: node for node in plain.nodes}
    before = nodes.get(entry.name)
    if before is not None:
        for field in ("tls_keys", "logs", "cosigners", "retired"):
            old, new = getattr(before, field), getattr(entry, field)
            kept = [*old, *(one for one in new if one not in old)]
            del new[:]
            new.extend(kept)
        entry.retired.sort(key=lambda one: one.vkey)
    nodes[entry.name] = entry
    plain.serial = bundle.serial + 1
    plain.issued = now
    del plain.nodes[:]
    plain.nodes.extend(nodes[name] for name in sorted(nodes))
    return plain
