"""The settings with their values; a change takes effect at once."""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import on

from exchange.bulletin.punctuation import COLON
from exchange.words import word
from tui.screens.choice_screen import ChoiceScreen
from tui.screens.dialogs import Pick
from tui.settings import LANGUAGE, SETTINGS, ChangeSetting, Setting
from tui.widgets.choices import Choices, Entry
from tui.widgets.page import Text
from tui.words import lang, say


class Further(NamedTuple):
    words: str
    open: Callable[[], object]


def entries(current: Callable[[str], str], further: Sequence[Further]) -> list[Entry]:
    own = [_lines(setting, current(setting.key)) for setting in SETTINGS]
    others = [[Text(f"{say(one.words)}…", lang(), "subject")] for one in further]
    return [Entry(number, lines) for number, lines in enumerate([*own, *others], 1)]


def _lines(setting: Setting, value: str) -> list[Text]:
    said = setting.words_of(value)
    said = said if setting.key == LANGUAGE else say(said)
    head = f"{say(setting.words)}{COLON[lang()]}{said}"
    about = [Text(say(setting.about), lang(), "dim")] if setting.about else []
    return [Text(head, lang(), "subject"), *about]


class SettingsScreen(ChoiceScreen[None]):
    HEAD = "Settings"
    KEYS: ClassVar = (("↵", word("change")), ("Esc", word("back")))

    def __init__(
        self, current: Callable[[str], str], further: Sequence[Further] = ()
    ) -> None:
        """Read the values in force by `current`."""
        super().__init__()
        self.current, self.further = current, further

    def on_mount(self) -> None:
        self.relabel()

    def relabel(self) -> None:
        self.put_head()
        page = self.choices
        page.choose_from(entries(self.current, self.further), page.cursor + 1)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        at = event.entry.number - 1
        if at >= len(SETTINGS):
            self.further[at - len(SETTINGS)].open()
            return
        setting = SETTINGS[at]

        def take(choice: list[str] | None) -> None:
            if choice is not None:
                value = choice[0] if choice else ""
                self.post_message(ChangeSetting(setting.key, value))

        now = self.current(setting.key)
        self.app.push_screen(
            Pick(setting.words, setting.values, [now], many=False), take
        )
