"""Whose keystore is opened, and what is no keystore of an officer."""

from pathlib import Path

import pytest

from exchange import config
from exchange.config import DeskConfig, DeskHome
from exchange.desk import officer
from exchange.errors import MADE_BEFORE, Reason, Refusal
from keys import keystore
from keys import ring as rings
from keys.ring import Ring, RingKey, State
from keys.sealing import Opener
from keys.v1.keystore_pb2 import KeystoreSecrets
from tests.expecting import present, refusing
from tests.trust.nation import ed, seed

DESK = "ops.islamabad.pk"
SETTINGS = DeskConfig(name=DESK, officer="duty-1")


@pytest.fixture
def home(tmp_path: Path) -> DeskHome:
    (tmp_path / "officers").mkdir(mode=0o700)
    return DeskHome(tmp_path)


def write(home: DeskHome, name: str, role: str = "officer") -> None:
    secrets = KeystoreSecrets(signing_seed=ed(name).seed, database_key=seed("database"))
    path = home.officer_key(name)
    keystore.create(path, "pass", role, ed(name).kid, secrets, cost=keystore.FLOOR)


def test_the_home_s_own_officer_or_the_first(home: DeskHome) -> None:
    with refusing(Reason.KEY_FILE):
        officer.choose(home, SETTINGS, "")
    write(home, "chief")
    assert officer.choose(home, SETTINGS, "") == "chief"
    write(home, "duty-1")
    assert officer.choose(home, SETTINGS, "") == "duty-1"
    assert officer.choose(home, SETTINGS, "chief") == "chief"
    assert officer.choose(home, SETTINGS, "chief@ops.islamabad.pk") == "chief"


@pytest.mark.parametrize("name", ["duty-2", "../duty-1", "/etc/passwd"])
def test_who_has_no_keystore_here(home: DeskHome, name: str) -> None:
    write(home, "duty-1")
    with refusing(Reason.FIELD_VALUE):
        officer.choose(home, SETTINGS, name)


def test_the_ring_opens_by_any_officer(home: DeskHome) -> None:
    write(home, "duty-1")
    held = Ring(DESK, 1, (RingKey(seed("first"), 1, 2, State.STATED),))
    rings.create(home.sealing_ring, held, seed("database"))

    found = officer.unlock(home, DESK, "duty-1", "pass")

    assert found.name == "duty-1@ops.islamabad.pk"
    assert (found.desk, found.node) == (DESK, "islamabad.pk")
    assert set(found.openers) == {Opener(seed("first")).kid}


@pytest.mark.parametrize("file", ["duty-1.key", "sealing.keys"])
def test_a_file_of_before_the_first_release_says_so(home: DeskHome, file: str) -> None:
    write(home, "duty-1")
    rings.create(home.sealing_ring, Ring(DESK, 1), seed("database"))
    (path,) = home.folder.rglob(file)
    data = path.read_bytes()
    path.write_bytes(data[:3] + b"1" + data[4:])

    with pytest.raises(Refusal) as refusal:
        officer.unlock(home, DESK, "duty-1", "pass")

    assert refusal.value.why is MADE_BEFORE


def test_another_passphrase_role_or_file_is_one_refusal(home: DeskHome) -> None:
    write(home, "duty-1")
    write(home, "root", role="root")
    (home.officers / "torn.key").write_bytes(b"FKS2")
    (home.officers / "torn.key").chmod(0o600)
    for name, word in (("duty-1", "wrong"), ("root", "pass"), ("torn", "pass")):
        with refusing(Reason.KEYSTORE):
            officer.unlock(home, DESK, name, word)


def test_no_secret_shows_in_a_traceback(home: DeskHome) -> None:
    write(home, "duty-1")
    shown = repr(officer.unlock(home, DESK, "duty-1", "pass"))
    assert seed("database").hex() not in shown
    assert repr(seed("database")) not in shown


def grant(home: DeskHome, name: str, key: keystore.FileKey) -> bytes:
    """Have next keys granted to an officer whose file `key` opens; return their kid."""
    made = ed(f"{name}, next")
    secrets = KeystoreSecrets(signing_seed=made.seed)
    keystore.create_by(home.granted_key(name), key, "officer", made.kid, secrets)
    return made.kid


def test_an_open_desk_takes_the_next_key_without_a_passphrase(home: DeskHome) -> None:
    write(home, "duty-1")
    two = [officer.unlock(home, DESK, "duty-1", "pass") for _ in range(2)]
    granted = grant(home, "duty-1", present(two[0].file_key))

    for each in two:  # the second finds the key in the file already
        officer.renew(home, each)
        assert each.signer.kid == granted

    assert not home.granted_key("duty-1").exists()
    again = officer.unlock(home, DESK, "duty-1", "pass")
    assert again.signer.kid == granted
    assert again.database_key == seed("database")


def test_after_another_passphrase_the_key_that_is_open_goes_on(home: DeskHome) -> None:
    write(home, "duty-1")
    opened = officer.unlock(home, DESK, "duty-1", "pass")
    held = config.unlock(home.officer_key("duty-1"), "pass", "officer")
    keystore.replace(
        home.officer_key("duty-1"), "other", "officer", held.kid, held.secrets
    )
    changed = config.unlock(home.officer_key("duty-1"), "other", "officer")
    granted = grant(home, "duty-1", changed.key)

    with refusing(Reason.KEYSTORE):
        officer.renew(home, opened)
    assert opened.signer.kid == ed("duty-1").kid
    assert officer.unlock(home, DESK, "duty-1", "other").signer.kid == granted
