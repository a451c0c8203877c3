"""File pages of arrivals, a large one while the next is received and examined.

Filing waits for disk and crypto without the interpreter: examining the next page fills
that time.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from exchange.v1 import desk_service_pb2 as pb

Page = Sequence[pb.Arrival]
P = TypeVar("P")
LARGE = 16  # arrivals; a smaller page is filed at once, in the caller's thread


class PageConsumer(Protocol[P]):
    """Takes pages in order; `prepare` may be called while another is applied."""

    def prepare(self, page: Page) -> P:
        """Examine a page before its turn."""

    def apply(self, page: Page, prepared: P | None = None) -> None:
        """File a page."""


class PageFiling(Generic[P]):
    """Files pages in order; each begins once the last has ended.

    Leaving the context waits for the last. Its error is raised by the next call, or
    there.
    """

    def __init__(self, desk: PageConsumer[P]) -> None:
        self._desk = desk
        self._executor: ThreadPoolExecutor | None = None
        self._last: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.wait()
        finally:
            if self._executor is not None:
                self._executor.shutdown()

    def file(self, page: Page) -> None:
        """File a page behind those before it; do not wait for a large one."""
        if len(page) < LARGE:
            self.wait()
            self._desk.apply(page)
            return
        prepared = self._desk.prepare(page)
        self.wait()
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1)
        self._last = self._executor.submit(self._desk.apply, page, prepared)

    def wait(self) -> None:
        """Wait for all pages; raise the error of the last."""
        last, self._last = self._last, None
        if last is not None:
            last.result()
