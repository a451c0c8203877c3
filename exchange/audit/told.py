"""How an audit is told: to people in lines, to programs as JSON."""

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from exchange.audit.audited import LogAudit, Refused, Revoked
from exchange.audit.offline import Audit
from exchange.audit.report import Fault

SECOND = 1_000  # ms
LAST_S = 253_402_300_799  # the end of the year 9999
UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))
SHOWN = 8  # refusals, or entries of a revoked key, in a line


def as_json(audit: Audit) -> dict[str, object]:
    """Return an audit as `--json` prints it.

    Times are ms UTC, 0 for never; ages s; roots in base64, as in a head.
    """
    return {
        "ok": audit.ok,
        "node": audit.node,
        "exported": audit.exported,
        "digest": audit.digest.hex(),
        "entries": sum(log.size for log in audit.logs),
        "signatures": sum(log.signatures for log in audit.logs),
        "logs": [
            log_as_json(log) | {"age": audit.age(log), "stale": audit.stale(log)}
            for log in audit.logs
        ],
        "faults": [fault_as_json(fault) for log in audit.logs for fault in log.faults],
        "wrong": sum(log.wrong for log in audit.logs),
    }


def log_as_json(log: LogAudit) -> dict[str, object]:
    """Return what is told of one log."""
    return {
        "ok": log.ok,
        "origin": log.origin,
        "size": log.size,
        "root": base64.b64encode(log.root).decode(),
        "accepted": log.accepted,
        "signatures": log.signatures,
        "heads": log.heads,
        "head_size": log.head_size,
        "cosigned_size": log.cosigned_size,
        "cosigned_at": log.cosigned_s * SECOND,
        "last_cosigned_at": log.last_cosigned_s * SECOND,
        "cosigners": [
            {"name": one.name, "size": one.size, "at": one.time_s * SECOND}
            for one in log.cosigners
        ],
        "strange_lines": log.strange,
        "gaps": [list(gap) for gap in log.gaps],
        "refused": log.refused,
        "refused_first": [_refused(one) for one in log.ours],
        "refused_by_others": log.refused_by_others,
        "refused_by_others_first": [_refused(one) for one in log.theirs],
        "disputed": log.disputed,
        "revocations": [_revoked(one) for one in log.revocations],
        "first_bad_index": first_bad(log),
        "reason": log.faults[0].reason if log.faults else None,
    }


def first_bad(log: LogAudit) -> int | None:
    """Return the lowest index of which a fault is known."""
    return min((f.index for f in log.faults if f.index is not None), default=None)


def fault_as_json(fault: Fault) -> dict[str, object]:
    """Return one thing that is wrong."""
    return {
        "origin": fault.origin,
        "index": fault.index,
        "reason": fault.reason,
        "what": fault.what,
    }


def _refused(one: Refused) -> dict[str, object]:
    found: dict[str, object] = {"index": one.index, "reason": one.reason}
    return found | ({"by": one.by} if one.by else {})


def _revoked(one: Revoked) -> dict[str, object]:
    return {
        "revokes": one.revokes.hex(),
        "subject": one.subject,
        "since": one.since,
        "index": one.index,
        "entries": one.entries,
        "entries_first": list(one.first),
    }


def lines(audit: Audit) -> Iterator[str]:
    """Yield an audit as it is shown."""
    yield f"export of {audit.node}, {when(audit.exported // SECOND)}"
    for log in audit.logs:
        yield from log_lines(log)
        stale = ", which is not fresh enough" if audit.stale(log) else ""
        yield f"  {freshness(audit.age(log))}{stale}"
        yield from (f"  {fault}" for fault in log.faults)
        if log.wrong > len(log.faults):
            yield f"  and {log.wrong - len(log.faults)} more"
    entries = sum(log.size for log in audit.logs)
    signatures = sum(log.signatures for log in audit.logs)
    yield f"{entries} entries, {signatures} signatures: {_verdict(audit)}"


def log_lines(log: LogAudit) -> Iterator[str]:
    """Yield what is told of one log, but for what is wrong."""
    root = base64.b64encode(log.root).decode()
    yield f"{log.origin}: {log.size} entries, root {root}"
    kept = f"{log.heads} heads kept, {_gaps(log)}"
    yield f"  {log.signatures} signatures verified, {kept}"
    for one in log.cosigners:
        yield f"  cosigned by {one.name} up to {one.size}, last {when(one.time_s)}"
    if log.size > log.cosigned_size:
        yield f"  {log.size - log.cosigned_size} entries are not cosigned by the quorum"
    if log.strange:
        yield f"  {log.strange} lines under heads are of keys in no trust file"
    if log.refused:
        yield f"  {log.refused} REFUSED: {_list(log.ours, log.refused)}"
    if log.refused_by_others:
        told = _list(log.theirs, log.refused_by_others)
        yield f"  {log.refused_by_others} refused by partners: {told}"
    if log.disputed:
        yield f"  {log.disputed} of these are ACCEPTED by the rules"
    yield from (f"  {_revocation(one)}" for one in log.revocations)


def _gaps(log: LogAudit) -> str:
    if not log.gaps:
        return "no gaps"
    return "missing: " + ", ".join(f"#{a} to #{b - 1}" for a, b in log.gaps)


def _list(refused: Sequence[Refused], count: int) -> str:
    told = [
        f"#{one.index} {one.reason}{f' by {one.by}' if one.by else ''}"
        for one in refused[:SHOWN]
    ]
    return ", ".join(told) + (" ..." if count > len(told) else "")


def _revocation(one: Revoked) -> str:
    what = f"#{one.index} revokes a key of {one.subject} since {_ms(one.since)}"
    if not one.entries:
        return what
    places = ", ".join(f"#{index}" for index in one.first[:SHOWN])
    more = " ..." if one.entries > SHOWN else ""
    return f"{what}; {one.entries} ACCEPTED, signer since revoked: {places}{more}"


def freshness(age: int | None) -> str:
    """Return how long ago (s) a log was cosigned last, in words."""
    if age is None:
        return "never cosigned"
    if age < 0:
        return f"last cosigned {duration(-age)} ahead of this clock"
    return f"last cosigned {duration(age)} ago"


def _verdict(audit: Audit) -> str:
    wrong = sum(log.wrong for log in audit.logs)
    if wrong:
        return f"{wrong} wrong"
    return "all as signed" + ("" if audit.ok else ", but not fresh enough")


def when(time_s: int) -> str:
    """Return a time (s) in UTC; a claim may be beyond any calendar."""
    if not 0 <= time_s <= LAST_S:
        return f"{time_s} s"
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _ms(time: int) -> str:
    return when(time // SECOND)


def duration(seconds: int) -> str:
    """Return how long, in the largest unit that fits: 3 d, 5 h, 7 min, 9 s."""
    for unit, size in UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
