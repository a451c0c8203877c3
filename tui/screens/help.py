"""Keys of the screen below, from its bindings, and the legend of marks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, BindingType

from exchange.bulletin.search_fold import fold_words
from exchange.words import word
from tui.keys import bind, display_key
from tui.screens.base import PageScreen
from tui.widgets.bar import Bar, KeyLine
from tui.widgets.legend import LEGEND
from tui.widgets.page import Item, Pair, Text, TextPage
from tui.widgets.text_editor import Edit
from tui.words import lang, say

OTHERS = word("On this screen")
PURPOSES: Mapping[str, Sequence[str]] = {
    OTHERS: (),
    word("Answer and sign"): (
        *("acknowledge", "note", "answer", "translate", "recall", "reveal", "again"),
        *("repeat", "take", "sign", "sign_at", "cancel"),
    ),
    word("Read"): ("open", "verify", "language", "thread", "copy", "raw"),
    word("Write"): ("compose", "drafts"),
    word("Find and mark"): (
        *("find", "filter", "saved", "all", "hit", "mark", "mark_all", "order"),
        *("thread_fold", "threads", "columns"),
    ),
    word("Move"): (
        *("urgent", "move", "leaf", "newest", "oldest", "end", "page", "scroll"),
        *("letter", "keep_letter", "back"),
    ),
    word("Open a screen"): (
        *("board", "sent", "duty", "release", "translations", "directory", "link"),
        *("keys", "pair", "audit", "settings"),
    ),
    word("Program"): ("help", "command_palette", "leave", "wipe"),
}
"""The actions of each purpose; those of no purpose are of OTHERS."""


def purpose_of(action: str) -> str:
    name = action.partition("(")[0].rpartition(".")[2]
    return next((one for one, names in PURPOSES.items() if name in names), OTHERS)


def table(bindings: Mapping[str, ActiveBinding]) -> list[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    for active in bindings.values():
        binding = active.binding
        if binding.id and binding.description and (key := display_key(binding.key)):
            found.setdefault(binding.description, []).append(key)
    return [("  ".join(keys), words) for words, keys in found.items()]


class Help(PageScreen):
    HEAD = "Keys of this screen"
    KEYS = (("/", word("search")), ("Esc", word("back")))
    MORE = ""
    DEFAULT_CSS = """
    Help #find { display: none; }
    Help.finding #find { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("/", "find", "Search the keys and marks", "/"),
    ]

    def __init__(self, bindings: Mapping[str, ActiveBinding]) -> None:
        super().__init__()
        self._active = dict(bindings)

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Edit(longest=80, id="find")
        yield TextPage(id="page")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        super().on_mount()
        self._show("")

    def _show(self, sought: str) -> None:
        here, words = lang(), fold_words(sought).split()
        parts = {
            purpose: table(
                {
                    key: one
                    for key, one in self._active.items()
                    if purpose_of(one.binding.action) == purpose
                }
            )
            for purpose in PURPOSES
        }
        parts[word("Marks")] = list(LEGEND.items())
        found = {
            purpose: [
                Pair(sign, said, here, label_lang="en", page_lang=here)
                for sign, said in ((sign, say(means)) for sign, means in part)
                if all(one in fold_words(f"{sign} {said}") for one in words)
            ]
            for purpose, part in parts.items()
        }
        about = say("Letters also work on Urdu and Chinese keyboards.")
        self.page.put([*_parts(found, here), Text(about, here, "dim")])

    def action_find(self) -> None:
        self.add_class("finding")
        self.set_focus(self.query_one("#find"))  # at once: the next key is sought

    def action_back(self) -> None:
        if not self.has_class("finding"):
            self.dismiss()
            return
        self.remove_class("finding")
        self.query_one("#find", Edit).load("")
        self.page.focus()
        self._show("")

    @on(Edit.Changed)
    def _search(self, event: Edit.Changed) -> None:
        if isinstance(event, Edit.Submitted):
            self.set_focus(self.query_one("#page"))
        else:
            self._show(event.text)


def _parts(found: Mapping[str, Sequence[Pair]], here: str) -> Iterator[Item]:
    for purpose, pairs in found.items():
        if pairs:
            yield Text(say(purpose), here, "heading")
            yield from pairs
            yield Text("", "")
    if not any(found.values()):
        yield Text(say("No match."), here, "unsure")
        yield Text("", "")
