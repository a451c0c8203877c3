"""fusion trust policy: the nation's roots say it, its nodes record it."""

import json
import shutil
from pathlib import Path

import pytest

from exchange import config
from exchange.cli import run
from exchange.home.plan import Plan, check_plan, make
from exchange.home.trust_files import read_bundle, read_envelopes
from exchange.ledger.policy import Policy
from exchange.limits import DAY, POLICY_MAX
from exchange.net.assemble import open_home
from exchange.trust import bundle as bundles
from exchange.trust import entries, statements
from exchange.trust.directory import Directory
from exchange.trust.enrol.issued_statements import judge_all
from exchange.trust.release_policy import read_release
from exchange.v1 import envelope_pb2 as pb
from tests.cli.conftest import NOW, PASSPHRASE, Apart, AtHome, Fusion, Result
from tests.clocks import stopped
from tests.desk.test_heads import WITNESS
from tests.trust.nation import Nation

TEXT = f"# ours\nwitness third {WITNESS.encode()}\nquorum third\n"
LAHORE = "lahore.pk"
RECORDED = "recorded within a second if it runs, else at its next start"


pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def apart(homes: Path, tmp_path: Path, fusion: Fusion) -> Apart:
    """Islamabad's nation, and a node of it on a machine of its own."""
    folder = tmp_path / "apart"
    make(folder / "node", check_plan(Plan(node=LAHORE)), PASSPHRASE, NOW)
    shutil.copytree(homes / "islamabad.pk", folder / "nation")
    return Apart(folder, fusion)


def state(here: AtHome, *arguments: object) -> Result:
    return here("trust", "policy", *arguments, "--yes", words=PASSPHRASE)


def directory(home: Path) -> Directory:
    """What a node's log says once the node has started."""
    with open_home(home, stopped(NOW + 120_000)) as (node, _):
        found = node.members.directory(node.name)
    assert found is not None
    return found


def inbox(home: Path) -> Directory:
    """What a node's log will say, as it will be judged, once it has heard another."""
    node = config.node_home(home)
    name = config.read_node(node).name
    said = Directory(name, bundles.load_all(node.trust)["pk"])
    judge_all(read_envelopes(node.inbox), said)
    return said


def issued(home: Path) -> list[pb.Envelope]:
    return read_envelopes(config.nation_home(home).issued)


# What it does.


def test_the_node_beside_records_it_at_its_next_start(here: AtHome, file: Path) -> None:
    result = state(here, file, "--json").ended(0)
    assert json.loads(result.out) == {
        "domain": "pk",
        "nodes": [{"name": "islamabad.pk", "at": RECORDED}],
    }
    assert "For the logs of islamabad.pk:" in result.err
    assert "    quorum third" in result.err
    assert directory(here.home).quorum_text == TEXT.encode()
    with open_home(here.home, stopped(NOW + 120_000)) as (node, _):
        assert node.members.policy(node.name) == Policy.parse(TEXT.encode())


def test_a_retention_is_stated_in_days(here: AtHome) -> None:
    assert state(here, "--retention", "30").code == 0

    found = directory(here.home)
    assert (found.retention, found.quorum_text) == (30 * DAY, None)


def test_a_policy_of_release_is_stated_by_a_file(here: AtHome, file: Path) -> None:
    file.write_bytes(b"release\nFLASH * * one\n* RED * two\n")

    assert "    * RED * two" in state(here, file).ended(0).err
    assert directory(here.home).release_policy == read_release(file.read_bytes())


@pytest.mark.parametrize(("rules", "reason"), [("5", "UPGRADE"), ("4", "POLICY")])
def test_rules_that_cannot_count_are_not_signed(
    here: AtHome, file: Path, rules: str, reason: str
) -> None:
    file.write_text(f"rules {rules}\n")
    state(here, file).ended(2, reason)
    assert directory(here.home).rules == 4


def test_each_later_one_counts_though_the_clock_stands(
    here: AtHome, file: Path
) -> None:
    for arguments in ([file], ["--retention", "30"], ["--retention", "7"]):
        assert state(here, *arguments).code == 0
    file.write_text("quorum none\n")
    assert state(here, file).code == 0

    found = directory(here.home)
    assert (found.retention, found.quorum_text) == (7 * DAY, b"quorum none\n")


def test_a_node_elsewhere_takes_what_was_written_for_it(
    apart: Apart, file: Path, tmp_path: Path
) -> None:
    apart.enrol("node")

    result = state(apart.at("nation"), file, "--out", tmp_path)
    carried = tmp_path / f"{LAHORE}.envelope"
    taken = apart.at("node").json("trust", "policy", carried)

    said = [f"islamabad.pk: {RECORDED}", f"{LAHORE}: {carried}"]
    assert result.out.splitlines() == said
    assert taken["nodes"][0]["name"] == LAHORE
    for part in ("nation", "node"):
        assert inbox(apart / part).quorum_text == TEXT.encode()


def test_a_node_that_is_enrolled_later_is_told_too(apart: Apart, file: Path) -> None:
    """Of each sort the newest, and once."""
    node = apart / "node"
    for arguments in (["--retention", "30"], [file], ["--retention", "7"]):
        assert state(apart.at("nation"), *arguments).code == 0
    for _ in range(2):
        apart.enrol("node")

    stated = [
        statements.parse_statement(pb.Core.FromString(entry.core).clear)
        for sent in read_envelopes(config.node_home(node).inbox)
        for entry in [pb.Entry.FromString(sent.entry)]
    ]
    said = [one.policy for one in stated if one.type == pb.STATEMENT_TYPE_POLICY]
    assert said == [TEXT.encode(), b"retention 7\n"]
    found = inbox(node)
    assert (found.retention, found.quorum_text) == (7 * DAY, TEXT.encode())


