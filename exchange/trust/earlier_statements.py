"""The statements of a log that are kept elsewhere, as a Directory asks for them."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from exchange.trust.registered_keys import Registered
from exchange.trust.release_policy import ReleasePolicy
from exchange.trust.root_pairs import RootPair

StatedRoots = tuple[RootPair, int]
"""New roots, and the index of the statement that brought them."""


class Earlier(Protocol):
    """The statements of a log up to some place, kept elsewhere.

    It answers as a Directory to which they were applied, and always the same. What
    cannot be read raises a Refusal of errors.STORAGE, or Tampered: no verdict.
    """

    def key(self, key_id: bytes) -> Registered | None:
        """Return the key of that kid, be it revoked or not."""
        ...

    def revoked_since(self, key_id: bytes, subject: str) -> int | None:
        """Return the earliest time (ms UTC) of the revocations that count for both.

        As `Directory.revoked_since`; None where there is none.
        """
        ...

    def iter_sealing_keys(self, desk: str) -> Iterator[Registered]:
        """Yield the sealing keys of a desk that are not revoked, newest first."""
        ...

    def newest_sealing_key(self, desk: str) -> Registered | None:
        """Return the first of these."""
        ...

    def has_officer(self, desk: str) -> bool:
        """Whether any officer of a desk is registered."""
        ...

    def desks(self) -> list[str]:
        """Return the desks that something can be sealed for."""
        ...

    def only_reads(self, desk: str) -> bool:
        """Whether a key of a desk was stated in role `reader`."""
        ...

    def serial(self, type_: int) -> int:
        """Return the last serial of POLICY or ROOTS, 0 before the first."""
        ...

    def count_statements(self, subject: str) -> int:
        """Return how many statements there are about a subject."""
        ...

    def quorum_text(self) -> bytes | None:
        """Return the newest policy of cosigners; None where none was stated."""
        ...

    def release_policy(self) -> ReleasePolicy | None:
        """Return the newest policy of release; None where none was stated."""
        ...

    def retention(self) -> int | None:
        """Return the newest retention (ms); None where none was stated."""
        ...

    def retentions(self) -> Sequence[tuple[int, int]]:
        """Return each retention that was stated: (filed, how long), in ms."""
        ...

    def rules(self) -> int | None:
        """Return the newest version of the rules; None where none was stated."""
        ...

    def roots(self) -> Sequence[StatedRoots]:
        """Return each pair of roots that was stated, oldest first."""
        ...

    def first_author(self) -> bytes:
        """Return the kid that signed the first statement; b"" before there is one."""
        ...


class _NoStatements:
    """No statements at all."""

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
