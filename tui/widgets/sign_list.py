"""The choices of a box that signs: a key signs the choice that the officer saw.

Enter, y and a click do the same: they take the choice drawn as highlighted, if it was
drawn in full before the key came. A digit takes the choice beside it under that rule.
They do nothing if a newly highlighted choice is not drawn yet, if none is drawn, or if
one was taken already.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import ClassVar, NamedTuple

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.message import Message

from exchange.words import word
from tui.keys import SIGN, SIGN_AT, bind
from tui.typed_keys import lose
from tui.widgets.cells import Piece, cursor_bar, plain, spaced
from tui.widgets.choices import Choices, Entry
from tui.widgets.page import Item
from tui.words import say

UNSIGNED = word("Not signed yet: move to the line to sign first (↓).")


DIGITS = range(1, 10)


class Act(Enum):
    LEAVE = "leave"  # signs nothing
    ASK = "ask"  # asks a question first
    SIGN = "sign"


class Choice(NamedTuple):
    key: str
    act: Act
    items: Sequence[Item]


class SignList(Choices, inherit_bindings=False):
    """Choices, of which the first leaves; highlighted only while in focus.

    `Taken` reports the choice. No other can be taken, and the highlight stays, until
    the screen calls `free`: after an answer to a question, or a refusal to sign.
    """

    DEFAULT_CSS = """
    SignList { height: auto; max-height: 11; scrollbar-gutter: auto; }
    """
    EDGE = 2
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "move(1)", "Next choice"),
        bind("up,k", "move(-1)", "Previous choice"),
        bind("enter", "take", "Choose the highlighted line", "↵"),
        bind("y", SIGN, "Sign the highlighted line", "y"),
        *(
            bind(f"{n}", f"{SIGN_AT}({n})", "Sign the line of this digit")
            for n in DIGITS
        ),
    ]

    class Taken(Message):
        """A choice was taken."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    class Freed(Message):
        """A choice may be taken again: the last one was not signed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.offered: Sequence[Choice] = ()
        self.busy = False  # whether one was taken

    def offer(self, choices: Sequence[Choice]) -> None:
        key = self.chosen.kind if self.chosen else ""
        keys = [choice.key for choice in choices]
        at = keys.index(key) if key in keys else 0
        self.offered = choices
        made = [Entry(n, one.items, one.key) for n, one in enumerate(choices, 1)]
        self.choose_from(made, at + 1)

    def free(self) -> None:
        self.busy = False
        self.post_message(self.Freed())

    @property
    def shows_cursor(self) -> bool:
        return self.has_focus

    def action_move(self, by: int) -> None:
        if not self.busy:
            super().action_move(by)

    def action_take(self) -> None:
        self._take(sure=False)

    def action_sign(self) -> None:
        """Take the highlighted choice, unless it leaves: y never means that."""
        self._take(sure=True)

    def bar(self, line: int, style: Style, *, lit: bool) -> Piece:
        """Put the digit of a choice beside its first line."""
        sign = cursor_bar() if lit else self._digit(line)
        return spaced(plain(sign, style), style)

    def _digit(self, line: int) -> str:
        owners = self._owners[: line + 1]
        if line >= len(self._owners) or owners.count(owners[-1]) > 1:
            return " "
        numbers = {place: n for n, place in self._numbered().items()}
        return str(numbers.get(owners[-1], " "))

    def _numbered(self) -> Mapping[int, int]:
        """Return the digits of the choices that sign or ask, and their entries."""
        acts = [n for n, one in enumerate(self.offered) if one.act is not Act.LEAVE]
        return dict(zip(DIGITS, acts, strict=False))

    def action_sign_at(self, digit: int) -> None:
        """Take the choice of a digit if all of it is drawn; else go to it."""
        place = self._numbered().get(digit)
        if self.busy or place is None:
            return
        drawn = self._is_drawn(place, self._drawn)
        self._go(self._places().index(place))
        if not drawn:
            lose(self)
            return
        self.busy = True
        self.post_message(self.Taken(self.offered[place]))

    def _take(self, *, sure: bool) -> None:
        seen = self.seen_entry
        if self.busy:
            return
        if seen is None:
            lose(self)
            return
        choice = self.offered[seen.number - 1]
        if sure and choice.act is Act.LEAVE:
            self.screen.notify(say(UNSIGNED), markup=False)  # a notice of the box
            return
        self.busy = True
        self.post_message(self.Taken(choice))

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()  # the parent class chooses with two clicks
        drawn = self._lit.get(event.y)
        if drawn is not None and drawn == self.seen_entry:
            self._take(sure=False)
        elif not self.busy:
            super().on_click(event)
