"""A partner that fills the disk."""

from exchange.errors import Reason
from exchange.node import views
from exchange.store import HELD, LACKING
from tests.node import conftest as node_fixtures
from tests.node.test_lacking import FIRST, OURS, give, send, sound
from tests.node.test_quota import alarms, limit, stored, weight
from tests.node.world import CN, PK, World, bulletin

met = node_fixtures.met


def test_p63_a11_beyond_the_budget_entries_are_taken_and_texts_are_not(
    met: World,
) -> None:
    limit(met.cn, 2 * weight(met))
    send(met, b"one", b"two", b"three")
    met.carry(met.pk, met.cn)

    assert [one.state for one in stored(met)] == [HELD, HELD, LACKING]
    assert [one.why for one in stored(met)] == ["", "", "QUOTA"]
    assert [one.reason for one in stored(met)] == [""] * 3
    assert alarms(met.cn) == [(Reason.QUOTA, PK)]
    assert alarms(met.pk) == [(Reason.MISSING, f"{OURS}#{FIRST + 2}")]
    assert views.status(met.pk.node).peers[0].lacking == 1
    sound(met, met.cn, lacking=1)


def test_p63_a11_below_the_floor_headers_go_on_and_no_text_and_no_submit(
    met: World,
) -> None:
    room = [False]
    limit(met.cn, 10**9, room)
    send(met, b"one")
    met.carry(met.pk, met.cn)
    own = bulletin(met.cn.nation, met.pk.nation, b"own")
    before = met.cn.store.logs.size(met.cn.node.origin)

    (answer,) = met.cn.from_desk(own)

    assert (answer.reason, answer.later) == (Reason.DISK, True)
    assert met.cn.store.logs.size(met.cn.node.origin) == before
    assert [one.why for one in stored(met)] == ["QUOTA"]
    assert alarms(met.cn) == [(Reason.DISK, CN)]
    sound(met, met.cn, lacking=1)

    room[0] = True
    give(met, FIRST)
    (answer,) = met.cn.from_desk(own)

    assert not answer.reason
    assert [one.state for one in stored(met)] == [HELD]
    assert alarms(met.cn) == []
