"""fusion audit export, verify, compare, prove: from one home to another's auditor."""

import json
from pathlib import Path
from typing import Any

import pytest

from exchange import config
from exchange.audit import known_heads
from exchange.audit.judge import resume
from exchange.audit.sources import records
from exchange.audit.sources.export_file import Export
from exchange.cli import options
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.proof import Proof
from exchange.net.assemble import open_home
from tests.audit import sealed
from tests.cli.conftest import NOW, PASSPHRASE, AtHome, Fusion, Result
from tests.clocks import stopped

ORIGIN = checkpoint.log_origin("islamabad.pk")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The homes were made at a time of the tests' own; so is this user's key."""
    monkeypatch.setattr(options, "now", lambda: NOW + 60_000)
    monkeypatch.setattr(resume, "state_folder", lambda: tmp_path / "state")


class Auditor:
    """A folder with an export and the nation's trust file, and what is done there."""

    def __init__(self, folder: Path, fusion: Fusion) -> None:
        self.folder, self._fusion = folder, fusion
        self.one, self.two = folder / "one.audit", folder / "two.audit"
        self.trust = ("--trust", folder / "pk.bundle")

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def __call__(self, *arguments: object) -> Result:
        return self._fusion("audit", *arguments)

    def told(self, *arguments: object) -> dict[str, Any]:
        """Run a command; return the object that it prints with its exit code."""
        return told(self(*arguments, "--json"))

    def cut(self) -> sealed.Content:
        """Return what an export holds that ends at the third entry."""
        content = sealed.content(self.one)
        log = content.logs[ORIGIN]
        log.items[records.ENTRIES], log.size = log.entries[:3], 3
        log.items[records.HEADS] = log.heads[:3]
        return content


@pytest.fixture
def auditor(begun: AtHome, tmp_path: Path) -> Auditor:
    folder = tmp_path / "auditor"
    folder.mkdir()
    made = Auditor(folder, begun.fusion)
    begun("audit", "export", "--out", made.one).well()
    begun("trust", "export", "--out", made.trust[1]).ended(0)
    return made


def told(done: Result) -> dict[str, Any]:
    assert done.out.count("\n") == 1
    found: dict[str, Any] = json.loads(done.out)
    return found | {"code": done.code}


def test_an_export_is_told_and_can_be_verified(begun: AtHome, auditor: Auditor) -> None:
    out = auditor.two
    made = auditor.told("export", "--home", begun.home, "--out", out)
    assert made["logs"] == [{"origin": ORIGIN, "size": 5}]
    assert out.stat().st_mode & 0o777 == 0o600

    words = ["verify", "--bundle", out, *auditor.trust]
    alone = auditor.told(*words)
    found = auditor.told(*words, "--no-require-cosigned")

    assert (alone["code"], alone["ok"], alone["wrong"]) == (1, False, 0)
    assert (found["code"], found["ok"], found["digest"]) == (0, True, made["digest"])
    (log,) = found["logs"]
    assert (log["size"], log["accepted"], log["gaps"]) == (5, 5, [])
    assert (log["age"], log["stale"]) == (None, False)
    assert sorted(auditor.folder.iterdir()) == [
        auditor / n for n in ("one.audit", "pk.bundle", "two.audit")
    ]


def test_a_running_node_is_exported_as_it_stands(
    begun: AtHome, auditor: Auditor
) -> None:
    out = auditor / "running.audit"
    with open_home(begun.home, stopped(NOW)):
        done = begun("audit", "export", "--out", out)

    assert (done.code, done.err) == (0, "")
    same = auditor("compare", out, auditor.one)
    assert same.out == f"{ORIGIN}: the same, 5 entries\n"


