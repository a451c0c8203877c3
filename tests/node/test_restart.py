"""A node that was restored from an old copy, or from nothing but its keys."""

import shutil
from pathlib import Path

import pytest

from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.limits import HEARTBEAT
from exchange.node import outbox, peer_heads, replicas, upkeep
from exchange.store import Store
from tests.batches import changing
from tests.expecting import present, refusing
from tests.node import receiving
from tests.node.receiving import restore_batch
from tests.node.world import CN, FILED, PK, Site, World, bulletin, keys_of, name_of

OURS = checkpoint.log_origin(PK)
THEIRS = checkpoint.log_origin(CN)


def restart(world: World, copy: Path | None = None) -> Site:
    """Stop Islamabad's node and start it from a copy, or from nothing."""
    path = world.folder / f"{PK}.db"
    world.pk.store.close()
    for each in world.folder.glob(f"{PK}.db*"):
        each.unlink()
    if copy is not None:
        shutil.copy(copy, path)
    world.pk = world._site(PK)
    return world.pk


def copy_of(world: World) -> Path:
    """Return a copy of Islamabad's database as it is now."""
    world.pk.store.close()
    path = shutil.copy(world.folder / f"{PK}.db", world.folder / "copy")
    world.pk = world._site(PK)
    world.greet()
    return Path(path)


def fetch(world: World) -> None:
    """Let Islamabad have back what Beijing holds of its log."""
    receiving.fetch(world.pk.node, world.cn.node, OURS)


def send(world: World, *texts: bytes) -> None:
    nations = world.pk.nation, world.cn.nation
    answers = world.pk.from_desk(*(bulletin(*nations, text) for text in texts))
    assert not any(answer.reason for answer in answers)


def contents(store: Store, origin: str) -> list[object]:
    return [
        (e.index, e.entry, e.wraps, e.body, e.reason)
        for e in store.entries.page(origin, 0, 1_000)
    ]


def test_what_waited_finds_its_place_in_order_once_a_partner_was_heard(
    met: World,
) -> None:
    pk = restart(met, copy_of(met))
    sent = [bulletin(pk.nation, met.cn.nation, b"%d" % n) for n in range(3)]
    for one in sent:
        pk.from_desk(one)
    pk.from_desk(sent[1])  # handed over again

    met.reopen()
    pk = met.pk

    assert pk.store.desk_queue.count_pending() == 0
    found = [entry.name for entry in pk.store.entries.page(OURS, 3, 9)]
    assert found == [name_of(one) for one in sent]
    (again,) = pk.from_desk(sent[2])
    assert (again.index, again.waiting) == (5, False)


def test_what_can_never_have_a_place_is_refused_at_once(met: World) -> None:
    pk = restart(met, copy_of(met))
    sent = bulletin(pk.nation, met.cn.nation, b"text")
    sent.body = sent.body[:-1] + bytes([sent.body[-1] ^ 1])

    (answer,) = pk.from_desk(sent)

    assert answer.reason == Reason.BODY
    assert pk.store.desk_queue.count_pending() == 0


def test_a_node_restored_from_nothing_but_its_keys_comes_back_complete(
    met: World,
) -> None:
    send(met, b"one")
    met.meet()
    before = contents(met.pk.store, OURS), contents(met.pk.store, THEIRS)
    pk = restart(met)
    (waiting,) = pk.from_desk(bulletin(pk.nation, met.cn.nation, b"two"))
    assert waiting.waiting  # its signer is not known here yet

    peer_heads.hear_partner(pk.node, CN, outbox.log_positions(met.cn.node.store))
    fetch(met)
    assert (
        pk.store.desk_queue.count_pending() == 1
    )  # whom it is for is in the other log
    met.carry(met.cn, pk)
    upkeep.tick(pk.node)

    assert contents(pk.store, OURS)[:4] == before[0]
    assert contents(pk.store, THEIRS) == before[1]
    assert pk.store.logs.size(OURS) == 5
    assert met.verify(PK).ok


def test_what_a_desk_has_verified_is_never_signed_beside(met: World) -> None:
    """The partner is dark, or silent about it; the desk has seen the newest head."""
    copy = copy_of(met)
    send(met, b"seen by the desk")
    note = met.pk.store.heads.newest(OURS).note  # type: ignore[union-attr]
    pk = restart(met, copy)

    peer_heads.hear_desk(pk.node, "ops.islamabad.pk", [note])
    peer_heads.hear_partner(pk.node, CN, outbox.log_positions(met.cn.node.store))
    (answer,) = pk.from_desk(bulletin(pk.nation, met.cn.nation, b"later"))

    assert answer.waiting
    assert pk.store.logs.size(OURS) == 3


@pytest.mark.parametrize(("field", "reason"), [("entry", "ROOT"), ("body", "BODY")])
def test_a_lent_batch_that_was_changed_is_not_stored(
    met: World, field: str, reason: str
) -> None:
    copy = copy_of(met)
    send(met, b"one")
    met.meet()
    pk = restart(met, copy)
    peer_heads.hear_partner(pk.node, CN, outbox.log_positions(met.cn.node.store))
    lent = replicas.load_lent(met.cn.node, PK, OURS, 3).batch
    with changing(lent) as sent:
        setattr(sent, field, sent.entry + b"\0" if field == "entry" else b"")

    with refusing(reason):
        restore_batch(pk.node, CN, lent)

    assert pk.store.logs.size(OURS) == 3
    fetch(met)
    assert pk.store.logs.size(OURS) == 4


def test_nobody_is_lent_anothers_log(met: World) -> None:
    batch = replicas.load_lent(met.cn.node, PK, OURS, 0).batch
    batch.origin = THEIRS

    with refusing(Reason.ORIGIN):
        restore_batch(met.pk.node, CN, batch)


def test_lending_ends_where_the_replica_does(met: World) -> None:
    assert not replicas.load_lent(met.cn.node, PK, OURS, 3).batch.envelopes
    assert not replicas.load_lent(met.cn.node, PK, OURS, 2**40).batch.envelopes


def forked_head(size: int) -> bytes:
    """Return a head of Islamabad's log, signed, that no tree of it has."""
    keys = keys_of(PK)
    head = checkpoint.Head(OURS, size, b"\7" * 32)
    return checkpoint.sign_head(head, keys.log, keys.log_pq, FILED // 1000)


def test_an_idle_link_renews_its_line_and_appends_nothing(met: World) -> None:
    pk, cn = met.pk, met.cn
    assert replicas.cosign_again(cn.node, PK) is None  # not due
    cn.now = FILED + HEARTBEAT
    kept = pk.store.heads.newest(OURS)

    line = present(replicas.cosign_again(cn.node, PK))
    peer_heads.record_cosignature(pk.node, CN, line)

    assert replicas.cosign_again(cn.node, PK) is None
    fresh = present(pk.store.heads.newest_with_lines(OURS))
    keys = pk.node.members.cosigner_keys(CN)
    (time_s,) = checkpoint.cosignatures(fresh.note, keys).values()
    assert time_s == (FILED + HEARTBEAT) // 1000
    assert pk.store.heads.newest(OURS) == kept  # what proves the time stays
    assert pk.store.logs.size(OURS) == 3
    assert [
        p.head for p in outbox.log_positions(pk.node.store) if p.origin == OURS
    ] == [fresh.note]
