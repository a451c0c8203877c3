"""An audit in words: lines for people, JSON for programs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from msgspec.structs import asdict

from exchange.audit.result import (
    CONTENT,
    DOUBTED,
    REVOKED,
    STATED,
    Audit,
    LogAudit,
    PartnersRefusal,
    RefusedEntry,
    Revoked,
    TakenBy,
)
from exchange.audit.text import database_text as report
from exchange.limits import SECOND
from exchange.trust.bundle import Bundle
from exchange.trust.safety_number import nation_number, safety_number
from exchange.words import say, say_n, word

LAST_S = 253_402_300_799  # the end of the year 9999
UNITS = ((word("{n} d"), 86_400), (word("{n} h"), 3_600), (word("{n} min"), 60))
NATIONS = 2  # in a safety number
SHOWN = 8  # refusals, or entries of a revoked key, in a line


def as_json(audit: Audit) -> dict[str, object]:
    """Return times in ms UTC, 0 for never; ages in s; roots in base64."""
    return {
        "ok": audit.ok,
        "node": audit.node,
        "exported": audit.exported,
        "digest": audit.digest.hex(),
        "taken_by": None if audit.taken is None else asdict(audit.taken),
        "trust": [
            {
                "domain": bundle.domain,
                "serial": bundle.serial,
                "nation_number": nation_number(bundle),
            }
            for bundle in audit.trust
        ],
        "safety_number": _number(audit.trust),
        "entries": sum(log.size for log in audit.logs),
        "signatures": sum(log.signatures for log in audit.logs),
        **demands_as_json(audit),
        "logs": [
            log_as_json(log)
            | {"age": audit.age(log), "stale": audit.stale(log)}
            | {"retired_keys": audit.retired(log)}
            | {"uncosigned": log.size - log.cosigned_size}
            for log in audit.logs
        ],
        "faults": [asdict(fault) for log in audit.logs for fault in log.faults],
        "wrong": sum(log.wrong for log in audit.logs),
    }


def demands_as_json(audit: Audit) -> dict[str, object]:
    return {
        "missing": list(audit.demands.missing),
        "allowed_missing": list(audit.demands.allowed),
        "rolled_back": [asdict(one) for one in audit.demands.rolled_back],
        "known_heads": audit.demands.known,
        "taken_after": audit.taken_after,
        "export_time": audit.dated_back,
        "lines_ahead": [
            {"name": name, "at": at * SECOND} for name, at in audit.demands.ahead
        ],
    }


def log_as_json(log: LogAudit) -> dict[str, object]:
    return {
        "ok": log.ok,
        "origin": log.origin,
        "size": log.size,
        "root": report.in_base64(log.root),
        "accepted": log.accepted,
        "signatures": log.signatures,
        "heads": log.heads,
        "head_size": log.head_size,
        "cosigned_size": log.cosigned_size,
        "cosigned_at": log.cosigned_s * SECOND,
        "last_cosigned_at": log.last_cosigned_s * SECOND,
        "cosigners": [
            {"name": each.name, "size": each.size, "at": each.time_s * SECOND}
            for each in log.cosigners
        ],
        "directory_heads": log.directory.count,
        "directory_size": log.directory.size,
        "directory_at": log.directory.last_s * SECOND,
        "directory_heads_missing": log.lacks_directory,
        "strange_lines": log.strange,
        "gaps": [list(gap) for gap in log.gaps],
        "refused": log.refused,
        "refused_first": [asdict(each) for each in log.ours],
        "refused_by_others": log.refused_by_others,
        "refused_by_others_first": [asdict(each) for each in log.theirs],
        "disputed": log.disputed,
        "revocations": [_revoked(each) for each in log.revocations],
        "first_bad_index": first_bad(log),
        "reason": log.faults[0].reason if log.faults else None,
    }


def first_bad(log: LogAudit) -> int | None:
    """Return None if no fault has an index."""
    return min((f.index for f in log.faults if f.index is not None), default=None)


def _revoked(revoked: Revoked) -> dict[str, object]:
    return {
        "revokes": revoked.revokes.hex(),
        "subject": revoked.subject,
        "since": revoked.since,
        "index": revoked.index,
        "by": revoked.by,
        "filed": revoked.filed,
        "entries": revoked.entries,
        "entries_first": list(revoked.first),
        "proven_below": revoked.proven_below,
        "sort": revoked.sort,
    }


def lines(audit: Audit, show_root: report.ShowRoot = report.in_base64) -> Iterator[str]:
    """Yield lines, the verdict first."""
    at = when(audit.exported // SECOND)
    made = say("export of {node}, {when}", node=audit.node, when=at)
    yield f"{made}: {verdict(audit)}"
    yield f"  SHA-256 {audit.digest.hex()}"
    if audit.taken is not None:
        yield f"  {_taken(audit.taken)}"
    for bundle in audit.trust:
        line = say(
            "{nation}, edition {serial}", nation=bundle.domain, serial=bundle.serial
        )
        yield f"  {line}"
    if number := _number(audit.trust):
        yield f"  {say('safety number')}: {number}"
    yield from (f"  {line}" for line in demands(audit))
    for log in audit.logs:
        yield from log_lines(log, show_root)
        told = freshness(audit.age(log))
        if audit.stale(log):
            told = say("{when}, which is too old", when=told)
        yield f"  {told}"
        if audit.retired(log):
            rests = say("its newest head rests on keys that are retired or revoked")
            yield f"  {rests}"
        yield from (f"  {fault}" for fault in log.faults)
        if log.wrong > len(log.faults):
            yield f"  {report.more(log.wrong - len(log.faults))}"
    entries = sum(log.size for log in audit.logs)
    signatures = sum(log.signatures for log in audit.logs)
    yield report.counted(
        say_n("{n} entry", "{n} entries", entries),
        say_n("{n} signature", "{n} signatures", signatures),
        verdict=verdict(audit),
    )
    yield from _rests_on(audit)


Tell = Callable[..., str]
"""Fills in a text of the catalogues: `say`, or a page in its language."""


def demands(audit: Audit, tell: Tell = say) -> Iterator[str]:
    demanded = audit.demands
    for log in demanded.missing:
        yield tell(word("{log} is missing; --allow-missing lets it pass"), log=log)
    for log in demanded.allowed:
        yield tell(word("{log} is missing, which was allowed"), log=log)
    for one in demanded.rolled_back:
        yield tell(
            word(
                "{log} ends at {size}, below a head of {shown} that {node} has signed"
            ),
            log=one.origin,
            size=one.size,
            shown=one.shown,
            node=audit.node,
        )
    after = audit.taken_after
    if after is not None and after < 0:
        yield tell(
            word("its time is {time} before a signature of {node}"),
            time=duration(-after, tell),
            node=audit.node,
        )
        if demanded.allow_time:
            yield tell(word("its time was let pass by --allow-time"))
    for name, at in demanded.ahead:
        text = word("{name} signed after its time, {when}")
        yield tell(text, name=name, when=when(at))


def _rests_on(audit: Audit) -> Iterator[str]:
    """Yield the basis of the findings, and the delay of the export."""
    editions = (
        say("{nation}, edition {serial}", nation=one.domain, serial=one.serial)
        for one in audit.trust
    )
    yield say(
        "rests on the trust files {files}, and on the digest {digest}",
        files="; ".join(editions),
        digest=audit.digest.hex(),
    )
    heads = say("no earlier heads (--known)")
    if audit.demands.known:
        heads = say_n("{n} earlier head", "{n} earlier heads", audit.demands.known)
    taken = say("it shows no signature of {node}", node=audit.node)
    if audit.taken_after is not None:
        taken = say(
            "taken {time} after the last signature of {node}",
            time=duration(audit.taken_after),
            node=audit.node,
        )
    yield say("rests on {heads}; {taken}", heads=heads, taken=taken)


def _taken(taken: TakenBy) -> str:
    at = when(taken.at // SECOND)
    if not taken.revoked:
        return say("taken by {officer}, {when}", officer=taken.officer, when=at)
    return say(
        "taken by {officer}, {when}, with a key revoked since {revoked}",
        officer=taken.officer,
        when=at,
        revoked=when(taken.revoked // SECOND),
    )


def log_lines(
    log: LogAudit, show_root: report.ShowRoot = report.in_base64
) -> Iterator[str]:
    yield f"{log.origin}: {report.size_and_root(log.size, show_root(log.root))}"
    yield from (f"  {line}" for line in _found(log))


def _found(log: LogAudit) -> Iterator[str]:
    yield say(
        "{signatures}, {heads}, {gaps}",
        signatures=say_n(
            "{n} signature verified", "{n} signatures verified", log.signatures
        ),
        heads=say_n("{n} head kept", "{n} heads kept", log.heads),
        gaps=_gaps(log),
    )
    for one in log.cosigners:
        yield say(
            "cosigned by {name} up to {size}, last {when}",
            name=one.name,
            size=one.size,
            when=when(one.time_s),
        )
    if log.directory.count:
        yield say(
            "directory head up to {size}, signed {when}",
            size=log.directory.size,
            when=when(log.directory.last_s),
        )
    else:
        yield say("no directory head")
    if log.lacks_directory:
        yield say("no directory head as new as its newest head")
    if log.size > log.cosigned_size:
        yield say_n(
            "{n} entry is not cosigned by the quorum",
            "{n} entries are not cosigned by the quorum",
            log.size - log.cosigned_size,
        )
    if log.strange:
        yield say_n(
            "{n} line under heads is of a key in no trust file",
            "{n} lines under heads are of keys in no trust file",
            log.strange,
        )
    yield from _refusals(log)
    yield from map(_revocation, log.revocations)


def _refusals(log: LogAudit) -> Iterator[str]:
    if log.refused:
        told = _list([_place(one) for one in log.ours], log.refused)
        yield say_n(
            "{n} REFUSED: {list}", "{n} REFUSED: {list}", log.refused, list=told
        )
    if log.refused_by_others:
        yield say_n(
            "{n} refused by partners: {list}",
            "{n} refused by partners: {list}",
            log.refused_by_others,
            list=_list([_by_partner(one) for one in log.theirs], log.refused_by_others),
        )
    if log.disputed:
        yield say_n(
            "{n} of these is ACCEPTED by the rules",
            "{n} of these are ACCEPTED by the rules",
            log.disputed,
        )


def _gaps(log: LogAudit) -> str:
    if not log.gaps:
        return say("no gaps")
    gaps = ", ".join(
        say("#{first} to #{last}", first=a, last=b - 1) for a, b in log.gaps
    )
    return say("missing: {gaps}", gaps=gaps)


def _list(refused: Sequence[str], count: int) -> str:
    told = refused[:SHOWN]
    return ", ".join(told) + (" ..." if count > len(told) else "")


def _place(refused: RefusedEntry | PartnersRefusal) -> str:
    return f"#{refused.index} {refused.reason}"


def _by_partner(refused: PartnersRefusal) -> str:
    entry, ours = _place(refused), refused.ours or "ACCEPTED"
    if refused.signed:
        return say(
            "{entry} by {node} (by the rules {verdict})",
            entry=entry,
            node=refused.by,
            verdict=ours,
        )
    return say(
        "{entry} by {node} (the exporter's word; by the rules {verdict})",
        entry=entry,
        node=refused.by,
        verdict=ours,
    )


_REVOKED = {
    REVOKED: word(
        "#{index}: {by} revoked a key of {subject} on {date}, not trusted since {when}"
    ),
    STATED: word(
        "#{index}: {by}, not trusted since {when}, stated a key of {subject} on {date}"
    ),
    DOUBTED: word(
        "#{index}: {by}, not trusted since {when}, revoked a key of {subject} on"
        " {date}: without effect"
    ),
}


def _revocation(revoked: Revoked) -> str:
    line = say(
        _REVOKED[revoked.sort],
        index=revoked.index,
        by=revoked.by,
        date=when(revoked.filed // SECOND),
        subject=revoked.subject,
        when=when(revoked.since // SECOND),
    )
    if revoked.proven_below and "@" in revoked.subject:  # certificates sign nothing
        line = say(
            "{revocation}; BEFORE REVOCATION below #{index}",
            revocation=line,
            index=revoked.proven_below,
        )
    if not revoked.entries:
        return line
    places = ", ".join(f"#{index}" for index in revoked.first[:SHOWN])
    return say_n(
        "{revocation}; {n} DISOWNED: {places}",
        "{revocation}; {n} DISOWNED: {places}",
        revoked.entries,
        revocation=line,
        places=f"{places} ..." if revoked.entries > SHOWN else places,
    )


def freshness(age: int | None) -> str:
    """Return words for how long ago (s) it was."""
    if age is None:
        return say("never cosigned")
    if age < 0:
        return say("last cosigned {time} ahead of this clock", time=duration(-age))
    return say("last cosigned {time} ago", time=duration(age))


def _number(trust: Sequence[Bundle]) -> str:
    """Return one nation's own, or "" for others than one or two."""
    if len(trust) == NATIONS:
        return safety_number(*trust)
    return nation_number(trust[0]) if len(trust) == 1 else ""


