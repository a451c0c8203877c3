"""The steps of a rebuild, in order (see the package)."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from exchange.audit.result import Report
from exchange.audit.sources.log_source import Progress
from exchange.audit.verify_database import verify_file
from exchange.errors import Refusal, Tampered
from exchange.ledger.checkpoint import Head
from exchange.node import retention
from exchange.node.lost_entries import FILE, write_lost
from exchange.node.members import Members
from exchange.rebuild import files, side_rows
from exchange.rebuild.history import History
from exchange.rebuild.old_rows import OldRows, copy_rows
from exchange.rebuild.outcome import Account, KeptLog, Outcome
from exchange.rebuild.replay import Replay
from exchange.rebuild.side_rows import ReplayedLogs, SideRows
from exchange.store import Store, raw_rows
from exchange.trust.bundle import Bundle


class Given(Struct, frozen=True):
    """`me` is its node.

    `now` (ms UTC) is that of `verify_file`; `proofs` are fork proofs kept as files;
    `emitted` are the heads that the node's record lists as shown.
    """

    me: str
    pinned: Mapping[str, Bundle]
    proofs: Sequence[bytes] = ()
    emitted: Mapping[str, Head] = field(default_factory=dict)
    now: int = 0

    def verify(self, path: Path, progress: Progress) -> Report:
        return verify_file(path, self.me, self.pinned, progress, self.now)


def repair_file(
    path: Path,
    given: Given,
    progress: Progress,
    tell: Callable[[Report], None] = lambda _: None,
    tell_plan: Callable[[Outcome], None] = lambda _: None,
) -> Outcome:
    """Rebuild a node's database if it has any fault.

    `tell` receives the report, and `tell_plan` the planned outcome before the swap. The
    caller keeps the node from running (config.hold_lock). Raises Refusal(DISK) without
    enough space, LOCKED, and the errors of `verify_file`; then, and if the outcome is
    `beyond`, the database is unchanged.
    """
    before = given.verify(path, progress)
    tell(before)
    files.remove_drafts(path)
    if before.ok:
        return Outcome(before, before)
    files.check_room(path)
    try:
        return _rebuild(path, given, (before, progress), tell_plan)
    except Tampered:
        return Outcome(before, before, beyond=True)
    finally:
        files.remove_drafts(path)


def _rebuild(
    path: Path,
    given: Given,
    verified: tuple[Report, Progress],
    tell_plan: Callable[[Outcome], None],
) -> Outcome:
    before, progress = verified
    account = Account()
    files.copy_log_back(path)
    with (
        closing(copy_rows(path, files.rows_path(path))) as rows,
        closing(Store(files.new_path(path), draft=True)) as store,
    ):
        histories = _fill(files.new_path(path), rows, store, given, account, progress)
        lost = [one.lost_places(path) for one in histories if one.own and one.ahead]
    after = given.verify(files.new_path(path), progress)
    kept = [
        KeptLog(
            *(one.origin, one.edge.size, max(one.end, one.edge.size)),
            texts=account.texts[one.origin],
            awaited=one.own and one.cut,
        )
        for one in histories
    ]
    outcome = Outcome(before, after, kept, account.lost, account.losses)
    if not after.ok:
        return replace(outcome, beyond=True)
    tell_plan(outcome)
    for places in filter(None, lost):  # of the log in use; others have ended
        write_lost(path.with_name(FILE), places)
    return replace(outcome, kept=files.swap(path).name)


def _fill(  # noqa: PLR0913, PLR0917  the parts of a database
    path: Path,
    rows: OldRows,
    store: Store,
    given: Given,
    account: Account,
    progress: Progress,
) -> list[History]:
    """Fill the new store, except logs that no bundle lists: they have no keys."""
    side_rows.carry_clock(rows, store, account)
    members = Members(given.me, store, given.pinned)
    past = retention.stored_times(store, given.now).past
    replay = Replay(store, members, given.now, past, progress)
    histories: dict[str, History] = {}
    for origin, numbers in rows.origins().items():
        with suppress(Refusal):
            if origin not in members.logs(members.node_of(origin)):
                continue
            log_keys = members.log_keys(origin)
            own = members.node_of(origin) == given.me
            head = given.emitted.get(origin)
            stated = frozenset({(head.size, head.root)} if head else ())
            histories[origin] = History(
                origin, numbers, own, log_keys, rows, account, stated
            )
    replay.run(histories)
    with raw_rows.open_view(path) as raw:
        origins = {log.number: str(log.origin) for log in raw.logs()}
        logs = ReplayedLogs(raw, store, members, replay, histories, origins)
        SideRows(rows, logs, account, given.now).carry(given.proofs)
    return list(histories.values())
