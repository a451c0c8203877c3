"""What texts of a partner may take, and the last of the disk."""

import os
from pathlib import Path

import pytest

from exchange.limits import DAY, DISK_FLOOR, DISK_FLOOR_SHARE
from exchange.node import outbox, replicas, views
from exchange.node.disk_use import Quota, has_room
from exchange.store import HELD, LACKING, StoredEntry
from tests.node.test_lacking import FIRST, OURS, give, send, sound
from tests.node.world import CN, PK, Site, World, beginning, bulletin

IR = "tehran.ir"


class Elapsed:
    """Time that a test lets pass, in ms."""

    def __init__(self) -> None:
        self.now = 5 * DAY

    def __call__(self) -> int:
        return self.now


def take(quota: Quota, peer: str, *sizes: int) -> list[bool]:
    """Let a batch of texts of these sizes be stored; which were taken."""
    allowance = quota.allowance(peer)
    found = [allowance.takes(size) for size in sizes]
    quota.record_use(peer, allowance)
    return found


def test_a_partner_may_send_its_budget_and_no_more() -> None:
    quota = Quota(Elapsed(), a_day=1_000)

    assert take(quota, CN, 600, 400, 1) == [True, True, False]
    assert take(quota, CN, 1) == [False]


def test_what_does_not_fit_leaves_room_for_what_does() -> None:
    assert take(Quota(Elapsed(), a_day=1_000), CN, 600, 500, 400) == [True, False, True]


def test_each_has_its_own() -> None:
    quota = Quota(Elapsed(), a_day=1_000)
    take(quota, CN, 1_000)

    assert take(quota, IR, 1_000) == [True]


@pytest.mark.parametrize(
    ("passed", "size"), [(DAY // 2, 500), (DAY, 1_000), (9 * DAY, 1_000)]
)
def test_it_fills_by_elapsed_time_up_to_a_day_s(passed: int, size: int) -> None:
    elapsed = Elapsed()
    quota = Quota(elapsed, a_day=1_000)
    take(quota, CN, 1_000)
    elapsed.now += passed

    assert take(quota, CN, size, 1) == [True, False]


def test_what_was_judged_and_not_stored_costs_nothing() -> None:
    quota = Quota(Elapsed(), a_day=1_000)
    for _ in range(5):
        assert quota.allowance(CN).takes(1_000)

    assert take(quota, CN, 1_000) == [True]


def test_who_is_short_is_named_until_what_was_refused_would_be_taken() -> None:
    elapsed = Elapsed()
    quota = Quota(elapsed, a_day=1_000)
    take(quota, CN, 1_000, 300)
    take(quota, IR, 1_000)

    assert quota.peers_over() == [CN]
    elapsed.now += DAY // 2
    assert quota.peers_over() == []


def test_without_room_nothing_is_taken_and_with_room_again_it_is() -> None:
    room = False
    quota = Quota(Elapsed(), a_day=1_000, room=lambda: room)

    assert take(quota, CN, 1) == [False]
    assert quota.peers_over() == []
    room = True
    assert take(quota, CN, 1) == [True]


@pytest.mark.parametrize(
    ("total", "free", "floor", "room"),
    [
        (100 * DISK_FLOOR, DISK_FLOOR, None, True),
        (100 * DISK_FLOOR, DISK_FLOOR - 4096, None, False),
        (DISK_FLOOR, DISK_FLOOR // DISK_FLOOR_SHARE + 4096, None, True),
        (DISK_FLOOR, DISK_FLOOR // DISK_FLOOR_SHARE - 4096, None, False),
        (DISK_FLOOR, 0, 0, True),
        (100 * DISK_FLOOR, 4096, 8192, False),
    ],
)
def test_the_floor_is_the_smaller_of_a_size_and_a_share_of_the_disk(  # noqa: PLR0913, PLR0917
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    total: int,
    free: int,
    floor: int | None,
    room: bool,  # noqa: FBT001
) -> None:
    told = os.statvfs(tmp_path)
    fields = [*told]
    fields[1] = 4096  # f_frsize
    fields[2], fields[4] = total // 4096, free // 4096  # f_blocks, f_bavail
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(fields))

    assert has_room(tmp_path, floor) is room


def test_a_file_system_that_does_not_say_counts_as_one_with_room(
    tmp_path: Path,
) -> None:
    assert has_room(tmp_path / "nowhere", None)


# At a node.


def limit(site: Site, a_day: int, room: list[bool] | None = None) -> None:
    """Let a node take so much of each partner a day, while `room` says so."""
    left = room or [True]
    clock = site.clock
    site.node.quota = Quota(clock.elapsed, a_day, lambda: left[0])


def stored(world: World) -> list[StoredEntry]:
    return world.cn.store.entries.page(OURS, FIRST, 99)


def alarms(site: Site) -> list[tuple[str, str]]:
    return [(one.reason, one.where) for one in views.status(site.node).alarms]


def weight(world: World) -> int:
    """Return the bytes of a small bulletin's text."""
    one = bulletin(world.pk.nation, world.cn.nation, b"any")
    return sum(map(len, one.wraps)) + len(one.body)


def test_a_text_comes_when_there_is_budget_again(met: World) -> None:
    limit(met.cn, weight(met))
    send(met, b"one", b"two")
    met.carry(met.pk, met.cn)
    (text,) = outbox.load_texts(met.pk.node, CN, OURS, [FIRST + 1])

    assert replicas.complete_text(met.cn.node, PK, text) is None
    assert [one.state for one in stored(met)] == [HELD, LACKING]
    met.cn.reach(met.cn.now + DAY)
    assert alarms(met.cn) == []
    give(met, FIRST + 1)

    assert [one.state for one in stored(met)] == [HELD, HELD]
    assert views.status(met.pk.node).peers[0].lacking == 0
    sound(met, met.cn)


def test_below_the_floor_the_operator_may_state_what_must_be(met: World) -> None:
    limit(met.cn, 10**9, [False])

    answers = met.cn.submit(*beginning(met.cn.nation))

    assert not any(answer.reason for answer in answers)
