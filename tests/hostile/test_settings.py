"""Settings and folders that somebody else could have put there."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange import config
from exchange.config import DeskHome, NodeHome
from exchange.errors import Refusal
from tests import test_config as origin
from tests.test_config import SEED, plain

node = origin.node
far = origin.far
desk = origin.desk


def test_a16_hostile_settings_are_one_refusal(node: NodeHome, desk: DeskHome) -> None:
    """Nested so deep that a parser that calls itself does not come back."""
    deep = f'name = "a"\nlisten = {"[" * 3_000}{"]" * 3_000}\n'
    for settings, read in (
        (node.config, lambda: config.read_node(node)),
        (desk.config, lambda: config.read_desk(desk)),
    ):
        settings.write_text(deep)
        with pytest.raises(Refusal, match=r"/config\.toml: .*INPUT"):
            read()


@pytest.mark.parametrize(
    "part", [config.nation_home, config.node_home, config.desk_home]
)
@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a16_a_part_that_others_may_write_is_refused(
    tmp_path: Path, part: Callable[[Path], object], mode: int
) -> None:
    for name in ("nation", "node", "desk"):
        (tmp_path / name).mkdir(mode=0o700, exist_ok=True)
    part(tmp_path)
    for name in ("nation", "node", "desk"):
        (tmp_path / name).chmod(mode)

    with pytest.raises(Refusal, match=r"others may write to this folder.*HOME"):
        part(tmp_path)


def test_o13_a16_the_fallback_folder_of_the_socket_is_ours_alone(
    far: NodeHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.check_socket_folder(far)  # nobody's yet
    folder = config.private_folder(far.socket.parent)
    config.check_socket_folder(far)
    for mode in (0o750, 0o705, 0o777):
        folder.chmod(mode)
        with pytest.raises(Refusal, match=r"^fusion-.* not a folder of this user"):
            config.check_socket_folder(far)
    folder.chmod(0o700)
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(Refusal, match="not a folder of this user alone"):
        config.check_socket_folder(far)


@pytest.mark.parametrize("kind", ["link", "file"])
def test_o13_a16_a_fallback_folder_that_is_none_is_refused(
    far: NodeHome, kind: str
) -> None:
    folder = far.socket.parent
    if kind == "link":
        (folder.parent / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(folder.parent / "elsewhere")
    else:
        folder.touch(0o700)

    with pytest.raises(Refusal, match="not a folder of this user alone"):
        config.check_socket_folder(far)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644, 0o666])
def test_i10_a16_a_key_file_open_to_others_is_refused(
    node: NodeHome, mode: int
) -> None:
    plain(node.mirror_key, ml_dsa_seed=SEED)
    node.mirror_key.chmod(mode)

    with pytest.raises(Refusal, match=r"node/mirror\.key: .*KEY_FILE"):
        config.read_mirror_key(node)
