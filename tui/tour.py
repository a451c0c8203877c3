"""The demo's tour: six steps, each done by the officer's own key.

The last one cuts the link to the partner, and brings it back.
"""

from collections.abc import Callable
from typing import NamedTuple

from exchange.words import word


class Step(NamedTuple):
    text: str
    action: str
    """What a screen runs once the step is done."""


STEPS = (
    Step(word("Read: ↵ opens the bulletin under the cursor. Esc closes it."), "open"),
    Step(
        word("Acknowledge: a, then 1. Its author sees that you act on it."),
        "acknowledge",
    ),
    Step(
        word("Reply: open a bulletin, then r, ↵. Write, Ctrl+S to review, 1 to sign."),
        "answer",
    ),
    Step(
        word("Verify: v checks signature, label, and the proof of the ledger."),
        "verify",
    ),
    Step(word("Hand over: d shows what is open, as the next shift gets it."), "duty"),
    Step(
        word("The demo has cut the link to Beijing: see the top row. L says why."),
        "link",
    ),
)
END = word("The link is coming back. What was sent meanwhile goes out by itself.")


class Tour:
    """`cut` ends the link to the partner, `mend` brings it back; both return at once.

    One object lasts for all terminals of a demo: a lock keeps the step.
    """

    def __init__(self, cut: Callable[[], None], mend: Callable[[], None]) -> None:
        self._cut, self._mend = cut, mend
        self.step = 0  # steps done
        self.over = False

    @property
    def text(self) -> str:
        return STEPS[self.step].text if self.step < len(STEPS) else END

    def ran(self, action: str) -> bool:
        """Return whether this action of a screen ended the step."""
        if self.over or self.step == len(STEPS) or action != STEPS[self.step].action:
            return False
        self.step += 1
        if self.step == len(STEPS) - 1:
            self._cut()
        return True

    def back_in_list(self) -> None:
        """Bring the link back after the last step."""
        if self.step == len(STEPS):
            self._mend()

    def leave(self) -> None:
        self.over = True
        self._mend()
