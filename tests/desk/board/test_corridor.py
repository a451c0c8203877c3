"""The corridor as strips of stops, and where a place lies along it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.codes import CODES, gazetteer
from exchange.desk.board.corridor import segment_of, segments, stop_of
from exchange.desk.board.records import ELSEWHERE
from exchange.v1.bulletin_pb2 import Place
from tests.expecting import present

PARTS = st.one_of(
    st.sampled_from(["", "KARACHI", "KKH-SOUTH", "DASU", "nan", "1e999", "-1", "35.3"]),
    st.text(max_size=8),
)


def test_every_place_of_the_list_is_one_stop_of_one_segment() -> None:
    stops = [stop.code for segment in segments() for stop in segment.stops]
    assert sorted(stops) == sorted(gazetteer())
    assert [segment.code for segment in segments()] == list(CODES["corridor"])


def test_it_goes_from_khunjerab_to_karachi_and_gwadar() -> None:
    first = segments()[0].stops[0]
    assert (first.code, first.km) == ("KHUNJERAB", 0)
    assert {"KARACHI", "GWADAR"} <= {segment.code for segment in segments()}
    for segment in segments():
        kms = [stop.km for stop in segment.stops]
        assert kms == sorted(kms)
        assert segment.length >= kms[-1]


def test_a_stop_knows_its_segment_and_elsewhere_has_none() -> None:
    found = present(segment_of("DASU-HPP"))
    assert found.code == "KKH-SOUTH"
    assert segment_of(ELSEWHERE) is None


@given(site=PARTS, lat=PARTS, lon=PARTS, mgrs=PARTS, segment=PARTS, km=PARTS)
def test_whatever_a_partner_writes_is_a_stop_or_elsewhere(**parts: str) -> None:
    place = Place(**parts)  # type: ignore[arg-type]  # none of these is a number
    assert stop_of(place) in {ELSEWHERE, *gazetteer()}


@pytest.mark.parametrize(
    ("place", "stop"),
    [
        (Place(site="KAROT", lat="25.1", lon="62.3"), "KAROT"),
        (Place(segment="KKH-SOUTH", km="37.5", lat="25.1", lon="62.3"), "PATTAN"),
        (Place(segment="KKH-SOUTH", km="nan"), "BARSEEN-CAMP"),
        (Place(segment="KKH-SOUTH", km="\x1b[31m"), ELSEWHERE),
        (Place(lat="25.1151", lon="62.3281"), "GWADAR-PORT"),
        (Place(lat="inf", lon="nan"), ELSEWHERE),
        (Place(lat="55.75", lon="37.62"), ELSEWHERE),
        (Place(mgrs="43SCV3466315596"), "BARSEEN-CAMP"),
        (Place(mgrs="99ZZZ"), ELSEWHERE),
        (Place(site="ATLANTIS"), ELSEWHERE),
        (Place(), ELSEWHERE),
    ],
    ids=str,
)
def test_a_place_is_put_to_the_stop_nearest_to_it(place: Place, stop: str) -> None:
    assert stop_of(place) == stop
