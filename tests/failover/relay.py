"""Lines of TCP that can be stalled, cut, or cut just before or after a COMMIT."""

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from enum import Enum

PIECE = 1 << 16  # bytes
COMMIT = b"COMMIT\0"
"""As it travels, whether as a simple query or a prepared one."""


class Drop(Enum):
    """The moment at which a line is cut."""

    BEFORE = "before the COMMIT reached the server"
    AFTER = "after the COMMIT reached the server, and before its answer came"


@dataclass
class Relay:
    """A port of this machine that passes on to another one."""

    target: int
    port: int = 0
    drops: int = 0
    """How many lines were cut at a COMMIT."""
    _pairs: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._closed = False
        self._drop: Drop | None = None
        self._passes = 0
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        """Pass on nothing more and answer nothing, as when a cable is pulled."""
        self._flows.clear()

    def resume(self) -> None:
        """Pass on again, including what came meanwhile."""
        self._flows.set()

    def cut(self) -> None:
        """Close all lines; new ones are passed on."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            hang_up(*pair)

    def drop_at_commit(self, when: Drop, passes: int = 0) -> None:
        """Cut the line of a COMMIT, after letting so many pass."""
        with self._lock:
            self._drop, self._passes = when, passes

    def disarm(self) -> None:
        with self._lock:
            self._drop = None

    def close(self) -> None:
        self._closed = True
        hang_up(self._listener)
        self._flows.set()
        self.cut()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._flows.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self.target), 5)
        except OSError:
            hang_up(client)
            return
        server.settimeout(None)
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._pairs.append((client, server))
        back = threading.Thread(target=self._pass, args=(server, client), daemon=True)
        back.start()
        self._pass_commits(client, server)
        back.join()
        with self._lock, contextlib.suppress(ValueError):
            self._pairs.remove((client, server))
        for end in (client, server):
            end.close()

    def _pass(self, source: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE):
                self._flows.wait()
                to.sendall(data)
        for end, how in ((to, socket.SHUT_WR), (source, socket.SHUT_RD)):
            with contextlib.suppress(OSError):
                end.shutdown(how)

    def _pass_commits(self, client: socket.socket, server: socket.socket) -> None:
        """Pass on what a client sends, until it ends or its line is cut at a COMMIT."""
        end = b""
        with contextlib.suppress(OSError):
            while data := client.recv(PIECE):
                self._flows.wait()
                drop = self._falls() if COMMIT in end + data else None
                end = data[-len(COMMIT) + 1 :]
                if drop is not Drop.BEFORE:
                    server.sendall(data)
                if drop is not None:
                    hang_up(client)
                    break
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)  # what was sent still arrives

    def _falls(self) -> Drop | None:
        with self._lock:
            if self._drop is None:
                return None
            if self._passes:
                self._passes -= 1
                return None
            drop, self._drop = self._drop, None
            self.drops += 1
            return drop


def hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
