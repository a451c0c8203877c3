"""The age of the last cosignature of a log, against the allowed age."""

from msgspec import Struct

from exchange.limits import FILED_AHEAD_MAX, SECOND

AHEAD_MAX = FILED_AHEAD_MAX // SECOND  # s that a cosigner's clock may be ahead of ours


class Freshness(Struct, frozen=True):
    """`now` is ms UTC; `max_age` (s) is the limit, None for no limit."""

    now: int
    max_age: int | None

    def since(self, last_s: int) -> int | None:
        """Return the age (s); None for 0, which means never."""
        return self.now // SECOND - last_s if last_s else None

    def over(self, last_s: int) -> bool:
        """Return whether `last_s` is too old, or too far in the future."""
        if self.max_age is None:
            return False
        age = self.since(last_s)
        return age is None or not -AHEAD_MAX <= age <= self.max_age
