"""The faults, each of which happens in the middle of a load."""

import json
import random
import signal
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from tests.failover.cluster import SYNCHRONOUS, Cluster, Member
from tests.failover.nations import Nations
from tests.failover.processes import kill_postgres, wait_for
from tests.failover.relay import Drop

STALLS = 3.0  # s after which a client's TCP gives up a line that is dead
SOON = 30.0  # s
STALE_FOR = 1.0  # s that a primary goes on without its standby
COMMITS = 12  # at one of the next so many a line is cut
CARELESS: dict[str, object] = {
    "synchronous_mode": False,
    "synchronous_mode_strict": False,
    "maximum_lag_on_failover": 1 << 30,
}
"""Settings with which Patroni promotes a standby that lacks acknowledged commits."""


@dataclass(frozen=True)
class Scene:
    """The cluster and the nations that a fault may touch, and its choices."""

    cluster: Cluster
    nations: Nations
    chance: random.Random


def kill_writer(scene: Scene) -> None:
    """Kill the process that writes, in the middle of whatever it does."""
    scene.nations.writer().kill()


def pause_writer(scene: Scene) -> None:
    """Pause the process that writes past its lease; wake it when another writes."""
    paused = scene.nations.writer()
    paused.signal(signal.SIGSTOP)
    wait_for(
        lambda: scene.nations.writer() is not paused, SOON, "nobody has taken over"
    )
    time.sleep(scene.chance.random())
    paused.signal(signal.SIGCONT)


def kill_primary(scene: Scene) -> None:
    """Kill the primary's PostgreSQL; its Patroni lives, and gives up the leadership."""
    kill_postgres(scene.cluster.primary().data)


def lose_primary(scene: Scene) -> None:
    """Kill Patroni and PostgreSQL of the primary, as a power cut does."""
    member = scene.cluster.primary()
    member.lose()
    scene.cluster.primary(but=member)


def partition_primary(scene: Scene) -> None:
    """Cut the primary off from etcd and its standby, and perhaps from clients too."""
    member = scene.cluster.primary()
    doors = scene.nations.doors_to(member.entrance)
    cut = scene.chance.choice([doors, doors[:1], []])
    for line in (*member.lines, *cut):
        line.stall()
    time.sleep(STALLS)
    for door in cut:
        door.cut()
    scene.cluster.primary(but=member)


def drop_before(scene: Scene) -> None:
    """Cut a client's line as it sends a COMMIT, which never arrives."""
    _drop(scene, Drop.BEFORE)


def drop_after(scene: Scene) -> None:
    """Cut a client's line after its COMMIT has arrived, before the answer."""
    _drop(scene, Drop.AFTER)


def _drop(scene: Scene, when: Drop) -> None:
    doors = scene.nations.doors_to(scene.cluster.primary().entrance)
    before = sum(door.drops for door in doors)
    for door in doors:
        door.drop_at_commit(when, scene.chance.randrange(COMMITS))
    wait_for(
        lambda: sum(door.drops for door in doors) > before, SOON, "no COMMIT was sent"
    )
    for door in doors:
        door.disarm()


def cancel_commit(scene: Scene) -> None:
    """Cancel commits that wait for the standby, then lose the primary with them.

    The server answers these with a warning, others see them from then on, but they are
    on no other machine: see patroni#1412.
    """
    member = scene.cluster.primary()
    member.from_members.stall()
    cancel = (
        "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
        " WHERE wait_event = 'SyncRep'"
    )
    wait_for(lambda: member.answers(cancel), SOON, "no COMMIT waits for the standby")
    time.sleep(STALE_FOR / 4)
    member.answers(cancel)
    time.sleep(STALE_FOR / 4)
    kill_postgres(member.data)
    scene.cluster.primary(but=member)


def promote_stale(scene: Scene) -> None:
    """Have a standby promoted that lacks acknowledged commits.

    It needs other settings than the recommended ones, which forbid it.
    """
    member = scene.cluster.primary()
    configure(member, CARELESS)
    names = "SELECT current_setting('synchronous_standby_names')"
    wait_for(lambda: member.answers(names) == "", SOON, "still synchronous")
    member.from_members.stall()
    time.sleep(STALE_FOR)
    kill_postgres(member.data)
    scene.cluster.primary(but=member)
    member.from_members.resume()
    configure(member, SYNCHRONOUS)


def configure(member: Member, settings: dict[str, object]) -> None:
    """Change the settings of the cluster, as `patronictl edit-config` does."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{member.rest}/config",
        json.dumps(settings).encode(),
        {"Content-Type": "application/json"},
        method="PATCH",
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  our own
        assert answer.status == 200


FAULTS: dict[str, Callable[[Scene], None]] = {
    "writer-killed": kill_writer,
    "writer-paused": pause_writer,
    "primary-killed": kill_primary,
    "primary-lost": lose_primary,
    "primary-partitioned": partition_primary,
    "commit-cut-before": drop_before,
    "commit-cut-after": drop_after,
    "commit-cancelled": cancel_commit,
    "stale-promoted": promote_stale,
}
