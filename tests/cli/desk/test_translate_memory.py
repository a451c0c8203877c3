"""fusion translate memory: listed, written and read, one label a file."""

from pathlib import Path

import pytest

from exchange.errors import Reason
from exchange.limits import TMX_MAX
from exchange.translation import tmx
from exchange.translation.memory import MemoryLabel, TextPair
from tests.cli.desk.conftest import AtDesk, put, refused

MEMORY = ("translate", "memory")
AMBER, RED = MemoryLabel("AMBER", ("cn", "pk")), MemoryLabel("RED", ("cn", "pk"))


def pair(text: str = "a convoy") -> TextPair:
    officer = "duty-1@ops.islamabad.pk"
    return TextPair("en", text, "ur", "قافلہ", officer, 1_767_323_045_000)


def remember(desk: AtDesk, label: MemoryLabel, *pairs: TextPair) -> None:
    with desk.open() as opened:
        opened.mailbox.memory.remember(label, pairs)


@pytest.fixture
def full(desk: AtDesk) -> AtDesk:
    """A desk that remembers two texts of one label and one of another."""
    remember(desk, AMBER, pair(), pair("the convoy"))
    remember(desk, RED, pair())
    return desk


def counts(desk: AtDesk) -> dict[str, int]:
    found = desk.json(*MEMORY, "list")["memories"]
    return {one["label"]: one["pairs"] for one in found}


def test_labels_are_listed_with_what_they_hold(full: AtDesk) -> None:
    assert counts(full) == {"AMBER/cn,pk": 2, "RED/cn,pk": 1}
    shown = full(*MEMORY, "list")
    assert shown.out.splitlines()[0].split() == ["2", "en", "→", "ur", "AMBER/cn,pk"]


def test_an_export_is_of_one_label_only(full: AtDesk, tmp_path: Path) -> None:
    out = tmp_path / "out.tmx"
    mixed = full(*MEMORY, "export", "--out", out)
    assert (mixed.code, out.exists()) == (2, False)
    assert mixed.err.startswith("--label: ")
    told = full.json(*MEMORY, "export", "--out", out, "--label", AMBER)
    assert told == {"pairs": 2, "label": "AMBER/cn,pk", "out": str(out)}
    found = tmx.read(out.read_bytes()).pairs
    assert list(found) == [(AMBER, pair()), (AMBER, pair("the convoy"))]


@pytest.mark.parametrize(
    "label", [RED, MemoryLabel("AMBER", ("cn", "pk"), ("ORIGINATOR_CONTROLLED",))]
)
def test_what_is_grave_needs_a_yes(
    desk: AtDesk, tmp_path: Path, label: MemoryLabel
) -> None:
    remember(desk, label, pair())
    out = tmp_path / "out.tmx"
    unsure = desk(*MEMORY, "export", "--out", out)
    refused(unsure, Reason.INPUT, "there is no terminal")
    assert not out.exists()
    assert desk(*MEMORY, "export", "--out", out, "--yes").code == 0
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
    desk: AtDesk, tmp_path: Path, label: MemoryLabel, where: str
) -> None:
    remember(desk, label, pair())
    out = tmp_path / "out.tmx"
    found = desk(*MEMORY, "export", "--out", out, "--yes")
    refused(found, Reason.NOT_RELEASABLE, where)
    assert not out.exists()


def test_what_was_recalled_is_in_no_export(desk: AtDesk, tmp_path: Path) -> None:
    name, out = desk.send(), tmp_path / "out.tmx"
    command = (*MEMORY, "export", "--out", out, "--force")
    assert desk.json(*command)["pairs"] == 2
    desk.json("recall", name, "--reason", "PERSONAL_DATA")
    assert desk.json(*command)["pairs"] == 0
    assert tmx.read(out.read_bytes()).pairs == ()


def test_what_is_imported_keeps_its_own_label(desk: AtDesk) -> None:
    path = put(desk, "memory.tmx", tmx.write([(RED, pair()), (AMBER, pair())]))
    found = desk.json(*MEMORY, "import", path, "--label", "GREEN/pk")
    assert found == {"pairs": 2, "new": 2, "other_languages": 0, "personal": 0}
    assert counts(desk) == {"AMBER/cn,pk": 1, "RED/cn,pk": 1}
    again = desk(*MEMORY, "import", path)
    assert again.out.splitlines() == ["2 pairs, 0 of them new"]


def test_what_has_no_label_needs_one(desk: AtDesk) -> None:
    data = tmx.write([(AMBER, pair())])
    data = data.replace(b'<prop type="x-label">AMBER/cn,pk</prop>', b"")
    path = put(desk, "memory.tmx", data)
    assert desk(*MEMORY, "import", path).refused().err.startswith("--label: ")
    assert counts(desk) == {}
    assert desk(*MEMORY, "import", path, "--label", "GREEN/pk").code == 0
    assert counts(desk) == {"GREEN/pk": 1}


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
    full: AtDesk, data: bytes, line: str
) -> None:
    before = counts(full)
    told = full(*MEMORY, "import", put(full, "memory.tmx", data)).refused()
    assert line in told.err
    assert counts(full) == before


def test_a_label_that_holds_nothing_gives_no_empty_file(
    desk: AtDesk, tmp_path: Path
) -> None:
    out = tmp_path / "out.tmx"
    command = (*MEMORY, "export", "--out", out, "--yes")
    said = "no translations under that label"
    assert said in desk(*command).err
    remember(desk, AMBER, pair())
    mistyped = desk(*command, "--label", "AMBER/cn")
    assert (mistyped.code, said in mistyped.err) == (2, True)
    assert not out.exists()
    remember(desk, RED, pair())
    assert "say which label to export" in desk(*command).err
    assert not out.exists()


@pytest.mark.parametrize("label", ["AMBER", "amber/pk", "SECRET/pk", "AMBER/pk,cn"])
def test_a_label_that_is_none_is_refused(desk: AtDesk, label: str) -> None:
    told = desk(*MEMORY, "export", "--out", "x.tmx", "--label", label).refused()
    assert "--label" in told.err
