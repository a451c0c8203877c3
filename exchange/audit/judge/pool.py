"""Worker processes: one per core, with a bounded number of chunks under way."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Generic, TypeVar

SMALL = 2_000  # entries; below this, verifying is faster than starting a process
AHEAD = 3  # chunks per worker, running and waiting
PR_SET_PDEATHSIG = 1

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def cores() -> int:
    return len(os.sched_getaffinity(0))


class Pool(Generic[_In, _Out]):
    """Runs one function, in order, with or without processes.

    `ahead` is the most calls under way at once, which bounds the memory.
    """

    def __init__(
        self, work: Callable[[_In], _Out], executor: ProcessPoolExecutor | None
    ) -> None:
        self._work = work
        self._executor = executor
        self.ahead = AHEAD * cores() if executor else 1

    def submit(self, argument: _In) -> "Future[_Out]":
        """Return when it is done, without worker processes."""
        if self._executor is not None:
            return self._executor.submit(self._work, argument)
        done: Future[_Out] = Future()
        done.set_result(self._work(argument))
        return done


@contextmanager
def open_pool(
    work: Callable[[_In], _Out], size: int, workers: int | None = None
) -> Iterator[Pool[_In, _Out]]:
    """Open it with one worker per core by default.

    Without workers if that is as fast. They end with the block, also on an interrupt:
    running calls finish, waiting ones are cancelled.
    """
    count = cores() if workers is None else workers
    if workers is None and size < SMALL:
        count = 1
    if count <= 1:
        yield Pool(work, None)
        return
    executor = ProcessPoolExecutor(count, _context(), _begin, (os.getpid(),))
    try:
        yield Pool(work, executor)
    finally:
        executor.shutdown(cancel_futures=True)


def _context() -> multiprocessing.context.BaseContext:
    """Fork if no other thread runs in this process."""
    alone = threading.active_count() == 1 and "grpc" not in sys.modules
    return multiprocessing.get_context("fork" if alone else "spawn")


def _begin(parent: int) -> None:
    """Ignore interrupts, and exit when the parent exits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it has exited meanwhile
        os._exit(1)
