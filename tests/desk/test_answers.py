"""Answers that are not what was asked: declined, or in no log yet; at both desks."""

from collections.abc import Sequence

import pytest

from exchange.bulletin.values import iso
from exchange.desk.client import Desk
from exchange.desk.deadlines.due_list import Due, DueKind, due, handover
from exchange.desk.deadlines.due_words import notes
from exchange.desk.handover_words import sections
from exchange.desk.mailbox import Filter
from exchange.desk.outgoing.result import Sent
from exchange.desk.records import Decline, PendingAnswer, Row
from exchange.desk.shift_handover import prepare
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Unreachable
from exchange.limits import DAY, MINUTE, REFUSED_KEPT, SECOND
from exchange.trust.shift_handover import HandoverRecord, encode, parse
from exchange.v1 import desk_service_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.bench import Bench, Direct, client, refers
from tests.expecting import present, refusing
from tests.node.world import FILED
from tui.state_signs import pending_of, state_of
from tui.widgets.link_line import REAL, pressing
from tui.widgets.verdict_bar import verdict_rows

CANNOT, DONE = pb.RELATION_CANNOT_COMPLY, pb.RELATION_COMPLETED
READ = pb.RELATION_ACKNOWLEDGED
CN_DESK, PK_OFFICER = "ops.beijing.cn", "duty-1@ops.islamabad.pk"
DEADLINE = FILED + 10 * MINUTE
LATE = DEADLINE + MINUTE


class Views:
    """The terminals of both desks."""

    def __init__(self, bench: Bench) -> None:
        self.pk, self.cn = TerminalDesk(bench.pk), TerminalDesk(bench.cn)


@pytest.fixture
def views(bench: Bench) -> Views:
    return Views(bench)


def sent(bench: Bench, asks: str = "ACTION", **changes: object) -> bytes:
    """From Islamabad to Beijing, with a deadline; both have it."""
    request = {"acknowledge": asks, "acknowledge_by": iso(DEADLINE)}
    given: dict[str, object] = {"mode": "ACTUAL", "request": request} | changes
    return bench.deliver("Convoy delayed", **given)


def declined(bench: Bench, **changes: object) -> bytes:
    name = sent(bench, "ACTION", **changes)
    bench.cn.acknowledge(name, CANNOT, reason="WEATHER")
    bench.meet()
    return name


def asking(*desks: str, asks: str) -> dict[str, bytes]:
    """What a message says that asks desks for something."""
    recipients = dict.fromkeys(desks, pb.RECIPIENT_CLASS_ACTION)
    return {
        "entry": made.entry(recipients=recipients, expires=FILED + DAY),
        "content": made.content(acknowledge=asks),
    }


def row_of(view: TerminalDesk, number: int = 1) -> Row:
    (row,) = view.rows([number])
    assert view.read(number).row[:-2] == row._replace(rendered="", addressees=())[:-2]
    return row


def header(view: TerminalDesk, number: int = 1) -> str:
    return " │ ".join(part.text for part in verdict_rows(view.read(number))[1])


def section(view: TerminalDesk, name: str) -> Sequence[str]:
    (found,) = [one for one in view.handover() if one.name == name]
    return [found.title, *(" ".join(item.notes) for item in found.items)]


def open_ones(desk: Desk, now: int = FILED) -> list[Due]:
    return [one for one in due(desk, now) if one.kind is DueKind.DECLINED]


# Declined.


def test_what_cannot_be_done_is_no_success_at_either_end(
    bench: Bench, views: Views
) -> None:
    declined(bench)
    for view in (views.pk, views.cn):
        row = row_of(view)
        own = view is views.cn
        assert row.declined == (Decline(CN_DESK, "WEATHER", FILED, own=own),)
        assert state_of(row) == ("✘", "cannot", "bad")
        why = "Weather" if own else "ops.beijing.cn: Weather"
        assert f"✘ Cannot comply │ {why} │" in header(view)
        assert "✔" not in header(view)


