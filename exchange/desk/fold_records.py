"""Records of threads as a list folds them; as `exchange.desk.records`.

A thread is a bulletin with the messages, translations and receipts about it.
"""

from typing import NamedTuple


class Fold(NamedTuple):
    others: int
    """The messages below the head; the sorts from `unread` on are of these."""
    unread: int = 0
    waiting: int = 0
    """Those that wait for an acknowledgement here."""
    flash_waiting: int = 0
    flash: int = 0
    gone: int = 0
    """Those that their author's desk recalled or replaced."""
    refused: int = 0
    declined: int = 0
    """Those of this desk that another declined, not noted by an officer yet."""
    translations: int = 0
    """Of all its messages, the head too; several into one language count each."""
    receipts: int = 0
    """Of all its messages; no recalls, which are messages."""

    @property
    def total(self) -> int:
        return self.others + self.translations + self.receipts


class FoldedAnswer(NamedTuple):
    """One line of a thread, or one of MORE."""

    name: bytes
    relation: str
    """TRANSLATES, or that of the receipt: OPENED, ACKNOWLEDGED, ..."""
    officers: tuple[str, ...]
    """The signer of the receipt; the translator, then the reviewer."""
    filed: int
    lang: str = ""
    """The target language, BCP 47; "" for a receipt."""
    state: str = ""
    """INITIAL, TRANSLATED, REVIEWED or FINAL; "" for a receipt."""
    reason: str = ""
    """A code of decline_reason, for UNOPENABLE a reason word; else ""."""

    @property
    def is_translation(self) -> bool:
        return self.relation == "TRANSLATES"

    @property
    def is_receipt(self) -> bool:
        return not self.is_translation and self not in MORE


MORE = (
    FoldedAnswer(b"more translations", "", (), 0),
    FoldedAnswer(b"more receipts", "", (), 0),
)
"""The lines in place of translations and receipts that are not listed."""


class ThreadLine(NamedTuple):
    number: int
    """The message, or the one that `answer` is about."""
    answer: FoldedAnswer | None = None

    @property
    def key(self) -> tuple[int, bytes]:
        """Number and name of the answer, b"" for the message itself."""
        return self.number, self.answer.name if self.answer else b""


class Folding(NamedTuple):
    number: int
    head: int
    folded: int


class BlockFold(NamedTuple):
    """The count of folded numbers among the 1,024 from 1,024 times `block` on."""

    block: int
    folded: int
