"""Where a database was closed, not one byte of its file may change unseen."""

import random
import threading
from pathlib import Path

import pytest

from exchange.errors import FusionError, Reason, Refusal
from exchange.store import PeerState, Store, file_digest, sqlite_database
from tests.expecting import refusing
from tests.store.support import ORIGIN, Log, entry


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    Store(path).close()
    return path


def test_a_closed_file_is_noted_for_us_alone(path: Path) -> None:
    noted = file_digest.digest_path(path)

    assert noted.stat().st_mode & 0o777 == 0o600
    assert not file_digest.has_changed(path)


def test_no_byte_changes_unseen(path: Path) -> None:
    data = path.read_bytes()
    draw = random.Random(5)  # noqa: S311  where to flip
    for place in draw.sample(range(len(data)), 200):
        flipped = bytearray(data)
        flipped[place] ^= 1
        path.write_bytes(flipped)

        assert file_digest.has_changed(path)


@pytest.mark.parametrize("change", [b"", b"\0", b"0" * 65, b"\xff" * 64 + b"\n"])
def test_a_digest_that_is_spoilt_is_a_change(path: Path, change: bytes) -> None:
    file_digest.digest_path(path).write_bytes(change)

    assert file_digest.has_changed(path)


def test_nothing_is_known_of_a_file_in_use(path: Path) -> None:
    store = Store(path)
    try:
        assert not file_digest.digest_path(path).exists()
        assert not file_digest.has_changed(path)
    finally:
        store.close()

    assert file_digest.digest_path(path).exists()


def test_a_reader_leaves_the_digest_alone(path: Path) -> None:
    before = file_digest.digest_path(path).read_bytes()

    Store(path, read_only=True).close()

    assert file_digest.digest_path(path).read_bytes() == before


def test_the_last_to_close_notes_it(path: Path) -> None:
    first, second = Store(path), Store(path)
    first.logs.origins()
    second.logs.origins()

    first.close()
    second.close()

    assert not file_digest.has_changed(path)


def test_a_damaged_file_is_never_noted_as_sound(path: Path) -> None:
    path.write_bytes(b"no database at all" * 400)

    with pytest.raises(FusionError):
        Store(path)

    assert not file_digest.digest_path(path).exists()


# A store is closed while others are at it, as when a node is told to stop.


def test_whoever_writes_ends_first(path: Path) -> None:
    """Else the file would change behind the digest that was noted of it."""
    store = Store(path)
    Log(store).append(entry(0))
    inside, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with store._database.write_cursor() as connection:
            connection.execute("CREATE TABLE mark (n)")
            inside.set()
            go_on.wait()

    writer = threading.Thread(target=write)
    closer = threading.Thread(target=store.close)
    writer.start()
    inside.wait()
    closer.start()
    closer.join(0.1)
    assert closer.is_alive()
    go_on.set()
    writer.join()
    closer.join()

    assert not file_digest.has_changed(path)
    assert file_digest.digest_path(path).exists()
    assert [found.name for found in path.parent.glob("*-wal")] == []


def test_a_closed_store_answers_nothing(path: Path) -> None:
    store = Store(path)
    store.close()

    for late in (
        lambda: store.logs.size(ORIGIN),
        lambda: store.partners.set_peer("beijing.cn", PeerState()),
    ):
        with refusing(Reason.DATABASE):
            late()
    assert not file_digest.has_changed(path)
    assert [found.name for found in path.parent.glob("*-wal")] == []
    store.close()


def test_appends_wait_for_another_process_after_a_wal_could_not_be_emptied(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(path)
    monkeypatch.setattr(sqlite_database, "TRUNCATE", "SELECT no_such_function()")

    with pytest.raises(Refusal):
        store.retention.empty_wal()

    with store._database.write_cursor() as connection:
        waits = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    assert waits == sqlite_database.BUSY
    store.close()
