"""The terminal speaks the language that is chosen, shaped for its cells."""

import re
from pathlib import Path

from exchange.errors import TEXTS, Reason
from tui import words


def test_an_unknown_language_is_english() -> None:
    words.use("xx")
    assert words.lang() == "en"
    assert words.label("Bulletins") == "Bulletins"


def test_the_reasons_of_errors_are_those_of_the_commands() -> None:
    words.use("zh-Hans")
    assert words.say(TEXTS[Reason.TOO_LONG]) == "过长"


def test_labels_are_shaped() -> None:
    words.use("ur")
    assert words.say("Bulletins") == "بلیٹن"
    assert words.label("Bulletins") == "ﻦﭩﯿﻠﺑ"


def test_keys_and_options_are_whole_in_a_text_from_the_right() -> None:
    """A sign between Urdu and a letter goes to the letter's wrong side: T^, since--."""
    broken = {}
    words.use("ur")
    for said in gettext_texts("ur"):
        for key in re.findall(r"[-^]+[A-Za-z]\w*", said):
            if key not in words.join_words(said):
                broken[key] = said
    assert not broken


def gettext_texts(lang: str) -> list[str]:
    """Return what the terminal's own catalogue of a language says."""
    texts = (Path(words.__file__).parent / "locale" / f"{lang}.po").read_text()
    found = re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', texts, re.MULTILINE)
    assert len(found) > 500
    return found
