"""Trust bundles: what a nation tells its partners about itself.

docs/spec/statements.md, "Trust bundle". One file a nation, signed by both of its
roots, carried by hand. Log, cosigner and
TLS keys of nodes come from here only. Pure but for `load_all`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchange.core import TIME_MAX
from exchange.errors import Reason, Refusal, Why
from exchange.ledger import note
from exchange.ledger.note import Vkey
from exchange.limits import BUNDLE_MAX, NODE_KEYS_MAX, NODES_MAX
from exchange.trust import names, wire
from exchange.trust.statements import HASH_SIZE, ROOT, SERIAL_MAX
from exchange.v1 import envelope_pb2, trust_pb2
from keys.errors import BadCertificate, BadSignature, WeakKey
from keys.pae import pae
from keys.signing import ED25519, ML_DSA_44, Signer, check_public, kid, verify
from keys.tls import certificate_der, load_certificate

VERSION = 1
SUFFIX = ".bundle"

_LOG = re.compile(r"([a-z0-9.-]+)\.fusion/log/[1-9][0-9]{0,8}")
_ADDRESS = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]):([0-9]{1,5})")
_PORT_MAX = 65_535


@dataclass(frozen=True, slots=True)
class ListedNode:
    """A node and the keys by which others know it; the old ones stay listed."""

    name: str
    addresses: tuple[str, ...]
    tls_keys: tuple[bytes, ...]
    logs: tuple[Vkey, ...]
    cosigners: tuple[Vkey, ...]

    @property
    def origins(self) -> tuple[str, ...]:
        """Its logs by number, oldest first: it writes to the last one only."""
        found = {key.name for key in self.logs}
        return tuple(sorted(found, key=lambda name: int(name.rpartition("/")[2])))


@dataclass(frozen=True, slots=True)
class Bundle:
    """A nation's trust bundle whose two signatures were verified.

    `tls_root` is DER; `issued` is ms UTC; `data` is the file as it came.
    """

    domain: str
    serial: int
    root_ed25519: bytes
    root_ml_dsa_44: bytes
    tls_root: bytes
    nodes: Mapping[str, ListedNode]
    issued: int
    data: bytes

    @property
    def tls_root_spki(self) -> bytes:
        """The TLS root's SubjectPublicKeyInfo, DER."""
        key = load_certificate(self.tls_root).public_key()
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def roots(self) -> tuple[bytes, bytes, bytes]:
        """The three root keys, which must never change under one domain."""
        return self.root_ed25519, self.root_ml_dsa_44, self.tls_root_spki

    def node(self, name: str) -> ListedNode:
        """Return a node of this nation; raise Refusal(NOT_PINNED)."""
        if name not in self.nodes:
            raise Refusal(Reason.NOT_PINNED, name)
        return self.nodes[name]

    def log_keys(self, origin: str) -> tuple[Vkey, ...]:
        """Return the keys of a log of one of the nodes, none where it is unknown."""
        return tuple(k for n in self.nodes.values() for k in n.logs if k.name == origin)

    def cosigner_keys(self, name: str) -> tuple[Vkey, ...]:
        """Return the keys of a cosigner name, none where it is unknown."""
        return tuple(
            k for n in self.nodes.values() for k in n.cosigners if k.name == name
        )


def make(bundle: trust_pb2.TrustBundle, ed_root: Signer, ml_root: Signer) -> bytes:
    """Sign a bundle with both roots; the result passes `read`."""
    data = wire.encode(bundle)
    signed = trust_pb2.SignedTrustBundle(
        bundle=data,
        signatures=[
            envelope_pb2.Signature(
                role=ROOT, kid=root.kid, signature=root.sign(pae("bundle", data))
            )
            for root in sorted((ed_root, ml_root), key=lambda root: root.kid)
        ],
    )
    return read(wire.encode(signed)).data


def read(data: bytes) -> Bundle:
    """Return the bundle in a file, or raise Refusal(BUNDLE).

    1. One encoding, bounded, of the version that we know.
    2. Both roots are strong keys, and both signed these bytes.
    3. The TLS root is a CA certificate, signed by itself.
    4. Each node is of this nation, once, with keys under its own names only.
    """
    # 1
    signed = wire.decode(trust_pb2.SignedTrustBundle, data, BUNDLE_MAX, Reason.BUNDLE)
    content = wire.decode(
        trust_pb2.TrustBundle, signed.bundle, BUNDLE_MAX, Reason.BUNDLE
    )
    _demand(content.version == VERSION, "version")
    _demand(names.is_domain(content.domain), "domain")
    _demand(0 < content.serial <= SERIAL_MAX, "serial")
    _demand(0 < content.issued <= TIME_MAX, "issued")
    # 2
    _check_signatures(signed, content)
    # 3
    _check_tls_root(content.tls_root)
    # 4
    listed = [node.name for node in content.nodes]
    _demand(len(listed) <= NODES_MAX and listed == sorted(set(listed)), "nodes")
    nodes = {node.name: _node(node, content.domain) for node in content.nodes}
    return Bundle(
        domain=content.domain,
        serial=content.serial,
        root_ed25519=content.root_ed25519,
        root_ml_dsa_44=content.root_ml_dsa_44,
        tls_root=content.tls_root,
        nodes=nodes,
        issued=content.issued,
        data=data,
    )


