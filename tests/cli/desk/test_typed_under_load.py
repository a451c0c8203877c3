"""An officer types fast while FLASH arrive and other programs take the processors.

With `--long` a hundred arrive under forty programs. Each wait is for a state; its
limit only ends a test that hangs.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore
from typing import NamedTuple

import pytest

from exchange.bulletin.content import from_json
from exchange.clock import wall_ms
from exchange.demo.traffic import ARRIVED, UNANSWERED
from exchange.desk.client import Desk
from exchange.desk.records import NONE
from exchange.desk.terminal.desk import TerminalDesk
from tests.benchmarks.sealed_bulletins import draft_json
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import Pair, serving_pair
from tests.cli.desk.officers_terminal import OfficersTerminal, terminal
from tests.tui.test_form import filled

pytestmark = pytest.mark.timeout(0)  # each wait has a limit of its own

ENTER, DOWN, TAB, REVIEW_KEY, CLEAR = "\r", "\x1b[B", "\t", "\x13", "\x15"
SET_OUT = 3  # FLASH with each press, until all have
PATIENCE = 900.0  # s
REFUSED_MOST = 20  # keys one after the other: the box takes none
LOST = "Not taken: typed before"
REVIEW, RECEIPT = "this will be signed and sent", "it cannot be taken back."
DIGITS = re.compile(r"type these digits to sign: (\d{4})")
ON_SIGN = re.compile("▌ ?Sign: ")
# It ends with the process that started it, too.
BUSY = """
import os
os.nice(19)
tester = os.getppid()
while os.getppid() == tester:
    for _ in range(100_000): pass
"""


class Trial(NamedTuple):
    """So much is tried."""

    busy: int
    """Programs that take all the time that is left to them."""
    flashes: int
    rounds: int
    """FLASH that the officer acknowledges, and those that he signs."""


@pytest.fixture
def trial(request: pytest.FixtureRequest) -> Trial:
    return Trial(40, 100, 5) if request.config.getoption("--long") else Trial(2, 4, 1)


@pytest.fixture
def homes(tmp_path: Path, trial: Trial) -> Iterator[Pair]:
    """Two homes whose nodes run; Islamabad's officer has begun a FLASH for a round."""
    with serving_pair(tmp_path) as made:
        with Desk.open(made.pk, "", PASSPHRASE) as desk:
            form = filled()
            form.values["precedence"] = ["FLASH"]
            for _ in range(trial.rounds):
                TerminalDesk(desk).save_draft(NONE, form.keep())
        yield made


@pytest.fixture
def load(homes: Pair, trial: Trial) -> Iterator[None]:  # noqa: ARG001 - made before
    command = [sys.executable, "-c", BUSY]
    programs = [subprocess.Popen(command) for _ in range(trial.busy)]
    try:
        yield
    finally:
        for each in programs:
            each.kill()
        for each in programs:
            each.wait()


def send(home: Path, count: int, turn: Semaphore) -> None:
    """Send FLASH to Islamabad, each at its turn."""
    said = draft_json("ops.islamabad.pk", wall_ms(), "FLASH") | {"mode": "ACTUAL"}
    with Desk.open(home, "", PASSPHRASE) as desk:
        for _ in range(count):
            turn.acquire()
            desk.send(from_json(said))


class FastOfficer:
    """He presses keys as soon as he sees what they are for.

    With each press some more FLASH set out. A key that is not taken he presses again,
    once the notice of that is gone: the next one is of a later key.
    """

    def __init__(self, at: OfficersTerminal, turn: Semaphore) -> None:
        self.at, self.turn, self.refused = at, turn, 0

    def press(self, keys: str, effect: Callable[[str], object]) -> bool:
        """Press keys; whether they did it, which else the screen has to say."""
        self.at.until(LOST, gone=True, seconds=PATIENCE)
        self.turn.release(SET_OUT)
        self.at.press(keys)
        self.at.look(lambda shown: effect(shown) or LOST in shown, PATIENCE)
        done = bool(effect(self.at.text()))
        self.refused = 0 if done else self.refused + 1
        assert self.refused < REFUSED_MOST, self.at.text()
        return done

    def insist(self, keys: str, mark: str) -> None:
        """Press keys again and again until their effect is on the screen."""
        while not self.press(keys, lambda shown: mark in shown):
            pass

    def acknowledge(self) -> None:
        """Acknowledge the FLASH that waits longest."""
        self.press(TAB, lambda shown: "▌ ! ack?" in shown)
        self.insist("a", RECEIPT)
        self.sign(RECEIPT)

    def send_draft(self) -> None:
        """Review a draft by keys, the last of which come too early; then sign it."""
        self.insist("w", "▌┃ Convoy at risk")
        self.insist(ENTER, "Compose: Warning")
        self.press(REVIEW_KEY + DOWN + "y", lambda shown: LOST in shown)
        self.at.until(REVIEW, seconds=PATIENCE)
        self.sign(REVIEW)

    def sign(self, box: str) -> None:
        """Sign in a box that is open, by its digits if it asks for them."""
        while box in (shown := self.at.text()):
            if digits := DIGITS.search(shown):
                self.type_digits(digits[1], box)
            elif ON_SIGN.search(shown):
                self.press("y", lambda shown: DIGITS.search(shown) or box not in shown)
            else:
                self.press(DOWN, ON_SIGN.search)

    def type_digits(self, digits: str, box: str) -> None:
        """Type them; once all of them are seen, sign."""
        typed = re.compile(rf"│\s+{digits}\s")
        if self.press(CLEAR + digits, typed.search):
            self.press(ENTER, lambda shown: box not in shown)


@pytest.mark.usefixtures("load")
def test_no_key_is_lost_unsaid_and_the_digits_sign(homes: Pair, trial: Trial) -> None:
    """Nor does a box of digits open that is not painted: he would wait for it."""
    turn, left = Semaphore(1), trial.flashes - trial.rounds
    with ThreadPoolExecutor(1) as partner, terminal(homes.pk) as at:
        sent = partner.submit(send, homes.cn, trial.flashes, turn)
        try:
            at.until("Convoy on the upper road", seconds=PATIENCE)
            officer = FastOfficer(at, turn)
            for _ in range(trial.rounds):
                officer.acknowledge()
                officer.send_draft()
        finally:
            turn.release(trial.flashes)
        sent.result()
        at.until(f"‼ FLASH {left} ", seconds=PATIENCE)
    with Desk.open(homes.cn, "", PASSPHRASE) as desk:
        find = desk.mailbox.search.ids
        end = time.monotonic() + PATIENCE
        while (len(find(UNANSWERED)), len(find(ARRIVED))) != (left, trial.rounds):
            assert time.monotonic() < end
            desk.sync()
            time.sleep(0.05)
