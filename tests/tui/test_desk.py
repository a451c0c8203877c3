"""The desk of `exchange.desk` answers what the screens ask; they start without it."""

import subprocess
import sys

from exchange.desk.terminal.desk import TerminalDesk
from tests.tui.fake_desk import three
from tui.desk import DeskProtocol

HEAVY = ("grpc", "sqlcipher3", "babel", "rapidfuzz", "exchange.desk.mailbox")


def as_desk(desk: DeskProtocol) -> DeskProtocol:
    """Only the type checker can tell that a TerminalDesk fits; it reads this."""
    return desk


def of_view(view: TerminalDesk) -> DeskProtocol:
    return as_desk(view)


def test_the_desk_in_memory_has_what_is_asked_for() -> None:
    asked = {name for name in dir(DeskProtocol) if not name.startswith("_")}
    made = three()
    assert asked <= set(dir(made))
    assert as_desk(made).count() == 3


def test_the_screens_start_without_grpc_and_sqlcipher() -> None:
    code = f"import sys, tui.app; print([m for m in {HEAVY!r} if m in sys.modules])"
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
