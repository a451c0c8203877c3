"""The screens start without the desk, which they only name."""

import subprocess
import sys

HEAVY = ("grpc", "sqlcipher3", "babel", "rapidfuzz", "exchange.desk.mailbox")


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
