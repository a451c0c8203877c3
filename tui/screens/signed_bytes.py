"""The signed bytes in hex, and the invisible characters of the text by name."""

from collections.abc import Iterator

from exchange.bulletin.punctuation import COLON
from exchange.desk.records import OpenedBulletin
from tui.desk import Desk
from tui.screens.base import PageScreen
from tui.text.safe_text import hidden
from tui.widgets.page import Item, Pair, Text
from tui.words import lang, say
from tui.workers import ask_desk

PER_ROW = 16
BYTES_MAX = 16_384  # shown; the file of the audit export has all


def dump(data: bytes) -> str:
    """Return offset, hex and ASCII, 16 bytes a row."""
    rows = []
    for at in range(0, min(len(data), BYTES_MAX), PER_ROW):
        part = data[at : at + PER_ROW]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)  # noqa: PLR2004 - printable ASCII
        rows.append(f"{at:06x}  {part.hex(' '):47}  {text}")
    return "\n".join(rows)


def invisible(opened: OpenedBulletin) -> Iterator[Item]:
    if opened.content is None:
        return
    for segment in (opened.content.subject, *opened.content.segments):
        for found in hidden(segment.text):
            where = f"{segment.id}:{found.place}"
            yield Pair(where, f"U+{found.point:04X} {found.name}", "en", "unsure")


class RawScreen(PageScreen):
    HEAD = "Signed bytes"

    def __init__(self, desk: Desk, opened: OpenedBulletin) -> None:
        super().__init__()
        self.desk, self.opened = desk, opened

    def on_mount(self) -> None:
        super().on_mount()
        number = self.opened.row.number
        ask_desk(
            self, lambda: self._items(self.desk.entry(number)), self.page.put, self.fail
        )

    def _items(self, data: bytes) -> list[Item]:
        found = list(invisible(self.opened))
        title = say("Invisible characters in the text") + f"{COLON[lang()]}{len(found)}"
        return [
            Pair(say("Name"), self.opened.row.name.hex(), "en", label_lang=lang()),
            Text(title, lang(), "unsure" if found else "dim"),
            *found,
            Text("", ""),
            Text(dump(data), "en"),
        ]
