"""The desk's interface to the screens; `exchange.desk.terminal` implements it.

Screens know no SQL and no gRPC. Every call is synchronous and may come from any thread.
`count`, `page`, `rows`, `link` and `setting` must answer within milliseconds, without
the network: the list calls them while it paints. All other calls run in a worker
thread. Every failure raises `exchange.errors.FusionError`.

Results are the records of `exchange.desk.records`.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from exchange.browsed_logs import ProofStep
from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.draft import Draft
from exchange.bulletin.prose_view import Doubts, Rendition
from exchange.desk.directory_records import DeskEntry
from exchange.desk.fold_records import BlockFold, Fold, Folding, ThreadLine
from exchange.desk.home_records import HomeHere
from exchange.desk.link_records import LinkReport
from exchange.desk.outgoing.address_groups import AddressBook
from exchange.desk.records import (
    NONE,
    AddressGroup,
    Answer,
    ListFilter,
    Mark,
    Matches,
    OpenedBulletin,
    Review,
    Row,
    SavedDraft,
    Thread,
)
from exchange.desk.status_records import (
    DeskStatus,
    DutySection,
    LedgerAlarm,
    MissingBulletins,
    SentRow,
    SpokenCheck,
    TranslationItem,
)
from exchange.v1.bulletin_pb2 import Content
from tui.screen_loop import ScreenTurns
from tui.second_signatures import HandingOver, Releasing
from tui.workbench import Workbench

if TYPE_CHECKING:  # for types only: the board's screen loads it
    from exchange.desk.board.records import Board, WeekCounts


class Threads(Protocol):
    """Threads as a list folds them; as fast as `Rows`."""

    def blocks(self) -> Sequence[BlockFold]:
        """Return the number of folded rows in each block of 1,024 numbers."""

    def between(self, first: int, last: int) -> Sequence[Folding]:
        """Return the messages of threads in a range of numbers (1,024 at most)."""

    def newest(self, number: int) -> int:
        """Return the newest number of a message's thread, or its own."""

    def lines(self, head: int) -> Sequence[ThreadLine]:
        """Return the lines under a head: messages, each before its answers."""

    def folds(self, heads: Sequence[int]) -> Mapping[int, Fold]:
        """Return the folds of these heads (one page at most)."""


class Rows(Protocol):
    """The list: numbers are dense, so a page costs the same at any depth."""

    @property
    def folded_threads(self) -> Threads: ...

    def count(self) -> int:
        """Return the number of rows, which is the newest row's number."""

    def page(self, first: int, n: int) -> Sequence[Row]:
        """Return rows `first` to `first + n - 1`, ascending; fewer at the end."""

    def rows(self, numbers: Sequence[int]) -> Sequence[Row]:
        """Return the rows of these numbers (256 at most), in that order."""


class DraftKeeper(Protocol):
    """Saves unfinished texts of the officer, in the editors' own forms."""

    def drafts(self) -> Sequence[SavedDraft]:
        """Return the drafts of this officer, the latest first."""

    def save_draft(self, mark: Mark, text: str) -> Mark:
        """Save a draft over the one with that mark; return its new mark."""

    def drop_draft(self, mark: Mark) -> None:
        """Forget a draft."""


class TemplateKeeper(Protocol):
    """Keeps the desk's defaults and templates, as texts that only the form reads."""

    def templates(self) -> Sequence[tuple[str, str]]:
        """Return name and text of each; "" is the name of the desk's defaults."""

    def save_template(self, name: str, text: str) -> None:
        """Save a text under a name, over any of that name."""

    def forget_template(self, name: str) -> None:
        """Delete the template of that name."""


class KnownDesks(Protocol):
    """The desks, and groups of them that are addressed together."""

    def directory(self) -> Sequence[DeskEntry]:
        """Return every desk, by nation and name."""

    def address_groups(self) -> Sequence[AddressGroup]:
        """Return the saved groups, by name."""

    def save_group(self, name: str, desks: Sequence[str]) -> None:
        """Save a group, over any of that name; Refusal names the fault."""

    def drop_group(self, name: str) -> None:
        """Delete a group."""

    def address_book(self) -> AddressBook:
        """Return the present desks of each group."""


