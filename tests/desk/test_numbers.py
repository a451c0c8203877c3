"""The sealed counter: a bulletin that the own node withholds shows as a gap."""

import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from exchange.bulletin.content import decode, encode
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.desk_numbers import (
    GO_ON,
    MISUSED,
    DeskCount,
    DeskNumbers,
    NumberGap,
    NumberVerdict,
)
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.limits import DAY, NUMBERS_ALARMED
from exchange.node.posture import Posture
from exchange.v1 import bulletin_pb2
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1.envelope_pb2 import Envelope
from tests import third_counter
from tests.desk.bench import CHINA, PAKISTAN, Bench, client, said, spoil_pages
from tests.desk.forging import feed, sealed, text
from tests.desk.test_hidden_entries import as_leaf
from tests.expecting import present, refusing
from tests.node.world import CN, PK
from tests.trust.nation import Nation

ISLAMABAD = checkpoint.log_origin(PK)


def numbers(bench: Bench, name: bytes) -> dict[str, int]:
    content = present(bench.pk.mailbox.messages.read(name).content)
    return {one.desk: one.number for one in decode(content).numbers}


def withhold(bench: Bench, *indexes: int) -> None:
    """Let Beijing's node show its desk entries of Islamabad's as bare leaves."""

    def bare(arrival: pb.Arrival) -> None:
        if arrival.entry.origin == ISLAMABAD and arrival.entry.index in indexes:
            as_leaf(arrival.entry)

    spoil_pages(bench.cn, bare)


def gaps(bench: Bench) -> list[NumberGap]:
    found = bench.cn.mailbox.numbers.gaps()
    return [NumberGap(one.desk, list(one.numbers)) for one in found]


def numbered(number: int) -> bytes:
    content = said(CHINA, f"Number {number}").content
    content.numbers.add(desk=CHINA.desk, number=number)
    return encode(content)


def test_bulletins_to_a_desk_are_counted_from_one(bench: Bench) -> None:
    there = CHINA.desk

    names = [bench.send(f"Number {n}") for n in (1, 2)]
    bench.reopen()
    names.append(bench.send("Number 3"))

    assert [numbers(bench, name) for name in names] == [{there: n} for n in (1, 2, 3)]
    bench.meet()
    assert gaps(bench) == []


def test_what_was_not_kept_was_not_counted(bench: Bench) -> None:
    there = CHINA.desk
    wrong = said(CHINA, "No such desk", to=["none.beijing.cn"])

    with pytest.raises(Refusal):
        bench.pk.send_all([said(CHINA, "One"), wrong])

    assert numbers(bench, bench.send("One")) == {there: 1}


def test_a_number_of_what_the_own_node_refused_is_not_given_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = CHINA.desk
    refused = pb.Submitted(reason=Reason.RECIPIENTS)
    with monkeypatch.context() as patch:
        patch.setattr(client(bench.pk), "submit", lambda sent: [refused for _ in sent])
        names = [bench.send(f"Refused {n}") for n in (1, 2)]
        bench.pk.sync()
    states = {bench.pk.mailbox.messages.row(name).state for name in names}
    assert states == {"refused"}

    sent = [numbers(bench, bench.send(f"Sent {n}")) for n in (3, 4, 5)]

    assert sent == [{there: n} for n in (3, 4, 5)]
    bench.meet()
    assert gaps(bench) == [NumberGap(PAKISTAN.desk, [1, 2])]


def test_a_number_of_what_expired_is_not_given_again(bench: Bench) -> None:
    there = CHINA.desk
    client(bench.pk).down = True
    names = [bench.send(f"Number {n}") for n in (1, 2)]
    first = bench.pk.mailbox.messages.row(names[0])
    with bench.pk.mailbox.database.transaction():
        bench.pk.mailbox.database.write(
            "UPDATE outbox SET expires = ? WHERE name = ?", (bench.now + 1, names[0])
        )
    bench.now += 2
    client(bench.pk).down = False
    bench.pk.sync()
    assert bench.pk.mailbox.messages.row(first.name).state == "expired"

    assert numbers(bench, bench.send("Number 3")) == {there: 3}
    bench.meet()
    assert gaps(bench) == [NumberGap(PAKISTAN.desk, [1])]


def test_what_a_wrong_clock_let_expire_keeps_its_number(bench: Bench) -> None:
    there = CHINA.desk
    client(bench.pk).down = True
    name = bench.send("Number 1")
    right, bench.now = bench.now, bench.pk.mailbox.messages.row(name).expires + 1
    bench.pk.hand_over()
    assert bench.pk.mailbox.messages.row(name).state == "expired"
    bench.now = right
    bench.pk.hand_over()
    assert bench.pk.mailbox.messages.row(name).state == "queued"

    assert numbers(bench, bench.send("Number 2")) == {there: 2}


