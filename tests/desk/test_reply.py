"""What an officer writes: who gets it under which label, and what the terminal asks."""

from contextlib import closing
from unittest.mock import Mock

import pytest

from exchange import envelope
from exchange.bulletin.check import check
from exchange.bulletin.content import encode, from_json
from exchange.bulletin.draft import Draft, acknowledgement
from exchange.bulletin.route_commitment import value
from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox, Message
from exchange.desk.mailbox.sources import Grade
from exchange.desk.outgoing import reply, sources
from exchange.desk.terminal.desk import TerminalDesk
from exchange.envelope import padded_size
from exchange.errors import Reason, Refusal
from exchange.translation.steps import Put
from exchange.trust.labels import Handled
from exchange.v1 import envelope_pb2 as pb
from tests.bulletin.examples import example
from tests.desk.bench import CHINA, PAKISTAN, Bench, refers, said
from tests.expecting import present, refusing
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


@pytest.mark.parametrize(
    ("kind", "details", "answer"),
    [
        ("RFI", {"topic": "ROUTE", "answer_by": "2027-01-16T08:00:00Z"}, "RFI_ANSWER"),
        ("SITREP", {"posture": "NORMAL"}, "REPLY"),
    ],
)
def test_an_answer_is_of_the_kind_that_answers(
    bench: Bench, kind: str, details: dict[str, str], answer: str
) -> None:
    name = bench.deliver(kind=kind, details=details)
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
        bench.pk.mailbox.messages.read(bench.deliver()), pb.RELATION_UPDATES, PK_DESK
    )
    assert made.to == (CN_DESK,)
    assert made.info == ()


@pytest.mark.parametrize("relation", OWN_ONLY[:2])
def test_a_correction_says_all_of_it_again_and_can_be_sent(
    bench: Bench, relation: "pb.Relation.ValueType"
) -> None:
    name = bench.deliver()
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
    message = bench.cn.mailbox.messages.read(bench.deliver())
    with refusing(Reason.REFERENCES) as refusal:
        begin(message, relation, CN_DESK)
    assert "only its author's desk can do that" in str(refusal.value)


def test_a_recall_is_answered_and_nothing_else(bench: Bench) -> None:
    recall = bench.pk.recall(bench.deliver(), "OVERTAKEN").name
    bench.meet()
    message = bench.cn.mailbox.messages.read(recall)
    made = begin(message, pb.RELATION_ANSWERS, CN_DESK)
    assert (made.content.kind, made.to) == ("REPLY", (PK_DESK,))
    for relation in (pb.RELATION_UPDATES, pb.RELATION_DISPUTES):
        with pytest.raises(Refusal):
            begin(message, relation, CN_DESK)


def test_what_did_not_open_is_not_referred_to(bench: Bench) -> None:
    name = bench.deliver()
    with bench.cn.mailbox.database.transaction():
        bench.cn.mailbox.database.write("UPDATE body SET content = NULL")
    with refusing(Reason.CONTENT):
        begin(bench.cn.mailbox.messages.read(name), pb.RELATION_ANSWERS, CN_DESK)


def test_nobody_who_may_not_have_it_gets_the_answer(bench: Bench) -> None:
    name = bench.deliver(label={"tlp": "RED", "releasable_to": ["cn", "pk"]})
    made = begin(
        bench.cn.mailbox.messages.read(name), pb.RELATION_CORROBORATES, CN_DESK
    )
    assert (made.tlp, made.info) == (pb.TLP_RED, ())
    assert made.to == (PK_DESK,)
    assert made.content.kind == "SITREP"


def receipts_of(desk: Desk, name: bytes) -> list[str]:
    return [one.relation for one in desk.mailbox.receipts.of(name)]


def test_an_answer_acknowledges_its_question_once(bench: Bench) -> None:
    question = bench.deliver()
    answer = said(PAKISTAN, "Clear", references=refers("ANSWERS", question))
    view = TerminalDesk(bench.cn)
    row = bench.cn.mailbox.messages.row(question)
    assert view.review(answer).acknowledges == [row.place]
    assert receipts_of(bench.cn, question) == [], "a review signs nothing"
    view.submit(answer)
    assert receipts_of(bench.cn, question) == ["ACKNOWLEDGED"]
    assert view.review(answer).acknowledges == []
    view.submit(answer)
    bench.meet()
    for desk in (bench.cn, bench.pk):
        assert receipts_of(desk, question) == ["ACKNOWLEDGED"]
        assert not desk.mailbox.obligations.owing([row.number], bench.now)


@pytest.mark.parametrize(
    ("asked", "relation"),
    [
        pytest.param("NONE", "ANSWERS", id="no acknowledgement asked"),
        pytest.param("READ", "UPDATES", id="not an answer"),
    ],
)
def test_nothing_else_is_acknowledged_with_a_bulletin(
    bench: Bench, asked: str, relation: str
) -> None:
    first = bench.deliver(request={"acknowledge": asked})
    said_so = said(PAKISTAN, "So it is", references=refers(relation, first))
    assert TerminalDesk(bench.cn).review(said_so).acknowledges == []
    bench.cn.send(said_so)
    assert receipts_of(bench.cn, first) == []


def test_an_answer_that_cannot_be_kept_acknowledges_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = bench.deliver()
    answer = said(PAKISTAN, "Clear", references=refers("ANSWERS", question))
    monkeypatch.setattr(bench.cn, "_receipt", Mock(side_effect=Refusal(Reason.BUSY)))
    with refusing(Reason.BUSY):
        bench.cn.send(answer)
    assert bench.cn.mailbox.outbox.pending() == []
    assert receipts_of(bench.cn, question) == []


