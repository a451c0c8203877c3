"""The key lines of the first screen: list, reader, search."""

from exchange.words import word

# For list and reader side by side, then for one of them alone.
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
    "seeking-keys": (SEEKING_KEYS, "F1"),  # ? is a letter there
    "finding-keys": (FINDING_KEYS, "?"),
}
"""Key lines, one shown at a time: its keys, and the key that shows all."""
