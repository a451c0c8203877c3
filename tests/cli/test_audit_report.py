"""fusion audit report: a real ledger, exported, verified, and told on a page."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.audit import known_heads
from exchange.audit.export import write_export
from exchange.audit.export.write_export import Exporter
from exchange.audit.result import LACKING
from exchange.cli import options
from exchange.store import raw_rows
from exchange.v1 import envelope_pb2 as pb
from tests.audit import ledger as ledgers
from tests.audit import sealed
from tests.audit.ledger import OURS, REFUSED, THEIRS, Ledger
from tests.cli.conftest import Fusion, Result
from tests.hostile.test_false_exports import signed, with_refusal
from tests.node import world as worlds
from tests.node.refusing import proof_of
from tests.node.world import CN, FILED, PK, bulletin, keys_of, name_of, receipt
from tests.trust.nation import DAY


@dataclass(frozen=True)
class Exported:
    """An export, the trust files of both nations, and an auditor's commands on them."""

    path: Path
    trust: list[Path]
    fusion: Fusion

    @property
    def out(self) -> Path:
        return self.path.with_name("report.html")

    def __call__(self, command: str, *more: object) -> Result:
        given = (f"--bundle={self.path}", *more, "--trust", *self.trust)
        return self.fusion("audit", command, *given)

    def report(self, *more: object) -> Result:
        """Write a report."""
        return self("report", "--out", self.out, *more)


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A bulletin, acknowledged by the other side."""
    folder = tmp_path_factory.mktemp("sound")
    with worlds.world(folder) as world:
        world.meet()
        sent = bulletin(world.pk.nation, world.cn.nation)
        world.pk.from_desk(sent)
        world.meet()
        said = pb.RELATION_ACKNOWLEDGED
        world.cn.from_desk(receipt(world.cn.nation, name_of(sent), said))
        world.meet()
        trusted = {n.domain: n.bundle for n in world.nations.values()}
    return Ledger(folder / f"{PK}.db", trusted)


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """One with a fork, refusals, and entries that every member refuses."""
    return ledgers.make(tmp_path_factory.mktemp("odd"))


def export(ledger: Ledger, folder: Path, fusion: Fusion) -> Exported:
    path = folder / "export"
    with raw_rows.open_view(ledger.path) as view:
        write_export.write(view, Exporter(PK), lambda: FILED + 60_000, path)
    trust = []
    for domain, each in ledger.bundles.items():
        trust.append(folder / f"{domain}.bundle")
        trust[-1].write_bytes(each.data)
    return Exported(path, trust, fusion)


@pytest.fixture
def exported(sound: Ledger, tmp_path: Path, fusion: Fusion) -> Exported:
    return export(sound, tmp_path, fusion)


@pytest.fixture(autouse=True)
def then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be the time at which that ledger was made."""
    monkeypatch.setattr(options, "now", lambda: FILED + 120_000)


def test_it_writes_a_page_of_what_it_verified(exported: Exported) -> None:
    out = exported.out
    found = exported.report().well()
    assert found.out.startswith(f"{out}: ")
    assert found.out.endswith("signatures: all as signed\n")
    text = out.read_text("utf-8")
    assert "All is as it was signed." in text
    assert text.count("<main") == 3
    assert out.stat().st_mode & 0o777 == 0o600


def test_json_tells_what_is_odd(fusion: Fusion, odd: Ledger, tmp_path: Path) -> None:
    found = export(odd, tmp_path, fusion)("report", "--json")
    assert (found.code, found.err) == (1, "")
    told = json.loads(found.out)
    assert (told["verified"], told["wrong"]) == (True, 1)
    odd_ones = told["anomalies"]
    places = [f"beijing.cn#{REFUSED + i}" for i in range(3)]
    assert [row["place"] for row in odd_ones["REFUSED"]] == places
    assert [row["place"] for row in odd_ones["FORK"]] == [THEIRS]
    assert odd_ones["TOLD"][0]["reason"] == "LABEL"
    test = told["modes"]["TEST"]
    assert (test["messages"], test["receipts"]) == (3, 2)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("en", "not verified")),
        ("ur", ("ur", "توثیق نہیں ہوئی")),
        ("zh", ("zh-Hans", "未核验")),
    ],
)
def test_one_language(
    fusion: Fusion, exported: Exported, lang: str, said: tuple[str, str]
) -> None:
    tag, told = said
    given = ("--bundle", exported.path, "--out", exported.out, "--lang", lang)
    assert told in fusion("audit", "report", *given).well().out
    text = exported.out.read_text("utf-8")
    assert text.startswith(f'<!doctype html>\n<html lang="{tag}"')
    assert text.count("<main") == 1


