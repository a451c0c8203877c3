"""The content of a screen as plain text in reading order, for a screen reader.

The screen itself is drawn, in one column as high as its content, text as it is stored,
and written without frames, colours and key bars; each part of a bar has a line, so
that none is dropped. Lists begin with the most urgent. A screen that only acts names
its equivalent command.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from textual.app import App
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView

from tui import settings, times
from tui.app import Terminal
from tui.desk import Desk
from tui.screens.bulletins import Bulletins
from tui.text.order import Bidi
from tui.widgets.bar import Bar, KeyLine
from tui.workers import wait_for_workers

SIZE = (200, 40)  # columns, rows at first
HEIGHT_MAX = 2_000  # rows drawn; the newest of a longer list
_FRAME = re.compile("[\u2500-\u259f]+")
_GAP = re.compile(" {3,}")
_OPEN = ("enter",)


class PlainScreen(NamedTuple):
    """A screen by its class, and the keys that lead to it from the list.

    A screen with a `command` acts or asks; that command does the same.
    """

    of: str
    keys: Sequence[str] = ()
    command: str = ""
    about: bool = False
    """Whether it is about one bulletin, which must be named."""


SCREENS = {
    "bulletins": PlainScreen("Bulletins"),
    "bulletin": PlainScreen("Bulletins", _OPEN, about=True),
    "thread": PlainScreen("ThreadScreen", (*_OPEN, "x"), about=True),
    "verify": PlainScreen("Verify", ("v",), about=True),
    "bytes": PlainScreen("RawScreen", (*_OPEN, "u"), about=True),
    "hand-over": PlainScreen("Duty", ("d",)),
    "sent": PlainScreen("SentScreen", ("m",)),
    "drafts": PlainScreen("DraftsScreen", ("w",)),
    "link": PlainScreen("LinkScreen", ("L",)),
    "directory": PlainScreen("DirectoryScreen", ("D",)),
    "address-groups": PlainScreen("GroupsScreen", ("D", "i")),
    "board": PlainScreen("BoardScreen", ("B",)),
    "board-sign": PlainScreen("Behind", command="fusion list"),
    "release": PlainScreen("Queue", ("p",)),
    "searches": PlainScreen("Saved", ("s",)),
    "settings": PlainScreen("SettingsScreen", (",",)),
    "keys-help": PlainScreen("Help", ("?",)),
    "translations": PlainScreen("TranslationQueue", ("T",)),
    "handovers": PlainScreen("HandoversPage", ("d", "h")),
    "handover-page": PlainScreen("HandoverPage", command="fusion desk handover sign"),
    "keys": PlainScreen("Keys", command="fusion keys list"),
    "key": PlainScreen("KeyPage", command="fusion keys list"),
    "receipt": PlainScreen("ReceiptPage", command="fusion show"),
    "voice": PlainScreen("Voice", ("v", "V"), about=True),
    "audit": PlainScreen("AuditScreen", command="fusion audit"),
    "audit-log": PlainScreen("AuditLog", command="fusion audit"),
    "audit-heads": PlainScreen("AuditHeads", command="fusion audit"),
    "audit-work": PlainScreen("AuditWork", command="fusion fsck"),
    "pairing": PlainScreen("PairingScreen", command="fusion trust"),
    "safety-number": PlainScreen("SafetyNumber", command="fusion trust"),
    "first-run": PlainScreen("FirstRunScreen", command="fusion init"),
    "acknowledge-many": PlainScreen("AcknowledgeMany", command="fusion ack"),
    "templates": PlainScreen("TemplateBox", command="fusion send --form"),
    "acknowledge": PlainScreen("Acknowledge", command="fusion ack"),
    "acknowledge-marked": PlainScreen("AcknowledgeMany", command="fusion ack"),
    "recall": PlainScreen("Recall", command="fusion recall"),
    "reveal": PlainScreen("SignBox", command="fusion reveal"),
    "sign-again": PlainScreen("SignAgain", command="fusion send --again"),
    "compose": PlainScreen("Compose", command="fusion send --form"),
    "paragraph": PlainScreen("Write", command="fusion send"),
    "table": PlainScreen("Table", command="fusion send --form"),
    "row": PlainScreen("LineBox", command="fusion send --form"),
    "review": PlainScreen("Sending", command="fusion send"),
    "release-one": PlainScreen("Release", command="fusion release show"),
    "translate": PlainScreen("Translate", command="fusion translate show"),
    "translate-back": PlainScreen("Blind", command="fusion translate back"),
    "compare": PlainScreen("Compare", command="fusion translate judge"),
}
"""Every screen of the terminal by the name that `fusion tui --plain` takes."""


def read(
    desk: Desk,
    name: str,
    number: int = 0,
    now: Callable[[], int] = times.now,
) -> list[str]:
    """`name` is one of SCREENS without a command, `number` a bulletin or 0.

    A screen that opens a bulletin marks it as read.
    """
    screen = SCREENS[name]
    app = Terminal(desk, now, once={settings.BIDI: Bidi.PLAIN})
    return asyncio.run(_read(app, screen, number))


async def _read(app: Terminal, screen: PlainScreen, number: int) -> list[str]:
    async with app.run_test(size=SIZE) as pilot:
        await _settle(pilot)
        first = app.screen
        if isinstance(first, Bulletins):
            if number:
                first.rows.go(first.rows.window.place(number))
            else:
                first.by_urgency = True
                first.renew_order()
                await _settle(pilot)
        for key in screen.keys:
            await pilot.press(key)
            await _settle(pilot)
        await pilot.resize_terminal(SIZE[0], _height(app))
        await _settle(pilot)
        return _lines(app)


async def _settle(pilot: Pilot[None]) -> None:
    """Wait until the desk has answered every call, and the answers are drawn."""
    await pilot.pause()
    await wait_for_workers(pilot.app)
    await pilot.pause()


def _height(app: App[Any]) -> int:
    hidden = [
        one.virtual_size.height - one.size.height
        for one in app.screen.query(ScrollView)
        if one.size.height
    ]
    return min(SIZE[1] + max(0, *hidden, 0), HEIGHT_MAX)


def _lines(app: App[Any]) -> list[str]:
    """Make runs of empty lines one."""
    said: list[str] = []
    for line in _drawn(app):
        words = _GAP.sub("  ", _FRAME.sub(" ", line)).strip()
        if words or (said and said[-1]):
            said.append(words)
    return said


def _drawn(app: App[Any]) -> Iterator[str]:
    screen = app.screen
    region = screen.region
    if isinstance(screen, ModalScreen):  # without the screen under it
        region = screen.children[0].region
    bars = {
        y: one
        for one in screen.query(Bar)
        for y in range(one.region.y, one.region.bottom)
    }
    strips = screen._compositor.render_strips()  # noqa: SLF001 - no public name
    for y in range(region.y, min(region.bottom, len(strips))):
        bar = bars.get(y)
        if bar is None:
            yield strips[y].crop(region.x, region.right).text
        elif not isinstance(bar, KeyLine):
            rows = bar.rows[y - bar.region.y :][:1]
            yield from (part.text for parts in rows for part in parts if part.text)
