"""Connect a desk, or an operator, to the own node."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from exchange import config
from exchange.errors import Reason, Refusal
from exchange.limits import SECOND
from exchange.net import desk_client as net
from exchange.trust import names
from exchange.trust.bundle import Bundle, load_all
from exchange.v1 import desk_service_pb2
from exchange.v1 import envelope_pb2 as pb
from keys.tls import dns_of_node


class Client(Protocol):
    """The calls of a desk to its node: exchange.net.desk_client.NodeClient."""

    def submit(
        self, envelopes: Sequence[pb.Envelope]
    ) -> list[desk_service_pb2.Submitted]: ...

    def return_draft(self, call: desk_service_pb2.ReturnDraftRequest) -> None: ...

    def entry(self, name: bytes) -> desk_service_pb2.EntryArrived: ...

    def proof(self, name: bytes) -> desk_service_pb2.GetProofResponse: ...

    def directory(self, origin: str, start: int) -> list[tuple[int, bytes]]:
        """Return DIRECTORY entries of a log from `start` on: (index, entry) each."""
        ...

    def status(self) -> desk_service_pb2.GetStatusResponse: ...

    def watch(
        self,
        after: int,
        heads: Sequence[bytes] = (),
        seconds: float | None = None,
        mark: str = "",
        take_news: net.TakeNews = lambda _: None,
    ) -> AbstractContextManager[Iterator[list[desk_service_pb2.Arrival]]]: ...

    def close(self) -> None: ...


def connect(home: Path) -> net.NodeClient:
    """Return a client, not connected yet. Raises Refusal(HOME | KEY_FILE | NOT_PINNED).

    It uses mTLS if the settings name an address, else the socket in the same home.
    """
    folder = config.desk_home(home)
    settings = config.read_desk(folder)
    if not settings.addresses:
        return _at_socket(home)
    node = names.node_of(settings.name)
    bundles = load_bundles(home)
    if names.domain_of(node) not in bundles:
        raise Refusal(Reason.NOT_PINNED, node)
    key, certificate = config.read_tls(folder)
    authority = bundles[names.domain_of(node)].tls_roots_pem
    tls = net.Tls(authority, key, certificate, dns_of_node(node))
    patience = settings.connect_s * SECOND
    line, *others = (net.channel(one, tls, patience) for one in settings.addresses)
    return net.NodeClient(line, patience, tls, others)


def connect_to_status(home: Path) -> net.NodeClient:
    """Connect as the desk, or as the operator of a node alone; raise as `connect`."""
    return _at_socket(home) if config.has_node_alone(home) else connect(home)


def _at_socket(home: Path) -> net.NodeClient:
    node = config.node_home(home)
    config.check_socket_folder(node)
    return net.NodeClient(net.channel(node.socket))


def load_bundles(home: Path) -> dict[str, Bundle]:
    """Load the bundles of the desk, or of a node alone."""
    alone = config.has_node_alone(home)
    part = config.node_home(home) if alone else config.desk_home(home)
    return load_all(part.trust)
