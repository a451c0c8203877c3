"""What the terminal asks of a desk about what is being written (`tui.data_writing`)."""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange import envelope
from exchange.bulletin import content as bulletin
from exchange.bulletin import drawing as draws
from exchange.bulletin.check import CheckedDraft, check
from exchange.bulletin.draft import Draft, adds_only
from exchange.bulletin.drawing import NONCE_SIZE, Draw
from exchange.desk.client import Desk
from exchange.desk.incoming.relations import word
from exchange.desk.mailbox import NONE, Mailbox, Mark
from exchange.desk.outgoing import route_draw
from exchange.desk.outgoing.composing import Addressee, explicit
from exchange.desk.outgoing.prepare import prepare
from exchange.desk.outgoing.sent import Sent
from exchange.desk.terminal.shown_row import RowView, row_view
from exchange.errors import Refusal
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb


@dataclass(frozen=True, slots=True)
class AddresseeView:
    """A desk that a draft would be sealed for."""

    desk: str
    klass: str
    kid: bytes
    since: int


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What would be signed and sent."""

    signer: str
    kid: bytes
    addressees: Sequence[AddresseeView]
    size: int
    personal: Sequence[str]
    draft: Draft
    at: int
    draws: int


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """What the officer has begun to write, as an editor saved it."""

    mark: Mark
    saved: int
    text: str


def _addressee(one: Addressee) -> AddresseeView:
    class_ = word(pb.RecipientClass.Name(one.recipient_class))
    return AddresseeView(one.desk, class_, one.key.kid, one.key.valid_from)


def _to_draw(draft: Draft) -> list[str]:
    """Return the routes of which one will be drawn when this is signed."""
    if adds_only(draft.kind, draft.references) or not draws.to_draw(draft.content):
        return []
    return draws.values(draft.content, "routes")


class Writing:
    """The part of a view that writes: review, send, reveal, drafts."""

    _desk: Desk
    _mailbox: Mailbox

    def desks(self) -> Sequence[str]:
        """Return the desks that something can be sealed for, but the own."""
        return [d for d in self._desk.pinned.desks() if d != self._desk.officer.desk]

    def sources(self) -> Sequence[tuple[str, str]]:
        """Return the codes of the register of sources, each with its grade."""
        return [(one.code, one.reliability) for one in self._mailbox.sources()]

    def about(self, name: bytes) -> RowView | None:
        """Return the row of a message that a draft refers to, if it is here."""
        return row_view(self._mailbox.row(name)) if self._mailbox.knows(name) else None

    def review(self, draft: CheckedDraft) -> ReviewView:
        """Hold a draft against references, label and keys; nothing is signed."""
        desk = self._desk
        now = desk.clock()
        draft = prepare(desk.mailbox, desk.officer.desk, draft, now)
        content = explicit(draft.content, now)
        routes = _to_draw(draft)
        return ReviewView(
            signer=desk.officer.name,
            kid=desk.officer.signer.kid,
            addressees=[_addressee(one) for one in desk.composer.addressees(draft)],
            size=envelope.padded_size(len(_encoded(content, routes))),
            personal=draft.unconfirmed,
            draft=draft.replace(content=content),
            at=now,
            draws=len(routes),
        )

    def submit(self, draft: CheckedDraft, saved: Mark = NONE) -> bytes:
        """Seal, sign, keep in the outbox, and hand over; return the name.

        The draft of the mark `saved` is dropped in the write that queues it.
        Refusal(PERSONAL_DATA) for what the writer has not confirmed to be none.
        """
        return self._handed(self._desk.send(draft, saved))

    def begin_again(self, number: int) -> CheckedDraft:
        """Return a bulletin that waits to be signed again, as it would be signed.

        Refusal(NOT_FOUND) where it does not wait for that, CONTENT for a recall: that
        is signed by `fusion send --again`.
        """
        from exchange.desk.outgoing import renewal  # noqa: PLC0415  # start-up counts

        return check(renewal.draft(self._mailbox, self._mailbox.row(number).name))

    def sign_again(self, number: int) -> bytes:
        """Sign it anew and hand it over; return its new name."""
        return self._handed(self._desk.sign_again(self._mailbox.row(number).name))

    def drawn(self, number: int) -> str:
        """Return the route drawn here for a movement, "" for none or one told of."""
        message = self._mailbox.read(number)
        if message.content is None or message.row.envelope != pb.KIND_BULLETIN:
            return ""
        content = bulletin_pb2.Content.FromString(message.content)
        made = route_draw.secret(self._mailbox, content)
        told = route_draw.revealed(self._mailbox, message.row.name)
        mine = (one for one in told if one.movement == message.row.name)
        return (
            "" if made is None or any(not one.refusal for one in mine) else made.route
        )

    def reveal(self, number: int) -> bytes:
        """Tell all who have a movement its route; return the name of what says so."""
        name = self._mailbox.row(number).name
        return self._handed(self._desk.reveal(name))

    def _handed(self, sent: Sent) -> bytes:
        if sent.reason:
            raise Refusal(sent.refusal, self._desk.node)
        return sent.name

    def drafts(self) -> Sequence[SavedDraft]:
        """Return the drafts of this officer, the last begun first."""
        return [
            SavedDraft(mark, saved, data.decode("utf-8", "replace"))
            for mark, saved, data in self._mailbox.drafts(self._desk.officer.name)
        ]

    def save_draft(self, mark: Mark, text: str) -> Mark:
        """Save a draft over the one of that mark; return its mark from now on."""
        desk = self._desk
        return self._mailbox.save_draft(
            desk.officer.name, mark, text.encode(), desk.clock()
        )

    def drop_draft(self, mark: Mark) -> None:
        """Forget a draft; what was saved since that mark stays."""
        self._mailbox.drop_draft(self._desk.officer.name, mark)


def _encoded(content: bulletin_pb2.Content, routes: Sequence[str]) -> bytes:
    """Return the bytes to be sealed, or as many where the draw is yet to be made."""
    if routes:
        content = draws.committed(content, Draw(routes[0], bytes(NONCE_SIZE)))
    return bulletin.encode(content)