def test_it_is_open_at_its_author_s_desk_until_an_officer_takes_note(
    bench: Bench, views: Views
) -> None:
    name = declined(bench)
    title, note = section(views.pk, "declined")
    assert title == "Cannot be done: 1 bulletin"
    assert note == (
        "ops.beijing.cn: Cannot comply, Weather"
        f" take note of it: fusion desk note {name.hex()[:8]}"
    )
    assert pressing(views.pk.handover())[REAL].declined == 1
    assert list(views.pk.ids("DUE")) == [1]
    assert open_ones(bench.pk, FILED + 60 * DAY), "it does not expire with its bulletin"
    assert section(views.cn, "declined") == ["Cannot be done: none"]

    bench.now += MINUTE
    (said_,) = views.pk.take_note(1)

    assert said_ == f"ops.beijing.cn: Cannot comply, Weather; noted by {PK_OFFICER}"
    (one,) = row_of(views.pk).declined
    assert (one.officer, one.noted) == (PK_OFFICER, bench.now)
    assert state_of(row_of(views.pk)) == ("✘", "cannot", "sent")
    assert "✘ Cannot comply │ ops.beijing.cn: Weather" in header(views.pk)
    assert section(views.pk, "declined") == ["Cannot be done: none"]
    assert pressing(views.pk.handover())[REAL].declined == 0
    with refusing(Reason.NOT_FOUND, name.hex()[:16]):
        views.pk.take_note(1)


def test_what_others_wrote_is_not_noted_here(bench: Bench, views: Views) -> None:
    name = declined(bench)
    with refusing(Reason.NOT_FOUND, name.hex()[:16]):
        views.cn.take_note(1)
    assert row_of(views.cn).declined[0].officer == ""


def test_a_drill_is_counted_apart(bench: Bench, views: Views) -> None:
    declined(bench, mode="EXERCISE")
    assert section(views.pk, "declined")[0] == "Cannot be done: none (Exercise: 1)"
    found = pressing(views.pk.handover())
    assert (found[REAL].declined, found["EXERCISE"].declined) == (0, 1)


def test_what_is_done_after_all_is_no_longer_declined(
    bench: Bench, views: Views
) -> None:
    name = declined(bench)
    bench.now += MINUTE
    bench.cn.acknowledge(name, DONE)
    bench.meet()
    for view in (views.pk, views.cn):
        assert row_of(view).declined == ()
        assert state_of(row_of(view)).sign == "✔"
    assert not open_ones(bench.pk)


def test_what_its_author_took_back_is_not_open(bench: Bench) -> None:
    name = declined(bench)
    bench.pk.recall(name, "OVERTAKEN")
    assert not open_ones(bench.pk)


def test_what_another_desk_declines_later_is_open_again(bench: Bench) -> None:
    """And what is noted stays noted, whatever else is counted again."""
    desks = CN_DESK, "port.gwadar.cn"
    box, said_ = bench.pk.mailbox, asking(*desks, asks="ACTION")
    box.messages.put(made.message(1, direction="out", state="cosigned", **said_))
    for number, desk in enumerate(desks, 1):
        box.receipts.add(
            made.receipt(1, "CANNOT_COMPLY", FILED + number, number, f"duty-1@{desk}")
        )
        (one,) = open_ones(bench.pk)
        assert [each.desk for each in one.declined] == [desk]
        assert box.answers.take_note(1, PK_OFFICER, FILED) == 1
        assert not open_ones(bench.pk)
    box.receipts.add(made.receipt(1, "OPENED", FILED + 3, 3))
    assert not open_ones(bench.pk)


def test_that_another_desk_cannot_is_told_until_this_one_has_answered(
    bench: Bench, views: Views
) -> None:
    box, said_ = bench.cn.mailbox, asking(CN_DESK, "port.gwadar.cn", asks="READ")
    box.messages.put(made.message(1, **said_))
    box.messages.mark_read(1, FILED)
    other = "duty-1@port.gwadar.cn"
    box.receipts.add(made.receipt(1, "CANNOT_COMPLY", FILED, 1, other))
    assert state_of(*views.cn.rows([1])) == ("✘", "cannot", "bad")
    own = f"duty-1@{CN_DESK}"
    box.receipts.add(made.receipt(1, "ACKNOWLEDGED", FILED, 2, own))
    assert state_of(*views.cn.rows([1])) == ("✔", "acked", "done")


def test_a_thread_that_is_folded_says_it(bench: Bench) -> None:
    head = sent(bench)
    declined(bench, references=refers("UPDATES", head))
    for desk, count in ((bench.pk, 1), (bench.cn, 0)):
        assert desk.mailbox.folded_threads.folds([1])[1].declined == count
    bench.pk.mailbox.answers.take_note(2, PK_OFFICER, FILED)
    assert bench.pk.mailbox.folded_threads.folds([1])[1].declined == 0


# On its way, or refused.


