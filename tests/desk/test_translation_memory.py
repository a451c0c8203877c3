"""What a desk learns when a translation is signed here or comes verified."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.bulletin.translations import translate
from exchange.desk.client import Desk
from exchange.desk.incoming import translation_memory
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.translation_memory import CANDIDATES_MAX
from exchange.desk.outgoing.prepare import cite
from exchange.translation.memory import MemoryLabel, TextPair, suggest
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, PAKISTAN, Bench, refers
from tests.desk.forging import feed, recall, rendering
from tests.desk.made import KEY
from tests.translation.test_memory import LABELS

AMBER = MemoryLabel("AMBER", ("cn", "pk"))
TEXTS = {"s0": "قافلہ تاخیر کا شکار", "s1": "قافلہ تاخیر کا شکار، تفصیل کے ساتھ۔"}
OFFICER = "duty-1@ops.islamabad.pk"


def sent(
    bench: Bench, state: str = "FINAL", texts: Mapping[str, str] = TEXTS, **more: object
) -> bytes:
    """A bulletin with an Urdu translation, from Islamabad."""
    rendered = {
        "lang": "ur",
        "state": state,
        "origin": "HUMAN",
        "reviewer": OFFICER,
        "segments": dict(texts),
    }
    if state in {"INITIAL", "TRANSLATED"}:
        del rendered["reviewer"]
    return bench.send("Convoy delayed", **{"translations": [rendered]} | more)


def learnt(desk: Desk) -> list[tuple[str, str]]:
    return [(one.text, one.target_text) for _, one in desk.mailbox.memory.pairs()]


@pytest.mark.parametrize("state", ["REVIEWED", "FINAL"])
def test_both_sides_learn_what_was_reviewed(bench: Bench, state: str) -> None:
    sent(bench, state)
    pairs = [
        ("Convoy delayed", TEXTS["s0"]),
        ("Convoy delayed, in full.", TEXTS["s1"]),
    ]
    assert learnt(bench.pk) == pairs
    bench.meet()
    assert learnt(bench.cn) == pairs
    assert bench.cn.mailbox.memory.counts() == [(AMBER, "en", "ur", 2)]
    bench.meet()
    assert learnt(bench.pk) == pairs


@pytest.mark.parametrize("state", ["INITIAL", "TRANSLATED"])
def test_what_nobody_reviewed_is_not_learnt(bench: Bench, state: str) -> None:
    sent(bench, state)
    bench.meet()
    assert learnt(bench.pk) == learnt(bench.cn) == []


@pytest.mark.usefixtures("staff")
def test_a_translation_that_is_not_believed_is_not_learnt(bench: Bench) -> None:
    """One that is all right but for its label, which is wider than the source's."""
    name = bench.send()
    bench.pk.sync()
    content = bulletin_pb2.Content.FromString(
        cite(bench.pk.mailbox, name).content or b""
    )
    work = translate(content, "ur", "FINAL", "HUMAN", TEXTS)
    work.translator, work.reviewer = CHINA.officer, "duty-2@ops.beijing.cn"
    feed(bench.pk, rendering(CHINA, PAKISTAN, name, work, tlp=pb.TLP_CLEAR))
    assert learnt(bench.pk) == []
    feed(bench.pk, rendering(CHINA, PAKISTAN, name, work))
    assert len(learnt(bench.pk)) == 2


def test_a_translation_of_another_text_is_not_learnt(bench: Bench) -> None:
    name = bench.send()
    core = cite(bench.pk.mailbox, name).core
    work = bulletin_pb2.Translation(lang="ur", state="FINAL", origin="HUMAN")
    work.segments.add(id="s0", text="پرانا", source=bytes(32), state="FINAL")
    work.segments.add(id="s9", text="نیا", source=bytes(32), state="FINAL")
    assert translation_memory.learn(bench.pk.mailbox, name, core, work, OFFICER) == 0
    assert (
        translation_memory.learn(bench.pk.mailbox, bytes(32), core, work, OFFICER) == 0
    )
    assert learnt(bench.pk) == []


def test_a_text_is_suggested_for_the_next_bulletin_of_that_label(bench: Bench) -> None:
    sent(bench)
    name = bench.send("Convoys delayed")
    found = translation_memory.suggest_by_segment(
        bench.pk.mailbox, cite(bench.pk.mailbox, name), "ur"
    )
    (first, *_) = found["s0"]
    assert (first.text, first.source) == (TEXTS["s0"], "Convoy delayed")
    assert first.percent == 93
    assert found["s1"][0].text == TEXTS["s1"]


