"""Two desks where Islamabad's nation asks for two officers, and one who releases."""

from collections.abc import Iterator

import pytest

from exchange.desk.client import Desk
from exchange.trust import statements
from tests.desk.bench import PAKISTAN, Bench
from tests.desk.releasers import releaser
from tests.node.world import PK

POLICY = b"release\nFLASH * TRANSLATION one\n* * * two\n"


def state_policies(bench: Bench) -> None:
    """Let Islamabad's roots ask for two officers."""
    stated = statements.policy_statement(PAKISTAN.domain, POLICY, 1)
    bench.state(PK, stated, *(("root", root) for root in PAKISTAN.roots))
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
