"""The width of a text on a terminal."""

import unicodedata


def cells(text: str) -> int:
    """Return how many columns of a terminal a text takes on one line."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_cell, text))


def _cell(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
