"""Catalogues as the program reads them: what is built says what the PO files say."""

from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from hypothesis import given
from hypothesis import strategies as st

from exchange import words
from exchange.words.catalogue import compile_catalogue, load
from tests.words.catalogues import FOLDERS, TRANSLATED, babel_entries

HEAD = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
SENTENCE = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30
).map(lambda text: f"a{text}")


def read(po: str) -> GNUTranslations:
    return GNUTranslations(BytesIO(compile_catalogue(po.encode())))


@pytest.mark.parametrize("lang", TRANSLATED)
@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_it_says_what_the_po_file_says(folder: Path, lang: str) -> None:
    """Built, and where nothing is built as yet."""
    built, source = load(lang, folder), read((folder / f"{lang}.po").read_text("utf-8"))
    for key, forms in babel_entries(folder / f"{lang}.po").items():
        for found in (built, source):
            if isinstance(key, str):
                assert (found.gettext(key),) == forms
            else:
                said = [found.ngettext(*key, n) for n in (1, 2)]
                assert said == [forms[0], forms[-1]]


@given(st.dictionaries(SENTENCE, SENTENCE, max_size=5), st.integers(10, 90))
def test_what_babel_writes_is_said(texts: dict[str, str], width: int) -> None:
    made = Catalog("ur")
    for key, said in texts.items():
        made.add(key, said)
    file = BytesIO()
    write_po(file, made, width=width)
    found = read(file.getvalue().decode())

    assert {key: found.gettext(key) for key in texts} == texts


def test_escapes_and_long_entries() -> None:
    po = 'msgid "a\\"b"\nmsgstr ""\n"one "\n"two\\\\ \\n"\n'

    assert read(HEAD + po).gettext('a"b') == "one two\\ \n"


def test_plural_forms_are_those_of_the_header() -> None:
    po = (
        'msgid "{n} log"\nmsgid_plural ""\n"{n} "\n"logs"\n'
        'msgstr[0] "one"\nmsgstr[1] ""\n"many"\n'
    )

    found = read(HEAD + po)

    assert [found.ngettext("{n} log", "{n} logs", n) for n in (0, 1, 2)] == [
        "many",
        "one",
        "many",
    ]


@pytest.mark.parametrize(
    "po",
    [
        'msgid "a"\nmsgstr ""\n',
        'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "x"\nmsgstr[1] ""\n',
        '#~ msgid "a"\n#~ msgstr "x"\n',
        '#, fuzzy\n#| msgid "A"\nmsgid "a"\nmsgstr "x"\n',
    ],
)
def test_what_is_not_translated_is_said_in_english(po: str) -> None:
    found = read(HEAD + po)

    assert found.gettext("a") == "a"
    assert [found.ngettext("a", "b", n) for n in (1, 2)] == ["a", "b"]


def test_a_catalogue_that_has_no_file_is_empty(tmp_path: Path) -> None:
    assert load("ur", tmp_path).gettext("a") == "a"


def test_nothing_is_said_of_nothing() -> None:
    """Of "" gettext returns the header of the catalogue."""
    words.use("ur")

    assert words.say("") == ""


def test_one_catalogue_over_another(tmp_path: Path) -> None:
    above, below = tmp_path / "above", tmp_path / "below"
    for folder, po in (
        (above, 'msgid "a"\nmsgstr "z"\n'),
        (below, 'msgid "a"\nmsgstr "x"\n\nmsgid "b"\nmsgstr "y"\n'),
    ):
        folder.mkdir()
        (folder / "ur.po").write_text(HEAD + po)

    for _ in range(2):
        found = load("ur", above, below)
        assert [found.gettext(text) for text in "abc"] == ["z", "y", "c"]


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
    assert words.find_language(tag) == lang


def test_an_unknown_language_is_english() -> None:
    words.use("ur")
    words.use("xx")

    assert words.lang() == "en"
