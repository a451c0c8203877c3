"""Prepare a draft for sealing: check it against the mailbox, fill in requirements."""

from exchange import envelope
from exchange.bulletin.check import CheckedDraft, check_deadlines
from exchange.desk.incoming import threads
from exchange.desk.incoming.examine_entry import ACCEPTED
from exchange.desk.incoming.relations import About
from exchange.desk.mailbox import Mailbox, Message
from exchange.desk.outgoing import sources
from exchange.desk.outgoing.references import refer
from exchange.errors import Reason, Refusal, Why


def prepare(mailbox: Mailbox, own: str, draft: CheckedDraft, now: int) -> CheckedDraft:
    """Return a draft as it would be sealed at `now` (ms UTC).

    Refusal names the obstacle:

    1. The messages it refers to permit it; it asks its readers what they require.
    2. Its source is graded as the register says.
    3. Its deadlines can still be met.
    """

    def find(name: bytes) -> About | None:
        return (
            _about(mailbox, mailbox.messages.read(name))
            if mailbox.messages.knows(name)
            else None
        )

    def recalled(name: bytes) -> bool:
        return threads.find_standing(mailbox, name) == threads.RECALLED

    # 1
    draft = refer(draft, own, find, recalled)
    # 2
    sources.check(mailbox, draft.content)
    # 3
    check_deadlines(draft, now)
    return draft


def cite(mailbox: Mailbox, name: bytes) -> About:
    """Raise Refusal: NOT_FOUND if it is not here, REFERENCES if not accepted."""
    message = mailbox.messages.read(name)
    if (verdict := message.row.verdict) != ACCEPTED:
        why = Why(
            "its verdict is {verdict}; only an ACCEPTED bulletin can be referred to",
            verdict=verdict or "-",
        )
        raise Refusal(Reason.REFERENCES, name.hex()[:16], why)
    return _about(mailbox, message)


def _about(mailbox: Mailbox, message: Message) -> About:
    row, handled = message.row, mailbox.references.handling_of(message.row.name)
    core = envelope.parse_core(message.core)
    return About(core, row.author, message.content, handled)
