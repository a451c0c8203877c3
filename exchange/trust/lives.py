"""The lives of keys and certificates: when each ends, and when to warn.

A key that signs others for a time needs its successor that much before its own end: an
issuer by an officer's life, a TLS authority by that of a certificate. Pure.
"""

from msgspec import Struct

from exchange.limits import DAY, LIFE_WARNINGS

ENDED = 0
RENEW_ALL = "fusion keys renew --all-due"


class Life(Struct, frozen=True):
    """The validity (ms UTC) of a key or certificate, and its owner.

    `role` is as in `keys list`. The successor must exist by `renew_by`, None if none is
    needed; `command` creates it. `elsewhere`: its holder may have left without notice.
    `asked`: a successor is requested, or waits for its day; it can be used from
    `next_from` on, with the node stopped; None if it is not public.
    """

    role: str
    name: str
    begins: int
    ends: int
    renew_by: int | None
    command: str = RENEW_ALL
    elsewhere: bool = False
    asked: bool = False
    next_from: int | None = None


def days_left(life: Life, now: int) -> int | None:
    """Return the warning level in days: 60, 14 or 3.

    None if it is too early or needs no successor, ENDED if the life is over. A life
    under 180 days is reported in its last third. A key that ended elsewhere is reported
    for 60 more days. `now` is ms UTC.
    """
    if life.renew_by is None:
        return None
    if now > life.ends:
        gone = life.elsewhere and now - life.ends > LIFE_WARNINGS[0]
        return None if gone else ENDED
    left = life.renew_by - now
    first = min(LIFE_WARNINGS[0], (life.renew_by - life.begins) // 3)
    if left > first:
        return None
    return min(span for span in LIFE_WARNINGS if left <= span) // DAY


def is_due(life: Life, now: int) -> bool:
    return days_left(life, now) is not None
