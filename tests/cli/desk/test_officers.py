"""Officers come to a desk, with keys of their own, and leave it: it gets new ones."""

import json
import shutil
from pathlib import Path

import pytest

from exchange import config
from exchange.config import DeskHome, file_changes
from exchange.desk.mailbox import Mailbox
from exchange.desk.sealing_ring import SealingRing
from exchange.errors import Reason, Refusal
from exchange.home import officer_departure
from exchange.home.next_keys import withdraw
from exchange.home.trust_files import read_enrolled
from exchange.trust.statements import parse_statement
from keys import keystore
from keys import ring as rings
from keys.ring import Ring, State
from keys.sealing import Opener
from tests.cli.conftest import NOW, PASSPHRASE, Result
from tests.cli.desk.conftest import PK, AtDesk, serving
from tests.cli.renewal.steps import snapshot
from tests.expecting import refusing
from tests.watch.test_watch import until

OPS = f"ops.{PK}"
OWN = "a passphrase of his own"


# One comes.


def come(alone: AtDesk, name: str, *more: str) -> Result:
    """Let an officer come, by the first one's passphrase."""
    words = f"{PASSPHRASE}\n{OWN}"
    out = alone.home.with_name("desk.request")
    return alone("keys", "add-officer", name, "--out", out, *more, words=words)


def ask(alone: AtDesk) -> None:
    out = alone.home.with_name("desk.request")
    given = ("--part", "desk", "--out", out)
    alone("keys", "request", *given, words=None).ended(0)


def grant(alone: AtDesk) -> None:
    asked, answer = (
        alone.home.with_name(f"desk.{what}") for what in ("request", "answer")
    )
    alone("keys", "issue", asked, "--yes", "--out", answer).ended(0)
    alone("keys", "install", answer, words=None).ended(0)


def stated(alone: AtDesk, name: str) -> list[tuple[str, bytes]]:
    """The role and key of each statement of an officer that the desk knows."""
    every = map(parse_statement, read_enrolled(alone.place).statements)
    found = [one for one in every if one.subject.startswith(f"{name}@")]
    return [(one.role, one.public_key) for one in found]


def newest_sealing_key(alone: AtDesk) -> bytes:
    """What the log of the node states, signed by an officer whom it knows."""
    with alone.open() as opened:
        opened.sync()
        newest = opened.pinned.sealing_key(f"ops.{PK}", opened.clock())
        assert newest
        return newest.kid


def test_who_comes_signs_once_the_nation_has_stated_his_key(alone: AtDesk) -> None:
    desk = alone.place
    with serving(alone.home):
        with alone.open() as opened:
            opened.sync()
            opened.mailbox.settings.set("kept", "yes")
        first = newest_sealing_key(alone)
        asked = come(alone, "duty-3:releaser").ended(0)
        assert "Number of this request" in asked.err
        assert desk.officer_names() == ["duty-1", "duty-2"]
        early = alone("list", "--officer", "duty-3", words=OWN)
        assert early.code == 2, "not before the nation has stated him"

        grant(alone)

        assert desk.officer_names() == ["duty-1", "duty-2", "duty-3"]
        assert not desk.renewal.exists()
        roles = [role for role, _ in stated(alone, "duty-3")]
        assert roles == ["author", "releaser"]
        alone("keys", "rotate", "--officer", "duty-3", words=OWN).ended(0)
        until(lambda: newest_sealing_key(alone) != first)
        with alone.open("duty-3", OWN) as opened:
            assert opened.mailbox.settings.get("kept") == "yes"
        with alone.open("duty-1"):
            pass


def test_who_was_dropped_comes_again_under_his_name(alone: AtDesk) -> None:
    """Who could not be there to type his passphrase had to be dropped as well."""
    assert alone("keys", "drop-officer", "duty-2", "--yes").code in {0, 3}
    before = stated(alone, "duty-2")
    assert come(alone, "duty-2").code == 0
    grant(alone)
    ((old_role, old_key),) = before
    ((role, key),) = stated(alone, "duty-2")
    assert old_role == role == "author"
    assert key != old_key
    with alone.open("duty-2", OWN):
        pass


