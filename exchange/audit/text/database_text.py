"""The verification of a database in words: lines for people, JSON for programs."""

import base64
from collections.abc import Callable, Iterator

from msgspec.structs import asdict

from exchange.audit.result import Report
from exchange.words import say, say_n

ShowRoot = Callable[[bytes], str]
"""Returns the text of a root."""


def in_base64(root: bytes) -> str:
    return base64.b64encode(root).decode()


def as_json(report: Report) -> dict[str, object]:
    return {
        "ok": report.ok,
        "entries": report.entries,
        "signatures": report.signatures,
        "erased": report.erased,
        "lacking": report.lacking,
        "lost_texts": report.lost,
        "lacking_first": [
            {"origin": one.origin, "index": one.index, "reason": one.why}
            for one in report.lacks
        ],
        "logs": [
            {
                "origin": log.origin,
                "size": log.size,
                "root": in_base64(log.root),
                "cosigned_by": list(log.cosigned_by),
                "first_bad_index": log.first_bad_index,
                "reason": log.reason,
            }
            for log in report.logs
        ],
        "faults": [asdict(fault) for fault in report.faults],
    }


def lines(report: Report, show_root: ShowRoot = in_base64) -> Iterator[str]:
    for log in report.logs:
        told = size_and_root(log.size, show_root(log.root))
        if log.cosigned_by:
            names = " ".join(log.cosigned_by)
            told = say("{head}, cosigned by {names}", head=told, names=names)
        yield f"{log.origin}: {told}"
    yield from (str(fault) for fault in report.faults)
    if report.wrong > len(report.faults):
        yield more(report.wrong - len(report.faults))
    yield from map(str, report.lacks)
    if report.lacking > len(report.lacks):
        yield more(report.lacking - len(report.lacks))
    yield counted(
        say_n("{n} entry", "{n} entries", report.entries),
        say_n("{n} signature", "{n} signatures", report.signatures),
        say_n("{n} erased", "{n} erased", report.erased) if report.erased else "",
        say_n("{n} lacking", "{n} lacking", report.lacking) if report.lacking else "",
        verdict=say("all as signed") if report.ok else wrong(report.wrong),
    )


def size_and_root(size: int, root: str) -> str:
    entries = say_n("{n} entry", "{n} entries", size)
    return say("{entries}, root {root}", entries=entries, root=root)


def more(n: int) -> str:
    return say_n("and {n} more", "and {n} more", n)


def wrong(n: int) -> str:
    return say_n("{n} wrong", "{n} wrong", n)


def counted(*counts: str, verdict: str) -> str:
    told = say(", ").join(count for count in counts if count)
    return say("{counted}: {verdict}", counted=told, verdict=verdict)