def test_damage_is_an_exit_code_and_a_page(
    fusion: Fusion, sound: Ledger, tmp_path: Path
) -> None:
    spoilt = sound.copy(tmp_path)
    first = "rowid = (SELECT min(rowid) FROM head)"
    ledgers.change(spoilt.path, f"UPDATE head SET note = zeroblob(99) WHERE {first}")  # noqa: S608
    exported = export(spoilt, tmp_path, fusion)
    found = exported.report()
    assert (found.code, found.err) == (1, "")
    assert "wrong" in found.out
    page = exported.out.read_text("utf-8")
    assert "signed: see the anomalies of the ledger" in page


def tampered(exported: Exported, what: str) -> list[object]:
    """Change the export as its node could; return what an auditor gives besides."""
    content = sealed.content(exported.path)
    given: list[object] = []
    if what == "LOGS MISSING":
        content = replace(content, logs={OURS: content.logs[OURS]})
    elif what == "EXPORT TIME":
        content = replace(content, exported=FILED - DAY)
    elif what == "ROLLED BACK":
        known = exported.path.with_name("known")
        beyond = content.logs[OURS].size + 9
        known_heads.write(known, [signed(beyond, bytes(32))])
        given = ["--known", known]
    elif what == "FORK":
        log = content.logs[OURS]
        log.heads.append(signed(log.size, bytes(32)))
    content.write(exported.path)
    return given


@pytest.mark.parametrize(
    "what", ["LOGS MISSING", "EXPORT TIME", "ROLLED BACK", "FORK", "SIGNATURE"]
)
def test_what_verify_demands_is_demanded_here(
    exported: Exported, tmp_path: Path, what: str
) -> None:
    """A report on an export that was tampered with ends as `verify` does."""
    given = tampered(exported, what)
    if what == "SIGNATURE":
        content = sealed.content(exported.path)
        entry = content.logs[OURS].entries[3]
        proof = proof_of(CN, OURS, entry, 3, "LABEL", signer=keys_of(PK).log)
        with_refusal(content, proof).write(exported.path)
    verified = exported("verify", *given, "--out", tmp_path / "a.fork")
    found = exported.report(*given)

    assert (found.code, found.err) == (verified.code, "") == (1, "")
    ended = found.out.rpartition("signatures: ")[2]
    assert verified.out.splitlines()[0].endswith(ended.strip())
    page = exported.out.read_text("utf-8")
    assert "All is as it was signed." not in page
    told = json.loads(exported("report", *given, "--json").out)
    if what in LACKING:
        assert what in ended
        assert page.count(what) == 3
        assert what in told["lacking"]
    else:
        assert told["wrong"]


def test_the_page_says_what_an_export_lacks_in_each_language(
    exported: Exported,
) -> None:
    tampered(exported, "LOGS MISSING")
    exported.report().ended(1)

    page = re.sub("<[^>]*>", "", exported.out.read_text("utf-8"))
    page = " ".join(page.split())
    assert f"{THEIRS} is missing; --allow-missing lets it pass" in page
    assert f"缺少 {THEIRS}" in page


def test_what_may_be_missing_is_let_pass_as_verify_does(exported: Exported) -> None:
    tampered(exported, "LOGS MISSING")
    exported("verify", "--allow-missing", THEIRS).ended(0)
    exported.report("--allow-missing", THEIRS).ended(0)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "--out"),
        (["--out", "{out}", "--allow-time"], "--trust"),
        (["--out", "{out}", "--lang", "fr"], "--lang"),
        (["--out", "{out}/no/such"], "no/such"),
        (["--out", "{out}", "elsewhere"], "elsewhere"),
        (["--out", "{out}", "--trust", "{export}"], "BUNDLE"),
        (["--out", "{out}", "--trust", "{trust}"], "NOT_PINNED"),
        (["--out", "{out}", "--trust", "/no/such"], "/no/such"),
    ],
)
def test_what_is_asked_wrongly_is_one_line(
    fusion: Fusion, exported: Exported, arguments: list[str], word: str
) -> None:
    names = {"out": exported.out, "export": exported.path, "trust": exported.trust[0]}
    given = [each.format(**names) for each in arguments]
    found = fusion("audit", "report", "--bundle", exported.path, *given).refused()
    assert word in (found.reason if word.isupper() else found.err)
    assert not exported.out.exists()


def test_what_is_no_export_is_refused(fusion: Fusion, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"fusion-audit@v2\n" + bytes(99))
    for path in (other, tmp_path, tmp_path / "none"):
        fusion("audit", "report", "--bundle", path, "--json").refused()
