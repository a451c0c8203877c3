"""Two machines with one node's keys and database."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from exchange.node import outbox, peer_heads
from exchange.v1 import ledger_pb2
from tests.expecting import refusing
from tests.hostile.traces import nothing_kept
from tests.node import conftest as node_fixtures
from tests.node import world as worlds
from tests.node.receiving import receive_batch
from tests.node.world import CN, FILED, PK, Site, World, bulletin, keys_of, name_of

met = node_fixtures.met

OURS = checkpoint.log_origin(PK)


@contextmanager
def copy_of(world: World, folder: Path) -> Iterator[Site]:
    """Start a second Islamabad from a copy, while the first one runs."""
    folder.mkdir()
    world.pk.store.close()
    shutil.copy(world.folder / f"{PK}.db", folder)
    world.pk = world._site(PK)
    twin = Site(world.nations[PK], folder, [world.nations[CN]])
    for site in (world.pk, twin):
        peer_heads.hear_partner(
            site.node, CN, outbox.log_positions(world.cn.node.store)
        )
    yield twin
    twin.store.close()


def test_p51_i11_of_two_live_copies_one_is_cosigned(met: World, tmp_path: Path) -> None:
    """Each has heard the partner, and each signs another entry in the same place."""
    pk, cn = met.nations[PK], met.nations[CN]
    first, second = (bulletin(pk, cn, text) for text in (b"of one", b"of the other"))
    with copy_of(met, tmp_path / "twin") as twin:
        for site, sent in ((met.pk, first), (twin, second)):
            (answer,) = site.from_desk(sent)
            assert (answer.index, answer.reason, answer.waiting) == (3, "", False)
        met.carry(met.pk, met.cn)

        peer_heads.hear_partner(met.cn.node, PK, outbox.log_positions(twin.node.store))
        with refusing(Reason.FORK):
            peer_heads.hear_partner(
                twin.node, CN, outbox.log_positions(met.cn.node.store)
            )

        assert not twin.node.may_sign
        assert met.cn.store.entries.by_name(name_of(first)) is not None
        assert met.cn.store.entries.by_name(name_of(second)) is None
        proof = met.cn.node.forks[OURS].proof
        fork.verify(proof, met.cn.node.members.log_keys(OURS))
        mirror = met.cn.node.members.cosigner_keys(CN)
        lines = [
            checkpoint.cosignatures(site.store.heads.newest(OURS).note, mirror)  # type: ignore[union-attr]
            for site in (met.pk, twin)
        ]
        assert [bool(line) for line in lines] == [True, False]


def test_i3_with_the_logs_key_a_thief_forks_it_and_gains_no_line(met: World) -> None:
    batch = worlds.forged(
        met.nations[PK], met.cn.store.logs.edge(OURS), [b"of the owner", b"and on"]
    )
    receive_batch(met.cn.node, PK, batch)
    before = met.cn.store.heads.newest(OURS)
    stolen = worlds.forged(
        met.nations[PK], met.pk.store.logs.edge(OURS), [b"of the thief", b"and on"]
    )

    with (
        nothing_kept(met.cn.store, but={"fork"}),
        refusing(Reason.FORK),
    ):
        receive_batch(met.cn.node, PK, stolen)

    assert met.cn.store.heads.newest(OURS) == before


@pytest.mark.parametrize("size", [2, 3, 5])
def test_i4_a_stolen_mirror_key_deceives_nobody_who_holds_the_log(
    met: World, size: int
) -> None:
    """The writer and a thief of the partner's key: their head has every line."""
    log, theirs = keys_of(PK), keys_of(CN)
    beside = checkpoint.sign_head(
        Head(OURS, size, b"\7" * 32), log.log, log.log_pq, FILED // 1000
    )
    mirror = checkpoint.cosigner_name(CN)
    forged = checkpoint.cosign(beside, mirror, theirs.mirror, FILED // 1000)
    peer_heads.hear_partner(
        met.cn.node, PK, [ledger_pb2.LogPosition(origin=OURS, size=size, head=forged)]
    )

    for number in range(2):
        sent = bulletin(met.nations[PK], met.nations[CN], b"%d" % number)
        met.pk.from_desk(sent)
    if size > 3:  # beyond what it holds: found once what is below has come
        with pytest.raises(Refusal):
            met.carry(met.pk, met.cn)

    proof = met.cn.node.forks[OURS].proof
    fork.verify(proof, met.cn.node.members.log_keys(OURS))
