"""Every box that signs, under every sequence of four keys.

Of three keys where a reason stands there before; of four, too, with `--long`.

What was signed is compared with what was last painted as highlighted, read from the
cells that were handed to the terminal. Sequences that lead to the same screen, focus
and texts go on alike, so each such screen is reached once, and every key is pressed
there: on the real screen, by key and mouse events.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, NamedTuple

import pytest
from rich.console import RenderableType
from textual import events
from textual.screen import Screen
from textual.widgets import OptionList

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.draft import Draft
from exchange.v1 import envelope_pb2 as env
from tests.tui.fake_bench import FakeBench
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, lines, terminal, text, until
from tests.tui.screens.test_translate import desk as translating
from tests.tui.screens.test_translate import written
from tests.tui.test_form import filled
from tui.app import Terminal
from tui.drafts import Slot
from tui.guarded_app import WAITING_MAX
from tui.screens.acknowledge import Acknowledge
from tui.screens.bulletins import Bulletins
from tui.screens.commands import Commands
from tui.screens.previews import previews
from tui.screens.recall import REASON, Recall
from tui.screens.reveal import box as reveal_box
from tui.screens.review import Sending
from tui.screens.review_page import ReviewPreview
from tui.screens.sign_box import SignBox
from tui.screens.signature import SignScreen
from tui.screens.translation_box import send_box
from tui.typed_keys import SeenFirst
from tui.widgets.sign_list import SignList
from tui.widgets.text_editor import Edit

DEPTH, BRIEF = 4, 3  # keys
BAR = "▌"
CALM = 3  # times round the loop with nothing to do
SUBJECT, OWN = "شمالی", "Suspect vehicle seen near the northern crossing"
AUTHOR = "duty-1@ops.islamabad.pk"


class Signed(NamedTuple):
    """What a desk was made to sign, as the line that signs must say it."""

    line: str
    subject: str


@dataclass
class Watched:
    """A terminal whose paints are kept, and what was signed under which of them."""

    app: Terminal
    painted: tuple[str, ...] = ()  # the rows that were last painted as highlighted
    beside: dict[str, list[str]] = field(default_factory=dict)
    """The rows that were last painted beside each digit."""
    signed: list[tuple[Signed, tuple[str, ...]]] = field(default_factory=list)

    def note(self, said: Signed) -> None:
        """Keep what is being signed; the highlight stays until that is done."""
        self.signed.append((said, self.painted))


Opening = Callable[[Watched], Screen[Any]]
State = tuple[object, ...]


def line(
    act: str,
    precedence: str,
    number: int = 0,
    label: str = "TLP:AMBER cn pk",
    mode: str = "ACTUAL",
) -> str:
    """What the line must say: who, what, handling, to which desk, about what."""
    who, to = f"Sign: {AUTHOR}", "to ops.beijing.cn"
    about = [f"beijing.cn#{number}"] if number else []
    words = (who, mode, precedence, act)
    return f"{' · '.join(words)} {' · '.join((label, to, *about))}"


def receipt(relation: str, reason: str) -> Signed:
    said = {"ACKNOWLEDGED": "Acknowledged", "COMPLETED": "Completed"}.get(relation)
    why = {"WEATHER": "Weather", "": "As the remark says"}[reason] if not said else ""
    act = said or f"Cannot comply: {why}"
    return Signed(line(act, "Flash", 3), SUBJECT)


def acknowledging(watched: Watched, reason: str = "") -> Screen[Any]:
    desk = three()
    kept = desk.acknowledge

    def acknowledge(
        number: int,
        relation: str,
        remark: str,
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> str:
        watched.note(receipt(relation, reason))
        return kept(number, relation, remark, reason, confirmed)

    desk.acknowledge = acknowledge  # type: ignore[method-assign]
    made = Acknowledge(desk, desk.read(3))
    made.reason = reason
    return made


def recalling(watched: Watched, reason: str = "") -> Screen[Any]:
    desk = three()

    def recall(_: int, reason: str, *__: object) -> None:
        act = f"Recalls: {code_label('recall_reason', reason, 'en')}"
        watched.note(Signed(line(act, "Priority", 1), OWN))

    desk.recall = recall  # type: ignore[assignment,method-assign]
    made = Recall(desk, desk.read(1))
    made.codes[REASON] = reason
    return made


def revealing(watched: Watched) -> Screen[Any]:
    desk = three()

    def reveal(_: int) -> bytes:
        watched.note(Signed(line("Reveals: ROUTE-B", "Flash", 3), SUBJECT))
        return bytes(32)

    desk.reveal = reveal  # type: ignore[assignment,method-assign]
    return reveal_box(desk, desk.read(3), "ROUTE-B")


def sending(watched: Watched, precedence: str = "PRIORITY") -> Screen[Any]:
    form = filled()
    form.values["precedence"] = [precedence]
    draft, desk = form.draft(), three()

    def submit(_: Draft, __: object = None, ___: bytes = b"") -> bytes:
        said = line("Warning", precedence.capitalize(), mode="EXERCISE")
        watched.note(Signed(said, "Convoy at risk"))
        return bytes(32)

    desk.submit = submit  # type: ignore[assignment,method-assign]
    review = desk.review(draft)
    return Sending(desk, draft, ReviewPreview(review, previews(review)), Slot(desk))


def translated(watched: Watched) -> Screen[Any]:
    desk = translating()
    bench = written(desk)

    def send(_: FakeBench) -> bytes:
        said = line("Chinese (simplified) translation (Unfinished)", "Priority", 1)
        watched.note(Signed(said, "Convoy halted near Dasu"))
        return bytes(32)

    bench.send = partial(send, bench)  # type: ignore[method-assign]
    return send_box(desk, desk.read(1), bench, bench.pieces())


BOXES: dict[str, Opening] = {
    "receipt": acknowledging,
    "receipt-with-reason": partial(acknowledging, reason="WEATHER"),
    "recall": recalling,
    "recall-with-reason": partial(recalling, reason="WRONG_LABEL"),
    "reveal": revealing,
    "review": sending,
    "review-of-a-flash": partial(sending, precedence="FLASH"),
    "translation": translated,
}
SLOWEST = {"recall", "receipt-with-reason"}
"""Further rounds: a receipt, and a recall with a reason, have the same lines."""
DIGITS = ("1",)
KEYS = (
    *("down", "up", "enter", "y", "n", "escape", "tab", *DIGITS),
    *("click 0", "click 1", "click -1"),  # on the first choice, the second, the last
)
MORE = {
    "": ("space",),
    "receipt": ("x",),
    "recall": ("x",),
    "review": ("x", "e", "space"),
}


def keys_of(name: str) -> tuple[str, ...]:
    """The keys that a box knows, and those of its list."""
    longest = max((start for start in MORE if name.startswith(start)), key=len)
    return (*KEYS, *MORE[longest])


# Driving.


async def settle(watched: Watched) -> None:
    """Let all be handled and painted that was begun."""
    app, quiet = watched.app, 0
    while quiet < CALM:
        await asyncio.sleep(0)
        screen = app.screen
        pumps = [app, *app.screen_stack, *screen.query("SignList, Edit, OptionList")]
        waits = [each for each in pumps if not each._message_queue.empty()]
        at_work = [worker for worker in app.workers if not worker.is_finished]
        opens = app.typed.at_work
        opens = opens or (isinstance(screen, SeenFirst) and not screen.painted)
        quiet += 1
        if opens:
            quiet = 0
            await asyncio.sleep(0.001)
        if waits or at_work or screen._callbacks or not screen.is_mounted:
            quiet = 0
        if at_work or screen._callbacks:
            await asyncio.sleep(0.001)
        if screen._layout_required or screen._scroll_required or _dirty(screen):
            screen._on_timer_update()  # now, not after a 60th of a second
            quiet = 0


def _dirty(screen: Screen[Any]) -> bool:
    return bool(screen._repaint_required or screen._dirty_widgets)


def press(watched: Watched, key: str) -> None:
    """Send a key, or a click on a choice, as the terminal would."""
    app = watched.app
    assert app._driver is not None
    if key.startswith("click"):
        places = _places(app)
        if not places:
            return
        x, y = places[int(key.split()[1])]
        for made in (events.MouseDown, events.MouseUp):
            event = made(
                None, x, y, 0, 0, button=1, shift=False, meta=False, ctrl=False
            )
            app._driver.send_message(event)
        app._click_chain_last_time = None  # each click is one, not two of a double
    else:
        letter = {"space": " "}.get(key, key if len(key) == 1 else None)
        app._driver.send_message(events.Key(key, letter))


def _places(app: Terminal) -> list[tuple[int, int]]:
    """Where each choice has its first row."""
    found = app.screen.query(SignList)
    if not found:
        return []
    shown = found.first()
    owners = shown._owners
    tops = [y for y, at in enumerate(owners) if y == 0 or owners[y - 1] != at]
    at = shown.content_region.offset
    top = shown.scroll_offset.y
    return [(at.x + 4, at.y + y - top) for y in tops if y - top < shown.size.height]


@asynccontextmanager
async def watching(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    """The terminal, of which every paint is looked at as it leaves."""
    async with terminal(FakeDesk(()), NARROW) as (app, _):
        watched = Watched(app)
        display = app._display

        def paint(screen: Screen[Any], renderable: RenderableType) -> None:
            display(screen, renderable)
            if screen is app.screen:
                watched.painted = tuple(highlighted(lines(app)))
                watched.beside = numbered(app)

        monkeypatch.setattr(app, "_display", paint)
        yield watched


def highlighted(rows: Sequence[str]) -> list[str]:
    """The rows of a box, or of a whole screen, that are drawn as highlighted."""
    inner = [row.split("│")[1] if row.count("│") > 1 else row for row in rows]
    return [row.strip() for row in inner if row.strip().startswith(BAR)]


def numbered(app: Terminal) -> dict[str, list[str]]:
    """The rows of each choice that has a digit beside it."""
    found: dict[str, list[str]] = {}
    for shown in app.screen.query(SignList):
        region, digit = shown.content_region, ""
        for row in lines(app)[region.y : region.bottom]:
            words = row[region.x :]
            if not words.startswith("  "):
                digit = words[0].strip(BAR).strip()
            if digit:
                shown_words = words[2:].partition("│")[0].strip("▁▂▃▄▅▆▇█ ")
                found.setdefault(digit, []).append(shown_words)
    return found


async def begin(watched: Watched, opening: Opening) -> Screen[Any]:
    """Open a box again, over nothing but the list."""
    app = watched.app
    while not isinstance(app.screen, Bulletins):
        app.screen.dismiss()
        await settle(watched)
    app.clear_notifications()
    watched.signed.clear()
    made = opening(watched)
    app.push_screen(made)
    await settle(watched)
    assert made.query_one(SignList).has_focus
    return made


async def back(watched: Watched, box: Screen[Any], at_first: State) -> bool:
    """Bring a box that nothing was signed in to its begin, if it is still there."""
    app = watched.app
    if box not in app.screen_stack or watched.signed:
        return False
    while app.screen is not box:
        app.screen.dismiss()
        await settle(watched)
    for edit in box.query(Edit):
        edit.load("")
    shown = box.query_one(SignList)
    shown.cursor = 0
    shown.refresh()
    shown.focus()
    app.clear_notifications()
    await settle(watched)
    return state(watched) == at_first


def state(watched: Watched) -> State:
    """All on which it depends what comes next; one text goes on like another."""
    app, screen = watched.app, watched.app.screen
    own = ("found", "confirmed", "reason", "codes", "reader", "_asked")
    return (
        type(screen).__name__,
        type(app.focused).__name__,
        *(bool(edit.text) for edit in screen.query(Edit)),
        *((shown.cursor, shown.busy) for shown in screen.query(SignList)),
        *(shown.highlighted for shown in screen.query(OptionList)),
        *(str(getattr(screen, name, "")) for name in own),
    )


# What must hold.


def judge(
    watched: Watched,
    keys: Sequence[str],
    before: tuple[str, ...],
    beside: Mapping[str, Sequence[str]],
) -> None:
    """Compare what was signed with what was painted when the last key came."""
    told = (keys, before, watched.signed)
    if not watched.signed:
        return
    ((said, under),) = watched.signed  # one, not two
    rows: Sequence[str] = [row.removeprefix(BAR).strip() for row in before]
    if keys[-1] in beside:  # else it is highlighted, and has the bar instead
        rows = beside[keys[-1]]
    else:
        assert under == before, told
    words = " ".join(row for row in rows if "┃" not in row)
    subject = " ".join(row for row in rows if "┃" in row)
    assert words == said.line, told
    assert said.subject in subject or said.subject == SUBJECT, told
    assert keys[-1] in {"enter", "y", *DIGITS} or keys[-1].startswith("click"), told


async def every_key(
    watched: Watched, opening: Opening, keys: Sequence[str], depth: int
) -> int:
    """Press every key on every screen that fewer than `depth` keys lead to."""
    box = await begin(watched, opening)
    at_first = state(watched)
    ways: dict[State, tuple[str, ...]] = {at_first: ()}
    tried = 0
    for here, way in _growing(ways):
        for key in keys:
            if state(watched) != here or watched.app.screen_stack[-1] is not box:
                box = await _again(watched, opening, box, at_first)
                for step in way:
                    press(watched, step)
                    await settle(watched)
            await _judged(watched, box, (*way, key))
            tried += 1
            there = state(watched)
            left = watched.signed or box not in watched.app.screen_stack
            if not left and len(way) + 1 < depth:
                ways.setdefault(there, (*way, key))
    return tried


def _growing(ways: dict[State, tuple[str, ...]]) -> Iterator[tuple[State, Any]]:
    """Yield the entries, the shortest ways first, also those that come meanwhile."""
    for at in count():
        if at == len(ways):
            return
        yield list(ways.items())[at]


async def _again(
    watched: Watched, opening: Opening, box: Screen[Any], at_first: State
) -> Screen[Any]:
    if await back(watched, box, at_first):
        return box
    return await begin(watched, opening)


async def _judged(watched: Watched, box: Screen[Any], keys: Sequence[str]) -> None:
    """Press the last key, and compare what is signed with what was painted."""
    before, beside = watched.painted, watched.beside
    in_list = isinstance(watched.app.focused, SignList)
    press(watched, keys[-1])
    await settle(watched)
    judge(watched, keys, before, beside)
    meant = in_list and keys[-1] in {"enter", "y"} and before
    if meant and before[0].startswith(f"{BAR}Sign: ") and signs(box):
        assert watched.signed, (keys, before)


def signs(box: Screen[Any]) -> bool:
    """Whether its line signs at once: that of a FLASH asks for digits first."""
    flash = isinstance(box, Sending) and box.draft.precedence == env.PRECEDENCE_FLASH
    return not flash


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if name in SLOWEST else ())
        for name in BOXES
    ],
)
async def test_four_keys_sign_what_was_painted_and_nothing_else(
    name: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    brief = name.endswith("-with-reason") and not request.config.getoption("--long")
    depth = BRIEF if brief else DEPTH
    async with watching(monkeypatch) as watched:
        tried = await every_key(watched, BOXES[name], keys_of(name), depth)
    assert tried >= 2 * len(KEYS)


@pytest.mark.parametrize("name", ["receipt", "recall-with-reason", "review", "reveal"])
async def test_what_was_not_drawn_yet_is_not_signed_and_nothing_twice(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys that come faster than the screen, and one that is pressed twice."""
    async with watching(monkeypatch) as watched:
        box = await begin(watched, BOXES[name])
        shown = box.query_one(SignList)
        for _ in shown.offered:
            shown.action_move(1)
        shown.action_sign()
        shown.action_take()
        await settle(watched)
        assert watched.signed == []
        if name == "receipt":  # whose last line asks why
            press(watched, "up")
            await settle(watched)
        press(watched, "y")
        press(watched, "y")
        press(watched, "enter")
        await settle(watched)
        assert len(watched.signed) == 1


