"""What the terminal asks of a desk (`tui.data`), in the form that it asks for."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence

from exchange import envelope
from exchange.bulletin import content as bulletin
from exchange.bulletin.check import check
from exchange.bulletin.draft import Draft
from exchange.bulletin.personal import unconfirmed
from exchange.desk.chain import Chain, Step
from exchange.desk.client import Desk
from exchange.desk.composing import explicit
from exchange.desk.following import Following
from exchange.desk.heads import Line
from exchange.desk.mailbox import Change, Filter
from exchange.desk.relations import relation_of, word
from exchange.desk.shelf import Shelf
from exchange.desk.shown import (
    AddresseeView,
    AlarmView,
    LinkView,
    OpenedView,
    PeerView,
    ReviewView,
    RowView,
    opened_view,
    row_view,
)
from exchange.desk.successor import successor_content
from exchange.desk.workbench import Workbench
from exchange.errors import Refusal
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

SECOND = 1_000  # ms
FILTERS: Mapping[str, Filter] = {
    "ALL": Filter(),
    "UNREAD": Filter(unread=True),
    "TO_ACKNOWLEDGE": Filter(unacknowledged=True, direction="in"),
    "FLASH": Filter(precedence=frozenset({"FLASH"})),
    "SENT": Filter(direction="out"),
    "REFUSED": Filter(states=frozenset({"refused"})),
}
FLASH_WAITING = Filter(
    unacknowledged=True, direction="in", precedence=frozenset({"FLASH"})
)


def confirming(draft: Draft) -> Draft:
    """Return a draft whose writer answers for all that looks like personal data."""
    found = [f"{where} {name}" for where, name in unconfirmed(draft)]
    content = bulletin_pb2.Content()
    content.CopyFrom(draft.content)
    content.confirmed.extend(found)
    return draft.replace(content=content)


class View:
    """A desk as the terminal sees it; keeps up with the node while it is open."""

    def __init__(self, desk: Desk, language: str = "en") -> None:
        self._desk = desk
        self._mailbox = desk.mailbox
        self._shelf = Shelf(desk.mailbox)
        self._language = language
        self._calls: list[Callable[[], None]] = []
        self._following = Following(desk, self._tell)
        self._link: LinkView | None = None
        self._unread: array[int] | None = None
        self._mailbox.on_change.append(self._changed)

    def start(self) -> None:
        """Begin to follow the node."""
        self._following.start()

    def stop(self) -> None:
        """Stop following it."""
        self._following.stop()
        self._mailbox.on_change.remove(self._changed)

    def _changed(self, _: Change) -> None:
        self._tell()

    def _tell(self) -> None:
        self._link = self._unread = None
        for call in list(self._calls):
            call()

    # The list.

    def count(self) -> int:
        """Return how many rows there are."""
        return self._mailbox.count()

    def page(self, first: int, n: int) -> Sequence[RowView]:
        """Return rows by number, ascending."""
        return [row_view(row) for row in self._mailbox.page(first, n)]

    def rows(self, numbers: Sequence[int]) -> Sequence[RowView]:
        """Return the rows of these numbers, in that order."""
        return [row_view(self._mailbox.row(number)) for number in numbers]

    def ids(self, which: str) -> "array[int]":
        """Return the numbers that pass the filter, newest first."""
        return self._mailbox.ids(FILTERS[which])

    def search(self, text: str, limit: int) -> "array[int]":
        """Return the numbers of rows that hold `text`, newest first."""
        return self._mailbox.search(text, limit)

    def unread_beside(self, number: int, step: int) -> int:
        """Return the next unread number: older with step -1, newer with 1; or 0."""
        if (unread := self._unread) is None:
            unread = array("q", reversed(self._mailbox.ids(FILTERS["UNREAD"])))
            self._unread = unread
        if step < 0:
            place = bisect_left(unread, number) - 1
        else:
            place = bisect_right(unread, number)
        return unread[place] if 0 <= place < len(unread) else 0

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """Have `call` called after rows or link changed; returns what ends it."""
        self._calls.append(call)
        return lambda: self._calls.remove(call)

    # One message.

    def read(self, number: int) -> OpenedView:
        """Return a bulletin; Refusal(NOT_FOUND)."""
        message = self._mailbox.read(number)
        core = envelope.parse_core(message.core)
        revoked = core.origin in self._desk.pinned and bool(
            self._desk.pinned.directory(core.origin).revoked(core.author)
        )
        mailbox, name = self._mailbox, message.row.name
        later = successor_content(mailbox, name) if message.translations else None
        return opened_view(message, signer_revoked=revoked, successor=later)

    def mark_read(self, number: int) -> None:
        """Note that an officer saw it, and say so if its author asks."""
        self._desk.mark_read(self._mailbox.row(number).name)

    def acknowledge(self, number: int, relation: str, remark: str) -> None:
        """Sign and queue a receipt."""
        name = self._mailbox.row(number).name
        self._desk.acknowledge(name, relation_of(relation), remark)

    def translate(self, number: int, lang: str) -> Workbench:
        """Return the translation of a bulletin into `lang`, begun where it is not."""
        return Workbench(self._desk, self._mailbox.row(number).name, lang)

    def chain(self, number: int) -> Sequence[Step]:
        """Verify anew, from the stored bytes to the cosignature."""
        desk = self._desk
        message = self._mailbox.read(number)
        return list(Chain(desk.mailbox, desk.pinned, desk.client, message).steps())

    def entry(self, number: int) -> bytes:
        """Return the signed bytes, the leaf of the log."""
        return self._mailbox.read(number).entry

    # The link.

    def link(self) -> LinkView:
        """Return the last known state of node, partners and queue."""
        if (link := self._link) is None:
            self._link = link = self._look()
        return link

    def _look(self) -> LinkView:
        desk, origin = self._desk, self._desk.pinned.origin(self._desk.node)
        cover = self._shelf.cover(origin)
        told = desk.told.peers if desk.told else ()
        head = self._mailbox.head(origin)
        return LinkView(
            officer=desk.officer.name,
            node=desk.node,
            up=self._following.up,
            since=self._following.since,
            queued=self._mailbox.queued(),
            peers=[
                PeerView(
                    name=peer.name,
                    up=peer.up and self._following.up,
                    since=peer.since,
                    queued=peer.queued,
                    cosigned_at=cover.get(peer.name, Line(0, 0)).time_s * SECOND,
                )
                for peer in told
            ],
            agree=desk.agree(),
            alarms=[AlarmView(a.reason, a.where) for a in desk.told.alarms]
            if desk.told
            else [],
            waiting=desk.told.waiting if desk.told else 0,
            entries=head.size if head else 0,
            flash=len(self._mailbox.ids(FLASH_WAITING)),
            to_acknowledge=len(self._mailbox.ids(FILTERS["TO_ACKNOWLEDGE"])),
        )

    # Writing.

    def desks(self) -> Sequence[str]:
        """Return the desks that something can be sealed for, but the own."""
        return [d for d in self._desk.pinned.desks() if d != self._desk.officer.desk]

    def review(self, draft: Draft) -> ReviewView:
        """Check a draft against rules, label and keys; nothing is signed."""
        desk = self._desk
        draft = desk.prepare(check(draft))
        addressees = desk.composer.addressees(draft)
        content = bulletin.encode(explicit(draft.content, desk.clock()))
        return ReviewView(
            signer=desk.officer.name,
            kid=desk.officer.signer.kid,
            addressees=[
                AddresseeView(
                    one.desk,
                    word(pb.RecipientClass.Name(one.recipient_class)),
                    one.key.kid,
                    one.key.valid_from,
                )
                for one in addressees
            ],
            size=envelope.padded_size(len(content)),
            warnings=[where for where, _ in unconfirmed(draft)],
        )

    def submit(self, draft: Draft) -> bytes:
        """Seal, sign, keep in the outbox, and hand over; return the name.

        Who sends what the review warned about confirms it, which is recorded.
        """
        sent = self._desk.send(confirming(draft))
        if sent.reason:
            raise Refusal(sent.refusal, self._desk.node)
        return sent.name

    def kept_draft(self) -> str:
        """Return the JSON of the draft that was put off, or ""."""
        return self._mailbox.setting("tui:draft")

    def keep_draft(self, text: str) -> None:
        """Keep a draft's JSON for later; "" drops it."""
        self._mailbox.set_setting("tui:draft", text)

    def setting(self, key: str) -> str:
        """Return a kept setting of the officer, "" where none is."""
        default = self._language if key == "language" else ""
        return self._mailbox.setting(f"tui:{self._desk.officer.name}:{key}", default)

    def set_setting(self, key: str, value: str) -> None:
        """Keep a setting."""
        self._mailbox.set_setting(f"tui:{self._desk.officer.name}:{key}", value)
