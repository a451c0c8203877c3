"""A recall: sent by the author's desk, marked at both ends, acted upon, told once."""

import pytest

from exchange import envelope
from exchange.bulletin.content import encode
from exchange.desk.client import Desk
from exchange.desk.deadlines.due_list import handover
from exchange.desk.incoming import threads
from exchange.desk.mailbox import Message, Row
from exchange.errors import Reason
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, PAKISTAN, Bench, Direct, client, refers, said
from tests.desk.forging import feed, from_china, name_of, pointing, recall, sealed
from tests.expecting import present, refusing
from tests.node.world import PK
from tests.trust.nation import Nation

REASON = "WRONG_CONTENT"


def sent_to_beijing(bench: Bench, **changes: object) -> bytes:
    return bench.deliver("Convoy delayed", **changes)


def remark(message: Message) -> bulletin_pb2.Remark:
    return bulletin_pb2.Remark.FromString(present(message.content))


def test_a_recalled_bulletin_is_marked_at_both_ends_and_kept(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    sent = bench.pk.recall(name, REASON, "Wrong bridge", "DESTROY")
    assert sent.state == "local"
    assert threads.find_standing(bench.pk.mailbox, name) == "RECALLED"
    bench.meet()

    for desk in (bench.pk, bench.cn):
        assert threads.find_standing(desk.mailbox, name) == "RECALLED"
        message = desk.mailbox.messages.read(name)
        assert message.content is not None
        (receipt,) = message.receipts
        found = receipt.relation, receipt.reason, receipt.author
        assert found == ("RECALLS", REASON, "duty-1@ops.islamabad.pk")
        said_ = remark(desk.mailbox.messages.read(sent.name))
        assert (said_.text.text, said_.instruction) == ("Wrong bridge", "DESTROY")
        row = desk.mailbox.messages.row(sent.name)
        assert (row.verdict, row.subject) == ("ACCEPTED", "Wrong bridge")
        assert threads.find_standing(desk.mailbox, sent.name) == ""


def test_a_recall_goes_to_every_desk_under_the_label_of_its_source(
    bench: Bench,
) -> None:
    label = {
        "tlp": "AMBER_STRICT",
        "releasable_to": ["cn", "pk"],
        "caveats": ["PROTECT_SOURCE"],
    }
    name = sent_to_beijing(bench, label=label, precedence="IMMEDIATE")
    recalled = bench.pk.recall(name, REASON).name
    cores = [
        envelope.parse_core(bench.pk.mailbox.messages.read(one).core)
        for one in (name, recalled)
    ]
    source, core = cores
    assert core.kind == pb.KIND_RECALL
    for field in ("tlp", "releasable_to", "caveats", "mode", "precedence"):
        assert getattr(core, field) == getattr(source, field)
    desks = [{(r.desk, r.recipient_class) for r in c.recipients} for c in cores]
    assert desks[0] == desks[1]


def test_every_receiver_is_asked_to_act_upon_it(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    recalled = bench.pk.recall(name, REASON).name
    bench.meet()
    row = bench.cn.mailbox.messages.row(recalled)
    assert row.acknowledge == "ACTION"
    assert row.filed < row.acknowledge_by
    bench.cn.acknowledge(recalled, pb.RELATION_COMPLETED)
    bench.meet()
    assert bench.pk.mailbox.messages.row(recalled).acknowledged


def test_its_codes_are_found_in_every_language(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    recalled = bench.pk.recall(name, "WRONG_LABEL").name
    bench.meet()
    number = bench.cn.mailbox.messages.row(recalled).number
    for words in ("handling label", "رازداری", "标注有误"):
        assert list(bench.cn.mailbox.search.text(words)) == [number]


def test_again_is_safe_and_nothing_else_can_be_said(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    first = bench.pk.recall(name, REASON)
    assert bench.pk.recall(name, REASON).name == first.name
    assert bench.pk.mailbox.database.count() == 2
    with refusing(Reason.REFERENCES) as refusal:
        bench.pk.recall(name, "OTHER")
    assert refusal.value.where.endswith("RECALLED")


def test_what_the_own_node_refused_can_be_recalled_again(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    right = bench.pk.client
    bench.pk.client = Direct(bench.world.pk, "watch.islamabad.pk")  # not its desk
    assert bench.pk.recall(name, REASON).state == "refused"
    bench.pk.client = right
    assert bench.pk.recall(name, REASON).state == "local"


def test_with_the_node_stopped_it_waits_behind_its_source(bench: Bench) -> None:
    client(bench.pk).down = True
    name = bench.send()
    recalled = bench.pk.recall(name, REASON)
    assert recalled.state == "queued"
    client(bench.pk).down = False
    bench.pk.sync()
    bench.meet()
    assert threads.find_standing(bench.cn.mailbox, name) == "RECALLED"


@pytest.mark.parametrize(
    ("given", "reason", "where"),
    [
        (("", "", ""), Reason.FIELD_MISSING, "reason"),
        (("WHIM", "", ""), Reason.CODE_UNKNOWN, "reason"),
        ((REASON, "", "BURN"), Reason.CODE_UNKNOWN, "instruction"),
        ((REASON, "\x1b[2J", ""), Reason.FIELD_VALUE, "remark.text"),
        ((REASON, "x" * 4001, ""), Reason.TOO_LONG, "remark.text"),
    ],
    ids=["no reason", "unknown reason", "unknown instruction", "control", "long"],
)
def test_what_a_recall_must_say(
    bench: Bench, given: tuple[str, str, str], reason: Reason, where: str
) -> None:
    name = sent_to_beijing(bench)
    with refusing(reason, where):
        bench.pk.recall(name, *given)
    assert bench.pk.mailbox.database.count() == 1
    assert not bench.pk.mailbox.receipts.of(name)


# From a partner whose signatures are all valid.


def test_a_bulletin_does_not_recall(bench: Bench) -> None:
    """That is an envelope of its own, which asks for action."""
    bulletin = from_china()
    forged = from_china(
        "Another", references=pointing(pb.RELATION_RECALLS, name_of(bulletin))
    )
    feed(bench.pk, bulletin, forged)
    assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"
    assert threads.find_standing(bench.pk.mailbox, name_of(bulletin)) == ""


def test_a_recall_in_another_mode_is_refused(bench: Bench) -> None:
    bulletin = from_china(mode=pb.MODE_ACTUAL)
    drill = recall(CHINA, PAKISTAN, name_of(bulletin))
    feed(bench.pk, bulletin, drill)
    assert bench.pk.mailbox.messages.row(name_of(drill)).verdict == "REFERENCES"
    assert threads.find_standing(bench.pk.mailbox, name_of(bulletin)) == ""


def recalling(
    by: Nation, to: Nation, bulletin: pb.Envelope, content: bulletin_pb2.Remark
) -> pb.Envelope:
    said = encode(content)
    return sealed(
        by,
        to,
        said,
        kind=pb.KIND_RECALL,
        references=pointing(pb.RELATION_RECALLS, name_of(bulletin)),
    )


@pytest.mark.parametrize(
    "content",
    [
        bulletin_pb2.Remark(),
        bulletin_pb2.Remark(instruction="DESTROY"),
        bulletin_pb2.Remark(reason="no code!"),
        bulletin_pb2.Remark(reason=REASON, instruction="\x1b[2J"),
        bulletin_pb2.Remark(reason="X" * 41),
    ],
    ids=["empty", "no reason", "no code", "control", "long"],
)
def test_a_recall_that_says_nothing_readable_still_marks(
    bench: Bench, content: bulletin_pb2.Remark
) -> None:
    """Whose it is stands in the header: to overlook it would be the greater harm."""
    bulletin = from_china()
    odd = recalling(CHINA, PAKISTAN, bulletin, content)
    feed(bench.pk, bulletin, odd)
    assert bench.pk.mailbox.messages.row(name_of(odd)).verdict == "CONTENT"
    assert threads.find_standing(bench.pk.mailbox, name_of(bulletin)) == "RECALLED"


def test_codes_of_a_newer_release_pass(bench: Bench) -> None:
    bulletin = from_china()
    content = bulletin_pb2.Remark(reason="SOLAR_FLARE", instruction="SHRED")
    newer = recalling(CHINA, PAKISTAN, bulletin, content)
    feed(bench.pk, bulletin, newer)
    assert bench.pk.mailbox.messages.row(name_of(newer)).verdict == "ACCEPTED"
    assert bench.pk.mailbox.receipts.of(name_of(bulletin))[0].reason == "SOLAR_FLARE"


def unacked(desk: Desk) -> list[bytes]:
    """What `is:unacked` finds, which is what the next shift is told."""
    box = desk.mailbox
    found = [row.name for row in box.messages.rows(box.search.ids("is:unacked"))]
    told = handover(desk, desk.clock())
    open_ = {one[0].row.name for one in (*told["unacknowledged"], *told["recalled"])}
    assert set(found) == open_
    return found


def replaced(bench: Bench, name: bytes, relation: str) -> bytes:
    return sent_to_beijing(bench, references=refers(relation, name))


def test_what_is_recalled_is_acknowledged_by_its_recall(bench: Bench) -> None:
    name, other = sent_to_beijing(bench), sent_to_beijing(bench)
    assert unacked(bench.cn) == unacked(bench.pk) == [other, name]
    recalled = bench.pk.recall(name, REASON).name
    bench.meet()
    assert unacked(bench.cn) == unacked(bench.pk) == [recalled, other]
    for line in ("is:unacked Convoy", "is:unacked mode:TEST", "is:unacked is:in"):
        assert bench.cn.mailbox.messages.row(
            name
        ).number not in bench.cn.mailbox.search.ids(line)
    bench.cn.acknowledge(recalled, pb.RELATION_COMPLETED)
    assert unacked(bench.cn) == [other]


def test_what_is_replaced_is_acknowledged_by_what_replaces_it(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    corrected = replaced(bench, name, "CORRECTS")
    assert unacked(bench.cn) == [corrected, name]
    new = replaced(bench, name, "SUPERSEDES")
    assert unacked(bench.cn) == [new, corrected]
    recalled = bench.pk.recall(new, REASON).name  # so nothing replaces it
    bench.meet()
    assert unacked(bench.cn) == [recalled, corrected, name]


def test_a_recall_that_does_not_count_stills_nothing(bench: Bench) -> None:
    """Of another desk, before or after; or that its own node refused."""
    name = sent_to_beijing(bench)
    feed(bench.pk, recall(CHINA, PAKISTAN, name))
    assert unacked(bench.pk) == [name]
    made, _ = bench.pk.compose(said(CHINA))
    feed(bench.pk, recall(CHINA, PAKISTAN, made.name))
    feed(bench.pk, made.envelope, node=PK)
    assert unacked(bench.pk) == [made.name, name]
    client(bench.pk).down = True
    recalled = bench.pk.recall(name, REASON).name
    assert name not in unacked(bench.pk)
    bench.pk.mailbox.messages.set_state(recalled, "refused", bench.now, why="LABEL")
    assert name in [r.name for r in rows_of(bench.pk, "is:unacked")]


def rows_of(desk: Desk, line: str) -> list[Row]:
    return desk.mailbox.messages.rows(desk.mailbox.search.ids(line))
