"""The part of the list screen that filters and searches."""

from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType

from exchange.bulletin.punctuation import COLON
from exchange.desk.records import ListFilter, Matches
from exchange.words import word
from tui.desk import Desk
from tui.keys import bind
from tui.screens.base import LiveScreen
from tui.text.safe_text import safe
from tui.widgets.bar import Bar, BarPart
from tui.widgets.bulletin_list import BulletinList
from tui.widgets.row_window import Window
from tui.widgets.text_editor import Edit
from tui.words import join_words, label, lang, say
from tui.workers import ask_desk

FILTERS: dict[ListFilter, str] = {
    "ALL": "",
    "UNREAD": word("unread"),
    "TO_ACKNOWLEDGE": word("to acknowledge"),
    "DUE": word("open actions, both sides"),
    "FLASH": word("FLASH"),
    "RECALLED": word("recalled"),
    "TO_TRANSLATE": word("to translate"),
    "SENT": word("sent"),
    "REFUSED": word("refused"),
    "SINCE_SHIFT": word("since your last shift"),
}


class Searching(LiveScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("/", "find", "Search as you type: words, is:unread, kind:, near:", "/"),
        bind("n", "hit(1)", "Next hit"),
        bind("N", "hit(-1)", "Previous hit"),
        bind(
            "f",
            "filter",
            ("Next filter: unread, open actions, recalled, to translate"),
            "f",
        ),
        bind("s", "saved", "Saved searches", "s"),
        bind("f2,1", "all", "All bulletins"),
    ]

    by_urgency = False
    """Whether the most urgent bulletins come first."""

    def __init__(self, desk: Desk, now: Callable[[], int]) -> None:
        super().__init__()
        self.desk, self.now = desk, now
        self.which: ListFilter = "ALL"
        self.sought = ""
        self.unknown = ""

    @property
    def rows(self) -> BulletinList:
        return self.query_one("#list", BulletinList)

    def show_title(self) -> None:
        rows = self.rows
        parts = [BarPart(join_words(say("Bulletins"), f"{rows.window.total:,}"))]
        if self.which != "ALL":
            which = f"{say('filter')}{COLON[lang()]}{say(FILTERS[self.which])}"
            parts.append(BarPart(join_words(which)))
        parts += self.view_parts()
        if self.sought:
            at, count = min(rows.cursor + 1, rows.window.count), rows.window.count
            place = say("hit {n} of {count}").format(n=f"{at:,}", count=f"{count:,}")
            parts.append(BarPart(join_words(place), "key"))
        if self.unknown:
            said = label("unknown")
            parts.append(BarPart(f"? {said} {safe(self.unknown)}", "unsure"))
        self.query_one("#title", Bar).put(parts)

    def view_parts(self) -> list[BarPart]:
        return []

    def pick(self) -> None:
        sought, which, build = self.sought, self.which, self.rows.builder()
        first = self.by_urgency

        def look() -> tuple[Matches, Window]:
            ids = self.desk.ids
            found = self.desk.find(sought) if sought else Matches(ids(which))
            return found, build(found.numbers, self.desk.urgent() if first else None)

        ask_desk(self, look, self._picked, newest_of="pick")

    def _picked(self, found: tuple[Matches, Window]) -> None:
        matches, window = found
        self.unknown = matches.unknown
        if not self.rows.put(window):
            self.rows.show(matches.numbers)
        self.show_title()

    def choose(self, which: ListFilter) -> None:
        self.which, self.sought, self.unknown = which, "", ""
        self.remove_class("finding")
        if which == "ALL":
            self.workers.cancel_group(self, "pick")
            self.rows.show(None)
            self.show_title()
        else:
            self.pick()

    def seek(self, line: str) -> None:
        self.which, self.sought = "ALL", line.lstrip()
        if self.sought:
            self.pick()
        else:
            self.choose("ALL")
        self.add_class("finding")

    async def on_key(self, event: events.Key) -> None:
        """Open the search at once, so that it gets the letters typed right after.

        Else letters typed fast would be commands to the list.
        """
        find = self.query_one("#find", Edit)
        bound = self._bindings.key_to_bindings.get(event.key, ())
        if self.focused is find:
            await find.on_key(event)
        elif any(one.action == "find" for one in bound):
            event.stop()
            event.prevent_default()
            self.action_find()

    # Actions.

    def action_filter(self) -> None:
        names = list(FILTERS)
        self.choose(names[(names.index(self.which) + 1) % len(names)])

    def action_all(self) -> None:
        self.remove_class("reading")
        self.choose("ALL")
        self.rows.focus()

    def action_find(self) -> None:
        self.remove_class("reading")
        self.add_class("finding")
        self.set_focus(self.query_one("#find"))  # at once: the next key is sought

    @on(Edit.Changed, "#find")
    def _typed(self, event: Edit.Changed) -> None:
        self.seek(event.text)

    @on(Edit.Submitted, "#find")
    def _found(self, _: Edit.Submitted) -> None:
        self.set_focus(self.rows)

    def action_hit(self, by: int) -> None:
        self.rows.action_move(by)
        if self.has_class("reading") and self.rows.number:
            self.rows.open()

    def end_search(self) -> None:
        self.query_one("#find", Edit).load("")
        self.choose("ALL")

    def action_saved(self) -> None:
        from tui.screens.saved_searches import Saved  # noqa: PLC0415 - start-up counts

        def chosen(line: str | None) -> None:
            if line:
                self.query_one("#find", Edit).load(line)
                self.remove_class("reading")
                self.seek(line)
                self.rows.focus()

        self.app.push_screen(Saved(self.desk, self.sought), chosen)
