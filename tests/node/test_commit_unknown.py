"""A COMMIT whose answer was cut off: the log is read before anybody gets an answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from exchange.errors import CommitUnknown, Reason, Refusal, Unreachable
from exchange.ledger.checkpoint import Head
from exchange.node import own_log, submissions
from exchange.node.submission_check import Submission
from exchange.v1 import desk_service_pb2 as desk_pb
from tests.faults import COMMIT, NEVER, Disk
from tests.node.world import PK, World, bulletin

DATABASE = f"{PK}.db"


def appends(world: World, text: bytes) -> Callable[[], list[desk_pb.Submitted]]:
    sent = bulletin(world.pk.nation, world.cn.nation, text)
    one = Submission(sent, world.pk.nation.desk)
    return lambda: submissions.commit(world.pk.node, [one])


def commit_of(disk: Disk, act: Callable[[], object]) -> int:
    """Return which step of a call is its first COMMIT, by making one like it."""
    disk.arm(NEVER, "lost")
    act()
    return disk.heal().index(COMMIT) + 1


@contextmanager
def two_written(folder: Path) -> Iterator[tuple[Disk, World, int]]:
    """Yield a world whose disk can fail, and which step of a call is its COMMIT."""
    with Disk().attach(folder / DATABASE) as disk:
        world = World(folder)
        world.meet()
        appends(world, b"zero")()
        yield disk, world, commit_of(disk, appends(world, b"one"))
        world.close()


@pytest.mark.parametrize("way", ["lost", "done"])
def test_what_stands_is_found_out_and_then_told(tmp_path: Path, way: str) -> None:
    with two_written(tmp_path) as (disk, world, step):
        size = world.pk.store.logs.size(world.pk.node.origin)
        again = appends(world, b"two")

        disk.arm(step, way)
        (answer,) = again()
        assert disk.failed == COMMIT
        disk.heal()

        stands = world.pk.store.logs.size(world.pk.node.origin) - size
        assert stands == (way == "done")
        assert bool(answer.reason) is (way == "lost")
        assert answer.later is (way == "lost")
        (repeated,) = again()
        assert (repeated.reason, repeated.index) == ("", size)
        assert world.pk.store.logs.size(world.pk.node.origin) == size + 1


def test_heads_whose_answer_was_cut_wake_who_waits_for_them(tmp_path: Path) -> None:
    """Nothing is left to sign then: the next tick would wake nobody."""
    with Disk().attach(tmp_path / DATABASE) as disk:
        world = World(tmp_path)
        world.meet()
        node = world.pk.node
        publish = partial(own_log.publish, node)
        appends(world, b"zero")()
        publish()
        appends(world, b"one")()
        step = commit_of(disk, publish)
        appends(world, b"two")()
        size, woken = node.store.logs.size(node.origin), list[int]()
        node.on_change = lambda: woken.append(1)

        disk.arm(step, "done")
        with pytest.raises(CommitUnknown):
            publish()
        disk.heal()

        assert node.store.logs.signed_size(node.origin) == size
        assert woken
        world.close()


def test_nobody_is_told_while_it_cannot_be_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process writes by now; it knows, and answers when asked again."""
    with two_written(tmp_path) as (disk, world, step):
        store, act = world.pk.store, appends(world, b"two")
        stands = store.stands
        disk.arm(step, "done")

        def taken_over(head: Head) -> bool:
            assert disk.failed == COMMIT
            disk.heal()
            other = type(store)(tmp_path / DATABASE)
            other.claim(b"o" * 16)
            other.close()
            return stands(head)

        monkeypatch.setattr(store, "stands", taken_over)
        with pytest.raises(Unreachable) as cut:
            act()

        assert cut.value.reason is Reason.UNREACHABLE
        with pytest.raises(Unreachable):  # here it is never known
            act()


def test_what_stands_in_doubt_is_told_once_it_is_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server shows what its standby may not have yet."""

    def away(*_: object) -> bool:
        raise Refusal(Reason.DATABASE, DATABASE)

    with two_written(tmp_path) as (disk, world, step):
        store, act = world.pk.store, appends(world, b"two")
        size = store.logs.size(world.pk.node.origin)
        disk.arm(step, "done")
        with monkeypatch.context() as failing:
            failing.setattr(store, "stands", away)
            with pytest.raises(Unreachable):
                act()
        disk.heal()
        assert store.logs.size(world.pk.node.origin) == size + 1

        with monkeypatch.context() as failing:
            failing.setattr(store, "confirm", away)
            with pytest.raises(Unreachable):
                act()

        (answer,) = act()
        assert (answer.reason, answer.index) == ("", size)
        assert store.logs.size(world.pk.node.origin) == size + 1
