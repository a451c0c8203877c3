"""Assembles a node and its endpoint from the files of a home."""

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from exchange import config
from exchange.clock import Clock
from exchange.errors import Reason, Refusal, Why
from exchange.limits import CLOCK_STEP_MAX
from exchange.net.edition_record import EditionRecord
from exchange.net.home_watch import HomeWatch, builds_on_waiting, take_envelope
from exchange.net.server import Endpoint
from exchange.node import posture
from exchange.node.disk_use import has_room
from exchange.node.lost_entries import read_lost
from exchange.node.members import Members
from exchange.node.node import HOLDER_SIZE, Node, NodeKeys
from exchange.node.quota import MIB, DailyBudgets, Quota
from exchange.node.start_up import EmissionRecord
from exchange.node.term import Term
from exchange.node.upkeep import catch_up, close, take_posture
from exchange.node.writer_turn import WriterTurn
from exchange.store import Store
from exchange.store.cold_files import ColdFiles
from exchange.trust import bundle, names
from keys import files

logger = logging.getLogger(__name__)

_COLD = Why(
    "old entries move into files only if the database is a file; write 0, or leave it"
    " out"
)
ALLOWED_MAX = 512  # bytes of a file: a partner and MiB
ALLOWED_AT_ONCE = 64  # files read per call
MIB_DIGITS = 9  # a longer number is not accepted
CONFIRMED_MAX = 20  # bytes: the digits of a time


@contextmanager
def open_turn(home: Path) -> Iterator[WriterTurn | None]:
    """Open the turn; it is handed over at the end.

    None if the database is a file: the lock on the home makes this process the only
    writer. If a transaction of another process blocks the lease, as during a takeover,
    this process starts as a standby.
    """
    place = config.node_home(home)
    database = config.database_of(place)
    if isinstance(database, Path):
        yield None
        return
    settings = config.read_node(place)
    holder = secrets.token_bytes(HOLDER_SIZE)
    turn = WriterTurn(Store(database), holder, settings.listen, place.emitted)
    try:
        turn.store.take_for(settings.name)  # before any write to another's store
        try:
            turn.look()
        except Refusal as refusal:
            if refusal.reason is not Reason.LOCKED:
                raise
            logger.warning("the lease: %s", refusal)
        turn.start()
        yield turn
    finally:
        turn.close()


@contextmanager
def open_home(
    home: Path, clock: Clock, pin: str = "", turn: WriterTurn | None = None
) -> Iterator[tuple[Node, Endpoint]]:
    """Open the node of a home.

    The nation's statements from the inbox are recorded first, in order. `pin` opens the
    token that holds the log key, if any. A standby (`turn`) records nothing.
    """
    place = config.node_home(home)
    settings = config.read_node(place)
    key, certificate = config.read_tls(place)
    log, log_pq = config.read_log_key(place, pin=pin)
    keys = NodeKeys(log, log_pq, config.read_mirror_key(place))
    term = turn.term() if turn else None
    standby = term is not None and term.standby
    store = Store(config.database_of(place), read_only=standby)
    try:
        if not standby:
            store.take_for(settings.name)
        node = _open_node(place, settings, store, keys, clock, term)
        for path in () if standby else sorted(place.inbox.glob("*.envelope")):
            try:
                take_envelope(node, path)
            except Refusal:
                if not builds_on_waiting(node):
                    raise
                break  # HomeWatch takes it once its predecessors are recorded
        watch = HomeWatch(place, (key, certificate))
        node.has_unread = watch.has_unread
        endpoint = _endpoint(place, settings, watch)
        try:
            yield node, endpoint
        finally:
            close(node)
    finally:
        store.close()


