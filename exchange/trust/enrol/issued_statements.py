"""Statements of a nation in the log of a node, and missing ones."""

from collections.abc import Iterator, Sequence

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.trust import policies
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.own_verdict import judge_own, log_of
from exchange.trust.registered_keys import Registered, registered_key
from exchange.trust.statements import parse_statement
from exchange.v1 import envelope_pb2 as pb
from keys.signing import kid


def judge_all(envelopes: Sequence[pb.Envelope], directory: Directory) -> None:
    """Judge as each member will, updating the directory."""
    for index, sent in enumerate(envelopes):
        found = judge_own(sent.entry, log_of(directory))
        if found.statement is None:
            raise Refusal(Reason.KIND, "envelopes")
        directory.apply(index, found.core, found.statement)


def replay(envelopes: Sequence[pb.Envelope], node: str, bundle: Bundle) -> Directory:
    directory = Directory(node, bundle)
    parsed = [envelope.split(sent.entry) for sent in envelopes]
    for index, one in enumerate(p for p in parsed if p.core.origin == node):
        directory.apply(index, one.core, parse_statement(one.core.clear))
    return directory


def stated_in(sent: pb.Envelope) -> pb.Statement:
    """Raise Refusal for an envelope of another kind."""
    return parse_statement(envelope.split(sent.entry).core.clear)


def keys_of(envelopes: Sequence[pb.Envelope], node: str) -> Iterator[Registered]:
    for sent in envelopes:
        core = envelope.split(sent.entry).core
        stated = parse_statement(core.clear)
        if core.origin == node and stated.type == pb.STATEMENT_TYPE_KEY:
            yield registered_key(stated, 0, core.author)


def policies_of(envelopes: Sequence[pb.Envelope]) -> tuple[pb.Statement, ...]:
    """Return the newest of each sort, by serial."""
    newest: dict[type, pb.Statement] = {}
    for one in sorted(map(stated_in, envelopes), key=lambda one: one.serial):
        if one.type == pb.STATEMENT_TYPE_POLICY:
            newest[type(policies.read(one.policy))] = one
    return tuple(sorted(newest.values(), key=lambda one: one.serial))


def missing_keys(
    stated: Sequence[pb.Statement], directory: Directory
) -> list[pb.Statement]:
    return [
        one
        for one in stated
        if directory.signer(one.role, kid(one.algorithm, one.public_key)) is None
    ]


def missing_policies(
    stated: Sequence[pb.Statement], directory: Directory
) -> list[pb.Statement]:
    held = directory.serial(pb.STATEMENT_TYPE_POLICY)
    return [one for one in stated if one.serial > held]
