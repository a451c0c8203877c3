"""fusion fsck: on a home that init made and its node began."""

import json
import shutil
import sys
import time
from types import SimpleNamespace

import pytest

from exchange.cli.terminal import Progress
from exchange.net.assemble import open_home
from tests.audit.ledger import change
from tests.audit.ledger import opened as opened_rows
from tests.cli.conftest import NOW, AtHome
from tests.clocks import stopped

ORIGIN = "islamabad.pk.fusion/log/1"
SPOIL = 'UPDATE entry SET kind = 1 WHERE "index" = 2'


def test_a_sound_home_is_told_so(begun: AtHome) -> None:
    found = begun("fsck").well()
    assert found.out.startswith(f"{ORIGIN}: 5 entries, root ")
    assert found.out.endswith("signatures: all as signed\n")
    told = begun.json("fsck")
    (log,) = told["logs"]
    assert (told["ok"], told["entries"]) == (True, 5)
    assert (log["origin"], log["size"], log["cosigned_by"]) == (ORIGIN, 5, [])
    assert (log["first_bad_index"], log["reason"], told["faults"]) == (None, None, [])


def test_it_works_beside_the_running_node(begun: AtHome) -> None:
    with open_home(begun.home, stopped(NOW)):
        assert begun("fsck").code == 0


def test_what_was_changed_is_named_and_is_1(begun: AtHome) -> None:
    change(begun.database, SPOIL)

    found = begun("fsck")

    assert (found.code, found.err) == (1, "")
    assert f"{ORIGIN}#2: " in found.out
    assert "(DATABASE; entry.kind)" in found.out
    assert found.out.endswith("signatures: 1 wrong\n")
    found = begun("fsck", "--json")
    told = json.loads(found.out)
    assert (found.code, told["ok"]) == (1, False)
    assert told["logs"][0]["first_bad_index"] == 2
    assert told["logs"][0]["reason"] == "DATABASE"
    assert told["faults"] == [
        {"origin": ORIGIN, "index": 2, "reason": "DATABASE", "what": "entry.kind"}
    ]


@pytest.mark.parametrize(
    "command",
    [("fsck",), ("audit", "verify"), ("retain",), ("retain", "--dry-run")],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("node", "node: not in "),
        ("node/config.toml", "node/config.toml: no such file; restore it"),
        ("node/ledger.db", "node/ledger.db: the database cannot be opened"),
    ],
)
def test_without_a_node_it_is_one_line_and_2(
    begun: AtHome, gone: str, said: str, command: tuple[str, ...]
) -> None:
    (begun.home / gone).rename(begun.home / "gone")

    assert begun(*command, "--json").refused().err.startswith(said)
    assert not (begun.home / gone).exists()


def test_a_spoilt_bundle_is_2(begun: AtHome) -> None:
    bundle = begun.home / "node" / "trust" / "pk.bundle"
    bundle.write_bytes(bundle.read_bytes()[:-1])

    found = begun("fsck").refused()
    assert found.err.startswith("pk.bundle: ")


def test_a_file_that_is_no_database_is_1(begun: AtHome) -> None:
    begun.database.write_bytes(b"x" * 8_192)

    found = begun("fsck", "--json")

    told = json.loads(found.out)
    assert (found.code, found.err) == (1, "")
    assert (told["ok"], told["logs"]) == (False, [])
    assert told["faults"][0]["reason"] == "DATABASE"


# --repair; what a node fetches afterwards: tests/cli/desk/test_repair.py.


@pytest.fixture
def alone(begun: AtHome) -> AtHome:
    """A home of a node without partners."""
    for bundle in (begun.home / "node" / "trust").glob("cn.bundle"):
        bundle.unlink()
    return begun


def test_it_says_what_is_wrong_what_is_kept_and_how_it_is_now(alone: AtHome) -> None:
    change(alone.database, SPOIL)

    found = alone("fsck", "--repair").well()
    log, fault, wrong, entries, again, right, kept = found.out.splitlines()
    assert log.startswith(f"{ORIGIN}: 5 entries, root ")
    assert fault.startswith(f"{ORIGIN}#2: ")
    assert wrong.endswith("signatures: 1 wrong")
    assert entries == f"{ORIGIN}: 5 of 5 entries kept"
    assert again == log
    assert right.endswith("signatures: all as signed")
    assert kept == "The damaged file is kept as node/ledger.db.damaged1."
    assert (alone.home / "node" / "ledger.db.damaged1").exists()
    assert alone("fsck").code == 0
    assert not (alone.home / "node" / "ledger.db.damaged1").exists()


