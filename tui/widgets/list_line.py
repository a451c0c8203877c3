"""One line of the list, as pieces side by side: marks, columns, subject, times."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style

from exchange.desk.answer_words import describe_reason, describe_refusal
from exchange.desk.fold_records import Fold, FoldedAnswer
from exchange.desk.records import Row
from exchange.desk.state_words import without_mode
from tui.state_signs import (
    GONE,
    MODE,
    StateSign,
    pending_of,
    precedence_of,
    recall_of,
    standing_of,
    state_of,
    worst_of,
)
from tui.text.order import Bidi, bidi
from tui.text.safe_text import safe
from tui.widgets import list_columns
from tui.widgets.answer_words import answer_words
from tui.widgets.cells import WIDE, Piece, field, plain, spaced
from tui.widgets.list_columns import ARROW, RENDERED, Widths
from tui.words import join_words, lang, say

MARKED = "☑"
FOLDED, OPENED, BELOW = "▸", "▾", "└"
_ANSWER_STYLES = {"": "done", "good": "sent"}
STATE_COLUMNS, PRECEDENCE_COLUMNS, MODE_COLUMNS = 7, 5, 2
HEAD_CELLS = STATE_COLUMNS + PRECEDENCE_COLUMNS + MODE_COLUMNS + 9
"""Cells of what stands before columns and subject in each line: the bar of the cursor,
and signs and spaces between."""
SUBJECT_LEAST = 5  # cells that a subject keeps beside an uncut reason
REASON_LEAST = 4  # cells: the sign, a space, and a wide character or a letter and …
COUNTED_FROM = 10  # cells of a reason and how many more there are


class ListLine(NamedTuple):
    row: Row | None
    chosen: bool
    """Whether the cursor stands here."""
    when: str = ""
    """When it was filed, or how long ago."""
    due: str = ""
    """The time that is left to do what it asks, or that has passed since."""
    late: bool = False
    marked: bool = False
    fold: Fold | None = None
    """Counts of the messages under it, where it is the head of a thread."""
    opened: bool = False
    """Whether that is shown below it."""
    depth: int = 0
    """0 for the head of a thread, 1 for what is below it, 2 for what answers that."""
    answer: FoldedAnswer | None = None
    """The translation or receipt of the row that stands here in its place."""
    part: int = 0
    """The line of the row, from 0."""
    of: int = 1
    """How many lines the row has; the last one has the subject."""

    @property
    def key(self) -> tuple[int, bytes]:
        """The row's number and the answer's name, to find the line again."""
        number = self.row.number if self.row else 0
        return number, self.answer.name if self.answer else b""


class ListMoment(NamedTuple):
    """The time and measures shared by all lines of a list while it is drawn."""

    top: int
    """The uppermost line in view, from the first of the list."""
    now: int
    """The desk's clock, ms UTC."""
    late_at: int
    """By what deadlines have passed, ms UTC."""
    widths: Widths


class Paint(NamedTuple):
    base: Style
    style: Callable[[str], Style]

    def named(self, name: str) -> Style:
        return self.base + self.style(name)


