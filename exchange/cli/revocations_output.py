"""Until when revocations are known, in a line and as JSON."""

from exchange.cli.lazy import lazy_imports
from exchange.words import say

with lazy_imports():
    from exchange.bulletin.values import iso
    from exchange.desk.records import RevocationsKnown


def line(known: "RevocationsKnown") -> str:
    """Return it in words; the mark where it is too old."""
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


def as_json(known: "RevocationsKnown | None") -> dict[str, object] | None:
    """Return it for --json; `mark` is empty, LATE, STALE or WITHHELD."""
    if known is None:
        return None
    time = iso(known.time) if known.time else None
    return {"origin": known.origin, "known_to": time, "mark": known.mark}
