"""Put messages until killed: each transaction keeps one message, its receipt, the
tree and the cursor. Prints a number once its transaction is committed."""

import sys
from pathlib import Path

from exchange.desk.mailbox import LogTree, Mailbox
from tests.desk.made import ISLAMABAD, KEY, message, receipt


def step(box: Mailbox, number: int) -> None:
    with box.database.transaction():
        box.messages.put(message(number))
        box.receipts.add(receipt(number, "ACKNOWLEDGED", number=20_000 + number))
        box.logs.set_tree(ISLAMABAD, LogTree(number, (bytes(32),)))
        box.logs.set_cursor("islamabad.pk", number)


if __name__ == "__main__":
    mailbox = Mailbox(Path(sys.argv[1]), KEY)
    for done in range(mailbox.logs.cursor("islamabad.pk") + 1, 20_000):
        step(mailbox, done)
        print(done, flush=True)  # noqa: T201  # the parent reads it
