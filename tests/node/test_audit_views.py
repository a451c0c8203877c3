"""What auditors are shown: whole logs, in pages that fit, and nothing sealed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from exchange.node import outbox, peer_heads, replicas, views
from exchange.v1 import audit_service_pb2 as pb
from tests.expecting import present
from tests.node import world as worlds
from tests.node.world import CN, FILED, PK, World, bulletin, keys_of

ORIGIN = checkpoint.log_origin(PK)
COUNT = 12


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Islamabad's log has the beginning and 9 bulletins, each under its own head."""
    with worlds.world(tmp_path) as made:
        made.meet()
        nations = made.nations[PK], made.nations[CN]
        for number in range(COUNT - 3):
            made.pk.from_desk(bulletin(*nations, b"%d" % number))
        made.meet()
        yield made


def entries(world: World, start: int) -> list[bytes]:
    request = pb.AuditServiceListEntriesRequest(origin=ORIGIN, start=start)
    return list(views.audited_entries(world.cn.node, request).entries)


def heads(world: World, above: int, up_to: int = COUNT) -> list[int]:
    request = pb.ListHeadsRequest(origin=ORIGIN, above=above, up_to=up_to)
    keys = world.pk.node.members.log_keys(ORIGIN)
    notes = views.audited_heads(world.pk.node, request).heads
    return [checkpoint.verify_head(note, keys).head.size for note in notes]


def logs(world: World, after: str = "") -> list[pb.AuditedLog]:
    found = views.audited_logs(world.cn.node, pb.ListLogsRequest(after=after))
    assert found.node == CN
    return list(found.logs)


def test_a_replica_is_shown_like_the_log_itself(world: World) -> None:
    stored = world.pk.store.entries.page(ORIGIN, 0, COUNT)

    assert entries(world, 0) == [one.entry for one in stored]
    assert entries(world, 10) == [one.entry for one in stored[10:]]
    assert entries(world, COUNT) == []
    assert heads(world, 0) == [3, *range(4, COUNT + 1)]
    assert heads(world, 4, 6) == [5, 6]
    assert [log.origin for log in logs(world)] == [checkpoint.log_origin(CN), ORIGIN]
    assert [log.origin for log in logs(world, checkpoint.log_origin(CN))] == [ORIGIN]
    assert logs(world, ORIGIN) == []


def test_an_answer_fits_into_a_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As much as the bound allows, one thing at least, and so all of it in turn."""
    everything, listed = entries(world, 0), logs(world)
    bound = len(everything[4]) + len(everything[5])
    monkeypatch.setattr(outbox, "BATCH_BYTES_MAX", bound)
    assert entries(world, 4) == everything[4:6]

    monkeypatch.setattr(outbox, "BATCH_BYTES_MAX", 1)
    assert [entries(world, n) for n in range(COUNT)] == [[one] for one in everything]
    assert heads(world, 7) == [8]
    assert logs(world) == listed[:1]
    assert logs(world, listed[0].origin) == listed[1:]


def test_the_newest_note_has_the_newest_lines(world: World) -> None:
    world.cn.now = FILED + 120_000
    cosigned = present(replicas.cosign_again(world.cn.node, PK))

    (_, log) = logs(world)

    assert log.head == cosigned.head
    assert log.head != world.cn.store.heads.note(ORIGIN, COUNT)


def test_a_fork_is_shown_with_its_proof(world: World) -> None:
    keys = keys_of(PK)
    notes = [
        checkpoint.sign_head(Head(ORIGIN, 1, bytes([n]) * 32), keys.log, keys.log_pq, 1)
        for n in (1, 2)
    ]
    proof = fork.between(notes[0], notes[1], _unused).encode()
    assert [log.fork for log in logs(world)] == [b"", b""]

    peer_heads.freeze(world.cn.node, ORIGIN, proof)

    assert [log.fork for log in logs(world)] == [b"", proof]


def _unused(level: int, place: int) -> bytes:
    raise AssertionError(level, place)


def test_an_entry_is_shown_by_name_and_by_place_without_what_is_sealed(
    world: World,
) -> None:
    stored = world.pk.store.entries.page(ORIGIN, 8, 1)[0]
    asked = (
        pb.AuditServiceGetProofRequest(name=stored.name),
        pb.AuditServiceGetProofRequest(origin=ORIGIN, index=8),
    )

    by_name, by_place = (views.entry_proof(world.cn.node, one) for one in asked)

    assert by_name == by_place
    assert by_place.entry == stored.entry
    assert by_place.proof.index == 8
    assert stored.wraps
    for sealed in (*stored.wraps, stored.body):
        assert sealed not in by_place.SerializeToString()


def test_a_consistency_proof_is_that_of_the_tree_and_not_beyond(world: World) -> None:
    for m, n in ((0, 0), (0, COUNT), (1, 2), (3, 3), (4, 12), (7, 11)):
        request = pb.GetConsistencyRequest(origin=ORIGIN, m=m, n=n)
        found = list(views.consistency(world.cn.node, request).hashes)
        assert found == world.pk.store.logs.consistency_proof(ORIGIN, m, n)
    for m, n in ((2, 1), (0, COUNT + 1), (2**64 - 1, 2**64 - 1)):
        request = pb.GetConsistencyRequest(origin=ORIGIN, m=m, n=n)
        with pytest.raises(Refusal, match=Reason.POSITION):
            views.consistency(world.cn.node, request)