def waits_here(view: TerminalDesk) -> bool:
    """Whether an officer of the desk is asked to answer bulletin 1."""
    return list(view.ids("TO_ACKNOWLEDGE")) == [1]


def overdue(desk: Desk) -> list[bytes]:
    every = [one for found in handover(desk, LATE).values() for one in found]
    found = [about[0].row.name for about in every if any(one.late for one in about)]
    asked = desk.mailbox.search.ids(Filter.read("is:overdue", LATE))
    assert len(asked) == len(found)
    return found


@pytest.mark.parametrize(
    ("relation", "asks", "word"),
    [(READ, "READ", "acked"), (DONE, "ACTION", "done"), (CANNOT, "ACTION", "cannot")],
)
def test_an_answer_is_queued_with_its_deadline_running_until_the_node_has_it(
    bench: Bench,
    views: Views,
    relation: "pb.Relation.ValueType",
    asks: str,
    word: str,
) -> None:
    name = sent(bench, asks, precedence="FLASH")
    client(bench.cn).down = True
    reason = "WEATHER" if relation == CANNOT else ""
    bench.cn.acknowledge(name, relation, reason=reason)
    row = row_of(views.cn)
    said_ = pb.Relation.Name(relation).removeprefix("RELATION_")
    assert row.pending == PendingAnswer(said_, reason, "queued")
    assert (row.open_here, row.acknowledged, row.declined) == (True, 0, ())
    assert state_of(row) == ("↑", word, "asked")
    assert pending_of(row) == ("↑", "queued", "asked")
    assert "↑ your answer is queued" in header(views.cn)
    assert overdue(bench.cn) == [name]
    (one,) = due(bench.cn, LATE)
    assert any(note.startswith("your answer is queued") for note in notes(one))
    assert not waits_here(views.cn), "its officer has done his part"
    assert not views.cn.look().ringing

    client(bench.cn).down = False
    bench.meet()

    assert row_of(views.cn).pending is None
    assert overdue(bench.cn) == []


def test_an_answer_by_a_clock_ahead_is_none_and_is_signed_again(
    bench: Bench, views: Views
) -> None:
    name = sent(bench)
    bench.now = FILED + 3 * DAY
    first = bench.cn.acknowledge(name, DONE)
    assert row_of(views.cn).pending == PendingAnswer("COMPLETED", "", "queued")
    bench.now = FILED + MINUTE
    bench.cn.sync()
    row = row_of(views.cn)
    assert row.pending == PendingAnswer("COMPLETED", "", "resign")
    assert state_of(row) == ("!", "ack?", "asked")
    assert pending_of(row) == ("✎", "sign!", "asked")
    assert "✎ your answer is to be signed again: Completed" in header(views.cn)
    assert waits_here(views.cn)
    assert overdue(bench.cn) == [name]
    (rung,) = views.cn.read(1).rungs
    assert (rung.relation, rung.done, rung.state) == ("COMPLETED", False, "resign")

    second = bench.cn.acknowledge(name, DONE)

    assert second != first
    (left,) = bench.cn.mailbox.receipts.of(name)
    assert (left.name, left.state) == (second, "")
    assert bench.cn.mailbox.outbox.latest_name(first) == second
    assert row_of(views.cn).pending is None
    assert overdue(bench.cn) == []


def refuse(bench: Bench, name: bytes) -> bytes:
    """Let Beijing's node refuse an answer for good; return the receipt."""
    right = bench.cn.client
    bench.cn.client = Direct(bench.world.cn, "watch.beijing.cn")
    receipt = bench.cn.acknowledge(name, READ)
    bench.cn.client = right
    return receipt


def test_an_answer_that_is_refused_counts_as_none(bench: Bench, views: Views) -> None:
    name = sent(bench, "READ", precedence="FLASH")
    receipt = refuse(bench, name)
    assert bench.cn.result_of(receipt) == Sent(receipt, "refused", Reason.METHOD)
    row = row_of(views.cn)
    assert row.pending == PendingAnswer("ACKNOWLEDGED", "", "refused")
    assert state_of(row) == ("!", "ack?", "asked")
    assert pending_of(row) == ("✘", "refused", "bad")
    assert waits_here(views.cn)
    assert views.cn.look().ringing == {1}
    assert overdue(bench.cn) == [name]

    bench.cn.acknowledge(name, READ)

    assert row_of(views.cn).pending is None, "the later one counts"
    assert overdue(bench.cn) == []


