"""Trust bundles: a nation's keys and nodes, as it publishes them to partners.

docs/spec/statements.md, "Trust bundle". One file a nation, signed by both of its roots,
carried by hand. The only source of nodes' log, cosigner and TLS keys. Pure but for
`load_all`.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

from exchange.core import TIME_MAX
from exchange.errors import Reason, Refusal, Why, check_version, in_home
from exchange.ledger import checkpoint, note
from exchange.ledger.note import Vkey
from exchange.limits import (
    BUNDLE_MAX,
    NODE_KEYS_MAX,
    NODES_MAX,
    REVOKED_MAX,
    TLS_ROOTS_MAX,
)
from exchange.trust import names, root_pairs, wire
from exchange.trust.root_pairs import RootPair
from exchange.trust.statements import HASH_SIZE, SERIAL_MAX
from exchange.v1 import trust_pb2
from keys.errors import BadCertificate, WeakKey
from keys.pae import pae
from keys.signing import ED25519, ML_DSA_44, Signer, check_public
from keys.tls import certificate_der, certificate_pem, load_certificate

VERSION = 3
SUFFIX = ".bundle"

_LOG = re.compile(r"([a-z0-9.-]+)\.fusion/log/[1-9][0-9]{0,8}")
_ADDRESS = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]):([0-9]{1,5})")
_PORT_MAX = 65_535
TIME_SIZE = 8  # bytes of the time of a cosigner's last line


class ListedNode(Struct, frozen=True):
    """A node and its published keys; old ones stay listed."""

    name: str
    addresses: tuple[str, ...]
    tls_keys: tuple[bytes, ...]
    logs: tuple[Vkey, ...]
    cosigners: tuple[Vkey, ...]
    retired: Mapping[Vkey, bytes]
    """Its retired keys, each with the newest item that it signed.

    For a log key the note of a head, for a cosigner key the time of a line (8 bytes,
    s).
    """

    @property
    def origins(self) -> tuple[str, ...]:
        """The node's logs by number, oldest first; it writes only to the last."""
        found = {key.name for key in self.logs}
        return tuple(sorted(found, key=lambda name: int(name.rpartition("/")[2])))


class Bundle(Struct, frozen=True):
    """A nation's trust bundle with verified signatures.

    `pair` speaks for the nation; the `earlier` pairs did before, oldest first.
    Certificates issued by any of `tls_roots` (DER) are valid. `issued` is ms UTC;
    `data` the original file. `revoked` maps a key's SHA-256 to the time (ms UTC) from
    which it is not valid; `online` is the SPKI of an authority that renews by itself,
    or empty.
    """

    domain: str
    serial: int
    pair: RootPair
    tls_roots: tuple[bytes, ...]
    nodes: Mapping[str, ListedNode]
    issued: int
    data: bytes
    earlier: tuple[RootPair, ...]
    revoked: Mapping[bytes, int]
    online: bytes

    @property
    def tls_root(self) -> bytes:
        return self.tls_roots[0]

    @property
    def tls_roots_pem(self) -> bytes:
        return b"".join(certificate_pem(root) for root in self.tls_roots)

    @property
    def roots(self) -> tuple[bytes, bytes, bytes]:
        """The three root keys in the safety number."""
        return self.pair.ed25519, self.pair.ml_dsa_44, spki_of(self.tls_root)

    def node(self, name: str) -> ListedNode:
        """Raise Refusal(NOT_PINNED) if it is not listed."""
        if name not in self.nodes:
            raise Refusal(Reason.NOT_PINNED, name)
        return self.nodes[name]

    def log_keys(self, origin: str) -> tuple[Vkey, ...]:
        return tuple(k for n in self.nodes.values() for k in n.logs if k.name == origin)

    def cosigner_keys(self, name: str) -> tuple[Vkey, ...]:
        return tuple(
            k for n in self.nodes.values() for k in n.cosigners if k.name == name
        )


def spki_of(certificate: bytes) -> bytes:
    """Return it in DER; raises BadCertificate."""
    key = load_certificate(certificate).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def make(bundle: trust_pb2.TrustBundle, *roots: Signer) -> bytes:
    """Return a file that passes `read`."""
    data = wire.encode(bundle)
    signatures = root_pairs.sign(pae("bundle", data), roots)
    signed = trust_pb2.SignedTrustBundle(bundle=data, signatures=signatures)
    return read(wire.encode(signed)).data


