"""The one reader of PO files reads them as gettext's own tools do."""

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from hypothesis import given
from hypothesis import strategies as st

from exchange import words
from exchange.words.catalogue import load, read
from tests.words.catalogues import FOLDERS, TRANSLATED, babel_entries

HEAD = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
SENTENCE = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30
).map(lambda text: f"a{text}")


@pytest.mark.parametrize("lang", TRANSLATED)
@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_babel_reads_the_same(folder: Path, lang: str) -> None:
    said = {
        key if isinstance(key, str) else key[0]: forms
        for key, forms in babel_entries(folder / f"{lang}.po").items()
    }

    assert load(folder, lang).texts == said


@given(st.dictionaries(SENTENCE, SENTENCE, max_size=5), st.integers(10, 90))
def test_what_babel_writes_is_read(texts: dict[str, str], width: int) -> None:
    made = Catalog("ur")
    for key, said in texts.items():
        made.add(key, said)
    file = BytesIO()
    write_po(file, made, width=width)

    assert read(file.getvalue().decode()).texts == {k: (v,) for k, v in texts.items()}


def test_escapes_and_long_entries() -> None:
    po = 'msgid "a\\"b"\nmsgstr ""\n"one "\n"two\\\\ \\n"\n'

    assert read(HEAD + po).texts == {'a"b': ("one two\\ \n",)}


def test_plural_forms_are_those_of_the_header() -> None:
    po = (
        'msgid "{n} log"\nmsgid_plural ""\n"{n} "\n"logs"\n'
        'msgstr[0] "one"\nmsgstr[1] ""\n"many"\n'
    )

    found = read(HEAD + po)

    assert found.texts == {"{n} log": ("one", "many")}
    assert [found.say_n("{n} log", "{n} logs", n) for n in (0, 1, 2)] == [
        "many",
        "one",
        "many",
    ]


@pytest.mark.parametrize(
    "po",
    [
        'msgid "a"\nmsgstr ""\n',
        'msgid "a"\n',
        'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "x"\nmsgstr[1] ""\n',
        '#~ msgid "a"\n#~ msgstr "x"\n',
    ],
)
def test_what_is_not_translated_is_said_in_english(po: str) -> None:
    found = read(HEAD + po)

    assert found.say("a") == "a"
    assert [found.say_n("a", "b", n) for n in (1, 2)] == ["a", "b"]


def test_a_catalogue_that_has_no_file_is_empty(tmp_path: Path) -> None:
    assert load(tmp_path, "ur").texts == {}


def test_one_catalogue_over_another() -> None:
    below = read(HEAD + 'msgid "a"\nmsgstr "x"\n\nmsgid "b"\nmsgstr "y"\n')
    above = read(HEAD + 'msgid "a"\nmsgstr "z"\n')

    assert above.over(below).texts == {"a": ("z",), "b": ("y",)}


@pytest.mark.parametrize(
    ("tag", "lang"),
    [
        ("ur", "ur"),
        ("ur_PK.UTF-8", "ur"),
        ("UR-pk@latin", "ur"),
        ("zh", "zh-Hans"),
        ("zh-Hans", "zh-Hans"),
        ("zh_CN.GB18030", "zh-Hans"),
        ("zh_TW", "zh-Hans"),
        ("en_GB", "en"),
        ("", ""),
        ("C", ""),
        ("uri", ""),
        ("fr_FR.UTF-8", ""),
    ],
)
def test_tags_and_locales(tag: str, lang: str) -> None:
    assert words.known(tag) == lang


def test_an_unknown_language_is_english() -> None:
    words.use("ur")
    words.use("xx")

    assert words.lang() == "en"
