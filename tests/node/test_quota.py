"""What texts of a partner may take, and the last of the disk."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.limits import (
    BUDGET_SAVED,
    DAY,
    DESK_SHARE,
    DISK_FLOOR,
    DISK_FLOOR_SHARE,
    ENTRIES_A_DAY,
    ENTRIES_A_DAY_MIN,
    ENTRY_TYPICAL,
    HELD_FOR,
)
from exchange.node import outbox, replicas, upkeep, views
from exchange.node.disk_use import has_room
from exchange.node.quota import (
    DESK,
    ENTRIES,
    REFUSALS,
    REFUSED,
    DailyBudgets,
    Quota,
    Spent,
)
from exchange.store import HELD, LACKING, StoredEntry
from exchange.trust import statements
from tests.node.test_lacking import FIRST, OURS, give, send, sound
from tests.node.world import CN, PK, Site, World, beginning, bulletin, directory
from tests.trust.nation import NOW

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
    """What does not fit leaves room for what does; each partner has its own."""
    quota = Quota(Elapsed(), DailyBudgets(texts=1_000))
    for _ in range(5):  # judged, and not stored: it costs nothing
        assert quota.allowance(CN).takes(1_000)

    assert take(quota, CN, 600, 500, 400, 1) == [True, False, True, False]
    assert take(quota, CN, 1) == [False]
    assert take(quota, IR, 1_000) == [True]


@pytest.mark.parametrize(
    ("passed", "size"), [(DAY // 2, 500), (DAY, 1_000), (9 * DAY, 1_000)]
)
def test_it_fills_by_elapsed_time_up_to_a_day_s(passed: int, size: int) -> None:
    elapsed = Elapsed()
    quota = Quota(elapsed, DailyBudgets(texts=1_000))
    take(quota, CN, 1_000)
    elapsed.now += passed

    assert take(quota, CN, size, 1) == [True, False]


def test_who_is_short_is_named_until_what_was_refused_would_be_taken() -> None:
    elapsed = Elapsed()
    quota = Quota(elapsed, DailyBudgets(texts=1_000))
    take(quota, CN, 1_000, 300)
    take(quota, IR, 1_000)

    assert quota.peers_over() == [CN]
    elapsed.now += DAY // 2
    assert quota.peers_over() == []


def test_without_room_nothing_is_taken_and_with_room_again_it_is() -> None:
    room = False
    quota = Quota(Elapsed(), DailyBudgets(texts=1_000), room=lambda _: room)

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


def limit(site: Site, a_day: int, free: Sequence[float] = (1,)) -> None:
    """Let a node take such texts of each partner a day; `free` is of the floor."""
    clock, budgets = site.clock, DailyBudgets(texts=a_day)
    site.node.quota = Quota(clock.elapsed, budgets, lambda parts: free[0] >= 1 / parts)


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
    limit(met.cn, 10**9, [0])

    answers = met.cn.submit(*beginning(met.cn.nation))

    assert not any(answer.reason for answer in answers)


# Own desks.


def test_a_desk_has_a_share_of_the_least_that_partners_store(met: World) -> None:
    """A stolen desk cannot use up its nation's budget at partners."""
    node, desk = met.pk.node, met.pk.nation.desk
    node.quota.note_told(CN, 4 * ENTRIES_A_DAY)
    node.quota.note_told(IR, 2 * ENTRIES_A_DAY_MIN)
    node.quota.spend(desk, {DESK: 2 * ENTRIES_A_DAY_MIN // DESK_SHARE - 1})

    one, two = (
        bulletin(met.pk.nation, met.cn.nation, text) for text in (b"one", b"two")
    )
    (taken,) = met.pk.from_desk(one)
    (refused,) = met.pk.from_desk(two)
    (again,) = met.pk.from_desk(one)
    statement = statements.sealing_statement(
        desk, met.cn.nation.sealing.public, (NOW, NOW + 7 * DAY)
    )
    signed = directory(met.pk.nation, statement, [("author", met.pk.nation.author)])
    (stated,) = met.pk.from_desk(signed)

    assert (taken.reason, again.reason, stated.reason) == ("", "", "")
    assert (refused.reason, refused.where, refused.later) == ("QUOTA", desk, True)
    assert not met.pk.submit(two)[0].reason  # the operator's own

    met.pk.now += DAY
    assert not met.pk.from_desk(two)[0].reason


def test_a_partner_cannot_take_the_desks_of_others_their_share() -> None:
    quota = Quota(Elapsed())
    quota.note_told(CN, 1)

    quota.spend("ops.islamabad.pk", {DESK: ENTRIES_A_DAY_MIN // DESK_SHARE - 1})

    quota.check_desk("ops.islamabad.pk")


def test_what_desks_recorded_outlasts_a_restart(met: World) -> None:
    desk = met.pk.nation.desk
    met.pk.node.quota.spend(desk, {DESK: ENTRIES_A_DAY})
    upkeep.close(met.pk.node)

    met.reopen()
    (refused,) = met.pk.from_desk(bulletin(met.pk.nation, met.cn.nation, b"one"))

    assert refused.reason == "QUOTA"


# Entries.


def held(quota: Quota, *waiting: Mapping[str, int]) -> bool:
    try:
        quota.check_log(CN, waiting)
    except Refusal as refusal:
        return (refusal.reason, refusal.where) == (Reason.QUOTA, CN)
    return False


def amounts(entries: int, refused: int = 0, refusals: int = 0) -> Mapping[str, int]:
    return {ENTRIES: entries, REFUSED: refused, REFUSALS: refusals}


SMALL = DailyBudgets(entries=1_000, refused=100, refusals=10)


@pytest.mark.parametrize(
    "used", [amounts(1_000), amounts(200, 100, 1), amounts(50, 50, 10)]
)
def test_each_budget_of_entries_holds_a_log(used: Mapping[str, int]) -> None:
    quota = Quota(Elapsed(), SMALL)
    less = {what: n - 1 for what, n in used.items()}

    assert not held(quota, less)
    assert held(quota, used)  # judged, and not stored
    quota.spend(CN, used)

    assert held(quota)
    assert not quota.holds(IR)


def test_a_log_counts_as_held_for_a_moment_after_each_refusal() -> None:
    elapsed = Elapsed()
    quota = Quota(elapsed, SMALL)
    quota.spend(CN, amounts(9_000))
    assert not quota.holds(CN)
    assert held(quota)

    elapsed.now += HELD_FOR - 1
    assert quota.holds(CN)
    elapsed.now += 1
    assert not quota.holds(CN)  # nothing of it waits


def test_what_is_allowed_is_added_once() -> None:
    elapsed = Elapsed()
    quota = Quota(elapsed, SMALL)
    quota.spend(CN, amounts(1_000, 100, 10))
    kept = Kept()
    quota.take_allowed = iter([{CN: 5_000}, {}, {}]).__next__

    quota.tick(kept)
    assert not held(quota, amounts(4_999, 99, 9))
    quota.spend(CN, amounts(5_000))
    quota.tick(kept)
    assert held(quota)
    elapsed.now += 9 * DAY
    quota.tick(kept)

    assert held(quota, amounts(1_000))


def test_what_was_allowed_does_not_run_out_by_itself() -> None:
    elapsed = Elapsed()
    quota = Quota(elapsed, SMALL)
    quota.allow(CN, 5_000)
    elapsed.now += 9 * DAY

    assert not held(quota, amounts(5_999))


class Kept:
    """What is left, as a database keeps it."""

    def __init__(self) -> None:
        self.left: dict[tuple[str, str], int] = {}

    def all(self) -> dict[tuple[str, str], int]:
        return dict(self.left)

    def keep(self, left: Mapping[tuple[str, str], int]) -> None:
        self.left |= left


def test_little_is_kept_only_at_the_end() -> None:
    """One write a second for each bulletin would cost more than what it keeps."""
    kept = Kept()
    quota = Quota(Elapsed(), DailyBudgets())
    quota.spend(CN, amounts(ENTRIES_A_DAY // BUDGET_SAVED - 1))
    quota.tick(kept)
    assert kept.left == {}

    quota.save(kept, whole=True)

    left = ENTRIES_A_DAY - ENTRIES_A_DAY // BUDGET_SAVED + 1
    assert kept.left == {(CN, ENTRIES): left}


def test_people_are_told_at_half_and_at_the_end() -> None:
    quota = Quota(Elapsed(), SMALL)
    assert list(quota.spent([CN])) == []

    quota.spend(CN, amounts(500))
    assert list(quota.spent([CN])) == [Spent(CN, ENTRIES, 500, 1_000)]
    quota.spend(CN, amounts(490))
    assert list(quota.spent([CN, IR])) == [Spent(CN, ENTRIES, 1_000, 1_000)]


def test_a_long_log_is_named_before_it_is_held(met: World) -> None:
    """A link that is new, or a replica that was lost: the operator may give it more."""
    entries = 2 * ENTRIES_A_DAY // ENTRY_TYPICAL
    head = Head(met.pk.node.origin, entries, bytes(32))
    met.cn.node.startup.remember_promise(VerifiedHead(head, 0, b""))

    assert alarms(met.cn) == [(Reason.BUDGET, f"{PK} +8192 MiB")]
    met.cn.node.quota.allow(PK, 2 * ENTRIES_A_DAY)
    assert alarms(met.cn) == []


def test_what_a_repair_fetches_again_is_not_counted(met: World) -> None:
    send(met, b"one", b"two", b"three")
    before = met.cn.store.logs.size(OURS)
    met.close()
    copy = shutil.copy(met.folder / f"{CN}.db", met.folder / "copy")
    met.reopen()
    met.carry(met.pk, met.cn)
    upkeep.tick(met.cn.node)
    met.close()
    for file in met.folder.glob(f"{CN}.db*"):
        file.unlink()
    shutil.copy(copy, met.folder / f"{CN}.db")
    met.reopen()

    assert met.cn.store.logs.size(OURS) == before
    budgets = DailyBudgets(entries=1)
    met.cn.node.quota = Quota(met.cn.clock.elapsed, budgets)
    met.carry(met.pk, met.cn)
    assert met.cn.store.logs.size(OURS) == before + 3
    send(met, b"four")
    met.carry(met.pk, met.cn)
    assert met.cn.node.quota.left(PK, ENTRIES) < 0
