"""fusion translate glossary: looked up, taken elsewhere and back, agreed upon."""

from pathlib import Path
from typing import Any

import pytest

from exchange.limits import TBX_MAX
from exchange.translation import tbx
from exchange.translation.glossary import Glossary
from tests.cli.conftest import loaded
from tests.cli.desk.conftest import AtDesk, put, until

SEED = Glossary.seed()
GLOSSARY = ("translate", "glossary")


def status(desk: AtDesk) -> dict[str, Any]:
    found: dict[str, Any] = desk.json(*GLOSSARY, "status")
    return found


def test_the_terms_are_listed_and_found(desk: AtDesk) -> None:
    found = desk.json(*GLOSSARY, "list")
    assert found["version"] == 0
    assert len(found["terms"]) == len(SEED.terms)
    (term,) = desk.json(*GLOSSARY, "find", "سرنگ کا")["terms"]
    assert term["id"] == "tunnel-portal"


def test_a_found_term_is_shown_with_its_forms(desk: AtDesk) -> None:
    shown = desk(*GLOSSARY, "find", "恐怖份子").well()
    assert "terrorist  Threats and attacks" in shown.out
    assert "恐怖份子  (Not to be used)" in shown.out


def test_what_is_exported_is_read_back(desk: AtDesk, tmp_path: Path) -> None:
    out = tmp_path / "out.tbx"
    told = desk.json(*GLOSSARY, "export", "--out", out)
    assert told == {"version": 0, "out": str(out)}
    assert tbx.read(out.read_bytes()).terms == SEED.terms
    again = desk(*GLOSSARY, "export", "--out", out)
    assert (again.code, out.stat().st_mode & 0o777) == (2, 0o600)
    assert desk(*GLOSSARY, "export", "--out", out, "--force").code == 0
    found = desk.json(*GLOSSARY, "import", out)
    assert (found["added"], found["changed"], found["removed"]) == ([], [], [])


def test_an_import_says_what_it_would_change_and_keeps_nothing(desk: AtDesk) -> None:
    data = tbx.write(Glossary(0, SEED.terms[1:]))
    foreign = b'<langSec xml:lang="de"><termSec><term>x</term></termSec></langSec>'
    data = data.replace("车队".encode(), "护航队".encode())
    data = data.replace(b"</conceptEntry>", foreign + b"</conceptEntry>", 1)
    said = desk(*GLOSSARY, "import", put(desk, "terms.tbx", data)).well()
    assert said.out.splitlines() == [
        "0 added, 1 changed, 1 removed",
        "1 section in another language left out",
        "Not saved yet.",
    ]
    assert status(desk)["versions"] == []


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"<" * (TBX_MAX + 1), "too large; 4 MiB at most"),
        (b"<tbx/>", ": this is not "),
        (b'<!DOCTYPE tbx SYSTEM "x.dtd"><tbx/>', "DOCTYPE"),
        (
            tbx.write(SEED).replace("车队".encode(), b"convoy"),
            "forms.2.text: not written in the script of zh-Hans",
        ),
    ],
)
def test_a_bad_file_is_one_line_and_nothing_is_kept(
    desk: AtDesk, data: bytes, line: str
) -> None:
    path = put(desk, "terms.tbx", data)
    to = ("--publish", "--to", "ops.beijing.cn")
    refused = desk(*GLOSSARY, "import", path, *to).refused()
    assert line in refused.err
    assert status(desk)["versions"] == []


def test_a_version_without_another_nation_is_refused(desk: AtDesk) -> None:
    refused = desk(*GLOSSARY, "publish").refused()
    assert refused.err.startswith("to: ")


def test_both_sides_agree_on_a_version(pk: AtDesk, cn: AtDesk) -> None:
    before = status(pk)
    number = before["next"]
    sent = pk.json(*GLOSSARY, "publish", "--to", "ops.beijing.cn")
    assert sent["version"] == number

    def arrived(found: dict[str, Any]) -> bool:
        return any(version["name"] == sent["name"] for version in found["versions"])

    at_beijing = until(lambda: status(cn), arrived)
    assert at_beijing["in_force"] == before["in_force"]
    waiting = cn(*GLOSSARY, "status")
    assert "waits for ops.beijing.cn" in waiting.out
    assert cn("ack", sent["name"]).code == 0
    assert status(cn)["in_force"] == number
    until(lambda: status(pk), lambda found: found["in_force"] == number)
    shown = pk(*GLOSSARY, "status")
    assert shown.out.splitlines()[0] == f"Glossary, version {number}, 388 terms"
    assert shown.out.splitlines()[1].endswith("in force")


def test_what_is_grave_leaves_by_a_yes_alone(
    pk: AtDesk, cn: AtDesk, tmp_path: Path
) -> None:
    number = status(pk)["next"]
    publish = "publish", "--to", "ops.beijing.cn", "--tlp", "RED", "--json"
    name = loaded(pk(*GLOSSARY, *publish))["name"]

    def here(found: dict[str, Any]) -> bool:
        return any(version["name"] == name for version in found["versions"])

    until(lambda: status(cn), here)
    assert cn("ack", name).code == 0
    assert status(cn)["in_force"] == number
    out = tmp_path / "red.tbx"
    refused = cn(*GLOSSARY, "export", "--out", out)
    assert (refused.code, out.exists()) == (2, False)
    assert cn(*GLOSSARY, "export", "--out", out, "--yes").code == 0