@pytest.mark.parametrize(
    "label",
    [
        {"tlp": "RED", "releasable_to": ["cn", "pk"]},
        {"tlp": "GREEN", "releasable_to": ["cn", "pk"]},
        {"tlp": "AMBER", "releasable_to": ["cn", "pk"], "caveats": ["PROTECT_SOURCE"]},
        {"tlp": "AMBER", "releasable_to": ["cn", "kz", "pk"]},
    ],
)
def test_no_text_is_suggested_across_labels(
    bench: Bench, label: dict[str, object]
) -> None:
    """Neither up nor down."""
    sent(bench)
    other = bench.send(label=label)
    about = cite(bench.pk.mailbox, other)
    assert translation_memory.suggest_by_segment(bench.pk.mailbox, about, "ur") == {
        "s0": [],
        "s1": [],
    }
    back = sent(bench, label=label)
    found = translation_memory.suggest_by_segment(
        bench.pk.mailbox, cite(bench.pk.mailbox, back), "ur"
    )
    assert len(found["s0"]) == 1


# What its author took back, or narrowed.


def suggested(desk: Desk, name: bytes) -> list[str]:
    found = translation_memory.suggest_by_segment(
        desk.mailbox, cite(desk.mailbox, name), "ur"
    )
    return [one.text for each in found.values() for one in each]


def test_what_is_recalled_is_suggested_to_nobody(bench: Bench) -> None:
    name = sent(bench)
    other = bench.deliver()
    assert len(suggested(bench.cn, other)) == 2
    bench.pk.recall(name, "PERSONAL_DATA", instruction="DESTROY")
    bench.meet()
    for desk in (bench.pk, bench.cn):
        assert suggested(desk, other) == []
        assert learnt(desk) == []


def test_a_recall_by_another_desk_withholds_nothing(bench: Bench) -> None:
    name = sent(bench)
    feed(bench.pk, recall(CHINA, PAKISTAN, name))
    assert len(learnt(bench.pk)) == 2


def test_what_another_bulletin_says_too_stays(bench: Bench) -> None:
    name, other = sent(bench), sent(bench)
    bench.pk.recall(name, "WRONG_CONTENT")
    assert len(learnt(bench.pk)) == 2
    bench.pk.recall(other, "WRONG_CONTENT")
    assert learnt(bench.pk) == []


def test_what_is_learnt_of_what_was_recalled_before_is_withheld(bench: Bench) -> None:
    name = sent(bench)
    bench.pk.recall(name, "WRONG_CONTENT")
    bench.meet()
    assert bench.cn.mailbox.memory.counts() == [(AMBER, "en", "ur", 2)]
    assert learnt(bench.cn) == []


def test_what_came_in_a_file_is_of_no_bulletin(bench: Bench) -> None:
    pairs = [TextPair("en", "Convoy", "ur", "قافلہ", OFFICER, 1)]
    bench.pk.mailbox.memory.remember(AMBER, pairs)
    bench.pk.recall(sent(bench), "WRONG_CONTENT")
    assert learnt(bench.pk) == [("Convoy", "قافلہ")]


RED = {"tlp": "RED", "releasable_to": ["cn", "pk"]}


def narrow(bench: Bench, name: bytes) -> bytes:
    return bench.send("x", label=RED, references=refers("NARROWS", name))


def test_what_is_narrowed_is_suggested_under_the_old_label_no_longer(
    bench: Bench,
) -> None:
    name = sent(bench)
    other = bench.send()
    narrowing = narrow(bench, name)
    assert suggested(bench.pk, other) == suggested(bench.pk, name) == []
    bench.pk.recall(narrowing, "WRONG_LABEL")
    assert len(suggested(bench.pk, other)) == 2


def test_what_is_learnt_later_has_the_label_in_force(bench: Bench) -> None:
    name = sent(bench)
    narrow(bench, name)
    bench.meet()
    assert bench.cn.mailbox.memory.counts() == [(AMBER, "en", "ur", 2)]
    (kept,) = bench.cn.mailbox.translations.of(name)
    work = bulletin_pb2.Translation.FromString(kept.content)
    core = cite(bench.cn.mailbox, name).core
    assert translation_memory.learn(bench.cn.mailbox, name, core, work, OFFICER) == 2
    assert {str(label) for label, _ in bench.cn.mailbox.memory.pairs()} == {"RED/cn,pk"}


# The memory in the mailbox: pairs of one label never meet those of another.


RED_LABEL = MemoryLabel("RED", ("cn", "pk"))


def pair(
    text: str, target: str = "قافلہ", changed: int = 1, to: str = "ur", lang: str = "en"
) -> TextPair:
    return TextPair(lang, text, to, target, "duty-1@ops.islamabad.pk", changed)


def texts(box: Mailbox, text: str, label: MemoryLabel = AMBER) -> list[str]:
    return [one.text for one in box.memory.find_pairs(label, "en", "ur", text)]


def test_a_pair_is_kept_once(box: Mailbox) -> None:
    assert box.memory.remember(AMBER, [pair("a convoy"), pair("a convoy")]) == 1
    assert box.memory.remember(AMBER, [pair("a convoy"), pair("a road")]) == 1
    assert box.memory.counts() == [(AMBER, "en", "ur", 2)]


