"""Drafts: what an officer has begun to write and neither sent nor discarded.

Each editor that is open has one, kept at the desk under a mark of its own. What an
editor hands over is a text of its own, JSON; here it is known of which editor it is,
and of which bulletin.
"""

import json
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from msgspec import Struct

from exchange.desk.records import NONE, Mark, SavedDraft
from exchange.errors import Reason, Refusal
from exchange.limits import DRAFTS_MAX
from tui.desk import DraftKeeper

FORM, TRANSLATION, BACK = "FORM", "TRANSLATION", "BACK"  # the editors
DAMAGED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""Errors of reading a draft that no program of ours wrote."""
T = TypeVar("T")


class EditorDraft(Struct, frozen=True):
    """A draft, and in which editor it goes on: of a form, or of a translation.

    `number` and `lang` are the bulletin that is translated, and the language into which
    it is; 0 and "" of a form. What is damaged goes to the form, which says so.
    """

    stored: SavedDraft
    editor: str = FORM
    number: int = 0
    lang: str = ""


def keep_discarded(discarded: list[SavedDraft], stored: SavedDraft) -> None:
    """Keep a discarded draft, to be brought back; of many the first are let go."""
    discarded.append(stored)
    del discarded[:-DRAFTS_MAX]


def drafts(desk: DraftKeeper) -> list[EditorDraft]:
    """Return the drafts of the officer, the last begun first."""
    return [_read(one) for one in desk.drafts()]


def _read(draft: SavedDraft) -> EditorDraft:
    try:
        told = json.loads(draft.text)
        if (editor := told["editor"]) in {TRANSLATION, BACK}:
            number, lang = int(told["number"]), str(told["lang"])
            return EditorDraft(draft, editor, number, lang)
    except DAMAGED:
        pass
    return EditorDraft(draft)


def of_bulletin(
    desk: DraftKeeper, editor: str, number: int, lang: str
) -> EditorDraft | None:
    """Return the last draft of a bulletin's translation in that editor, if any."""
    wanted = (editor, number, lang)
    every = drafts(desk)
    return next((d for d in every if (d.editor, d.number, d.lang) == wanted), None)


class Typed(NamedTuple):
    """A text typed for a segment, and whether that was done, not only begun.

    `of` is the text that was read, where that may change meanwhile; `percent` that of
    the suggestion that was taken.
    """

    segment: str
    text: str
    of: str = ""
    percent: int = 0
    done: bool = False


def typed_json(editor: str, number: int, lang: str, typed: Sequence[Typed]) -> str:
    """Return the text of a translation's draft."""
    members = {
        "editor": editor,
        "number": number,
        "lang": lang,
        "typed": [one._asdict() for one in typed],
    }
    return json.dumps(members, ensure_ascii=False)


def parse_typed(draft: EditorDraft) -> list[Typed]:
    """Return what `typed_json` was given; Refusal(INPUT) for what it did not make."""
    try:
        return [
            Typed(
                str(item["segment"]),
                str(item["text"]),
                str(item["of"]),
                int(item["percent"]),
                bool(item["done"]),
            )
            for item in json.loads(draft.stored.text)["typed"]
        ]
    except DAMAGED as error:
        raise Refusal(Reason.INPUT, "draft") from error


class Slot:
    """The draft of one editor: saved in the order of its changes, by any thread.

    The thread of the screen puts in what makes its text, which must be quick and hold
    nothing that the screen changes; workers make it, save and end. "" is a draft in
    which nothing is unfinished: it is dropped.
    """

    def __init__(self, desk: DraftKeeper, draft: EditorDraft | None = None) -> None:
        """Begin a draft, or go on with one."""
        self._desk = desk
        self._lock = threading.Lock()  # while the desk is asked
        self._saved: str | None = draft.stored.text if draft else ""  # None: not known
        self._waiting: Callable[[], str] | None = None
        self.mark = draft.stored.mark if draft else NONE
        self.over = False
        """Whether the editor was left for good: nothing is put in any more."""

    def put(self, make: Callable[[], str]) -> None:
        """Take what stands in the editor, to be saved in the place of what waits."""
        if not self.over:
            self._waiting = make

    def save(self) -> None:
        """Save what was put in last. Where the desk refuses, it waits for the next."""
        with self._lock:
            make, self._waiting = self._waiting, None
            if make is None or (text := make()) == self._saved:
                return
            try:
                if text:
                    self.mark = self._desk.save_draft(self.mark, text)
                else:
                    self._drop()
            except BaseException:
                if self._waiting is None:  # else another was put in meanwhile
                    self._waiting = make
                raise
            self._saved = text

    def discard(self) -> None:
        """Drop the draft for good."""
        with self._lock:
            self._drop()
            self.over, self._waiting = True, None

    def _drop(self) -> None:
        if self.mark != NONE:
            self._desk.drop_draft(self.mark)
            self.mark = NONE

    def end(self, act: Callable[[Mark], T], *, for_good: bool = False) -> T:
        """Do what sends the draft, or keeps it elsewhere, and drops it by its mark.

        Nothing is saved meanwhile. What is put in from then on begins another draft,
        unless it was `for_good`. Where the act is refused the draft stays.
        """
        with self._lock:
            before, self.over = self._waiting, for_good
            try:
                saved = act(self.mark)
            except BaseException:
                self.over, self._saved = False, None  # to be saved once more
                raise
            self.mark, self._saved = NONE, ""
            if for_good or self._waiting is before:
                self._waiting = None
            return saved
