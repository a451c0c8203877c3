"""Officers who release: a second key in role releaser beside the author's."""

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox
from exchange.desk.officer import Officer
from exchange.desk.pinned_logs import Pinned
from exchange.trust import statements
from exchange.v1 import envelope_pb2 as pb
from keys.sealing import Opener
from keys.signing import Signer
from tests.desk.bench import Bench, Direct
from tests.desk.officers import enrol, program
from tests.node.world import PK, directory
from tests.trust.nation import DAY, NOW, ed, key, seed

WATCH = "watch.islamabad.pk"


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
    stated = key(subject, "releaser", ed(f"{subject} releaser"))
    state(bench, node, stated, ("issuer", bench.world.nations[node].issuer))


def state(
    bench: Bench, node: str, stated: pb.Statement, *signers: tuple[str, Signer]
) -> None:
    """Put a statement into the log of a node, and let everybody read it."""
    nation = bench.world.nations[node]
    (answer,) = bench.site(node).submit(directory(nation, stated, signers))
    assert not answer.reason, answer
    bench.meet()


@contextmanager
def reviewer(bench: Bench) -> Iterator[Desk]:
    """An officer of another desk of Islamabad's node, who writes and releases."""
    nation, subject = bench.world.nations[PK], f"duty-1@{WATCH}"
    author, opener = ed(f"{subject} author"), Opener(seed(f"{WATCH} sealing"))
    state(bench, PK, key(subject, "author", author), ("issuer", nation.issuer))
    state_releaser(bench, PK, subject)
    life = NOW, NOW + 7 * DAY
    sealing = statements.sealing_statement(WATCH, opener.public, life)
    state(bench, PK, sealing, ("author", author))
    second, openers = ed(f"{subject} releaser"), {opener.kid: opener}
    officer = Officer(subject, author, openers, seed("watch database"), second)
    bundles = {n.domain: n.bundle for n in bench.world.nations.values()}
    mailbox = Mailbox(bench.folder / "watch.mailbox", officer.database_key)
    client = Direct(bench.site(PK), WATCH)
    desk = Desk(officer, mailbox, Pinned(bundles), client, lambda: bench.now)
    try:
        desk.sync()
        yield desk
    finally:
        desk.close()
