from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.desk.mailbox import DeskHead, LogTree, Mailbox
from exchange.desk.mailbox.logs import PROVEN_APART
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import BEIJING, ISLAMABAD, KEY, name
from tests.expecting import refusing

HEAD = DeskHead(
    origin=ISLAMABAD,
    size=7,
    root=b"r" * 32,
    note=b"note\n\n\xe2\x80\x94 line\n",
    time_s=1_764_000_000,
    cosigned={"beijing.cn.fusion/mirror": 1_764_000_001},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mailbox.db"


@pytest.fixture
def box(path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(path, KEY)
    yield mailbox
    mailbox.close()


def sealed(precedence: int = 4) -> pb.Envelope:
    entry = made.entry(precedence=precedence)
    return pb.Envelope(entry=entry, wraps=[b"w" * 1200], body=b"b" * 600)


def names(box: Mailbox) -> list[bytes]:
    return [each.name for each in box.outbox.pending()]


def test_the_outbox_survives_the_process(box: Mailbox, path: Path) -> None:
    box.outbox.enqueue(sealed(), name(1), 5)
    again = Mailbox(path, KEY)
    queued = again.outbox.pending()[0]
    assert (queued.name, queued.envelope, queued.queued) == (name(1), sealed(), 5)
    assert (queued.sent, queued.origin, queued.index) == (0, "", None)
    again.close()


def test_urgent_ones_overtake_and_the_rest_keeps_its_order(box: Mailbox) -> None:
    for number, precedence in enumerate((4, 3, 2, 4, 1, 2), 1):
        box.outbox.enqueue(sealed(precedence), name(number), number)
    assert names(box) == [name(n) for n in (5, 3, 6, 1, 2, 4)]
    assert [each.name for each in box.outbox.pending(2)] == [name(5), name(3)]


def test_queueing_again_is_once(box: Mailbox) -> None:
    box.outbox.enqueue(sealed(), name(1), 5)
    box.outbox.enqueue(sealed(), name(1), 6)
    assert box.outbox.count_queued() == 1
    assert box.outbox.pending()[0].queued == 5


def test_what_was_sent_is_kept_until_it_is_done(box: Mailbox) -> None:
    for number in (1, 2, 3):
        box.outbox.enqueue(sealed(), name(number), 5)
    box.outbox.note_sent(name(1), 6, ISLAMABAD, 10)
    box.outbox.note_sent(name(2), 6, ISLAMABAD, 11)
    assert names(box) == [name(3)]
    assert box.outbox.count_queued() == 1
    assert [each.name for each in box.outbox.list_unconfirmed(ISLAMABAD, 11)] == [
        name(1)
    ]
    assert box.outbox.list_unconfirmed(BEIJING, 99) == []
    kept = box.outbox.find(name(1))
    assert kept is not None
    assert kept.envelope == sealed()
    box.outbox.drop(name(1))
    assert [each.index for each in box.outbox.list_unconfirmed(ISLAMABAD, 99)] == [11]


def test_what_the_node_lost_is_pending_again(box: Mailbox) -> None:
    box.outbox.enqueue(sealed(), name(1), 5)
    box.outbox.note_sent(name(1), 6, ISLAMABAD, 10)
    box.outbox.note_lost(name(1))
    assert names(box) == [name(1)]
    assert box.outbox.list_unconfirmed(ISLAMABAD, 99) == []


def test_unknown_names_do_nothing(box: Mailbox) -> None:
    box.outbox.note_sent(name(1), 6, ISLAMABAD, 10)
    box.outbox.note_lost(name(1))
    box.outbox.drop(name(1))
    assert box.outbox.count_queued() == 0


def test_a_cursor_per_node(box: Mailbox) -> None:
    assert box.logs.cursor("islamabad.pk") == 0
    box.logs.set_cursor("islamabad.pk", 2**40)
    box.logs.set_cursor("beijing.cn", 1)
    assert (box.logs.cursor("islamabad.pk"), box.logs.cursor("beijing.cn")) == (
        2**40,
        1,
    )


def test_a_log_tree_grows_only(box: Mailbox) -> None:
    assert box.logs.tree(ISLAMABAD) == LogTree(0, ())
    tree = LogTree(7, (b"a" * 32, b"b" * 32, b"c" * 32))
    box.logs.set_tree(ISLAMABAD, tree)
    assert box.logs.tree(ISLAMABAD) == tree
    with refusing(Reason.POSITION):
        box.logs.set_tree(ISLAMABAD, LogTree(6, (b"a" * 32, b"b" * 32)))
    assert box.logs.tree(ISLAMABAD) == tree
    assert box.logs.tree(BEIJING).size == 0


def test_heads_are_kept_as_verified(box: Mailbox) -> None:
    assert box.logs.head(ISLAMABAD) is None
    box.logs.put_head(HEAD)
    box.logs.put_head(replace(HEAD, origin=BEIJING, cosigned={}))
    assert box.logs.head(ISLAMABAD) == HEAD
    assert [head.origin for head in box.logs.heads()] == [BEIJING, ISLAMABAD]
    lines = replace(HEAD, note=b"more", cosigned={"x": 1, "y": 2})
    box.logs.put_head(lines)
    assert box.logs.head(ISLAMABAD) == lines


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (replace(HEAD, size=6), Reason.POSITION),
        (replace(HEAD, root=b"x" * 32), Reason.FORK),
    ],
)
def test_a_head_never_goes_back(box: Mailbox, other: DeskHead, reason: Reason) -> None:
    box.logs.put_head(HEAD)
    with refusing(reason):
        box.logs.put_head(other)
    assert box.logs.head(ISLAMABAD) == HEAD


def test_statements_in_the_order_of_the_log(box: Mailbox) -> None:
    for index in (5, 0, 12, 5):
        box.logs.put_statement(ISLAMABAD, index, b"entry %d" % index)
    box.logs.put_statement(ISLAMABAD, 5, b"another")
    assert box.logs.statements(ISLAMABAD) == [
        (0, b"entry 0"),
        (5, b"entry 5"),
        (12, b"entry 12"),
    ]
    assert box.logs.statements(BEIJING) == []


def test_settings(box: Mailbox) -> None:
    assert box.settings.get("language", "en") == "en"
    box.settings.set("language", "ur")
    box.settings.set("language", "zh-Hans")
    assert box.settings.get("language", "en") == "zh-Hans"
    assert box.settings.get("other") == ""


def test_few_proven_times_are_kept_and_none_is_much_later(box: Mailbox) -> None:
    heads = [(size, 1_764_000_000 + 90 * size) for size in range(1, 101)]
    for size, time_s in heads:
        box.logs.note_proven(ISLAMABAD, size, time_s)

    found = [box.logs.proven_s(ISLAMABAD, index) for index in range(101)]
    kept = box.database.select_one("SELECT count(*) FROM proven")
    assert kept is not None
    assert int(kept[0]) <= 20
    for (_, time_s), proven in zip(heads, found, strict=False):
        assert proven is not None
        assert time_s <= proven < time_s + 2 * PROVEN_APART
    assert found[99] == heads[99][1]
    assert found[100] is None


def test_a_later_head_may_make_a_proven_time_earlier_and_never_later(
    box: Mailbox,
) -> None:
    box.logs.note_proven(ISLAMABAD, 5, 2_000)
    box.logs.note_proven(ISLAMABAD, 9, 1_000)
    box.logs.note_proven(ISLAMABAD, 5, 3_000)

    assert [box.logs.proven_s(ISLAMABAD, index) for index in (0, 8)] == [1_000, 1_000]
