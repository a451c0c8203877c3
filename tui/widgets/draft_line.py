"""The row over the list that offers unfinished drafts."""

from collections.abc import Sequence

from tui.desk import Desk
from tui.drafts import EditorDraft, drafts
from tui.text.layout import one_line
from tui.text.safe_text import safe
from tui.widgets.bar import Bar, BarPart, beside_key
from tui.words import join_words, lang, say_n
from tui.workers import ask_desk

LONGEST = 36  # cells of a title
SHOWN = 8  # at most, as more can never fit


class DraftLine(Bar):
    """The row of drafts: their number, the key to go on, and their titles.

    It takes no row if there are no drafts.
    """

    DEFAULT_CSS = "DraftLine.none { display: none; }"

    def __init__(self, desk: Desk, *, id: str) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.desk = desk
        self.add_class("none")

    def look(self) -> None:
        def read() -> Sequence[str]:
            found = drafts(self.desk)
            return _titles(found) if found else []

        ask_desk(self, read, self.offer)

    def offer(self, titles: Sequence[str]) -> None:
        self.set_class(not titles, "none")
        count = say_n("{n} unfinished draft", "{n} unfinished drafts", len(titles))
        lines = (
            one_line(safe(one), lang(), LONGEST, embeds=True) for one in titles[:SHOWN]
        )
        shown = [line.shown.strip() for line in lines]
        self.put(
            [
                BarPart(join_words(count), "unsure"),
                BarPart(beside_key("w", "continue"), "key"),
                *(BarPart(text, keep=-at) for at, text in enumerate(shown, 1)),
            ]
        )


def _titles(drafts: Sequence[EditorDraft]) -> list[str]:
    from tui.draft_titles import title  # noqa: PLC0415 - start-up counts

    return [title(one) for one in drafts]