async def test_no_list_of_commands_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    async with watching(monkeypatch) as watched:
        await begin(watched, acknowledging)
        offered = [each.words for each in Commands(watched.app.screen)._all()]
    assert "Confirm that a finding is no personal data x" in offered
    assert not any("Sign the " in words for words in offered)


async def test_no_message_of_others_covers_what_is_signed() -> None:
    async with terminal(three()) as (app, pilot):
        await pilot.press("a", then=SignScreen)
        for number in range(WAITING_MAX + 2):
            app.notify(f"from elsewhere {number}", timeout=60, markup=False)
        app.screen.notify("about this box", timeout=60, markup=False)
        await until(pilot, "about this box")
        assert "from elsewhere" not in text(app)
        await pilot.press("escape", then=Bulletins)
        last = f"from elsewhere {WAITING_MAX + 1}"
        await until(pilot, last)
        shown = [one.message for one in app._notifications]
        assert len([one for one in shown if "elsewhere" in one]) == WAITING_MAX


@pytest.mark.parametrize("steps", range(8))
async def test_the_end_is_no_fault_while_a_box_is_made(steps: int) -> None:
    """A signal, or the lock, ends the terminal at any step of a screen's making."""
    async with terminal(three(), NARROW) as (app, _):
        app.push_screen(SignBox("Sign", [], [], lambda: None))
        for _ in range(steps):
            await asyncio.sleep(0)
        app.exit()
    assert app.fault() is None
