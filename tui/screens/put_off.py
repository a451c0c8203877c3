"""Which of the bulletins that were put off goes on."""

from collections.abc import Callable, Mapping
from typing import Any

from textual.screen import Screen

from exchange.errors import Refusal
from exchange.words import word
from tui.form import Form
from tui.screens.boxes import Pick
from tui.words import lang, say

NEW = "+"  # the number of none of them


def choose(
    screen: Screen[Any], kept: Mapping[str, str], chosen: Callable[[str], None]
) -> None:
    """Ask for one of them; `chosen` gets its number, NEW, or "" where none is."""
    labels = {number: _title(text) for number, text in kept.items()}
    labels[NEW] = say("Begin anew: another kind")
    box = Pick(word("Kept for later"), labels, [], many=False)
    screen.app.push_screen(box, lambda found: chosen(found[0] if found else ""))


def _title(text: str) -> str:
    """Return what was put off by kind and subject; what is damaged by its begin."""
    try:
        form = Form.load(text, lang())
    except Refusal:
        return text[:40]
    return f"{form.kind.labels[lang()]}: {form.prose[0].text}"
