"""Read the heads of a log in step with its entries."""

from collections.abc import Callable, Iterator


class KeptHeads:
    """The heads of a log by the size that they claim.

    `keep` receives each note out of order. Nothing is verified here.
    """

    def __init__(
        self,
        heads: Iterator[tuple[int, bytes]],
        keep: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        self._heads, self._keep = heads, keep
        self._size = 0  # of the last note handed out
        self._next: tuple[int, bytes] | None = None
        self.strays = 0

    def upto(self, end: int) -> list[tuple[int, bytes]]:
        """Return (size, note) of at most `end` entries."""
        found = []
        while (head := self._peek()) is not None and head[0] <= end:
            found.append(head)
            self._next = None
        return found

    def left(self) -> Iterator[bytes]:
        """Yield the heads that claim more entries than there are."""
        while (head := self._peek()) is not None:
            self._next = None
            yield head[1]

    def _peek(self) -> tuple[int, bytes] | None:
        """Return the next head that claims more than the one before."""
        while self._next is None:
            head = next(self._heads, None)
            if head is None:
                return None
            if head[0] > self._size:
                self._size = head[0]
                self._next = head
            else:
                self.strays += 1
                self._keep(head[1])
        return self._next
