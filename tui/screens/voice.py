"""The voice check: words and digits by which two officers compare a bulletin."""

from exchange.desk.status_records import SpokenCheck
from tui.desk import Desk
from tui.screens.base import PageScreen
from tui.widgets.page import Item, Pair, Text
from tui.words import lang, say
from tui.workers import ask_desk

IN_A_LINE = 4  # words


def spoken_items(check: SpokenCheck) -> list[Item]:
    here = lang()
    rows = [
        check.words[at : at + IN_A_LINE] for at in range(0, len(check.words), IN_A_LINE)
    ]
    return [
        Text(say("Read one of the two to the officer at the other desk."), here),
        Text("", ""),
        Text(say("In words:"), here, "heading"),
        *(Text(" ".join(row), "en", "subject") for row in rows),
        Text("", ""),
        Text(say("In digits, if you share no language:"), here, "heading"),
        Text(check.digits, "en", "subject"),
        Text("", ""),
        Pair(say("Bulletin"), check.name[:16], "en", "", here),
        Pair(say("Signed by"), check.author, "en", "", here),
        Text("", ""),
        Text(
            say(
                "If every word or digit is the same, the other desk has the same"
                " bulletin, signed with the same key. If one differs, do not act on"
                " it, and inform both operators."
            ),
            here,
        ),
    ]


class Voice(PageScreen):
    HEAD = "Voice check"

    def __init__(self, desk: Desk, number: int) -> None:
        super().__init__()
        self.desk, self.number = desk, number

    def on_mount(self) -> None:
        super().on_mount()
        ask_desk(
            self,
            lambda: spoken_items(self.desk.voice_check(self.number)),
            self.page.put,
            self.fail,
        )
