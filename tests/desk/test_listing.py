"""The list as the terminal asks for it: filters, conditions, what is due, standing."""

import pytest
from msgspec.structs import replace

from exchange import words
from exchange.bulletin.translation_model import source_hash
from exchange.bulletin.values import iso
from exchange.config import DeskConfig
from exchange.desk.mailbox import Mailbox, Translation
from exchange.desk.mailbox.database import Values
from exchange.desk.mailbox.references import References
from exchange.desk.records import MessageLink
from exchange.desk.terminal import list_rows, urgent_rows
from exchange.desk.terminal.desk import TerminalDesk
from exchange.desk.terminal.list_rows import show_rows
from exchange.desk.terminal.sent_rows import list_sent
from exchange.desk.terminal.urgent_rows import find_urgent
from exchange.errors import Reason, Refusal
from exchange.limits import DAY, MINUTE
from exchange.v1 import bulletin_pb2, envelope_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, Direct, refers
from tests.desk.made import NOW, content, entry, message, name, receipt, translation
from tests.expecting import present, refusing
from tests.node.world import FILED
from tests.tui.examples import HOSTILE

DEADLINE = FILED + 10 * MINUTE


def sent(bench: Bench, text: str = "Convoy delayed", **changes: object) -> bytes:
    asks = {"acknowledge": "ACTION", "acknowledge_by": iso(DEADLINE)}
    return bench.deliver(text, **{"request": asks} | changes)


def test_words_and_conditions_find_rows_as_many_as_a_list_shows(
    bench: Bench, view: TerminalDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(bench)
    sent(bench, "Bridge closed", precedence="FLASH")
    assert list(view.find("bridge").numbers) == [2]
    assert list(view.find("prec:FLASH,PRIORITY").numbers) == [2, 1]
    assert list(view.find("prec:PRIORITY convoy").numbers) == [1]
    assert view.find("prec:PRIORITY").unknown == ""
    monkeypatch.setattr(list_rows, "FOUND_MAX", 1)
    assert list(view.find("prec:FLASH,PRIORITY").numbers) == [2]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("kind:", "kind:"),
        ("kind:CONVOYS", "kind:"),
        ("colour:RED", "colour:"),
        ("near:nowhere", "near:"),
        ("thread:abcdef01", "thread:"),
        ("is:unread before:yesterday", "before:"),
    ],
)
def test_half_a_condition_is_named_and_breaks_nothing(
    bench: Bench, view: TerminalDesk, line: str, named: str
) -> None:
    sent(bench)
    assert view.find(line).unknown == named


@pytest.mark.parametrize("line", [HOSTILE, ":" * 5_000, "\x00", "near:1,1:1e9km", '"'])
def test_nothing_that_is_typed_raises(
    bench: Bench, view: TerminalDesk, line: str
) -> None:
    sent(bench)
    assert isinstance(view.find(line).unknown, str)


def test_how_each_row_of_a_page_stands(bench: Bench, view: TerminalDesk) -> None:
    first, second = sent(bench), sent(bench, "Bridge closed")
    bench.pk.recall(first, "WRONG_CONTENT")
    bench.deliver(
        "Bridge open",
        request={"acknowledge": "ACTION"},
        references=refers("CORRECTS", second),
    )
    stands = ["RECALLED", "CORRECTED", "", ""]
    assert [row.standing for row in view.page(1, 9)] == stands
    assert [row.standing for row in view.rows([4, 2, 1])] == ["", *stands[1::-1]]
    assert list(view.ids("RECALLED")) == [1]
    recall = view.page(3, 1)[0]
    assert (recall.kind, recall.subject) == ("RECALL", "The content is wrong")


def test_a_recall_that_the_own_node_refused_takes_nothing_back(bench: Bench) -> None:
    sent(bench)
    own = TerminalDesk(bench.pk)
    right = bench.pk.client
    bench.pk.client = Direct(bench.world.pk, "watch.islamabad.pk")
    with refusing(Reason.METHOD):
        own.recall(1, "WRONG_LABEL", "STOP_USE", "")
    assert [row.standing for row in own.page(1, 9)] == ["", ""]
    assert own.read(1).row.standing == ""
    assert not own.ids("RECALLED")
    bench.pk.client = right
    own.recall(1, "WRONG_LABEL", "STOP_USE", "")
    assert own.read(1).row.standing == "RECALLED"


