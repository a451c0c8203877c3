"""What waits for a second officer's signature, or lacks it, for the terminal."""

from collections.abc import Iterator, Sequence

from exchange import envelope
from exchange.desk.client import Desk
from exchange.desk.mailbox import Message
from exchange.desk.outgoing.drafts import draft_of
from exchange.desk.records import Addressee, Review
from exchange.desk.release import countersign
from exchange.desk.release_records import ReleaseItem, SignedReview
from exchange.desk.terminal.list_rows import show_row
from exchange.errors import FusionError, Reason, Refusal
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb


class Releases:
    """The queue of one desk, and what its officer may do about it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def queue(self) -> Sequence[ReleaseItem]:
        """Return what waits for a second signature, the first due first."""
        mailbox = self._desk.mailbox
        lacking = dict(mailbox.countersignatures.lacking(self._desk.clock()))
        return [
            ReleaseItem(
                show_row(row),
                "EMERGENCY",
                since=row.filed,
                until=lacking[row.number],
                signable=self._may_countersign(row.name),
            )
            for row in mailbox.messages.rows(list(lacking))
        ]

    def _may_countersign(self, name: bytes) -> bool:
        try:
            countersign.check_countersign(self._desk, name)
        except FusionError:
            return False
        return True

    def open(self, name: bytes) -> SignedReview:
        """Return one of the queue as its author signed it; Refusal(NOT_FOUND)."""
        found = [item for item in self.queue() if item.row.name == name]
        if not found:
            raise Refusal(Reason.NOT_FOUND, name.hex()[:16])
        message = self._desk.mailbox.messages.read(found[0].row.number)
        return SignedReview(found[0], review_signed(self._desk, message))

    def countersign(self, name: bytes) -> None:
        """Sign afterwards, as a releaser, what went as an EMERGENCY; or a Refusal."""
        countersign.countersign(self._desk, name)


def review_signed(desk: Desk, message: Message) -> Review:
    """Return the review of a bulletin that is signed, as its author had it.

    Raises Refusal(CONTENT) where it is not open here.
    """
    core, content = envelope.parse_core(message.core), message.content or b""
    return Review(
        signer=message.row.author,
        kid=core.author,
        addressees=list(_addressees(desk, core)),
        size=envelope.padded_size(len(content)),
        draft=draft_of(message),
        at=core.filed,
    )


def _addressees(desk: Desk, core: pb.Core) -> Iterator[Addressee]:
    """Yield whom it is sealed for, its own desk last; each with the key it names."""
    copy = pb.RECIPIENT_CLASS_COPY
    for one in sorted(core.recipients, key=lambda r: r.recipient_class == copy):
        directory = desk.pinned.directory(names.node_of(one.desk))
        for key in directory.iter_sealing_keys(one.desk):
            if key.kid == one.kid:
                yield Addressee(one.desk, one.recipient_class, key)