def test_a_number_that_was_recorded_all_the_same_is_not_given_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node recorded both, and answered that it had refused them."""
    there, honest = CHINA.desk, client(bench.pk).submit

    def deny(sent: Sequence[Envelope]) -> list[pb.Submitted]:
        honest(sent)
        return [pb.Submitted(reason=Reason.RECIPIENTS) for _ in sent]

    with monkeypatch.context() as patch:
        patch.setattr(client(bench.pk), "submit", deny)
        client(bench.pk).down = True
        for n in (1, 2):
            bench.send(f"Number {n}")
        client(bench.pk).down = False
        bench.pk.sync()
    bench.pk.sync()

    assert numbers(bench, bench.send("Number 3")) == {there: 3}


def test_the_last_one_shows_with_the_next(bench: Bench) -> None:
    desk = PAKISTAN.desk
    bench.send("Number 1")
    bench.world.meet()
    withhold(bench, 3)
    bench.cn.sync()
    assert gaps(bench) == []

    bench.deliver("Number 2")

    assert gaps(bench) == [NumberGap(desk, [1])]


def test_a_text_that_is_awaited_counts_when_it_comes(bench: Bench) -> None:
    bench.send("Number 1")
    bench.world.meet()
    page = client(bench.cn).page(0)
    for arrival in page:
        if arrival.entry.index == 3:
            del arrival.entry.envelope.wraps[:]
            arrival.entry.envelope.body = b""
    bench.cn.apply([one for one in page if one.number > bench.cn.load()])
    bench.send("Number 2")
    bench.world.meet()
    bench.cn.sync()

    assert gaps(bench) == []


def test_another_desks_number_is_nothing_to_this_one(bench: Bench) -> None:
    content = said(CHINA, "To another").content
    content.numbers.add(desk="other.beijing.cn", number=9)

    feed(bench.cn, sealed(PAKISTAN, CHINA, encode(content)), node=PK)

    assert gaps(bench) == []


def test_what_does_not_open_stands_for_a_number(bench: Bench) -> None:

    feed(
        bench.cn,
        sealed(PAKISTAN, CHINA, b"\xff"),
        sealed(PAKISTAN, CHINA, numbered(2)),
        node=PK,
    )

    assert gaps(bench) == []


def test_a_restored_mailbox_goes_on_from_its_own_copies(
    bench: Bench, tmp_path: Path
) -> None:
    there = CHINA.desk
    bench.send("Number 1")
    bench.pk.sync()
    bench.close()
    file = bench.folder / f"{PK}.mailbox"
    shutil.copy(file, tmp_path / "old")
    bench.pk, bench.cn = bench.desk(PK), bench.desk(CN)
    bench.send("Number 2")
    bench.send("Number 3")
    bench.close()
    for each in bench.folder.glob(f"{PK}.mailbox*"):
        each.unlink()
    shutil.copy(tmp_path / "old", file)
    bench.pk, bench.cn = bench.desk(PK), bench.desk(CN)

    bench.pk.sync()

    assert numbers(bench, bench.send("Number 4")) == {there: 4}


@pytest.mark.parametrize(
    "given",
    [
        [("ops.beijing.cn", 0)],
        [("ops.beijing.cn", 2**63)],
        [("", 1)],
        [("b", 1), ("a", 1)],
        [("a", 1), ("a", 2)],
        [("x" * 129, 1)],
        [(f"d{n:03}", 1) for n in range(65)],
    ],
)
def test_numbers_out_of_form_are_refused(given: list[tuple[str, int]]) -> None:
    content = bulletin_pb2.Content.FromString(text(Nation()))
    for desk, number in given:
        content.numbers.add(desk=desk, number=number)

    with pytest.raises(Refusal) as refused:
        decode(encode(content))

    assert refused.value.where.startswith("numbers")


def test_what_a_suspended_nation_would_not_get_is_not_even_signed(
    bench: Bench,
) -> None:
    """What the node refuses for good would leave a gap at every other addressee."""
    draft, theirs = said(CHINA), CHINA.desk
    bench.pk.ask()
    bench.world.pk.node.posture = Posture(suspended={"cn": bench.now})
    bench.pk.ask()

    for send_it in (bench.pk.send, TerminalDesk(bench.pk).review):
        with refusing(Reason.SUSPENDED, f"to.0: {theirs}"):
            send_it(draft)

    assert not bench.pk.mailbox.database.count()
    bench.world.pk.node.posture = Posture()
    bench.pk.ask()
    assert numbers(bench, bench.pk.send(draft).name) == {theirs: 1}


# Whatever the order, a mailbox counts numbers as the specification does.


DESK = "ops.beijing.cn"
NOW = 1_800_000_000_000


@pytest.fixture
def counted(box: Mailbox) -> Iterator[DeskNumbers]:
    with box.database.transaction():
        yield box.numbers


def come(
    counted: DeskNumbers, *came: int | None, desk: str = DESK, at: int = NOW
) -> None:
    named = {one: str(one).encode() for one in came if one is not None}
    counted.note_logged(desk, DeskCount(named, came.count(None)), at, sent=False)


def say(counted: DeskNumbers, number: int, verdict: str) -> None:
    counted.say(NumberVerdict(DESK, number, verdict, "duty-1", NOW))


def found(counted: DeskNumbers, desk: str) -> tuple[list[int], list[tuple[int, int]]]:
    missing = [n for gap in counted.gaps() if gap.desk == desk for n in gap.numbers]
    jumps = [(x.reach, x.number) for x in counted.jumps() if x.desk == desk]
    return missing, jumps


@pytest.mark.parametrize("seed", range(40))
def test_as_the_specification_counts_in_any_order(
    counted: DeskNumbers, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # no secret
    tops = [8, 40, 1_030, 2_100, 2**63 - 1]
    came: list[int | None] = [
        chance.choice([None, *(chance.randint(1, top) for top in tops)])
        for _ in range(chance.randint(1, 30))
    ]
    for order, desk in enumerate(("a.cn", DESK)):
        chance.shuffle(came)
        for first in range(0, len(came), 1 + order * 6):
            come(counted, *came[first : first + 1 + order * 6], desk=desk)
        reach, holes, beyond = third_counter.count(came)
        missing = [n for a, b in holes for n in range(a, b + 1)]
        jumps = [] if beyond is None else [(reach, beyond)]
        assert found(counted, desk) == (missing[-1_024:], jumps)
        for one in filter(None, came):
            assert counted.in_reach(desk, one) == (one <= reach)


def test_what_is_said_last_of_a_number_counts(counted: DeskNumbers) -> None:
    come(counted, 1, 2, 5_000)
    say(counted, 5_000, GO_ON)
    assert found(counted, DESK) == ([], [])
    assert counted.in_reach(DESK, 5_001)
    say(counted, 5_000, MISUSED)
    assert found(counted, DESK) == ([], [])
    assert not counted.in_reach(DESK, 5_001)
    assert not counted.in_reach(DESK, 5_000)
    come(counted, 5_000)  # shown again by a node that was restored
    assert found(counted, DESK) == ([], [])
    say(counted, 5_000, GO_ON)
    assert counted.in_reach(DESK, 5_000)


def test_a_number_in_the_midst_that_was_misused_is_not_missing(
    counted: DeskNumbers,
) -> None:
    come(counted, 1, 2, 3, 4, 6)
    say(counted, 3, MISUSED)
    assert found(counted, DESK) == ([5], [])
    assert counted.in_reach(DESK, 4)


@pytest.mark.parametrize("verdict", [MISUSED, GO_ON])
def test_of_a_number_that_did_not_come_nothing_is_said(
    counted: DeskNumbers, verdict: str
) -> None:
    come(counted, 1, 2, 5_000)
    for number in (3, 2**63 - 1):
        with refusing(Reason.NOT_FOUND):
            say(counted, number, verdict)
    assert counted.verdicts() == []


def test_a_gap_is_as_old_as_the_first_bulletin_above_it(counted: DeskNumbers) -> None:
    """What comes late, and leaves less missing, does not make it younger."""
    come(counted, 1, 6)
    come(counted, 5, at=NOW + 9 * DAY)
    come(counted, 8, at=NOW + 9 * DAY)
    old, young = [2, 3, 4], [7]
    assert [list(x.numbers) for x in counted.gaps(NOW)] == [old + young]
    (gap,) = counted.gaps(NOW + 1)
    assert (list(gap.numbers), gap.above) == (young, [(8, b"8")])
    (gap,) = counted.gaps(NOW + NUMBERS_ALARMED - 180 * DAY)
    assert gap.above == [(5, b"5"), (8, b"8")]
    assert counted.gaps(NOW + 10 * DAY) == []
