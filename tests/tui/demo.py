"""The terminal over a desk in memory: `python -m tests.tui.demo [ROWS] [LANGUAGE]`.

It shows the sample bulletins; a number repeats them to a list of so many rows.
"""

import sys
from pathlib import Path

from msgspec.structs import replace

import exchange.cli
from exchange.desk.records import OpenedBulletin
from exchange.errors import FusionError, Reason, Refusal
from tests.tui.examples import HOSTILE, NOW, changed, from_sample
from tests.tui.fake_desk import FakeDesk, three
from tui.app import run

SAMPLES = Path(exchange.cli.__file__).parent / "samples"


def desk(rows: int, language: str) -> FakeDesk:
    paths = sorted(SAMPLES.glob("*.json"))
    made = [from_sample(n, path) for n, path in enumerate(paths, 1)]
    if "hostile" in sys.argv:
        made = [replace(three().read(1), row=changed(three().row(1), subject=HOSTILE))]
    settings = {"language": language}
    refuse = Refusal(Reason.SEAL, HOSTILE) if "hostile" in sys.argv else None
    return FakeDesk(made, rows, settings=settings, refuse=refuse)


def states() -> FakeDesk:
    """A FLASH, one of an exercise, and one that was recalled; all read, none chosen."""
    made = three()
    given = (
        {"subject": "Flash one", "precedence": "FLASH", "mode": "ACTUAL"},
        {"subject": "Drill one", "precedence": "PRIORITY", "mode": "EXERCISE"},
        {"subject": "Recalled one", "precedence": "PRIORITY", "standing": "RECALLED"},
        {"subject": "Newest", "precedence": "ROUTINE"},
    )
    rows = [
        replace(
            made.read(1),
            row=changed(made.row(1), number=n, name=bytes([n]) * 32, **fields),
        )
        for n, fields in enumerate(given, 1)
    ]
    return FakeDesk(rows)


class Broken(FakeDesk):
    """A desk with a fault in it, of the program and not of the data."""

    def read(self, number: int) -> OpenedBulletin:
        subject = "SecretSubject"
        if sys._getframe(1).f_code.co_qualname == "Bulletins._load.<locals>.read":
            raise ZeroDivisionError(subject)
        made = super().read(number)
        return replace(made, row=changed(made.row, subject=subject))


def main() -> None:
    numbers = [int(arg) for arg in sys.argv[1:] if arg.isdigit()]
    tongues = [arg for arg in sys.argv[1:] if arg in ("en", "ur", "zh-Hans")]
    made = desk((numbers or [0])[0], (tongues or ["en"])[0])
    if "states" in sys.argv:
        made = states()
    if "fault" in sys.argv:
        made = Broken(made.bulletins)
    try:
        run(made, lambda: NOW)
    except FusionError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