def read(data: bytes) -> Bundle:
    """Return the bundle in a file, or raise Refusal(BUNDLE).

    1. One encoding, bounded, of the known version.
    2. The roots are strong keys and signed these bytes, possibly with the pair before.
    3. Each former pair of roots named its successors.
    4. Each TLS root is a self-signed CA certificate; the online one is among them.
    5. Each node is of this nation, once, with keys under its own names only.
    6. Revocations are hashes and times, each once.
    """
    # 1
    signed = wire.decode(trust_pb2.SignedTrustBundle, data, BUNDLE_MAX, Reason.BUNDLE)
    content = wire.decode(
        trust_pb2.TrustBundle, signed.bundle, BUNDLE_MAX, Reason.BUNDLE
    )
    check_version(content.version, VERSION, Reason.BUNDLE)
    _demand(names.is_domain(content.domain), "domain")
    _demand(0 < content.serial <= SERIAL_MAX, "serial")
    _demand(0 < content.issued <= TIME_MAX, "issued")
    # 2
    pair = RootPair(content.root_ed25519, content.root_ml_dsa_44)
    signers = [pair]
    if content.earlier and len(signed.signatures) > len(pair.by_kid):
        last = content.earlier[-1]
        signers.append(RootPair(last.root_ed25519, last.root_ml_dsa_44))
    message = pae("bundle", signed.bundle)
    root_pairs.check_signatures(signed.signatures, signers, message)
    # 3
    earlier = root_pairs.read_former(content.earlier, pair)
    # 4
    tls_roots = _tls_roots(content)
    # 5
    listed = [node.name for node in content.nodes]
    _demand(len(listed) <= NODES_MAX and listed == sorted(set(listed)), "nodes")
    nodes = {node.name: _node(node, content.domain) for node in content.nodes}
    # 6
    return Bundle(
        domain=content.domain,
        serial=content.serial,
        pair=pair,
        tls_roots=tls_roots,
        nodes=nodes,
        issued=content.issued,
        data=data,
        earlier=earlier,
        revoked=_revoked(content),
        online=content.online,
    )


def load_all(folder: Path) -> dict[str, Bundle]:
    """Raise Refusal(BUNDLE) naming the file, also one named for another nation."""
    loaded = (load(path) for path in sorted(folder.glob(f"*{SUFFIX}")))
    return {bundle.domain: bundle for bundle in loaded}


def load(path: Path) -> Bundle:
    """Return the bundle in a file named after its nation; raises Refusal(BUNDLE)."""
    try:
        with in_home():
            bundle = read(path.read_bytes())
    except OSError:
        raise Refusal(Reason.BUNDLE, path.name) from None
    except Refusal as refusal:
        raise Refusal(Reason.BUNDLE, path.name, refusal.why) from None
    if f"{bundle.domain}{SUFFIX}" != path.name:
        raise Refusal(Reason.BUNDLE, path.name)
    return bundle


def check_address(address: str, where: str = "address") -> str:
    """Return a dialable host:port; raises Refusal(FIELD_VALUE)."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[1]) <= _PORT_MAX:
        why = Why(
            "not understood; write it as {example}", example="node.islamabad.pk:7001"
        )
        raise Refusal(Reason.FIELD_VALUE, where, why)
    return address


def _tls_roots(content: trust_pb2.TrustBundle) -> tuple[bytes, ...]:
    roots = tuple(content.tls_roots) or (content.tls_root,)
    _demand(roots[0] == content.tls_root, "tls_roots")
    _demand(len(content.tls_roots) != 1, "tls_roots")  # one: in tls_root only
    _demand(len(roots) <= TLS_ROOTS_MAX, "tls_roots")
    for root in roots:
        _check_tls_root(root)
    keys = {spki_of(root) for root in roots}
    _demand(len(keys) == len(roots), "tls_roots")
    _demand(not content.online or content.online in keys, "online")
    return roots


def _revoked(content: trust_pb2.TrustBundle) -> dict[bytes, int]:
    order = [one.what for one in content.revoked]
    _demand(len(order) <= REVOKED_MAX and order == sorted(set(order)), "revoked")
    for one in content.revoked:
        _demand(len(one.what) == HASH_SIZE, "revoked")
        _demand(0 < one.since <= TIME_MAX, "revoked")
    return {one.what: one.since for one in content.revoked}


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
    retired = _retired(listed, logs, cosigners)
    return ListedNode(name, addresses, tuple(listed.tls_keys), logs, cosigners, retired)


def _retired(
    listed: trust_pb2.TrustedNode, logs: Sequence[Vkey], cosigners: Sequence[Vkey]
) -> dict[Vkey, bytes]:
    """Return the newest item that each signed; raises Refusal(BUNDLE)."""
    known = {key.encode(): key for key in (*logs, *cosigners)}
    order = [one.vkey for one in listed.retired]
    _demand(order == sorted(set(order)) and set(order) <= known.keys(), listed.name)
    for one in listed.retired:
        if known[one.vkey] in cosigners:
            _demand(len(one.last) == TIME_SIZE, listed.name)
        else:
            _check_last_head(one.last, known[one.vkey], logs)
    return {known[one.vkey]: one.last for one in listed.retired}


def _check_last_head(last: bytes, key: Vkey, logs: Sequence[Vkey]) -> None:
    try:
        head = checkpoint.verify_head(last, logs).head
        lines = {line.key for line in note.parse_note(last).lines}
    except Refusal:
        raise Refusal(Reason.BUNDLE, key.name) from None
    _demand(head.origin == key.name and key.key in lines, key.name)


def _check_vkeys(name: str, logs: Sequence[Vkey], cosigners: Sequence[Vkey]) -> None:
    """Refuse a log without both sorts of key; all strong, with this node's names."""
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
