"""Officers who release: a second key in role releaser beside the author's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from exchange.desk.client import Desk
from tests.desk.bench import Bench
from tests.desk.officers import enrol, program
from tests.node.world import PK, directory
from tests.trust.nation import ed, key


@contextmanager
def releaser(bench: Bench, node: str, number: int = 2) -> Iterator[Desk]:
    """Duty officer `number` of a node's desk, who may release; both sides know it."""
    own = bench.pk if node == PK else bench.cn
    subject, author = enrol(bench, node, number)
    second = ed(f"{subject} releaser")
    state_releaser(bench, node, subject)
    officer = replace(own.officer, name=subject, signer=author, releaser=second)
    with program(bench, node, officer) as desk:
        yield desk


def state_releaser(bench: Bench, node: str, subject: str) -> None:
    """Let the nation give an officer a second key, in role releaser."""
    nation = bench.world.nations[node]
    second = key(subject, "releaser", ed(f"{subject} releaser"))
    (answer,) = bench.site(node).submit(
        directory(nation, second, [("issuer", nation.issuer)])
    )
    assert not answer.reason
    bench.meet()