def test_verifying_is_told_in_lines(auditor: Auditor) -> None:
    done = auditor("verify", "--bundle", auditor.one, *auditor.trust)
    lines = done.out.splitlines()
    assert (done.code, done.err) == (1, "")
    assert lines[0].endswith(": all as signed, but 5 entries NOT COSIGNED")
    assert lines[4].startswith(f"{ORIGIN}: 5 entries, root ")
    assert lines[-3].endswith(" signatures: all as signed, but 5 entries NOT COSIGNED")
    assert lines[-2].startswith("rests on the trust files pk, edition 2, and on the ")
    assert lines[-1].startswith("rests on no earlier heads (--known); taken ")


def test_an_officer_signs_an_export_that_he_took(
    begun: AtHome, auditor: Auditor
) -> None:
    path, officer = auditor.one, "duty-1@ops.islamabad.pk"
    words = ["--bundle", path, *auditor.trust, "--no-require-cosigned"]

    done = begun("audit", "sign", path, words=PASSPHRASE).well()
    assert done.out == f"{path} signed by {officer}\n"
    found = auditor.told("verify", *words)
    assert found["taken_by"] == {"officer": officer, "at": NOW + 60_000, "revoked": 0}
    assert found["code"] == 0
    begun("audit", "sign", path, words=PASSPHRASE).ended(2, "INPUT")
    signed = path.read_bytes()
    other = b"x" if signed[-90:-89] != b"x" else b"y"
    path.write_bytes(signed[:-90] + other + signed[-89:])
    assert auditor("verify", *words).code == 1


def test_trust_files_may_follow_each_other(auditor: Auditor) -> None:
    path, file = auditor.one, auditor / "pk.bundle"
    for words in (
        ["--bundle", path, "--trust", file, file],
        ["--trust", file, "--trust", file, "--bundle", path],
    ):
        done = auditor("verify", *words, "--no-require-cosigned").ended(0)
        assert done.out.splitlines()[0].endswith(": all as signed")


def test_what_is_not_fresh_is_exit_code_1(auditor: Auditor) -> None:
    words = ["--bundle", auditor.one, *auditor.trust]

    found = auditor.told("verify", *words, "--max-age", 10**9)

    assert (found["code"], found["ok"], found["logs"][0]["stale"]) == (1, False, True)


def test_tiles_are_written_beside_or_alone(begun: AtHome, auditor: Auditor) -> None:
    tiles, out = auditor / "tiles", auditor / "both.audit"
    words = ["export", "--home", begun.home, "--tiles", tiles]

    found = auditor.told(*words, "--out", out)
    assert (found["code"], found["tiled"]) == (0, {ORIGIN: 5})
    assert out.exists()
    assert (tiles / ORIGIN / "tile/0/000.p/5").stat().st_size == 5 * 32

    auditor(*words).refused("HOME_EXISTS")


def test_an_entry_is_proven_to_who_holds_the_trust_file(
    begun: AtHome, auditor: Auditor
) -> None:
    out, again = auditor / "p.tlog-proof", auditor / "q.tlog-proof"
    made = begun("audit", "prove", "islamabad.pk#3", "--out", out).well()
    assert f"{ORIGIN}#3" in made.out

    found = auditor.told("verify", "--proof", out, *auditor.trust)
    assert (found["code"], found["ok"], found["index"]) == (0, True, 3)
    assert "not_proved" in found
    begun("audit", "prove", found["name"][:12], "--out", again).ended(0)
    assert again.read_bytes() == out.read_bytes()

    (auditor / "entry").write_bytes(Proof.parse(out.read_bytes()).extra or b"")
    entry = ["--entry", auditor / "entry"]
    assert auditor("verify", "--proof", out, *entry, *auditor.trust).code == 0
    (auditor / "entry").write_bytes(b"another")
    failed = auditor("verify", "--proof", out, *entry, *auditor.trust)
    assert (failed.code, failed.out, failed.err.count("\n")) == (1, "", 1)


