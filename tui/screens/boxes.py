"""Boxes over a screen that ask for one thing: a choice, a text."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from exchange.bulletin.declare import LANGUAGES
from tui.form import Prose
from tui.keys import bind
from tui.text import safe
from tui.widgets.bar import Bar, Part
from tui.widgets.edit import Edit
from tui.words import label

HINTS = ("↵: choose", "space: choose, ↵: done")  # for one, for many
BOX = """
    & > Vertical {
        width: 90%; max-width: 100; height: auto; max-height: 90%;
        border: round $primary; background: $surface;
    }
"""


class Pick(ModalScreen[list[str] | None]):
    """One or more of a list of codes; None when left."""

    DEFAULT_CSS = f"""
    Pick {{ {BOX}
        OptionList {{ height: auto; }}
        OptionList, OptionList:focus {{ border: none; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "leave", "Leave"),
        bind("space", "choose", "Choose or not"),
    ]

    def __init__(
        self,
        title: str,
        labels: Mapping[str, str],
        chosen: Sequence[str],
        *,
        many: bool,
    ) -> None:
        super().__init__()
        self.heading, self.labels, self.many = title, dict(labels), many
        self.chosen = list(chosen)

    def compose(self) -> ComposeResult:
        """Show a title, the options, the keys."""
        with Vertical():
            yield Bar(id="head")
            yield OptionList(*map(self._option, self.labels), markup=False)
            yield Bar(id="hint")

    def _option(self, code: str) -> Option:
        sign = ("[x] " if code in self.chosen else "[ ] ") if self.many else ""
        text = f"{sign}{label(self.labels[code])}"
        return Option(Content(f"{text}  {safe(code)}"), id=code)

    def on_mount(self) -> None:
        """Stand on what is chosen already."""
        self.query_one("#head", Bar).put([Part(label(self.heading), "key")])
        hint = HINTS[self.many]
        self.query_one("#hint", Bar).put([Part(label(hint), "dim")])
        options = self.query_one(OptionList)
        codes = list(self.labels)
        at = codes.index(self.chosen[0]) if set(self.chosen[:1]) & set(codes) else 0
        options.highlighted = at if codes else None
        options.focus()

    def action_choose(self) -> None:
        """Choose the option under the cursor, or no longer."""
        options = self.query_one(OptionList)
        if not self.many or options.highlighted is None:
            return
        at = options.highlighted
        code = list(self.labels)[at]
        if code in self.chosen:
            self.chosen.remove(code)
        else:
            self.chosen.append(code)
        options.replace_option_prompt(code, self._option(code).prompt)

    @on(OptionList.OptionSelected)
    def _done(self, event: OptionList.OptionSelected) -> None:
        one = [event.option_id] if event.option_id else []
        self.dismiss(self.chosen if self.many else one)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)


class Ask(ModalScreen[str | None]):
    """A short text; None when left."""

    DEFAULT_CSS = f"Ask {{ {BOX} Edit {{ margin: 0 1; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "leave", "Leave")]

    def __init__(self, title: str, text: str, hint: str) -> None:
        super().__init__()
        self.heading, self.text, self.hint = title, text, hint

    def compose(self) -> ComposeResult:
        """Show a title, the text, a hint."""
        with Vertical():
            yield Bar(id="head")
            yield Edit(self.text, "en", longest=400, id="text")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        """Begin to type."""
        self.query_one("#head", Bar).put([Part(label(self.heading), "key")])
        self.query_one("#hint", Bar).put([Part(label(self.hint), "dim")])
        self.query_one("#text").focus()

    @on(Edit.Submitted)
    def _done(self, event: Edit.Submitted) -> None:
        self.dismiss(event.text)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)


class Write(ModalScreen[Prose | None]):
    """A paragraph and its language. Esc takes it too: it never discards text."""

    DEFAULT_CSS = f"Write {{ {BOX} Edit {{ margin: 0 1; height: 10; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,ctrl+s", "take", "Take"),
        bind("ctrl+l,f8", "language", "Language of the text", "^L"),
    ]

    def __init__(self, title: str, prose: Prose, longest: int) -> None:
        super().__init__()
        self.heading, self.prose, self.longest = title, prose, longest

    def compose(self) -> ComposeResult:
        """Show a title, the text, its length."""
        with Vertical():
            yield Bar(id="head")
            yield Edit(
                self.prose.text, self.prose.lang, longest=self.longest, id="text"
            )
            yield Bar(id="hint")

    def on_mount(self) -> None:
        """Begin to type."""
        self.query_one("#text").focus()
        self._bars()

    @on(Edit.Changed)
    def _bars(self) -> None:
        edit = self.query_one("#text", Edit)
        title = [Part(label(self.heading), "key"), Part(edit.language, "chosen")]
        self.query_one("#head", Bar).put(title)
        length = Part(f"{len(edit.text)} / {self.longest}")
        keys = Part(f"↵ {label('take')}  ^L {label('language')}", "dim")
        self.query_one("#hint", Bar).put([length, keys])

    @on(Edit.Submitted)
    def _submitted(self, _: Edit.Submitted) -> None:
        self.action_take()

    def action_language(self) -> None:
        """Go to the next language."""
        edit = self.query_one("#text", Edit)
        at = LANGUAGES.index(edit.language) if edit.language in LANGUAGES else -1
        edit.load(edit.text, LANGUAGES[(at + 1) % len(LANGUAGES)])
        self._bars()

    def action_take(self) -> None:
        """Take the text as it stands."""
        edit = self.query_one("#text", Edit)
        self.dismiss(Prose(edit.language, edit.text))
