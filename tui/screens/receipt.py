"""One receipt of a bulletin, in full."""

from collections.abc import Iterator

from exchange.desk.records import OpenedBulletin
from tui.bulletin_names import name_of
from tui.desk import Desk
from tui.screens.base import PageScreen
from tui.widgets.bulletin_context import receipt_items
from tui.widgets.page import Item, Pair, Text
from tui.words import lang, say
from tui.workers import ask_desk


def items(opened: OpenedBulletin, name: bytes) -> Iterator[Item]:
    here, row = lang(), opened.row
    yield Pair(say("Bulletin"), name_of(row), here, "", here)
    yield Text(row.subject, row.lang, gutter=True)
    yield Text("", "")
    found = [receipt for receipt in opened.receipts if receipt.name == name]
    if not found:
        yield Text(say("This receipt is not here any more."), here, "unsure")
    for receipt in found:
        yield from receipt_items(opened, receipt)


class ReceiptPage(PageScreen):
    """Reading it opens no bulletin and sends nothing."""

    HEAD = "Receipt"

    def __init__(self, desk: Desk, number: int, name: bytes) -> None:
        super().__init__()
        self.desk, self.number, self.name_of = desk, number, name

    def on_mount(self) -> None:
        super().on_mount()
        self.renew()

    def renew(self) -> None:
        ask_desk(
            self,
            lambda: self.desk.read(self.number),
            lambda opened: self.page.put(list(items(opened, self.name_of))),
            self.fail,
        )
