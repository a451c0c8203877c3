"""How a repair is told."""

from collections.abc import Iterator

from exchange.audit.mend.run import Outcome
from exchange.audit.mend.sink import Mended
from exchange.audit.text import database_text as report
from exchange.errors import TEXTS, Reason
from exchange.words import say, word

BEYOND = word(
    "The file itself is damaged beyond repair. Move node/ledger.db away and start the"
    " node: what partners hold comes back."
)


def as_json(outcome: Outcome) -> dict[str, object]:
    """Return a repair as `--json` prints it: the report of now, and how it came."""
    return report.as_json(outcome.after) | {
        "before": report.as_json(outcome.before),
        "mended": [
            {
                "origin": one.origin,
                "index": one.index,
                "what": one.what,
                "from": one.by or None,
            }
            for one in outcome.mended
        ],
        "mended_count": outcome.count,
        "rejected": [
            {
                "from": one.by,
                "origin": one.origin,
                "index": one.index,
                "reason": one.reason,
            }
            for one in outcome.rejected
        ],
        "rejected_count": outcome.refused,
        "silent": dict(outcome.silent),
        "beyond": outcome.beyond,
        "kept": outcome.kept or None,
    }


def lines(outcome: Outcome) -> Iterator[str]:
    """Yield what was mended and by whom, and what is left of what was wrong."""
    yield from (_mended(one) for one in outcome.mended)
    if outcome.count > len(outcome.mended):
        yield report.more(outcome.count - len(outcome.mended))
    for one in outcome.rejected:
        yield say(
            "{node}: {place} not taken: {why}",
            node=one.by,
            place=f"{one.origin}#{one.index}",
            why=_text(one.reason),
        )
    if outcome.refused > len(outcome.rejected):
        yield report.more(outcome.refused - len(outcome.rejected))
    for name, reason in outcome.silent.items():
        yield f"{name}: {_text(reason)}"
    yield from report.lines(outcome.after)
    if outcome.kept:
        file = f"node/{outcome.kept}"
        yield say("The damaged file is kept as {file}.", file=file)
    if outcome.beyond:
        yield say(BEYOND)


def _mended(one: Mended) -> str:
    at = "" if one.index is None else f"#{one.index}"
    place = f"{one.origin or 'ledger.db'}{at}"
    if not one.by:
        return say("{place}: mended ({what}; here)", place=place, what=one.what)
    return say(
        "{place}: mended ({what}; from {node})",
        place=place,
        what=one.what,
        node=one.by,
    )


def _text(reason: Reason) -> str:
    return f"{say(TEXTS[reason])} ({reason})"
