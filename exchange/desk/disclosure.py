"""Disclosure to an auditor: the key of one envelope, with the text that it opens."""

from exchange.desk.incoming.examine_entry import ACCEPTED
from exchange.desk.link.connect import Client
from exchange.desk.mailbox import Mailbox
from exchange.disclosure_file import Disclosed, show
from exchange.errors import Reason, Refusal, Tampered
from exchange.trust.labels import Label
from exchange.v1 import envelope_pb2 as pb


def disclose(mailbox: Mailbox, client: Client, name: bytes) -> Disclosed:
    """Disclose it after these checks.

    1. It is here, and this desk has opened it.
    2. Its body: from the outbox, else from the own node, perhaps the only copy.
    3. An auditor will find exactly the text that is kept here.

    Raises Refusal: NOT_FOUND, CONTENT if it was not sealed or did not open, ERASED if
    the node no longer has the body; Unreachable; Tampered(CONTENT | BODY | ...).
    """
    # 1
    entry, content, key = _kept(mailbox, name)
    # 2
    queued = mailbox.outbox.find(name)
    sent = queued.envelope if queued else client.entry(name).envelope
    if not sent.body:
        raise Refusal(Reason.ERASED, name.hex()[:16])
    # 3
    found = Disclosed(entry, sent.body, key)
    if show(found).content != content:
        raise Tampered(Reason.CONTENT, "mailbox")
    return found


def label(mailbox: Mailbox, name: bytes, core: pb.Core) -> Label:
    kept = mailbox.translations.get(name)
    about = kept.about if kept else name
    own = Label.of(core)
    return (
        own & mailbox.references.handling_of(about).label
        if mailbox.messages.knows(about)
        else own
    )


def _kept(mailbox: Mailbox, name: bytes) -> tuple[bytes, bytes, bytes]:
    where = name.hex()[:16]
    kept = mailbox.translations.get(name)
    if kept is None:
        message = mailbox.messages.read(name)
        if message.row.verdict != ACCEPTED:
            raise Refusal(Reason(message.row.verdict), where)
        entry, content, key = message.entry, message.content, message.cek
    else:
        entry, content, key = kept.entry, kept.content, kept.cek
    if content is None or key is None:
        raise Refusal(Reason.CONTENT, where)
    return entry, content, key
