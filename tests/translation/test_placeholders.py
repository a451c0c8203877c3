"""Protected spans as pieces that do not overlap, in a source and in a translation."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exchange.translation.placeholders import bounds, locate_marks, marks
from exchange.v1 import bulletin_pb2 as pb
from tests.translation.bulletins import segment, segments, warning


@given(segments("s1"))
def test_every_span_lies_in_one_mark_and_marks_do_not_overlap(one: pb.Segment) -> None:
    found = marks(one)
    places = [(m.start, m.end) for m in found]

    assert all(a[1] <= b[0] for a, b in pairwise(places))
    assert [m.id for m in found] == [f"m{i}" for i in range(1, len(found) + 1)]
    assert sum(len(m.spans) for m in found) == len(one.spans)
    for mark in found:
        for span in mark.spans:
            start, end = bounds(one.text, span)
            assert mark.start <= start < end <= mark.end


def test_spans_side_by_side_stay_apart_and_over_each_other_are_one() -> None:
    one = segment("s1", "abcdef", ("CODE", "ab"), ("DATE", "cd"), ("TIME", "de"))

    found = marks(one)

    assert [(m.start, m.end, len(m.spans)) for m in found] == [(0, 2, 1), (2, 5, 2)]
    assert [m.verbatim for m in found] == [True, True]
    assert [m.verbatim for m in marks(segment("s1", "ab", ("DATE", "ab")))] == [False]


def test_the_occurrence_counts() -> None:
    one = segment("s1", "42 42")
    one.spans.add(kind="NUMBER", text="42", occurrence=1)

    assert [(m.start, m.end) for m in marks(one)] == [(3, 5)]


def test_marks_are_found_in_a_translation_by_letter_or_by_value() -> None:
    one = warning().segments[0]
    text = "قافلہ KKH-7 ۱۲ گاڑیوں کے ساتھ گوادر بندرگاہ سے 06:00Z پر روانہ ہوا۔"

    found = locate_marks(one, text, "ur")

    assert found is not None
    said = {m.id: text[m.start : m.end] for m in found}
    assert said == {
        "m1": "KKH-7",
        "m2": "گوادر بندرگاہ",
        "m3": "06:00Z",
        "m4": "۱۲",
    }


def test_a_name_that_may_mean_several_places_is_found_by_its_other_names() -> None:
    one = segment("s1", "Move to Dasu", ("PLACE", "Dasu"))

    (found,) = locate_marks(one, "前往达苏", "zh-Hans") or []
    assert (found.start, found.end) == (2, 4)
    assert locate_marks(one, "前往瓜达尔", "zh-Hans") is None


def test_a_one_is_found_by_its_word_where_no_digit_says_it() -> None:
    one = segment("s1", "1 vehicle", ("NUMBER", "1"))

    (found,) = locate_marks(one, "那里有一辆车", "zh-Hans") or []
    assert (found.start, found.end) == (3, 4)
    (found,) = locate_marks(one, "一辆车，编号1", "zh-Hans") or []
    assert (found.start, found.end) == (6, 7)
    assert locate_marks(one, "车辆一起行动", "zh-Hans") is None


def test_each_of_several_ones_is_found_by_its_word() -> None:
    one = segment("s1", "1 car, 1 bus, 2 vans", ("NUMBER", "1"), ("NUMBER", "2"))
    one.spans.add(kind="NUMBER", text="1", value="1", occurrence=1)
    text = "2 وین، ایک گاڑی، ایک بس"

    found = locate_marks(one, text, "ur")

    assert found is not None
    assert sorted(text[m.start : m.end] for m in found) == ["2", "ایک", "ایک"]


def test_a_mark_that_is_lost_is_none() -> None:
    one = warning().segments[0]

    assert locate_marks(one, "车队 KKH-7 于 06:00Z 出发，12 辆。", "zh-Hans") is None
    assert locate_marks(one, "", "zh-Hans") is None


def test_what_must_stay_letter_by_letter_is_not_found_by_value() -> None:
    one = segment("s1", "Grid 43SDU1234 seen", ("GRID", "43SDU1234"))
    one.spans[0].value = "43SDU1234"

    assert locate_marks(one, "网格 43SDU1234", "zh-Hans") is not None
    assert locate_marks(one, "网格 43S DU 12 34", "zh-Hans") is None


def test_two_marks_never_share_a_place() -> None:
    one = segment("s1", "4 of 42", ("NUMBER", "42"))
    one.spans.add(kind="NUMBER", text="4", value="4")

    assert locate_marks(one, "42 中的 4", "zh-Hans") is not None
    assert locate_marks(one, "42", "zh-Hans") is None


@given(segments("s1"), st.data())
def test_whatever_holds_each_mark_once_is_located(
    one: pb.Segment, data: st.DataObject
) -> None:
    pieces = [one.text[m.start : m.end] for m in marks(one)]
    text = "|".join(data.draw(st.permutations(pieces)))

    found = locate_marks(one, text, "zh-Hans")

    assert found is not None
    assert sorted(text[m.start : m.end] for m in found) == sorted(pieces)
