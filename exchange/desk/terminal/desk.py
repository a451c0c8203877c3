"""The desk that the officer's terminal calls."""

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from exchange import words
from exchange.browsed_logs import ProofStep
from exchange.bulletin.check import CheckedDraft, check
from exchange.bulletin.draft import Draft
from exchange.bulletin.prose import nfc
from exchange.bulletin.prose_view import Doubts, Rendition
from exchange.desk.client import Desk
from exchange.desk.home_records import NO_HOME, HomeHere
from exchange.desk.incoming import threads
from exchange.desk.incoming.relations import relation_of
from exchange.desk.link.background_sync import BackgroundSync
from exchange.desk.link.log_states import LogStates
from exchange.desk.link.proof_chain import Chain
from exchange.desk.link_records import LinkReport
from exchange.desk.mailbox import Change
from exchange.desk.outgoing.result import Sent
from exchange.desk.records import (
    NONE,
    ListFilter,
    Mark,
    Matches,
    OpenedBulletin,
    Review,
    Row,
    SavedDraft,
    Thread,
)
from exchange.desk.status_records import DeskStatus
from exchange.desk.terminal import list_rows, review
from exchange.desk.terminal.directory import DeskDirectory
from exchange.desk.terminal.link_report import report
from exchange.desk.terminal.list_rows import FILTERS, show_row, show_rows
from exchange.desk.terminal.message_view import open_bulletin
from exchange.desk.terminal.releases import OfficersHere, ReleaseQueue
from exchange.desk.terminal.shift import ShiftDesk
from exchange.desk.terminal.top_row import look
from exchange.desk.terminal.urgent_rows import find_urgent
from exchange.errors import Refusal
from exchange.v1.bulletin_pb2 import Content

if TYPE_CHECKING:  # only named here: `board` and `translate` load them
    from exchange.desk.board.records import Board, WeekCounts
    from exchange.desk.translation.pending_translation import PendingTranslation


