"""A command that writes to a node's database while no `fusion serve` of the node does.

The lock of a home, which the command holds, keeps the node of that home from it; that
is enough for a file. A database on a server may be open in processes on other machines:
there the command takes the lease, as each of them does (node/writer_turn.py), renews it
while it works, and hands it over at the end.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from exchange import config
from exchange.clock import elapsed_ms
from exchange.config import NodeHome
from exchange.errors import Reason, Refusal, Why
from exchange.limits import LEASE, LEASE_LOOK, SECOND
from exchange.node.node import HOLDER_SIZE
from exchange.node.writer_turn import WriterTurn
from exchange.store import Store
from exchange.store.writer import Claim

ELSEWHERE = Why(
    "another process of the node has the database open for writing; stop every fusion"
    " serve of it first"
)


@contextmanager
def write_alone(node: NodeHome) -> Iterator[Store]:
    """Yield the database of a home, whose lock the caller holds, to be written to.

    Raises Refusal(LOCKED) if another process of the node writes to it; one that was
    killed is waited for until its lease has ended. If it is taken over all the same,
    what is written from then on is refused (NOT_WRITER).
    """
    place, settings = config.database_of(node), config.read_node(node)
    with closing(Store(place)) as store:
        if isinstance(place, Path):
            yield store
            return
        store.take_for(settings.name)
        holder = secrets.token_bytes(HOLDER_SIZE)
        turn = WriterTurn(Store(place), holder, settings.listen, node.emitted)
        with closing(turn):
            claim = _wait_for_lease(turn, place.name)
            turn.start()
            store.write_as(claim)
            yield store


def _wait_for_lease(turn: WriterTurn, name: str) -> Claim:
    """Take the lease, once that of a killed process has ended; Refusal(LOCKED)."""
    end = elapsed_ms() + 2 * LEASE
    while True:
        turn.look()
        claim = turn.term().claim
        if claim is not None:
            return claim
        if elapsed_ms() > end:
            raise Refusal(Reason.LOCKED, name, ELSEWHERE)
        time.sleep(LEASE_LOOK / SECOND)
