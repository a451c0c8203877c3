"""The top row: who I am, what is up, what waits, whether the ledgers agree."""

from collections.abc import Sequence
from typing import NamedTuple

from tui.data import Alarm, Link, Peer, Section
from tui.text import safe
from tui.times import clock, clocks
from tui.widgets.bar import Bar, Part
from tui.words import joined, label, say, say_n

ROLE_MAX = 28  # characters; a roster's post may be longer
ALARMS_MAX = 2  # on the line; `fusion status` tells all


class Pressing(NamedTuple):
    """How much is past its time, how many FLASH are taken further, and to whom."""

    overdue: int = 0
    escalated: int = 0
    role: str = ""


def pressing(sections: Sequence[Section]) -> Pressing:
    """Return what of a hand-over list stands in the top row."""
    matters = {section.name: section.matters for section in sections}
    raised, late = matters.get("escalated", ()), matters.get("due", ())
    role = next((one.role for one in raised if one.role), "")
    return Pressing(len(late), len(raised), role)


def parts(link: Link, due: Pressing, now: int) -> list[Part]:
    """Return the row; what matters least goes first on a narrow screen."""
    row = [
        *_pressing(due),
        Part(f"‼ FLASH {link.flash}" if link.flash else "", "alarm"),
        _up(link.node, up=link.up, since=link.since),
    ]
    for peer in link.peers:
        row += _peer(peer)
    queued = say_n("{n} queued", "{n} queued", link.queued)
    asked = say_n("{n} to acknowledge", "{n} to acknowledge", link.to_acknowledge)
    held = say_n("{n} waits for a partner", "{n} wait for a partner", link.waiting)
    row += [_alarm(alarm) for alarm in link.alarms[:ALARMS_MAX]]
    row += [
        Part(f"⏸ {joined(held)}" if link.waiting else "", "unsure", 7),
        Part(f"↑ {joined(queued)}" if link.queued else "", "unsure", 7),
        _agree(link.agree),
        Part(f"! {joined(asked)}" if link.to_acknowledge else "", "unsure", 4),
        Part(f"#{link.entries}", "dim", 1),
        Part(safe(link.officer), "dim", 2),
        Part(clocks(now), "", 3),
    ]
    return row


def _pressing(due: Pressing) -> list[Part]:
    raised = say_n("{n} taken further", "{n} taken further", due.escalated)
    late = say_n("{n} past its time", "{n} past their time", due.overdue)
    role = due.role[:ROLE_MAX] + ("…" if len(due.role) > ROLE_MAX else "")
    to = f"{raised}: {role}" if role else raised
    return [
        Part(f"‼ {joined(to)}" if due.escalated else "", "alarm"),
        Part(f"! {joined(late)}" if due.overdue else "", "unsure"),
    ]


def _up(name: str, *, up: bool, since: int) -> Part:
    word = label("up") if up else label("down")
    when = "" if up else f" {clock(since)}"
    text = f"{'●' if up else '○'} {safe(name)} {word}{when}"
    return Part(text, "good" if up else "bad", 8)


def _peer(peer: Peer) -> list[Part]:
    behind = say_n("{n} behind", "{n} behind", peer.queued) if peer.queued else ""
    cosigned = joined(say("cosigned"), clock(peer.cosigned_at) or "-")
    return [
        _up(peer.name, up=peer.up, since=peer.since),
        Part(joined(behind) if behind else "", "unsure", 6),
        Part(cosigned, "", 5),
    ]


def _alarm(alarm: Alarm) -> Part:
    word = label("LEDGER ALARM")
    if alarm.reason == "FORK":
        word = label("LOG FORKED")
    elif alarm.reason == "MISSING":
        word = label("LOG INCOMPLETE")
    return Part(f"⚠ {word} {safe(alarm.where)}", "alarm")


def _agree(agree: bool | None) -> Part:  # noqa: FBT001 - a state, not a switch
    if agree is None:
        return Part(f"? {label('ledgers')}", "unsure", 7)
    if agree:
        return Part(f"✔ {label('ledgers agree')}", "good", 6)
    return Part(f"✘ {label('LEDGERS DIFFER')}", "bad")


class LinkLine(Bar):
    """Always on top, drawn by the program alone, never scrolled."""

    def update(self, link: Link, due: Pressing, now: int) -> None:
        """Show what is known now."""
        self.put(parts(link, due, now))
