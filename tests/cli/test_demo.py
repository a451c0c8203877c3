"""The first whole: both nodes as processes, killed in the middle of the traffic."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from exchange.cli.demo import _lines as summary_lines
from exchange.cli.demo import _stage as stage
from exchange.demo import sites
from exchange.errors import TEXTS, Reason, Refusal, Unreachable
from exchange.store import Store
from exchange.words import use
from tests.cli.conftest import Fusion
from tests.cli.desk.conftest import AtDesk
from tests.cli.desk.officers_terminal import OfficersTerminal
from tests.stored import all_entries

RUN = "from exchange.cli import main; main()"
NODES = ("islamabad.pk", "beijing.cn")
BEIJING = "beijing.cn.fusion/log/1"
PATIENCE = 110.0  # s
BULLETINS = 60
ESC = "\x1b"
Demo = tuple[Path, Any, list[str]]
pytestmark = pytest.mark.timeout(240)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", RUN, *map(str, arguments)]


def running(home: Path) -> list[int]:
    """Return the processes that serve a home, as /proc has them."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"serve" in line and os.fsencode(home) in line:
            found.append(int(entry.name))
    return found


def until(holds: Any) -> bool:  # noqa: ANN401  whatever is true in the end
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


def size(home: Path, origin: str) -> int:
    try:
        store = Store(home / "node" / "ledger.db", read_only=True)
    except Refusal:  # its node is still making it
        return 0
    try:
        return store.logs.size(origin)
    finally:
        store.close()


