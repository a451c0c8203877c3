"""The logs at a desk without its node's database: the leaves it verified itself.

It has the entries of messages that the desk may open; the whole log is at its node, or
in an export.
"""

from collections.abc import Sequence

from exchange import envelope
from exchange.browsed_logs import (
    BrowsedEntry,
    BrowsedHead,
    BrowsedLog,
    HeadLine,
    Progress,
    ProofStep,
)
from exchange.desk.client import Desk
from exchange.desk.link.log_states import LogStates
from exchange.desk.link.proof_chain import Chain
from exchange.desk.mailbox.records import DeskHead
from exchange.errors import Reason, Refusal, Why
from exchange.ledger import checkpoint
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb

_AT_THE_NODE = Why(
    "this desk has only the leaves of the log; run fusion fsck or fusion audit export"
    " on its node's machine"
)


class DeskShelf:
    """A `LogShelf` over the mailbox of a desk."""

    checks = ""
    exports = False

    def __init__(self, desk: Desk) -> None:
        self._desk, self._logs = desk, desk.mailbox.logs
        self._states = LogStates(desk.mailbox)
        self.title = desk.officer.desk

    def logs(self) -> Sequence[BrowsedLog]:
        own = self._desk.pinned.origins
        return [
            BrowsedLog(
                head.origin,
                self._logs.tree(head.origin).size,
                own.get(head.origin) == self._desk.officer.node,
                _browsed(head),
                self._states.alarm(head.origin).startswith(Reason.FORK),
            )
            for head in self._logs.heads()
        ]

    def heads(self, origin: str, below: int, count: int) -> Sequence[BrowsedHead]:
        """Return the newest head: a desk keeps no others."""
        head = self._logs.head(origin)
        return [_browsed(head)] if head and head.size < below and count else []

    def entries(self, origin: str, start: int, count: int) -> Sequence[BrowsedEntry]:
        read = self._desk.mailbox.messages.read
        return [
            BrowsedEntry(
                row.index or 0,
                len(one.entry),
                row.name,
                pb.Kind.Name(core.kind).removeprefix("KIND_"),
                row.filed,
                row.author,
                row.verdict or "ACCEPTED",
            )
            for one in map(read, self._logs.numbers(origin, start, count))
            for row, core in ((one.row, envelope.split(one.entry).core),)
        ]

    def steps(self, origin: str, index: int, tell: Progress) -> Sequence[ProofStep]:
        """Raise Refusal(NOT_FOUND) if the desk has none there."""
        for number in self._logs.numbers(origin, index, 1):
            message = self._desk.mailbox.messages.read(number)
            if message.row.index == index:
                tell(origin, 1, 1)
                desk = self._desk
                chain = Chain(desk.mailbox, desk.pinned, desk.client, message)
                return list(chain.steps())
        raise Refusal(Reason.NOT_FOUND, f"{origin}#{index}")

    def check(self, tell: Progress) -> Sequence[str]:  # noqa: ARG002 - as others have it
        raise Refusal(Reason.HOME, "node", _AT_THE_NODE)

    def export(self, out: str, tell: Progress) -> Sequence[str]:  # noqa: ARG002 - as others have it
        raise Refusal(Reason.HOME, out, _AT_THE_NODE)


def _browsed(head: DeskHead) -> BrowsedHead:
    log = HeadLine(head.origin, "log", head.time_s)
    lines = (_line(name, at) for name, at in sorted(head.cosigned.items()))
    return BrowsedHead(head.size, head.root, head.time_s, (log, *lines))


def _line(name: str, at_s: int) -> HeadLine:
    """Return a line; a desk keeps a mirror's under the name of its node."""
    if names.is_node(name):
        return HeadLine(checkpoint.cosigner_name(name), "mirror", at_s)
    return HeadLine(name, "cosigner", at_s)
