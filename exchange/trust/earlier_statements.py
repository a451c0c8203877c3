"""The stored statements of a log, as a Directory looks them up."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from exchange.trust.registered_keys import Registered
from exchange.trust.release_policy import ReleasePolicy
from exchange.trust.root_pairs import RootPair

StatedRoots = tuple[RootPair, int]
"""New roots, and the index of their statement."""


class Earlier(Protocol):
    """The statements of a log up to some index, stored elsewhere.

    Answers like a Directory with these applied, and never changes. A failed read raises
    a Refusal of errors.STORAGE, or Tampered: no verdict.
    """

    def key(self, key_id: bytes) -> Registered | None: ...

    def revoked_since(self, key_id: bytes, subject: str) -> int | None: ...

    def iter_sealing_keys(self, desk: str) -> Iterator[Registered]: ...

    def newest_sealing_key(self, desk: str) -> Registered | None: ...

    def has_officer(self, desk: str) -> bool: ...

    def desks(self) -> list[str]: ...

    def only_reads(self, desk: str) -> bool:
        """Return whether a key of the desk was stated in role `reader`."""
        ...

    def serial(self, type_: int) -> int: ...

    def count_statements(self, subject: str) -> int: ...

    def quorum_text(self) -> bytes | None: ...

    def release_policy(self) -> ReleasePolicy | None: ...

    def retention(self) -> int | None:
        """Return the newest, in ms."""
        ...

    def retentions(self) -> Sequence[tuple[int, int]]:
        """Return each (filed, length), in ms."""
        ...

    def rules(self) -> int | None: ...

    def roots(self) -> Sequence[StatedRoots]:
        """Return the oldest first."""
        ...

    def first_author(self) -> bytes:
        """Return the kid that signed the first statement; b"" if none."""
        ...


class _NoStatements:
    def key(self, _key_id: bytes) -> Registered | None:
        return None

    def revoked_since(self, _key_id: bytes, _subject: str) -> int | None:
        return None

    def iter_sealing_keys(self, _desk: str) -> Iterator[Registered]:
        return iter(())

    def newest_sealing_key(self, _desk: str) -> Registered | None:
        return None

    def has_officer(self, _desk: str) -> bool:
        return False

    def desks(self) -> list[str]:
        return []

    def only_reads(self, _desk: str) -> bool:
        return False

    def serial(self, _type: int) -> int:
        return 0

    def count_statements(self, _subject: str) -> int:
        return 0

    def quorum_text(self) -> bytes | None:
        return None

    def release_policy(self) -> ReleasePolicy | None:
        return None

    def retention(self) -> int | None:
        return None

    def retentions(self) -> Sequence[tuple[int, int]]:
        return ()

    def rules(self) -> int | None:
        return None

    def roots(self) -> Sequence[StatedRoots]:
        return ()

    def first_author(self) -> bytes:
        return b""


NO_STATEMENTS: Earlier = _NoStatements()
