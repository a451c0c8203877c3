"""The width of a text on a terminal."""

import unicodedata


def cells(text: str) -> int:
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_cell, text))


def _cell(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int) -> str:
    """End a longer text in an ellipsis; keep a combining mark with its letter.

    `width` is 1 or more.
    """
    if cells(text) <= width:
        return text
    kept, used = [], 0
    for char in text:
        used += _cell(char)
        if used > width - 1:
            break
        kept.append(char)
    return "".join(kept) + "…"
