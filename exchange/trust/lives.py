"""The lives of keys and certificates: when each ends, and when people are told.

A key that signs others for a time needs its successor that much before its own end:
an issuer by an officer's life, a TLS authority by that of a certificate. Pure.
"""

from msgspec import Struct

from exchange.limits import DAY, LIFE_WARNINGS

ENDED = 0
RENEW_ALL = "fusion keys renew --all-due"


class Life(Struct, frozen=True):
    """From when to when (ms UTC) a key or a certificate counts, and whose it is.

    `role` is as in `keys list`. The successor must be there at `renew_by`; `command`
    brings it about. `elsewhere`: whoever has it may have gone, and need not say so.
    `next_from`: its successor waits, and may be used from then on, with the node
    stopped; None where none is known to all.
    """

    role: str
    name: str
    begins: int
    ends: int
    renew_by: int
    command: str = RENEW_ALL
    elsewhere: bool = False
    next_from: int | None = None


def days_left(life: Life, now: int) -> int | None:
    """Return within how many days something must be done: 60, 14 or 3.

    None while there is time, ENDED where the life is over. What lives for less than
    180 days is named in the last third of its life. What ended elsewhere is named for
    60 days more. `now` is ms UTC.
    """
    if now > life.ends:
        gone = life.elsewhere and now - life.ends > LIFE_WARNINGS[0]
        return None if gone else ENDED
    left = life.renew_by - now
    first = min(LIFE_WARNINGS[0], (life.renew_by - life.begins) // 3)
    if left > first:
        return None
    return min(span for span in LIFE_WARNINGS if left <= span) // DAY


def is_due(life: Life, now: int) -> bool:
    """Whether a key or a certificate is to be renewed."""
    return days_left(life, now) is not None
