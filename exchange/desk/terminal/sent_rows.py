"""Bulletins of this desk with their state at each addressed desk."""

from collections.abc import Iterator
from itertools import islice

from exchange import envelope
from exchange.desk import ladder
from exchange.desk.client import Desk
from exchange.desk.fold_records import FoldedAnswer
from exchange.desk.incoming.threads import GONE
from exchange.desk.link.way import find_waits
from exchange.desk.mailbox import Message, Row
from exchange.desk.mailbox.folded_threads import officers_of
from exchange.desk.mailbox.records import NOWHERE
from exchange.desk.status_records import SentDesk, SentRow
from exchange.desk.terminal.list_rows import FILTERS, show_rows
from exchange.limits import FOLDED_ANSWERS_MAX
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb


def list_sent(
    desk: Desk, limit: int, now: int, expired_at: int | None = None
) -> list[SentRow]:
    """Return the newest first, at most `limit`.

    Answers due by `now` (ms UTC) are late; messages with an end up to `expired_at`,
    else `now`, have expired.
    """
    expired = now if expired_at is None else expired_at
    mailbox = desk.mailbox
    numbers = mailbox.search.ids(FILTERS["SENT"], limit)
    rows = show_rows(mailbox, mailbox.messages.rows(numbers), expired)
    found = []
    for row in rows:
        message = mailbox.messages.read(row.number)
        desks = tuple(_desks(desk, row, message, now))
        found.append(SentRow(row, desks, tuple(_translations(message))))
    return found


def _translations(message: Message) -> Iterator[FoldedAnswer]:
    kept = (one for one in message.translations if not one.lost)
    for one in islice(kept, FOLDED_ANSWERS_MAX):
        officers = officers_of(one.content) or (one.author,)
        yield FoldedAnswer(
            one.name, "TRANSLATES", officers, one.filed, one.lang, one.state
        )


def _desks(desk: Desk, shown: Row, message: Message, now: int) -> Iterator[SentDesk]:
    """Yield each with its furthest receipt and since when it is late.

    A desk is not late with a message that was recalled, replaced or never sent.
    """
    core, row = envelope.parse_core(message.core), message.row
    missing = _nodes_without(desk, message)
    lost = _never_taken(message)
    asked = ladder.asked_desks(core) if row.acknowledge != "NONE" else ()
    goal = ladder.goal(row.acknowledge)
    over = bool(row.acknowledge_by) and row.acknowledge_by <= now
    counts = over and shown.standing not in GONE and row.state not in NOWHERE
    for to in _addressees(core, row.desk):
        last = ladder.furthest(message.receipts, to)
        reached = ladder.step_of(last.relation) if last else ladder.Step.NOTHING
        late = counts and to in asked and reached < goal
        yield SentDesk(
            desk=to,
            relation=last.relation if last else "",
            at=last.filed if last else 0,
            reason=last.reason if last else "",
            late_since=row.acknowledge_by if late else 0,
            delivered=last is not None
            or not (to in lost or names.node_of(to) in missing),
        )


def _addressees(core: pb.Core, own: str) -> list[str]:
    found = sorted((one.recipient_class, one.desk) for one in core.recipients)
    return [to for _, to in found if to != own]


def _nodes_without(desk: Desk, message: Message) -> set[str]:
    """Return all, if the own one has not."""
    if message.row.state in NOWHERE:
        return {names.node_of(one) for one in _all_desks(message)}
    waits = {
        wait.node for wait in find_waits(desk.mailbox, desk.node, message, desk.told)
    }
    if message.row.index is None and waits:
        return {names.node_of(one) for one in _all_desks(message)}
    return waits


def _all_desks(message: Message) -> list[str]:
    core = envelope.parse_core(message.core)
    return [one.desk for one in core.recipients]


def _never_taken(message: Message) -> set[str]:
    """Return those that their node reports."""
    whys = (step.why for step in message.states if step.state == "undelivered")
    return {desk for why in whys for desk in why.split()}
