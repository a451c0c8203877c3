"""Check the text of an entry: it is as signed, or absent for a good reason.

It may be erased, not yet arrived, or have expired before it arrived; the stored state
is checked against the signed header.
"""

from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct

from exchange import envelope
from exchange.audit.judge.keys import LogKeys
from exchange.audit.sources.database import stated
from exchange.envelope import Parsed
from exchange.errors import Reason, Refusal
from exchange.limits import WRAP_SIZE
from exchange.store.raw_rows import RawEntry, RawRows
from exchange.store.row_checksums import Value, row_sum
from exchange.store.tables import ClockRow
from exchange.store.values import ERASED, HELD, LACKING, NEVER, RECALLED
from exchange.trust import names, retention
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.recalls import takes_back
from exchange.trust.retention import Retention
from exchange.v1 import envelope_pb2 as pb

Gone = Callable[[pb.Core], bool]
"""Takes a header: whether its wraps and body may have been erased by now."""
WHY = frozenset({"ERASED", "LOST", "QUOTA"})
"""Why a text is LACKING."""


class ErasureRule(Struct, frozen=True):
    """The rule at node `me`.

    `gone`: its time is over by the clock; `past`: by signed time too; `recalled`: its
    author's desk recalled it in its log.
    """

    me: str
    gone: Gone
    past: Gone
    recalled: Callable[[Parsed], bool]


def state_of(
    log: Value, row: RawEntry, parsed: Parsed | None, rule: ErasureRule
) -> int | None:
    """Raise a fault of the text; return its state, or None.

    `parsed` is None for a REFUSED entry. Refusal(WRAPS | BODY | MISSING | DATABASE).

    1. Only ACCEPTED entries have a stored text.
    2. If a desk of this node is addressed, there is a row (MISSING).
    3. A row without a text says why, as written; see `check_state`.
    4. Otherwise wraps and body are those that were signed.
    """
    # 1
    stored = row.wraps is not None or row.body is not None
    if parsed is None:
        if stored:
            raise Refusal(Reason.DATABASE, "payload")
        return None
    core = parsed.core
    nodes = {names.node_of(recipient.desk) for recipient in core.recipients}
    # 2
    if not stored:
        if rule.me in nodes:
            raise Refusal(Reason.MISSING, "payload")
        if nodes:
            return None
    # 3
    elif row.state != HELD or not (row.wraps or row.body):
        return check_state(log, row, parsed, rule)
    # 4
    elif (row.why, row.at, row.sum) != ("", 0, 0):
        raise Refusal(Reason.DATABASE, "payload")
    wraps, body = (row.wraps, row.body) if stored else (b"", b"")
    if not isinstance(wraps, bytes):
        raise Refusal(Reason.WRAPS, "wraps")
    if not isinstance(body, bytes):
        raise Refusal(Reason.BODY, "body")
    cut = [wraps[at : at + WRAP_SIZE] for at in range(0, len(wraps), WRAP_SIZE)]
    envelope.check_payload(parsed, cut, body)
    return HELD if stored else None


def check_state(log: Value, row: RawEntry, parsed: Parsed, rule: ErasureRule) -> int:
    """Return the state of an absent text, or raise its fault.

    1. The row is as written and without text: DATABASE.
    2. LACKING has a known reason; NEVER had expired on arrival: DATABASE.
    3. ERASED was due by the clock and signed time, by the clock alone if an operator
       said so (CLOCK), or after a recall (RECALLED): MISSING.
    """
    # 1
    state, at, core = row.state, row.at, parsed.core
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
    if row.why == RECALLED and rule.recalled(parsed):
        return ERASED
    said = row.why == Reason.CLOCK
    if not rule.gone(core) or not (said or rule.past(core)):
        raise Refusal(Reason.MISSING, "payload")
    if row.why not in {"", Reason.CLOCK}:
        raise Refusal(Reason.DATABASE, "payload")
    return ERASED


def rule_of(raw: RawRows, log: Value, me: str, keys: LogKeys, now: int) -> ErasureRule:
    """Return the rule for the database of node `me` at `now` (ms UTC)."""
    period = period_of(raw, keys.node, keys.bundle)
    signed = signed_time(raw)
    return ErasureRule(
        me,
        lambda core: period.may_be_erased(core.expires, now),
        lambda core: signed is None or period.may_be_erased(core.expires, signed),
        lambda parsed: _is_recalled(raw, log, keys, parsed),
    )


def _is_recalled(raw: RawRows, log: Value, keys: LogKeys, parsed: Parsed) -> bool:
    """Return whether it is recalled, by this log alone."""
    directory = _directory(raw, keys.node, keys.bundle)
    for entry in raw.recalls(log):
        with suppress(Refusal):  # a damaged entry is reported at its own place
            core = envelope.split(entry if isinstance(entry, bytes) else b"").core
            if takes_back(core, parsed.name, parsed.core, directory):
                return True
    return False


def signed_time(raw: RawRows) -> int | None:
    """Return the signed time (ms UTC) that the node stored.

    None if it is missing, as after a repair: it cannot be derived.
    """
    for row in raw.rows("clock"):
        signed = row["signed"]
        if isinstance(signed, int) and ClockRow.is_as_written(row):
            return signed
    return None


def period_of(raw: RawRows, node: str, bundle: Bundle) -> Retention:
    """Return the period by all statements in the database: the newest counts.

    They are read as stored; verifying the logs checks them.
    """
    return retention.of(_directory(raw, node, bundle))


def _directory(raw: RawRows, node: str, bundle: Bundle) -> Directory:
    directory = Directory(node, bundle)
    own = f"{node}.fusion/log/"
    logs = [log.number for log in raw.logs() if str(log.origin).startswith(own)]
    found = (each for log in logs for each in stated(raw, log))
    for index, (core, statement) in enumerate(found):
        directory.apply(index, core, statement)
    return directory
