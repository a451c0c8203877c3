"""Whether a text is rightly not here: erased, not come, or expired before it came.

What its state says is held against the signed header; what a node of before the
states has stored, which is nothing, against the header alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawEntry
from exchange.store.sums import Value, row_sum
from exchange.store.values import ERASED, LACKING, NEVER
from exchange.trust import retention, statements
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.retention import Retention
from exchange.v1 import envelope_pb2 as pb

Gone = Callable[[pb.Core], bool]
"""Answers a header with whether its wraps and body may have been erased by now."""
WHY = frozenset({"ERASED", "LOST", "QUOTA"})
"""Why a text is LACKING."""


@dataclass(frozen=True, slots=True)
class Rule:
    """By what it is judged whether a text is rightly not here.

    `gone` says whether it may have been erased, by the clock; `past`, whether it is
    over by signed time too; `came` when (ms UTC) the entry at an index was stored, None
    where that is not known.
    """

    gone: Gone
    past: Gone
    came: Callable[[Value], Value]


NOTHING = Rule(lambda _: False, lambda _: False, lambda _: None)
"""Nothing may be gone."""


def without_row(index: Value, core: pb.Core, rule: Rule) -> int:
    """Return the state of a text of which nothing is stored; Refusal(MISSING).

    It may have been erased, or had expired when the entry came.
    """
    if rule.gone(core):
        return ERASED
    came = rule.came(index)
    if isinstance(came, int) and came >= core.expires:
        return NEVER
    raise Refusal(Reason.MISSING, "payload")


def check_state(log: Value, row: RawEntry, core: pb.Core, rule: Rule) -> int:
    """Return the state of a text that is not here, or raise what is wrong with it.

    1. The row is as it was written, and holds no text: DATABASE.
    2. LACKING says why; NEVER had expired when the entry came: DATABASE.
    3. ERASED was to be erased: by the clock and by signed time, or where an operator
       said so (CLOCK), by the clock alone: MISSING.
    """
    # 1
    state, at = row.state, row.at
    total = row_sum(log, row.index, state, row.why, at)
    if row.wraps or row.body or row.sum != total or not isinstance(at, int):
        raise Refusal(Reason.DATABASE, "payload")
    # 2
    if state == LACKING and row.why in WHY:
        return LACKING
    if state == NEVER and at >= core.expires:
        return NEVER
    if state != ERASED:
        raise Refusal(Reason.DATABASE, "payload")
    # 3
    said = row.why == Reason.CLOCK
    if not rule.gone(core) or not (said or rule.past(core)):
        raise Refusal(Reason.MISSING, "payload")
    if row.why not in {"", Reason.CLOCK}:
        raise Refusal(Reason.DATABASE, "payload")
    return ERASED


def rule_of(raw: Raw, log: Value, node: str, bundle: Bundle, now: int) -> Rule:
    """Return the rule for one log of `node`, at `now` (ms UTC)."""

    def came(index: Value) -> Value:
        return raw.stored_at(log, index) if isinstance(index, int) else None

    period = period_of(raw, node, bundle)
    signed = signed_time(raw)
    return Rule(
        lambda core: period.erased(core.expires, now),
        lambda core: signed is None or period.erased(core.expires, signed),
        came,
    )


def signed_time(raw: Raw) -> int | None:
    """Return the signed time that a node has kept (ms UTC), None where it kept none.

    Without it, as after a repair, it cannot be told what it was.
    """
    for row in raw.summed("clock"):
        *values, total = row.values()
        signed = row["signed"]
        if isinstance(signed, int) and total == row_sum(*values):
            return signed
    return None


def period_of(raw: Raw, node: str, bundle: Bundle) -> Retention:
    """Return the retention of the logs of `node`.

    By every statement that stands in them, also above the entry: the newest counts.
    They are read as they stand; whether they are sound is for who verifies the logs.
    """
    directory = Directory(node, bundle)
    own = f"{node}.fusion/log/"
    logs = [log.number for log in raw.logs() if str(log.origin).startswith(own)]
    found = (each for log in logs for each in stated(raw, log))
    for index, (core, statement) in enumerate(found):
        directory.apply(index, core, statement)
    return retention.of(directory)


def stated(raw: Raw, log: Value) -> Iterator[tuple[pb.Core, pb.Statement]]:
    """Yield the statements that a log holds as ACCEPTED, as they stand."""
    for entry in raw.directory(log):
        if not isinstance(entry, bytes):
            continue
        try:
            core = envelope.parse_core(envelope.split(entry).core_bytes)
            yield core, statements.parse_statement(core.clear)
        except (Refusal, DecodeError):
            continue
