"""Records of what waits for a second officer's signature, or lacks it, for screens.

As `exchange.desk.records`: times are int milliseconds UTC, 0 for none.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from exchange.desk.records import Review, Row

ReleaseState = Literal["EMERGENCY"]
"""A code of the list release_state. EMERGENCY: it went on one signature, and lacks the
countersignature."""


class ReleaseItem(NamedTuple):
    """One bulletin of the queue."""

    row: Row
    """Number 0 where it is in no list of this desk yet."""
    state: ReleaseState
    since: int
    """Since when it is in that state."""
    until: int
    """By when the signature is due."""
    signable: bool
    """Whether this officer may give the signature that it lacks."""


@dataclass(frozen=True, slots=True)
class SignedReview:
    """A bulletin as its author reviewed it when he signed, and how it stands."""

    item: ReleaseItem
    review: Review
