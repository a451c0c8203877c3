"""Hand a shift over: open matters and acts, signed by both officers.

record = prepare(desk, "duty-2@ops.beijing.cn")
# both read it
number = sign(desk, record, leaver, comer)   both are unlocked
count_newer(desk, record)                    matters since they read it
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
"""Kind of a matter: a bulletin or answer of this desk that no log has."""

_SINCE = Why("another hand-over was signed since this one was made; begin again")


class StoredHandover(Struct, frozen=True):
    """A stored hand-over. `fault`: why it does not verify, None if it does."""

    number: int
    signed: SignedHandover
    record: HandoverRecord | None
    fault: FusionError | None


def prepare(desk: Desk, comes: str, began: int | None = None) -> HandoverRecord:
    """Prepare a hand-over by the officer of this desk.

    The shift began at the last hand-over, else SHIFT_DEFAULT ago, or at `began` (ms
    UTC). If the last one was signed by a clock ahead of this one, its period is covered
    again, without the acts that it names.
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
    """Return messages first, then those with an unsent answer."""
    rows = box.messages.find_rows(box.outbox.list_unsent(HANDOVER_MATTERS_MAX))
    own = [row.name for row in rows if row.outgoing]
    return dict.fromkeys([*own, *box.handovers.list_unlogged()])


def _done(
    desk: Desk, began: int, before: HandoverRecord | None
) -> Iterator[DoneMatter]:
    """Yield the acts of a shift, and earlier ones only now in a log.

    Those are the acts that `before` names as not sent.
    """
    unsent = [one for one in before.open if one.kind == NOT_SENT] if before else []
    waited = [bytes.fromhex(one.name) for one in unsent]
    for one in desk.mailbox.handovers.done_since(desk.officer.desk, began, waited):
        if before is None or one not in before.done:
            yield one


def last_left(desk: Desk) -> int | None:
    """Return when this officer last handed over, ms UTC of its record; None: never."""
    for number in range(len(desk.mailbox.handovers), 0, -1):
        record = verified(desk, number).record
        if record is not None and record.leaves == desk.officer.name:
            return record.at
    return None


def count_newer(desk: Desk, record: HandoverRecord) -> int:
    now = prepare(desk, record.comes, record.began)
    known = {(one.name, one.kind) for one in record.open}
    opened = {one.name for one in now.open if (one.name, one.kind) not in known}
    return len(opened) + len([one for one in now.done if one not in record.done])


def _last_time(last: HandoverRecord | None, now: int) -> int:
    times = (last.at, last.began) if last else ()
    return next((at for at in times if at <= now), now - SHIFT_DEFAULT)


def sign(desk: Desk, record: HandoverRecord, leaver: Officer, comer: Officer) -> int:
    """Verify before keeping; return the number.

    Raises Refusal: SIGNERS for a single officer or one of another desk, SIGNER_* for a
    key that is not valid now, INPUT if another one was signed since it was prepared.
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
    """Verify a record again; raise Refusal(NOT_FOUND) if it is missing.

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
    """Return the newest `most` if given."""
    numbers = range(len(desk.mailbox.handovers), 0, -1)
    return [verified(desk, number) for number in numbers[:most]]