def test_two_may_be_on_their_way_and_one_may_be_dropped(alone: AtDesk) -> None:
    desk = alone.place
    assert come(alone, "duty-3").code == 0
    come(alone, "duty-3").ended(2, "FIELD_VALUE")
    assert come(alone, "duty-4").code == 0
    words = f"{PASSPHRASE}\n{PASSPHRASE}\n{OWN}"
    dropped = alone("keys", "drop-officer", "duty-3", "--yes", words=words)
    assert dropped.code in {0, 3}, dropped.err
    assert desk.asked_names() == ["duty-4"]
    ask(alone)
    grant(alone)
    assert desk.officer_names() == ["duty-1", "duty-2", "duty-4"]
    assert not stated(alone, "duty-3")
    with alone.open("duty-4", OWN):  # his file leads to the desk's new key
        pass


def test_nobody_comes_for_whom_nothing_was_asked(alone: AtDesk) -> None:
    """The drop of one who was to come was cut off; another's answer is installed."""
    desk = alone.place
    for name in ("duty-3", "duty-4"):
        assert come(alone, name).code == 0
    withdraw(desk, "duty-3")
    ask(alone)
    grant(alone)

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
def test_who_cannot_come(alone: AtDesk, name: str, words: str) -> None:
    before = sorted(alone.place.officers.iterdir())
    refused = alone("keys", "add-officer", name, words=f"{words}\n{OWN}").ended(2)
    assert refused.reason in {"FIELD_VALUE", "KEYSTORE"}
    desk = alone.place
    assert sorted(desk.officers.iterdir()) == before
    assert not desk.renewal.exists()


# One leaves.


def database_key(desk: DeskHome, name: str) -> bytes:
    path = desk.officer_key(name)
    return config.unlock(path, PASSPHRASE, "officer").secrets.database_key


def ring_of(desk: DeskHome) -> Ring:
    return rings.read(desk.sealing_ring, OPS, database_key(desk, "duty-1"))


def test_who_leaves_takes_nothing_that_opens_what_comes_after(
    alone: AtDesk, tmp_path: Path
) -> None:
    desk = alone.place
    with serving(alone.home):
        with alone.open() as opened:
            opened.sync()
        stolen = tmp_path / "stolen"
        shutil.copytree(desk.folder, stolen)
        old = database_key(desk, "duty-2")
        first = ring_of(desk).keys

        told = alone("keys", "drop-officer", "duty-2", "--yes").ended(0)
        assert "duty-2" in told.out
        assert desk.officer_names() == ["duty-1"]
        new = database_key(desk, "duty-1")
        assert new != old
        with pytest.raises(Refusal):
            Mailbox(desk.mailbox, old)
        ring = ring_of(desk)
        assert ring.keys[0].seed == first[0].seed
        assert ring.keys[1].state in {State.STATED, State.LOGGED}
        with alone.open() as opened:
            opened.sync()
            newest = opened.pinned.sealing_key(OPS, opened.clock())
            assert newest
            assert newest.kid not in {Opener(key.seed).kid for key in first}
            assert newest.kid in opened.officer.openers
    for path in (one for one in alone.home.rglob("*") if one.is_file()):
        assert old not in path.read_bytes()
    assert database_key(DeskHome(stolen), "duty-2") == old
    with refusing(Reason.KEY_FILE):
        SealingRing(desk.sealing_ring, OPS, old)


def dropped(alone: AtDesk, words: str = PASSPHRASE) -> None:
    desk = alone.place
    officer_departure.drop_officer(desk, "duty-2", {"duty-1": words}, NOW)


def test_what_was_read_and_is_queued_stays(alone: AtDesk) -> None:
    with alone.open("duty-1") as desk:
        desk.mailbox.settings.set("kept", "yes")
    dropped(alone)
    with alone.open("duty-1") as desk:
        assert desk.mailbox.settings.get("kept") == "yes"
        assert not desk.own_alarms()
        mode = desk.mailbox.database.select_one("PRAGMA journal_mode")
        assert mode == ("wal",)
    states = [key.state for key in ring_of(alone.place).keys]
    assert states == [State.STATED, State.MADE]


