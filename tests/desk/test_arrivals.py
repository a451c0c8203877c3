"""What a desk believes of ledgers: roots that it rebuilt, lines that it verified."""

from array import array
from collections.abc import Sequence

import pytest

from exchange.desk.client import Desk
from exchange.desk.link.log_states import LogStates
from exchange.desk.mailbox import NewMessage
from exchange.desk.mailbox.logs import KnownLogs
from exchange.desk.mailbox.messages import Messages
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.node import outbox, peer_heads
from exchange.v1 import desk_service_pb2 as pb
from tests.desk.bench import Bench
from tests.desk.test_hidden_entries import pages
from tests.expecting import refusing
from tests.node.receiving import receive_batch
from tests.node.refusing import proof_of
from tests.node.world import CN, FILED, PK, keys_of
from tests.trust.nation import ml

ISLAMABAD = checkpoint.log_origin(PK)
BEIJING = checkpoint.log_origin(CN)
SECONDS = FILED // 1000


def state(desk: Desk, name: bytes) -> str:
    return desk.mailbox.messages.row(name).state


def test_a_page_is_applied_once_however_often_it_comes(bench: Bench) -> None:
    name = bench.send()
    bench.world.meet()
    page = pages(bench.cn)
    for _ in range(3):
        bench.cn.apply(page)
    assert bench.cn.mailbox.database.count() == 1
    assert state(bench.cn, name) == "cosigned"


def test_a_number_left_out_is_refused_and_nothing_is_kept(bench: Bench) -> None:
    bench.send()
    bench.world.meet()
    before, page = bench.cn.load(), pages(bench.cn)
    with refusing(Reason.POSITION):
        bench.cn.apply(page[1:])
    assert bench.cn.load() == before
    assert bench.cn.mailbox.database.count() == 0
    bench.cn.apply(page)
    assert bench.cn.mailbox.database.count() == 1


def test_a_leaf_left_out_is_refused(bench: Bench) -> None:
    bench.send()
    bench.send("Second")
    bench.world.meet()
    entries = [arrival for arrival in pages(bench.cn) if arrival.HasField("entry")]
    late = entries[1]
    late.number = bench.cn.load() + 1
    with refusing(where=f"{ISLAMABAD}#3"):
        bench.cn.apply([late])


def test_a_crash_within_a_page_leaves_nothing_of_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send()
    bench.world.meet()
    page, before = pages(bench.cn), bench.cn.load()
    with monkeypatch.context() as patch:
        patch.setattr(KnownLogs, "set_cursor", _crash)
        with pytest.raises(RuntimeError):
            bench.cn.apply(page)
    assert (bench.cn.mailbox.database.count(), bench.cn.load()) == (0, before)
    bench.cn.apply(page)
    assert bench.cn.mailbox.database.count() == 1
    assert bench.cn.agree() is True


def _crash(*_: object) -> None:
    raise RuntimeError


def test_two_programs_of_one_desk_read_side_by_side(bench: Bench) -> None:
    other = bench.desk(CN)
    try:
        for words in ("One", "Two", "Three"):
            bench.deliver(words)
            other.sync()
        assert other.mailbox.database.count() == bench.cn.mailbox.database.count() == 3
        bench.send("Four")
        bench.world.meet()
        other.sync()
        bench.cn.sync()
        assert bench.cn.mailbox.database.count() == 4
        assert bench.cn.agree() is True
    finally:
        other.close()


def test_a_restart_goes_on_where_it_was(bench: Bench) -> None:
    bench.deliver()
    bench.reopen()
    name = bench.deliver("After the restart")
    assert bench.cn.mailbox.messages.row(name).author == "duty-1@ops.islamabad.pk"
    assert bench.cn.mailbox.database.count() == 2
    assert state(bench.pk, name) == "cosigned"


def test_a_line_that_comes_after_its_head_was_overtaken_counts(bench: Bench) -> None:
    first = bench.send()
    bench.pk.sync()
    batch = outbox.next_batch(bench.world.pk.node, CN, 3).batch
    cosigned = receive_batch(bench.world.cn.node, PK, batch)
    second = bench.send("Overtakes")
    bench.pk.sync()
    peer_heads.record_cosignature(bench.world.pk.node, CN, cosigned)
    bench.pk.sync()
    assert state(bench.pk, first) == "cosigned"
    assert state(bench.pk, second) == "local"


