"""Send what an author made of a draft that a releaser gave back."""

from collections.abc import Iterable

from exchange.bulletin import content as bulletin
from exchange.bulletin.check import CheckedDraft, check_confirmed
from exchange.desk.client import Desk
from exchange.desk.link.node_status import check_suspended
from exchange.desk.outgoing import enqueue, renewal
from exchange.desk.outgoing.prepare import prepare
from exchange.desk.outgoing.result import Sent


def send_instead(desk: Desk, name: bytes, draft: CheckedDraft) -> Sent:
    """Sign a draft in the place of a bulletin that waits to be signed again.

    It keeps the numbers of the old one, which went to nobody; those to desks that it
    is for no longer are free for others. The old one is dropped in the same
    transaction. Raises Refusal: NOT_FOUND where it does not wait for that, BUSY at a
    desk that was restored, SUSPENDED as `Desk.send`, and what forbids the new one to
    be sent.
    """
    desk.check_caught_up()
    check_suspended(desk.told, draft)
    box, officer = desk.mailbox, desk.officer
    with box.database.transaction():
        kept = renewal.find_waiting(box, name)
        said = bulletin.decode(box.messages.read(name).content or b"")
        old = {one.desk: one.number for one in said.numbers}
        ready = prepare(box, officer.desk, draft, desk.clock())
        check_confirmed(ready)

        def numbers(desks: Iterable[str]) -> dict[str, int]:
            return {d: old.get(d, n) for d, n in box.numbers.next(desks).items()}

        made = desk.composer.bulletin(ready, numbers)
        box.outbox.renew(kept.name, made.name)
        enqueue.keep(box, made, officer.name, desk.clock())
        still = {*ready.to, *ready.info}
        box.numbers.give_up({d: n for d, n in old.items() if d not in still})
    desk.hand_over()
    return desk.result_of(made.name)
