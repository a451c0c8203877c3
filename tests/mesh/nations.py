"""A mesh of nations: each node a process, with a desk in its home.

A nation may have several nodes; the home of its first one holds its roots.
"""

import io
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from exchange import config
from exchange.cli import options, run
from exchange.demo.sites import DemoSite
from exchange.desk.client import Desk
from exchange.desk.outgoing.result import Sent
from exchange.errors import Refusal
from exchange.home.enrolment import install, issue, refresh
from exchange.home.nation import unlock_nation
from exchange.home.partner_bundles import install_partner
from exchange.home.plan import Plan, check_plan, make, make_home
from exchange.home.trust_files import own_bundle, parts_of, read_request
from exchange.trust import names, wire
from exchange.trust.enrol.check_answer import read_answer
from keys import keystore
from tests.benchmarks.site_pair import NodeProcess
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import free_port
from tests.desk.bench import said
from tests.trust.nation import Nation
from tests.two_desks import Desks, Said

PATIENCE = 90.0  # s
PAUSE = 0.2  # s between the first two looks; later an eighth of what was waited


@dataclass(frozen=True)
class Mesh:
    """The homes of all nations, and their nodes, each of which may be down."""

    desks: Desks
    nodes: Mapping[str, NodeProcess]

    @property
    def codes(self) -> list[str]:
        """The nations as a label names them."""
        return sorted({names.domain_of(node) for node in self.nodes})

    def restart(self, at: str) -> None:
        """Stop a node and start it again: it shows again what it showed before."""
        self.nodes[at].stop()
        self.nodes[at].start()

    def kill(self, at: str) -> None:
        """Let a node die without a word."""
        os.kill(self.nodes[at].pid, signal.SIGKILL)
        self.nodes[at].stop()

    @contextmanager
    def halted(self, at: str) -> Iterator[None]:
        """Halt a node: its connections stay open, and nothing moves."""
        os.kill(self.nodes[at].pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.nodes[at].pid, signal.SIGCONT)

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
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < PATIENCE:
        if holds():
            return True
        time.sleep(max(PAUSE, waited / 8))
    return False


@contextmanager
def running_mesh(folder: Path, wanted: Sequence[str]) -> Iterator[Mesh]:
    """Make these nodes and their nations, pair them all, and run them.

    A further node of a nation joins while the first ones of all run.
    """
    homes = {node: folder / node for node in wanted}
    firsts = {names.domain_of(node): node for node in reversed(wanted)}
    nations = {domain: homes[node] for domain, node in firsts.items()}
    for node in firsts.values():
        with _low_cost():
            make_home(homes[node], _plan(node), PASSPHRASE, options.now())
    _exchange_bundles(nations.values(), nations.values())
    nodes: dict[str, NodeProcess] = {}
    with ExitStack() as stack:
        for node in (*firsts.values(), *wanted):
            if node in nodes:
                continue
            if node not in firsts.values():
                nation = nations[names.domain_of(node)]
                _add_node(homes[node], _plan(node), nation)
                there = [homes[each] for each in (*nodes, node)]
                _exchange_bundles(there, nations.values())
            site = DemoSite(node, homes[node], PASSPHRASE)
            nodes[node] = stack.enter_context(NodeProcess(site))
        for home in homes.values():
            with Desk.open(home, "", PASSPHRASE) as desk:
                assert until(partial(_has_keys, desk, len(wanted)))
        yield Mesh(Desks(homes), nodes)


def _plan(node: str) -> Plan:
    listen = f"127.0.0.1:{free_port()}"
    return Plan(node=node, desk="ops", officers=("duty-1",), listen=listen)


@contextmanager
def _low_cost() -> Iterator[None]:
    """Make keystores at the floor that each must have."""
    with pytest.MonkeyPatch.context() as patch:
        assert keystore.create.__kwdefaults__
        patch.setitem(keystore.create.__kwdefaults__, "cost", keystore.FLOOR)
        yield


def _exchange_bundles(homes: Iterable[Path], nations: Iterable[Path]) -> None:
    """Import the newest edition of each nation's bundle into each home."""
    bundles = [own_bundle(nation).data for nation in nations]
    for home in homes:
        for bundle in bundles:
            install_partner(home, bundle)


def _add_node(home: Path, plan: Plan, nation: Path) -> None:
    """Make one more node of a nation, with a desk, as operators who carry files do."""
    wanted, now = check_plan(plan), options.now()
    with _low_cost():
        make(home, wanted, PASSPHRASE, now)
    held = config.nation_home(nation)
    keys = unlock_nation(held, PASSPHRASE)
    for part in parts_of(home):
        request = read_request(part)
        answer = wire.encode(issue(held, keys, request, now))
        install(home, part, read_answer(answer, request, now), now)
    refresh(nation)


def _has_keys(desk: Desk, count: int) -> bool:
    desk.sync()
    return len(desk.pinned.desks()) == count
