"""Real nodes side by side, after a fork and after they went on from it."""

from collections.abc import Iterator

import pytest

from exchange.audit.result import LiveAudit, LiveLog
from exchange.audit.sources.node import AuditedNode, ShownLog
from exchange.audit.verify_nodes import verify_live
from exchange.errors import Reason
from exchange.ledger import fork
from exchange.node import views
from exchange.node.node import Node
from exchange.v1 import audit_service_pb2 as pb
from tests.node.test_restart import send
from tests.node.test_resume import FIRST, SECOND, THEIRS, end_of, fetch, forked, resume
from tests.node.world import World

__all__ = ["forked"]  # the fixture


class InProcess(AuditedNode):
    """Reads a node without a network between."""

    def __init__(self, node: Node) -> None:
        self.node = node.name
        self._node = node

    def logs(self) -> Iterator[ShownLog]:
        found = views.audited_logs(self._node, pb.ListLogsRequest()).logs
        return iter([ShownLog(log.origin, log.head, log.fork) for log in found])

    def entries(self, origin: str, start: int, end: int) -> Iterator[bytes]:
        asked = pb.AuditServiceListEntriesRequest(origin=origin, start=start)
        yield from views.audited_entries(self._node, asked).entries[: end - start]

    def heads(self, origin: str, up_to: int) -> Iterator[bytes]:
        request = pb.ListHeadsRequest(origin=origin, up_to=up_to)
        yield from views.audited_heads(self._node, request).heads

    def directory_heads(self, origin: str, up_to: int) -> Iterator[bytes]:
        request = pb.ListDirectoryHeadsRequest(origin=origin, up_to=up_to)
        yield from views.audited_directory_heads(self._node, request).heads


def live(world: World) -> dict[str, LiveLog]:
    pinned = {one.domain: one for one in world.cn.node.members.nations}
    readers = [InProcess(site.node) for site in (world.pk, world.cn)]
    found: LiveAudit = verify_live(readers, pinned)
    return {log.origin: log for log in found.logs}


def test_a_fork_is_proven_from_both_nodes_though_neither_shows_its_proof(
    forked: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for site in (forked.pk, forked.cn):
        monkeypatch.setattr(site.node, "forks", {})

    found = live(forked)

    assert not found[FIRST].agree
    proof = found[FIRST].fork
    assert proof is not None
    fork.verify(proof, forked.cn.node.members.log_keys(FIRST))
    assert all(view.ok for view in found[FIRST].views)
    assert found[THEIRS].ok


def test_the_log_that_goes_on_is_sound_and_the_first_stays_forked(
    forked: World,
) -> None:
    resume(forked, end_of(forked))
    fetch(forked)
    send(forked, b"in the second")
    forked.meet()

    found = live(forked)

    assert list(found) == [THEIRS, FIRST, SECOND]
    assert found[SECOND].ok
    assert found[THEIRS].ok
    for view in found[SECOND].views:
        assert view.audit is not None
        assert view.audit.accepted == view.size == 2
    # Of the first both hold the same by now; that it was forked is not forgotten.
    assert found[FIRST].agree
    assert found[FIRST].fork is not None
    told = {
        fault.reason
        for view in found[FIRST].views
        if view.audit
        for fault in view.audit.faults
    }
    assert told == {Reason.FORK}
