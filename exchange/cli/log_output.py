"""Output about logs: cosigners, revocations, waits, entries in files."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from exchange.cli.lazy import lazy_imports
from exchange.errors import FusionError
from exchange.limits import SECOND
from exchange.words import say, say_n
from exchange.words.ages import ago

with lazy_imports():
    from exchange import config
    from exchange.bulletin.values import iso
    from exchange.desk.client import Desk
    from exchange.desk.link import heads, way
    from exchange.desk.link.heads import HeldSizes
    from exchange.desk.link.way import Wait, find_waits
    from exchange.desk.link.way_words import count_words, reason_words
    from exchange.desk.mailbox import Message
    from exchange.desk.records import RevocationsKnown
    from exchange.ledger.policy import Policy
    from exchange.store import Store
    from exchange.store.cold_files import ColdFiles
    from exchange.store.cold_rows import ColdLog
    from exchange.v1.desk_service_pb2 import OnTheWay


def list_cosigners(
    sizes: "HeldSizes", policy: "Policy", index: int, now: int
) -> list[dict[str, object]]:
    """Return the time and age (s) of each newest line on the entry.

    Both are None if no line of it covers the entry; `now` is in ms.
    """
    return [
        {
            "name": name,
            "at": iso(time_s * SECOND) if time_s else None,
            "age": max(0, now // SECOND - time_s) if time_s else None,
        }
        for name, time_s in heads.cosigned_times(sizes, policy, index).items()
    ]


def cosigner_lines(cosigners: Iterable[dict[str, Any]]) -> list[str]:
    lines = []
    for one in cosigners:
        name, when = one["name"], one["at"]
        line = say("cosigner {name} missing", name=name)
        if when:
            old = ago(one["age"] * SECOND)
            line = say("cosigner {name} {when}, {ago}", name=name, when=when, ago=old)
        lines.append(line)
    return lines


def revocations_line(known: "RevocationsKnown") -> str:
    """Return a line, marked if the knowledge is too old."""
    if known.mark == "WITHHELD":
        return say("our node leaves out directory entries of this log")
    if not known.time:
        return say("revocations of this log are not known yet")
    time = iso(known.time)
    if known.mark == "STALE":
        return say("STALE: revocations known to {time} only", time=time)
    if known.mark == "LATE":
        return say("revocations known to {time} only", time=time)
    return say("revocations known to {time}", time=time)


def revocations_json(known: "RevocationsKnown | None") -> dict[str, object] | None:
    """Return the JSON; `mark` is "", LATE, STALE or WITHHELD."""
    if known is None:
        return None
    time = iso(known.time) if known.time else None
    return {"origin": known.origin, "known_to": time, "mark": known.mark}


def waits_of(desk: "Desk", message: "Message") -> "list[Wait]":
    return find_waits(desk.mailbox, desk.node, message, desk.told)


def waits_json(waits: "Sequence[Wait]") -> list[dict[str, object]]:
    return [
        {
            "node": wait.node,
            "reason": wait.reason,
            "since": iso(wait.since) if wait.since else None,
            "before": wait.before,
        }
        for wait in waits
    ]


def wait_lines(waits: "Sequence[Wait]") -> Iterator[str]:
    for wait in waits:
        yield say("waits for {node}: {why}", node=wait.node, why=_wait_why(wait))


def _wait_why(wait: "Wait") -> str:
    if wait.reason == way.QUEUED:
        return say_n("{n} entry before it", "{n} entries before it", wait.before)
    return reason_words(wait.reason, iso(wait.since) if wait.since else "")


def counts_json(rows: "Iterable[OnTheWay]") -> list[dict[str, object]]:
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
    """Yield a line for each row, not yet made `safe`."""
    for row in rows:
        why = reason_words(row["reason"], row["since"] or "")
        yield count_words(row["state"], row["to"], row["node"], row["count"], why)


def cold_logs(home: Path) -> Sequence["ColdLog"]:
    """Return an empty list without a node or files.

    The database stays closed if the folder of files does not exist.
    """
    try:
        node = config.node_home(home)
        if not ColdFiles(node.database).folder.is_dir():
            return ()
        place = config.database_of(node)
        if config.is_absent(place):
            return ()
        with closing(Store(place, read_only=True)) as store:
            return store.cold.logs()
    except FusionError:  # commands that need the database report it
        return ()


def cold_json(logs: Sequence["ColdLog"]) -> list[dict[str, object]]:
    """Count in `bytes` those of their entries."""
    return [
        {"origin": one.origin, "entries": one.entries, "bytes": one.size}
        for one in logs
    ]


def cold_lines(logs: Sequence["ColdLog"]) -> Iterator[str]:
    for one in logs:
        mib = f"{one.size / (1 << 20):,.1f}"
        yield say(
            "{log}: {n} old entries in files, {mib} MiB",
            log=one.origin,
            n=one.entries,
            mib=mib,
        )
