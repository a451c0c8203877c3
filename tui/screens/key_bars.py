"""The lines of keys of the first screen: of the list, the reader, a search."""

from exchange.words import word

# Where list and reader stand side by side, and where only one of them is seen.
KEYS = (
    ("↵", word("open")),
    ("a", word("acknowledge")),
    ("[ ]", word("language")),
    ("t", word("translate")),
    ("r", word("reply")),
    ("c", word("compose")),
    ("/", word("search")),
    ("d", word("hand-over")),
    ("v", word("verify")),
    ("x", word("thread")),
    ("⇥", word("most urgent")),
    ("f", word("filter")),
    ("p", word("release")),
    ("^P", word("commands")),
)
LIST_KEYS = (
    ("↵", word("open")),
    ("/", word("search")),
    ("c", word("compose")),
    ("d", word("hand-over")),
    ("⇥", word("most urgent")),
    ("f", word("filter")),
    ("^P", word("commands")),
)
READING_KEYS = (
    ("Esc", word("back")),
    ("a", word("acknowledge")),
    ("[ ]", word("language")),
    ("t", word("translate")),
    ("r", word("reply")),
    ("v", word("verify")),
    ("x", word("thread")),
    ("⇥", word("most urgent")),
)
FINDING_KEYS = (
    ("↵", word("open")),
    ("n N", word("next hit")),
    ("Esc", word("end the search")),
    ("s", word("saved searches")),
    ("a", word("acknowledge")),
    ("[ ]", word("language")),
    ("t", word("translate")),
)
SEEKING_KEYS = (
    ("↵", word("to the hits")),
    ("Esc", word("end the search")),
)
BARS = {
    "wide-keys": (KEYS, "?"),
    "list-keys": (LIST_KEYS, "?"),
    "reading-keys": (READING_KEYS, "?"),
    "seeking-keys": (SEEKING_KEYS, "F1"),  # where one types ? is a letter
    "finding-keys": (FINDING_KEYS, "?"),
}
"""Bars of keys, of which one is seen at a time: its keys, and the key for all."""
