"""Ask how to answer a bulletin, then open the draft."""

from textual.app import App

from exchange.bulletin.draft import Draft
from exchange.desk.records import OpenedBulletin
from exchange.words import word
from tui.desk import Desk
from tui.screens.dialogs import Pick
from tui.words import say
from tui.workers import ask_to_open

HOW = {
    "ANSWERS": word("Answer it"),
    "UPDATES": word("Add new information"),
    "CORRECTS": word("Correct it"),
    "SUPERSEDES": word("Replace it with another"),
    "NARROWS": word("Repeat it under a stricter label"),
    "CORROBORATES": word("Confirm from another source"),
    "DISPUTES": word("Contradict it from another source"),
}
OWN = frozenset({"CORRECTS", "SUPERSEDES", "NARROWS"})
"""Relations that only the author's desk may state."""


def choices(opened: OpenedBulletin) -> dict[str, str]:
    if opened.content is None:  # a recall
        return {"ANSWERS": say(HOW["ANSWERS"])}
    own = opened.row.outgoing
    return {how: say(text) for how, text in HOW.items() if own or how not in OWN}


def choose(app: App[None], desk: Desk, opened: OpenedBulletin) -> None:
    def chosen(choice: list[str] | None) -> None:
        if choice:
            _begin(app, desk, opened.row.number, choice[0])

    if opened.content is None and opened.recall is None:
        app.notify(
            say("This bulletin did not open, so it cannot be answered."), markup=False
        )
        return
    title = word("Reply")
    app.push_screen(Pick(title, choices(opened), [], many=False), chosen)


def _begin(app: App[None], desk: Desk, number: int, relation: str) -> None:
    def write(draft: Draft) -> None:
        from tui.screens.compose import Compose  # noqa: PLC0415 - only then

        app.push_screen(Compose(desk, draft=draft))

    ask_to_open(app, lambda: desk.begin(number, relation), write)
