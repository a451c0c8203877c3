"""What is most urgent: FLASH that waits, what is overdue, what is unread."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.desk.mailbox import Mailbox
from exchange.desk.terminal import urgent_rows
from exchange.desk.terminal.urgent_rows import find_urgent
from exchange.limits import DAY
from exchange.v1 import envelope_pb2 as pb
from tests.desk.made import KEY, NOW, content, entry, message, name, receipt

OWN = "ops.beijing.cn"
FLASH, IMMEDIATE, ROUTINE = (
    pb.PRECEDENCE_FLASH,
    pb.PRECEDENCE_IMMEDIATE,
    pb.PRECEDENCE_ROUTINE,
)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    made = Mailbox(tmp_path / "mailbox.db", KEY)
    made.obligations.desk = OWN
    yield made
    made.close()


def put(
    box: Mailbox,
    number: int,
    asks: str = "READ",
    *,
    precedence: int,
    mode: int = pb.MODE_ACTUAL,
) -> None:
    """Keep a message for this desk; asked by NOW + 5, if it asks anything."""
    header = entry(
        recipients={OWN: pb.RECIPIENT_CLASS_ACTION},
        expires=NOW + DAY,
        precedence=precedence,
        mode=mode,
    )
    box.messages.put(message(number, entry=header, content=content(acknowledge=asks)))


def test_flash_then_overdue_then_unread_and_drills_last(box: Mailbox) -> None:
    put(box, 1, "NONE", precedence=ROUTINE)
    put(box, 2, precedence=FLASH, mode=pb.MODE_EXERCISE)
    put(box, 3, precedence=ROUTINE)  # asked, and overdue later
    put(box, 4, "NONE", precedence=IMMEDIATE)
    put(box, 5, precedence=FLASH)
    put(box, 6, "NONE", precedence=FLASH)
    put(box, 7, "NONE", precedence=ROUTINE)
    box.messages.mark_read(7, NOW)
    box.messages.mark_read(3, NOW)

    assert list(find_urgent(box, NOW)) == [5, 6, 4, 1, 2]
    assert list(find_urgent(box, NOW + 6)) == [5, 3, 6, 4, 1, 2]


def test_what_is_acknowledged_recalled_or_sent_is_not_urgent(box: Mailbox) -> None:
    for number in (1, 2):
        put(box, number, precedence=FLASH)
        box.messages.mark_read(number, NOW)
    box.messages.put(message(3, direction="out", entry=entry(precedence=FLASH)))
    box.receipts.add(receipt(1, "ACKNOWLEDGED"))
    recall = entry(
        kind=pb.KIND_RECALL, references=[(pb.RELATION_RECALLS, name(2))], mode=1
    )
    box.messages.put(message(4, entry=recall, content=None))
    box.messages.mark_read(4, NOW)

    assert list(find_urgent(box, NOW + 6)) == []


def test_of_a_flood_the_most_urgent_are_named(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urgent_rows, "LISTED_URGENT_MAX", 3)
    put(box, 1, precedence=FLASH)
    for number in range(2, 40):
        put(box, number, "NONE", precedence=ROUTINE)

    assert list(find_urgent(box, NOW)) == [1, 39, 38]
