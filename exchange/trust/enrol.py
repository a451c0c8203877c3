"""How a node, desk or auditor comes by certificate and standing: two files, by hand.

    asker                                           nation
    node_request, desk_request, auditor_request --> answer_node, _desk, _auditor
    read_answer                                 <--

A request holds public keys and proofs of them, an answer what the nation signed;
both can be read by anyone. Pure: secrets are given, files are the command's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, note
from exchange.ledger.note import Vkey
from exchange.limits import OFFICERS_MAX, REQUEST_MAX
from exchange.trust import bundle as bundles
from exchange.trust import entries, names, policies, rules, wire
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.statements import ISSUER, OFFICER_ROLES, parse_statement
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from keys.errors import BadCertificate
from keys.signing import Ed25519Signer, MlDsa44Signer, Signer, kid
from keys.tls import (
    Authority,
    certificate_der,
    issue_auditor,
    issue_desk,
    issue_node,
    spiffe_of_auditor,
    spiffe_of_desk,
    spiffe_of_node,
    spki_hash,
    verify_chain,
)

VERSION = 1


@dataclass(frozen=True, slots=True)
class LogKeys:
    """A node's log and mirror keys, of which only the public halves are asked for."""

    log: Ed25519Signer
    log_pq: MlDsa44Signer
    mirror: MlDsa44Signer


@dataclass(frozen=True, slots=True)
class Nation:
    """What a nation holds while it answers; its signing keys are given beside it."""

    bundle: Bundle
    ca: Authority
    issuer: pb.Statement
    policies: tuple[pb.Statement, ...] = ()  # in force, by serial


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was checked against what was asked."""

    certificate: bytes  # DER
    bundle: Bundle
    envelopes: tuple[pb.Envelope, ...]


def node_request(
    name: str, addresses: Sequence[str], tls_key: bytes, keys: LogKeys
) -> trust_pb2.KeyRequest:
    """Return what a node asks for; `tls_key` is PEM."""
    origin, mirror = checkpoint.log_origin(name), checkpoint.cosigner_name(name)
    asked = trust_pb2.TrustedNode(
        name=name,
        addresses=addresses,
        logs=[
            Vkey(origin, note.ED25519, keys.log.public).encode(),
            Vkey(origin, note.ML_DSA_44, keys.log_pq.public).encode(),
        ],
        cosigners=[Vkey(mirror, note.ML_DSA_44, keys.mirror.public).encode()],
    )
    return trust_pb2.KeyRequest(
        version=VERSION,
        name=name,
        tls_request=_tls_request(tls_key, spiffe_of_node(name)),
        node=asked,
    )


def desk_request(
    name: str,
    tls_key: bytes,
    statements: Sequence[pb.Statement],
    sealing: Sequence[pb.Envelope],
) -> trust_pb2.KeyRequest:
    """Return what a desk asks for: its officers' keys, and what they signed."""
    return trust_pb2.KeyRequest(
        version=VERSION,
        name=name,
        tls_request=_tls_request(tls_key, spiffe_of_desk(name)),
        statements=[wire.encode(statement) for statement in statements],
        sealing=sealing,
    )


def auditor_request(name: str, tls_key: bytes) -> trust_pb2.KeyRequest:
    """Return what an auditor asks for: a certificate; `tls_key` is PEM."""
    return trust_pb2.KeyRequest(
        version=VERSION,
        name=name,
        tls_request=_tls_request(tls_key, spiffe_of_auditor(name)),
        auditor=True,
    )


