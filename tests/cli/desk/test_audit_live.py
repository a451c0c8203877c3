"""fusion audit verify --live: two nodes as processes, read by an auditor."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange import config
from exchange.cli.audit import verify_live
from exchange.errors import Reason
from exchange.ledger import fork
from tests.audit.log_in_memory import CN as CN_NATION
from tests.audit.log_in_memory import ORIGIN, PINNED
from tests.audit.log_in_memory import PK as PK_NATION
from tests.audit.test_verify_nodes import ENTRIES, OTHERS, Fake, log
from tests.cli.conftest import Apart, AtHome, Fusion
from tests.cli.desk.conftest import CN, PK, AtDesk, free_port
from tests.node.world import FILED


@pytest.fixture
def court(pk: AtDesk, cn: AtDesk, fusion: Fusion, tmp_path: Path) -> AtHome:
    """The home of an auditor of Islamabad's nation, which is enrolled once."""
    enrolled = Apart(pk.home.parent, fusion, PK)
    made = enrolled.at("court")
    if not made.home.exists():
        made("init", "--auditor", "court.pk").ended(0)
        enrolled.enrol("court")
        made("trust", "import", cn.nation.bundle, "--yes").ended(0)
    return AtHome(shutil.copytree(made.home, tmp_path / "court"), fusion)


def test_an_auditor_reads_both_nodes(court: AtHome) -> None:
    found = court.json("audit", "verify", "--live", PK, "--live", CN)

    assert found["ok"]
    assert found["nodes"] == [PK, CN]
    assert {one["origin"] for one in found["logs"]} == {
        f"{node}.fusion/log/1" for node in (PK, CN)
    }
    for one in found["logs"]:
        assert (one["agree"], one["forked"], one["fork"]) == (True, False, None)
        assert one["age"] >= 0
        assert [view["node"] for view in one["views"]] == [PK, CN]
        for view in one["views"]:
            assert view["audit"]["size"] == view["size"] >= 3
            assert view["audit"]["signatures"] > view["size"]
            assert view["faults"] == []


def test_addresses_and_files_as_one_would_write_them(
    pk: AtDesk, cn: AtDesk, court: AtHome, fusion: Fusion, tmp_path: Path
) -> None:
    """Several words behind an option, and no home at all."""
    auditor = config.auditor_home(court.home)
    files = [auditor.trust / f"{domain}.bundle" for domain in ("pk", "cn")]

    result = fusion(
        *("audit", "verify", "--live", pk.listen, f"{CN}={cn.listen}"),
        *("--trust", *files, "--key", auditor.tls_key),
        *("--certificate", auditor.tls_cert, "--home", tmp_path / "none"),
    ).well()
    told = result.out.splitlines()
    assert any(line.startswith(f"{CN}: {PK}.fusion/log/1: ") for line in told)
    assert f"{PK}.fusion/log/1: 2 views of one history" in told
    assert told[-1].startswith(f"{PK} and {CN}, ")
    assert told[-1].endswith(": all as signed")


def test_one_node_alone(cn: AtDesk, court: AtHome) -> None:
    given = f"{CN}={cn.listen}"

    result = court("audit", "verify", "--live", given).ended(0)
    assert f"{CN}.fusion/log/1: 1 view of one history" in result.out


