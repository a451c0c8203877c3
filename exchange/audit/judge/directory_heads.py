"""Check the directory heads of a log against its DIRECTORY entries."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from exchange.audit.directory_age import DirectoryHeads
from exchange.audit.judge.chunk import ChunkState, VerifiedNote, read_note
from exchange.audit.sources.log_source import claimed_size
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import directory_tree
from exchange.ledger.directory_tree import Leaf
from exchange.ledger.merkle import Edge

HeadFault = tuple[int | None, Reason, str]
"""The last entry that a directory head covers, the reason, and the place."""


class DirectoryTree:
    """`leaves` are all its leaves in order; `end` is the size of the newest head."""

    def __init__(self, leaves: Sequence[Leaf], end: int) -> None:
        self._leaves, self.end = leaves, end
        self._edge = Edge.empty()

    def root(self, size: int) -> bytes:
        """Raise Refusal(HEAD) unless sizes rise up to `end`."""
        start = self._edge.size
        if not start < size <= self.end:
            raise Refusal(Reason.HEAD, str(size))
        first, last = (bisect_left(self._leaves, (at,)) for at in (start, size))
        added = self._leaves[first:last]
        self._edge = directory_tree.extend(self._edge, added, size)
        return self._edge.root()


def check_heads(
    notes: Iterable[bytes], tree: DirectoryTree, state: ChunkState
) -> tuple[DirectoryHeads, list[HeadFault]]:
    """Return a summary, and the faults.

    `state` has the keys of the log and its possible cosigners. Faulty heads do not
    count.

    1. Each note is a directory head of this log, and all known lines verify.
    2. The sizes rise, at most to the log's newest head.
    3. The root is that of the DIRECTORY entries below.
    4. The log's signing times do not fall.
    """
    good: list[VerifiedNote] = []
    faults: list[HeadFault] = []
    for note in notes:
        size = claimed_size(note)
        try:
            # 1
            found = read_note(note, state, directory=True)
            # 2, 3
            if tree.root(found.head.size) != found.head.root:
                raise Refusal(Reason.DIRECTORY)
            # 4
            if good and found.time_s < good[-1].time_s:
                raise Refusal(Reason.HEAD, "time")
        except FusionError as error:
            index = size - 1 if 0 < size <= tree.end else None
            faults.append((index, error.reason, f"directory head {size}"))
        else:
            good.append(found)
    if not good:
        return DirectoryHeads(wrong=len(faults)), faults
    last = good[-1]
    return DirectoryHeads(len(good), last.head.size, last.time_s, len(faults)), faults
