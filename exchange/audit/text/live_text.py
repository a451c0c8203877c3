"""An audit of running nodes in words: lines for people, JSON for programs."""

from collections.abc import Iterator, Mapping

from msgspec.structs import asdict

from exchange.audit.freshness import Freshness
from exchange.audit.result import Fault, LiveAudit, LiveLog, NodeView, shown
from exchange.audit.text import audit_text
from exchange.audit.text.database_text import counted, more
from exchange.words import say, say_n


class LiveText(Freshness, frozen=True):
    """Names the files of fork proofs; a log's age is that of its freshest view."""

    audit: LiveAudit
    proofs: Mapping[str, str]

    @property
    def ok(self) -> bool:
        return self.audit.ok and not any(self.stale(log) for log in self.audit.logs)

    def age(self, log: LiveLog | NodeView) -> int | None:
        """Return seconds; None for never."""
        return self.since(_last(log))

    def stale(self, log: LiveLog) -> bool:
        return self.over(_last(log))

    def as_json(self) -> dict[str, object]:
        return {
            "ok": self.ok,
            "nodes": list(self.audit.nodes),
            "logs": [self._log_as_json(log) for log in self.audit.logs],
            "wrong": sum(_wrong(v) for log in self.audit.logs for v in log.views),
        }

    def _log_as_json(self, log: LiveLog) -> dict[str, object]:
        return {
            "ok": log.ok,
            "origin": log.origin,
            "size": log.size,
            "agree": log.agree,
            "forked": log.fork is not None,
            "fork": self.proofs.get(log.origin),
            "age": self.age(log),
            "stale": self.stale(log),
            "views": [self._view_as_json(log, view) for view in log.views],
        }

    def _view_as_json(self, log: LiveLog, view: NodeView) -> dict[str, object]:
        return {
            "node": view.node,
            "ok": view.ok,
            "size": view.size,
            "behind": log.size - view.size,
            "age": self.age(view),
            "audit": audit_text.log_as_json(view.audit) if view.audit else None,
            "faults": [asdict(fault) for fault in _faults(view)],
        }

    def lines(self) -> Iterator[str]:
        for log in self.audit.logs:
            for view in log.views:
                yield from self._view_lines(log, view)
            yield f"{shown(log.origin)}: {self._agreement(log)}"
        signatures = sum(
            view.audit.signatures
            for log in self.audit.logs
            for view in log.views
            if view.audit
        )
        nodes = say(" and ").join(self.audit.nodes)
        yield counted(
            nodes,
            say_n("{n} signature", "{n} signatures", signatures),
            verdict=self._verdict(),
        )

    def _view_lines(self, log: LiveLog, view: NodeView) -> Iterator[str]:
        if view.audit is not None:
            first, *rest = audit_text.log_lines(view.audit)
            yield f"{view.node}: {first}"
            yield from rest
            yield f"  {audit_text.freshness(self.age(view))}"
        else:
            entries = say_n("{n} entry shown", "{n} entries shown", view.size)
            yield f"{view.node}: {shown(log.origin)}: {entries}"
        if (behind := log.size - view.size) > 0:
            yield f"  {say_n('{n} entry behind', '{n} entries behind', behind)}"
        yield from (f"  {fault}" for fault in _faults(view))
        if (left := _wrong(view) - len(list(_faults(view)))) > 0:
            yield f"  {more(left)}"

    def _agreement(self, log: LiveLog) -> str:
        if log.fork is not None:
            where = self.proofs.get(log.origin)
            forked = say("FORKED: two contradictory histories")
            if not where:
                return forked
            return say("{forked}, proof written to {file}", forked=forked, file=where)
        if not log.agree:
            return say("the views could not be compared")
        agreed = say("empty")
        if log.size:
            agreed = say_n(
                "{n} view of one history", "{n} views of one history", len(log.views)
            )
        if self.stale(log):
            return say("{agreed}, not cosigned recently", agreed=agreed)
        return agreed

    def _verdict(self) -> str:
        views = [view for log in self.audit.logs for view in log.views]
        if count := sum(map(_wrong, views)):
            audits = (view.audit for view in views if view.audit)
            return audit_text.told_wrong(count, audits)
        if any(view.lacks_directory for view in views):
            return say("all as signed, but {found}", found="DIRECTORY HEADS MISSING")
        if not self.audit.ok:
            return say("not the same everywhere")
        if not self.ok:
            return say("all as signed, but {found}", found=say("too old"))
        return say("all as signed")


def _last(log: LiveLog | NodeView) -> int:
    views = log.views if isinstance(log, LiveLog) else (log,)
    lines = [view.audit.last_cosigned_s for view in views if view.audit]
    return max(lines, default=0)


def _faults(view: NodeView) -> Iterator[Fault]:
    yield from view.faults
    if view.audit is not None:
        yield from view.audit.faults


def _wrong(view: NodeView) -> int:
    return len(view.faults) + (view.audit.wrong if view.audit else 0)
