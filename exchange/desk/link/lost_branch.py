"""Messages of a branch that a log gave up: it goes on under the next number.

After a fork, or a loss for good, the operators agree where log n ends
(docs/spec/ledger.md, "Forks"). What this desk saw recorded above that end, even
cosigned, stands in no log any more, and is shown as lost. Of what it wrote itself the
outbox may still keep the sealed envelope: that is handed over again as it is. Where it
does not, the sealed text is gone, and an officer signs the message again.
"""

from exchange.desk.mailbox import Held, Mailbox
from exchange.desk.mailbox.outbox import RESIGN
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb


def note_lost(mailbox: Mailbox, origin: str, now: int) -> None:
    """Mark what log `origin` does not have, once it was read up to its agreed end.

    `now` is ms UTC. Within the caller's transaction.
    """
    for row in mailbox.messages.list_without_place(origin):
        mailbox.messages.set_lost(row.number, now)
        sealed = mailbox.outbox.find(row.name) is not None
        if row.outgoing and not sealed and row.expires > now:
            entry = mailbox.messages.read(row.number).entry
            mailbox.outbox.enqueue(pb.Envelope(entry=entry), row.name, now)
            mailbox.outbox.hold(row.name, Held(RESIGN, Reason.MISSING, origin, at=now))
