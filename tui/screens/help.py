"""Keys of the screen that was in front, from its bindings: never out of date."""

from collections.abc import Mapping

from textual.binding import ActiveBinding

from tui.screens.base import PageScreen
from tui.widgets.page import Item, Pair, Text
from tui.words import lang, say

SIGNS = {
    "escape": "Esc",
    "enter": "↵",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "space": "␣",
    "tab": "⇥",
    "shift+tab": "⇧⇥",
    "slash": "/",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "colon": ":",
    "comma": ",",
}


def display_key(key: str) -> str:
    """Return a key as it stands on the keyboard; "" for the twins of letters."""
    name = SIGNS.get(key, key)
    if not name.isascii() and key not in SIGNS:
        return ""
    if "_" in name:
        return ""
    return name.replace("ctrl+", "^")


def table(bindings: Mapping[str, ActiveBinding]) -> list[tuple[str, str]]:
    """Return (keys, words) of each action of ours, in the order found."""
    found: dict[str, list[str]] = {}
    for active in bindings.values():
        binding = active.binding
        if binding.id and binding.description and (key := display_key(binding.key)):
            found.setdefault(binding.description, []).append(key)
    return [("  ".join(keys), words) for words, keys in found.items()]


class Help(PageScreen):
    """The keys and what they do."""

    HEAD = "Keys of this screen"
    MORE = ""

    def __init__(self, bindings: Mapping[str, ActiveBinding]) -> None:
        super().__init__()
        self._active = dict(bindings)

    def on_mount(self) -> None:
        """Draw the table."""
        super().on_mount()
        here = lang()
        items: list[Item] = [
            Pair(keys, say(words), here, label_lang="en")
            for keys, words in table(self._active)
        ]
        about = say("Letters also work on Urdu and Chinese keyboards.")
        self.put([*items, Text("", ""), Text(about, here, "dim")])
