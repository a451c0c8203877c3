"""What a machine can hold of the house rules, and what is shipped and locked."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from exchange.cli.program import COMMANDS
from tests.conftest import LONGEST

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PACKAGES = ("exchange", "keys", "tui")
LOCK = ROOT / "requirements.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def run(*command: str | Path) -> None:
    """Run one of the tools in the project's folder; show what it says if it fails."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout


# The tools.


def test_lint() -> None:
    run(BIN / "ruff", "check", "--quiet", ".")


def test_format() -> None:
    run(BIN / "ruff", "format", "--check", "--quiet", ".")


@pytest.mark.timeout(600)  # nothing is cached in a fresh clone
def test_types() -> None:
    run(BIN / "mypy")


def test_imports_go_down() -> None:
    run(BIN / "lint-imports", "--no-cache")


def test_generated_code_is_fresh() -> None:
    run(sys.executable, "protos/generate.py", "--check")


def test_protos_lint() -> None:
    run(BIN / "buf", "lint", "protos")


def test_nothing_published_in_the_protos_is_broken() -> None:
    run(BIN / "buf", "breaking", "protos", "--against", "protos/fusion-1.binpb")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("uint32 suite = 2;", "uint32 suite = 20;"),
        ("int64 filed = 7;", "string filed = 7;"),
        ("repeated Signature signatures = 4;", "Signature signatures = 4;"),
        ("  bytes clear = 19;\n", ""),
        ("RELATION_REVEALS = 10;", "RELATION_SHOWS = 10;"),
    ],
    ids=["number", "type", "label", "removed", "enum value"],
)
def test_a_broken_field_is_noticed(tmp_path: Path, old: str, new: str) -> None:
    shutil.copytree(ROOT / "protos", tmp_path / "protos")
    broken = tmp_path / "protos/exchange/v1/envelope.proto"
    text = broken.read_text()
    assert old in text
    broken.write_text(text.replace(old, new))

    done = subprocess.run(
        [BIN / "buf", "breaking", "protos", "--against", "protos/fusion-1.binpb"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 100, done.stdout + done.stderr
    assert "envelope.proto" in done.stdout


# The wheel.


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in it."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    (made,) = folder.glob("*.whl")
    with zipfile.ZipFile(made) as archive:
        return set(archive.namelist())


def below(folder: str) -> set[str]:
    """The files of a folder of the project, without what running it leaves."""
    found = (p for p in (ROOT / folder).rglob("*") if p.is_file())
    return {
        p.relative_to(ROOT).as_posix() for p in found if "__pycache__" not in p.parts
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_holds_a_whole_package(wheel: set[str], package: str) -> None:
    """Samples, code lists, migrations, catalogues and py.typed among it."""
    files = below(package)

    assert f"{package}/py.typed" in files
    assert files <= wheel


def test_the_wheel_holds_the_protos(wheel: set[str]) -> None:
    protos = {f"exchange/{p}" for p in below("protos") if p.endswith(".proto")}

    assert "exchange/protos/exchange/v1/envelope.proto" in protos
    assert protos <= wheel


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}

    ours = {top for top in tops if not top.endswith((".dist-info", ".data"))}
    assert ours == set(PACKAGES)


def test_the_wheel_holds_the_manual(wheel: set[str]) -> None:
    """Below the prefix of an installation, where man and the shells look."""
    (data,) = {n.partition("/")[0] for n in wheel if ".data/" in n}
    shared = {n.removeprefix(f"{data}/data/") for n in wheel if n.startswith(data)}

    assert {name for name in shared if "/man/" not in name} == {
        "share/bash-completion/completions/fusion",
        "share/fish/vendor_completions.d/fusion.fish",
        "share/zsh/site-functions/_fusion",
    }
    pages = {name for name in shared if name.startswith("share/man/man1/fusion")}
    assert {f"share/man/man1/fusion-{name}.1" for name in COMMANDS} <= pages


def test_a_wheel_of_the_same_files_is_the_same_bytes(tmp_path: Path) -> None:
    """Built in two folders, of files with other times, at a time that is given."""
    made = []
    for place in ("one", "two"):
        folder = tmp_path / place
        folder.mkdir()
        for name in (*PACKAGES, "protos"):
            ignore = shutil.ignore_patterns("__pycache__", "*.mo")
            shutil.copytree(
                ROOT / name, folder / name, ignore=ignore, copy_function=shutil.copyfile
            )
        for name in ("pyproject.toml", "README.md"):
            shutil.copyfile(ROOT / name, folder / name)
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
        done = subprocess.run(
            [*command, "-d", str(folder / "dist")],
            cwd=folder,
            env=os.environ | {"SOURCE_DATE_EPOCH": "1795500000"},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        (wheel,) = (folder / "dist").glob("*.whl")
        made.append(hashlib.sha256(wheel.read_bytes()).hexdigest())

    assert made[0] == made[1]


def test_a_release_lists_what_it_is_made_of(tmp_path: Path) -> None:
    """CycloneDX; every dependency that is asked for is in it, as it is installed."""
    run(
        *(BIN / "cyclonedx-py", "environment", "--output-reproducible"),
        *("--pyproject", "pyproject.toml", "-o", tmp_path / "sbom.json"),
        sys.executable,
    )
    listed = json.loads((tmp_path / "sbom.json").read_text())
    named = {plain(one["name"]) for one in listed["components"]}
    asked = {plain(re.split(r"[^\w-]", one)[0]) for one in PROJECT["dependencies"]}

    assert listed["bomFormat"] == "CycloneDX"
    assert listed["metadata"]["component"]["name"] == PROJECT["name"]
    assert asked <= named


# requirements.lock, without asking anyone.


def plain(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, dict[str, str]]:
    """The rest of each requirement by name and version: one for each interpreter."""
    text = re.sub(r"^ *#.*\n", "", LOCK.read_text(), flags=re.MULTILINE)
    logical = text.replace("\\\n", " ").splitlines()
    found = (re.fullmatch(r"([\w.-]+)==([\w.]+)(.*)", line) for line in logical)
    every: dict[str, dict[str, str]] = {}
    for each in filter(None, found):
        every.setdefault(plain(each[1]), {})[each[2]] = each[3]
    return every


def wanted() -> list[str]:
    """Every requirement, of the extras too, each once and without its marker."""
    extras = PROJECT["optional-dependencies"].values()
    asked = [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]
    return sorted({one.partition(";")[0] for one in asked})


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def satisfies(version: str, rule: str) -> bool:
    """Whether a release number meets one clause of PEP 440, of the forms used here."""
    found = re.fullmatch(r"(~=|==|>=|<)([\d.]+)", rule)
    assert found, rule
    have, want = numbers(version), numbers(found[2])
    return {
        "==": have == want,
        ">=": have >= want,
        "<": have < want,
        "~=": have >= want and have[: len(want) - 1] == want[:-1],
    }[found[1]]


@pytest.mark.parametrize("requirement", wanted())
def test_each_dependency_is_locked_as_asked_for(requirement: str) -> None:
    found = re.fullmatch(r"([\w-]+)(?:\[\w+\])?([^\w\[].*)", requirement)
    assert found, requirement
    versions = locked()[plain(found[1])]
    rules = found[2].split(",")

    assert any(all(satisfies(one, rule) for rule in rules) for one in versions)


def test_whoever_tests_has_all_that_is_optional() -> None:
    extras = PROJECT["optional-dependencies"]
    for extra in ("apprise", "fuzz", "pkcs11", "postgres"):
        assert set(extras[extra]) <= set(extras["dev"])


def test_the_lock_names_direct_dependencies_only_as_asked() -> None:
    """What was dropped from pyproject.toml is dropped from the lock."""
    text = LOCK.read_text()
    direct = re.findall(
        r"^([\w.-]+)==(?:(?!^\S).)*?# +(?:via )?fusion-cell \(pyproject",
        text,
        flags=re.MULTILINE | re.DOTALL,
    )
    asked = {plain(re.split(r"[^\w-]", requirement)[0]) for requirement in wanted()}

    assert {plain(name) for name in direct} == asked


def test_the_lock_names_no_address() -> None:
    text = LOCK.read_text()

    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash", ""), re.MULTILINE)


def test_the_files_that_are_begun_first_are_there() -> None:
    assert [path for path in LONGEST if not (ROOT / path).is_file()] == []


def test_the_top_level_holds_what_was_decided() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=False, capture_output=True, text=True
    ).stdout
    top = {line.partition("/")[0] for line in listed.splitlines()}
    assert top <= {
        *(".ci", ".gitignore", "docs", "exchange", "keys", "protos", "tests", "tui"),
        *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "NOTICE", "README.md"),
        *("Makefile", "SECURITY.md", "pyproject.toml", "requirements.lock"),
    }
