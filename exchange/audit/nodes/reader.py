"""A node as an auditor reads it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShownLog:
    """A log as a node shows it: its newest head's note, a proof of a fork or b""."""

    origin: str
    note: bytes
    fork: bytes = b""


class Reader(ABC):
    """A node as an auditor reads it; nothing that it answers is believed.

    Reading raises Unreachable, or what else is wrong with an answer, naming the node.
    """

    node: str

    @abstractmethod
    def logs(self) -> Iterator[ShownLog]:
        """Yield the logs that it holds, each origin once."""

    @abstractmethod
    def entries(self, origin: str, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries of a log in [start, end), as many as it has."""

    @abstractmethod
    def heads(self, origin: str, up_to: int) -> Iterator[bytes]:
        """Yield the notes of kept heads of at most that size, smallest first."""
