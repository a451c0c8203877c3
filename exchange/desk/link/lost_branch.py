"""Messages of a branch that a log gave up: it continues under the next number.

After a fork, or a loss for good, the operators agree where log n ends
(docs/spec/ledger.md, "Forks"). Entries above, even cosigned, are in no log any more,
and are shown as lost; an own message is submitted again, or signed again if its
envelope is gone.
"""

from exchange.desk.mailbox import Held, Mailbox
from exchange.desk.mailbox.outbox import RESIGN
from exchange.errors import Reason
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb


def note_lost(mailbox: Mailbox, desk: str, origin: str, now: int) -> None:
    """Mark entries missing in log `origin`, read up to its agreed end, as lost.

    `desk` is the own one, `now` is ms UTC. Within the caller's transaction.
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
    """Mark our own answer to be signed again, if its message stays.

    A lost or expired one gets another name, and needs a new answer.
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
