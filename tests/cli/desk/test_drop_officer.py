"""An officer leaves: new keys for the desk, at one moment, none of them his."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange import config
from exchange.config import DeskHome, file_changes
from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox
from exchange.desk.sealing_ring import SealingRing
from exchange.errors import Reason, Refusal
from exchange.home import officer_departure
from keys import keystore
from keys import ring as rings
from keys.ring import Ring, State
from keys.sealing import Opener
from tests.cli.conftest import NOW, PASSPHRASE, Result
from tests.cli.desk.conftest import PK, make, serving
from tests.expecting import refusing

OPS = f"ops.{PK}"
At = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make(tmp_path / PK)


def database_key(desk: DeskHome, name: str) -> bytes:
    path = desk.officer_key(name)
    return config.unlock(path, PASSPHRASE, "officer").secrets.database_key


def ring_of(desk: DeskHome) -> Ring:
    return rings.read(desk.sealing_ring, OPS, database_key(desk, "duty-1"))


def test_who_leaves_takes_nothing_that_opens_what_comes_after(
    home: Path, at: At, tmp_path: Path
) -> None:
    desk = config.desk_home(home)
    with serving(home):
        with Desk.open(home, "", PASSPHRASE) as opened:
            opened.sync()
        stolen = tmp_path / "stolen"
        shutil.copytree(desk.folder, stolen)
        old = database_key(desk, "duty-2")
        first = ring_of(desk).keys

        told = at(home, "keys", "drop-officer", "duty-2", "--yes").ended(0)
        assert "duty-2" in told.out
        assert desk.officer_names() == ["duty-1"]
        new = database_key(desk, "duty-1")
        assert new != old
        with pytest.raises(Refusal):
            Mailbox(desk.mailbox, old)
        ring = ring_of(desk)
        assert ring.keys[0].seed == first[0].seed
        assert ring.keys[1].state in {State.STATED, State.LOGGED}
        with Desk.open(home, "", PASSPHRASE) as opened:
            opened.sync()
            newest = opened.pinned.sealing_key(OPS, opened.clock())
            assert newest
            assert newest.kid not in {kid_of(key.seed) for key in first}
            assert newest.kid in opened.officer.openers
    for path in (one for one in home.rglob("*") if one.is_file()):
        assert old not in path.read_bytes()
    assert database_key(DeskHome(stolen), "duty-2") == old
    with refusing(Reason.KEY_FILE):
        SealingRing(desk.sealing_ring, OPS, old)


def kid_of(secret: bytes) -> bytes:
    return Opener(secret).kid


def dropped(home: Path, words: str = PASSPHRASE) -> None:
    desk = config.desk_home(home)
    officer_departure.drop_officer(desk, "duty-2", {"duty-1": words}, NOW)


def files_of(home: Path) -> dict[str, bytes]:
    desk = home / "desk"
    return {
        str(path.relative_to(desk)): path.read_bytes()
        for path in desk.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def test_what_was_read_and_is_queued_stays(home: Path) -> None:
    with Desk.open(home, "duty-1", PASSPHRASE) as desk:
        desk.mailbox.settings.set("kept", "yes")
    dropped(home)
    with Desk.open(home, "duty-1", PASSPHRASE) as desk:
        assert desk.mailbox.settings.get("kept") == "yes"
        assert not desk.own_alarms()
        mode = desk.mailbox.database.select_one("PRAGMA journal_mode")
        assert mode == ("wal",)
    assert [key.state for key in ring_of(config.desk_home(home)).keys] == [
        State.STATED,
        State.MADE,
    ]


@pytest.mark.parametrize("place", ["_write_mailbox", "_write_ring", "_write_officers"])
def test_killed_before_the_moment_nothing_has_changed(
    home: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with Desk.open(home, "duty-2", PASSPHRASE):
        pass
    before = files_of(home)
    with monkeypatch.context() as patch:
        patch.setattr(officer_departure, place, die)
        with pytest.raises(Killed):
            dropped(home)
    assert files_of(home) == before
    with Desk.open(home, "duty-2", PASSPHRASE):
        pass


def test_next_keys_of_who_leaves_go_and_those_of_others_stay(home: Path) -> None:
    desk = config.desk_home(home)
    for name in ("duty-1", "duty-2"):
        shutil.copy(desk.officer_key(name), desk.asked_key(name))
        shutil.copy(desk.officer_key(name), desk.granted_key(name))
    dropped(home)
    assert sorted(path.name for path in desk.officers.iterdir()) == [
        *("duty-1.asked", "duty-1.granted", "duty-1.key"),
    ]
    with Desk.open(home, "duty-1", PASSPHRASE):
        assert not desk.granted_key("duty-1").exists()


def test_killed_after_the_moment_the_next_program_finishes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(file_changes, "finish", lambda _: None)
        dropped(home)
    assert (home / "desk" / "change").is_dir()
    with Desk.open(home, "duty-1", PASSPHRASE) as desk:
        assert not desk.own_alarms()
    assert config.desk_home(home).officer_names() == ["duty-1"]
    assert not (home / "desk" / "change").exists()


def test_while_another_program_has_the_desk_open_it_is_refused(home: Path) -> None:
    with Desk.open(home, "duty-2", PASSPHRASE):
        before = files_of(home)
        with refusing(Reason.LOCKED):
            dropped(home)
        assert files_of(home) == before


@pytest.mark.parametrize(
    ("leaver", "words", "where"),
    [
        ("duty-9", PASSPHRASE, "duty-9"),
        ("../../nation/root", PASSPHRASE, "nation/root"),
        ("duty-2", "wrong", "officers/duty-1.key"),
    ],
)
def test_whom_it_refuses(
    home: Path, at: At, leaver: str, words: str, where: str
) -> None:
    before = files_of(home)
    told = at(home, "keys", "drop-officer", leaver, "--yes", words=words).ended(2)
    assert where in told.err
    assert told.err.count("\n") <= 2
    assert files_of(home) == before


def test_the_last_officer_cannot_leave(home: Path, at: At) -> None:
    dropped(home)
    before = files_of(home)
    told = at(home, "keys", "drop-officer", "duty-1", "--yes").ended(2)
    assert "no other officer" in told.err
    assert files_of(home) == before


def test_each_officer_who_stays_types_an_own_passphrase(home: Path, at: At) -> None:
    desk = config.desk_home(home)
    third = desk.officer_key("duty-3")
    shutil.copy(desk.officer_key("duty-2"), third)
    found = config.unlock(third, PASSPHRASE, "officer")
    keystore.replace(third, "another", "officer", found.kid, found.secrets)
    words = f"{PASSPHRASE}\nanother"
    at(home, "keys", "drop-officer", "duty-2", "--yes", words=words).ended(0)
    assert desk.officer_names() == ["duty-1", "duty-3"]
    keys = [
        config.unlock(desk.officer_key(name), secret, "officer").secrets.database_key
        for name, secret in (("duty-1", PASSPHRASE), ("duty-3", "another"))
    ]
    assert keys[0] == keys[1]


# fusion keys rotate.


def test_a_key_is_stated_on_command(home: Path, at: At) -> None:
    with serving(home):
        told = at(home, "keys", "rotate")
        assert (told.code, told.err) == (0, "")
        at(home, "keys", "rotate").ended(0)
        assert at(home, "list").code == 0
    states = [key.state for key in ring_of(config.desk_home(home)).keys]
    assert states[:2] == [State.LOGGED, State.LOGGED]


def test_an_older_ring_is_told_of_in_status_and_cured_on_command(
    home: Path, at: At, tmp_path: Path
) -> None:
    desk = config.desk_home(home)
    with serving(home):
        assert at(home, "list").code == 0
        shutil.copy(desk.sealing_ring, tmp_path / "old")
        assert at(home, "keys", "rotate").code == 0
        assert at(home, "list").code == 0
        shutil.copy(tmp_path / "old", desk.sealing_ring)
        status = at(home, "status", "--officer", "duty-1", "--json")
        alarm = {"reason": "SERIAL", "where": "desk/sealing.keys", "at": None}
        assert alarm in json.loads(status.out)["alarms"]
        assert "fusion keys rotate" in status.err
        check = at(home, "status", "--officer", "duty-1", "--check").ended(1)
        assert "SERIAL desk/sealing.keys" in check.out
        assert desk.sealing_ring.read_bytes() == (tmp_path / "old").read_bytes()
        assert at(home, "keys", "rotate", "--yes").code == 0
        told = at(home, "list")
        assert (told.code, told.err) == (0, "")


def test_with_the_node_stopped_no_key_is_stated(home: Path, at: At) -> None:
    at(home, "keys", "rotate").ended(3)
    assert len(ring_of(config.desk_home(home)).keys) == 1
