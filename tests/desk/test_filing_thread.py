"""Pages are filed in order, a large one while the next is examined."""

import threading
from collections.abc import Sequence

import pytest

from exchange.desk.link.filing_thread import LARGE, PageFiling
from exchange.errors import Reason, Refusal
from exchange.v1 import desk_service_pb2 as pb

WAIT_S = 60.0
Page = Sequence[pb.Arrival]


class Desk:
    """Notes what is prepared and applied; waits or fails where it is told to."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []
        self.threads: set[int] = set()
        self.go_on = threading.Event()
        self.go_on.set()
        self.wrong = 0

    def prepare(self, page: Page) -> list[int]:
        self.events.append(("prepare", page[0].number))
        return [arrival.number for arrival in page]

    def apply(self, page: Page, prepared: list[int] | None = None) -> None:
        assert self.go_on.wait(WAIT_S)
        first = page[0].number if page else 0
        if first and first == self.wrong:
            raise Refusal(Reason.POSITION, "arrivals")
        if prepared is not None:
            assert prepared == [arrival.number for arrival in page]
        self.threads.add(threading.get_ident())
        self.events.append(("apply", first))


def page(first: int, size: int = LARGE) -> list[pb.Arrival]:
    return [pb.Arrival(number=number) for number in range(first, first + size)]


def test_the_next_page_is_examined_while_one_is_filed() -> None:
    desk = Desk()
    desk.go_on.clear()
    with PageFiling(desk) as filing:
        filing.file(page(1))

        def examined() -> None:
            while ("prepare", 101) not in desk.events:
                pass
            desk.go_on.set()

        other = threading.Thread(target=examined)
        other.start()
        filing.file(page(101))
        other.join()
    assert desk.events == [
        ("prepare", 1),
        ("prepare", 101),
        ("apply", 1),
        ("apply", 101),
    ]


def test_small_pages_and_signs_of_life_are_filed_at_once_in_order() -> None:
    desk = Desk()
    with PageFiling(desk) as filing:
        filing.file(page(1, LARGE - 1))
        assert desk.threads == {threading.get_ident()}
        filing.file(page(101))
        filing.file(page(201, 1))
        assert desk.events[-2:] == [("apply", 101), ("apply", 201)]
        filing.file([])
    assert [event for event in desk.events if event[0] == "prepare"] == [
        ("prepare", 101)
    ]


def file_all(desk: Desk, *firsts: int, end: type[Exception] | None = None) -> None:
    with PageFiling(desk) as filing:
        for first in firsts:
            filing.file(page(first))
        if end is not None:
            raise end


def test_what_goes_wrong_is_raised_by_the_next_call_and_nothing_follows_it() -> None:
    desk = Desk()
    desk.wrong = 1
    with pytest.raises(Refusal, match="POSITION"):
        file_all(desk, 1, 101)
    assert ("apply", 101) not in desk.events


def test_leaving_raises_what_went_wrong_last_unless_something_else_did() -> None:
    desk = Desk()
    desk.wrong = 1
    with pytest.raises(Refusal, match="POSITION"):
        file_all(desk, 1)
    with pytest.raises(KeyError):
        file_all(desk, 1, end=KeyError)
