"""`fusion watch` and `fusion status` at a home that has a node and no desk."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import config
from exchange.watch import memory
from tests.cli.conftest import Fusion
from tests.cli.desk.conftest import PK, SERVE, free_port, serving
from tests.watch.scripts import script
from tests.watch.test_watch import until

TELLS = {"name": PK, "disk_floor_mib": 2**20}
"""Settings under which the node has an alarm: no disk has so much room."""


def alone(home: Path, hook: list[str], **more: object) -> Path:
    """Leave a home its node alone, whose watch calls this."""
    for part in ("desk", "nation"):
        shutil.rmtree(home / part, ignore_errors=True)
    values = TELLS | {"listen": f"127.0.0.1:{free_port()}"} | more
    watch = {"hook": hook, "details": True}
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    called = [f"{key} = {json.dumps(value)}" for key, value in watch.items()]
    (home / "node" / "config.toml").write_text(
        "\n".join((*lines, "[watch]", *called, ""))
    )
    return home


@pytest.fixture(scope="module")
def running(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A node alone, and what its hook was told beside it."""
    folder = tmp_path_factory.mktemp("alone")
    shutil.copytree(made / PK, folder / PK)
    home = alone(folder / PK, script(folder, "keeps", folder / "kept"))
    with serving(home):
        yield home


def told(home: Path) -> list[dict[str, object]]:
    kept = home.parent / "kept"
    lines = kept.read_text().splitlines() if kept.exists() else []
    return [json.loads(line) for line in lines]


def recorded(home: Path) -> list[str]:
    """The keys of what the hook was told, as the watch keeps it on disk."""
    kept = memory.load(config.node_home(home).watch, PK)
    return kept.channels["hook"].told if kept.channels else []


def test_alarms_of_a_node_without_a_desk_reach_a_person(
    running: Path, fusion: Fusion
) -> None:
    command = [sys.executable, "-c", SERVE, "watch", "--home", str(running)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"watching {PK}\n"
            until(lambda: recorded(running))
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
    (one,) = told(running)
    assert (one["what"], one["where"], one["count"]) == ("ALARM", PK, 1)
    assert one["details"] == [{"reason": "DISK", "where": PK}]
    assert not fusion("watch", "--once", "--home", running).code
    assert len(told(running)) == 1, "told once, over restarts"
    (made,) = json.loads(fusion("watch", "--log", "--json", "--home", running).out)[
        "tries"
    ]
    assert made["well"]


def test_its_operator_is_told_how_it_stands(running: Path, fusion: Fusion) -> None:
    """As the notice says: run fusion status."""
    said = fusion("status", "--home", running)
    assert (said.code, said.err) == (0, "")
    assert f"alarm DISK {PK}" in said.out
    assert "open actions" not in said.out
    assert "fusion watch does not run" in said.out
    checked = fusion("status", "--check", "--home", running)
    assert (checked.code, checked.out.splitlines()[0]) == (1, f"alarm DISK {PK}")
    asked = fusion("status", "--officer", "duty-1", "--home", running, words="x")
    assert (asked.code, asked.reason) == (2, "HOME")


def test_a_key_that_ends_and_a_node_that_is_silent_are_alarms(
    home: Path, tmp_path: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = alone(home, script(tmp_path, "keeps", home.parent / "kept"))
    for module in ("exchange.watch.rounds", "exchange.home.life_lines"):
        monkeypatch.setattr(f"{module}.is_due", lambda *_: True)
    monkeypatch.setattr("exchange.watch.rounds.NODE_DOWN", 0)
    assert not fusion("watch", "--once", "--home", at).code
    (one,) = told(at)
    details = one["details"]
    assert isinstance(details, list)
    assert {"reason": "UNREACHABLE", "where": PK} in details
    keys = [each["where"] for each in details if each["reason"] == "KEY_DAYS"]
    assert set(keys) == {f"{role} {PK}" for role in ("tls", "log", "mirror")}


def test_a_node_that_names_nobody_to_call_says_where(
    home: Path, fusion: Fusion
) -> None:
    at = alone(home, [])
    refused = fusion("watch", "--once", "--home", at)
    assert (refused.code, refused.reason) == (2, "FIELD_MISSING")
    assert "node/config.toml: watch" in refused.err


def test_a_desk_and_its_node_do_not_both_say_whom_to_call(
    home: Path, tmp_path: Path, fusion: Fusion
) -> None:
    """Of two only one would be called; without the desk's, the node's counts."""
    hook = json.dumps(script(tmp_path, "keeps", home.parent / "kept"))
    node, desk = config.node_home(home).config, config.desk_home(home).config
    node.write_text(f"{node.read_text()}\n[watch]\nhook = {hook}\n")
    assert not fusion("watch", "--test", "--home", home).code
    assert told(home)[0]["text"] == f"a test of the hook at {PK}"
    desk.write_text(f"{desk.read_text()}\n[watch]\nhook = {hook}\n")
    refused = fusion("watch", "--test", "--home", home)
    assert (refused.code, refused.reason) == (2, "FIELD_VALUE")
    assert "remove one of them" in refused.err
    assert len(told(home)) == 1