def draw(
    row: Row, line: ListLine, width: int, widths: Widths, paint: Paint
) -> list[Piece]:
    """Return pieces of `width` cells in all if there is room."""
    if line.part:
        return _second(row, line, width, widths, paint)
    if line.answer is not None:
        return _answer(line.answer, line, width, widths, paint)
    base = paint.base
    head = [
        plain(MARKED, paint.named("asked")) if line.marked else plain(" ", base),
        *_mark(state_of(row), STATE_COLUMNS, paint),
        *_mark(precedence_of(row), PRECEDENCE_COLUMNS, paint),
        plain(
            f"{MODE.get(row.mode, '?'):{MODE_COLUMNS}}",
            base if row.mode == "ACTUAL" else paint.named("mode"),
        ),
        plain(" ", base),
        *_party(row, widths, base),
        *_kind(row, widths.kind, paint),
        *_column(row.lang[:2], "en", widths.lang, base),
    ]
    tail = _tail(line, widths, paint)
    marks = [standing_of(row), None if widths.kind else recall_of(row), pending_of(row)]
    pieces = [_word(mark, paint) for mark in filter(None, marks)]
    if widths.only and not list_columns.is_usual(row, widths.only):
        columns = list_columns.PARTY_COLUMNS
        name = list_columns.party(row, columns).removeprefix(ARROW)
        pieces.append(spaced(field(name, "en", columns, base), base))
    room = width - _cells([*head, *tail])
    for piece in [*pieces, *_thread(line, paint)]:
        if _cells([piece]) > room:
            break
        head.append(piece)
        room -= _cells([piece])
    reasons = _reasons(line, row, room, paint)
    room -= _cells(reasons)
    if line.of > 1:
        return [*head, *reasons, plain(" " * room, base), *tail]
    return [*head, *reasons, *_subject(row, room, widths, paint), *tail]


def _second(
    row: Row, line: ListLine, width: int, widths: Widths, paint: Paint
) -> list[Piece]:
    if line.answer is not None:
        return []
    before = 1 + 2 * line.depth
    subject = _subject(row, width - before, widths, paint)
    return [plain(" " * before, paint.base), *subject]


def _reasons(line: ListLine, row: Row, room: int, paint: Paint) -> list[Piece]:
    """Return why a message was refused, which desks are late or cannot comply, and why.

    Uncut if that leaves some cells for the subject. Otherwise one reason in half of the
    room, cut with …, and the number of others if that leaves the reason a word; empty
    if there is no cell for it.
    """
    marks = [*_refusal(row), *_declines(row), *_late_desks(line, row)]
    whole = [_word(mark, paint) for mark, _ in marks]
    if not marks or _cells(whole) <= room - SUBJECT_LEAST:
        return whole
    mark, short = min(marks, key=lambda one: one[0].style != "bad")
    half = room // 2
    more = f" +{len(marks) - 1}" if len(marks) > 1 and half >= COUNTED_FROM else ""
    text = f"{mark.sign} {short}"
    columns = min(cell_len(join_words(text)), half - len(more) - 1)
    if columns < REASON_LEAST:
        return []
    style = paint.named("loud" if mark.style == "bad" else mark.style)
    return [field(text, lang(), columns, style), plain(f"{more} ", paint.base)]


def _refusal(row: Row) -> Iterator[tuple[StateSign, str]]:
    if row.why:
        why = safe(describe_refusal(row.why))
        yield StateSign("✘", why, "bad"), why


def _late_desks(line: ListLine, row: Row) -> Iterator[tuple[StateSign, str]]:
    """Yield those that an overdue bulletin waits for, if it went to several."""
    if line.late and len(row.addressees) > 1:
        for desk in row.open_at:
            said = safe(list_columns.fit_desk(desk, list_columns.PARTY_COLUMNS))
            yield StateSign("…", said, "unsure"), said


def _declines(row: Row) -> Iterator[tuple[StateSign, str]]:
    for one in () if row.standing in GONE else row.declined:
        alone = row.outgoing and len(row.addressees) == 1
        if said := describe_reason(one._replace(own=one.own or alone)):
            style = "unsure" if one.officer else "bad"
            short = describe_reason(one._replace(own=True)) or said
            yield StateSign("✘", said, style), short


def _cells(pieces: Sequence[Piece]) -> int:
    return sum(segment.cell_length for piece in pieces for segment in piece)


def _thread(line: ListLine, paint: Paint) -> list[Piece]:
    if line.depth:
        return [plain(f"{BELOW} ", paint.named("done"))]
    if line.fold is None:
        return []
    fold, done = line.fold, paint.named("done")
    if line.opened:
        return [plain(f"{OPENED}{fold.total} ", done)]
    marks = worst_of(fold)
    pieces = [plain(f"{FOLDED}{fold.total} ", done)]
    pieces += [_word(mark, paint) for mark in marks[:1]]
    pieces += [plain(f"{one.sign} ", paint.named(one.style)) for one in marks[1:]]
    return pieces


