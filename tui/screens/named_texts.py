"""The base of boxes for a desk's named texts: use, save or delete one."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.keys import bind
from tui.screens.dialogs import BOX, Ask
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.words import label, say
from tui.workers import ask_desk


class NamedTexts(ModalScreen[str | None]):
    """Ends with the chosen text, or None.

    A subclass defines the texts, and binds `keep` and `forget`. `read`, `save` and
    `drop`, which forgets the text of a name, ask the desk.
    """

    DEFAULT_CSS = f"""
    NamedTexts {{ {BOX}
        OptionList {{ height: auto; max-height: 16; }}
        OptionList, OptionList:focus {{ border: none; }}
        OptionList > .option-list--option-disabled {{ color: $foreground 60%; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "leave", "Leave")]
    HEAD = ""
    NONE = ""
    """The line of an empty list; a text of the catalogues, like HEAD."""
    NAME = ""
    """The title of the box that asks for a name."""
    NAME_MAX = 0
    """Most characters of a name."""

    def __init__(self, drop: Callable[[str], None]) -> None:
        super().__init__()
        self._drop = drop
        self.kept: Sequence[tuple[str, str]] = ()

    # Defined by the subclass.

    def read(self) -> Sequence[tuple[str, str]]:
        raise NotImplementedError

    def save(self, name: str) -> None:
        raise NotImplementedError

    def line(self, name: str, text: str) -> str:
        raise NotImplementedError

    def keys(self) -> Sequence[tuple[str, str]]:
        raise NotImplementedError

    # Common to all.

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield OptionList(markup=False)
            yield KeyLine(id="hint")

    def on_mount(self) -> None:
        self.query_one("#head", Bar).put([BarPart(label(self.HEAD), "key")])
        self.query_one("#hint", KeyLine).keys(self.keys(), more="")
        self.query_one(OptionList).focus()
        self.do(lambda: None)

    def do(self, step: Callable[[], object]) -> None:
        def work() -> Sequence[tuple[str, str]]:
            step()
            return self.read()

        ask_desk(self, work, self._show)

    def _show(self, kept: Sequence[tuple[str, str]]) -> None:
        self.kept = kept
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(Content(self.line(*one))) for one in kept])
        if not kept:
            options.add_option(Option(Content(label(self.NONE)), disabled=True))
        options.highlighted = 0 if kept else None

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        if self.kept:
            self.dismiss(self.kept[event.option_index][1])

    def ask_name(self) -> None:
        def named(name: str | None) -> None:
            if name and name.strip():
                self.do(lambda: self.save(name))

        hint = say("at most {n} characters").format(n=self.NAME_MAX)
        self.app.push_screen(Ask(self.NAME, "", hint), named)

    def action_forget(self) -> None:
        at = self.query_one(OptionList).highlighted
        if self.kept and at is not None:
            name = self.kept[at][0]
            self.do(lambda: self._drop(name))

    def action_leave(self) -> None:
        self.dismiss(None)
