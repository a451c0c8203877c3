"""fusion list: headings, columns that fit, colours on a terminal, who and when."""

import contextlib
import os
import pty
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path

import pytest

from exchange.words.text_width import cells, cut
from tests.cli.conftest import PASSPHRASE, piped
from tests.cli.desk.conftest import SERVE, AtDesk

SGR = "\x1b["


@pytest.fixture
def two(desk: AtDesk) -> AtDesk:
    """A desk that has sent two bulletins, one a FLASH."""
    for precedence, mode in (("ROUTINE", "TEST"), ("FLASH", "ACTUAL")):
        desk.send(precedence=precedence, mode=mode, translations=[])
    return desk


def on_terminal(home: Path, columns: int, **environ: str) -> list[str]:
    """Return the lines of `fusion list` on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    listed = ("list", "--home", home)
    with (
        piped(PASSPHRASE) as secret,
        subprocess.Popen(
            [sys.executable, "-c", SERVE, *listed, f"--passphrase-fd={secret}"],
            stdout=theirs,
            stderr=subprocess.PIPE,
            pass_fds=[secret],
            env=os.environ | {"TERM": "xterm"} | environ,
        ) as process,
    ):
        os.close(theirs)
        shown = read_all(ours)
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0
    os.close(ours)
    lines = shown.decode().replace("\r\n", "\n").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"{SGR}4m"))
    return lines[at:]


def read_all(terminal: int) -> bytes:
    """Return all that is written to a terminal until no process has it open."""
    shown = b""
    with contextlib.suppress(OSError):  # the last writer has closed it
        while part := os.read(terminal, 65_536):
            shown += part
    return shown


def bare(line: str) -> str:
    for style in ("4", "1;31", "1;33", "1", "0"):
        line = line.replace(f"{SGR}{style}m", "")
    assert "\x1b" not in line
    return line


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_a_line_fits_the_terminal(two: AtDesk, columns: int) -> None:
    heading, *rows = on_terminal(two.home, columns)

    assert len(rows) == 2
    for line in (heading, *rows):
        assert cells(bare(line)) <= columns
    named = bare(heading).split()
    assert {"PLACE", "FILED", "URGENCY", "SUBJECT"} <= set(named)
    assert (">TO" in named) == (columns >= 80)
    assert ("STATE" in named) == (columns >= 120)
    assert heading.startswith(f"{SGR}4m")
    (flash,) = (row for row in rows if "FLASH" in row)
    assert f"{SGR}1;31mFLASH" in flash


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_can_be_forbidden(two: AtDesk, environ: dict[str, str]) -> None:
    with pytest.raises(StopIteration):  # no line begins with a style
        on_terminal(two.home, 120, **environ)


def test_a_file_gets_all_columns_in_full_without_colours(two: AtDesk) -> None:
    listed = two("list").out
    assert SGR not in listed
    heading, *rows = listed.splitlines()[-3:]

    named = " ".join(heading.split())
    assert named == "NAME PLACE FILED FROM, >TO URGENCY KIND STATE SUBJECT"
    for row in rows:
        assert ">ops.beijing.cn" in row
        assert "…" not in row
        assert "T" in row.split()[2]
        assert row.split()[2].endswith("Z")

    assert "提交时间" in two("--lang", "zh", "list").out
    assert "فوریت" in two("--lang", "ur", "list").out


def test_programs_learn_who_when_and_where(two: AtDesk) -> None:
    row = two.list()[0]
    shown = two.show(row["name"])

    for found in (row, shown):
        assert found["author"] == "duty-1@ops.islamabad.pk"
        assert found["recipients"] == ["ops.beijing.cn"]
        assert found["direction"] == "out"
        assert found["filed"].endswith("Z")
        assert (found["log"], found["index"]) == ("", None)
        assert found["origin"] == "islamabad.pk"


def test_local_time_stands_beside(two: AtDesk) -> None:
    settings = two.place.config
    settings.write_text(f'time_zone = "Asia/Karachi"\n{settings.read_text()}')

    assert " PKT)" in two("list").out
    assert two.list()[0]["filed"].endswith("Z")


@pytest.mark.parametrize(
    ("text", "width", "kept"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("演习演习", 6, "演习…"),
        ("e\u0301x", 1, "…"),
    ],
)
def test_a_text_is_cut_by_columns(text: str, width: int, kept: str) -> None:
    assert cut(text, width) == kept
    assert cells(kept) <= width
