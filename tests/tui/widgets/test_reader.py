"""Which text of a bulletin a terminal shows, and under which words."""

from msgspec.structs import replace

from exchange.bulletin.content import from_json
from exchange.desk.records import Milestone
from exchange.v1.bulletin_pb2 import Content
from tests.bulletin.examples import example
from tests.tui.examples import opened, rendition, segment
from tui.state_signs import verdict_of
from tui.widgets.page import Item, Pair, Text
from tui.widgets.reader import Reader, fact_items, page
from tui.words import use


def source() -> Content:
    return Content(
        kind="RFI",
        subject=segment("ur", "موضوع"),
        segments=[segment("ur", "پہلا", "s1"), segment("ur", "دوسرا", "s2")],
    )


def texts(items: list[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, Text) and item.text]


def test_a_translation_stands_above_its_source() -> None:
    said = rendition("en", {"s0": "Subject", "s1": "First"})
    found = texts(page(replace(opened(1, source()), translations=[said]), 1, ()))
    assert found == [
        "موضوع",
        "Translation: English; Reviewed; Human; translator: duty-2@ops.beijing.cn",
        *("Subject", "First", "! Not translated", "دوسرا"),
        "Original: Urdu; The original text is authoritative",
        *("موضوع", "پہلا", "دوسرا"),
    ]


def test_prose_that_nobody_has_translated_is_marked() -> None:
    plain = opened(1, source())
    mark = "Original: Urdu; Not translated"
    assert mark in texts(page(plain, 0, ()))
    said = replace(plain, translations=[rendition("en", {"s0": "Subject"})])
    assert mark not in texts(page(said, 0, ()))
    use("ur")
    assert texts(page(plain, 0, ())) == ["موضوع", "پہلا", "دوسرا"]


def test_the_best_translation_is_chosen() -> None:
    told = [
        rendition("en", {"s0": "Now"}, "TRANSLATED", "MACHINE"),
        rendition("en", {"s0": "Then"}, "FINAL", "HUMAN"),
    ]
    reader, one = Reader(lambda *_: {}), replace(opened(1, source()), translations=told)
    assert reader._choose(one) == 2
    reader.preferred = "ur"
    assert reader._choose(one) == 0
    reader.preferred = "zh-Hans"
    assert reader._choose(one) == 0


def test_a_table_and_the_time_to_acknowledge_are_among_the_facts() -> None:
    one = opened(1, from_json(example("MEDEVAC")).content)
    pairs = [item for item in fact_items(one) if isinstance(item, Pair)]
    mist = next(pair for pair in pairs if pair.label.startswith("MIST"))
    assert [row.split(";")[0] for row in mist.value.split("\n")] == [
        "Patient: P1",
        "Patient: P2",
    ]
    assert "Acknowledge by" in [pair.label for pair in pairs]


def test_what_its_log_does_not_bear_out_is_struck_and_says_why() -> None:
    plain = opened(1, source())
    row = plain.row._replace(direction="in", index=None, state="ahead")
    ahead = replace(plain, row=row)
    assert verdict_of(ahead).word == "VERIFIED, NOT YET IN THE LEDGER"

    step = Milestone("refused", 1, "beijing.cn", "NOT_LOGGED")
    struck = replace(ahead, row=row._replace(state="refused"), states=(step,))

    assert verdict_of(struck).word == "NOT ACCEPTED"
    first, *rest = [one for one in page(struck, 0, ()) if isinstance(one, Text)]
    why = "announced as urgent, but never recorded in its log"
    assert (first.text, first.style) == (f"NOT ACCEPTED: {why}", "bad")
    prose = [one for one in rest if one.gutter]
    assert len(prose) == 3
    assert {one.style for one in prose} == {"struck"}
    assert "struck" not in {
        one.style for one in page(ahead, 0, ()) if isinstance(one, Text)
    }


def test_a_worker_makes_ready_what_is_taken_down_meanwhile() -> None:
    """It ended the program, where the officer had left while it read."""
    ready = Reader(lambda *_: {}).prepare(opened(1, source()))
    assert (ready.shown, ready.doubts) == (0, {})
    assert ready.facts
