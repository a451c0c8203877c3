"""Homes, their settings and their key files, as they come from a disk."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange import config
from exchange.config import DeskHome, NodeHome
from exchange.errors import Reason, Refusal
from keys import files, keystore
from keys.signing import Ed25519Signer, MlDsa44Signer
from keys.v1.keystore_pb2 import KeystoreSecrets
from tests.expecting import refusing

SEED = bytes(range(32))


@pytest.fixture
def node(tmp_path: Path) -> NodeHome:
    (tmp_path / "node").mkdir(mode=0o700)
    return config.node_home(tmp_path)


@pytest.fixture
def desk(tmp_path: Path) -> DeskHome:
    (tmp_path / "desk").mkdir(mode=0o700)
    return config.desk_home(tmp_path)


def test_duty_roles_are_fit_to_be_shown(desk: DeskHome) -> None:
    base = 'name = "ops.islamabad.pk"\nofficer = "duty-1"\n'
    desk.config.write_text(base + 'duty = ["duty-1", "chief"]\n')
    assert config.read_desk(desk).duty == ("duty-1", "chief")
    many = ", ".join('"a"' for _ in range(config.DUTY_MAX + 1))
    for wrong in ('["a b"]', '[""]', '["\\u001b[2J"]', '"duty-1"', "[1]", f"[{many}]"):
        desk.config.write_text(f"{base}duty = {wrong}\n")
        with refusing(where="desk/config.toml: duty"):
            config.read_desk(desk)


@pytest.mark.parametrize(
    "wrong", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Asia", "\\u0000"]
)
def test_a_time_zone_is_one_that_there_is(desk: DeskHome, wrong: str) -> None:
    base = 'name = "ops.islamabad.pk"\nofficer = "duty-1"\n'
    desk.config.write_text(base)
    assert config.read_desk(desk).zone is None
    desk.config.write_text(base + 'time_zone = "Asia/Karachi"\n')
    assert str(config.read_desk(desk).zone) == "Asia/Karachi"

    desk.config.write_text(f'{base}time_zone = "{wrong}"\n')
    with refusing(where="desk/config.toml: time_zone", match=Reason.FIELD_VALUE):
        config.read_desk(desk)


@pytest.mark.parametrize(
    "part", [config.nation_home, config.node_home, config.desk_home]
)
def test_a_missing_part_is_named(
    tmp_path: Path, part: Callable[[Path], object]
) -> None:
    with pytest.raises(Refusal, match=Reason.HOME) as caught:
        part(tmp_path)

    assert caught.value.where in {"nation", "node", "desk"}


def test_settings_are_read(node: NodeHome, desk: DeskHome) -> None:
    node.config.write_text(
        'name = "islamabad.pk"\nlisten = "127.0.0.1:7443"\n'
        'partners = ["beijing.cn"]\n[addresses]\n"beijing.cn" = "127.0.0.1:1"\n'
    )
    desk.config.write_bytes(
        config.write_settings(name="ops.islamabad.pk", officer="duty-1")
    )

    found = config.read_node(node)

    assert found.partners == ("beijing.cn",)
    assert found.addresses == {"beijing.cn": "127.0.0.1:1"}
    assert found.desk == ""
    assert found.auditors is None
    assert config.read_desk(desk).officer == "duty-1"
    assert config.read_desk(desk).language == ""


@pytest.mark.parametrize("names", [[], ["court.pk", "court.cn"]])
def test_no_auditors_is_not_the_same_as_any(node: NodeHome, names: list[str]) -> None:
    node.config.write_text(f'name = "x"\nlisten = "y"\nauditors = {names}')

    assert config.read_node(node).auditors == tuple(names)


@pytest.mark.parametrize(
    ("text", "reason", "where"),
    [
        ("", Reason.FIELD_MISSING, "name"),
        ('name = "x"', Reason.FIELD_MISSING, "listen"),
        ("name = 1", Reason.FIELD_VALUE, "name"),
        ('name = "x"\nlisten = ["y"]', Reason.FIELD_VALUE, "listen"),
        (
            'name = "x"\nlisten = "y"\nlisten_partners = 1',
            Reason.FIELD_VALUE,
            "listen_partners",
        ),
        ('name = "x"\nlisten = "y"\npartners = "z"', Reason.FIELD_VALUE, "partners"),
        ('name = "x"\nlisten = "y"\npartners = [1]', Reason.FIELD_VALUE, "partners"),
        ('name = "x"\nlisten = "y"\naddresses = []', Reason.FIELD_VALUE, "addresses"),
        ('name="x"\nlisten="y"\n[addresses]\na=1', Reason.FIELD_VALUE, "addresses"),
        ('name = "x"\nlisten = "y"\nauditors = "z"', Reason.FIELD_VALUE, "auditors"),
        ('name = "x"\nlisten = "y"\nport = 1', Reason.FIELD_UNKNOWN, "port"),
        ("name = ", Reason.INPUT, "config.toml"),
        ('name = "a"\nname = "b"', Reason.INPUT, "config.toml"),
    ],
)
def test_wrong_settings_are_named(
    node: NodeHome, text: str, reason: Reason, where: str
) -> None:
    node.config.write_text(text)

    with refusing(reason) as caught:
        config.read_node(node)
    assert caught.value.where.endswith(where)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('[watch]\nhook = "page"', "watch.hook: expected a list in square brackets"),
        ("[watch]\ntimeout_s = 0", "watch.timeout_s: expected a number from 1 to"),
        ("texts_a_day_mib = 'x'", "texts_a_day_mib: expected a number from 1 to"),
        ("disk_floor_mib = 'x'", "disk_floor_mib: expected a number from 0 to"),
        (
            '[watch]\ndetails = "yes"',
            "watch.details: not understood; write it as true / f",
        ),
        ("listen_partners = 1", "listen_partners: not a valid value"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_to_write(
    node: NodeHome, line: str, told: str
) -> None:
    node.config.write_text(f'name = "x"\nlisten = "y"\n{line}\n')
    with pytest.raises(Refusal) as caught:
        config.read_node(node)
    assert str(caught.value).startswith(f"node/config.toml: {told}"), caught.value


def test_a_missing_file_is_named_with_what_to_do(node: NodeHome) -> None:
    with pytest.raises(Refusal, match=r"^node/config\.toml: no such file; r"):
        config.read_node(node)
    files.create(node.tls_key, b"key")
    with pytest.raises(Refusal, match=r"^node/tls\.crt: no such file; it"):
        config.read_tls(node)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_read_only_home_is_named(
    node: NodeHome, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def denied(path: Path, *_: object) -> int:
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(os, "open", denied)

    with (
        pytest.raises(Refusal, match=r"^node: cannot be written; check the"),
        config.hold_lock(node.folder),
    ):
        pass


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeHome:
    """A node whose home's path is too long for a socket."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    return NodeHome(tmp_path / ("x" * 100))


