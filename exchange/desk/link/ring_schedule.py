"""When a sealing key is due, and when a private half may be destroyed; pure.

A sender seals for the newest key that its node has, so a key is needed until RING_GRACE
after the last node has its successor.
"""

from collections.abc import Container, Iterator, Mapping, Sequence

from msgspec import Struct

from exchange.limits import DAY, LINE_COUNTS, RING_GRACE, SECOND
from exchange.trust.registered_keys import Registered
from keys.ring import RingKey, State

Covers = Mapping[str, int]
"""Node -> when (s) its first line over a statement was seen here."""


class Surroundings(Struct, frozen=True):
    """The state of the own node's logs, as verified by this desk.

    `logs` are the origins, oldest first; `lines` has when (s) each other node signed
    last; `past` is the time that two clocks are past (ms UTC).
    """

    logs: Sequence[str]
    lines: Mapping[str, int]
    past: int


def is_due(newest: Registered | None, held: Container[bytes], now: int) -> bool:
    """`newest` is the key that senders use today; `now` is ms UTC.

    A key of the future was made while a clock was wrong.
    """
    if newest is None or newest.kid not in held:
        return True
    return newest.valid_until <= now or newest.valid_from > now + DAY


def find_destroyable(
    keys: Sequence[RingKey],
    revoked: Container[bytes],
    covers: Mapping[bytes, Covers],
    around: Surroundings,
) -> Iterator[RingKey]:
    """Yield the keys whose private half may be destroyed.

    `revoked` are seeds; senders do not use them, so they succeed no other key.

    1. Its successor, the next key stated that is not revoked, is in the log.
    2. RING_GRACE is past since its time was over.
    3. Every node with a line in the last LINE_COUNTS has the successor, and RING_GRACE
       is past since the last of them had it.
    """
    placed = [k for k in keys if k.state is State.LOGGED and k.log in around.logs]
    placed.sort(key=lambda key: (around.logs.index(key.log), key.index))
    oldest = around.past // SECOND - LINE_COUNTS // SECOND
    counted = {node for node, at in around.lines.items() if at > oldest}
    for place, key in enumerate(placed):
        # 1
        later = (one for one in placed[place + 1 :] if one.seed not in revoked)
        if (successor := next(later, None)) is None:
            continue
        # 2
        if key.valid_until + RING_GRACE >= around.past:
            continue
        # 3
        seen = covers.get(successor.seed, {})
        last = max((seen[node] for node in counted & seen.keys()), default=0)
        if counted <= seen.keys() and last * SECOND + RING_GRACE < around.past:
            yield key
