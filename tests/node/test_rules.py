"""A log whose rules one release does not know: that one stops at it, with UPGRADE."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import HEARTBEAT
from exchange.node import replicas
from exchange.trust import statements
from exchange.v1 import envelope_pb2 as pb
from tests.expecting import refusing
from tests.node.receiving import take_next
from tests.node.test_clocks import alarms
from tests.node.world import PK, World, bulletin, policy, world
from tests.trust.nation import Nation

NEWER = statements.NEWEST_RULES + 1


@contextmanager
def newer_release() -> Iterator[None]:
    """Let what runs meanwhile be a release that knows one version more."""
    with patch.object(statements, "NEWEST_RULES", NEWER):
        yield


def stated(nation: Nation) -> pb.Envelope:
    return policy(nation, b"rules %d\n" % NEWER)


@pytest.fixture
def ahead(tmp_path: Path) -> Iterator[World]:
    """Islamabad follows rules that Beijing's release does not know."""
    with world(tmp_path) as made:
        made.meet()
        with newer_release():
            (answer,) = made.pk.submit(stated(made.pk.nation))
            assert not answer.reason
            made.pk.from_desk(bulletin(made.pk.nation, made.cn.nation, b"later"))
        yield made


def test_nothing_more_of_that_log_is_taken_and_others_go_on(ahead: World) -> None:
    """Nor is it cosigned again."""
    origin, others = ahead.pk.node.origin, ahead.cn.node.origin
    before = ahead.cn.store.heads.newest(origin)

    for _ in range(2):
        with refusing(Reason.UPGRADE):
            take_next(ahead.cn.node, ahead.pk.node)

    assert ahead.cn.store.heads.newest(origin) == before
    assert alarms(ahead.cn) == [(Reason.UPGRADE, origin)]
    ahead.cn.now += 2 * HEARTBEAT
    assert replicas.cosign_again(ahead.cn.node, PK) is None
    ahead.cn.from_desk(bulletin(ahead.cn.nation, ahead.pk.nation, b"ours"))
    ahead.carry(ahead.cn, ahead.pk)
    assert ahead.pk.store.logs.size(others) == ahead.cn.store.logs.size(others)


def test_the_newer_release_goes_on_where_the_older_one_stopped(ahead: World) -> None:
    with pytest.raises(Refusal):
        take_next(ahead.cn.node, ahead.pk.node)
    with newer_release():
        ahead.reopen()

        ahead.carry(ahead.pk, ahead.cn)

        size = ahead.pk.store.logs.size(ahead.pk.node.origin)
        assert ahead.cn.store.logs.size(ahead.pk.node.origin) == size
        assert alarms(ahead.cn) == []


def test_an_older_release_judges_nothing_by_newer_rules(ahead: World) -> None:
    """Nor does one that was put back: its own log stands under rules it knows not."""
    ahead.reopen()

    (answer,) = ahead.pk.from_desk(bulletin(ahead.pk.nation, ahead.cn.nation, b"now"))

    assert (answer.reason, answer.later) == (Reason.UPGRADE, True)


def test_a_node_does_not_record_rules_that_it_does_not_know(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        size = made.pk.store.logs.size(made.pk.node.origin)

        (answer,) = made.pk.submit(stated(made.pk.nation))

        assert (answer.reason, answer.later) == (Reason.UPGRADE, True)
        assert made.pk.store.logs.size(made.pk.node.origin) == size
