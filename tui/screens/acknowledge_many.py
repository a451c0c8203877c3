"""Acknowledge several bulletins after one review: each is signed on its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from exchange.bulletin.codes import label as code_label
from exchange.desk.records import Answer, OpenedBulletin
from exchange.errors import FusionError
from exchange.words import word
from tui.bulletin_names import name_of
from tui.desk import Desk
from tui.keys import bind
from tui.screens.dialogs import BOX, rows_of
from tui.screens.sign_box import KEYS
from tui.screens.signature import (
    NOT_SENT,
    SignScreen,
    finish,
    make_cancel,
    tell_signed,
)
from tui.signed_words import (
    BETWEEN,
    about_many,
    describe,
    handling_of,
    mode_text,
    mode_word,
)
from tui.state_signs import precedence_of, standing_of
from tui.widgets.bar import Bar, BarPart
from tui.widgets.page import Item, Text, TextPage
from tui.widgets.sign_list import Act, Choice, SignList
from tui.words import join_words, label, lang, say, say_n
from tui.workers import ask_desk, call_if_open, error_line

RELATIONS: Sequence[Answer] = ("ACKNOWLEDGED", "COMPLETED")
TITLE = word("Acknowledge")
FAILED = word("These were not signed; they stay marked.")
CHOICES = 7  # lines of them: Cancel, and three of each that signs
OTHERS = 2 + CHOICES  # lines of the box beside the bulletins
Results = Mapping[int, FusionError | str]
"""Bulletin number -> the state of its receipt, or the refusal."""


def name_bulletin(opened: OpenedBulletin, sign: str = "") -> Iterator[Item]:
    row = opened.row
    precedence, standing = precedence_of(row), standing_of(row)
    words = (
        " ".join(filter(None, (sign, mode_word(row.mode)))),
        f"{precedence.sign} {say(precedence.word)}".strip(),
        f"{standing.sign} {say(standing.word)}" if standing else "",
        handling_of(opened),
        row.author or say("unknown signer"),
        name_of(row),
    )
    style = "unsure" if standing else ""
    yield mode_text(BETWEEN.join(filter(None, words)), (row.mode,), style)
    yield Text(row.subject, row.lang, gutter=True, cut=True)


class AcknowledgeMany(SignScreen, ModalScreen[set[int] | None]):
    """Ends with the numbers of the unsigned bulletins; None if cancelled."""

    DEFAULT_CSS = f"""
    AcknowledgeMany {{ {BOX} #what {{ height: auto; }} }}
    AcknowledgeMany SignList {{ max-height: {CHOICES}; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,n", "cancel", "Cancel", "n"),
        bind("pagedown,space", "scroll(1)", "A page on"),
        bind("pageup", "scroll(-1)", "A page back"),
    ]

    def __init__(self, desk: Desk, bulletins: Sequence[OpenedBulletin]) -> None:
        super().__init__()
        self.desk, self.bulletins = desk, bulletins
        self._left: set[int] | None = None  # unsigned, once one was signed

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield TextPage(id="what")
            yield SignList(id="choices")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        self._head(say_n("{n} bulletin", "{n} bulletins", len(self.bulletins)))
        keys = "  ".join(f"{key} {label(words)}" for key, words in KEYS)
        self.query_one("#hint", Bar).put([BarPart(keys)])
        self.page.put([item for one in self.bulletins for item in name_bulletin(one)])
        self.page.can_focus = False
        signs = [self._choice(relation) for relation in RELATIONS]
        self.sign_list.offer([make_cancel(), *signs])
        self.sign_list.focus()

    def on_resize(self, event: events.Resize) -> None:
        self.page.styles.max_height = rows_of(event.size, OTHERS)

    def _head(self, more: str) -> None:
        parts = [BarPart(label(TITLE), "key"), BarPart(join_words(more))]
        self.query_one("#head", Bar).put(parts)

    def _choice(self, relation: str) -> Choice:
        act = code_label("relation", relation, lang())
        signing = about_many(self.desk, act, self.bulletins)
        names = " ".join(name_of(one.row) for one in self.bulletins)
        places = Text(names, lang(), cut=True)
        return Choice(relation, Act.SIGN, [*describe(signing), places])

    @property
    def page(self) -> TextPage:
        return self.query_one("#what", TextPage)

    @property
    def sign_list(self) -> SignList:
        return self.query_one("#choices", SignList)

    def action_scroll(self, by: int) -> None:
        turn = self.page.scroll_page_down if by > 0 else self.page.scroll_page_up
        turn(animate=False)

    def leave(self) -> None:
        self.dismiss(self._left)

    def action_cancel(self) -> None:
        if not self.sign_list.busy:
            self.leave()

    def sign(self, key: str) -> None:
        """Sign one after the other; one that is refused stops no other."""
        relation = next(each for each in RELATIONS if each == key)
        numbers, desk = [one.row.number for one in self.bulletins], self.desk

        def send() -> Results:
            done: dict[int, FusionError | str] = {}
            for number in numbers:
                act = partial(desk.acknowledge, number, relation, "")
                done[number] = _outcome(act)
                call_if_open(self, self._head, f"{len(done)} / {len(numbers)}")
            return done

        ask_desk(self, send, self._signed)

    def _signed(self, done: Results) -> None:
        failed = {
            number: error
            for number, error in done.items()
            if isinstance(error, FusionError)
        }
        if not failed:
            kept = next((one for one in NOT_SENT if one in done.values()), "")
            self.app.notify(tell_signed(kept), markup=False)
            finish(self, result=set[int]())
            return
        self._left = set(failed)
        self._head(f"{len(done) - len(failed)} ✔ · {len(failed)} ✘")
        self.page.put(list(self._results(failed)))
        self.sign_list.free()
        self.sign_list.offer([make_cancel(word("Close"))])

    def _results(self, failed: Mapping[int, FusionError]) -> Iterator[Item]:
        yield Text(say(FAILED), lang(), "bad")
        for one in sorted(self.bulletins, key=lambda x: x.row.number not in failed):
            error = failed.get(one.row.number)
            yield from name_bulletin(one, "✘" if error else "✔")
            if error:
                yield Text(error_line(error), lang(), "bad")


def _outcome(act: Callable[[], str]) -> FusionError | str:
    try:
        return act()
    except FusionError as error:
        return error
