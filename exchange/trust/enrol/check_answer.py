"""Check an answer against the request."""

from msgspec import Struct

from exchange.errors import Reason, check_version
from exchange.ledger.note import Vkey
from exchange.limits import REQUEST_MAX
from exchange.trust import bundle as bundles
from exchange.trust import wire
from exchange.trust.bundle import Bundle
from exchange.trust.enrol import certificates
from exchange.trust.enrol.common_checks import VERSION, check_own, demand
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2


class Answered(Struct, frozen=True):
    certificate: bytes  # DER
    bundle: Bundle
    envelopes: tuple[pb.Envelope, ...]


def read_answer(data: bytes, request: trust_pb2.KeyRequest, now: int) -> Answered:
    """Return it if it fits the request.

    1. One encoding, of the known version, for this name.
    2. A bundle of that nation, signed by its roots; two officers must compare whether
       they are the right ones.
    3. A certificate of that nation's authority for our own TLS key and name.
    4. For a node: the bundle lists it with its keys.

    Raises Refusal(INPUT | BUNDLE | DOMAIN_CA).
    """
    # 1
    decoded = wire.decode(trust_pb2.KeyAnswer, data, REQUEST_MAX, Reason.INPUT)
    check_version(decoded.version, VERSION, Reason.INPUT)
    demand(decoded.name == request.name, "name")
    # 2
    bundle = bundles.read(decoded.bundle)
    check_own(request, bundle)
    # 3
    certificates.check(decoded.tls_certificate, request, bundle, now)
    # 4
    if request.HasField("node"):
        listed = bundle.node(request.name)
        ours = {Vkey.parse(text) for text in request.node.logs}
        demand(ours <= set(listed.logs), "node")
    return Answered(decoded.tls_certificate, bundle, tuple(decoded.envelopes))


def name_of_answer(data: bytes) -> str:
    return wire.decode(trust_pb2.KeyAnswer, data, REQUEST_MAX, Reason.INPUT).name


def certificate_of_answer(data: bytes) -> bytes:
    """Return DER; raises Refusal(INPUT)."""
    answer = wire.decode(trust_pb2.KeyAnswer, data, REQUEST_MAX, Reason.INPUT)
    return answer.tls_certificate
