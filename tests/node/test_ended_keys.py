"""Heads and lines of keys that are retired or revoked, at a node that runs."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import Vkey, parse_note
from exchange.node import outbox, peer_heads
from exchange.v1 import exchange_service_pb2 as rpc
from tests.expecting import present
from tests.node import world as worlds
from tests.node.receiving import receive_batch
from tests.node.world import CN, FILED, PK, World, bulletin
from tests.trust.editions import (
    Change,
    edition,
    with_retired_log,
    with_retired_mirror,
    with_revoked,
)
from tests.trust.nation import ed, ml

CN_LOG, PK_LOG = checkpoint.log_origin(CN), checkpoint.log_origin(PK)
NOW_S = FILED // 1_000
BEFORE, AFTER = FILED, FILED + 1_000
"""Since when a key is revoked: before what it signed now, or behind it."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with worlds.world(tmp_path) as made:
        made.meet()
        yield made


def renew(world: World, *changes: Change) -> None:
    """Let Islamabad's node import an edition of China's bundle."""
    world.pk.node.members.renew(edition(world.nations[CN], 2, *changes))


def revoking(keys: list[Vkey], since: int) -> Change:
    hashes = (hashlib.sha256(key.encode().encode()).digest() for key in keys)
    return with_revoked(*((what, since) for what in sorted(hashes)))


def log_keys(world: World) -> list[Vkey]:
    return list(world.pk.node.members.log_keys(CN_LOG))


def send(world: World, text: bytes) -> Refusal | None:
    """Let China's node log a bulletin and send it; return why it is refused."""
    nations = world.nations
    world.cn.submit(bulletin(nations[CN], nations[PK], text))
    start = world.pk.store.logs.size(CN_LOG)
    batch = outbox.next_batch(world.cn.node, PK, start)
    try:
        receive_batch(world.pk.node, CN, batch)
    except Refusal as refusal:
        return refusal
    return None


def test_a_batch_under_a_head_of_a_revoked_key_is_refused(world: World) -> None:
    assert send(world, b"before") is None
    size = world.pk.store.logs.size(CN_LOG)
    renew(world, revoking(log_keys(world), BEFORE))

    refusal = present(send(world, b"after"))
    assert refusal.reason is Reason.HEAD
    assert world.pk.store.logs.size(CN_LOG) == size


def test_one_of_both_keys_is_enough(world: World) -> None:
    for key in log_keys(world):
        renew(world, revoking([key], BEFORE))
        refusal = present(send(world, key.encode().encode()))
        assert refusal.reason is Reason.HEAD


def test_what_it_signed_before_it_was_in_others_hands_can_be_fetched(
    world: World,
) -> None:
    """A member that joins later must come to the whole log."""
    renew(world, revoking(log_keys(world), AFTER))

    assert send(world, b"of before") is None


def signed(size: int, root: bytes, time_s: int) -> bytes:
    head = Head(CN_LOG, size, root)
    return checkpoint.sign_head(head, ed(CN_LOG), ml(CN_LOG), time_s)


def test_a_head_that_a_revoked_key_signed_is_not_remembered(world: World) -> None:
    renew(world, revoking(log_keys(world), BEFORE))

    with pytest.raises(Refusal, match=Reason.HEAD):
        peer_heads.take_head(world.pk.node, signed(50, bytes(32), NOW_S))
    assert not world.pk.store.sightings.all()


def test_nothing_that_a_revoked_key_dates_back_stops_a_log(world: World) -> None:
    """A thief has the key and says what time he likes; the log goes on by another."""
    size = world.pk.store.logs.size(CN_LOG)
    notes = sorted(signed(size, bytes([n] * 32), NOW_S - 9_000) for n in (1, 2))
    renew(world, revoking(log_keys(world), BEFORE))

    for note in notes:
        with pytest.raises(Refusal, match=Reason.HEAD):
            peer_heads.take_head(world.pk.node, note)
    proof = fork.between(notes[0], notes[1], lambda *_: b"").encode()
    with pytest.raises(Refusal, match=Reason.HEAD):
        peer_heads.judge_fork(world.pk.node, rpc.Forked(origin=CN_LOG, proof=proof))
    assert not world.pk.node.forks


def test_the_same_heads_stop_it_where_nobody_revoked_the_key(world: World) -> None:
    size = world.pk.store.logs.size(CN_LOG)

    with pytest.raises(Refusal, match=Reason.FORK):
        peer_heads.take_head(world.pk.node, signed(size, bytes([1] * 32), NOW_S))


def cosigned(world: World) -> bool:
    """Let Islamabad's node log a bulletin, and China's cosign it; whether it counts."""
    nations, pk = world.nations, world.pk
    pk.submit(bulletin(nations[PK], nations[CN], b"to be cosigned"))
    world.carry(pk, world.cn)
    held = present(pk.store.heads.newest(PK_LOG))
    newest = present(pk.store.heads.note(PK_LOG, held.head.size))
    policy = pk.node.members.policy(PK)
    times = pk.node.members.ends.line_times(newest, policy.vkeys)
    kept = any(line.name == f"{CN}.fusion/mirror" for line in parse_note(newest).lines)
    assert kept == bool(times)
    return policy.met(times) is not None


def test_a_line_of_a_revoked_cosigner_counts_for_nothing(world: World) -> None:
    """Whatever its time: it came after the import."""
    renew(world, revoking([world.nations[CN].mirror(CN)], AFTER))

    assert not cosigned(world)


@pytest.mark.parametrize(("last_s", "counts"), [(NOW_S - 1, False), (NOW_S, True)])
def test_a_line_of_a_retired_cosigner_counts_up_to_its_last(
    world: World, last_s: int, *, counts: bool
) -> None:
    renew(world, with_retired_mirror(last_s))

    assert cosigned(world) is counts


def test_a_retired_key_signs_up_to_the_size_of_its_last_head(world: World) -> None:
    held = world.pk.store.logs.size(CN_LOG)
    renew(world, with_retired_log(world.nations[CN], held + 2))

    assert [send(world, b"%d" % n) for n in range(2)] == [None, None]
    refusal = present(send(world, b"beyond"))
    assert refusal.reason is Reason.HEAD
    assert world.pk.store.logs.size(CN_LOG) == held + 2


def test_a_line_that_was_kept_counts_no_more_where_its_key_ended_before(
    world: World,
) -> None:
    assert cosigned(world)
    held = present(world.pk.store.heads.newest(PK_LOG))
    note = present(world.pk.store.heads.note(PK_LOG, held.head.size))
    members = world.pk.node.members
    policy = members.policy(PK)
    for since, counts in ((BEFORE, False), (AFTER, True)):
        renew(world, revoking([world.nations[CN].mirror(CN)], since))
        times = members.ends.line_times(note, policy.vkeys)
        assert (policy.met(times) is not None) is counts