def read_request(data: bytes) -> trust_pb2.KeyRequest:
    """Return a well-formed request; raise Refusal(INPUT | STATEMENT | FIELD_VALUE).

    Whether it is granted is judged by `answer_node`, `_desk` and `_auditor`.
    """
    found = wire.decode(trust_pb2.KeyRequest, data, REQUEST_MAX, Reason.INPUT)
    node = found.HasField("node")
    desk = not (node or found.auditor)
    _demand(found.version == VERSION, "version")
    _demand((names.is_desk if desk else names.is_node)(found.name), "name")
    _demand(not (node and found.auditor), "node")
    _demand(desk == bool(found.statements), "statements")
    _demand(desk or not found.sealing, "sealing")
    _demand(len(found.statements) <= OFFICERS_MAX, "statements")
    if node:
        _demand(found.node.name == found.name, "node")
        _demand(not found.node.tls_keys, "node")
        for address in found.node.addresses:
            bundles.check_address(address, "node")
    for data_ in found.statements:
        statement = parse_statement(data_)
        _demand(statement.role in OFFICER_ROLES, "statements")
        _demand(names.desk_of(statement.subject) == found.name, "statements")
    _tls_public(found)
    return found


def new_bundle(
    domain: str, roots: tuple[Signer, Signer], tls_root: bytes, now: int
) -> bytes:
    """Return a nation's first bundle, without nodes."""
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


def answer_node(
    request: trust_pb2.KeyRequest,
    nation: Nation,
    directory: Directory,
    roots: tuple[Signer, Signer],
    now: int,
) -> trust_pb2.KeyAnswer:
    """Certify a node, list it in the bundle, state issuer and policies in its log.

    `directory` is that of its log as far as this nation wrote it: what stands there
    already is not said again.
    Raise Refusal(FIELD_VALUE) for another nation's, BUNDLE for keys that may not
    stand in one.
    """
    _own(request, nation.bundle)
    public = _tls_public(request)
    certificate = issue_node(nation.ca, request.name, public, now)
    listed = trust_pb2.TrustedNode()
    listed.CopyFrom(request.node)
    listed.tls_keys.append(spki_hash(certificate))
    new = bundles.read(bundles.make(_with_node(nation.bundle, listed, now), *roots))
    bundles.accept(new, nation.bundle)
    return trust_pb2.KeyAnswer(
        version=VERSION,
        name=request.name,
        tls_certificate=certificate_der(certificate),
        bundle=new.data,
        envelopes=[
            entries.by_roots(stated, request.name, roots, now)
            for stated in (
                *_unsaid([nation.issuer], directory),
                *_unruled(nation.policies, directory),
            )
        ],
    )


def next_log(
    bundle: Bundle, node: str, roots: tuple[Signer, Signer], now: int
) -> Bundle:
    """Return the edition that lists log n + 1 of a node: its keys under a new name.

    Raise Refusal(NOT_PINNED | BUNDLE).
    """
    held = bundle.node(node)
    last = held.origins[-1]
    number = int(last.rpartition("/")[2]) + 1
    origin = checkpoint.log_origin(node, number)
    keys = [key for key in held.logs if key.name == last]
    asked = trust_pb2.TrustedNode(
        name=node,
        addresses=held.addresses,
        tls_keys=held.tls_keys,
        logs=[Vkey(origin, key.type, key.public).encode() for key in keys],
        cosigners=[key.encode() for key in held.cosigners],
    )
    new = bundles.read(bundles.make(_with_node(bundle, asked, now), *roots))
    return bundles.accept(new, bundle)


def answer_desk(
    request: trust_pb2.KeyRequest,
    nation: Nation,
    directory: Directory,
    issuer: Signer,
    now: int,
) -> trust_pb2.KeyAnswer:
    """Certify a desk and state its officers, in the log of its node.

    `directory` is that of the node's log as far as this nation wrote it; it is
    moved on, and what stands there already is not said again. Raise
    Refusal(FIELD_VALUE) for a desk of elsewhere, NOT_PINNED for one of a node that
    is not in the bundle, and what the verdict on an entry would be.
    """
    _own(request, nation.bundle)
    node = names.node_of(request.name)
    nation.bundle.node(node)
    asked = [parse_statement(statement) for statement in request.statements]
    envelopes = [
        entries.directory_envelope(statement, node, [(ISSUER, issuer)], now)
        for statement in _unsaid(asked, directory)
    ]
    if envelopes:
        envelopes += request.sealing
    judge_all(envelopes, directory)
    certificate = issue_desk(nation.ca, request.name, _tls_public(request), now)
    return trust_pb2.KeyAnswer(
        version=VERSION,
        name=request.name,
        tls_certificate=certificate_der(certificate),
        bundle=nation.bundle.data,
        envelopes=envelopes,
    )