def test_a_page_looks_for_standing_twice_at_most(
    bench: Bench, view: TerminalDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        bench.pk.recall(sent(bench, f"Convoy {n}"), "OVERTAKEN")
    bench.meet()
    asked: list[str] = []
    real = References._links

    def counted(self: References, sql: str, values: Values) -> list[MessageLink]:
        asked.append(sql)
        return real(self, sql, values)

    monkeypatch.setattr(References, "_links", counted)
    assert sum(row.standing == "RECALLED" for row in view.page(1, 256)) == 3
    assert len(asked) == 2


def test_what_is_due_is_a_filter(bench: Bench, view: TerminalDesk) -> None:
    sent(bench)
    assert not view.ids("DUE")
    bench.now = DEADLINE + MINUTE
    assert list(view.ids("DUE")) == [1]
    bench.cn.settings = DeskConfig("ops.beijing.cn", "duty-1", language="zh")
    assert list(view.ids("TO_TRANSLATE")) == [1]


def test_the_hand_over_list_in_words(bench: Bench, view: TerminalDesk) -> None:
    sent(bench, precedence="FLASH", mode="ACTUAL")
    bench.now = DEADLINE + 3 * MINUTE
    sections = {one.name: one for one in view.handover()}
    assert sections["escalated"].title == "Escalated: 1 bulletin"
    (one,) = sections["escalated"].items
    assert (one.kinds, one.row.number, one.role) == (["ESCALATED"], 1, "Deputy")
    assert one.late
    assert one.notes == (
        "late by 3 minutes",
        "waiting for ops.beijing.cn",
        "call: Deputy",
    )
    assert sections["recalled"].title == "Recalls not acknowledged: none"
    words.use("zh-Hans")
    *_, called, wanted = view.handover()[0].items[0].notes
    assert "副职" in called
    assert wanted == "待翻译：译为：中文（简体）", "of the same bulletin, once"


def test_searches_are_kept_for_the_desk(bench: Bench, view: TerminalDesk) -> None:
    view.save_search("رات", "is:unread")
    assert list(bench.cn.mailbox.saved_searches.all()) == [("رات", "is:unread")]
    view.forget_search("رات")
    assert not view.searches()
    with refusing(Reason.FIELD_VALUE):
        view.save_search("\x1b[2J", "x")


def test_a_recall_and_the_reason_of_a_refusal(bench: Bench, view: TerminalDesk) -> None:
    name = sent(bench)
    own = TerminalDesk(bench.pk)
    view.acknowledge(1, "CANNOT_COMPLY", "دھند", "WEATHER")
    bench.meet()
    (rung,) = own.read(1).rungs
    assert (rung.desk, rung.relation) == ("ops.beijing.cn", "CANNOT_COMPLY")
    assert (rung.reason, rung.done) == ("WEATHER", True)
    (receipt,) = [r for r in own.read(1).receipts if r.relation == "CANNOT_COMPLY"]
    assert (receipt.reason, receipt.remark_text.text.text) == ("WEATHER", "دھند")
    own.recall(1, "WRONG_LABEL", "DESTROY", "")
    bench.meet()
    opened = view.read(1)
    (recalling,) = view.rows([2])
    assert (opened.row.standing, opened.marked_by) == ("RECALLED", recalling.place)
    assert recalling.place.startswith("islamabad.pk#")
    [link] = opened.links
    assert (link.relation, link.forth) == ("RECALLS", False)
    assert present(link.row).number == 2
    [told] = [r for r in opened.receipts if r.relation == "RECALLS"]
    assert (told.reason, told.remark_text.instruction) == ("WRONG_LABEL", "DESTROY")
    recall = view.read(2)
    assert recall.content is None
    assert recall.recall is not None
    assert (recall.recall.reason, recall.recall.instruction) == (
        "WRONG_LABEL",
        "DESTROY",
    )
    assert recall.acknowledge == "ACTION"
    assert [one.relation for one in recall.rungs] == [""]
    thread = view.thread(2)
    assert [part.row.number for part in thread.parts] == [1, 2]
    [recalls] = thread.parts[1].references
    assert (recalls.relation, recalls.about) == ("RECALLS", name)
    assert not thread.parts[1].repeated
    assert thread.parts[0].row.standing == "RECALLED"
    with pytest.raises(Refusal):
        view.recall(1, "OTHER", "STOP_USE", "")
    assert bench.cn.mailbox.messages.row(name).number == 1


def test_what_is_missing_of_what_was_asked(bench: Bench, view: TerminalDesk) -> None:
    sent(bench)
    assert [(r.desk, r.relation, r.done) for r in view.read(1).rungs] == [
        ("ops.beijing.cn", "", False)
    ]
    view.mark_read(1)
    (rung,) = view.read(1).rungs
    assert (rung.relation, rung.done) == ("OPENED", False)
    assert (view.read(1).acknowledge, view.read(1).asked_by) == ("ACTION", DEADLINE)
    view.acknowledge(1, "COMPLETED", "")
    assert view.read(1).rungs[0].done


def test_what_asks_for_nothing_has_no_rungs(bench: Bench, view: TerminalDesk) -> None:
    sent(bench, request={"acknowledge": "NONE"})
    assert (view.read(1).acknowledge, view.read(1).rungs) == ("NONE", ())


def test_a_draft_is_begun_and_what_is_proposed(
    bench: Bench, view: TerminalDesk
) -> None:
    name = sent(bench)
    made = view.begin(1, "ANSWERS")
    assert [(r.relation, r.name) for r in made.references] == [
        (pb.RELATION_ANSWERS, name)
    ]
    with pytest.raises(Refusal):
        view.begin(1, "CORRECTS")
    with pytest.raises(Refusal):
        view.begin(1, "ADMIRES")
    with refusing(Reason.REFERENCES):
        view.proposal(1)


# The list beside its rows: addressees, and subjects as they were reviewed.


ACTION, INFO, COPY, REVIEW = (
    envelope_pb2.RECIPIENT_CLASS_ACTION,
    envelope_pb2.RECIPIENT_CLASS_INFO,
    envelope_pb2.RECIPIENT_CLASS_COPY,
    envelope_pb2.RECIPIENT_CLASS_REVIEW,
)


def rendered(  # noqa: PLR0913  # fields of a translation
    text: str,
    *,
    state: str = "REVIEWED",
    of: str = "Convoy delayed",
    number: int = 800,
    filed: int = 1,
    segment: str = "s0",
    segment_state: str = "",
) -> Translation:
    """A translation of message 1 into Urdu, of the source `of`."""
    source = bulletin_pb2.Segment(id="s0", lang="en", text=of)
    said = bulletin_pb2.Translation(
        lang="ur",
        segments=[
            bulletin_pb2.TranslatedSegment(
                id=segment,
                text=text,
                source=source_hash(source),
                state=segment_state or state,
            )
        ],
    )
    made = translation(1, "ur", text, number)
    return replace(made, state=state, filed=filed, content=said.SerializeToString())


def test_addressees_come_by_class_without_copies_and_releasers(box: Mailbox) -> None:
    to = {"ops.gwadar.pk": INFO, "ops.islamabad.pk": COPY, "ops.beijing.cn": ACTION}
    to["watch.islamabad.pk"] = REVIEW
    box.messages.put(message(1, direction="out", entry=entry(recipients=to)))

    assert box.list_facts.addressees([1, 7]) == {1: ("ops.beijing.cn", "ops.gwadar.pk")}


@pytest.mark.parametrize("state", ["REVIEWED", "FINAL"])
def test_a_subject_that_was_reviewed_is_shown(box: Mailbox, state: str) -> None:
    box.messages.put(message(1))
    box.translations.put(rendered("قافلے میں تاخیر", state=state))

    found = box.list_facts.reviewed_subjects([name(1), name(2)], "ur")
    assert found == {name(1): "قافلے میں تاخیر"}
    assert box.list_facts.reviewed_subjects([name(1)], "zh-Hans") == {}


@pytest.mark.parametrize(
    "made",
    [
        rendered("x", state="TRANSLATED"),
        rendered("x", state="INITIAL"),
        rendered("x", segment_state="TRANSLATED"),
        rendered("x", of="Another text"),
        rendered("x", segment="s1"),
    ],
    ids=["translated", "initial", "segment", "stale", "no subject"],
)
def test_what_nobody_reviewed_of_this_subject_is_not_shown(
    box: Mailbox, made: Translation
) -> None:
    box.messages.put(message(1))
    box.translations.put(made)

    assert box.list_facts.reviewed_subjects([name(1)], "ur") == {}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("قافلہ 7 میں تاخیر", True),
        ("قافلہ 8 میں تاخیر", False),
        ("قافلہ 7 میں تاخیر نہیں", False),
        ("Convoy 7 delayed", False),
    ],
    ids=["right", "number", "negation", "language"],
)
def test_a_subject_that_fails_its_checks_is_not_marked_as_translated(
    box: Mailbox, text: str, *, shown: bool
) -> None:
    subject = "Convoy 7 delayed"
    box.messages.put(message(1, content=content(subject)))
    box.translations.put(rendered(text, of=subject))

    words.use("ur")
    (row,) = show_rows(box, [box.messages.row(name(1))])
    assert row.rendered == (text if shown else "")