def test_a_cosignature_must_be_as_fresh_as_asked_for(
    court: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchange.cli import options  # noqa: PLC0415  before it is changed

    later = options.now() + 3_600_000
    monkeypatch.setattr("exchange.cli.options.now", lambda: later)
    command = ["audit", "verify", "--live", PK, CN, "--max-age"]

    fresh, stale = court(*command, 7_200), court(*command, 60)

    assert (fresh.code, stale.code) == (0, 1)
    assert stale.out.endswith("all as signed, but too old\n")


# What is refused.


def test_a_node_that_is_not_there_is_named(pk: AtDesk, court: AtHome) -> None:
    nobody = f"{CN}=127.0.0.1:{free_port()}"

    result = court("audit", "verify", "--live", pk.listen, nobody).ended(3)
    assert result.err.splitlines()[-1].startswith(f"{CN} at 127.0.0.1:")


def test_another_node_at_that_address_is_nobody(pk: AtDesk, court: AtHome) -> None:
    """Islamabad cannot answer for Beijing: its certificate is not that nation's."""
    given = f"{CN}={pk.listen}"
    result = court("audit", "verify", "--live", given).ended(3)
    assert result.err.splitlines()[-1].startswith(f"{CN} at ")


def test_a_desk_is_no_auditor(pk: AtDesk, court: AtHome) -> None:
    desk = pk.place
    identity = ("--key", desk.tls_key, "--certificate", desk.tls_cert)
    result = court("audit", "verify", "--live", PK, *identity).ended(2, "METHOD")
    assert result.err.startswith(f"{PK}: ")


@pytest.mark.parametrize(
    ("words", "reason", "where"),
    [
        (["--live", PK, PK], Reason.INPUT, "node is given twice"),
        (["--live", PK, f"{PK}=127.0.0.1:1"], Reason.INPUT, "node is given twice"),
        (["--live", "lahore.pk"], Reason.NOT_PINNED, "lahore.pk"),
        (["--live", "127.0.0.1:1"], Reason.NOT_PINNED, "127.0.0.1:1"),
        (["--live", "x y:1"], Reason.FIELD_VALUE, "--live"),
        (["--live", f"{PK}=x"], Reason.FIELD_VALUE, "--live"),
        (["--live", "=127.0.0.1:1"], Reason.FIELD_VALUE, "--live"),
        (["--live", PK, "--key", "k"], Reason.INPUT, "--certificate"),
        (["--live", PK, "--key", "k", "--certificate", "c"], Reason.KEY_FILE, "k"),
        (["--live", PK, "--bundle", "x"], Reason.INPUT, "--live"),
        (["--key", "x"], Reason.INPUT, "--key"),
        (["--out", "x"], Reason.INPUT, "--out"),
    ],
    ids=str,
)
def test_bad_options(
    court: AtHome, words: list[str], reason: Reason, where: str
) -> None:
    assert where in court("audit", "verify", *words).refused(reason).err


def test_without_trust_files_nobody_is_asked(tmp_path: Path, fusion: Fusion) -> None:
    result = fusion("audit", "verify", "--home", tmp_path, "--live", PK).ended(2)
    assert "--trust" in result.err


# Two histories.


class Closing(Fake):
    def close(self) -> None:
        """Nothing is open."""


@contextmanager
def shown(monkeypatch: pytest.MonkeyPatch, *readers: Fake) -> Iterator[None]:
    """Let the command read from memory what no honest pair of nodes shows."""
    named = {one.node: Closing(one.node, one.shown) for one in readers}
    with monkeypatch.context() as patch:
        patch.setattr(verify_live, "_connected", lambda node, *_: named[node])
        patch.setattr("exchange.cli.options.now", lambda: FILED)
        patch.setattr(verify_live, "_identity", lambda _: (b"", b""))
        yield


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for nation in (PK_NATION, CN_NATION):
        (tmp_path / f"{nation.domain}.bundle").write_bytes(nation.data)
    return sorted(tmp_path.glob("*.bundle"))


@pytest.mark.parametrize("named", [True, False])
def test_two_histories_are_written_down_as_a_proof(
    *,
    files: list[Path],
    fusion: Fusion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    named: bool,
) -> None:
    """Also where nobody said where to: it is evidence."""
    monkeypatch.chdir(tmp_path)
    out = ["--out", "proof"] if named else []
    with shown(monkeypatch, Fake(PK, [log(ENTRIES)]), Fake(CN, [log(OTHERS, 30)])):
        result = fusion("audit", "verify", "--live", PK, CN, "--trust", *files, *out)

    assert (result.code, result.err) == (1, "")
    path = tmp_path / ("proof" if named else f"{PK}.fusion-log-1.fork")
    fork.verify(path.read_bytes(), PINNED["pk"].log_keys(ORIGIN))
    assert f"FORKED: two contradictory histories, proof written to {path.name}" in (
        result.out
    )
    assert result.out.endswith("not the same everywhere\n")


def test_a_damaged_view_is_named_and_the_other_stands(
    files: list[Path], fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = log(ENTRIES, 30)
    theirs.entries = [*ENTRIES[:10], OTHERS[10], *ENTRIES[11:30]]
    with shown(monkeypatch, Fake(PK, [log(ENTRIES)]), Fake(CN, [theirs])):
        command = ["audit", "verify", "--live", PK, CN, "--trust", *files]
        told, result = fusion(*command), fusion(*command, "--json")

    assert (told.code, result.code) == (1, 1)
    assert f"{CN}: {ORIGIN}: 30 entries" in told.out
    assert "  10 entries behind\n" in told.out
    (one,) = json.loads(result.out)["logs"]
    ours, partners = one["views"]
    assert (ours["ok"], partners["ok"]) == (True, False)
    assert partners["behind"] == 10
    assert partners["faults"][0] == {
        "origin": ORIGIN,
        "index": 14,
        "reason": "ROOT",
        "what": "head 15",
    }


def test_a_head_that_nobody_signed_is_told(
    files: list[Path], fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = log(ENTRIES)
    theirs.newest = b"\x1b[2J"
    with shown(monkeypatch, Fake(PK, [log(ENTRIES)]), Fake(CN, [theirs])):
        result = fusion("audit", "verify", "--live", PK, CN, "--trust", *files)

    assert result.code == 1
    assert f"{CN}: {ORIGIN}: 0 entries shown" in result.out
    assert "(NOTE; " in result.out
    assert "\x1b" not in result.out
