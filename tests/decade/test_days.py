"""Real nodes on one day after the other, through ten years; the clock of TLS is moved.

On each day both nations send, read, search and verify, and all that was before is
there. With `--long` on each twentieth day between them, too.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.decade.moved_clock import LIBRARY, on_day
from tests.decade.nations import PK, Nations, run

pytestmark = [
    pytest.mark.skipif(
        LIBRARY is None, reason="libfaketime is not here; .ci/run installs it"
    ),
    pytest.mark.timeout(0),  # each wait of it ends by itself
]

DAYS = (8, 40)
BETWEEN = 20  # days
YEAR_TWENTY = 7_300
DAY_S = 86_400


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Go through the days in their order."""
    if "day" in metafunc.fixturenames:
        long = metafunc.config.getoption("--long")
        between = range(BETWEEN, DAYS[-1], BETWEEN) if long else ()
        metafunc.parametrize("day", sorted({*DAYS, *between}))


@pytest.fixture(scope="module")
def nations(tmp_path_factory: pytest.TempPathFactory) -> Nations:
    """Both nations, which go from day to day."""
    made = Nations.make(tmp_path_factory.mktemp("decade"))
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
def test_both_nations_live_through_a_day(nations: Nations, day: int) -> None:
    nations.day = day
    nations.live()


def test_what_year_one_exported_verifies_in_year_twenty(
    nations: Nations, exported: Path, tmp_path: Path
) -> None:
    trust = [tmp_path / f"{at}.bundle" for at in nations.homes]
    for at, path in zip(nations.homes, trust, strict=True):
        assert nations.run(at, "trust", "export", "--out", path).code == 0

    said = run(YEAR_TWENTY, "audit", "verify", "--bundle", exported, "--trust", *trust)

    assert (said.code, said.err) == (0, "")
    assert "all as signed" in said.out
