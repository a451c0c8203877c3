"""Logs looked into window by window: of a node's home, and of an export."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange import config, words
from exchange.audit.browse.entry_steps import Rebuilt, steps
from exchange.audit.browse.export_shelf import ExportFiles, ExportShelf
from exchange.audit.browse.home_shelf import HomeShelf
from exchange.audit.sources.export_file import Export
from exchange.browsed_logs import GivenUp, LogShelf, ProofStep
from exchange.config import NodeConfig, NodeHome
from exchange.errors import FusionError, Reason, Refusal
from tests.audit.ledger import OURS, REFUSED, THEIRS, Ledger, opened
from tests.expecting import refusing
from tests.node.world import CN, FILED, PK

LINKS = ["BYTES", "NAME", "KEY", "SIGNATURE", "LOG", "INCLUSION", "HEAD", "COSIGNATURE"]


def silent(origin: str, done: int, size: int) -> None:
    assert origin
    assert 0 <= done <= size


def stop(*_: object) -> None:
    raise GivenUp


def make_home(ledger: Ledger, folder: Path) -> Path:
    """Return a home with the node of a ledger: what a reader of it needs, no more."""
    node = NodeHome(folder / "home" / "node")
    node.trust.mkdir(parents=True, mode=0o700)
    settings = NodeConfig(PK, "127.0.0.1:1", "")
    node.config.write_bytes(
        config.write_settings(
            name=settings.name, listen=settings.listen, desk=settings.desk
        )
    )
    shutil.copy(ledger.path, node.database)
    for domain, bundle in ledger.bundles.items():
        (node.trust / f"{domain}.bundle").write_bytes(bundle.data)
    return folder / "home"


@pytest.fixture
def home(ledger: Ledger, tmp_path: Path) -> Path:
    return make_home(ledger, tmp_path)


@pytest.fixture
def shelf(home: Path) -> HomeShelf:
    return HomeShelf(home, lambda: FILED)


def exported(shelf: HomeShelf, folder: Path) -> Path:
    out = folder / "ledger.export"
    assert "written to" in shelf.export(str(out), silent)[0]
    return out


def trust(ledger: Ledger) -> list[tuple[str, bytes]]:
    return [(domain, one.data) for domain, one in ledger.bundles.items()]


def went(found: list[ProofStep]) -> dict[str, bool | None]:
    return {step.what: step.ok for step in found}


def test_both_logs_are_there_with_their_heads_and_who_cosigned_them(
    shelf: HomeShelf,
) -> None:
    ours, theirs = sorted(shelf.logs(), key=lambda log: not log.own)
    assert (ours.origin, theirs.origin) == (OURS, THEIRS)
    assert ours.head is not None
    roles = {line.role: line.name for line in ours.head.lines}
    assert roles == {"log": OURS, "mirror": f"{CN}.fusion/mirror"}
    assert theirs.forked


def test_entries_come_in_windows_with_the_verdict_of_the_node(shelf: HomeShelf) -> None:
    size = next(log.size for log in shelf.logs() if log.origin == THEIRS)
    one_by_one = [shelf.entries(THEIRS, at, 1)[0] for at in range(size)]
    assert list(shelf.entries(THEIRS, 0, 1_000)) == one_by_one
    assert [one.index for one in one_by_one] == list(range(size))
    assert one_by_one[REFUSED].verdict not in ("", "ACCEPTED")
    assert one_by_one[0].author
    assert one_by_one[-1].kind == ""  # "no entry" is none
    assert shelf.entries(THEIRS, size, 10) == []
    assert shelf.entries(THEIRS, 1 << 62, 10) == []


def test_heads_come_newest_first_and_below_a_size(shelf: HomeShelf) -> None:
    heads = shelf.heads(OURS, 1 << 40, 100)
    sizes = [head.size for head in heads]
    assert sizes == sorted(sizes, reverse=True)
    assert shelf.heads(OURS, sizes[0], 1)[0].size == sizes[1]
    assert all(head.at_s and not head.reason for head in heads)


def test_every_sound_entry_passes_every_link(shelf: HomeShelf) -> None:
    for entry in shelf.entries(OURS, 0, 100):
        found = list(shelf.steps(OURS, entry.index, silent))
        assert [step.what for step in found] == LINKS
        assert all(step.ok for step in found[:7]), found


def test_whose_key_it_is_is_said_in_the_language(shelf: HomeShelf) -> None:
    words.use("zh-Hans")
    keys = [
        step.detail
        for entry in shelf.entries(OURS, 0, 100)
        for step in shelf.steps(OURS, entry.index, silent)
        if step.what == "KEY"
    ]
    assert any("作者" in detail for detail in keys), keys
    assert not any("author" in detail for detail in keys)


def test_an_entry_that_is_refused_fails_at_the_log_and_says_why(
    shelf: HomeShelf,
) -> None:
    found = {step.what: step for step in shelf.steps(THEIRS, REFUSED, silent)}
    assert found["LOG"].ok is False
    assert found["LOG"].reason in set(Reason)
    assert found["INCLUSION"].ok


def test_there_is_no_such_entry_or_log(shelf: HomeShelf) -> None:
    with pytest.raises(Refusal):
        shelf.steps(OURS, 1_000, silent)
    for origin in ("", "x", "kp.fusion/log/1", "../x"):
        with pytest.raises(Refusal):
            shelf.entries(origin, 0, 1)


def test_an_altered_entry_fails_at_its_signature_and_its_inclusion(
    home: Path, shelf: HomeShelf
) -> None:
    before = [list(shelf.steps(one.origin, 3, silent)) for one in shelf.logs()]
    assert all(step.ok for step in before[0][:7])
    with opened(home / "node/ledger.db") as db:
        query = 'SELECT entry FROM entry WHERE log = 1 AND "index" = 3'
        (entry,) = db.execute(query).fetchone()
        changed = entry[:-1] + bytes([entry[-1] ^ 1])
        sql = 'UPDATE entry SET entry = ? WHERE log = 1 AND "index" = 3'
        db.execute(sql, (changed,))
    after = went(list(shelf.steps(OURS, 3, silent)))
    assert (after["SIGNATURE"], after["INCLUSION"]) == (False, False)
    assert after["HEAD"]


def test_evidence_that_does_not_belong_together_fails_at_its_link(
    shelf: HomeShelf,
) -> None:
    good = shelf.evidence(OURS, 3)
    other = shelf.evidence(THEIRS, 3)
    early = replace(good, index=10**6)
    changed = good.entry[:-1] + bytes([good.entry[-1] ^ 1])
    assert good.note is not None
    wrong = {
        "LOG": replace(good, log=other.log),
        "HEAD": replace(good, note=other.note),
        "INCLUSION": replace(good, leads=Rebuilt(10**6, b"r" * 32)),
        "SIGNATURE": replace(good, entry=changed),
        "KEY": replace(good, log=replace(good.log, directory=other.log.directory)),
        "BYTES": replace(good, entry=b""),
        "COSIGNATURE": replace(good, note=good.note.replace(b"mirror", b"mirrer")),
    }
    for link, evidence in wrong.items():
        found = {step.what: step for step in steps(evidence)}
        assert [*found] == LINKS
        assert not found[link].ok, link
    for link in ("INCLUSION", "HEAD"):
        assert went(list(steps(early)))[link] is False
    assert went(list(steps(replace(good, note=None))))["HEAD"] is None


def test_fsck_tells_what_it_finds_and_is_given_up_by_its_progress(
    shelf: HomeShelf,
) -> None:
    (head,) = shelf.heads(OURS, 1 << 40, 1)
    (line,) = [line for line in shelf.check(silent) if line.startswith(OURS)]
    assert head.root.hex() in line, "as the screen of heads has it"

    with pytest.raises(GivenUp):
        shelf.check(stop)


def test_an_export_that_is_given_up_leaves_no_file(
    shelf: HomeShelf, tmp_path: Path
) -> None:
    with pytest.raises(GivenUp):
        shelf.export(str(tmp_path / "new"), stop)
    assert not list(tmp_path.glob("*new*"))


@pytest.mark.parametrize("path", ["", "  ", "/nowhere/at/all", "~nobody/x", "a\0b"])
def test_an_export_to_no_file_is_one_refusal(shelf: HomeShelf, path: str) -> None:
    with pytest.raises(FusionError):
        shelf.export(path, silent)


def test_no_file_is_overwritten(shelf: HomeShelf, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    with refusing(Reason.HOME_EXISTS):
        shelf.export(str(tmp_path / "kept"), silent)
    assert (tmp_path / "kept").read_text() == "kept"


def test_an_export_shows_what_its_node_shows(
    shelf: HomeShelf, ledger: Ledger, tmp_path: Path
) -> None:
    with Export.open(exported(shelf, tmp_path)) as export:
        other = ExportShelf(ExportFiles(export, trust(ledger)), lambda: FILED)
        logs: dict[str, LogShelf] = {}
        for one in other.logs():
            logs[one.origin] = other
            theirs = shelf.heads(one.origin, 1 << 40, 100)
            assert list(other.heads(one.origin, 1 << 40, 100)) == list(theirs)
            names = [e.name for e in shelf.entries(one.origin, 1, 4)]
            assert [e.name for e in other.entries(one.origin, 1, 4)] == names
            for at in range(one.size):
                mine = went(list(shelf.steps(one.origin, at, silent)))
                assert went(list(other.steps(one.origin, at, silent))) == mine
            judged = [e.verdict for e in shelf.entries(one.origin, 0, 100)]
            assert [e.verdict for e in other.entries(one.origin, 0, 100)] == judged
        assert set(logs) == {OURS, THEIRS}
        with pytest.raises(Refusal):
            other.export(str(tmp_path / "x"), silent)
        (head,) = other.heads(OURS, 1 << 40, 1)
        assert head.root.hex() in "\n".join(other.check(silent))


def test_a_verification_of_an_export_that_is_given_up_says_nothing(
    shelf: HomeShelf, ledger: Ledger, tmp_path: Path
) -> None:
    with Export.open(exported(shelf, tmp_path)) as export:
        other = ExportShelf(ExportFiles(export, trust(ledger)), lambda: FILED)
        with pytest.raises(GivenUp):
            other.steps(OURS, 0, stop)
        assert other.entries(OURS, 0, 1)[0].verdict == ""


def test_an_export_without_the_right_trust_files_is_not_shown(
    shelf: HomeShelf, ledger: Ledger, tmp_path: Path
) -> None:
    with Export.open(exported(shelf, tmp_path)) as export:
        for some in ([], trust(ledger)[:1]):
            with pytest.raises(Refusal):
                ExportShelf(ExportFiles(export, some), lambda: FILED)
