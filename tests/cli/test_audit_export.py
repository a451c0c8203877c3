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
from tests.cli.conftest import NOW, PASSPHRASE, AtHome, Fusion
from tests.clocks import stopped

ORIGIN = checkpoint.log_origin("islamabad.pk")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The homes were made at a time of the tests' own; so is this user's key."""
    monkeypatch.setattr(options, "now", lambda: NOW + 60_000)
    monkeypatch.setattr(resume, "state_folder", lambda: tmp_path / "state")


@pytest.fixture
def desk(begun: AtHome, tmp_path: Path) -> Path:
    """An auditor's folder: an export, and the nation's trust file."""
    folder = tmp_path / "auditor"
    folder.mkdir()
    begun("audit", "export", "--out", folder / "one.audit").well()
    begun("trust", "export", "--out", folder / "pk.bundle").ended(0)
    return folder


def told(fusion: Fusion, *arguments: object) -> dict[str, Any]:
    done = fusion(*arguments, "--json")
    assert done.out.count("\n") == 1
    found = json.loads(done.out)
    assert isinstance(found, dict)
    return found | {"code": done.code}


def test_an_export_is_told_and_can_be_verified(
    fusion: Fusion, begun: AtHome, desk: Path
) -> None:
    out = desk / "two.audit"
    made = told(fusion, "audit", "export", "--home", begun.home, "--out", out)
    assert made["logs"] == [{"origin": ORIGIN, "size": 5}]
    assert out.stat().st_mode & 0o777 == 0o600

    words = ["audit", "verify", "--bundle", out, "--trust", desk / "pk.bundle"]
    alone = told(fusion, *words)
    found = told(fusion, *words, "--no-require-cosigned")

    assert (alone["code"], alone["ok"], alone["wrong"]) == (1, False, 0)
    assert (found["code"], found["ok"], found["digest"]) == (0, True, made["digest"])
    (log,) = found["logs"]
    assert (log["size"], log["accepted"], log["gaps"]) == (5, 5, [])
    assert (log["age"], log["stale"]) == (None, False)
    assert sorted(desk.iterdir()) == [
        desk / n for n in ("one.audit", "pk.bundle", "two.audit")
    ]


def test_a_running_node_is_exported_as_it_stands(
    fusion: Fusion, begun: AtHome, desk: Path
) -> None:
    out = desk / "running.audit"
    with open_home(begun.home, stopped(NOW)):
        done = begun("audit", "export", "--out", out)

    assert (done.code, done.err) == (0, "")
    same = fusion("audit", "compare", out, desk / "one.audit")
    assert same.out == f"{ORIGIN}: the same, 5 entries\n"


def test_verifying_is_told_in_lines(fusion: Fusion, desk: Path) -> None:
    words = ["--bundle", desk / "one.audit", "--trust", desk / "pk.bundle"]
    done = fusion("audit", "verify", *words)

    lines = done.out.splitlines()
    assert (done.code, done.err) == (1, "")
    assert lines[0].endswith(": all as signed, but 5 entries NOT COSIGNED")
    assert lines[4].startswith(f"{ORIGIN}: 5 entries, root ")
    assert lines[-3].endswith(" signatures: all as signed, but 5 entries NOT COSIGNED")
    assert lines[-2].startswith("rests on the trust files pk, edition 2, and on the ")
    assert lines[-1].startswith("rests on no earlier heads (--known); taken ")


def test_an_officer_signs_an_export_that_he_took(
    fusion: Fusion, begun: AtHome, desk: Path
) -> None:
    path, officer = desk / "one.audit", "duty-1@ops.islamabad.pk"
    words = ["--bundle", path, "--trust", desk / "pk.bundle", "--no-require-cosigned"]

    done = begun("audit", "sign", path, words=PASSPHRASE).well()
    assert done.out == f"{path} signed by {officer}\n"
    found = told(fusion, "audit", "verify", *words)
    assert found["taken_by"] == {"officer": officer, "at": NOW + 60_000, "revoked": 0}
    assert found["code"] == 0
    begun("audit", "sign", path, words=PASSPHRASE).ended(2, "INPUT")
    signed = path.read_bytes()
    other = b"x" if signed[-90:-89] != b"x" else b"y"
    path.write_bytes(signed[:-90] + other + signed[-89:])
    assert fusion("audit", "verify", *words).code == 1


def test_trust_files_may_follow_each_other(fusion: Fusion, desk: Path) -> None:
    path, file = desk / "one.audit", desk / "pk.bundle"
    for words in (
        ["--bundle", path, "--trust", file, file],
        ["--trust", file, "--trust", file, "--bundle", path],
    ):
        done = fusion("audit", "verify", *words, "--no-require-cosigned").ended(0)
        assert done.out.splitlines()[0].endswith(": all as signed")


def test_what_is_not_fresh_is_exit_code_1(fusion: Fusion, desk: Path) -> None:
    words = ["--bundle", desk / "one.audit", "--trust", desk / "pk.bundle"]

    found = told(fusion, "audit", "verify", *words, "--max-age", 10**9)

    assert (found["code"], found["ok"], found["logs"][0]["stale"]) == (1, False, True)


def test_tiles_are_written_beside_or_alone(
    fusion: Fusion, begun: AtHome, desk: Path
) -> None:
    tiles, out = desk / "tiles", desk / "both.audit"
    words = ["audit", "export", "--home", begun.home, "--tiles", tiles]

    found = told(fusion, *words, "--out", out)
    assert (found["code"], found["tiled"]) == (0, {ORIGIN: 5})
    assert out.exists()
    assert (tiles / ORIGIN / "tile/0/000.p/5").stat().st_size == 5 * 32

    fusion(*words).refused("HOME_EXISTS")


def test_an_entry_is_proven_to_who_holds_the_trust_file(
    fusion: Fusion, begun: AtHome, desk: Path
) -> None:
    out, trust = desk / "p.tlog-proof", ["--trust", desk / "pk.bundle"]
    made = begun("audit", "prove", "islamabad.pk#3", "--out", out).well()
    assert f"{ORIGIN}#3" in made.out

    found = told(fusion, "audit", "verify", "--proof", out, *trust)
    assert (found["code"], found["ok"], found["index"]) == (0, True, 3)
    assert "not_proved" in found
    begun(
        "audit", "prove", found["name"][:12], *("--out", desk / "q.tlog-proof")
    ).ended(0)
    assert (desk / "q.tlog-proof").read_bytes() == out.read_bytes()

    (desk / "entry").write_bytes(Proof.parse(out.read_bytes()).extra or b"")
    entry = ["--entry", desk / "entry"]
    assert fusion("audit", "verify", "--proof", out, *entry, *trust).code == 0
    (desk / "entry").write_bytes(b"another")
    failed = fusion("audit", "verify", "--proof", out, *entry, *trust)
    assert (failed.code, failed.out, failed.err.count("\n")) == (1, "", 1)


def _forked(begun: AtHome, desk: Path) -> tuple[bytes, bytes]:
    """Sign another head of five entries with the log's own keys; return both notes."""
    ed, ml = config.read_log_key(config.node_home(begun.home))
    with Export.open(desk / "one.audit") as export:
        *_, note = export.log(ORIGIN).head_notes()
    return note, checkpoint.sign_head(Head(ORIGIN, 5, b"\7" * 32), ed, ml, NOW // 1000)


def test_a_fork_is_found_written_and_judged(
    fusion: Fusion, begun: AtHome, desk: Path
) -> None:
    one, two = desk / "one.audit", desk / "two.audit"
    trust = ["--trust", desk / "pk.bundle"]
    content = sealed.content(one)
    content.logs[ORIGIN].items[records.HEADS] = [_forked(begun, desk)[1]]
    content.write(two)

    found = told(
        fusion, "audit", "compare", one, two, *trust, "--fork", desk / "p.fork"
    )
    assert (found["code"], found["ok"]) == (1, False)
    assert found["logs"][0]["fork"] == [5, 5]
    assert found["logs"][0]["proof"] == str(desk / "p.fork")
    assert "FORK" in fusion("audit", "compare", one, two, *trust).out

    judged = told(fusion, "audit", "verify", "--fork", desk / "p.fork", *trust)
    assert (judged["code"], judged["origin"]) == (0, ORIGIN)
    shown = fusion("audit", "verify", "--fork", desk / "p.fork", *trust)
    assert "is forked" in shown.out


def test_what_is_no_fork_is_not_called_one(
    fusion: Fusion, begun: AtHome, desk: Path
) -> None:
    """Two heads of one tree, in the form of a proof."""
    note, other = _forked(begun, desk)
    real = fork.between(note, other, lambda *_: b"")
    ed, ml = config.read_log_key(config.node_home(begun.home))
    smaller = checkpoint.sign_head(Head(ORIGIN, 3, b"\7" * 32), ed, ml, NOW // 1000)
    false = fork.ForkProof(smaller, note, (b"\7" * 32,) * 3)
    trust = ["--trust", desk / "pk.bundle"]
    path = desk / "p.fork"

    path.write_bytes(false.encode())
    done = fusion("audit", "verify", "--fork", path, *trust)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)

    path.write_bytes(real.encode().replace(b"/log/1\n5\n", b"/log/1\n6\n", 1))
    done = fusion("audit", "verify", "--fork", path, *trust)
    assert done.code in {1, 2}


def test_the_same_export_does_not_differ(fusion: Fusion, desk: Path) -> None:
    one = desk / "one.audit"

    found = told(fusion, "audit", "compare", one, one)
    assert (found["code"], found["ok"], found["logs"][0]["lag"]) == (0, True, 0)
    assert (
        fusion("audit", "compare", one, one).out == f"{ORIGIN}: the same, 5 entries\n"
    )


def test_lag_and_a_difference_are_said(fusion: Fusion, desk: Path) -> None:
    one, two = desk / "one.audit", desk / "two.audit"
    content = sealed.content(one)
    log = content.logs[ORIGIN]
    log.items[records.ENTRIES], log.size = log.entries[:3], 3
    log.items[records.HEADS] = log.heads[:3]
    content.write(two)

    behind = f"{ORIGIN}: the same, but B is 2 entries behind"
    done = fusion("audit", "compare", one, two)
    back = f"{behind}; B is ROLLED BACK: its node had signed more\n"
    assert (done.code, done.out) == (1, back)
    assert told(fusion, "audit", "compare", one, two)["logs"][0]["rolled_back"] == ["B"]

    content.exported = NOW - 1_000_000
    content.write(two)
    done = fusion("audit", "compare", one, two)
    assert (done.code, done.out) == (0, f"{behind}\n")

    log.entries[1] = b"another"
    content.write(two)
    done = fusion("audit", "compare", one, two)
    assert (done.code, done.out) == (1, f"{ORIGIN}: differs from #1 on; A 5, B 3\n")


def test_the_heads_of_an_audit_are_held_against_the_next(
    fusion: Fusion, desk: Path
) -> None:
    one, two, heads = desk / "one.audit", desk / "two.audit", desk / "heads"
    trust = ["--trust", desk / "pk.bundle", "--no-require-cosigned"]
    words = ["audit", "verify", *trust, "--bundle"]
    kept = told(fusion, *words, one, "--heads-out", heads)
    assert (kept["code"], kept["known_heads"]) == (0, 0)
    content = sealed.content(one)
    log = content.logs[ORIGIN]
    log.items[records.ENTRIES], log.size = log.entries[:3], 3
    log.items[records.HEADS] = log.heads[:3]
    del log.items[records.DIRECTORY][1:]
    content.write(two)

    again = told(fusion, *words, one, "--known", heads)
    back = told(fusion, *words, two, "--known", heads, "--heads-out", heads)
    later = told(fusion, *words, two, "--known", heads)

    assert (again["code"], again["known_heads"]) == (0, 1)
    for found in (back, later):
        assert (found["code"], found["wrong"]) == (1, 0)
        assert found["rolled_back"] == [{"origin": ORIGIN, "size": 3, "shown": 5}]


def test_a_fork_from_a_known_head_is_written(
    fusion: Fusion, begun: AtHome, desk: Path
) -> None:
    path = desk / "heads"
    path.write_bytes(known_heads.encode([_forked(begun, desk)[1]]))
    words = ["--trust", desk / "pk.bundle", "--known", path, "--out", desk / "p.fork"]

    found = told(fusion, "audit", "verify", "--bundle", desk / "one.audit", *words)

    assert found["code"] == 1
    assert found["fork_proofs"] == {ORIGIN: str(desk / "p.fork")}
    trust = ["--trust", desk / "pk.bundle"]
    judged = told(fusion, "audit", "verify", "--fork", desk / "p.fork", *trust)
    assert (judged["code"], judged["origin"]) == (0, ORIGIN)


def test_what_was_let_pass_is_said(fusion: Fusion, desk: Path) -> None:
    other = desk / "other.audit"
    content = sealed.content(desk / "one.audit")
    content.exported -= 10_000_000
    del content.logs[ORIGIN]
    content.write(other)
    words = ["audit", "verify", "--bundle", other, "--trust", desk / "pk.bundle"]

    refused = fusion(*words)
    passed = fusion(*words, "--allow-missing", ORIGIN, "--allow-time")

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
def test_junk_is_refused_in_one_line(
    fusion: Fusion, desk: Path, junk: str, option: str
) -> None:
    path = desk / "junk"
    path.write_bytes(JUNK[junk])
    good = {"--bundle": desk / "one.audit", "--trust": desk / "pk.bundle"}
    if option in {"--proof", "--fork"}:
        del good["--bundle"]
    words = [word for pair in (good | {option: path}).items() for word in pair]

    done = fusion("audit", "verify", *words).refused()
    assert "internal fault" not in done.err
    fusion("audit", "compare", desk / "one.audit", path).refused()


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
def test_bad_usage_is_one_line(fusion: Fusion, begun: AtHome, words: list[str]) -> None:
    home = [] if words[0] == "compare" else ["--home", begun.home]

    fusion("audit", *words, *home).refused()


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
