"""What is recognised stays as kept, text for text: its values are signed.

Where a difference is meant, `python -m tests.vectors.recognise.make --write-values`
keeps the new values, and the commit says why each changed.
"""

from tests.vectors.recognise.make import (
    COUNT,
    PAIRS,
    TEXTS,
    TRANSLATIONS,
    differences_of_texts,
    differences_of_translations,
    read,
)


def test_the_kept_files_are_whole() -> None:
    assert len({(each["lang"], each["text"]) for each in read(TEXTS)}) == COUNT
    assert len(read(PAIRS)) == TRANSLATIONS


def test_what_is_found_can_be_signed() -> None:
    assert [kept["text"] for kept in read(TEXTS) if "refused" in kept] == []


def test_the_same_is_recognised_in_each_kept_text() -> None:
    assert list(differences_of_texts()) == []


def test_the_same_is_said_of_each_kept_translation() -> None:
    assert list(differences_of_translations()) == []
