"""The board: the corridor with its signs, a timeline, and plots."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer

from exchange.bulletin.codes import DRILLS
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.desk.board.corridor import segment_of
from exchange.desk.board.records import Board, Sign, Week, WeekCounts, strictest
from exchange.words import word
from tui.desk import Desk
from tui.keys import bind
from tui.screens.base import LiveScreen
from tui.screens.board_bulletins import Behind
from tui.times import clock
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.board_plots import BoardPlots, Plot, draw_plots, week_name
from tui.widgets.board_signs import LATE, SIGNS, STYLES, line_of, stop_name
from tui.widgets.choices import BETWEEN, Choices, Entry
from tui.widgets.corridor_map import CorridorMap
from tui.widgets.page import Item, Text, TextPage
from tui.words import join_words, label, lang, say
from tui.workers import ask_desk, ask_to_open, notify_instead

MODES = ("ACTUAL", *DRILLS)
SETTLE = 1.0  # s between two looks at the mailbox, however much arrives
LOOK_AGAIN = 30.0  # s between two looks without a change: warnings end
WIDE, HIGH = 100, 32  # cells of a screen with room for all parts
PARTS = ("map", "times", "plots")
KEYS = (
    ("↵", word("bulletins")),
    ("⇥", word("next part")),
    ("← →", word("along the road")),
    ("n", word("next sign")),
    ("e", word("real or exercise")),
    ("Esc", word("back")),
)

TAKES = ("↵", word("take this place"))


class BoardView(NamedTuple):
    """The state of a board when a bulletin was opened from it, to restore it."""

    mode: str
    part: str
    stop: str
    numbers: Sequence[int]  # the listed bulletins, their title and count
    title: str
    known: int
    opened: int  # the opened one of them


class StopPage(TextPage, can_focus=False):
    DEFAULT_CSS = "StopPage { height: 1fr; }"


def stop_items(board: Board, stop: str) -> Iterator[Item]:
    segment = segment_of(stop)
    where = [stop_name(stop)]
    if segment is not None:
        km = next(x.km for x in segment.stops if x.code == stop)
        at = say("km {n}").format(n=f"{km:g}")
        where += [code_label("corridor", segment.code, lang()), at]
    yield Text(BETWEEN.join(where), lang(), "heading")
    signs = board.at_stop(stop)
    for sign in signs:
        yield line_of(sign, board.at)
        yield Text(sign.subject, sign.lang, gutter=True, cut=True)
    if not signs:
        yield Text(say("No reports here."), lang(), "dim")


def time_entries(board: Board) -> list[Entry]:
    return [_time_entry(sign, board.at) for sign in board.signs]


def _time_entry(sign: Sign, now: int) -> Entry:
    items = [
        line_of(sign, now, stop_name(sign.stop)),
        Text(sign.subject, sign.lang, gutter=True, cut=True),
    ]
    return Entry(sign.numbers[0], items)


class BoardScreen(LiveScreen[int | None]):
    DEFAULT_CSS = """
    BoardScreen #plots { width: 1fr; }
    BoardScreen #times { width: 1fr; }
    BoardScreen #lower { height: 2fr; }
    BoardScreen.narrow #lower { display: none; }
    BoardScreen.narrow.at-times #lower { display: block; height: 1fr; }
    BoardScreen.narrow.at-plots #lower { display: block; height: 1fr; }
    BoardScreen.narrow.at-times #map { display: none; }
    BoardScreen.narrow.at-times #stop { display: none; }
    BoardScreen.narrow.at-times #plots { display: none; }
    BoardScreen.narrow.at-plots #map { display: none; }
    BoardScreen.narrow.at-plots #stop { display: none; }
    BoardScreen.narrow.at-plots #times { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("tab", "part(1)", "Map, timeline, plots", "⇥"),
        bind("shift+tab", "part(-1)", "The part before"),
        bind("e", "mode", "Real, exercise or test", "e"),
        bind("escape,q", "back", "Back", "Esc"),
    ]

    def __init__(
        self,
        desk: Desk,
        now: Callable[[], int],
        view: BoardView | None = None,
        take: Callable[[str], None] | None = None,
    ) -> None:
        """With a `view`, list its bulletins over it again.

        With `take`, Enter on a stop gives it the stop's code and leaves.
        """
        super().__init__()
        self._take = take
        self.desk, self.now, self.view = desk, now, view
        self.mode = view.mode if view else MODES[0]
        self.part = view.part if view else PARTS[0]
        self.board = Board(self.mode, now())
        self.weeks: Sequence[Week] = ()
        self.counted_tlp = ""
        """The strictest TLP of the counted bulletins."""
        self.counts_cut = False
        self._looking: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield CorridorMap(id="map")
        yield StopPage(id="stop")
        with Horizontal(id="lower"):
            yield Choices(id="times")
            yield BoardPlots(id="plots")
        yield Bar(id="legend")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Load again every LOOK_AGAIN s: warnings end."""
        self.relabel()
        self.set_interval(LOOK_AGAIN, self._look)
        self._show_part()
        self._look()
        if (view := self.view) is not None:
            self.query_one("#map", CorridorMap).go(view.stop)
            self.call_next(self._list, view.numbers, view.title, view.known)

    def on_resize(self, event: events.Resize) -> None:
        small = event.size.width < WIDE or event.size.height < HIGH
        self.set_class(small, "narrow")
        self.call_after_refresh(self._draw_plots)

    def relabel(self) -> None:
        keys = KEYS if self._take is None else (TAKES, *KEYS[1:])
        self.query_one("#keys", KeyLine).keys(keys)
        parts = [f"{sign} {label(said)}" for sign, said in SIGNS.values()]
        ranks = f"1–5 {label('level of a site')}"
        late = f"{LATE} {label('overdue')}"
        shown = [
            *(BarPart(label(name), style, 1) for style, name in STYLES.values()),
            *(
                BarPart(text, "dim", -at)
                for at, text in enumerate([*parts, ranks, late])
            ),
        ]
        self.query_one("#legend", Bar).put(shown)
        self._show_head()

    def renew(self) -> None:
        """Reload after SETTLE s: more changes may follow."""
        if self._looking is None:
            self._looking = self.set_timer(SETTLE, self._look_on)

    def _look(self) -> None:
        mode = self.mode
        ask_desk(
            self, lambda: self.desk.board_weeks(mode), self._count, newest_of="weeks"
        )
        self._look_on()

    def _look_on(self) -> None:
        self._looking = None
        mode = self.mode
        ask_desk(self, lambda: self.desk.board(mode), self._show, newest_of="board")

    def _count(self, found: WeekCounts) -> None:
        self.weeks, self.counted_tlp, self.counts_cut = found
        if self.query("#head"):
            self._show_head()
        if self.query("#plots"):  # not while the screen is taken down
            self._draw_plots()

    def _show(self, board: Board) -> None:
        if board.mode != self.mode or not self.query("#map"):
            return
        self.board = board
        self.query_one("#map", CorridorMap).show(self.board)
        times = self.query_one("#times", Choices)
        at = times.chosen
        begin_at = self.view.numbers[0] if self.view else 0
        times.choose_from(time_entries(self.board), at.number if at else begin_at)
        self._show_stop()
        self._show_head()

    def _show_head(self) -> None:
        drill = self.board.mode in DRILLS
        parts = [
            BarPart(label("Board"), "key"),
            BarPart(
                join_words(code_label("mode", self.board.mode, lang())),
                "mode" if drill else "",
            ),
        ]
        if tlp := strictest((self.board.tlp, self.counted_tlp)):
            parts.append(BarPart(f"TLP:{tlp.replace('_', '+')}"))
        as_of = f"{say('as of')}{COLON[lang()]}{clock(self.board.at)}"
        parts.append(BarPart(join_words(as_of), "dim", 1))
        if self.board.cut or self.counts_cut:
            parts.append(BarPart(label("the newest only"), "unsure", 8))
        self.query_one("#head", Bar).put(parts)

    def _show_stop(self) -> None:
        stop = self.query_one("#map", CorridorMap).stop
        page = self.query_one("#stop", StopPage)
        page.put(list(stop_items(self.board, stop)))

    def _draw_plots(self) -> None:
        size = self.query_one("#plots", BoardPlots).size
        weeks = self.weeks

        def draw() -> list[Plot]:
            return draw_plots(weeks, size.width, size.height)

        if weeks and size:
            put = partial(self.query_one("#plots", BoardPlots).put, weeks)
            ask_desk(self, draw, put, newest_of="plots")

    # Input.

    @on(CorridorMap.StopReached)
    def _moved(self) -> None:
        self._show_stop()

    @on(CorridorMap.StopChosen)
    def _stop_chosen(self, event: CorridorMap.StopChosen) -> None:
        if self._take is not None:
            self.dismiss(None)
            self._take(event.at)
            return
        signs = self.board.at_stop(event.at)
        self._list([number for sign in signs for number in sign.numbers])

    @on(Choices.Chosen)
    def _time_chosen(self, event: Choices.Chosen) -> None:
        number = event.entry.number
        found = (x.numbers for x in self.board.signs if x.numbers[0] == number)
        self._list(next(found, (number,)))

    @on(BoardPlots.WeekChosen)
    def _week_chosen(self, event: BoardPlots.WeekChosen) -> None:
        mode, week = self.mode, event.week
        title = say("Bulletins of the week from {day}").format(day=week_name(week))
        ask_to_open(
            self,
            lambda: self.desk.board_week(mode, week.start),
            lambda numbers: self._list(numbers, title, week.bulletins),
        )

    def _list(self, numbers: Sequence[int], title: str = "", known: int = 0) -> None:
        """List the bulletins of a sign or a week; the officer may open one.

        `known` is their number if `numbers` may not contain all.
        """
        if not numbers:
            notify_instead(self, say("No bulletin here."))
            return

        def opened(number: int | None) -> None:
            if number:
                stop = self.query_one("#map", CorridorMap).stop
                shown = self.mode, self.part, stop
                self.view = BoardView(*shown, numbers, title, known, number)
                self.dismiss(number)

        begin_at = self.view.opened if self.view else 0
        behind = Behind(self.desk, numbers, title, known, begin_at)
        self.app.push_screen(behind, opened)

    def action_part(self, by: int) -> None:
        self.part = PARTS[(PARTS.index(self.part) + by) % len(PARTS)]
        self._show_part()

    def _show_part(self) -> None:
        for part in PARTS:
            self.set_class(part == self.part, f"at-{part}")
        self.query_one(f"#{self.part}").focus()
        self.call_after_refresh(self._draw_plots)

    def action_mode(self) -> None:
        """Switch between actual, exercise and test; they are never mixed."""
        self.mode = MODES[(MODES.index(self.mode) + 1) % len(MODES)]
        self.counted_tlp, self.counts_cut = "", False
        self._show(Board(self.mode, self.now()))
        self.query_one("#plots", BoardPlots).put((), ())
        self._look()

    def action_back(self) -> None:
        self.dismiss(None)
