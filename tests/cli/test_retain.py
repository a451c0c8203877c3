"""fusion retain: on a home that init made, whose node has recorded two texts."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from exchange import config, envelope
from exchange.cli import options
from exchange.desk import officer as officers
from exchange.limits import DAY, RETENTION
from exchange.net.assemble import open_home
from exchange.node import retention, submissions
from exchange.node.submission_check import Submission
from exchange.store import Store, StoredTimes
from exchange.store.file_digest import digest_path
from exchange.v1 import envelope_pb2 as pb
from tests.cli.conftest import NOW, PASSPHRASE, Fusion
from tests.clocks import stopped

ORIGIN = "islamabad.pk.fusion/log/1"
EXPIRES = NOW + 30 * DAY
END = EXPIRES + RETENTION + 1  # ms UTC; the first at which it is past
At = Callable[[int], None]


def note(home: Path, text: bytes, expires: int, filed: int = NOW) -> pb.Envelope:
    """Return a text that the desk files for itself."""
    folder = config.desk_home(home)
    desk = config.read_desk(folder).name
    who = officers.unlock(folder, desk, "duty-1", PASSPHRASE)
    (opener,) = who.openers.values()
    copy = pb.Recipient(
        desk=desk, recipient_class=pb.RECIPIENT_CLASS_COPY, kid=opener.kid
    )
    core = pb.Core(
        version=1,
        suite=1,
        kind=pb.KIND_BULLETIN,
        id=text.ljust(16),
        origin=who.node,
        author=who.signer.kid,
        filed=filed,
        valid_from=filed,
        expires=expires,
        precedence=pb.PRECEDENCE_ROUTINE,
        tlp=pb.TLP_AMBER,
        releasable_to=["pk"],
        mode=pb.MODE_TEST,
        release=pb.RELEASE_NONE,
        recipients=[copy],
    )
    sealed = envelope.seal(core, text * 100, {opener.kid: opener.public})
    return envelope.sign(sealed, [("author", who.signer)])


@pytest.fixture(scope="module")
def texts(made: Path) -> list[pb.Envelope]:
    home = made / "islamabad.pk"
    return [note(home, b"one", EXPIRES), note(home, b"two", EXPIRES + DAY)]


@pytest.fixture
def begun(home: Path, texts: list[pb.Envelope]) -> Path:
    """A home whose node has recorded them, and is stopped."""
    with open_home(home, stopped(NOW)) as (node, _):
        answers = submissions.submit(
            node, [Submission(one, "ops.islamabad.pk") for one in texts]
        )
        assert not any(answer.reason for answer in answers)
        retention.record_watch(
            node, "ops.islamabad.pk", len(node.store.arrivals.page(0, 100))
        )
    return home


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, begun: Path) -> At:
    """Let it be a time, by this clock and by what a partner has signed."""

    def reach(now: int) -> None:
        monkeypatch.setattr(options, "now", lambda: now)
        with closing(Store(begun / "node" / "ledger.db")) as store:
            store.retention.set_times(StoredTimes(now, "beijing.cn", now))

    return reach


def held(home: Path) -> list[int]:
    with closing(Store(home / "node" / "ledger.db", read_only=True)) as store:
        return [index for index, _ in store.retention.held_texts(ORIGIN, 0, 100)]


def traces(home: Path, sent: pb.Envelope) -> int:
    """Count in how many of the node's files a piece of wrap or body stands."""
    pieces = [sent.body[-40:], sent.body[:40], *(wrap[-40:] for wrap in sent.wraps)]
    files = [path.read_bytes() for path in (home / "node").glob("ledger.db*")]
    return sum(piece in data for piece in pieces for data in files)


def test_only_what_is_past_its_retention_goes(
    fusion: Fusion, begun: Path, at: At, texts: list[pb.Envelope]
) -> None:
    at(END - 1)
    found = fusion("retain", "--home", begun)
    assert (found.code, found.err) == (0, "")
    assert found.out == "no text is past its retention\n"
    assert held(begun) == [5, 6]
    assert traces(begun, texts[0]) == 3

    at(END)
    found = fusion("retain", "--home", begun)
    assert (found.code, found.err) == (0, "")
    assert found.out == f"{ORIGIN}: 1 erased\n"
    assert held(begun) == [6]
    assert (traces(begun, texts[0]), traces(begun, texts[1])) == (0, 3)


