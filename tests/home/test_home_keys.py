"""The keys of a desk and its home, for an officer at a terminal."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.clock import wall_ms
from exchange.config import nation_home
from exchange.desk.client import Desk
from exchange.errors import Reason, Refusal, Unreachable
from exchange.home import plan
from exchange.home.home_keys import HomeKeys
from exchange.home.key_table import keys_of
from exchange.home.plan import Plan
from exchange.home.revocation import find_targets
from exchange.home.trust_files import read_bundle, read_envelopes
from exchange.limits import DAY
from tests.expecting import refusing
from tests.quick import folder_in_memory

WORD, OTHER = "correct horse", "battery staple"


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    with folder_in_memory() as folder:
        plan.make_home(folder, Plan(node="islamabad.pk", desk="ops"), WORD, wall_ms())
        yield folder


@pytest.fixture
def home(made: Path) -> Iterator[Path]:
    with folder_in_memory() as folder:
        yield Path(shutil.copytree(made, folder, dirs_exist_ok=True))


@pytest.fixture
def cabinet(home: Path) -> Iterator[HomeKeys]:
    with Desk.open(home, "", WORD) as desk:
        yield HomeKeys(home, desk)


def test_every_key_of_the_command_is_there_with_age_end_and_place(
    home: Path, cabinet: HomeKeys
) -> None:
    now = wall_ms()
    shown = cabinet.list_keys()
    listed = {(one["file"], one["kid"]) for one in keys_of(home, now)}
    assert listed <= {(key.place, key.kid) for key in shown}
    own = [key for key in shown if key.own]
    assert list(shown[: len(own)]) == own
    (author,) = [key for key in own if key.role == "author"]
    assert author.name == "duty-1@ops.islamabad.pk"
    assert author.place == "officers/duty-1.key"
    assert 0 < author.begins <= now < author.ends
    assert author.days is None
    assert f"--key {author.kid}" in author.revoke
    assert f"--home {home}" in author.revoke


def test_what_is_due_names_the_command(home: Path, cabinet: HomeKeys) -> None:
    del home
    cabinet._desk.clock = lambda: wall_ms() + 350 * DAY
    due = [key for key in cabinet.list_keys() if key.days is not None]
    assert "author" in {key.role for key in due}
    assert all(key.renew.startswith("fusion keys renew") for key in due)


def test_a_key_is_renewed_by_the_everyday_code(home: Path, cabinet: HomeKeys) -> None:
    before = {key.kid for key in cabinet.list_keys() if key.role == "author"}
    lines = cabinet.renew(WORD, own=True)
    assert any("author duty-1@ops.islamabad.pk: renewed" in line for line in lines)
    with Desk.open(home, "", WORD) as desk:
        after = {k.kid for k in HomeKeys(home, desk).list_keys() if k.role == "author"}
    assert after
    assert not after & before
    assert cabinet.renew(WORD, own=False) == ["no renewal is due"]


def test_each_command_that_revokes_names_what_it_revokes(
    home: Path, cabinet: HomeKeys
) -> None:
    """Of a certificate, a log's or a mirror's key too."""
    shown = [key for key in cabinet.list_keys() if key.revoke]
    assert {"author", "log", "mirror", "tls"} <= {key.role for key in shown}
    for key in shown:
        *_, name, _, kid, _, _, _, _ = key.revoke.split()
        found = find_targets(nation_home(home), name, bytes.fromhex(kid))
        assert len(found) == 1, key.role
        assert bytes.fromhex(key.kid) in (found[0].what, found[0].kid)


@pytest.mark.parametrize("role", ["author", "log"])
def test_a_key_is_revoked_by_the_everyday_code(
    home: Path, cabinet: HomeKeys, role: str
) -> None:
    """In the log of the node for an officer, in the bundle for a node."""
    key = next(one for one in cabinet.list_keys() if one.role == role)
    since = wall_ms() - DAY
    lines = cabinet.revoke(key, WORD, since)
    assert f"{key.name}: key" in lines[0]
    place = nation_home(home)
    if role == "log":
        (revoked,) = read_bundle(place.bundle).revoked.items()
        assert lines[0] == f"islamabad.pk: key {revoked[0].hex()} revoked"
        assert "fusion trust export" in lines[-1]
    else:
        assert key.kid in lines[0]
        with pytest.raises(Refusal) as refused:
            find_targets(place, key.name, bytes.fromhex(key.kid))
        assert refused.value.reason is Reason.FIELD_VALUE, "it is revoked already"


def test_what_the_log_says_is_revoked_is_shown_with_its_time(
    home: Path, cabinet: HomeKeys
) -> None:
    key = next(one for one in cabinet.list_keys() if one.role == "author")
    since = wall_ms() - DAY
    cabinet.revoke(key, WORD, since)
    issued = read_envelopes(nation_home(home).issued)
    pinned = cabinet._desk.pinned
    pinned.restore("islamabad.pk", list(enumerate(one.entry for one in issued)))
    shown = {one.kid: one.revoked for one in cabinet.list_keys()}
    assert shown.pop(key.kid) == since
    assert set(shown.values()) == {None}


def test_a_wrong_passphrase_changes_nothing(home: Path, cabinet: HomeKeys) -> None:
    files = {path: path.read_bytes() for path in home.rglob("*.key")}
    issued = sorted(nation_home(home).issued.iterdir())
    author = next(one for one in cabinet.list_keys() if one.role == "author")
    for step in (
        lambda: cabinet.renew(OTHER, own=True),
        lambda: cabinet.change_passphrase(OTHER, WORD),
        lambda: cabinet.revoke(author, OTHER, 1),
    ):
        with refusing(Reason.KEYSTORE):
            step()
    assert {path: path.read_bytes() for path in home.rglob("*.key")} == files
    assert sorted(nation_home(home).issued.iterdir()) == issued


def test_a_passphrase_changes_for_the_next_start(home: Path, cabinet: HomeKeys) -> None:
    cabinet.change_passphrase(WORD, OTHER)
    with pytest.raises(Refusal):
        Desk.open(home, "", WORD)
    with Desk.open(home, "", OTHER) as desk:
        assert desk.officer.name


def test_a_sealing_key_needs_the_node(cabinet: HomeKeys) -> None:
    with pytest.raises(Unreachable):
        cabinet.new_sealing_key()


def test_a_key_file_open_to_others_is_one_refusal(
    home: Path, cabinet: HomeKeys
) -> None:
    (home / "node" / "log.key").chmod(0o644)
    with refusing(Reason.KEY_FILE):
        cabinet.list_keys()
