"""Send an author's new version of a draft that a releaser gave back."""

from collections.abc import Iterable

from exchange.bulletin import content as bulletin
from exchange.bulletin.check import CheckedDraft
from exchange.desk.client import Desk
from exchange.desk.mailbox import NONE, Mark
from exchange.desk.outgoing import enqueue, renewal, route_draw
from exchange.desk.outgoing.prepare import check_suspended
from exchange.desk.outgoing.result import Sent


def send_instead(
    desk: Desk, name: bytes, draft: CheckedDraft, saved: Mark = NONE
) -> Sent:
    """Replace a bulletin that waits to be signed again.

    It keeps the numbers of the old one, which was never sent. One transaction drops the
    old one and the `saved` draft, and holds envelopes that refer to it to be signed
    again. Raises Refusal: NOT_FOUND if it does not wait for that, BUSY at a restored
    desk, SUSPENDED as `Desk.send`, or the obstacle to sending the new one.
    """
    desk.check_caught_up()
    check_suspended(desk.told, draft)
    draft, draw = route_draw.draw_route(draft)
    box, officer = desk.mailbox, desk.officer.name
    with desk.writing():
        kept = renewal.find_waiting(box, name)
        box.drafts.drop(officer, saved)
        if draw is not None:
            route_draw.keep(box, draft, draw)
        said = bulletin.decode(box.messages.read(name).content or b"")
        old = {one.desk: one.number for one in said.numbers}

        def numbers(desks: Iterable[str]) -> dict[str, int]:
            return {d: old.get(d, n) for d, n in box.numbers.next(desks).items()}

        made, renderings = desk.compose(draft, numbers)
        box.outbox.renew(kept.name, made.name)
        renewal.hold_dependents(box, kept.name, desk.clock())
        for each in (made, *renderings):
            enqueue.keep(box, each, officer, desk.clock())
    desk.hand_over()
    return desk.result_of(made.name)
