"""The FLASH that wait for a desk, from the clear headers of envelopes alone; pure.

Requests for acknowledgement are sealed, so every FLASH to the desk waits until a desk
it asks has answered, its author took it back, or it has expired. Headers are used as
the node shows them, without another check.
"""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from exchange.limits import RECIPIENTS_MAX, WATCHED_ANSWERS_MAX, WATCHED_MAX
from exchange.v1 import envelope_pb2 as pb

ANSWERS = {
    pb.RELATION_ACKNOWLEDGED,
    pb.RELATION_COMPLETED,
    pb.RELATION_CANNOT_COMPLY,
}
GONE = {pb.RELATION_RECALLS, pb.RELATION_SUPERSEDES}
AUTHOR = "!"
"""Prefix of a desk that may end a message: only its author's desk may."""
_Kept = TypeVar("_Kept")
_ASKED = {pb.RECIPIENT_CLASS_ACTION, pb.RECIPIENT_CLASS_INFO}


class WaitingFlash(msgspec.Struct):
    """Times are ms UTC."""

    name: str
    """Name in hex."""
    sender: str
    """The author's desk."""
    answering: list[str]
    """Senders that can end it: the desks asked to act, our own, and AUTHOR + sender."""
    filed: int
    expires: int
    drill: bool
    since: int
    """First seen by the watch, on its own clock."""


class GivenAnswer(msgspec.Struct):
    """One answer: `about` is a message's name in hex, `who` the desk."""

    about: str
    who: str


class FlashTally(msgspec.Struct):
    """Keeps both parts bounded; the oldest are dropped first."""

    waiting: dict[str, WaitingFlash] = {}
    answers: dict[str, list[str]] = {}
    """Name of a message -> the desks that answered it or took it back."""
    given: dict[str, GivenAnswer] = {}
    """By the envelope's name: its log may refuse it later."""
    stilled: dict[str, WaitingFlash] = {}
    """Answered FLASH: they wait again if the answer is refused."""

    def take(
        self, name: bytes, core: pb.Core, sender: str, desk: str, now: int
    ) -> None:
        """Count an envelope from `sender`; ignore a duplicate.

        1. Its references: an answer of an asked desk, or the author's recall or
           replacement.
        2. A FLASH for this desk waits, unless it was already answered.
        """
        # 1
        receipt = core.kind == pb.KIND_RECEIPT
        said, who = (ANSWERS, sender) if receipt else (GONE, f"{AUTHOR}{sender}")
        for reference in core.references:
            if reference.relation in said:
                given = GivenAnswer(bytes(reference.name).hex(), who)
                self.given[name.hex()] = given
                _drop_oldest(self.given, WATCHED_ANSWERS_MAX)
                self._answer(given.about, who)
        # 2
        flash = core.precedence == pb.PRECEDENCE_FLASH
        of_people = core.kind in {pb.KIND_BULLETIN, pb.KIND_RECALL}
        if not (flash and of_people) or desk not in _desks(core, _ASKED):
            return
        answering = {desk, f"{AUTHOR}{sender}"}
        answering |= _desks(core, {pb.RECIPIENT_CLASS_ACTION})
        key = name.hex()
        if key in self.waiting or answering & set(self.answers.get(key, ())):
            return
        self.waiting[key] = WaitingFlash(
            key,
            sender,
            sorted(answering),
            core.filed,
            core.expires,
            core.mode != pb.MODE_ACTUAL,
            now,
        )
        _drop_oldest(self.waiting, WATCHED_MAX)

    def _answer(self, key: str, who: str) -> None:
        known = self.answers.pop(key, [])
        self.answers[key] = sorted({*known[-RECIPIENTS_MAX:], who})
        _drop_oldest(self.answers, WATCHED_ANSWERS_MAX)
        flash = self.waiting.get(key)
        if flash is not None and who in flash.answering:
            self.stilled[key] = self.waiting.pop(key)
            _drop_oldest(self.stilled, WATCHED_MAX)

    def refuse(self, name: bytes) -> None:
        """Undo an early envelope that its log refuses.

        If it was the only answer to a FLASH, the FLASH waits again.
        """
        key = name.hex()
        self.waiting.pop(key, None)
        self.stilled.pop(key, None)
        given = self.given.pop(key, None)
        if given is None or given in self.given.values():
            return
        left = [one for one in self.answers.get(given.about, ()) if one != given.who]
        self.answers[given.about] = left
        flash = self.stilled.get(given.about)
        if flash is not None and not set(flash.answering) & set(left):
            self.waiting[given.about] = self.stilled.pop(given.about)
            _drop_oldest(self.waiting, WATCHED_MAX)

    def still(self, now: int) -> list[WaitingFlash]:
        """Return the oldest first; `now` is ms UTC."""
        return [one for one in self.waiting.values() if one.expires > now]


def copy_desk(core: pb.Core) -> str:
    """Return the recipient of class COPY, as every verdict requires.

    "" without recipients, as in a receipt without a remark.
    """
    return next(iter(_desks(core, {pb.RECIPIENT_CLASS_COPY})), "")


def _desks(core: pb.Core, classes: Iterable[int]) -> set[str]:
    return {one.desk for one in core.recipients if one.recipient_class in classes}


def _drop_oldest(found: dict[str, _Kept], most: int) -> None:
    while len(found) > most:
        del found[next(iter(found))]
