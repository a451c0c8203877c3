"""What a partner or a desk shows is remembered, and believed no further than it goes.

Each of these was found by the model (tests/model), and is told here by itself.
"""

from collections.abc import Callable
from unittest.mock import patch

import pytest

from exchange.audit.verify_database import verify_file
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.merkle import Edge
from exchange.limits import HEAD_KEPT, HEARTBEAT
from exchange.node import outbox, peer_heads, replicas, upkeep
from exchange.store import Store
from exchange.store.logs import Logs
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from tests.expecting import present, refusing
from tests.node.receiving import fetch, receive_batch, restore_batch, take_next
from tests.node.test_restart import copy_of, restart
from tests.node.world import CN, FILED, PK, Site, World, bulletin, forged, keys_of

OURS = checkpoint.log_origin(PK)
THEIRS = checkpoint.log_origin(CN)


def send(site: Site, other: Site, *texts: bytes) -> None:
    sent = (bulletin(site.nation, other.nation, text) for text in texts)
    assert not any(answer.reason for answer in site.from_desk(*sent))


def head_of(origin: str, size: int, root: bytes = b"\7" * 32) -> bytes:
    """Return a head of a log, signed, that no tree of it has."""
    keys = keys_of(origin.partition(".fusion/")[0])
    head = checkpoint.Head(origin, size, root)
    return checkpoint.sign_head(head, keys.log, keys.log_pq, FILED // 1000)


def note(site: Site, origin: str) -> bytes:
    held = present(site.store.heads.newest(origin))
    return held.note


def told(origin: str, size: int, head: bytes) -> list[ledger_pb2.LogPosition]:
    return [ledger_pb2.LogPosition(origin=origin, size=size, head=head)]


def forks(site: Site, origin: str) -> None:
    """Assert that a log is frozen, with a proof."""
    fork.verify(site.node.forks[origin].proof, site.node.members.log_keys(origin))


def answered(met: World) -> rpc.Cosigned:
    """Send an entry; return the answer to it, which nobody has recorded yet."""
    send(met.pk, met.cn, b"one")
    return take_next(met.cn.node, met.pk.node)


def test_a_node_whose_log_is_found_forked_still_cosigns_its_partners(
    met: World,
) -> None:
    met.reopen()
    pk = restart(met, copy_of(met))

    with pytest.raises(Refusal):
        peer_heads.hear_partner(pk.node, CN, told(OURS, 3, head_of(OURS, 3)))
    send(met.cn, pk, b"one")
    cosigned = take_next(pk.node, met.cn.node)

    mirrors = pk.node.members.cosigner_keys(PK)
    assert checkpoint.cosignatures(cosigned.head, mirrors)


@pytest.mark.parametrize("origin", [OURS, THEIRS])
def test_a_head_that_could_not_be_compared_must_be_told_again(
    met: World, origin: str
) -> None:
    pk = restart(met, copy_of(met))
    broken = Refusal(Reason.DATABASE, "node.db")

    with patch.object(Logs, "size", side_effect=broken), pytest.raises(Refusal):
        peer_heads.hear_desk(pk.node, "ops.islamabad.pk", [head_of(origin, 5)])
    with patch.object(Logs, "size", side_effect=broken), pytest.raises(Refusal):
        peer_heads.hear_partner(pk.node, CN, told(origin, 5, head_of(origin, 5)))

    assert not pk.node.may_sign


def test_a_head_that_comes_with_a_line_stops_a_node_that_is_behind_it(
    met: World,
) -> None:
    """The partner hid it in its hello."""
    copy = copy_of(met)
    send(met.pk, met.cn, b"one")
    met.meet()
    pk = restart(met, copy)
    peer_heads.hear_partner(pk.node, CN, [])
    assert pk.node.may_sign

    with refusing(Reason.MISSING):
        peer_heads.record_cosignature(
            pk.node, CN, rpc.Cosigned(origin=OURS, size=4, head=note(met.cn, OURS))
        )

    assert not pk.node.may_sign


def promise(met: World) -> None:
    peer_heads.hear_partner(met.cn.node, PK, told(OURS, 4, head_of(OURS, 4)))


def show_beside_the_greatest(met: World) -> None:
    """A desk shows the right head of 5 beside a wrong one of 4."""
    send(met.pk, met.cn, b"one", b"two")
    heads = [head_of(OURS, 4), note(met.pk, OURS)]
    peer_heads.hear_desk(met.cn.node, "ops.islamabad.pk", heads)


def send_again_under_a_later_head(met: World) -> None:
    batch = outbox.next_batch(met.pk.node, CN, 0).batch
    batch.head = head_of(OURS, 5)
    receive_batch(met.cn.node, PK, batch)


@pytest.mark.parametrize(
    "show", [promise, show_beside_the_greatest, send_again_under_a_later_head]
)
def test_every_head_that_was_shown_is_compared_once_the_log_has_come(
    met: World, show: Callable[[World], None]
) -> None:
    """Whoever showed it: its owner in a hello or with a batch, or a desk."""
    show(met)
    send(met.pk, met.cn, b"three", b"four")

    with refusing(Reason.FORK):
        met.carry(met.pk, met.cn)

    forks(met.cn, OURS)


def test_a_history_beside_what_a_desk_has_seen_is_not_taken_back(met: World) -> None:
    """The node once signed both; the partner lends the one, the desk saw the other."""
    copy = copy_of(met)
    send(met.pk, met.cn, b"replicated")
    met.meet()
    pk = restart(met, copy)
    peer_heads.hear_desk(pk.node, "ops.islamabad.pk", [head_of(OURS, 4)])
    peer_heads.hear_desk(pk.node, "ops.islamabad.pk", [note(met.cn, OURS)])

    forks(pk, OURS)

    pk = restart(met, copy)
    send(met.cn, pk, b"x")
    peer_heads.hear_partner(pk.node, CN, outbox.log_positions(met.cn.node.store))
    pk.node.startup._shown.clear()
    peer_heads.hear_desk(pk.node, "ops.islamabad.pk", [head_of(OURS, 4)])
    with refusing(Reason.FORK):
        fetch(pk.node, met.cn.node)
    assert pk.store.logs.size(OURS) == 3


def test_a_hello_names_no_head_twice(met: World) -> None:
    assert outbox.hello_positions(met.pk.node, CN) == outbox.log_positions(
        met.pk.node.store
    )


def test_a_frozen_log_of_which_nothing_is_held_is_sound(met: World) -> None:
    cn = met.nations[CN]
    path = met.folder / "fresh.db"
    store = Store(path)
    first, second = (
        forged(cn, Edge.empty(), [entry]).head for entry in (b"one", b"two")
    )
    proof = fork.between(first, second, lambda _level, _at: b"")
    store.forks.add(THEIRS, proof.encode(), FILED)
    store.close()

    assert verify_file(path, PK, met.bundles).ok


def test_newer_lines_go_with_the_head_that_they_stood_under(met: World) -> None:
    pk, cn = met.pk, met.cn
    cn.now = FILED + HEARTBEAT
    line = present(replicas.cosign_again(cn.node, PK))
    peer_heads.record_cosignature(pk.node, CN, line)
    cn.now = FILED
    send(pk, cn, b"one")
    met.meet()

    upkeep.tick(pk.node)
    pk.now = FILED + 10 * HEAD_KEPT
    upkeep.tick(pk.node)

    assert pk.store.heads.note(OURS, 3) is None
    pk.store.close()
    assert met.verify(PK).ok


def test_the_head_of_a_lent_batch_which_is_not_needed_is_looked_at(met: World) -> None:
    batch = replicas.load_lent(met.cn.node, PK, OURS, 0).batch
    batch.head = head_of(OURS, 2)

    with refusing(Reason.FORK):
        restore_batch(met.pk.node, CN, batch)

    forks(met.pk, OURS)
