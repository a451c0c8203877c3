"""What desks hand over: in turns, bounded, and one answer an envelope."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.limits import (
    PREPARED_AHEAD,
    SUBMITS_WAIT_MAX,
    SUBMITTED_AT_ONCE,
    SUBMITTED_BYTES,
    SUBMITTED_EXTRA,
    SUBMITTED_SHARED,
    URGENT_AT_ONCE,
)
from exchange.net import group_commit
from exchange.net.group_commit import GroupCommit
from exchange.node import own_log, submission_check, submissions
from exchange.node.submission_check import Submission
from exchange.trust.fast_accept import AcceptedForms
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.node.world import beginning, core
from tests.trust.nation import Nation

PK = Nation().enrol()
OPS, RESCUE = "ops.islamabad.pk", "rescue.islamabad.pk"


class Disk:
    """Takes the place of a node: notes each turn, and lets it wait to be let on."""

    def __init__(self) -> None:
        self.turns: list[list[tuple[str, bytes]]] = []
        self.on = threading.Event()
        self.prepared: list[bytes] = []
        self.unready: FusionError | None = None
        """With what the preparing fails, once; then `failed` is set."""
        self.failed = threading.Event()
        self.holds_up = b"-"
        """How entries begin that are prepared only once `go_on` is set."""
        self.preparing = threading.Event()
        self.go_on = threading.Event()
        self.failure: Exception | None = None
        self.published: list[int] = []
        """After how many turns heads were signed by themselves."""
        self.signed = threading.Event()

    def publish(self) -> None:
        self.published.append(len(self.turns))
        self.signed.set()

    def prepare(self, asked: Sequence[Submission]) -> None:
        if (failure := self.unready) is not None:
            self.unready = None
            self.failed.set()
            raise failure
        if asked[0].sent.entry.startswith(self.holds_up):
            self.preparing.set()
            assert self.go_on.wait(60)
        forms = AcceptedForms(PK.node, PK.directory)
        for one in asked:
            assert one.prepared is None
            submission_check.prepare(one, forms)
            self.prepared.append(one.sent.entry)

    def commit(self, asked: Sequence[Submission]) -> list[desk_pb.Submitted]:
        self.turns.append([(str(one.desk), one.sent.entry) for one in asked])
        assert self.on.wait(60)
        if self.failure is not None:
            raise self.failure
        return [desk_pb.Submitted(name=one.sent.entry) for one in asked]


@pytest.fixture(autouse=True)
def _on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk of a test answer in the place of an own log."""
    monkeypatch.setattr(submissions, "commit", lambda disk, asked: disk.commit(asked))
    monkeypatch.setattr(submissions, "prepare", lambda disk, asked: disk.prepare(asked))
    monkeypatch.setattr(own_log, "publish", lambda disk: disk.publish())


@asynccontextmanager
async def writing(disk: Disk) -> AsyncIterator[GroupCommit]:
    writer = GroupCommit(disk)  # type: ignore[arg-type]
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        disk.on.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def envelopes(name: str, count: int, size: int = 0) -> list[pb.Envelope]:
    return [
        pb.Envelope(entry=f"{name}{n}".encode(), body=bytes(size)) for n in range(count)
    ]


def hand_over(
    writer: GroupCommit, sent: list[pb.Envelope], desk: str
) -> "asyncio.Task[list[desk_pb.Submitted]]":
    return asyncio.create_task(writer.submit(sent, desk))


async def taken(disk: Disk, turns: int) -> None:
    while len(disk.turns) < turns:  # noqa: ASYNC110  told from a thread
        await asyncio.sleep(0.001)


async def behind_one(
    disk: Disk, *calls: tuple[list[pb.Envelope], str]
) -> list[list[desk_pb.Submitted]]:
    """Let desks hand over while a turn of another is at work; return their answers."""
    async with writing(disk) as writer:
        first = hand_over(writer, envelopes("x", 1), "x")
        await taken(disk, 1)
        tasks = [hand_over(writer, sent, desk) for sent, desk in calls]
        await asyncio.sleep(0)
        disk.on.set()
        await first
        return await asyncio.gather(*tasks)


