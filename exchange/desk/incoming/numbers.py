"""The numbers of bulletins as they come in: of other desks to this one, and its own."""

from exchange.desk.incoming.examine_entry import ExaminedEntry
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.desk_numbers import DeskCount
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb


class NumberReader:
    """Counts the bulletins of a page; `write` keeps that within its transaction."""

    def __init__(self, mailbox: Mailbox, desk: str) -> None:
        self._mailbox = mailbox
        self._desk = desk
        self._sent: dict[str, set[int]] = {}
        self._seen: dict[str, list[int]] = {}
        self._unopened: dict[str, int] = {}

    def take(self, entry: ExaminedEntry) -> None:
        """Take an entry at its place in a log; a text that is awaited comes again."""
        if entry.core.kind != pb.KIND_BULLETIN or entry.verdict == Reason.MISSING:
            return
        author, said = entry.desk, entry.said
        if author == self._desk:
            for one in said.numbers if said else ():
                self._sent.setdefault(one.desk, set()).add(one.number)
        elif said is None:
            self._unopened[author] = self._unopened.get(author, 0) + 1
        else:
            found = [one.number for one in said.numbers if one.desk == self._desk]
            self._seen.setdefault(author, []).extend(found)

    def take_again(self, entry: ExaminedEntry) -> None:
        """Take an entry whose format was too new when it was taken first."""
        if entry.core.kind == pb.KIND_BULLETIN and entry.desk != self._desk:
            self._unopened[entry.desk] = self._unopened.get(entry.desk, 0) - 1
        self.take(entry)

    def write(self) -> None:
        """Keep what was counted."""
        if self._sent:
            self._mailbox.numbers.note_sent(self._sent)
        desks = self._seen.keys() | self._unopened.keys()
        found = {
            desk: DeskCount(self._seen.get(desk, []), self._unopened.get(desk, 0))
            for desk in desks
        }
        self._mailbox.numbers.note_seen(found)
        self.drop()

    def drop(self) -> None:
        """Forget what was counted: its page failed, or is written."""
        self._sent, self._seen, self._unopened = {}, {}, {}
