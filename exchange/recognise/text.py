"""Folding of texts for the rules, and the parts of their patterns."""

import re
from collections.abc import Iterable

# Digits, and full-width letters and signs within dates, times and numbers.
_ZEROS = 0x06F0, 0x0660, 0xFF10
_WIDE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:-./+"
# Decimal and thousands separators, hyphens and a minus, fixed and wide blanks.
_SIGNS = "\u066b\u066c\u2010\u2011\u2212\xa0\u202f\u3000", ".,---   "
# Arabic keyboard letters and their Urdu equivalents: yeh twice, kaf, heh.
_LETTERS = "\u064a\u0649\u0643\u0647", "\u06cc\u06cc\u06a9\u06c1"
# Letters that match i, s and K if case is ignored.
_LIKE = "\u0130\u0131\u017f\u212a", "IisK"
_FOLD: dict[int, str] = {
    **{zero + i: str(i) for zero in _ZEROS for i in range(10)},
    **{ord(c) + 0xFEE0: c for c in _WIDE},
    **{
        ord(c): d
        for pair in (_SIGNS, _LETTERS, _LIKE)
        for c, d in zip(*pair, strict=True)
    },
}
URDU = "[\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06fa-\u06ff]"
"""A letter or mark of Urdu: no Urdu word begins or ends next to it."""
DIGIT, DASHES = "0-9", "\u2013°º-"
LATIN = "A-Za-z"
ARABIC, CHINESE = "\u0600-\u06ff", "\u3007\u4e00-\u9fff"
LETTER = f"{LATIN}{ARABIC}{CHINESE}"
"""Classes of characters for the start of a rule."""
NEVER = "(?!)"
"""A pattern without matches."""


def fold_digits(text: str) -> str:
    """Return the text with all digits in ASCII, character for character.

    Also letters that a pattern without case would take for ASCII ones.
    """
    return text.translate(_FOLD)


def alternatives(words: Iterable[str]) -> str:
    """Match any of the words; the longest wins."""
    tails: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        tails.setdefault(word[0], []).append(re.escape(word[1:]))
    return (
        "|".join(
            re.escape(letter) + (f"(?:{'|'.join(some)})" if some[1:] else some[0])
            for letter, some in tails.items()
        )
        or NEVER
    )


def first_letters(words: Iterable[str]) -> str:
    letters = {each for word in words for each in (word[0], word[0].upper())}
    return "".join(sorted(letters))


_HEAD = re.compile(f"[{LATIN}]+|{URDU}+|[{CHINESE}]")
_HEAD_SIZE = 3  # letters compared


def beginnings(words: Iterable[str]) -> str:
    """Match the start of any of the words, in any case.

    It compares three letters, or one in Chinese. A word of one or two Latin letters
    must be whole.
    """
    tree: _Tree = {}
    for word in words:
        if head := _HEAD.match(word.lower()):
            node = tree
            for letter in head[0][:_HEAD_SIZE]:
                node = node.setdefault(letter, {})
            node["" if len(head[0]) >= _HEAD_SIZE or not word.isascii() else "$"] = {}
    return _branches(tree, first=True)


_Tree = dict[str, "_Tree"]


def _branches(tree: _Tree, *, first: bool = False) -> str:
    """Return the pattern of a tree of letters; "" ends it, "$" ends a word there."""
    if "" in tree:
        return ""
    ends = [f"(?![{LATIN}])"] if "$" in tree else []
    letters = {each: _branches(rest) for each, rest in tree.items() if each != "$"}
    same: dict[str, set[str]] = {}
    for letter, rest in letters.items():
        for each in {letter, letter.upper()}:
            same.setdefault(rest, set()).add(each)
    if first:  # separate letters, so that others are skipped at once
        some = [e + rest for rest, every in same.items() for e in sorted(every)]
    else:
        some = [f"[{''.join(sorted(every))}]{rest}" for rest, every in same.items()]
    return f"(?:{'|'.join(ends + some)})"


def urdu_word(pattern: str) -> str:
    return f"(?<!{URDU})(?:{pattern})(?!{URDU})"


def number_words(words: str, start: int = 1, step: int = 1) -> dict[str, int]:
    """Return words with ascending numbers from `start`."""
    return {word: start + i * step for i, word in enumerate(words.split())}
