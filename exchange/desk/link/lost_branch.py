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
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb


def note_lost(mailbox: Mailbox, desk: str, origin: str, now: int) -> None:
    """Mark what log `origin` does not have, once it was read up to its agreed end.

    Messages, and receipts and translations of others. `desk` is the own one, `now` is
    ms UTC. Within the caller's transaction.
    """
    for row in mailbox.messages.list_without_place(origin):
        mailbox.messages.set_lost(row.number, now)
        sealed = mailbox.outbox.find(row.name) is not None
        if row.outgoing and not sealed and row.expires > now:
            entry = mailbox.messages.read(row.number).entry
            _ask_to_sign(mailbox, row.name, entry, origin, now)
    for name in mailbox.answer_logs.settle(origin, now):
        _note_answer(mailbox, name, desk, origin, now)


def _note_answer(
    mailbox: Mailbox, name: bytes, desk: str, origin: str, now: int
) -> None:
    """Show that a receipt or translation is lost; ask for it again if it is our own.

    Not of a message that is lost or has expired itself: whoever wrote that signs it
    again under another name, and of that it is to be said anew.
    """
    said = mailbox.translations.get(name) or mailbox.receipts.get(name)
    if said is None or not mailbox.messages.knows(said.about):
        return
    row = mailbox.messages.row(said.about)
    mailbox.database.touch(row.number)
    own = names.desk_of(said.author) == desk
    if own and row.state != "lost" and row.expires > now:
        _ask_to_sign(mailbox, name, said.entry, origin, now)


def _ask_to_sign(
    mailbox: Mailbox, name: bytes, entry: bytes, origin: str, now: int
) -> None:
    mailbox.outbox.enqueue(pb.Envelope(entry=entry), name, now)
    mailbox.outbox.hold(name, Held(RESIGN, Reason.MISSING, origin, at=now))
