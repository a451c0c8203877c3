"""Three nations' nodes as processes: each desk, each export knows what the others hold.

Kazakhstan is no nation that any list of this program names.
"""

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from exchange.cli import options, run
from exchange.demo.sites import DemoSite, running
from exchange.desk.client import Desk
from exchange.desk.outgoing.result import Sent
from exchange.errors import Reason, Refusal
from exchange.home.partner_bundles import install_partner
from exchange.home.plan import Plan, make_home
from exchange.home.trust_files import own_bundle
from keys import keystore
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import free_port
from tests.desk.bench import said
from tests.trust.nation import Nation
from tests.two_desks import Desks, Said

PK, CN, KZ = NODES = ("islamabad.pk", "beijing.cn", "astana.kz")
PATIENCE = 90.0  # s
pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Three:
    """The homes, and the node processes that run."""

    desks: Desks
    nodes: Mapping[str, ExitStack]

    def start(self, at: str) -> None:
        home = self.desks.homes[at]
        self.nodes[at].enter_context(running(DemoSite(at, home, PASSPHRASE)))

    def restart(self, at: str) -> None:
        """Stop a node and start it again: it shows again what it showed before."""
        self.nodes[at].close()
        self.start(at)

    def send(self, at: str, *to: str) -> Sent:
        """Send a bulletin that is releasable to all three."""
        label = {"tlp": "AMBER", "releasable_to": ["cn", "kz", "pk"]}
        nation = Nation("pk", "islamabad")
        draft = said(nation, to=[f"ops.{node}" for node in to], label=label)
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

    def run(self, *arguments: object) -> Said:
        """Run a command that asks for no passphrase."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(list(map(str, arguments)))
        return Said(code, out.getvalue(), err.getvalue())


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    folder = tmp_path_factory.mktemp("three")
    homes = {node: folder / node for node in NODES}
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
        nodes = {node: stack.enter_context(ExitStack()) for node in NODES}
        made = Three(Desks(homes), nodes)
        for node in NODES:
            made.start(node)
        for home in homes.values():
            with Desk.open(home, "", PASSPHRASE) as desk:
                assert until(lambda: _has_keys(desk))
        yield made


def _has_keys(desk: Desk) -> bool:
    desk.sync()
    return len(desk.pinned.desks()) == len(NODES)


@pytest.fixture(scope="module")
def sent(three: Three) -> str:
    """A bulletin of Islamabad for both, that both hold and that their desks know of."""
    name = three.send(PK, CN, KZ).name.hex()
    assert until(lambda: "cosigned" in three.states(PK, name))
    three.restart(PK)
    return name


@pytest.mark.parametrize("at", NODES)
def test_every_member_sees_it_delivered_and_cosigned(
    three: Three, sent: str, at: str
) -> None:
    assert until(lambda: {"delivered", "cosigned"} <= three.states(at, sent))


@pytest.mark.parametrize("at", [CN, KZ])
def test_the_export_of_every_member_meets_the_policy(
    three: Three, sent: str, at: str, tmp_path: Path
) -> None:
    """Once each owner has shown it what was signed lately: receipts, for instance."""
    assert until(lambda: "cosigned" in three.states(at, sent))
    trust = []
    for node, home in three.desks.homes.items():
        trust.append(tmp_path / f"{node}.bundle")
        trust[-1].write_bytes(own_bundle(home).data)
    numbers = count()

    def verified() -> bool:
        out = tmp_path / f"{next(numbers)}.audit"
        home = three.desks.homes[at]
        assert not three.run("audit", "export", "--home", home, "--out", out).code
        words = [word for path in trust for word in ("--trust", path)]
        return not three.run("audit", "verify", "--bundle", out, *words).code

    assert until(verified)


def test_a_nation_of_no_list_has_its_name(three: Three, sent: str) -> None:
    shown = {
        lang: three.desks.run(CN, "show", sent, "--lang", lang).out
        for lang in ("en", "ur", "zh")
    }

    assert "Kazakhstan" in shown["en"]
    assert "قزاخستان" in shown["ur"]
    assert "哈萨克斯坦" in shown["zh"]


@pytest.mark.usefixtures("sent")
def test_a_nation_that_is_suspended_is_sent_nothing_within_a_minute(
    three: Three,
) -> None:
    home = three.desks.homes[PK]
    assert three.run("doctor", "--suspend", "kz", "--home", home).code == 0

    assert until(lambda: three.refusal(PK, KZ) == Reason.SUSPENDED)
    assert three.refusal(PK, CN) == ""
    assert three.run("doctor", "--resume", "kz", "--home", home).code == 0
    assert until(lambda: three.refusal(PK, KZ) == "")
