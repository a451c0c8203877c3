"""Policies of a nation: signed where the roots are, taken at its nodes."""

from pathlib import Path

from google.protobuf.message import DecodeError
from msgspec import Struct

from exchange import config
from exchange.config import NationHome, NodeHome
from exchange.errors import Reason, Refusal, Why
from exchange.home.nation import Roots
from exchange.home.trust_files import (
    ENVELOPE,
    add_envelopes,
    read_bundle,
    read_envelopes,
)
from exchange.trust import bundle as bundles
from exchange.trust import entries, names, statements
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.enrol.issued_statements import judge_all, replay
from exchange.v1 import envelope_pb2 as pb
from exchange.words import word

TO_RECORD = word("recorded within a second if it runs, else at its next start")

Placed = dict[str, str]
"""The `name` of a node, and `at`: its statement's file, or TO_RECORD."""


class Proposal(Struct, frozen=True):
    """A policy proposed by a nation, and the places for its statements."""

    nation: NationHome
    bundle: Bundle
    text: bytes
    beside: dict[str, NodeHome]
    """The nodes in the nation's home, by name."""
    out: Path | None
    """A folder for the statements of all other nodes."""


def propose(home: Path, text: bytes, out: Path | None) -> Proposal:
    """Return the proposal to approve and sign, while the nation is locked.

    Raises Refusal: FIELD_MISSING if a node is elsewhere and there is no folder, MISSING
    if the nation has no node.
    """
    nation = config.nation_home(home)
    bundle = read_bundle(nation.bundle)
    beside = _beside(home)
    elsewhere = sorted(bundle.nodes.keys() - beside.keys())
    if elsewhere and (out is None or not out.is_dir()):
        raise Refusal(Reason.FIELD_MISSING, f"--out DIR: for {elsewhere[0]}")
    if not bundle.nodes:
        why = Why("has no node yet; enrol one first (fusion keys issue)")
        raise Refusal(Reason.MISSING, "nation", why)
    return Proposal(nation, bundle, text, beside, out)


def state(proposal: Proposal, roots: Roots, now: int) -> list[Placed]:
    """Sign a policy for each node's log; return the places.

    `now` is ms UTC.

    1. Each log would accept it; raises Refusal as a verdict does.
    2. It is recorded by the nation, and delivered to its node.
    """
    # 1
    signed = _signed(proposal, roots, now)
    # 2
    add_envelopes(proposal.nation.issued, list(signed.values()))
    return [
        {"name": node, "at": _put(sent, proposal, node)}
        for node, sent in signed.items()
    ]


def take(home: Path, data: bytes) -> tuple[str, list[Placed]]:
    """Take the nation's statement for the node of a home; return domain and place.

    Raises Refusal: HOME, INPUT for another file, and as a verdict does.
    """
    node = config.node_home(home)
    name = config.read_node(node).name
    try:
        sent = pb.Envelope.FromString(data)
    except DecodeError:
        raise Refusal(Reason.INPUT, "envelope") from None
    domain = names.domain_of(name)
    held = bundles.load_all(node.trust).get(domain)
    if held is None:
        raise Refusal(Reason.NOT_PINNED, domain)
    directory = Directory(name, held)
    judge_all([sent], directory)
    add_envelopes(node.inbox, [sent])
    return domain, [{"name": name, "at": TO_RECORD}]


def _beside(home: Path) -> dict[str, NodeHome]:
    node = NodeHome(home / "node")
    if not node.folder.is_dir():
        return {}
    return {config.read_node(node).name: node}


def _signed(proposal: Proposal, roots: Roots, now: int) -> dict[str, pb.Envelope]:
    """Return each judged by its node's log."""
    bundle, issued = proposal.bundle, read_envelopes(proposal.nation.issued)
    directories = {node: replay(issued, node, bundle) for node in bundle.nodes}
    last = max(one.serial(pb.STATEMENT_TYPE_POLICY) for one in directories.values())
    stated = statements.policy_statement(bundle.domain, proposal.text, last + 1)
    signed = {}
    for node, directory in directories.items():
        signed[node] = entries.sign_by_roots(stated, node, roots, now)
        judge_all([signed[node]], directory)
    return signed


def _put(sent: pb.Envelope, proposal: Proposal, name: str) -> str:
    if name in proposal.beside:
        add_envelopes(proposal.beside[name].inbox, [sent])
        return TO_RECORD
    path = (proposal.out or Path()) / f"{name}{ENVELOPE}"
    path.write_bytes(sent.SerializeToString(deterministic=True))
    return str(path)
