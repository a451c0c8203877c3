"""From nothing to a first bulletin read, in a real terminal, killed between steps."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from exchange.clock import wall_ms
from exchange.config.homes import NOTES
from exchange.demo.sites import DemoSite, running
from exchange.demo.traffic import samples, wait_for_keys
from exchange.desk.client import Desk
from exchange.desk.mailbox import Filter
from exchange.home.partner_bundles import install_partner
from exchange.home.plan import Plan, make_home
from exchange.home.trust_files import own_bundle
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import free_port
from tests.cli.desk.officers_terminal import OfficersTerminal, terminal
from tests.quick import folder_in_memory

ENTER, DOWN, ESC, END, LEAVE = "\r", "\x1b[B", "\x1b", "\x1b[F", "\x11"
CLEAR = "\x15"
SEEN = 0.4  # s until a box that is drawn takes keys
OURS, THEIRS = "islamabad.pk", "beijing.cn"


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_in_memory() as made:
        yield made


def answer(at: OfficersTerminal, title: str, text: str) -> None:
    """Type into a box, once it has the focus."""
    at.until(title)
    at.wait(SEEN)
    at.type(text + ENTER)


def pick(at: OfficersTerminal, downs: int) -> None:
    """Choose what stands so many rows below, once it was seen under the cursor."""
    at.type(DOWN * downs)
    at.wait(SEEN)
    at.type(ENTER)


def fill(at: OfficersTerminal, downs: int, title: str, text: str) -> None:
    """Fill in the field that stands so many rows below."""
    pick(at, downs)
    at.until(title)
    at.wait(SEEN)
    at.type(CLEAR)
    answer(at, title, text)
    at.until(title, gone=True)


def until_made(at: OfficersTerminal, node: str, port: int) -> None:
    at.until("The folder is empty")
    at.type(ENTER, then="Go on with these names")
    fill(at, 0, "its nation behind", node)
    at.until(f"Node: {node}")
    fill(at, 1, "a desk alone in full", "ops")
    at.until("Desk: ops")
    fill(at, 2, "at which partners call", f"127.0.0.1:{port}")
    at.until(f":{port}")
    pick(at, 1)
    at.until("Choose a passphrase")


def make_partner(folder: Path) -> Path:
    """Make the partner's home, and the file that he hands over."""
    home, listen = folder / "theirs", f"127.0.0.1:{free_port()}"
    plan = Plan(node=THEIRS, desk="ops", officers=("duty-1",), listen=listen)
    make_home(home, plan, PASSPHRASE, wall_ms())
    (folder / "cn.bundle").write_bytes(own_bundle(home).data)
    return home


def test_from_nothing_to_a_first_bulletin_with_a_kill_at_each_step(
    folder: Path,
) -> None:
    home, theirs = folder / "home", make_partner(folder)
    with terminal(home, controls=False) as at:
        at.until("Language")
        assert not home.exists()
        pick(at, 0)
        at.until("The folder is empty")
        assert at.hang_up() == 128 + signal.SIGHUP
    with terminal(home) as at:
        until_made(at, OURS, free_port())
        at.kill()
    with terminal(home) as at:
        at.until(f"{OURS} · ops")
        pick(at, 1)
        answer(at, "Type it now", "seven77")
        answer(at, "Too short: 8 characters", "one two three")
        answer(at, "Type the same once more", "three two one")
        answer(at, "The two differ", PASSPHRASE)
        answer(at, "Type the same once more", PASSPHRASE)
        at.until("Exchange bundles with the partner")
        at.kill()
    pair(home, theirs)
    read_first(home, theirs)


def pair(home: Path, theirs: Path) -> None:
    folder = home.parent
    with terminal(home) as at:
        at.until("Exchange bundles with the partner")
        at.type(ENTER, then="Write our bundle to a file")
        at.type(ENTER)
        answer(at, "Our bundle to", str(folder / "pk.bundle"))
        at.until("Written to")
        install_partner(theirs, (folder / "pk.bundle").read_bytes())
        pick(at, 1)
        answer(at, "The partner's bundle from", str(folder / "cn.bundle"))
        at.until("Compare by voice")
        at.type(END, then="trust cn")
        pick(at, 0)
        at.until("Safety number with cn")
        at.kill()


def read_first(home: Path, theirs: Path) -> None:
    with ExitStack() as stack:
        at = stack.enter_context(terminal(home))
        at.until("Paired with cn")
        pick(at, 1)
        at.until("It does not run yet")
        at.until(f"fusion serve --home {home}")
        for node, place in ((OURS, home), (THEIRS, theirs)):
            stack.enter_context(running(DemoSite(node, place, PASSPHRASE)))
        at.until("It runs.")
        partner = stack.enter_context(Desk.open(theirs, "duty-1", PASSPHRASE))
        wait_for_keys(partner, f"ops.{OURS}")
        at.type(ENTER, then="compose")
        assert not (home / NOTES).exists()
        (first, *_) = samples(f"ops.{OURS}")
        partner.send(first)
        at.until("duty-1@ops.beijing.cn")
        at.type(ENTER)
        at.wait(2 * SEEN)
        at.type(LEAVE)
        assert at.ended() == 0
        with Desk.open(home, "", PASSPHRASE) as desk:
            assert desk.mailbox.database.count() == 1
            assert not desk.mailbox.search.ids(Filter(unread=True))
