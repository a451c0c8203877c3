"""Threads beside a screen wait while the screen has its turn, but not for ever."""

import threading

from exchange.desk.link.turns import Turns


def test_nobody_waits_while_the_screen_rests() -> None:
    turns = Turns()
    turns.give_way()
    turns.take()
    turns.leave()
    turns.give_way()


def test_it_goes_on_when_the_screen_rests_again() -> None:
    turns, passed = Turns(), threading.Event()
    turns.take()

    def work() -> None:
        turns.give_way()
        passed.set()

    beside = threading.Thread(target=work)
    beside.start()
    turns.leave()
    assert passed.wait(60)
    beside.join()


def test_a_screen_that_never_rests_holds_up_nothing_for_ever() -> None:
    turns = Turns()
    turns.take()
    for _ in range(3):
        turns.give_way()
