"""How many sealing keys each author's key states here; pure.

By elapsed time, while this process lives. A thief may state keys for a desk; he must
not exhaust its node's limit on statements about one subject.
"""

from exchange.errors import Reason, Refusal
from exchange.limits import DAY, SEALING_KEYS_A_DAY


class SealingPace:
    """Counts the sealing keys that each author's key stated in a day."""

    def __init__(self) -> None:
        self._stated: dict[bytes, dict[bytes, int]] = {}  # name -> elapsed ms

    def spend(self, author: bytes, name: bytes, elapsed: int) -> None:
        """Raise Refusal(RATE) for too many; `elapsed` in ms.

        An envelope of the same name counts once: its append may have failed.
        """
        self._stated = {
            one: kept
            for one, stated in self._stated.items()
            if (kept := {n: at for n, at in stated.items() if elapsed - at < DAY})
        }
        day = self._stated.setdefault(author, {})
        if name not in day and len(day) >= SEALING_KEYS_A_DAY:
            raise Refusal(Reason.RATE, "author")
        day.setdefault(name, elapsed)
