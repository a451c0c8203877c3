"""Choose a translation step and a language, then open its screen."""

from textual.app import App
from textual.screen import Screen

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.schema import LANGUAGES
from exchange.desk.records import OpenedBulletin
from exchange.words import word
from tui.desk import Desk, Workbench
from tui.drafts import BACK, TRANSLATION, EditorDraft, of_bulletin
from tui.screens.back_translation import Blind, Compare
from tui.screens.dialogs import Pick
from tui.screens.translate import Translate
from tui.words import lang, say
from tui.workers import ask_to_open

HOW = {
    "TO": word("Translate into {language}"),
    "BACK": word("Translate back, without the original, from {language}"),
    "COMPARE": word("Compare with the back-translation, language {language}"),
}


def choose(app: App[None], desk: Desk, opened: OpenedBulletin) -> None:
    if opened.content is None:
        return
    source, here = opened.content.subject.lang, lang()
    labels = {
        f"{how} {one}": say(said).format(language=code_label("language", one, here))
        for how, said in HOW.items()
        for one in LANGUAGES
        if one != source
    }

    def chosen(choice: list[str] | None) -> None:
        if choice:
            how, _, target = choice[0].partition(" ")
            _open(app, desk, opened, how, target)

    app.push_screen(Pick(word("Translation"), labels, [], many=False), chosen)


EDITORS = {"TO": TRANSLATION, "BACK": BACK}
"""The editor of the draft to continue, by HOW."""


def _open(
    app: App[None], desk: Desk, opened: OpenedBulletin, how: str, target: str
) -> None:
    number = opened.row.number

    def fetch() -> tuple[Workbench, EditorDraft | None]:
        bench = desk.translate(number, target)
        return bench, of_bulletin(desk, EDITORS.get(how, ""), number, target)

    ask_to_open(app, fetch, lambda got: _push(app, desk, opened, got[0], (how, got[1])))


def open_step(
    app: App[None], desk: Desk, number: int, target: str, how: str = "TO"
) -> None:
    ask_to_open(
        app,
        lambda: desk.read(number),
        lambda opened: _open(app, desk, opened, how, target),
    )


def go_on(app: App[None], desk: Desk, draft: EditorDraft) -> None:
    how = next(how for how, editor in EDITORS.items() if editor == draft.editor)

    def fetch() -> tuple[OpenedBulletin, Workbench]:
        return desk.read(draft.number), desk.translate(draft.number, draft.lang)

    ask_to_open(app, fetch, lambda got: _push(app, desk, *got, (how, draft)))


def _push(
    app: App[None],
    desk: Desk,
    opened: OpenedBulletin,
    bench: Workbench,
    how: tuple[str, EditorDraft | None],
) -> None:
    """Make it in the thread of the application."""
    number = opened.row.number
    into = opened.content.subject.lang if opened.content else ""
    screen: Screen[None]
    match how:
        case "TO", draft:
            screen = Translate(desk, opened, bench, draft)
        case "BACK", draft:
            screen = Blind(desk, number, bench, into, draft)
        case _:
            screen = Compare(bench)
    app.push_screen(screen)
