"""A store is closed while others are at it, as when a node is told to stop."""

import threading
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.store import PeerState, Store, file_digest, sqlite_database
from tests.expecting import refusing
from tests.store.support import ORIGIN, Log, entry


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
