"""What waits for a second officer's signature, or lacks it: the queue."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.desk.release_records import ReleaseItem, SignedReview
from exchange.limits import MINUTE
from exchange.words import word
from tui.desk import DeskProtocol
from tui.keys import bind
from tui.screens.release import Release, open_review
from tui.screens.review_page import ReviewPreview
from tui.times import stamp
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.choices import BETWEEN, Choices, Entry, heading
from tui.widgets.page import Text
from tui.widgets.state_signs import MODE, precedence_of
from tui.words import label, lang, say, say_n
from tui.workers import ask_desk

HOUR = 60 * MINUTE
RENEW = 30.0  # s after which deadlines are looked at again
KEYS = (("↵", word("open")), ("Esc", word("back")))
TITLES = (
    (True, word("For you to sign")),
    (False, word("For others to sign")),
)


def entries(items: Sequence[ReleaseItem], now: int) -> Iterator[Entry]:
    """Yield what this officer may sign, then the rest; each under its title."""
    for signable, title in TITLES:
        part = [
            (n, item) for n, item in enumerate(items, 1) if item.signable is signable
        ]
        count = f"{say(title)}{COLON[lang()]}{len(part)}"
        yield heading(count, "heading" if part else "dim")
        yield from (_entry(n, item, now) for n, item in part)


def _entry(number: int, item: ReleaseItem, now: int) -> Entry:
    """Return an entry: what it is, how it stands, by whom, and its subject."""
    row, precedence = item.row, precedence_of(item.row)
    what = (f"{precedence.sign} {say(precedence.word)}", MODE.get(row.mode, "?"))
    state = code_label("release_state", item.state, lang())
    head = (" ".join(filter(None, what)), state, time_left(item, now))
    since = say("since {time}").format(time=stamp(item.since))
    style = "loud" if item.until <= now else "unsure" if item.signable else ""
    return Entry(
        number,
        [
            Text(BETWEEN.join(head), lang(), style),
            Text(row.subject, row.lang, "subject", gutter=True),
            Text(BETWEEN.join((since, row.author)), lang(), "dim"),
        ],
        row.name.hex(),
    )


def time_left(item: ReleaseItem, now: int) -> str:
    """Return how many hours are left to sign, or by how many it is late."""
    hours = abs(item.until - now) // HOUR
    if item.until <= now:
        return say_n("late by {n} hour", "late by {n} hours", hours)
    return say_n("{n} hour left", "{n} hours left", hours)


class Queue(Screen[None]):
    """The queue of a desk."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q", "back", "Back", "Esc"),
    ]

    def __init__(self, desk: DeskProtocol, now: Callable[[], int]) -> None:
        super().__init__()
        self.desk, self.now = desk, now
        self.items: Sequence[ReleaseItem] = ()

    def compose(self) -> ComposeResult:
        """Title, list, keys."""
        yield Bar(id="head")
        yield Choices(id="page")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Look, and look again now and then."""
        self.query_one("#head", Bar).put([BarPart(label("Release by two"), "key")])
        self.query_one("#keys", KeyLine).keys(KEYS)
        self.choices.focus()
        self.set_interval(RENEW, self.look)

    def on_screen_resume(self) -> None:
        """Look again: what was opened from here may be signed."""
        self.look()

    @property
    def choices(self) -> Choices:
        """The list."""
        return self.query_one("#page", Choices)

    def look(self) -> None:
        """Ask for the queue."""
        ask_desk(self, self.desk.release_queue, self._show, newest_of="queue")

    def _show(self, items: Sequence[ReleaseItem]) -> None:
        at = self.choices.chosen
        same = [
            n for n, one in enumerate(items, 1) if at and one.row.name.hex() == at.kind
        ]
        self.items = items
        made = list(entries(items, self.now()))
        self.choices.choose_from(made, next(iter(same), 0))

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        """Open what was chosen as its author reviewed it."""
        name = bytes.fromhex(event.entry.kind)

        def show(found: tuple[SignedReview, ReviewPreview]) -> None:
            self.app.push_screen(Release(self.desk, *found), self._done)

        ask_desk(self, lambda: open_review(self.desk, name), show)

    def _done(self, signed: bool | None) -> None:  # noqa: FBT001 - Textual's
        if signed:
            self.app.notify(say("Signed and handed over."), markup=False)

    def action_back(self) -> None:
        """Leave."""
        self.dismiss(None)
