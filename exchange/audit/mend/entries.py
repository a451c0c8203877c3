"""One entry: judged again from its bytes, and compared with all that is stored.

The node that stored it is not asked: what its row must say is derived here anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exchange import envelope
from exchange.audit.database import erased_texts as erased
from exchange.errors import Reason, Refusal
from exchange.limits import WRAP_SIZE
from exchange.store.raw_rows import RawEntry
from exchange.store.sums import Value
from exchange.store.values import HELD
from exchange.trust import names, rules
from exchange.v1 import envelope_pb2 as pb

EVERY_DESK = "*"  # a receipt whose subject was not here when it came

Desks = Callable[[bytes], Value]
"""Answers a name with the desks column of that ACCEPTED entry, or None."""
Wrong = tuple[Reason, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """What a row of entry must say beside the entry's bytes.

    `desks` holds each text that the column may have.
    """

    name: bytes
    id: bytes
    kind: int
    desks: tuple[str, ...]
    reason: str


def expected(
    entry: bytes, verdict: rules.Accepted | rules.Refused, desks: Desks
) -> Columns:
    """Return what is stored of an entry on which this is the verdict.

    Of a REFUSED entry nothing is believed but, if it can be read, its name.
    """
    if isinstance(verdict, rules.Refused):
        return Columns(_name(entry), b"", pb.KIND_UNSPECIFIED, ("",), verdict.reason)
    core = verdict.core
    return Columns(verdict.parsed.name, core.id, core.kind, readers(verdict, desks), "")


def _name(entry: bytes) -> bytes:
    try:
        return envelope.split(entry).name
    except Refusal:
        return b""


def readers(verdict: rules.Accepted, desks: Desks) -> tuple[str, ...]:
    """Return the texts that may stand for who may read an entry.

    The author's desk and those addressed. A receipt without recipients is also for
    those who may read what it speaks of, or for every desk, if that came later.
    """
    core = verdict.core
    found = {names.desk_of(verdict.author.subject)}
    found.update(recipient.desk for recipient in core.recipients)
    if core.kind != pb.KIND_RECEIPT or core.recipients:
        return (" ".join(sorted(found)),)
    spoken_of = [desks(reference.name) for reference in core.references]
    for text in spoken_of:
        if not isinstance(text, str):
            return (EVERY_DESK,)
        found.update(text.split())
    return EVERY_DESK, " ".join(sorted(found))


def compare(row: RawEntry, columns: Columns) -> Iterator[Wrong]:
    """Yield what a row says otherwise.

    1. The verdict that was stored. 2. Name, id, kind. 3. Who may read it.
    """
    # 1
    if row.reason != columns.reason:
        yield _verdict(columns.reason), "entry.reason"
    # 2
    if row.name != columns.name:
        yield Reason.DATABASE, "entry.name"
    if row.id != columns.id:
        yield Reason.DATABASE, "entry.id"
    if row.kind != columns.kind:
        yield Reason.DATABASE, "entry.kind"
    # 3
    if row.desks not in columns.desks:
        yield Reason.DATABASE, "entry.desks"


def _verdict(reason: str) -> Reason:
    """Return why a verdict is another now; what is ACCEPTED now was marked REFUSED."""
    return Reason(reason) if reason else Reason.DATABASE


def payload(
    log: Value,
    row: RawEntry,
    verdict: rules.Accepted | rules.Refused,
    me: str,
    rule: erased.ErasureRule,
) -> int | None:
    """Check what is stored of an entry's text; return its state, None where it is none.

    Raises Refusal(WRAPS | BODY | MISSING | DATABASE).

    1. It is kept of ACCEPTED entries alone.
    2. Where there is none, and a desk of this node is addressed, it is rightly gone.
    3. A row without a text says why, as it was written; see `erased.check_state`.
    4. Else wraps and body are those that were signed.
    """
    # 1
    held = row.wraps is not None or row.body is not None
    if isinstance(verdict, rules.Refused):
        if held:
            raise Refusal(Reason.DATABASE, "payload")
        return None
    core = verdict.core
    nodes = {names.node_of(recipient.desk) for recipient in core.recipients}
    # 2
    if not held and nodes:
        return erased.without_row(row.index, core, rule) if me in nodes else None
    # 3
    if held and (row.state != HELD or not (row.wraps or row.body)):
        return erased.check_state(log, row, core, rule)
    # 4
    if held and (row.why, row.at, row.sum) != ("", 0, 0):
        raise Refusal(Reason.DATABASE, "payload")
    wraps, body = row.wraps if held else b"", row.body if held else b""
    if not isinstance(wraps, bytes):
        raise Refusal(Reason.WRAPS, "wraps")
    if not isinstance(body, bytes):
        raise Refusal(Reason.BODY, "body")
    cut = [wraps[at : at + WRAP_SIZE] for at in range(0, len(wraps), WRAP_SIZE)]
    envelope.check_payload(verdict.parsed, cut, body)
    return HELD if held else None