async def test_an_honest_desk_is_in_the_next_turn_whatever_another_hands_over() -> None:
    disk = Disk()
    async with writing(disk) as writer:
        flood = [hand_over(writer, envelopes(f"f{n}-", 256), RESCUE) for n in range(20)]
        await taken(disk, 1)
        honest = hand_over(writer, envelopes("h", 1), OPS)
        await asyncio.sleep(0)
        disk.on.set()
        (answer,) = await honest
        turns = len(disk.turns)
        answers = await asyncio.gather(*flood)

    assert answer.name == b"h0"
    assert turns <= 3  # the one at work, its own, and perhaps the next already
    assert (OPS, b"h0") in disk.turns[1]
    assert all(len(turn) <= SUBMITTED_AT_ONCE for turn in disk.turns)
    for n, found in enumerate(answers):
        assert [one.name for one in found] == [f"f{n}-{k}".encode() for k in range(256)]


async def test_callers_of_a_turn_share_the_next_one_with_those_who_called_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_commit, "JOIN_WITHIN", 3_600_000)
    disk = Disk()
    async with writing(disk) as writer, asyncio.timeout(60):

        async def call(caller: int, times: int) -> None:
            for n in range(times):
                await writer.submit(envelopes(f"{caller}-{n}", 1), OPS)
                for _ in range(100 * caller):  # each a little later than the one before
                    await asyncio.sleep(0)

        first = asyncio.create_task(call(8, 3))
        await taken(disk, 1)
        others = [asyncio.create_task(call(caller, 2)) for caller in range(8)]
        await asyncio.sleep(0)
        disk.on.set()
        await asyncio.gather(first, *others)

    assert [len(turn) for turn in disk.turns] == [1, 9, 9]
    assert not disk.published, "each head goes with the commit of the next turn"


async def test_a_turn_after_a_full_one_waits_for_no_other_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_commit, "JOIN_WITHIN", 3_600_000)
    disk = Disk()
    disk.on.set()
    async with writing(disk) as writer, asyncio.timeout(60):
        many = [envelopes(f"{n}-", SUBMITTED_AT_ONCE) for n in range(4)]
        await asyncio.gather(*(hand_over(writer, each, OPS) for each in many))

    assert [len(turn) for turn in disk.turns] == [SUBMITTED_AT_ONCE] * 4


async def test_a_head_does_not_wait_longer_for_those_who_do_not_call_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_commit, "JOIN_WITHIN", 20)
    disk = Disk()
    async with writing(disk) as writer, asyncio.timeout(60):
        first = hand_over(writer, envelopes("x", 1), OPS)
        await taken(disk, 1)
        both = [hand_over(writer, envelopes(name, 1), OPS) for name in "ab"]
        await asyncio.sleep(0)
        disk.on.set()
        await asyncio.gather(first, *both)
        while not disk.published:  # noqa: ASYNC110  told from a thread
            await asyncio.sleep(0.001)

    assert disk.published == [2]


@pytest.mark.parametrize(
    ("within", "urgent"), [(20, False), (3_600_000, True)], ids=["late", "urgent"]
)
async def test_a_turn_waits_a_moment_for_others_and_not_where_one_is_urgent(
    monkeypatch: pytest.MonkeyPatch, within: int, *, urgent: bool
) -> None:
    monkeypatch.setattr(group_commit, "JOIN_WITHIN", within)
    monkeypatch.setattr(group_commit, "_are_urgent", lambda _: urgent)
    disk = Disk()
    async with writing(disk) as writer:
        first = hand_over(writer, envelopes("x", 1), OPS)
        await taken(disk, 1)
        both = [hand_over(writer, envelopes(name, 1), OPS) for name in "ab"]
        await asyncio.sleep(0)
        disk.on.set()
        await asyncio.gather(first, *both)

        async with asyncio.timeout(60):
            await writer.submit(envelopes("c", 1), OPS)

    assert [len(turn) for turn in disk.turns] == [1, 2, 1]


