"""Screens that sign: a key signs only a choice that was highlighted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from textual.app import App
from textual.css.query import DOMQuery
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.timer import Timer

from exchange.bulletin.punctuation import COLON
from exchange.desk.records import OpenedBulletin, Row
from exchange.errors import FusionError
from exchange.v1 import envelope_pb2 as env
from exchange.words import word
from tui.desk import Desk
from tui.typed_keys import SeenFirst
from tui.widgets.bar import Bar, BarPart
from tui.widgets.page import Text
from tui.widgets.sign_list import Act, Choice, SignList
from tui.words import label, lang, say

T = TypeVar("T")
CANCEL = ""
NOTHING_SIGNED = word("Cancel, without signing")
TWO_SIGN: Mapping[int, str] = {
    env.RELEASE_RELEASED: word("It goes once a second officer has released it."),
    env.RELEASE_EMERGENCY: word(
        "It goes at once, on your signature alone; another officer must sign within"
        " 24 hours."
    ),
}
"""The notice before a signature that needs two officers, by its release."""
SIGNING = word("Signing ...")
SIGNING_AFTER = 0.2  # s
AWAITS_RELEASE = frozenset({"drafted", "waiting"})
NOT_SENT = {
    "refused": word("Signed, but not sent: the node refuses it for good (L)."),
    "expired": word("Signed, but not sent: it has expired (L)."),
    "resign": word("Signed, but not sent: it must be signed again (L)."),
    "queued": word("Signed and kept here. It goes by itself once the node takes it."),
}
"""The notice when a signed message was not handed over, by its state; worst first."""
KEYS = "#hint, #keys"
"""The key line; its keys do nothing while a signature is under way."""


def make_cancel(words: str = NOTHING_SIGNED) -> Choice:
    return Choice(CANCEL, Act.LEAVE, [Text(say(words), lang())])


def make_question(key: str, title: str, value: str) -> Choice:
    """`title` and `value` are translated already."""
    return Choice(key, Act.ASK, [Text(COLON[lang()].join((title, value)), lang())])


def tell_release(release: int) -> Iterator[Text]:
    if two := TWO_SIGN.get(release):
        yield Text(f"! {say(two)}", lang(), "unsure")


def tell_waiting(opened: OpenedBulletin, answer: int) -> Iterator[Text]:
    """Say that an answer to it of this kind waits for a releaser."""
    if answer in opened.waiting_answers:
        yield from tell_release(env.RELEASE_RELEASED)


def sign_and_look(desk: Desk, sign: Callable[[], bytes]) -> Row | None:
    """Sign, in a worker; return the new row, or None if it cannot be read.

    Raises errors of `sign`, but none of reading the row: it was signed.
    """
    name = sign()
    try:
        return desk.about(name)
    except FusionError:
        return None


def tell_signed(signed: object) -> str:
    """Return the notice after a signature: the place or state of the signed message.

    `signed` is that state or its row; anything else stays at this desk.
    """
    row = signed if isinstance(signed, Row) else None
    state = row.state if row else signed
    if state in AWAITS_RELEASE:
        return say("Signed. It goes once a second officer has released it.")
    if state in NOT_SENT:
        return say(NOT_SENT[str(state)])
    if row and row.place:
        return say("Signed; in our node's log as {place}").format(place=row.place)
    return say("Signed; in our node's log") if isinstance(state, str) else say("Signed")


def finish(screen: Screen[T], result: T | None = None) -> None:
    """Dismiss a screen that has signed, and the screens opened over it meanwhile.

    Those are help or the command palette: Textual dismisses the front screen.
    """
    while screen.app.screen is not screen:
        screen.app.screen.dismiss()
    screen.dismiss(result)


class BoxLeft(Message):
    """A screen that signs was left."""


class SignScreen(SeenFirst):
    """A mixin for screens with a `SignList`; ignores keys typed before painting."""

    app: App[Any]
    query: Callable[..., DOMQuery[Any]]
    _due: Timer | None = None
    _keys: Sequence[list[BarPart]] = ()
    """The key line, while a notice replaces it."""
    speaks = False
    """Whether the current notice is about this box; others wait until it is left."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        self.speaks = True
        try:
            self.app.notify(
                message, title=title, severity=severity, timeout=timeout, markup=markup
            )
        finally:
            self.speaks = False

    def on_unmount(self) -> None:
        """Release the notices that waited while this screen was in front."""
        self.app.post_message(BoxLeft())

    def on_screen_resume(self) -> None:
        """Clear earlier notices: they would cover the text to sign."""
        self.app.clear_notifications()

    def tell_signing(self) -> None:
        """Show in the key line that a signature is under way.

        Only after SIGNING_AFTER s: a quick signature needs no notice.
        """
        self._due = self.set_timer(SIGNING_AFTER, self._tell_signing)

    def _tell_signing(self) -> None:
        for bar in self.query(KEYS).results(Bar):
            self._keys = bar.rows
            bar.put([BarPart(label(SIGNING), "dim")])

    def on_sign_list_freed(self) -> None:
        if self._due is not None:
            self._due.stop()
        for bar in self.query(KEYS).results(Bar):
            if self._keys and bar.rows == [[BarPart(label(SIGNING), "dim")]]:
                bar.put(*self._keys)

    def on_sign_list_taken(self, event: SignList.Taken) -> None:
        choice = event.choice
        if choice.act is Act.SIGN:
            self.tell_signing()
            self.sign(choice.key)
        elif choice.act is Act.ASK:
            self.ask(choice.key)
        else:
            self.leave()

    def leave(self) -> None:
        raise NotImplementedError

    def ask(self, key: str) -> None:
        """Ask for something; signs nothing."""
        raise NotImplementedError

    def sign(self, key: str) -> None:
        """Sign and send, in a worker; free the list if that fails."""
        raise NotImplementedError
