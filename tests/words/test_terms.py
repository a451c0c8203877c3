"""A word of the interface is called the same wherever an officer meets it."""

import runpy

import pytest

from tests.walk import ROOT
from tests.words.catalogues import TRANSLATED
from tests.words.terms import (
    entries,
    faults,
    interface,
    said_in_catalogues,
    said_in_labels,
)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_message_says_the_words(lang: str) -> None:
    wrong = ((text, faults(*text, lang)) for text in said_in_catalogues(lang))

    assert [(text, found) for text, found in wrong if found] == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_label_says_the_words(lang: str) -> None:
    wrong = ((text, faults(*text, lang)) for text in said_in_labels(lang))

    assert [(text, found) for text, found in wrong if found] == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_word_is_one_of_the_interface(lang: str) -> None:
    texts = [*said_in_catalogues(lang), *said_in_labels(lang)]
    said = {
        found.term.id
        for english, _ in texts
        for found in interface().find_terms(english, "en")
    }

    assert entries().keys() - said == set()


@pytest.mark.parametrize(
    ("english", "said", "found"),
    [
        ("the partner's node", "伙伴的节点", []),
        ("Partners", "搭档", ["partner: no 伙伴", "partner: 搭档"]),
        ("revoke", "撤销", ["revoke: no 吊销", "revoke: 撤销"]),
        ("revoke a recall", "吊销撤回", []),  # what one word must not be, another is
        ("{node} says no", "{node} 拒绝", []),
        ("see node/config.toml, keys list", "见 node/config.toml，keys list", []),
        ("a key: fusion keys list", "用 fusion keys list", ["key: no 密钥"]),
        ("only signs of life", "心跳", []),
        ("signs", "标记", []),
        ("the officer signs", "官员标记", ["sign: no 签署"]),
    ],
)  # fmt: skip
def test_what_is_a_fault(english: str, said: str, found: list[str]) -> None:
    assert faults(english, said, "zh-Hans") == found


def test_the_page_of_words_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "docs/glossary.py"))

    assert (ROOT / "docs/glossary.md").read_text("utf-8") == made["render"]()
