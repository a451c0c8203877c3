"""Hooks that are real processes: what they are told, and the bounds that hold them."""

import json
import time
from pathlib import Path
from threading import Event, Timer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.limits import HOOK_OUTPUT_MAX, NOTICE_DETAILS_MAX, SECOND
from exchange.watch.hook import CallOutcome, call
from exchange.watch.notice import Notice, What, plain
from tests.watch.scripts import script

AT = 1_795_500_000_000
HOSTILE = "\x1b]52;c;cm0=\x07\n\r\u202e; rm -rf $HOME `id` $(id) \ud800 \0"
TWO = Notice(What.FLASH, "ops.beijing.cn", 2, 1, AT)


def run(
    command: list[str], notice: Notice = TWO, limit: int = 60 * SECOND
) -> CallOutcome:
    return call(command, notice, limit, Event())


def test_it_is_told_how_many_wait_and_where_and_no_more(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert run(script(tmp_path, "keeps", kept)).well
    assert json.loads(kept.read_text()) == {
        "notice": 1,
        "what": "FLASH",
        "where": "ops.beijing.cn",
        "count": 2,
        "new": 1,
        "at": "2026-11-24T06:00:00Z",
        "text": "2 FLASH wait at ops.beijing.cn",
    }


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """No shell, no argument, no line of its own, no control reaches the hook."""
    kept, env = tmp_path / "kept", tmp_path / "env"
    details = [{"reason": HOSTILE, "where": "x" * 100_000}] * 1_000
    hostile = Notice(What.ALARM, HOSTILE, 1, 1, AT, details)
    assert run(script(tmp_path, "keeps", kept), hostile).well
    assert run(script(tmp_path, "env", env), hostile).well
    (line,) = kept.read_text().splitlines()
    told = json.loads(line)
    assert len(told["details"]) == NOTICE_DETAILS_MAX
    assert all(v.isprintable() for one in told["details"] for v in one.values())
    assert told["where"] == json.loads(env.read_text())["FUSION_WHERE"]
    assert told["where"].isprintable()
    assert "rm -rf $HOME `id` $(id)" in told["where"], "as it stands"


@given(st.text())
def test_what_is_told_is_always_printable(text: str) -> None:
    assert plain(text).isprintable()
    plain(text).encode()


def test_one_that_fails_says_why(tmp_path: Path) -> None:
    failed = run(script(tmp_path, "fails"))
    assert failed.said == "exit code 7: no route to the gateway"
    assert run(script(tmp_path, "terminal")).said.isprintable()


@pytest.mark.parametrize("command", [["/no/such/hook"], ["/"], ["a\0b"], [""]])
def test_one_that_is_missing_is_a_failure(command: list[str]) -> None:
    assert not run(command).well


def test_one_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    assert "not ended within 0 s" in run(script(tmp_path, "hangs"), limit=300).said
    begun = time.monotonic()
    assert run(script(tmp_path, "hangs-on")).well, "it ended; a child is not waited for"
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("name", ["floods", "prints"])
def test_one_that_prints_much_is_read_and_cut(tmp_path: Path, name: str) -> None:
    failed = run(script(tmp_path, name), limit=(3 if name == "floods" else 60) * SECOND)
    assert not failed.well
    assert len(failed.said) < HOOK_OUTPUT_MAX


def test_one_that_reads_nothing_does_well(tmp_path: Path) -> None:
    details = [{"where": "x" * 200, "name": "y" * 200}] * 32
    big = Notice(What.FLASH, "ops.beijing.cn", 2, 1, AT, details)
    assert run(script(tmp_path, "deaf"), big).well


def test_the_end_of_the_watch_ends_it(tmp_path: Path) -> None:
    stop = Event()
    Timer(0.3, stop.set).start()
    ended = call(script(tmp_path, "hangs"), TWO, 600 * SECOND, stop)
    assert not ended.well
    assert ended.took < 60 * SECOND


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("fails", "deaf"):
        run(script(tmp_path, name))
    run(["/no/such/hook"])
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
