"""fusion fsck: on a home that init made and its node began."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from exchange.cli.terminal import Progress
from exchange.net.assemble import open_home
from tests.audit.ledger import change
from tests.audit.ledger import opened as opened_rows
from tests.cli.conftest import NOW, Fusion
from tests.clocks import stopped

ORIGIN = "islamabad.pk.fusion/log/1"
SPOIL = 'UPDATE entry SET kind = 1 WHERE "index" = 2'


@pytest.fixture
def begun(home: Path) -> Path:
    """A home whose node has started once, and is stopped."""
    with open_home(home, stopped(NOW)):
        pass
    return home


def test_a_sound_home_is_told_so(fusion: Fusion, begun: Path) -> None:
    found = fusion("fsck", "--home", begun)

    assert (found.code, found.err) == (0, "")
    assert found.out.startswith(f"{ORIGIN}: 5 entries, root ")
    assert found.out.endswith("signatures: all as signed\n")


def test_in_json_it_is_one_object(fusion: Fusion, begun: Path) -> None:
    found = fusion("fsck", "--home", begun, "--json")

    told = json.loads(found.out)
    (log,) = told["logs"]
    assert (found.code, found.err, told["ok"], told["entries"]) == (0, "", True, 5)
    assert (log["origin"], log["size"], log["cosigned_by"]) == (ORIGIN, 5, [])
    assert (log["first_bad_index"], log["reason"], told["faults"]) == (None, None, [])


def test_it_works_beside_the_running_node(fusion: Fusion, begun: Path) -> None:
    with open_home(begun, stopped(NOW)):
        assert fusion("fsck", "--home", begun).code == 0


def test_what_was_changed_is_named_and_is_1(fusion: Fusion, begun: Path) -> None:
    change(begun / "node" / "ledger.db", SPOIL)

    found = fusion("fsck", "--home", begun)

    assert (found.code, found.err) == (1, "")
    assert f"{ORIGIN}#2: " in found.out
    assert "(DATABASE; entry.kind)" in found.out
    assert found.out.endswith("signatures: 1 wrong\n")


def test_in_json_too(fusion: Fusion, begun: Path) -> None:
    change(begun / "node" / "ledger.db", SPOIL)

    found = fusion("fsck", "--home", begun, "--json")

    told = json.loads(found.out)
    assert (found.code, told["ok"]) == (1, False)
    assert told["logs"][0]["first_bad_index"] == 2
    assert told["logs"][0]["reason"] == "DATABASE"
    assert told["faults"] == [
        {"origin": ORIGIN, "index": 2, "reason": "DATABASE", "what": "entry.kind"}
    ]


@pytest.mark.parametrize("command", [("fsck",), ("audit", "verify")])
@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("node", "node: not in "),
        ("node/config.toml", "node/config.toml: no such file; restore it"),
        ("node/ledger.db", "node/ledger.db: the database cannot be opened"),
    ],
)
def test_without_a_node_it_is_one_line_and_2(
    fusion: Fusion, begun: Path, gone: str, said: str, command: tuple[str, ...]
) -> None:
    (begun / gone).rename(begun / "gone")

    found = fusion(*command, "--home", begun, "--json")

    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(said)
    assert found.err.count("\n") == 1


def test_a_spoilt_bundle_is_2(fusion: Fusion, begun: Path) -> None:
    bundle = begun / "node" / "trust" / "pk.bundle"
    bundle.write_bytes(bundle.read_bytes()[:-1])

    found = fusion("fsck", "--home", begun)

    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("pk.bundle: ")


def test_a_file_that_is_no_database_is_1(fusion: Fusion, begun: Path) -> None:
    (begun / "node" / "ledger.db").write_bytes(b"x" * 8_192)

    found = fusion("fsck", "--home", begun, "--json")

    told = json.loads(found.out)
    assert (found.code, found.err) == (1, "")
    assert (told["ok"], told["logs"]) == (False, [])
    assert told["faults"][0]["reason"] == "DATABASE"


# --repair; what a node fetches afterwards: tests/cli/desk/test_repair.py.


@pytest.fixture
def alone(begun: Path) -> Path:
    """A home of a node without partners."""
    for bundle in (begun / "node" / "trust").glob("cn.bundle"):
        bundle.unlink()
    return begun


def test_it_says_what_is_wrong_what_is_kept_and_how_it_is_now(
    fusion: Fusion, alone: Path
) -> None:
    change(alone / "node" / "ledger.db", SPOIL)

    found = fusion("fsck", "--repair", "--home", alone)

    assert (found.code, found.err) == (0, "")
    log, fault, wrong, entries, again, right, kept = found.out.splitlines()
    assert log.startswith(f"{ORIGIN}: 5 entries, root ")
    assert fault.startswith(f"{ORIGIN}#2: ")
    assert wrong.endswith("signatures: 1 wrong")
    assert entries == f"{ORIGIN}: 5 of 5 entries kept"
    assert again == log
    assert right.endswith("signatures: all as signed")
    assert kept == "The damaged file is kept as node/ledger.db.damaged1."
    assert (alone / "node" / "ledger.db.damaged1").exists()
    assert fusion("fsck", "--home", alone).code == 0
    assert not (alone / "node" / "ledger.db.damaged1").exists()


def test_a_repair_in_json_is_one_object(fusion: Fusion, alone: Path) -> None:
    change(alone / "node" / "ledger.db", SPOIL)

    found = fusion("fsck", "--repair", "--home", alone, "--json")

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
def test_a_log_that_is_cut_is_named_and_is_1(
    fusion: Fusion, alone: Path, *, known: bool
) -> None:
    spoil = "UPDATE entry SET entry = x'00' WHERE \"index\" = 4"
    change(alone / "node" / "ledger.db", spoil)
    if not known:
        spoil = "UPDATE hash SET hash = x'00' WHERE level = 0 AND \"index\" = 4"
        change(alone / "node" / "ledger.db", spoil)

    found = fusion("fsck", "--repair", "--home", alone)

    assert (found.code, found.err) == (1, "")
    lines = found.out.splitlines()
    kept = lines.index(f"{ORIGIN}: 4 of 5 entries kept")
    assert lines[kept + 1].endswith("when the node runs: entries: 1, texts: 0")
    assert lines[-2].startswith(f"{ORIGIN} is read-only until the missing entries")
    assert (alone / "node" / "lost").exists() is known
    assert (alone / "node" / "ledger.db.damaged1").exists()


def test_a_repair_that_was_cut_short_is_told(fusion: Fusion, alone: Path) -> None:
    (alone / "node" / "ledger.db.new").write_bytes(b"half")
    cut = "A repair was cut short: node/ledger.db is the database as it was before."

    assert fusion("fsck", "--home", alone).out.startswith(cut)
    assert fusion("fsck", "--home", alone, "--json").code == 0
    assert fusion("fsck", "--repair", "--home", alone).out.startswith(cut)
    assert "cut short" not in fusion("fsck", "--home", alone).out


def test_without_room_nothing_is_begun(
    fusion: Fusion, alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(alone / "node" / "ledger.db", SPOIL)
    before = (alone / "node" / "ledger.db").read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=99_999))

    found = fusion("fsck", "--repair", "--home", alone).ended(2)
    assert found.err.startswith("ledger.db: a repair needs 1 MiB of free disk, and 0")
    assert (alone / "node" / "ledger.db").read_bytes() == before


def test_a_sound_home_is_told_once(fusion: Fusion, alone: Path) -> None:
    plain = fusion("fsck", "--home", alone)

    assert fusion("fsck", "--repair", "--home", alone) == plain


def test_what_is_mended_is_noted_as_closed(fusion: Fusion, alone: Path) -> None:
    database = alone / "node" / "ledger.db"
    change(database, SPOIL)
    assert fusion("fsck", "--repair", "--home", alone).code == 0

    data = bytearray(database.read_bytes())
    data[-1] ^= 1
    database.write_bytes(data)
    assert fusion("fsck", "--home", alone).code == 1


def test_dead_bytes_of_a_closed_file_are_noted_anew(
    fusion: Fusion, alone: Path
) -> None:
    database = alone / "node" / "ledger.db"
    data = database.read_bytes()
    told = ""
    for place in range(len(data) // 2, len(data), 1_000):  # one that is dead
        flipped = bytearray(data)
        flipped[place] ^= 1
        database.write_bytes(flipped)
        told = fusion("fsck", "--home", alone).out
        if "a byte outside of any row" in told:
            break

    assert "a byte outside of any row" in told
    assert fusion("fsck", "--repair", "--home", alone).code == 0
    assert fusion("fsck", "--home", alone).code == 0


def test_a_repair_makes_no_database(fusion: Fusion, alone: Path) -> None:
    (alone / "node" / "ledger.db").unlink()

    found = fusion("fsck", "--repair", "--home", alone)

    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("node/ledger.db: the database cannot be opened")
    assert not (alone / "node" / "ledger.db").exists()


def test_a_newer_program_s_database_is_left_alone(fusion: Fusion, alone: Path) -> None:
    database = alone / "node" / "ledger.db"
    with opened_rows(database) as connection:
        connection.execute("CREATE TABLE newer (what TEXT)")
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    found = fusion("fsck", "--repair", "--home", alone).ended(2)
    assert found.err.startswith("ledger.db: schema 9999: written by a newer program; ")


def test_it_starts_without_grpc(begun: Path) -> None:
    code = (
        "import sys; from exchange.cli import run;"
        f"code = run(['fsck', '--home', {str(begun)!r}]);"
        "sys.exit(code or 'grpc' in sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


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
