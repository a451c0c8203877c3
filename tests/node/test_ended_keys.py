"""Heads and lines of keys that are retired or revoked, at a node that runs."""

import hashlib

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import ED25519, ML_DSA_44, Vkey, parse_note
from exchange.node import peer_heads
from exchange.node.node import NodeKeys
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import trust_pb2
from tests.expecting import present
from tests.node.receiving import take_next
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


def renew(met: World, *changes: Change) -> None:
    """Let Islamabad's node import an edition of China's bundle."""
    met.pk.node.members.renew(edition(met.nations[CN], 2, *changes))


def revoking(keys: list[Vkey], since: int) -> Change:
    hashes = (hashlib.sha256(key.encode().encode()).digest() for key in keys)
    return with_revoked(*((what, since) for what in sorted(hashes)))


def log_keys(met: World) -> list[Vkey]:
    return list(met.pk.node.members.log_keys(CN_LOG))


def send(met: World, text: bytes) -> str:
    """Let China's node log a bulletin and send it; return why it is refused, or ""."""
    nations = met.nations
    met.cn.submit(bulletin(nations[CN], nations[PK], text))
    try:
        take_next(met.pk.node, met.cn.node)
    except Refusal as refusal:
        return refusal.reason
    return ""


def test_a_batch_under_a_head_of_a_revoked_key_is_refused(met: World) -> None:
    assert not send(met, b"before")
    size = met.pk.store.logs.size(CN_LOG)
    renew(met, revoking(log_keys(met), BEFORE))

    assert send(met, b"after") == Reason.HEAD
    assert met.pk.store.logs.size(CN_LOG) == size


def test_one_of_both_keys_is_enough(met: World) -> None:
    for key in log_keys(met):
        renew(met, revoking([key], BEFORE))
        assert send(met, key.encode().encode()) == Reason.HEAD


def test_a_log_goes_on_under_its_next_keys(met: World) -> None:
    """What it logged under the revoked ones comes with the next head."""
    origin, mirror = CN_LOG, met.cn.node.keys.mirror
    keys = NodeKeys(ed("next log"), ml("next log"), mirror)
    listed = (
        Vkey(origin, ED25519, keys.log.public),
        Vkey(origin, ML_DSA_44, keys.log_pq.public),
    )

    def with_next(plain: trust_pb2.TrustBundle) -> None:
        plain.nodes[0].logs.extend(key.encode() for key in listed)

    renew(met, revoking(log_keys(met), BEFORE), with_next)
    assert send(met, b"under the old keys") == Reason.HEAD

    met.cn.node.keys = keys
    assert not send(met, b"under the next keys")
    assert met.pk.store.logs.size(CN_LOG) == met.cn.store.logs.size(CN_LOG)


def test_what_it_signed_before_it_was_in_others_hands_can_be_fetched(
    met: World,
) -> None:
    """A member that joins later must come to the whole log."""
    renew(met, revoking(log_keys(met), AFTER))

    assert not send(met, b"of before")


def signed(size: int, root: bytes, time_s: int) -> bytes:
    head = Head(CN_LOG, size, root)
    return checkpoint.sign_head(head, ed(CN_LOG), ml(CN_LOG), time_s)


def test_a_head_that_a_revoked_key_signed_is_not_remembered(met: World) -> None:
    renew(met, revoking(log_keys(met), BEFORE))

    with pytest.raises(Refusal, match=Reason.HEAD):
        peer_heads.take_head(met.pk.node, signed(50, bytes(32), NOW_S))
    assert not met.pk.store.sightings.all()


def test_nothing_that_a_revoked_key_dates_back_stops_a_log(met: World) -> None:
    """A thief has the key and says what time he likes; the log goes on by another."""
    size = met.pk.store.logs.size(CN_LOG)
    notes = sorted(signed(size, bytes([n] * 32), NOW_S - 9_000) for n in (1, 2))
    renew(met, revoking(log_keys(met), BEFORE))

    for note in notes:
        with pytest.raises(Refusal, match=Reason.HEAD):
            peer_heads.take_head(met.pk.node, note)
    proof = fork.between(notes[0], notes[1], lambda *_: b"").encode()
    with pytest.raises(Refusal, match=Reason.HEAD):
        peer_heads.judge_fork(met.pk.node, rpc.Forked(origin=CN_LOG, proof=proof))
    assert not met.pk.node.forks


def test_the_same_heads_stop_it_where_nobody_revoked_the_key(met: World) -> None:
    size = met.pk.store.logs.size(CN_LOG)

    with pytest.raises(Refusal, match=Reason.FORK):
        peer_heads.take_head(met.pk.node, signed(size, bytes([1] * 32), NOW_S))


def cosigned(met: World) -> bool:
    """Let Islamabad's node log a bulletin, and China's cosign it; whether it counts."""
    nations, pk = met.nations, met.pk
    pk.submit(bulletin(nations[PK], nations[CN], b"to be cosigned"))
    met.carry(pk, met.cn)
    held = present(pk.store.heads.newest(PK_LOG))
    newest = present(pk.store.heads.note(PK_LOG, held.head.size))
    policy = pk.node.members.policy(PK)
    times = pk.node.members.ends.line_times(newest, policy.vkeys)
    kept = any(line.name == f"{CN}.fusion/mirror" for line in parse_note(newest).lines)
    assert kept == bool(times)
    return policy.met(times) is not None


def test_a_line_of_a_revoked_cosigner_counts_for_nothing(met: World) -> None:
    """Whatever its time: it came after the import."""
    renew(met, revoking([met.nations[CN].mirror(CN)], AFTER))

    assert not cosigned(met)


@pytest.mark.parametrize(("last_s", "counts"), [(NOW_S - 1, False), (NOW_S, True)])
def test_a_line_of_a_retired_cosigner_counts_up_to_its_last(
    met: World, last_s: int, *, counts: bool
) -> None:
    renew(met, with_retired_mirror(last_s))

    assert cosigned(met) is counts


def test_a_retired_key_signs_up_to_the_size_of_its_last_head(met: World) -> None:
    held = met.pk.store.logs.size(CN_LOG)
    renew(met, with_retired_log(met.nations[CN], held + 2))

    assert [send(met, b"%d" % n) for n in range(2)] == ["", ""]
    assert send(met, b"beyond") == Reason.HEAD
    assert met.pk.store.logs.size(CN_LOG) == held + 2


def test_a_line_that_was_kept_counts_no_more_where_its_key_ended_before(
    met: World,
) -> None:
    assert cosigned(met)
    held = present(met.pk.store.heads.newest(PK_LOG))
    note = present(met.pk.store.heads.note(PK_LOG, held.head.size))
    members = met.pk.node.members
    policy = members.policy(PK)
    for since, counts in ((BEFORE, False), (AFTER, True)):
        renew(met, revoking([met.nations[CN].mirror(CN)], since))
        times = members.ends.line_times(note, policy.vkeys)
        assert (policy.met(times) is not None) is counts
