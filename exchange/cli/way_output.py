"""Why bulletins are not there yet, one or many counted: as JSON, and in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from exchange.cli import outbox_output
from exchange.errors import Reason
from exchange.words import say, say_n

if TYPE_CHECKING:
    from exchange.desk.client import Desk
    from exchange.desk.link.way import Wait
    from exchange.desk.mailbox import Message
    from exchange.v1.desk_service_pb2 import OnTheWay


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
        yield say("waits for {node}: {why}", node=wait.node, why=_why(wait))


def _why(wait: "Wait") -> str:
    from exchange.bulletin.values import iso
    from exchange.desk.link.way import QUEUED

    if wait.reason == QUEUED:
        return say_n("{n} entry before it", "{n} entries before it", wait.before)
    return _reason(wait.reason, iso(wait.since) if wait.since else None)


def counts_json(rows: "Iterable[OnTheWay]") -> list[dict[str, object]]:
    """Return what is on its way by state and reason, as `--json` prints it."""
    from exchange.bulletin.values import iso

    return [
        {
            "state": row.state,
            "to": row.to or None,
            "node": row.node,
            "reason": row.reason,
            "since": iso(row.since) if row.since else None,
            "count": row.count,
        }
        for row in rows
    ]


def count_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each row of `counts_json`. Not yet `safe`."""
    for row in rows:
        n, to, node = row["count"], row["to"], row["node"]
        why = _reason(row["reason"], row["since"])
        if row["state"] == "queued":
            yield say_n(
                "{n} queued for {node}: {why}",
                "{n} queued for {node}: {why}",
                n,
                node=node,
                why=why,
            )
        elif row["state"] == "refused":
            yield say_n(
                "{n} refused by {node}: {why}",
                "{n} refused by {node}: {why}",
                n,
                node=node,
                why=why,
            )
        else:
            why = why if node == to else f"{node}: {why}"
            yield say_n(
                "{n} not at {node} yet: {why}",
                "{n} not at {node} yet: {why}",
                n,
                node=to,
                why=why,
            )


def _reason(reason: str, since: str | None) -> str:
    """Return a reason in words, and since when it holds where that is known."""
    from exchange.desk.link.way import QUEUED, SENT, SHOWN

    if reason == Reason.UNREACHABLE and not since:
        return say("the node was not reached yet")
    plain = {
        SENT: say("sent, not answered yet"),
        QUEUED: say("others go first"),
        SHOWN: say(
            "already shown there, as that node says; not in its copy of the log yet"
        ),
        Reason.MISSING: say("only its text"),
    }
    why = plain.get(reason) or outbox_output.why(reason, "")
    return say("{why}, since {when}", why=why, when=since) if since else why
