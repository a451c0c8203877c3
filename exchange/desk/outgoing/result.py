"""The result of sending: how far a message is, and why it was refused."""

from dataclasses import dataclass

from exchange.desk.mailbox import Mailbox
from exchange.errors import Reason


@dataclass(frozen=True, slots=True)
class Sent:
    """The state of a bulletin that was sent; `reason` where its node refused it.

    For good (`refused`), or until an officer signs it again (`resign`).
    """

    name: bytes
    state: str
    reason: str = ""

    @property
    def refusal(self) -> Reason:
        """The reason as one of ours."""
        known = self.reason in Reason.__members__
        return Reason(self.reason) if known else Reason.INTERNAL


def sending_result(mailbox: Mailbox, name: bytes) -> Sent:
    """Return what became of a message so far."""
    row = mailbox.messages.row(name)
    steps = mailbox.messages.states(row.number)
    refused = (step.why for step in steps if step.state == row.state)
    why = next(refused, "") if row.state in {"refused", "resign"} else ""
    return Sent(name, row.state, why)
