"""fusion doctor --speed: figures beside the usual ones, and nothing left behind."""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from sqlcipher3 import dbapi2

from exchange import config
from exchange.cli import speed
from exchange.store import Store
from tests.chaos.served import Served, serving
from tests.cli.conftest import AtHome, Fusion

WRITTEN = ("append", "sync")
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure for a moment; each is done once at least, however slow the machine."""
    assert speed.per_second.__defaults__
    monkeypatch.setattr(speed.per_second, "__defaults__", (0.001,))


@pytest.fixture
def untouched(home: Path) -> Iterator[None]:
    """Nothing in the home is other than before."""

    def seen() -> dict[Path, int]:
        return {path: path.stat().st_size for path in home.rglob("*")}

    before = seen()
    yield
    assert seen() == before


def told(fusion: Fusion, home: Path) -> dict[str, dict[str, object]]:
    done = fusion("doctor", "--speed", "--json", "--home", home).ended(0)
    return {one["about"]: one for one in json.loads(done.out)["speed"]}


@pytest.mark.usefixtures("untouched")
def test_each_figure_is_there_and_no_node_is_a_line(fusion: Fusion, home: Path) -> None:
    found = told(fusion, home)

    assert list(found) == list(speed.USUAL)
    assert found.pop("round_trip")["figure"] is None
    assert all(isinstance(one["figure"], int) for one in found.values())
    assert all(one["figure"] for one in found.values())


def test_a_node_that_answers_has_its_round_trip(fusion: Fusion, home: Path) -> None:
    with serving([Served(home)]):
        found = told(fusion, home)

    assert all(one["figure"] for one in found.values())


@pytest.mark.parametrize("lang", ["en", "ur", "zh"])
def test_each_is_a_line_and_the_machine_another(here: AtHome, lang: str) -> None:
    done = here("--lang", lang, "doctor", "--speed").ended(0)

    assert done.err == ""
    assert len(done.out.splitlines()) == len(speed.USUAL) + 1
    assert speed.MACHINE in done.out
    assert done.out.count("(") + done.out.count("\uff08") >= len(speed.USUAL) - 1


def full_append(*_: object, **__: object) -> NoReturn:
    error = dbapi2.OperationalError("database or disk is full")
    error.sqlite_errorcode = dbapi2.SQLITE_FULL
    raise error


def full_file(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def no_room(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(speed, "DISK_FULL", 1 << 62)


def full_meanwhile(patch: pytest.MonkeyPatch) -> None:
    """As SQLite says it of an append that began with room, and the system of a page."""
    patch.setattr(Store, "append", full_append)
    patch.setattr(os, "pwrite", full_file)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("fill", [no_room, full_meanwhile])
def test_a_full_disk_is_a_line(
    fusion: Fusion,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    fill: Callable[[pytest.MonkeyPatch], None],
) -> None:
    fill(monkeypatch)

    found = told(fusion, home)

    for about in WRITTEN:
        assert found[about]["figure"] is None
        assert "the disk is full" in str(found[about]["why"])
    assert found["verify"]["figure"]


def test_a_full_disk_is_not_written_to(
    fusion: Fusion, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_room(monkeypatch)
    monkeypatch.setattr(speed, "appends", pytest.fail)
    monkeypatch.setattr(speed, "syncs", pytest.fail)

    told(fusion, home)


def test_a_home_that_is_not_there_is_a_line(fusion: Fusion, tmp_path: Path) -> None:
    found = told(fusion, tmp_path / "none")

    for about in WRITTEN:
        assert "no such file or folder" in str(found[about]["why"])
    assert not (tmp_path / "none").exists()


def test_a_database_on_a_server_is_a_line(fusion: Fusion, home: Path) -> None:
    node = config.node_home(home)
    text = node.config.read_text("utf-8")
    node.config.write_text(f'database = "postgresql:///none?host=/nowhere"\n{text}')

    found = told(fusion, home)

    assert all("on a server" in str(found[about]["why"]) for about in WRITTEN)


def test_a_desk_without_a_node_is_measured_too(fusion: Fusion, home: Path) -> None:
    shutil.rmtree(home / "node")

    found = told(fusion, home)

    assert all(found[about]["figure"] for about in WRITTEN)
    assert not list(home.glob("speed-*"))


def test_it_is_given_by_itself(here: AtHome) -> None:
    done = here("doctor", "--speed", "--clock").ended(2, "INPUT")

    assert (done.out, done.err.count("\n")) == ("", 1)
    assert "--speed" in done.err


def test_what_is_usual_is_in_the_document() -> None:
    table = (
        PAGE.read_text("utf-8").partition("## The short check")[2].partition("##")[0]
    )
    for _, low, high in speed.USUAL.values():
        assert f"{low:,} to {high:,}" in table
    assert speed.MACHINE.split(",", maxsplit=1)[0] in table
