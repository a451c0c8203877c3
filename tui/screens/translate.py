"""Translate: one segment open, its source above, what is known about it below.

The segments stand at the left where there is room. What is typed is kept whenever the
segment is left, so nothing is lost by Esc; nothing is signed before it is sent.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from exchange.bulletin.codes import CODES
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.refused import refusal
from exchange.bulletin.spans import value_of
from exchange.errors import FusionError
from exchange.limits import SEGMENT_MAX, SUBJECT_MAX
from exchange.v1.bulletin_pb2 import Span
from exchange.words import word
from tui.data import Opened, Piece, Workbench
from tui.keys import bind
from tui.later import answer
from tui.screens.boxes import Pick
from tui.text import safe
from tui.widgets.bar import Bar, KeyLine, Part
from tui.widgets.edit import Edit
from tui.widgets.page import Item, Page, Pair, Text
from tui.words import joined, label, lang, say

WIDE = 100  # columns from which the list of segments has a place
STATES = ("TRANSLATED", "REVIEWED", "FINAL")
SIGNS = {"INITIAL": "·", "TRANSLATED": "t", "REVIEWED": "r", "FINAL": "✔"}
KEYS = (
    ("↵", word("go on")),
    ("F9", word("confirm")),
    ("^T", word("state")),
    ("^S", word("sign")),
    ("Esc", word("back")),
    ("F8", word("suggestion")),
    ("F7", word("fixed part")),
)


def fixed(span: Span, source: str, target: str) -> str:
    """Return how a span stands in the translation: places have a name in each."""
    place = value_of(span, source) if span.kind == "PLACE" else ""
    known = CODES["site"].get(place)
    return known[target] if known else span.text


def source_items(piece: Piece) -> list[Item]:
    """Return a segment as it was signed, and what must survive in it."""
    segment = piece.source
    spans = tuple((span.text, span.occurrence) for span in segment.spans)
    items: list[Item] = [Text(segment.text, segment.lang, "", gutter=True, spans=spans)]
    kept = [span.text for span in segment.spans]
    if kept:
        items.append(Pair(say("fixed"), "  ".join(kept), segment.lang, "dim", lang()))
    return items


def help_items(piece: Piece, target: str) -> list[Item]:
    """Return what stands against a text, its terms, and what resembles it."""
    here = lang()
    items: list[Item] = []
    for finding in piece.findings:
        sign, style = ("?", "unsure") if finding.answerable else ("✘", "bad")
        items.append(Text(f"{sign} {finding.text()}", here, style))
    if piece.text and not piece.findings:
        items.append(
            Text(f"✔ {say('Nothing stands against this text.')}", here, "good")
        )
    items += [Pair(term, wanted, target, "", "") for term, wanted in piece.terms]
    for at, one in enumerate(piece.suggestions, 1):
        items.append(Pair(f"{at}. {one.percent} %", one.text, target, "dim", "en"))
    return items


def list_items(pieces: Sequence[Piece], at: int) -> list[Item]:
    """Return all segments, a line each, with their state."""
    items: list[Item] = []
    for n, piece in enumerate(pieces):
        mark = "▸" if n == at else " "
        must = any(not finding.answerable for finding in piece.findings)
        sign = "✘" if must else SIGNS.get(piece.state, "?")
        begin = " ".join(piece.source.text.split())[:40]
        style = "subject" if n == at else ""
        items.append(Text(f"{mark}{sign} {piece.source.id}", "en", style))
        items.append(Text(begin, piece.source.lang, "dim", gutter=True))
    return items


class Translate(Screen[None]):
    """One translation under way."""

    DEFAULT_CSS = """
    Translate #segments { width: 30; border-right: vkey $primary; }
    Translate.narrow #segments { display: none; }
    Translate #source { height: 2fr; }
    Translate #target { height: 2fr; margin: 0 1; }
    Translate #help { height: 3fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "back", "Back; what was typed is kept", "Esc"),
        bind("pagedown,ctrl+n", "go(1)", "Next segment"),
        bind("pageup", "go(-1)", "Previous segment"),
        bind("f7", "fixed", "Put in what must stay as it is", "F7"),
        bind("f8", "suggestion", "Take the next suggestion", "F8"),
        bind("f9", "confirm", "Answer for what a check asks", "F9"),
        bind("f4,ctrl+t", "state", "Translated, reviewed or final", "^T"),
        bind("ctrl+s", "send", "Sign and send the translation", "^S"),
    ]

    def __init__(self, opened: Opened, bench: Workbench) -> None:
        super().__init__()
        self.opened, self.bench = opened, bench
        self.pieces: Sequence[Piece] = ()
        self.at = 0
        self._taken = -1  # suggestion that stands in the editor
        self._percent = 0
        self._left = False

    def compose(self) -> ComposeResult:
        """Segments; source, target and help one above the other."""
        yield Bar(id="head")
        with Horizontal():
            yield Page(id="segments")
            with Vertical():
                yield Page(id="source")
                yield Bar(id="edge")
                yield Edit(id="target", longest=SEGMENT_MAX)
                yield Page(id="help")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Begin with the first segment that has no text."""
        self.query_one("#keys", KeyLine).keys(KEYS, "F1")
        for page in ("#segments", "#source", "#help"):
            self.query_one(page).can_focus = False
        self.target.focus()
        self._renew(lambda: self._open(self._next_empty()))

    def on_resize(self, event: events.Resize) -> None:
        """Show the list of segments where there is room."""
        self.set_class(event.size.width < WIDE, "narrow")

    @property
    def target(self) -> Edit:
        """The editor."""
        return self.query_one("#target", Edit)

    @property
    def piece(self) -> Piece:
        """The segment that is open."""
        return self.pieces[self.at]

    # What the desk has.

    @work(thread=True, group="bench")
    def _renew(self, then: Callable[[], None]) -> None:
        try:
            pieces = self.bench.pieces()
        except FusionError as error:
            answer(self, self.complain, error)
            return
        answer(self, self._renewed, pieces, then)

    def _renewed(self, pieces: Sequence[Piece], then: Callable[[], None]) -> None:
        self.pieces = pieces
        then()
        self._draw()

    @work(thread=True, group="bench")
    def _step(self, step: Callable[[], object], then: Callable[[], None]) -> None:
        """Do what changes the translation in a worker, then show it anew."""
        try:
            step()
            pieces = self.bench.pieces()
        except FusionError as error:
            answer(self, self.complain, error)
            return
        answer(self, self._renewed, pieces, then)

    def complain(self, error: FusionError) -> None:
        """Show an error."""
        self.notify(safe(refusal(error)), severity="error", markup=False)

    # Drawing.

    def _draw(self) -> None:
        if self._left:
            return
        bench, piece = self.bench, self.piece
        self.query_one("#segments", Page).put(list_items(self.pieces, self.at))
        self.query_one("#source", Page).put(source_items(piece))
        self.query_one("#help", Page).put(help_items(piece, bench.lang))
        done = sum(each.state != "INITIAL" for each in self.pieces)
        row, said = self.opened.row, bench.state
        back = label("to be translated back") if bench.back_wanted else ""
        title = joined(say("Translate"), f"#{row.number}")
        flash = "alarm" if row.precedence == "FLASH" else ""
        ways = f"{piece.source.lang} → {bench.lang}"
        self.query_one("#head", Bar).put(
            [
                Part(title, "key"),
                Part(_code("precedence", row.precedence), flash),
                Part(ways),
                Part(_code("translation_state", said)),
                Part(f"{done} / {len(self.pieces)}"),
                Part(back, "unsure"),
                Part(safe(bench.translator), keep=1),
                Part(safe(bench.reviewer), keep=0),
            ]
        )
        self._edge()

    @on(Edit.Changed)
    def _edge(self) -> None:
        if not self.pieces:
            return
        piece, length = self.piece, len(self.target.text)
        place = f"{safe(piece.source.id)}  {self.at + 1} / {len(self.pieces)}"
        over = length > self.longest
        origin = _code("translation_origin", piece.origin) if piece.origin else ""
        self.query_one("#edge", Bar).put(
            [
                Part(place, "key"),
                Part(_code("translation_state", piece.state)),
                Part(origin),
                Part(f"{length} / {self.longest}", "bad" if over else ""),
            ]
        )

    @property
    def longest(self) -> int:
        """How many characters the segment may have."""
        return SEGMENT_MAX if self.at else SUBJECT_MAX

    # Segments.

    def _next_empty(self) -> int:
        order = [*range(self.at, len(self.pieces)), *range(self.at)]
        return next((n for n in order if not self.pieces[n].text), self.at)

    def _open(self, at: int) -> None:
        self.at, self._taken, self._percent = at, -1, 0
        self.target.load(self.piece.text, self.bench.lang)

    def _keep(self, then: Callable[[], None]) -> None:
        """Keep what was typed, if it is another text, then go on."""
        text, piece = self.target.text.strip(), self.piece
        if not text or text == piece.text:
            then()
            self._draw()
            return
        segment, percent = piece.source.id, self._percent
        self._step(lambda: self.bench.put(segment, text, percent), then)

    @on(Edit.Submitted)
    def _submitted(self, _: Edit.Submitted) -> None:
        if self.pieces:
            self._keep(lambda: self._open(self._next_empty()))

    def action_go(self, by: int) -> None:
        """Keep this segment, open another one."""
        if self.pieces:
            to = (self.at + by) % len(self.pieces)
            self._keep(lambda: self._open(to))

    def action_fixed(self) -> None:
        """Put in the next span that the text does not have yet."""
        text = self.target.text
        for span in self.piece.source.spans if self.pieces else ():
            said = fixed(span, self.piece.source.lang, self.bench.lang)
            if said not in text and span.text not in text:
                self.target.insert(said)
                return

    def action_suggestion(self) -> None:
        """Put the next suggestion in the place of the text; ^Z brings that back."""
        found = self.piece.suggestions if self.pieces else ()
        if found:
            self._taken = (self._taken + 1) % len(found)
            self._percent = found[self._taken].percent
            self.target.replace(found[self._taken].text)

    # States.

    def action_confirm(self) -> None:
        """Answer for all that a person may answer for in this segment."""
        if not self.pieces:
            return

        def confirm() -> None:
            keys = [one.key for one in self.piece.findings if one.answerable]
            if keys:
                self._step(lambda: self.bench.confirm(keys), lambda: None)

        self._keep(confirm)

    def action_state(self) -> None:
        """Ask which state all of it has reached."""
        labels = {
            code: code_label("translation_state", code, lang()) for code in STATES
        }

        def reached(found: list[str] | None) -> None:
            if found:
                self._step(lambda: self.bench.advance(found[0]), lambda: None)

        def ask() -> None:
            self.app.push_screen(
                Pick(word("Translation"), labels, [], many=False), reached
            )

        if self.pieces:
            self._keep(ask)

    def action_send(self) -> None:
        """Sign and send it as it stands."""
        options = {"send": say("Sign with your key and send to the source's readers")}

        def sure(found: list[str] | None) -> None:
            if found:
                self._send()

        def ask() -> None:
            self.app.push_screen(Pick(word("Send"), options, [], many=False), sure)

        if self.pieces:
            self._keep(ask)

    @work(thread=True, exclusive=True)
    def _send(self) -> None:
        try:
            self.bench.send()
        except FusionError as error:
            answer(self, self.complain, error)
            return
        answer(self, self._leave)

    def action_back(self) -> None:
        """Leave; what was typed is kept."""
        if self.pieces:
            self._keep(self._leave)
        else:
            self._leave()

    def _leave(self) -> None:
        self._left = True
        self.dismiss()


def _code(codes: str, value: str) -> str:
    return label(code_label(codes, value, lang()))
