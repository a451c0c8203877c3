"""fusion translate memory: listed, written and read, one label a file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.desk.client import Desk
from exchange.errors import Reason
from exchange.limits import TMX_MAX
from exchange.translation import tmx
from exchange.translation.memory import MemoryLabel, TextPair
from tests.cli.conftest import PASSPHRASE, Result
from tests.cli.desk.conftest import bulletin, loaded
from tests.cli.desk.test_send import refused

At = Callable[..., Result]
MEMORY = ("translate", "memory")
AMBER, RED = MemoryLabel("AMBER", ("cn", "pk")), MemoryLabel("RED", ("cn", "pk"))


def pair(text: str = "a convoy") -> TextPair:
    officer = "duty-1@ops.islamabad.pk"
    return TextPair("en", text, "ur", "قافلہ", officer, 1_767_323_045_000)


@pytest.fixture
def home(stopped: Path) -> Path:
    """A home that remembers two texts of one label and one of another."""
    with Desk.open(stopped, "", PASSPHRASE) as desk:
        desk.mailbox.memory.remember(AMBER, [pair(), pair("the convoy")])
        desk.mailbox.memory.remember(RED, [pair()])
    return stopped


def written(folder: Path, data: bytes) -> Path:
    path = folder / "memory.tmx"
    path.write_bytes(data)
    return path


def counts(at: At, home: Path) -> dict[str, int]:
    found = loaded(at(home, *MEMORY, "list", "--json"))["memories"]
    return {one["label"]: one["pairs"] for one in found}


def test_labels_are_listed_with_what_they_hold(home: Path, at: At) -> None:
    assert counts(at, home) == {"AMBER/cn,pk": 2, "RED/cn,pk": 1}
    shown = at(home, *MEMORY, "list")
    assert shown.out.splitlines()[0].split() == ["2", "en", "→", "ur", "AMBER/cn,pk"]


def test_an_export_is_of_one_label_only(home: Path, at: At, tmp_path: Path) -> None:
    out = tmp_path / "out.tmx"
    mixed = at(home, *MEMORY, "export", "--out", out)
    assert (mixed.code, out.exists()) == (2, False)
    assert mixed.err.startswith("--label: ")
    told = loaded(
        at(home, *MEMORY, "export", "--out", out, "--label", str(AMBER), "--json")
    )
    assert told == {"pairs": 2, "label": "AMBER/cn,pk", "out": str(out)}
    found = tmx.read(out.read_bytes()).pairs
    assert list(found) == [(AMBER, pair()), (AMBER, pair("the convoy"))]


@pytest.mark.parametrize(
    "label", [RED, MemoryLabel("AMBER", ("cn", "pk"), ("ORIGINATOR_CONTROLLED",))]
)
def test_what_is_grave_needs_a_yes(
    stopped: Path, at: At, tmp_path: Path, label: MemoryLabel
) -> None:
    with Desk.open(stopped, "", PASSPHRASE) as desk:
        desk.mailbox.memory.remember(label, [pair()])
    out = tmp_path / "out.tmx"
    refused(
        at(stopped, *MEMORY, "export", "--out", out),
        Reason.INPUT,
        "there is no terminal",
    )
    assert not out.exists()
    assert at(stopped, *MEMORY, "export", "--out", out, "--yes").code == 0
    assert list(tmx.read(out.read_bytes()).pairs) == [(label, pair())]


@pytest.mark.parametrize(
    ("label", "where"),
    [
        (
            MemoryLabel("AMBER", ("pk",), ("DUTY_DESK_ONLY",)),
            "label.caveats: DUTY_DESK_ONLY",
        ),
        (MemoryLabel("CLEAR", ("cn",)), "label.releasable_to: ops.islamabad.pk"),
    ],
)
def test_what_must_not_leave_the_desk_is_refused(
    stopped: Path, at: At, tmp_path: Path, label: MemoryLabel, where: str
) -> None:
    with Desk.open(stopped, "", PASSPHRASE) as desk:
        desk.mailbox.memory.remember(label, [pair()])
    out = tmp_path / "out.tmx"
    found = at(stopped, *MEMORY, "export", "--out", out, "--yes")
    refused(found, Reason.NOT_RELEASABLE, where)
    assert not out.exists()


def test_what_was_recalled_is_in_no_export(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    path, out = tmp_path / "bulletin.json", tmp_path / "out.tmx"
    path.write_text(json.dumps(bulletin()))
    name = loaded(at(stopped, "send", path, "--json"))["name"]
    command = (*MEMORY, "export", "--out", out, "--force", "--json")
    assert loaded(at(stopped, *command))["pairs"] == 2
    loaded(at(stopped, "recall", name, "--reason", "PERSONAL_DATA", "--json"))
    assert loaded(at(stopped, *command))["pairs"] == 0
    assert tmx.read(out.read_bytes()).pairs == ()


def test_what_is_imported_keeps_its_own_label(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    path = written(tmp_path, tmx.write([(RED, pair()), (AMBER, pair())]))
    found = loaded(
        at(stopped, *MEMORY, "import", path, "--label", "GREEN/pk", "--json")
    )
    assert found == {"pairs": 2, "new": 2, "other_languages": 0, "personal": 0}
    assert counts(at, stopped) == {"AMBER/cn,pk": 1, "RED/cn,pk": 1}
    again = at(stopped, *MEMORY, "import", path)
    assert again.out.splitlines() == ["2 pairs, 0 of them new"]


def test_what_has_no_label_needs_one(stopped: Path, at: At, tmp_path: Path) -> None:
    data = tmx.write([(AMBER, pair())])
    data = data.replace(b'<prop type="x-label">AMBER/cn,pk</prop>', b"")
    path = written(tmp_path, data)
    refused = at(stopped, *MEMORY, "import", path)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("--label: ")
    assert counts(at, stopped) == {}
    assert at(stopped, *MEMORY, "import", path, "--label", "GREEN/pk").code == 0
    assert counts(at, stopped) == {"GREEN/pk": 1}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (bytes(TMX_MAX + 1), "too large; 32 MiB at most"),
        (b"<tmx/>", ": this is not "),
        (b'<!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"/>', "DOCTYPE"),
        (tmx.write([(AMBER, pair(""))]), "tu 1: en: a required field"),
        (tmx.write([(AMBER, pair()), (AMBER, pair("قافلہ"))]), "tu 2: en"),
    ],
)
def test_a_bad_file_is_one_line_and_nothing_is_kept(
    home: Path, at: At, tmp_path: Path, data: bytes, line: str
) -> None:
    before = counts(at, home)
    refused = at(home, *MEMORY, "import", written(tmp_path, data))
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.count("\n") == 1
    assert line in refused.err
    assert counts(at, home) == before


def test_a_label_that_holds_nothing_gives_no_empty_file(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    out = tmp_path / "out.tmx"
    command = (*MEMORY, "export", "--out", out, "--yes")
    said = "no translations under that label"
    assert said in at(stopped, *command).err
    with Desk.open(stopped, "", PASSPHRASE) as desk:
        desk.mailbox.memory.remember(AMBER, [pair()])
    mistyped = at(stopped, *command, "--label", "AMBER/cn")
    assert (mistyped.code, said in mistyped.err) == (2, True)
    assert not out.exists()
    with Desk.open(stopped, "", PASSPHRASE) as desk:
        desk.mailbox.memory.remember(RED, [pair()])
    assert "say which label to export" in at(stopped, *command).err
    assert not out.exists()


@pytest.mark.parametrize("label", ["AMBER", "amber/pk", "SECRET/pk", "AMBER/pk,cn"])
def test_a_label_that_is_none_is_refused(stopped: Path, at: At, label: str) -> None:
    refused = at(stopped, *MEMORY, "export", "--out", "x.tmx", "--label", label)
    assert (refused.code, refused.out) == (2, "")
    assert "--label" in refused.err
