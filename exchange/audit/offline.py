"""A whole export, verified without asking anyone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from exchange.audit import trust
from exchange.audit.export.bundle import Export, Progress, silent
from exchange.audit.export.source import ExportedSource, Source
from exchange.audit.judge import check, piece, pool
from exchange.audit.judge.claims import Claims, KeptClaims
from exchange.audit.judge.log import keys_of
from exchange.audit.judge.piece import Judged, Piece
from exchange.audit.judge.revoked import signed_by
from exchange.audit.tell.audited import LogAudit
from exchange.limits import FILED_AHEAD_MAX
from exchange.trust.bundle import Bundle

SECOND = 1_000  # ms
AHEAD_MAX = FILED_AHEAD_MAX // SECOND  # s that a cosigner's clock may be ahead of ours


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in an export at `now` (ms UTC).

    `node` made it at `exported` (ms UTC), by its own word. `max_age` (s) is how long
    ago the last cosignature of a log may be, None for as long as it likes.
    """

    node: str
    exported: int
    digest: bytes
    logs: tuple[LogAudit, ...]
    now: int
    max_age: int | None

    @property
    def ok(self) -> bool:
        """Whether everything is as it was signed, and as fresh as was asked for."""
        return not any(log.wrong or self.stale(log) for log in self.logs)

    def age(self, log: LogAudit) -> int | None:
        """Return how long ago (s) a log was cosigned last; None for never."""
        last = log.last_cosigned_s
        return self.now // SECOND - last if last else None

    def stale(self, log: LogAudit) -> bool:
        """Whether the last cosignature is too old, or says a time that is to come."""
        if self.max_age is None:
            return False
        age = self.age(log)
        return age is None or not -AHEAD_MAX <= age <= self.max_age


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be verified, and how.

    `trust` are (name, bytes) of the trust files; `state` is the folder of this user's
    own key, by which an interrupted audit is taken up again, None not to; `workers`
    how many processes, None for one a core.
    """

    path: Path
    trust: Sequence[tuple[str, bytes]]
    now: int  # ms UTC
    max_age: int | None = None  # s
    state: Path | None = None
    workers: int | None = None


def verify(asked: Asked, progress: Progress = silent) -> Audit:
    """Verify an export by trust files alone.

    What is wrong in it stands in the result. Raises Refusal: what `trust.load` and
    `trust.needed` raise, INPUT where the file is no export, naming the place.

    1. The trust files are sound, and those of the nations that are needed.
    2. What an interrupted run has verified counts, for these very bytes.
    3. Each log.
    """
    # 1
    pinned = trust.load(asked.trust, asked.now)
    with Export.open(asked.path) as export:
        trust.needed(pinned, (log.origin for log in export.logs))
        # 2
        claims = _claims(asked, export, pinned)
        # 3
        try:
            logs = check_all(export, pinned, claims, asked.workers, progress)
        except BaseException:
            if isinstance(claims, KeptClaims):
                claims.save()
            raise
        if isinstance(claims, KeptClaims):
            claims.forget()
        found = export.node, export.exported, export.digest, tuple(logs)
        return Audit(*found, asked.now, asked.max_age)


def _claims(asked: Asked, export: Export, pinned: Mapping[str, Bundle]) -> Claims:
    if asked.state is None:
        return Claims()
    files = [bundle.data for bundle in pinned.values()]
    return KeptClaims.beside(asked.path, export.digest, files, asked.state)


def check_all(
    export: Export,
    pinned: Mapping[str, Bundle],
    claims: Claims | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> list[LogAudit]:
    """Verify each log of an export, one after the other, each on all cores."""
    sources = [ExportedSource(export, log.origin) for log in export.logs]
    size = sum(log.size for log in export.logs)
    with pool.opened(piece.judge, size, workers) as many:
        return check_sources(sources, pinned, many, claims, progress)


def check_sources(
    sources: Sequence[Source],
    pinned: Mapping[str, Bundle],
    many: pool.Pool[Piece, Judged],
    claims: Claims | None = None,
    progress: Progress = silent,
) -> list[LogAudit]:
    """Verify several logs of one view, those of a node in the order of their numbers.

    Keys carry over from log n to log n + 1, and what is revoked there was in use in
    both. Raises what `check.check` raises.
    """
    found: dict[str, LogAudit] = {}
    by_origin = {source.origin: source for source in sources}
    for origin in sorted(by_origin, key=lambda one: _place(one, pinned)):
        before = found.get(_before(origin, pinned))
        found[origin] = check.check(
            by_origin[origin], pinned, many, claims, progress, before
        )
    for origin, later in list(found.items()):
        earlier = _before(origin, pinned)
        while later.revocations and earlier in found:
            found[earlier] = _revoke(found[earlier], later, by_origin[earlier])
            earlier = _before(earlier, pinned)
    return [found[source.origin] for source in sources]


def _logs(origin: str, pinned: Mapping[str, Bundle]) -> tuple[str, ...]:
    keys = keys_of(origin, pinned)
    return keys.bundle.nodes[keys.node].origins


def _place(origin: str, pinned: Mapping[str, Bundle]) -> tuple[str, int]:
    logs = _logs(origin, pinned)
    return logs[0], logs.index(origin)


def _before(origin: str, pinned: Mapping[str, Bundle]) -> str:
    """Return the log that this one goes on from, empty for a node's first one."""
    logs = _logs(origin, pinned)
    place = logs.index(origin)
    return logs[place - 1] if place else ""


def _revoke(earlier: LogAudit, later: LogAudit, source: Source) -> LogAudit:
    """Add what a later log revokes: all of the earlier one stands below it."""
    known = {one.revokes for one in earlier.revocations}
    added = [
        replace(one, index=earlier.size, entries=0, first=())
        for one in later.revocations
        if one.revokes not in known
    ]
    revoked = signed_by(added, source, earlier.proven, earlier.all_ours)
    return replace(earlier, revocations=(*earlier.revocations, *revoked))
