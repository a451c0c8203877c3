"""Threads of a desk in memory: the head of each row that has one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from exchange.desk.fold_records import BlockFold, Fold, Folding


@dataclass
class FakeThreads:
    """`heads` has every row of each thread; `under` what stands under a head."""

    heads: dict[int, int] = field(default_factory=dict)
    under: dict[int, Fold] = field(default_factory=dict)

    def blocks(self) -> Sequence[BlockFold]:
        folded = (n // 1_024 for n in self.heads if n != self.newest(n))
        return [BlockFold(*one) for one in Counter(folded).items()]

    def between(self, first: int, last: int) -> Sequence[Folding]:
        return [
            Folding(number, head, int(number != self.newest(number)))
            for number, head in self.heads.items()
            if first <= number <= last
        ]

    def newest(self, number: int) -> int:
        head = self.heads.get(number)
        return max((n for n, h in self.heads.items() if h == head), default=number)

    def members(self, head: int) -> list[int]:
        return sorted(n for n, h in self.heads.items() if h == head and n != head)

    def folds(self, heads: Sequence[int]) -> Mapping[int, Fold]:
        found = {head: Fold(len(self.members(head))) for head in heads}
        return {h: self.under.get(h, fold) for h, fold in found.items() if fold.others}
