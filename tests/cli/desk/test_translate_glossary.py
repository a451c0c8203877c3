"""fusion translate glossary: looked up, taken elsewhere and back, agreed upon."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchange.limits import TBX_MAX
from exchange.translation import tbx
from exchange.translation.glossary import Glossary
from tests.cli.conftest import Result
from tests.cli.desk.conftest import Pair, loaded
from tests.cli.desk.test_send import until

At = Callable[..., Result]
SEED = Glossary.seed()
GLOSSARY = ("translate", "glossary")


def written(folder: Path, data: bytes) -> Path:
    path = folder / "terms.tbx"
    path.write_bytes(data)
    return path


def status(at: At, home: Path) -> dict[str, Any]:
    found: dict[str, Any] = loaded(at(home, *GLOSSARY, "status", "--json"))
    return found


def test_the_terms_are_listed_and_found(stopped: Path, at: At) -> None:
    found = loaded(at(stopped, *GLOSSARY, "list", "--json"))
    assert found["version"] == 0
    assert len(found["terms"]) == len(SEED.terms)
    (term,) = loaded(at(stopped, *GLOSSARY, "find", "سرنگ کا", "--json"))["terms"]
    assert term["id"] == "tunnel-portal"


def test_a_found_term_is_shown_with_its_forms(stopped: Path, at: At) -> None:
    shown = at(stopped, *GLOSSARY, "find", "恐怖份子")
    assert (shown.code, shown.err) == (0, "")
    assert "terrorist  Threats and attacks" in shown.out
    assert "恐怖份子  (Not to be used)" in shown.out


def test_what_is_exported_is_read_back(stopped: Path, at: At, tmp_path: Path) -> None:
    out = tmp_path / "out.tbx"
    told = loaded(at(stopped, *GLOSSARY, "export", "--out", out, "--json"))
    assert told == {"version": 0, "out": str(out)}
    assert tbx.read(out.read_bytes()).terms == SEED.terms
    again = at(stopped, *GLOSSARY, "export", "--out", out)
    assert (again.code, out.stat().st_mode & 0o777) == (2, 0o600)
    assert at(stopped, *GLOSSARY, "export", "--out", out, "--force").code == 0
    found = loaded(at(stopped, *GLOSSARY, "import", out, "--json"))
    assert (found["added"], found["changed"], found["removed"]) == ([], [], [])


def test_an_import_says_what_it_would_change_and_keeps_nothing(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    data = tbx.write(Glossary(0, SEED.terms[1:]))
    foreign = b'<langSec xml:lang="de"><termSec><term>x</term></termSec></langSec>'
    data = data.replace("车队".encode(), "护航队".encode())
    data = data.replace(b"</conceptEntry>", foreign + b"</conceptEntry>", 1)
    said = at(stopped, *GLOSSARY, "import", written(tmp_path, data))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "0 added, 1 changed, 1 removed",
        "1 section in another language left out",
        "Not saved yet.",
    ]
    assert status(at, stopped)["versions"] == []


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
    stopped: Path, at: At, tmp_path: Path, data: bytes, line: str
) -> None:
    path = written(tmp_path, data)
    to = ("--publish", "--to", "ops.beijing.cn")
    refused = at(stopped, *GLOSSARY, "import", path, *to)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.count("\n") == 1
    assert line in refused.err
    assert status(at, stopped)["versions"] == []


def test_a_version_without_another_nation_is_refused(stopped: Path, at: At) -> None:
    refused = at(stopped, *GLOSSARY, "publish")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("to: ")


def test_both_sides_agree_on_a_version(pair: Pair, at: At) -> None:
    before = status(at, pair.pk)
    number = before["next"]
    sent = loaded(at(pair.pk, *GLOSSARY, "publish", "--to", "ops.beijing.cn", "--json"))
    assert sent["version"] == number

    def arrived(found: dict[str, Any]) -> bool:
        return any(version["name"] == sent["name"] for version in found["versions"])

    at_beijing = until(lambda: status(at, pair.cn), arrived)
    assert at_beijing["in_force"] == before["in_force"]
    waiting = at(pair.cn, *GLOSSARY, "status")
    assert "waits for ops.beijing.cn" in waiting.out
    assert at(pair.cn, "ack", sent["name"]).code == 0
    assert status(at, pair.cn)["in_force"] == number
    until(lambda: status(at, pair.pk), lambda found: found["in_force"] == number)
    shown = at(pair.pk, *GLOSSARY, "status")
    assert shown.out.splitlines()[0] == f"Glossary, version {number}, 388 terms"
    assert shown.out.splitlines()[1].endswith("in force")


def test_what_is_grave_leaves_by_a_yes_alone(
    pair: Pair, at: At, tmp_path: Path
) -> None:
    number = status(at, pair.pk)["next"]
    publish = "publish", "--to", "ops.beijing.cn", "--tlp", "RED", "--json"
    name = loaded(at(pair.pk, *GLOSSARY, *publish))["name"]

    def here(found: dict[str, Any]) -> bool:
        return any(version["name"] == name for version in found["versions"])

    until(lambda: status(at, pair.cn), here)
    assert at(pair.cn, "ack", name).code == 0
    assert status(at, pair.cn)["in_force"] == number
    out = tmp_path / "red.tbx"
    refused = at(pair.cn, *GLOSSARY, "export", "--out", out)
    assert (refused.code, out.exists()) == (2, False)
    assert at(pair.cn, *GLOSSARY, "export", "--out", out, "--yes").code == 0
