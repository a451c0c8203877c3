"""How a rebuild is told."""

from collections.abc import Iterator

from exchange.audit.text import database_text as report
from exchange.errors import TEXTS, Reason
from exchange.rebuild.outcome import Lost, Mended, Outcome
from exchange.words import say, word

BEYOND = word(
    "The file itself is damaged beyond repair; nothing was changed. Move node/ledger.db"
    " away and start the node: what partners hold comes back."
)
ENDED = word(
    "{log} has signed entries that cannot be recovered, so it"
    " signs nothing more. The guide explains how to continue it"
    " (log resume)."
)

AWAITED = word(
    "{log} signs nothing until desks have handed over again what is lost; its places"
    " are known. If nobody has it: log resume."
)


def as_json(outcome: Outcome) -> dict[str, object]:
    """Return a repair as `--json` prints it: the report of now, and how it came."""
    return report.as_json(outcome.after) | {
        "before": report.as_json(outcome.before),
        "mended": [
            {
                "origin": row.origin,
                "index": row.index,
                "what": row.what,
                "from": row.by or None,
            }
            for row in outcome.mended
        ],
        "mended_count": outcome.count,
        "rejected": [
            {
                "from": row.by,
                "origin": row.origin,
                "index": row.index,
                "reason": row.reason,
            }
            for row in outcome.rejected
        ],
        "rejected_count": outcome.refused,
        "silent": dict(outcome.silent),
        "beyond": outcome.beyond,
        "kept": outcome.kept or None,
        "lost": [
            {
                "origin": row.origin,
                "index": row.index,
                "what": row.what,
                "asked": list(row.asked),
            }
            for row in outcome.lost
        ],
        "lost_count": outcome.losses,
        "ended": list(outcome.ended),
    }


def lines(outcome: Outcome) -> Iterator[str]:
    """Yield what was mended and by whom, what is lost, and how it stands now."""
    yield from map(_mended, outcome.mended)
    yield from _more(outcome.count, len(outcome.mended))
    for one in outcome.rejected:
        yield say(
            "{node}: {place} not taken: {why}",
            node=one.by,
            place=f"{one.origin}#{one.index}",
            why=_text(one.reason),
        )
    yield from _more(outcome.refused, len(outcome.rejected))
    for name, reason in outcome.silent.items():
        yield f"{name}: {_text(reason)}"
    yield from map(_lost, outcome.lost)
    yield from _more(outcome.losses, len(outcome.lost))
    yield from report.lines(outcome.after)
    for log in outcome.ended:
        yield say(AWAITED if log in outcome.awaited else ENDED, log=log)
    if outcome.kept:
        file = f"node/{outcome.kept}"
        yield say("The damaged file is kept as {file}.", file=file)
    if outcome.beyond:
        yield say(BEYOND)


def _more(count: int, named: int) -> Iterator[str]:
    if count > named:
        yield report.more(count - named)


def _place(row: Mended | Lost) -> str:
    at = "" if row.index is None else f"#{row.index}"
    return f"{row.origin or 'ledger.db'}{at}"


def _mended(row: Mended) -> str:
    if not row.by:
        return say("{place}: mended ({what}; here)", place=_place(row), what=row.what)
    return say(
        "{place}: mended ({what}; from {node})",
        place=_place(row),
        what=row.what,
        node=row.by,
    )


def _lost(row: Lost) -> str:
    if not row.asked:
        return say("{place}: lost ({what})", place=_place(row), what=row.what)
    return say(
        "{place}: lost ({what}); {nodes} cannot give it",
        place=_place(row),
        what=row.what,
        nodes=say(", ").join(row.asked),
    )


def _text(reason: Reason) -> str:
    return say(TEXTS[reason])
