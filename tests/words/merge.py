"""Bring the catalogues to what the program says: `python -m tests.words.merge`.

As msgmerge does: a new text takes the translation of the text most like it of those
that are said no more. It is marked fuzzy, with the old text above it, until somebody
has compared both, mended the translation and removed the two lines. A text that is
like none has an empty translation to be written. What is left over goes.
"""

import re
from collections.abc import Collection, Iterator
from itertools import product

from msgspec import Struct
from rapidfuzz.fuzz import ratio

from tests.words.catalogues import FOLDERS, TRANSLATED, Key, commands, wanted

LIKE_MIN = 60  # of 100, as alike as two texts must be to be one that was changed
MARK = "#, fuzzy"
WAS = "#| "
QUOTED = re.compile(r'^(?:msgid|msgid_plural) "(.*)"$', re.MULTILINE)
FORMS = re.compile(r"nplurals=(\d)")


class Entry(Struct, frozen=True):
    """One entry: the lines of its comments, of its English and of its translation."""

    notes: str
    english: str
    said: str

    @property
    def key(self) -> Key:
        """Return its text, or the two of a plural."""
        texts = [re.sub(r"\\(.)", r"\1", one) for one in QUOTED.findall(self.english)]
        return texts[0] if len(texts) == 1 else (texts[0], texts[1])

    def write(self) -> str:
        """Return its lines."""
        return f"{self.notes}{self.english}{self.said}"


def english_of(key: Key) -> str:
    """Return the lines of a text, or of the two of a plural."""
    one, *many = (key,) if isinstance(key, str) else key
    named = [("msgid", one), *(("msgid_plural", text) for text in many)]
    return "".join(f'{name} "{_escaped(text)}"\n' for name, text in named)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def merge(po: str, needed: Collection[Key], allowed: Collection[Key]) -> str:
    """Return a catalogue with each text that is needed, and no other but the allowed.

    Sorted by the lines of the English text, as it was.
    """
    head, *blocks = po.rstrip("\n").split("\n\n")
    there = {entry.key: entry for entry in map(_read, blocks)}
    kept = [entry for key, entry in there.items() if key in {*needed, *allowed}]
    gone = {key: entry for key, entry in there.items() if key not in allowed}
    new = {key for key in needed if key not in there}
    changed = dict(_pairs(gone, new))
    found = FORMS.search(head)
    forms = int(found[1]) if found else 1
    made = [
        _stale(gone[changed[key]], key) if key in changed else _empty(key, forms)
        for key in new
    ]
    entries = sorted([*kept, *made], key=lambda entry: entry.english)
    return "\n\n".join([head, *(e.write().rstrip("\n") for e in entries)]) + "\n"


def _read(block: str) -> Entry:
    found = re.fullmatch(r"((?:#.*\n)*)((?:msgid.*\n)+)((?:msgstr.*\n)+)", f"{block}\n")
    assert found, f"one line for each text: {block}"
    return Entry(*found.groups())


def _pairs(gone: Collection[Key], new: Collection[Key]) -> Iterator[tuple[Key, Key]]:
    """Yield each new text with the old one it was, the most alike first."""
    alike = sorted(
        (
            (ratio(str(now), str(old)), str(now), now, old)
            for now, old in product(new, gone)
            if type(now) is type(old)
        ),
        reverse=True,
    )
    used: set[Key] = set()
    for how_much, _, now, old in alike:
        if how_much >= LIKE_MIN and not {now, old} & used:
            used |= {now, old}
            yield now, old


def _stale(old: Entry, key: Key) -> Entry:
    was = "".join(f"{WAS}{line}\n" for line in old.english.splitlines())
    notes = old.notes if MARK in old.notes else f"{MARK}\n{was}"
    return Entry(notes, english_of(key), old.said)


def _empty(key: Key, forms: int) -> Entry:
    if isinstance(key, str):
        return Entry("", english_of(key), 'msgstr ""\n')
    said = "".join(f'msgstr[{n}] ""\n' for n in range(forms))
    return Entry("", english_of(key), said)


def main() -> None:
    """Merge each catalogue; the terminal's may leave to the commands what they say."""
    for which, folder in FOLDERS.items():
        said = wanted(which)
        needed = said - commands() if which == "terminal" else said
        for lang in TRANSLATED:
            path = folder / f"{lang}.po"
            path.write_text(merge(path.read_text("utf-8"), needed, said), "utf-8")


if __name__ == "__main__":
    main()