def test_a_full_set_of_witnesses_can_be_stated(here: AtHome, file: Path) -> None:
    """With both root signatures it still is an entry."""
    file.write_text("".join([TEXT, "#" * (POLICY_MAX - len(TEXT) - 1), "\n"]))
    assert file.stat().st_size == POLICY_MAX

    assert state(here, file).code == 0
    assert directory(here.home).quorum_text == file.read_bytes()


# What it does not.


def nothing_signed(home: Path, before: list[pb.Envelope]) -> None:
    assert issued(home) == before
    assert inbox(home).quorum_text is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "no quorum"),
        ("quorum third\n", "line 1"),
        (TEXT + "quorum third\n", "line 4"),
        (TEXT[:-1], "end of the last line"),
        (TEXT.replace("\n", "\r\n"), "line 1"),
        ("retention\n", "retention"),
        ("retention 36501\n", "retention"),
        ("retention 30\nquorum none\n", "retention"),
        ("\x1b[2J quorum none\n", "line 1"),
        ("release\n* WHITE * two\n", "release, line"),
        ("release\n* * * two", "release, line"),
        ("released\n", "release, line"),
    ],
)
def test_what_is_no_policy_is_not_signed(
    here: AtHome, file: Path, text: str, where: str
) -> None:
    before = issued(here.home)
    file.write_bytes(text.encode())

    result = state(here, file).refused("POLICY")
    assert result.err.startswith(where)
    assert "\x1b" not in result.err
    nothing_signed(here.home, before)


@pytest.mark.parametrize(
    "arguments",
    [[], ["--retention", "-1"], ["--retention", "36501"], ["FILE", "--retention", "3"]],
)
def test_neither_nor_and_both_are_refused(
    here: AtHome, file: Path, arguments: list[str]
) -> None:
    before = issued(here.home)
    given = [file if word == "FILE" else word for word in arguments]

    assert state(here, *given).code == 2
    nothing_signed(here.home, before)


def test_too_large_a_file_is_not_read(here: AtHome, file: Path) -> None:
    file.write_bytes(b"#" * POLICY_MAX + b"\n")

    assert state(here, file).reason == "TOO_LONG"


def test_without_a_yes_or_with_another_passphrase_nothing_is_signed(
    here: AtHome, file: Path
) -> None:
    before = issued(here.home)

    result = here("trust", "policy", file, words=PASSPHRASE).ended(2)
    assert "give --yes" in result.err
    here("trust", "policy", file, "--yes", words="another").ended(2, "KEYSTORE")
    nothing_signed(here.home, before)


def test_a_comment_does_not_act_on_the_terminal(here: AtHome, file: Path) -> None:
    file.write_text("# \u202equorum none\n# \u009b2J\nquorum none\n")

    result = state(here, file).ended(0)
    assert not set(result.err) & {"\u202e", "\u009b"}


def test_a_node_elsewhere_without_a_folder_is_named(apart: Apart, file: Path) -> None:
    apart.enrol("node")
    nation = apart / "nation"
    before = issued(nation)

    for out in ([], ["--out", apart / "none"]):
        result = state(apart.at("nation"), file, *out).ended(2)
        assert f"--out DIR: for {LAHORE}" in result.err
    nothing_signed(nation, before)


def test_a_nation_without_nodes_has_no_log_to_state_it_in(
    tmp_path: Path, file: Path, fusion: Fusion
) -> None:
    make(tmp_path / "alone", check_plan(Plan(nation="pk")), PASSPHRASE, NOW)

    found = state(AtHome(tmp_path / "alone", fusion), file).ended(2, "MISSING")
    assert found.err.startswith("nation: has no node yet; enrol one first")


# What is carried to a node.


def carried(apart: Apart, file: Path, tmp_path: Path) -> Path:
    apart.enrol("node")
    assert state(apart.at("nation"), file, "--out", tmp_path).code == 0
    return tmp_path / f"{LAHORE}.envelope"


def test_a_spoilt_statement_is_not_taken(
    apart: Apart, file: Path, tmp_path: Path
) -> None:
    path = carried(apart, file, tmp_path)
    good, node = path.read_bytes(), apart / "node"
    before = read_envelopes(config.node_home(node).inbox)
    (mine,) = (one for one in issued(apart / "nation")[-2:] if one.entry not in good)

    bad = {
        "nothing": b"",
        "text": TEXT.encode(),
        "truncated": good[:-1],
        "a byte": good[:-9] + bytes([good[-9] ^ 1]) + good[-8:],
        "another node's": mine.SerializeToString(),
        "another nation's": stranger(),
    }
    for what, data in bad.items():
        path.write_bytes(data)
        result = apart.at("node")("trust", "policy", path)
        assert (result.code, result.out) == (2, ""), what
        assert result.err.count("\n") == 1, what
    assert read_envelopes(config.node_home(node).inbox) == before


def stranger() -> bytes:
    """What another nation's roots say in Lahore's name."""
    roots = Nation("pk", "lahore").roots
    stated = statements.policy_statement("pk", b"quorum none\n", 1)
    return entries.sign_by_roots(stated, LAHORE, roots, NOW).SerializeToString()


def test_no_home_is_said_so(tmp_path: Path, file: Path) -> None:
    assert run(["trust", "policy", str(file), "--home", str(tmp_path / "none")]) == 2
    assert run(["trust", "policy", "--home", str(tmp_path), "--retention", "3"]) == 2


def test_what_was_signed_is_what_every_member_accepts(here: AtHome, file: Path) -> None:
    state(here, file)
    bundle = read_bundle(here.nation.bundle)

    judge_all(issued(here.home), Directory("islamabad.pk", bundle))
