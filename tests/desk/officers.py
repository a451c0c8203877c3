"""More officers at one desk: they share its mailbox, each signs with an own key."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox
from exchange.desk.officer import Officer
from exchange.desk.pinned_logs import Pinned
from keys.signing import Ed25519Signer
from tests.desk.bench import Bench, Direct
from tests.node.world import directory
from tests.trust.nation import ed, key, seed


def enrol(bench: Bench, node: str, number: int) -> tuple[str, Ed25519Signer]:
    """Let both nations know duty officer `number` at the desk of a node."""
    nation = bench.world.nations[node]
    subject, author = f"duty-{number}@{nation.desk}", ed(f"{node} duty-{number}")
    statement = directory(
        nation, key(subject, "author", author), [("issuer", nation.issuer)]
    )
    (answer,) = bench.site(node).submit(statement)
    assert not answer.reason
    bench.meet()
    return subject, author


@contextmanager
def program(bench: Bench, node: str, officer: Officer) -> Iterator[Desk]:
    """Another program at the desk of a node, of that officer."""
    bundles = {n.domain: n.bundle for n in bench.world.nations.values()}
    mailbox = Mailbox(bench.folder / f"{node}.mailbox", officer.database_key)
    client = Direct(bench.site(node))
    desk = Desk(officer, mailbox, Pinned(bundles), client, lambda: bench.now)
    try:
        yield desk
    finally:
        desk.close()


@contextmanager
def colleague(bench: Bench, node: str, number: int) -> Iterator[Desk]:
    """Duty officer `number` at the desk of a node, enrolled and known to both."""
    subject, author = enrol(bench, node, number)
    opener = bench.world.nations[node].sealing
    officer = Officer(subject, author, {opener.kid: opener}, seed("database"))
    with program(bench, node, officer) as desk:
        yield desk


@contextmanager
def colleagues(bench: Bench, node: str) -> Iterator[list[Desk]]:
    """Duty officers 2, 3 and 4 of that desk."""
    with ExitStack() as stack:
        yield [stack.enter_context(colleague(bench, node, n)) for n in (2, 3, 4)]
