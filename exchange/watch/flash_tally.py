"""The FLASH that wait for a desk, by the clear headers of envelopes alone; pure.

Whether and by when an acknowledgement is asked for is sealed: every FLASH to the desk
waits here until one of its desks has answered, its author has recalled or replaced it,
or its time is over. Headers are as the node shows them, and are not judged again.
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
"""Before the desk whose word that a message is over counts: its author's alone."""
_Kept = TypeVar("_Kept")
_ASKED = {pb.RECIPIENT_CLASS_ACTION, pb.RECIPIENT_CLASS_INFO}


class WaitingFlash(msgspec.Struct):
    """One FLASH that nobody at this desk has answered yet; times are ms UTC."""

    name: str
    """Its name, hex."""
    sender: str
    """The desk of its author."""
    answering: list[str]
    """Whose word stills it: the desks asked to act, the own, and its AUTHOR's."""
    filed: int
    expires: int
    drill: bool
    since: int
    """When the watch first saw it, by its own clock."""


class GivenAnswer(msgspec.Struct):
    """The answer of one envelope: the message (its name in hex), and the desk."""

    about: str
    who: str


class FlashTally(msgspec.Struct):
    """The FLASH that wait for one desk, and answers to messages that have not come.

    Both are bounded; of too many the oldest go, which were reported long ago.
    """

    waiting: dict[str, WaitingFlash] = {}
    answers: dict[str, list[str]] = {}
    """Name of a message -> the desks that have answered it, or took it back."""
    given: dict[str, GivenAnswer] = {}
    """By the name of the envelope, whose log may refuse it later."""
    stilled: dict[str, WaitingFlash] = {}
    """The FLASH that an answer stilled: they wait again where it is refused."""

    def take(
        self, name: bytes, core: pb.Core, sender: str, desk: str, now: int
    ) -> None:
        """Count an envelope of the desk `sender` for `desk`; again changes nothing.

        1. What it says of others: an answer of a desk that is asked, or their author's
           word that they are over.
        2. A FLASH for this desk waits, unless that was answered already.
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
        """Stop counting an envelope that came ahead of its log, which refuses it.

        A FLASH that only it had answered waits again.
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
        """Return the FLASH that wait and are valid at `now` (ms UTC), oldest first."""
        return [one for one in self.waiting.values() if one.expires > now]


def copy_desk(core: pb.Core) -> str:
    """Return the desk of the author: the one of class COPY, as every verdict holds.

    "" where there are no recipients: of a receipt without a remark.
    """
    return next(iter(_desks(core, {pb.RECIPIENT_CLASS_COPY})), "")


def _desks(core: pb.Core, classes: Iterable[int]) -> set[str]:
    return {one.desk for one in core.recipients if one.recipient_class in classes}


def _drop_oldest(found: dict[str, _Kept], most: int) -> None:
    while len(found) > most:
        del found[next(iter(found))]
