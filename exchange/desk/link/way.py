"""The way of an envelope of this desk: the nodes that do not have it yet, and why."""

from collections.abc import Iterator
from typing import NamedTuple

from exchange import envelope
from exchange.desk.link.log_states import LogStates
from exchange.desk.mailbox import Mailbox, Message
from exchange.desk.mailbox.outbox import LATER
from exchange.desk.mailbox.records import NOWHERE
from exchange.errors import Reason
from exchange.trust import names
from exchange.v1.desk_service_pb2 import GetStatusResponse, OnTheWay

SENT, QUEUED, SHOWN = "SENT", "QUEUED", "SHOWN"
"""Reasons without a fault.

It is on the line; others go before it; it passed them and is shown there, according to
that node.
"""
HELD_BACK = frozenset({"", LATER})
"""States of an outgoing bulletin that the desk submits by itself."""
SETTLED = frozenset({*NOWHERE, "lost", "undelivered"})


class Wait(NamedTuple):
    """A node that does not have an envelope yet.

    `reason` is SENT, QUEUED, SHOWN or one of the closed list; `since` ms UTC, 0 if
    unknown; `before` the entries that go before it.
    """

    node: str
    reason: str
    since: int = 0
    before: int = 0


def find_waits(
    mailbox: Mailbox, node: str, message: Message, status: GetStatusResponse | None
) -> list[Wait]:
    """`status` is None if the node does not answer.

    Use partners' verified lines, and for the reason the own node's word.

    1. Not in the log yet: it waits for the own node.
    2. Each addressed node that has no line over it, or is missing its text.
    """
    row = message.row
    if not row.outgoing or row.state in SETTLED:
        return []
    # 1
    kept = mailbox.outbox.find(row.name)
    origin, index = row.origin, row.index
    if index is None and kept is not None:
        origin, index = kept.origin, kept.index
    if index is None:
        reason = kept.reason if kept is not None else ""
        since = kept.queued if kept is not None else 0
        down = Reason.UNREACHABLE if status is None else Reason.BUSY
        return [Wait(node, reason or down, since)]
    # 2
    states = LogStates(mailbox)
    cover, lacking = states.cover(origin), states.lacking(origin)
    core = envelope.split(message.entry).core
    addressed = {names.node_of(one.desk) for one in core.recipients} - {node}
    waits = []
    for other in sorted(addressed):
        held_there = other in cover and cover[other].size > index
        if held_there and index in lacking.get(other, ()):
            waits.append(Wait(other, Reason.MISSING))
        elif not held_there:
            wait = _wait(index, origin, other, node, status)
            shown = _is_shown(row.name, other, status)
            waits.append(wait._replace(reason=SHOWN) if shown else wait)
    return waits


def _is_shown(name: bytes, other: str, status: GetStatusResponse | None) -> bool:
    peers = status.peers if status is not None else ()
    return any(name in one.shown for one in peers if one.name == other)


def _wait(
    index: int, origin: str, other: str, node: str, status: GetStatusResponse | None
) -> Wait:
    """Count what goes before it, in the order of sending."""
    if status is None:
        return Wait(node, Reason.UNREACHABLE)
    queued = sum(one.queued for one in status.peers if one.name == other)
    size = sum(one.size for one in status.heads if one.origin == origin)
    before = behind = max(0, index - (size - queued))
    for row in status.on_the_way:
        if (row.state, row.to) != ("local", other) or row.reason == Reason.MISSING:
            continue
        if behind < row.count:
            waits_in_line = row.reason in {SENT, QUEUED}
            return Wait(row.node, row.reason, row.since, before * waits_in_line)
        behind -= row.count
    return Wait(other, QUEUED, 0, before)


def held_up(status: GetStatusResponse, other: str) -> Iterator[str]:
    for row in status.on_the_way:
        waits_in_line = row.reason in {SENT, QUEUED, Reason.MISSING}
        if (row.state, row.to) == ("local", other) and not waits_in_line:
            yield row.reason


def count_queued(mailbox: Mailbox, node: str, *, up: bool) -> Iterator[OnTheWay]:
    """Yield counts of envelopes on the way, as the node counts others."""
    for held, reason, count, since in mailbox.outbox.tally():
        if held in HELD_BACK:
            why = reason or (Reason.BUSY if up else Reason.UNREACHABLE)
            yield OnTheWay(
                state="queued", node=node, reason=why, since=since, count=count
            )
