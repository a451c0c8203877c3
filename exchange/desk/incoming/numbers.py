"""Count the numbers of bulletins as they arrive: from other desks, and from its own."""

from exchange.desk.incoming.examine_entry import ExaminedEntry
from exchange.desk.incoming.relations import ANSWERING
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.desk_numbers import DeskCount
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb


class NumberReader:
    """Counts the bulletins of a page; `write` stores the counts in its transaction."""

    def __init__(self, mailbox: Mailbox, desk: str) -> None:
        self._mailbox = mailbox
        self._desk = desk
        self._came: dict[tuple[str, bool], DeskCount] = {}

    def take(self, entry: ExaminedEntry) -> None:
        """Take the numbers of an entry; one with a missing text comes again."""
        if entry.core.kind != pb.KIND_BULLETIN or entry.verdict == Reason.MISSING:
            return
        if entry.said is None:
            self._count_unopened(entry, 1)
            return
        said = {one.desk: one.number for one in entry.said.numbers}
        for desk, count in self._counts(entry).items():
            to = desk if entry.desk == self._desk else self._desk
            if to in said:
                count.numbers.setdefault(said[to], entry.name)

    def take_again(self, entry: ExaminedEntry) -> None:
        if entry.core.kind == pb.KIND_BULLETIN:
            self._count_unopened(entry, -1)
        self.take(entry)

    def _count_unopened(self, entry: ExaminedEntry, change: int) -> None:
        for count in self._counts(entry).values():
            count.unopened += change

    def _counts(self, entry: ExaminedEntry) -> dict[str, DeskCount]:
        """Return the counters of its author's desk, or of each addressed desk.

        A number for any other desk is ignored: that desk never sees it.
        """
        sent = entry.desk == self._desk
        to = {r.desk for r in entry.core.recipients if r.recipient_class in ANSWERING}
        desks = to if sent else {entry.desk} if self._desk in to else ()
        return {d: self._came.setdefault((d, sent), DeskCount()) for d in sorted(desks)}

    def write(self, now: int) -> None:
        for (desk, sent), came in self._came.items():
            self._mailbox.numbers.note_logged(desk, came, now, sent=sent)
        self.drop()

    def drop(self) -> None:
        self._came = {}
