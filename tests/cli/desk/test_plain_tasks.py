"""The ten commonest tasks of a shift by lines alone, at a terminal, as a script."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import PASSPHRASE, piped
from tests.cli.desk.conftest import SERVE, AtDesk
from tests.cli.desk.test_message_list import read_all
from tests.cli.desk.test_send import HANDLED
from tests.cli.desk.test_translate import TEXTS

FRAMES = range(0x2500, 0x25A0)
NEW = ("--kind", "SITREP", "--to", "ops.islamabad.pk", "--mode", "TEST", *HANDLED)


def at_terminal(home: Path, *arguments: str) -> list[str]:
    """Run a command at a dumb terminal; return its lines."""
    ours, theirs = pty.openpty()
    environ = os.environ | {"TERM": "dumb", "COLUMNS": "80"}
    with (
        piped(PASSPHRASE) as secret,
        subprocess.Popen(
            [
                *(sys.executable, "-c", SERVE, *arguments),
                *("--home", str(home), f"--passphrase-fd={secret}"),
            ],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            pass_fds=[secret],
            env=environ,
            start_new_session=True,
        ) as process,
    ):
        os.close(theirs)
        shown = read_all(ours)
    os.close(ours)
    assert process.returncode == 0, shown
    lines = shown.decode().replace("\r\n", "\n").splitlines()
    for line in lines:
        assert line.isprintable(), line
        assert not any(ord(char) in FRAMES for char in line), line
    return lines


def test_ten_tasks_are_done_without_a_screen(pk: AtDesk, cn: AtDesk) -> None:
    subject = {"id": "s0", "lang": "en", "text": "Bridge 7 closed"}
    asks = {"acknowledge": "RECEIPT"}
    sent = pk.send(precedence="FLASH", request=asks, subject=subject, translations=[])
    cn.until_listed(sent)

    def do(*arguments: str) -> list[str]:
        return at_terminal(cn.home, *arguments)

    def look(screen: str, *of: str) -> list[str]:
        return do("tui", "--plain", screen, *of)

    [row] = [line for line in look("bulletins") if subject["text"] in line]
    assert "! ack?" in row
    assert "FLASH" in row
    place = row.split()[-1]

    read = look("bulletin", "--of", place)
    assert "Kind  Situation report" in read, "one pair a line"
    assert "By two hours." in read
    assert "✔ Signature" in look("verify", "--of", place)

    do("ack", place)
    answers = ("--answers", place, "--subject", "Ours", "--text", "Yes.")
    [answer] = do("send", *NEW, *answers)
    [new] = do("send", *NEW, "--subject", "All quiet", "--text", "Nothing to report.")
    assert answer.split()[0] != new.split()[0]
    assert any(place in line for line in do("search", "bridge", "closed"))
    said = [f"--segment={i}={text}" for i, text in TEXTS.items()]
    do("translate", "set", place, "--to", "zh", *said)
    shown = do("translate", "show", place, "--to", "zh")
    assert any(TEXTS["s0"] in line for line in shown)
    assert look("hand-over")[0] == "Hand-over"
    assert any(line.startswith("last contact  ") for line in look("link"))
    [row] = [line for line in look("bulletins") if line.endswith(place)]
    assert "✔ acked" in row