def verdict(audit: Audit) -> str:
    if wrong := sum(log.wrong for log in audit.logs):
        found = [each for each in audit.lacking if each in CONTENT]
        return say(", ").join([told_wrong(wrong, audit.logs), *found])
    if audit.lacking:
        found = [_weakness(audit, each) for each in audit.lacking]
        return say("all as signed, but {found}", found=say(", ").join(found))
    return say("all as signed")


def _weakness(audit: Audit, lacking: str) -> str:
    if lacking == "NOT COSIGNED":
        uncosigned = sum(audit.uncosigned(log) for log in audit.logs)
        return say_n("{n} entry NOT COSIGNED", "{n} entries NOT COSIGNED", uncosigned)
    if lacking == "RETIRED KEYS":
        return say("RETIRED KEYS; see --at and --against")
    return say("too old") if lacking == "TOO OLD" else lacking


def told_wrong(count: int, logs: Iterable[LogAudit]) -> str:
    told = report.wrong(count)
    if any(log.directory.wrong for log in logs):
        return say("{wrong}, FALSE DIRECTORY HEAD", wrong=told)
    return told


def when(time_s: int) -> str:
    """Return a time in words; a claimed one may be beyond any calendar."""
    if not 0 <= time_s <= LAST_S:
        return f"{time_s} s"
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%M:%S} UTC"


def duration(seconds: int, tell: Tell = say) -> str:
    """Return words in the largest unit that it has two of: 3 d, 7 min, 9 s."""
    for text, size in UNITS:
        if seconds >= 2 * size:
            return tell(text, n=seconds // size)
    return tell(word("{n} s"), n=seconds)