def test_the_furthest_and_then_the_newest_review_is_shown(box: Mailbox) -> None:
    box.messages.put(message(1))
    box.translations.put(rendered("old", number=801, filed=1))
    box.translations.put(rendered("new", number=802, filed=2))
    assert box.list_facts.reviewed_subjects([name(1)], "ur") == {name(1): "new"}
    box.translations.put(rendered("final", state="FINAL", number=803, filed=0))

    assert box.list_facts.reviewed_subjects([name(1)], "ur") == {name(1): "final"}


def test_a_translation_of_what_did_not_open_or_is_a_recall_shows_nothing(
    box: Mailbox,
) -> None:
    remark = bulletin_pb2.Remark(reason="OTHER").SerializeToString()
    recall = entry(kind=envelope_pb2.KIND_RECALL)
    box.messages.put(message(1, content=remark, entry=recall))
    box.messages.put(message(2, content=None, verdict="SEAL"))
    box.messages.put(message(3, content=content("Other")))
    box.translations.put(rendered("x"))
    box.translations.put(replace(rendered("y", number=802), about=name(2)))

    assert box.list_facts.reviewed_subjects([name(1), name(2), name(3)], "ur") == {}


# What became of a desk's own bulletins, at each addressee.


NO_TIME = 0


def test_an_addressee_goes_from_not_delivered_to_acknowledged(bench: Bench) -> None:
    name = bench.send()
    (one,) = list_sent(bench.pk, 10, NO_TIME)
    (desk,) = one.desks
    assert (desk.desk, desk.relation, desk.delivered) == ("ops.beijing.cn", "", False)

    bench.meet()
    assert list_sent(bench.pk, 10, NO_TIME)[0].desks[0].delivered
    bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
    bench.meet()
    (desk,) = list_sent(bench.pk, 10, NO_TIME)[0].desks
    assert (desk.relation, desk.delivered, desk.late_since) == ("ACKNOWLEDGED", True, 0)
    assert list_sent(bench.cn, 10, NO_TIME) == []


