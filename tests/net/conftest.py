"""Two homes, made once and paired; each test gets a copy of its own.

And the links of nodes that a test serves.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from exchange import config
from exchange.cli import options
from exchange.demo.sites import free_ports
from exchange.home.nation import unlock_nation
from exchange.home.partner_bundles import install_partner
from exchange.home.plan import Plan, make_home
from exchange.home.trust_files import own_bundle
from exchange.net.links import Links
from exchange.node.node import Node
from keys.tls import Authority

PASSPHRASE = "four words of a passphrase"  # noqa: S105  opens nothing elsewhere
NODES = ("islamabad.pk", "beijing.cn")


def authority(home: Path) -> Authority:
    """Unlock the TLS authority of the nation of a home."""
    return unlock_nation(config.nation_home(home), PASSPHRASE).ca


@pytest.fixture(scope="session")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paired")
    bundles = []
    for node, port in zip(NODES, free_ports(2), strict=True):
        make_home(
            folder / node,
            Plan(
                node=node, desk="ops", officers=("duty-1",), listen=f"127.0.0.1:{port}"
            ),
            PASSPHRASE,
            options.now(),
        )
        bundles.append(own_bundle(folder / node).data)
    for node, bundle in zip(NODES, reversed(bundles), strict=True):
        install_partner(folder / node, bundle)
    return folder


@pytest.fixture
def homes(paired: Path, tmp_path: Path) -> tuple[Path, Path]:
    for node in NODES:
        shutil.copytree(paired / node, tmp_path / node)
    return tmp_path / NODES[0], tmp_path / NODES[1]


@pytest.fixture
def links_of(monkeypatch: pytest.MonkeyPatch) -> dict[str, Links]:
    """Return the links of each node that is served from now on, by its name."""
    found: dict[str, Links] = {}
    made = Links.__init__

    def note(self: Links, node: Node, *given: Any) -> None:  # noqa: ANN401  as it is called
        made(self, node, *given)
        found[node.name] = self

    monkeypatch.setattr(Links, "__init__", note)
    return found
