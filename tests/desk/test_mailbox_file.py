import errno
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.desk.mailbox import NONE, Change, Mailbox, NewMessage, database
from exchange.errors import (
    MADE_BEFORE,
    NEWER_PROGRAM,
    FusionError,
    Reason,
    Refusal,
    Tampered,
    Why,
)
from exchange.v1 import envelope_pb2
from tests.desk import made
from tests.desk.made import ISLAMABAD, KEY, message, name, put_all, receipt, translation
from tests.expecting import refusing

REFUSED = "mailbox.db: the database cannot be opened (DATABASE)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a mailbox with one message is, closed."""
    path = tmp_path / "mailbox.db"
    with closing(Mailbox(path, KEY)) as box:
        box.messages.put(message(1))
    return path


def files(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}*"))


def test_no_plaintext_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.db"
    box = Mailbox(path, KEY)
    canaries = ["canaryword", "کینری", "金丝雀", "duty-1@ops", ISLAMABAD, "WARNING"]
    said = made.content("canaryword", ["کینری", "金丝雀"])
    box.messages.put(message(1, content=said, cek=b"CANARYCEK" * 3, facts="canaryfact"))
    box.translations.put(translation(1, "en", "canarytext"))
    box.drafts.save("duty-1@ops", NONE, b"canarydraft", 1)
    box.settings.set("canarykey", "canaryvalue")
    box.templates.save("Canary", "canaryword")
    box.outbox.enqueue(
        envelope_pb2.Envelope(entry=made.entry(), body=b"canarybody"), b"n", 1
    )
    assert list(box.search.text("金丝雀 canary")) == [1]
    assert len(files(path)) == 3, "database, log and index of the log"
    for raw in (each.read_bytes().lower() for each in files(path)):
        assert b"canary" not in raw
        assert b"sqlite format" not in raw
        for canary in canaries:
            assert canary.encode().lower() not in raw
    box.close()
    assert files(path) == [path]
    assert b"canary" not in path.read_bytes().lower()


def test_only_the_owner_can_read_the_files(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.db"
    before = os.umask(0)
    try:
        box = Mailbox(path, KEY)
        box.messages.put(message(1))
    finally:
        os.umask(before)
    assert {stat.S_IMODE(each.stat().st_mode) for each in files(path)} == {0o600}
    box.close()
    path.chmod(0o644)  # a copy put back
    with closing(Mailbox(path, KEY)) as box:
        box.messages.put(message(2))
        assert {stat.S_IMODE(each.stat().st_mode) for each in files(path)} == {0o600}


def harm(path: Path, how: str) -> None:
    """What may become of a mailbox's file."""
    match how:
        case "damaged":
            raw = bytearray(path.read_bytes())
            raw[100] ^= 1
            path.write_bytes(raw)
        case "empty":
            path.write_bytes(b"")
        case "other text":
            path.write_bytes(b"plain text" * 1_000)
        case "cut short":
            path.write_bytes(path.read_bytes()[:100])
        case "not encrypted":
            path.unlink()
            with closing(sqlite3.connect(path)) as plain:
                plain.execute("CREATE TABLE message (number)")
        case "a directory":
            path.unlink()
            path.mkdir()
        case "a link":
            path.rename(path.parent / "other")
            path.symlink_to(path.parent / "other")


@pytest.mark.parametrize(
    "how",
    [
        *("damaged", "empty", "other text", "cut short", "not encrypted"),
        *("a directory", "a link"),
    ],
)
def test_one_message_for_whatever_is_wrong(
    path: Path, how: str, capfd: pytest.CaptureFixture[str]
) -> None:
    harm(path, how)
    with pytest.raises(Refusal) as refusal:
        Mailbox(path, KEY)
    assert str(refusal.value) == REFUSED
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_g8_a_disk_without_room_for_the_file_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """SQLite has not opened it yet: the file system says so itself."""

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", fail)
    with refusing(Reason.DISK, "mailbox.db"):
        Mailbox(tmp_path / "mailbox.db", KEY)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("version", "why"), [(22, MADE_BEFORE), (24, NEWER_PROGRAM), (1, MADE_BEFORE)]
)
def test_a_file_of_another_schema_is_refused(
    path: Path, version: int, why: Why
) -> None:
    with closing(Mailbox(path, KEY)) as box:
        box.database._writer.execute(f"PRAGMA user_version = {version}")
    before = path.read_bytes()
    with pytest.raises(Refusal) as refusal:
        Mailbox(path, KEY)
    assert str(refusal.value) == f"mailbox.db: {why} (DATABASE)"
    assert path.read_bytes() == before