class TerminalDesk(ShiftDesk):
    """Names messages by their numbers in the list.

    Every call is synchronous and may come from any thread. `count`, `page`, `rows`,
    `link`, `setting` and `desks` must answer within milliseconds, without the network:
    the list calls them while it paints. All other calls run in a worker thread. Every
    failure raises FusionError.
    """

    def __init__(
        self,
        desk: Desk,
        language: str = "en",
        here: OfficersHere | None = None,
        home: HomeHere = NO_HOME,
        asked: str = "",
    ) -> None:
        """Take the officers `here`, who may release at the same machine.

        `asked` overrides the officer's language, for as long as this is open.
        """
        self._desk = desk
        self._mailbox = desk.mailbox
        self._states = LogStates(desk.mailbox)
        self._language, self._here = language, here
        self._asked = asked
        self._calls: list[Callable[[], None]] = []
        self._following = BackgroundSync(desk, self._tell)
        self._status: DeskStatus | None = None
        self._news = False
        # Calls answered by other parts.
        self.count = self._mailbox.database.count
        self.folded_threads = self._mailbox.folded_threads
        self.searches = self._mailbox.saved_searches.all
        found = DeskDirectory(desk)
        self.directory = found.entries
        self.address_groups = found.groups
        self.save_group = found.save_group
        self.drop_group = self._mailbox.address_groups.drop
        self.address_book = found.address_book
        self.ask_node = self._following.ask_once
        self.save_search = self._mailbox.saved_searches.save
        self.forget_search = self._mailbox.saved_searches.drop
        self.templates = self._mailbox.templates.all
        self.save_template = self._mailbox.templates.save
        self.forget_template = self._mailbox.templates.drop
        releases = ReleaseQueue(desk, here)
        self.release_queue = releases.queue
        self.open_release = releases.open
        self.other_officers = releases.others
        self.release = releases.release
        self.give_back = releases.give_back
        self.countersign = releases.countersign
        self.home = home
        self.turns = desk.arrivals.turns
        self._mailbox.database.on_change.append(self._changed)

    def start(self) -> None:
        self._following.start()

    def stop(self) -> None:
        self._following.stop()
        self._mailbox.database.on_change.remove(self._changed)

    def _changed(self, _: Change) -> None:
        self._tell()

    def _tell(self) -> None:
        self._news = True
        for call in list(self._calls):
            call()

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """Call `call`, from any thread, after rows or link changed.

        Returns the function that ends this.
        """
        self._calls.append(call)
        return lambda: self._calls.remove(call)

    # The list.

    def page(self, first: int, n: int) -> Sequence[Row]:
        """Return up to `n` rows from number `first`, ascending."""
        found = self._mailbox.messages.page(first, n)
        return show_rows(self._mailbox, found, self._desk.moment().expired_at)

    def rows(self, numbers: Sequence[int]) -> Sequence[Row]:
        """Return these rows (256 at most), in that order."""
        found = self._mailbox.messages.rows(numbers)
        return show_rows(self._mailbox, found, self._desk.moment().expired_at)

    def ids(self, which: ListFilter) -> "array[int]":
        """Return the newest first."""
        if which in FILTERS:
            return self._mailbox.search.ids(FILTERS[which])
        from exchange.desk.terminal import handover  # noqa: PLC0415  # start-up counts

        if which == "SINCE_SHIFT":
            return handover.numbers_since_shift(self._desk)
        return handover.numbers(self._desk, which)

    def find(self, line: str) -> Matches:
        """Return the rows that match words and conditions.

        Same syntax as `fusion list`; an incomplete line is no error.
        """
        return list_rows.find(self._mailbox, line, *self._desk.moment().times)

    def at_place(self, text: str) -> Sequence[Row]:
        """Return the rows at a place as typed, at most one of each log.

        `30` is that place in every log, `bei#30` in those whose name begins so.
        """
        log, _, index = text.rpartition("#")
        logs = self._mailbox.logs
        origins = [one.origin for one in logs.heads()]
        numbers = [
            number
            for origin in origins
            if logs.name(origin).startswith(log)
            for number in logs.numbers(origin, int(index), 1)
        ]
        return [row for row in self.rows(numbers) if row.index == int(index)]

    def urgent(self) -> "array[int]":
        """Return those pending at this desk, the most urgent first."""
        return find_urgent(self._mailbox, *self._desk.moment().times)

    def board(self, mode: str) -> "Board":
        """Return the corridor's events; `mode` is ACTUAL or EXERCISE."""
        from exchange.desk.board import read_board  # noqa: PLC0415  # start-up counts

        now, past = self._desk.clock(), self._desk.moment().expired_at
        return read_board.read_board(self._mailbox, mode, now, past)

    def board_weeks(self, mode: str) -> "WeekCounts":
        """Return the last weeks, with the TLP of everything shown."""
        from exchange.desk.board import board_label, read_board  # noqa: PLC0415  # start-up counts
        from exchange.desk.board.records import WeekCounts  # noqa: PLC0415  # as above

        box, now, shown = self._mailbox, self._desk.clock(), self.board(mode)
        counted = read_board.counted_names(box, mode, now)
        tlp = board_label.tlp_of(box, shown, counted)
        weeks = read_board.read_weeks(box, mode, now)
        return WeekCounts(weeks, tlp, read_board.weeks_are_cut(box, mode, now))

    def board_week(self, mode: str, start: int) -> Sequence[int]:
        """Return a week's bulletins; `start` is ms UTC. Newest first, 256 at most."""
        from exchange.desk.board import read_board  # noqa: PLC0415  # start-up counts

        return read_board.read_week(self._mailbox, mode, start)

    # One message.

    def read(self, number: int) -> OpenedBulletin:
        """Raise Refusal(NOT_FOUND)."""
        return open_bulletin(self._desk, number)

    def doubts(self, content: Content, translation: Rendition) -> Doubts:
        """Run the checks; a hostile text can make it take seconds: for a worker."""
        if translation.translation is None:
            return {}
        from exchange.translation.reader_findings import (  # noqa: PLC0415  # start-up counts
            against,
            finding_lines,
        )

        source, said = content.SerializeToString(), translation.translation
        return finding_lines(against(source, said.SerializeToString()), words.lang())

    def thread(self, number: int) -> Thread:
        """Raise Refusal(NOT_FOUND)."""
        found = threads.thread(self._mailbox, self._name(number))
        parts = [
            replace(part, row=show_row(self._mailbox, part.row, part.row.standing))
            for part in found.parts
        ]
        return replace(found, parts=tuple(parts))

    def mark_read(self, number: int) -> None:
        """Send OPENED if its author asks."""
        self._desk.mark_read(self._name(number))

    def acknowledge(
        self,
        number: int,
        relation: str,
        remark: str,
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> str:
        """Sign a receipt; return its state: "queued" while the node is away.

        `remark` and `reason` may be "". `reason` is a code of decline_reason, with
        CANNOT_COMPLY. Typed text becomes NFC: an input method may give it decomposed.
        Refusal(PERSONAL_DATA) if possible personal data is not `confirmed` ("remark
        PHONE").
        """
        name, said = self._name(number), relation_of(relation)
        made = self._desk.acknowledge(name, said, nfc(remark), reason, confirmed)
        return self._desk.state_of(made)

    def recall(
        self,
        number: int,
        reason: str,
        instruction: str,
        remark: str,
        confirmed: Sequence[str] = (),
    ) -> str:
        """Sign a recall of a bulletin of this desk; reason and instruction are codes.

        Returns its state as of `acknowledge`; "waiting" for a releaser. Refusal names
        the obstacle; for the remark as of `acknowledge`.
        """
        name = self._name(number)
        sent = self._desk.recall(name, reason, nfc(remark), instruction, confirmed)
        self._handed(sent)
        return sent.state

    def translate(self, number: int, lang: str) -> "PendingTranslation":
        """Return the translation under way; begin it if needed."""
        from exchange.desk.translation.pending_translation import (  # noqa: PLC0415  # start-up counts
            PendingTranslation,
        )

        made = PendingTranslation(self._desk, self._name(number), lang)
        made.begin()
        return made

    def chain(self, number: int) -> Sequence[ProofStep]:
        """Verify from the stored bytes to the cosignature."""
        desk = self._desk
        message = self._mailbox.messages.read(number)
        return list(Chain(desk.mailbox, desk.pinned, desk.client, message).steps())

    def entry(self, number: int) -> bytes:
        return self._mailbox.messages.read(number).entry

    # The link.

    def link(self) -> DeskStatus:
        """Return the last `look`: node, partners and queue."""
        return self._status or self.look()

    def links(self) -> LinkReport:
        return report(self._desk, self._following)

    def look(self) -> DeskStatus:
        """Read the state for `link` again if it changed."""
        if self._status is None or self._news:
            self._news = False
            up, since = self._following.up, self._following.since
            self._status = look(self._desk, self._states, up=up, since=since)
        return self._status

    # Writing.

    def desks(self) -> Sequence[str]:
        """Return those with a sealing key, without the own."""
        return [d for d in self._desk.pinned.desks() if d != self._desk.officer.desk]

    def sources(self) -> Sequence[tuple[str, str]]:
        return [(one.code, one.reliability) for one in self._mailbox.sources.all()]

    def about(self, name: bytes) -> Row | None:
        """Return what a draft refers to; None if missing here."""
        return (
            show_row(self._mailbox, self._mailbox.messages.row(name))
            if self._mailbox.messages.knows(name)
            else None
        )

    def begin(self, number: int, relation: str) -> Draft:
        """Return a new draft in a relation to a bulletin: an answer, a correction.

        Refusal if the relation is not allowed.
        """
        from exchange.desk.outgoing import reply  # noqa: PLC0415  # start-up counts

        message = self._mailbox.messages.read(number)
        own = self._desk.officer.desk
        held = self._mailbox.references.handling_of(message.row.name)
        return reply.begin(message, relation_of(relation), own, held)

    def review(self, draft: CheckedDraft) -> Review:
        """Check a draft against references, label and keys; sign nothing.

        Refusal names field and reason if it may not be sent.
        """
        return review.review(self._desk, draft)

    def submit(
        self, draft: CheckedDraft, saved: Mark = NONE, instead: bytes = b""
    ) -> bytes:
        """Seal, sign, keep and submit; return the name.

        The draft of the mark `saved` is dropped in the write that queues it. `instead`
        names a returned bulletin that this one replaces. Refusal(PERSONAL_DATA) for
        findings that the writer has not confirmed to be none.
        """
        if not instead:
            return self._handed(self._desk.send(draft, saved))
        from exchange.desk.release.redraft import send_instead  # noqa: PLC0415  # seldom

        return self._handed(send_instead(self._desk, instead, draft, saved))

    def begin_again(self, number: int) -> CheckedDraft:
        """Return it as it would be signed.

        Refusal(NOT_FOUND) if it does not wait for that, CONTENT for a recall: that is
        signed by `fusion send --again`.
        """
        from exchange.desk.outgoing import renewal  # noqa: PLC0415  # start-up counts

        return check(renewal.draft(self._mailbox, self._name(number)))

    def sign_again(self, number: int) -> bytes:
        """Return its new name."""
        return self._handed(self._desk.sign_again(self._name(number)))

    def drawn_route(self, number: int) -> str:
        """Return "" if none, or if it is revealed."""
        return review.route_to_reveal(self._desk, number)

    def reveal(self, number: int) -> bytes:
        """Return the name of the reveal."""
        return self._handed(self._desk.reveal(self._name(number)))

    def _handed(self, sent: Sent) -> bytes:
        if sent.reason:
            raise Refusal(sent.refusal, self._desk.node)
        return sent.name

    # The officer's own records.

    def drafts(self) -> Sequence[SavedDraft]:
        """Return the newest first."""
        return self._mailbox.drafts.of(self._desk.officer.name)

    def save_draft(self, mark: Mark, text: str) -> Mark:
        """Return the draft's new mark."""
        officer, at = self._desk.officer.name, self._desk.clock()
        return self._mailbox.drafts.save(officer, mark, text.encode(), at)

    def drop_draft(self, mark: Mark) -> None:
        """Drop a draft, unless a version was saved since that mark."""
        self._mailbox.drafts.drop(self._desk.officer.name, mark)

    def setting(self, key: str) -> str:
        """Return "" if the setting has no value."""
        if key == "language" and self._asked:
            return self._asked
        configured = self._desk.settings
        default = {
            "language": self._language,
            "bidi": configured.bidi,
            "time_zone": configured.time_zone,
            "editor": "on" if configured.editor else "",
        }.get(key, "")
        return self._mailbox.settings.get(
            f"tui:{self._desk.officer.name}:{key}", default
        )

    def set_setting(self, key: str, value: str) -> None:
        if key == "language":
            self._asked = ""
        self._mailbox.settings.set(f"tui:{self._desk.officer.name}:{key}", value)
