"""The top row: who I am, what is up, what waits, whether the ledgers agree."""

from tui.data import Alarm, Link, Peer
from tui.text import safe
from tui.times import clock, clocks
from tui.widgets.bar import Bar, Part
from tui.words import joined, label, say, say_n

ALARMS_MAX = 2  # on the line; `fusion status` tells all


def parts(link: Link, now: int) -> list[Part]:
    """Return the row; what matters least goes first on a narrow screen."""
    row = [
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

    def update(self, link: Link, now: int) -> None:
        """Show what is known now."""
        self.put(parts(link, now))
