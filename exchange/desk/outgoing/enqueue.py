"""File what this desk has signed, before it is handed over."""

from exchange.desk.incoming.examine_entry import ACCEPTED, ExaminedEntry
from exchange.desk.incoming.file_entry import add_receipt, facts, keep_translation
from exchange.desk.incoming.relations import word
from exchange.desk.mailbox import Mailbox, NewMessage
from exchange.desk.outgoing.composer import Prepared
from exchange.v1 import envelope_pb2 as pb


def keep(mailbox: Mailbox, made: Prepared, officer: str, now: int) -> None:
    """Queue an envelope and keep what it says, as its readers will.

    A recall marks what it is about. Within the caller's transaction.
    """
    mailbox.outbox.enqueue(made.envelope, made.name, now)
    core, entry = made.core, made.envelope.entry
    content = made.content or None
    found = ExaminedEntry(made.name, entry, core, officer, ACCEPTED, content, made.cek)
    if core.kind == pb.KIND_TRANSLATION:
        keep_translation(mailbox, found)
    if core.kind in {pb.KIND_BULLETIN, pb.KIND_RECALL}:
        new = NewMessage(
            name=made.name,
            entry=entry,
            author=officer,
            direction="out",
            received=now,
            verdict=ACCEPTED,
            state="queued",
            content=made.content,
            cek=made.cek,
            facts=facts(core, made.content),
        )
        mailbox.messages.put(new)
    if core.kind in {pb.KIND_RECEIPT, pb.KIND_RECALL}:
        relation = word(pb.Relation.Name(core.references[0].relation))
        add_receipt(mailbox, found, relation)
