"""The catalogues hold every word of the program, and nothing that harms a row."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po as babel_read

import tui
from tui import words
from tui.screens import acknowledge, boxes, bulletins, compose, review, verify
from tui.text import safe
from tui.widgets import marks

ROOT = Path(tui.__file__).parent
LANGUAGES = ["ur", "zh-Hans"]


def literals() -> Iterator[str]:
    """First arguments of say and label, third ones of bind, HEAD, Mark words."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                at = {"say": 0, "label": 0, "bind": 2, "Mark": 1}.get(node.func.id)
                args = node.args[at : at + 1] if at is not None else []
                yield from (
                    a.value
                    for a in args
                    if isinstance(a, ast.Constant) and isinstance(a.value, str)
                )
            elif (
                isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "HEAD"
            ):
                yield str(ast.literal_eval(node.value))


def tables() -> Iterator[str]:
    for keys in (bulletins.KEYS, compose.KEYS, review.KEYS):
        yield from (word for _, word in keys)
    for table in (marks.PRECEDENCE, marks.STATES):
        yield from (word for _, word in table.values())
    for texts in (
        bulletins.FILTERS,
        acknowledge.CHOICES,
        compose.HINTS,
        verify.WORDS,
    ):
        yield from texts.values()
    yield from ("delivered", "receipt", "read", "action", "Kind of bulletin", "back")
    yield from boxes.HINTS


def all_words() -> list[str]:
    return sorted({word for word in (*literals(), *tables()) if word})


@pytest.fixture(params=LANGUAGES)
def texts(request: pytest.FixtureRequest) -> dict[str, str]:
    path = ROOT / "locale" / f"{request.param}.po"
    return words.read_po(path.read_text("utf-8"))


def test_every_word_is_translated(texts: dict[str, str]) -> None:
    assert [word for word in all_words() if word not in texts] == []


def test_nothing_is_translated_that_is_not_said(texts: dict[str, str]) -> None:
    assert sorted(set(texts) - set(all_words())) == []


def test_translations_are_one_safe_line(texts: dict[str, str]) -> None:
    for said in texts.values():
        assert safe(said) == said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_gettext_tools_read_the_same(lang: str) -> None:
    path = ROOT / "locale" / f"{lang}.po"
    with path.open("rb") as file:
        catalogue = babel_read(file)
    theirs = {m.id: m.string for m in catalogue if m.id}
    assert theirs == words.read_po(path.read_text("utf-8"))


def test_escapes_and_long_entries() -> None:
    po = 'msgid ""\nmsgstr ""\n"x\\n"\n\nmsgid "a\\"b"\nmsgstr ""\n"one "\n"two\\\\"\n'
    assert words.read_po(po) == {'a"b': "one two\\"}


def test_an_unknown_language_is_english() -> None:
    words.use("xx")
    assert words.lang() == "en"
    assert words.label("Bulletins") == "Bulletins"


def test_labels_are_shaped() -> None:
    try:
        words.use("ur")
        assert words.say("Bulletins") == "بلیٹن"
        assert words.label("Bulletins") == "ﻦﭩﯿﻠﺑ"
    finally:
        words.use("en")
