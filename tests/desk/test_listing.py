"""The list as the terminal asks for it: filters, conditions, what is due, standing."""

from collections.abc import Iterator

import pytest

from exchange import words
from exchange.bulletin.values import iso
from exchange.config import DeskConfig
from exchange.desk.mailbox.database import Values
from exchange.desk.mailbox.references import References
from exchange.desk.records import MessageLink
from exchange.desk.terminal import list_rows
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal
from exchange.limits import MINUTE
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, Direct, said
from tests.expecting import refusing
from tests.node.world import CN, FILED
from tests.tui.examples import HOSTILE

DEADLINE = FILED + 10 * MINUTE


@pytest.fixture
def view(bench: Bench) -> Iterator[TerminalDesk]:
    made = TerminalDesk(bench.cn)
    yield made
    bench.cn.mailbox.database.on_change.clear()


def sent(bench: Bench, text: str = "Convoy delayed", **changes: object) -> bytes:
    asks = {"acknowledge": "ACTION", "acknowledge_by": iso(DEADLINE)}
    draft = said(bench.world.nations[CN], text, **({"request": asks} | changes))
    return bench.deliver(draft)


def test_words_and_conditions_find_rows(bench: Bench, view: TerminalDesk) -> None:
    sent(bench)
    sent(bench, "Bridge closed", precedence="FLASH")
    assert list(view.find("bridge").numbers) == [2]
    assert list(view.find("prec:FLASH,PRIORITY").numbers) == [2, 1]
    assert list(view.find("prec:PRIORITY convoy").numbers) == [1]
    assert view.find("prec:PRIORITY").unknown == ""


def test_no_more_are_found_than_a_list_shows(
    bench: Bench, view: TerminalDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(bench)
    sent(bench, "Bridge closed", precedence="FLASH")
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
    bench.pk.send(
        said(
            bench.world.nations[CN],
            "Bridge open",
            request={"acknowledge": "ACTION"},
            references=[{"relation": "CORRECTS", "name": second.hex()}],
        )
    )
    bench.meet()
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
    assert link.row is not None
    assert link.row.number == 2
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
