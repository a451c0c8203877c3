"""The memory in the mailbox: pairs of one label never meet those of another."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.translation_memory import CANDIDATES_MAX
from exchange.translation.memory import MemoryLabel, TextPair, suggest
from tests.desk.made import KEY
from tests.translation.test_memory import LABELS

RED = MemoryLabel("RED", ("cn", "pk"))
AMBER = MemoryLabel("AMBER", ("cn", "pk"))


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox.db", KEY)


def pair(
    text: str, target: str = "قافلہ", changed: int = 1, to: str = "ur", lang: str = "en"
) -> TextPair:
    return TextPair(lang, text, to, target, "duty-1@ops.islamabad.pk", changed)


def texts(mailbox: Mailbox, text: str, label: MemoryLabel = AMBER) -> list[str]:
    return [one.text for one in mailbox.memory.find_pairs(label, "en", "ur", text)]


def test_a_pair_is_kept_once(mailbox: Mailbox) -> None:
    assert mailbox.memory.remember(AMBER, [pair("a convoy"), pair("a convoy")]) == 1
    assert mailbox.memory.remember(AMBER, [pair("a convoy"), pair("a road")]) == 1
    assert mailbox.memory.counts() == [(AMBER, "en", "ur", 2)]


def test_a_pair_said_again_has_the_newest_officer(mailbox: Mailbox) -> None:
    later = pair("a convoy", changed=5)._replace(officer="duty-2@ops.beijing.cn")
    mailbox.memory.remember(AMBER, [pair("a convoy", changed=3)])
    mailbox.memory.remember(AMBER, [later])
    mailbox.memory.remember(AMBER, [pair("a convoy", changed=4)])
    assert list(mailbox.memory.pairs()) == [(AMBER, later)]


def test_what_shares_a_rare_word_is_compared(mailbox: Mailbox) -> None:
    mailbox.memory.remember(AMBER, [pair("the convoy left"), pair("the road is open")])
    assert texts(mailbox, "convoy") == ["the convoy left"]
    assert texts(mailbox, "nothing here") == []
    assert texts(mailbox, "") == []
    assert len(texts(mailbox, '" OR text MATCH "the')) == 2


def test_the_very_text_comes_first(mailbox: Mailbox) -> None:
    mailbox.memory.remember(AMBER, [pair(f"convoy {n}") for n in range(9)])
    assert texts(mailbox, "convoy 4")[0] == "convoy 4"
    assert sorted(texts(mailbox, "convoy 4")) == [f"convoy {n}" for n in range(9)]


def test_a_text_without_words_is_found_by_itself(mailbox: Mailbox) -> None:
    mailbox.memory.remember(AMBER, [pair("...", "۔۔۔")])
    assert texts(mailbox, "...") == ["..."]


@pytest.mark.parametrize(
    ("lang", "text", "like"),
    [
        ("zh-Hans", "车队已经到达达苏", "车队已经抵达达苏"),
        ("ur", "قافلہ داسو پہنچ گیا", "قافله داسو پہنچا"),
    ],
)
def test_texts_of_every_language_are_found(
    mailbox: Mailbox, lang: str, text: str, like: str
) -> None:
    mailbox.memory.remember(
        AMBER, [pair(text, "The convoy is in Dasu", to="en", lang=lang)]
    )
    (found,) = mailbox.memory.find_pairs(AMBER, lang, "en", like)
    assert found.text == text


def test_languages_do_not_meet(mailbox: Mailbox) -> None:
    mailbox.memory.remember(
        AMBER, [pair("convoy"), pair("convoy", "车队", to="zh-Hans")]
    )
    found = mailbox.memory.find_pairs(AMBER, "en", "zh-Hans", "convoy")
    assert [one.target_text for one in found] == ["车队"]
    assert not mailbox.memory.find_pairs(AMBER, "ur", "en", "convoy")


def test_no_more_is_compared_than_the_bound(mailbox: Mailbox) -> None:
    many = [pair(f"convoy {n} left") for n in range(CANDIDATES_MAX + 50)]
    mailbox.memory.remember(AMBER, many)
    found = texts(mailbox, "convoy 7 was late")
    assert len(found) <= CANDIDATES_MAX
    assert "convoy 7 left" in found  # the rare word first, however old


def test_the_memory_stays_when_the_mailbox_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.db"
    with_pair = Mailbox(path, KEY)
    with_pair.memory.remember(AMBER, [pair("convoy")])
    with_pair.close()
    assert texts(Mailbox(path, KEY), "convoy") == ["convoy"]


def test_what_another_label_has_does_not_crowd_out(mailbox: Mailbox) -> None:
    mailbox.memory.remember(AMBER, [pair("convoy old")])
    mailbox.memory.remember(
        RED, [pair(f"convoy {n}") for n in range(CANDIDATES_MAX + 50)]
    )
    assert texts(mailbox, "convoy") == ["convoy old"]


# Nothing leaks.


def test_a_pair_of_red_is_never_seen_under_another_label(mailbox: Mailbox) -> None:
    mailbox.memory.remember(RED, [pair("the convoy left at six")])
    for other in (
        AMBER,
        MemoryLabel("AMBER_STRICT", ("cn", "pk")),
        MemoryLabel("RED", ("pk",)),
        MemoryLabel("RED", ("cn", "kz", "pk")),
        MemoryLabel("RED", ("cn", "pk"), ("EYES_ONLY",)),
    ):
        assert not texts(mailbox, "the convoy left at six", other)
    assert texts(mailbox, "the convoy left at six", RED)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(LABELS, LABELS, st.text(max_size=20), st.text(max_size=20))
def test_a_suggestion_is_of_the_same_label(
    mailbox: Mailbox, learnt: MemoryLabel, asked: MemoryLabel, text: str, like: str
) -> None:
    """Whatever was learnt before, under whatever label."""
    secret = f"{text} {learnt}"
    mailbox.memory.remember(
        learnt, [pair(text, secret), pair(f"{like} {text}", secret)]
    )
    for sought in (text, like):
        pairs = mailbox.memory.find_pairs(asked, "en", "ur", sought)
        for found in suggest(pairs, sought, 100):
            assert found.text.endswith(f" {asked}")
