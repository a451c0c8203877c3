"""Officers who release: a second key in role releaser beside the author's."""

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from exchange.desk.client import Desk
from exchange.desk.officer import Officer
from exchange.desk.release.decision import give_back, sign_draft
from exchange.desk.release.waiting_drafts import find
from exchange.trust import statements
from keys.sealing import Opener
from tests.desk.bench import Bench
from tests.desk.officers import enrol, program
from tests.node.world import PK
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
    bench.state(node, key(subject, "releaser", ed(f"{subject} releaser")))
    bench.meet()


def sign(desk: Desk, name: bytes) -> str:
    """Let a desk read what its node has, and its officer sign a draft."""
    desk.sync()
    return sign_draft(desk, find(desk, name.hex()))


def turn_down(desk: Desk, name: bytes, code: str) -> None:
    """Let a desk read what its node has, and its officer give a draft back."""
    desk.sync()
    give_back(desk, find(desk, name.hex()), code)


@contextmanager
def reviewer(bench: Bench) -> Iterator[Desk]:
    """An officer of another desk of Islamabad's node, who writes and releases."""
    subject = f"duty-1@{WATCH}"
    author, opener = ed(f"{subject} author"), Opener(seed(f"{WATCH} sealing"))
    bench.state(PK, key(subject, "author", author))
    life = NOW, NOW + 7 * DAY
    sealing = statements.sealing_statement(WATCH, opener.public, life)
    bench.state(PK, sealing, ("author", author))
    state_releaser(bench, PK, subject)
    second, openers = ed(f"{subject} releaser"), {opener.kid: opener}
    officer = Officer(subject, author, openers, seed("watch database"), second)
    with program(bench, PK, officer, "watch") as desk:
        desk.sync()
        yield desk
