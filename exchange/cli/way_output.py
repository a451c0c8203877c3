"""Why a bulletin of this desk is not there yet: as JSON, and in words."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from exchange.cli import outbox_output
from exchange.errors import Reason
from exchange.words import say, say_n

if TYPE_CHECKING:
    from exchange.desk.client import Desk
    from exchange.desk.link.way import Wait
    from exchange.desk.mailbox import Message


def waits_of(desk: "Desk", message: "Message") -> "list[Wait]":
    """Return the nodes that a message is still on its way to, and why."""
    from exchange.desk.link.way import find_waits

    return find_waits(desk.mailbox, desk.node, message, desk.told)


def waits_json(waits: "Sequence[Wait]") -> list[dict[str, object]]:
    """Return them as `--json` prints them."""
    from exchange.bulletin.values import iso

    return [
        {
            "node": wait.node,
            "reason": wait.reason,
            "since": iso(wait.since) if wait.since else None,
            "before": wait.before,
        }
        for wait in waits
    ]


def lines(waits: "Sequence[Wait]") -> Iterator[str]:
    """Yield a line each."""
    for wait in waits:
        yield say("not at {node} yet: {why}", node=wait.node, why=_why(wait))


def _why(wait: "Wait") -> str:
    from exchange.bulletin.values import iso
    from exchange.desk.link.way import QUEUED

    if wait.reason == QUEUED:
        return say_n("{n} entry before it", "{n} entries before it", wait.before)
    if wait.reason == Reason.UNREACHABLE and not wait.since:
        return say("the node was not reached yet")
    said = outbox_output.why(wait.reason, "")
    if not wait.since:
        return said
    return say("{why}, since {when}", why=said, when=iso(wait.since))
