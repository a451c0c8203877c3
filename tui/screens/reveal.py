"""Reveal the drawn route of a movement: asks before it signs."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from textual.app import App

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.desk.records import OpenedBulletin
from exchange.words import word
from tui.bulletin_names import name_of
from tui.desk import Desk
from tui.screens.sign_box import SignBox
from tui.screens.signature import sign_and_look
from tui.signed_words import about_bulletin, describe
from tui.widgets.page import Item, Pair, Text
from tui.words import join_words, lang, say
from tui.workers import ask_to_open, notify_instead


def ask(app: App[Any], desk: Desk, opened: OpenedBulletin) -> None:
    """Ask whether to reveal the route of a movement of this desk, then reveal it.

    Says so if no route was drawn here, or if it was revealed already.
    """

    def show(route: str) -> None:
        if route:
            app.push_screen(box(desk, opened, route))
        else:
            notify_instead(app, say(NONE))

    ask_to_open(app, lambda: desk.drawn_route(opened.row.number), show)


NONE = word("No route was drawn for it here, or it was revealed already.")


def items(opened: OpenedBulletin, route: str) -> Sequence[Item]:
    here, row = lang(), opened.row
    text = say("A bulletin with this route and the key of its draw will be sent.")
    shown: list[Item] = [
        Text(row.subject, row.lang, "subject", gutter=True),
        Pair(say("Route drawn"), route, "en", "good", here),
    ]
    shown += [
        Pair(code_label("recipient_class", class_, here), desk, "en", "", here)
        for desk, class_ in opened.recipients
        if class_ != "COPY"
    ]
    final = say("Signed with your key; it cannot be taken back.")
    return [*shown, Text("", ""), Text(text, here), Text(final, here, "dim")]


def box(desk: Desk, opened: OpenedBulletin, route: str) -> SignBox:
    number = opened.row.number
    title = join_words(say("Reveal the route"), name_of(opened.row))
    act = COLON[lang()].join((code_label("relation", "REVEALS", lang()), route))
    signs = describe(about_bulletin(desk, act, opened))
    reveal = partial(desk.reveal, number)
    send = partial(sign_and_look, desk, reveal)
    return SignBox(title, items(opened, route), signs, send)