def _answer(
    answer: FoldedAnswer, line: ListLine, width: int, widths: Widths, paint: Paint
) -> list[Piece]:
    sign, words = answer_words(answer)
    dim = paint.named("done")
    tail = _tail(line, widths, paint)
    head = [plain("  " * line.depth + f"{BELOW} ", dim)]
    if sign.sign:
        style = _ANSWER_STYLES.get(sign.style, sign.style)
        head.append(plain(f"{sign.sign} ", paint.named(style)))
    room = width - _cells([*head, *tail])
    return [*head, field(words, lang(), room, dim), *tail]


def _subject(row: Row, columns: int, widths: Widths, paint: Paint) -> list[Piece]:
    """Use the officer's language if that translation is reviewed.

    The word of a drill before it is left out: the row has the sign of its mode.
    """
    text = paint.base if row.read else paint.named("unread")
    if not (row.rendered and widths.rendered):
        subject = without_mode(row.subject, row.mode, row.lang)
        return [field(subject, row.lang, columns, text)]
    if columns < WIDE + 2:  # with the sign
        return [plain(" " * columns, paint.base)]
    sign = plain(f"{RENDERED} ", paint.named("done"))
    rendered = without_mode(row.rendered, row.mode, lang())
    return [sign, field(rendered, lang(), columns - 2, text)]


def _tail(line: ListLine, widths: Widths, paint: Paint) -> list[Piece]:
    """Return the pieces after the subject: deadline, and time or age.

    Without a column for the deadline, it replaces the age.
    """
    base, due = paint.base, _due_style(line, paint)
    if bidi() is Bidi.PLAIN and line.row:
        return _spoken_tail(line, line.row.place, base, due)
    if widths.tagged and line.due:
        said = join_words(line.due)
        columns = max(widths.when, cell_len(said))
        return [plain(" ", base), field(line.due, lang(), columns, due)]
    tail: list[Piece] = []
    if widths.due:
        tail += [plain(" ", base), field(line.due, lang(), widths.due, due)]
    if widths.when:
        tail += [plain(" ", base), field(line.when, lang(), widths.when, base)]
    return tail


def _spoken_tail(line: ListLine, place: str, base: Style, due: Style) -> list[Piece]:
    """Add the place: a command takes it, and a screen reader has no cursor."""
    said = ((line.due, due), (line.when, base), (place, base))
    return [plain(f" {words}", style) for words, style in said if words]


def _due_style(line: ListLine, paint: Paint) -> Style:
    return paint.named("bad" if line.late else "priority")


def _kind(row: Row, columns: int, paint: Paint) -> list[Piece]:
    if not columns:
        return []
    recall = recall_of(row)
    text = list_columns.kind_label(row.kind) if row.kind else ""
    style = paint.base
    if recall is not None:
        text, style = f"{recall.sign} {say(recall.word)}", paint.named(recall.style)
    return [field(text, lang(), columns, style), plain(" ", paint.base)]


def _party(row: Row, widths: Widths, base: Style) -> list[Piece]:
    if widths.only:
        arrow = ARROW if row.outgoing else " "
        return [plain(f"{arrow} ", base)] if widths.party else []
    text = list_columns.party(row, widths.party)
    return _column(text, "en", widths.party, base)


def _column(text: str, of: str, columns: int, base: Style) -> list[Piece]:
    return [field(text, of, columns, base), plain(" ", base)] if columns else []


def _mark(mark: StateSign, columns: int, paint: Paint) -> list[Piece]:
    style = paint.named(mark.style)
    word = field(say(mark.word), lang(), columns, style)
    return [plain(f"{mark.sign} ", style), word, plain(" ", paint.base)]


def _word(mark: StateSign, paint: Paint) -> Piece:
    said = join_words(f"{mark.sign} {say(mark.word)}")
    name = "loud" if mark.style == "bad" else mark.style
    return spaced(plain(said, paint.named(name)), paint.base)
