"""The top row: the officer, links, pending work, agreement of the ledgers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from exchange.bulletin.codes import DRILLS
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.desk.link.clock_words import describe_clock
from exchange.desk.status_records import (
    CatchUp,
    ClockState,
    DeskStatus,
    DutyItem,
    DutySection,
    KeyEnd,
    LedgerAlarm,
    PartnerNode,
)
from exchange.limits import DAY, PROOF_FRESH
from exchange.words import word
from exchange.words.ages import ago
from tui.text.safe_text import safe
from tui.times import clock, clocks, dated, seconds, stamp
from tui.widgets.bar import Bar, BarPart
from tui.widgets.verdict_bar import revocations_part
from tui.words import join_words, label, lang, say, say_n

REAL = ""
ROLE_MAX = 28  # characters; a roster's post may be longer
NEAR = DAY // 2  # ms of age up to which a time needs no day
ALARMS_MAX = 2  # on the line; `fusion status` lists all


class Pressing(NamedTuple):
    """The urgent part of a due list: overdue, escalated FLASH, and the role alerted."""

    overdue: int = 0
    escalated: int = 0
    role: str = ""
    declined: int = 0
    """Declined by a desk, and not yet noted here."""


def pressing(sections: Sequence[DutySection]) -> Mapping[str, Pressing]:
    """Return the top row's part of a hand-over list, by the mode of a drill.

    REAL is everything outside a drill.
    """
    items = [one for section in sections for one in section.items]
    late = _by_mode([one for one in items if one.late])
    raised, declined = (
        _by_mode([one for one in items if kind in one.kinds])
        for kind in ("ESCALATED", "DECLINED")
    )
    return {
        mode: Pressing(
            len(late[mode]), len(raised[mode]), _role(raised[mode]), len(declined[mode])
        )
        for mode in (REAL, *DRILLS)
    }


def _by_mode(items: Sequence[DutyItem]) -> Mapping[str, Sequence[DutyItem]]:
    found: dict[str, list[DutyItem]] = {mode: [] for mode in (REAL, *DRILLS)}
    for one in items:
        found[one.row.mode if one.row.mode in DRILLS else REAL].append(one)
    return found


def _role(raised: Sequence[DutyItem]) -> str:
    return next((one.role for one in raised if one.role), "")


def parts(link: DeskStatus, due: Mapping[str, Pressing], now: int) -> list[BarPart]:
    """Return the parts of the row; a narrow screen drops the least important first.

    Real parts come first. A drill is no alarm: it names itself, and the role it goes to
    only if no real bulletin is escalated. A node that is down or silent keeps its
    place.
    """
    real = due.get(REAL, Pressing())
    late = BarPart(f"! {join_words(_late(real))}" if real.overdue else "", "unsure")
    raised, flash = alarm_parts(link, real)
    cannot = BarPart(f"✘ {join_words(_cannot(real))}" if real.declined else "", "bad")
    row = [*_clock(link.clock), raised, cannot, late, flash]
    row += [*_releases(link), *_outbox(link)]
    row.append(_key_end(link.key_end))
    for mode in DRILLS:
        drill = due.get(mode, Pressing())
        if real.escalated:
            drill = drill._replace(role="")
        row += _drill(mode, drill, link.drilled.get(mode, 0))
    row.append(_up(link.node, up=link.up, since=link.since, now=now))
    for peer in link.peers:
        row += _peer(peer, now)
    row += [_suspension(*one) for one in link.suspended]
    queued = say_n("{n} queued", "{n} queued", link.queued)
    text = say_n("{n} to acknowledge", "{n} to acknowledge", link.to_acknowledge)
    held = say_n("{n} waits for a partner", "{n} wait for a partner", link.waiting)
    row.append(_catch_up(link.catch_up))
    row += [_alarm(alarm) for alarm in link.alarms[:ALARMS_MAX]]
    row.append(revocations_part(link.stale))
    row += [
        BarPart(f"⏸ {join_words(held)}" if link.waiting else "", "unsure", 7),
        BarPart(f"↑ {join_words(queued)}" if link.queued else "", "unsure", 7),
        _agree(link, now),
        BarPart(f"! {join_words(text)}" if link.to_acknowledge else "", "unsure", 4),
        BarPart(f"#{link.entries}", "dim", 1),
        BarPart(safe(link.officer), "dim", 2),
        BarPart(clocks(now), "", 3),
    ]
    return row


def _releases(link: DeskStatus) -> list[BarPart]:
    late = say_n("{n} not countersigned", "{n} not countersigned", link.uncountersigned)
    mine = say_n("{n} to countersign", "{n} to countersign", link.to_countersign)
    release = say_n("{n} to release", "{n} to release", link.to_release)
    back = say_n("{n} returned", "{n} returned", link.returned)
    return [
        BarPart(f"⚠ {join_words(late)}" if link.uncountersigned else "", "alarm"),
        BarPart(f"✎ {join_words(mine)}" if link.to_countersign else "", "unsure", 8),
        BarPart(f"✎ {join_words(release)}" if link.to_release else "", "unsure", 8),
        BarPart(f"↩ {join_words(back)}" if link.returned else "", "unsure", 7),
    ]


def _outbox(link: DeskStatus) -> list[BarPart]:
    again = say_n("{n} to sign again", "{n} to sign again", link.to_sign)
    unsent = say_n("{n} not sent", "{n} not sent", link.unsent)
    return [
        BarPart(f"✎ {join_words(again)}" if link.to_sign else "", "alarm", 8),
        BarPart(f"✘ {join_words(unsent)}" if link.unsent else "", "bad", 7),
    ]


def _key_end(end: KeyEnd | None) -> BarPart:
    if end is None:
        return BarPart("", "unsure", 6)
    colon = COLON[lang()]
    if not end.days:
        text = f"{say('keys have ended')}{colon}{end.command}"
        return BarPart(f"✘ {join_words(text)}", "bad", 8)
    within = say_n("renew keys within {n} day", "renew keys within {n} days", end.days)
    return BarPart(f"⌛ {join_words(f'{within}{colon}{end.command}')}", "unsure", 6)


def alarm_parts(link: DeskStatus, due: Pressing) -> list[BarPart]:
    flash = f"‼ {label('FLASH')} {link.flash}"
    return [
        BarPart(f"‼ {join_words(_raised(due))}" if due.escalated else "", "alarm"),
        BarPart(flash if link.flash else "", "alarm"),
    ]


def _drill(mode: str, due: Pressing, flash: int) -> Iterator[BarPart]:
    head = f"{code_label('mode', mode, lang())}{COLON[lang()]}"
    if due.escalated:
        yield BarPart(join_words(head + _raised(due)), "mode", 7)
    if due.declined:
        yield BarPart(join_words(head + _cannot(due)), "mode", 6)
    if due.overdue:
        yield BarPart(join_words(head + _late(due)), "mode", 5)
    if flash:
        yield BarPart(join_words(f"{head}{say('FLASH')} {flash}"), "mode", 6)


def _raised(due: Pressing) -> str:
    if not due.role:
        return say_n("{n} escalated", "{n} escalated", due.escalated)
    role = due.role[:ROLE_MAX] + ("…" if len(due.role) > ROLE_MAX else "")
    return say_n(
        "{n} escalated to {role}", "{n} escalated to {role}", due.escalated, role=role
    )


def _late(due: Pressing) -> str:
    return say_n("{n} overdue", "{n} overdue", due.overdue)


def _cannot(due: Pressing) -> str:
    return say_n("{n} cannot be done", "{n} cannot be done", due.declined)


def _clock(state: ClockState | None) -> Iterator[BarPart]:
    if state is None:
        return
    yield BarPart(f"⚠ {join_words(describe_clock(state))}", "alarm")
    if state.judged_by:
        judged = say("deadlines by the time of {node}")
        yield BarPart(join_words(judged.format(node=safe(state.judged_by))), "bad", 8)


def _up(name: str, *, up: bool, since: int, now: int) -> BarPart:
    word = label("up") if up else label("down")
    when = "" if up or not since else f" {_moment(since, now)}"
    text = f"{'●' if up else '○'} {safe(name)} {word}{when}"
    return BarPart(text, "good", 7) if up else BarPart(text, "bad", 8)


def _moment(at: int, now: int) -> str:
    return clock(at) if 0 <= now - at < NEAR else join_words(dated(at))


def _catch_up(far: CatchUp | None) -> BarPart:
    if far is None:
        return BarPart("", "unsure", 7)
    text = say("{taken} of {known} arrived").format(taken=far.taken, known=far.known)
    return BarPart(f"↓ {join_words(text)}", "unsure", 7)


def _peer(peer: PartnerNode, now: int) -> list[BarPart]:
    behind = say_n("{n} behind", "{n} behind", peer.queued) if peer.queued else ""
    if behind and peer.why:
        behind = f"{behind} ({safe(peer.why)})"
    at = _moment(peer.cosigned_at, now) if peer.cosigned_at else "-"
    cosigned = join_words(say("cosigned"), at)
    silent = ""
    if peer.up and peer.silent_since:
        when = seconds(peer.silent_since)
        silent = say("no answer since {time}").format(time=when)
    state = _up(peer.name, up=peer.up, since=peer.since, now=now)
    if peer.emcon:
        since = f" {_moment(peer.since, now)}" if peer.since else ""
        said = f"○ {safe(peer.name)} {label('silent by EMCON')}{since}"
        state = BarPart(said, "unsure", 8)
    elif not peer.up and not peer.since:  # neither state nor time is known
        state = BarPart(f"? {safe(peer.name)} {label('not known')}", "unsure", 7)
    return [
        state,
        _heard(peer, now),
        BarPart(join_words(silent) if silent else "", "bad", 8),
        BarPart(join_words(behind) if behind else "", "unsure", 6),
        BarPart(cosigned, "", 5),
    ]


def _heard(peer: PartnerNode, now: int) -> BarPart:
    at = peer.heard_at
    if 0 <= now - at <= PROOF_FRESH:
        return BarPart("")
    text = say("never heard")
    if at:
        text = say("last heard {time}").format(time=dated(at))
        if now > at:
            text = say("{said}, {age}").format(said=text, age=ago(now - at))
    return BarPart(f"⌛ {join_words(text)}", "unsure", 8)


def _suspension(nation: str, since: int) -> BarPart:
    told = say("sending to {nation} suspended").format(nation=safe(nation))
    if since:
        told = say("sending to {nation} suspended since {time}").format(
            nation=safe(nation), time=stamp(since)
        )
    return BarPart(f"⏸ {join_words(told)}", "unsure", 7)


_ANY = word("LEDGER ALARM")
_DAMAGED = word("TEXT DAMAGED BY OUR NODE")
_ALARMS = {
    "FORK": word("LOG FORKED"),
    "MISSING": word("LOG INCOMPLETE"),
    "HIDDEN": word("HIDDEN BY OUR NODE"),
    "NUMBER": word("NUMBER TOO LARGE"),
    "NUMBERS": word("BULLETINS MISSING"),
    "CLOCK": word("CLOCK OF OUR NODE WRONG"),
    "SKEW": word("CLOCKS OF THE NODES DIFFER"),
    "SERIAL": word("OLD KEY FILE"),
    "HOOK": word("ALARM NOTICES NOT SENT"),
    "DRAFT": word("DRAFT SHOWN WRONG BY OUR NODE"),
    "WRAPS": _DAMAGED,
    "BODY": _DAMAGED,
}
"""Reason of an alarm -> text in the top row; any other reason gets `_ANY`."""


def _alarm(alarm: LedgerAlarm) -> BarPart:
    said = label(_ALARMS.get(alarm.reason, _ANY))
    return BarPart(f"⚠ {said} {safe(alarm.where)}", "alarm", short=f"⚠ {said}")


def _agree(link: DeskStatus, now: int) -> BarPart:
    """Return whether the ledgers agree; green only if that was proven just now.

    While a node is down or the clock is wrong, it says when they last agreed.
    """
    if link.agree is None:
        return BarPart(f"? {label('ledgers')}", "unsure", 7)
    if not link.agree:
        return BarPart(f"✘ {label('LEDGERS DIFFER')}", "bad")
    proven = min((peer.cosigned_at for peer in link.peers), default=0)
    fresh = 0 <= now - proven <= PROOF_FRESH
    up = link.up and all(peer.up for peer in link.peers)
    if up and fresh and link.clock is None:
        return BarPart(f"✔ {label('ledgers agree')}", "good", 6)
    if not proven:
        return BarPart(f"? {label('ledgers')}", "unsure", 7)
    text = say("ledgers agreed {time}").format(time=dated(proven))
    return BarPart(f"? {join_words(text)}", "unsure", 7)


class LinkLine(Bar):
    def update(self, link: DeskStatus, due: Mapping[str, Pressing], now: int) -> None:
        self.put(parts(link, due, now))