def test_a_pair_said_again_has_the_newest_officer(box: Mailbox) -> None:
    later = pair("a convoy", changed=5)._replace(officer="duty-2@ops.beijing.cn")
    box.memory.remember(AMBER, [pair("a convoy", changed=3)])
    box.memory.remember(AMBER, [later])
    box.memory.remember(AMBER, [pair("a convoy", changed=4)])
    assert list(box.memory.pairs()) == [(AMBER, later)]


def test_what_shares_a_rare_word_is_compared(box: Mailbox) -> None:
    box.memory.remember(AMBER, [pair("the convoy left"), pair("the road is open")])
    assert texts(box, "convoy") == ["the convoy left"]
    assert texts(box, "nothing here") == []
    assert texts(box, "") == []
    assert len(texts(box, '" OR text MATCH "the')) == 2


def test_the_very_text_comes_first(box: Mailbox) -> None:
    box.memory.remember(AMBER, [pair(f"convoy {n}") for n in range(9)])
    assert texts(box, "convoy 4")[0] == "convoy 4"
    assert sorted(texts(box, "convoy 4")) == [f"convoy {n}" for n in range(9)]


def test_a_text_without_words_is_found_by_itself(box: Mailbox) -> None:
    box.memory.remember(AMBER, [pair("...", "۔۔۔")])
    assert texts(box, "...") == ["..."]


@pytest.mark.parametrize(
    ("lang", "text", "like"),
    [
        ("zh-Hans", "车队已经到达达苏", "车队已经抵达达苏"),
        ("ur", "قافلہ داسو پہنچ گیا", "قافله داسو پہنچا"),
    ],
)
def test_texts_of_every_language_are_found(
    box: Mailbox, lang: str, text: str, like: str
) -> None:
    box.memory.remember(
        AMBER, [pair(text, "The convoy is in Dasu", to="en", lang=lang)]
    )
    (found,) = box.memory.find_pairs(AMBER, lang, "en", like)
    assert found.text == text


def test_languages_do_not_meet(box: Mailbox) -> None:
    box.memory.remember(AMBER, [pair("convoy"), pair("convoy", "车队", to="zh-Hans")])
    found = box.memory.find_pairs(AMBER, "en", "zh-Hans", "convoy")
    assert [one.target_text for one in found] == ["车队"]
    assert not box.memory.find_pairs(AMBER, "ur", "en", "convoy")


def test_no_more_is_compared_than_the_bound(box: Mailbox) -> None:
    many = [pair(f"convoy {n} left") for n in range(CANDIDATES_MAX + 50)]
    box.memory.remember(AMBER, many)
    found = texts(box, "convoy 7 was late")
    assert len(found) <= CANDIDATES_MAX
    assert "convoy 7 left" in found  # the rare word first, however old


def test_the_memory_stays_when_the_mailbox_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.db"
    with_pair = Mailbox(path, KEY)
    with_pair.memory.remember(AMBER, [pair("convoy")])
    with_pair.close()
    assert texts(Mailbox(path, KEY), "convoy") == ["convoy"]


def test_what_another_label_has_does_not_crowd_out(box: Mailbox) -> None:
    box.memory.remember(AMBER, [pair("convoy old")])
    box.memory.remember(
        RED_LABEL, [pair(f"convoy {n}") for n in range(CANDIDATES_MAX + 50)]
    )
    assert texts(box, "convoy") == ["convoy old"]


# Nothing leaks.


def test_a_pair_of_red_is_never_seen_under_another_label(box: Mailbox) -> None:
    box.memory.remember(RED_LABEL, [pair("the convoy left at six")])
    for other in (
        AMBER,
        MemoryLabel("AMBER_STRICT", ("cn", "pk")),
        MemoryLabel("RED", ("pk",)),
        MemoryLabel("RED", ("cn", "kz", "pk")),
        MemoryLabel("RED", ("cn", "pk"), ("EYES_ONLY",)),
    ):
        assert not texts(box, "the convoy left at six", other)
    assert texts(box, "the convoy left at six", RED_LABEL)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(LABELS, LABELS, st.text(max_size=20), st.text(max_size=20))
def test_a_suggestion_is_of_the_same_label(
    box: Mailbox, learnt: MemoryLabel, asked: MemoryLabel, text: str, like: str
) -> None:
    """Whatever was learnt before, under whatever label."""
    secret = f"{text} {learnt}"
    box.memory.remember(learnt, [pair(text, secret), pair(f"{like} {text}", secret)])
    for sought in (text, like):
        pairs = box.memory.find_pairs(asked, "en", "ur", sought)
        for found in suggest(pairs, sought, 100):
            assert found.text.endswith(f" {asked}")