def test_who_misses_the_deadline_is_late_since_it_until_it_answers(
    bench: Bench,
) -> None:
    name = bench.deliver()
    by = bench.pk.mailbox.messages.row(name).acknowledge_by
    assert by

    def late(now: int) -> int:
        return list_sent(bench.pk, 10, now)[0].desks[0].late_since

    assert (late(by - 1), late(by + 1)) == (0, by)
    bench.cn.mark_read(name)
    bench.meet()
    assert late(by + 1) == by, "opened is less than was asked"
    bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
    bench.meet()
    assert late(by + 1) == 0


def test_the_newest_come_first_and_no_more_than_asked(bench: Bench) -> None:
    for text in ("One", "Two", "Three"):
        bench.send(text)
    assert [one.row.subject for one in list_sent(bench.pk, 2, NO_TIME)] == [
        "Three",
        "Two",
    ]


def test_its_translations_are_listed_the_furthest_first(bench: Bench) -> None:
    name = bench.send()
    for state, lang, number in (("TRANSLATED", "ur", 800), ("FINAL", "zh-Hans", 801)):
        made = translation(1, lang, "x", number)
        bench.pk.mailbox.translations.put(replace(made, about=name, state=state))
    (one,) = list_sent(bench.pk, 10, NO_TIME)
    assert [(line.lang, line.state) for line in one.translations] == [
        ("zh-Hans", "FINAL"),
        ("ur", "TRANSLATED"),
    ]


