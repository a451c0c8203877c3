"""The box that signs a translation: language, progress, recipients."""

from collections.abc import Iterator, Sequence
from functools import partial

from exchange.bulletin.punctuation import COLON
from exchange.desk.records import OpenedBulletin, TranslationUnit
from exchange.translation.checks import INITIAL, Check, Finding
from exchange.v1 import envelope_pb2 as env
from tui.bulletin_names import name_of
from tui.desk import Desk, Workbench
from tui.screens.sign_box import SignBox
from tui.screens.signature import sign_and_look, tell_waiting
from tui.signed_words import about_bulletin, describe, translation_words
from tui.widgets.page import Item, Text
from tui.words import join_words, lang, say


def send_box(
    desk: Desk,
    opened: OpenedBulletin,
    bench: Workbench,
    pieces: Sequence[TranslationUnit],
) -> SignBox:
    here = lang()
    act = translation_words(bench.lang, bench.now.state)
    signs = describe(about_bulletin(desk, act, opened))
    final = say("Signed with your key; it cannot be taken back.")
    texts: list[Item] = [
        Text(one.translation.text, bench.lang, gutter=True) for one in pieces
    ]
    title = join_words(say("Send"), name_of(opened.row))
    send = partial(sign_and_look, desk, bench.send)
    faults = _list_faults(bench.now.state, pieces)
    waits = tell_waiting(opened, env.KIND_TRANSLATION)
    items = [*waits, Text(final, here, "dim"), *faults, *texts]
    return SignBox(title, items, signs, send)


def _list_faults(state: str, pieces: Sequence[TranslationUnit]) -> Iterator[Item]:
    here = lang()
    if state in {"", INITIAL}:
        told = say("Not finished: not marked as translated (^T marks it).")
        yield Text(f"✘ {told}", here, "bad")
    for piece in pieces:
        i, found = piece.source.id, piece.findings
        if not piece.translation.text:
            found = [Finding(Check.EMPTY, i)]
        for one in found:
            sign, style = ("?", "unsure") if one.answerable else ("✘", "bad")
            yield Text(f"{sign} {i}{COLON[here]}{one.text()}", here, style)
