"""What to do about a bulletin in another language: asked first, then opened."""

from collections.abc import Callable

from textual.app import App
from textual.screen import Screen

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.declare import LANGUAGES
from exchange.bulletin.refused import refusal
from exchange.errors import FusionError
from exchange.words import word
from tui.data import Desk, Opened, Workbench
from tui.screens.boxes import Pick
from tui.screens.translate import Translate
from tui.screens.translate_back import Blind, Compare
from tui.text import safe
from tui.words import lang, say

HOW = {
    "TO": word("Translate into"),
    "BACK": word("Read back, without the original, from"),
    "COMPARE": word("Compare with what was read back, of"),
}


def choose(app: App[None], desk: Desk, opened: Opened) -> None:
    """Ask which of HOW, and which language; then show that screen."""
    if opened.content is None:
        return
    source, here = opened.content.subject.lang, lang()
    labels = {
        f"{how} {one}": f"{say(said)} {code_label('language', one, here)}"
        for how, said in HOW.items()
        for one in LANGUAGES
        if one != source
    }

    def chosen(found: list[str] | None) -> None:
        if found:
            how, _, target = found[0].partition(" ")
            _open(app, desk, opened, how, target)

    app.push_screen(Pick(word("Translation"), labels, [], many=False), chosen)


def _open(app: App[None], desk: Desk, opened: Opened, how: str, target: str) -> None:
    """Fetch the translation in a worker, then push the screen for it."""

    def fetch() -> None:
        try:
            bench = desk.translate(opened.row.number, target)
        except FusionError as error:
            app.call_from_thread(_complain, app, error)
            return
        app.call_from_thread(app.push_screen, _screen(how, opened, bench))

    app.run_worker(fetch, thread=True)


def _screen(how: str, opened: Opened, bench: Workbench) -> Screen[None]:
    into = opened.content.subject.lang if opened.content else ""
    screens: dict[str, Callable[[], Screen[None]]] = {
        "TO": lambda: Translate(opened, bench),
        "BACK": lambda: Blind(bench, into),
        "COMPARE": lambda: Compare(bench),
    }
    return screens[how]()


def _complain(app: App[None], error: FusionError) -> None:
    app.notify(safe(refusal(error)), severity="error", markup=False)
