"""A recalled text may be erased before its time, and only that one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.errors import Reason
from exchange.node import outbox
from exchange.node.recalled_texts import plan_erasure
from exchange.store.values import ERASED, RECALLED, Erasure, StoredEntry
from exchange.v1 import envelope_pb2 as pb
from tests.audit.ledger import Ledger, change
from tests.expecting import refusing
from tests.node import world as worlds
from tests.node.world import CN, FILED, PK, World, bulletin, name_of
from tests.rebuild.support import repair

OURS = f"{PK}.fusion/log/1"


def recall(world: World, name: bytes) -> pb.Envelope:
    references = [pb.Reference(relation=pb.RELATION_RECALLS, name=name)]
    nations = world.pk.nation, world.cn.nation
    return bulletin(*nations, b"recall", kind=pb.KIND_RECALL, references=references)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Both nodes hold two bulletins and the recall of the first."""
    with worlds.world(tmp_path) as made:
        made.meet()
        sent = [bulletin(made.pk.nation, made.cn.nation, b"%d" % n) for n in range(2)]
        made.pk.from_desk(*sent)
        (answer,) = made.pk.from_desk(recall(made, name_of(sent[0])))
        assert not answer.reason
        made.meet()
        yield made


def entry(world: World, index: int, node: str = CN) -> StoredEntry:
    site = world.cn if node == CN else world.pk
    (found,) = site.store.entries.page(OURS, index, 1)
    return found


def erase(world: World, index: int, node: str = CN) -> int:
    site = world.cn if node == CN else world.pk
    planned = plan_erasure(
        site.store, site.node.members, entry(world, index, node), FILED
    )
    return site.store.retention.erase(planned)


def verified(world: World, node: str) -> list[tuple[Reason, str]]:
    faults = world.verify(node, FILED + 1).faults
    return [(one.reason, one.what) for one in faults]


@pytest.mark.parametrize("node", [PK, CN])
def test_it_is_erased_at_each_node_and_what_is_left_is_sound(
    world: World, node: str
) -> None:
    assert erase(world, 3, node) == 1

    held = entry(world, 3, node)
    assert (held.wraps, held.body, held.state) == ((), b"", ERASED)
    assert entry(world, 4, node).body
    assert outbox.absence(held) == pb.ABSENT_ERASED
    assert verified(world, node) == []
    assert erase(world, 3, node) == 0


def test_what_nobody_recalled_stays(world: World) -> None:
    for index in (4, 5):
        with refusing(Reason.REFERENCES):
            erase(world, index)

    assert entry(world, 4).body


def test_a_text_of_which_that_is_only_said_is_missing(world: World) -> None:
    """An operator cannot take away a text and say that it was recalled."""
    said = Erasure(OURS, [4], FILED, RECALLED)
    assert world.cn.store.retention.erase(said) == 1

    assert verified(world, CN) == [(Reason.MISSING, "payload")]


def test_a_recall_that_is_refused_allows_nothing(world: World) -> None:
    assert erase(world, 3) == 1
    world.close()
    change(
        world.folder / f"{CN}.db", "UPDATE entry SET reason = 'LABEL' WHERE kind = 4"
    )

    assert (Reason.MISSING, "payload") in verified(world, CN)
    world.pk, world.cn = world._site(PK), world._site(CN)


def test_a_repair_keeps_it_erased_and_asks_nobody(world: World) -> None:
    assert erase(world, 3, PK) == 1
    world.close()
    path = world.folder / f"{PK}.db"
    change(
        path,
        "UPDATE hash SET hash = x'00' WHERE log = 1 AND level = 0 AND \"index\" = 1",
    )

    outcome = repair(Ledger(path, world.bundles), now=FILED + 1)

    assert outcome.sound
    assert (outcome.after.ok, outcome.after.erased) == (True, 1)
    world.pk, world.cn = world._site(PK), world._site(CN)
    assert entry(world, 3, PK).state == ERASED


def test_a_node_that_never_had_the_text_asks_for_it_no_more(tmp_path: Path) -> None:
    with worlds.world(tmp_path) as world:
        world.meet()
        sent = bulletin(world.pk.nation, world.cn.nation)
        world.pk.from_desk(sent)
        world.pk.from_desk(recall(world, name_of(sent)))
        assert erase(world, 3, PK) == 1
        world.pk.node.recent.clear()  # a node is stopped for it
        world.meet()
        assert world.cn.store.texts.lacking(OURS, 9) == [3]

        assert erase(world, 3, CN) == 1

        assert world.cn.store.texts.lacking(OURS, 9) == []
        assert (verified(world, PK), verified(world, CN)) == ([], [])
