"""Threads of a desk in memory: the head of each row that has one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.desk.fold_records import (
    BlockFold,
    Fold,
    FoldedAnswer,
    Folding,
    ThreadLine,
)
from exchange.desk.mailbox.folded_threads import FoldedThreads


@dataclass
class FakeThreads(FoldedThreads):
    """`heads` has every row of each thread; `under` what stands under a head.

    `answers` are the translations and receipts of a row.
    """

    heads: dict[int, int] = field(default_factory=dict)
    under: dict[int, Fold] = field(default_factory=dict)
    answers: dict[int, list[FoldedAnswer]] = field(default_factory=dict)

    def blocks(self) -> list[BlockFold]:
        folded = (n // 1_024 for n in self.heads if n != self.newest(n))
        return [BlockFold(*one) for one in Counter(folded).items()]

    def between(self, first: int, last: int) -> list[Folding]:
        return [
            Folding(number, head, int(number != self.newest(number)))
            for number, head in self.heads.items()
            if first <= number <= last
        ]

    def newest(self, number: int) -> int:
        head = self.heads.get(number)
        return max((n for n, h in self.heads.items() if h == head), default=number)

    def members(self, head: int) -> list[int]:
        """What stands under a head, in order of arrival."""
        return sorted(n for n, h in self.heads.items() if h == head and n != head)

    def lines(self, head: int) -> list[ThreadLine]:
        if self.heads.get(head, head) != head:
            return []
        found = [ThreadLine(head, one) for one in self.answers.get(head, [])]
        for number in self.members(head):
            said = [ThreadLine(number, one) for one in self.answers.get(number, [])]
            found += [ThreadLine(number), *said]
        return found

    def folds(self, heads: Sequence[int]) -> dict[int, Fold]:
        found = {head: self._fold(head) for head in heads if self._stands(head)}
        return {h: self.under.get(h, fold) for h, fold in found.items() if fold.total}

    def _stands(self, number: int) -> bool:
        return self.heads.get(number, number) == number

    def _fold(self, head: int) -> Fold:
        numbers = [head, *self.members(head)]
        answers = [one for n in numbers for one in self.answers.get(n, [])]
        translations = sum(one.is_translation for one in answers)
        receipts = len(answers) - translations
        return Fold(
            len(self.members(head)), translations=translations, receipts=receipts
        )
