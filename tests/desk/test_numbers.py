"""The sealed counter: a bulletin that the own node withholds shows as a gap."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from exchange.bulletin.content import decode, encode
from exchange.desk.mailbox.desk_numbers import NumberGap
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.merkle import leaf_hash
from exchange.limits import NUMBERS_AHEAD_MAX, NUMBERS_MISSING_MAX
from exchange.node.posture import Posture
from exchange.v1 import bulletin_pb2
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1.envelope_pb2 import Envelope
from tests.desk.bench import Bench, client, said
from tests.desk.forging import feed, sealed, text
from tests.node.world import CN, PK
from tests.trust.nation import Nation

ISLAMABAD = checkpoint.log_origin(PK)


def numbers(bench: Bench, name: bytes) -> dict[str, int]:
    content = bench.pk.mailbox.messages.read(name).content
    assert content is not None
    return {one.desk: one.number for one in decode(content).numbers}


def withhold(bench: Bench, *indexes: int) -> None:
    """Let Beijing's node show its desk entries of Islamabad's as bare leaves."""
    honest = client(bench.cn).page

    def page(after: int) -> list[pb.Arrival]:
        found = honest(after)
        for arrival in found:
            entry = arrival.entry
            if entry.origin == ISLAMABAD and entry.index in indexes:
                entry.leaf = leaf_hash(entry.envelope.entry)
                entry.ClearField("envelope")
        return found

    client(bench.cn).page = page  # type: ignore[method-assign]


def gaps(bench: Bench) -> list[NumberGap]:
    found = bench.cn.mailbox.numbers.gaps()
    return [NumberGap(one.desk, list(one.numbers)) for one in found]


def numbered(bench: Bench, number: int) -> bytes:
    content = said(bench.world.nations[CN], f"Number {number}").content
    content.numbers.add(desk=bench.world.nations[CN].desk, number=number)
    return encode(content)


def test_bulletins_to_a_desk_are_counted_from_one(bench: Bench) -> None:
    there = bench.world.nations[CN].desk

    names = [bench.send(f"Number {n}") for n in (1, 2)]
    bench.reopen()
    names.append(bench.send("Number 3"))

    assert [numbers(bench, name) for name in names] == [{there: n} for n in (1, 2, 3)]
    bench.meet()
    assert gaps(bench) == []


def test_what_was_not_kept_was_not_counted(bench: Bench) -> None:
    there = bench.world.nations[CN].desk
    wrong = said(bench.world.nations[CN], "No such desk", to=["none.beijing.cn"])

    with pytest.raises(Refusal):
        bench.pk.send_all([said(bench.world.nations[CN], "One"), wrong])

    assert numbers(bench, bench.send("One")) == {there: 1}


def test_a_number_of_what_the_own_node_refused_is_not_given_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = bench.world.nations[CN].desk
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
    assert gaps(bench) == [NumberGap(bench.world.nations[PK].desk, [1, 2])]


def test_a_number_of_what_expired_is_not_given_again(bench: Bench) -> None:
    there = bench.world.nations[CN].desk
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
    assert gaps(bench) == [NumberGap(bench.world.nations[PK].desk, [1])]


def test_what_a_wrong_clock_let_expire_keeps_its_number(bench: Bench) -> None:
    there = bench.world.nations[CN].desk
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
    there, honest = bench.world.nations[CN].desk, client(bench.pk).submit

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
    desk = bench.world.nations[PK].desk
    bench.send("Number 1")
    bench.world.meet()
    withhold(bench, 3)
    bench.cn.sync()
    assert gaps(bench) == []

    bench.send("Number 2")
    bench.meet()

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
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]
    content = said(cn, "To another").content
    content.numbers.add(desk="other.beijing.cn", number=9)

    feed(bench.cn, sealed(pk, cn, encode(content)), node=PK)

    assert gaps(bench) == []


def test_a_huge_number_does_not_fill_the_mailbox(bench: Bench) -> None:
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]

    feed(bench.cn, sealed(pk, cn, numbered(bench, 2**63 - 1)), node=PK)

    assert gaps(bench) == []
    ((desk, reach, number, _),) = bench.cn.mailbox.numbers.jumps()
    assert (desk, reach, number) == (pk.desk, 0, 2**63 - 1)


def test_the_newest_of_many_missing_numbers_are_named(bench: Bench) -> None:
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]
    step = NUMBERS_AHEAD_MAX

    for number in (step, 2 * step, 3 * step):
        feed(bench.cn, sealed(pk, cn, numbered(bench, number)), node=PK)

    (gap,) = bench.cn.mailbox.numbers.gaps()
    assert len(gap.numbers) == NUMBERS_MISSING_MAX
    assert gap.numbers[-2:] == [3 * step - 2, 3 * step - 1]
    assert [number for number, _ in gap.above] == [2 * step, 3 * step]


def test_what_does_not_open_stands_for_a_number(bench: Bench) -> None:
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]

    feed(bench.cn, sealed(pk, cn, b"\xff"), sealed(pk, cn, numbered(bench, 2)), node=PK)

    assert gaps(bench) == []


def test_a_restored_mailbox_goes_on_from_its_own_copies(
    bench: Bench, tmp_path: Path
) -> None:
    there = bench.world.nations[CN].desk
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
    draft, theirs = said(bench.world.nations[CN]), bench.world.nations[CN].desk
    bench.pk.ask()
    bench.world.pk.node.posture = Posture(suspended={"cn": bench.now})
    bench.pk.ask()

    for send_it in (bench.pk.send, TerminalDesk(bench.pk).review):
        with pytest.raises(Refusal) as refused:
            send_it(draft)
        assert refused.value.reason is Reason.SUSPENDED
        assert refused.value.where == f"to.0: {theirs}"

    assert not bench.pk.mailbox.database.count()
    bench.world.pk.node.posture = Posture()
    bench.pk.ask()
    assert numbers(bench, bench.pk.send(draft).name) == {theirs: 1}
