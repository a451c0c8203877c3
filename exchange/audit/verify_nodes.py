"""Compare running nodes: whether all show one history of each log.

Each node shows its own log and its replicas. Each view is verified like an export
(judge), and all heads of one log must lie in one tree: a smaller head is checked
against a larger tree while its entries pass.

A replica may lag honestly. A node that shows less of its own log than another holds is
dishonest, or has lost signed entries.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from exchange.audit.compare_views import OpenView, compare_views
from exchange.audit.judge import chunk
from exchange.audit.judge.keys import keys_of
from exchange.audit.judge.pool import open_pool
from exchange.audit.judge.replay import Means
from exchange.audit.judge.verify_log import verify_logs
from exchange.audit.result import LiveAudit, NodeView
from exchange.audit.sources.log_source import Progress, claimed_size, silent
from exchange.audit.sources.node import AuditedNode, NodeSource, ShownLog
from exchange.errors import Refusal
from exchange.ledger.checkpoint import Head
from exchange.trust.bundle import Bundle
from exchange.trust.key_ends import key_ends

Shown = dict[str, ShownLog]
"""The logs that one node shows, by origin."""


def verify_live(
    readers: Sequence[AuditedNode],
    pinned: Mapping[str, Bundle],
    progress: Progress = silent,
    workers: int | None = None,
) -> LiveAudit:
    """Read every log at every node; `pinned` are the trust bundles.

    Unreachable with the name of a node that does not answer. Other faults are in the
    result.

    1. Each node lists its logs.
    2. The heads shown are signed by both keys of each log; other views are not read.
    3. Each view is verified, its tree walked past the sizes of smaller ones.
    4. The views of a log are compared.
    """
    # 1
    shown = {reader.node: _listed(reader, pinned) for reader in readers}
    # 2
    _ask_owners(readers, shown, pinned)
    views = {
        origin: [_view(r, shown[r.node].get(origin), pinned) for r in readers]
        for origin in sorted({origin for group in shown.values() for origin in group})
    }
    entries = sum(one.view.size for group in views.values() for one in group)
    # 3
    with open_pool(chunk.judge, entries, workers) as pool:
        means = Means(pinned, pool)
        for reader in readers:
            all_views = chain.from_iterable(views.values())
            mine = [view for view in all_views if view.reader is reader]
            sizes = {o: [one.view.size for one in group] for o, group in views.items()}
            _read(mine, sizes, replace(means, progress=progress))
    # 4
    logs = [compare_views(origin, group, pinned) for origin, group in views.items()]
    return LiveAudit(tuple(reader.node for reader in readers), tuple(logs))


def _listed(reader: AuditedNode, pinned: Mapping[str, Bundle]) -> Shown:
    """Return the log, only its origin if no trust file names it."""
    listed: Shown = {}
    for log in reader.logs():
        try:
            keys_of(log.origin, pinned)
        except Refusal:
            listed[log.origin] = ShownLog(log.origin, b"")
        else:
            listed[log.origin] = log
    return listed


def _ask_owners(
    readers: Sequence[AuditedNode],
    shown: dict[str, Shown],
    pinned: Mapping[str, Bundle],
) -> None:
    """Ask again if one shows less of its own log than another does.

    It may have been asked first and have grown since.
    """
    for reader in readers:
        origin = _own(reader.node, shown)
        if origin is not None:
            shown[reader.node] = _listed(reader, pinned)


def _own(node: str, shown: Mapping[str, Shown]) -> str | None:
    """Return it only if another node shows more of it."""
    for held in shown.values():
        for origin, log in held.items():
            mine = shown[node].get(origin)
            less = mine is None or claimed_size(mine.note) < claimed_size(log.note)
            if less and origin.startswith(f"{node}.fusion/"):
                return origin
    return None


def _view(
    reader: AuditedNode, shown: ShownLog | None, pinned: Mapping[str, Bundle]
) -> OpenView:
    view = OpenView(reader, shown, NodeView(reader.node, None, None))
    if shown is None:
        return view
    try:
        view.view = replace(view.view, head=_signed(shown, pinned))
    except Refusal as refusal:
        view.add(shown.origin, refusal.reason, f"newest head: {refusal.where}")
    return view


def _signed(shown: ShownLog, pinned: Mapping[str, Bundle]) -> Head:
    """Verify by this log's own keys that have not ended."""
    keys = keys_of(shown.origin, pinned)
    return key_ends(pinned.values()).verify_head(shown.note, keys.log).head


def _read(
    mine: Sequence[OpenView],
    sizes: Mapping[str, Iterable[int]],
    means: Means,
) -> None:
    """Verify all views; `sizes` has the sizes of every view of a log."""
    read = []
    for view in mine:
        if view.shown is not None and view.view.head is not None:
            origin = view.view.head.origin
            source = NodeSource(view.reader, view.shown, view.view.head, sizes[origin])
            read.append((view, source))

    def told(origin: str, done: int, size: int) -> None:
        means.progress(f"{mine[0].view.node} {origin}", done, size)

    audits = verify_logs([source for _, source in read], replace(means, progress=told))
    for (view, source), audit in zip(read, audits, strict=True):
        faults = *view.view.faults, *source.faults
        view.view = replace(view.view, audit=audit, faults=faults)
        view.walked = source.walked
