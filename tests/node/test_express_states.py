"""What one stream knows of the envelopes that it sent past the backlog; transcripts."""

from exchange.errors import Reason
from exchange.limits import EXPRESS_OPEN_MAX, EXPRESS_REVOCATIONS_MAX, PAUSE_TICKS
from exchange.node.effects import Alarm, Effect, LoadExpress, Send
from exchange.node.express_states import DueExpress, ExpressStates, LoadedExpress
from exchange.v1 import exchange_service_pb2 as rpc
from tests.expecting import present

NAMES = [b"%d" % number * 32 for number in range(100)]


def greeted(*held: bytes) -> ExpressStates:
    states = ExpressStates()
    states.greet(rpc.Hello(expressed=held))
    return states


def one(number: int, index: int | None) -> DueExpress:
    return DueExpress(
        NAMES[number], index, rpc.Express(below=(index or -1) + 1), "ops.islamabad.pk"
    )


def load(states: ExpressStates, position: int, size: int) -> LoadExpress | None:
    return next(states.due(position, size), None)


def send(states: ExpressStates, *due: DueExpress, whole: bool = True) -> list[Effect]:
    return states.loaded(LoadedExpress(due, {}, 0, whole))


def answer(states: ExpressStates, number: int, reason: str = "") -> list[Effect]:
    return states.answered(rpc.Expressed(name=NAMES[number], reason=reason))


def test_what_is_due_is_sent_once_and_forgotten_when_it_is_logged() -> None:
    states = greeted()
    asked = present(load(states, 0, 100))
    assert (asked.start, asked.size, asked.room) == (0, 100, EXPRESS_OPEN_MAX)
    due = one(1, 90)
    assert send(states, due) == [Send(rpc.Frame(express=due.frame))]
    assert load(states, 10, 100) is None  # all of it was looked at

    again = present(load(states, 10, 101))
    assert (again.start, set(again.known)) == (100, {NAMES[1]})
    send(states)
    assert answer(states, 1) == []  # held
    later = present(load(states, 91, 120))
    assert later.known == frozenset()


def test_what_the_hello_names_is_held() -> None:
    asked = load(greeted(NAMES[1], NAMES[2]), 0, 100)

    assert asked is not None
    assert asked.known == asked.unplaced == {NAMES[1], NAMES[2]}
    assert asked.room == EXPRESS_OPEN_MAX - 2


def test_what_stands_in_the_log_by_now_goes_with_it() -> None:
    states = greeted(NAMES[1])
    load(states, 0, 100)
    states.loaded(LoadedExpress((), {NAMES[1]: 50}, 0))

    asked = load(states, 51, 101)

    assert asked is not None
    assert asked.known == frozenset()


def test_only_so_many_are_open_and_the_rest_is_due_later() -> None:
    states = greeted()
    load(states, 0, 100)
    due = [one(number, number) for number in range(EXPRESS_OPEN_MAX)]
    send(states, *due, whole=False)
    full = load(states, 0, 100)
    assert full is not None
    assert (full.room, full.beside) == (0, EXPRESS_REVOCATIONS_MAX)
    send(states, whole=False)

    asked = load(states, 10, 100)

    assert asked is not None
    assert (asked.start, asked.room) == (10, 10)


def test_a_declined_one_is_not_sent_again_on_this_stream() -> None:
    states = greeted()
    load(states, 0, 100)
    send(states, one(1, 90))

    assert answer(states, 1, Reason.SIGNER_UNKNOWN) == []

    asked = present(load(states, 0, 101))
    assert asked.known == {NAMES[1]}


def test_after_rate_all_waits_and_it_is_due_again() -> None:
    states = greeted()
    load(states, 0, 100)
    send(states, one(1, 90))
    answer(states, 1, Reason.RATE)

    assert load(states, 0, 101) is None
    for _ in range(PAUSE_TICKS):
        states.tick()
    asked = present(load(states, 0, 101))
    assert (asked.start, asked.known) == (0, frozenset())


def test_what_is_late_is_told_to_people() -> None:
    states = greeted(NAMES[1])

    assert answer(states, 1, Reason.STALLED) == [Alarm(Reason.STALLED)]
    assert answer(states, 1, Reason.NOT_LOGGED) == [Alarm(Reason.NOT_LOGGED)]
    assert answer(states, 9) == []  # of what it was not sent


def test_the_only_one_that_lacks_goes_in_its_turn() -> None:
    states = greeted()

    assert load(states, 9, 10) is None
    asked = present(load(states, 9, 12))
    assert asked.start == 10


def test_what_came_ahead_in_vain_is_told_once_a_stream() -> None:
    states = greeted()
    late = [rpc.Expressed(name=NAMES[1], reason=Reason.NOT_LOGGED)]

    assert states.tell(late) == [Send(rpc.Frame(expressed=late[0]))]
    assert states.tell(late) == []
    assert greeted().tell(late) != []
