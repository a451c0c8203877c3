"""Hand a shift over: what is open, who did what, signed by both officers.

record = prepare(desk, "duty-2@ops.beijing.cn")
# both read it
number = sign(desk, record, leaver, comer)   both are unlocked
count_newer(desk, record)                    what came since they read it
stored = verified(desk, number)              checked again, each time
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from exchange.desk.client import Desk
from exchange.desk.deadlines.due_list import matters
from exchange.desk.mailbox import Mailbox
from exchange.desk.officer import Officer
from exchange.errors import FusionError, Reason, Refusal, Why
from exchange.limits import HANDOVER_MATTERS_MAX, SHIFT_DEFAULT
from exchange.trust import shift_handover as handovers
from exchange.trust.shift_handover import (
    COMES,
    LEAVES,
    DoneMatter,
    HandoverRecord,
    OpenMatter,
    SignedHandover,
)

NOT_SENT = "NOT_SENT"
"""What is open about a bulletin that this desk wrote or answered: no log has that."""

_SINCE = Why("another hand-over was signed since this one was made; begin again")


class StoredHandover(Struct, frozen=True):
    """One that is kept. `fault`: why it does not verify, None where it does."""

    number: int
    signed: SignedHandover
    record: HandoverRecord | None
    fault: FusionError | None


def prepare(desk: Desk, comes: str, began: int | None = None) -> HandoverRecord:
    """Return what the officer of this desk would hand over to `comes` now.

    The shift began where the last one was handed over, else SHIFT_DEFAULT ago; `began`
    (ms UTC) says another time. A last one that was signed by a clock ahead of this one
    is told again: else what was done since would be in no hand-over.
    """
    box, now = desk.mailbox, desk.clock()
    last = len(box.handovers)
    previous = box.handovers.get(last).record if last else b""
    before = handovers.parse(previous) if previous else None
    if began is None:
        began = _last_time(before, now)
    began = max(min(began, now), 0)
    due = [
        OpenMatter(one.row.name.hex(), one.kind.value, one.by)
        for one in matters(desk, *desk.moment().times)
    ]
    due += [OpenMatter(name.hex(), NOT_SENT, 0) for name in _unsent(box)]
    return HandoverRecord(
        handover=2,
        desk=desk.officer.desk,
        leaves=desk.officer.name,
        comes=comes,
        began=began,
        at=now,
        previous=handovers.link(previous) if previous else "",
        open=tuple(due[: HANDOVER_MATTERS_MAX // 2]),
        done=tuple(_done(desk, began, before)),
    )


def _unsent(box: Mailbox) -> Iterable[bytes]:
    """Return what this desk wrote and its node has not, then what it answered so."""
    rows = box.messages.find_rows(box.outbox.list_unsent(HANDOVER_MATTERS_MAX))
    own = [row.name for row in rows if row.outgoing]
    return dict.fromkeys([*own, *box.handovers.list_unlogged()])


def _done(
    desk: Desk, began: int, before: HandoverRecord | None
) -> Iterator[DoneMatter]:
    """Yield the acts of a shift, and earlier ones that a log has only since then.

    The hand-over `before` names these as not sent, and has the others.
    """
    unsent = [one for one in before.open if one.kind == NOT_SENT] if before else []
    waited = [bytes.fromhex(one.name) for one in unsent]
    for one in desk.mailbox.handovers.done_since(desk.officer.desk, began, waited):
        if one.at >= began or before is None or one not in before.done:
            yield one


def count_newer(desk: Desk, record: HandoverRecord) -> int:
    """Return how many matters, open or done, have come since a record was made."""
    now = prepare(desk, record.comes, record.began)
    known = {(one.name, one.kind) for one in record.open}
    opened = {one.name for one in now.open if (one.name, one.kind) not in known}
    return len(opened) + len([one for one in now.done if one not in record.done])


def _last_time(last: HandoverRecord | None, now: int) -> int:
    """Return when a shift began that follows a record; None where there is none."""
    times = (last.at, last.began) if last else ()
    return next((at for at in times if at <= now), now - SHIFT_DEFAULT)


def sign(desk: Desk, record: HandoverRecord, leaver: Officer, comer: Officer) -> int:
    """Sign a record by both, keep it, return its number.

    It is verified before it is kept. Raises Refusal: SIGNERS for one officer alone or
    one of another desk, SIGNER_* for a key that does not count now, INPUT if another
    one was signed since it was prepared.
    """
    data = handovers.encode(record)
    handovers.parse(data)
    signed = SignedHandover(
        data,
        handovers.sign_as(LEAVES, data, leaver.signer),
        handovers.sign_as(COMES, data, comer.signer),
    )
    handovers.check_handover(signed, desk.pinned.author)
    box = desk.mailbox.handovers
    with desk.writing():
        last = len(box)
        if record.previous != (handovers.link(box.get(last).record) if last else ""):
            raise Refusal(Reason.INPUT, "previous", _SINCE)
        return box.add(signed)


def verified(desk: Desk, number: int) -> StoredHandover:
    """Return one that is kept, checked again; Refusal(NOT_FOUND) where there is none.

    1. Form, keys and signatures. A key that was revoked since counted then.
    2. It names the one before it.
    """
    box = desk.mailbox.handovers
    signed = box.get(number)
    try:
        # 1
        record = handovers.check_handover(signed, desk.pinned.known_author)
        # 2
        before = handovers.link(box.get(number - 1).record) if number > 1 else ""
        handovers.check_link(record, before)
    except FusionError as error:
        return StoredHandover(number, signed, None, error)
    return StoredHandover(number, signed, record, None)


def every(desk: Desk, most: int | None = None) -> list[StoredHandover]:
    """Return all that are kept, or the newest `most`, each checked again."""
    numbers = range(len(desk.mailbox.handovers), 0, -1)
    return [verified(desk, number) for number in numbers[:most]]
