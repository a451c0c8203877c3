"""The command palette: every verb of the screen in front, and the languages."""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from textual import on
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input
from textual.worker import Worker

from exchange.bulletin.punctuation import COLON
from tui.keys import SIGN, SIGN_AT, display_key
from tui.settings import LANGUAGE, ChangeSetting
from tui.typed_keys import TypedApp
from tui.words import LANGUAGES, join_words, label, lang, say

FIRST = 1_000.0  # above any score of words
PLACE = re.compile(r"(?:[a-z0-9./-]{1,128}#)?[0-9]{1,18}")


class _Command(NamedTuple):
    words: str  # logical, to be matched
    shown: str  # laid out
    run: Callable[[], object]


class Commands(Provider):
    """Actions by the words of their bindings; contains no partner's text."""

    def _all(self) -> Iterator[_Command]:
        seen = set()
        for active in self.screen.active_bindings.values():
            words = active.binding.description
            action = active.binding.action
            signs = action.partition("(")[0] in {SIGN, SIGN_AT}
            ours = bool(active.binding.id) and not signs
            if ours and words and words not in seen:
                seen.add(words)
                act = partial(self.app.run_action, action, active.node)
                shown = active.binding.key_display or ""
                pair = " " in shown  # of two verbs, on the row of keys
                key = display_key(active.binding.key if pair else shown)
                yield _Command(f"{say(words)} {key}", f"{label(words)}  {key}", act)
        for tag, name in LANGUAGES.items():
            run = partial(self._speak, tag)
            words = f"{say('Language')}{COLON[lang()]}{name}"
            yield _Command(f"{words} {tag}", label(words), run)

    def _speak(self, tag: str) -> None:
        self.app.post_message(ChangeSetting(LANGUAGE, tag))

    async def discover(self) -> Hits:
        for command in self._all():
            yield DiscoveryHit(Content(command.shown), command.run, command.words)

    async def search(self, query: str) -> Hits:
        matcher, any_hit = Matcher(query), False
        for place, go in await self._places(query):
            any_hit = True
            words = f"{say('Go to')} {place}"
            yield Hit(FIRST, Content(join_words(words)), go, words)
        for command in self._all():
            score = matcher.match(command.words)
            if score > 0:
                any_hit = True
                yield Hit(score, Content(command.shown), command.run, command.words)
        if not any_hit:  # else Textual says so, in English
            yield Hit(0, Content(label("No command has these words.")), _nothing)

    async def _places(self, query: str) -> Sequence[tuple[str, Callable[[], object]]]:
        """Return bulletins at a place, `beijing.cn#30`; `30` and `bei#30` complete."""
        from tui.screens.verbs import Verbs  # noqa: PLC0415 - start-up counts

        screen = self.screen
        if not (isinstance(screen, Verbs) and PLACE.fullmatch(query)):
            return []
        rows = await asyncio.to_thread(screen.desk.at_place, query)
        return [(row.place, partial(screen.show_number, row.number)) for row in rows]


def _nothing() -> None:
    """Run nothing."""


class Palette(CommandPalette):
    """A palette that holds keys until its list matches the typed search.

    Else Enter would run the first command of an older list, or none.
    """

    _waits = False
    """Whether keys wait for the list."""

    def on_mount(self) -> None:
        self._wait()

    @on(Input.Changed)
    def _search_again(self) -> None:
        self._wait()

    def _wait(self) -> None:
        if not self._waits and isinstance(self.app, TypedApp):
            self._waits = True
            self.app.typed.hold(lambda: not self._waits, opens=False)

    @on(Worker.StateChanged)
    def _look_whether_found(self) -> None:
        if all(worker.is_finished for worker in self.workers if worker.node is self):
            self._waits = False

    def on_unmount(self) -> None:
        self._waits = False


def palette() -> Palette:
    """Translate its words: Textual's are English only."""
    return Palette(placeholder=label("Search the commands"), id="--command-palette")
