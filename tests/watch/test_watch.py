"""`fusion watch` as a process at a real node: told once, never lost, without a key."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from exchange import config
from exchange.bulletin.values import iso
from exchange.cli import options
from exchange.config import hook_record
from exchange.limits import MINUTE
from exchange.watch import memory
from tests.cli.conftest import Fusion, Result
from tests.cli.desk.conftest import SERVE, Pair, bulletin, loaded
from tests.watch.scripts import script

At = Callable[..., Result]


def configure(home: Path, hook: list[str], **more: object) -> Path:
    """Have a desk's watch call this; return its settings as they were."""
    path = config.desk_home(home).config
    before = path.with_suffix(".before")
    if not before.exists():
        before.write_bytes(path.read_bytes())
    values = {"hook": hook, "timeout_s": 20} | more
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    path.write_text(before.read_text() + "\n[watch]\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def cn(pair: Pair) -> Iterator[Path]:
    """A desk with nothing that waits, and no watch that was."""
    yield pair.cn
    desk = config.desk_home(pair.cn)
    before = desk.config.with_suffix(".before")
    if before.exists():
        before.replace(desk.config)
    for name in ("state", "tries", "channels"):
        (desk.watch / name).unlink(missing_ok=True)


@contextmanager
def watching(home: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVE, "watch", "--home", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            assert "watching ops.beijing.cn" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def flash(at: At, home: Path, folder: Path, **changes: object) -> str:
    """Send a FLASH to the other desk; return its name."""
    asks = {"acknowledge": "READ", "acknowledge_by": iso(options.now() + 60 * MINUTE)}
    given = {"precedence": "FLASH", "mode": "ACTUAL", "request": asks}
    path = folder / f"{time.monotonic_ns()}.json"
    path.write_text(json.dumps(bulletin(**given | {"translations": []} | changes)))
    return str(loaded(at(home, "send", path, "--json"))["name"])


def told(kept: Path) -> list[dict[str, Any]]:
    """What a hook was told, but for alarms of its node."""
    lines = kept.read_text().splitlines() if kept.exists() else []
    found: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return [one for one in found if one["what"] != "ALARM"]


def recorded(home: Path) -> list[str]:
    """The keys of what the hook was told, as the watch keeps it on disk."""
    folder = config.desk_home(home).watch
    return memory.load(folder, "ops.beijing.cn").channels["hook"].told


def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def acknowledge(at: At, home: Path, *sent: str) -> None:
    for name in sent:
        until(lambda name=name: at(home, "ack", name[:16]).code == 0)  # type: ignore[misc]


def test_a_flash_is_told_once_over_restarts_and_until_it_is_answered(
    at: At, pair: Pair, cn: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    configure(cn, script(tmp_path, "keeps", kept))
    with watching(cn) as watch:
        first = flash(at, pair.pk, tmp_path)
        until(lambda: len(told(kept)) == 1)
        assert told(kept)[0]["text"] == "1 FLASH waits at ops.beijing.cn"
        assert "Convoy" not in kept.read_text()
        assert first[:8] not in kept.read_text()
        until(lambda: f"flash {first}" in recorded(cn))
        watch.send_signal(signal.SIGKILL)
    second = flash(at, pair.pk, tmp_path)
    with watching(cn) as watch:
        until(lambda: len(told(kept)) == 2)
        assert (told(kept)[1]["count"], told(kept)[1]["new"]) == (2, 1)
        acknowledge(at, cn, first, second)
        third = flash(at, pair.pk, tmp_path)
        until(lambda: len(told(kept)) == 3)
        assert (told(kept)[2]["count"], told(kept)[2]["new"]) == (1, 1)
        watch.terminate()
        assert watch.wait(30) == 0
    acknowledge(at, cn, third)
    with watching(cn):
        time.sleep(3)  # a round, and more
        assert len(told(kept)) == 3


def test_a_hook_that_fails_is_an_alarm_is_tried_again_and_nothing_is_lost(
    at: At, pair: Pair, cn: Path, tmp_path: Path, fusion: Fusion
) -> None:
    kept = tmp_path / "kept"
    configure(cn, script(tmp_path, "gate", kept))
    sent = flash(at, pair.pk, tmp_path)
    with watching(cn) as watch:
        until((tmp_path / "kept.tried").exists)
        until(lambda: hook_record.read_channels(config.desk_home(cn).watch))
        report = json.loads(fusion("status", "--json", "--home", cn).out)
        (alarm,) = [one for one in report["alarms"] if one["reason"] == "HOOK"]
        assert alarm["where"] == "hook: exit code 9"
        checked = fusion("status", "--check", "--home", cn)
        assert checked.code == 1
        assert "alarm HOOK hook: exit code 9" in checked.out
        watch.send_signal(signal.SIGKILL)
    (tmp_path / "kept.open").touch()
    with watching(cn):
        until(lambda: len(told(kept)) == 1)
        until(lambda: f"flash {sent}" in recorded(cn))
        report = json.loads(fusion("status", "--json", "--home", cn).out)
        assert not [one for one in report["alarms"] if one["reason"] == "HOOK"]
    tries = json.loads(fusion("watch", "--log", "--json", "--home", cn).out)["tries"]
    of_flash = [one["well"] for one in tries if one["what"] == "FLASH"]
    assert of_flash[0] is False
    assert of_flash[-1] is True
    acknowledge(at, cn, sent)
    where = fusion("status", "--home", cn).out
    assert "fusion watch does not run" in where, "a hook that nobody calls"


def test_details_are_told_by_setting_and_a_drill_as_one(
    at: At, pair: Pair, cn: Path, tmp_path: Path, fusion: Fusion
) -> None:
    kept = tmp_path / "kept"
    configure(cn, script(tmp_path, "keeps", kept), details=True)
    sent = flash(at, pair.pk, tmp_path, mode="EXERCISE")
    until(lambda: not fusion("watch", "--once", "--home", cn).code and told(kept))
    (one,) = told(kept)
    assert one["what"] == "DRILL"
    (named,) = one["details"]
    assert named["name"] == sent[:16]
    assert named["sender"] == "ops.islamabad.pk"
    acknowledge(at, cn, sent)


def test_it_needs_no_passphrase_and_reads_no_key_of_an_officer(
    cn: Path, tmp_path: Path, fusion: Fusion
) -> None:
    configure(cn, script(tmp_path, "keeps", tmp_path / "kept"))
    desk = config.desk_home(cn)
    held = [desk.officers, desk.sealing_ring, desk.mailbox]
    for path in held:
        path.chmod(0)
        path.rename(path.with_name(f"{path.name}.away"))
    try:
        assert fusion("watch", "--once", "--home", cn).code == 0
    finally:
        for path in held:
            path.with_name(f"{path.name}.away").rename(path)
            path.chmod(0o700 if path == desk.officers else 0o600)


def test_the_node_does_not_take_it_for_a_desk_that_has_read(
    at: At, pair: Pair, cn: Path, tmp_path: Path
) -> None:
    """Else it might erase what the desk has not opened."""
    with at_store(cn) as before:
        pass
    configure(cn, script(tmp_path, "keeps", tmp_path / "kept"))
    sent = flash(at, pair.pk, tmp_path)
    with watching(cn):
        until(lambda: told(tmp_path / "kept"))
    with at_store(cn) as after:
        assert after == before
    acknowledge(at, cn, sent)


@contextmanager
def at_store(home: Path) -> Iterator[object]:
    """How far each desk has read, as its node keeps it."""
    with sqlite3.connect(config.node_home(home).database) as database:
        yield database.execute("SELECT name, after FROM desk").fetchall()


def test_without_anybody_to_call_it_says_so(cn: Path, fusion: Fusion) -> None:
    refused = fusion("watch", "--home", cn)
    assert (refused.code, refused.reason) == (2, "FIELD_MISSING")
    assert "desk/config.toml: watch" in refused.err


def test_the_test_notice_tells_whether_each_hook_works(
    cn: Path, tmp_path: Path, fusion: Fusion
) -> None:
    configure(cn, script(tmp_path, "keeps", tmp_path / "kept"))
    assert fusion("watch", "--test", "--home", cn).code == 0
    assert told(tmp_path / "kept")[0]["what"] == "TEST"
    configure(cn, ["/no/such/hook"])
    failed = fusion("watch", "--test", "--home", cn)
    assert failed.code == 1
    assert "No such file" in failed.out


def test_a_dead_node_is_an_alarm_of_its_own(
    stopped: Path, tmp_path: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    configure(stopped, script(tmp_path, "keeps", kept), details=True)
    monkeypatch.setattr("exchange.watch.rounds.NODE_DOWN", 0)
    broken = configure(stopped, ["/no/such/hook"], details=True)
    assert fusion("watch", "--once", "--home", stopped).code == 1, broken
    configure(stopped, script(tmp_path, "keeps", kept), details=True)
    assert fusion("watch", "--once", "--home", stopped).code == 0
    (one,) = [json.loads(line) for line in kept.read_text().splitlines()]
    assert one["text"] == "1 alarm at islamabad.pk; run: fusion status"
    assert one["details"] == [{"reason": "UNREACHABLE", "where": "islamabad.pk"}]


@pytest.mark.parametrize(
    "broken", ['hook = "one word"', "hook = [1]", "timeout_s = 0", "shell = true"]
)
def test_a_setting_that_is_wrong_is_named(
    stopped: Path, fusion: Fusion, broken: str
) -> None:
    path = config.desk_home(stopped).config
    path.write_text(f"{path.read_text()}\n[watch]\n{broken}\n")
    refused = fusion("watch", "--once", "--home", stopped)
    assert refused.code == 2
    assert f"watch.{broken.partition(' ')[0]}" in refused.err


def test_a_damaged_memory_is_put_aside_and_told_once_more(
    at: At, pair: Pair, cn: Path, tmp_path: Path, fusion: Fusion
) -> None:
    kept = tmp_path / "kept"
    configure(cn, script(tmp_path, "keeps", kept))
    sent = flash(at, pair.pk, tmp_path)
    until(lambda: not fusion("watch", "--once", "--home", cn).code and told(kept))
    state = config.desk_home(cn).watch / "state"
    state.write_bytes(state.read_bytes()[:40] + os.urandom(64))
    assert fusion("watch", "--once", "--home", cn).code == 0
    assert len(told(kept)) == 2
    acknowledge(at, cn, sent)


def test_apprise_is_one_more_hook_and_its_file_is_private(
    cn: Path, fusion: Fusion
) -> None:
    configure(cn, [], apprise="apprise.urls")
    urls = config.desk_home(cn).folder / "apprise.urls"
    refused = fusion("watch", "--test", "--home", cn)
    assert refused.reason == "KEY_FILE"
    assert "desk/apprise.urls: not there, or others can read it" in refused.err
    urls.write_text("json://secret:word@127.0.0.1:1/\n")
    urls.chmod(0o644)
    assert fusion("watch", "--test", "--home", cn).reason == "KEY_FILE"
    urls.chmod(0o600)
    failed = fusion("watch", "--test", "--home", cn)
    assert failed.code == 1
    assert "Apprise could not tell everybody" in failed.out
    assert "secret" not in failed.out + failed.err
    urls.unlink()


def test_apprise_tells_by_a_url_of_its_file(cn: Path, fusion: Fusion) -> None:
    told: list[bytes] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

    configure(cn, [], apprise="apprise.urls")
    urls = config.desk_home(cn).folder / "apprise.urls"
    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        urls.write_text(f"# the gateway\njson://127.0.0.1:{server.server_port}/\n")
        urls.chmod(0o600)
        sent = fusion("watch", "--test", "--home", cn)
        server.shutdown()
    urls.unlink()
    assert sent.code == 0, sent.out
    (notice,) = map(json.loads, told)
    assert notice["message"] == "a test of the hook at ops.beijing.cn"


def test_a_disk_that_takes_no_record_stops_no_notice(
    at: At, pair: Pair, cn: Path, tmp_path: Path, fusion: Fusion
) -> None:
    kept = tmp_path / "kept"
    configure(cn, script(tmp_path, "keeps", kept))
    record = config.desk_home(cn).watch / "tries"
    record.mkdir(parents=True)  # nothing can be written there
    sent = flash(at, pair.pk, tmp_path)
    said = ""
    while not told(kept):
        found = fusion("watch", "--once", "--home", cn)
        said += found.out
        assert (found.code, found.err) == (0, "")
    record.rmdir()
    assert "is a folder" in said
    acknowledge(at, cn, sent)
