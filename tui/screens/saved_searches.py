"""The searches that a desk keeps under a name: use one, keep this one, forget one."""

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

from exchange.limits import SEARCH_NAME_MAX
from exchange.words import word
from tui.desk import DeskProtocol
from tui.keys import bind
from tui.screens.dialogs import BOX, Ask
from tui.widgets.bar import Bar, BarPart
from tui.words import join_words, label, say
from tui.workers import ask_desk


class Saved(ModalScreen[str | None]):
    """Ends with the line of a search, or with None."""

    DEFAULT_CSS = f"""
    Saved {{ {BOX}
        OptionList {{ height: auto; max-height: 16; }}
        OptionList, OptionList:focus {{ border: none; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "leave", "Leave"),
        bind("k,f3", "keep", "Keep the present search under a name"),
        bind("delete", "forget", "Forget this search"),
    ]

    def __init__(self, desk: DeskProtocol, line: str) -> None:
        super().__init__()
        self.desk, self.line = desk, line.strip()
        self.kept: Sequence[tuple[str, str]] = ()

    def compose(self) -> ComposeResult:
        """Show a title, the searches, the keys."""
        with Vertical():
            yield Bar(id="head")
            yield OptionList(markup=False)
            yield Bar(id="hint")

    def on_mount(self) -> None:
        """Read what is kept."""
        self.query_one("#head", Bar).put([BarPart(label("Saved searches"), "key")])
        keep = f"k {label('keep the present one')}" if self.line else ""
        use, forget = label("use"), label("forget")
        keys = [BarPart(f"↵ {use}"), BarPart(keep), BarPart(f"Del {forget}", "dim")]
        self.query_one("#hint", Bar).put(keys)
        self.query_one(OptionList).focus()
        self._do(lambda: None)

    def _do(self, step: Callable[[], None]) -> None:
        """Change something in a worker, then show what is kept."""

        def work() -> Sequence[tuple[str, str]]:
            step()
            return self.desk.searches()

        ask_desk(self, work, self._show)

    def _show(self, kept: Sequence[tuple[str, str]]) -> None:
        self.kept = kept
        options = self.query_one(OptionList)
        options.clear_options()
        texts = [join_words(f"{name}:", line) for name, line in kept]
        options.add_options([Option(Content(text)) for text in texts])
        if not kept:
            none = Option(Content(label("No search is kept yet.")), disabled=True)
            options.add_option(none)
        options.highlighted = 0 if kept else None

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        if self.kept:
            self.dismiss(self.kept[event.option_index][1])

    def action_keep(self) -> None:
        """Ask for a name, then keep what is sought now."""
        if not self.line:
            self.notify(say("Search first, then save it."), markup=False)
            return

        def named(name: str | None) -> None:
            if name:
                self._do(lambda: self.desk.save_search(name, self.line))

        hint = say("at most {n} characters").format(n=SEARCH_NAME_MAX)
        self.app.push_screen(Ask(word("Name of the search"), "", hint), named)

    def action_forget(self) -> None:
        """Keep the search under the cursor no longer."""
        at = self.query_one(OptionList).highlighted
        if self.kept and at is not None:
            name = self.kept[at][0]
            self._do(lambda: self.desk.forget_search(name))

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
