"""Who took what was copied, and that nobody is told more than is known."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.tui.examples import HOSTILE
from tests.tui.fake_desk import three
from tests.tui.looking import WIDE, lines, notes, terminal, until
from tui import clipboard
from tui.clipboard import Took, copy

DISPLAY = {"WAYLAND_DISPLAY": "wayland-0"}


def tool(folder: Path, name: str, does: str) -> dict[str, str]:
    """Put a program into a PATH of its own; return that."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"}


def test_a_tool_of_the_display_has_the_text_byte_for_byte(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    path = tool(tmp_path, "wl-copy", f"exec cat > {taken}")
    said = f"گاڑی 车队 $(reboot) {HOSTILE}"
    assert copy(said, path | DISPLAY) is Took.DISPLAY
    assert taken.read_text() == said


@pytest.mark.parametrize("does", ["exit 1", "exec sleep 9", "kill -9 $$"])
def test_a_tool_that_fails_has_copied_nothing(
    tmp_path: Path, does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "ANSWER_S", 0.2)
    path = tool(tmp_path, "wl-copy", does)
    assert copy("x", path | DISPLAY) is Took.UNKNOWN


def test_a_tool_without_a_display_is_not_called(tmp_path: Path) -> None:
    path = tool(tmp_path, "wl-copy", "exit 0")
    assert copy("x", path) is Took.UNKNOWN
    assert copy("x", {"PATH": "/nowhere"} | DISPLAY) is Took.UNKNOWN


@pytest.mark.parametrize(
    ("says", "took"),
    [
        ("echo on", Took.TMUX),
        ("echo external", Took.NOBODY),
        ("echo off", Took.NOBODY),
        ("exit 1", Took.UNKNOWN),
    ],
)
def test_tmux_says_whether_it_lets_a_text_through(
    tmp_path: Path, says: str, took: Took
) -> None:
    path = tool(tmp_path, "tmux", says)
    assert copy("x", path | {"TMUX": "/tmp/x,1,0"}) is took  # noqa: S108 - a name


def test_a_real_tmux_as_it_is_by_default(tmp_path: Path) -> None:
    """Its default, `external`, drops what programs inside of it copy."""
    env = {k: v for k, v in os.environ.items() if k not in {"TMUX", "DISPLAY"}}
    server = ["tmux", "-S", str(tmp_path / "socket"), "-f", "/dev/null"]
    subprocess.run([*server, "new-session", "-d", "sleep 60"], env=env, check=True)
    inside = env | {"TMUX": f"{tmp_path / 'socket'},1,0"}
    try:
        assert copy("x", inside) is Took.NOBODY
        subprocess.run([*server, "set", "-s", "set-clipboard", "on"], check=True)
        assert copy("x", inside) is Took.TMUX
    finally:
        subprocess.run([*server, "kill-server"], check=True)


async def test_the_screen_says_copied_only_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WAYLAND_DISPLAY", "DISPLAY", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    path = tool(tmp_path, "wl-copy", "exit 0")["PATH"]
    monkeypatch.setenv("PATH", path)
    tool(tmp_path, "tmux", "echo external")
    async with terminal(three(), WIDE) as (app, pilot):
        await until(pilot, lambda: "VERIFIED" in lines(app)[1])
        await pilot.press("y", then=lambda: notes(app, Took.UNKNOWN.value))
        assert not notes(app, Took.DISPLAY.value)
        monkeypatch.setenv("TMUX", "x")
        await pilot.press("y", then=lambda: notes(app, Took.NOBODY.value))
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
        await pilot.press("y", then=lambda: notes(app, Took.DISPLAY.value))
