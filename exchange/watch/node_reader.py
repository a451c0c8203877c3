"""Asks our node for new entries, as one of its desks, without marking them as read.

Opening a Watch from a cursor confirms earlier arrivals, which the node may then erase.
So the watch asks for entries by index, and opens its Watch behind all arrival numbers.
Messages ahead of their log still arrive.
"""

import threading
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from exchange import core, envelope
from exchange.errors import FusionError, Reason, Refusal
from exchange.limits import (
    BACKOFF_MAX,
    SECOND,
    WATCH_BACK,
    WATCH_ROUND,
    WATCHED_KEYS_MAX,
    WATCHED_MAX,
)
from exchange.net.desk_client import NodeClient
from exchange.trust import names
from exchange.trust.statements import AUTHOR, parse_statement
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.ledger_pb2 import VERDICT_ACCEPTED
from exchange.watch.flash_tally import copy_desk
from keys.signing import kid

BEHIND_ALL = 2**62  # higher than the number of any arrival


class SeenEnvelope(NamedTuple):
    """`refused`: its log refuses it."""

    name: bytes
    core: pb.Core
    refused: bool = False


def header(entry: bytes, *, refused: bool = False) -> SeenEnvelope | None:
    try:
        parsed = envelope.split(entry)
        return SeenEnvelope(parsed.name, core.parse_core(parsed.core_bytes), refused)
    except Refusal:
        return None


def new_entries(
    client: NodeClient, status: desk_pb.GetStatusResponse, read: dict[str, int]
) -> Iterator[SeenEnvelope]:
    """Update `read` while it yields.

    At most WATCH_ROUND entries of a log, and at first only its newest WATCH_BACK. If a
    log became shorter, because its node was restored, reading goes on from its new end.
    """
    for position in status.heads:
        origin, size = position.origin, position.size
        start = min(read.get(origin, max(size - WATCH_BACK, 0)), size)
        for index in range(start, min(size, start + WATCH_ROUND)):
            found = _entry(client, origin, index)
            if found is not None:
                yield found
            read[origin] = index + 1  # after it is counted
        read.setdefault(origin, start)


def _entry(client: NodeClient, origin: str, index: int) -> SeenEnvelope | None:
    """Return None unless it is for this desk and accepted."""
    try:
        arrived = client.entry_at(origin, index)
    except Refusal as refusal:
        if refusal.reason is Reason.NOT_FOUND:
            return None
        raise
    if arrived.verdict != VERDICT_ACCEPTED or not arrived.envelope.entry:
        return None
    return header(arrived.envelope.entry)


class Senders:
    """Finds the desk by the header or the author's key.

    The keys are those stated in the node's logs, as the node lists them.
    """

    def __init__(self, client: NodeClient) -> None:
        self._client = client
        self._desks: dict[bytes, str] = {}
        self._listed: dict[str, int] = {}

    def desk_of(self, core: pb.Core, logs: Iterable[str]) -> str:
        """Return "" if no log states the key; raise Unreachable."""
        if desk := copy_desk(core):
            return desk
        if core.author not in self._desks:
            for origin in logs:
                self._list(origin)
        return self._desks.get(core.author, "")

    def _list(self, origin: str) -> None:
        while found := self._client.directory(origin, self._listed.get(origin, 0)):
            for index, entry in found:
                self._listed[origin] = index + 1
                seen = header(entry)
                if seen is not None:
                    self._state(seen.core)

    def _state(self, core: pb.Core) -> None:
        try:
            stated = parse_statement(core.clear)
        except Refusal:
            return
        if stated.role == AUTHOR and stated.public_key:
            key = kid(stated.algorithm, stated.public_key)
            self._desks[key] = names.desk_of(stated.subject)
        while len(self._desks) > WATCHED_KEYS_MAX:
            del self._desks[next(iter(self._desks))]


class AheadReader:
    """Sets `wake` for each message, in its own thread."""

    def __init__(self, client: NodeClient, wake: threading.Event) -> None:
        self._client = client
        self._wake = wake
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._came: list[SeenEnvelope] = []
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop reading; close the client first."""
        self._over.set()
        self._thread.join()

    def take(self) -> list[SeenEnvelope]:
        """Return those since the last call."""
        with self._lock:
            came, self._came = self._came, []
        return came

    def _follow(self) -> None:
        while not self._over.is_set():
            try:
                with self._client.watch(BEHIND_ALL, take_news=self._hear) as pages:
                    for _ in pages:
                        if self._over.is_set():
                            return
            except FusionError:  # the rounds report a silent node
                pass
            except ValueError:  # the channel is closed
                return
            self._over.wait(BACKOFF_MAX / SECOND / 10)

    def _hear(self, response: desk_pb.WatchResponse) -> None:
        found = [
            header(one.envelope.entry, refused=bool(one.refused_reason))
            for one in response.urgent
        ]
        with self._lock:
            known = {one.name: one for one in self._came}
            known |= {one.name: one for one in found if one is not None}
            self._came = list(known.values())[-WATCHED_MAX:]
        self._wake.set()
