"""Waiting for what another process writes, on a connection of its own."""

import threading
from collections.abc import Iterator
from typing import cast

from exchange.errors import Reason, Tampered
from exchange.store.postgres_news import Connection, PostgresNews

LONG = 10.0  # s, which no test waits


class Listening:
    """A connection on which a thread waits until it is told to go on."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.hung_up = self.closed_in_use = False

    def execute(self, _: str) -> None:
        """Take LISTEN."""

    def notifies(self, *, timeout: float, stop_after: int) -> Iterator[None]:
        assert (timeout, stop_after) == (LONG, 1)
        self.begun.set()
        assert self.go_on.wait(LONG)
        self.closed_in_use = self.hung_up
        return iter(())

    def close(self) -> None:
        self.hung_up = True

    def closed(self) -> bool:
        return self.hung_up


def test_no_connection_is_closed_under_a_thread_that_waits() -> None:
    """The library is not made for that, nor is who has its descriptor next."""
    listening = Listening()
    news = PostgresNews(lambda: cast("Connection", listening))
    waiting = threading.Thread(target=news.wait, args=(LONG,))
    waiting.start()
    assert listening.begun.wait(LONG)

    news.close()
    assert not listening.closed()
    listening.go_on.set()
    waiting.join(LONG)

    assert listening.closed()
    assert not listening.closed_in_use


def test_a_connection_that_nobody_waits_on_is_closed_at_once() -> None:
    listening = Listening()
    listening.go_on.set()
    news = PostgresNews(lambda: cast("Connection", listening))
    news.wait(LONG)
    assert not listening.closed()

    news.close()

    assert listening.closed()


def test_whatever_a_server_refuses_with_the_moment_passes() -> None:
    def damaged() -> Connection:
        raise Tampered(Reason.DATABASE, "postgresql:ledger")

    news = PostgresNews(damaged)
    news.wait(0.0)
    news.close()
