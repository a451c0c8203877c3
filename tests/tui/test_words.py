"""The terminal speaks the language that is chosen, shaped for its cells."""

from exchange.errors import TEXTS, Reason
from tui import words


def test_an_unknown_language_is_english() -> None:
    words.use("xx")
    assert words.lang() == "en"
    assert words.label("Bulletins") == "Bulletins"


def test_the_reasons_of_errors_are_those_of_the_commands() -> None:
    try:
        words.use("zh-Hans")
        assert words.say(TEXTS[Reason.TOO_LONG]) == "过长"
    finally:
        words.use("en")


def test_labels_are_shaped() -> None:
    try:
        words.use("ur")
        assert words.say("Bulletins") == "بلیٹن"
        assert words.label("Bulletins") == "ﻦﭩﯿﻠﺑ"
    finally:
        words.use("en")
