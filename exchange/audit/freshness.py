"""How long ago logs were cosigned last, against how long that may be."""

from msgspec import Struct

from exchange.limits import FILED_AHEAD_MAX, SECOND

AHEAD_MAX = FILED_AHEAD_MAX // SECOND  # s that a cosigner's clock may be ahead of ours


class Freshness(Struct, frozen=True):
    """How long ago logs were cosigned last, at `now` (ms UTC).

    `max_age` (s) is how long that may be, None for as long as it likes.
    """

    now: int
    max_age: int | None

    def since(self, last_s: int) -> int | None:
        """Return how long ago (s) a time (s) was; None for 0, which is never."""
        return self.now // SECOND - last_s if last_s else None

    def over(self, last_s: int) -> bool:
        """Whether a last cosignature is too old, or says a time that is to come."""
        if self.max_age is None:
            return False
        age = self.since(last_s)
        return age is None or not -AHEAD_MAX <= age <= self.max_age
