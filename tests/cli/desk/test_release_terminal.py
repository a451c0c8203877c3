"""Release by two at real terminals: author and releaser, nodes as processes."""

import json
import shutil
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
from exchange.home.plan import Plan, check_plan, make, make_home
from exchange.home.trust_files import own_bundle
from tests.cli.conftest import PASSPHRASE, Apart, Fusion
from tests.cli.desk.conftest import CN, PK, AtDesk, at_node, free_port, met, serving
from tests.cli.desk.officers_terminal import OfficersTerminal, terminal
from tests.two_desks import Desks

ENTER, DOWN = "\r", "\x1b[B"
SAMPLES = Path(exchange.cli.__file__).parent / "samples"
SIGN = "Sign: chief@ops.islamabad.pk"
SOON = 20_000  # ms until a draft lapses
WATCH = "watch.islamabad.pk"
SUBJECTS = ("Convoy delayed", "Convoy lost")


@dataclass
class Guarded:
    """The homes; Islamabad's nation asks for two officers."""

    pk: Path
    cn: Path


@dataclass
class AtDesks:
    """The desks of copies of them; Beijing's node runs."""

    pk: AtDesk
    cn: AtDesk

    def send_all(self, **changes: object) -> None:
        """Send a bulletin of each subject, and wait until all wait for release."""
        for subject in SUBJECTS:
            assert send(self.pk, subject, **changes) in {"waiting", "drafted"}
        with self.pk.open() as desk:  # the node is up by then
            box = desk.mailbox.releases
            synced(desk, lambda: len(box.list_state("WAITING")) == len(SUBJECTS))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, cheap: None) -> Guarded:  # noqa: ARG001 - first
    """Make the homes, of which each test has copies; no node runs."""
    folder = tmp_path_factory.mktemp("guarded")
    homes = Guarded(folder / PK, folder / CN)
    for home, officers in (
        (homes.pk, ("duty-1", "chief:releaser")),
        (homes.cn, ("duty-1",)),
    ):
        listen = f"127.0.0.1:{free_port()}"
        plan = Plan(node=home.name, desk="ops", officers=officers, listen=listen)
        make_home(home, plan, PASSPHRASE, options.now())
    install_partner(homes.pk, own_bundle(homes.cn).data)
    install_partner(homes.cn, own_bundle(homes.pk).data)
    two = folder / "two"
    two.write_text("release\n* * * two\n")
    desks = Desks({PK: homes.pk})
    assert desks.run(PK, "trust", "policy", two, "--yes").code == 0
    nodes = serving(homes.cn), serving(homes.pk)
    with nodes[0], nodes[1], Desk.open(homes.pk, "", PASSPHRASE) as desk:
        met(desk)
        synced(desk, lambda: bool(desk.pinned.directory(PK).release_policy.lines))
    return homes


@pytest.fixture
def guarded(template: Guarded, tmp_path: Path, fusion: Fusion) -> Iterator[AtDesks]:
    of_a_run = shutil.ignore_patterns("desk.sock", "lock")
    pk = shutil.copytree(template.pk, tmp_path / PK, ignore=of_a_run)
    cn = shutil.copytree(template.cn, tmp_path / CN, ignore=of_a_run)
    with serving(cn):
        yield AtDesks(AtDesk(pk, fusion), AtDesk(cn, fusion))


def synced(desk: Desk, holds: Callable[[], bool]) -> None:
    """Take what the node has until something holds."""
    for _ in range(200):
        desk.sync()
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError


def send(desk: AtDesk, subject: str, **changes: object) -> str:
    """Send a bulletin of a subject; return its state."""
    said = {"id": "s0", "lang": "en", "text": subject}
    file = desk.file(subject=said, translations=[], **changes)
    return str(desk.json("send", file)["state"])


def open_queue(officer: OfficersTerminal) -> None:
    officer.until("Bulletins")
    officer.type("p", then="Release by two")


def under_cursor(officer: OfficersTerminal) -> list[str]:
    """Return the lines that the cursor is on."""
    return [line for line in officer.text().splitlines() if "▌" in line]


def take(officer: OfficersTerminal, line: str, key: str = ENTER) -> None:
    """Go down to a line, and take it once it is seen under the cursor."""
    officer.until(line)
    for _ in range(4):
        if f"▌ {line}" in officer.text():
            break
        before = under_cursor(officer)
        officer.type(DOWN)
        for _ in range(20):  # a second key, typed too early, would go past the line
            officer.wait(0.5)
            if under_cursor(officer) != before:
                break
    officer.until(f"▌ {line}")
    officer.type(key)


def test_one_is_released_and_one_returned_at_two_terminals(guarded: AtDesks) -> None:
    with serving(guarded.pk.home):
        guarded.send_all()
        with terminal(guarded.pk.home, "--officer", "chief") as chief:
            open_queue(chief)
            chief.until("For you to sign: 2")
            chief.type(ENTER, then="As its author signed it: for you to sign")
            take(chief, SIGN, "y")
            chief.until("For you to sign: 1")
            chief.type(ENTER)
            take(chief, "Return it to its author")
            chief.until("Something is missing")
            chief.type(DOWN)
            chief.wait(0.5)
            chief.type(ENTER)
            take(chief, SIGN, "y")
            chief.until("For you to sign: 0")
        with terminal(guarded.pk.home) as author:
            author.until("1 returned")
            open_queue(author)
            author.until("Returned or lapsed: 1")
            author.until("Returned to its author · Wrong handling label")
            author.until("Released: 1")
            author.until("islamabad.pk#")
        shown = guarded.cn("list")
    assert SUBJECTS[0] in shown.out
    assert SUBJECTS[1] not in shown.out


