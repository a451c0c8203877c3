"""fusion audit verify --live: running nodes, read beside each other."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.cli import options
from exchange.cli.audit.common import Progress, trust_files
from exchange.errors import Reason, Refusal, Why
from exchange.input_file import read_file

if TYPE_CHECKING:
    from exchange.audit.result import LiveAudit
    from exchange.audit.sources.node import Reader
    from exchange.net.auditor_client import NodeReader
    from exchange.trust.bundle import Bundle


@dataclass(frozen=True, slots=True)
class NodesRequest:
    """Which nodes are to be read, as whom, by whose word, and what is to be written.

    A node is given as its name, NAME=ADDRESS, or an address that a trust file has.
    Without trust files, key and certificate they are those of the auditor in `home`.
    """

    live: Sequence[str]
    trust: Sequence[Path]
    home: Path
    key: Path | None = None
    certificate: Path | None = None
    out: Path | None = None
    max_age: int | None = None  # s


def sorted_out(
    live: Sequence[str], rest: Sequence[Path]
) -> tuple[list[str], list[Path]]:
    """Return nodes and trust files of `--live A B --trust X Y`.

    A command line does not say to which option its last words belong: what is no file
    is a node.
    """
    files = [path for path in rest if path.is_file()]
    return [*live, *(str(path) for path in rest if path not in files)], files


def run(asked: NodesRequest, *, json: bool) -> int:
    """Verify, tell, and write the proof of each fork; return the exit code."""
    from exchange.audit import trust
    from exchange.audit.text.live_text import LiveText

    now = options.now()
    pinned = trust.load(trust_files(_trust(asked)), now)
    found = _verified(asked, pinned)
    proofs = _write(found, asked.out)
    told = LiveText(now, asked.max_age, found, proofs)
    if json:
        options.emit(told.as_json())
    else:
        print("\n".join(told.lines()))
    return 0 if told.ok else options.CHECK_FAILED


def _trust(asked: NodesRequest) -> Sequence[Path]:
    """Return the files given, else those that the auditor has imported."""
    from exchange import config
    from exchange.trust.bundle import SUFFIX

    if asked.trust or not (asked.home.expanduser() / "auditor").is_dir():
        return asked.trust
    return sorted(config.auditor_home(asked.home).trust.glob(f"*{SUFFIX}"))


def _verified(asked: NodesRequest, pinned: "Mapping[str, Bundle]") -> "LiveAudit":
    from exchange.audit.verify_nodes import verify_live

    nodes = [node_at(text, pinned) for text in asked.live]
    if len({node for node, _ in nodes}) != len(nodes):
        raise Refusal(Reason.INPUT, "--live", Why("that node stands there twice"))
    key, certificate = _identity(asked)
    progress = Progress()
    with ExitStack() as stack:
        readers: list[Reader] = []
        for node, addresses in nodes:
            reader = _connected(node, addresses, pinned, (key, certificate))
            readers.append(stack.enter_context(closing(reader)))
        try:
            return verify_live(readers, pinned, progress.tell)
        finally:
            progress.end()


def node_at(text: str, pinned: "Mapping[str, Bundle]") -> tuple[str, Sequence[str]]:
    """Return name and addresses of the node that an option names.

    Raises Refusal: NOT_PINNED where no trust file has it, AMBIGUOUS where several
    nodes have that address, FIELD_VALUE for what is neither name nor address.
    """
    from exchange.trust import names
    from exchange.trust.bundle import check_address

    nodes = {n.name: n for bundle in pinned.values() for n in bundle.nodes.values()}
    name, equals, address = text.partition("=")
    if not equals and ":" in text:
        check_address(text, "--live")
        listed = [n.name for n in nodes.values() if text in n.addresses]
        if len(listed) > 1:
            why = Why("several nodes have it; give NAME={address}", address=text)
            raise Refusal(Reason.AMBIGUOUS, text, why)
        name, address = listed[0] if listed else text, text
    else:
        names.check_node(name, "--live")
    if name not in nodes:
        raise Refusal(Reason.NOT_PINNED, name)
    if address:
        return name, [check_address(address, "--live")]
    return name, nodes[name].addresses


def _identity(asked: NodesRequest) -> tuple[bytes, bytes]:
    """Return the auditor's key and certificate, PEM."""
    from exchange import config
    from keys import keystore

    if asked.key is None and asked.certificate is None:
        return config.read_tls(config.auditor_home(asked.home))
    if asked.key is None or asked.certificate is None:
        why = Why("--key and --certificate go together")
        raise Refusal(Reason.INPUT, "", why)
    with config.refusing(asked.key):
        key = keystore.read_plain(asked.key)
    return key, read_file(asked.certificate)


def _connected(
    node: str,
    addresses: Sequence[str],
    pinned: "Mapping[str, Bundle]",
    identity: tuple[bytes, bytes],
) -> "NodeReader":
    os.environ["GRPC_VERBOSITY"] = "NONE"  # nothing but our own words on stderr
    from exchange.net.auditor_client import connect
    from exchange.net.desk_client import Tls
    from exchange.trust import names
    from keys import tls

    root = tls.certificate_pem(pinned[names.domain_of(node)].tls_root)
    return connect(node, addresses, Tls(root, *identity, tls.dns_of_node(node)))


def _write(found: "LiveAudit", out: Path | None) -> dict[str, str]:
    """Write each proof of a fork; return the files by log.

    A proof is evidence: it is written also where nobody said where to.
    """
    from exchange.atomic_file import atomic

    written: dict[str, str] = {}
    for log in found.logs:
        if log.fork is None:
            continue
        path = out if out is not None and not written else None
        path = path or Path(f"{log.origin.replace('/', '-')}.fork")
        with atomic(path) as file:
            file.write(log.fork)
        written[log.origin] = str(path)
    return written
