"""A mesh of nations, each with a node as a process and a desk in one home."""

import io
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from exchange.bench.site_pair import NodeProcess
from exchange.cli import options, run
from exchange.demo.sites import DemoSite
from exchange.desk.client import Desk
from exchange.desk.outgoing.result import Sent
from exchange.errors import Refusal
from exchange.home.partner_bundles import install_partner
from exchange.home.plan import Plan, make_home
from exchange.home.trust_files import own_bundle
from keys import keystore
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import free_port
from tests.desk.bench import said
from tests.trust.nation import Nation
from tests.two_desks import Desks, Said

PATIENCE = 90.0  # s


@dataclass(frozen=True)
class Mesh:
    """The homes of all nations, and their nodes, each of which may be down."""

    desks: Desks
    nodes: Mapping[str, NodeProcess]

    @property
    def codes(self) -> list[str]:
        """The nations as a label names them."""
        return sorted(node.rpartition(".")[2] for node in self.nodes)

    def restart(self, at: str) -> None:
        """Stop a node and start it again: it shows again what it showed before."""
        self.nodes[at].stop()
        self.nodes[at].start()

    def kill(self, at: str) -> None:
        """Let a node die without a word."""
        os.kill(self.nodes[at].pid, signal.SIGKILL)
        self.nodes[at].stop()

    def send(self, at: str, *to: str, precedence: str = "PRIORITY") -> Sent:
        """Send a bulletin that is releasable to all nations."""
        label = {"tlp": "AMBER", "releasable_to": self.codes}
        nation = Nation(at.rpartition(".")[2], at.partition(".")[0])
        desks = [f"ops.{node}" for node in to]
        draft = said(nation, to=desks, label=label, precedence=precedence)
        with Desk.open(self.desks.homes[at], "", PASSPHRASE) as desk:
            desk.sync()
            return desk.send(draft)

    def refusal(self, at: str, *to: str) -> str:
        """Send a bulletin; return why it may not go, "" where it goes."""
        try:
            return self.send(at, *to).reason
        except Refusal as refused:  # before it is signed: nothing is kept
            return refused.reason

    def states(self, at: str, name: str) -> set[str]:
        """Return how far a bulletin is, as the desk of a node has it."""
        shown = self.desks.run(at, "show", name, "--json")
        return (
            set() if shown.code else {step["state"] for step in shown.json()["states"]}
        )

    def is_cosigned(self, at: str, name: str) -> bool:
        """Whether a bulletin is cosigned, as the desk of a node has it."""
        return "cosigned" in self.states(at, name)

    def run(self, *arguments: object) -> Said:
        """Run a command that asks for no passphrase."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(list(map(str, arguments)))
        return Said(code, out.getvalue(), err.getvalue())


def until(holds: Callable[[], object]) -> bool:
    """Wait as long as a slow machine may take; return whether it came to hold."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False


@contextmanager
def running_mesh(folder: Path, names: Sequence[str]) -> Iterator[Mesh]:
    """Make a nation for each of these nodes, pair them all, and run them."""
    homes = {node: folder / node for node in names}
    with pytest.MonkeyPatch.context() as patch:
        assert keystore.create.__kwdefaults__
        patch.setitem(keystore.create.__kwdefaults__, "cost", keystore.FLOOR)
        for node, home in homes.items():
            listen = f"127.0.0.1:{free_port()}"
            plan = Plan(node=node, desk="ops", officers=("duty-1",), listen=listen)
            make_home(home, plan, PASSPHRASE, options.now())
    for home in homes.values():
        for other in homes.values():
            if other != home:
                install_partner(home, own_bundle(other).data)
    with ExitStack() as stack:
        nodes = {}
        for node, home in homes.items():
            site = DemoSite(node, home, PASSPHRASE)
            nodes[node] = stack.enter_context(NodeProcess(site))
        for home in homes.values():
            with Desk.open(home, "", PASSPHRASE) as desk:
                assert until(partial(_has_keys, desk, len(names)))
        yield Mesh(Desks(homes), nodes)


def _has_keys(desk: Desk, count: int) -> bool:
    desk.sync()
    return len(desk.pinned.desks()) == count