def test_a_refused_answer_that_is_forgotten_does_not_pass_for_one(
    bench: Bench, views: Views
) -> None:
    name = sent(bench, "READ")
    receipt = refuse(bench, name)
    bench.cn.mailbox.outbox.forget_refused(FILED + REFUSED_KEPT)
    assert bench.cn.mailbox.outbox.find(receipt) is None
    assert not bench.cn.mailbox.receipts.of(name)
    assert waits_here(views.cn)


def test_an_answer_that_the_log_has_counts_though_the_node_seemed_to_fail(
    bench: Bench, views: Views
) -> None:
    name = sent(bench)

    class Cut(Direct):
        """A node that records what it is given, and of which no answer comes."""

        def submit(
            self, envelopes: Sequence[pb.Envelope]
        ) -> list[desk_service_pb2.Submitted]:
            super().submit(envelopes)
            raise Unreachable("node")

    bench.cn.client = Cut(bench.world.cn)
    receipt = bench.cn.acknowledge(name, DONE)
    assert row_of(views.cn).pending is not None
    bench.cn.sync()
    assert bench.cn.mailbox.outbox.count_queued() == 1
    assert bench.cn.mailbox.receipts.of(name)[0].name == receipt
    assert row_of(views.cn).pending is None
    assert overdue(bench.cn) == []


def test_an_answer_that_the_node_lost_is_open_again(bench: Bench, views: Views) -> None:
    name = sent(bench)
    receipt = bench.cn.acknowledge(name, DONE)
    assert row_of(views.cn).pending is None
    bench.cn.mailbox.outbox.note_lost(receipt)
    assert row_of(views.cn).pending == PendingAnswer("COMPLETED", "", "queued")
    assert overdue(bench.cn) == [name]


def test_an_answer_without_a_place_is_still_on_its_way(
    bench: Bench, views: Views
) -> None:
    """Its node has it, and keeps it until it has heard a partner."""
    name = sent(bench)
    client(bench.cn).down = True
    receipt = bench.cn.acknowledge(name, DONE)
    outbox = bench.cn.mailbox.outbox
    outbox.note_sent(receipt, FILED, "beijing.cn.fusion/log/1", None)
    assert row_of(views.cn).pending is not None
    outbox.note_place(receipt, "beijing.cn.fusion/log/1", 9)
    assert row_of(views.cn).pending is None


def test_an_answer_that_expired_unsent_is_none(bench: Bench, views: Views) -> None:
    sent(bench)
    client(bench.cn).down = True
    receipt = bench.cn.acknowledge(bench.cn.mailbox.messages.row(1).name, DONE)
    kept = present(bench.cn.mailbox.outbox.find(receipt))
    bench.now = kept.expires + SECOND
    bench.cn.hand_over()
    client(bench.cn).down = False
    bench.cn.hand_over()
    row = row_of(views.cn)
    assert row.pending == PendingAnswer("COMPLETED", "", "expired")
    assert pending_of(row) == ("✘", "unsent", "bad")


def test_it_is_in_the_hand_over_that_both_officers_sign(bench: Bench) -> None:
    name = declined(bench)
    record = prepare(bench.pk, "duty-2@ops.islamabad.pk")
    assert ("DECLINED", name.hex()) in {(one.kind, one.name) for one in record.open}
    found = {one.title: one for one in sections(bench.pk, parse(encode(record)))}
    (line,) = found["Cannot be done: 1 bulletin"].lines
    assert line.words == "islamabad.pk#3, cannot be done; 1 minute old"


def acts(desk: Desk, record: HandoverRecord | None = None) -> list[str]:
    """The lines of a hand-over about islamabad.pk#3."""
    found = record or prepare(desk, "duty-2@ops.beijing.cn")
    lines = [x.words for one in sections(desk, found) for x in one.lines]
    return [line for line in lines if "islamabad.pk#3" in line]


def test_an_answer_that_no_log_has_says_so_in_the_hand_over(bench: Bench) -> None:
    name = sent(bench, "ACTION")
    client(bench.cn).down = True
    receipt = bench.cn.acknowledge(name, READ)
    (open_,) = acts(bench.cn)
    assert "your answer is queued: Acknowledged" in open_
    client(bench.cn).down = False
    bench.cn.hand_over()
    open_, done = acts(bench.cn)
    assert "queued" not in open_
    assert done.endswith("Acknowledged")
    record = prepare(bench.cn, "duty-2@ops.beijing.cn")
    bench.cn.mailbox.outbox.note_lost(receipt)
    assert acts(bench.cn, record)[1].endswith("Acknowledged; queued")