def answer_auditor(
    request: trust_pb2.KeyRequest, bundle: Bundle, ca: Authority, now: int
) -> trust_pb2.KeyAnswer:
    """Certify an auditor; nothing is stated in any log.

    Raise Refusal(FIELD_VALUE) for another nation's, or one named like a node: what
    is told of the two must not be mixed up.
    """
    _own(request, bundle)
    if request.name in bundle.nodes:
        raise Refusal(Reason.FIELD_VALUE, request.name)
    certificate = issue_auditor(ca, request.name, _tls_public(request), now)
    return trust_pb2.KeyAnswer(
        version=VERSION,
        name=request.name,
        tls_certificate=certificate_der(certificate),
        bundle=bundle.data,
    )


def read_answer(data: bytes, request: trust_pb2.KeyRequest, now: int) -> Answered:
    """Return an answer that fits what was asked.

    1. One encoding, of the version that we know, for this name.
    2. A bundle of that nation, signed by its roots; whether they are the right ones
       is for two officers to compare.
    3. A certificate of that nation's authority for our own TLS key and name.
    4. For a node: it stands in the bundle with just its keys.

    Raise Refusal(INPUT | BUNDLE | DOMAIN_CA).
    """
    # 1
    found = wire.decode(trust_pb2.KeyAnswer, data, REQUEST_MAX, Reason.INPUT)
    _demand(found.version == VERSION, "version")
    _demand(found.name == request.name, "name")
    # 2
    bundle = bundles.read(found.bundle)
    _own(request, bundle)
    # 3
    _check_certificate(found.tls_certificate, request, bundle, now)
    # 4
    if request.HasField("node"):
        listed = bundle.node(request.name)
        ours = {Vkey.parse(text) for text in request.node.logs}
        _demand(ours <= set(listed.logs), "node")
    return Answered(found.tls_certificate, bundle, tuple(found.envelopes))


def answered_name(data: bytes) -> str:
    """Return for whom an answer is; raise Refusal(INPUT)."""
    return wire.decode(trust_pb2.KeyAnswer, data, REQUEST_MAX, Reason.INPUT).name


def judge_all(envelopes: Sequence[pb.Envelope], directory: Directory) -> None:
    """Judge DIRECTORY envelopes as each member will, moving the directory on."""
    known = _Nothing()
    for index, sent in enumerate(envelopes):
        log = rules.Log(directory.node, directory, known)
        found = rules.check(sent.entry, log)
        if found.statement is None:
            raise Refusal(Reason.KIND, "envelopes")
        directory.apply(index, found.core, found.statement)


def replay(envelopes: Sequence[pb.Envelope], node: str, bundle: Bundle) -> Directory:
    """Return the directory that a nation's own envelopes for one node make."""
    directory = Directory(node, bundle)
    parsed = [envelope.split(sent.entry) for sent in envelopes]
    for index, one in enumerate(p for p in parsed if p.core.origin == node):
        directory.apply(index, one.core, parse_statement(one.core.clear))
    return directory


def _unsaid(stated: Sequence[pb.Statement], directory: Directory) -> list[pb.Statement]:
    return [
        one
        for one in stated
        if directory.signer(one.role, kid(one.algorithm, one.public_key)) is None
    ]


def _unruled(
    stated: Sequence[pb.Statement], directory: Directory
) -> list[pb.Statement]:
    """Return the policies that the log does not hold; each nation has one serial."""
    held = directory.serial(directory.domain, "")
    return [one for one in stated if one.serial > held]


def policies_of(envelopes: Sequence[pb.Envelope]) -> tuple[pb.Statement, ...]:
    """Return the newest policy of each sort in a nation's own envelopes, by serial."""
    newest: dict[type, pb.Statement] = {}
    clear = (envelope.split(sent.entry).core.clear for sent in envelopes)
    stated = sorted(map(parse_statement, clear), key=lambda one: one.serial)
    for one in stated:
        if one.type == pb.STATEMENT_TYPE_POLICY:
            newest[type(policies.read(one.policy))] = one
    return tuple(sorted(newest.values(), key=lambda one: one.serial))


