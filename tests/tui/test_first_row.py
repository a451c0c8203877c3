"""A terminal that shows its first row: painted once, nothing loaded in vain."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.clock import wall_ms
from exchange.desk.client import Desk
from exchange.home.plan import Plan, make_home
from tests.benchmarks import sample_mailbox
from tests.benchmarks.terminal import PseudoTerminal

PASSPHRASE = "first row"  # noqa: S105  # of a home that is removed
ROWS = 40
HEAVY = {
    "alembic",
    "babel",
    "jinja2",
    "markdown_it",
    "mgrs",
    "numpy",
    "plotext",
    "pydantic",
    "rapidfuzz",
    "sqlalchemy",
    "sqlmodel",
    "textual.widgets._data_table",
    "textual.widgets._markdown",
    "textual.widgets._text_area",
    "tree_sitter",
    "urllib3",
    "exchange.recognise.scan",
    "exchange.desk.board",
    "exchange.desk.deadlines.due_list",
    "exchange.report",
    "exchange.recognise.language",
    "tui.plots",
    "tui.screens.board",
    "tui.screens.compose",
    "tui.screens.help",
    "tui.screens.review",
    "tui.screens.translate",
    "tui.screens.verify",
}
"""Modules that only a later screen needs, or none at all."""
PROGRAM = """
import os, sys
out = sys.argv.pop(1)
from textual.drivers.linux_driver import LinuxDriver
from tui.widgets.bulletin_list import BulletinList

paintings = 0
render_lines, write = BulletinList.render_lines, LinuxDriver.write

def count(self, crop):
    global paintings
    strips = render_lines(self, crop)
    paintings += self.window.count > 0 and self.window.row(0) is not None
    return strips

def note(self, data):
    write(self, data)
    if paintings and len(data) > 1_000:
        with open(out, "w") as file:
            file.write(" ".join([str(paintings), *sys.modules]))
        os._exit(0)

BulletinList.render_lines, LinuxDriver.write = count, note
from exchange.cli import main
main()
"""
"""Once the terminal has rows: how often they were painted, and what is loaded."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    found = tmp_path / "home"
    plan = Plan(node="islamabad.pk", desk="ops", officers=("duty-1",))
    make_home(found, plan, PASSPHRASE, wall_ms())
    with Desk.open(found, "", PASSPHRASE) as desk:
        sample_mailbox.fill(desk.mailbox, ROWS)
    return found


def test_the_first_row_waits_for_nothing_that_is_not_on_it(
    home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "modules"
    given, writer = os.pipe()
    os.write(writer, f"{PASSPHRASE}\n".encode())
    os.close(writer)
    fusion = [sys.executable, "-c", PROGRAM, str(out), "tui", "--home", str(home)]
    with PseudoTerminal(
        [*fusion, "--passphrase-fd", str(given)], os.environ, given
    ) as terminal:
        for _ in range(600):
            if terminal.rest(0.1) == 0 and out.exists():
                break
    paintings, *modules = out.read_text().split()
    assert paintings == "1"
    loaded = set(modules)
    assert "textual.app" in loaded
    assert loaded & HEAVY == set()


DESK = ("grpc", "sqlcipher3", "babel", "rapidfuzz", "exchange.desk.mailbox")


def test_the_screens_start_without_grpc_and_sqlcipher() -> None:
    code = f"import sys, tui.app; print([m for m in {DESK!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_the_records_of_a_desk_load_the_protos_alone() -> None:
    code = (
        "import sys, exchange.desk.records\n"
        "print(sorted(m for m in sys.modules if m.startswith('exchange.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = ["desk", "desk.records", "v1", "v1.bulletin_pb2"]
    assert done.stdout.decode().strip() == str([f"exchange.{m}" for m in loaded])
