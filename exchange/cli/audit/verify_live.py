"""fusion audit verify --live: running nodes compared with each other."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from msgspec import Struct

from exchange.cli import options
from exchange.cli.audit.common import read_trust_files, write_forks
from exchange.cli.frame import Reply
from exchange.cli.lazy import lazy_imports
from exchange.cli.terminal import Progress
from exchange.errors import Reason, Refusal, Why
from exchange.input_file import read_file

with lazy_imports():
    from exchange import config
    from exchange.audit import trust_files
    from exchange.audit.result import LiveAudit
    from exchange.audit.sources.node import AuditedNode
    from exchange.audit.text.live_text import LiveText
    from exchange.audit.verify_nodes import verify_live
    from exchange.net.auditor_client import NodeReader, connect
    from exchange.net.desk_client import Tls
    from exchange.trust import bundle as bundles
    from exchange.trust import names
    from exchange.trust.bundle import Bundle, check_address
    from keys import files, tls


class NodesRequest(Struct, frozen=True):
    """A node is its name, NAME=ADDRESS, or an address in a trust file.

    By default trust files, key and certificate are those of the auditor in `home`.
    """

    live: Sequence[str]
    trust: Sequence[Path]
    home: Path
    key: Path | None = None
    certificate: Path | None = None
    out: Path | None = None
    max_age: int | None = None  # s


def run(request: NodesRequest) -> Reply:
    """Verify, and write the proof of each fork."""
    now = options.now()
    pinned = trust_files.load(read_trust_files(_trust(request)))
    found = _verified(request, pinned)
    forks = {log.origin: log.fork for log in found.logs if log.fork is not None}
    proofs = write_forks(forks, request.out)
    told = LiveText(now, request.max_age, found, proofs)
    return Reply(told.as_json(), told.lines(), told.ok)


def _trust(request: NodesRequest) -> Sequence[Path]:
    if request.trust or not (request.home.expanduser() / "auditor").is_dir():
        return request.trust
    return sorted(config.auditor_home(request.home).trust.glob(f"*{bundles.SUFFIX}"))


def _verified(request: NodesRequest, pinned: "Mapping[str, Bundle]") -> "LiveAudit":
    nodes = [node_at(text, pinned) for text in request.live]
    if len({node for node, _ in nodes}) != len(nodes):
        raise Refusal(Reason.INPUT, "--live", Why("this node is given twice"))
    key, certificate = _identity(request)
    progress = Progress()
    with ExitStack() as stack:
        readers: list[AuditedNode] = []
        for node, addresses in nodes:
            reader = _connected(node, addresses, pinned, (key, certificate))
            readers.append(stack.enter_context(closing(reader)))
        try:
            return verify_live(readers, pinned, progress.tell)
        finally:
            progress.end()


def node_at(text: str, pinned: "Mapping[str, Bundle]") -> tuple[str, Sequence[str]]:
    """Return name and addresses of the node that an option names.

    Raises Refusal: NOT_PINNED if no trust file has it, AMBIGUOUS if several nodes have
    that address, FIELD_VALUE if it is neither a name nor an address.
    """
    nodes = {n.name: n for bundle in pinned.values() for n in bundle.nodes.values()}
    name, equals, address = text.partition("=")
    if not equals and ":" in text:
        check_address(text, "--live")
        listed = [n.name for n in nodes.values() if text in n.addresses]
        if len(listed) > 1:
            why = Why(
                "several nodes have this address; say which one: NAME={address}",
                address=text,
            )
            raise Refusal(Reason.AMBIGUOUS, text, why)
        name, address = listed[0] if listed else text, text
    else:
        names.check_node(name, "--live")
    if name not in nodes:
        raise Refusal(Reason.NOT_PINNED, name)
    if address:
        return name, [check_address(address, "--live")]
    return name, nodes[name].addresses


def _identity(request: NodesRequest) -> tuple[bytes, bytes]:
    if request.key is None and request.certificate is None:
        return config.read_tls(config.auditor_home(request.home))
    if request.key is None or request.certificate is None:
        why = Why("--key and --certificate go together")
        raise Refusal(Reason.INPUT, "", why)
    with config.refusing(request.key):
        key = files.read(request.key)
    return key, read_file(request.certificate)


def _connected(
    node: str,
    addresses: Sequence[str],
    pinned: "Mapping[str, Bundle]",
    identity: tuple[bytes, bytes],
) -> "NodeReader":
    os.environ["GRPC_VERBOSITY"] = "NONE"  # keep gRPC's log off stderr
    root = pinned[names.domain_of(node)].tls_roots_pem
    return connect(node, addresses, Tls(root, *identity, tls.dns_of_node(node)))