async def test_nobody_waits_for_others_who_calls_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_commit, "JOIN_WITHIN", 3_600_000)
    disk = Disk()
    disk.on.set()
    async with writing(disk) as writer, asyncio.timeout(60):
        for name in "abc":
            await writer.submit(envelopes(name, 1), OPS)

    assert [len(turn) for turn in disk.turns] == [1, 1, 1]


async def test_desks_share_a_turn_and_each_one_s_order_is_kept() -> None:
    disk = Disk()
    await behind_one(disk, *((envelopes(name, 300), name) for name in "ab"))

    shares = [name for name, _ in disk.turns[1]]
    assert 0 <= shares.count("a") - shares.count("b") <= 1
    assert len(shares) == SUBMITTED_SHARED // SUBMITTED_EXTRA - 1  # they have 5 bytes
    for name in "ab":
        order = [entry for turn in disk.turns for who, entry in turn if who == name]
        assert order == [f"{name}{n}".encode() for n in range(300)]


async def test_a_turn_is_bounded_in_bytes() -> None:
    disk, size = Disk(), 100_000
    async with writing(disk) as writer:
        disk.on.set()
        await hand_over(writer, envelopes("a", 40, size), OPS)

    assert max(map(len, disk.turns)) * size < SUBMITTED_BYTES + size


async def test_beyond_what_may_wait_only_who_waits_already_is_refused() -> None:
    disk, size = Disk(), 1024 * 1024
    async with writing(disk) as writer:
        most = SUBMITS_WAIT_MAX // size
        flood = [
            hand_over(writer, envelopes(f"f{n}", 1, size), RESCUE)
            for n in range(2 * most)
        ]
        done, _ = await asyncio.wait(flood, timeout=0.2)
        honest = hand_over(writer, envelopes("h", 1), OPS)
        await asyncio.sleep(0)
        disk.on.set()
        (answer,) = await honest
        await asyncio.wait(flood)
        (after,) = await hand_over(writer, envelopes("g", 1), RESCUE)

    assert answer.name == b"h0"
    assert after.name == b"g0"
    assert len(done) > most
    for one in done:
        refused = one.exception()
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.BUSY


async def test_what_its_caller_left_is_not_recorded() -> None:
    disk = Disk()
    async with writing(disk) as writer:
        first = hand_over(writer, envelopes("a", 1), OPS)
        await taken(disk, 1)
        left = hand_over(writer, envelopes("b", 3), OPS)
        then = hand_over(writer, envelopes("c", 1), OPS)
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.sleep(0)
        disk.on.set()
        await asyncio.gather(first, then)

    assert [entry for turn in disk.turns for _, entry in turn] == [b"a0", b"c0"]


async def test_a_fault_is_told_to_those_of_its_turn_and_the_next_one_goes_on() -> None:
    disk = Disk()
    disk.failure = ValueError("a fault")
    async with writing(disk) as writer:
        disk.on.set()
        failed = hand_over(writer, envelopes("a", 2), OPS)
        with pytest.raises(FusionError) as told:
            await failed
        disk.failure = None
        (answer,) = await hand_over(writer, envelopes("b", 1), OPS)

    assert isinstance(told.value, Unreachable)
    assert answer.name == b"b0"


async def test_a_head_is_signed_by_itself_only_where_nothing_waits() -> None:
    disk = Disk()
    async with writing(disk) as writer:
        first = hand_over(writer, envelopes("a", 1), OPS)
        await taken(disk, 1)
        second = hand_over(writer, envelopes("b", 1), OPS)
        third = hand_over(writer, envelopes("c", 1), RESCUE)
        await asyncio.sleep(0)  # both wait now
        disk.on.set()
        await asyncio.gather(first, second, third)
        assert await asyncio.to_thread(disk.signed.wait, 10)

    assert len(disk.turns) == 2
    assert disk.published == [2]