def test_settings_that_are_no_text_or_no_file(node: NodeHome) -> None:
    with pytest.raises(Refusal, match=Reason.HOME):
        config.read_node(node)
    node.config.write_bytes(b"\xff\xfe")
    with pytest.raises(Refusal, match=Reason.INPUT):
        config.read_node(node)


def test_a_long_path_moves_the_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1")
    folder = tmp_path / ("x" * 100)

    moved = NodeHome(folder).socket

    assert moved.parent.parent == Path("/run/user/1")
    assert len(moved.parent.name) == len("fusion-") + 8
    assert NodeHome(Path("/n")).socket == Path("/n/desk.sock")
    assert NodeHome(tmp_path / ("y" * 100)).socket != moved


def test_the_socket_fits_at_the_very_limit() -> None:
    fits = Path("/" + "x" * (107 - len("//desk.sock")))

    assert len(os.fsencode(NodeHome(fits).socket)) == 107
    assert NodeHome(Path(f"{fits}x")).socket.parent != Path(f"{fits}x")


def test_a_folder_that_others_may_write_is_refused(tmp_path: Path) -> None:
    ours = config.private_folder(tmp_path / "ours")
    assert ours.stat().st_mode & 0o777 == 0o700
    assert config.private_folder(ours) == ours

    ours.chmod(0o770)
    with pytest.raises(Refusal, match=Reason.HOME):
        config.private_folder(ours)
    (tmp_path / "file").touch()
    with pytest.raises(Refusal, match=Reason.HOME):
        config.private_folder(tmp_path / "file")


