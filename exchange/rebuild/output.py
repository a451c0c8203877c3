"""The output of `fusion fsck --repair`."""

from collections.abc import Iterator

from msgspec import to_builtins

from exchange.audit.text import database_text as report
from exchange.rebuild.outcome import KeptLog, Outcome
from exchange.words import say, word

BEYOND = word(
    "The file itself is damaged beyond repair; it was not changed. Move"
    " node/ledger.db away and start the node: it restores the entries that partners"
    " hold."
)
AWAITED = word(
    "{log} is read-only until the missing entries are back, from partners or from"
    " outboxes of desks. If they cannot be recovered, run log resume."
)
KEPT = word("{log}: {size} of {of} entries kept")
FETCHED = word(
    "{log}: to be fetched when the node runs: entries: {entries}, texts: {texts}"
)


def as_json(outcome: Outcome) -> dict[str, object]:
    return report.as_json(outcome.after) | {
        "before": report.as_json(outcome.before),
        "kept": outcome.kept or None,
        "kept_logs": to_builtins(outcome.logs),
        "lost": list(outcome.lost),
        "lost_count": outcome.losses,
        "beyond": outcome.beyond,
    }


def plan_lines(outcome: Outcome) -> Iterator[str]:
    for log in outcome.logs:
        yield say(KEPT, log=log.origin, size=str(log.size), of=str(log.of))
        yield from _fetched(log)
    for row in outcome.lost:
        yield say("{place}: lost ({row})", place="ledger.db", row=row)
    if outcome.losses > len(outcome.lost):
        yield report.more(outcome.losses - len(outcome.lost))


def lines(outcome: Outcome) -> Iterator[str]:
    if outcome.beyond:
        yield say(BEYOND)
        return
    yield from report.lines(outcome.after)
    for log in outcome.logs:
        if log.awaited:
            yield say(AWAITED, log=log.origin)
    if outcome.kept:
        file = f"node/{outcome.kept}"
        yield say("The damaged file is kept as {file}.", file=file)


def _fetched(log: KeptLog) -> Iterator[str]:
    if log.size < log.of or log.texts:
        entries, texts = str(log.of - log.size), str(log.texts)
        yield say(FETCHED, log=log.origin, entries=entries, texts=texts)
