"""A number that two officers compare by voice, in digits or as words."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from exchange.words import word
from exchange.words.spoken_digits import spoken
from tui.keys import bind
from tui.typed_keys import SeenFirst
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.choices import Choices, Entry
from tui.widgets.page import Item, Text
from tui.words import LANGUAGES, label, lang, say

NONE, READ, TAKE = "none", "read", "take"
IN_A_ROW = 4  # groups of digits
DIGITS = word("The number")


def number_sections(number: str) -> list[Sequence[Item]]:
    groups, here = number.split(), lang()
    rows = [groups[at : at + IN_A_ROW] for at in range(0, len(groups), IN_A_ROW)]
    digits = [Text("  ".join(row), "en", "subject") for row in rows]
    sections: list[Sequence[Item]] = [[Text(say(DIGITS), here, "heading"), *digits]]
    for tag in sorted(LANGUAGES, key=lambda one: one != here):
        lines = [Text(f"{one}  {spoken(one, tag)}", tag) for one in groups]
        sections.append([Text(LANGUAGES[tag], tag, "heading"), *lines])
    return sections


class SafetyNumber(SeenFirst, Screen[str]):
    """Ends with TAKE if both officers read the same number, else with NONE.

    The choice to trust comes last, after the whole number; the first one changes
    nothing. `question` and `yes` are translated already.
    """

    BINDINGS: ClassVar[list[BindingType]] = [bind("escape,q", "back", "Cancel", "Esc")]

    def __init__(self, question: str, number: str, yes: str = "") -> None:
        super().__init__()
        self.question, self.number, self.yes = question, number, yes

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Choices(id="page")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#head", Bar).put([BarPart(label("Compare by voice"), "key")])
        keys = (("↓", word("next")), ("↵", word("choose")), ("Esc", word("back")))
        self.query_one("#keys", KeyLine).keys(keys)
        self.query_one("#page", Choices).choose_from(self._entries())
        self.query_one("#page").focus()

    def on_screen_resume(self) -> None:
        """Clear earlier notices: they would cover the number."""
        self.app.clear_notifications()

    def _entries(self) -> list[Entry]:
        here, blank = lang(), Text("", "")
        back = say("Different or not compared: cancel")
        first = back if self.yes else say("Back")
        head = [Text(self.question, here, "heading"), blank, Text(first, here)]
        found = [Entry(1, [*head, blank], NONE)]
        for at, items in enumerate(number_sections(self.number), 2):
            found.append(Entry(at, [*items, blank], READ))
        if self.yes:
            found.append(Entry(len(found) + 1, [Text(self.yes, here, "heading")], TAKE))
        return found

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        if event.entry.kind == READ:
            self.app.bell()
        else:
            self.dismiss(event.entry.kind)

    def action_back(self) -> None:
        self.dismiss(NONE)