def test_a_repair_in_json_is_one_object(alone: AtHome) -> None:
    change(alone.database, SPOIL)

    found = alone("fsck", "--repair", "--json")

    told = json.loads(found.out)
    assert (found.code, found.err) == (0, "")
    assert (told["ok"], told["faults"]) == (True, [])
    assert (told["before"]["ok"], told["before"]["faults"][0]["index"]) == (False, 2)
    assert told["kept_logs"] == [
        {"origin": ORIGIN, "size": 5, "of": 5, "texts": 0, "awaited": False}
    ]
    assert (told["beyond"], told["kept"]) == (False, "ledger.db.damaged1")
    assert (told["lost"], told["lost_count"]) == ([], 0)


@pytest.mark.parametrize("known", [True, False], ids=["its leaf hash", "no hash"])
def test_a_log_that_is_cut_is_named_and_is_1(alone: AtHome, *, known: bool) -> None:
    spoil = "UPDATE entry SET entry = x'00' WHERE \"index\" = 4"
    change(alone.database, spoil)
    if not known:
        spoil = "UPDATE hash SET hash = x'00' WHERE level = 0 AND \"index\" = 4"
        change(alone.database, spoil)

    found = alone("fsck", "--repair")

    assert (found.code, found.err) == (1, "")
    lines = found.out.splitlines()
    kept = lines.index(f"{ORIGIN}: 4 of 5 entries kept")
    assert lines[kept + 1].endswith("when the node runs: entries: 1, texts: 0")
    assert lines[-2].startswith(f"{ORIGIN} is read-only until the missing entries")
    assert (alone.home / "node" / "lost").exists() is known
    assert (alone.home / "node" / "ledger.db.damaged1").exists()


def test_a_repair_that_was_cut_short_is_told(alone: AtHome) -> None:
    (alone.home / "node" / "ledger.db.new").write_bytes(b"half")
    cut = "A repair was cut short: node/ledger.db is the database as it was before."

    assert alone("fsck").out.startswith(cut)
    assert alone("fsck", "--json").code == 0
    assert alone("fsck", "--repair").out.startswith(cut)
    assert "cut short" not in alone("fsck").out


def test_without_room_nothing_is_begun(
    alone: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(alone.database, SPOIL)
    before = alone.database.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=99_999))

    found = alone("fsck", "--repair").ended(2)
    assert found.err.startswith("ledger.db: a repair needs 1 MiB of free disk, and 0")
    assert alone.database.read_bytes() == before


def test_a_sound_home_is_told_once(alone: AtHome) -> None:
    plain = alone("fsck")

    assert alone("fsck", "--repair") == plain


def test_what_is_mended_is_noted_as_closed(alone: AtHome) -> None:
    database = alone.database
    change(database, SPOIL)
    assert alone("fsck", "--repair").code == 0

    data = bytearray(database.read_bytes())
    data[-1] ^= 1
    database.write_bytes(data)
    assert alone("fsck").code == 1


def test_dead_bytes_of_a_closed_file_are_noted_anew(alone: AtHome) -> None:
    database = alone.database
    data = database.read_bytes()
    told = ""
    for place in range(len(data) // 2, len(data), 1_000):  # one that is dead
        flipped = bytearray(data)
        flipped[place] ^= 1
        database.write_bytes(flipped)
        told = alone("fsck").out
        if "a byte outside of any row" in told:
            break

    assert "a byte outside of any row" in told
    assert alone("fsck", "--repair").code == 0
    assert alone("fsck").code == 0


def test_a_repair_makes_no_database(alone: AtHome) -> None:
    alone.database.unlink()

    found = alone("fsck", "--repair").refused()
    assert found.err.startswith("node/ledger.db: the database cannot be opened")
    assert not alone.database.exists()


def test_a_newer_program_s_database_is_left_alone(alone: AtHome) -> None:
    database = alone.database
    with opened_rows(database) as connection:
        connection.execute("CREATE TABLE newer (what TEXT)")
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    found = alone("fsck", "--repair").ended(2)
    assert found.err.startswith("ledger.db: schema 9999: written by a newer program; ")


def test_progress_is_shown_on_a_terminal_after_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [0.0]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    progress = Progress()

    for clock[0] in (0.5, 1.01, 1.02, 1.5):
        progress.tell(ORIGIN, int(clock[0] * 100), 200)
    progress.end()

    shown = capsys.readouterr().err
    assert shown.split("\r")[1:] == [
        f"{ORIGIN} 101/200\x1b[K",
        f"{ORIGIN} 150/200\x1b[K",
        "\x1b[K",
    ]


def test_no_progress_is_shown_to_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress()
    monkeypatch.setattr(time, "monotonic", lambda: 1e12)
    progress.tell(ORIGIN, 1, 2)
    progress.end()

    assert capsys.readouterr().err == ""
