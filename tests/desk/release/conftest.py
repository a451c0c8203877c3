"""Two desks where Islamabad's nation asks for two officers, and one who releases."""

from collections.abc import Iterator

import pytest

from exchange.desk.client import Desk
from exchange.trust import statements
from tests.desk.bench import Bench
from tests.desk.releasers import releaser
from tests.node.world import PK, directory

POLICY = b"release\nFLASH * TRANSLATION one\n* * * two\n"


def state_policies(bench: Bench) -> None:
    """Let Islamabad's roots ask for two officers."""
    nation = bench.world.nations[PK]
    stated = statements.policy_statement(nation.domain, POLICY, 1)
    roots = [("root", root) for root in nation.roots]
    (answer,) = bench.site(PK).submit(directory(nation, stated, roots))
    assert not answer.reason, answer
    bench.meet()


@pytest.fixture
def strict(bench: Bench) -> Bench:
    """The bench, under a policy that asks for two."""
    state_policies(bench)
    return bench


@pytest.fixture
def chief(strict: Bench) -> Iterator[Desk]:
    """duty-2 of Islamabad's desk, who may release."""
    with releaser(strict, PK) as desk:
        yield desk