@pytest.mark.parametrize("key", [bytes(32), KEY[::-1], KEY[:31], KEY + b"x", b""])
def test_a_wrong_key_is_refused(
    path: Path, key: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    before = path.read_bytes()
    with pytest.raises(Refusal) as refusal:
        Mailbox(path, key)
    assert str(refusal.value) == REFUSED
    assert path.read_bytes() == before
    assert capfd.readouterr() == ("", "")
    with closing(Mailbox(path, KEY)) as box:
        assert box.database.count() == 1


def test_a_place_where_no_file_can_be(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        Mailbox(tmp_path / "none" / "mailbox.db", KEY)
    assert str(refusal.value) == REFUSED


def test_a_page_changed_on_disk_is_tampered(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.db"
    with closing(Mailbox(path, KEY)) as box:
        box.messages.put(message(1, facts="x" * 900_000))  # most of the file
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle::4096] = bytes(byte ^ 1 for byte in raw[middle::4096])
    path.write_bytes(raw)
    with closing(Mailbox(path, KEY)) as box, pytest.raises(Tampered) as tampered:
        box.messages.read(1)
    assert tampered.value.reason is Reason.DATABASE


def put_both(box: Mailbox, *new: NewMessage) -> None:
    with box.database.transaction():
        for each in new:
            box.messages.put(each)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.db"
    with closing(Mailbox(path, KEY)) as box:
        box.messages.put(message(1))
        pages = box.database._writer.execute("PRAGMA page_count").fetchone()[0]
        box.database._writer.execute(f"PRAGMA max_page_count = {pages}")
        with refusing(Reason.DISK):
            put_both(box, message(2), message(3, facts="x" * 300_000))
        assert box.database.count() == 1
        box.database._writer.execute("PRAGMA max_page_count = 100000")
        assert box.messages.put(message(3)) == 2


def test_a_transaction_that_the_disk_ended_takes_no_more(box: Mailbox) -> None:
    pages = box.database._writer.execute("PRAGMA page_count").fetchone()[0]
    box.database._writer.execute(f"PRAGMA max_page_count = {pages}")
    with suppress(FusionError), box.database.transaction():
        with suppress(Refusal):
            box.messages.put(message(1, facts="x" * 900_000))  # most of the file
        box.logs.set_cursor("islamabad.pk", 1)
    assert (box.database.count(), box.logs.cursor("islamabad.pk")) == (0, 0)


def test_kill_9_neither_loses_nor_doubles(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.db"
    for stop_at in (1, 7, 40, 90):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.desk.killed", path], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        said = [int(child.stdout.readline()) for _ in range(stop_at)]
        child.kill()
        said += [int(line) for line in child.stdout.read().split()]
        child.stdout.close()
        child.wait()
        with closing(Mailbox(path, KEY)) as box:
            there = box.database.count()
            assert there in {said[-1], said[-1] + 1}, "one may have gone unsaid"
            assert box.logs.cursor("islamabad.pk") == there
            assert box.logs.tree(ISLAMABAD).size == there
            assert [row.index for row in box.messages.page(1, there)] == [
                *range(1, there + 1)
            ]
            assert len(box.search.text("convoy")) == there
            assert all(len(box.receipts.of(name(n))) == 1 for n in range(1, there + 1))
            assert box.database.select_one("PRAGMA integrity_check") == ("ok",)


def test_the_kill_test_can_fail(box: Mailbox) -> None:
    """Without one transaction around it all, an interrupt leaves half of it."""
    with suppress(KeyboardInterrupt):
        box.messages.put(message(1))
        raise KeyboardInterrupt
    assert (box.database.count(), box.logs.cursor("islamabad.pk")) == (1, 0)


def test_another_process_reads_and_writes_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.db"
    with closing(Mailbox(path, KEY)) as box:
        script = (
            "import sys; from pathlib import Path; from exchange.desk.mailbox import *;"
            "from tests.desk.made import *; box = Mailbox(Path(sys.argv[1]), KEY);"
            "print(box.database.count());"
            "box.receipts.add(receipt(1, 'ACKNOWLEDGED'));"
            "box.close()"
        )
        box.messages.put(message(1))
        assert not box.database.changed_elsewhere()
        done = subprocess.run(
            [sys.executable, "-c", script, path], capture_output=True, check=True
        )
        assert (done.stdout, done.stderr) == (b"1\n", b"")
        assert box.messages.row(1).acknowledged == made.NOW
        assert box.database.changed_elsewhere()
        assert not box.database.changed_elsewhere()
        box.messages.mark_read(1, 5)
        assert not box.database.changed_elsewhere(), (
            "one's own writes are told by on_change"
        )


def test_a_writer_that_waits_too_long_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.1)
    path = tmp_path / "mailbox.db"
    with closing(Mailbox(path, KEY)) as box, closing(Mailbox(path, KEY)) as other:
        with box.database.transaction():
            box.messages.put(message(1))
            assert other.database.count() == 0, "readers do not wait"
            with pytest.raises(Refusal) as refusal:
                other.messages.put(message(2))
        assert refusal.value.reason is Reason.LOCKED
        assert other.messages.put(message(2)) == 2


def test_two_processes_create_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.db"

    start = threading.Barrier(4)

    def put(number: int) -> int:
        start.wait()
        with closing(Mailbox(path, KEY)) as box:
            return box.messages.put(message(number))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(put, range(4))) == [1, 2, 3, 4]
    assert [*tmp_path.iterdir()] == [path], "nothing half-made is left"


def test_opening_it_again_drops_no_lock(tmp_path: Path) -> None:
    """POSIX locks go when any descriptor of the file is closed in the process."""
    path = tmp_path / "mailbox.db"
    script = (  # asks for SQLite's shared bytes, os_unix.c
        "import fcntl, sys; file = open(sys.argv[1], 'r+b');"
        "fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)"
    )
    with closing(Mailbox(path, KEY)), closing(Mailbox(path, KEY)):
        asked = subprocess.run(
            [sys.executable, "-c", script, path], capture_output=True, check=False
        )
    assert b"BlockingIOError" in asked.stderr


def test_threads_read_while_one_writes(box: Mailbox) -> None:
    seen: list[Change] = []
    writers: set[int] = set()
    box.database.on_change.append(seen.append)
    box.database.on_change.append(lambda _: writers.add(threading.get_ident()))
    stop = threading.Event()

    def write() -> int:
        for number in range(60):
            with box.database.transaction():
                put_all(box, message(2 * number), message(2 * number + 1))
        stop.set()
        return threading.get_ident()

    def look() -> None:
        while not stop.is_set():
            there = box.database.count()
            assert there % 2 == 0, "half a transaction was seen"
            assert len(box.messages.page(1, there)) == there
            assert len(box.search.text("convoy")) >= there

    with ThreadPoolExecutor(6) as pool:
        lookers = [pool.submit(look) for _ in range(4)]
        writer = pool.submit(write).result()
        for each in lookers:
            each.result()
    assert writers == {writer}
    assert [change.count for change in seen] == [*range(2, 122, 2)]
    assert len(box.database._idle) <= database.IDLE_READERS


def test_two_threads_take_turns_at_writing(box: Mailbox) -> None:

    def write(start: int) -> None:
        for number in range(start, start + 25):
            box.messages.put(message(number))
            box.receipts.add(receipt(number, "OPENED", number=10_000 + number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, (0, 100, 200, 300)))
    assert box.database.count() == 100
    assert [row.number for row in box.messages.page(1, 100)] == [*range(1, 101)]


def test_the_file_is_what_its_settings_say(box: Mailbox) -> None:
    for connection in (
        box.database._writer,
        box.database._connect(box.database._path, 100),
    ):
        for pragma, value in {
            "journal_mode": "wal",
            "synchronous": 2,
            "temp_store": 2,
            "foreign_keys": 1,
            "trusted_schema": 0,
            "cipher_memory_security": "0",
            "cipher_use_hmac": "1",
        }.items():
            row = connection.execute(f"PRAGMA {pragma}").fetchone()
            assert row == (value,), pragma
        if connection is not box.database._writer:
            connection.close()
    assert dbapi2.sqlite_version_info >= (3, 43), "contentless_delete"


def test_g10_a_closed_mailbox_says_so(tmp_path: Path) -> None:
    box = Mailbox(tmp_path / "mailbox.db", KEY)
    box.close()

    for use in (lambda: box.settings.get("x"), lambda: box.settings.set("x", "y")):
        with pytest.raises(Refusal, match="this desk was closed; open it again"):
            use()
