"""The desk's interface to the screens; `exchange.desk.terminal` implements it.

Every call is synchronous and may come from any thread. `count`, `page`, `rows`, `link`
and `setting` must answer within milliseconds, without the network: the list calls them
while it paints. All other calls run in a worker thread. Every failure raises
`exchange.errors.FusionError`.
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
from exchange.desk.link.turns import Turns
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
        """Return the number of the newest row."""

    def page(self, first: int, n: int) -> Sequence[Row]:
        """Return up to `n` rows from `first`, ascending."""

    def rows(self, numbers: Sequence[int]) -> Sequence[Row]:
        """Return these rows (256 at most), in that order."""


class DraftKeeper(Protocol):
    """Saves unfinished texts of the officer, in the editors' own forms."""

    def drafts(self) -> Sequence[SavedDraft]:
        """Return those of this officer, the latest first."""

    def save_draft(self, mark: Mark, text: str) -> Mark:
        """Save over the draft of that mark; return its new mark."""

    def drop_draft(self, mark: Mark) -> None:
        """Forget a draft."""


class TemplateKeeper(Protocol):
    """Keeps the desk's defaults and templates, as texts that only the form reads."""

    def templates(self) -> Sequence[tuple[str, str]]:
        """Return name and text of each; "" names the desk's defaults."""

    def save_template(self, name: str, text: str) -> None:
        """Save over any of that name."""

    def forget_template(self, name: str) -> None:
        """Delete it."""


class KnownDesks(Protocol):
    def directory(self) -> Sequence[DeskEntry]:
        """Return them by nation and name."""

    def address_groups(self) -> Sequence[AddressGroup]:
        """Return them by name."""

    def save_group(self, name: str, desks: Sequence[str]) -> None:
        """Save over any of that name; Refusal names the fault."""

    def drop_group(self, name: str) -> None:
        """Delete it."""

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
    def turns(self) -> Turns:
        """The turns of the screen; arrivals are filed between them."""

    @property
    def home(self) -> HomeHere:
        """The home around the desk: logs, keys, pairing, each opened when asked for."""

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """Call `call`, from any thread, after rows or link changed.

        Returns the function that ends this.
        """

    def link(self) -> DeskStatus:
        """Return the last `look`: node, partners and queue."""

    def look(self) -> DeskStatus:
        """Read the state for `link`, in a worker."""

    def hook_alarm(self) -> LedgerAlarm | None:
        """Return the alarm that a hook of `fusion watch` fails, or that none runs.

        Reads files: for a worker.
        """

    def links(self) -> LinkReport:
        """Return the desk's links, and its node's to partners."""

    def setting(self, key: str) -> str:
        """Return the officer's, or ""."""

    def set_setting(self, key: str, value: str) -> None:
        """Keep it."""

    # The list.

    def ids(self, which: ListFilter) -> "array[int]":
        """Return numbers that pass it, newest first, as array("q")."""

    def urgent(self) -> "array[int]":
        """Return the numbers of messages pending at this desk, most urgent first.

        Unacknowledged FLASH, overdue, then unread ones by precedence; about the first
        thousand.
        """

    def find(self, line: str) -> Matches:
        """Return the rows that match words and conditions.

        Same syntax as `fusion list`; an incomplete line is no error.
        """

    def searches(self) -> Sequence[tuple[str, str]]:
        """Return name and line of each."""

    def save_search(self, name: str, line: str) -> None:
        """Save over any of that name."""

    def forget_search(self, name: str) -> None:
        """Delete it."""

    def board(self, mode: str) -> "Board":
        """Return the corridor's events; `mode` is ACTUAL or EXERCISE."""

    def board_weeks(self, mode: str) -> "WeekCounts":
        """Return the counts of recent weeks, and the TLP of everything shown."""

    def board_week(self, mode: str, start: int) -> Sequence[int]:
        """Return a week's bulletins; `start` is ms UTC. Newest first, 256 at most."""

    def sent(self, limit: int) -> Sequence[SentRow]:
        """Return the newest first, with each addressee's state."""

    def translation_queue(self) -> Sequence[TranslationItem]:
        """Return those that need a step, most urgent first."""

    def handover(self) -> Sequence[DutySection]:
        """Return every section of the next shift's list."""

    # One message.

    def read(self, number: int) -> OpenedBulletin:
        """Return it; Refusal(NOT_FOUND) if there is none."""

    def doubts(self, content: Content, translation: Rendition) -> Doubts:
        """Return the checks' doubts about a translation, in the language in use.

        It may take seconds: for a worker.
        """

    def mark_read(self, number: int) -> None:
        """Note it; the desk sends the OPENED receipt."""

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
        """Return all messages connected with it."""

    def translate(self, number: int, lang: str) -> Workbench:
        """Return it; begin it if missing."""

    def chain(self, number: int) -> Sequence[ProofStep]:
        """Verify again, from the stored bytes to the cosignature, in that order."""

    def voice_check(self, number: int) -> SpokenCheck:
        """Return its voice check."""

    def entry(self, number: int) -> bytes:
        """Return its signed bytes, the leaf of the log."""

    # Writing.

    def desks(self) -> Sequence[str]:
        """Return those with a sealing key, except this one."""

    def sources(self) -> Sequence[tuple[str, str]]:
        """Return each code of the register, with its grade."""

    def about(self, name: bytes) -> Row | None:
        """Return what a draft refers to; None if missing here."""

    def begin(self, number: int, relation: str) -> Draft:
        """Return a new draft in a relation to a bulletin: an answer, a correction.

        Refusal if the relation is not allowed.
        """

    def proposal(self, number: int) -> Draft:
        """Return the proposed draft for an overdue movement."""

    def missing_bulletins(self) -> Sequence[MissingBulletins]:
        """Return the desks whose bulletins are missing here.

        Desks with a number far above the others come first.
        """

    def judge_number(self, sender: str, number: int, verdict: str) -> None:
        """Judge it MISUSED or GO_ON; Refusal(NOT_FOUND)."""

    def request_missing(self, sender: str) -> Draft:
        """Return an RFI for them."""

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
        """Sign it again, queued in place of the old; return the new name.

        Refusal names the obstacle.
        """

    def drawn_route(self, number: int) -> str:
        """Return the one drawn here; "" if none, or revealed."""

    def reveal(self, number: int) -> bytes:
        """Reveal it to all who have the movement; return the reveal's name."""