def test_a_part_is_held_once(node: NodeHome) -> None:
    with (
        config.hold_lock(node.folder),
        pytest.raises(Refusal, match=r"node: .*LOCKED"),
        config.hold_lock(node.folder),
    ):
        pass
    with config.hold_lock(node.folder):
        pass


# Key files.


def plain(
    path: Path, signing_seed: bytes = b"", ml_dsa_seed: bytes = b"", made: int = 1
) -> None:
    secrets = KeystoreSecrets(
        signing_seed=signing_seed, ml_dsa_seed=ml_dsa_seed, made=made
    )
    files.create(path, secrets.SerializeToString())


def test_unattended_keys_are_read(node: NodeHome) -> None:
    plain(node.log_key, signing_seed=SEED, ml_dsa_seed=SEED)
    plain(node.mirror_key, ml_dsa_seed=SEED)

    log, log_pq = config.read_log_key(node)

    assert log.kid == Ed25519Signer(SEED).kid
    assert log_pq.kid == MlDsa44Signer(SEED).kid
    assert config.read_mirror_key(node).kid == log_pq.kid


def test_a_missing_short_or_damaged_key_file_is_refused(node: NodeHome) -> None:
    with pytest.raises(Refusal, match=r"node/log\.key: no such file; .*KEY_FILE"):
        config.read_log_key(node)
    plain(node.log_key, signing_seed=SEED)
    with pytest.raises(Refusal, match=Reason.KEY_FILE):
        config.read_log_key(node)
    node.log_key.write_bytes(b"\xff\xff")
    with pytest.raises(Refusal, match=Reason.KEY_FILE):
        config.read_log_key(node)


def test_a_key_that_says_no_day_is_of_before_the_first_release(node: NodeHome) -> None:
    plain(node.mirror_key, ml_dsa_seed=SEED, made=0)

    with pytest.raises(Refusal, match=r"node/mirror\.key: made before .*KEY_FILE"):
        config.read_mirror_key(node)


def test_tls_files_are_read_together(node: NodeHome) -> None:
    files.create(node.tls_key, b"key")
    with pytest.raises(Refusal, match=r"node/tls\.crt: .*HOME"):
        config.read_tls(node)
    node.tls_cert.write_bytes(b"cert")

    assert config.read_tls(node) == (b"key", b"cert")

    node.tls_key.chmod(0o640)
    with pytest.raises(Refusal, match=r"node/tls\.key: .*KEY_FILE"):
        config.read_tls(node)


def test_a_keystore_opens_for_its_own_role_and_keys(desk: DeskHome) -> None:
    desk.officers.mkdir(mode=0o700)
    path, kid = desk.officer_key("duty-1"), Ed25519Signer(SEED).kid
    secrets = KeystoreSecrets(signing_seed=SEED)
    keystore.create(path, "word", "officer", kid, secrets)

    assert config.unlock(path, "word", "officer").secrets == secrets
    for passphrase, role in (("other", "officer"), ("word", "issuer")):
        with pytest.raises(Refusal, match=r"officers/duty-1\.key: .*KEYSTORE"):
            config.unlock(path, passphrase, role)
    keystore.replace(path, "word", "officer", bytes(32), secrets)
    with pytest.raises(Refusal, match=Reason.KEYSTORE):
        config.unlock(path, "word", "officer")