def test_in_json_it_is_one_object(fusion: Fusion, begun: Path, at: At) -> None:
    at(END + DAY)
    logs = [{"origin": ORIGIN, "erased": 2}]

    counted = json.loads(fusion("retain", "--dry-run", "--home", begun, "--json").out)
    assert counted == {"erased": 2, "dry_run": True, "logs": logs}
    assert held(begun) == [5, 6]

    erased = json.loads(fusion("retain", "--home", begun, "--json").out)
    assert erased == {"erased": 2, "dry_run": False, "logs": logs}

    again = json.loads(fusion("retain", "--home", begun, "--json").out)
    assert again == {"erased": 0, "dry_run": False, "logs": []}


def test_a_dry_run_says_what_would_go_and_changes_no_byte(
    fusion: Fusion, begun: Path, at: At
) -> None:
    at(END)
    digest = digest_path(begun / "node" / "ledger.db").stat()
    before = (begun / "node" / "ledger.db").read_bytes()

    found = fusion("retain", "--dry-run", "--home", begun)

    assert found.out == f"{ORIGIN}: 1 to be erased\n"
    assert (begun / "node" / "ledger.db").read_bytes() == before
    assert digest_path(begun / "node" / "ledger.db").stat() == digest


def test_beside_its_running_node_it_only_counts(
    fusion: Fusion, begun: Path, at: At, texts: list[pb.Envelope]
) -> None:
    """Two processes that write and copy the log back could lose what was committed."""
    at(END)
    with config.hold_lock(begun / "node"), open_home(begun, stopped(NOW)):
        found = fusion("retain", "--home", begun)
        counted = fusion("retain", "--dry-run", "--home", begun)

    assert (found.code, found.out) == (2, "")
    assert found.err == (
        "node: the node is running, and erases by itself once a day; to erase now,"
        " stop it first\n"
    )
    assert (counted.code, counted.out) == (0, f"{ORIGIN}: 1 to be erased\n")
    assert held(begun) == [5, 6]
    assert traces(begun, texts[0]) == 3


def test_the_ledger_verifies_in_full_and_says_erased(
    fusion: Fusion, begun: Path, at: At, tmp_path: Path
) -> None:
    before = json.loads(fusion("fsck", "--home", begun, "--json").out)
    at(END)
    fusion("retain", "--home", begun)

    for command in (("fsck",), ("audit", "verify")):
        found = fusion(*command, "--home", begun, "--json")
        told = json.loads(found.out)
        assert (found.code, told["ok"], told["erased"]) == (0, True, 1)
        assert told["signatures"] == before["signatures"]
        assert told["logs"] == before["logs"]
    assert "1 erased: all as signed" in fusion("fsck", "--home", begun).out

    export, trust = tmp_path / "export", begun / "nation" / "trust.bundle"
    assert not fusion("audit", "export", "--home", begun, "--out", export).code
    found = fusion(
        "audit", "verify", "--bundle", export, "--trust", trust, "--no-require-cosigned"
    )
    assert (found.code, found.err) == (0, "")


def test_by_a_clock_that_is_behind_it_is_missing(
    fusion: Fusion, begun: Path, at: At
) -> None:
    at(END)
    fusion("retain", "--home", begun)
    at(END - DAY)

    found = fusion("fsck", "--home", begun).ended(1)
    assert f"{ORIGIN}#5: " in found.out
    assert "(MISSING; payload)" in found.out


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("node", "node: not in "),
        ("node/config.toml", "node/config.toml: no such file; restore it"),
        ("node/ledger.db", "node/ledger.db: the database cannot be opened"),
    ],
)
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_without_a_node_it_is_one_line_and_2(
    fusion: Fusion, begun: Path, gone: str, said: str, more: list[str]
) -> None:
    (begun / gone).rename(begun / "gone")

    found = fusion("retain", "--home", begun, *more)

    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(said)
    assert found.err.count("\n") == 1
    assert not (begun / gone).exists()


def test_a_file_that_is_no_database_is_1(fusion: Fusion, begun: Path) -> None:
    (begun / "node" / "ledger.db").write_bytes(b"x" * 8_192)

    found = fusion("retain", "--home", begun)

    assert (found.code, found.out) == (1, "")
    assert found.err.count("\n") == 1


def test_only_what_is_recalled_is_erased_before_its_time(
    fusion: Fusion, begun: Path
) -> None:
    found = fusion("retain", "--recalled", "islamabad.pk#0", "--home", begun, "--yes")

    assert (found.code, found.reason) == (2, "REFERENCES")
    fusion("retain", "--recalled", "islamabad.pk#999", "--home", begun).ended(2)
