"""Real nodes on one day after the other, through ten years; the clock of TLS is moved.

On each day both nations renew what is due, send, read, search and verify; all that was
before is there. Between the years somebody renews what is due, as operators do. With
`--long` they live on each of these days, too.
"""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.decade.commands import Commands
from tests.decade.moved_clock import REAL_NODES, on_day
from tests.decade.nations import PK, Nations

pytestmark = REAL_NODES

DAYS = (366, 398, 1_830, 3_700)
BETWEEN = (8, 40, 998, 1_598, 2_430, 3_030, 3_630)
YEAR_TWENTY = 7_300
DAY_S = 86_400


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Go through the days in their order."""
    if "day" in metafunc.fixturenames:
        metafunc.parametrize("day", sorted((*DAYS, *BETWEEN)))


@pytest.fixture(scope="module")
def nations(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Nations:
    """Both nations, which go from day to day."""
    made = Nations.make(tmp_path_factory.mktemp("decade"), commands)
    made.live()
    return made


@pytest.fixture(scope="module")
def exported(nations: Nations, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one node exported on the first day."""
    assert nations.day == 0
    path = tmp_path_factory.mktemp("exported") / "year-one.audit"
    assert nations.run(PK, "audit", "export", "--out", path).code == 0
    return path


def test_a_process_sees_the_day_that_is_set_and_no_other_clock_moves() -> None:
    asked = "import time; print(time.time(), time.monotonic())"
    said = [
        subprocess.run(
            [*on_day(day), sys.executable, "-c", asked],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for day in (0, YEAR_TWENTY)
    ]
    (now, elapsed), (later, elapsed_later) = (map(float, each) for each in said)

    assert later - now == pytest.approx(YEAR_TWENTY * DAY_S, abs=DAY_S)
    assert elapsed_later - elapsed < DAY_S


@pytest.mark.usefixtures("exported")
def test_both_nations_live_through_a_day(
    nations: Nations, day: int, request: pytest.FixtureRequest
) -> None:
    nations.day = day
    nations.renew()
    if day in DAYS or request.config.getoption("--long"):
        nations.live()


def test_what_year_one_exported_verifies_in_year_twenty(
    nations: Nations, exported: Path, tmp_path: Path
) -> None:
    """Its keys are retired: a day of their time will do, or a newer export."""
    first_day = datetime.now(UTC).isoformat()
    newer = tmp_path / "year-ten.audit"
    assert nations.run(PK, "audit", "export", "--out", newer).code == 0
    trust = [tmp_path / f"{at}.bundle" for at in nations.homes]
    for at, path in zip(nations.homes, trust, strict=True):
        assert nations.run(at, "trust", "export", "--out", path).code == 0
    given = ("audit", "verify", "--bundle", exported, "--trust", *trust)

    alone = nations.commands.run(YEAR_TWENTY, *given)

    assert (alone.code, alone.err) == (1, "")
    assert "RETIRED KEYS" in alone.out
    for how in (("--at", first_day), ("--against", newer)):
        said = nations.commands.run(YEAR_TWENTY, *given, *how)
        assert (said.code, said.err) == (0, ""), said
        assert "all as signed" in said.out
