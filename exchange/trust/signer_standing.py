"""The standing of a signature, as a reader sees it now (docs/spec/verdict.md).

A verdict never changes. A key may be revoked later, though, and then what it signed
stands only where it is proven to be older than the time from when on the key is not
trusted. Pure; no node acts on it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from exchange.limits import SECOND

GOOD, BEFORE_REVOCATION, DISOWNED = "GOOD", "BEFORE_REVOCATION", "DISOWNED"
SEVERITY = (GOOD, BEFORE_REVOCATION, DISOWNED)


class RevocationNotice(Struct, frozen=True):
    """A revocation of a key, as a log has it; times in ms UTC.

    `by` is who signed it, `issuer@pk` or `root@pk`; `filed` when it was logged, by its
    header, at `index` of the log `origin`; `since` how far back it reaches.
    """

    by: str
    filed: int
    since: int
    origin: str
    index: int


class SignerStanding(NamedTuple):
    """How a signature stands: `place` is the role or the field that names the officer.

    `word` is GOOD, BEFORE_REVOCATION or DISOWNED, `notice` why it is not GOOD.
    """

    place: str
    officer: str
    word: str = GOOD
    notice: RevocationNotice | None = None


def find_standing(since: int | None, proven_s: int | None) -> str:
    """Return how a signature stands.

    `since` is from when on (ms UTC) its key is not trusted, None for one that is not
    revoked; `proven_s` the proven time (s) of its entry, None where no head proves one.
    """
    if since is None:
        return GOOD
    before = proven_s is not None and proven_s * SECOND < since
    return BEFORE_REVOCATION if before else DISOWNED


def worst_standing(standings: Iterable[SignerStanding]) -> str:
    """Return the worst word of some signers; GOOD where there is none."""
    return max((one.word for one in standings), key=SEVERITY.index, default=GOOD)
