"""Reads one hostile message, in a process of its own: its reason, ms and KiB more.

python -m tests.hostile.oversized NAME
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from exchange.core import parse_core
from exchange.envelope import split
from exchange.envelope_parser import parse_envelope, parse_submit
from exchange.errors import Refusal
from exchange.ledger.note import parse_note
from exchange.net import frames

MIB = 1024 * 1024
TIMES = 3  # the least counts: what else the machine does takes caches away
DEEP = b"\x0b" * 101 + b"\x0c" * 101
EMPTY = b"\x0a\x00" * 500_000
MESSAGES: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "submit of 500,000 empty envelopes": (parse_submit, EMPTY),
    "submit in 101 levels": (parse_submit, b"\x0a\x01\xff" + DEEP),
    "envelope of 500,000 empty wraps": (parse_envelope, b"\x12\x00" * 500_000),
    "frame of 500,000 empty parts": (frames.read, b"\x0a\x00" * 500_000),
    "frame in 101 levels": (frames.read, b"\x0a\xca\x01" + DEEP),
    "header of a million recipients": (parse_core, b"\x82\x01\x00" * 1_000_000),
    "header with a name of 1 MiB": (parse_core, b"\x2a\x80\x80\x40" + b"a" * MIB),
    "header in 101 levels": (parse_core, DEEP),
    "entry of 500,000 signatures": (split, b"\x22\x00" * 500_000),
    "entry in 101 levels": (split, DEEP),
    "note of a million lines": (parse_note, b"\n" * 1_000_000),
}


def peak() -> int:
    """Return the most KiB that this process had in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (one for one in lines if one.startswith("VmHWM:"))
    return int(line.split()[1])


def main(name: str) -> None:
    read, data = MESSAGES[name]
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins again
    before, took, reason = peak(), list[float](), "READ"
    for _ in range(TIMES):
        began = time.process_time()
        try:
            read(data)
        except Refusal as refusal:
            reason = str(refusal.reason)
        took.append(1000 * (time.process_time() - began))
    grown = peak() - before
    print(reason, f"{min(took):.1f}", grown)  # noqa: T201  for the test


if __name__ == "__main__":
    main(sys.argv[1])
