"""Where a grid reference is, by values that others have published or reckoned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.grid import point
from exchange.bulletin.schema import Type
from exchange.bulletin.values import PATTERNS

# Washington's obelisk and Honolulu are examples of many manuals; the others were
# reckoned by PyGeodesy 26.10, which has Karney's series and nothing of GEOTRANS.
KNOWN = [
    ("18SUJ2348306479", 38.88947, -77.03524),
    ("4QFJ12345678", 21.30948, -157.91682),
    ("43SDU1234056780", 34.84957, 74.04113),
    ("27VWD9388395911", 57.69560, -19.42495),
    ("7TAN8598980006", 47.59733, -145.17744),
]


@pytest.mark.parametrize(("grid", "lat", "lon"), KNOWN)
def test_known_places(grid: str, lat: float, lon: float) -> None:
    found = point(grid)
    assert found is not None
    assert found[:2] == pytest.approx((lat, lon), abs=2e-5)


@pytest.mark.parametrize(
    ("grid", "metres"),
    [
        ("43SDU15", 7_072),
        ("43SDU1256", 708),
        ("43SDU123567", 71),
        ("43SDU12345678", 8),
        ("43SDU1234056780", 1),
    ],
)
def test_a_coarse_grid_is_its_middle_and_says_how_far_off(
    grid: str, metres: int
) -> None:
    found, exact = point(grid), point("43SDU1234056780")
    assert found is not None
    assert exact is not None
    assert found.error_m == metres
    assert abs(found.lat - exact.lat) * 111_000 <= metres + 1


@pytest.mark.parametrize(
    "grid",
    [
        "",
        "43SDU",
        "43SDU123",
        "43S DU 12 34",
        "43SDU12\n",
        "43sdu1234",
        "۴۳SDU1234",
        "43SDU" + "1" * 12,
        "ZAH1234",  # polar
        "99SDU1234",
        "61SDU1234",
        "0SDU1234",
        "43SII1234",
        "32XPA1234",  # there is no zone 32 so far north
        "44JPA2266151100",  # of another band
        "60XZV99",  # far outside of its zone
        "30WZF7302404897",
    ],
)
def test_what_is_nowhere(grid: str) -> None:
    assert point(grid) is None


@given(st.from_regex(PATTERNS[Type.GRID], fullmatch=True))
def test_whatever_a_partner_may_write_is_somewhere_or_nowhere(grid: str) -> None:
    if found := point(grid):
        assert -90 <= found.lat <= 90
        assert -180 <= found.lon <= 180
        assert 1 <= found.error_m <= 7_072


@given(st.text())
def test_any_text_at_all_is_no_error(text: str) -> None:
    point(text)
