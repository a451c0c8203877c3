"""The file: other processes, kill -9, and damage below our tables."""

import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.errors import FusionError, Reason, Tampered
from exchange.store import Store, sqlite_database
from tests.expecting import present, refusing
from tests.store.support import ORIGIN, Log, entry, verify

APPEND = """
import pathlib, sys
from exchange.config.database_url import read_url
from exchange.store import Store
from tests.store.support import ORIGIN, Log, entry
place = sys.argv[1]
store = Store(read_url(place, "database") if ":" in place else pathlib.Path(place))
held = store.heads.newest(ORIGIN)
log = Log(store, edge=store.logs.edge(ORIGIN), held=held.head if held else None)
while True:
    size = log.edge.size
    log.append(*(entry(size + n) for n in range(1 + size % 7)))
    print(log.edge.size, flush=True)
"""


def appending(place: Path | str) -> subprocess.Popen[str]:
    """Append without end to a file, or to a database by its URL."""
    return subprocess.Popen(
        [sys.executable, "-c", APPEND, place], stdout=subprocess.PIPE, text=True
    )


def read_until(process: subprocess.Popen[str], size: int) -> int:
    """Return the last size that was acknowledged, at least `size`."""
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= size:
            return int(line)
    raise AssertionError(process.returncode)


def killed(process: subprocess.Popen[str], seen: int) -> int:
    """Kill -9 and return the last size that was acknowledged."""
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    lines = rest.splitlines(keepends=True)
    return max([seen, *(int(line) for line in lines if line.endswith("\n"))])


def test_kill_minus_9_loses_nothing_acknowledged(path: Path) -> None:
    acknowledged = 0
    for round_ in range(4):
        process = appending(path)
        seen = read_until(process, acknowledged + 1)
        time.sleep(0.011 * round_)
        acknowledged = killed(process, seen)

        for read_only in (True, False):
            store = Store(path, read_only=read_only)
            assert verify(store) >= acknowledged
            acknowledged = store.logs.size(ORIGIN)
            store.close()


def test_a_running_node_is_read_from_outside(path: Path) -> None:
    process = appending(path)
    seen = read_until(process, 1)
    reader = Store(path, read_only=True)
    for _ in range(20):
        head = present(reader.heads.newest(ORIGIN))
        assert head.head.size >= seen
        assert reader.logs.root_at(ORIGIN, head.head.size) == head.head.root
        seen = head.head.size
    killed(process, seen)
    reader.close()


def test_a_reader_writes_nothing(path: Path, log: Log) -> None:
    log.append(entry(0))
    reader = Store(path, read_only=True)

    assert verify(reader) == 1
    for write in (
        lambda: Log(reader).append(entry(1)),
        lambda: reader.partners.record_cosigned("beijing.cn", 1, 1),
    ):
        with refusing(Reason.DATABASE):
            write()
    reader.close()


def test_a_reader_makes_no_file_and_migrates_nothing(path: Path) -> None:
    with refusing(Reason.DATABASE) as refused:
        Store(path, read_only=True)
    assert str(path.parent) not in str(refused.value)
    assert not path.exists()

    path.touch()
    with refusing(Reason.DATABASE):
        Store(path, read_only=True)
    assert path.read_bytes() == b""


def test_the_files_are_for_us_alone(path: Path, log: Log) -> None:
    log.append(entry(0))
    modes = {stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}

    assert len(list(path.parent.iterdir())) == 3
    assert modes == {0o600}


def test_a_writer_elsewhere_is_waited_for_then_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = tuple(p for p in sqlite_database.WRITING if p[0] != "busy_timeout")
    monkeypatch.setattr(sqlite_database, "WRITING", (("busy_timeout", 50), *quick))
    store = Store(path)
    log = Log(store)
    with closing(dbapi2.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with refusing(Reason.LOCKED):
            log.append(entry(0))
        assert store.heads.newest(ORIGIN) is None
        other.execute("ROLLBACK")
    assert log.append(entry(0)).head.size == 1
    store.close()


@pytest.mark.usefixtures("path")
def test_a_full_disk_is_named_and_stores_nothing(store: Store, log: Log) -> None:
    log.append(entry(0))
    with store._database.write_cursor() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with refusing(Reason.DISK):
        log.append(*(entry(n) for n in range(1, 200)))
    assert verify(store) == 1


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    "junk", [b"not a database at all" * 100, os.urandom(8_192)], ids=["text", "noise"]
)
def test_another_file_is_no_database(
    path: Path, junk: bytes, *, read_only: bool
) -> None:
    path.write_bytes(junk)

    with pytest.raises(Tampered) as found:
        Store(path, read_only=read_only)
    assert found.value.reason is Reason.DATABASE
    assert path.read_bytes() == junk


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with refusing(Reason.DATABASE):
        Store(tmp_path / "none" / "node.db")


def test_a_changed_byte_is_an_answer_or_an_error_of_ours(path: Path) -> None:
    """Whatever is flipped, reading ends in rows or a FusionError; never otherwise."""
    store = Store(path)
    log = Log(store)
    for size in range(1, 6):
        log.append(*(entry(10 * size + n) for n in range(size)))
    store.close()
    good = path.read_bytes()
    found = 0
    for at in range(100, len(good), 1_201):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x5A]) + good[at + 1 :])
        found += not sound(path)

    path.write_bytes(good)
    assert sound(path)
    assert found > 4


def sound(path: Path) -> bool:
    """Whether everything reads and fits; nothing but our errors may be raised."""
    try:
        store = Store(path, read_only=True)
    except FusionError:
        return False
    try:
        verify(store)
        store.entries.directory(ORIGIN)
        store.entries.by_name(entry(10).name)
    except (FusionError, AssertionError):
        return False
    finally:
        store.close()
    return True


@pytest.mark.usefixtures("path")
def test_what_a_thread_asks_in_a_view_sees_one_state(store: Store, log: Log) -> None:
    log.append(entry(0))
    newest = store.arrivals.newest()

    with store.viewing():
        assert store.arrivals.newest() == newest
        log.append(entry(1))
        assert store.arrivals.newest() == newest
        with store.viewing():
            assert store.arrivals.newest() == newest
        assert [one.number for one in store.arrivals.page(0, 99)][-1] == newest

    assert store.arrivals.newest() > newest


@pytest.mark.usefixtures("path")
def test_a_view_is_that_of_its_thread_and_ends_with_an_error(
    store: Store, log: Log
) -> None:
    log.append(entry(0))
    newest = store.arrivals.newest()

    with ThreadPoolExecutor(1) as other, suppress(ZeroDivisionError), store.viewing():
        store.arrivals.newest()
        log.append(entry(1))
        assert other.submit(store.arrivals.newest).result() > newest
        raise ZeroDivisionError

    assert store.arrivals.newest() > newest
