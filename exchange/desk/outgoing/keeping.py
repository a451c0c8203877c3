"""What this desk has signed, kept before it is handed over."""

from exchange.desk.incoming.filing import facts
from exchange.desk.incoming.opening import ACCEPTED
from exchange.desk.mailbox import Mailbox, NewMessage
from exchange.desk.outgoing.composing import Prepared


def keep(mailbox: Mailbox, made: Prepared, officer: str, now: int) -> None:
    """Keep a message and queue its envelope; within the caller's transaction."""
    mailbox.outbox.enqueue(made.envelope, made.name, now)
    mailbox.messages.put(
        NewMessage(
            name=made.name,
            entry=made.envelope.entry,
            author=officer,
            direction="out",
            received=now,
            verdict=ACCEPTED,
            state="queued",
            content=made.content,
            cek=made.cek,
            facts=facts(made.core, made.content),
        )
    )
