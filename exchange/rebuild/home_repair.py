"""The repair of a home's database: with the node stopped, or inside the running one.

    node/repair.asked  the request; the node removes it, stops signing, lets calls
                       end, closes its store, repairs, and serves again
    node/repair.state  the progress; at last the outcome, or the failure

If the node ends meanwhile, the database is the old or the new one: the swap is one
step.
"""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from exchange import config
from exchange.audit.result import Report
from exchange.audit.sources.log_source import Progress
from exchange.config import NodeHome
from exchange.errors import FusionError, Reason, Refusal, Why
from exchange.limits import SECOND
from exchange.node import start_up
from exchange.rebuild.outcome import Outcome
from exchange.rebuild.repair_request import LOOK, request_file, take_request
from exchange.rebuild.run import Given, repair_file
from exchange.trust import bundle
from keys import files

TAKEN_WAIT = 5 * SECOND  # ms for a running node to take the request
NODE_ENDED = Why(
    "the node ended before its repair did; the database is whole: run fsck, and repair"
    " again if need be"
)


_ON_A_SERVER = Why(
    "a repair rebuilds only files; fail over to a sound server, or restore a backup"
    " into a new database (docs/operations/storage.md)"
)


class RepairState(msgspec.Struct):
    """The progress of a repair: `done` of `total` entries of a log."""

    origin: str = ""
    done: int = 0
    total: int = 0
    outcome: Outcome | None = None
    reason: str = ""
    where: str = ""

    @property
    def ended(self) -> bool:
        return self.outcome is not None or bool(self.reason)


def database_file(node: NodeHome) -> Path:
    """Raise Refusal(DATABASE) if it is not a file."""
    place = config.database_of(node)
    if not isinstance(place, Path):
        raise Refusal(Reason.DATABASE, place.name, _ON_A_SERVER)
    config.check_there(place)
    return place


def repair_home(
    node: NodeHome,
    now: int,
    progress: Progress,
    tell: Callable[[Report], None],
    tell_plan: Callable[[Outcome], None],
) -> Outcome:
    """Repair under the lock of the home; `now` is ms UTC."""
    me, pinned = config.read_node(node).name, bundle.load_all(node.trust)
    database = database_file(node)
    proofs = [path.read_bytes() for path in node.evidence.glob("*.fork")]
    record = start_up.read_emissions(node.emitted) or start_up.Emissions()
    given = Given(me, pinned, proofs, record.heads, now)
    return repair_file(database, given, progress, tell, tell_plan)


# Inside the running node.


def answer_request(node: NodeHome, now: int) -> None:
    shown = 0.0

    def show(origin: str, done: int, total: int) -> None:
        nonlocal shown
        if time.monotonic() - shown >= 1:
            shown = time.monotonic()
            _write(node, RepairState(origin, done, total))

    try:
        state = RepairState(outcome=repair_home(node, now, show, *[lambda _: None] * 2))
    except FusionError as error:
        state = RepairState(reason=error.reason, where=error.where)
    except OSError as error:
        state = RepairState(reason=Reason.DISK, where=error.strerror or "")
    _write(node, state)


def ask_node(
    node: NodeHome,
    busy: Refusal,
    progress: Progress,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Return the outcome.

    Raises `busy` if the request is not taken, as another command holds the lock, and
    Refusal(LOCKED) if the node ends before the repair.
    """
    _state(node).unlink(missing_ok=True)
    files.replace(request_file(node), b"")
    for _ in range(int(TAKEN_WAIT / SECOND / LOOK)):
        sleep(LOOK)
        if not request_file(node).exists():
            break
    else:
        if take_request(node):
            raise busy
    while not (state := _read(node)).ended:
        if state.total:
            progress(state.origin, state.done, state.total)
        if _is_free(node) and not _read(node).ended:
            raise Refusal(Reason.LOCKED, node.folder.name, NODE_ENDED)
        sleep(LOOK)
    _state(node).unlink(missing_ok=True)
    if state.outcome is None:
        raise Refusal(Reason(state.reason), state.where)
    return state.outcome


def _is_free(node: NodeHome) -> bool:
    try:
        with config.hold_lock(node.folder):
            return True
    except Refusal:
        return False


def _state(node: NodeHome) -> Path:
    return node.folder / "repair.state"


def _write(node: NodeHome, state: RepairState) -> None:
    files.replace(_state(node), msgspec.msgpack.encode(state))


def _read(node: NodeHome) -> RepairState:
    if not _state(node).exists():
        return RepairState()
    return msgspec.msgpack.decode(files.read(_state(node)), type=RepairState)
