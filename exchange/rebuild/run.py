"""The steps of a rebuild, in their order (see the package)."""

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
from exchange.rebuild.outcome import Account, Outcome
from exchange.rebuild.replay import Replay
from exchange.rebuild.side_rows import SideRows
from exchange.rebuild.sources import Partner, Sources
from exchange.store import Store
from exchange.trust.bundle import Bundle


class Given(Struct, frozen=True):
    """The means of a rebuild: whose the database is, and what is known elsewhere.

    `now` (ms UTC) as for `verify_file`; `proofs` are those of forks that are kept as
    files; `emitted` the heads that the node's record says it has shown.
    """

    me: str
    pinned: Mapping[str, Bundle]
    partners: Sequence[Partner] = ()
    proofs: Sequence[bytes] = ()
    emitted: Mapping[str, Head] = field(default_factory=dict)
    now: int = 0

    def verify(self, path: Path, progress: Progress) -> Report:
        """Return what is wrong with a database."""
        return verify_file(path, self.me, self.pinned, progress, self.now)


def repair_file(
    path: Path,
    given: Given,
    progress: Progress,
    tell: Callable[[Report], None] = lambda _: None,
) -> Outcome:
    """Rebuild a node's database if anything is wrong with it; `tell` of that first.

    The caller keeps the node from running meanwhile (config.hold_lock). Raises
    Refusal(DISK) where there is no room for it, LOCKED, and what `verify_file` raises;
    then, and where the outcome is `beyond`, the database is as it was.
    """
    before = given.verify(path, progress)
    tell(before)
    files.remove_drafts(path)
    if before.ok:
        return Outcome(before, before)
    files.check_room(path)
    sources, account = Sources(given.partners), Account()
    try:
        outcome = _rebuild(path, given, sources, account, (before, progress))
    except Tampered:
        outcome = Outcome(before, before, beyond=True)
    finally:
        files.remove_drafts(path)
    return replace(
        outcome,
        rejected=tuple(sources.rejected),
        refused=sources.wrong,
        silent=sources.silent,
    )


def _rebuild(
    path: Path,
    given: Given,
    sources: Sources,
    account: Account,
    verified: tuple[Report, Progress],
) -> Outcome:
    """Make the new database, and let it take the old one's place if it is right."""
    before, progress = verified
    files.copy_log_back(path)
    with (
        closing(copy_rows(path, files.rows_path(path))) as rows,
        closing(Store(files.new_path(path), draft=True)) as store,
    ):
        ended = _fill(rows, store, given, sources, account, progress)
        lost = [places for history in ended if (places := history.lost_places(path))]
    if account.needed and (sources.silent or sources.wrong):
        return Outcome(before, before)
    after = given.verify(files.new_path(path), progress)
    if not after.ok:
        return Outcome(before, after, beyond=True)
    for places in lost:  # the own log that is written to alone: the others have ended
        write_lost(path.with_name(FILE), places)
    kept = files.swap(path)
    return Outcome(
        before,
        after,
        tuple(account.mended(before)),
        before.wrong,
        tuple(account.lost),
        account.losses,
        account.broken,
        tuple(history.origin for history in ended),
        tuple(places.origin for places in lost),
        kept=kept.name,
    )


def _fill(  # noqa: PLR0913, PLR0917  what one database is made of
    rows: OldRows,
    store: Store,
    given: Given,
    sources: Sources,
    account: Account,
    progress: Progress,
) -> list[History]:
    """Replay the logs, and take over what stands beside them; return which ended.

    A log that no bundle lists is of nobody who could vouch for it.
    """
    side_rows.take_times(rows, store, account)
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
                origin, numbers, own, log_keys, rows, sources, account, stated
            )
    replay.run(histories)
    SideRows(
        rows, store, members, replay, histories, account, given.proofs, given.now
    ).take()
    return [one for one in histories.values() if one.own and one.ahead]
