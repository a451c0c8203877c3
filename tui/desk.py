"""The desk as the screens call it; `exchange.desk.terminal` and the tests have one.

Screens know no SQL and no gRPC. Everything here is synchronous and may be called
from any thread. `count`, `page`, `rows`, `link` and `setting` must
answer within milliseconds, without the network: the list calls them while it paints.
All else runs in a worker thread. Whatever fails raises `exchange.errors.FusionError`.

What is answered are the records of `exchange.desk.records`.
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

if TYPE_CHECKING:  # only named here: the board's screen loads it
    from exchange.desk.board.records import Board, WeekCounts


class Threads(Protocol):
    """Threads as a list folds them; answers as fast as `Rows`."""

    def blocks(self) -> Sequence[BlockFold]:
        """Return how many are folded away in each block of 1,024 numbers."""

    def between(self, first: int, last: int) -> Sequence[Folding]:
        """Return the messages of threads among these numbers (1,024 at most)."""

    def newest(self, number: int) -> int:
        """Return the newest of the thread of a message; itself where it has none."""

    def lines(self, head: int) -> Sequence[ThreadLine]:
        """Return what stands under a head: messages, each before its answers."""

    def folds(self, heads: Sequence[int]) -> Mapping[int, Fold]:
        """Return what is under these heads (a page of them)."""


class Rows(Protocol):
    """The list: numbers are dense, so a page costs the same at any depth."""

    @property
    def folded_threads(self) -> Threads:
        """The threads of the rows."""
        ...

    def count(self) -> int:
        """Return how many rows there are; the newest has this number."""

    def page(self, first: int, n: int) -> Sequence[Row]:
        """Return rows `first` to `first + n - 1`, ascending; fewer at the end."""

    def rows(self, numbers: Sequence[int]) -> Sequence[Row]:
        """Return the rows of these numbers (256 at most), in that order."""


class DraftKeeper(Protocol):
    """Keeps what the officer has begun to write, in the editors' own forms."""

    def drafts(self) -> Sequence[SavedDraft]:
        """Return the drafts of this officer, the last begun first."""

    def save_draft(self, mark: Mark, text: str) -> Mark:
        """Save a draft over the one of that mark; return its mark from now on."""

    def drop_draft(self, mark: Mark) -> None:
        """Forget a draft."""


class TemplateKeeper(Protocol):
    """Keeps the desk's defaults and templates, as texts that only the form reads."""

    def templates(self) -> Sequence[tuple[str, str]]:
        """Return name and text of each; "" names the desk's defaults."""

    def save_template(self, name: str, text: str) -> None:
        """Keep a text under a name, over the one of that name."""

    def forget_template(self, name: str) -> None:
        """Keep the template of that name no longer."""


class KnownDesks(Protocol):
    """The desks that there are, and groups of them that are addressed together."""

    def directory(self) -> Sequence[DeskEntry]:
        """Return every desk, by nation and name."""

    def address_groups(self) -> Sequence[AddressGroup]:
        """Return the saved groups, by name."""

    def save_group(self, name: str, desks: Sequence[str]) -> None:
        """Keep a group, over the one of that name; Refusal names what is wrong."""

    def drop_group(self, name: str) -> None:
        """Delete a group."""

    def address_book(self) -> AddressBook:
        """Return which desks groups stand for now."""


