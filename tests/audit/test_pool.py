"""Worker processes: as many as there are cores, and none that outlives its use."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchange.audit.judge import pool

# What is begun in the background of a shell has interrupts ignored from its start.
SCRIPT = """
import os, signal, sys, time
from pathlib import Path
from exchange.audit.judge import pool

folder = Path(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)

def work(number):
    (folder / str(os.getpid())).touch()
    time.sleep(number)
    return number

with pool.open_pool(work, 0, 2) as many:
    under = [many.submit(1000), many.submit(0)]
    under[1].result()  # and from now on the one waits, and the other works
    try:
        print("begun", flush=True)
        under[0].result()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        raise
"""


def double(number: int) -> tuple[int, int]:
    return 2 * number, os.getpid()


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_the_results_are_those_of_the_function(workers: int) -> None:
    with pool.open_pool(double, 10**6, workers) as many:
        under = [many.submit(number) for number in range(20)]
        found = [one.result() for one in under]

    assert [number for number, _ in found] == [2 * number for number in range(20)]
    assert ({pid for _, pid in found} == {os.getpid()}) == (workers < 2)


def test_little_work_needs_no_process() -> None:
    with pool.open_pool(double, pool.SMALL - 1) as many:
        assert many.submit(1).result() == (2, os.getpid())
        assert many.ahead == 1


def test_much_work_takes_a_worker_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "cores", lambda: 2)
    with pool.open_pool(double, pool.SMALL) as many:
        under = [many.submit(1) for _ in range(many.ahead)]
        assert os.getpid() not in {one.result()[1] for one in under}
        assert many.ahead == 2 * pool.AHEAD


def test_beside_a_thread_no_process_is_a_copy() -> None:
    """What a thread holds locked would stay locked in the copy."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert pool._context().get_start_method() == "spawn"
        with pool.open_pool(double, 0, 2) as many:
            assert many.submit(4).result()[0] == 8
    finally:
        stop.set()
        thread.join()


def fail(number: int) -> int:
    raise ValueError(number)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_worker_raises_is_raised_here(workers: int) -> None:
    with pytest.raises(ValueError, match="7"), pool.open_pool(fail, 0, workers) as many:
        many.submit(7).result()


@contextlib.contextmanager
def _begun(folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as started:
        try:
            assert started.stdout is not None
            assert started.stdout.readline() == b"begun\n"
            _until(lambda: len(list(folder.iterdir())) == 2)
            yield started
        finally:
            started.kill()
            _kill(*_alive(folder))


def _kill(*pids: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.kill(pid, signal.SIGKILL)


def _until(right: Callable[[], bool]) -> None:
    for _ in range(500):
        if right():
            return
        time.sleep(0.02)
    raise AssertionError


def _alive(folder: Path) -> list[int]:
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state = Path(f"/proc/{path.name}/stat").read_text()
            if state.rpartition(") ")[2][0] != "Z":
                found.append(int(path.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_no_worker_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    with _begun(tmp_path) as started:
        assert len(_alive(tmp_path)) == 2

        started.kill()
        started.communicate()

        _until(lambda: not _alive(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_an_interrupt_is_the_parent_s_to_see(tmp_path: Path) -> None:
    """The terminal sends it to all of them; only one says something."""
    with _begun(tmp_path) as started:
        os.killpg(started.pid, signal.SIGINT)
        assert started.stdout is not None
        assert started.stdout.readline() == b"interrupted\n"
        time.sleep(0.3)  # in which a worker that took it would end
        assert len(_alive(tmp_path)) == 2
        _kill(*_alive(tmp_path))  # they would sleep on
        _, err = started.communicate(timeout=30)

    assert err.count(b"KeyboardInterrupt") == 1
