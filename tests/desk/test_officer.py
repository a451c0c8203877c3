"""Whose keystore is opened, and what is no keystore of an officer."""

from pathlib import Path

import pytest

from exchange.config import DeskConfig, DeskHome
from exchange.desk import officer
from exchange.errors import Reason, Refusal
from keys import keystore
from keys.sealing import Opener
from keys.v1.keystore_pb2 import KeystoreSecrets, SealingSeed
from tests.trust.nation import ed, seed

DESK = "ops.islamabad.pk"
SETTINGS = DeskConfig(name=DESK, officer="duty-1")


@pytest.fixture
def home(tmp_path: Path) -> DeskHome:
    (tmp_path / "officers").mkdir(mode=0o700)
    return DeskHome(tmp_path)


def write(home: DeskHome, name: str, role: str = "officer", *, seeds: int = 2) -> None:
    secrets = KeystoreSecrets(
        signing_seed=ed(name).seed,
        database_key=seed("database"),
        sealing=[SealingSeed(seed=seed(str(i))) for i in range(seeds)],
    )
    path = home.officer_key(name)
    keystore.create(path, "pass", role, ed(name).kid, secrets, cost=keystore.FLOOR)


def test_the_home_s_own_officer_or_the_first(home: DeskHome) -> None:
    with pytest.raises(Refusal) as nobody:
        officer.choose(home, SETTINGS, "")
    assert nobody.value.reason is Reason.KEY_FILE
    write(home, "chief")
    assert officer.choose(home, SETTINGS, "") == "chief"
    write(home, "duty-1")
    assert officer.choose(home, SETTINGS, "") == "duty-1"
    assert officer.choose(home, SETTINGS, "chief") == "chief"
    assert officer.choose(home, SETTINGS, "chief@ops.islamabad.pk") == "chief"


@pytest.mark.parametrize("name", ["duty-2", "../duty-1", "/etc/passwd"])
def test_who_has_no_keystore_here(home: DeskHome, name: str) -> None:
    write(home, "duty-1")
    with pytest.raises(Refusal) as refusal:
        officer.choose(home, SETTINGS, name)
    assert refusal.value.reason is Reason.FIELD_VALUE


def test_every_sealing_key_of_the_keystore_opens(home: DeskHome) -> None:
    write(home, "duty-1", seeds=3)
    found = officer.unlock(home, DESK, "duty-1", "pass")
    assert found.name == "duty-1@ops.islamabad.pk"
    assert (found.desk, found.node) == (DESK, "islamabad.pk")
    kids = {Opener.from_seed(seed(str(i))).kid for i in range(3)}
    assert set(found.openers) == set(found.reader.openers) == kids


def test_another_passphrase_role_or_file_is_one_refusal(home: DeskHome) -> None:
    write(home, "duty-1")
    write(home, "root", role="root")
    (home.officers / "torn.key").write_bytes(b"FKS1")
    (home.officers / "torn.key").chmod(0o600)
    for name, word in (("duty-1", "wrong"), ("root", "pass"), ("torn", "pass")):
        with pytest.raises(Refusal) as refusal:
            officer.unlock(home, DESK, name, word)
        assert refusal.value.reason is Reason.KEYSTORE


def test_no_secret_shows_in_a_traceback(home: DeskHome) -> None:
    write(home, "duty-1")
    shown = repr(officer.unlock(home, DESK, "duty-1", "pass"))
    assert seed("database").hex() not in shown
    assert repr(seed("database")) not in shown
