"""The setting for reordering right-to-left text: program or terminal."""

from enum import StrEnum

from exchange.words import word


class Bidi(StrEnum):
    """The setting `bidi`: the party that joins and reorders right-to-left text."""

    APP = "app"
    """The program; the terminal's own reordering is switched off."""
    TERMINAL = "terminal"
    """The terminal: it gets text as it is stored, in panes as wide as the screen."""
    PLAIN = "plain"
    """Nobody here: text as it is stored, for a screen reader or a Braille line."""


BIDI_WORDS: dict[str, str] = {
    Bidi.APP: word("by this program"),
    Bidi.TERMINAL: word("by the terminal"),
    Bidi.PLAIN: word("not at all, for a screen reader"),
}


class _BidiInUse:
    bidi = Bidi.APP


_now = _BidiInUse()


def use_bidi(bidi: Bidi) -> None:
    """Apply it in every thread of this process."""
    _now.bidi = bidi


def bidi() -> Bidi:
    return _now.bidi
