"""The terms of a node: as the writer, or as a standby."""

from typing import Protocol

from exchange.store.lease import Replica
from exchange.store.writer import Claim


class Term(Protocol):
    """A period for which a node is opened: as the writer, or as a standby."""

    @property
    def claim(self) -> Claim | None:
        """The claim on a shared database, if any."""
        ...

    @property
    def holder(self) -> bytes:
        """The bytes that identify this process among those sharing the database."""
        ...

    @property
    def standby(self) -> bool:
        """Whether another process may write for this node."""
        ...

    @property
    def restored(self) -> bool:
        """Whether the database is known to be older than the heads shown."""
        ...

    @property
    def writes(self) -> bool: ...

    def settle(self) -> None:
        """Note that every member was heard: the state is the newest."""
        ...

    def end_as_restored(self) -> None:
        """End the term, because the database has lost entries that it signed.

        The next term of a shared database hears every member before it signs.
        """
        ...

    def replicas(self) -> list[Replica]:
        """Return the replicas; none unless the database is shared."""
        ...
