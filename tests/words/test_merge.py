"""A text that is changed makes its translations fuzzy; no release has such."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.walk import ROOT
from tests.words.catalogues import FOLDERS, TRANSLATED, Key, commands, wanted
from tests.words.merge import merge

HEAD = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
TAKE = '\nmsgid "Take the file."\nmsgstr "x"\n'
LOG = '\nmsgid "{n} log"\nmsgid_plural "{n} logs"\nmsgstr[0] "one"\nmsgstr[1] "many"\n'
FUZZY = (
    '\n#, fuzzy\n#| msgid "Take the file."\nmsgid "Take the \\"key\\"."\nmsgstr "x"\n'
)


def merged(po: str, *said: Key) -> str:
    return merge(HEAD + po, said, said).removeprefix(HEAD)


@pytest.mark.parametrize("lang", TRANSLATED)
@pytest.mark.parametrize("which", FOLDERS)
def test_catalogues_are_as_they_are_written(which: str, lang: str) -> None:
    po = (FOLDERS[which] / f"{lang}.po").read_text("utf-8")
    below = commands() if which == "terminal" else set()

    assert merge(po, wanted(which) - below, wanted(which)) == po  # make catalogues


def test_what_did_not_change_stays() -> None:
    texts: tuple[Key, ...] = ("Take the file.", ("{n} log", "{n} logs"))

    assert merged(TAKE + LOG, *texts) == TAKE + LOG


def test_a_changed_text_keeps_its_translation_as_fuzzy() -> None:
    assert merged(TAKE, 'Take the "key".') == FUZZY


def test_a_text_that_changes_again_shows_the_one_that_was_translated() -> None:
    again = merged(FUZZY, "Take the key.")

    assert again == FUZZY.replace('\\"key\\"', "key")


def test_a_plural_is_fuzzy_in_all_its_forms() -> None:
    found = merged(LOG, ("{n} log", "{n} logs here"))

    assert found == (
        '\n#, fuzzy\n#| msgid "{n} log"\n#| msgid_plural "{n} logs"\n'
        'msgid "{n} log"\nmsgid_plural "{n} logs here"\n'
        'msgstr[0] "one"\nmsgstr[1] "many"\n'
    )


def test_the_most_alike_texts_are_one() -> None:
    po = TAKE + '\nmsgid "Take the fifes."\nmsgstr "y"\n'

    found = merged(po, "Take the files.", "Take the fifths.")

    assert found.count("fuzzy") == 2
    assert 'msgid "Take the file."\nmsgid "Take the files."\nmsgstr "x"' in found
    assert 'msgid "Take the fifes."\nmsgid "Take the fifths."\nmsgstr "y"' in found


def test_a_text_like_none_is_to_be_translated() -> None:
    found = merged(TAKE, ("{n} bulletin", "{n} bulletins"), "Quit")

    assert found == (
        '\nmsgid "Quit"\nmsgstr ""\n'
        '\nmsgid "{n} bulletin"\nmsgid_plural "{n} bulletins"\n'
        'msgstr[0] ""\nmsgstr[1] ""\n'
    )


def test_what_may_be_said_by_another_catalogue_stays_but_is_not_added() -> None:
    both = ["Take the file.", "Take the key."]

    assert merge(HEAD + TAKE, [], both) == HEAD + TAKE


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-C", folder, "release-check"],
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree that could be released."""
    for folder in FOLDERS.values():
        made = tmp_path / folder.relative_to(ROOT)
        made.mkdir(parents=True)
        for lang in TRANSLATED:
            (made / f"{lang}.po").write_text(HEAD + TAKE)
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


def test_a_release_may_have_no_fuzzy_entry(tree: Path) -> None:
    assert check(tree).returncode == 0

    (tree / "tui/locale/ur.po").write_text(HEAD + TAKE + FUZZY)

    found = check(tree)
    assert found.returncode != 0
    assert "tui/locale/ur.po:8:#, fuzzy\n" in found.stdout


def test_a_catalogue_that_is_not_found_is_no_release(tree: Path) -> None:
    shutil.rmtree(tree / "exchange/report")

    assert check(tree).returncode != 0
