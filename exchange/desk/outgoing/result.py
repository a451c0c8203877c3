"""The result of sending: how far a message is, and why it was refused."""

from msgspec import Struct

from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.answers import STATES
from exchange.desk.mailbox.releases import DRAFTED
from exchange.errors import Reason


class Sent(Struct, frozen=True):
    """The state of a sent envelope; `reason` if its node refused it.

    For good (`refused`), or until an officer signs it again (`resign`).
    """

    name: bytes
    state: str
    reason: str = ""

    @property
    def refusal(self) -> Reason:
        known = self.reason in Reason.__members__
        return Reason(self.reason) if known else Reason.INTERNAL


def sending_result(mailbox: Mailbox, name: bytes) -> Sent:
    if not mailbox.messages.knows(name):
        state, kept = state_in_outbox(mailbox, name), mailbox.outbox.find(name)
        wrong = kept if state in {"refused", "resign"} else None
        return Sent(name, state, wrong.reason if wrong else "")
    row = mailbox.messages.row(name)
    steps = mailbox.messages.states(row.number)
    refused = (step.why for step in steps if step.state == row.state)
    why = next(refused, "") if row.state in {"refused", "resign"} else ""
    return Sent(name, row.state, why)


def state_in_outbox(mailbox: Mailbox, name: bytes) -> str:
    """Return the state, `local` if it was sent."""
    kept = mailbox.outbox.find(name)
    if kept is None or kept.sent:
        return "local"
    draft = mailbox.releases.get(name)
    if draft is not None and draft.state == DRAFTED:
        return "drafted"
    return STATES[kept.hold_reason]
