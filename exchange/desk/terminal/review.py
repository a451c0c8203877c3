"""Review a draft: check it against references, label and keys before it is signed."""

from collections.abc import Sequence

from exchange import envelope
from exchange.bulletin import content as bulletin
from exchange.bulletin import route_commitment as draws
from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.draft import explicit
from exchange.bulletin.route_commitment import NONCE_SIZE, Draw
from exchange.desk.client import Desk
from exchange.desk.incoming.relations import word
from exchange.desk.mailbox import Mailbox
from exchange.desk.outgoing import route_draw
from exchange.desk.outgoing.prepare import check_suspended, prepare
from exchange.desk.outgoing.receipts import acknowledged_by
from exchange.desk.records import Neighbour, Review
from exchange.desk.terminal.list_rows import show_rows
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb


def review(desk: Desk, draft: CheckedDraft) -> Review:
    """Check a draft; nothing is signed.

    Raises Refusal naming field and reason if it may not be sent.
    """
    now = desk.clock()
    check_suspended(desk.told, draft)
    draft = prepare(desk.mailbox, desk.officer.desk, draft, now)
    content = explicit(draft.content, now)
    routes = draws.values(draft.content, "routes") if draft.draws else []
    about = referred(desk.mailbox, draft.references)
    acknowledged = acknowledged_by(desk.mailbox, draft.references)
    return Review(
        signer=desk.officer.name,
        kid=desk.officer.signer.kid,
        addressees=desk.composer.addressees(draft),
        size=envelope.padded_size(len(_encoded(content, routes))),
        personal=draft.unconfirmed,
        draft=draft.replace(
            content=content,
            valid_from=draft.valid_from or now,
            expires=draft.expires_at(now),
            release=desk.composer.release_of(draft),
        ),
        at=now,
        draws=len(routes),
        about=about,
        acknowledges=[x.row.place for x in about if x.row and x.name in acknowledged],
    )


def referred(mailbox: Mailbox, references: Sequence[pb.Reference]) -> list[Neighbour]:
    names = [one.name for one in references]
    rows = show_rows(mailbox, mailbox.messages.find_rows(names))
    known = {row.name: row for row in rows}
    return [
        Neighbour(
            word(pb.Relation.Name(one.relation)),
            forth=True,
            name=one.name,
            row=known.get(one.name),
        )
        for one in references
    ]


def _encoded(content: bulletin_pb2.Content, routes: Sequence[str]) -> bytes:
    """Return as many bytes as will be sealed after the draw."""
    if routes:
        content = draws.commit_route(content, Draw(routes[0], bytes(NONCE_SIZE)))
    return bulletin.encode(content)


def route_to_reveal(desk: Desk, number: int) -> str:
    """Return "" if none, or if it is revealed."""
    message = desk.mailbox.messages.read(number)
    if message.content is None or message.row.envelope != pb.KIND_BULLETIN:
        return ""
    content = bulletin_pb2.Content.FromString(message.content)
    made, name = route_draw.secret(desk.mailbox, content), message.row.name
    told = route_draw.find_reveals(desk.mailbox, name)
    if made is None or any(one.movement == name and not one.refusal for one in told):
        return ""
    return made.route