def _open_node(  # noqa: PLR0913, PLR0917  all that it is opened by
    place: config.NodeHome,
    settings: config.NodeConfig,
    store: Store,
    keys: NodeKeys,
    clock: Clock,
    term: Term | None,
) -> Node:
    bundles = bundle.load_all(place.trust)
    check_bundles(place, bundles, [*store.logs.origins(), *settings.partners])
    editions = EditionRecord(place)
    editions.check(bundles)
    members = Members(settings.name, store, bundles)
    editions.keep(bundles.values())
    room = partial(has_room, place.folder, settings.disk_floor)
    a_day = DailyBudgets(settings.texts_a_day, settings.entries_a_day)
    quota = Quota(clock.elapsed, a_day, room)
    quota.take_allowed = partial(take_allowed, place.allowed)
    record = EmissionRecord(place.emitted, place.excused)
    node = catch_up(Node(members, store, keys, clock, quota, record, term))
    node.confirmed = partial(take_confirmation, place.clock_confirmed, clock.wall)
    node.read_posture = partial(posture.read, place.posture)
    take_posture(node)
    if settings.cold_after and settings.database:
        raise Refusal(
            Reason.FIELD_VALUE, f"{config.short(place.config)}: cold_after_days", _COLD
        )
    node.cold.after = settings.cold_after
    node.cold.room = partial(has_room, _cold_folder(place), settings.disk_floor)
    node.lost = read_lost(place.lost)
    node.on_refilled = partial(files.remove, place.lost)
    node.on_fork = partial(keep_evidence, place.evidence)
    for origin, fork in node.forks.items():
        keep_evidence(place.evidence, origin, fork.proof)
    return node


def _cold_folder(place: config.NodeHome) -> Path:
    """Return the folder of cold files, which may be a link to another disk."""
    folder = ColdFiles(place.database).folder
    return folder if folder.is_dir() else place.folder


def _endpoint(
    place: config.NodeHome, settings: config.NodeConfig, home: HomeWatch
) -> Endpoint:
    """Create and check the folder of its socket."""
    config.private_folder(place.socket.parent)
    config.check_socket_folder(place)
    return Endpoint(
        settings.listen,
        place.socket,
        settings.desk or None,
        *home.shown,
        settings.partners,
        settings.addresses,
        settings.auditors,
        settings.listen_partners,
        home,
    )


def check_bundles(
    place: config.NodeHome, bundles: Mapping[str, bundle.Bundle], known: Iterable[str]
) -> None:
    """Refuse (BUNDLE) if a known nation's bundle is missing.

    `known`: nodes, or their logs.
    """
    for one in known:
        node = one.partition(".fusion/")[0]
        nation = names.domain_of(node)
        if nation not in bundles:
            file = config.short(place.trust / f"{nation}.bundle")
            why = Why(
                (
                    "{node} is known here, but its nation's trust bundle is"
                    " missing; restore the file, or import the bundle again"
                ),
                node=node,
            )
            raise Refusal(Reason.BUNDLE, f"{place.folder.name}/{file}", why)


def keep_evidence(folder: Path, origin: str, proof: bytes) -> None:
    """Write a proof, unless its file exists."""
    config.private_folder(folder)
    path = config.fork_proof(folder, origin)
    draft = path.with_suffix(".new")
    if not path.exists():
        draft.write_bytes(proof)
        draft.replace(path)


def take_allowed(folder: Path) -> dict[str, int]:
    """Consume the files of `fusion node allow`.

    Each file holds a partner and MiB; at most ALLOWED_AT_ONCE are read. Malformed files
    are ignored.
    """
    found: dict[str, int] = {}
    for path in islice(sorted(folder.glob("*.allow")), ALLOWED_AT_ONCE):
        try:
            said = path.read_bytes()[:ALLOWED_MAX].decode("ascii", "replace").split()
            path.unlink()
        except OSError:
            continue
        if len(said) == 2 and said[1].isdecimal() and len(said[1]) < MIB_DIGITS:  # noqa: PLR2004  a name and a figure
            found[said[0]] = found.get(said[0], 0) + int(said[1]) * MIB
    return found


def take_confirmation(path: Path, wall: Callable[[], int]) -> bool:
    """Consume the file of `fusion doctor --clock`.

    It holds the wall clock time (ms UTC) at which the operator confirmed it. A
    confirmation from before the clock moved again does not count.
    """
    try:
        said = path.read_bytes()[:CONFIRMED_MAX]
        path.unlink()
    except OSError:
        return False
    return said.strip().isdigit() and abs(wall() - int(said)) <= CLOCK_STEP_MAX
