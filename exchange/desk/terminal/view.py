"""What the terminal asks of a desk (`tui.data`), in the form that it asks for."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from exchange import envelope, words
from exchange.bulletin.codes import DRILLS
from exchange.bulletin.draft import Draft
from exchange.bulletin.prose import nfc
from exchange.desk.client import Desk
from exchange.desk.incoming.relations import relation_of
from exchange.desk.incoming.successor import successor_content
from exchange.desk.link.background_sync import BackgroundSync
from exchange.desk.link.chain import Chain, Step
from exchange.desk.link.heads import Line
from exchange.desk.link.shelf import Shelf
from exchange.desk.mailbox import Change, Filter
from exchange.desk.mailbox.outbox import EXPIRED, REFUSED, RESIGN
from exchange.desk.terminal import shown_thread
from exchange.desk.terminal.listing import FILTERS, Listing
from exchange.desk.terminal.shown import (
    AlarmView,
    LinkView,
    OpenedView,
    PeerView,
    opened_view,
)
from exchange.desk.terminal.shown_row import row_view
from exchange.desk.terminal.shown_thread import ThreadView
from exchange.desk.terminal.writing import Writing
from exchange.desk.translation.workbench import Workbench
from exchange.errors import Refusal

SECOND = 1_000  # ms
FLASH_WAITING = Filter(
    unacknowledged=True, direction="in", precedence=frozenset({"FLASH"})
)


def _drill(mode: str) -> Filter:
    return replace(FLASH_WAITING, modes=frozenset({mode}))


class View(Listing, Writing):
    """A desk as the terminal sees it; keeps up with the node while it is open."""

    def __init__(self, desk: Desk, language: str = "en") -> None:
        super().__init__(desk)
        self._shelf = Shelf(desk.mailbox)
        self._language = language
        self._calls: list[Callable[[], None]] = []
        self._following = BackgroundSync(desk, self._tell)
        self._link: LinkView | None = None
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
        opened = opened_view(
            message,
            mailbox.handled(name).label,
            signer_revoked=revoked,
            successor=later,
        )
        asked, by = shown_thread.asked(core, message.content)
        standing, marked_by = shown_thread.stands(mailbox, name)
        number, now = message.row.number, self._desk.clock()
        owing = mailbox.owing([number], now).get(number, ())
        return replace(
            opened,
            row=row_view(message.row, standing, owing, mailbox.desk),
            asked=asked,
            asked_by=by,
            rungs=tuple(shown_thread.rungs(core, asked, message.receipts)),
            links=shown_thread.linked(mailbox, name),
            marked_by=marked_by,
            draws=shown_thread.draws(mailbox, name, words.lang()),
        )

    def thread(self, number: int) -> ThreadView:
        """Return all that a message is connected with; Refusal(NOT_FOUND)."""
        return shown_thread.thread_view(self._mailbox, self._mailbox.row(number).name)

    def mark_read(self, number: int) -> None:
        """Note that an officer saw it, and say so if its author asks."""
        self._desk.mark_read(self._mailbox.row(number).name)

    def acknowledge(
        self,
        number: int,
        relation: str,
        remark: str,
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> None:
        """Sign and queue a receipt; `reason` is a code of decline_reason.

        What was typed becomes NFC: an input method may give it decomposed.
        """
        name, said = self._mailbox.row(number).name, relation_of(relation)
        self._desk.acknowledge(name, said, nfc(remark), reason, confirmed)

    def recall(
        self,
        number: int,
        reason: str,
        instruction: str,
        remark: str,
        confirmed: Sequence[str] = (),
    ) -> None:
        """Sign and queue a recall, its remark in NFC; Refusal names what forbids it."""
        name = self._mailbox.row(number).name
        sent = self._desk.recall(name, reason, nfc(remark), instruction, confirmed)
        if sent.reason:
            raise Refusal(sent.refusal, self._desk.node)

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
        waiting = {mode: self._mailbox.ids(_drill(mode)) for mode in DRILLS}
        drilled = {mode: len(found) for mode, found in waiting.items() if found}
        held = Counter[str]()
        for why, _, count, _ in self._mailbox.tally():
            held[why] += count
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
                    silent_since=peer.silent_since,
                    queued=peer.queued,
                    cosigned_at=cover.get(peer.name, Line(0, 0)).time_s * SECOND,
                )
                for peer in told
            ],
            agree=desk.agree(),
            alarms=self._alarms(),
            waiting=desk.told.waiting if desk.told else 0,
            entries=head.size if head else 0,
            flash=len(self._mailbox.ids(FLASH_WAITING)) - sum(drilled.values()),
            drilled=drilled,
            to_acknowledge=len(self._mailbox.ids(FILTERS["TO_ACKNOWLEDGE"])),
            to_sign=held[RESIGN],
            unsent=held[REFUSED] + held[EXPIRED],
        )

    def _alarms(self) -> list[AlarmView]:
        """Return what the node did wrong, as this desk found, then its own alarms."""
        told = self._desk.told.alarms if self._desk.told else ()
        found = [AlarmView(*fault) for fault in self._desk.node_faults()]
        return [*found, *(AlarmView(alarm.reason, alarm.where) for alarm in told)]

    # Writing.

    def begin(self, number: int, relation: str) -> Draft:
        """Return what is begun to be written of a bulletin: an answer, a correction."""
        from exchange.desk.outgoing import answering  # noqa: PLC0415  # start-up counts

        message = self._mailbox.read(number)
        own = self._desk.officer.desk
        held = self._mailbox.handled(message.row.name)
        return answering.begin(message, relation_of(relation), own, held)

    def proposal(self, number: int) -> Draft:
        """Return what is to be sent of a movement that is overdue; or a Refusal."""
        from exchange.desk.deadlines import proposal  # noqa: PLC0415  # start-up counts

        name = self._mailbox.row(number).name
        return proposal.proposal(self._desk, name, self._desk.clock())

    def setting(self, key: str) -> str:
        """Return a kept setting of the officer, "" where none is."""
        default = self._language if key == "language" else ""
        return self._mailbox.setting(f"tui:{self._desk.officer.name}:{key}", default)

    def set_setting(self, key: str, value: str) -> None:
        """Keep a setting."""
        self._mailbox.set_setting(f"tui:{self._desk.officer.name}:{key}", value)
