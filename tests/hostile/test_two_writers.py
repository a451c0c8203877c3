"""Two nodes on one database."""

from exchange.errors import Reason
from exchange.store import Store
from tests.hostile.traces import nothing_kept
from tests.node import test_start_up as origin
from tests.node.three import Three
from tests.node.world import PK

world = origin.world


def test_i11_two_nodes_on_one_database_do_not_both_write(world: Three) -> None:
    """The older one was paused, and wakes up."""
    store = Store(world.folder / f"{PK}.db")
    store.claim(b"later" * 3 + b"!")

    with nothing_kept(store):
        (answer,) = world.send(b"too late")

    assert answer.reason == Reason.NOT_WRITER
    assert answer.later
    store.close()
