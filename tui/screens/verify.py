"""The proof chain of a bulletin, verified again on opening."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from exchange.browsed_logs import ProofStep
from exchange.bulletin.punctuation import COLON
from exchange.errors import TEXTS, Reason
from exchange.words import word
from tui.desk import Desk
from tui.keys import bind
from tui.screens.base import PageScreen
from tui.text.safe_text import safe
from tui.widgets.page import Item, Pair, Text
from tui.words import lang, say
from tui.workers import ask_desk

WORDS = {
    "BYTES": "Bytes as signed",
    "NAME": "Name is the hash of the bytes",
    "SIGNATURE": "Signature",
    "KEY": "Key registered for this officer",
    "LOG": "Place in the log",
    "INCLUSION": "Inclusion under the signed root",
    "HEAD": "Head signed by the log's two keys",
    "COSIGNATURE": "Cosigned by the partner",
    "SEAL": "Text is the one that was sealed",
}
SIGNS = {True: ("✔", "good"), False: ("✘", "bad"), None: ("?", "unsure")}


def step_items(step: ProofStep) -> list[Item]:
    here = lang()
    sign, style = SIGNS[step.ok]
    words = f"{sign} {say(WORDS.get(step.what, step.what))}"
    items: list[Item] = [
        Text(words, here, style),
        Pair("", step.detail, detail_lang(step.detail), "", here),
    ]
    if step.reason:
        items.append(Pair("", reason_text(step.reason), here, "bad", here))
    return items


def detail_lang(detail: str) -> str:
    return "en" if detail.isascii() else lang()


def reason_text(word: str) -> str:
    if word not in Reason.__members__:
        return safe(word)
    return COLON[lang()].join((word, say(TEXTS[Reason(word)])))


def summary(steps: Sequence[ProofStep]) -> Text:
    states = [step.ok for step in steps]
    if False in states:
        return Text(f"✘ {say('Do not rely on this bulletin.')}", lang(), "bad")
    if None in states or not states:
        return Text(f"? {say('Not everything can be checked yet.')}", lang(), "unsure")
    return Text(f"✔ {say('Every step passed.')}", lang(), "good")


class Verify(PageScreen):
    """Bytes, signature, key, log, inclusion, head, cosignature: each ✔, ✘ or ?."""

    HEAD = "Verification"
    KEYS: ClassVar[Sequence[tuple[str, str]]] = (
        ("V", word("voice check")),
        ("Esc", word("back")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("V", "voice", "Voice check: compare it by telephone", "V")
    ]

    def __init__(self, desk: Desk, number: int) -> None:
        super().__init__()
        self.desk, self.number = desk, number

    def on_mount(self) -> None:
        super().on_mount()
        self.page.put([Text(say("Verifying…"), lang(), "dim")])
        ask_desk(self, self._items, self.page.put, self.fail)

    def action_voice(self) -> None:
        from tui.screens.voice import Voice  # noqa: PLC0415 - only then

        self.app.push_screen(Voice(self.desk, self.number))

    def _items(self) -> list[Item]:
        steps = self.desk.chain(self.number)
        items = [item for step in steps for item in step_items(step)]
        return [summary(steps), Text("", ""), *items]
