"""Release by two at real terminals: author and releaser, nodes as processes."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import exchange.cli
from exchange.bulletin.values import iso
from exchange.cli import options
from exchange.desk.client import Desk
from exchange.home.partner_bundles import install_partner
from exchange.home.plan import Plan, make_home
from exchange.home.trust_files import own_bundle
from tests.cli.conftest import PASSPHRASE, Result
from tests.cli.desk.conftest import CN, PK, free_port, loaded, met, serving
from tests.cli.desk.officers_terminal import OfficersTerminal, terminal
from tests.cli.desk.test_send import OPTIONS

At = Callable[..., Result]
ENTER, DOWN = "\r", "\x1b[B"
SAMPLES = Path(exchange.cli.__file__).parent / "samples"
SOON = 20_000  # ms until a draft lapses
SUBJECTS = ("Convoy delayed", "Convoy lost")


@dataclass
class Guarded:
    """The homes; Islamabad's nation asks for two officers."""

    pk: Path
    cn: Path


@pytest.fixture
def guarded(tmp_path: Path, cheap: None, at: At) -> Iterator[Guarded]:  # noqa: ARG001 - first
    homes = Guarded(tmp_path / PK, tmp_path / CN)
    for home, officers in (
        (homes.pk, ("duty-1", "chief:releaser")),
        (homes.cn, ("duty-1",)),
    ):
        listen = f"127.0.0.1:{free_port()}"
        plan = Plan(node=home.name, desk="ops", officers=officers, listen=listen)
        make_home(home, plan, PASSPHRASE, options.now())
    install_partner(homes.pk, own_bundle(homes.cn).data)
    install_partner(homes.cn, own_bundle(homes.pk).data)
    two = tmp_path / "two"
    two.write_text("release\n* * * two\n")
    for stated in (("--rules", "3"), (two,)):  # one builds upon the other
        assert at(homes.pk, "trust", "policy", *stated, "--yes").code == 0
    with serving(homes.cn):
        with serving(homes.pk), Desk.open(homes.pk, "", PASSPHRASE) as desk:
            met(desk)
            synced(desk, lambda: bool(desk.pinned.directory(PK).release_policy.lines))
        yield homes


def synced(desk: Desk, holds: Callable[[], bool]) -> None:
    """Take what the node has until something holds."""
    for _ in range(200):
        desk.sync()
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError


def send(at: At, home: Path, subject: str) -> str:
    """Send a bulletin by command; return its state."""
    given = [*OPTIONS]
    given[given.index("--subject") + 1] = subject
    return str(loaded(at(home, "send", *given, "--json"))["state"])


def open_queue(officer: OfficersTerminal) -> None:
    officer.until("Bulletins")
    officer.type("p")
    officer.until("Release by two")


def take(officer: OfficersTerminal, line: str, key: str = ENTER) -> None:
    """Go down to a line, and take it once it is seen under the cursor."""
    officer.until(line)
    for _ in range(4):
        if f"▌{line}" in officer.text():
            break
        officer.type(DOWN)
        officer.wait(0.5)
    officer.until(f"▌{line}")
    officer.type(key)


def test_one_is_released_and_one_returned_at_two_terminals(
    guarded: Guarded, at: At
) -> None:
    with serving(guarded.pk):
        for subject in SUBJECTS:
            assert send(at, guarded.pk, subject) in {"waiting", "drafted"}
        with Desk.open(guarded.pk, "", PASSPHRASE) as desk:  # the node is up by then
            box = desk.mailbox.releases
            synced(desk, lambda: len(box.list_state("WAITING")) == len(SUBJECTS))
        with terminal(guarded.pk, "--officer", "chief") as chief:
            open_queue(chief)
            chief.until("For you to sign: 2")
            chief.type(ENTER)
            chief.until("As its author signed it: for you to sign")
            take(chief, "Sign: release", "y")
            chief.until("For you to sign: 1")
            chief.type(ENTER)
            take(chief, "Return it to its author")
            chief.until("Something is missing")
            chief.type(DOWN)
            chief.wait(0.5)
            chief.type(ENTER)
            take(chief, "Sign: Return: Wrong handling label", "y")
            chief.until("For you to sign: 0")
        with terminal(guarded.pk) as author:
            author.until("1 returned")
            open_queue(author)
            author.until("Returned or lapsed: 1")
            author.until("Returned to its author · Wrong handling label")
            author.until("Released: 1")
            author.until("islamabad.pk#")
        shown = at(guarded.cn, "list")
    assert SUBJECTS[0] in shown.out
    assert SUBJECTS[1] not in shown.out


def test_with_its_node_away_two_release_at_one_terminal(
    guarded: Guarded, at: At
) -> None:
    assert send(at, guarded.pk, SUBJECTS[0]) == "drafted"
    with terminal(guarded.pk) as author:
        open_queue(author)
        author.until("Signed, not at the node yet")
        author.type(ENTER)
        take(author, "Release with another officer who is here")
        author.until("Who releases it")
        author.type(ENTER)
        author.until("Passphrase: chief")
        author.type(PASSPHRASE)
        author.until("•" * len(PASSPHRASE))
        assert PASSPHRASE not in author.text()
        author.type(ENTER)
        author.until("· chief")
        take(author, "Sign: release", "y")
        author.until("Signed by both, not recorded yet")
        with serving(guarded.pk):
            author.until("Released: 1", seconds=120)
            author.until("islamabad.pk#")


def test_an_emergency_is_countersigned_and_what_nobody_signs_lapses(
    guarded: Guarded, at: At, tmp_path: Path
) -> None:
    warning = json.loads((SAMPLES / "04-warning-convoy.json").read_text("utf-8"))
    del warning["translations"]
    urgent = warning | {"precedence": "IMMEDIATE", "release": "EMERGENCY"}
    soon = warning | {"precedence": "ROUTINE", "expires": iso(options.now() + SOON)}
    with serving(guarded.pk):
        for n, one in enumerate((urgent, soon)):
            file = tmp_path / f"{n}.json"
            file.write_text(json.dumps(one))
            loaded(at(guarded.pk, "send", file, "--json"))
        with terminal(guarded.pk, "--officer", "chief") as chief:
            chief.until("1 to countersign")
            open_queue(chief)
            chief.until("Sent as an emergency, not countersigned · 23 hours left")
            chief.until("Lapsed without release", seconds=90)
            chief.type(ENTER)
            take(chief, "Sign: Countersigned", "y")
            chief.until("For you to sign: 0")
        with terminal(guarded.pk) as author:
            open_queue(author)
            author.until("Lapsed without release")
            author.until("For others to sign: 0")
