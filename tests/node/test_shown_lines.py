"""Lines of others, under heads of a log, come to its members from its owner alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, note
from exchange.ledger.note import Vkey
from exchange.node import shown_lines
from exchange.node.shown_lines import LinesForPeer
from exchange.v1 import exchange_service_pb2 as rpc
from tests.expecting import present, refusing
from tests.node import world as worlds
from tests.node.test_restart import fetch, forked_head, restart
from tests.node.world import CN, FILED, PK, World, keys_of, policy
from tests.trust.nation import ml

ORIGIN = checkpoint.log_origin(PK)
THEIRS = checkpoint.log_origin(CN)
THIRD = "third.example/w1"
KEY = ml(THIRD)
VKEY = Vkey(THIRD, note.ML_DSA_44, KEY.public)


@pytest.fixture
def met(tmp_path: Path) -> Iterator[World]:
    """Both hold Islamabad's policy, which asks for a third party."""
    with worlds.world(tmp_path) as world:
        world.meet()
        (beijing,) = world.nations[CN].bundle.nodes[CN].cosigners
        text = (
            f"witness beijing {beijing.encode()}\nwitness third {VKEY.encode()}\n"
            "group both all beijing third\nquorum both\n"
        )
        (answer,) = world.pk.submit(policy(world.nations[PK], text.encode(), 2))
        assert not answer.reason
        world.meet()
        yield world


def witness(world: World) -> None:
    """Let the third party sign the newest head of Islamabad's log."""
    store = world.pk.store
    held = present(store.heads.newest(ORIGIN))
    lined = checkpoint.cosign(held.note, THIRD, KEY, FILED // 1000)
    keys = [*world.pk.node.members.log_keys(ORIGIN), VKEY]
    policy, size = world.pk.node.members.policy(PK), held.head.size
    world.pk.node.cosigned_sizes.take(policy, [VKEY.key], size)
    store.heads.add_lines(ORIGIN, size, checkpoint.only(lined, keys), FILED)


def next_lines(world: World) -> rpc.Cosigned | None:
    """Return what Islamabad shows Beijing on a new stream."""
    return LinesForPeer(world.pk.node, CN).next(world.cn.store.logs.size(ORIGIN), 0)


def third_party(world: World) -> rpc.Cosigned:
    """Return Islamabad's newest head with the third party's line alone."""
    held = present(world.pk.store.heads.newest(ORIGIN))
    note = checkpoint.only(held.note, [*world.pk.node.members.log_keys(ORIGIN), VKEY])
    return rpc.Cosigned(origin=ORIGIN, size=held.head.size, head=note)


def lines(world: World) -> set[str]:
    held = present(world.cn.store.heads.newest(ORIGIN))
    return {line.name for line in note.parse_note(held.note).lines}


def test_a_third_partys_line_comes_to_stand_at_the_partner(met: World) -> None:
    assert next_lines(met) is None
    witness(met)
    told = present(next_lines(met))
    assert told == third_party(met)

    shown_lines.keep(met.cn.node, PK, told)
    shown_lines.keep(met.cn.node, PK, told)

    assert THIRD in lines(met)
    policy = met.cn.node.members.policy(PK)
    held = present(met.cn.store.heads.newest(ORIGIN))
    assert policy.met(checkpoint.line_times(held.note, policy.vkeys)) is not None


def test_a_node_restored_from_nothing_has_them_back(met: World) -> None:
    witness(met)
    told = third_party(met)
    shown_lines.keep(met.cn.node, PK, told)
    restart(met)
    met.greet()
    fetch(met)

    held = present(met.pk.store.heads.newest(ORIGIN))
    names = {line.name for line in note.parse_note(held.note).lines}
    assert {THIRD, checkpoint.cosigner_name(CN)} <= names


def test_a_line_that_does_not_verify_is_not_kept(met: World) -> None:
    witness(met)
    told = third_party(met)
    told.head = told.head[:-8] + b"AAAA" + told.head[-4:]

    with refusing({Reason.COSIGNATURE, Reason.NOTE}):
        shown_lines.keep(met.cn.node, PK, told)

    assert THIRD not in lines(met)


def test_a_line_of_a_key_that_the_policy_does_not_name_is_passed_over(
    met: World,
) -> None:
    held = present(met.pk.store.heads.newest(ORIGIN))
    stranger = ml("stranger")
    lined = checkpoint.cosign(held.note, THIRD, stranger, FILED // 1000)
    before = met.cn.store.heads.newest(ORIGIN)

    shown_lines.keep(
        met.cn.node, PK, rpc.Cosigned(origin=ORIGIN, size=held.head.size, head=lined)
    )

    assert met.cn.store.heads.newest(ORIGIN) == before


def test_lines_under_a_head_of_another_history_are_a_fork(met: World) -> None:
    lined = checkpoint.cosign(forked_head(2), THIRD, KEY, FILED // 1000)

    with refusing(Reason.FORK):
        shown_lines.keep(
            met.cn.node, PK, rpc.Cosigned(origin=ORIGIN, size=2, head=lined)
        )

    assert ORIGIN in met.cn.node.forks


def test_nobody_shows_lines_of_anothers_log(met: World) -> None:
    keys = keys_of(CN)
    head = checkpoint.Head(THEIRS, 1, bytes(32))
    signed = checkpoint.sign_head(head, keys.log, keys.log_pq, FILED // 1000)

    for told in (
        rpc.Cosigned(origin=THEIRS, size=1, head=signed),
        rpc.Cosigned(origin=ORIGIN, size=1, head=signed),
        rpc.Cosigned(origin=ORIGIN),
    ):
        with pytest.raises(Refusal):
            shown_lines.keep(met.cn.node, PK, told)


def test_lines_under_a_head_that_is_not_here_yet_wait_for_it(met: World) -> None:
    met.pk.submit(policy(met.nations[PK], b"retention 30\n", 3))
    witness(met)
    told = third_party(met)

    shown_lines.keep(met.cn.node, PK, told)
    assert THIRD not in lines(met)
    met.meet()
    shown_lines.keep(met.cn.node, PK, told)

    assert THIRD in lines(met)