@pytest.mark.parametrize("site", [CN, PK])
def test_a_drill_is_answered_in_the_drill(bench: Bench, site: str) -> None:
    name = bench.deliver(mode="EXERCISE")
    desk = bench.cn if site == CN else bench.pk
    own = desk.officer.desk
    made = begin(desk.mailbox.messages.read(name), pb.RELATION_ANSWERS, own)
    assert made.mode == pb.MODE_EXERCISE


# What the terminal asks of a desk about what is being written.


@pytest.fixture
def view(bench: Bench) -> TerminalDesk:
    """What the terminal at Islamabad asks."""
    return TerminalDesk(bench.pk)


def test_a_review_says_that_a_route_will_be_drawn_and_draws_none(
    bench: Bench, view: TerminalDesk
) -> None:
    draft = from_json(example("MOVEMENT"))
    review = view.review(draft)
    assert review.draws == 2
    assert not value(review.draft.content, "draw")
    name = view.submit(draft)
    sent = present(view.read(bench.pk.mailbox.messages.row(name).number).content)
    assert value(sent, "draw")
    assert review.size == padded_size(len(encode(sent)))
    again = from_json(example("MOVEMENT") | {"references": refers("UPDATES", name)})
    assert view.review(again).draws == 0


def test_what_is_asked_is_shown_as_it_will_be_sealed(
    bench: Bench, view: TerminalDesk
) -> None:
    first = bench.send()
    draft = said(CHINA, references=refers("CORRECTS", first))
    draft.content.ClearField("request")
    review = view.review(draft)
    assert acknowledgement(review.draft.content) == "READ"
    assert review.draft.content.request.acknowledge_by > review.at


def test_a_route_is_revealed_once(bench: Bench, view: TerminalDesk) -> None:
    view.submit(from_json(example("MOVEMENT")))
    assert view.drawn_route(1) in {"A", "B"}
    told = view.reveal(1)
    assert view.drawn_route(1) == ""
    assert view.reveal(1) == told
    assert bench.pk.mailbox.database.count() == 2
    with refusing(Reason.NOT_FOUND):
        view.reveal(9)
    bench.meet()
    partner = TerminalDesk(bench.cn)
    assert [partner.drawn_route(n) for n in (1, 2)] == ["", ""]


def test_sources_come_with_their_grades_and_names_with_their_rows(
    bench: Bench, view: TerminalDesk
) -> None:
    officer = bench.pk.officer.name
    for code, grade in (("PK-H-07", "B"), ("PK-T-11", "D")):
        sources.add(bench.pk.mailbox, code, Grade(1_000, grade, officer, ""))
    assert view.sources() == [("PK-H-07", "B"), ("PK-T-11", "D")]
    name = bench.send()
    row = present(view.about(name))
    assert (row.number, row.kind, row.subject) == (1, "SITREP", "Convoy delayed")
    assert view.about(bytes(32)) is None


# Drafts.


def texts(view: TerminalDesk) -> list[str]:
    return [draft.text for draft in view.drafts()]


def test_drafts_are_kept_by_officer(bench: Bench, view: TerminalDesk) -> None:
    mark = view.save_draft((0, 0), "گاڑی")
    view.save_draft((0, 0), "two")
    view.drop_draft(view.drafts()[0].mark)
    bench.reopen()
    assert [(d.mark, d.text) for d in TerminalDesk(bench.pk).drafts()] == [
        (mark, "گاڑی")
    ]


def test_a_draft_goes_in_the_write_that_queues_what_was_signed(
    bench: Bench, view: TerminalDesk
) -> None:
    """Whatever ends it in between: it is a draft, or it is sent, and never both."""
    box, seen = bench.pk.mailbox, list[tuple[int, int]]()
    other = Mailbox(
        box.database._path, box.database._key
    )  # as after a kill: what is on disk
    mark = view.save_draft((0, 0), "to be sent")
    left = view.save_draft((0, 0), "another")

    def note(*_: object) -> None:
        seen.append(
            (len(other.drafts.of(bench.pk.officer.name)), other.database.count())
        )

    with closing(other):
        box.database._writer.set_trace_callback(note)
        name = view.submit(said(CHINA), mark)
        box.database._writer.set_trace_callback(None)
    assert set(seen) == {(2, 0), (1, 1)}
    assert [draft.mark for draft in view.drafts()] == [left]
    assert box.messages.knows(name)


def test_what_may_not_be_sent_stays_a_draft(view: TerminalDesk) -> None:
    mark = view.save_draft((0, 0), "to be sent")
    draft = said(CHINA, references=refers("CORRECTS", bytes(32)))
    with pytest.raises(Refusal):
        view.submit(draft, mark)
    assert texts(view) == ["to be sent"]


def test_a_draft_goes_in_the_write_that_puts_in_what_was_translated(
    bench: Bench, staff: list[Desk]
) -> None:
    bench.deliver()
    view = TerminalDesk(bench.cn)
    work = view.translate(1, "ur")
    mark = view.save_draft((0, 0), "typed")
    with pytest.raises(Refusal):
        work.put({"no such segment": Put("متن")}, mark)
    assert texts(view) == ["typed"]
    for piece in work.pieces():
        work.put({piece.source.id: Put("متن")}, mark)
    assert texts(view) == []
    work.confirm([f.key for p in work.pieces() for f in p.findings if f.answerable])
    colleague = TerminalDesk(staff[0])
    back = colleague.translate(1, "ur")
    mark = colleague.save_draft((0, 0), "said")
    assert texts(view) == [], "another officer's"
    with pytest.raises(Refusal):
        back.put_back({}, mark)
    assert texts(colleague) == ["said"]