class _Nothing:
    """A log that is not at hand: the node asks for ids and names itself."""

    def knows_id(self, id_: bytes) -> bool:  # noqa: ARG002
        return False

    def knows_name(self, name: bytes) -> bool:  # noqa: ARG002
        return False


def _with_node(
    held: Bundle, asked: trust_pb2.TrustedNode, now: int
) -> trust_pb2.TrustBundle:
    """Return the next edition; what a node had before stays listed, first."""
    signed = trust_pb2.SignedTrustBundle.FromString(held.data)
    plain = trust_pb2.TrustBundle.FromString(signed.bundle)
    nodes = {node.name: node for node in plain.nodes}
    before = nodes.get(asked.name)
    if before is not None:
        for field in ("tls_keys", "logs", "cosigners"):
            old, new = getattr(before, field), getattr(asked, field)
            kept = [*old, *(one for one in new if one not in old)]
            del new[:]
            new.extend(kept)
    nodes[asked.name] = asked
    plain.serial = held.serial + 1
    plain.issued = now
    del plain.nodes[:]
    plain.nodes.extend(nodes[name] for name in sorted(nodes))
    return plain


def _tls_request(key: bytes, identity: str) -> bytes:
    secret = load_pem_private_key(key, None)
    if not isinstance(secret, ec.EllipticCurvePrivateKey):
        raise Refusal(Reason.KEY_FILE, "tls.key")
    uri = x509.UniformResourceIdentifier(identity)
    return (
        x509.CertificateSigningRequestBuilder(x509.Name([]))
        .add_extension(x509.SubjectAlternativeName([uri]), critical=True)
        .sign(secret, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def _identity(request: trust_pb2.KeyRequest) -> str:
    """Return the SPIFFE identity that a request is for."""
    if request.auditor:
        return spiffe_of_auditor(request.name)
    if request.HasField("node"):
        return spiffe_of_node(request.name)
    return spiffe_of_desk(request.name)


def _tls_public(request: trust_pb2.KeyRequest) -> bytes:
    """Return the TLS key of a request, SPKI PEM, if its holder asked for this name."""
    try:
        asked = x509.load_der_x509_csr(request.tls_request)
        named = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        uris = named.value.get_values_for_type(x509.UniformResourceIdentifier)
        right = asked.is_signature_valid and uris == [_identity(request)]
        _demand(right, "tls_request")
        public = asked.public_key()
    except (ValueError, TypeError, x509.ExtensionNotFound, BadCertificate):
        raise Refusal(Reason.INPUT, "tls_request") from None
    _demand(
        isinstance(public, ec.EllipticCurvePublicKey)
        and isinstance(public.curve, ec.SECP256R1),
        "tls_request",
    )
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _check_certificate(
    certificate: bytes, request: trust_pb2.KeyRequest, bundle: Bundle, now: int
) -> None:
    try:
        verify_chain(certificate, bundle.tls_root, now)
        loaded = x509.load_der_x509_certificate(certificate)
        named = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        uris = named.value.get_values_for_type(x509.UniformResourceIdentifier)
        public = loaded.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
    except (ValueError, x509.ExtensionNotFound, BadCertificate):
        raise Refusal(Reason.DOMAIN_CA, "tls_certificate") from None
    _demand(uris == [_identity(request)], "tls_certificate")
    _demand(public == _tls_public(request), "tls_certificate")


def _own(request: trust_pb2.KeyRequest, bundle: Bundle) -> None:
    if names.domain_of(request.name) != bundle.domain:
        raise Refusal(Reason.FIELD_VALUE, request.name)


def _demand(right: bool, where: str) -> None:  # noqa: FBT001 - it is what it says
    if not right:
        raise Refusal(Reason.INPUT, where)
