"""Answers of a nation: a certificate, its bundle, statements for the log."""

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.trust import bundle as bundles
from exchange.trust import entries, names
from exchange.trust.bundle import Bundle
from exchange.trust.bundle_succession import accept
from exchange.trust.directory import Directory
from exchange.trust.enrol.bundle_editions import is_listed, with_node
from exchange.trust.enrol.certificates import certify
from exchange.trust.enrol.common_checks import VERSION, check_own, needed_roots
from exchange.trust.enrol.issued_statements import (
    judge_all,
    missing_keys,
    missing_policies,
)
from exchange.trust.statements import ISSUER, parse_statement
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from keys.signing import Signer
from keys.tls import Authority, spki_hash


class Nation(Struct, frozen=True):
    """The files of a nation while it answers; signing keys are passed separately."""

    bundle: Bundle
    ca: Authority
    issuer: pb.Statement
    policies: tuple[pb.Statement, ...] = ()  # in force, by serial


def answer_node(
    request: trust_pb2.KeyRequest,
    nation: Nation,
    directory: Directory,
    roots: tuple[Signer, Signer] | None,
    now: int,
) -> trust_pb2.KeyAnswer:
    """Certify a node, list it in the bundle, state issuer and policies.

    Does not repeat the statements of `directory`, its log as this nation wrote it so
    far. A renewal leaves the bundle as it is and needs no root.

    Raises Refusal: FIELD_VALUE for a node of another nation, BUNDLE for keys not
    allowed in one, KEYSTORE if a root is needed but missing.
    """
    check_own(request, nation.bundle)
    certificate = certify(request, nation.ca, now)
    listed = trust_pb2.TrustedNode()
    listed.CopyFrom(request.node)
    listed.tls_keys.append(spki_hash(certificate))
    new = nation.bundle
    if not is_listed(listed, new):
        plain = with_node(new, listed, now)
        new = bundles.read(bundles.make(plain, *needed_roots(roots)))
        accept(new, nation.bundle)
    return trust_pb2.KeyAnswer(
        version=VERSION,
        name=request.name,
        tls_certificate=certificate,
        bundle=new.data,
        envelopes=[
            entries.sign_by_roots(stated, request.name, needed_roots(roots), now)
            for stated in (
                *missing_keys([nation.issuer], directory),
                *missing_policies(nation.policies, directory),
            )
        ],
    )


def answer_desk(
    request: trust_pb2.KeyRequest,
    nation: Nation,
    directory: Directory,
    issuer: Signer,
    now: int,
) -> trust_pb2.KeyAnswer:
    """Certify a desk and state its officers in the log of its node.

    Updates `directory`, the node's log as this nation wrote it so far, and does not
    repeat its statements.

    Raises Refusal: FIELD_VALUE for a desk of another nation, NOT_PINNED if its node is
    not in the bundle, and as the verdict on an entry.
    """
    check_own(request, nation.bundle)
    node = names.node_of(request.name)
    nation.bundle.node(node)
    asked = [parse_statement(statement) for statement in request.statements]
    envelopes = [
        entries.directory_envelope(statement, node, [(ISSUER, issuer)], now)
        for statement in missing_keys(asked, directory)
    ]
    if envelopes:
        envelopes += request.sealing
    judge_all(envelopes, directory)
    return trust_pb2.KeyAnswer(
        version=VERSION,
        name=request.name,
        tls_certificate=certify(request, nation.ca, now),
        bundle=nation.bundle.data,
        envelopes=envelopes,
    )


def answer_auditor(
    request: trust_pb2.KeyRequest, bundle: Bundle, ca: Authority, now: int
) -> trust_pb2.KeyAnswer:
    """Certify an auditor; adds no statement to a log.

    Raises Refusal(FIELD_VALUE) for another nation's, or one with a node's name.
    """
    check_own(request, bundle)
    if request.name in bundle.nodes:
        raise Refusal(Reason.FIELD_VALUE, request.name)
    return trust_pb2.KeyAnswer(
        version=VERSION,
        name=request.name,
        tls_certificate=certify(request, ca, now),
        bundle=bundle.data,
    )
