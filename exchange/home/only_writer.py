"""Exclusive writing to a node's database by a command.

The command holds the lock of a home, which stops the node of that home; for a file that
is enough. A database on a server may be open in processes on other machines: there the
command takes the lease, as they do (node/writer_turn.py), renews it while it works, and
hands it over at the end.
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
    """Yield a home's database for writing; the caller holds the home's lock.

    Raises Refusal(LOCKED) if another process of the node writes to it; waits for a
    killed one's lease to end. If it is taken over all the same, later writes are
    refused (NOT_WRITER).
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
    """Take the lease, waiting for a killed process's to end; Refusal(LOCKED)."""
    end = elapsed_ms() + 2 * LEASE
    while True:
        turn.look()
        claim = turn.term().claim
        if claim is not None:
            return claim
        if elapsed_ms() > end:
            raise Refusal(Reason.LOCKED, name, ELSEWHERE)
        time.sleep(LEASE_LOOK / SECOND)
