"""Keys for three keyboards: each letter with its Urdu and its fullwidth twin.

On an Urdu keyboard (XKB `pk`) the key j sends ج, under a Chinese input method it may
send ｊ. Function keys, arrows, Enter, Esc and Tab always arrive, so every verb with a
letter also has one of those or a place in the palette.
"""

import re
from string import ascii_lowercase

from textual.binding import Binding

URDU = {
    **dict(zip("abcdefghijklmnopq", "ابچدعفگحیجکلمنہپق", strict=True)),
    **dict(zip("rstuvwxyz", "رستءطوشےز", strict=True)),
    "e": "ع",
    "f": "ف",
    "C": "ث",
    "G": "غ",
    "N": "ں",
    "R": "ڑ",
    "Z": "ذ",
    "?": "؟",
    ",": "،",
    ".": "۔",
}
SIGN, SIGN_AT = "sign", "sign_at"
"""The actions that sign. They are a key's alone: no list of commands offers them."""
CHINESE = {
    "/": "、",
    "[": "【",
    "]": "】",
    "?": "？",
    ":": "：",
    ".": "。",
    "'": "‘,’",  # an input method types them in turn
}
FULLWIDTH = 0xFEE0  # from ASCII to its fullwidth form


def twins(keys: str) -> str:
    """Add the twins of each single character to a comma-separated list."""
    out: list[str] = []
    for key in keys.split(","):
        out.append(key)
        if len(key) == 1:
            wide = chr(ord(key) + FULLWIDTH)
            out += [URDU.get(key, ""), CHINESE.get(key, ""), wide]
    return ",".join(dict.fromkeys(key for key in out if key))


_LATIN = {twin: one for one in ascii_lowercase for twin in twins(one).split(",")}


def latin(character: str) -> str:
    """Return the letter, a to z, of one or of its twin; "" if it is none."""
    return _LATIN.get(character, "")


def bind(
    keys: str,
    action: str,
    words: str = "",
    shown: str = "",
    *,
    over_boxes: bool = False,
) -> Binding:
    """Return a binding of `keys` and their twins; its id (for keymaps) is the action.

    `words` describe it on the help screen; `shown` is the key in the footer, "" hides
    it. A binding of the application works above boxes only if `over_boxes`, which is
    not allowed for letters.
    """
    return Binding(
        twins(keys),
        action,
        words,
        show=bool(shown),
        key_display=shown or keys.partition(",")[0],
        id=action,
        priority=over_boxes,
    )


SIGNS = {
    "escape": "Esc",
    "enter": "↵",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "backspace": "⌫",
    "insert": "Ins",
    "plus": "+",
    "space": "␣",
    "tab": "⇥",
    "shift+tab": "⇧⇥",
    "slash": "/",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "colon": ":",
    "comma": ",",
    "asterisk": "*",
    "full_stop": ".",
    "apostrophe": "'",
}


def display_key(key: str) -> str:
    """Return a key, or its sign, as on the keyboard; "" for the twin of a letter."""
    name = SIGNS.get(key, key)
    if re.fullmatch(r"f\d+", name):
        return name.upper()
    if not name.isascii() and name not in SIGNS.values():
        return ""
    if "_" in name:
        return ""
    head, ctrl, letter = name.rpartition("ctrl+")
    return f"{head}^{letter.upper()}" if ctrl else name
