"""Another officer comes to a desk: with a key of his own, stated by the nation."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exchange import config
from exchange.desk.client import Desk
from exchange.home.next_keys import withdraw
from exchange.home.trust_files import read_enrolled
from exchange.trust.statements import parse_statement
from tests.cli.conftest import PASSPHRASE, Fusion, Result
from tests.cli.desk.conftest import PK, make, serving
from tests.watch.test_watch import until

At = Callable[..., Result]
OWN = "a passphrase of his own"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make(tmp_path / PK)


def come(at: At, home: Path, name: str, *more: str) -> Result:
    """Let an officer come, by the first one's passphrase."""
    words = f"{PASSPHRASE}\n{OWN}"
    out = home.parent / "desk.request"
    return at(home, "keys", "add-officer", name, "--out", out, *more, words=words)


def grant(at: At, fusion: Fusion, home: Path) -> None:
    asked, answer = home.parent / "desk.request", home.parent / "desk.answer"
    at(home, "keys", "issue", asked, "--yes", "--out", answer).ended(0)
    fusion("keys", "install", answer, "--home", home).ended(0)


def stated(home: Path, name: str) -> list[tuple[str, bytes]]:
    """The role and key of each statement of an officer that the desk knows."""
    every = map(parse_statement, read_enrolled(config.desk_home(home)).statements)
    found = [one for one in every if one.subject.startswith(f"{name}@")]
    return [(one.role, one.public_key) for one in found]


def newest_sealing_key(home: Path) -> bytes:
    """What the log of the node states, signed by an officer whom it knows."""
    with Desk.open(home, "", PASSPHRASE) as opened:
        opened.sync()
        newest = opened.pinned.sealing_key(f"ops.{PK}", opened.clock())
        assert newest
        return newest.kid


def test_who_comes_signs_once_the_nation_has_stated_his_key(
    home: Path, at: At, fusion: Fusion
) -> None:
    desk = config.desk_home(home)
    with serving(home):
        with Desk.open(home, "", PASSPHRASE) as opened:
            opened.sync()
            opened.mailbox.settings.set("kept", "yes")
        first = newest_sealing_key(home)
        asked = come(at, home, "duty-3:releaser").ended(0)
        assert "Number of this request" in asked.err
        assert desk.officer_names() == ["duty-1", "duty-2"]
        early = at(home, "list", "--officer", "duty-3", words=OWN)
        assert early.code == 2, "not before the nation has stated him"

        grant(at, fusion, home)

        assert desk.officer_names() == ["duty-1", "duty-2", "duty-3"]
        assert not desk.renewal.exists()
        roles = [role for role, _ in stated(home, "duty-3")]
        assert roles == ["author", "releaser"]
        at(home, "keys", "rotate", "--officer", "duty-3", words=OWN).ended(0)
        until(lambda: newest_sealing_key(home) != first)
        with Desk.open(home, "duty-3", OWN) as opened:
            assert opened.mailbox.settings.get("kept") == "yes"
        with Desk.open(home, "duty-1", PASSPHRASE):
            pass


def test_who_was_dropped_comes_again_under_his_name(
    home: Path, at: At, fusion: Fusion
) -> None:
    """Who could not be there to type his passphrase had to be dropped as well."""
    assert at(home, "keys", "drop-officer", "duty-2", "--yes").code in {0, 3}
    before = stated(home, "duty-2")
    assert come(at, home, "duty-2").code == 0
    grant(at, fusion, home)
    ((old_role, old_key),) = before
    ((role, key),) = stated(home, "duty-2")
    assert old_role == role == "author"
    assert key != old_key
    with Desk.open(home, "duty-2", OWN):
        pass


def test_two_may_be_on_their_way_and_one_may_be_dropped(
    home: Path, at: At, fusion: Fusion
) -> None:
    desk = config.desk_home(home)
    assert come(at, home, "duty-3").code == 0
    come(at, home, "duty-3").ended(2, "FIELD_VALUE")
    assert come(at, home, "duty-4").code == 0
    words = f"{PASSPHRASE}\n{PASSPHRASE}\n{OWN}"
    dropped = at(home, "keys", "drop-officer", "duty-3", "--yes", words=words)
    assert dropped.code in {0, 3}, dropped.err
    assert desk.asked_names() == ["duty-4"]
    out = home.parent / "desk.request"
    part = ("--part", "desk", "--out", out)
    assert fusion("keys", "request", *part, "--home", home).code == 0
    grant(at, fusion, home)
    assert desk.officer_names() == ["duty-1", "duty-2", "duty-4"]
    assert not stated(home, "duty-3")
    with Desk.open(home, "duty-4", OWN):  # his file leads to the desk's new key
        pass


def test_nobody_comes_for_whom_nothing_was_asked(
    home: Path, at: At, fusion: Fusion
) -> None:
    """The drop of one who was to come was cut off; another's answer is installed."""
    desk = config.desk_home(home)
    for name in ("duty-3", "duty-4"):
        assert come(at, home, name).code == 0
    withdraw(desk, "duty-3")
    out = home.parent / "desk.request"
    part = ("--part", "desk", "--out", out)
    assert fusion("keys", "request", *part, "--home", home).code == 0
    grant(at, fusion, home)

    assert desk.officer_names() == ["duty-1", "duty-2", "duty-4"]
    withdraw(desk, "duty-3")  # of the drop that is done again
    assert not desk.renewal.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("duty-1", PASSPHRASE),  # is here
        ("Duty 3", PASSPHRASE),
        ("duty-3:chief", PASSPHRASE),
        ("../duty-3", PASSPHRASE),
        ("duty-3", "wrong"),
    ],
)
def test_who_cannot_come(home: Path, at: At, name: str, words: str) -> None:
    before = sorted(config.desk_home(home).officers.iterdir())
    refused = at(home, "keys", "add-officer", name, words=f"{words}\n{OWN}").ended(2)
    assert refused.reason in {"FIELD_VALUE", "KEYSTORE"}
    desk = config.desk_home(home)
    assert sorted(desk.officers.iterdir()) == before
    assert not desk.renewal.exists()
