"""The duty roles of a desk, to which an unanswered FLASH is escalated in turn.

From its newest LIAISON, by post and role; else from the desk's settings; else the roles
that every desk has.
"""

from collections.abc import Iterator, Sequence

from exchange.bulletin.codes import CODES, label
from exchange.bulletin.values import record
from exchange.desk.client import Desk
from exchange.limits import MINUTE
from exchange.v1 import bulletin_pb2

ROLES = ("DUTY_OFFICER", "DEPUTY", "SECURITY_COORDINATOR", "DUTY_DIRECTOR")
"""Codes of the list liaison_role that answer for a desk, in the order to call them."""
_POST, _ROLE = "post", "role"


def roles(desk: Desk, of: str, mode: str, now: int) -> tuple[str, ...]:
    """Return codes of liaison_role, or a post and its code each.

    A drill's roster is for drills only; the real one is for both. Roles that are
    unknown here, or do not answer for a desk, are skipped.
    """
    modes = ("ACTUAL",) if mode == "ACTUAL" else ("ACTUAL", mode)
    number = desk.mailbox.obligations.newest("LIAISON", of, modes, now)
    content = desk.mailbox.messages.read(number).content if number else None
    found = roster(bulletin_pb2.Content.FromString(content or b""))
    own = desk.settings.duty if of == desk.officer.desk else ()
    return found or own or ROLES


def roster(content: bulletin_pb2.Content) -> tuple[str, ...]:
    """Return the answering roles, as "DUTY-1 DUTY_OFFICER"."""
    rows = [d.value for d in content.details if d.field == "roster"]
    known = sorted(_answering(rows), key=lambda pair: ROLES.index(pair[1]))
    return tuple(f"{post} {role}" for post, role in known)


def _answering(rows: Sequence[str]) -> Iterator[tuple[str, str]]:
    for row in rows:
        parts = record(row)
        post, role = (",".join(parts.get(name, ())) for name in (_POST, _ROLE))
        if post and role in ROLES:
            yield post, role


def escalate(among: Sequence[str], filed: int, by: int, now: int) -> str:
    """Return the role to call at `now`: one further per span of the deadline.

    The first was asked to answer by the deadline, so the second is called when it
    passes. A deadline at or before filing counts in minutes.
    """
    within = max(by - filed, MINUTE)
    return among[min(1 + (now - by) // within, len(among) - 1)]


def describe_role(role: str, lang: str) -> str:
    """Return "DUTY-1, Duty officer"."""
    post, _, code = role.rpartition(" ")
    shown = label("liaison_role", code, lang) if code in CODES["liaison_role"] else code
    return f"{post}, {shown}" if post else shown
