"""The schedule by which a desk asks its node again for entries shown as bare leaves.

A round goes from the newest arrival down to the oldest bare leaf, a window at a time. A
round without findings means that the node shows all it owes. The wall clock only paces:
if it was set back, do not wait.
"""

from exchange.desk.link.log_states import LogStates, Look
from exchange.desk.mailbox import Mailbox
from exchange.errors import Reason
from exchange.limits import LOOK_PAUSE, LOOK_ROUND, LOOK_WINDOW


def next_window(mailbox: Mailbox, node: str, now: int) -> tuple[int, int] | None:
    """Return (above, up to) of the arrivals to ask for at `now` (ms UTC).

    None if it is not time, or there are none. (0, 0) if no bare leaf is left, and only
    a fault is to be forgotten.
    """
    states = LogStates(mailbox)
    look = states.look(node)
    pause = LOOK_PAUSE if look.below else LOOK_ROUND
    if 0 <= now - look.at < pause:
        return None
    oldest = mailbox.bare_leaves.oldest()
    if not oldest:
        return (0, 0) if any(map(states.node_fault, states.origins())) else None
    end = look.below or mailbox.logs.cursor(node)
    return max(oldest - 1, end - LOOK_WINDOW, 0), end


def end_window(
    mailbox: Mailbox, node: str, start: int, now: int, *, news: bool
) -> None:
    """Set `news` if they showed an entry that the node owed."""
    states = LogStates(mailbox)
    look = states.look(node)
    clean = not news and (look.clean or not look.below)
    oldest = mailbox.bare_leaves.oldest()
    over = not oldest or start < oldest
    with mailbox.database.transaction():
        states.set_look(node, Look(0 if over else start, now, clean))
        if over and clean:
            for origin in states.origins():
                states.clear_node_fault(origin, Reason.HIDDEN)
