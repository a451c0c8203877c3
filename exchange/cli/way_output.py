"""Why bulletins are not there yet, one or many counted: as JSON, and in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from exchange.cli.lazy import lazy_imports
from exchange.words import say, say_n

with lazy_imports():
    from exchange.bulletin.values import iso
    from exchange.desk.client import Desk
    from exchange.desk.link import way
    from exchange.desk.link.way import Wait, find_waits
    from exchange.desk.link.way_words import count_words, reason_words
    from exchange.desk.mailbox import Message
    from exchange.v1.desk_service_pb2 import OnTheWay


def waits_of(desk: "Desk", message: "Message") -> "list[Wait]":
    """Return the nodes that a message is still on its way to, and why."""
    return find_waits(desk.mailbox, desk.node, message, desk.told)


def waits_json(waits: "Sequence[Wait]") -> list[dict[str, object]]:
    """Return them as `--json` prints them."""
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
    if wait.reason == way.QUEUED:
        return say_n("{n} entry before it", "{n} entries before it", wait.before)
    return reason_words(wait.reason, iso(wait.since) if wait.since else "")


def counts_json(rows: "Iterable[OnTheWay]") -> list[dict[str, object]]:
    """Return what is on its way by state and reason, as `--json` prints it."""
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
        why = reason_words(row["reason"], row["since"] or "")
        yield count_words(row["state"], row["to"], row["node"], row["count"], why)
