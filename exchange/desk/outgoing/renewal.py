"""Signing anew what the own node refused for what is signed, not for what it says.

The content stays to the byte; id, hour, signer and the keys that it is sealed for are
new, and so is its name. The old one never stood in a log: its node refused it.
"""

from typing import TYPE_CHECKING

from exchange import envelope
from exchange.bulletin.check import check
from exchange.bulletin.draft import Draft
from exchange.desk.mailbox import Held, Queued
from exchange.desk.mailbox.outbox import RESIGN
from exchange.desk.outgoing import keeping, recalling, receipts
from exchange.desk.outgoing.composing import Prepared
from exchange.desk.outgoing.sent import Sent
from exchange.desk.terminal.shown import draft_from
from exchange.desk.translation import rendering
from exchange.errors import Reason, Refusal, Why
from exchange.v1 import envelope_pb2 as pb

if TYPE_CHECKING:
    from exchange.desk.client import Desk


def sign_again(desk: "Desk", name: bytes) -> bytes:
    """Sign anew what waits for that; return its new name. In a transaction.

    1. It waits for just that: Refusal(NOT_FOUND) else.
    2. A bulletin may still be sent as it stands: Refusal names what forbids it.
    3. A receipt or a translation is its own officer's: Refusal(SIGNERS).
    4. Translations that wait for it go with it. What else speaks of it waits to be
       signed anew in its turn.
    """
    # 1
    kept = _waiting(desk, name)
    # 2, 3
    made = _renew(desk, kept)
    # 4
    for one in desk.mailbox.waiting():
        core = envelope.split(one.envelope.entry).core
        if name not in {reference.name for reference in core.references}:
            continue
        said = desk.mailbox.translation(one.name)
        if said is not None and said.author == desk.officer.name:
            _renew(desk, one)
        else:
            where, now = name.hex()[:16], desk.clock()
            held = Held(RESIGN, Reason.REFERENCES, where, at=now)
            desk.mailbox.hold(one.name, held)
            if desk.mailbox.knows(one.name):
                desk.mailbox.set_state(one.name, "resign", now, why=held.reason)
    return made.name


def draft(desk: "Desk", name: bytes) -> Draft:
    """Return what a bulletin that waits to be signed anew would say, and to whom.

    Refusal(NOT_FOUND) where it does not wait for that, CONTENT where it is none.
    """
    core = envelope.split(_waiting(desk, name).envelope.entry).core
    content = desk.mailbox.read(name).content
    if core.kind != pb.KIND_BULLETIN or content is None:
        raise Refusal(Reason.CONTENT, name.hex()[:16])
    said = draft_from(core, content)
    references = [
        pb.Reference(relation=one.relation, name=desk.mailbox.renewed(one.name))
        for one in said.references
    ]
    return said.replace(references=tuple(references))


def _waiting(desk: "Desk", name: bytes) -> Queued:
    kept = desk.mailbox.enqueued(name)
    if kept is None or kept.held != RESIGN:
        why = Why("it does not wait to be signed anew; see fusion list state:resign")
        raise Refusal(Reason.NOT_FOUND, name.hex()[:16], why)
    return kept


def sent(desk: "Desk", name: bytes) -> Sent:
    """Return what became of what was signed anew, in the list or not."""
    if desk.mailbox.knows(name):
        return desk.sent(name)
    return Sent(name, desk.state_of(name))


def _renew(desk: "Desk", kept: Queued) -> Prepared:
    """Sign an envelope anew, keep that and drop the old one."""
    core = envelope.split(kept.envelope.entry).core
    mailbox, officer, now = desk.mailbox, desk.officer.name, desk.clock()
    content = _content(desk, kept.name, core)
    made = desk.composer.again(core, content, mailbox.renewed)
    if core.kind in {pb.KIND_BULLETIN, pb.KIND_RECALL}:
        mailbox.set_state(kept.name, "refused", now, by=desk.node, why=kept.reason)
    else:
        mailbox.drop_renewed(kept.name)
    mailbox.renew(kept.name, made.name)
    about = made.core.references[0].name if made.core.references else b""
    if core.kind == pb.KIND_TRANSLATION:
        rendering.keep(mailbox, about, made, officer, now)
    elif core.kind == pb.KIND_RECEIPT:
        receipts.keep(mailbox, made, officer, now)
    else:
        keeping.keep(mailbox, made, officer, now)
    if core.kind == pb.KIND_RECALL:
        mailbox.drop_renewed(kept.name)
        recalling.keep(mailbox, about, made, officer)
    return made


def _content(desk: "Desk", name: bytes, core: pb.Core) -> bytes:
    """Return what an envelope of this desk says, as it was sealed.

    Refusal where it may not be sent as it stands, or not by this officer.
    """
    mailbox = desk.mailbox
    if core.kind == pb.KIND_BULLETIN:
        desk.prepare(check(draft(desk, name)))
        return mailbox.read(name).content or b""
    if core.kind == pb.KIND_RECALL:
        return mailbox.read(name).content or b""
    translation, receipt = mailbox.translation(name), mailbox.receipt(name)
    said = translation or receipt
    if said is not None and said.author != desk.officer.name:
        why = Why("{officer} signed it and must sign it anew", officer=said.author)
        raise Refusal(Reason.SIGNERS, name.hex()[:16], why)
    if translation is not None:
        return translation.content
    return (receipt.remark if receipt else None) or b""
