"""More officers at one desk: they share its mailbox, each signs with an own key."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from exchange.desk.client import Desk
from exchange.desk.officer import Officer
from keys.signing import Ed25519Signer
from tests.desk.bench import Bench
from tests.trust.nation import ed, key, seed


def enrol(bench: Bench, node: str, number: int) -> tuple[str, Ed25519Signer]:
    """Let both nations know duty officer `number` at the desk of a node."""
    subject = f"duty-{number}@{bench.world.nations[node].desk}"
    author = ed(f"{node} duty-{number}")
    bench.state(node, key(subject, "author", author))
    bench.meet()
    return subject, author


@contextmanager
def program(
    bench: Bench, node: str, officer: Officer, mailbox: str = ""
) -> Iterator[Desk]:
    """Another program at the desk of a node, of that officer."""
    with closing(bench.desk(node, officer, mailbox)) as desk:
        yield desk


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
