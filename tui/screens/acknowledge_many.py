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
from exchange.bulletin.punctuation import COLON
from exchange.desk.records import Answer, Row
from exchange.errors import FusionError
from exchange.words import word
from tui.desk import DeskProtocol
from tui.keys import bind
from tui.screens.dialogs import BOX, rows_of
from tui.screens.sign_box import KEYS
from tui.screens.signature import (
    BETWEEN,
    NOT_SENT,
    SignScreen,
    count_bulletins,
    finish,
    make_cancel,
    tell_signed,
)
from tui.widgets.bar import Bar, BarPart
from tui.widgets.page import Item, Text, TextPage
from tui.widgets.sign_list import Act, Choice, SignList
from tui.widgets.state_signs import MODE, precedence_of, standing_of
from tui.words import join_words, label, lang, say
from tui.workers import ask_desk, call_if_open, error_line

RELATIONS: Sequence[Answer] = ("ACKNOWLEDGED", "COMPLETED")
TITLE = word("Acknowledge")
FAILED = word("These were not signed; they stay marked.")
CHOICES = 6  # lines of them
OTHERS = 2 + CHOICES  # lines of the box beside the bulletins
Results = Mapping[int, FusionError | str]
"""Number of a bulletin -> the state of its receipt, or why none was signed."""


def describe_row(row: Row, sign: str = "") -> Iterator[Item]:
    """Yield the lines that name a bulletin: what it is and whose, then its subject."""
    precedence, standing = precedence_of(row), standing_of(row)
    words = (
        " ".join(filter(None, (sign, f"#{row.number}"))),
        f"{precedence.sign} {say(precedence.word)}".strip(),
        MODE.get(row.mode, "?"),
        f"{standing.sign} {say(standing.word)}" if standing else "",
        row.author or say("unknown signer"),
    )
    style = "unsure" if standing else ""
    yield Text(BETWEEN.join(filter(None, words)), lang(), style)
    yield Text(row.subject, row.lang, gutter=True, cut=True)


class AcknowledgeMany(SignScreen, ModalScreen[set[int] | None]):
    """Ends with the numbers of those that were not signed; None: nothing was done."""

    DEFAULT_CSS = f"""
    AcknowledgeMany {{ {BOX} #what {{ height: auto; }} }}
    AcknowledgeMany SignList {{ max-height: {CHOICES}; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,n", "cancel", "Cancel", "n"),
        bind("pagedown,space", "scroll(1)", "A page on"),
        bind("pageup", "scroll(-1)", "A page back"),
    ]

    def __init__(self, desk: DeskProtocol, rows: Sequence[Row]) -> None:
        super().__init__()
        self.desk, self.rows = desk, rows
        self._left: set[int] | None = None  # not signed, once something was

    def compose(self) -> ComposeResult:
        """Show a title, each bulletin, the choices, the keys."""
        with Vertical():
            yield Bar(id="head")
            yield TextPage(id="what")
            yield SignList(id="choices")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        """List the bulletins, Cancel highlighted."""
        self._head(count_bulletins(len(self.rows)))
        keys = "  ".join(f"{key} {label(words)}" for key, words in KEYS)
        self.query_one("#hint", Bar).put([BarPart(keys)])
        self.page.put([item for row in self.rows for item in describe_row(row)])
        self.page.can_focus = False
        signs = [self._choice(relation) for relation in RELATIONS]
        self.sign_list.offer([make_cancel(), *signs])
        self.sign_list.focus()

    def on_resize(self, event: events.Resize) -> None:
        """Have the bulletins scroll where the screen has no room for all."""
        self.page.styles.max_height = rows_of(event.size, OTHERS)

    def _head(self, more: str) -> None:
        parts = [BarPart(label(TITLE), "key"), BarPart(join_words(more))]
        self.query_one("#head", Bar).put(parts)

    def _choice(self, relation: str) -> Choice:
        """Return the choice that signs one thing of each bulletin that is listed."""
        said = code_label("relation", relation, lang())
        numbers = " ".join(f"#{row.number}" for row in self.rows)
        words = BETWEEN.join((said, count_bulletins(len(self.rows))))
        told = COLON[lang()].join((say("Sign"), words))
        lines = [Text(told, lang()), Text(numbers, "en", cut=True)]
        return Choice(relation, Act.SIGN, lines)

    @property
    def page(self) -> TextPage:
        """The page of the bulletins."""
        return self.query_one("#what", TextPage)

    @property
    def sign_list(self) -> SignList:
        """The choices."""
        return self.query_one("#choices", SignList)

    def action_scroll(self, by: int) -> None:
        """Show the next or the previous part of the list."""
        turn = self.page.scroll_page_down if by > 0 else self.page.scroll_page_up
        turn(animate=False)

    def leave(self) -> None:
        """End; the list hears which bulletins were not signed."""
        self.dismiss(self._left)

    def action_cancel(self) -> None:
        """Do nothing; what is being signed is signed."""
        if not self.sign_list.busy:
            self.leave()

    def sign(self, key: str) -> None:
        """Sign one receipt after the other; one that is refused stops no other."""
        relation = next(each for each in RELATIONS if each == key)
        rows, desk = self.rows, self.desk

        def send() -> Results:
            done: dict[int, FusionError | str] = {}
            for row in rows:
                act = partial(desk.acknowledge, row.number, relation, "")
                done[row.number] = _outcome(act)
                call_if_open(self, self._head, f"{len(done)} / {len(rows)}")
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
        for row in sorted(self.rows, key=lambda row: row.number not in failed):
            error = failed.get(row.number)
            yield from describe_row(row, "✘" if error else "✔")
            if error:
                yield Text(error_line(error), lang(), "bad")


def _outcome(act: Callable[[], str]) -> FusionError | str:
    """Sign a receipt; return its state, or the refusal."""
    try:
        return act()
    except FusionError as error:
        return error
