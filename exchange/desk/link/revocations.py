"""The time up to which a log's revocations are known, by agreeing directory heads.

A time that is too old is marked. It blocks nothing: everything shown was verified by
all that is here.
"""

from exchange.desk.link.directories import is_doubted
from exchange.desk.link.directory_states import DirectoryStates
from exchange.desk.link.log_states import LogStates
from exchange.desk.mailbox import Mailbox
from exchange.desk.pinned_logs import Pinned
from exchange.desk.records import RevocationsKnown
from exchange.limits import DIRECTORY_LATE, DIRECTORY_STALE, SECOND

LATE, STALE, WITHHELD = "LATE", "STALE", "WITHHELD"


def revocations_known(
    mailbox: Mailbox, pinned: Pinned, origin: str, index: int | None, now: int
) -> RevocationsKnown | None:
    """Return up to when they are known; for an ended log, by the next one.

    None if the log is not pinned, or none of it is here. If nothing is known, the time
    when this desk began to follow it counts.

    1. WITHHELD: the own node leaves out DIRECTORY entries of the log, below this one.
    2. STALE: a day behind the newest time signed for the log, or this clock.
    3. LATE: ten minutes behind the newest time signed for the log.
    """
    if origin not in pinned.origins:
        return None
    log = pinned.origin(pinned.origins[origin])
    newest = _newest_time(mailbox, log)
    if not newest:
        return None
    states = DirectoryStates(mailbox)
    known = states.known(log)
    time = known.time_s * SECOND if known else 0
    base = time or states.since(log) or newest
    # 1
    mark = ""
    if index is not None and is_doubted(mailbox, origin, index):
        mark = WITHHELD
    # 2
    elif max(newest, now) - base > DIRECTORY_STALE:
        mark = STALE
    # 3
    elif newest - base > DIRECTORY_LATE:
        mark = LATE
    return RevocationsKnown(log, time, mark)


def stale_logs(mailbox: Mailbox, pinned: Pinned, now: int) -> list[RevocationsKnown]:
    """Return logs without proven revocations for a day, the oldest first."""
    found = (
        revocations_known(mailbox, pinned, pinned.origin(node), None, now)
        for node in pinned
    )
    stale = [one for one in found if one is not None and one.mark == STALE]
    return sorted(stale, key=lambda one: one.time)


def _newest_time(mailbox: Mailbox, origin: str) -> int:
    """Return ms UTC, 0 for none."""
    head, lines = mailbox.logs.head(origin), LogStates(mailbox).cover(origin)
    times = [line.time_s for line in lines.values()]
    return max([head.time_s if head else 0, *times]) * SECOND