# What is most urgent: FLASH that waits, what is overdue, what is unread.


OWN = "ops.beijing.cn"
FLASH, IMMEDIATE, ROUTINE = (
    pb.PRECEDENCE_FLASH,
    pb.PRECEDENCE_IMMEDIATE,
    pb.PRECEDENCE_ROUTINE,
)


@pytest.fixture
def own_box(box: Mailbox) -> Mailbox:
    """The mailbox of the desk that is asked."""
    box.obligations.desk = OWN
    return box


def put(
    box: Mailbox,
    number: int,
    asks: str = "READ",
    *,
    precedence: int,
    mode: int = pb.MODE_ACTUAL,
) -> None:
    """Keep a message for this desk; asked by NOW + 5, if it asks anything."""
    header = entry(
        recipients={OWN: pb.RECIPIENT_CLASS_ACTION},
        expires=NOW + DAY,
        precedence=precedence,
        mode=mode,
    )
    box.messages.put(message(number, entry=header, content=content(acknowledge=asks)))


def test_flash_then_overdue_then_unread_and_drills_last(own_box: Mailbox) -> None:
    put(own_box, 1, "NONE", precedence=ROUTINE)
    put(own_box, 2, precedence=FLASH, mode=pb.MODE_EXERCISE)
    put(own_box, 3, precedence=ROUTINE)  # asked, and overdue later
    put(own_box, 4, "NONE", precedence=IMMEDIATE)
    put(own_box, 5, precedence=FLASH)
    put(own_box, 6, "NONE", precedence=FLASH)
    put(own_box, 7, "NONE", precedence=ROUTINE)
    own_box.messages.mark_read(7, NOW)
    own_box.messages.mark_read(3, NOW)

    assert list(find_urgent(own_box, NOW)) == [5, 6, 4, 1, 2]
    assert list(find_urgent(own_box, NOW + 6)) == [5, 3, 6, 4, 1, 2]


def test_what_is_acknowledged_recalled_or_sent_is_not_urgent(own_box: Mailbox) -> None:
    for number in (1, 2):
        put(own_box, number, precedence=FLASH)
        own_box.messages.mark_read(number, NOW)
    own_box.messages.put(message(3, direction="out", entry=entry(precedence=FLASH)))
    own_box.receipts.add(receipt(1, "ACKNOWLEDGED"))
    recall = entry(
        kind=pb.KIND_RECALL, references=[(pb.RELATION_RECALLS, name(2))], mode=1
    )
    own_box.messages.put(message(4, entry=recall, content=None))
    own_box.messages.mark_read(4, NOW)

    assert list(find_urgent(own_box, NOW + 6)) == []


def test_of_a_flood_the_most_urgent_are_named(
    own_box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urgent_rows, "LISTED_URGENT_MAX", 3)
    put(own_box, 1, precedence=FLASH)
    for number in range(2, 40):
        put(own_box, number, "NONE", precedence=ROUTINE)

    assert list(find_urgent(own_box, NOW)) == [1, 39, 38]
