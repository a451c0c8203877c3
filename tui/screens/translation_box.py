"""The box that signs a translation: into what, how far it is, to whom it goes."""

from collections.abc import Iterator, Sequence
from functools import partial

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.desk.records import OpenedBulletin, TranslationUnit
from exchange.translation.checks import INITIAL, Check, Finding
from tui.desk import DeskProtocol
from tui.screens.sign_box import SignBox
from tui.screens.signature import (
    BETWEEN,
    count_desks,
    count_readers,
    describe_bulletin,
    sign_and_look,
)
from tui.widgets.page import Item, Text
from tui.words import join_words, lang, say
from tui.workbench import Workbench


def send_box(
    desk: DeskProtocol,
    opened: OpenedBulletin,
    bench: Workbench,
    pieces: Sequence[TranslationUnit],
) -> SignBox:
    """Return the box that signs and sends a translation, once its line is taken."""
    here = lang()
    relation = code_label("relation", "TRANSLATES", here)
    into = code_label("language", bench.lang, here)
    state = code_label("translation_state", bench.now.state, here)
    act = COLON[here].join((relation, BETWEEN.join((into, state))))
    signs = describe_bulletin(act, count_desks(count_readers(opened)), opened)
    final = say("Signed with your key; it cannot be taken back.")
    texts: list[Item] = [
        Text(one.translation.text, bench.lang, gutter=True) for one in pieces
    ]
    title = join_words(say("Send"), f"#{opened.row.number}")
    send = partial(sign_and_look, desk, bench.send)
    faults = _list_faults(bench.now.state, pieces)
    items = [Text(final, here, "dim"), *faults, *texts]
    return SignBox(title, items, signs, send)


def _list_faults(state: str, pieces: Sequence[TranslationUnit]) -> Iterator[Item]:
    """Yield that it is not finished, and what the checks hold against each text."""
    here = lang()
    if state in {"", INITIAL}:
        told = say("Not finished: nobody has said yet that it is translated (^T).")
        yield Text(f"✘ {told}", here, "bad")
    for piece in pieces:
        i, found = piece.source.id, piece.findings
        if not piece.translation.text:
            found = [Finding(Check.EMPTY, i)]
        for one in found:
            sign, style = ("?", "unsure") if one.answerable else ("✘", "bad")
            yield Text(f"{sign} {i}{COLON[here]}{one.text()}", here, style)
