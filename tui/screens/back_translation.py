"""Back-translation: blind by one officer, then compared by another.

The back-translator sees only the translated text, never the original, so that a wrong
meaning shows (the rule for FLASH).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from exchange.bulletin.codes import label as code_label
from exchange.desk.records import BackTranslation
from exchange.errors import FusionError
from exchange.limits import SEGMENT_MAX
from exchange.words import word
from tui.desk import Desk, Workbench
from tui.drafts import BACK, EditorDraft, Typed, parse_typed, typed_json
from tui.keys import bind
from tui.screens.base import PageScreen
from tui.screens.editor import Editor
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.page import Item, Text, TextPage
from tui.widgets.text_editor import Edit
from tui.words import label, lang, say
from tui.workers import ask_desk, notify_error


class Blind(Editor):
    """Shows one translated text at a time, to translate back."""

    DEFAULT_CSS = """
    Blind #target { height: 1fr; margin: 0 1; }
    """
    KEYS = (("↵", word("save and continue")), ("Esc", word("keep for later")))
    MORE = "F1"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "back", "Keep for later and leave", "Esc")
    ]

    def __init__(
        self,
        desk: Desk,
        number: int,
        bench: Workbench,
        into: str,
        draft: EditorDraft | None = None,
    ) -> None:
        """`draft` counts for unchanged texts only."""
        super().__init__(desk, draft)
        self.number, self.bench, self.into, self.draft = number, bench, into, draft
        self.target = Edit(language=into, longest=SEGMENT_MAX, id="target")
        self.texts: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self.begun: dict[str, str] = {}  # typed, not submitted yet
        self.at = ""  # the open segment

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Bar(id="unsaved")
        yield TextPage(id="page")
        yield Bar(id="edge")
        yield self.target
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#keys", KeyLine).keys(self.KEYS, self.MORE)
        self.query_one("#page").can_focus = False
        self.target.focus()
        ask_desk(self, self.bench.blind, self._begin, self._not_for_him)

    def _not_for_him(self, error: FusionError) -> None:
        """Leave; a draft stays."""
        notify_error(self, error)
        self.leave()

    def _begin(self, texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)
        typed: list[Typed] = []
        if self.draft is not None:
            try:
                typed = parse_typed(self.draft)
            except FusionError as error:
                notify_error(self, error)
        typed = [one for one in typed if self.texts.get(one.segment) == one.of]
        self.said = {one.segment: one.text for one in typed if one.done}
        self.begun = {one.segment: one.text for one in typed if not one.done}
        if not self.texts:
            self.notify(say("No translations yet."), markup=False)
            self.leave()
            return
        if not self._next():  # all are done, but not stored
            last = list(self.texts)[-1]
            self.begun[last] = self.said.pop(last)
        self._open(self._next())
        if typed:
            self.tell_reopened()

    def _next(self) -> str:
        """Return the first segment not translated back yet, or ""."""
        return next((one for one in self.texts if one not in self.said), "")

    def _open(self, at: str) -> None:
        self.at = at
        self.target.load(self.begun.pop(at, ""), self.into)
        self.save_soon()
        self._say_length()
        self.query_one("#head", Bar).put(
            [
                BarPart(label("Translate back"), "key"),
                BarPart(f"{self.bench.lang} → {self.into}"),
                BarPart(f"{list(self.texts).index(at) + 1} / {len(self.texts)}"),
                BarPart(label("The original is not shown here."), "dim", 1),
            ]
        )
        read = Text(self.texts[at], self.bench.lang, gutter=True)
        self.query_one("#page", TextPage).put([read])

    def snapshot(self) -> Callable[[], str]:
        text = self._text_to_save()
        return lambda: text

    def _text_to_save(self) -> str:
        if not self.at:
            return self.draft.stored.text if self.draft else ""
        begun = {**self.begun, self.at: self.target.text}
        typed = [
            Typed(segment, text, of=self.texts[segment], done=done)
            for texts, done in ((self.said, True), (begun, False))
            for segment, text in texts.items()
            if text.strip() and (done or segment not in self.said)
        ]
        return typed_json(BACK, self.number, self.bench.lang, typed) if typed else ""

    def _say_length(self) -> None:
        into = label(code_label("language", self.into, lang()))
        length = BarPart(f"{len(self.target.text)} / {SEGMENT_MAX}")
        self.query_one("#edge", Bar).put([BarPart(into, "key"), length])

    @on(Edit.Changed)
    def _typed(self, event: Edit.Changed) -> None:
        if not isinstance(event, Edit.Submitted):
            self._say_length()
            self.save_soon()

    @on(Edit.Submitted)
    def _submitted(self, event: Edit.Submitted) -> None:
        text = event.text.strip()
        if not text or not self.texts:
            return
        self.said[self.at] = text
        if following := self._next():
            self._open(following)
        else:
            self._put()

    def _put(self) -> None:
        said = dict(self.said)

        def put_back() -> None:
            self.slot.end(lambda mark: self.bench.put_back(said, mark), for_good=True)

        ask_desk(self, put_back, lambda _: self.leave(), self._not_put)

    def _not_put(self, error: FusionError) -> None:
        notify_error(self, error)
        parts = error.where.partition(":")[0].split(".")
        wrong = next((one for one in parts if one in self.said), self.at)
        self.begun[wrong] = self.said.pop(wrong)
        self._open(wrong)

    def action_back(self) -> None:
        self.save_then(self.leave)


class Compare(PageScreen):
    HEAD = "Does it say the same?"
    KEYS = (("y", word("the same")), ("x", word("not the same")), ("Esc", word("back")))
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("y", "judge(True)", "It says the same", "y"),
        bind("x", "judge(False)", "It does not: translate again", "x"),
    ]

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self.bench = bench

    def on_mount(self) -> None:
        super().on_mount()
        ask_desk(self, self.bench.compare, self._show)

    def _show(self, rows: Sequence[BackTranslation]) -> None:
        self.page.put([item for one in rows for item in _items(one, self.bench.lang)])

    def action_judge(self, same: bool) -> None:  # noqa: FBT001 - of a binding
        ask_desk(self, lambda: self.bench.judge(same=same), lambda _: self.dismiss())


def _items(row: BackTranslation, target: str) -> list[Item]:
    here = lang()
    return [
        Text(f"{row.source.id} · {say('original')}", here, "heading"),
        Text(row.source.text, row.source.lang, gutter=True),
        Text(say("translated back"), here, "heading"),
        Text(row.back, row.source.lang, gutter=True),
        Text(say("translation"), here, "dim"),
        Text(row.text, target, gutter=True),
        Text("", ""),
    ]
