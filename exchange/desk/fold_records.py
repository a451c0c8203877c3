"""Records of threads as a list folds them; as `exchange.desk.records`."""

from typing import NamedTuple


class Fold(NamedTuple):
    """Counts of the messages that are folded under the head of a thread, by sort."""

    others: int
    """The messages below the head; the sorts from `unread` on are of these."""
    unread: int = 0
    waiting: int = 0
    """Those that wait to be acknowledged here."""
    flash_waiting: int = 0
    flash: int = 0
    gone: int = 0
    """Those that their author's desk recalled or replaced."""
    refused: int = 0
    translations: int = 0
    """Of all its messages, the head too: one for each language of each."""
    receipts: int = 0
    """Of all its messages; no recalls, which are messages."""

    @property
    def total(self) -> int:
        """All that stands under the head."""
        return self.others + self.translations + self.receipts


class Folding(NamedTuple):
    """A message of a thread, its head, and whether a list folds it away."""

    number: int
    head: int
    folded: int


class BlockFold(NamedTuple):
    """How many of a block of 1,024 numbers, from 1,024 times `block` on, are folded."""

    block: int
    folded: int