def own_head(bench: Bench, root: bytes | None = None) -> Head:
    edge = bench.world.pk.store.logs.edge(ISLAMABAD)
    return Head(ISLAMABAD, edge.size, root or edge.root())


def head_arrived(desk: Desk, note: bytes) -> pb.Arrival:
    return pb.Arrival(number=desk.load() + 1, head=pb.HeadArrived(head=note))


def signed(head: Head) -> bytes:
    keys = keys_of(PK)
    return checkpoint.sign_head(head, keys.log, keys.log_pq, SECONDS)


def cosigned(note: bytes, name: str, key: str) -> bytes:
    return checkpoint.cosign(note, name, ml(key), SECONDS)


MIRROR = checkpoint.cosigner_name(CN)
OWN_MIRROR = checkpoint.cosigner_name(PK)


def test_the_partner_s_own_line_makes_it_cosigned(bench: Bench) -> None:
    name = bench.send()
    bench.pk.sync()
    note = cosigned(signed(own_head(bench)), MIRROR, MIRROR)
    bench.pk.apply([head_arrived(bench.pk, note)])
    assert state(bench.pk, name) == "cosigned"
    steps = {step.state: step for step in bench.pk.mailbox.messages.read(name).states}
    assert steps["delivered"].by == steps["cosigned"].by == CN
    assert steps["cosigned"].at == SECONDS * 1000


@pytest.mark.parametrize(
    ("name", "key"),
    [
        pytest.param(MIRROR, "a stranger", id="another key of that name"),
        pytest.param("shanghai.cn.fusion/mirror", MIRROR, id="not pinned"),
        pytest.param(OWN_MIRROR, OWN_MIRROR, id="the log's own node"),
    ],
)
def test_a_line_of_anyone_else_counts_for_nothing(
    bench: Bench, name: str, key: str
) -> None:
    sent = bench.send()
    bench.pk.sync()
    note = cosigned(signed(own_head(bench)), name, key)
    bench.pk.apply([head_arrived(bench.pk, note)])
    assert state(bench.pk, sent) == "local"
    assert not LogStates(bench.pk.mailbox).alarm(ISLAMABAD)


def test_another_root_signed_by_the_log_is_an_alarm(bench: Bench) -> None:
    sent = bench.send()
    bench.pk.sync()
    note = cosigned(signed(own_head(bench, bytes(32))), MIRROR, MIRROR)
    bench.pk.apply([head_arrived(bench.pk, note)])
    assert state(bench.pk, sent) == "local"
    assert LogStates(bench.pk.mailbox).alarm(ISLAMABAD) == "ROOT #4"
    assert bench.pk.agree() is False


def test_a_leaf_changed_on_the_way_is_found_at_the_next_head(bench: Bench) -> None:
    name = bench.send()
    bench.world.meet()
    page = pages(bench.cn)
    for arrival in page:
        if arrival.HasField("entry"):
            arrival.entry.ClearField("envelope")
            arrival.entry.leaf = bytes(32)
    bench.cn.apply(page)
    assert LogStates(bench.cn.mailbox).alarm(ISLAMABAD) == "ROOT #4"
    assert not bench.cn.mailbox.messages.knows(name)


def test_a_head_of_fewer_entries_than_shown_says_nothing_new(bench: Bench) -> None:
    name = bench.send()
    bench.pk.sync()
    ahead = Head(ISLAMABAD, 50, bytes(32))
    bench.pk.apply(
        [
            pb.Arrival(
                number=bench.pk.load() + 1,
                head=pb.HeadArrived(head=cosigned(signed(ahead), MIRROR, MIRROR)),
            )
        ]
    )
    assert state(bench.pk, name) == "local"
    assert bench.pk.agree() is True