def _forked(begun: AtHome, auditor: Auditor) -> tuple[bytes, bytes]:
    """Sign another head of five entries with the log's own keys; return both notes."""
    ed, ml = config.read_log_key(begun.node)
    with Export.open(auditor.one) as export:
        *_, note = export.log(ORIGIN).head_notes()
    return note, checkpoint.sign_head(Head(ORIGIN, 5, b"\7" * 32), ed, ml, NOW // 1000)


def test_a_fork_is_found_written_and_judged(begun: AtHome, auditor: Auditor) -> None:
    proof = ("--fork", auditor / "p.fork", *auditor.trust)
    content = sealed.content(auditor.one)
    content.logs[ORIGIN].items[records.HEADS] = [_forked(begun, auditor)[1]]
    content.write(auditor.two)
    compare = ("compare", auditor.one, auditor.two)

    found = auditor.told(*compare, *proof)
    assert (found["code"], found["ok"]) == (1, False)
    assert found["logs"][0]["fork"] == [5, 5]
    assert found["logs"][0]["proof"] == str(auditor / "p.fork")
    assert "FORK" in auditor(*compare, *auditor.trust).out

    judged = auditor.told("verify", *proof)
    assert (judged["code"], judged["origin"]) == (0, ORIGIN)
    shown = auditor("verify", *proof)
    assert "is forked" in shown.out


def test_what_is_no_fork_is_not_called_one(begun: AtHome, auditor: Auditor) -> None:
    """Two heads of one tree, in the form of a proof."""
    note, other = _forked(begun, auditor)
    real = fork.between(note, other, lambda *_: b"")
    ed, ml = config.read_log_key(begun.node)
    smaller = checkpoint.sign_head(Head(ORIGIN, 3, b"\7" * 32), ed, ml, NOW // 1000)
    false = fork.ForkProof(smaller, note, (b"\7" * 32,) * 3)
    path = auditor / "p.fork"

    path.write_bytes(false.encode())
    done = auditor("verify", "--fork", path, *auditor.trust)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)

    path.write_bytes(real.encode().replace(b"/log/1\n5\n", b"/log/1\n6\n", 1))
    done = auditor("verify", "--fork", path, *auditor.trust)
    assert done.code in {1, 2}


def test_the_same_export_does_not_differ(auditor: Auditor) -> None:
    one = auditor.one

    found = auditor.told("compare", one, one)
    assert (found["code"], found["ok"], found["logs"][0]["lag"]) == (0, True, 0)
    assert auditor("compare", one, one).out == f"{ORIGIN}: the same, 5 entries\n"


def test_lag_and_a_difference_are_said(auditor: Auditor) -> None:
    one, two = auditor.one, auditor.two
    content = auditor.cut()
    log = content.logs[ORIGIN]
    content.write(two)

    behind = f"{ORIGIN}: the same, but B is 2 entries behind"
    done = auditor("compare", one, two)
    back = f"{behind}; B is ROLLED BACK: its node had signed more\n"
    assert (done.code, done.out) == (1, back)
    assert auditor.told("compare", one, two)["logs"][0]["rolled_back"] == ["B"]

    content.exported = NOW - 1_000_000
    content.write(two)
    done = auditor("compare", one, two)
    assert (done.code, done.out) == (0, f"{behind}\n")

    log.entries[1] = b"another"
    content.write(two)
    done = auditor("compare", one, two)
    assert (done.code, done.out) == (1, f"{ORIGIN}: differs from #1 on; A 5, B 3\n")


def test_the_heads_of_an_audit_are_held_against_the_next(auditor: Auditor) -> None:
    one, two, heads = auditor.one, auditor.two, auditor / "heads"
    words = ["verify", *auditor.trust, "--no-require-cosigned", "--bundle"]
    kept = auditor.told(*words, one, "--heads-out", heads)
    assert (kept["code"], kept["known_heads"]) == (0, 0)
    content = auditor.cut()
    del content.logs[ORIGIN].items[records.DIRECTORY][1:]
    content.write(two)

    again = auditor.told(*words, one, "--known", heads)
    back = auditor.told(*words, two, "--known", heads, "--heads-out", heads)
    later = auditor.told(*words, two, "--known", heads)

    assert (again["code"], again["known_heads"]) == (0, 1)
    for found in (back, later):
        assert (found["code"], found["wrong"]) == (1, 0)
        assert found["rolled_back"] == [{"origin": ORIGIN, "size": 3, "shown": 5}]


def test_a_fork_from_a_known_head_is_written(begun: AtHome, auditor: Auditor) -> None:
    path = auditor / "heads"
    path.write_bytes(known_heads.encode([_forked(begun, auditor)[1]]))
    words = [*auditor.trust, "--known", path, "--out", auditor / "p.fork"]

    found = auditor.told("verify", "--bundle", auditor.one, *words)

    assert found["code"] == 1
    assert found["fork_proofs"] == {ORIGIN: str(auditor / "p.fork")}
    judged = auditor.told("verify", "--fork", auditor / "p.fork", *auditor.trust)
    assert (judged["code"], judged["origin"]) == (0, ORIGIN)


def test_what_was_let_pass_is_said(auditor: Auditor) -> None:
    other = auditor / "other.audit"
    content = sealed.content(auditor.one)
    content.exported -= 10_000_000
    del content.logs[ORIGIN]
    content.write(other)
    words = ["verify", "--bundle", other, *auditor.trust]

    refused = auditor(*words)
    passed = auditor(*words, "--allow-missing", ORIGIN, "--allow-time")

    assert (refused.code, passed.code) == (1, 0)
    assert refused.out.splitlines()[0].endswith("LOGS MISSING")
    assert f"  {ORIGIN} is missing, which was allowed" in passed.out


# What goes wrong: one line, and no more.

JUNK = {
    "empty": b"",
    "text": b"hello\n",
    "zeros": bytes(5_000),
    "a note": b"x\n1\ny\n\n\xe2\x80\x94 z AAAA\n",
    "a proof's beginning": b"c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\n\n",
    "a fork's beginning": b"fusion/fork-proof@v1\n\n",
    "a long one": b"c2sp.org/tlog-proof@v1\n" * 50_000,
}


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("option", ["--bundle", "--proof", "--fork", "--trust"])
def test_junk_is_refused_in_one_line(auditor: Auditor, junk: str, option: str) -> None:
    path = auditor / "junk"
    path.write_bytes(JUNK[junk])
    good = {"--bundle": auditor.one, "--trust": auditor / "pk.bundle"}
    if option in {"--proof", "--fork"}:
        del good["--bundle"]
    words = [word for pair in (good | {option: path}).items() for word in pair]

    done = auditor("verify", *words).refused()
    assert "internal fault" not in done.err
    auditor("compare", auditor.one, path).refused()


@pytest.mark.parametrize(
    "words",
    [
        ["verify", "--bundle", "none"],
        ["verify", "--bundle", "none", "--trust", "none"],
        ["verify", "--max-age", "5"],
        ["verify", "--trust", "x"],
        ["verify", "--entry", "x"],
        ["verify", "x"],
        ["verify", "--proof", "x", "--max-age", "5", "--trust", "y"],
        ["verify", "--fork", "x", "--bundle", "y", "--trust", "z"],
        ["verify", "--bundle", "x", "--proof", "y", "--trust", "z"],
        ["export"],
        ["prove", "islamabad.pk#1"],
        ["prove", "nothing", "--out", "x"],
        ["prove", "islamabad.pk#99", "--out", "x"],
        ["compare", "a"],
        ["compare", "a", "b"],
    ],
    ids=" ".join,
)
def test_bad_usage_is_one_line(begun: AtHome, fusion: Fusion, words: list[str]) -> None:
    run = fusion if words[0] == "compare" else begun
    run("audit", *words).refused()


def test_a_home_without_a_database_exports_nothing(
    here: AtHome, tmp_path: Path
) -> None:
    here("audit", "export", "--out", tmp_path / "x").refused()
    assert not (tmp_path / "x").exists()


def test_a_place_that_cannot_be_written_to_is_named(
    begun: AtHome, tmp_path: Path
) -> None:
    for out in (tmp_path / "no" / "x", tmp_path):
        done = begun("audit", "export", "--out", out).refused()
        assert str(out) in done.err
