"""File this desk's signed envelopes before they are submitted."""

from exchange.desk.incoming.examine_entry import ACCEPTED, ExaminedEntry
from exchange.desk.incoming.file_entry import add_receipt, facts, keep_translation
from exchange.desk.incoming.relations import word
from exchange.desk.mailbox import AwaitedRelease, Mailbox, NewMessage
from exchange.desk.mailbox.records import MessageParts
from exchange.desk.mailbox.releases import DRAFTED
from exchange.desk.outgoing.composer import Prepared
from exchange.envelope import split
from exchange.errors import Reason, Refusal, Why
from exchange.trust import rules
from exchange.v1 import envelope_pb2 as pb


def keep(mailbox: Mailbox, envelope: Prepared, officer: str, now: int) -> None:
    """Queue it, and file its content as its readers will.

    A recall marks its message. One without its releaser's signature is a draft until he
    signs. Within the caller's transaction.
    """
    mailbox.outbox.enqueue(envelope.envelope, envelope.name, now)
    core, entry = envelope.core, envelope.envelope.entry
    content = envelope.content or None
    awaits_release = _keep_draft(mailbox, envelope, officer, now)
    own_entry = ExaminedEntry(
        envelope.name, entry, core, officer, ACCEPTED, content, envelope.cek
    )
    if core.kind == pb.KIND_TRANSLATION:
        keep_translation(mailbox, own_entry)
    if core.kind in {pb.KIND_BULLETIN, pb.KIND_RECALL}:
        parts = MessageParts.read(entry, envelope.content)
        new = NewMessage(
            name=envelope.name,
            entry=entry,
            author=officer,
            direction="out",
            received=now,
            verdict=ACCEPTED,
            state="drafted" if awaits_release else "queued",
            content=envelope.content,
            cek=envelope.cek,
            facts=facts(parts, envelope.content),
            known=parts,
        )
        mailbox.messages.put(new)
        if parts.said is not None:
            given = {one.desk: one.number for one in parts.said.numbers}
            mailbox.numbers.note_given(given)
    if core.kind in {pb.KIND_RECEIPT, pb.KIND_RECALL}:
        relation = word(pb.Relation.Name(core.references[0].relation))
        add_receipt(mailbox, own_entry, relation)


def _keep_draft(mailbox: Mailbox, envelope: Prepared, officer: str, now: int) -> bool:
    """Return whether it is one; Refusal(QUOTA) if too many wait."""
    sent, expires = envelope.envelope, envelope.core.expires
    if not rules.is_draft(split(sent.entry)):
        return False
    draft = AwaitedRelease(envelope.name, sent, officer, DRAFTED, now, expires)
    if not mailbox.releases.add(draft):
        why = Why("too many wait for release here; release or give back some")
        raise Refusal(Reason.QUOTA, officer, why)
    return True
