"""Sign again an envelope that the own node refused for its signed header.

The content stays the same to the byte; id, time, signer, sealing keys and name are new.
The old one is in no log.
"""

from exchange import envelope
from exchange.bulletin.check import check
from exchange.bulletin.draft import Draft
from exchange.desk.mailbox import Held, Mailbox, Queued
from exchange.desk.mailbox.outbox import RESIGN
from exchange.desk.officer import Officer
from exchange.desk.outgoing import enqueue
from exchange.desk.outgoing.composer import Composer, Prepared
from exchange.desk.outgoing.drafts import draft_from
from exchange.desk.outgoing.prepare import prepare
from exchange.errors import Reason, Refusal, Why
from exchange.v1 import envelope_pb2 as pb


def sign_again(
    mailbox: Mailbox, officer: Officer, composer: Composer, name: bytes, now: int
) -> bytes:
    """Return its new name; in a transaction.

    1. It waits to be signed again; else Refusal(NOT_FOUND).
    2. A bulletin may still be sent unchanged; else Refusal names the obstacle.
    3. A receipt or a translation is its own officer's: Refusal(SIGNERS).
    4. Pending translations of it are renewed with it. Other envelopes that refer to it
       wait to be signed again in their turn.
    """
    # 1
    kept = find_waiting(mailbox, name)
    # 2, 3
    renewed = _renew(mailbox, officer, composer, kept, now)
    # 4
    for item in mailbox.outbox.waiting():
        core = envelope.split(item.envelope.entry).core
        if name not in {reference.name for reference in core.references}:
            continue
        said = mailbox.translations.get(item.name)
        if said is not None and said.author == officer.name:
            _renew(mailbox, officer, composer, item, now)
        else:
            _hold(mailbox, item, name, now)
    return renewed.name


def hold_dependents(mailbox: Mailbox, name: bytes, now: int) -> None:
    """Hold all envelopes that refer to one, to be signed again; in a transaction.

    Its replacement has another name and another text.
    """
    for item in mailbox.outbox.waiting():
        core = envelope.split(item.envelope.entry).core
        if name in {reference.name for reference in core.references}:
            _hold(mailbox, item, name, now)


def _hold(mailbox: Mailbox, item: Queued, name: bytes, now: int) -> None:
    held = Held(RESIGN, Reason.REFERENCES, name.hex()[:16], at=now)
    mailbox.outbox.hold(item.name, held)
    if mailbox.messages.knows(item.name):
        mailbox.messages.set_state(item.name, "resign", now, why=held.reason)


def draft(mailbox: Mailbox, name: bytes) -> Draft:
    """Raise Refusal: NOT_FOUND if it does not wait, CONTENT if it is no bulletin."""
    core = envelope.split(find_waiting(mailbox, name).envelope.entry).core
    content = mailbox.messages.read(name).content
    if core.kind != pb.KIND_BULLETIN or content is None:
        raise Refusal(Reason.CONTENT, name.hex()[:16])
    said = draft_from(core, content)
    references = [
        pb.Reference(relation=one.relation, name=mailbox.outbox.latest_name(one.name))
        for one in said.references
    ]
    return said.replace(references=tuple(references))


def find_waiting(mailbox: Mailbox, name: bytes) -> Queued:
    """Raise Refusal(NOT_FOUND) if it is not to be signed again."""
    kept = mailbox.outbox.find(name)
    if kept is None or kept.hold_reason != RESIGN:
        why = Why("is not waiting to be signed again; see fusion list state:resign")
        raise Refusal(Reason.NOT_FOUND, name.hex()[:16], why)
    return kept


def _renew(
    mailbox: Mailbox, officer: Officer, composer: Composer, kept: Queued, now: int
) -> Prepared:
    core = envelope.split(kept.envelope.entry).core
    content = _content(mailbox, officer, kept.name, core, now)
    renewed = composer.again(core, content, mailbox.outbox.latest_name)
    has_row = core.kind in {pb.KIND_BULLETIN, pb.KIND_RECALL}
    if has_row and mailbox.messages.row(kept.name).state not in {"lost", "returned"}:
        mailbox.messages.set_state(
            kept.name, "refused", now, by=officer.node, why=kept.reason
        )
    mailbox.receipts.drop(kept.name)
    mailbox.translations.drop(kept.name)
    mailbox.outbox.renew(kept.name, renewed.name)
    enqueue.keep(mailbox, renewed, officer.name, now)
    return renewed


def _content(
    mailbox: Mailbox, officer: Officer, name: bytes, core: pb.Core, now: int
) -> bytes:
    """Return the content; raise Refusal if this officer may not send it unchanged."""
    if core.kind == pb.KIND_BULLETIN:
        prepare(mailbox, officer.desk, check(draft(mailbox, name)), now)
        return mailbox.messages.read(name).content or b""
    if core.kind == pb.KIND_RECALL:
        return mailbox.messages.read(name).content or b""
    translation, receipt = mailbox.translations.get(name), mailbox.receipts.get(name)
    said = translation or receipt
    if said is not None and said.author != officer.name:
        why = Why("{officer} signed it and must sign it again", officer=said.author)
        raise Refusal(Reason.SIGNERS, name.hex()[:16], why)
    if translation is not None:
        return translation.content
    return (receipt.remark if receipt else None) or b""
