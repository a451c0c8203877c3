"""A translation read back: blind by one officer, then compared by another.

Who translates back sees the translated text alone, never the original: so a slip of
sense shows (the rule for FLASH).
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from exchange.bulletin.refused import refusal
from exchange.errors import FusionError
from exchange.limits import SEGMENT_MAX
from exchange.words import word
from tui.data import Compared, Workbench
from tui.keys import bind
from tui.later import answer
from tui.screens.base import PageScreen
from tui.text import safe
from tui.widgets.bar import Bar, KeyLine, Part
from tui.widgets.edit import Edit
from tui.widgets.page import Item, Page, Text
from tui.words import label, lang, say


class Blind(Screen[None]):
    """One translated text at a time, to be said in the language of the original."""

    DEFAULT_CSS = """
    Blind #target { height: 1fr; margin: 0 1; }
    """
    KEYS = (("↵", word("keep and go on")), ("Esc", word("leave without keeping")))
    MORE = "F1"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "back", "Leave without keeping", "Esc"),
    ]

    def __init__(self, bench: Workbench, into: str) -> None:
        super().__init__()
        self.bench, self.into = bench, into
        self.texts: list[tuple[str, str]] = []
        self.said: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """Show what to read, and take what it says."""
        yield Bar(id="head")
        yield Page(id="page")
        yield Edit(language=self.into, longest=SEGMENT_MAX, id="target")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Read the texts."""
        self.query_one("#keys", KeyLine).keys(self.KEYS, self.MORE)
        self.query_one("#page").can_focus = False
        self.query_one("#target").focus()
        self._read()

    @work(thread=True)
    def _read(self) -> None:
        try:
            texts = self.bench.blind()
        except FusionError as error:
            answer(self, self._refused, error)
            return
        answer(self, self._begin, texts)

    def _refused(self, error: FusionError) -> None:
        self.notify(safe(refusal(error)), severity="error", markup=False)
        self.dismiss()

    def _begin(self, texts: Mapping[str, str]) -> None:
        self.texts = list(texts.items())
        self._draw()

    def _draw(self) -> None:
        at = len(self.said)
        _, text = self.texts[at]
        self.query_one("#head", Bar).put(
            [
                Part(label("Translate back"), "key"),
                Part(f"{self.bench.lang} → {self.into}"),
                Part(f"{at + 1} / {len(self.texts)}"),
                Part(label("The original is not shown here."), "dim", 1),
            ]
        )
        self.query_one("#page", Page).put([Text(text, self.bench.lang, gutter=True)])

    @on(Edit.Submitted)
    def _submitted(self, event: Edit.Submitted) -> None:
        text = event.text.strip()
        if not text or not self.texts:
            return
        segment, _ = self.texts[len(self.said)]
        self.said[segment] = text
        self.query_one("#target", Edit).load("", self.into)
        if len(self.said) < len(self.texts):
            self._draw()
        else:
            self._put()

    @work(thread=True, exclusive=True)
    def _put(self) -> None:
        try:
            self.bench.put_back(self.said)
        except FusionError as error:
            answer(self, self._refused, error)
            return
        answer(self, self.dismiss)

    def action_back(self) -> None:
        """Leave."""
        self.dismiss()


class Compare(PageScreen):
    """Original, translation and what came back, segment by segment."""

    HEAD = "Does it say the same?"
    KEYS = (("y", word("the same")), ("x", word("not the same")), ("Esc", word("back")))
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("y", "judge(True)", "It says the same", "y"),
        bind("x", "judge(False)", "It does not: translate anew", "x"),
    ]

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self.bench = bench

    def on_mount(self) -> None:
        """Read them."""
        super().on_mount()
        self._read()

    @work(thread=True)
    def _read(self) -> None:
        try:
            found = self.bench.compared()
        except FusionError as error:
            answer(self, self._refused, error)
            return
        answer(self, self._show, found)

    def _show(self, found: Sequence[Compared]) -> None:
        self.put([item for one in found for item in _items(one, self.bench.lang)])

    @work(thread=True, exclusive=True)
    def _judge(self, *, same: bool) -> None:
        try:
            self.bench.judge(same=same)
        except FusionError as error:
            answer(self, self._refused, error)
            return
        answer(self, self.dismiss)

    def _refused(self, error: FusionError) -> None:
        self.notify(safe(refusal(error)), severity="error", markup=False)

    def action_judge(self, same: bool) -> None:  # noqa: FBT001 - of a binding
        """Say so, with one's name."""
        self._judge(same=same)


def _items(one: Compared, target: str) -> list[Item]:
    here = lang()
    return [
        Text(f"{one.source.id} · {say('original')}", here, "heading"),
        Text(one.source.text, one.source.lang, gutter=True),
        Text(say("translated back"), here, "heading"),
        Text(one.back, one.source.lang, gutter=True),
        Text(say("translation"), here, "dim"),
        Text(one.text, target, gutter=True),
        Text("", ""),
    ]
