"""What ends where nobody renews it, and in which words officers and operators hear it.

Each day begins with the two nations as they were on day 0.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.decade.commands import Commands
from tests.decade.moved_clock import REAL_NODES
from tests.decade.nations import CN, PK, Nations, until

pytestmark = REAL_NODES


ENDED, MORE = (398, 3_700), (366, 1_830)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try more days with `--long`."""
    if "day" in metafunc.fixturenames:
        more = MORE if metafunc.config.getoption("--long") else ()
        metafunc.parametrize("day", sorted((*ENDED, *more)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Path:
    folder = tmp_path_factory.mktemp("made")
    Nations.make(folder, commands)
    return folder


@pytest.fixture
def nations(made: Path, tmp_path: Path, commands: Commands) -> Nations:
    """Both nations as on day 0, for one test."""
    ignored = shutil.ignore_patterns("desk.sock", "lock")
    shutil.copytree(made, tmp_path / "copy", ignore=ignored)
    return Nations({node: tmp_path / "copy" / node for node in (PK, CN)}, commands)


def test_on_day_366_no_officer_signs(nations: Nations) -> None:
    nations.day = 366
    with nations.serving():
        said = nations.send(PK, "Nobody has renewed anything.")
    assert said.code == 2, said
    assert not said.out, "nothing was signed or kept"
    assert "(SIGNER_TIME)" in said.err


def test_on_day_398_a_certificate_that_ended_is_named_as_that(
    nations: Nations,
) -> None:
    nations.day = 398

    def look() -> dict[str, Any] | None:
        link = nations.link(PK)
        return link if link.get("reason") == "CERTIFICATE_TIME" else None

    with nations.serving():
        link = until(look)
    assert not link["up"]


def test_what_ended_is_renewed_by_one_command(nations: Nations, day: int) -> None:
    """Nothing was renewed since day 0: at first nobody signs, and then all goes on."""
    nations.day = day
    with nations.serving():
        for at in nations.homes:
            assert nations.send(at, "Nobody has renewed anything.").code == 2

    nations.renew()

    nations.live()
