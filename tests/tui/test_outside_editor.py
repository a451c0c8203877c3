"""A text in an editor of the officer's own: what it gets, what is taken and left."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from exchange.errors import FusionError, Reason
from exchange.limits import SEGMENT_MAX
from tests.tui.examples import HOSTILE
from tui import outside_editor
from tui.outside_editor import (
    FAILED,
    NAME,
    NO_TEXT,
    NOT_STARTED,
    PREFIX,
    SAVED,
    TOO_LONG,
    Edited,
    command,
    edit,
    room,
    sweep,
)

NEVER = 0


def runs(python: str) -> list[str]:
    """An editor that runs this, with its file as `path`."""
    return [sys.executable, "-c", f"import sys, time; path = sys.argv[1]; {python}"]


def edited(
    within: Path,
    python: str,
    text: str = "",
    idle: int = NEVER,
    over: Callable[[], bool] = lambda: False,
) -> Edited:
    made = edit(text, runs(python), within, idle, over)
    assert list(within.iterdir()) == [], "all is erased"
    return made


@pytest.mark.parametrize("text", ["", "Bridge 7", "گاڑی 车队", HOSTILE])
def test_a_text_comes_back_as_it_went(tmp_path: Path, text: str) -> None:
    assert edited(tmp_path, "pass", text) == Edited(text)


MODES = "import os; modes = [oct(os.stat(p).st_mode)[-3:] for p in (path, '.')];"


@pytest.mark.parametrize(
    ("python", "made"),
    [
        ("open(path, 'a').write('车队\\n')", Edited("Bridge\n车队")),
        (f"{MODES} open(path, 'w').write(' '.join(modes))", Edited("600 700")),
        ("open('.bulletin.swp', 'w').write('x')", Edited("Bridge")),
        ("sys.exit(3)", Edited(None, FAILED)),
        ("open(path, 'w').write('typed\\n'); sys.exit(3)", Edited("typed", SAVED)),
        ("open(path, 'wb').write(bytes([255])); sys.exit(3)", Edited(None, FAILED)),
        ("open(path, 'wb').write(bytes([255, 254, 0]))", Edited(None, NO_TEXT)),
        ("import os; os.remove(path)", Edited(None, NO_TEXT)),
        (
            f"open(path, 'w').write('x' * {SEGMENT_MAX + 1})",
            Edited(None, TOO_LONG),
        ),
        ("open(path, 'w').write('x' * 50_000_000)", Edited(None, TOO_LONG)),
    ],
)
def test_a_text_that_was_saved_is_taken_and_nothing_else(
    tmp_path: Path, python: str, made: Edited
) -> None:
    """File and folder are the officer's alone; what lies beside it is erased too."""
    assert edited(tmp_path, python, "Bridge") == made


def test_an_editor_behind_a_script_ends_with_it(tmp_path: Path) -> None:
    within, seen = tmp_path / "room", tmp_path / "seen"
    within.mkdir()
    own = "import signal; signal.signal(15, signal.SIG_IGN)"
    editor = f"import os, time; open({str(seen)!r}, 'w').write(str(os.getpid()))"
    behind = [sys.executable, "-c", f"{own}; {editor}; time.sleep(600)"]
    script = f"import subprocess; subprocess.run({behind!r})"
    made = edited(within, script, "Bridge", over=lambda: bool(read(seen)))
    assert made == Edited("Bridge", idle=True)
    left = runs_yet(int(read(seen)))
    if left:
        os.kill(int(read(seen)), signal.SIGKILL)
    assert not left


def runs_yet(number: int) -> bool:
    """Whether a process has not ended; one that nobody has waited for has."""
    status = Path(f"/proc/{number}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def read(path: Path) -> str:
    """What a file holds, "" where there is none yet."""
    return path.read_text() if path.exists() else ""


def test_an_editor_that_nobody_uses_is_ended_and_what_it_saved_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with the terminal, too."""
    seconds = count()

    def pass_once_it_saved() -> int:
        saved = any(read(path) == "saved" for path in tmp_path.glob(f"*/{NAME}"))
        return next(seconds) * 1_000 if saved else 0

    monkeypatch.setattr(outside_editor, "elapsed_ms", pass_once_it_saved)
    wait = "open(path, 'w').write('saved'); time.sleep(600)"
    made = edited(tmp_path, wait, "Bridge", idle=3_000)
    assert made == Edited("saved", idle=True)
    made = edited(tmp_path, "time.sleep(600)", "Bridge", over=lambda: True)
    assert made == Edited("Bridge", idle=True)


def test_the_keys_that_end_a_program_are_the_editor_s_alone(tmp_path: Path) -> None:
    """A terminal sends them to all that run in it: twice, as one types on."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGQUIT)
    sent = "import os, signal; " + "".join(
        f"os.kill(os.getppid(), signal.{name}); "
        for name in ("SIGINT", "SIGINT", "SIGQUIT")
    )
    heard = "signal.getsignal(2) is signal.default_int_handler"
    made = edited(tmp_path, f"{sent} open(path, 'w').write(str({heard}))", "Bridge")
    assert made == Edited("True")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGQUIT)) == before


def test_an_editor_or_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    made = edit("x", ["/no/such/editor"], tmp_path, NEVER, lambda: False)
    assert made == Edited(None, NOT_STARTED)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FusionError) as refused:
        edit("x", runs("pass"), tmp_path / "gone", NEVER, lambda: False)
    assert refused.value.reason is Reason.DISK


def test_what_a_dead_terminal_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    dead = tmp_path / f"{PREFIX}{gone.stdout.strip()}-a"
    alive = tmp_path / f"{PREFIX}{os.getpid()}-b"
    other = tmp_path / f"{PREFIX}x-c"
    target = tmp_path / "target"
    for folder in (dead, alive, other, target):
        folder.mkdir()
        (folder / NAME).write_text("Bridge")
    link = tmp_path / f"{PREFIX}{gone.stdout.strip()}-d"
    link.symlink_to(target)
    sweep(tmp_path)
    assert not dead.exists()
    assert (alive / NAME).read_text() == "Bridge"
    assert (other / NAME).read_text() == "Bridge"
    assert (target / NAME).read_text() == "Bridge"


def test_a_link_in_the_folder_is_not_followed_when_it_is_erased(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("stays")
    within = tmp_path / "within"
    within.mkdir()
    edited(within, f"import os; os.symlink({str(precious)!r}, 'link')", "x")
    assert precious.read_text() == "stays"


def test_the_officer_s_editor_is_visual_before_editor() -> None:
    assert command({"VISUAL": "vim -n", "EDITOR": "ed"}) == ["vim", "-n"]
    assert command({"VISUAL": "", "EDITOR": "ed"}) == ["ed"]
    assert command({}) == []
    assert command({"EDITOR": "'"}) == []


def test_the_file_lies_in_memory_where_that_can_be_had() -> None:
    assert room().is_dir()
    assert os.access(room(), os.W_OK)
