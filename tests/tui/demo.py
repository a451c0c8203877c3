"""The terminal over a desk in memory: `python -m tests.tui.demo [ROWS] [LANGUAGE]`.

Without rows the sample bulletins are shown, where the directory FUSION_SAMPLES has
them; a number makes a list of so many rows.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

from exchange.errors import Reason, Refusal
from tests.tui.fake_data import HOSTILE, NOW, FakeDesk, FakeOpened, from_sample, three
from tui.app import run


def desk(rows: int, language: str) -> FakeDesk:
    made: list[FakeOpened] = []
    folder = os.environ.get("FUSION_SAMPLES")
    if folder:
        paths = sorted(Path(folder).glob("*.json"))
        made = [from_sample(n, path) for n, path in enumerate(paths, 1)]
    if "hostile" in sys.argv:
        made = [replace(three().read(1), row=replace(three().row(1), subject=HOSTILE))]
    settings = {"language": language}
    if made:
        refuse = Refusal(Reason.SEAL, HOSTILE) if "hostile" in sys.argv else None
        return FakeDesk(made, rows, settings=settings, refuse=refuse)
    return three(size=rows or 3, settings=settings)


if __name__ == "__main__":
    numbers = [int(arg) for arg in sys.argv[1:] if arg.isdigit()]
    tongues = [arg for arg in sys.argv[1:] if arg in ("en", "ur", "zh-Hans")]
    run(desk((numbers or [0])[0], (tongues or ["en"])[0]), lambda: NOW)
