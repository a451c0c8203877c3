"""Each translation is one to show; that every text has one is seen in test_merge.py."""

import ast
import re
import string

import pytest

from exchange.translation.glossary import Glossary
from tests.words.catalogues import (
    EXCHANGE,
    FOLDERS,
    TRANSLATED,
    TUI,
    Key,
    babel_entries,
    sources,
)
from tui.text.safe_text import safe

FORMS = {"ur": 2, "zh-Hans": 1}
SCRIPT = {"ur": "[\u0621-\u06ff]", "zh-Hans": "[\u4e00-\u9fff]"}
# What is not written so: Arabic yeh, kaf and heh; the other script's punctuation.
WRONG = {
    "ur": "[يكه]|[\u0621-\u06d3][,;?.]",
    "zh-Hans": "[\u4e00-\u9fff][,;:?!.(]|[,;:?!)][\u4e00-\u9fff]|[ء-ۓ]",
}
# A text that has no word of English but names, units and codes.
WORDLESS = re.compile(r"(\{\w+\}|[^a-z]|\b[a-z]\b|\bmin\b|\band\b)*")

Entries = dict[Key, tuple[str, ...]]


@pytest.fixture(scope="module", params=FOLDERS)
def which(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=TRANSLATED)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def entries(which: str, lang: str) -> Entries:
    return babel_entries(FOLDERS[which] / f"{lang}.po")


def test_plural_forms_are_complete(entries: Entries, lang: str) -> None:
    for key, said in entries.items():
        assert len(said) == (1 if isinstance(key, str) else FORMS[lang]), key
        assert all(text.strip() for text in said), key


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_translations_have_the_same_values(entries: Entries) -> None:
    for key, said in entries.items():
        wanted_fields = fields(key if isinstance(key, str) else key[1])
        assert all(fields(text) == wanted_fields for text in said), key


def test_translations_are_in_their_script(entries: Entries, lang: str) -> None:
    for key, said in entries.items():
        english = key if isinstance(key, str) else key[1]
        if WORDLESS.fullmatch(english) is None:
            assert all(re.search(SCRIPT[lang], text) for text in said), key


def test_translations_are_written_as_their_script_is(
    entries: Entries, lang: str
) -> None:
    wrong = re.compile(WRONG[lang])

    assert [
        text for said in entries.values() for text in said if wrong.search(text)
    ] == []


def test_translations_are_one_line_that_no_terminal_obeys(entries: Entries) -> None:
    for said in entries.values():
        assert [text for text in said if safe(text) != text] == []


def test_translations_keep_to_the_joint_glossary(entries: Entries, lang: str) -> None:
    """A word that both sides agreed not to use is in no message either."""
    seed = Glossary.seed()

    for said in entries.values():
        assert [text for text in said if seed.forbidden(text, lang)] == []


def test_nothing_that_varies_is_said() -> None:
    """What is put together where it is said could never be found in a catalogue."""
    for call in sources(EXCHANGE):
        name = ast.unparse(call.func).rpartition(".")[2]
        if name in {"say", "say_n"} and len(call.args) in {1, 3}:
            assert not any(map(_varies, call.args[:2])), ast.unparse(call)


def test_the_terminal_words_no_refusal_of_its_own() -> None:
    """A Why is looked up among the texts of the commands, where its own are not."""
    assert [
        ast.unparse(call) for call in sources(TUI) if ast.unparse(call.func) == "Why"
    ] == []


def _varies(text: ast.expr) -> bool:
    if isinstance(text, ast.Constant | ast.Subscript):
        return False
    return any(isinstance(part, ast.Constant) for part in ast.walk(text))
