"""Records of messages that need a second officer's signature, for screens.

As `exchange.desk.records`: times are int milliseconds UTC, 0 for none.
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from exchange.desk.records import Review, Row

WAITS = frozenset({"DRAFTED", "WAITING"})
"""States in which a releaser may sign, or give it back."""
OVER = frozenset({"RETURNED", "LAPSED"})
"""States in which its author may write it again."""


class ReleaseItem(NamedTuple):
    """One bulletin or translation of the queue."""

    row: Row
    """Number 0 if it is in no list of this desk."""
    state: str
    """A code of the list release_state.

    EMERGENCY: it was sent with one signature, and needs the countersignature.
    """
    since: int
    """Since when it is in that state."""
    until: int
    """By when the signature is due; for a draft, when it expires."""
    signable: bool
    """Whether this officer may give the missing signature."""
    own: bool = True
    """Whether this desk wrote it."""
    code: str = ""
    """The code of its return, of the list return_code."""
    by: str = ""
    """The officer who released it, or gave it back."""


class SignedReview(Struct, frozen=True):
    item: ReleaseItem
    review: Review
    about: int = 0
    """The number of the bulletin that it translates; 0 for none."""
    others: Sequence[str] = ()
    """Short names of the other officers whose keys are at this desk."""