class DeskProtocol(
    Rows,
    DraftKeeper,
    TemplateKeeper,
    Releasing,
    HandingOver,
    KnownDesks,
    Protocol,
):
    """All calls for screens. Messages go by their numbers in the list."""

    @property
    def turns(self) -> ScreenTurns:
        """The turns of the screen; arrivals are filed between them."""

    @property
    def home(self) -> HomeHere:
        """The home around the desk: logs, keys, pairing, each opened when asked for."""

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """Call `call`, from any thread, after rows or link changed.

        Returns the function that ends this.
        """

    def link(self) -> DeskStatus:
        """Return the last known state of node, partners and queue."""

    def look(self) -> DeskStatus:
        """Read the state of node, partners and queue, for `link` to return.

        For a worker.
        """

    def hook_alarm(self) -> LedgerAlarm | None:
        """Return the alarm that a hook of `fusion watch` fails, or that none runs.

        Reads files: for a worker.
        """

    def links(self) -> LinkReport:
        """Return the links of this desk to its node, and of that to its partners."""

    def setting(self, key: str) -> str:
        """Return a saved setting of the officer, or ""."""

    def set_setting(self, key: str, value: str) -> None:
        """Keep a setting."""

    # The list.

    def ids(self, which: ListFilter) -> "array[int]":
        """Return the numbers that pass the filter, newest first, as array("q")."""

    def urgent(self) -> "array[int]":
        """Return the numbers of messages pending at this desk, most urgent first.

        Unacknowledged FLASH, overdue, then unread ones by precedence; about the first
        thousand.
        """

    def find(self, line: str) -> Matches:
        """Return the rows that match the words and conditions of a line.

        Same syntax as `fusion list`; an incomplete line is no error.
        """

    def searches(self) -> Sequence[tuple[str, str]]:
        """Return the saved searches: name and line."""

    def save_search(self, name: str, line: str) -> None:
        """Save a line under a name, over any of that name."""

    def forget_search(self, name: str) -> None:
        """Delete the search of that name."""

    def board(self, mode: str) -> "Board":
        """Return the events along the corridor, for a mode: ACTUAL or EXERCISE."""

    def board_weeks(self, mode: str) -> "WeekCounts":
        """Return the counts of recent weeks, and the TLP of everything shown."""

    def board_week(self, mode: str, start: int) -> Sequence[int]:
        """Return the numbers of a week's bulletins; it began at `start` (ms UTC).

        Newest first, 256 at most.
        """

    def sent(self, limit: int) -> Sequence[SentRow]:
        """Return this desk's bulletins, newest first, with each addressee's state."""

    def translation_queue(self) -> Sequence[TranslationItem]:
        """Return the translations that need a step, most urgent first."""

    def handover(self) -> Sequence[DutySection]:
        """Return the hand-over list for the next shift, with every section."""

    # One message.

    def read(self, number: int) -> OpenedBulletin:
        """Return the message; Refusal(NOT_FOUND) if there is none."""

    def doubts(self, content: Content, translation: Rendition) -> Doubts:
        """Return the checks' doubts about a translation, in the language in use.

        It may take seconds: for a worker.
        """

    def mark_read(self, number: int) -> None:
        """Note that an officer saw a message (the desk sends the OPENED receipt)."""

    def acknowledge(
        self,
        number: int,
        relation: Answer,
        remark: str,
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> str:
        """Sign a receipt; return its state: "queued" while the node is away.

        `remark` and `reason` may be "". `reason` is a code of decline_reason, with
        CANNOT_COMPLY. Refusal(PERSONAL_DATA) if possible personal data is not
        `confirmed` ("remark PHONE").
        """

    def take_note(self, number: int) -> Sequence[str]:
        """Record that an officer noted other desks' declines; return them, a line each.

        Refusal(NOT_FOUND) if there are none.
        """

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

    def thread(self, number: int) -> Thread:
        """Return all messages connected with one."""

    def translate(self, number: int, lang: str) -> Workbench:
        """Return a bulletin's translation into `lang`; begin it if missing."""

    def chain(self, number: int) -> Sequence[ProofStep]:
        """Verify again, from the stored bytes to the cosignature, in that order."""

    def voice_check(self, number: int) -> SpokenCheck:
        """Return the voice check of a message."""

    def entry(self, number: int) -> bytes:
        """Return the signed bytes, the leaf of the log."""

    # Writing.

    def desks(self) -> Sequence[str]:
        """Return the desks with a sealing key, except this one."""

    def sources(self) -> Sequence[tuple[str, str]]:
        """Return the codes of the register of sources, each with its grade."""

    def about(self, name: bytes) -> Row | None:
        """Return a message that a draft refers to; None if it is missing here."""

    def begin(self, number: int, relation: str) -> Draft:
        """Return a new draft in a relation to a bulletin: an answer, a correction.

        Refusal if the relation is not allowed.
        """

    def proposal(self, number: int) -> Draft:
        """Return the proposed draft for an overdue movement."""

    def missing_bulletins(self) -> Sequence[MissingBulletins]:
        """Return the desks with bulletins to this one missing.

        Desks with a number far above the others come first.
        """

    def judge_number(self, sender: str, number: int, verdict: str) -> None:
        """Judge a desk's number MISUSED or GO_ON; Refusal(NOT_FOUND)."""

    def request_missing(self, sender: str) -> Draft:
        """Return an RFI to a desk with bulletins missing."""

    def review(self, draft: CheckedDraft) -> Review:
        """Check a draft against references, label and keys; sign nothing.

        Refusal names field and reason if it may not be sent.
        """

    def submit(
        self, draft: CheckedDraft, saved: Mark = NONE, instead: bytes = b""
    ) -> bytes:
        """Seal and sign a draft, queue it in the outbox, hand it over; return its name.

        It replaces `instead`, a draft returned by a releaser. The saved draft of the
        mark is deleted in the same write. Refusal(PERSONAL_DATA) if possible personal
        data is not confirmed.
        """

    def begin_again(self, number: int) -> CheckedDraft:
        """Return a bulletin that must be signed again, as it would be signed.

        Refusal if it need not be.
        """

    def sign_again(self, number: int) -> bytes:
        """Sign a bulletin again and queue it under a new name, in place of the old.

        Returns the new name. Refusal names the obstacle.
        """

    def drawn_route(self, number: int) -> str:
        """Return the route drawn here for a movement, "" if none or revealed."""

    def reveal(self, number: int) -> bytes:
        """Reveal a movement's route to all who have it; return the reveal's name."""
