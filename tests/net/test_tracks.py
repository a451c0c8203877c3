"""What touches the disk is done in order within a track, and answers are joined."""

import asyncio

import pytest

from exchange.net.tracks import Tracks
from exchange.node import effects
from exchange.node.window import join_answers
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import ledger_pb2

ORIGIN = "islamabad.pk.fusion/log/1"


def answer(size: int, *refused: int, origin: str = ORIGIN) -> pb.Cosigned:
    return pb.Cosigned(
        origin=origin,
        size=size,
        head=b"head %d" % size,
        refusals=[ledger_pb2.Refusal(index=index, reason="TIME") for index in refused],
        lacking=[size - 1],
        refused=ledger_pb2.RefusalSignature(size=size),
    )


def test_one_answer_says_what_two_say() -> None:
    for first, second in ((answer(4, 1, 3), answer(9)), (answer(4), answer(9, 1, 3))):
        joined = join_answers(first, second)

        assert joined is not None
        assert (joined.size, joined.head) == (9, b"head 9")
        assert [refusal.index for refusal in joined.refusals] == [1, 3]
        assert joined.refused == (first if first.refusals else second).refused
        assert list(joined.lacking) == [8]


@pytest.mark.parametrize(
    "second",
    [
        answer(9, origin="another log"),
        answer(3),
        answer(9, 5),
    ],
    ids=["another log", "less", "another signature"],
)
def test_what_is_not_one_answer_stays_two(second: pb.Cosigned) -> None:
    assert join_answers(answer(4, 1, 3), second) is None


class Disk:
    """Does nothing until it may go on, and notes what it did."""

    def __init__(self) -> None:
        self.going_on = asyncio.Event()
        self.done: list[effects.Disk] = []

    async def carry(self, effect: effects.Disk) -> None:
        await self.going_on.wait()
        self.done.append(effect)


async def test_answers_that_wait_are_recorded_as_one_and_the_rest_in_order() -> None:
    disk = Disk()
    tracks = Tracks(disk.carry)
    tasks = [
        asyncio.create_task(tracks.run(track)) for track in range(effects.REST + 1)
    ]
    tracks.put(effects.RecordCosigned(answer(2)))
    await asyncio.sleep(0)
    for size in (4, 6, 8):
        tracks.put(effects.RecordCosigned(answer(size, *[3] * (size == 4))))
    tracks.put(effects.RecordCosigned(answer(1, origin="another log")))
    loads = [effects.LoadBatch(ORIGIN, start) for start in range(3)]
    for load in loads:
        tracks.put(load)
    assert not tracks.idle([effects.RECORD])
    assert tracks.waiting(range(effects.REST + 1)) >= 6

    disk.going_on.set()
    async with asyncio.timeout(60):
        await tracks.until(lambda: tracks.idle(range(effects.REST + 1)))

    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    recorded = [
        one.cosigned for one in disk.done if isinstance(one, effects.RecordCosigned)
    ]
    assert [(one.origin, one.size) for one in recorded] == [
        (ORIGIN, 2),
        (ORIGIN, 8),
        ("another log", 1),
    ]
    assert [refusal.index for refusal in recorded[1].refusals] == [3]
    assert [one for one in disk.done if isinstance(one, effects.LoadBatch)] == loads
    assert tracks.waiting(range(effects.REST + 1)) == 0
