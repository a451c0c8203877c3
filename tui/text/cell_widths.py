"""Measure the cells a terminal gives to odd text, by asking for its cursor.

The layout counts cells by Rich's tables.
"""

import os
import re
import select
import time
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from exchange.words import word
from tui.text.terminal import each_key

WHERE = "\x1b[6n"  # CPR: the terminal answers with its cursor's row and column
WAIT = 0.3  # s for an answer
_ANSWER = re.compile(rb"\x1b\[(\d+);(\d+)R")


class Sample(NamedTuple):
    words: str
    text: str


SAMPLES = (
    Sample(word("signs"), "✔✘‼●…"),  # of ambiguous width
    Sample(word("Chinese"), "北部口岸"),
    Sample(word("Urdu letters, joined"), "ﮔﺎﮌﯼ"),
    Sample(word("Urdu with vowel marks"), "مُحَمَّد"),
    Sample(word("two letters in one cell"), "ﻻ"),
    Sample(word("an accent after its letter"), "e\u0301"),
)


class Width(NamedTuple):
    sample: Sample
    counted: int
    given: int


def measure(fd: int, samples: Sequence[Sample] = SAMPLES) -> list[Width]:
    """Return the widths in the terminal at `fd`; [] if it does not answer.

    Writes each sample on the line of the cursor, and clears that line.
    """
    found = []
    with each_key(fd):
        for sample in samples:
            os.write(fd, f"\r\x1b[2K{sample.text}{WHERE}".encode())
            column = _column(fd, time.monotonic() + WAIT)
            os.write(fd, b"\r\x1b[2K")
            if column is None:
                return []
            found.append(Width(sample, cell_len(sample.text), column - 1))
    return found


def _column(fd: int, deadline: float) -> int | None:
    reply = b""
    while (left := deadline - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            reply += os.read(fd, 256)
            if answer := _ANSWER.search(reply):
                return int(answer[2])
    return None
