"""What a desk learns when a translation is signed here or comes verified."""

from collections.abc import Mapping

import pytest

from exchange.bulletin.translations import translate
from exchange.desk.client import Desk
from exchange.desk.incoming import translation_memory
from exchange.desk.outgoing.prepare import cite
from exchange.translation.memory import MemoryLabel, TextPair
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.desk.forging import feed, recall, rendering
from tests.node.world import CN, PK

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
    nation = bench.world.nations[CN]
    draft = said(nation, **{"translations": [rendered]} | more)  # type: ignore[arg-type]  # members of JSON
    return bench.pk.send(draft).name


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
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]
    name = bench.pk.send(said(cn)).name
    bench.pk.sync()
    content = bulletin_pb2.Content.FromString(
        cite(bench.pk.mailbox, name).content or b""
    )
    work = translate(content, "ur", "FINAL", "HUMAN", TEXTS)
    work.translator, work.reviewer = cn.officer, "duty-2@ops.beijing.cn"
    feed(bench.pk, rendering(cn, pk, name, work, tlp=pb.TLP_CLEAR))
    assert learnt(bench.pk) == []
    feed(bench.pk, rendering(cn, pk, name, work))
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
    nation = bench.world.nations[CN]
    other = bench.pk.send(said(nation, label=label)).name
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
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]
    feed(bench.pk, recall(cn, pk, name))
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
    reference = {"relation": "NARROWS", "name": name.hex()}
    nation = bench.world.nations[CN]
    return bench.pk.send(said(nation, "x", label=RED, references=[reference])).name


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
