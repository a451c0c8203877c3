"""Policies of a nation: signed where its roots are, taken where its nodes are."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from exchange import config
from exchange.cli import options, parts
from exchange.config import NationHome, NodeHome
from exchange.errors import Reason, Refusal
from exchange.limits import POLICY_MAX
from exchange.trust import bundle as bundles
from exchange.trust import entries, names, statements
from exchange.trust import policies as said
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.enrol.stated import judge_all, replay
from exchange.v1 import envelope_pb2 as pb
from exchange.words import say, word
from tui.text.safe import safe

NEXT_START = word("recorded at its next start")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to state, where to put what is for nodes elsewhere, and if it is agreed."""

    text: bytes
    out: Path | None
    yes: bool


def text(file: Path | None, retention: int | None) -> bytes:
    """Return what a statement is to say; Refusal(FIELD_MISSING | INPUT | POLICY)."""
    if (file is None) == (retention is None):
        raise Refusal(
            Reason.FIELD_MISSING, say("FILE or --retention DAYS"), options.ONE_OF_THEM
        )
    if file is None:
        return said.retention(retention or 0)
    found = options.read_file(file, POLICY_MAX)
    said.read(found)
    return found


def state(home: Path, asked: Asked, passphrase_fd: int | None) -> dict[str, Any]:
    """Sign a policy for the log of each node of the nation; return where it went.

    1. Each node is beside the nation, or there is a folder to write to.
    2. An operator has read what is to be signed.
    3. Each log would accept it.
    4. It is kept by the nation, and put where its node finds it.

    Raises Refusal: FIELD_MISSING without a folder, and what a verdict would be.
    """
    nation = config.nation_home(home)
    with config.locked(nation.folder):
        bundle = parts.read_bundle(nation.bundle)
        # 1
        beside = _beside(home)
        elsewhere = sorted(bundle.nodes.keys() - beside.keys())
        if elsewhere and (asked.out is None or not asked.out.is_dir()):
            raise Refusal(Reason.FIELD_MISSING, f"--out DIR: for {elsewhere[0]}")
        if not bundle.nodes:
            raise Refusal(Reason.MISSING, "a node of the nation")
        # 2
        for line in _shown(bundle, asked.text):
            print(line, file=sys.stderr)
        options.confirm(say("Sign this? Type yes:"), yes=asked.yes)
        secret = options.passphrase(passphrase_fd, say("the nation"))
        keys = parts.unlock_nation(nation, secret, roots=True)
        # 3
        signed = _signed(nation, bundle, keys, asked.text)
        # 4
        parts.add_envelopes(nation.issued, list(signed.values()))
        nodes = [
            {"name": node, "at": _put(sent, beside.get(node), asked.out, node)}
            for node, sent in signed.items()
        ]
    return {"domain": bundle.domain, "nodes": nodes}


def take(home: Path, data: bytes) -> dict[str, Any]:
    """Take what the nation signed for the node of a home.

    Raises Refusal: HOME, INPUT for no such file, and what a verdict would be.
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
    parts.add_envelopes(node.inbox, [sent])
    return {"domain": domain, "nodes": [{"name": name, "at": NEXT_START}]}


def _beside(home: Path) -> dict[str, NodeHome]:
    node = NodeHome(home / "node")
    if not node.folder.is_dir():
        return {}
    return {config.read_node(node).name: node}


def _shown(bundle: Bundle, policy: bytes) -> Iterator[str]:
    """Yield what the operator agrees to, harmless to a terminal."""
    yield say("For the logs of {nodes}:", nodes=", ".join(bundle.nodes))
    for line in policy.decode(errors="replace").splitlines():
        yield f"    {safe(line)}"


def _signed(
    nation: NationHome, bundle: Bundle, keys: parts.NationKeys, policy: bytes
) -> dict[str, pb.Envelope]:
    """Return the statement for each node, as that node's log will take it."""
    if keys.roots is None:
        raise Refusal(Reason.KEYSTORE, "nation")
    issued, now = parts.read_envelopes(nation.issued), options.now()
    directories = {node: replay(issued, node, bundle) for node in bundle.nodes}
    last = max(one.serial(bundle.domain, "") for one in directories.values())
    stated = statements.policy_statement(bundle.domain, policy, last + 1)
    signed = {}
    for node, directory in directories.items():
        signed[node] = entries.by_roots(stated, node, keys.roots, now)
        judge_all([signed[node]], directory)
    return signed


def _put(sent: pb.Envelope, node: NodeHome | None, out: Path | None, name: str) -> str:
    """Put a statement where its node finds it; return where that is."""
    if node is not None:
        parts.add_envelopes(node.inbox, [sent])
        return NEXT_START
    path = (out or Path()) / f"{name}{parts.ENVELOPE}"
    path.write_bytes(sent.SerializeToString(deterministic=True))
    return str(path)
