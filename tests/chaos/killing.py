"""Fork a pair of nodes under load, SIGKILL it at a random moment, look; again.

    python -m tests.chaos.killing FOLDER ROUNDS SEED

Ends with a line that says how much was put to the test; an exception says what was
lost, and the folder of the last round is left as it was. A process of its own,
because a process with gRPC's threads must not fork.
"""

import os
import random
import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.pair import Envelopes, Load, Pair, Told, small_wal

AT_WORK = 0.8  # of the rounds kill what is at work, the others also what only opens
LINES_MAX = 40  # that a pair may say before; what a second holds is the machine's
LATER_MAX = 0.04  # s that it may live from then on
SMALL_WAL = 0.7  # of the rounds, so that the kill falls among all kinds of writes
POOL = 400  # envelopes of each side
FULL = 300  # entries acknowledged, after which it begins from the beginning


@dataclass
class Killing:
    """Rounds over one template."""

    folder: Path
    seed: int
    pair: Pair = field(init=False)
    envelopes: Envelopes = field(init=False)
    told: Told = field(default_factory=Told)
    acknowledged: int = 0
    idle: int = 0
    """Rounds that ended before anything was said."""
    ahead: int = 0
    """What was held ahead of its log."""

    def __post_init__(self) -> None:
        self.template = self.folder / "template"
        self.template.mkdir()
        self.pair = Pair(self.template)
        self.pair.begin()
        self.pair.seal(POOL)
        self.envelopes = self.pair.sealed()
        self.begin(0)

    def begin(self, number: int) -> None:
        """Go back to two nodes that have only just met."""
        self.acknowledged += len(self.told.places)
        self.ahead += len(self.told.ahead)
        if number:
            shutil.rmtree(self.pair.folder)
        self.pair.folder = self.folder / f"from-{number}"
        shutil.copytree(self.template, self.pair.folder)
        self.told = Told()

    def round(self, number: int) -> None:
        """Let a pair live for a while, kill it, and verify what it left."""
        chance = random.Random(self.seed + number)  # noqa: S311  to do it once more
        said = self._killed(chance)
        self.idle += not said
        self.told.read(said)
        self.told.verify(self.pair)
        if len(self.told.places) >= FULL:
            self.begin(number + 1)

    def _killed(self, chance: random.Random) -> bytes:
        """Return all that was said until the kill."""
        read, write = os.pipe()
        child = os.fork()
        if not child:
            self._live(read, write, chance)
        os.close(write)
        with os.fdopen(read, "rb") as stream:
            lines = chance.randrange(LINES_MAX) if chance.random() < AT_WORK else 0
            said = b"".join(stream.readline() for _ in range(lines))
            time.sleep(chance.random() * LATER_MAX)
            os.kill(child, signal.SIGKILL)
            said += stream.read()
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "it failed by itself; see stderr"
        return said

    def _live(self, read: int, write: int, chance: random.Random) -> None:
        """Work in the child, which never comes back from here."""
        try:
            os.close(read)
            if chance.random() < SMALL_WAL:
                small_wal()
            self.pair.open()
            Load(self.pair, self.envelopes, chance, write).run(sys.maxsize)
        finally:
            sys.excepthook(*sys.exc_info())
            os._exit(1)


def main(folder: Path, rounds: int, seed: int) -> None:
    killing = Killing(folder, seed)
    for number in range(rounds):
        killing.round(number)
    killing.begin(rounds)
    print(killing.acknowledged, killing.idle, killing.ahead)  # noqa: T201  whoever started us reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