@pytest.mark.parametrize("note", [b"", b"\xff\xfe", b"x\n1\n\n", b"a" * 70_000])
def test_what_is_no_note_is_passed_over(bench: Bench, note: bytes) -> None:
    bench.pk.apply([head_arrived(bench.pk, note)])
    assert bench.pk.agree() is True


def refusal_arrived(desk: Desk, place: int, **changes: object) -> pb.Arrival:
    number = desk.mailbox.search.resolve(f"{ISLAMABAD}#{place}")
    entry = desk.mailbox.messages.read(number).entry
    fields: dict[str, object] = {
        "origin": ISLAMABAD,
        "index": place,
        "by": CN,
        "reason": "LABEL",
        "proof": proof_of(CN, ISLAMABAD, entry, place, "LABEL"),
    }
    refused = pb.RefusalArrived(**(fields | changes))  # type: ignore[arg-type]
    return pb.Arrival(number=desk.load() + 1, refusal=refused)


def test_a_partner_s_refusal_is_shown_with_its_reason(bench: Bench) -> None:
    name = bench.send()
    bench.pk.sync()
    bench.pk.apply([refusal_arrived(bench.pk, 3)])
    assert state(bench.pk, name) == "refused"
    step = bench.pk.mailbox.messages.read(name).states[-1]
    assert (step.by, step.why) == (CN, "LABEL")
    assert step.reporter == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"by": "shanghai.cn"},
        {"by": PK},
        {"reason": "\x1b[2J"},
        {"index": 99},
        {"origin": "nobody.pk.fusion/log/1"},
        {"origin": BEIJING, "index": 2},
    ],
    ids=["stranger", "own node", "no reason", "no place", "no log", "not its log"],
)
def test_a_refusal_that_makes_no_sense_is_passed_over(
    bench: Bench, changes: dict[str, object]
) -> None:
    name = bench.send()
    bench.pk.sync()
    bench.pk.apply([refusal_arrived(bench.pk, 3, **changes)])
    assert state(bench.pk, name) == "local"


def test_a_log_that_is_not_pinned_is_passed_over(bench: Bench) -> None:
    origin = checkpoint.log_origin("tashkent.uz")
    arrived = pb.EntryArrived(origin=origin, index=7, leaf=bytes(32))
    bench.pk.apply([pb.Arrival(number=bench.pk.load() + 1, entry=arrived)])
    assert bench.pk.mailbox.logs.tree(origin).size == 0


def test_a_nation_imported_later_is_read_from_its_beginning(bench: Bench) -> None:
    states = LogStates(bench.pk.mailbox)
    assert states.origins() == [BEIJING, ISLAMABAD]
    states.set_origins([ISLAMABAD])
    assert bench.pk.load() == 0
    bench.pk.sync()
    assert bench.pk.load() > 0
    assert bench.pk.agree() is True


# StopIteration within a generator comes out as a RuntimeError.
@pytest.mark.parametrize("fault", [IndexError, RuntimeError, RecursionError])
def test_an_envelope_at_which_this_program_fails_stops_nothing_behind_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    """None of it is kept, the log is alarmed, and what follows arrives.

    Neither where it is written with those around it, nor by itself.
    """
    before, first, second = (bench.send(text) for text in ("Open", "Bridge", "Far"))
    bench.world.meet()
    add, together = Messages.add, list[int]()

    def failing(self: Messages, news: Sequence[NewMessage]) -> int:
        together.append(len(news))
        number = add(self, news)
        if first in {new.name for new in news}:
            raise fault
        return number

    monkeypatch.setattr(Messages, "add", failing)
    bench.cn.apply(pages(bench.cn))

    assert together == [3, 1, 1, 1]
    assert [row.name for row in bench.cn.mailbox.messages.page(1, 9)] == [
        before,
        second,
    ]
    assert not bench.cn.mailbox.messages.knows(first)
    assert bench.cn.mailbox.search.text("Bridge") == array("q")
    assert bench.cn.mailbox.messages.knows(second)
    alarm = LogStates(bench.cn.mailbox).alarm(bench.cn.pinned.origin(PK))
    assert alarm.startswith("INTERNAL #")
