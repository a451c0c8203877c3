"""Key requests of a node, a desk and an auditor to their nation."""

from collections.abc import Sequence

from msgspec import Struct

from exchange.errors import Reason, check_version
from exchange.ledger import checkpoint, note
from exchange.ledger.note import Vkey
from exchange.limits import OFFICERS_MAX, REQUEST_MAX
from exchange.trust import bundle as bundles
from exchange.trust import names, wire
from exchange.trust.enrol.certificates import tls_public, tls_request
from exchange.trust.enrol.common_checks import VERSION, demand
from exchange.trust.statements import OFFICER_ROLES, READER, parse_statement
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from keys.signing import MlDsa44Signer
from keys.tls import spiffe_of
from keys.token import FileSigner


class NodeLogKeys(Struct, frozen=True):
    """The request has only the public halves."""

    log: FileSigner
    log_pq: MlDsa44Signer
    mirror: MlDsa44Signer


def node_request(
    name: str, addresses: Sequence[str], tls_key: bytes, keys: NodeLogKeys
) -> trust_pb2.KeyRequest:
    """`tls_key` is PEM."""
    origin, mirror = checkpoint.log_origin(name), checkpoint.cosigner_name(name)
    node = trust_pb2.TrustedNode(
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
        tls_request=tls_request(tls_key, spiffe_of("node", name)),
        node=node,
    )


def desk_request(
    name: str,
    tls_key: bytes,
    statements: Sequence[pb.Statement],
    sealing: Sequence[pb.Envelope],
) -> trust_pb2.KeyRequest:
    return trust_pb2.KeyRequest(
        version=VERSION,
        name=name,
        tls_request=tls_request(tls_key, spiffe_of("desk", name)),
        statements=[wire.encode(statement) for statement in statements],
        sealing=sealing,
    )


def auditor_request(name: str, tls_key: bytes) -> trust_pb2.KeyRequest:
    """`tls_key` is PEM."""
    return trust_pb2.KeyRequest(
        version=VERSION,
        name=name,
        tls_request=tls_request(tls_key, spiffe_of("auditor", name)),
        auditor=True,
    )


def read_request(data: bytes) -> trust_pb2.KeyRequest:
    """Return a well-formed request; raises Refusal(INPUT | STATEMENT | FIELD_VALUE)."""
    request = wire.decode(trust_pb2.KeyRequest, data, REQUEST_MAX, Reason.INPUT)
    node = request.HasField("node")
    desk = not (node or request.auditor)
    check_version(request.version, VERSION, Reason.INPUT)
    demand((names.is_desk if desk else names.is_node)(request.name), "name")
    demand(not (node and request.auditor), "node")
    demand(desk == bool(request.statements), "statements")
    demand(desk or not request.sealing, "sealing")
    demand(len(request.statements) <= OFFICERS_MAX, "statements")
    if node:
        demand(request.node.name == request.name, "node")
        demand(not request.node.tls_keys, "node")
        for address in request.node.addresses:
            bundles.check_address(address, "node")
    for data_ in request.statements:
        statement = parse_statement(data_)
        demand(statement.role in (*OFFICER_ROLES, READER), "statements")
        demand(names.desk_of(statement.subject) == request.name, "statements")
    tls_public(request)
    return request
