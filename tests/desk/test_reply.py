"""What an officer begins to write of a message: who gets it, under which label."""

import pytest

from exchange import envelope
from exchange.bulletin.check import check
from exchange.bulletin.draft import Draft
from exchange.desk.mailbox import Message
from exchange.desk.outgoing import reply
from exchange.errors import Reason, Refusal
from exchange.trust.labels import Handled
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.expecting import refusing
from tests.node.world import CN, PK

CN_DESK, PK_DESK = "ops.beijing.cn", "ops.islamabad.pk"
OWN_ONLY = [
    pb.RELATION_CORRECTS,
    pb.RELATION_SUPERSEDES,
    pb.RELATION_NARROWS,
    pb.RELATION_RECALLS,
]


def begin(message: Message, relation: "pb.Relation.ValueType", own: str) -> Draft:
    """Of a message that nothing narrows."""
    held = Handled.of(envelope.parse_core(message.core))
    return reply.begin(message, relation, own, held)


def sent(bench: Bench, **changes: object) -> bytes:
    """From Islamabad to Beijing, and read there."""
    draft = said(bench.world.nations[CN], "Convoy delayed", **changes)
    return bench.deliver(draft)


@pytest.mark.parametrize(
    ("kind", "details", "answer"),
    [
        ("RFI", {"topic": "ROUTE", "answer_by": "2027-01-16T08:00:00Z"}, "RFI_ANSWER"),
        ("SITREP", {"posture": "NORMAL"}, "SITREP"),
    ],
)
def test_an_answer_is_of_the_kind_that_answers(
    bench: Bench, kind: str, details: dict[str, str], answer: str
) -> None:
    name = sent(bench, kind=kind, details=details)
    made = begin(bench.cn.mailbox.messages.read(name), pb.RELATION_ANSWERS, CN_DESK)
    assert made.content.kind == answer
    assert made.to == (PK_DESK,)
    assert (made.mode, made.tlp) == (pb.MODE_TEST, pb.TLP_AMBER)
    assert made.releasable_to == ("cn", "pk")
    assert [(r.relation, r.name) for r in made.references] == [
        (pb.RELATION_ANSWERS, name)
    ]
    topics = [d.value for d in made.content.details if d.field == "topic"]
    assert topics == ([details["topic"]] if "topic" in details else [])
    assert not made.content.subject.text


def test_one_s_own_is_answered_to_its_readers(bench: Bench) -> None:
    made = begin(
        bench.pk.mailbox.messages.read(sent(bench)), pb.RELATION_UPDATES, PK_DESK
    )
    assert made.to == (CN_DESK,)
    assert made.info == ()


@pytest.mark.parametrize("relation", OWN_ONLY[:2])
def test_a_correction_says_all_of_it_again_and_can_be_sent(
    bench: Bench, relation: "pb.Relation.ValueType"
) -> None:
    name = sent(bench)
    made = begin(bench.pk.mailbox.messages.read(name), relation, PK_DESK)
    assert made.content.subject.text == "Convoy delayed"
    assert made.content.segments[0].text == "Convoy delayed, in full."
    assert made.to == (CN_DESK,)
    assert made.expires == made.valid_from == 0
    assert made.content.request.acknowledge_by == 0, "it is not late from the first"
    bench.pk.send(check(made))
    bench.meet()
    assert [r.relation for r in bench.cn.mailbox.references.referring([name], 5)] == [
        pb.Relation.Name(relation).removeprefix("RELATION_")
    ]


@pytest.mark.parametrize("relation", OWN_ONLY)
def test_only_the_author_s_desk_corrects(
    bench: Bench, relation: "pb.Relation.ValueType"
) -> None:
    message = bench.cn.mailbox.messages.read(sent(bench))
    with refusing(Reason.REFERENCES) as refusal:
        begin(message, relation, CN_DESK)
    assert "only its author's desk can do that" in str(refusal.value)


def test_a_recall_is_answered_and_nothing_else(bench: Bench) -> None:
    recall = bench.pk.recall(sent(bench), "OVERTAKEN").name
    bench.meet()
    message = bench.cn.mailbox.messages.read(recall)
    made = begin(message, pb.RELATION_ANSWERS, CN_DESK)
    assert (made.content.kind, made.to) == ("SITREP", (PK_DESK,))
    for relation in (pb.RELATION_UPDATES, pb.RELATION_DISPUTES):
        with pytest.raises(Refusal):
            begin(message, relation, CN_DESK)


def test_what_did_not_open_is_not_referred_to(bench: Bench) -> None:
    name = sent(bench)
    with bench.cn.mailbox.database.transaction():
        bench.cn.mailbox.database.write("UPDATE body SET content = NULL")
    with refusing(Reason.CONTENT):
        begin(bench.cn.mailbox.messages.read(name), pb.RELATION_ANSWERS, CN_DESK)


def test_nobody_who_may_not_have_it_gets_the_answer(bench: Bench) -> None:
    name = sent(bench, label={"tlp": "RED", "releasable_to": ["cn", "pk"]})
    made = begin(
        bench.cn.mailbox.messages.read(name), pb.RELATION_CORROBORATES, CN_DESK
    )
    assert (made.tlp, made.info) == (pb.TLP_RED, ())
    assert made.to == (PK_DESK,)
    assert made.content.kind == "SITREP"


@pytest.mark.parametrize("site", [CN, PK])
def test_a_drill_is_answered_in_the_drill(bench: Bench, site: str) -> None:
    name = sent(bench, mode="EXERCISE")
    desk = bench.cn if site == CN else bench.pk
    own = desk.officer.desk
    made = begin(desk.mailbox.messages.read(name), pb.RELATION_ANSWERS, own)
    assert made.mode == pb.MODE_EXERCISE
