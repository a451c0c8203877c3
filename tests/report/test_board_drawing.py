"""The drawings of a board: nothing covers another thing, east is on the right."""

import re

import pytest

from exchange.desk.board.corridor import segments
from exchange.desk.board.records import Board, Gravity, Sort
from exchange.limits import DAY
from exchange.report.board_drawing import spread
from exchange.report.canvas import Canvas
from exchange.report.labels import MEDIA, Labels
from exchange.report.route_map import draw_map, road_of
from exchange.report.time_line import DAYS, draw_times
from exchange.report.words import LANGUAGES, Words
from tests.tui.boards import BOARD, sign
from tests.tui.examples import NOW


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], []),
        ([50], [50]),
        ([0, 5, 90], [10, 30, 90]),
        ([88, 90], [70, 90]),
        ([1, 2, 3, 4, 5, 6], [10, 26, 42, 58, 74, 90]),
    ],
)
def test_marks_are_spread_near_their_places(
    wanted: list[float], found: list[float]
) -> None:
    assert spread(wanted, 20, 10, 90) == found


def test_a_label_is_left_out_if_it_has_no_room() -> None:
    labels = Labels(Canvas(Words("en"), "x", 100), MEDIA[0])
    labels.keep_free(100, 50, 5)
    assert not labels.write(98, 50, "Dasu")
    assert labels.write(110, 50, "Dasu")
    assert not labels.write(120, 55, "Besham")
    assert labels.write(120, 70, "Besham")
    assert not labels.write(700, 90, "Gilgit")
    assert not labels.write(5, 90, "Gilgit", "end")
    assert len(labels.canvas.parts) == 2


def test_a_road_leads_over_no_place_that_is_beside_it() -> None:
    roads = {one.code: (one, road_of(one)) for one in segments()}
    for one, road in roads.values():
        km = {stop.code: stop.km for stop in one.stops}
        assert [km[stop] for stop in road] == sorted(km[stop] for stop in road)
    mine = next(road for one, road in roads.values() if one.code == "WESTERN")
    assert "SURAB" in mine
    assert "SAINDAK" not in mine


def _places(drawn: Canvas, style: str) -> list[tuple[float, float]]:
    pattern = rf'"{style}"[^>]* c?x="([\d.]+)" c?y="([\d.]+)"'
    found = re.findall(pattern, "".join(drawn.parts))
    return [(float(x), float(y)) for x, y in found]


def test_the_map_has_east_on_the_right_in_every_language() -> None:
    drawn = [draw_map(Words(lang), BOARD, "map") for lang in LANGUAGES]
    first, *others = (_places(one, "stop") for one in drawn)
    assert first
    assert all(other == first for other in others)
    (gwadar,) = _places(drawn[0], "level watch")
    (karot,) = _places(drawn[0], "level calm")
    assert gwadar[0] < karot[0]
    assert gwadar[1] > karot[1]


def test_the_time_line_holds_two_weeks() -> None:
    first = (NOW // DAY + 1 - DAYS) * DAY
    signs = [sign("INCIDENT", "KAROT", "IED", happened=at) for at in (first - 1, first)]
    drawn = draw_times(Words("en"), Board("ACTUAL", NOW, signs), "times", "title")
    shown = "".join(drawn.parts)
    assert shown.count("incident") == 1


@pytest.mark.parametrize(
    ("sort", "code", "gravity"),
    [
        ("WARNING", "SEVERE", "grave"),
        ("WARNING", "MINOR", "watch"),
        ("WARNING", "A-CODE-OF-TOMORROW", "watch"),
        ("CONVOY", "OVERDUE", "grave"),
        ("CONVOY", "HALTED", "watch"),
        ("CONVOY", "UNDER_WAY", "calm"),
        ("POSTURE", "CRITICAL", "grave"),
        ("POSTURE", "HIGH", "watch"),
        ("POSTURE", "GUARDED", "calm"),
        ("INCIDENT", "ROAD_BLOCK", "grave"),
    ],
)
def test_the_code_says_how_grave_it_is(sort: Sort, code: str, gravity: Gravity) -> None:
    assert sign(sort, "KAROT", code).gravity(NOW) == gravity


def test_a_late_convoy_is_grave() -> None:
    late = sign("CONVOY", "KAROT", "UNDER_WAY", until=NOW)
    assert late.gravity(NOW) == "grave"
    assert late.gravity(NOW - 1) == "calm"


def test_a_stop_shows_the_gravest_first() -> None:
    signs = [
        sign("POSTURE", "KAROT", "NORMAL", 1),
        sign("WARNING", "KAROT", "MODERATE", 1),
        sign("INCIDENT", "KAROT", "IED", 1),
    ]
    found = Board("ACTUAL", NOW, signs).at_stop("KAROT")
    assert [one.gravity(NOW) for one in found] == ["grave", "watch", "calm"]
