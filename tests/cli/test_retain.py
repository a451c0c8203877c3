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
from exchange.node.node import Node
from exchange.node.submission_check import Submission
from exchange.store import Store, StoredTimes
from exchange.store.file_digest import digest_path
from exchange.v1 import envelope_pb2 as pb
from tests.cli.conftest import NOW, PASSPHRASE, AtHome, Fusion
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
def begun(here: AtHome, texts: list[pb.Envelope]) -> AtHome:
    """A home whose node has recorded them, and is stopped."""
    with open_home(here.home, stopped(NOW)) as (node, _):
        record(node, texts)
    return here


def record(node: Node, texts: list[pb.Envelope]) -> None:
    """Let a node take texts of its desk, which has them all."""
    desk = "ops.islamabad.pk"
    answers = submissions.submit(node, [Submission(one, desk) for one in texts])
    assert not any(answer.reason for answer in answers)
    retention.record_watch(node, desk, len(node.store.arrivals.page(0, 100)))


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, begun: AtHome) -> At:
    """Let it be a time, by this clock and by what a partner has signed."""

    def reach(now: int) -> None:
        monkeypatch.setattr(options, "now", lambda: now)
        with closing(Store(begun.database)) as store:
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
    begun: AtHome, at: At, texts: list[pb.Envelope]
) -> None:
    at(END - 1)
    found = begun("retain").well()
    assert found.out == "no text is past its retention\n"
    assert held(begun.home) == [5, 6]
    assert traces(begun.home, texts[0]) == 3

    at(END)
    found = begun("retain").well()
    assert found.out == f"{ORIGIN}: 1 erased\n"
    assert held(begun.home) == [6]
    assert (traces(begun.home, texts[0]), traces(begun.home, texts[1])) == (0, 3)


def test_in_json_it_is_one_object(begun: AtHome, at: At) -> None:
    at(END + DAY)
    logs = [{"origin": ORIGIN, "erased": 2}]

    counted = begun.json("retain", "--dry-run")
    assert counted == {"erased": 2, "dry_run": True, "logs": logs}
    assert held(begun.home) == [5, 6]

    erased = begun.json("retain")
    assert erased == {"erased": 2, "dry_run": False, "logs": logs}

    again = begun.json("retain")
    assert again == {"erased": 0, "dry_run": False, "logs": []}


def test_a_dry_run_says_what_would_go_and_changes_no_byte(
    begun: AtHome, at: At
) -> None:
    at(END)
    digest = digest_path(begun.database).stat()
    before = begun.database.read_bytes()

    found = begun("retain", "--dry-run")

    assert found.out == f"{ORIGIN}: 1 to be erased\n"
    assert begun.database.read_bytes() == before
    assert digest_path(begun.database).stat() == digest


def test_beside_its_running_node_it_only_counts(
    begun: AtHome, at: At, texts: list[pb.Envelope]
) -> None:
    """Two processes that write and copy the log back could lose what was committed."""
    at(END)
    with config.hold_lock(begun.home / "node"), open_home(begun.home, stopped(NOW)):
        found = begun("retain")
        counted = begun("retain", "--dry-run")

    assert (found.code, found.out) == (2, "")
    assert found.err == (
        "node: the node is running, and erases by itself once a day; to erase now,"
        " stop it first\n"
    )
    assert (counted.code, counted.out) == (0, f"{ORIGIN}: 1 to be erased\n")
    assert held(begun.home) == [5, 6]
    assert traces(begun.home, texts[0]) == 3


def test_the_ledger_verifies_in_full_and_says_erased(
    fusion: Fusion, begun: AtHome, at: At, tmp_path: Path
) -> None:
    before = begun.json("fsck")
    at(END)
    begun("retain")

    for command in (("fsck",), ("audit", "verify")):
        found = begun(*command, "--json")
        told = json.loads(found.out)
        assert (found.code, told["ok"], told["erased"]) == (0, True, 1)
        assert told["signatures"] == before["signatures"]
        assert told["logs"] == before["logs"]
    assert "1 erased: all as signed" in begun("fsck").out

    export, trust = tmp_path / "export", begun.home / "nation" / "trust.bundle"
    assert not begun("audit", "export", "--out", export).code
    found = fusion(
        "audit", "verify", "--bundle", export, "--trust", trust, "--no-require-cosigned"
    ).well()


def test_by_a_clock_that_is_behind_it_is_missing(begun: AtHome, at: At) -> None:
    at(END)
    begun("retain")
    at(END - DAY)

    found = begun("fsck").ended(1)
    assert f"{ORIGIN}#5: " in found.out
    assert "(MISSING; payload)" in found.out


def test_a_file_that_is_no_database_is_1(begun: AtHome) -> None:
    begun.database.write_bytes(b"x" * 8_192)

    found = begun("retain")

    assert (found.code, found.out) == (1, "")
    assert found.err.count("\n") == 1


def test_only_what_is_recalled_is_erased_before_its_time(begun: AtHome) -> None:
    begun("retain", "--recalled", "islamabad.pk#0", "--yes").ended(2, "REFERENCES")
    begun("retain", "--recalled", "islamabad.pk#999").ended(2)