def accept(new: Bundle, bundle: Bundle | None) -> Bundle:
    """Return the bundle to keep when `new` comes to a place that has `bundle`.

    1. The first of a nation is kept as it is: two officers compared its number.
    2. The same file again changes nothing.
    3. Another nation, or other roots, cannot take its place (BUNDLE).
    4. The serial grows (SERIAL).
    5. No key that history needs is taken away (BUNDLE).
    """
    # 1
    if bundle is None:
        return new
    # 2
    if new.data == bundle.data:
        return bundle
    # 3
    _demand(new.domain == bundle.domain, "domain")
    _demand(new.roots == bundle.roots, "roots")
    # 4
    if new.serial <= bundle.serial:
        raise Refusal(Reason.SERIAL, new.domain)
    # 5
    for name, node in bundle.nodes.items():
        _demand(name in new.nodes, name)
        kept = new.nodes[name]
        _demand(set(node.logs) <= set(kept.logs), name)
        _demand(set(node.cosigners) <= set(kept.cosigners), name)
        _demand(set(node.tls_keys) <= set(kept.tls_keys), name)
    return new


def load_all(folder: Path) -> dict[str, Bundle]:
    """Return the bundles that were imported into a folder, by domain.

    Raise Refusal(BUNDLE), naming the file; one under another nation's name too.
    """
    bundles: dict[str, Bundle] = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            bundle = read(path.read_bytes())
        except (Refusal, OSError):
            raise Refusal(Reason.BUNDLE, path.name) from None
        if f"{bundle.domain}{SUFFIX}" != path.name:
            raise Refusal(Reason.BUNDLE, path.name)
        bundles[bundle.domain] = bundle
    return bundles


def check_address(address: str, where: str = "address") -> str:
    """Return a host:port that can be dialled; raise Refusal(FIELD_VALUE)."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[1]) <= _PORT_MAX:
        why = Why(
            "not understood; write it as {example}", example="node.islamabad.pk:7001"
        )
        raise Refusal(Reason.FIELD_VALUE, where, why)
    return address


def _check_signatures(
    signed: trust_pb2.SignedTrustBundle, content: trust_pb2.TrustBundle
) -> None:
    roots = {
        kid(algorithm, public): (algorithm, public)
        for algorithm, public in (
            (ED25519, content.root_ed25519),
            (ML_DSA_44, content.root_ml_dsa_44),
        )
    }
    _demand([s.kid for s in signed.signatures] == sorted(roots), "signatures")
    for signature in signed.signatures:
        _demand(signature.role == ROOT, "signatures")
        algorithm, public = roots[signature.kid]
        try:
            check_public(algorithm, public)
            verify(algorithm, public, signature.signature, pae("bundle", signed.bundle))
        except (WeakKey, BadSignature):
            raise Refusal(Reason.BUNDLE, f"root {algorithm}") from None


def _check_tls_root(data: bytes) -> None:
    try:
        root = load_certificate(data)
        _demand(certificate_der(data) == data, "tls_root")
        root.verify_directly_issued_by(root)
        basic = root.extensions.get_extension_for_class(x509.BasicConstraints)
        _demand(basic.value.ca, "tls_root")
    except (
        BadCertificate,
        InvalidSignature,
        x509.ExtensionNotFound,
        ValueError,
        TypeError,
    ):
        raise Refusal(Reason.BUNDLE, "tls_root") from None


def _node(listed: trust_pb2.TrustedNode, domain: str) -> ListedNode:
    name = listed.name
    _demand(names.is_node(name) and names.domain_of(name) == domain, "nodes")
    for many in (listed.addresses, listed.tls_keys, listed.logs, listed.cosigners):
        _demand(len(many) <= NODE_KEYS_MAX and len(set(many)) == len(many), name)
    try:
        addresses = tuple(check_address(address) for address in listed.addresses)
        logs = tuple(Vkey.parse(text) for text in listed.logs)
        cosigners = tuple(Vkey.parse(text) for text in listed.cosigners)
    except Refusal:
        raise Refusal(Reason.BUNDLE, name) from None
    _demand(bool(listed.tls_keys), name)
    _demand(all(len(key) == HASH_SIZE for key in listed.tls_keys), name)
    _check_vkeys(name, logs, cosigners)
    return ListedNode(name, addresses, tuple(listed.tls_keys), logs, cosigners)


def _check_vkeys(name: str, logs: Sequence[Vkey], cosigners: Sequence[Vkey]) -> None:
    """Both sorts of key for each log, each a strong key under a name of this node."""
    for key in logs:
        match = _LOG.fullmatch(key.name)
        _demand(match is not None and match[1] == name, name)
        sorts = {k.type for k in logs if k.name == key.name}
        _demand(sorts == {note.ED25519, note.ML_DSA_44}, name)
    for key in cosigners:
        _demand(key.name == f"{name}.fusion/mirror", name)
        _demand(key.type == note.ML_DSA_44, name)
    _demand(bool(logs) and bool(cosigners), name)
    for key in (*logs, *cosigners):
        algorithm = ED25519 if key.type == note.ED25519 else ML_DSA_44
        try:
            check_public(algorithm, key.public)
        except WeakKey:
            raise Refusal(Reason.BUNDLE, name) from None


def _demand(right: bool, where: str) -> None:  # noqa: FBT001 - it is what it says
    if not right:
        raise Refusal(Reason.BUNDLE, where)