@pytest.mark.parametrize("place", ["_write_mailbox", "_write_ring", "_write_officers"])
def test_killed_before_the_moment_nothing_has_changed(
    alone: AtDesk, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with alone.open("duty-2"):
        pass
    before = snapshot(alone.place.folder)
    with monkeypatch.context() as patch:
        patch.setattr(officer_departure, place, die)
        with pytest.raises(Killed):
            dropped(alone)
    assert snapshot(alone.place.folder) == before
    with alone.open("duty-2"):
        pass


def test_next_keys_of_who_leaves_go_and_those_of_others_stay(alone: AtDesk) -> None:
    desk = alone.place
    for name in ("duty-1", "duty-2"):
        shutil.copy(desk.officer_key(name), desk.asked_key(name))
        shutil.copy(desk.officer_key(name), desk.granted_key(name))
    dropped(alone)
    assert sorted(path.name for path in desk.officers.iterdir()) == [
        *("duty-1.asked", "duty-1.granted", "duty-1.key")
    ]
    with alone.open("duty-1"):
        assert not desk.granted_key("duty-1").exists()


def test_killed_after_the_moment_the_next_program_finishes(
    alone: AtDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(file_changes, "finish", lambda _: None)
        dropped(alone)
    assert (alone.home / "desk" / "change").is_dir()
    with alone.open("duty-1") as desk:
        assert not desk.own_alarms()
    assert alone.place.officer_names() == ["duty-1"]
    assert not (alone.home / "desk" / "change").exists()


def test_while_another_program_has_the_desk_open_it_is_refused(alone: AtDesk) -> None:
    with alone.open("duty-2"):
        before = snapshot(alone.place.folder)
        with refusing(Reason.LOCKED):
            dropped(alone)
        assert snapshot(alone.place.folder) == before


@pytest.mark.parametrize(
    ("leaver", "words", "where"),
    [
        ("duty-9", PASSPHRASE, "duty-9"),
        ("../../nation/root", PASSPHRASE, "nation/root"),
        ("duty-2", "wrong", "officers/duty-1.key"),
    ],
)
def test_whom_it_refuses(alone: AtDesk, leaver: str, words: str, where: str) -> None:
    before = snapshot(alone.place.folder)
    told = alone("keys", "drop-officer", leaver, "--yes", words=words).ended(2)
    assert where in told.err
    assert told.err.count("\n") <= 2
    assert snapshot(alone.place.folder) == before


def test_the_last_officer_cannot_leave(alone: AtDesk) -> None:
    dropped(alone)
    before = snapshot(alone.place.folder)
    told = alone("keys", "drop-officer", "duty-1", "--yes").ended(2)
    assert "no other officer" in told.err
    assert snapshot(alone.place.folder) == before


def test_each_officer_who_stays_types_an_own_passphrase(alone: AtDesk) -> None:
    desk = alone.place
    third = desk.officer_key("duty-3")
    shutil.copy(desk.officer_key("duty-2"), third)
    found = config.unlock(third, PASSPHRASE, "officer")
    keystore.replace(third, "another", "officer", found.kid, found.secrets)
    words = f"{PASSPHRASE}\nanother"
    alone("keys", "drop-officer", "duty-2", "--yes", words=words).ended(0)
    assert desk.officer_names() == ["duty-1", "duty-3"]
    keys = [
        config.unlock(desk.officer_key(name), secret, "officer").secrets.database_key
        for name, secret in (("duty-1", PASSPHRASE), ("duty-3", "another"))
    ]
    assert keys[0] == keys[1]


# fusion keys rotate.


def test_a_key_is_stated_on_command(alone: AtDesk) -> None:
    with serving(alone.home):
        alone("keys", "rotate").well()
        alone("keys", "rotate").ended(0)
        assert alone("list").code == 0
    states = [key.state for key in ring_of(alone.place).keys]
    assert states[:2] == [State.LOGGED, State.LOGGED]


def test_an_older_ring_is_told_of_in_status_and_cured_on_command(
    alone: AtDesk, tmp_path: Path
) -> None:
    desk = alone.place
    with serving(alone.home):
        assert alone("list").code == 0
        shutil.copy(desk.sealing_ring, tmp_path / "old")
        assert alone("keys", "rotate").code == 0
        assert alone("list").code == 0
        shutil.copy(tmp_path / "old", desk.sealing_ring)
        status = alone("status", "--officer", "duty-1", "--json")
        alarm = {"reason": "SERIAL", "where": "desk/sealing.keys", "at": None}
        assert alarm in json.loads(status.out)["alarms"]
        assert "fusion keys rotate" in status.err
        check = alone("status", "--officer", "duty-1", "--check").ended(1)
        assert "SERIAL desk/sealing.keys" in check.out
        assert desk.sealing_ring.read_bytes() == (tmp_path / "old").read_bytes()
        assert alone("keys", "rotate", "--yes").code == 0
        alone("list").well()


def test_with_the_node_stopped_no_key_is_stated(alone: AtDesk) -> None:
    alone("keys", "rotate").ended(3)
    assert len(ring_of(alone.place).keys) == 1
