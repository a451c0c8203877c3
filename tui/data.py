"""What the screens ask of a desk: protocols, which `exchange.desk` implements.

Screens know no SQL and no gRPC. Everything here is synchronous and may be called
from any thread. `count`, `page`, `rows`, `unread_beside`, `link` and `setting` must
answer within milliseconds, without the network: the list calls them while it paints.
All else runs in a worker thread. Whatever fails raises `exchange.errors.FusionError`.

Times are milliseconds since the epoch, UTC; 0 is none. Texts come as they were
signed: the screens pass each of them through `tui.text.safe`.
"""

from array import array
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from exchange.bulletin.draft import Draft
from tui.data_bench import Compared, Finding, Piece, Suggestion, Workbench
from tui.data_due import Alarm, Link, Matter, Peer, Section
from tui.data_reading import (
    Draw,
    Linked,
    Opened,
    Part,
    Recall,
    Receipt,
    Rendered,
    Rung,
    StateAt,
    Thread,
    Translation,
)
from tui.data_row import Found, Row
from tui.data_writing import Writing

__all__ = [
    "Alarm",
    "Compared",
    "Desk",
    "Draw",
    "Filter",
    "Finding",
    "Found",
    "Link",
    "Linked",
    "Matter",
    "Opened",
    "Part",
    "Peer",
    "Piece",
    "Recall",
    "Receipt",
    "Relation",
    "Rendered",
    "Row",
    "Rows",
    "Rung",
    "Section",
    "StateAt",
    "Step",
    "Suggestion",
    "Thread",
    "Translation",
    "Workbench",
]

# Which rows a list shows. TO_ACKNOWLEDGE: an acknowledgement is asked of this desk
# and not yet given. DUE: something is to be done about it, translations aside, which
# are TO_TRANSLATE. SENT: written at this desk.
Filter = Literal[
    "ALL",
    "UNREAD",
    "TO_ACKNOWLEDGE",
    "DUE",
    "FLASH",
    "RECALLED",
    "TO_TRANSLATE",
    "SENT",
    "REFUSED",
]
Relation = Literal["ACKNOWLEDGED", "COMPLETED", "CANNOT_COMPLY"]


class Step(Protocol):
    """One link of the chain that proves a bulletin."""

    @property
    def what(self) -> str:
        """BYTES, NAME, SIGNATURE, KEY, LOG, INCLUSION, HEAD, COSIGNATURE or SEAL."""

    @property
    def ok(self) -> bool | None:
        """None: not checked or not yet possible."""

    @property
    def reason(self) -> str:
        """A reason word where `ok` is False, else ""."""

    @property
    def detail(self) -> str:
        """What was checked: key, size, root, time. Ours, not the partner's, text."""


class Rows(Protocol):
    """The list: numbers are dense, so a page costs the same at any depth."""

    def count(self) -> int:
        """Return how many rows there are; the newest has this number."""

    def page(self, first: int, n: int) -> Sequence[Row]:
        """Return rows `first` to `first + n - 1`, ascending; fewer at the end."""

    def rows(self, numbers: Sequence[int]) -> Sequence[Row]:
        """Return the rows of these numbers (256 at most), in that order."""

    def ids(self, which: Filter) -> "array[int]":
        """Return the numbers that pass the filter, newest first, as array("q")."""

    def find(self, line: str) -> Found:
        """Return the rows that hold the words of a line and meet its conditions.

        As `fusion list` reads them; half a line is no error.
        """

    def searches(self) -> Sequence[tuple[str, str]]:
        """Return the searches that are kept: name and line."""

    def save_search(self, name: str, line: str) -> None:
        """Keep a line under a name, over the one of that name."""

    def forget_search(self, name: str) -> None:
        """Keep it no longer."""

    def unread_beside(self, number: int, step: int) -> int:
        """Return the next unread number: older with step -1, newer with 1; or 0."""

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """Have `call` called, from any thread, after rows or link changed.

        Returns what ends it.
        """


class Desk(Rows, Writing, Protocol):
    """Everything that a screen may ask."""

    def read(self, number: int) -> Opened:
        """Return the bulletin; Refusal(NOT_FOUND) where there is none."""

    def mark_read(self, number: int) -> None:
        """Note that an officer saw it (an OPENED receipt is the desk's business)."""

    def acknowledge(
        self,
        number: int,
        relation: Relation,
        remark: str,
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> None:
        """Sign and queue a receipt; `remark` and `reason` "" send the bare one.

        `reason` is a code of decline_reason, with CANNOT_COMPLY. Refusal(PERSONAL_DATA)
        for what is not `confirmed` to be none, "remark PHONE".
        """

    def recall(
        self,
        number: int,
        reason: str,
        instruction: str,
        remark: str,
        confirmed: Sequence[str] = (),
    ) -> None:
        """Sign and queue a recall of a bulletin of this desk; the first two are codes.

        Refusal naming what forbids it; of the remark as of `acknowledge`.
        """

    def thread(self, number: int) -> Thread:
        """Return all that a bulletin is connected with."""

    def handover(self) -> Sequence[Section]:
        """Return what the next shift must know, every section of it."""

    def begin(self, number: int, relation: str) -> Draft:
        """Return what is begun to be written of a bulletin: an answer, a correction.

        Refusal where it may not be referred to so.
        """

    def proposal(self, number: int) -> Draft:
        """Return what is to be sent of a movement that is overdue."""

    def translate(self, number: int, lang: str) -> Workbench:
        """Return the translation of a bulletin into `lang`, begun where it is not."""

    def chain(self, number: int) -> Sequence[Step]:
        """Verify anew, from the stored bytes to the cosignature, in that order."""

    def entry(self, number: int) -> bytes:
        """Return the signed bytes, the leaf of the log."""

    def link(self) -> Link:
        """Return the last known state of node, partners and queue."""

    def setting(self, key: str) -> str:
        """Return a kept setting of the officer, "" where none is."""

    def set_setting(self, key: str, value: str) -> None:
        """Keep a setting."""
