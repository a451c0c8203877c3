"""fusion doctor: each check in one line, in and out of a terminal; what is picked."""

import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from exchange import config
from exchange.cli import doctor, log_output
from exchange.config.settings import set_bidi
from exchange.errors import Refusal
from exchange.ledger.tiles import WIDTH
from exchange.limits import DAY
from exchange.net.assemble import open_home
from exchange.store import Store
from tests.cli.conftest import AtHome
from tests.cli.desk.officers_terminal import OfficersTerminal, terminal
from tests.clocks import stopped
from tests.store.support import NOW, Log
from tests.store.test_cold import bare
from tui.text.cell_widths import SAMPLES, Width

ABOUT = {
    *("locale", "colours", "widths", "bidi", "clipboard", "input method"),
    *("clock", "disk", "keys"),
}
UTF8 = {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "PATH": "/nowhere"}


def found(home: Path, **environ: str) -> dict[str, doctor.Check]:
    made = doctor.checks(home, UTF8 | environ, terminal=False)
    return {one.about: one for one in made}


def test_programs_read_every_check(here: AtHome) -> None:
    said = here("doctor", "--json")
    told = json.loads(said.out)["checks"]
    assert {one["about"] for one in told} == ABOUT
    assert {one["state"] for one in told} <= {"good", "unsure", "bad"}
    assert (said.code == 1) == any(one["state"] == "bad" for one in told)


def test_each_check_is_a_line(here: AtHome) -> None:
    lines = here("doctor").out.splitlines()
    assert len(lines) >= len(ABOUT)
    assert all(line[0] in "✔?✘" for line in lines)


@pytest.mark.parametrize(
    ("about", "environ", "state", "told"),
    [
        ("locale", {"LC_ALL": "C"}, "bad", "export LC_ALL=C.UTF-8"),
        ("locale", {}, "good", "UTF-8"),
        ("colours", {"NO_COLOR": "1"}, "good", "NO_COLOR"),
        ("colours", {"COLORTERM": "truecolor"}, "good", "16 million"),
        ("colours", {}, "good", "256"),
        ("clipboard", {}, "unsure", "does not say"),
        ("input method", {"XMODIFIERS": "@im=ibus"}, "good", "@im=ibus"),
        ("input method", {"TERM_PROGRAM": "iTerm.app"}, "bad", "KITTY_KEY=1"),
        ("input method", {}, "unsure", "F keys"),
        ("widths", {}, "unsure", "no terminal here"),
    ],
)
def test_what_the_environment_says(
    home: Path, about: str, environ: dict[str, str], state: str, told: str
) -> None:
    check = found(home, **environ)[about]
    assert check.state == state, check
    assert told in check.line


def test_a_terminal_that_counts_otherwise_is_told_of() -> None:
    wide = [Width(one, 5, 10 if n == 0 else 5) for n, one in enumerate(SAMPLES)]
    check = doctor._widths(wide)
    assert check.state == "bad"
    assert "signs 10/5" in check.line
    assert doctor._widths([]).state == "unsure"


def test_a_home_that_is_not_there(tmp_path: Path) -> None:
    checks = found(tmp_path / "none")
    assert checks["disk"].state == "bad"
    assert "--home" in checks["disk"].line
    assert checks["clock"].state == "unsure"


def test_a_full_disk_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DISK_FULL", 1 << 62)
    assert found(home)["disk"].state == "bad"


# At a terminal.


def answering(at: OfficersTerminal, by: Callable[[str], str]) -> None:
    """Have the terminal say where its cursor is, as it sees it through `by`."""

    def write(reply: str) -> None:
        if reply.endswith("R"):
            os.write(at._fd, by(reply).encode())

    at.screen.write_process_input = write  # type: ignore[method-assign,assignment]


def test_who_picks_an_order_finds_it_in_the_settings(home: Path) -> None:
    with terminal(home, command=("doctor",)) as at:
        answering(at, lambda reply: reply)
        at.until("widths of characters: as this program counts")
        at.until("Type 1, 2 or 3")
        assert "گاڑی 2026-11-24" in at.text()  # as stored
        assert "ﯼﮌﺎﮔ" in at.text()  # joined, and in order
        at.type("2\r")
        at.until("bidi = terminal")
    assert config.read_desk(config.desk_home(home)).bidi == "terminal"


def test_a_terminal_with_wide_signs(home: Path) -> None:
    with terminal(home, command=("doctor",)) as at:
        answering(at, lambda reply: f"{reply.partition(';')[0]};31R")
        at.until("widths differ")
        at.until("Type 1, 2 or 3")
        at.type("\r")
        at.until("kept as it is: bidi = app")


# What is written.


@pytest.mark.parametrize("before", ["", '  bidi = "app" # here\n', "# bidi = 1\n"])
def test_the_rest_of_the_file_stays(home: Path, before: str) -> None:
    desk = config.desk_home(home)
    old = config.read_desk(desk)
    desk.config.write_text(f"{before}{desk.config.read_text()}duty = [\n 'a',\n]\n")
    set_bidi(desk, "plain")
    set_bidi(desk, "terminal")
    now = config.read_desk(desk)
    assert (now.bidi, now.duty, now.officer) == ("terminal", ("a",), old.officer)


def test_what_cannot_be_changed_safely_is_left(home: Path) -> None:
    desk = config.desk_home(home)
    text = f"{desk.config.read_text()}bidi = '''app'''\nduty = ['''\nbidi = x\n''']\n"
    desk.config.write_text(text)
    with pytest.raises(Refusal, match="bidi"):
        set_bidi(desk, "plain")
    assert desk.config.read_text() == text


MIB = 1 << 20
LOG = "lahore.pk.fusion/log/1"


def test_a_doctor_tells_what_lies_in_files(here: AtHome) -> None:
    assert list(log_output.cold_logs(here.home)) == []
    with closing(Store(here.home / "node" / "ledger.db")) as store:
        store.claim(bytes(16))
        Log(store, LOG).append(*(bare(number) for number in range(WIDTH)))
        store.cold.move(LOG, 0, NOW)

    found = here.json("doctor")

    lines = [one["line"] for one in found["checks"] if one["about"] == "cold"]
    assert lines == [f"{LOG}: 256 old entries in files, 0.0 MiB"]
    (shown,) = log_output.cold_json(log_output.cold_logs(here.home))
    assert (shown["origin"], shown["entries"]) == (LOG, WIDTH)


def test_a_node_moves_only_above_its_floor(home: Path, tmp_path: Path) -> None:
    """By the disk on which the files are to lie: the folder may be a link."""
    with (home / "node" / "config.toml").open("r+") as settings:
        text = settings.read()
        settings.seek(0)
        settings.write(f"cold_after_days = 365\ndisk_floor_mib = 7\n{text}")
    for folder in (home / "node", home / "node" / "ledger.db.cold"):
        with open_home(home, stopped(NOW)) as (node, _):
            room = node.cold.room
            assert node.cold.after == 365 * DAY
            assert isinstance(room, partial)
            assert room.args == (folder, 7 * MIB)
        link = home / "node" / "ledger.db.cold"
        if not link.exists():
            link.symlink_to(tmp_path)


def test_what_cannot_be_read_is_left_to_others(here: AtHome) -> None:
    (here.home / "node" / "ledger.db.cold").mkdir()
    (here.home / "node" / "ledger.db").write_bytes(b"no database at all")

    assert list(log_output.cold_logs(here.home)) == []
    shutil.rmtree(here.home / "node")
    assert list(log_output.cold_logs(here.home)) == []
    assert here("doctor").err == ""
