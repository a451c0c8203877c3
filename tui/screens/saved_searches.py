"""The named searches of a desk: use, save or delete one."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from exchange.bulletin.punctuation import COLON
from exchange.limits import SEARCH_NAME_MAX
from exchange.words import word
from tui.desk import Desk
from tui.keys import bind
from tui.screens.named_texts import NamedTexts
from tui.words import join_words, lang, say


class Saved(NamedTexts):
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("k,f3", "keep", "Keep the present search under a name"),
        bind("delete", "forget", "Forget this search"),
    ]
    HEAD = "Saved searches"
    NONE = word("No search is kept yet.")
    NAME = word("Name of the search")
    NAME_MAX = SEARCH_NAME_MAX

    def __init__(self, desk: Desk, line: str) -> None:
        super().__init__(desk.forget_search)
        self.desk, self.present = desk, line.strip()

    def read(self) -> Sequence[tuple[str, str]]:
        return self.desk.searches()

    def save(self, name: str) -> None:
        self.desk.save_search(name, self.present)

    def line(self, name: str, text: str) -> str:
        return join_words(f"{name}{COLON[lang()]}{text}")

    def keys(self) -> Sequence[tuple[str, str]]:
        keep = [("k", word("keep the present one"))] if self.present else []
        return [("↵", word("use")), *keep, ("Del", word("forget"))]

    def action_keep(self) -> None:
        if self.present:
            self.ask_name()
        else:
            self.notify(say("Search first, then save it."), markup=False)