def test_with_its_node_away_two_release_at_one_terminal(guarded: AtDesks) -> None:
    assert send(guarded.pk, SUBJECTS[0]) == "drafted"
    with terminal(guarded.pk.home) as author:
        open_queue(author)
        author.until("Signed, not at the node yet")
        author.type(ENTER)
        take(author, "Release with another officer present")
        author.until("Releasing officer")
        author.type(ENTER, then="Passphrase: chief")
        author.type(PASSPHRASE)
        author.until("•" * len(PASSPHRASE))
        assert PASSPHRASE not in author.text()
        author.type(ENTER, then="Sign: chief@ops")
        take(author, SIGN, "y")
        author.until("Signed by both, not recorded yet")
        with serving(guarded.pk.home):
            author.until("Released: 1", seconds=120)
            author.until("islamabad.pk#")


def test_an_emergency_is_countersigned_and_what_nobody_signs_lapses(
    guarded: AtDesks, tmp_path: Path
) -> None:
    warning = json.loads((SAMPLES / "04-warning-convoy.json").read_text("utf-8"))
    del warning["translations"]
    urgent = {"precedence": "IMMEDIATE", "release": "EMERGENCY"}
    file = tmp_path / "warning.json"
    with serving(guarded.pk.home):
        file.write_text(json.dumps(warning | urgent))
        guarded.pk.json("send", file)
        soon = {"precedence": "ROUTINE", "expires": iso(options.now() + SOON)}
        file.write_text(json.dumps(warning | soon))
        guarded.pk.json("send", file)
        with terminal(guarded.pk.home, "--officer", "chief") as chief:
            chief.until("1 to countersign")
            open_queue(chief)
            chief.until("Sent as an emergency, not countersigned · 23 hours left")
            chief.until("Lapsed without release", seconds=90)
            chief.type(ENTER)
            take(chief, SIGN, "y")
            chief.until("For you to sign: 0")
        with terminal(guarded.pk.home) as author:
            open_queue(author)
            author.until("Lapsed without release")
            author.until("For others to sign: 0")


@pytest.fixture
def watching(guarded: AtDesks, fusion: Fusion, tmp_path: Path) -> Path:
    """Return the home of a second desk of Islamabad's node, whose officer releases."""
    watch = AtDesk(tmp_path / "watch", fusion)
    plan = Plan(desk=WATCH, officers=("duty-1:releaser",))
    make(watch.home, check_plan(plan), PASSPHRASE, options.now())
    at_node(watch, guarded.pk.listen)
    Apart(tmp_path, fusion, PK).enrol("watch")
    install_partner(watch.home, own_bundle(guarded.cn.home).data)
    with serving(guarded.pk.home):
        with watch.open() as desk:
            synced(desk, lambda: "ops.beijing.cn" in desk.pinned.desks())
        with guarded.pk.open() as desk:
            synced(desk, lambda: WATCH in desk.pinned.desks())
    return watch.home


def test_another_desk_that_reviews_releases_and_returns(
    guarded: AtDesks, watching: Path
) -> None:
    """The author names it; its officer reads, signs one and gives the other back."""
    with serving(guarded.pk.home):
        guarded.send_all(review=WATCH)
        with terminal(watching) as reviewer:
            reviewer.until("2 to release")
            open_queue(reviewer)
            reviewer.until("For you to sign: 2")
            reviewer.type(ENTER, then="duty-1@ops.islamabad.pk")
            take(reviewer, "Sign: duty-1@watch", "y")
            reviewer.until("For you to sign: 1")
            reviewer.type(ENTER)
            take(reviewer, "Return it to its author")
            reviewer.until("Something is missing")
            reviewer.type(ENTER)
            take(reviewer, "Sign: duty-1@watch", "y")
            reviewer.until("For you to sign: 0")
        with terminal(guarded.pk.home) as author:
            author.until("1 returned")
            open_queue(author)
            author.until("Returned to its author · Something is missing")
            author.until("Released: 1")
            author.until("islamabad.pk#")
        shown = guarded.cn("list").out
    assert sum(subject in shown for subject in SUBJECTS) == 1


def test_a_translation_is_released_where_its_bulletin_was(guarded: AtDesks) -> None:
    """Both texts are on the page; the partner reads the translation afterwards."""
    with serving(guarded.pk.home):
        guarded.pk.send()
        with terminal(guarded.pk.home, "--officer", "chief") as chief:
            open_queue(chief)
            chief.until("Translation")
            while "For you to sign: 0" not in chief.text():
                chief.type(ENTER)
                take(chief, SIGN, "y")
                chief.until("Signed")  # kept while its bulletin waits
                chief.until("For you to sign")
                chief.wait(1)
            chief.until("Released: ")
        assert guarded.cn("list").out.count("\n") > 0
