"""The directories of a node: little of them in memory, and no verdict without them."""

from unittest.mock import patch

from exchange.errors import Reason, Refusal
from exchange.node import members
from exchange.store.statements import StoredStatements
from exchange.trust import statements
from keys.sealing import Opener
from tests.expecting import present, refusing
from tests.node.receiving import next_batch, receive_batch
from tests.node.world import FILED, PK, Site, World, bulletin, directory
from tests.trust.nation import DAY, seed

FIRST = 3  # the index of what each states first
KEYS = 12
MOST = 4


def state_key(site: Site, number: int) -> None:
    """Let a desk state a new sealing key."""
    nation = site.nation
    newer = Opener(seed(f"newer {number}"))
    life = FILED, FILED + 7 * DAY
    stated = statements.sealing_statement(nation.desk, newer.public, life)
    (answer,) = site.submit(directory(nation, stated, [("author", nation.author)]))
    assert not answer.reason


def test_of_many_statements_few_are_in_memory(world: World) -> None:
    """Neither of the own log nor of a partner's; and all of them count."""
    world.meet()
    with patch.object(members, "STATEMENTS_IN_MEMORY", MOST):
        for number in range(KEYS):
            state_key(world.pk, number)
            world.carry(world.pk, world.cn)

        for site in (world.pk, world.cn):
            found = present(site.node.members.directory(PK))
            assert found.version <= MOST
            held = found.sealing_keys(world.pk.nation.desk)
            assert [key.index for key in held] == [
                *reversed(range(FIRST, FIRST + KEYS)),
                FIRST - 1,
            ]
            assert found.count_statements(world.pk.nation.desk) == 1 + KEYS


def test_a_directory_that_cannot_be_read_refuses_no_entry(world: World) -> None:
    """The batch fails, nothing of it is stored; later all of it is accepted."""
    world.meet()
    world.reopen()
    world.pk.from_desk(bulletin(world.pk.nation, world.cn.nation))
    batch = next_batch(world.cn.node, world.pk.node)
    locked = Refusal(Reason.LOCKED, "ledger.db")

    with (
        patch.object(StoredStatements, "key", side_effect=locked),
        refusing(Reason.LOCKED),
    ):
        receive_batch(world.cn.node, PK, batch)

    assert world.cn.store.logs.size(world.pk.node.origin) == FIRST
    assert not receive_batch(world.cn.node, PK, batch).refusals


def test_a_desk_is_told_to_try_again_where_a_directory_cannot_be_read(
    world: World,
) -> None:
    world.meet()
    world.reopen()
    sent = bulletin(world.pk.nation, world.cn.nation)
    locked = Refusal(Reason.LOCKED, "ledger.db")

    with patch.object(StoredStatements, "key", side_effect=locked):
        (answer,) = world.pk.from_desk(sent)

    assert (answer.reason, answer.later) == (Reason.LOCKED, True)
    (answer,) = world.pk.from_desk(sent)
    assert (answer.reason, answer.index) == ("", FIRST)
