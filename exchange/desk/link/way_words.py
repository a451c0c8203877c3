"""Words for pending envelopes and their reasons; not yet `safe`."""

from exchange.desk.link.way import QUEUED, SENT, SHOWN
from exchange.errors import TEXTS, Reason
from exchange.words import say, say_n


def reason_words(reason: str, since: str) -> str:
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
    why = plain.get(reason) or why_words(reason)
    return say("{why}, since {when}", why=why, when=since) if since else why


def why_words(reason: str, where: str = "") -> str:
    """Return words for a reason; "" is a node not asked yet."""
    if not reason:
        return say("the node was not reached yet")
    known = reason in Reason.__members__
    said = say(TEXTS[Reason(reason) if known else Reason.INTERNAL])
    return f"{where}: {said}" if where else said


def count_words(state: str, to: str, node: str, n: int, why: str) -> str:
    if state == "queued":
        return say_n(
            "{n} queued for {node}: {why}",
            "{n} queued for {node}: {why}",
            n,
            node=node,
            why=why,
        )
    if state == "refused":
        return say_n(
            "{n} refused by {node}: {why}",
            "{n} refused by {node}: {why}",
            n,
            node=node,
            why=why,
        )
    return say_n(
        "{n} not at {node} yet: {why}",
        "{n} not at {node} yet: {why}",
        n,
        node=to,
        why=why if node == to else f"{node}: {why}",
    )