def kill_in_the_middle(folder: Path, process: subprocess.Popen[str]) -> list[str]:
    """Kill -9 each node while its log is growing; return who was killed."""
    killed = []
    for node, entries in zip(NODES, (20, 45), strict=True):
        home, origin = folder / node, f"{node}.fusion/log/1"

        def grown(
            home: Path = home, origin: str = origin, least: int = entries
        ) -> bool:
            return process.poll() is not None or size(home, origin) >= least

        if not until(grown) or process.poll() is not None:
            break
        for pid in running(home):
            with contextlib.suppress(ProcessLookupError):  # the demo has just ended
                os.kill(pid, signal.SIGKILL)
                killed.append(node)
    return killed


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "kept"
    asked = command(
        "demo", "--headless", "--json", "--dir", folder, "--bulletins", BULLETINS
    )
    with subprocess.Popen(
        asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        killed: list[str] = []
        killer = threading.Thread(
            target=lambda: killed.extend(kill_in_the_middle(folder, process))
        )
        killer.start()
        out, err = process.communicate(timeout=PATIENCE * 2)
        killer.join()
    assert process.returncode == 0, err
    return folder, json.loads(out), killed


def test_nothing_is_lost_or_doubled_when_nodes_are_killed(demo: Demo) -> None:
    folder, summary, killed = demo

    assert set(killed) == set(NODES)
    assert summary["ok"] is True
    assert summary["bulletins"] == {
        "sent": BULLETINS,
        "delivered": BULLETINS,
        "cosigned": BULLETINS,
        "opened": BULLETINS,
        "acknowledged": summary["bulletins"]["acknowledged"],
    }
    assert summary["bulletins"]["acknowledged"] > 0
    assert summary["dir"] == str(folder)
    assert summary["tls"] == {"version": "TLSv1.3", "group": "X25519MLKEM768"}
    assert not any(running(folder / node) for node in NODES)
    assert (folder / "passphrase").stat().st_mode & 0o777 == 0o600


def test_both_ledgers_are_equal(demo: Demo) -> None:
    folder, summary, _ = demo
    stores = {
        node: Store(folder / node / "node" / "ledger.db", read_only=True)
        for node in NODES
    }
    for node, other in (NODES, NODES[::-1]):
        origin = f"{node}.fusion/log/1"
        ours, theirs = (
            [(e.entry, e.wraps, e.body) for e in all_entries(stores[each], origin)]
            for each in (node, other)
        )
        assert ours == theirs
        assert len(ours) == summary["nodes"][node]["entries"]
        assert summary["nodes"][other]["replicas"] == {origin: len(ours)}
    for store in stores.values():
        store.close()


def test_every_entry_was_verified(demo: Demo) -> None:
    summary = demo[1]
    entries = 2 * sum(node["entries"] for node in summary["nodes"].values())

    assert summary["audit"]["ok"] is True
    assert summary["audit"]["entries"] == entries
    assert summary["audit"]["signatures"] > entries


def test_the_homes_can_be_read_with_the_nodes_stopped(
    demo: Demo, fusion: Fusion
) -> None:
    """By the passphrase that the demo left for its owner."""
    folder = demo[0]
    passphrase = (folder / "passphrase").read_text().rstrip()
    officer = AtDesk(folder / NODES[0], fusion)

    bulletins = officer.json("list", words=passphrase)["bulletins"]
    shown = officer.json("show", bulletins[0]["name"], words=passphrase)

    assert len(bulletins) == BULLETINS
    assert {row["lang"] for row in bulletins} == {"en", "ur", "zh-Hans"}
    assert shown["name"] == bulletins[0]["name"]
    assert shown["verdict"] == "ACCEPTED"


def test_it_locks_like_a_desk_and_shows_the_passphrase(demo: Demo) -> None:
    folder, _, _ = demo
    settings = folder / NODES[0] / "desk" / "config.toml"
    before, secret = settings.read_text(), sites.passphrase_file(folder).read_text()
    settings.write_text(f"lock_after = 0.02\n{before}")
    asked = ("demo", "--dir", str(folder), "--bulletins", "2")
    with OfficersTerminal(None, command=asked) as at:
        at.until("Locked: no key was pressed for a while.")
        at.until(secret.strip())
        settings.write_text(before)
        at.type(f"{secret.strip()}\r", then="compose")
        at.type("\x11")  # ^Q
        assert at.ended() == 0


def test_its_tour_ends_with_a_link_that_is_cut_and_comes_back(demo: Demo) -> None:
    asked = ("demo", "--dir", str(demo[0]), "--bulletins", "2")
    with OfficersTerminal(None, command=asked) as at:
        at.until("step 1 of 6")
        shows = ("step 2", "without signing", "Esc: cancel", "Bytes", "Esc back")
        for number, (key, shown) in enumerate(zip("\rarvd", shows, strict=True), 2):
            at.type(key, then=shown)
            at.type(ESC, then=f"step {number} of 6")
            at.wait(1)  # else Esc is taken for Alt and the next key
        at.until("beijing.cn down")
        at.type("L", then="Esc back")
        at.type(ESC, then="The link is coming back")
        at.until("beijing.cn up")
        at.type(ESC)
        at.until("step 6 of 6", gone=True)
        at.type("\x11")  # ^Q
        assert at.ended() == 0


def test_children_leave_when_the_parent_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    asked = command("demo", "--headless", "--dir", folder, "--bulletins", 2_000)
    with subprocess.Popen(
        asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        assert until(lambda: all(running(folder / node) for node in NODES))
        process.kill()

    assert until(lambda: not any(running(folder / node) for node in NODES))


def test_it_leaves_in_good_order_when_told_to(tmp_path: Path) -> None:
    """The terminal is closed in the middle: no process and no folder stays."""
    asked = command("demo", "--headless", "--bulletins", 400)
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        asked,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("sending"):
                break
        (folder,) = tmp_path.glob("fusion-demo-*")
        assert all(running(folder / node) for node in NODES)
        process.send_signal(signal.SIGHUP)
        told = process.stderr.read()
        process.wait(PATIENCE)

    assert process.returncode == 128 + signal.SIGHUP, told
    assert not any(running(folder / node) for node in NODES)
    assert not list(tmp_path.glob("fusion-demo-*"))


SIGNALS = (signal.SIGHUP, signal.SIGTERM)


@pytest.fixture
def handlers() -> Iterator[None]:
    """A demo in this process leaves the handlers of signals as they were."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_fault_on_the_way_out_does_not_hide_that_it_was_told_to_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr(sites, "prepare", lambda *_: ())
    with pytest.raises(SystemExit) as ended:
        _leave_badly(tmp_path, number)
    assert ended.value.code == 128 + number


def _leave_badly(folder: Path, number: signal.Signals) -> None:
    with ExitStack() as stack:
        stack.enter_context(stage(folder, print))
        stack.callback(_fail)
        signal.raise_signal(number)


def _fail() -> None:
    raise Unreachable(NODES[0])


def test_a_node_runs_nothing_of_the_folder_that_one_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("exchange", "keys"):
        (tmp_path / f"{name}.py").write_text(f"open('{name}.ran', 'w')")

    with (
        (tmp_path / "serve.log").open("ab") as said,
        sites.spawn_node(tmp_path / "none", said) as process,
    ):
        process.communicate(timeout=PATIENCE)

    assert process.returncode == 2  # there is no such home
    assert not list(tmp_path.glob("*.ran"))


@pytest.mark.usefixtures("handlers")
def test_half_a_demo_is_not_built_upon(tmp_path: Path, fusion: Fusion) -> None:
    (tmp_path / NODES[0]).mkdir()
    done = fusion("demo", "--headless", "--dir", tmp_path).refused()
    assert TEXTS[Reason.HOME] in done.err


@pytest.mark.parametrize("count", ["0", "1", "-4", "x", "100001"])
@pytest.mark.usefixtures("handlers")
def test_a_number_of_bulletins_that_cannot_be(
    count: str, tmp_path: Path, fusion: Fusion
) -> None:
    fusion("demo", "--headless", "--dir", tmp_path, "--bulletins", count).refused()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lang", ["en", "ur", "zh-Hans"])
@pytest.mark.parametrize("well", [True, False])
def test_the_summary_is_said_in_words(lang: str, well: bool) -> None:  # noqa: FBT001 - a parameter
    counts = dict.fromkeys(
        ("sent", "delivered", "cosigned", "opened", "acknowledged"), 20
    )
    summary = {
        "ok": well,
        "nodes": {NODES[0]: {"entries": 30, "replicas": {BEIJING: 29}}},
        "bulletins": counts,
        "tls": {"version": "TLSv1.3", "group": "X25519MLKEM768"},
        "audit": {"ok": well, "entries": 120, "signatures": 172},
        "seconds": 5.2,
    }
    use(lang)
    text = "\n".join(summary_lines(summary))

    numbers = ("30", "29", "20", "120", "172", "5.2", "TLSv1.3", "X25519MLKEM768")
    assert all(each in text for each in numbers)
    assert "True" not in text
    assert "False" not in text
    names = (NODES[0], BEIJING, "TLSv1.3", "X25519MLKEM768")
    own = re.sub("|".join(map(re.escape, names)), "", text)
    assert bool(re.search("[A-Za-z]", own)) == (lang == "en")
    assert ("NOT IN ORDER" in text) == (lang == "en" and not well)
