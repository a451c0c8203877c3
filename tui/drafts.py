"""Drafts: an officer's unfinished texts, neither sent nor discarded.

Each open editor has one, saved at the desk under its own mark.
"""

import json
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from msgspec import Struct

from exchange.desk.records import NONE, Mark, SavedDraft
from exchange.errors import Reason, Refusal
from exchange.limits import DRAFTS_MAX
from tui.desk import Desk

FORM, TRANSLATION, BACK = "FORM", "TRANSLATION", "BACK"  # the editors
DAMAGED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""Errors of reading a draft that no program of ours wrote."""
T = TypeVar("T")


class EditorDraft(Struct, frozen=True):
    """A draft and its editor: a form, or a translation.

    `number` and `lang` are the translated bulletin and the target language; 0 and ""
    for a form. A damaged draft opens in the form, which reports it.
    """

    stored: SavedDraft
    editor: str = FORM
    number: int = 0
    lang: str = ""


def keep_discarded(discarded: list[SavedDraft], stored: SavedDraft) -> None:
    discarded.append(stored)
    del discarded[:-DRAFTS_MAX]


def drafts(desk: Desk) -> list[EditorDraft]:
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


def of_bulletin(desk: Desk, editor: str, number: int, lang: str) -> EditorDraft | None:
    wanted = (editor, number, lang)
    every = drafts(desk)
    return next((d for d in every if (d.editor, d.number, d.lang) == wanted), None)


class Typed(NamedTuple):
    """Text typed for a segment, and whether it is done or only begun.

    `of` is the text it was based on, if that may change meanwhile; `percent` is the
    match of the suggestion used.
    """

    segment: str
    text: str
    of: str = ""
    percent: int = 0
    done: bool = False


def typed_json(editor: str, number: int, lang: str, typed: Sequence[Typed]) -> str:
    members = {
        "editor": editor,
        "number": number,
        "lang": lang,
        "typed": [one._asdict() for one in typed],
    }
    return json.dumps(members, ensure_ascii=False)


def parse_typed(draft: EditorDraft) -> list[Typed]:
    """Raise Refusal(INPUT) for any text but that of `typed_json`."""
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

    The screen's thread puts in a function that makes the text: it must be quick, and
    hold no state that the screen changes. Workers call it, save and end. "" means a
    draft with nothing unfinished: it is deleted.
    """

    def __init__(self, desk: Desk, draft: EditorDraft | None = None) -> None:
        self._desk = desk
        self._lock = threading.Lock()  # held during calls to the desk
        self._saved: str | None = draft.stored.text if draft else ""  # None: unknown
        self._waiting: Callable[[], str] | None = None
        self.mark = draft.stored.mark if draft else NONE
        self.over = False
        """Whether the editor was left for good: it puts in nothing more."""

    def put(self, make: Callable[[], str]) -> None:
        """Take the content to save, instead of any that waits."""
        if not self.over:
            self._waiting = make

    def save(self) -> None:
        """Save the last content put in; if the desk refuses, keep it for later."""
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
                if self._waiting is None:  # else a newer one was put in meanwhile
                    self._waiting = make
                raise
            self._saved = text

    def discard(self) -> None:
        with self._lock:
            self._drop()
            self.over, self._waiting = True, None

    def _drop(self) -> None:
        if self.mark != NONE:
            self._desk.drop_draft(self.mark)
            self.mark = NONE

    def end(self, act: Callable[[Mark], T], *, for_good: bool = False) -> T:
        """Call `act`, which sends or stores the draft and deletes it by its mark.

        Nothing is saved meanwhile. Content put in later begins another draft, unless
        `for_good`. If the act is refused the draft stays.
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
