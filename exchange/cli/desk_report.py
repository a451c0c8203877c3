"""The part of a desk in the status of its node: what is due and what waits."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exchange.cli import (
    desk_session,
    due_output,
    outbox_output,
    revocations_output,
    way_output,
)
from exchange.words import say

if TYPE_CHECKING:
    from exchange.desk.client import Desk

DUE_SHOWN = 50  # lines of what is due; the rest is counted


def drop_lines(report: dict[str, Any]) -> None:
    """Leave out what the report says in words."""
    for name in ("lines", "revocation_lines"):
        report.pop(name, None)


def _draft_faults(desk: "Desk") -> Iterator[tuple[str, str]]:
    """Yield what the own node did wrong with drafts, and with which."""
    for name, what in desk.draft_faults().items():
        yield what, say("draft {name}", name=name[:16])


def of_desk(
    home: Path, officer: str, passphrase_fd: int | None, *, up: bool
) -> dict[str, Any]:
    """Return what waits and what is due at the desk of a home, also in lines.

    `up`: whether the node answers.
    """
    from exchange.desk.deadlines.due_list import due
    from exchange.desk.link.revocations import revocations_known
    from exchange.desk.link.way import count_queued

    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        every = due(desk, *desk.moment().times)
        queued = count_queued(desk.mailbox, desk.node, up=up)
        logs, now = map(desk.pinned.origin, desk.pinned), desk.clock()
        known = [
            revocations_known(desk.mailbox, desk.pinned, log, None, now) for log in logs
        ]
        return {
            "alarms": [
                {"reason": reason, "where": where, "at": None}
                for reason, where in (*desk.own_alarms(), *_draft_faults(desk))
            ],
            "on_the_way": way_output.counts_json(queued),
            "outbox": outbox_output.outbox_json(desk.mailbox),
            "missing": [
                {"desk": gap.desk, "numbers": list(gap.numbers)}
                for gap in desk.mailbox.numbers.gaps()
            ],
            "revocations": [revocations_output.as_json(one) for one in known if one],
            "revocation_lines": [
                f"{one.origin}: {revocations_output.line(one)}" for one in known if one
            ],
            "due": [due_output.due_json(one) for one in every],
            "lines": [due_output.line(one, desk.mailbox) for one in every[:DUE_SHOWN]],
        }
