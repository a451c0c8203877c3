"""The queue of release: bulletins that wait for a second officer's signature."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual import on

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.draft import Draft
from exchange.bulletin.punctuation import COLON
from exchange.desk.release_records import OVER, ReleaseItem, SignedReview
from exchange.limits import DAY, MINUTE
from exchange.v1 import envelope_pb2 as env
from exchange.words import word
from tui.desk import Desk
from tui.screens.choice_screen import ChoiceScreen
from tui.screens.release import Done, Release, open_review
from tui.screens.review_page import ReviewPreview
from tui.state_signs import MODE, precedence_of
from tui.times import stamp
from tui.widgets.choices import BETWEEN, Choices, Entry, heading
from tui.widgets.page import Text
from tui.words import lang, say, say_n
from tui.workers import ask_desk, ask_to_open

HOUR = 60 * MINUTE
RENEW = 30.0  # s between two looks at the deadlines
SIGN, WAIT, BACK, GONE = "sign", "wait", "back", "gone"
TITLES = {
    SIGN: word("For you to sign"),
    WAIT: word("For others to sign"),
    BACK: word("Returned or lapsed"),
    GONE: word("Released"),
}


def part_of(item: ReleaseItem) -> str:
    if item.signable:
        return SIGN
    if item.state in OVER:
        return BACK
    return GONE if item.state == "RELEASED" else WAIT


def entries(items: Sequence[ReleaseItem], now: int) -> Iterator[Entry]:
    for part, title in TITLES.items():
        found = [(n, one) for n, one in enumerate(items, 1) if part_of(one) == part]
        count = f"{say(title)}{COLON[lang()]}{len(found)}"
        yield heading(count, "heading" if found else "dim")
        yield from (_entry(n, item, now) for n, item in found)


def _entry(number: int, item: ReleaseItem, now: int) -> Entry:
    row, precedence = item.row, precedence_of(item.row)
    kind = say("Translation") if row.envelope == env.KIND_TRANSLATION else ""
    urgency = f"{precedence.sign} {say(precedence.word)}"
    what = (urgency, MODE.get(row.mode, "?"), kind)
    state = code_label("release_state", item.state, lang())
    more = code_label("return_code", item.code, lang()) if item.code else ""
    due = time_left(item, now) if part_of(item) in {SIGN, WAIT} else ""
    head = (" ".join(filter(None, what)), state, more, due)
    since = say("since {time}").format(time=stamp(item.since))
    late = item.state == "EMERGENCY" and item.until <= now
    style = "loud" if late else "unsure" if item.signable else ""
    last = row.place, since, row.author
    return Entry(
        number,
        [
            Text(BETWEEN.join(filter(None, head)), lang(), style),
            Text(row.subject, row.lang, "subject", gutter=True),
            Text(BETWEEN.join(filter(None, last)), lang(), "dim"),
        ],
        row.name.hex(),
    )


def time_left(item: ReleaseItem, now: int) -> str:
    """Return the time left to sign, in minutes below two hours, or how late it is."""
    left = item.until - now
    if left <= 0:
        return say_n("late by {n} hour", "late by {n} hours", -left // HOUR)
    if left >= 2 * DAY:
        return say_n("{n} day left", "{n} days left", left // DAY)
    if left >= 2 * HOUR:
        return say_n("{n} hour left", "{n} hours left", left // HOUR)
    return say_n("{n} minute left", "{n} minutes left", left // MINUTE)


def draft_again(draft: Draft, now: int) -> Draft:
    """Return the draft for its author to write again, its times open.

    It keeps its release: it must not go out on one signature.
    """
    return draft.replace(
        valid_from=0, expires=draft.expires if draft.expires > now else 0
    )


def next_chosen(
    before: Sequence[ReleaseItem], items: Sequence[ReleaseItem], name: str
) -> int:
    """Return the number for a cursor that was on the item `name` (hex).

    The same item while it is in the same part; else the next of that part, else its
    last: the cursor does not follow a signed or returned item. 0 if the part is empty.
    """
    part = next((part_of(one) for one in before if one.row.name.hex() == name), "")
    order = [one.row.name.hex() for one in before if part_of(one) == part]
    here = {
        one.row.name.hex(): number
        for number, one in enumerate(items, 1)
        if part_of(one) == part
    }
    at = order.index(name) if name in order else 0
    following = [here[one] for one in order[at:] if one in here]
    return next(iter([*following, *list(here.values())[-1:]]), 0)


class Queue(ChoiceScreen[None]):
    HEAD = "Release by two"
    KEYS: ClassVar = (("↵", word("open")), ("Esc", word("back")))

    def __init__(self, desk: Desk, now: Callable[[], int]) -> None:
        super().__init__()
        self.desk, self.now = desk, now
        self.items: Sequence[ReleaseItem] = ()

    def on_mount(self) -> None:
        self.set_interval(RENEW, self.renew)

    def on_screen_resume(self) -> None:
        self.renew()

    def renew(self) -> None:
        ask_desk(self, self.desk.release_queue, self._show, newest_of="queue")

    def _show(self, items: Sequence[ReleaseItem]) -> None:
        at = self.choices.chosen
        chosen = next_chosen(self.items, items, at.kind if at else "")
        self.items = items
        self.choices.choose_from(list(entries(items, self.now())), chosen)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        name = bytes.fromhex(event.entry.kind)

        def show(found: tuple[SignedReview, ReviewPreview]) -> None:
            signed = found[0]
            self.app.push_screen(
                Release(self.desk, *found), lambda how: self._done(how, signed)
            )

        ask_to_open(self, lambda: open_review(self.desk, name), show)

    def _done(self, how: Done | None, signed: SignedReview) -> None:
        if how == "again" and signed.review.translation is not None:
            from tui.screens.translate_menu import open_step  # noqa: PLC0415 - only then

            into = signed.review.translation.lang
            open_step(self.app, self.desk, signed.about, into)
        elif how == "again":
            from tui.screens.compose import Compose  # noqa: PLC0415 - only then

            draft = draft_again(signed.review.draft, self.now())
            returned = signed.item.state == "RETURNED"
            instead = signed.item.row.name if returned else b""
            self.app.push_screen(Compose(self.desk, draft, instead=instead))
