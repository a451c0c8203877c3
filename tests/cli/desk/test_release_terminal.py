"""Release by two at real terminals: author and releaser, nodes as processes."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import exchange.cli
from exchange import config
from exchange.bulletin.values import iso
from exchange.cli import options
from exchange.desk.client import Desk
from exchange.home.partner_bundles import install_partner
from exchange.home.plan import Plan, check_plan, make, make_home
from exchange.home.trust_files import own_bundle
from tests.cli.conftest import PASSPHRASE, Fusion, Result
from tests.cli.desk.conftest import CN, PK, bulletin, free_port, loaded, met, serving
from tests.cli.desk.officers_terminal import OfficersTerminal, terminal
from tests.cli.desk.test_send import OPTIONS
from tests.two_desks import Desks

At = Callable[..., Result]
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
def guarded(template: Guarded, tmp_path: Path) -> Iterator[Guarded]:
    of_a_run = shutil.ignore_patterns("desk.sock", "lock")
    homes = Guarded(tmp_path / PK, tmp_path / CN)
    shutil.copytree(template.pk, homes.pk, ignore=of_a_run)
    shutil.copytree(template.cn, homes.cn, ignore=of_a_run)
    with serving(homes.cn):
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
    officer.type("p", then="Release by two")


def under_cursor(officer: OfficersTerminal) -> list[str]:
    """Return the lines that the cursor is on."""
    return [line for line in officer.text().splitlines() if "▌" in line]


def take(officer: OfficersTerminal, line: str, key: str = ENTER) -> None:
    """Go down to a line, and take it once it is seen under the cursor."""
    officer.until(line)
    for _ in range(4):
        if f"▌{line}" in officer.text():
            break
        before = under_cursor(officer)
        officer.type(DOWN)
        for _ in range(20):  # a second key, typed too early, would go past the line
            officer.wait(0.5)
            if under_cursor(officer) != before:
                break
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
        take(author, "Release with another officer present")
        author.until("Releasing officer")
        author.type(ENTER, then="Passphrase: chief")
        author.type(PASSPHRASE)
        author.until("•" * len(PASSPHRASE))
        assert PASSPHRASE not in author.text()
        author.type(ENTER, then="Sign: chief@ops")
        take(author, SIGN, "y")
        author.until("Signed by both, not recorded yet")
        with serving(guarded.pk):
            author.until("Released: 1", seconds=120)
            author.until("islamabad.pk#")


def test_an_emergency_is_countersigned_and_what_nobody_signs_lapses(
    guarded: Guarded, at: At, tmp_path: Path
) -> None:
    warning = json.loads((SAMPLES / "04-warning-convoy.json").read_text("utf-8"))
    del warning["translations"]
    urgent = {"precedence": "IMMEDIATE", "release": "EMERGENCY"}
    file = tmp_path / "warning.json"
    with serving(guarded.pk):
        file.write_text(json.dumps(warning | urgent))
        loaded(at(guarded.pk, "send", file, "--json"))
        soon = {"precedence": "ROUTINE", "expires": iso(options.now() + SOON)}
        file.write_text(json.dumps(warning | soon))
        loaded(at(guarded.pk, "send", file, "--json"))
        with terminal(guarded.pk, "--officer", "chief") as chief:
            chief.until("1 to countersign")
            open_queue(chief)
            chief.until("Sent as an emergency, not countersigned · 23 hours left")
            chief.until("Lapsed without release", seconds=90)
            chief.type(ENTER)
            take(chief, SIGN, "y")
            chief.until("For you to sign: 0")
        with terminal(guarded.pk) as author:
            open_queue(author)
            author.until("Lapsed without release")
            author.until("For others to sign: 0")


@pytest.fixture
def watching(guarded: Guarded, fusion: Fusion, tmp_path: Path) -> Path:
    """Return the home of a second desk of Islamabad's node, whose officer releases."""
    home, asked, answer = (tmp_path / name for name in ("watch", "asked", "answer"))
    plan = Plan(desk=WATCH, officers=("duty-1:releaser",))
    make(home, check_plan(plan), PASSPHRASE, options.now())
    pk = ("--home", guarded.pk)
    listen = config.read_node(config.node_home(guarded.pk)).listen
    with (home / "desk" / "config.toml").open("a") as settings:
        settings.write(f'address = "{listen}"\n')
    for words, *command in (
        (None, "request", "--home", home, "--out", asked),
        (PASSPHRASE, "issue", asked, *pk, "--yes", "--out", answer),
        (None, "install", answer, "--home", home, "--yes"),
    ):
        fusion("keys", *command, words=words).ended(0)
    install_partner(home, own_bundle(guarded.cn).data)
    with serving(guarded.pk):
        with Desk.open(home, "", PASSPHRASE) as desk:
            synced(desk, lambda: "ops.beijing.cn" in desk.pinned.desks())
        with Desk.open(guarded.pk, "", PASSPHRASE) as desk:
            synced(desk, lambda: WATCH in desk.pinned.desks())
    return home


def test_another_desk_that_reviews_releases_and_returns(
    guarded: Guarded, watching: Path, at: At, tmp_path: Path
) -> None:
    """The author names it; its officer reads, signs one and gives the other back."""
    file = tmp_path / "sitrep.json"
    with serving(guarded.pk):
        for subject in SUBJECTS:
            said = {"id": "s0", "lang": "en", "text": subject}
            told = bulletin(review=WATCH, subject=said, translations=[])
            file.write_text(json.dumps(told))
            sent = loaded(at(guarded.pk, "send", file, "--json"))
            assert sent["state"] in {"waiting", "drafted"}
        with Desk.open(guarded.pk, "", PASSPHRASE) as desk:  # the node is up by then
            box = desk.mailbox.releases
            synced(desk, lambda: len(box.list_state("WAITING")) == len(SUBJECTS))
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
        with terminal(guarded.pk) as author:
            author.until("1 returned")
            open_queue(author)
            author.until("Returned to its author · Something is missing")
            author.until("Released: 1")
            author.until("islamabad.pk#")
        shown = at(guarded.cn, "list").out
    assert sum(subject in shown for subject in SUBJECTS) == 1


def test_a_translation_is_released_where_its_bulletin_was(
    guarded: Guarded, at: At, tmp_path: Path
) -> None:
    """Both texts are on the page; the partner reads the translation afterwards."""
    file = tmp_path / "sitrep.json"
    file.write_text(json.dumps(bulletin()))
    with serving(guarded.pk):
        loaded(at(guarded.pk, "send", file, "--json"))
        with terminal(guarded.pk, "--officer", "chief") as chief:
            open_queue(chief)
            chief.until("Translation")
            while "For you to sign: 0" not in chief.text():
                chief.type(ENTER)
                take(chief, SIGN, "y")
                chief.until("Signed")  # kept while its bulletin waits
                chief.until("For you to sign")
                chief.wait(1)
            chief.until("Released: ")
        assert at(guarded.cn, "list").out.count("\n") > 0
