"""The box that asks whether to leave with unfinished work."""

from collections.abc import Sequence
from typing import Any

from textual.app import App
from textual.screen import Screen

from exchange.errors import FusionError
from exchange.words import word
from tui.screens.dialogs import Pick
from tui.screens.editor import Editor
from tui.screens.remark_box import Remarking
from tui.words import say
from tui.workers import ask_desk, notify_error


def has_remark(screen: Screen[Any]) -> bool:
    """Whether a remark would be lost: no draft keeps that."""
    return isinstance(screen, Remarking) and bool(screen.remark)


class Leaving(Pick):
    """The question; Esc stays."""


def ask(app: App[None], editors: Sequence[Editor], *, lose: bool = False) -> None:
    """Ask, then save the editors' drafts and end the application.

    With `lose`, unsaved input is open: ask whether to lose that.
    """
    stay = {"stay": say("Stay")}
    options = {"keep": say("Keep it as a draft, and leave"), **stay}
    if lose:  # never by a key that was pressed twice
        options = {**stay, "lose": say("Leave anyway; unsaved text is lost")}

    def save() -> None:
        for editor in editors:
            editor.slot.save()

    def refused(error: FusionError) -> None:
        notify_error(app, error)
        ask(app, editors, lose=True)

    def chosen(choice: list[str] | None) -> None:
        if choice == ["keep"]:
            for editor in editors:
                editor.slot.put(editor.snapshot())
            ask_desk(app, save, lambda _: app.exit(), refused)
        elif choice == ["lose"]:
            app.exit()

    app.push_screen(
        Leaving(word("There is unfinished work"), options, [], many=False), chosen
    )
