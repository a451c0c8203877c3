"""Opens the store's connections to a server of PostgreSQL by a URL."""

import time
from typing import Any

import psycopg
from psycopg.adapt import Loader
from psycopg.conninfo import make_conninfo

from exchange.config.database_url import NOT_UNDERSTOOD, DatabaseUrl
from exchange.errors import Reason, Refusal
from exchange.store import postgres_faults

CONNECT_TIMEOUT = 5  # s, for each address of the URL
CONNECTING = {
    "connect_timeout": CONNECT_TIMEOUT,
    "keepalives": 1,
    "keepalives_idle": 5,  # s
    "keepalives_interval": 2,  # s
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms that sent bytes may stay unacknowledged
    "client_encoding": "UTF8",
    "application_name": "fusion",
}


class CarefulConnection(psycopg.Connection[Any]):
    """A connection on which a commit fails if the server warns about it.

    If the wait for a synchronous standby is cancelled, by hand, by a timeout or because
    the server stops, the server has committed on its own machine only, shows that to
    others, and answers with only a warning. Such a commit is unknown, as after a lost
    answer: the connection is closed.
    """

    opened = 0.0
    """When it was opened, s of a steady clock."""
    _warned = False

    def commit(self) -> None:
        """Raise OperationalError if a standby may be missing it."""
        self._warned = False
        super().commit()
        if self._warned:
            self.close()
            raise psycopg.OperationalError("committed, and perhaps on no standby")

    def hear(self, notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            self._warned = True


class _IntLoader(Loader):
    """Loads a sum of 64-bit numbers, which PostgreSQL returns as NUMERIC."""

    def load(self, data: bytes | bytearray | memoryview) -> int:
        return int(bytes(data))


def connect(url: DatabaseUrl) -> CarefulConnection:
    """Connect, without beginning a transaction; raise Refusal."""
    settings: dict[str, Any] = dict(CONNECTING)
    if (password := url.password()) is not None:
        settings["password"] = password
    try:
        conninfo = make_conninfo(url.text, **settings)
    except psycopg.Error:  # its message quotes the URL
        raise Refusal(Reason.FIELD_VALUE, url.name, NOT_UNDERSTOOD) from None
    try:
        driver = CarefulConnection.connect(
            conninfo, autocommit=True, prepare_threshold=None
        )
    except psycopg.Error as error:
        raise postgres_faults.connection_error(error, url.name, conninfo) from None
    driver.opened = time.monotonic()
    driver.add_notice_handler(driver.hear)
    driver.adapters.register_loader("numeric", _IntLoader)
    return driver