class DeskProtocol(
    Rows,
    DraftKeeper,
    TemplateKeeper,
    Releasing,
    HandingOver,
    KnownDesks,
    Protocol,
):
    """Everything that a screen may ask. Messages go by their numbers in the list."""

    @property
    def turns(self) -> ScreenTurns:
        """The turns of the screen; arrivals are filed between them."""

    @property
    def home(self) -> HomeHere:
        """The home around the desk: logs, keys, pairing, each opened when asked for."""

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """Have `call` called, from any thread, after rows or link changed.

        Returns what ends it.
        """

    def link(self) -> DeskStatus:
        """Return the last known state of node, partners and queue."""

    def look(self) -> DeskStatus:
        """Read the state of node, partners and queue; `link` returns it from then on.

        For a worker.
        """

    def hook_alarm(self) -> LedgerAlarm | None:
        """Return the alarm that a hook of `fusion watch` fails, or that none runs.

        Reads files: for a worker.
        """

    def links(self) -> LinkReport:
        """Return how this desk stands with its node, and that with its partners."""

    def setting(self, key: str) -> str:
        """Return a kept setting of the officer, "" where none is."""

    def set_setting(self, key: str, value: str) -> None:
        """Keep a setting."""

    # The list.

    def ids(self, which: ListFilter) -> "array[int]":
        """Return the numbers that pass the filter, newest first, as array("q")."""

    def urgent(self) -> "array[int]":
        """Return the numbers of what waits for this desk, the most urgent first.

        FLASH that is not acknowledged, what is overdue, then what is unread, by
        precedence; the first thousand or so.
        """

    def find(self, line: str) -> Matches:
        """Return the rows that hold the words of a line and meet its conditions.

        As `fusion list` reads them; half a line is no error.
        """

    def searches(self) -> Sequence[tuple[str, str]]:
        """Return the searches that are kept: name and line."""

    def save_search(self, name: str, line: str) -> None:
        """Keep a line under a name, over the one of that name."""

    def forget_search(self, name: str) -> None:
        """Keep the search of that name no longer."""

    def board(self, mode: str) -> "Board":
        """Return what is going on along the corridor, of a mode: ACTUAL, EXERCISE."""

    def board_weeks(self, mode: str) -> "WeekCounts":
        """Return the counts of the last weeks, and the TLP of all that is shown."""

    def board_week(self, mode: str, start: int) -> Sequence[int]:
        """Return the bulletins of the week that began then (ms UTC), by number.

        The newest first, 256 at most.
        """

    def sent(self, limit: int) -> Sequence[SentRow]:
        """Return what this desk wrote, newest first, and how far each addressee is."""

    def translation_queue(self) -> Sequence[TranslationItem]:
        """Return the translations that wait for a step, the most urgent first."""

    def handover(self) -> Sequence[DutySection]:
        """Return what the next shift must know, every section of it."""

    # One message.

    def read(self, number: int) -> OpenedBulletin:
        """Return the message; Refusal(NOT_FOUND) where there is none."""

    def doubts(self, content: Content, translation: Rendition) -> Doubts:
        """Return what the checks hold against a translation, in the language in use.

        May take seconds where somebody wants it to: for a worker.
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

        `remark` and `reason` "" send the bare one.

        `reason` is a code of decline_reason, with CANNOT_COMPLY. Refusal(PERSONAL_DATA)
        for what is not `confirmed` to be none, "remark PHONE".
        """

    def take_note(self, number: int) -> Sequence[str]:
        """Keep that an officer took note of what other desks cannot do.

        Returns that, a line each. Refusal(NOT_FOUND) where there is nothing.
        """

    def recall(
        self,
        number: int,
        reason: str,
        instruction: str,
        remark: str,
        confirmed: Sequence[str] = (),
    ) -> str:
        """Sign a recall of a bulletin of this desk; the first two are codes.

        Returns its state as of `acknowledge`; "waiting" for a releaser. Refusal
        naming what forbids it; of the remark as of `acknowledge`.
        """

    def thread(self, number: int) -> Thread:
        """Return all that a message is connected with."""

    def translate(self, number: int, lang: str) -> Workbench:
        """Return the translation of a bulletin into `lang`, begun where it is not."""

    def chain(self, number: int) -> Sequence[ProofStep]:
        """Verify again, from the stored bytes to the cosignature, in that order."""

    def voice_check(self, number: int) -> SpokenCheck:
        """Return the voice check of a message."""

    def entry(self, number: int) -> bytes:
        """Return the signed bytes, the leaf of the log."""

    # Writing.

    def desks(self) -> Sequence[str]:
        """Return the desks that have a sealing key, own one not among them."""

    def sources(self) -> Sequence[tuple[str, str]]:
        """Return the codes of the register of sources, each with its grade."""

    def about(self, name: bytes) -> Row | None:
        """Return a message that a draft refers to, None where it is not here."""

    def begin(self, number: int, relation: str) -> Draft:
        """Return what is begun to be written of a bulletin: an answer, a correction.

        Refusal where it may not be referred to so.
        """

    def proposal(self, number: int) -> Draft:
        """Return what is to be sent of a movement that is overdue."""

    def missing_bulletins(self) -> Sequence[MissingBulletins]:
        """Return the desks whose bulletins to this one have not all come.

        First those of which a number is far above the others.
        """

    def judge_number(self, sender: str, number: int, verdict: str) -> None:
        """Say MISUSED or GO_ON of a number of a desk; Refusal(NOT_FOUND)."""

    def request_missing(self, sender: str) -> Draft:
        """Return an RFI to a desk whose bulletins are missing."""

    def review(self, draft: CheckedDraft) -> Review:
        """Hold a draft against references, label and keys; nothing is signed.

        Refusal naming field and reason where it may not be sent.
        """

    def submit(
        self, draft: CheckedDraft, saved: Mark = NONE, instead: bytes = b""
    ) -> bytes:
        """Seal, sign, keep in the outbox, and hand over; return the name.

        In the place of `instead`, where that is a draft that a releaser gave back.

        What was saved of it under the mark is dropped in the same write.
        Refusal(PERSONAL_DATA) for what is not confirmed to be none.
        """

    def begin_again(self, number: int) -> CheckedDraft:
        """Return a bulletin that waits to be signed again, as it would be signed.

        Refusal where it does not wait for that.
        """

    def sign_again(self, number: int) -> bytes:
        """Sign a bulletin again and queue it; return its new name; the old one goes.

        Refusal naming what forbids it.
        """

    def drawn_route(self, number: int) -> str:
        """Return the route drawn here for a movement, "" for none or one told of."""

    def reveal(self, number: int) -> bytes:
        """Sign and send the route of a movement to all who have it; return its name."""
