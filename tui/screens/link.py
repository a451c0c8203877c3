"""Link: each node with its state, clock and signs of life, and the outbox."""

from collections.abc import Iterator
from typing import ClassVar

from exchange.desk.link_records import Failure, LinkReport, NodeLink
from exchange.errors import TEXTS, Reason
from exchange.limits import CLOCK_STEP_MAX, DAY, SECOND
from exchange.words import word
from exchange.words.ages import ago, apart
from tui.desk import Desk
from tui.screens.base import PageScreen
from tui.times import dated, seconds
from tui.widgets.choices import BETWEEN
from tui.widgets.page import Item, Pair, Text
from tui.widgets.sparkline import draw_beats
from tui.words import lang, say
from tui.workers import ask_desk

LOOK = 1.0  # s between two looks
BEATS = 30  # columns of signs of life
EMCON = {
    "OFF": word("off"),
    "QUIET": word("quiet: only heartbeats are sent"),
    "SILENT": word("silent: no link is kept"),
}


def link_items(report: LinkReport) -> Iterator[Item]:
    yield from _own(report)
    for partner in report.partners:
        yield Text("", "")
        yield from _partner(partner, report.at)
    if not report.partners:
        told = say("No partner status from our node since this terminal started.")
        yield Text(told, lang(), "unsure")
    elif not report.own.up:
        told = say("Partner status as of {time}.")
        yield Text(told.format(time=_when(report.told_at, report.at)), lang(), "unsure")
    yield Text("", "")
    yield from _outbox(report)
    yield Text("", "")
    yield from _posture(report)


def _own(report: LinkReport) -> Iterator[Item]:
    own = report.own
    yield _head(own, say("our node"), report.at)
    if not own.up:
        told = say(
            "Your bulletins are signed and kept here, and are sent when it answers."
        )
        yield Text(told, lang(), "unsure")
    if report.failure is not None:
        yield from _failure(report.failure, own, report.at)
    yield from _contact(own, report.at)
    yield _pair(say("queued for it"), str(own.queued))


def _partner(node: NodeLink, now: int) -> Iterator[Item]:
    yield _head(node, say("partner"), now)
    if not node.up and node.reason:
        style = "unsure" if node.emcon == "SILENT" else "bad"
        yield _pair(say("why"), _meaning(node.reason), style)
    yield from _contact(node, now)
    yield _pair(say("behind by"), str(node.queued), "unsure" if node.queued else "")
    if node.lacking:
        yield _pair(say("texts missing there"), str(node.lacking), "unsure")
    yield _pair(say("EMCON"), say(EMCON.get(node.emcon, word("not known"))))
    if node.up:
        yield _pair(say("MINIMIZE"), _on(on=node.minimize))


def _head(node: NodeLink, whose: str, now: int) -> Text:
    known = node.up or node.since
    silent = not node.up and node.emcon == "SILENT"
    state = say("up") if node.up else say("down") if known else say("not known")
    state = say("silent by EMCON") if silent else state
    sign = "●" if node.up else "○" if known else "?"
    parts = [f"{sign} {node.name}", whose, state]
    if node.since:
        parts.append(say("since {time}").format(time=_time(node.since, now)))
    bad = known and not silent
    style = "heading" if node.up else "bad" if bad else "unsure"
    return Text(BETWEEN.join(parts), lang(), style)


def _failure(failure: Failure, own: NodeLink, now: int) -> Iterator[Item]:
    text = f"{failure.text} ({_when(failure.at, now)})"
    label = say("last failure") if own.up else say("why")
    yield Pair(label, text, lang(), "" if own.up else "bad", lang())


def _contact(node: NodeLink, now: int) -> Iterator[Item]:
    at = max(node.heard_at, node.signed_at)
    yield _pair(say("last contact"), _when(at, now) if at else say("never"))
    if not node.up and node.next_try_at:
        left = max(0, node.next_try_at - now) // SECOND
        yield _pair(say("next try"), say("in {n} s").format(n=left))
    if node.round_trip is not None:
        yield _pair(say("round trip"), f"{node.round_trip} ms")
    yield _clock(node)
    yield Pair(say("heartbeat"), draw_beats(node.beats, BEATS), "en", "", lang())


def _clock(node: NodeLink) -> Pair:
    if node.apart is None:
        return _pair(say("its clock"), say("not known"), "dim")
    if abs(node.apart) <= CLOCK_STEP_MAX:
        return _pair(say("its clock"), say("as ours"))
    ahead, behind = say("{time} ahead of ours"), say("{time} behind ours")
    text = (ahead if node.apart > 0 else behind).format(time=apart(node.apart))
    return _pair(say("its clock"), text, "bad")


def _outbox(report: LinkReport) -> Iterator[Item]:
    yield Text(say("On the way"), lang(), "heading")
    for one in report.waiting:
        style = "bad" if one.state.isupper() else "unsure"
        yield Text(one.line, lang(), style)
    if not report.waiting:
        yield Text(say("The queue is empty."), lang(), "dim")


def _posture(report: LinkReport) -> Iterator[Item]:
    yield Text(say("Restrictions of our node"), lang(), "heading")
    own = report.own
    yield _pair(say("EMCON"), say(EMCON.get(own.emcon, word("not known"))))
    if own.emcon:
        yield _pair(say("MINIMIZE"), _on(on=own.minimize))
    if report.suspended:
        nations = ", ".join(report.suspended)
        yield _pair(say("sending suspended to"), nations, "unsure")
    told = say("Your operator changes them at the node, and it obeys within a second:")
    yield Text(told, lang(), "dim")
    for command in (
        "fusion doctor --minimize on|off",
        "fusion doctor --emcon off|quiet|silent",
    ):
        yield Text(command, "en", "dim")
    told = say(
        "Heartbeat: tall bar = answering; short bar = silent for 20 s; dot = no link."
    )
    yield Text(told, lang(), "dim")


def _pair(label: str, value: str, style: str = "") -> Pair:
    return Pair(label, value, lang(), style, lang())


def _on(*, on: bool) -> str:
    return say("on: no routine bulletins are taken") if on else say("off")


def _meaning(reason: str) -> str:
    known = reason in Reason.__members__
    return say(TEXTS[Reason(reason) if known else Reason.INTERNAL])


def _when(at: int, now: int) -> str:
    """Return a time and its age; with the day if it is over half a day old."""
    said = _time(at, now)
    if now < at:
        return said
    return say("{said}, {age}").format(said=said, age=ago(now - at))


def _time(at: int, now: int) -> str:
    return seconds(at) if 0 <= now - at < DAY // 2 else dated(at)


class LinkScreen(PageScreen):
    HEAD = "Link"
    KEYS: ClassVar = (("Esc", word("back")),)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def on_mount(self) -> None:
        super().on_mount()
        self.renew()
        self.set_interval(LOOK, self.renew)

    def renew(self) -> None:
        ask_desk(self, self.desk.links, self._show, self.fail, newest_of="links")

    def relabel(self) -> None:
        super().on_mount()
        self.renew()

    def _show(self, report: LinkReport) -> None:
        page = self.page
        page.put(list(link_items(report)), stay=True)
