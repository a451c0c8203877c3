"""Boxes over a screen that ask for one thing: a choice, a text."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from exchange.bulletin.search_fold import fold_words
from exchange.words import word
from tui.keys import bind
from tui.text.layout import one_line
from tui.text.safe_text import safe
from tui.typed_keys import SeenFirst
from tui.widgets.bar import Bar, BarPart
from tui.widgets.page import Item, TextPage
from tui.widgets.text_editor import Edit
from tui.words import label, lang, say

HINTS = ("↵: choose", "space: choose, ↵: done")  # for one, for many
LEAVES = word("Esc: cancel")
TYPING = (("↵", word("done")), ("Esc", word("cancel")))  # keys of a box for a text
TO_LIST = word("↵: to the results")
SEARCH = word("type to search, in any language")
LONG = 13  # options from which a list shows its search field
WIDEST = 100  # cells of a box
FRAME = 6  # cells of them: border, padding, scroll bar
BOX = f"""
    & > Vertical {{
        width: 90%; max-width: {WIDEST}; height: auto; max-height: 90%;
        border: round $primary; background: $surface;
    }}
"""


def columns_of(screen: Size) -> int:
    return max(8, min(WIDEST, screen.width * 9 // 10) - FRAME)


def rows_of(screen: Size, others: int) -> int:
    return max(3, screen.height * 9 // 10 - 2 - others)


def fit_line(text: str, columns: int) -> Content:
    return Content(one_line(safe(text), lang(), columns, embeds=True).shown)


def name_keys() -> BarPart:
    return BarPart("  ".join(f"{key} {label(words)}" for key, words in TYPING))


class Pick(ModalScreen[list[str] | None]):
    """Ends with one or more of a list of codes; None when left.

    Typing searches labels, codes and `words`, the other names of codes; a long list
    shows the search field. `note` explains the missing options.
    """

    DEFAULT_CSS = f"""
    Pick {{ {BOX}
        OptionList {{ height: auto; }}
        OptionList, OptionList:focus {{ border: none; }}
        #find {{ display: none; margin: 0 1; }}
        #note {{ display: none; }}
    }}
    Pick.long #find, Pick.noted #note {{ display: block; }}
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
        words: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__()
        self.heading, self.many, self.note = title, many, ""
        unknown = {code: code for code in chosen if code not in labels}
        self.labels = {**labels, **unknown}
        self.chosen, self._given = list(chosen), list(chosen)
        more = words or {}
        self._sought = {
            code: fold_words(" ".join((text, code, *more.get(code, ()))))
            for code, text in self.labels.items()
        }

    def add(self, labels: Mapping[str, str]) -> None:
        """Append; the cursor and a search stay."""
        self.labels.update(labels)
        self._sought |= {code: fold_words(text) for code, text in labels.items()}
        if self._find.text:
            self._search(Edit.Changed(self._find, self._find.text))
        else:
            self.options.add_options(map(self._option, labels))

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield Edit(longest=80, id="find")
            yield OptionList(markup=False)
            yield Bar(id="note")
            yield Bar(id="hint")

    def _option(self, code: str) -> Option:
        sign = ("[x] " if code in self.chosen else "[ ] ") if self.many else ""
        text = f"{sign}{say(self.labels[code])}"
        return Option(fit_line(text, columns_of(self.app.size)), id=code)

    def on_mount(self) -> None:
        self.set_class(len(self.labels) >= LONG, "long")
        self.set_class(bool(self.note), "noted")
        self.query_one("#head", Bar).put([BarPart(label(self.heading), "key")])
        self.query_one("#note", Bar).put([BarPart(label(self.note), "unsure")])
        self._show(list(self.labels), self.chosen[0] if self.chosen else "")
        self.set_focus(self.options)
        self._hint()

    def on_resize(self, event: events.Resize) -> None:
        others = 2 + self.has_class("noted") + self.has_class("long")
        self.options.styles.max_height = rows_of(event.size, others)
        if self.options.option_count:
            at = self.options.highlighted or 0
            codes = [option.id or "" for option in self.options.options]
            self._show(codes, codes[at])

    def _show(self, codes: Sequence[str], under: str = "") -> None:
        self.options.clear_options()
        self.options.add_options(map(self._option, codes))
        at = codes.index(under) if under in codes else 0
        self.options.highlighted = at if codes else None

    @property
    def options(self) -> OptionList:
        return self.query_one(OptionList)

    @property
    def _find(self) -> Edit:
        return self.query_one("#find", Edit)

    def _hint(self) -> None:
        typing = (
            self.many and self.focused is self._find
        )  # a space then belongs to the search
        first = TO_LIST if typing else HINTS[self.many]
        hints = [first, SEARCH if self.has_class("long") else ""]
        parts = [BarPart(label(hint), "dim") for hint in hints if hint]
        parts.append(BarPart(label(LEAVES), "dim", keep=0))
        if not self.options.option_count:
            parts.insert(0, BarPart(label("No such name."), "unsure"))
        self.query_one("#hint", Bar).put(parts)

    def on_key(self, event: events.Key) -> None:
        letter = event.character if event.is_printable else None
        searching = self.focused is self._find  # also for keys typed just before
        if letter and (letter != " " or searching):
            event.stop()
            event.prevent_default()
            self._search_for(letter)

    def on_paste(self, event: events.Paste) -> None:
        """Search for text that an input method commits."""
        event.stop()
        self._search_for(event.text)

    def _search_for(self, text: str) -> None:
        """Type a text into the search field, and focus it.

        Immediately: an Enter typed right after takes the hit.
        """
        self.add_class("long")
        self.set_focus(self._find)
        self._find.insert(text)

    @on(Edit.Changed)
    def _search(self, event: Edit.Changed) -> None:
        if isinstance(event, Edit.Submitted):
            return
        words = fold_words(event.text).split()
        found = [c for c, text in self._sought.items() if all(w in text for w in words)]
        self._show(found)
        self._hint()

    @on(Edit.Submitted)
    def _found(self, _: Edit.Submitted) -> None:
        if self.many:
            self.set_focus(self.options)
            self._hint()
        else:
            self.options.action_select()

    def action_choose(self) -> None:
        options = self.options
        if not self.many or options.highlighted is None:
            return
        code = options.get_option_at_index(options.highlighted).id or ""
        if code in self.chosen:
            self.chosen.remove(code)
        else:
            self.chosen.append(code)
        options.replace_option_prompt(code, self._option(code).prompt)

    @on(OptionList.OptionSelected)
    def _done(self, event: OptionList.OptionSelected) -> None:
        one = [event.option_id] if event.option_id else []
        if self.many and self._find.text and self.chosen == self._given:
            # Enter after a search takes the hit, unless options were toggled.
            one = [*self.chosen, *(code for code in one if code not in self.chosen)]
        elif self.many:
            one = self.chosen
        self.dismiss(one)

    def action_leave(self) -> None:
        self.dismiss(None)