async def test_the_next_turns_are_prepared_while_one_is_at_work() -> None:
    """In the order of turns, of each desk alike, and no more than so many ahead."""
    disk = Disk()
    async with writing(disk) as writer:
        first = hand_over(writer, envelopes("x", 1), "x")
        await taken(disk, 1)
        tasks = [
            hand_over(writer, envelopes(name, PREPARED_AHEAD), name) for name in "ab"
        ]
        while len(disk.prepared) < PREPARED_AHEAD:  # noqa: ASYNC110  from a thread
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        prepared = list(disk.prepared)
        disk.on.set()
        await asyncio.gather(first, *tasks)

    half = range(PREPARED_AHEAD // 2)
    assert prepared == [f"{name}{n}".encode() for n in half for name in "ab"]
    order = [entry for turn in disk.turns[1:] for _, entry in turn]
    assert order[:PREPARED_AHEAD] == prepared


async def test_desks_take_turns_by_bytes() -> None:
    disk, large = Disk(), 3 * SUBMITTED_EXTRA
    junk, honest = (envelopes("j", 60, large), RESCUE), (envelopes("h", 60), OPS)
    await behind_one(disk, junk, honest)

    order = [desk for turn in disk.turns[1:] for desk, _ in turn]
    assert order.index(OPS) <= 1
    while_both = order[: 60 + 15]
    assert while_both.count(OPS) == pytest.approx(4 * while_both.count(RESCUE), rel=0.1)


async def test_who_was_idle_has_the_next_turn_and_no_more() -> None:
    """What it did not use before is nothing that it could claim now."""
    disk = Disk()
    disk.on.set()
    async with writing(disk) as writer:
        for n in range(9):
            await writer.submit(envelopes(f"j{n}-", 20), RESCUE)
        disk.on.clear()
        first = hand_over(writer, envelopes("x", 1), "x")
        await taken(disk, len(disk.turns) + 1)
        tasks = [hand_over(writer, envelopes(desk, 20), desk) for desk in (RESCUE, OPS)]
        await asyncio.sleep(0)
        begun = len(disk.turns)
        disk.on.set()
        await asyncio.gather(first, *tasks)

    order = [desk for turn in disk.turns[begun:] for desk, _ in turn]
    assert order[:2].count(OPS) == 1
    assert 9 <= order[:20].count(OPS) <= 11


async def test_a_turn_begins_while_what_comes_behind_it_is_prepared() -> None:
    disk = Disk()
    disk.holds_up = b"b"
    async with writing(disk) as writer:
        first = hand_over(writer, envelopes("x", 1), "x")
        await taken(disk, 1)
        ready = hand_over(writer, envelopes("a", SUBMITTED_AT_ONCE), "x")
        behind = hand_over(writer, envelopes("b", SUBMITTED_AT_ONCE), "x")
        assert await asyncio.to_thread(disk.preparing.wait, 10)
        disk.on.set()
        await asyncio.wait_for(asyncio.gather(first, ready), 60)
        assert not behind.done()
        disk.go_on.set()
        await behind

    assert len(disk.prepared) == len(set(disk.prepared))


async def test_a_turn_fits_under_one_head() -> None:
    disk, size = Disk(), SUBMITTED_BYTES // 3
    async with writing(disk) as writer:
        disk.on.set()
        await hand_over(writer, envelopes("a", 5, size), OPS)
        await hand_over(writer, envelopes("b", 1, 2 * SUBMITTED_BYTES), OPS)

    assert [len(turn) for turn in disk.turns] == [2, 2, 1, 1]


async def test_what_fails_while_it_is_prepared_is_recorded_all_the_same() -> None:
    disk = Disk()
    disk.unready = Refusal(Reason.DATABASE)
    async with writing(disk) as writer:
        first = hand_over(writer, envelopes("x", 1), "x")
        await taken(disk, 1)
        second = hand_over(writer, envelopes("a", 2), "a")
        assert await asyncio.to_thread(disk.failed.wait, 10)
        third = hand_over(writer, envelopes("b", 2), "b")
        while not disk.prepared:  # noqa: ASYNC110  and the next ones are prepared
            await asyncio.sleep(0.001)
        disk.on.set()
        answers = await asyncio.gather(first, second, third)

    assert [len(found) for found in answers] == [1, 2, 2]


def sealed(name: str, **header: object) -> pb.Envelope:
    """Return an envelope with this header; nobody looks at its signatures here."""
    made = core(PK, id=name.encode().ljust(16), **header)
    entry = pb.Entry(core=made.SerializeToString(deterministic=True))
    return pb.Envelope(entry=entry.SerializeToString(deterministic=True))


URGENT = {"precedence": pb.PRECEDENCE_FLASH, "mode": pb.MODE_ACTUAL}
REFERENCE = pb.Reference(relation=pb.RELATION_ANSWERS, name=b"n" * 32)


async def test_what_is_urgent_goes_before_what_its_desk_handed_over_earlier() -> None:
    flash, next_flash = sealed("1", **URGENT), sealed("2", **URGENT)
    answer = sealed("3", **URGENT, references=[REFERENCE])
    many = [sealed(f"m{n}", **URGENT) for n in range(URGENT_AT_ONCE + 1)]
    mixed = [sealed("4", **URGENT), sealed("5")]
    disk, before = Disk(), envelopes("x", SUBMITTED_AT_ONCE + 9)
    calls = [envelopes("y", 2), many, mixed, [answer], [flash], [next_flash]]
    async with writing(disk) as writer:
        first = hand_over(writer, before, OPS)
        await taken(disk, 1)
        tasks = [hand_over(writer, call, OPS) for call in calls]
        await asyncio.sleep(0)
        disk.on.set()
        answers = await asyncio.gather(first, *tasks)

    order = [entry for turn in disk.turns[1:] for _, entry in turn]
    assert order[:2] == [flash.entry, next_flash.entry]
    rest = [one.entry for call in calls[:4] for one in call]
    left = [one.entry for one in before[SUBMITTED_AT_ONCE:]]
    assert order[2:] == left + rest
    for sent, found in zip([*calls], answers[1:], strict=True):
        assert [one.name for one in found] == [one.entry for one in sent]


async def test_the_head_of_what_is_urgent_waits_for_no_other_turn() -> None:
    disk = Disk()
    async with writing(disk) as writer:
        first = hand_over(writer, [sealed("1", **URGENT)], OPS)
        await taken(disk, 1)
        second = hand_over(writer, envelopes("b", 1), OPS)
        third = hand_over(writer, envelopes("c", 1), RESCUE)
        await asyncio.sleep(0)  # both wait now
        disk.on.set()
        await asyncio.gather(first, second, third)

    assert disk.published[0] == 1


async def test_urgent_calls_of_one_desk_leave_another_its_turn() -> None:
    disk = Disk()
    urgent = [([sealed(f"{n}", **URGENT)], OPS) for n in range(9)]
    await behind_one(disk, (envelopes("b", 2), RESCUE), *urgent)

    assert [who for who, _ in disk.turns[1][:4]] == [RESCUE, OPS, RESCUE, OPS]


async def test_nothing_passes_a_statement_of_its_desk() -> None:
    """What is urgent may be signed by that key, and would be refused for good."""
    statement, flash = beginning(PK)[1].entry, sealed("1", **URGENT)
    disk, stated = Disk(), [pb.Envelope(entry=statement)]
    calls = [envelopes("y", 1), stated, envelopes("z", 1), [flash]]
    await behind_one(disk, *((call, OPS) for call in calls))

    order = [entry for turn in disk.turns[1:] for _, entry in turn]
    assert order == [b"y0", statement, flash.entry, b"z0"]