class SeenPick(SeenFirst, Pick):
    """A pick of actions; ignores keys typed before it was painted."""


class Ask(ModalScreen[str | None]):
    """Ends with a short text; None when left. `items` above the field explain it."""

    DEFAULT_CSS = f"""
    Ask {{ {BOX}
        Edit {{ margin: 0 1; }} #about {{ height: auto; max-height: 6; }}
        #hint {{ height: 2; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "leave", "Leave")]

    def __init__(
        self, title: str, text: str, hint: str, items: Sequence[Item] = ()
    ) -> None:
        super().__init__()
        self.heading, self.text, self.hint, self.items = title, text, hint, items

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield TextPage(id="about")
            yield Edit(self.text, "en", longest=400, id="text")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        page = self.query_one("#about", TextPage)
        page.put(self.items)
        page.can_focus = False
        self.query_one("#head", Bar).put([BarPart(label(self.heading), "key")])
        hint = [BarPart(label(self.hint), "dim")] if self.hint else []
        self.query_one("#hint", Bar).put([name_keys()], hint)
        self.query_one("#text").focus()

    @on(Edit.Submitted)
    def _done(self, event: Edit.Submitted) -> None:
        self.dismiss(event.text)

    def action_leave(self) -> None:
        self.dismiss(None)
